//! How a type is stored in a column: the scalars that both databases share.
//!
//! The traits live here, and not with the database, so that [`crate::define_id!`] can implement them for every id.

use crate::Timestamp;

/// A parameter or a column. `NULL` knows its type, since PostgreSQL asks for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// BIGINT.
    Int(Option<i64>),
    /// SMALLINT 0 or 1.
    Flag(Option<bool>),
    /// DOUBLE PRECISION.
    Real(Option<f64>),
    /// TEXT.
    Text(Option<String>),
    /// BLOB or BYTEA.
    Bytes(Option<Vec<u8>>),
}

/// The type of a [`Value`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// BIGINT, or any narrower integer.
    Int,
    /// SMALLINT 0 or 1.
    Flag,
    /// DOUBLE PRECISION.
    Real,
    /// TEXT.
    Text,
    /// BLOB or BYTEA.
    Bytes,
}

/// What can be bound to a parameter.
pub trait ToValue {
    /// The parameter.
    fn to_value(self) -> Value;
    /// `NULL` of this type.
    fn null() -> Value
    where
        Self: Sized;
}

/// What can be read from a column.
pub trait FromValue: Sized {
    /// How the column is decoded.
    const KIND: ValueKind;
    /// From the decoded column. The error completes "expected ...".
    fn from_value(value: Value) -> Result<Self, String>;
}

macro_rules! stored {
    ($($type:ty => $variant:ident;)*) => {$(
        impl ToValue for $type {
            fn to_value(self) -> Value {
                Value::$variant(Some(self.into()))
            }
            fn null() -> Value {
                Value::$variant(None)
            }
        }
    )*};
}

stored! {
    i64 => Int;
    i32 => Int;
    u16 => Int;
    u32 => Int;
    bool => Flag;
    f64 => Real;
    String => Text;
    &str => Text;
    &String => Text;
    Vec<u8> => Bytes;
    &[u8] => Bytes;
}

impl ToValue for Timestamp {
    fn to_value(self) -> Value {
        Value::Int(Some(self.as_micros()))
    }
    fn null() -> Value {
        Value::Int(None)
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(self) -> Value {
        self.map_or_else(T::null, T::to_value)
    }
    fn null() -> Value {
        T::null()
    }
}

macro_rules! loaded {
    ($($type:ty => $variant:ident;)*) => {$(
        impl FromValue for $type {
            const KIND: ValueKind = ValueKind::$variant;
            fn from_value(value: Value) -> Result<Self, String> {
                match value {
                    Value::$variant(Some(value)) => Ok(value),
                    other => Err(format!("a value instead of {other:?}")),
                }
            }
        }
    )*};
}

loaded! {
    i64 => Int;
    bool => Flag;
    f64 => Real;
    String => Text;
    Vec<u8> => Bytes;
}

impl FromValue for Timestamp {
    const KIND: ValueKind = ValueKind::Int;
    fn from_value(value: Value) -> Result<Self, String> {
        i64::from_value(value).map(Self::from_micros)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const KIND: ValueKind = T::KIND;
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Int(None)
            | Value::Flag(None)
            | Value::Real(None)
            | Value::Text(None)
            | Value::Bytes(None) => Ok(None),
            present => T::from_value(present).map(Some),
        }
    }
}
