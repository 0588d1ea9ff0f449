//! What others notice while a campaign is sent at full speed: how long reads of the API take, and how soon a transactional
//! message is on the wire.
//!
//! Everything is asked at its time, whether or not the answer before came late, and an answer counts from then: who waits
//! behind a slow one is not left out. The rate is that of a few people and a shop, so that it is the campaign that is in
//! the way and not the asking.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::api::Api;

/// One read after the other, in turns.
const READ_EACH: Duration = Duration::from_millis(50);
const MESSAGE_EACH: Duration = Duration::from_millis(100);
/// What was promised: of 99 of 100 reads, and of every message.
const PROMISED_READ: Duration = Duration::from_millis(100);
const PROMISED_WIRE: Duration = Duration::from_secs(1);
/// What the addresses of transactional messages begin with; those of the campaign do not.
pub(crate) const PREFIX: &str = "receipt";

/// It asks until it is told to stop.
pub(crate) struct Meanwhile {
    stop: Arc<AtomicBool>,
    reads: tokio::task::JoinHandle<Vec<(&'static str, Duration)>>,
    messages: tokio::task::JoinHandle<HashMap<String, Instant>>,
}

/// What came of it.
pub(crate) struct Asked {
    reads: Vec<(&'static str, Duration)>,
    /// Which messages were accepted, and when.
    pub(crate) accepted: HashMap<String, Instant>,
}

impl Meanwhile {
    #[expect(clippy::disallowed_methods, reason = "a measurement, not the program")]
    pub(crate) fn start(api: &Api, campaign: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let reads = tokio::spawn(read(api.clone(), campaign.to_owned(), stop.clone()));
        let messages = tokio::spawn(send(api.clone(), stop.clone()));
        Self {
            stop,
            reads,
            messages,
        }
    }

    pub(crate) async fn stop(self) -> Asked {
        self.stop.store(true, Ordering::Relaxed);
        Asked {
            reads: self.reads.await.expect("reading does not panic"),
            accepted: self.messages.await.expect("sending does not panic"),
        }
    }
}

async fn read(api: Api, campaign: String, stop: Arc<AtomicBool>) -> Vec<(&'static str, Duration)> {
    let paths = [
        ("campaign list", "/api/campaigns?limit=50".to_owned()),
        ("report", format!("/api/campaigns/{campaign}/report")),
        ("subscriber page", "/api/subscribers?limit=50".to_owned()),
    ];
    let mut taken = Vec::new();
    let mut due = Instant::now();
    for (name, path) in paths.iter().cycle() {
        tokio::time::sleep_until(due.into()).await;
        if stop.load(Ordering::Relaxed) {
            break;
        }
        api.get(path).await;
        taken.push((*name, due.elapsed()));
        due += READ_EACH;
    }
    taken
}

async fn send(api: Api, stop: Arc<AtomicBool>) -> HashMap<String, Instant> {
    let mut accepted = HashMap::new();
    let mut due = Instant::now();
    for number in 0_u64.. {
        tokio::time::sleep_until(due.into()).await;
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let address = format!("{PREFIX}{number:06}@example.org");
        let message = json!({
            "to": address,
            "sender_email": "shop@example.com",
            "content": {
                "subject": "Your order {{ order }}",
                "body": { "kind": "html", "html": "<p>Thank you for order {{ order }}.</p>" },
            },
            "variables": { "order": number.to_string() },
        });
        api.post("/api/messages", Some(&message)).await;
        accepted.insert(address, Instant::now());
        due += MESSAGE_EACH;
    }
    accepted
}

impl Asked {
    /// Prints the figures. `arrived` is when the sink had which message.
    pub(crate) fn tell(&self, arrived: &HashMap<String, Instant>) {
        let all = || self.reads.iter().map(|(_, taken)| *taken).collect();
        println!(
            "meanwhile, reads of the API: {}",
            figures(all(), |p99, _| p99 <= PROMISED_READ, "p99 within 100 ms")
        );
        for name in ["campaign list", "report", "subscriber page"] {
            let of_name = self.reads.iter().filter(|(read, _)| *read == name);
            let taken: Vec<Duration> = of_name.map(|(_, taken)| *taken).collect();
            println!("  {name}: {}", in_words(&sorted(taken)));
        }
        let waited = self.accepted.iter().map(|(address, accepted)| {
            let arrived = arrived.get(address).expect("the watch waits for all");
            // The sink may have it before the answer is read.
            arrived.saturating_duration_since(*accepted)
        });
        println!(
            "meanwhile, transactional messages from accepted to the wire: {}",
            figures(
                waited.collect(),
                |_, longest| longest <= PROMISED_WIRE,
                "all within 1 s"
            )
        );
    }
}

/// The figures, and whether what was promised holds for them. (That it does not fails no measurement: a machine with a
/// load of its own breaks every promise.)
fn figures(
    taken: Vec<Duration>,
    is_kept: impl Fn(Duration, Duration) -> bool,
    promise: &str,
) -> String {
    let taken = sorted(taken);
    let verdict = if taken.is_empty() {
        "the campaign was over before there was one"
    } else if is_kept(at(&taken, 0.99), at(&taken, 1.0)) {
        "kept"
    } else {
        "BROKEN"
    };
    format!("{}; {promise}: {verdict}", in_words(&taken))
}

fn sorted(mut taken: Vec<Duration>) -> Vec<Duration> {
    taken.sort_unstable();
    taken
}

fn in_words(taken: &[Duration]) -> String {
    let ms = |share| at(taken, share).as_secs_f64() * 1e3;
    format!(
        "{} of them, p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        taken.len(),
        ms(0.5),
        ms(0.99),
        ms(1.0)
    )
}

/// The smallest that is not below this share of them.
fn at(taken: &[Duration], share: f64) -> Duration {
    let rank = (taken.len() as f64 * share).ceil() as usize;
    let place = rank.saturating_sub(1);
    taken.get(place).copied().unwrap_or_default()
}
