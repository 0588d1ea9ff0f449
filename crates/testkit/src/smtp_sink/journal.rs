//! Who got what: in memory, and in a file that outlives the sender under test.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

/// What is kept in memory of accepted messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Only the counters and the log file.
    Nothing,
    /// Addresses and Message-IDs.
    Recipients,
    /// The messages too.
    Data,
}

/// One accepted recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The address of RCPT.
    pub recipient: String,
    /// The address of MAIL.
    pub sender: String,
    /// The Message-ID header without its brackets; empty if there is none.
    pub message_id: String,
    /// The order of arrival, from 0.
    pub seq: u64,
    /// The number of the connection, from 0.
    pub connection: u64,
    /// The message without dot-stuffing, with [`Keep::Data`].
    pub data: Option<Bytes>,
}

const VIOLATIONS_KEPT: usize = 100;

#[derive(Debug)]
pub(super) struct Journal {
    keep: Keep,
    next: AtomicU64,
    entries: Mutex<Vec<Accepted>>,
    file: Option<Mutex<File>>,
    arrived: Notify,
    violations: Mutex<Vec<String>>,
}

/// A message whose final dot has come.
pub(super) struct Arrival<'a> {
    pub(super) sender: &'a str,
    pub(super) recipients: &'a [String],
    pub(super) connection: u64,
    /// As sent, with dot-stuffing, without the final dot.
    pub(super) data: &'a [u8],
}

impl Journal {
    pub(super) fn open(keep: Keep, log: Option<&Path>) -> io::Result<Self> {
        let file = match log {
            Some(path) => Some(Mutex::new(
                OpenOptions::new().create(true).append(true).open(path)?,
            )),
            None => None,
        };
        Ok(Self {
            keep,
            next: AtomicU64::new(0),
            entries: Mutex::default(),
            file,
            arrived: Notify::new(),
            violations: Mutex::default(),
        })
    }

    /// Writes the arrival down; only then may it be answered. Returns its (last) number.
    pub(super) fn accept(&self, arrival: &Arrival<'_>) -> io::Result<u64> {
        let message_id = message_id(arrival.data);
        let data = (self.keep == Keep::Data).then(|| unstuffed(arrival.data));
        let mut last = 0;
        for recipient in arrival.recipients {
            let mut entries = lock(&self.entries);
            let seq = self.next.load(Ordering::SeqCst);
            last = seq;
            if let Some(file) = &self.file {
                let connection = arrival.connection;
                let line = format!("{recipient}\t{message_id}\t{seq}\t{connection}\n");
                lock(file).write_all(line.as_bytes())?;
            }
            if self.keep != Keep::Nothing {
                entries.push(Accepted {
                    recipient: recipient.clone(),
                    sender: arrival.sender.to_owned(),
                    message_id: message_id.clone(),
                    seq,
                    connection: arrival.connection,
                    data: data.clone(),
                });
            }
            // Only now, so that whoever waits for the count finds the entry.
            self.next.store(seq + 1, Ordering::SeqCst);
        }
        self.arrived.notify_waiters();
        Ok(last)
    }

    pub(super) fn violation(&self, text: String) {
        let mut violations = lock(&self.violations);
        if violations.len() < VIOLATIONS_KEPT {
            violations.push(text);
        }
    }

    pub(super) fn accepted(&self) -> Vec<Accepted> {
        lock(&self.entries).clone()
    }

    pub(super) fn count(&self) -> u64 {
        self.next.load(Ordering::SeqCst)
    }

    pub(super) fn violations(&self) -> Vec<String> {
        lock(&self.violations).clone()
    }

    pub(super) fn duplicates(&self) -> Vec<(String, usize)> {
        let entries = lock(&self.entries);
        let mut times: HashMap<(&str, &str), usize> = HashMap::new();
        for entry in entries.iter() {
            *times
                .entry((&entry.recipient, &entry.message_id))
                .or_default() += 1;
        }
        let mut found: Vec<_> = times
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .map(|((recipient, _), count)| (recipient.to_owned(), count))
            .collect();
        found.sort();
        found
    }

    pub(super) async fn reached(&self, count: u64) {
        loop {
            let mut arrived = std::pin::pin!(self.arrived.notified());
            // Registered before looking, so that no arrival falls between.
            arrived.as_mut().enable();
            if self.count() >= count {
                return;
            }
            arrived.await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The value of the Message-ID header without brackets, spaces and controls.
fn message_id(data: &[u8]) -> String {
    const NAME: &[u8] = b"message-id:";
    for line in data.split(|b| *b == b'\n') {
        let line = line.trim_ascii();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_at_checked(NAME.len())
            && name.eq_ignore_ascii_case(NAME)
        {
            return String::from_utf8_lossy(value)
                .chars()
                .filter(|c| !c.is_whitespace() && !c.is_control() && *c != '<' && *c != '>')
                .collect();
        }
    }
    String::new()
}

fn unstuffed(data: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(data.len());
    for line in data.split_inclusive(|b| *b == b'\n') {
        out.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_message_id_only_in_the_header() {
        for (data, wanted) in [
            (&b"From: a\r\nMESSAGE-id: <1@x>\r\n\r\nbody"[..], "1@x"),
            (b"From: a\r\n\r\nMessage-ID: <1@x>\r\n", ""),
            (b"", ""),
            (b"Message-ID", ""),
        ] {
            assert_eq!(message_id(data), wanted);
        }
    }

    #[test]
    fn takes_the_stuffing_out() {
        assert_eq!(
            unstuffed(b"..a\r\nb.\r\n..\r\n")[..],
            b".a\r\nb.\r\n.\r\n"[..]
        );
    }
}
