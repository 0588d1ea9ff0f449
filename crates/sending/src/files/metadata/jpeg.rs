//! JPEG: segments that begin with a marker, and behind some of them pixels.

use super::exif::Orientation;

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const EXIF: &[u8] = b"Exif\0\0";
/// Of JFIF: name, version, density. What follows is the size of a small copy, and the copy.
const JFIF_HEAD: usize = 12;

/// The picture with what is needed to show it; `None` when its segments cannot be followed.
pub(super) fn clean(bytes: &[u8]) -> Option<(Vec<u8>, Option<Orientation>)> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut orientation = None;
    kept.extend_from_slice(&[0xff, START]);
    let mut rest = bytes.strip_prefix(&[0xff, START])?;
    while let Some((marker, behind)) = next_marker(rest) {
        match marker {
            // What stands behind the end is no part of the picture: films, further pictures, archives.
            END => {
                kept.extend_from_slice(&[0xff, END]);
                break;
            }
            // These have no length, and between segments no meaning.
            0x01 | 0xd0..=0xd7 => {
                rest = behind;
                continue;
            }
            // A picture in a picture, and what is reserved.
            ..=0xbf | START => return None,
            _ => {}
        }
        let Some(size) = behind.first_chunk().map(|size| u16::from_be_bytes(*size)) else {
            break;
        };
        let size = usize::from(size);
        if size < 2 {
            return None;
        }
        // One that runs past the end is the last.
        let segment = &behind[2..size.min(behind.len())];
        rest = &behind[size.min(behind.len())..];
        match marker {
            0xe1 if segment.starts_with(EXIF) => {
                if orientation.is_none()
                    && let Some(found) = Orientation::read(&segment[EXIF.len()..])
                {
                    orientation = Some(found);
                    push(&mut kept, 0xe1, &[EXIF, &found.write()].concat());
                }
            }
            0xe0 if segment.starts_with(b"JFIF\0") && segment.len() >= JFIF_HEAD => {
                push(&mut kept, 0xe0, &[&segment[..JFIF_HEAD], &[0, 0]].concat());
            }
            _ if is_needed(marker, segment) => {
                kept.extend_from_slice(&[0xff, marker]);
                kept.extend_from_slice(&behind[..size.min(behind.len())]);
            }
            _ => {}
        }
        if marker == SCAN {
            let pixels = pixels(rest);
            kept.extend_from_slice(&rest[..pixels]);
            rest = &rest[pixels..];
        }
    }
    Some((kept, orientation))
}

/// The marker that comes next and what stands behind it. What is none is passed over, as all programs do, and so left out.
fn next_marker(rest: &[u8]) -> Option<(u8, &[u8])> {
    let at = rest
        .windows(2)
        .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff))?;
    Some((rest[at + 1], &rest[at + 2..]))
}

/// How many bytes of pixels stand here: up to the next marker that is not one of theirs.
fn pixels(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = rest[at..].iter().position(|byte| *byte == 0xff) {
        at += found;
        match rest.get(at + 1) {
            None => break,
            // An escaped 0xff, a restart, and fill bytes.
            Some(0 | 0xd0..=0xd7) => at += 2,
            Some(0xff) => at += 1,
            Some(_) => return at,
        }
    }
    rest.len()
}

/// Whether a picture looks other without it.
fn is_needed(marker: u8, segment: &[u8]) -> bool {
    match marker {
        // Frames, tables, scans, restarts.
        0xc0..=0xcf | 0xda..=0xdf => true,
        0xe2 => segment.starts_with(b"ICC_PROFILE\0"),
        // How colors are stored.
        0xee => segment.starts_with(b"Adobe"),
        _ => false,
    }
}

/// Adds a segment of our own, which is short.
fn push(kept: &mut Vec<u8>, marker: u8, segment: &[u8]) {
    kept.extend_from_slice(&[0xff, marker, 0, segment.len() as u8 + 2]);
    kept.extend_from_slice(segment);
}
