//! What tests need: a database each on both engines, an SMTP server that misbehaves on request, and calendars of other
//! people.

mod child;
mod test_db;

pub use child::{ChildTest, child_argument, ready};
pub use db_macros::db_test;
pub use test_db::{POSTGRES_VARIABLE, TestDb, empty_postgres, run};

pub mod calendars;
pub mod smtp_sink;

/// A number that whoever runs a test may choose: how large it is, or its seed.
#[expect(
    clippy::disallowed_methods,
    reason = "how large and with which seed is chosen from outside"
)]
pub fn number_from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
