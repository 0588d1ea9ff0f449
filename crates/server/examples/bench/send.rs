//! Messages a second and CPU per message: 18 kB of HTML with ten tracked links and two merge fields, as it is sent.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::Options;
use crate::api::{self, Api, Mail};
use crate::bare;
use crate::meanwhile::{Meanwhile, PREFIX};
use crate::measure::{
    cpu, database_name, each_us, forget_peak, load, memory_mb, postgres_cpu, until_quiet,
};
use crate::program::{Program, Setting};

const PATIENCE: Duration = Duration::from_mins(10);

/// The sink as a process, so that its CPU is not ours.
struct SinkProcess {
    child: Child,
    port: u16,
}

impl SinkProcess {
    fn start(binary: &Path, log: &Path) -> Self {
        let mut child = Command::new(binary)
            .arg("--log")
            .arg(log)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the sink can be started");
        let mut port = String::new();
        let stdout = child.stdout.take().expect("it is a pipe");
        BufReader::new(stdout)
            .read_line(&mut port)
            .expect("the sink says its port");
        let port = port.trim().parse().expect("a port is a number");
        Self { child, port }
    }
}

impl Drop for SinkProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is measured.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) recipients: u64,
    pub(crate) connections: u32,
    /// Whether others ask for something while it is sent.
    pub(crate) meanwhile: bool,
    /// Whether it is signed with RSA.
    pub(crate) dkim: bool,
}

pub(crate) async fn run(options: &Options, database_url: Option<String>, run: Run) {
    let Run {
        recipients,
        connections,
        meanwhile,
        dkim,
    } = run;
    let folder = tempfile::tempdir().expect("a temporary directory");
    let log = folder.path().join("accepted");
    let sink = SinkProcess::start(&options.sink, &log);
    let database = database_url
        .as_deref()
        .map(database_name)
        .map(str::to_owned);
    let setting = Setting::new(&options.binary, &folder.path().join("data"), database_url);
    let mut program = Program::start(&setting).await;
    let pid = program.child.id();
    let idle = memory_mb(pid, "VmRSS");
    let api = Api::set_up(&program.url).await;
    let import = api.import(api::people(recipients)).await;
    assert_eq!(import["created"], recipients, "{import}");
    api.use_relay(sink.port, connections).await;
    if dkim {
        sign(&api).await;
    }
    let campaign = api.campaign(&newsletter()).await;
    let report_path = format!("/api/campaigns/{campaign}/report");

    // What follows an import, such as writing the words that people are found by, is not what is measured.
    until_quiet(pid).await;
    let database_cpu = || database.as_deref().map(postgres_cpu).unwrap_or_default();
    let before = (cpu(pid), cpu(sink.child.id()), database_cpu());
    // Of the import, which is measured by itself.
    forget_peak(pid);
    let asked = Instant::now();
    api.post(&format!("/api/campaigns/{campaign}/send"), None)
        .await;
    let meanwhile = meanwhile.then(|| Meanwhile::start(&api, &campaign));
    let watched = tokio::task::spawn_blocking(move || {
        let mut log = Log::open(&log);
        log.watch(recipients, 0);
        log
    });
    let mut log = watched.await.expect("watching does not panic");
    let (first, last) = log.campaign_arrived();
    let asked_meanwhile = match meanwhile {
        Some(meanwhile) => Some(meanwhile.stop().await),
        None => None,
    };
    while api.get(&report_path).await["state"] != "sent" {
        assert!(asked.elapsed() < PATIENCE, "the campaign does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ended = asked.elapsed();
    let ours = cpu(pid).saturating_sub(before.0);
    let theirs = cpu(sink.child.id()).saturating_sub(before.1);
    let databases = database_cpu().saturating_sub(before.2);
    let report = api.get(&report_path).await;
    if let Some(asked) = &asked_meanwhile {
        let others = asked.accepted.len() as u64;
        let watched = tokio::task::spawn_blocking(move || {
            log.watch(recipients, others);
            log
        });
        log = watched.await.expect("watching does not panic");
    }
    let distinct = log.distinct_of_campaign();
    assert_eq!(distinct, recipients, "distinct recipients at the sink");
    assert_eq!(report["sent"], recipients, "{report}");

    println!(
        "{:.0} messages/s from the first to the last of {recipients} ({:.2} s), first after {:.0} ms, report complete \
         after {:.2} s",
        recipients as f64 / (last - first).as_secs_f64(),
        (last - first).as_secs_f64(),
        (first - asked).as_secs_f64() * 1e3,
        ended.as_secs_f64()
    );
    print!("CPU per message: {:.0} us ours", each_us(ours, recipients));
    if database.is_some() {
        print!(" + {:.0} us PostgreSQL", each_us(databases, recipients));
    }
    println!(
        ", {:.0} us the sink; memory {:.0} MB at most, {idle:.0} MB at the start; load {}",
        each_us(theirs, recipients),
        memory_mb(pid, "VmHWM"),
        load()
    );
    if let Some(asked) = asked_meanwhile {
        println!("(CPU and memory with those of the reads and messages meanwhile)");
        asked.tell(&log.others());
    }
    let (status, _) = program.terminate().await;
    assert!(status.success(), "{status}");
    let data = bare::mail_of(&newsletter().html);
    if dkim {
        let signed = bare::sign(recipients.min(20_000), &data);
        println!(
            "{signed:.0} messages/s are signed on all cores by the library alone: the campaign runs at {:.2} of that",
            recipients as f64 / (last - first).as_secs_f64() / signed
        );
    }
    let bare = bare::send(sink.port, connections, recipients, data).await;
    println!(
        "{:.0} messages/s by the client alone: the campaign runs at {:.2} of that; load {}",
        recipients as f64 / bare.as_secs_f64(),
        bare.as_secs_f64() / (last - first).as_secs_f64(),
        load()
    );
}

/// Mail of the sender's domain is signed with a new key.
async fn sign(api: &Api) {
    let key = json!({ "domain": "example.com", "algorithm": "rsa" });
    let key = api.post("/api/dkim-keys", Some(&key)).await;
    let path = format!("/api/dkim-keys/{}", api::text(&key["id"]));
    let active = json!({ "is_active": true });
    let answer = api.call(Method::PATCH, &path, Some(&active)).await;
    assert_eq!(answer.expect("an answer").status, 200);
}

/// The sink's log as it grows: who got something, and when it was seen there, to 2 ms.
struct Log {
    file: File,
    text: Vec<u8>,
    /// Up to which place the text had come when.
    read: Vec<(usize, Instant)>,
    /// How much of the text was counted, to the end of a line.
    counted: usize,
    of_campaign: u64,
    of_others: u64,
    /// When the first and the last of the campaign were seen.
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Log {
    fn open(path: &Path) -> Self {
        Self {
            file: File::open(path).expect("the sink has made its log"),
            text: Vec::new(),
            read: Vec::new(),
            counted: 0,
            of_campaign: 0,
            of_others: 0,
            first: None,
            last: None,
        }
    }

    /// Follows it until so many recipients of the campaign and of other messages were accepted.
    fn watch(&mut self, of_campaign: u64, of_others: u64) {
        let began = Instant::now();
        while self.of_campaign < of_campaign || self.of_others < of_others {
            if !self.read_on() {
                assert!(
                    began.elapsed() < PATIENCE,
                    "{} of {of_campaign} and {} of {of_others} arrived",
                    self.of_campaign,
                    self.of_others
                );
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Whether there was something new.
    fn read_on(&mut self) -> bool {
        let read = self
            .file
            .read_to_end(&mut self.text)
            .expect("the log can be read");
        if read == 0 {
            return false;
        }
        let now = Instant::now();
        self.read.push((self.text.len(), now));
        let before = self.of_campaign;
        while let Some(length) = self.text[self.counted..]
            .iter()
            .position(|byte| *byte == b'\n')
        {
            if self.text[self.counted..].starts_with(PREFIX.as_bytes()) {
                self.of_others += 1;
            } else {
                self.of_campaign += 1;
            }
            self.counted += length + 1;
        }
        if self.of_campaign > before {
            self.first.get_or_insert(now);
            self.last = Some(now);
        }
        true
    }

    fn campaign_arrived(&self) -> (Instant, Instant) {
        let both = self.first.zip(self.last);
        both.expect("a campaign has recipients")
    }

    /// The addresses, each with the place where its line ends.
    fn addresses(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let mut end = 0;
        let lines = self.text[..self.counted].split_inclusive(|byte| *byte == b'\n');
        lines.map(move |line| {
            end += line.len();
            let address = line.split(|byte| *byte == b'\t').next().unwrap_or_default();
            (address, end)
        })
    }

    fn distinct_of_campaign(&self) -> u64 {
        let distinct: HashSet<&[u8]> = self
            .addresses()
            .map(|(address, _)| address)
            .filter(|address| !address.starts_with(PREFIX.as_bytes()))
            .collect();
        distinct.len() as u64
    }

    /// When which other message was seen. Each is there once.
    fn others(&self) -> HashMap<String, Instant> {
        let mut others = HashMap::new();
        for (address, end) in self.addresses() {
            if address.starts_with(PREFIX.as_bytes()) {
                let (_, seen) = self.read[self.read.partition_point(|(place, _)| *place < end)];
                let address = String::from_utf8_lossy(address).into_owned();
                let twice = others.insert(address, seen);
                assert!(twice.is_none(), "a message arrived twice");
            }
        }
        others
    }
}

fn newsletter() -> Mail {
    let mut html = "<!doctype html><html><head><style>.a { color: #333 }</style></head><body>\n\
         <h1>Hello {{ first_name | default(\"there\") }}</h1><p>News for {{ city | default(\"you\") }}.</p>\n"
        .to_owned();
    for story in 0..10 {
        html.push_str("<table role=\"presentation\" style=\"width:100%;border:0\"><tr><td>");
        while html.len() < (story + 1) * 1800 {
            html.push_str(
                "<p style=\"margin:0 0 16px;font-size:16px\">Coffee from small farms, roasted this week.</p>\n",
            );
        }
        let _ = writeln!(
            html,
            "<a href=\"https://shop.example.com/story/{story}?a=1&amp;b=2\">Read on</a></td></tr></table>"
        );
    }
    html.push_str("<p><a href=\"{{ unsubscribe_url }}\">Unsubscribe</a></p></body></html>\n");
    Mail {
        subject: "{{ first_name | default(\"Hello\") }}, the spring list is here".to_owned(),
        html,
    }
}
