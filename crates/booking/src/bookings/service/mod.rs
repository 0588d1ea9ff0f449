//! Use cases of bookings.

mod book;
mod change;
mod read;
mod reschedule;
mod sweep;
mod upcoming;

pub use book::book;
pub use change::{cancel, complete, confirm, decline, no_show, reassign};
pub use read::{ListQuery, SummaryQuery, get, get_by_token, get_in, list, summary};
pub use reschedule::reschedule;
pub use sweep::sweep;
pub use upcoming::announce_upcoming;
