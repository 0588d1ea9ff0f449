//! Time-ordered 64-bit ids.
//!
//! Layout, high to low: 41 bits of milliseconds since 2024, 10 bits of node number, 12 bits of sequence. They sort by
//! creation, so both databases append to their indexes, and they fit a signed 64-bit column. In JSON they are decimal
//! strings, because JavaScript loses integers above 2^53.

use std::sync::Mutex;

use crate::clock::{Clock, Timestamp};

/// 2024-01-01T00:00:00Z in milliseconds since 1970.
const EPOCH_MILLIS: i64 = 1_704_067_200_000;
const SEQUENCE_BITS: u32 = 12;
const NODE_BITS: u32 = 10;
const PER_MILLI: i64 = 1 << SEQUENCE_BITS;
const MILLI_SHIFT: u32 = SEQUENCE_BITS + NODE_BITS;

/// The number of a running process among its peers, 0 to 1023, leased from the database at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeNumber(u16);

impl NodeNumber {
    /// How many there are.
    pub const COUNT: u16 = 1 << NODE_BITS;

    /// Wraps around, so that any counter will do.
    pub const fn new(number: u16) -> Self {
        Self(number % Self::COUNT)
    }
}

/// Hands out ids. One per process.
#[derive(Debug)]
pub struct IdGenerator {
    clock: Clock,
    node: i64,
    /// The next id's milliseconds and sequence, as `millis * PER_MILLI + sequence`.
    next: Mutex<i64>,
}

impl IdGenerator {
    /// `node` must be this process's alone while it lives, or ids repeat.
    pub fn new(clock: Clock, node: NodeNumber) -> Self {
        Self {
            clock,
            node: i64::from(node.0),
            next: Mutex::new(0),
        }
    }

    /// A new id, larger than every earlier one of this generator, also when the clock goes back.
    pub fn next<T: From<i64>>(&self) -> T {
        let tick = self.take(1, false);
        T::from(self.compose(tick))
    }

    /// Less than every id that is made from `time` on, and more than those made earlier, by whatever process: ids are
    /// in the order of their time.
    pub fn earliest_at(time: Timestamp) -> i64 {
        (time.as_millis() - EPOCH_MILLIS).max(0) << MILLI_SHIFT
    }

    /// Room for `count` ids that a statement can number by itself (see [`IdBlock`]).
    pub fn reserve(&self, count: usize) -> IdBlock {
        let count = i64::try_from(count).unwrap_or(i64::MAX / PER_MILLI);
        let ticks = (count + PER_MILLI - 1) / PER_MILLI * PER_MILLI;
        IdBlock {
            base: self.compose(self.take(ticks.max(PER_MILLI), true)),
        }
    }

    fn take(&self, ticks: i64, aligned: bool) -> i64 {
        let now = (self.clock.now().as_millis() - EPOCH_MILLIS).max(0) * PER_MILLI;
        let mut next = self
            .next
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut first = now.max(*next);
        if aligned {
            first = (first + PER_MILLI - 1) / PER_MILLI * PER_MILLI;
        }
        *next = first + ticks;
        first
    }

    fn compose(&self, tick: i64) -> i64 {
        let (millis, sequence) = (tick / PER_MILLI, tick % PER_MILLI);
        (millis << MILLI_SHIFT) | (self.node << SEQUENCE_BITS) | sequence
    }
}

/// A run of reserved ids. The `n`th, from 0, is `base + n / 4096 * 4194304 + n % 4096`, which SQL can compute from a
/// row number: this is how `INSERT ... SELECT` gives each row an id.
#[derive(Clone, Copy, Debug)]
pub struct IdBlock {
    base: i64,
}

impl IdBlock {
    /// The first id.
    pub fn base(self) -> i64 {
        self.base
    }

    /// The `n`th id, from 0.
    pub fn nth(self, n: i64) -> i64 {
        self.base + n / PER_MILLI * (1 << MILLI_SHIFT) + n % PER_MILLI
    }

    /// The same as SQL over `base` (a parameter such as `$1`) and `n` (an expression counting from 0).
    pub fn sql(base: &str, n: &str) -> String {
        format!(
            "{base} + ({n}) / {PER_MILLI} * {} + ({n}) % {PER_MILLI}",
            1_i64 << MILLI_SHIFT
        )
    }
}

/// Declares a newtype over `i64` that is a decimal string in JSON, URLs and the OpenAPI document.
#[macro_export]
macro_rules! define_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(i64);

        impl $name {
            /// The number as the database stores it.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl From<i64> for $name {
            fn from(value: i64) -> Self {
                Self(value)
            }
        }

        impl From<$name> for i64 {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl $crate::ToValue for $name {
            fn to_value(self) -> $crate::Value {
                $crate::Value::Int(Some(self.0))
            }
            fn null() -> $crate::Value {
                $crate::Value::Int(None)
            }
        }

        impl $crate::FromValue for $name {
            const KIND: $crate::ValueKind = $crate::ValueKind::Int;
            fn from_value(value: $crate::Value) -> Result<Self, String> {
                <i64 as $crate::FromValue>::from_value(value).map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }

        impl $crate::macro_support::serde::Serialize for $name {
            fn serialize<S: $crate::macro_support::serde::Serializer>(
                &self,
                s: S,
            ) -> Result<S::Ok, S::Error> {
                s.collect_str(&self.0)
            }
        }

        impl<'de> $crate::macro_support::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::macro_support::serde::Deserializer<'de>>(
                d: D,
            ) -> Result<Self, D::Error> {
                use $crate::macro_support::serde::de::Error as _;
                let text = <String as $crate::macro_support::serde::Deserialize>::deserialize(d)?;
                text.parse()
                    .map(Self)
                    .map_err(|_| D::Error::custom("expected an id: a string of digits"))
            }
        }

        impl $crate::macro_support::utoipa::PartialSchema for $name {
            fn schema() -> $crate::macro_support::utoipa::openapi::RefOr<
                $crate::macro_support::utoipa::openapi::schema::Schema,
            > {
                $crate::macro_support::utoipa::openapi::ObjectBuilder::new()
                    .schema_type($crate::macro_support::utoipa::openapi::schema::Type::String)
                    .pattern(Some("^[0-9]+$"))
                    .examples(["361240977588224000"])
                    .into()
            }
        }
        impl $crate::macro_support::utoipa::ToSchema for $name {}
    };
}

define_id!(
    /// An account (workspace): the tenant that every row belongs to.
    AccountId
);
define_id!(
    /// A person who can sign in.
    UserId
);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn generator() -> (Clock, IdGenerator) {
        let clock = Clock::manual(Timestamp::from_micros(1_777_887_000_000_000));
        (
            clock.clone(),
            IdGenerator::new(clock, NodeNumber::new(1023)),
        )
    }

    #[test]
    fn a_time_divides_ids_into_earlier_and_later() {
        let (clock, ids) = generator();
        let earlier: i64 = ids.next();
        clock.advance(Duration::from_millis(5));
        let bound = IdGenerator::earliest_at(clock.now());
        let later: i64 = ids.next();
        assert!(earlier < bound && bound <= later);
        assert_eq!(IdGenerator::earliest_at(Timestamp::from_micros(0)), 0);
    }

    #[test]
    fn ids_rise_within_a_millisecond_and_beyond_its_sequence() {
        let (_, ids) = generator();
        let all: Vec<i64> = (0..10_000).map(|_| ids.next()).collect();
        assert!(all.is_sorted_by(|a, b| a < b));
        assert!(all.iter().all(|id| *id > 0));
    }

    #[test]
    fn a_reserved_block_numbers_itself_without_meeting_another_id() {
        let (clock, ids) = generator();
        let before: i64 = ids.next();
        let block = ids.reserve(9_000);
        let numbered: Vec<i64> = (0..9_000).map(|n| block.nth(n)).collect();
        let after: i64 = ids.next();
        assert!(numbered.is_sorted_by(|a, b| a < b));
        assert!(before < numbered[0] && *numbered.last().unwrap() < after);
        clock.advance(Duration::from_secs(1));
        assert!(ids.next::<i64>() > after);
    }

    #[test]
    fn json_is_a_decimal_string() {
        let id = AccountId::from(9_007_199_254_740_993);
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"9007199254740993\"");
        assert!(serde_json::from_str::<AccountId>("\"x\"").is_err());
    }
}
