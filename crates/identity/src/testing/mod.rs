//! For tests: the routes of this crate in process, and browsers and programs that use them.

mod routes;

pub(crate) use routes::{Client, Method, PASSWORD, Server};
