//! `[files]`: pictures for mails.

use sending::files::Limits;

use super::reader::Reader;
use super::size::Size;

/// Pictures for mails.
#[derive(Clone, Copy, Debug)]
pub struct Files {
    /// How large they may be.
    pub limits: Limits,
}

/// A row of the database should stay one.
const LARGEST: u64 = 50_000_000;

impl Files {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let default = Limits::default();
        let max_bytes = reader
            .parsed::<Size>("files.max_size")
            .map_or(default.max_bytes as u64, |size| size.0);
        if !(1_000..=LARGEST).contains(&max_bytes) {
            reader.fault("files.max_size", "expected 1 kB to 50 MB");
        }
        let max_total_bytes = reader
            .parsed::<Size>("files.max_total")
            .map_or(default.max_total_bytes, |size| size.0);
        let megapixels = reader.number("files.max_megapixels", 1, 1_000);
        Self {
            limits: Limits {
                max_bytes: usize::try_from(max_bytes).unwrap_or(default.max_bytes),
                max_pixels: u64::from(megapixels) * 1_000_000,
                max_total_bytes,
            },
        }
    }
}
