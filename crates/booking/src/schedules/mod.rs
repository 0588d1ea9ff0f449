//! Schedules: weekly hours, with other hours on some dates, and with travel.
//!
//! A schedule belongs to one host or is shared by all. Its hours are wall times of its zone; on dates of travel, of the
//! zone there.
//!
//! Tables: `booking_schedule`, `booking_override`. Audited: `schedule.created`, `schedule.updated`, `schedule.deleted`.

mod model;
mod routes;
mod service;
mod store;

pub use model::{NewSchedule, Override, OverrideHours, Schedule, SchedulePatch, Travel, Week};
pub use routes::routes;
pub use service::{create, delete, delete_override, get, list, set_override, update};

pub(crate) use model::first_of;
pub(crate) use service::{exists_in, insert_in};
pub(crate) use store::{find_many, overrides_of};
