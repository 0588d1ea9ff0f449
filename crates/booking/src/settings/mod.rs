//! What belongs to the booking pages of an account as a whole: the name of the account in their addresses, and what limits
//! all event types with several hosts together.
//!
//! The page of an account is unique on the whole instance; the slugs of hosts and event types are unique in the account.
//! An account gets a page, made of its name, when it gets its first host.
//!
//! Table: `booking_settings`. Audited: `booking_settings.updated`.

mod model;
mod routes;
mod service;
mod store;

pub use model::{Settings, SettingsInput, TeamLimit};
pub use routes::routes;
pub use service::{account_of, get, page_in, update};

pub(crate) use service::{ensure_in, team_rules_in};
