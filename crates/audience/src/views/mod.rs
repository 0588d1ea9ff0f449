//! Saved views: a filter, columns and an order of the list of people, under a name.
//!
//! - A view is shared with everybody in the account, who may change it, or private to whoever made it: for others it does
//!   not exist. Its name is unique among the views of whoever made it.
//! - What its filter names (a group, a tag, a segment) may be deleted later: then the list says so, or is empty.
//! - **Table**: `saved_view`.

mod model;
mod routes;
mod service;
mod store;

pub use model::{Filter, View};
pub use routes::routes;
pub use service::{Change, Draft, create, delete, get, list, update};

#[cfg(test)]
mod tests;
