//! What happened to one person, newest first, each with a sentence that says it.
//!
//! Tables: reads `event`, through `events`, and the names of what events speak of: groups, tags, segments,
//! fields, campaigns.

mod model;
mod routes;
mod service;
mod store;

pub use model::{Entry, Names};
pub use routes::routes;
pub use service::{Query, of};

#[cfg(test)]
mod tests;
