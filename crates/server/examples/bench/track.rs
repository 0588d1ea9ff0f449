//! Opens and clicks: CPU per request beside a handler that answers the same to everybody, and how long answers take at a
//! constant rate. Each is durable before it is answered; the report is the oracle.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use mail_parser::MessageParser;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Options;
use crate::api::{self, Api, Mail};
use crate::measure::{cpu, database_name, each_us, load, memory_mb, postgres_cpu};
use crate::program::{Program, Setting};

/// People of the campaign: each opens it and follows two links, again and again if the measurement goes on for longer.
const PEOPLE: u64 = 10_000;
/// Connections of the load.
const CONNECTIONS: usize = 64;
const PATIENCE: Duration = Duration::from_mins(2);
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";

/// The handler that everything is compared with.
pub(crate) async fn serve_constant() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    println!("{}", listener.local_addr().expect("it is bound").port());
    let router = Router::new().fallback(get(|| async { "ok" }));
    axum::serve(listener, router).await.expect("it serves");
}

struct Constant {
    child: Child,
    port: u16,
}

impl Constant {
    fn start() -> Self {
        let itself = std::env::current_exe().expect("the program knows where it is");
        let mut child = Command::new(itself)
            .args(["--binary", "none", "--sink", "none", "constant"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the handler can be started");
        let mut port = String::new();
        let stdout = child.stdout.take().expect("it is a pipe");
        BufReader::new(stdout)
            .read_line(&mut port)
            .expect("it says its port");
        let port = port.trim().parse().expect("a port is a number");
        Self { child, port }
    }
}

impl Drop for Constant {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) async fn run(options: &Options, database_url: Option<String>, rate: u64, seconds: u64) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let database = database_url
        .as_deref()
        .map(database_name)
        .map(str::to_owned);
    let setting = Setting::new(&options.binary, &folder.path().join("data"), database_url);
    let mut program = Program::start(&setting).await;
    let pid = program.child.id();
    let api = Api::set_up(&program.url).await;
    let import = api.import(api::people(PEOPLE)).await;
    assert_eq!(import["created"], PEOPLE, "{import}");
    let campaign = api.campaign(&mail()).await;
    api.post(&format!("/api/campaigns/{campaign}/send"), None)
        .await;
    let report_path = format!("/api/campaigns/{campaign}/report");
    let asked = Instant::now();
    while api.get(&report_path).await["state"] != "sent" {
        assert!(asked.elapsed() < PATIENCE, "the campaign does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let paths: Arc<[String]> = links(&api).await.into();
    let constant = Constant::start();
    let fixed: Arc<[String]> = vec!["/".to_owned()].into();
    let port = program
        .url
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok());
    let port = port.expect("the program has a port");

    let time = Duration::from_secs(seconds);
    let database_cpu = || database.as_deref().map(postgres_cpu).unwrap_or_default();
    let mut asked = 0;
    let mut ratios = Vec::new();
    // In turns, since the machine is not the same all the time.
    for _ in 0..3 {
        let before = cpu(constant.child.id());
        let (count, elapsed) = as_fast_as_possible(constant.port, &fixed, time / 5).await;
        let theirs = each_us(cpu(constant.child.id()).saturating_sub(before), count);
        let constant_rate = count as f64 / elapsed.as_secs_f64();
        let before = (cpu(pid), database_cpu());
        let (count, elapsed) = as_fast_as_possible(port, &paths, time / 5).await;
        asked += count;
        let ours = each_us(cpu(pid).saturating_sub(before.0), count);
        let databases = each_us(database_cpu().saturating_sub(before.1), count);
        ratios.push(theirs / (ours + databases));
        println!(
            "as fast as possible: {:.0} requests/s at {ours:.1} us{}; the constant handler {constant_rate:.0} at {theirs:.1} us; \
             ratio {:.2}",
            count as f64 / elapsed.as_secs_f64(),
            if database.is_some() {
                format!(" + {databases:.1} us PostgreSQL")
            } else {
                String::new()
            },
            theirs / (ours + databases)
        );
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "median ratio of CPU to the constant handler: {:.2}",
        ratios[1]
    );

    let before = (cpu(pid), database_cpu());
    let (count, mut latencies) = at_a_rate(port, &paths, rate, time).await;
    asked += count;
    latencies.sort_unstable();
    let at = |share: f64| {
        let place = (latencies.len() as f64 * share) as usize;
        latencies[place.min(latencies.len() - 1)].as_secs_f64() * 1e3
    };
    println!(
        "at {rate} requests/s for {seconds} s: {count} answered, p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms; {:.1} us ours, \
         {:.1} us PostgreSQL; memory {:.0} MB at most; load {}",
        at(0.5),
        at(0.99),
        at(1.0),
        each_us(cpu(pid).saturating_sub(before.0), count),
        each_us(database_cpu().saturating_sub(before.1), count),
        memory_mb(pid, "VmHWM"),
        load()
    );
    let report = api.get(&report_path).await;
    let counted: u64 = ["opens", "machine_opens", "clicks", "machine_clicks"]
        .iter()
        .filter_map(|name| report[*name].as_u64())
        .sum();
    assert_eq!(
        counted, asked,
        "every answered hit is in the report: {report}"
    );
    assert_eq!(report["unique_opens"], PEOPLE, "{report}");
    let (status, _) = program.terminate().await;
    assert!(status.success(), "{status}");
}

fn mail() -> Mail {
    let links: String = (0..10)
        .map(|n| format!("<p><a href=\"https://shop.example.com/story/{n}\">Read on</a></p>"))
        .collect();
    Mail {
        subject: "News".to_owned(),
        html: format!(
            "<html><body><p>Hello {{{{ first_name | default(\"you\") }}}}</p>{links}</body></html>"
        ),
    }
}

/// The paths of the pixel and of the first two links of every mail: who follows more of them at once is a machine.
async fn links(api: &Api) -> Vec<String> {
    let mut paths = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = api
            .get(&format!("/api/sandbox/messages?limit=100{cursor}"))
            .await;
        for row in page["data"].as_array().into_iter().flatten() {
            let id = api::text(&row["id"]);
            let source = api
                .client
                .get(format!("{}/api/sandbox/messages/{id}/source", api.base))
                .bearer_auth(&api.token)
                .send()
                .await
                .expect("a mail is answered")
                .bytes()
                .await
                .expect("a mail is answered");
            let mail = MessageParser::default().parse(&source).expect("a mail");
            let html = mail.body_html(0).expect("HTML").into_owned();
            let find = |part: &str| {
                html.split('"')
                    .filter_map(|text| Some(text[text.find(part)?..].to_owned()))
                    .collect::<Vec<_>>()
            };
            paths.extend(find("/t/o/"));
            paths.extend(find("/t/c/").into_iter().take(2));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(
        paths.len() as u64,
        PEOPLE * 3,
        "a pixel and two links of each mail"
    );
    paths
}

/// A connection that is kept.
struct Asking {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Asking {
    async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port))
            .await
            .expect("somebody listens");
        stream.set_nodelay(true).expect("an option of sockets");
        Self {
            stream,
            buffer: Vec::with_capacity(4096),
        }
    }

    /// Asks and reads the whole answer.
    async fn ask(&mut self, path: &str) {
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nuser-agent: {AGENT}\r\n\r\n");
        self.stream
            .write_all(request.as_bytes())
            .await
            .expect("the connection stands");
        self.buffer.clear();
        loop {
            let read = self
                .stream
                .read_buf(&mut self.buffer)
                .await
                .expect("the connection stands");
            assert!(read > 0, "the connection ended");
            let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(&self.buffer[..end]).to_ascii_lowercase();
            let status = head.split(' ').nth(1).unwrap_or_default();
            assert!(status == "200" || status == "302", "{path}: {head}");
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .map_or(0, |value| {
                    value.trim().parse().expect("a length is a number")
                });
            if self.buffer.len() >= end + 4 + length {
                return;
            }
        }
    }
}

/// All connections ask one thing after the other; how many, and in which time.
#[expect(clippy::disallowed_methods, reason = "a measurement, not the program")]
async fn as_fast_as_possible(port: u16, paths: &Arc<[String]>, time: Duration) -> (u64, Duration) {
    let began = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (paths, next) = (paths.clone(), next.clone());
            tokio::spawn(async move {
                let mut asking = Asking::open(port).await;
                let mut count = 0;
                while began.elapsed() < time {
                    let place = next.fetch_add(1, Ordering::Relaxed) as usize % paths.len();
                    asking.ask(&paths[place]).await;
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await.expect("asking does not panic");
    }
    (count, began.elapsed())
}

/// Each connection asks at its times, whether or not the answer before came late; an answer's time counts from then.
#[expect(clippy::disallowed_methods, reason = "a measurement, not the program")]
async fn at_a_rate(
    port: u16,
    paths: &Arc<[String]>,
    rate: u64,
    time: Duration,
) -> (u64, Vec<Duration>) {
    let began = Instant::now() + Duration::from_millis(100);
    let interval = Duration::from_secs(1) * CONNECTIONS as u32 / u32::try_from(rate).unwrap_or(1);
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let paths = paths.clone();
            tokio::spawn(async move {
                let mut asking = Asking::open(port).await;
                let mut latencies = Vec::new();
                let mut due = began + interval * number as u32 / CONNECTIONS as u32;
                let mut place = number * paths.len() / CONNECTIONS;
                while due < began + time {
                    tokio::time::sleep_until(due.into()).await;
                    asking.ask(&paths[place % paths.len()]).await;
                    latencies.push(due.elapsed());
                    due += interval;
                    place += 1;
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("asking does not panic"));
    }
    (latencies.len() as u64, latencies)
}
