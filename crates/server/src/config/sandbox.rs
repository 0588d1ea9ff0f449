//! `[sandbox]`: mail that was kept instead of sent.

use std::time::Duration;

use sending::sandbox::Retention;

use super::reader::Reader;

/// Mail that was kept instead of sent.
#[derive(Clone, Copy, Debug)]
pub struct Sandbox {
    /// How much of it is kept.
    pub retention: Retention,
}

impl Sandbox {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let newest = reader.number("sandbox.max_messages", 1, 10_000_000);
        let days = reader.number("sandbox.max_days", 1, 3_650);
        Self {
            retention: Retention {
                newest: i64::from(newest),
                age: Duration::from_hours(24) * days,
            },
        }
    }
}
