//! Messages per second and CPU per message, for 20 kB messages over ten connections to the sink of the same process. The
//! client and the sink have a thread each, so that their CPU can be told apart.

use std::io::Write as _;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use mail::smtp::{Connection, Outcome, Outgoing, SmtpConfig};
use testkit::smtp_sink::{Keep, Sink, SinkConfig};

const MESSAGES: usize = 200_000;
const CONNECTIONS: usize = 10;
const BATCH: usize = 100;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let mut data = b"From: <ada@example.com>\r\nMessage-ID: <1@example.com>\r\n\r\n".to_vec();
    while data.len() < 20_000 {
        data.extend_from_slice(
            b"<p>The quick brown fox jumps over the lazy dog, and again.</p>\r\n",
        );
    }
    for pipelining in [false, true] {
        let (port, sink_port) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let sink = std::thread::Builder::new()
            .name("sink".to_owned())
            .spawn(move || {
                runtime().block_on(async {
                    let sink = Sink::start(SinkConfig {
                        pipelining,
                        keep: Keep::Nothing,
                        ..SinkConfig::default()
                    })
                    .await
                    .expect("the sink starts");
                    port.send(sink.addr().port()).expect("somebody waits");
                    let _ = stopped.await;
                    sink.count()
                })
            })?;
        let config = SmtpConfig::new("127.0.0.1", sink_port.recv().expect("the sink starts"));
        let (mine, theirs) = (cpu("smtp_speed"), cpu("sink"));
        let started = Instant::now();
        runtime().block_on(client(&config, &data));
        let wall = started.elapsed();
        let mine = cpu("smtp_speed").saturating_sub(mine);
        let theirs = cpu("sink").saturating_sub(theirs);
        let _ = stop.send(());
        let accepted = sink.join().expect("the sink does not panic");
        assert_eq!(accepted, MESSAGES as u64, "every message arrived");
        let each = |time: Duration| time.as_secs_f64() * 1e6 / MESSAGES as f64;
        writeln!(
            out,
            "pipelining {pipelining}: {:.0} messages/s, client {:.1} us, sink {:.1} us of CPU each",
            MESSAGES as f64 / wall.as_secs_f64(),
            each(mine),
            each(theirs),
        )?;
    }
    Ok(())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built")
}

async fn client(config: &SmtpConfig, data: &[u8]) {
    let addresses: Vec<String> = (0..BATCH)
        .map(|i| format!("recipient{i}@example.org"))
        .collect();
    let batch: Vec<_> = addresses
        .iter()
        .map(|rcpt_to| Outgoing {
            mail_from: "bounce@example.com",
            rcpt_to,
            data,
        })
        .collect();
    let one = async || {
        let mut connection = Connection::open(config).await.expect("it opens");
        for _ in 0..MESSAGES / CONNECTIONS / BATCH {
            connection
                .send(&batch, |_, outcome| {
                    assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
                })
                .await;
        }
        connection.quit().await;
    };
    tokio::join!(
        one(),
        one(),
        one(),
        one(),
        one(),
        one(),
        one(),
        one(),
        one(),
        one()
    );
}

/// The CPU time of the threads of this name, as the kernel counts it.
fn cpu(name: &str) -> Duration {
    let mut nanos = 0;
    for task in std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten()
    {
        let read = |file| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
        if read("comm").trim() == name {
            let spent = read("schedstat");
            let spent = spent.split(' ').next().and_then(|n| n.parse::<u64>().ok());
            nanos += spent.unwrap_or(0);
        }
    }
    Duration::from_nanos(nanos)
}
