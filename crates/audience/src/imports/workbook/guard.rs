//! Looks at all parts of a workbook before anything believes it. Every limit is far above what spreadsheet programs
//! write and far below what hurts.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use kernel::{Error, Result};
use zip::ZipArchive;

use super::refused;

const MIB: u64 = 1 << 20;
/// The archive itself.
const MAX_FILE: u64 = 256 * MIB;
const MAX_PARTS: usize = 5_000;
/// The cells of a sheet, unpacked; they are never held together.
const MAX_SHEET: u64 = 4096 * MIB;
/// The texts that cells share, unpacked; these are.
const MAX_STRINGS: u64 = 256 * MIB;
const MAX_STRING_COUNT: u64 = 5_000_000;
/// Any other XML part.
const MAX_XML: u64 = 16 * MIB;
/// Pictures and the like.
const MAX_BINARY: u64 = 64 * MIB;
/// One tag, or one text between tags. A cell has at most 32,767 characters.
const MAX_TOKEN: u64 = 256 << 10;
/// All the texts of one cell.
const MAX_CELL: u64 = MIB;

/// Refuses archives that are not what a spreadsheet program writes.
pub(super) fn check(path: &Path) -> Result<()> {
    let disk = |error| super::super::spool::disk_error(path, error);
    let mut file = File::open(path).map_err(disk)?;
    if file.metadata().map_err(disk)?.len() > MAX_FILE {
        return Err(too_large("the workbook"));
    }
    check_directory(&mut file)?;
    file.rewind().map_err(disk)?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|_| broken())?;
    if archive.len() > MAX_PARTS {
        return Err(too_large("the list of its parts"));
    }
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|_| broken())?;
        let name = part.name().map_err(|_| broken())?.to_lowercase();
        let mut part = Part::new(&name, &mut part);
        part.check()?;
    }
    Ok(())
}

fn broken() -> Error {
    refused(
        "invalid_workbook",
        "the file is not an Excel workbook that can be read; save it as .xlsx or as CSV in UTF-8",
    )
}

fn too_large(what: &str) -> Error {
    refused(
        "too_large",
        format!("{what} is larger than any spreadsheet program would make it; save it as CSV"),
    )
}

/// The directory at the end of the archive is read as a whole by whoever opens it.
fn check_directory(file: &mut File) -> Result<()> {
    /// The record, and the longest comment behind it.
    const TAIL: u64 = 22 + 65_535;
    let mut tail = Vec::new();
    let length = file.seek(SeekFrom::End(0)).map_err(Error::internal)?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))
        .map_err(Error::internal)?;
    file.read_to_end(&mut tail).map_err(Error::internal)?;
    let mut ends = memchr::memmem::find_iter(&tail, b"PK\x05\x06").peekable();
    if ends.peek().is_none() {
        return Err(broken());
    }
    for end in ends {
        let number = |at: usize, bytes: usize| {
            let field = tail.get(end + at..end + at + bytes).unwrap_or_default();
            field.iter().rev().fold(0, |n, b| (n << 8) | u64::from(*b))
        };
        // The largest numbers stand for those of a further record, which only archives of over 4 GiB need.
        if number(10, 2) as usize > MAX_PARTS || number(12, 4) > 4 * MIB {
            return Err(too_large("the list of its parts"));
        }
    }
    Ok(())
}

/// One part, read once from its beginning to its end.
struct Part<'a, R> {
    source: &'a mut R,
    is_xml: bool,
    is_strings: bool,
    limit: u64,
    strings: u64,
}

/// Where in the XML a byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    /// Right behind `<`.
    Opening,
    Tag,
    Quoted(u8),
}

impl<'a, R: Read> Part<'a, R> {
    fn new(name: &str, source: &'a mut R) -> Self {
        let extension = Path::new(name).extension().and_then(|it| it.to_str());
        let is_xml = matches!(extension, Some("xml" | "rels"));
        let is_strings = name.ends_with("sharedstrings.xml");
        Self {
            source,
            is_xml,
            is_strings,
            limit: match (is_xml, is_strings) {
                (false, _) => MAX_BINARY,
                (_, true) => MAX_STRINGS,
                _ if name.contains("worksheets/") => MAX_SHEET,
                _ => MAX_XML,
            },
            strings: 0,
        }
    }

    fn check(&mut self) -> Result<()> {
        let mut buffer = vec![0; 64 << 10];
        let mut total = 0;
        let mut xml = Xml {
            place: Place::Text,
            token: 0,
            cell: 0,
            name: Vec::with_capacity(16),
            strings: 0,
        };
        loop {
            let read = self.source.read(&mut buffer).map_err(|_| broken())?;
            if read == 0 {
                return Ok(());
            }
            if self.is_strings && total == 0 {
                check_count(&buffer[..read])?;
            }
            total += read as u64;
            if total > self.limit {
                return Err(too_large("a part of the workbook, unpacked,"));
            }
            if self.is_xml {
                xml.read(&buffer[..read])?;
                self.strings = xml.strings;
                if self.strings > MAX_STRING_COUNT {
                    return Err(too_large("the table of texts"));
                }
            }
        }
    }
}

/// The table of texts says how many there are, and the reader makes room for as many.
fn check_count(head: &[u8]) -> Result<()> {
    const NAME: &[u8] = b"uniqueCount";
    let Some(at) = memchr::memmem::find(head, b"sst") else {
        return Err(broken());
    };
    let rest = &head[at..];
    let Some(end) = memchr::memchr(b'>', rest) else {
        return Err(broken());
    };
    let tag = &rest[..end];
    for at in memchr::memmem::find_iter(tag, NAME) {
        let digits = tag[at + NAME.len()..]
            .iter()
            .skip_while(|b| !b.is_ascii_digit())
            .take_while(|b| b.is_ascii_digit())
            .fold(0_u64, |n, b| {
                n.saturating_mul(10).saturating_add(u64::from(b - b'0'))
            });
        if digits > MAX_STRING_COUNT {
            return Err(too_large("the table of texts"));
        }
    }
    Ok(())
}

/// Just enough of XML to know how much a reader holds at a time.
struct Xml {
    place: Place,
    token: u64,
    /// Bytes of text since the last cell, row or shared text began.
    cell: u64,
    /// The beginning of the tag's name.
    name: Vec<u8>,
    strings: u64,
}

impl Xml {
    fn read(&mut self, bytes: &[u8]) -> Result<()> {
        for byte in bytes {
            self.token += 1;
            match (self.place, *byte) {
                (Place::Text, b'<') => self.enter(Place::Opening),
                (Place::Text, _) => {
                    self.cell += 1;
                    if self.cell > MAX_CELL {
                        return Err(too_large("the text of a cell"));
                    }
                }
                // Comments, literal sections and document types: no spreadsheet program writes them, and their ends are
                // found in another way.
                (Place::Opening, b'!') => return Err(broken()),
                (Place::Opening | Place::Tag, b'>') => {
                    self.named();
                    self.enter(Place::Text);
                }
                (Place::Opening, first) => {
                    self.name.clear();
                    self.name.push(first);
                    self.place = Place::Tag;
                }
                (Place::Tag, quote @ (b'"' | b'\'')) => self.place = Place::Quoted(quote),
                (Place::Tag, byte) => {
                    if self.name.len() < 16 {
                        self.name.push(byte);
                    }
                }
                (Place::Quoted(quote), byte) if byte == quote => self.place = Place::Tag,
                (Place::Quoted(_), _) => {}
            }
            if self.token > MAX_TOKEN {
                return Err(too_large("a part of a cell"));
            }
        }
        Ok(())
    }

    fn enter(&mut self, place: Place) {
        self.place = place;
        self.token = 0;
    }

    fn named(&mut self) {
        let name = self
            .name
            .split(|b| b.is_ascii_whitespace() || *b == b'/')
            .next()
            .unwrap_or_default();
        let local = name.rsplit(|b| *b == b':').next().unwrap_or_default();
        match local {
            b"c" | b"row" => self.cell = 0,
            b"si" => {
                self.cell = 0;
                self.strings += 1;
            }
            _ => {}
        }
        self.name.clear();
    }
}
