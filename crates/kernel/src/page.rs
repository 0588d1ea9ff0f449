//! Keyset paging: a page starts after a row, not at an offset, so that page 10,000 costs what page 1 costs.

use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Ask for the next page with `?cursor=`; absent on the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// From up to `limit + 1` rows: the extra one only tells that there is more. `key` gives the sort key of a row.
    pub fn from_rows(mut rows: Vec<T>, limit: Limit, key: impl Fn(&T) -> Cursor) -> Self {
        let more = rows.len() > limit.get();
        rows.truncate(limit.get());
        let next_cursor = rows.last().filter(|_| more).map(|last| key(last).encode());
        Self {
            data: rows,
            next_cursor,
        }
    }

    /// Converts the rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            data: self.data.into_iter().map(f).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

/// The sort key of the last row of a page: a number to sort by (often microseconds) and the id that breaks ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The value of the sort column.
    pub key: i64,
    /// The id of the row.
    pub id: i64,
}

impl Cursor {
    /// Opaque to clients.
    pub fn encode(self) -> String {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.key.to_be_bytes());
        bytes[8..].copy_from_slice(&self.id.to_be_bytes());
        data_encoding::BASE64URL_NOPAD.encode(&bytes)
    }

    /// Back from what [`Cursor::encode`] gave; anything else is an error of the field `cursor`.
    pub fn decode(text: &str) -> crate::Result<Self> {
        let bytes: Option<[u8; 16]> = data_encoding::BASE64URL_NOPAD
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        let bytes = bytes.ok_or_else(|| {
            crate::Error::invalid(
                "cursor",
                "invalid",
                "pass the next_cursor of the previous page unchanged",
            )
        })?;
        let (key, id) = bytes.split_at(8);
        let number = |part: &[u8]| part.iter().fold(0_i64, |n, b| (n << 8) | i64::from(*b));
        Ok(Self {
            key: number(key),
            id: number(id),
        })
    }
}

/// How many rows a page may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(usize);

impl Limit {
    /// Most rows of one page.
    pub const MAX: usize = 1000;

    /// 1 to [`Limit::MAX`]; anything else is an error of the field `limit`.
    pub fn try_new(limit: usize) -> crate::Result<Self> {
        if (1..=Self::MAX).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(crate::Error::invalid(
                "limit",
                "out_of_range",
                format!("choose 1 to {}", Self::MAX),
            ))
        }
    }

    /// The number of rows.
    pub fn get(self) -> usize {
        self.0
    }

    /// What to ask the database for: one more, to learn whether there is a next page.
    pub fn plus_one(self) -> i64 {
        self.0 as i64 + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_and_refuse_garbage() {
        for cursor in [
            Cursor { key: 0, id: 1 },
            Cursor {
                key: -5,
                id: i64::MAX,
            },
            Cursor {
                key: i64::MIN,
                id: -1,
            },
        ] {
            assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
        }
        assert!(Cursor::decode("nope").is_err());
        assert!(Cursor::decode("").is_err());
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let limit = Limit::try_new(2).unwrap();
        let key = |n: &i64| Cursor { key: *n, id: *n };
        assert!(
            Page::from_rows(vec![1, 2, 3], limit, key)
                .next_cursor
                .is_some()
        );
        assert!(
            Page::from_rows(vec![1, 2], limit, key)
                .next_cursor
                .is_none()
        );
        assert!(Limit::try_new(0).is_err() && Limit::try_new(1001).is_err());
    }
}
