use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::*;

const SOON: Duration = Duration::from_secs(20);

/// Sends `input` in one piece and returns every reply line until the sink closes.
async fn talk(sink: &Sink, input: &str) -> Vec<String> {
    let stream = TcpStream::connect(sink.addr()).await.unwrap();
    let (read, mut write) = stream.into_split();
    write.write_all(input.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(read).lines();
    let mut replies = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        replies.push(line);
    }
    replies
}

fn message(to: &str) -> String {
    format!(
        "MAIL FROM:<a@x.test>\r\nRCPT TO:<{to}>\r\nDATA\r\nMessage-ID: <{to}>\r\n\r\n..hi\r\n.\r\n"
    )
}

fn codes(replies: &[String]) -> Vec<&str> {
    replies
        .iter()
        .filter(|line| line.as_bytes().get(3) != Some(&b'-'))
        .map(|line| &line[..3])
        .collect()
}

#[tokio::test]
async fn accepts_and_writes_down() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let sink = Sink::start(SinkConfig {
        keep: Keep::Data,
        log: Some(log.clone()),
        ..SinkConfig::default()
    })
    .await
    .unwrap();
    let input = format!(
        "EHLO me\r\n{}{}{}QUIT\r\n",
        message("b@x.test"),
        message("c@x.test"),
        message("b@x.test")
    );
    let replies = talk(&sink, &input).await;
    assert_eq!(
        codes(&replies),
        [
            "220", "250", "250", "250", "354", "250", "250", "250", "354", "250", "250", "250",
            "354", "250", "221"
        ]
    );
    assert!(sink.wait_for(3, SOON).await);
    let accepted = sink.accepted();
    assert_eq!(accepted[1].recipient, "c@x.test");
    assert_eq!(accepted[1].message_id, "c@x.test");
    assert_eq!(accepted[1].seq, 1);
    assert_eq!(
        accepted[1].data.as_deref(),
        Some(&b"Message-ID: <c@x.test>\r\n\r\n.hi\r\n"[..])
    );
    assert_eq!(sink.duplicates(), [("b@x.test".to_owned(), 2)]);
    assert_eq!(
        std::fs::read_to_string(log).unwrap(),
        "b@x.test\tb@x.test\t0\t0\nc@x.test\tc@x.test\t1\t0\nb@x.test\tb@x.test\t2\t0\n"
    );
}

#[tokio::test]
async fn every_nth_address_fails_and_a_retry_succeeds() {
    let sink = Sink::start(
        SinkConfig::default()
            .fault(
                Step::Rcpt,
                When::EveryAddress {
                    nth: 4,
                    attempts: u32::MAX,
                },
                Action::reply("550 5.1.1 no"),
            )
            .fault(
                Step::Rcpt,
                When::EveryAddress {
                    nth: 2,
                    attempts: 1,
                },
                Action::reply("450 4.2.1 later"),
            ),
    )
    .await
    .unwrap();
    let try_all = async || {
        let attempt = |i| format!("MAIL FROM:<a@x.test>\r\nRCPT TO:<{i}@x.test>\r\nRSET\r\n");
        let attempts = (1..=4).map(attempt).collect::<String>();
        let replies = talk(&sink, &format!("EHLO me\r\n{attempts}QUIT\r\n")).await;
        codes(&replies)[2..14]
            .chunks(3)
            .map(|group| group[1].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(try_all().await, ["250", "450", "250", "550"]);
    assert_eq!(try_all().await, ["250", "250", "250", "550"]);
    assert_eq!((sink.stats().deferred, sink.stats().refused), (1, 2));
    assert_eq!(sink.count(), 0);
}

#[tokio::test]
async fn a_drop_after_the_dot_is_an_accepted_message() {
    let sink =
        Sink::start(SinkConfig::default().fault(Step::Dot, When::Only(2), Action::AcceptThenClose))
            .await
            .unwrap();
    let input = format!("EHLO me\r\n{}{}", message("b@x.test"), message("c@x.test"));
    let replies = talk(&sink, &input).await;
    assert!(codes(&replies).len() < 10, "{replies:?}");
    assert!(sink.wait_for(2, SOON).await);
    assert!(sink.wait_idle(SOON).await);
}

#[tokio::test]
async fn counts_what_opens_the_door_to_smuggling() {
    let sink = Sink::start(SinkConfig::default()).await.unwrap();
    let input = "EHLO me\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\na\n.\r\nb\r\n.c\r\n.\r\nQUIT\r\n";
    talk(&sink, input).await;
    assert_eq!(sink.count(), 1, "a bare LF does not end a message");
    let violations = sink.stats().violations.join("; ");
    for wanted in ["bare LF", "not stuffed", "before the 354"] {
        assert!(violations.contains(wanted), "{violations}");
    }
}
