//! The brand: how an account's mails look and who they are from, so that a new mail begins right.
//!
//! Logo, colors and fonts (the settings of block documents), the text of the footer, profiles elsewhere. The postal address
//! is a setting of the account, which footers show (`account.address`); here it can be read and changed with the rest, all of it or
//! nothing.
//! Changing the brand changes no mail: it is where new ones begin.
//!
//! Table: `brand`, one row per account that set anything.

mod model;
pub(crate) mod routes;
mod service;
pub(crate) mod store;

pub use model::{Brand, BrandInput, Profile};
pub use routes::routes;
pub use service::{get, set};
