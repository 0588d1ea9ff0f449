//! Running it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A directory to work in, and perhaps a PostgreSQL database.
pub(crate) struct Place {
    directory: tempfile::TempDir,
    database: Option<String>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            database: None,
        }
    }

    /// `None`, said as skipped, where there is no server for tests.
    pub(crate) fn postgres() -> Option<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let database = runtime.block_on(testkit::empty_postgres());
        if database.is_none() {
            println!(
                "skipped: no PostgreSQL ({} is not set)",
                testkit::POSTGRES_VARIABLE
            );
        }
        Some(Self {
            database: Some(database?),
            ..Self::sqlite()
        })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file and gives its path.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program with nothing of the developer's surroundings but where programs are.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sendero"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .env("PATH", search_path())
            .stdin(Stdio::null());
        if let Some(database) = &self.database {
            command.env("SENDERO_DATABASE_URL", database);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[], None)
    }

    pub(crate) fn run_with(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
        stdin: Option<&str>,
    ) -> Ran {
        let mut command = self.command(arguments);
        command
            .envs(environment.iter().copied())
            .stdin(if stdin.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        if let Some(text) = stdin {
            child
                .stdin
                .take()
                .unwrap()
                .write_all(text.as_bytes())
                .unwrap();
        }
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().unwrap();
        Ran {
            code: status.code(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// An owner, so that there is an account.
    pub(crate) fn with_owner(self) -> Self {
        self.run(&[
            "user",
            "create",
            "ada@example.com",
            "--name",
            "Ada",
            "--generate",
        ])
        .ok();
        self
    }

    /// A token that may do everything.
    pub(crate) fn token(&self) -> String {
        let ran = self.run(&["token", "create", "--name", "test", "--scopes", "all"]);
        ran.ok().trim().to_owned()
    }

    /// Starts the server and waits until it says where it is.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Server {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        Server::wait(command)
    }
}

impl Ran {
    /// It succeeded; what it printed.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.out
    }

    /// It failed with this code; what it complained about.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self.err
    }
}

/// Where `pg_dump` is, beside what is in the path: Debian keeps versions apart.
fn search_path() -> String {
    let mut path = "/usr/local/bin:/usr/bin:/bin".to_owned();
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    for version in versions.flatten() {
        path.push(':');
        path.push_str(&version.path().join("bin").to_string_lossy());
    }
    path
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) url: String,
    /// What it printed until it was ready.
    pub(crate) said: String,
}

impl Server {
    pub(crate) fn wait(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        let mut url = None;
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines.map_while(Result::ok) {
            said.push_str(&line);
            said.push('\n');
            if let Some(at) = line.find("http://") {
                let rest = &line[at..];
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                url = Some(rest[..end].trim_end_matches("/readyz").to_owned());
                break;
            }
        }
        let url = url.unwrap_or_else(|| panic!("the server ended: {said}"));
        Self { child, url, said }
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("/bin/sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name])
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(status.success(), "no signal {name} could be sent");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn exists(path: &Path) -> bool {
    path.exists()
}
