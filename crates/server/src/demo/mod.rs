//! The demo account (being written by the lead right now: do not start on it; wire `demo::load` into the CLI when it is there).
