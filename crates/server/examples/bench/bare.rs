//! What a campaign is measured against: the same SMTP client with a mail that is already made.

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use kernel::{Clock, Rng};
use mail::dkim::{self, Algorithm, SigningKey};
use mail::smtp::{Connection, Outcome, Outgoing, SmtpConfig};

/// Mails of one pipeline, as the program sends them.
const PIPELINE: u64 = 8;

/// A mail of this HTML, as it goes over the wire.
pub(crate) fn mail_of(html: &str) -> Vec<u8> {
    let html = html.replace('\n', "\r\n");
    format!(
        "From: Bench <news@example.com>\r\nTo: somebody@example.net\r\nSubject: The spring list is here\r\n\
         Message-ID: <1@example.com>\r\nDate: Sun, 01 Nov 2026 00:00:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n{html}"
    )
    .into_bytes()
}

/// How many copies of a mail a second are signed with RSA-2048, when all cores do nothing else.
pub(crate) fn sign(mails: u64, data: &[u8]) -> f64 {
    let der = dkim::new_rsa(&Rng::system());
    let key = SigningKey::from_pkcs8(Algorithm::Rsa, &der, "example.com", "bench");
    let keys = [key.expect("a new key is one")];
    let cores = thread::available_parallelism().map_or(1, NonZero::get) as u64;
    let now = Clock::system().now();
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                for _ in 0..mails / cores {
                    black_box(dkim::sign(&keys, data, now));
                }
            });
        }
    });
    (mails / cores * cores) as f64 / began.elapsed().as_secs_f64()
}

/// How long the sink takes to be given so many copies of a mail.
#[expect(clippy::disallowed_methods, reason = "a measurement, not the program")]
pub(crate) async fn send(port: u16, connections: u32, mails: u64, data: Vec<u8>) -> Duration {
    let config = SmtpConfig::new(Ipv4Addr::LOCALHOST.to_string(), port);
    let (left, data) = (Arc::new(AtomicU64::new(mails)), Arc::new(data));
    let began = Instant::now();
    let senders: Vec<_> = (0..connections)
        .map(|_| {
            let (config, left, data) = (config.clone(), left.clone(), data.clone());
            tokio::spawn(async move {
                let mut connection = Connection::open(&config).await.expect("the sink answers");
                while let Some(end) = take(&left) {
                    let people: Vec<String> = (end.saturating_sub(PIPELINE)..end)
                        .map(|n| format!("bare{n}@example.net"))
                        .collect();
                    let batch: Vec<Outgoing<'_>> = people
                        .iter()
                        .map(|person| Outgoing {
                            mail_from: "bounce@example.com",
                            rcpt_to: person,
                            data: &data,
                        })
                        .collect();
                    connection
                        .send(&batch, |_, outcome| {
                            assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
                        })
                        .await;
                }
                connection.quit().await;
            })
        })
        .collect();
    for sender in senders {
        sender.await.expect("a sender does not panic");
    }
    began.elapsed()
}

fn take(left: &AtomicU64) -> Option<u64> {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        (left > 0).then(|| left.saturating_sub(PIPELINE))
    })
    .ok()
}
