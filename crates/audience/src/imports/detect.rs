//! Guesses how a file is written: its encoding and its delimiter.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::records::{Found, Position, Records};

/// How characters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "utf-16le")]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// What old programs on Windows write; also what is assumed when nothing else fits.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

impl Encoding {
    /// What decodes it; UTF-8 is read as it is.
    pub(super) fn decoder(self) -> Option<encoding_rs::Decoder> {
        Some(match self {
            Self::Utf8 => return None,
            Self::Utf16Le => encoding_rs::UTF_16LE.new_decoder_with_bom_removal(),
            Self::Utf16Be => encoding_rs::UTF_16BE.new_decoder_with_bom_removal(),
            Self::Windows1252 => encoding_rs::WINDOWS_1252.new_decoder_without_bom_handling(),
        })
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 (little-endian)",
            Self::Utf16Be => "UTF-16 (big-endian)",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

/// Watches a file pass by and says at the end how it is encoded.
#[derive(Default)]
pub(super) struct EncodingGuess {
    head: Vec<u8>,
    /// The beginning of a sequence that the last chunk cut.
    cut: Vec<u8>,
    valid: u64,
    invalid: u64,
}

const HEAD: usize = 256;
pub(super) const UTF8_BOM: [u8; 3] = [0xef, 0xbb, 0xbf];

impl EncodingGuess {
    pub(super) fn look_at(&mut self, chunk: &[u8]) {
        let missing = HEAD.saturating_sub(self.head.len()).min(chunk.len());
        self.head.extend_from_slice(&chunk[..missing]);
        if self.cut.is_empty() {
            self.validate(chunk);
        } else {
            // A sequence has at most four bytes, so the cut one is complete after three more.
            let (first, rest) = chunk.split_at(chunk.len().min(3));
            let mut joined = std::mem::take(&mut self.cut);
            joined.extend_from_slice(first);
            self.validate(&joined);
            if !rest.is_empty() {
                let mut cut = std::mem::take(&mut self.cut);
                if cut.is_empty() {
                    self.validate(rest);
                } else {
                    // The three bytes themselves ended in a cut sequence.
                    cut.extend_from_slice(rest);
                    self.validate(&cut);
                }
            }
        }
    }

    fn validate(&mut self, mut bytes: &[u8]) {
        if bytes.is_ascii() {
            return;
        }
        loop {
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    self.valid += sequences(text.as_bytes());
                    return;
                }
                Err(error) => {
                    let (valid, rest) = bytes.split_at(error.valid_up_to());
                    self.valid += sequences(valid);
                    let Some(length) = error.error_len() else {
                        self.cut = rest.to_vec();
                        return;
                    };
                    self.invalid += 1;
                    bytes = &rest[length..];
                }
            }
        }
    }

    /// The byte order mark decides. Without one, zeros in every second place mean UTF-16, and a file with more valid
    /// than invalid sequences is UTF-8 with a few bad rows. Anything else can only be an old single-byte encoding, of
    /// which Windows-1252 is by far the most common.
    pub(super) fn finish(mut self) -> Encoding {
        self.invalid += u64::from(!self.cut.is_empty());
        match self.head.as_slice() {
            [0xff, 0xfe, ..] => return Encoding::Utf16Le,
            [0xfe, 0xff, ..] => return Encoding::Utf16Be,
            head if head.starts_with(&UTF8_BOM) => return Encoding::Utf8,
            _ => {}
        }
        let zeros = |parity: usize| {
            let places = self.head.iter().skip(parity).step_by(2);
            places.filter(|b| **b == 0).count()
        };
        let (even, odd, mostly) = (zeros(0), zeros(1), self.head.len() * 3 / 8);
        if self.head.len() >= 8 && odd > mostly && even * 4 < odd {
            Encoding::Utf16Le
        } else if self.head.len() >= 8 && even > mostly && odd * 4 < even {
            Encoding::Utf16Be
        } else if self.invalid > self.valid {
            Encoding::Windows1252
        } else {
            Encoding::Utf8
        }
    }
}

/// How many sequences of more than one byte there are in valid UTF-8.
fn sequences(text: &[u8]) -> u64 {
    text.iter().filter(|b| **b >= 0xc0).count() as u64
}

/// The delimiters that are tried, the most common first.
pub(super) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
const SAMPLE_ROWS: usize = 50;

/// The delimiter with which the first rows have most columns, and equally many of them. `head` is the beginning of the
/// file; its last line may be cut. A first line `sep=;`, which spreadsheets write, is handled by the caller.
pub(super) fn delimiter(head: &[u8]) -> u8 {
    let mut best = (0, DELIMITERS[0]);
    for delimiter in DELIMITERS {
        let score = score(head, delimiter);
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}

/// Columns of the header that most rows share, in per mille; 0 if there is only one.
fn score(head: &[u8], delimiter: u8) -> usize {
    let mut records = Records::new(head, delimiter, Position::START);
    let mut columns = 0;
    let (mut rows, mut fit) = (0, 0);
    let cut = !head.ends_with(b"\n");
    while rows < SAMPLE_ROWS {
        match records.next() {
            Ok(Found::Record) if columns == 0 => columns = records.len(),
            Ok(Found::Record) if cut && records.position().offset == head.len() as u64 => break,
            Ok(Found::Record) => {
                rows += 1;
                fit += usize::from(records.len() == columns);
            }
            Ok(Found::End) | Err(_) => break,
            Ok(Found::TooLong | Found::UnclosedQuote) => rows += 1,
        }
    }
    if columns < 2 {
        return 0;
    }
    // Rows that fit count most, then the number of columns: a comma within a few cells has neither.
    let share = (fit * 1000).checked_div(rows).unwrap_or(1000);
    share * 10 + columns.min(100)
}

/// The delimiter that a first line such as `sep=;` names, and how long that line is.
pub(super) fn declared_delimiter(head: &[u8]) -> Option<(u8, usize)> {
    let rest = head
        .strip_prefix(b"sep=")
        .or_else(|| head.strip_prefix(b"SEP="))?;
    let (delimiter, rest) = rest.split_first()?;
    let end = match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => return None,
    };
    Some((*delimiter, "sep=x".len() + end)).filter(|_| DELIMITERS.contains(delimiter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(bytes: &[u8], chunk: usize) -> Encoding {
        let mut guess = EncodingGuess::default();
        for chunk in bytes.chunks(chunk) {
            guess.look_at(chunk);
        }
        guess.finish()
    }

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn encodings_are_told_apart_however_the_file_arrives() {
        let text = "email,name\nada@example.com,Zoë 用户 😀\n";
        let mut one_bad = format!("{text}{text}").into_bytes();
        one_bad.extend_from_slice(b"eve@example.com,\xff\n");
        for (bytes, wanted) in [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            (b"email\n".to_vec(), Encoding::Utf8),
            (one_bad, Encoding::Utf8),
            ([&UTF8_BOM[..], b"email\n\xff"].concat(), Encoding::Utf8),
            (
                b"email,name\nada@example.com,Zo\xeb\n".to_vec(),
                Encoding::Windows1252,
            ),
            (
                b"email,name\nada@example.com,Zo\xeb".to_vec(),
                Encoding::Windows1252,
            ),
            (
                utf16(&format!("\u{feff}{text}"), u16::to_le_bytes),
                Encoding::Utf16Le,
            ),
            (
                utf16(&format!("\u{feff}{text}"), u16::to_be_bytes),
                Encoding::Utf16Be,
            ),
            (utf16(text, u16::to_le_bytes), Encoding::Utf16Le),
            (utf16(text, u16::to_be_bytes), Encoding::Utf16Be),
            (Vec::new(), Encoding::Utf8),
        ] {
            for chunk in [1, 2, 3, 5, 1000] {
                assert_eq!(guess(&bytes, chunk), wanted, "{bytes:?} by {chunk}");
            }
        }
    }

    #[test]
    fn delimiters_are_told_apart() {
        for (head, wanted) in [
            ("email,name\na@b.example,x\n", b','),
            ("email;name\na@b.example;Smith, John\nc@d.example;y\n", b';'),
            ("email\tname\na@b.example\tSmith, John; Dr\n", b'\t'),
            ("email|name\na@b.example|x\n", b'|'),
            ("email\na@b.example\n", b','),
            (
                "email;note\na@b.example;\"1,2,3\"\nc@d.example;\"4,5\"",
                b';',
            ),
            ("name;notes, long\nx;a, b\ny;c\n", b';'),
            ("", b','),
        ] {
            assert_eq!(delimiter(head.as_bytes()), wanted, "{head:?}");
        }
        assert_eq!(declared_delimiter(b"sep=;\r\nemail"), Some((b';', 7)));
        assert_eq!(declared_delimiter(b"sep=x\nemail"), None);
        assert_eq!(declared_delimiter(b"separate,email"), None);
    }
}
