//! testkit

pub mod smtp_sink;
