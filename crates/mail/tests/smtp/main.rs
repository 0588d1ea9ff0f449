//! The client against a sink that misbehaves in every way we could think of.

use std::time::Duration;

use mail::smtp::{Connection, Outcome, Outgoing, SmtpConfig, Timeouts};
use testkit::smtp_sink::{self, Action, Sink, SinkConfig, When};

mod opening;
mod outcomes;

/// Long enough for a busy machine; what is expected to run into it uses `IMPATIENT`.
const PATIENT: Duration = Duration::from_secs(30);
const IMPATIENT: Duration = Duration::from_millis(300);

fn relay(sink: &Sink) -> SmtpConfig {
    SmtpConfig {
        timeouts: Timeouts::all(PATIENT),
        helo_name: "sender.test".to_owned(),
        ..SmtpConfig::new("127.0.0.1", sink.addr().port())
    }
}

async fn sink(config: SinkConfig) -> Sink {
    Sink::start(config).await.expect("the sink starts")
}

async fn faulty(step: smtp_sink::Step, when: When, action: Action) -> Sink {
    sink(SinkConfig::default().fault(step, when, action)).await
}

fn data(to: &str) -> Vec<u8> {
    format!("Message-ID: <{to}>\r\nSubject: x\r\n\r\n.dots\r\n..\r\nend\r\n").into_bytes()
}

/// Sends to these recipients in one batch, and returns one word per message.
async fn send(connection: &mut Connection, recipients: &[&str]) -> Vec<String> {
    outcomes_of(connection, recipients)
        .await
        .iter()
        .map(word)
        .collect()
}

async fn outcomes_of(connection: &mut Connection, recipients: &[&str]) -> Vec<Outcome> {
    let datas: Vec<_> = recipients.iter().map(|to| data(to)).collect();
    let batch: Vec<_> = recipients
        .iter()
        .zip(&datas)
        .map(|(rcpt_to, data)| Outgoing {
            mail_from: "bounce@example.com",
            rcpt_to,
            data,
        })
        .collect();
    let mut seen = vec![None; batch.len()];
    connection
        .send(&batch, |index, outcome| {
            let before = seen[index].replace(outcome);
            assert!(before.is_none(), "message {index} was reported twice");
        })
        .await;
    seen.into_iter()
        .map(|outcome| outcome.expect("every message is reported"))
        .collect()
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Sent { .. } => "sent".to_owned(),
        Outcome::Deferred { code, stage, .. } => format!("deferred {code} {stage:?}"),
        Outcome::Failed { code, stage, .. } => format!("failed {code} {stage:?}"),
        Outcome::Unknown { .. } => "unknown".to_owned(),
        Outcome::NotSent { .. } => "not sent".to_owned(),
    }
}

const FOUR: [&str; 4] = ["a@x.test", "b@x.test", "c@x.test", "d@x.test"];

fn recipients(sink: &Sink) -> Vec<String> {
    sink.accepted().into_iter().map(|a| a.recipient).collect()
}
