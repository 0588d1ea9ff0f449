//! PNG: chunks that begin with their length and their kind.

use super::exif::Orientation;

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
/// Length and kind before what a chunk holds, and a checksum behind it.
const HEAD: usize = 8;
const CHECKSUM: usize = 4;

/// Chunks without which a picture looks other, or does not move.
const NEEDED: [&[u8; 4]; 19] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP",
    b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"hIST", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

/// The picture with what is needed to show it; `None` when it does not begin as it should.
pub(super) fn clean(bytes: &[u8]) -> Option<(Vec<u8>, Option<Orientation>)> {
    let mut rest = bytes.strip_prefix(SIGNATURE)?;
    let mut kept = Vec::with_capacity(bytes.len());
    kept.extend_from_slice(SIGNATURE);
    let orientation = orientation(rest);
    let mut is_first = true;
    // Of less than a head nobody knows what it is.
    while let Some((size, kind)) = head(rest) {
        if is_first != (kind == b"IHDR") {
            return None;
        }
        // One that runs past the end is the last.
        let chunk = &rest[..size.min(rest.len())];
        rest = &rest[chunk.len()..];
        if NEEDED.contains(&kind) {
            kept.extend_from_slice(chunk);
        }
        if is_first && let Some(orientation) = orientation {
            push(&mut kept, *b"eXIf", &orientation.write());
        }
        is_first = false;
        // What stands behind the end is no part of the picture.
        if kind == b"IEND" {
            break;
        }
    }
    Some((kept, orientation))
}

/// How many bytes the chunk at the beginning of `rest` has, head and checksum included, and of which kind it is.
fn head(rest: &[u8]) -> Option<(usize, &[u8; 4])> {
    let length = u32::from_be_bytes(*rest.first_chunk()?);
    let size = usize::try_from(length).ok()?;
    let size = size.checked_add(HEAD + CHECKSUM)?;
    Some((size, rest.get(4..8)?.first_chunk()?))
}

/// What the first chunk of EXIF says.
fn orientation(mut rest: &[u8]) -> Option<Orientation> {
    while let Some((size, kind)) = head(rest) {
        if kind == b"eXIf" {
            return Orientation::read(rest.get(HEAD..size - CHECKSUM)?);
        }
        if kind == b"IEND" {
            return None;
        }
        rest = rest.get(size..)?;
    }
    None
}

fn push(kept: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let length = data.len() as u32;
    kept.extend_from_slice(&length.to_be_bytes());
    let start = kept.len();
    kept.extend_from_slice(&kind);
    kept.extend_from_slice(data);
    let checksum = crc(&kept[start..]);
    kept.extend_from_slice(&checksum.to_be_bytes());
}

/// The checksum of chunks (ISO 3309). Ours have a few bytes, so it needs no table.
fn crc(bytes: &[u8]) -> u32 {
    let remainder = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    });
    !remainder
}
