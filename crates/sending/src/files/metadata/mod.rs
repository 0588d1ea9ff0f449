//! What cameras and programs write into a picture beside its pixels: place, time, owner, a small copy of what was cut away.
//!
//! It is taken off before a picture is kept, since everybody who gets the mail could read it. The pixels are not touched:
//! parts of the file are copied or left out as they are. Of all that was said about a picture only two things stay: its
//! colors, and how it is to be turned.
//!
//! Only parts that are known to be needed are kept, so what is not understood goes. A file that ends early keeps the
//! pixels it has; one that cannot be followed at all is refused, because nobody could say what is in it.

mod exif;
mod jpeg;
mod png;

use kernel::Result;

use super::picture::{PictureKind, broken};

/// A picture without what it says of people.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cleaned {
    pub(super) bytes: Vec<u8>,
    /// Whether it is shown on its side, so that its width is the height of its pixels.
    pub(super) is_on_its_side: bool,
}

/// Takes off what is not needed to show a picture.
pub(super) fn take_off(kind: PictureKind, bytes: Vec<u8>) -> Result<Cleaned> {
    let cleaned = match kind {
        PictureKind::Jpeg => jpeg::clean(&bytes),
        PictureKind::Png => png::clean(&bytes),
        // Cameras do not make these.
        PictureKind::Gif | PictureKind::Webp => {
            return Ok(Cleaned {
                bytes,
                is_on_its_side: false,
            });
        }
    };
    let (bytes, orientation) =
        cleaned.ok_or_else(|| broken("its parts do not follow each other as they should"))?;
    Ok(Cleaned {
        bytes,
        is_on_its_side: orientation.is_some_and(exif::Orientation::is_on_its_side),
    })
}

#[cfg(test)]
mod tests;
