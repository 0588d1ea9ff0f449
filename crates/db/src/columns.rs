//! Many rows as one array per column, for PostgreSQL.
//!
//! `insert ... select from unnest($1, $2, ...)` is one statement whatever the number of rows: PostgreSQL reads, plans and
//! starts it once, where a list of 16,000 parameters costs it a few microseconds for each of them.

use kernel::Value;
use sqlx::Arguments as _;
use sqlx::postgres::PgArguments;

use crate::error::{Error, Result};

/// The values of one column.
pub(crate) enum Column {
    Int(Vec<Option<i64>>),
    Flag(Vec<Option<i16>>),
    Real(Vec<Option<f64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Column {
    fn like(value: &Value, rows: usize) -> Self {
        match value {
            Value::Int(_) => Self::Int(Vec::with_capacity(rows)),
            Value::Flag(_) => Self::Flag(Vec::with_capacity(rows)),
            Value::Real(_) => Self::Real(Vec::with_capacity(rows)),
            Value::Text(_) => Self::Text(Vec::with_capacity(rows)),
            Value::Bytes(_) => Self::Bytes(Vec::with_capacity(rows)),
        }
    }

    /// `false` if the value is of another type than those before.
    fn push(&mut self, value: Value) -> bool {
        match (self, value) {
            (Self::Int(column), Value::Int(value)) => column.push(value),
            (Self::Flag(column), Value::Flag(value)) => column.push(value.map(i16::from)),
            (Self::Real(column), Value::Real(value)) => column.push(value),
            (Self::Text(column), Value::Text(value)) => column.push(value),
            (Self::Bytes(column), Value::Bytes(value)) => column.push(value),
            _ => return false,
        }
        true
    }

    /// The type of the array.
    pub(crate) fn sql_type(&self) -> &'static str {
        match self {
            Self::Int(_) => "bigint[]",
            Self::Flag(_) => "smallint[]",
            Self::Real(_) => "double precision[]",
            Self::Text(_) => "text[]",
            Self::Bytes(_) => "bytea[]",
        }
    }
}

/// The columns of rows that lie one after the other.
pub(crate) fn columns(values: Vec<Value>, width: usize) -> Result<Vec<Column>> {
    let rows = values.len() / width;
    let mut columns: Vec<Column> = values
        .iter()
        .take(width)
        .map(|value| Column::like(value, rows))
        .collect();
    for (place, value) in values.into_iter().enumerate() {
        if !columns[place % width].push(value) {
            return Err(Error::Engine(sqlx::Error::Encode(
                "a column was bound values of two types".into(),
            )));
        }
    }
    Ok(columns)
}

/// One parameter for each column.
pub(crate) fn arguments(columns: Vec<Column>) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for column in columns {
        match column {
            Column::Int(values) => arguments.add(values),
            Column::Flag(values) => arguments.add(values),
            Column::Real(values) => arguments.add(values),
            Column::Text(values) => {
                if values.iter().flatten().any(|text| text.contains('\0')) {
                    return Err(Error::Nul);
                }
                arguments.add(values)
            }
            Column::Bytes(values) => arguments.add(values),
        }
        .map_err(|error| Error::Engine(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}
