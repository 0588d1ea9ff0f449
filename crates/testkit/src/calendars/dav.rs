//! Real CalDAV servers, as processes.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use net::{Client, Guard, Request, Response};

/// Where the Python is that has the servers.
pub const PYTHON_VARIABLE: &str = "SENDERO_TEST_PYTHON";

const PATIENCE: Duration = Duration::from_mins(1);

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DavKind {
    /// Wants a password.
    Radicale,
    /// Takes any.
    Xandikos,
}

/// A server with one account and one empty calendar. It ends with the test, however that ends.
pub struct DavServer {
    kind: DavKind,
    python: String,
    directory: tempfile::TempDir,
    port: u16,
    process: Option<Child>,
    client: Client,
}

/// Runs a module as long as the pipe to us is open, so that no server outlives its test.
const LIFELINE: &str = "
import os, runpy, sys, threading
def wait():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=wait, daemon=True).start()
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)
";

impl DavServer {
    /// Starts one; `None`, said as skipped, where there is none.
    #[expect(
        clippy::print_stdout,
        reason = "this is how a test says that it was left out"
    )]
    #[expect(
        clippy::disallowed_methods,
        reason = "`cargo xtask test` tells where it is"
    )]
    pub async fn start(kind: DavKind) -> Option<Self> {
        let Ok(python) = std::env::var(PYTHON_VARIABLE) else {
            println!("skipped: no {kind:?} ({PYTHON_VARIABLE} is not set)");
            return None;
        };
        let mut server = Self {
            kind,
            python,
            directory: tempfile::tempdir().expect("a temporary directory"),
            port: 0,
            process: None,
            client: Client::new(Guard::allowing(["127.0.0.0/8".parse().expect("a network")])),
        };
        // Somebody else may take the port between our look and the server's.
        for _ in 0..3 {
            server.port = free_port();
            if server.run() {
                server.fill().await;
                return Some(server);
            }
        }
        panic!("{kind:?} does not start");
    }

    /// The address that somebody would type.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Whose calendar it is.
    pub fn user(&self) -> &'static str {
        "ann"
    }

    /// Their password.
    pub fn password(&self) -> &'static str {
        "secret"
    }

    /// The address of the calendar.
    pub fn calendar(&self) -> String {
        let path = match self.kind {
            DavKind::Radicale => "ann/work/",
            DavKind::Xandikos => "ann/calendars/calendar/",
        };
        format!("{}{path}", self.url())
    }

    /// Stops answering.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Answers again, with what it had.
    pub fn resume(&mut self) {
        assert!(self.run(), "{:?} does not start again", self.kind);
    }

    /// Puts an object into the calendar, as another program of its owner does.
    pub async fn put(&self, name: &str, calendar: &str) {
        let response = self
            .ask("PUT", name, "text/calendar; charset=utf-8", calendar)
            .await;
        assert!(response.is_success(), "{response:?}");
    }

    /// Removes one.
    pub async fn delete(&self, name: &str) {
        let response = self.ask("DELETE", name, "text/plain", "").await;
        assert!(response.is_success(), "{response:?}");
    }

    /// The text of one, if it is there.
    pub async fn get(&self, name: &str) -> Option<String> {
        let response = self.ask("GET", name, "text/plain", "").await;
        match response.status {
            200 => Some(String::from_utf8(response.body).expect("text")),
            404 => None,
            _ => panic!("{response:?}"),
        }
    }

    /// Names of all objects in the calendar.
    pub async fn names(&self) -> Vec<String> {
        let body = "<propfind xmlns='DAV:'><prop><getetag/></prop></propfind>";
        let response = self.ask("PROPFIND", "", "application/xml", body).await;
        assert_eq!(response.status, 207, "{response:?}");
        let text = String::from_utf8(response.body).expect("text");
        // Good enough for what is put in by tests.
        let mut names: Vec<String> = text
            .split("href>")
            .filter_map(|part| part.split('<').next()?.rsplit('/').next())
            .filter(|name| name.contains(".ics"))
            .map(str::to_owned)
            .collect();
        names.dedup();
        names
    }

    async fn ask(&self, method: &str, name: &str, kind: &'static str, body: &str) -> Response {
        let url = format!("{}{name}", self.calendar());
        let body = (!body.is_empty()).then(|| body.as_bytes().to_vec());
        // `ann:secret`
        let request = Request::of(method, url, body)
            .expect("a method")
            .header("authorization", "Basic YW5uOnNlY3JldA==")
            .header("content-type", kind)
            .header("depth", "1");
        self.client.fetch(request).await.expect("an answer")
    }

    /// Radicale has no calendar until somebody makes one.
    async fn fill(&self) {
        if self.kind == DavKind::Radicale {
            let body = "<C:mkcalendar xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><D:set><D:prop>\
                        <D:displayname>Work</D:displayname>\
                        <A:calendar-color xmlns:A='http://apple.com/ns/ical/'>#11AA77FF</A:calendar-color>\
                        <C:supported-calendar-component-set><C:comp name='VEVENT'/></C:supported-calendar-component-set>\
                        </D:prop></D:set></C:mkcalendar>";
            let made = self.ask("MKCALENDAR", "", "application/xml", body).await;
            assert_eq!(made.status, 201, "{made:?}");
        }
    }

    /// Whether it came up.
    fn run(&mut self) -> bool {
        let path = |name: &str| self.directory.path().join(name).display().to_string();
        let port = self.port.to_string();
        let arguments = match self.kind {
            DavKind::Radicale => {
                std::fs::write(path("users"), "ann:secret\n").expect("a file");
                vec![
                    "radicale".to_owned(),
                    "--config".to_owned(),
                    String::new(),
                    "--server-hosts".to_owned(),
                    format!("127.0.0.1:{port}"),
                    "--auth-type".to_owned(),
                    "htpasswd".to_owned(),
                    "--auth-htpasswd-filename".to_owned(),
                    path("users"),
                    "--auth-htpasswd-encryption".to_owned(),
                    "plain".to_owned(),
                    // Otherwise a wrong password takes a second.
                    "--auth-delay".to_owned(),
                    "0".to_owned(),
                    "--storage-filesystem-folder".to_owned(),
                    path("data"),
                ]
            }
            DavKind::Xandikos => vec![
                "xandikos".to_owned(),
                "serve".to_owned(),
                "--directory".to_owned(),
                path("data"),
                "--state-dir".to_owned(),
                path("state"),
                "--listen-address".to_owned(),
                "127.0.0.1".to_owned(),
                "--port".to_owned(),
                port,
                "--defaults".to_owned(),
                "--current-user-principal".to_owned(),
                "/ann/".to_owned(),
            ],
        };
        let mut child = Command::new(&self.python)
            .args(["-u", "-c", LIFELINE])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let (said, lines) = mpsc::channel();
        for pipe in [
            Box::new(child.stdout.take().expect("it is piped")) as Box<dyn Read + Send>,
            Box::new(child.stderr.take().expect("it is piped")),
        ] {
            let said = said.clone();
            // Read to the end, so that the server never waits for us.
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    let _ = said.send(line);
                }
            });
        }
        drop(said);
        self.process = Some(child);
        let ready = match self.kind {
            DavKind::Radicale => "Radicale server ready",
            DavKind::Xandikos => "Listening on",
        };
        let mut log = String::new();
        while let Ok(line) = lines.recv_timeout(PATIENCE) {
            if line.contains(ready) {
                return self.listens();
            }
            let _ = writeln!(log, "{line}");
        }
        self.stop();
        eprintln!("{:?} ended before it was ready:\n{log}", self.kind);
        false
    }
}

impl DavServer {
    /// Waits until connections are taken: Xandikos says so a moment before.
    fn listens(&mut self) -> bool {
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let process = self.process.as_mut().expect("it was started");
            if process.try_wait().is_ok_and(|ended| ended.is_some()) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }
}

impl Drop for DavServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}
