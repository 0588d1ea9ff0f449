//! A campaign through a real mail server that is not ours: Postfix takes it and delivers it into a maildir.
//!
//! The instance is private: its own configuration, queue, log and port, in a directory that is removed. The machine's own
//! Postfix, if there is one, notices nothing. Postfix must be started by root.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use testkit::TestDb;
use tokio::time::Instant;

use crate::app::Mail;
use crate::shop::{self, Person, Shop, person};

const PEOPLE: usize = 300;
/// `nobody` of every Unix that has Postfix.
const NOBODY: u32 = 65_534;
const PATIENCE: Duration = Duration::from_mins(1);

struct Postfix {
    directory: tempfile::TempDir,
    port: u16,
}

impl Postfix {
    /// `None`, said as skipped, where it cannot run.
    fn start() -> Option<Self> {
        let Some(program) = program() else {
            println!("skipped: no Postfix");
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        if fs::metadata(directory.path()).unwrap().uid() != 0 {
            println!("skipped: no Postfix (only root can start it)");
            return None;
        }
        let postfix = Self {
            directory,
            port: free_port(),
        };
        postfix.configure();
        postfix.run(&program, "start");
        Some(postfix)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn configure(&self) {
        // Its processes run as other users.
        fs::set_permissions(self.directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["config", "queue", "data", "mail"] {
            fs::create_dir(self.path(name)).unwrap();
        }
        chown(self.path("mail"), Some(NOBODY), Some(NOBODY)).unwrap();
        let owner = fs::metadata("/var/lib/postfix").map_or(NOBODY, |it| it.uid());
        chown(self.path("data"), Some(owner), None).unwrap();
        let path = |name: &str| self.path(name).to_str().unwrap().to_owned();
        let main = format!(
            "compatibility_level = 3.6\n\
             queue_directory = {queue}\n\
             data_directory = {data}\n\
             maillog_file = {log}\n\
             maillog_file_prefixes = {root}\n\
             myhostname = mx.example.com\n\
             inet_interfaces = 127.0.0.1\n\
             inet_protocols = ipv4\n\
             mydestination =\n\
             alias_maps =\n\
             local_recipient_maps =\n\
             smtpd_relay_restrictions = reject_unauth_destination\n\
             virtual_mailbox_domains = example.com\n\
             virtual_mailbox_base = {mail}\n\
             virtual_mailbox_maps = static:all/\n\
             virtual_uid_maps = static:{NOBODY}\n\
             virtual_gid_maps = static:{NOBODY}\n\
             virtual_mailbox_limit = 0\n",
            root = self.directory.path().display(),
            queue = path("queue"),
            data = path("data"),
            log = path("log"),
            mail = path("mail"),
        );
        fs::write(self.path("config/main.cf"), main).unwrap();
        let mut master = format!("127.0.0.1:{} inet n - n - - smtpd\n", self.port);
        for (name, private, wakeup, limit, command) in [
            ("cleanup", "n", "-", "0", "cleanup"),
            ("qmgr", "n", "300", "1", "qmgr"),
            ("rewrite", "-", "-", "-", "trivial-rewrite"),
            ("bounce", "-", "-", "0", "bounce"),
            ("defer", "-", "-", "0", "bounce"),
            ("trace", "-", "-", "0", "bounce"),
            ("flush", "n", "1000?", "0", "flush"),
            ("proxymap", "-", "-", "-", "proxymap"),
            ("error", "-", "-", "-", "error"),
            ("retry", "-", "-", "-", "error"),
            ("discard", "-", "-", "-", "discard"),
            ("anvil", "-", "-", "1", "anvil"),
            ("scache", "-", "-", "1", "scache"),
        ] {
            let _ = writeln!(
                master,
                "{name} unix {private} - n {wakeup} {limit} {command}"
            );
        }
        master.push_str("virtual unix - n n - - virtual\n");
        master.push_str("postlog unix-dgram n - n - 1 postlogd\n");
        fs::write(self.path("config/master.cf"), master).unwrap();
    }

    fn run(&self, program: &Path, verb: &str) {
        let ran = Command::new(program)
            .arg("-c")
            .arg(self.path("config"))
            .arg(verb)
            .output()
            .unwrap();
        assert!(
            ran.status.success(),
            "postfix {verb}: {}\n{}",
            String::from_utf8_lossy(&ran.stderr),
            self.log()
        );
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// What is in the queue, whatever it waits for.
    fn queued(&self) -> usize {
        ["incoming", "active", "deferred", "maildrop", "hold"]
            .iter()
            .map(|queue| files(&self.path("queue").join(queue)).len())
            .sum()
    }

    /// The mails that were delivered, once all have been.
    async fn delivered(&self, count: usize) -> Vec<Vec<u8>> {
        let until = Instant::now() + PATIENCE;
        let new = self.path("mail/all/new");
        while files(&new).len() < count || self.queued() > 0 {
            assert!(
                Instant::now() < until,
                "{} of {count} were delivered\n{}",
                files(&new).len(),
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        files(&new)
            .iter()
            .map(|path| fs::read(path).unwrap())
            .collect()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if let Some(program) = program() {
            let _ = Command::new(program)
                .arg("-c")
                .arg(self.path("config"))
                .arg("abort")
                .output();
        }
    }
}

fn program() -> Option<PathBuf> {
    ["/usr/sbin/postfix", "/usr/local/sbin/postfix"]
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// All files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            all.extend(files(&entry.path()));
        } else {
            all.push(entry.path());
        }
    }
    all
}

#[testkit::db_test]
async fn postfix_takes_a_campaign_and_delivers_it_once(db: TestDb) {
    let Some(postfix) = Postfix::start() else {
        return;
    };
    let shop = Shop::open(db).await;
    let mut file = shop::csv(PEOPLE);
    file.push_str("away@elsewhere.example,Eve,,,,1,,\r\n");
    shop.import(&file).await;
    shop.use_relay(postfix.port).await;
    let campaign = shop.campaign_to_everyone("Spring").await;
    shop.send(&campaign).await;

    let mails = postfix.delivered(PEOPLE).await;
    let wanted: BTreeMap<String, Person> = (0..PEOPLE)
        .map(person)
        .map(|one| (one.email.clone(), one))
        .collect();
    let mut seen = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for source in &mails {
        check_source(source);
        let mail = Mail::parse(source);
        assert_eq!(mail.header("delivered-to"), mail.to);
        assert!(seen.insert(mail.to.clone()), "{} got two mails", mail.to);
        assert!(ids.insert(mail.header("message-id").to_owned()));
        shop::check_mail(&mail, &wanted[&mail.to]);
    }
    assert_eq!(seen, wanted.keys().cloned().collect());

    // Whom it does not want, it refuses, and the report says why.
    let report = shop.report(&campaign).await;
    assert_eq!(
        (&report["sent"], &report["failed"], &report["unknown"]),
        (&json!(PEOPLE), &json!(1), &json!(0)),
        "{report}"
    );
    let failed = shop
        .owner
        .all(&format!(
            "/api/campaigns/{campaign}/recipients?state=failed"
        ))
        .await;
    assert_eq!(failed[0]["address"], json!("away@elsewhere.example"));
    let why = failed[0]["detail"].as_str().unwrap_or_default();
    assert!(why.contains("Relay access denied"), "{failed:?}");
}

/// What a mail has to be before anybody reads it: it came over the wire as it was written.
#[track_caller]
fn check_source(source: &[u8]) {
    let text = std::str::from_utf8(source).expect("only ASCII was announced");
    assert!(text.is_ascii(), "{text}");
    // In a maildir lines end with LF alone: a CR is one that was within a line.
    assert!(!text.contains('\r'), "{text}");
    assert!(text.lines().all(|line| line.len() <= 998), "{text}");
    let head = text.split("\n\n").next().unwrap_or_default();
    for name in ["From: ", "To: ", "Subject: ", "Date: ", "Message-ID: "] {
        let count = head.lines().filter(|line| line.starts_with(name)).count();
        assert_eq!(count, 1, "{name}{head}");
    }
}
