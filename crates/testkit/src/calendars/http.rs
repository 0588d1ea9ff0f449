//! As much of an HTTP server as a fake needs: one request a connection, answered by a function.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use net::Url;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};
use tokio::task::AbortHandle;

const MAX: usize = 1 << 20;

/// What somebody asks.
#[derive(Debug)]
pub struct Call {
    /// `GET` and its like.
    pub method: String,
    /// The parts of the path, decoded.
    pub path: Vec<String>,
    /// The pairs behind the `?`.
    pub query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    /// What was sent along.
    pub body: Vec<u8>,
}

impl Call {
    /// A header by its name in small letters; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// A value behind the `?`.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// The JSON that was sent; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The pairs of a form.
    pub fn form(&self) -> BTreeMap<String, String> {
        let text = String::from_utf8_lossy(&self.body);
        pairs(&format!("http://form.invalid/?{text}"))
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
    /// JSON.
    pub fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    /// JSON with a status.
    pub fn json(status: u16, body: Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    /// A text of some type.
    pub fn text(status: u16, kind: &str, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type", kind.to_owned())],
            body: body.into(),
        }
    }

    /// No body.
    pub fn nothing(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// With a header more.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// A server that ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    /// Its address, without a path.
    pub url: String,
    task: AbortHandle,
    way: Arc<Way>,
}

/// What becomes of answers on their way.
#[derive(Debug, Default)]
struct Way {
    open: Arc<RwLock<()>>,
    lost: AtomicUsize,
}

impl Way {
    /// Whether an answer arrives, as soon as it may.
    async fn lets_through(&self) -> bool {
        let _open = self.open.read().await;
        let one_less = |left: usize| left.checked_sub(1);
        self.lost
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .is_err()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// `answer` gets its own address as well.
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends when the server is dropped"
    )]
    pub async fn start(answer: impl Fn(&str, Call) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let url = format!("http://{address}");
        let own = url.clone();
        let answer = Arc::new(answer);
        let way = Arc::new(Way::default());
        let on = Arc::clone(&way);
        let task = tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (answer, own, on) = (Arc::clone(&answer), own.clone(), Arc::clone(&on));
                tokio::spawn(async move {
                    if let Some(call) = read(&mut socket).await {
                        let text = written(&answer(&own, call));
                        if on.lets_through().await {
                            let _ = socket.write_all(text.as_bytes()).await;
                        }
                    }
                    let _ = socket.shutdown().await;
                });
            }
        });
        Self {
            url,
            task: task.abort_handle(),
            way,
        }
    }

    /// What is asked from now on is done, and answered when what this returns is dropped.
    pub async fn hold_answers(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.way.open).write_owned().await
    }

    /// The next calls are done, and their answers are lost.
    pub fn lose_answers(&self, times: usize) {
        self.way.lost.store(times, Ordering::SeqCst);
    }
}

async fn read(socket: &mut TcpStream) -> Option<Call> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        more(socket, &mut bytes).await?;
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(Some(0), |text| text.parse().ok())?;
    while bytes.len() < end + 4 + length {
        more(socket, &mut bytes).await?;
    }
    let url = Url::parse("http://fake.invalid").ok()?.join(target).ok()?;
    let path = url
        .path_segments()?
        .filter(|part| !part.is_empty())
        .map(decoded)
        .collect();
    Some(Call {
        method,
        path,
        query: pairs(url.as_str()),
        headers,
        body: bytes[end + 4..end + 4 + length].to_vec(),
    })
}

async fn more(socket: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut piece = [0; 8192];
    let length = socket.read(&mut piece).await.ok()?;
    bytes.extend_from_slice(&piece[..length]);
    (length > 0 && bytes.len() < MAX).then_some(())
}

fn written(answer: &Answer) -> String {
    let mut text = format!(
        "HTTP/1.1 {} x\r\nConnection: close\r\nContent-Length: {}\r\n",
        answer.status,
        answer.body.len()
    );
    for (name, value) in &answer.headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    text.push_str(&answer.body);
    text
}

/// The pairs behind the `?` of an address.
pub(super) fn pairs(url: &str) -> BTreeMap<String, String> {
    Url::parse(url).map_or_else(
        |_| BTreeMap::new(),
        |url| url.query_pairs().into_owned().collect(),
    )
}

/// A segment of a path without `%`.
fn decoded(segment: &str) -> String {
    // An address knows how to read a query.
    let plus = segment.replace('+', "%2B");
    pairs(&format!("http://x.invalid/?x={}", plus.replace('&', "%26")))
        .remove("x")
        .unwrap_or_default()
}

/// The shape in which both services tell what went wrong.
pub(super) fn problem(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        json!({ "error": {
            "code": code,
            "message": message,
            "errors": [{ "domain": "global", "reason": code, "message": message }],
        }}),
    )
}
