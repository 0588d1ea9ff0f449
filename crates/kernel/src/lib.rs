//! The words every other crate speaks: ids, time, randomness, errors, addresses, checked text and paging.
//!
//! Nothing here does IO, and nothing here knows a feature.

#![warn(missing_docs)]

mod clock;
mod email;
mod error;
mod fold;
mod id;
mod page;
mod random;
pub mod text;
mod time_zone;
mod value;

pub use clock::{Clock, Timestamp};
pub use email::EmailAddress;
pub use error::{Error, FieldError, Result};
pub use fold::fold;
pub use id::{AccountId, IdBlock, IdGenerator, NodeNumber, UserId};
pub use page::{Cursor, Limit, Page};
pub use random::Rng;
pub use time_zone::TimeZone;
pub use value::{FromValue, ToValue, Value, ValueKind};

#[doc(hidden)]
pub mod macro_support {
    pub use serde;
    pub use utoipa;
}
