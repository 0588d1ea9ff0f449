//! Where an upload lies until it has been imported: one file per import, in UTF-8, in a directory of the server.
//!
//! An upload is written as it arrives and looked at on the way. A file in another encoding is rewritten once, so that
//! a place in the file means the same to whoever goes on reading it after a crash.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek as _, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use kernel::{Error, Timestamp};
use tokio::io::AsyncWriteExt as _;

use super::detect::{Encoding, EncodingGuess, UTF8_BOM};
use super::workbook::{self, Limits};
use crate::ImportId;

/// An upload that has been written. Its file is removed with it, unless it is told to stay.
#[derive(Debug)]
pub(super) struct Spooled {
    /// Empty once it may stay.
    path: PathBuf,
    size: u64,
    encoding: Encoding,
    start: u64,
    workbook: bool,
}

impl Spooled {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// In bytes, as uploaded.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Where the text begins, behind a byte order mark.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// Whether it was a workbook.
    pub(super) fn is_workbook(&self) -> bool {
        self.workbook
    }

    /// Makes it a text in UTF-8, from `encoding` if that is known better than by looking at it.
    pub(super) fn decode(
        &mut self,
        encoding: Option<Encoding>,
        sheet: Option<&str>,
        limits: Limits,
    ) -> kernel::Result<()> {
        let begin = head(&self.path, 0, 8).map_err(|error| disk_error(&self.path, error))?;
        if workbook::is_old_workbook(&begin) {
            return Err(workbook::refused(
                "invalid_workbook",
                "this is a workbook of the old kind (.xls); save it as .xlsx or as CSV in UTF-8",
            ));
        }
        if workbook::is_workbook(&begin) {
            let unpacked = self.path.with_extension("decoded");
            let converted = workbook::convert(&self.path, &unpacked, sheet, limits);
            if let Err(error) = converted {
                remove(&unpacked);
                return Err(error);
            }
            self.workbook = true;
            self.encoding = Encoding::Utf8;
            return std::fs::rename(&unpacked, &self.path)
                .map_err(|error| disk_error(&self.path, error));
        }
        self.encoding = encoding.unwrap_or(self.encoding);
        let decoded = match self.encoding.decoder() {
            Some(decoder) => decode(&self.path, decoder),
            None => Ok(()),
        };
        self.start = decoded
            .and_then(|()| text_start(&self.path))
            .map_err(|error| disk_error(&self.path, error))?;
        Ok(())
    }

    pub(super) fn keep(mut self) {
        self.path = PathBuf::new();
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            remove(&self.path);
        }
    }
}

/// Writes an upload to the directory. Leaves nothing behind when it fails.
pub(super) async fn receive<S, E>(
    directory: &Path,
    import: ImportId,
    upload: S,
    max_bytes: u64,
) -> kernel::Result<Spooled>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let mut spooled = Spooled {
        path: directory.join(format!("{import}.csv")),
        size: 0,
        encoding: Encoding::Utf8,
        start: 0,
        workbook: false,
    };
    let refused = |error| disk_error(directory, error);
    tokio::fs::create_dir_all(directory)
        .await
        .map_err(refused)?;
    let mut file = tokio::fs::File::create(&spooled.path)
        .await
        .map_err(refused)?;
    let mut guess = EncodingGuess::default();
    let mut upload = std::pin::pin!(upload);
    while let Some(chunk) = upload.next().await {
        let chunk = chunk.map_err(|error| {
            Error::invalid(
                "file",
                "incomplete",
                format!(
                    "the upload broke off after {} bytes ({error}); send it again",
                    spooled.size
                ),
            )
        })?;
        spooled.size += chunk.len() as u64;
        if spooled.size > max_bytes {
            return Err(Error::invalid(
                "file",
                "too_large",
                format!(
                    "the file has more than {max_bytes} bytes; split it, or raise the limit in the configuration"
                ),
            ));
        }
        guess.look_at(&chunk);
        file.write_all(&chunk).await.map_err(refused)?;
    }
    if spooled.size == 0 {
        return Err(Error::invalid(
            "file",
            "empty",
            "the file is empty; choose another",
        ));
    }
    file.flush().await.map_err(refused)?;
    // The import is remembered when this returns, so the file must survive a power cut as well.
    file.sync_all().await.map_err(refused)?;
    spooled.encoding = guess.finish();
    Ok(spooled)
}

/// Removes a spool file. One that is gone already is fine; one that cannot be removed only takes up space.
pub(super) fn remove(path: &Path) {
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%error, path = %path.display(), "an upload cannot be removed"),
    }
}

/// A file that lies in the directory.
#[derive(Debug)]
pub(super) struct Leftover {
    pub(super) path: PathBuf,
    /// The import that it is of; `None` for what was written on the way.
    pub(super) import: Option<ImportId>,
}

/// The files that nobody has written to since `before`. What does not look like a file of ours is left alone.
pub(super) fn untouched_since(directory: &Path, before: Timestamp) -> io::Result<Vec<Leftover>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        // Nothing was ever uploaded.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let (Some(stem), Some(extension)) = (
            path.file_stem().and_then(|stem| stem.to_str()),
            path.extension().and_then(|extension| extension.to_str()),
        ) else {
            continue;
        };
        let import = match extension {
            "csv" | "decoded" | "sorted" | "unfinished" => match stem.parse::<i64>() {
                Ok(id) => Some(ImportId::from(id)),
                Err(_) => continue,
            },
            "tmp" if stem.starts_with("sort-") => None,
            _ => continue,
        };
        // One that is gone by now needs no sweeping.
        let Ok(modified) = path.metadata().and_then(|file| file.modified()) else {
            continue;
        };
        let age = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        if Timestamp::from_micros(age.as_micros() as i64) < before {
            found.push(Leftover { path, import });
        }
    }
    Ok(found)
}

/// The error of a use case that could not write to the directory.
pub(super) fn disk_error(path: &Path, error: io::Error) -> Error {
    let message = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk of the server is full; nothing was imported, make room and try again"
                .to_owned()
        }
        _ => "the server cannot write to its data directory; nothing was imported".to_owned(),
    };
    Error::Unavailable {
        message,
        source: Some(anyhow::Error::new(error).context(path.display().to_string())),
    }
}

/// Rewrites a file in UTF-8.
fn decode(path: &Path, mut decoder: encoding_rs::Decoder) -> io::Result<()> {
    const BLOCK: usize = 64 << 10;
    let decoded = path.with_extension("decoded");
    let mut source = File::open(path)?;
    let mut target = BufWriter::new(File::create(&decoded)?);
    let mut input = vec![0; BLOCK];
    let mut output = vec![0; BLOCK * 3 + 16];
    loop {
        let read = source.read(&mut input)?;
        let mut rest = &input[..read];
        loop {
            let (result, taken, written, _) = decoder.decode_to_utf8(rest, &mut output, read == 0);
            target.write_all(&output[..written])?;
            rest = &rest[taken..];
            if result == encoding_rs::CoderResult::InputEmpty {
                break;
            }
        }
        if read == 0 {
            break;
        }
    }
    target
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    std::fs::rename(&decoded, path)
}

fn text_start(path: &Path) -> io::Result<u64> {
    let mut head = Vec::with_capacity(UTF8_BOM.len());
    File::open(path)?
        .take(UTF8_BOM.len() as u64)
        .read_to_end(&mut head)?;
    Ok(if head == UTF8_BOM {
        head.len() as u64
    } else {
        0
    })
}

/// The beginning of the text, at most so many bytes.
pub(super) fn head(path: &Path, start: u64, max: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    open(path, start)?.take(max).read_to_end(&mut head)?;
    Ok(head)
}

/// The file from a place on.
pub(super) fn open(path: &Path, at: u64) -> io::Result<File> {
    let mut file = File::open(path)?;
    file.seek(io::SeekFrom::Start(at))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn spool(
        directory: &Path,
        parts: &[&[u8]],
        max: u64,
    ) -> kernel::Result<(Spooled, String)> {
        let parts: Vec<io::Result<Bytes>> = parts
            .iter()
            .map(|part| match *part {
                b"!" => Err(io::Error::other("gone")),
                part => Ok(Bytes::copy_from_slice(part)),
            })
            .collect();
        let upload = futures_util::stream::iter(parts);
        let mut spooled = receive(directory, ImportId::from(7), upload, max).await?;
        spooled.decode(
            None,
            None,
            Limits {
                bytes: u64::MAX,
                rows: 10,
            },
        )?;
        let mut text = String::new();
        open(&spooled.path, spooled.start)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        Ok((spooled, text))
    }

    #[tokio::test]
    async fn every_encoding_ends_up_as_utf_8() {
        let directory = tempfile::tempdir().unwrap();
        let text = "email;name\nada@example.com;Zoë €\n".repeat(10_000);
        let utf16: Vec<u8> = format!("\u{feff}{text}")
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        let windows = encoding_rs::WINDOWS_1252.encode(&text).0;
        for (bytes, encoding) in [
            (text.clone().into_bytes(), Encoding::Utf8),
            (format!("\u{feff}{text}").into_bytes(), Encoding::Utf8),
            (utf16, Encoding::Utf16Be),
            (windows.into_owned(), Encoding::Windows1252),
        ] {
            let (one, two) = bytes.split_at(12_345);
            let (spooled, read) = spool(directory.path(), &[one, two], u64::MAX)
                .await
                .unwrap();
            assert_eq!(spooled.encoding, encoding);
            assert_eq!(spooled.size, bytes.len() as u64);
            assert!(read == text, "{encoding}");
        }
    }

    #[tokio::test]
    async fn what_fails_leaves_no_file() {
        let directory = tempfile::tempdir().unwrap();
        for (parts, max, code) in [
            (&[][..], 10, "empty"),
            (&[&b"abc"[..], b"!"], 10, "incomplete"),
            (&[&b"abc"[..], b"defg"], 6, "too_large"),
        ] {
            let error = spool(directory.path(), parts, max).await.unwrap_err();
            let Error::Invalid(errors) = error else {
                panic!("{error:?}");
            };
            assert_eq!(errors[0].code, code);
            assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        }
    }
}
