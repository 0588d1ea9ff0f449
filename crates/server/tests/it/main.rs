//! The server's HTTP interface as a whole: every slice composed, one process, no port.
//!
//! [`app`] is what tests are written with. Every answer that passes through it is checked for what all answers have to
//! be: never a fault of ours, and every refusal a problem document.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "clippy knows a test by its attribute, and helpers have none; what is skipped is printed"
)]

mod app;
mod authorization;
mod automations;
mod bad_input;
mod booking_campaign;
mod booking_pages;
mod booking_programs;
mod booking_waiting;
mod bookings;
mod calendars;
mod files;
mod library;
mod live;
mod main_job;
mod messages;
mod openapi;
mod postfix;
mod privacy;
mod reports;
mod sessions;
mod shop;
