//! A private PostgreSQL: made for one run, on loopback, gone afterwards.
//!
//! Nothing has to be configured and nothing is shared with a PostgreSQL that may already run on the
//! machine: a fresh cluster in a fresh temporary directory on a free port.
//!
//! **It never outlives us.** Before the server is started a *warden* is: a shell that waits for the end
//! of its standard input, then stops the server and removes the directory. The other end of that pipe is
//! held by this process alone, so the warden acts when we drop [`Postgres`], and just the same when we
//! panic, get Ctrl-C or are killed with a signal nobody can catch.

use std::{
    fs,
    io::Read as _,
    net::TcpListener,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
};

use anyhow::{Context, Result, anyhow, bail};

use crate::workspace::{find_program, is_root, output};

/// The oldest release that is supported.
const OLDEST: u32 = 15;

/// `cargo xtask postgres`
pub(crate) fn command() -> Result<ExitCode> {
    let postgres = Postgres::start(Promise::Nothing)?;
    println!(
        "PostgreSQL {} runs until Ctrl-C. In another terminal:",
        postgres.release
    );
    println!("export SENDERO_TEST_POSTGRES={}", postgres.url);
    loop {
        std::thread::park();
    }
}

/// A running private PostgreSQL; dropping it stops it and removes its files.
pub(crate) struct Postgres {
    pub(crate) url: String,
    pub(crate) release: u32,
    /// Acts when its standard input closes; see the module documentation.
    warden: Child,
}

/// Where the server's programs are.
pub(crate) struct Binaries {
    dir: PathBuf,
    release: u32,
}

/// What a commit promises.
#[derive(Clone, Copy)]
pub(crate) enum Promise {
    /// Nothing, so that tests measure our code and not the disk.
    Nothing,
    /// That it survives a power cut, as in production: for measurements.
    Durable,
}

impl Postgres {
    pub(crate) fn start(promise: Promise) -> Result<Self> {
        let Some(binaries) = Binaries::find() else {
            bail!(
                "no PostgreSQL {OLDEST} or newer was found; install it (Debian: apt-get install postgresql)"
            );
        };
        // Another process may take the port between our look and PostgreSQL's: then try another one.
        let mut attempt = 1;
        loop {
            match Self::start_on(&binaries, free_port()?, promise) {
                Err(_) if attempt < 3 => attempt += 1,
                result => return result,
            }
        }
    }

    fn start_on(binaries: &Binaries, port: u16, promise: Promise) -> Result<Self> {
        let owner = Owner::choose()?;
        let dir = fresh_directory(&owner)?;
        let data = dir.join("data");
        // From here on whatever fails is cleaned up by the warden when `postgres` is dropped.
        let postgres = Self {
            url: format!("postgres://sendero@127.0.0.1:{port}/postgres"),
            release: binaries.release,
            warden: owner
                .command(Path::new("/bin/sh"), &dir)
                .arg("-c")
                .arg(WARDEN)
                .args([
                    "warden".as_ref(),
                    binaries.dir.join("pg_ctl").as_os_str(),
                    dir.as_os_str(),
                ])
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .process_group(0)
                .spawn()
                .context("could not start the shell that watches over PostgreSQL")?,
        };
        let initdb = |locale: &[&str]| {
            let mut command = owner.command(&binaries.dir.join("initdb"), &dir);
            command.args([
                "--auth=trust",
                "--username=sendero",
                "--encoding=UTF8",
                "--no-sync",
            ]);
            output(command.args(locale).arg("--pgdata").arg(&data))
        };
        // The locale of an ordinary installation sorts differently from SQLite, and no code may depend on it.
        initdb(&["--locale=C", "--locale-provider=icu", "--icu-locale=en-US"])
            .or_else(|_| initdb(&["--locale=C"]))?;
        let config = data.join("postgresql.conf");
        let defaults = fs::read_to_string(&config).context("could not read postgresql.conf")?;
        let unsafe_settings = match promise {
            Promise::Nothing => UNSAFE_SETTINGS,
            Promise::Durable => "",
        };
        let settings = format!("{defaults}{SETTINGS}{unsafe_settings}port = {port}\n");
        fs::write(&config, settings).context("could not write postgresql.conf")?;
        let log = dir.join("log");
        let started = output(
            owner
                .command(&binaries.dir.join("pg_ctl"), &dir)
                .args(["start", "--wait", "--silent", "--pgdata"])
                .arg(&data)
                .arg("--log")
                .arg(&log),
        );
        if let Err(error) = started {
            let log = fs::read_to_string(&log).unwrap_or_default();
            return Err(error.context(format!("PostgreSQL did not start; its log:\n{log}")));
        }
        Ok(postgres)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.warden.stdin.take());
        // Nothing sensible can be done about a warden that could not be waited for.
        let _ = self.warden.wait();
    }
}

/// `$1` is `pg_ctl`, `$2` the directory.
const WARDEN: &str = r#"
trap '' INT TERM HUP
while read -r _; do :; done
if [ -e "$2/data/postmaster.pid" ]; then "$1" stop --mode=immediate --pgdata "$2/data"; fi
cd / && rm -rf "$2"
"#;

const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 400
wal_level = minimal
max_wal_senders = 0
max_wal_size = '2GB'
shared_buffers = '128MB'
timezone = 'UTC'
";

/// For throw-away data: nothing is flushed.
const UNSAFE_SETTINGS: &str = "
fsync = off
full_page_writes = off
";

impl Binaries {
    /// The newest usable release: on the PATH, where Debian puts it, or where `pg_config` points.
    pub(crate) fn find() -> Option<Self> {
        let mut dirs: Vec<PathBuf> = Vec::new();
        if let Some(initdb) = find_program("initdb") {
            dirs.extend(initdb.parent().map(Path::to_owned));
        }
        if let Ok(releases) = fs::read_dir("/usr/lib/postgresql") {
            dirs.extend(releases.flatten().map(|release| release.path().join("bin")));
        }
        if let Ok(dir) = output(Command::new("pg_config").arg("--bindir")) {
            dirs.push(dir.trim().into());
        }
        dirs.into_iter()
            .filter(|dir| dir.join("initdb").is_file() && dir.join("pg_ctl").is_file())
            .filter_map(|dir| {
                let version = output(Command::new(dir.join("initdb")).arg("--version")).ok()?;
                Some(Self {
                    release: major_release(&version)?,
                    dir,
                })
            })
            .filter(|found| found.release >= OLDEST)
            .max_by_key(|found| found.release)
    }
}

/// `15` of `initdb (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, `18` of `initdb (PostgreSQL) 18beta1`.
fn major_release(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("(PostgreSQL) ")?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Who owns the cluster. PostgreSQL refuses to run as root, so root borrows another user.
struct Owner(Option<(u32, u32)>);

impl Owner {
    fn choose() -> Result<Self> {
        if !is_root() {
            return Ok(Self(None));
        }
        let passwd = fs::read_to_string("/etc/passwd").context("could not read /etc/passwd")?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| user_ids(&passwd, name))
            .map(|ids| Self(Some(ids)))
            .ok_or_else(|| {
                anyhow!(
                    "PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`"
                )
            })
    }

    fn command(&self, program: &Path, dir: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(dir).stdin(Stdio::null());
        // PG* variables of the developer would lead initdb and pg_ctl somewhere else.
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG"))
        {
            command.env_remove(name);
        }
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }
}

fn user_ids(passwd: &str, name: &str) -> Option<(u32, u32)> {
    let line = passwd
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// A new, empty directory that only the owner can enter.
fn fresh_directory(owner: &Owner) -> Result<PathBuf> {
    // A user that root borrows cannot enter root's own temporary directory, where there is one.
    let parent = if owner.0.is_some() {
        PathBuf::from("/tmp")
    } else {
        std::env::temp_dir()
    };
    let dir = parent.join(format!("sendero-postgres-{:016x}", random()?));
    fs::create_dir(&dir).with_context(|| format!("could not create {}", dir.display()))?;
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
    if let Some((user, group)) = owner.0 {
        chown(&dir, Some(user), Some(group))?;
    }
    Ok(dir)
}

fn random() -> Result<u64> {
    let mut bytes = [0; 8];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(u64::from_ne_bytes(bytes))
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::{major_release, user_ids};

    #[test]
    fn release_is_read_from_what_initdb_prints() {
        assert_eq!(
            major_release("initdb (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major_release("initdb (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_release("initdb of something else"), None);
    }

    #[test]
    fn user_ids_are_those_of_the_named_user() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65533::/nonexistent:/bin/false\nbroken\n";
        assert_eq!(user_ids(passwd, "nobody"), Some((65534, 65533)));
        assert_eq!(user_ids(passwd, "postgres"), None);
        assert_eq!(user_ids(passwd, "broken"), None);
    }
}
