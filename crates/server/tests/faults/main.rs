//! The program itself, killed, stopped, frozen, cut off from its database and its relay, while it sends a campaign.
//!
//! Each scenario starts the real binary as a process and sends a campaign to an SMTP sink, which lives in the test and so
//! outlives whatever happens to the program. What the sink wrote down is compared with what the program says:
//!
//! - **lost**: recipients who got nothing and of whom the report does not say that they may have got nothing;
//! - **duplicates**: recipients whom the sink accepted more than once;
//! - **unknown**: recipients of whom the report says that nobody knows. A kill leaves in doubt what was on the wire, and
//!   that is at most what the connections hold at a time.
//!
//! Faults strike when the sink has counted so many messages, not after so much time: a scenario is the same on a slow
//! machine. Where, is drawn from a seed that is printed; `SENDERO_TEST_SEED` repeats it. `SENDERO_TEST_RECIPIENTS` sets
//! the size of the large scenarios, 20,000 unless given.

#![expect(
    clippy::print_stdout,
    reason = "says where the faults struck and what came of it"
)]

mod api;
mod automations;
mod bookings;
mod chaos;
mod database;
mod disk;
mod imports;
mod kill;
mod kinds;
mod nodes;
mod orderly;
mod program;
mod proxy;
mod relay;
mod scene;
mod signals;
mod verdict;
