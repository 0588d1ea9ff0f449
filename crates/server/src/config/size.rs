//! Numbers of bytes as people write them.

use std::str::FromStr;

pub(super) struct Size(pub(super) u64);

const UNITS: [(&str, u64); 5] = [
    ("gb", 1_000_000_000),
    ("mb", 1_000_000),
    ("kb", 1_000),
    ("b", 1),
    ("", 1),
];

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.to_ascii_lowercase();
        UNITS
            .iter()
            .find_map(|(unit, factor)| {
                let number: u64 = lower.strip_suffix(unit)?.trim().parse().ok()?;
                number.checked_mul(*factor).map(Self)
            })
            .ok_or("expected a number of bytes, such as 500 kB or 2 GB")
    }
}
