//! What a file is, by its bytes.

use kernel::{Error, Result};
use serde::{Deserialize, Serialize};

use super::model::Limits;

/// The kinds of pictures that mail programs show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PictureKind {
    Png,
    Jpeg,
    Gif,
    /// Outlook on Windows does not show it.
    Webp,
}

impl PictureKind {
    const ALL: [Self; 4] = [Self::Png, Self::Jpeg, Self::Gif, Self::Webp];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Gif => "gif",
            Self::Webp => "webp",
        }
    }

    pub(super) fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What its name ends with.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            other => other.as_str(),
        }
    }

    /// What HTTP calls it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }
}

/// What the head of a picture says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    pub kind: PictureKind,
    /// In pixels.
    pub width: u32,
    pub height: u32,
}

fn refuse(code: &'static str, message: impl Into<String>) -> Error {
    Error::invalid("file", code, message)
}

pub(super) fn broken(why: &str) -> Error {
    refuse(
        "broken",
        format!("the picture is broken: {why}; save it again with a program for pictures"),
    )
}

/// Tells what a file is, or why it is not taken.
pub(super) fn kind_of(bytes: &[u8]) -> Result<PictureKind> {
    if bytes.is_empty() {
        return Err(refuse("empty", "the file is empty"));
    }
    sniff(bytes).ok_or_else(|| unknown(bytes))
}

/// Tells how large a picture is, or why it is not taken.
pub(super) fn measure(kind: PictureKind, bytes: &[u8], limits: &Limits) -> Result<Picture> {
    let size = imagesize::blob_size(bytes)
        .ok()
        .filter(|size| size.width > 0 && size.height > 0)
        .ok_or_else(|| broken("it does not say how large it is"))?;
    let (width, height) = (size.width as u64, size.height as u64);
    // A few bytes may claim a picture that fills the memory of whoever shows it.
    if width.saturating_mul(height) > limits.max_pixels {
        return Err(refuse(
            "too_many_pixels",
            format!(
                "the picture is {width} by {height} pixels; at most {} million pixels are allowed, and 1200 across are \
                 enough for a mail",
                limits.max_pixels / 1_000_000
            ),
        ));
    }
    Ok(Picture {
        kind,
        width: size.width as u32,
        height: size.height as u32,
    })
}

fn sniff(bytes: &[u8]) -> Option<PictureKind> {
    Some(match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => PictureKind::Png,
        [0xff, 0xd8, 0xff, ..] => PictureKind::Jpeg,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => PictureKind::Gif,
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => PictureKind::Webp,
        _ => return None,
    })
}

/// The refusal that helps.
fn unknown(bytes: &[u8]) -> Error {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    if head.contains("<svg") {
        return refuse(
            "svg",
            "SVG is not taken: it can hold scripts, and mail programs do not show it; export it as PNG",
        );
    }
    let other = match bytes {
        [b'%', b'P', b'D', b'F', ..] => Some("a PDF"),
        [b'B', b'M', ..] => Some("a BMP picture"),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some("a TIFF picture"),
        _ if bytes.get(4..8) == Some(b"ftyp") => Some("a HEIC or AVIF picture, or a video"),
        _ => None,
    };
    let what = other.unwrap_or("no picture that mail programs show");
    refuse(
        "unsupported",
        format!("the file is {what}; upload PNG, JPEG, GIF or WebP"),
    )
}
