//! The program's command line, run as a program: what it prints, what it leaves behind, how it ends.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "clippy knows a test by its attribute, and helpers have none"
)]

mod backup;
mod doctor;
mod import;
mod people;
mod program;
mod serve;
mod settings;
mod suppression;
