//! Rows on their way out.

use kernel::{FromValue, ToValue, Value, ValueKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{Row as _, TypeInfo as _, ValueRef as _};

use crate::error::{Error, Result};

/// One row of a result.
#[derive(Debug)]
pub struct Row(pub(crate) Inner);

pub(crate) enum Inner {
    Sqlite(sqlx::sqlite::SqliteRow),
    Postgres(sqlx::postgres::PgRow),
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Row")
    }
}

impl Row {
    /// The value of a column, by name.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T> {
        let value = match &self.0 {
            Inner::Sqlite(row) => decode_sqlite(row, column, T::KIND),
            Inner::Postgres(row) => decode_postgres(row, column, T::KIND),
        };
        T::from_value(value?).map_err(|expected| {
            Error::Engine(sqlx::Error::ColumnDecode {
                index: column.to_owned(),
                source: format!("expected {expected}").into(),
            })
        })
    }

    /// The value of a column by position, for wide results that are read often.
    pub fn at<T: FromValue>(&self, index: usize) -> Result<T> {
        let value = match &self.0 {
            Inner::Sqlite(row) => decode_sqlite(row, index, T::KIND),
            Inner::Postgres(row) => decode_postgres(row, index, T::KIND),
        };
        T::from_value(value?).map_err(|expected| {
            Error::Engine(sqlx::Error::ColumnDecode {
                index: index.to_string(),
                source: format!("expected {expected}").into(),
            })
        })
    }
}

// SQLite columns have no type of their own in expressions, so its values are decoded unchecked.
fn decode_sqlite<I>(row: &sqlx::sqlite::SqliteRow, column: I, kind: ValueKind) -> Result<Value>
where
    I: sqlx::ColumnIndex<sqlx::sqlite::SqliteRow>,
{
    Ok(match kind {
        ValueKind::Int => Value::Int(row.try_get_unchecked(column)?),
        ValueKind::Flag => Value::Flag(
            row.try_get_unchecked::<Option<i64>, _>(column)?
                .map(|n| n != 0),
        ),
        ValueKind::Real => Value::Real(row.try_get_unchecked(column)?),
        ValueKind::Text => Value::Text(row.try_get_unchecked(column)?),
        ValueKind::Bytes => Value::Bytes(row.try_get_unchecked(column)?),
    })
}

fn decode_postgres<I>(row: &sqlx::postgres::PgRow, column: I, kind: ValueKind) -> Result<Value>
where
    I: sqlx::ColumnIndex<sqlx::postgres::PgRow> + Copy,
{
    Ok(match kind {
        ValueKind::Int | ValueKind::Flag => {
            let raw = row.try_get_raw(column)?;
            let number = if raw.is_null() {
                None
            } else {
                // `count(*)` is INT8, a flag INT2, a literal INT4.
                let type_info = raw.type_info();
                match type_info.name() {
                    "INT2" => Some(i64::from(row.try_get::<i16, _>(column)?)),
                    "INT4" => Some(i64::from(row.try_get::<i32, _>(column)?)),
                    "BOOL" => Some(i64::from(row.try_get::<bool, _>(column)?)),
                    _ => Some(row.try_get::<i64, _>(column)?),
                }
            };
            if kind == ValueKind::Flag {
                Value::Flag(number.map(|n| n != 0))
            } else {
                Value::Int(number)
            }
        }
        ValueKind::Real => Value::Real(row.try_get(column)?),
        ValueKind::Text => Value::Text(row.try_get(column)?),
        ValueKind::Bytes => Value::Bytes(row.try_get(column)?),
    })
}

/// A value stored as JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize> ToValue for Json<T> {
    fn to_value(self) -> Value {
        Value::Text(Some(serde_json::to_string(&self.0).expect(
            "our own types serialize: they have string keys and no failing fields",
        )))
    }
    fn null() -> Value {
        Value::Text(None)
    }
}

impl<T: DeserializeOwned> FromValue for Json<T> {
    const KIND: ValueKind = ValueKind::Text;
    fn from_value(value: Value) -> Result<Self, String> {
        let text = String::from_value(value)?;
        serde_json::from_str(&text)
            .map(Json)
            .map_err(|error| format!("JSON of another shape: {error}"))
    }
}
