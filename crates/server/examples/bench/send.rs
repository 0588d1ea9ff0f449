//! Messages a second and CPU per message: 18 kB of HTML with ten tracked links and two merge fields, as it is sent.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Options;
use crate::api::{self, Api, Mail};
use crate::measure::{cpu, database_name, each_us, forget_peak, load, memory_mb, postgres_cpu};
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

pub(crate) async fn run(
    options: &Options,
    database_url: Option<String>,
    recipients: u64,
    connections: u32,
) {
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
    let campaign = api.campaign(&newsletter()).await;
    let report_path = format!("/api/campaigns/{campaign}/report");

    let database_cpu = || database.as_deref().map(postgres_cpu).unwrap_or_default();
    let before = (cpu(pid), cpu(sink.child.id()), database_cpu());
    // Of the import, which is measured by itself.
    forget_peak(pid);
    let asked = Instant::now();
    api.post(&format!("/api/campaigns/{campaign}/send"), None)
        .await;
    let watched = tokio::task::spawn_blocking(move || watch(&log, recipients));
    let (first, last, distinct) = watched.await.expect("watching does not panic");
    while api.get(&report_path).await["state"] != "sent" {
        assert!(asked.elapsed() < PATIENCE, "the campaign does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ended = asked.elapsed();
    let ours = cpu(pid).saturating_sub(before.0);
    let theirs = cpu(sink.child.id()).saturating_sub(before.1);
    let databases = database_cpu().saturating_sub(before.2);
    let report = api.get(&report_path).await;
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
    let (status, _) = program.terminate().await;
    assert!(status.success(), "{status}");
}

/// Follows the sink's log: when the first and the last recipient were accepted, and how many different ones there were.
fn watch(log: &Path, recipients: u64) -> (Instant, Instant, u64) {
    let began = Instant::now();
    let mut file = File::open(log).expect("the sink has made its log");
    let mut text = Vec::new();
    let (mut lines, mut first) = (0, None);
    while lines < recipients {
        let read = file.read_to_end(&mut text).expect("the log can be read");
        if read > 0 {
            first.get_or_insert_with(Instant::now);
            let new = &text[text.len() - read..];
            lines += new.split(|byte| *byte == b'\n').count() as u64 - 1;
        } else {
            assert!(
                began.elapsed() < PATIENCE,
                "{lines} of {recipients} arrived"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    let last = Instant::now();
    let distinct: HashSet<&[u8]> = text
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.split(|byte| *byte == b'\t').next())
        .filter(|address| !address.is_empty())
        .collect();
    (first.unwrap_or(last), last, distinct.len() as u64)
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
