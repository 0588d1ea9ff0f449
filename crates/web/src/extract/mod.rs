//! Extractors whose refusals name the field.

mod fault;
mod json;
mod path;
mod query;

use serde::{Deserialize, Deserializer};

pub(crate) use json::too_large;
pub use json::{Json, from_value, json_in};
pub use path::Path;
pub use query::Query;

/// For a field of a PATCH where absent means "leave it" and `null` means "clear it":
/// `#[serde(default, deserialize_with = "web::present")] name: Option<Option<String>>`.
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests;
