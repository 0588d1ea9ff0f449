//! The one thing in EXIF that is needed: how to turn the picture.

/// What the tag is called in EXIF.
const TAG: u16 = 0x0112;
/// An unsigned number of two bytes.
const SHORT: u16 = 3;
/// More entries than any camera writes; who claims more wastes our time.
const MOST_ENTRIES: u16 = 1_000;

/// How a picture is turned or mirrored when it is shown: 2 to 8. (1 is as it is, and needs no word.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation(u16);

impl Orientation {
    /// Reads it from EXIF (a TIFF file of its own); none where it says nothing, or nothing that can be read.
    pub(super) fn read(tiff: &[u8]) -> Option<Self> {
        let read_u16: fn([u8; 2]) -> u16 = match tiff.get(..4)? {
            b"II*\0" => u16::from_le_bytes,
            b"MM\0*" => u16::from_be_bytes,
            _ => return None,
        };
        let is_little = tiff.starts_with(b"II");
        let u16_at = |at: usize| -> Option<u16> {
            let bytes = tiff.get(at..at.checked_add(2)?)?;
            Some(read_u16(bytes.try_into().ok()?))
        };
        let first: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
        let first = if is_little {
            u32::from_le_bytes(first)
        } else {
            u32::from_be_bytes(first)
        };
        let directory = usize::try_from(first).ok()?;
        let entries = u16_at(directory)?.min(MOST_ENTRIES);
        for number in 0..usize::from(entries) {
            let entry = directory.checked_add(2 + number * 12)?;
            if u16_at(entry)? == TAG {
                let is_short = u16_at(entry + 2)? == SHORT;
                let value = u16_at(entry + 8)?;
                return (is_short && (2..=8).contains(&value)).then_some(Self(value));
            }
        }
        None
    }

    /// EXIF that says nothing else.
    pub(super) fn write(self) -> Vec<u8> {
        let mut tiff = b"MM\0*\0\0\0\x08\0\x01".to_vec();
        for number in [TAG, SHORT] {
            tiff.extend_from_slice(&number.to_be_bytes());
        }
        tiff.extend_from_slice(&1_u32.to_be_bytes());
        tiff.extend_from_slice(&self.0.to_be_bytes());
        // The rest of the value, and no further directory.
        tiff.extend_from_slice(&[0; 6]);
        tiff
    }

    pub(super) fn is_on_its_side(self) -> bool {
        self.0 >= 5
    }
}
