//! How much CPU it takes to write messages with 18 kB of HTML, in microseconds each.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::time::Duration;

use kernel::Timestamp;
use mail::{Header, Mailbox, Message};

const ROUNDS: u32 = 20_000;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for (name, html) in [
        (
            "ASCII, long lines",
            html("Hello there, this is a sentence.", ""),
        ),
        (
            "ASCII, short lines",
            html("Hello there, this is a sentence.", "\n"),
        ),
        (
            "German, short lines",
            html("Schöne Grüße für den Größten.", "\n"),
        ),
        ("Japanese", html("こんにちは、これは文です。", "\n")),
    ] {
        let text = "Hello there, this is a sentence.\n".repeat(60);
        let mut buffer = Vec::new();
        let started = cpu();
        for round in 0..ROUNDS {
            buffer.clear();
            let message_id = format!("{round}.abcdef@mail.example.com");
            Message {
                from: Mailbox::new("Ada Lovelace", "ada@example.com"),
                to: Mailbox::new("Grüße Müller", "bob@example.org"),
                reply_to: None,
                subject: "Neuigkeiten für dich 🎉",
                message_id: &message_id,
                date: Timestamp::from_micros(1_777_887_000_123_456),
                headers: &[
                    Header::ListUnsubscribe {
                        url: "https://mail.example.com/u/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789",
                        mailto: "mailto:leave@mail.example.com?subject=AbCdEfGhIjKlMnOpQr",
                    },
                    Header::ListUnsubscribeOneClick,
                    Header::ListId {
                        name: "News",
                        id: "news.example.com",
                    },
                    Header::Text {
                        name: "Feedback-ID",
                        value: "1:2:campaign:sendero",
                    },
                ],
                html: Some(&html),
                text: &text,
                attachments: &[],
            }
            .to_mime(&mut buffer);
            black_box(&buffer);
        }
        let spent = cpu().saturating_sub(started);
        let micros = spent.as_secs_f64() * 1e6 / f64::from(ROUNDS);
        writeln!(
            out,
            "{name}: {} bytes of HTML, {} bytes of mail, {micros:.1} us",
            html.len(),
            buffer.len()
        )?;
    }
    Ok(())
}

/// The CPU time of this thread, as the kernel counts it.
fn cpu() -> Duration {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = spent.split(' ').next().and_then(|n| n.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

fn html(sentence: &str, line_end: &str) -> String {
    let mut html = String::from("<!doctype html><html><body>");
    let mut number = 0;
    while html.len() < 18_000 {
        number += 1;
        let _ = write!(
            html,
            "<tr><td style=\"padding: 8px 16px\" class=\"cell\">{line_end}<p>{sentence}</p>{line_end}\
             <a href=\"https://mail.example.com/c/{number}\">more</a></td></tr>{line_end}"
        );
    }
    html + "</body></html>"
}
