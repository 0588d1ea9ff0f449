//! Calendars of other people, for tests: real CalDAV servers, and fakes of the services that no test can reach.
//!
//! - [`DavServer`] starts Radicale or Xandikos, as `cargo xtask test` installed them.
//! - [`google::Google`] and [`microsoft::Microsoft`] answer as their documentation says: tokens that end, pages, sync tokens
//!   that die, too many requests, conditions. Their times are the test's clock.
//! - [`http::Server`] answers whatever a test wants it to.

mod dav;
mod door;
pub mod google;
pub mod http;
pub mod microsoft;
mod sign_in;

pub use dav::{DavKind, DavServer, PYTHON_VARIABLE};
pub use door::Door;
pub use sign_in::SignIn;
