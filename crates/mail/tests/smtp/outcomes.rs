//! What becomes of messages, fault by fault.

use std::time::Duration;

use mail::smtp::{Cause, Connection, Outcome, Outgoing, SmtpConfig, Stage, Step, Timeouts};
use testkit::smtp_sink::{self, Action, Keep, SinkConfig, When};

use crate::{
    FOUR, IMPATIENT, PATIENT, data, faulty, outcomes_of, recipients, relay, send, sink, word,
};

/// Runs the four over one connection to a sink with one fault, with and without pipelining, and compares. The last two
/// are the recipients the sink must have accepted, and whether the connection must still be open.
async fn table(
    step: smtp_sink::Step,
    when: When,
    action: Action,
    wanted: [&str; 4],
    accepted: &[&str],
    open: bool,
) {
    for pipelining in [true, false] {
        let sink = sink(SinkConfig {
            pipelining,
            ..SinkConfig::default().fault(step, when.clone(), action.clone())
        })
        .await;
        let mut config = relay(&sink);
        if matches!(action, Action::Stall) {
            config.timeouts = Timeouts::all(IMPATIENT);
        }
        let mut connection = Connection::open(&config).await.expect("it opens");
        let found = send(&mut connection, &FOUR).await;
        let context = format!("{step:?} {when:?} {action:?} pipelining {pipelining}");
        assert_eq!(found, wanted, "{context}");
        assert_eq!(connection.is_open(), open, "{context}");
        assert_eq!(connection.ended().is_none(), open, "{context}");
        if open {
            assert_eq!(
                send(&mut connection, &["e@x.test"]).await,
                ["sent"],
                "{context}"
            );
        } else {
            assert_eq!(
                send(&mut connection, &["e@x.test"]).await,
                ["not sent"],
                "{context}"
            );
        }
        connection.quit().await;
        assert!(sink.wait_idle(PATIENT).await);
        let mut all = accepted.to_vec();
        all.extend(open.then_some("e@x.test"));
        assert_eq!(recipients(&sink), all, "{context}");
        assert_eq!(sink.stats().violations, Vec::<String>::new(), "{context}");
    }
}

#[tokio::test]
async fn every_message_arrives_once_and_whole() {
    for (pipelining, ehlo) in [(true, true), (false, true), (false, false)] {
        let sink = sink(SinkConfig {
            pipelining,
            ehlo,
            keep: Keep::Data,
            ..SinkConfig::default()
        })
        .await;
        let mut connection = Connection::open(&relay(&sink)).await.unwrap();
        assert_eq!(connection.capabilities().pipelining, pipelining);
        for _ in 0..3 {
            assert_eq!(send(&mut connection, &FOUR).await, ["sent"; 4]);
        }
        assert_eq!(connection.completed(), 12);
        connection.quit().await;
        let accepted = sink.accepted();
        assert_eq!(accepted.len(), 12);
        for one in &accepted {
            assert_eq!(one.data.as_deref(), Some(&data(&one.recipient)[..]));
            assert_eq!(one.sender, "bounce@example.com");
        }
        assert_eq!(sink.stats().violations, Vec::<String>::new());
        assert_eq!(sink.stats().connections, 1);
    }
}

#[tokio::test]
async fn the_reply_is_handed_on() {
    let sink = sink(SinkConfig::default()).await;
    let mut connection = Connection::open(&relay(&sink)).await.unwrap();
    let outcome = outcomes_of(&mut connection, &["a@x.test"]).await.remove(0);
    let Outcome::Sent { reply } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(reply.text, "ok: queued as 0");
    assert_eq!(reply.enhanced.unwrap().to_string(), "2.0.0");
}

#[tokio::test]
async fn refusals_stay_with_their_message() {
    use smtp_sink::Step::{Data, Dot, Mail, Rcpt};
    for (step, stage) in [(Mail, "Mail"), (Rcpt, "Rcpt"), (Data, "Data"), (Dot, "Dot")] {
        let temporary = format!("deferred 450 {stage}");
        table(
            step,
            When::Only(2),
            Action::reply("450 4.2.1 later"),
            ["sent", &temporary, "sent", "sent"],
            &["a@x.test", "c@x.test", "d@x.test"],
            true,
        )
        .await;
        let permanent = format!("failed 550 {stage}");
        table(
            step,
            When::First(4),
            Action::reply("550-5.1.1 no\r\n550 5.1.1 really"),
            [&permanent; 4],
            &[],
            true,
        )
        .await;
    }
}

#[tokio::test]
async fn closing_with_421_sends_the_rest_elsewhere() {
    use smtp_sink::Step::{Data, Dot, Mail, Rcpt};
    let busy = || Action::ReplyThenClose("421 4.3.2 going down".to_owned());
    let rest = |second| ["sent", second, "not sent", "not sent"];
    let second = || When::Only(2);
    table(
        Mail,
        second(),
        busy(),
        rest("not sent"),
        &["a@x.test"],
        false,
    )
    .await;
    table(
        Rcpt,
        second(),
        busy(),
        rest("deferred 421 Rcpt"),
        &["a@x.test"],
        false,
    )
    .await;
    table(
        Data,
        second(),
        busy(),
        rest("deferred 421 Data"),
        &["a@x.test"],
        false,
    )
    .await;
    table(
        Dot,
        second(),
        busy(),
        rest("deferred 421 Dot"),
        &["a@x.test"],
        false,
    )
    .await;
    // A relay that says so to the first message of each connection has to wear out the attempts.
    let first = ["deferred 421 Mail", "not sent", "not sent", "not sent"];
    table(Mail, When::Always, busy(), first, &[], false).await;
}

#[tokio::test]
async fn a_limit_of_messages_per_connection_costs_no_attempt() {
    let sink = sink(SinkConfig {
        messages_per_connection: Some(3),
        ..SinkConfig::default()
    })
    .await;
    let mut connection = Connection::open(&relay(&sink)).await.unwrap();
    let found = send(&mut connection, &FOUR).await;
    assert_eq!(found, ["sent", "sent", "sent", "not sent"]);
    assert!(connection.ended().unwrap().contains("enough messages"));
}

#[tokio::test]
async fn a_dropped_connection_leaves_one_message_in_doubt_at_most() {
    use smtp_sink::Step::{Body, Data, Dot, Mail, Rcpt};
    let rest = |second| ["sent", second, "not sent", "not sent"];
    let second = || When::Only(2);
    let (a, ab) = (&["a@x.test"][..], &["a@x.test", "b@x.test"][..]);
    table(Mail, second(), Action::Close, rest("not sent"), a, false).await;
    table(
        Rcpt,
        second(),
        Action::Close,
        rest("deferred 0 Rcpt"),
        a,
        false,
    )
    .await;
    table(
        Data,
        second(),
        Action::Close,
        rest("deferred 0 Data"),
        a,
        false,
    )
    .await;
    // A small message is written in one go, with its final dot, so nobody knows how much arrived.
    table(Body, second(), Action::Close, rest("unknown"), a, false).await;
    table(Dot, second(), Action::Close, rest("unknown"), a, false).await;
    table(
        Dot,
        second(),
        Action::AcceptThenClose,
        rest("unknown"),
        ab,
        false,
    )
    .await;
}

#[tokio::test]
async fn silence_ends_at_the_timeout() {
    use smtp_sink::Step::{Data, Dot, Mail, Rcpt};
    let rest = |second| ["sent", second, "not sent", "not sent"];
    let second = || When::Only(2);
    let a = &["a@x.test"];
    table(Mail, second(), Action::Stall, rest("not sent"), a, false).await;
    table(
        Rcpt,
        second(),
        Action::Stall,
        rest("deferred 0 Rcpt"),
        a,
        false,
    )
    .await;
    table(
        Data,
        second(),
        Action::Stall,
        rest("deferred 0 Data"),
        a,
        false,
    )
    .await;
    table(Dot, second(), Action::Stall, rest("unknown"), a, false).await;
}

#[tokio::test]
async fn nonsense_ends_the_connection() {
    use smtp_sink::Step::{Dot, Mail, Rcpt};
    let rest = |second| ["sent", second, "not sent", "not sent"];
    let (a, ab) = (&["a@x.test"][..], &["a@x.test", "b@x.test"][..]);
    for nonsense in [
        Action::long_line(100_000),
        Action::Raw(b"250 a\0b\r\n".to_vec()),
        Action::Raw(b"250-a\r\n251 b\r\n".to_vec()),
        Action::Raw(b"250-a\r\nb\r\n".to_vec()),
        Action::Raw(b"HTTP/1.1 400 Bad Request\r\n".to_vec()),
        Action::Raw(b"334 eh\r\n".to_vec()),
    ] {
        let second = || When::Only(2);
        let broken = if matches!(&nonsense, Action::Raw(raw) if raw.starts_with(b"334")) {
            "deferred 0 Mail"
        } else {
            "not sent"
        };
        table(Mail, second(), nonsense.clone(), rest(broken), a, false).await;
        table(
            Rcpt,
            second(),
            nonsense.clone(),
            rest("deferred 0 Rcpt"),
            a,
            false,
        )
        .await;
        table(Dot, second(), nonsense, rest("unknown"), ab, false).await;
    }
}

#[tokio::test]
async fn slow_replies_are_read() {
    let slow = Action::Trickle(Duration::from_micros(100));
    let sink = sink(
        SinkConfig::default()
            .fault(smtp_sink::Step::Connect, When::Always, slow.clone())
            .fault(smtp_sink::Step::Rcpt, When::Always, slow.clone())
            .fault(smtp_sink::Step::Dot, When::Always, slow),
    )
    .await;
    let mut connection = Connection::open(&relay(&sink)).await.unwrap();
    assert_eq!(send(&mut connection, &FOUR).await, ["sent"; 4]);
}

#[tokio::test]
async fn a_slow_byte_now_and_then_does_not_hold_a_connection() {
    let slow = Action::Trickle(IMPATIENT / 10);
    let sink = faulty(smtp_sink::Step::Connect, When::Always, slow).await;
    let config = SmtpConfig {
        timeouts: Timeouts::all(IMPATIENT),
        ..relay(&sink)
    };
    let error = Connection::open(&config).await.unwrap_err();
    assert_eq!(error.step, Step::Greeting);
    assert!(matches!(error.cause, Cause::Timeout));
}

#[tokio::test]
async fn a_server_that_takes_data_for_nobody_gets_an_empty_message() {
    let sink = sink(
        SinkConfig {
            data_without_recipients: true,
            ..SinkConfig::default()
        }
        .fault(
            smtp_sink::Step::Rcpt,
            When::Only(2),
            Action::reply("550 5.1.1 no"),
        ),
    )
    .await;
    let mut connection = Connection::open(&relay(&sink)).await.unwrap();
    let found = send(&mut connection, &FOUR).await;
    assert_eq!(found, ["sent", "failed 550 Rcpt", "sent", "sent"]);
    assert_eq!(recipients(&sink), ["a@x.test", "c@x.test", "d@x.test"]);
}

#[tokio::test]
async fn what_a_relay_cannot_carry_is_not_offered() {
    let sink = sink(SinkConfig {
        international: false,
        size_limit: Some(60),
        ..SinkConfig::default()
    })
    .await;
    let mut connection = Connection::open(&relay(&sink)).await.unwrap();
    let short = b"Subject: x\r\n\r\nhi\r\n";
    let long = data("much.too.long@x.test");
    let one = |rcpt_to, data| Outgoing {
        mail_from: "",
        rcpt_to,
        data,
    };
    let batch = [
        one("a@x.test", &short[..]),
        one("b@x.test", &long),
        one("\u{7528}@x.test", short),
        one("c@x.test>\r\nRCPT TO:<eve@x.test", short),
        one("", short),
        one("d@x.test", short),
    ];
    let mut words = vec![String::new(); batch.len()];
    connection
        .send(&batch, |index, outcome| words[index] = word(&outcome))
        .await;
    assert_eq!(
        words,
        [
            "sent",
            "failed 552 Offer",
            "failed 553 Offer",
            "failed 553 Offer",
            "failed 553 Offer",
            "sent"
        ]
    );
    assert_eq!(recipients(&sink), ["a@x.test", "d@x.test"]);
    assert_eq!(sink.accepted()[0].sender, "");
}

#[tokio::test]
async fn international_addresses_go_where_they_can() {
    let sink = sink(SinkConfig::default()).await;
    let mut connection = Connection::open(&relay(&sink)).await.unwrap();
    let found = send(&mut connection, &["\u{7528}\u{6237}@x.test", "a@x.test"]).await;
    assert_eq!(found, ["sent", "sent"]);
    assert_eq!(recipients(&sink)[0], "\u{7528}\u{6237}@x.test");
}

#[tokio::test]
async fn a_relay_that_stops_reading_a_large_message_gets_it_again_later() {
    // More than the buffers of both sides take, so that the final dot cannot have been written.
    let large =
        b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n".repeat(400_000);
    let step = smtp_sink::Step::Body;
    for (action, wanted) in [
        (Action::Close, "deferred 0 Body"),
        (
            Action::ReplyThenClose("552 5.3.4 too large".to_owned()),
            "failed 552",
        ),
    ] {
        let sink = faulty(step, When::Always, action).await;
        let mut connection = Connection::open(&relay(&sink)).await.unwrap();
        let message = |rcpt_to| Outgoing {
            mail_from: "bounce@example.com",
            rcpt_to,
            data: &large,
        };
        let mut words = Vec::new();
        let batch = [message("a@x.test"), message("b@x.test")];
        connection
            .send(&batch, |_, outcome| words.push(word(&outcome)))
            .await;
        // How much of it the relay reads before it closes is its own affair.
        assert!(words[0].starts_with(wanted), "{words:?}");
        assert_eq!(words[1], "not sent");
        assert_eq!(sink.count(), 0);
    }
}

#[tokio::test]
async fn an_abandoned_batch_ends_the_connection() {
    let sink = faulty(smtp_sink::Step::Dot, When::Only(2), Action::Stall).await;
    let mut connection = Connection::open(&relay(&sink)).await.unwrap();
    let abandoned = tokio::select! {
        biased;
        found = send(&mut connection, &FOUR) => Some(found),
        true = sink.wait_for(1, PATIENT) => None,
    };
    assert_eq!(abandoned, None);
    assert!(!connection.is_open());
    assert_eq!(send(&mut connection, &["e@x.test"]).await.len(), 1);
    assert!(connection.ended().unwrap().contains("abandoned"));
}

#[tokio::test]
async fn ten_thousand_recipients_over_a_bad_relay_are_all_accounted_for() {
    let sink = sink(
        SinkConfig {
            messages_per_connection: Some(70),
            ..SinkConfig::default()
        }
        .fault(
            smtp_sink::Step::Rcpt,
            When::EveryAddress {
                nth: 100,
                attempts: u32::MAX,
            },
            Action::reply("550 5.1.1 no"),
        )
        .fault(
            smtp_sink::Step::Rcpt,
            When::EveryAddress {
                nth: 50,
                attempts: 1,
            },
            Action::reply("450 4.2.1 later"),
        )
        .fault(
            smtp_sink::Step::Connect,
            When::Every(7),
            Action::ReplyThenClose("421 no".to_owned()),
        )
        .fault(
            smtp_sink::Step::Dot,
            When::Every(997),
            Action::AcceptThenClose,
        )
        .fault(smtp_sink::Step::Body, When::Every(499), Action::Close),
    )
    .await;
    let config = relay(&sink);
    let addresses: Vec<String> = (0..10_000).map(|i| format!("r{i}@x.test")).collect();
    let mut left: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let (mut sent, mut failed, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    while !left.is_empty() {
        let Ok(mut connection) = Connection::open(&config).await else {
            continue;
        };
        let batch = left.split_off(left.len().saturating_sub(100));
        let found = outcomes_of(&mut connection, &batch).await;
        for (to, outcome) in batch.into_iter().zip(found) {
            match outcome {
                Outcome::Sent { .. } => sent.push(to),
                Outcome::Failed { stage, .. } => {
                    assert_eq!(stage, Stage::Rcpt);
                    failed.push(to);
                }
                Outcome::Unknown { .. } => unknown.push(to),
                Outcome::Deferred { .. } | Outcome::NotSent { .. } => left.push(to),
            }
        }
    }
    let got = recipients(&sink);
    assert_eq!(sent.len() + failed.len() + unknown.len(), 10_000);
    assert_eq!(failed.len(), 100);
    assert_eq!(sink.duplicates(), []);
    let in_doubt: std::collections::HashSet<_> = unknown.iter().copied().collect();
    let arrived: std::collections::HashSet<_> = got.iter().map(String::as_str).collect();
    assert!(sent.iter().all(|to| arrived.contains(to)), "sent is sent");
    assert!(
        failed.iter().all(|to| !arrived.contains(to)),
        "failed is not"
    );
    let doubted = arrived.iter().filter(|to| in_doubt.contains(*to)).count();
    assert_eq!(arrived.len(), sent.len() + doubted);
    assert!(
        unknown.len() <= 31,
        "only where the connection broke: {}",
        unknown.len()
    );
    assert_eq!(sink.stats().violations, Vec::<String>::new());
}
