//! The connection as bytes: whole writes out, whole replies in, each with a limit of time.

use std::io;
use std::ops::Range;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::error::Broken;
use super::reply::{self, Reply};

pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    async fn read(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read_buf(into).await,
            Self::Tls(stream) => stream.read_buf(into).await,
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes).await,
            Self::Tls(stream) => stream.write(bytes).await,
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(stream) => stream.flush().await,
        }
    }
}

/// A whole reply in the buffer, to be decoded before the next is asked for.
pub(super) struct Answer {
    pub(super) code: u16,
    range: Range<usize>,
}

impl Answer {
    /// 2 for success, 3 for "go on", 4 and 5 for refusals.
    pub(super) fn class(&self) -> u16 {
        self.code / 100
    }
}

pub(super) struct Wire {
    pub(super) stream: Stream,
    /// What to write next. Kept, so that its memory is reused.
    pub(super) out: Vec<u8>,
    input: Vec<u8>,
    /// What of `input` has been used.
    used: usize,
}

impl Wire {
    pub(super) fn new(stream: Stream) -> Self {
        Self {
            stream,
            out: Vec::with_capacity(1024),
            input: Vec::with_capacity(1024),
            used: 0,
        }
    }

    /// Whether the relay has said more than was asked for.
    pub(super) fn has_unread(&self) -> bool {
        self.used < self.input.len()
    }

    /// Writes and empties `out`. On failure tells how many bytes the other side may have got.
    pub(super) async fn flush(&mut self, limit: Duration) -> Result<(), (usize, Broken)> {
        let mut written = 0;
        let Self { stream, out, .. } = self;
        let all = async {
            while written < out.len() {
                match stream.write(&out[written..]).await {
                    Ok(0) => return Err(Broken::Closed),
                    Ok(count) => written += count,
                    Err(error) => return Err(Broken::Io(error)),
                }
            }
            stream.flush().await.map_err(Broken::Io)
        };
        let result = timeout(limit, all).await.unwrap_or(Err(Broken::Timeout));
        out.clear();
        result.map_err(|broken| (written, broken))
    }

    /// Writes a line and reads the reply to it.
    pub(super) async fn ask(&mut self, line: &str, limit: Duration) -> Result<Answer, Broken> {
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
        self.flush(limit).await.map_err(|(_, broken)| broken)?;
        self.reply(limit).await
    }

    /// Reads the next reply.
    pub(super) async fn reply(&mut self, limit: Duration) -> Result<Answer, Broken> {
        if let Some(answer) = self.buffered()? {
            return Ok(answer);
        }
        let read = async {
            loop {
                self.input.drain(..self.used);
                self.used = 0;
                self.input.reserve(1024);
                match self.stream.read(&mut self.input).await {
                    Ok(0) => return Err(Broken::Closed),
                    Ok(_) => {}
                    Err(error) => return Err(Broken::Io(error)),
                }
                if let Some(answer) = self.buffered()? {
                    return Ok(answer);
                }
            }
        };
        timeout(limit, read).await.unwrap_or(Err(Broken::Timeout))
    }

    fn buffered(&mut self) -> Result<Option<Answer>, Broken> {
        let found = reply::find(&self.input[self.used..]).map_err(Broken::BadReply)?;
        Ok(found.map(|found| {
            let start = self.used;
            self.used += found.length;
            Answer {
                code: found.code,
                range: start..self.used,
            }
        }))
    }

    pub(super) fn decode(&self, answer: &Answer) -> Reply {
        reply::decode(answer.code, self.bytes(answer))
    }

    pub(super) fn bytes(&self, answer: &Answer) -> &[u8] {
        self.input.get(answer.range.clone()).unwrap_or_default()
    }
}
