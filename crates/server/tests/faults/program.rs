//! The program as a process of its own.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What every node of an instance must share, since it seals what is stored.
const SECRET_KEY: &str = "4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a";
const START: Duration = Duration::from_mins(1);

/// How to start it.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) binary: PathBuf,
    pub(crate) data_dir: PathBuf,
    /// A `postgres://` URL, or the file in the data directory.
    pub(crate) database_url: Option<String>,
    /// What it prints.
    pub(crate) log: PathBuf,
}

/// It runs until it is dropped, which kills it.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) child: Child,
    /// Where it answers.
    pub(crate) url: String,
    pub(crate) log: PathBuf,
}

impl Program {
    /// Starts it and waits until it says that it is ready.
    pub(crate) async fn start(setting: &Setting) -> Self {
        let mut program = Self::spawn(setting);
        program.ready().await;
        program
    }

    /// Starts it on a port that is free now.
    pub(crate) fn spawn(setting: &Setting) -> Self {
        std::fs::create_dir_all(&setting.data_dir).expect("the data directory can be made");
        let port = free_port();
        let out = File::options()
            .create(true)
            .append(true)
            .open(&setting.log)
            .expect("the log can be written");
        let mut command = Command::new(&setting.binary);
        command
            .arg("serve")
            // The developer's own configuration must not reach it.
            .env_clear()
            .env("SENDERO_DATA_DIR", &setting.data_dir)
            .env("SENDERO_SERVER_LISTEN", format!("127.0.0.1:{port}"))
            .env("SENDERO_SECRET_KEY", SECRET_KEY)
            .env("RUST_BACKTRACE", "1")
            .current_dir(&setting.data_dir)
            .stdin(Stdio::null())
            .stderr(out.try_clone().expect("a file handle"))
            .stdout(out);
        if let Some(url) = &setting.database_url {
            command.env("SENDERO_DATABASE_URL", url);
        }
        let child = command.spawn().expect("the program can be started");
        Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
            log: setting.log.clone(),
        }
    }

    /// Waits until it takes requests.
    pub(crate) async fn ready(&mut self) {
        let client = crate::api::http_client();
        let until = Instant::now() + START;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be asked") {
                panic!("the program ended: {status}\n{}", self.log_tail());
            }
            let answer = client.get(format!("{}/readyz", self.url)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(
                Instant::now() < until,
                "the program was not ready within {START:?}\n{}",
                self.log_tail()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Asks it to end, as an operating system does, and waits for that. Returns how long it took.
    pub(crate) async fn terminate(&mut self) -> (ExitStatus, Duration) {
        self.signal("TERM");
        let asked = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be asked") {
                return (status, asked.elapsed());
            }
            assert!(
                asked.elapsed() < Duration::from_mins(1),
                "the program ignores SIGTERM\n{}",
                self.log_tail()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Sends a signal by its name. The shell's own `kill` is everywhere.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("/bin/sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name])
            .arg(self.child.id().to_string())
            .status()
            .expect("a shell can be started");
        assert!(status.success(), "no signal {name} could be sent");
    }

    /// The last lines it wrote.
    pub(crate) fn log_tail(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.contains("INFO request"))
            .collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Setting {
    /// SQLite in `data_dir`, or a PostgreSQL database.
    pub(crate) fn new(binary: &Path, data_dir: &Path, database_url: Option<String>) -> Self {
        Self {
            // It starts in its data directory.
            binary: std::path::absolute(binary).expect("there is a working directory"),
            data_dir: data_dir.to_owned(),
            database_url,
            log: data_dir.join("program.log"),
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
