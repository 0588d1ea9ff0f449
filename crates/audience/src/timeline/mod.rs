//! What happened to one person, newest first.
//!
//! Tables: reads `event`, through `events::timeline`.

mod routes;
mod service;

pub use routes::routes;
pub use service::of;
