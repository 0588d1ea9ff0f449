//! Numbers as the database stores them: whole millionths in an `i64`, so that no comparison depends on rounding.

use std::fmt;

/// A decimal number with up to six places, between -9223372036854.775808 and 9223372036854.775807.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Decimal(i64);

impl Decimal {
    /// How many units of [`Decimal::micros`] make 1.
    pub const SCALE: i64 = 1_000_000;

    /// From millionths.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// In millionths, as the database stores it.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The number, if it has no fraction.
    pub const fn whole(self) -> Option<i64> {
        if self.0 % Self::SCALE == 0 {
            Some(self.0 / Self::SCALE)
        } else {
            None
        }
    }

    /// Parses `-12`, `0.5`, `1000.000001`. The error completes "the number ...".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "is not written in digits with an optional point, such as -12.5";
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(SHAPE),
            Some((whole, fraction)) => (whole, fraction.trim_end_matches('0')),
            None => (digits, ""),
        };
        let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
            return Err(SHAPE);
        }
        if fraction.len() > 6 {
            return Err("has more than six digits after the point");
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > 13 {
            return Err("is too large: the limit is about nine trillion");
        }
        let micros = format!("{whole}{fraction:0<6}")
            .parse::<i128>()
            .map_err(|_| SHAPE)?;
        i64::try_from(if negative { -micros } else { micros })
            .map(Self)
            .map_err(|_| "is too large: the limit is about nine trillion")
    }

    /// From a JSON number, by its shortest decimal text: 0.1 is exactly one tenth.
    pub fn from_json(number: &serde_json::Number) -> Result<Self, &'static str> {
        if let Some(whole) = number.as_i64() {
            return Self::parse(&whole.to_string());
        }
        // Display never uses an exponent.
        Self::parse(&number.as_f64().unwrap_or(f64::MAX).to_string())
    }

    /// As a JSON number, or as text if a JSON number would lose digits.
    pub fn to_json(self) -> serde_json::Value {
        if let Some(whole) = self.whole() {
            return whole.into();
        }
        let text = self.to_string();
        text.parse::<f64>()
            .ok()
            .filter(|float| float.to_string() == text)
            .map_or(serde_json::Value::String(text), serde_json::Value::from)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let scale = Self::SCALE.unsigned_abs();
        write!(f, "{sign}{}", magnitude / scale)?;
        let fraction = format!("{:06}", magnitude % scale);
        match fraction.trim_end_matches('0') {
            "" => Ok(()),
            digits => write!(f, ".{digits}"),
        }
    }
}
