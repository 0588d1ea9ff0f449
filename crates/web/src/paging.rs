//! The query of a list.

use kernel::{Cursor, Limit};
use serde::Deserialize;

/// Which page of a list.
///
/// A list with filters declares `cursor` and `limit` in its own query type and calls [`paging`]: serde can neither
/// flatten numbers out of a query string nor refuse unknown fields when it flattens.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The `next_cursor` of the previous page; absent for the first.
    pub cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
}

impl Paging {
    /// Where to start and how much to read.
    pub fn resolve(self) -> kernel::Result<(Option<Cursor>, Limit)> {
        paging(self.cursor.as_deref(), self.limit)
    }
}

/// Where to start and how much to read, from the `cursor` and `limit` of a query.
pub fn paging(
    cursor: Option<&str>,
    limit: Option<usize>,
) -> kernel::Result<(Option<Cursor>, Limit)> {
    let cursor = cursor.map(Cursor::decode).transpose()?;
    let limit = limit.map(Limit::try_new).transpose()?.unwrap_or_default();
    Ok((cursor, limit))
}
