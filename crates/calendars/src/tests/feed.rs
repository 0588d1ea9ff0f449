use std::sync::{Arc, Mutex};

use testkit::calendars::http::{Answer, Call, Server};

use super::{calendar, client, text, window};
use crate::feed::Feed;
use crate::{Fault, Remote};

/// A published calendar, whose answers a test chooses.
async fn published(
    answer: impl Fn(&Call) -> Answer + Send + Sync + 'static,
) -> (Server, Arc<Mutex<usize>>) {
    let count = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&count);
    let server = Server::start(move |_, call| {
        *counter.lock().unwrap() += 1;
        answer(&call)
    })
    .await;
    (server, count)
}

fn feed(server: &Server) -> Remote {
    Remote::Feed(Feed::new(client(), &format!("{}/ann.ics", server.url)).unwrap())
}

const EVENT: &str =
    "UID:1\nDTSTAMP:20261130T080000Z\nDTSTART:20261207T090000Z\nDTEND:20261207T100000Z";

#[tokio::test]
async fn a_feed_is_read_whole_and_then_only_when_it_changed() {
    let state = Arc::new(Mutex::new((calendar(EVENT), "\"1\"".to_owned())));
    let shared = Arc::clone(&state);
    let (server, _) = published(move |call| {
        let (text, etag) = shared.lock().unwrap().clone();
        if call.header("if-none-match") == etag {
            return Answer::nothing(304);
        }
        Answer::text(200, "text/calendar", text).header("ETag", etag)
    })
    .await;
    let remote = feed(&server);
    let (from, until) = window();
    let changes = async |token: Option<&str>| remote.changes("", token, from, until).await.unwrap();
    let first = changes(None).await;
    assert!(first.whole && first.changed.len() == 1);
    assert!(text(&first.changed[0]).starts_with("BEGIN:VCALENDAR"));
    let second = changes(first.token.as_deref()).await;
    assert!(!second.whole && second.changed.is_empty() && second.token == first.token);

    // A new etag over the same text is nothing new, and is remembered.
    state.lock().unwrap().1 = "\"2\"".to_owned();
    let third = changes(first.token.as_deref()).await;
    assert!(!third.whole && third.changed.is_empty() && third.token != first.token);

    *state.lock().unwrap() = (
        calendar(&EVENT.replace("UID:1", "UID:2")),
        "\"3\"".to_owned(),
    );
    let fourth = changes(third.token.as_deref()).await;
    assert!(fourth.whole && text(&fourth.changed[0]).contains("UID:2"));
    assert_eq!(fourth.changed[0].key, first.changed[0].key);
    assert_eq!(remote.now("", from, until).await.unwrap(), fourth.changed);
    // A token that is none is no reason to read nothing.
    assert!(changes(Some("nonsense")).await.whole);
}

#[tokio::test]
async fn the_date_of_a_feed_does_as_well() {
    let date = "Mon, 30 Nov 2026 08:00:00 GMT";
    let (server, _) = published(move |call| {
        if call.header("if-modified-since") == date {
            return Answer::nothing(304);
        }
        Answer::text(
            200,
            "text/plain",
            format!("\u{feff}\r\n{}", calendar(EVENT)),
        )
        .header("Last-Modified", date.to_owned())
    })
    .await;
    let remote = feed(&server);
    let (from, until) = window();
    let first = remote.changes("", None, from, until).await.unwrap();
    assert!(text(&first.changed[0]).starts_with("BEGIN:VCALENDAR"));
    let second = remote
        .changes("", first.token.as_deref(), from, until)
        .await
        .unwrap();
    assert!(!second.whole && second.token == first.token);
}

#[tokio::test]
async fn a_feed_tells_its_name_and_zone() {
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Ann\\, at work\r\n\
                X-WR-TIMEZONE:Europe/Berlin\r\nX-APPLE-CALENDAR-COLOR:#AABBCCFF\r\nBEGIN:VEVENT\r\n\
                NAME:not this\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let (server, _) = published(move |_| Answer::text(200, "text/calendar", text)).await;
    let remote = feed(&server);
    let listed = remote.list().await.unwrap();
    assert_eq!(listed[0].name, "Ann, at work");
    assert_eq!(listed[0].zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(listed[0].color.as_deref(), Some("#aabbcc"));
    assert!(!listed[0].writable && listed[0].id.ends_with("/ann.ics"));
    let draft = super::draft("x", "2026-12-07T09:00:00Z", "2026-12-07T09:30:00Z");
    let put = remote.put("", &draft, None).await;
    assert!(matches!(put, Err(Fault::Refused(_))), "{put:?}");
}

#[tokio::test]
async fn what_is_no_calendar_is_none_and_never_an_empty_one() {
    let refuse = |call: &Call| match call.path.last().map(String::as_str) {
        Some("page.ics") => Answer::text(200, "text/html", "<html><h1>Sign in</h1> please</html>"),
        Some("empty.ics") => Answer::nothing(200),
        Some("none.ics") => Answer::nothing(404),
        Some("private.ics") => Answer::nothing(401),
        Some("busy.ics") => Answer::nothing(429).header("Retry-After", "90".to_owned()),
        Some("later.ics") => Answer::nothing(503)
            .header("Date", "Mon, 30 Nov 2026 08:00:00 GMT".to_owned())
            .header("Retry-After", "Mon, 30 Nov 2026 08:02:00 GMT".to_owned()),
        Some("unasked.ics") => Answer::nothing(304),
        Some("huge.ics") => {
            let text = format!("BEGIN:VCALENDAR\r\n{}", "X:y\r\n".repeat(3 << 20));
            Answer::text(200, "text/calendar", text)
        }
        _ => Answer::nothing(500),
    };
    let (server, _) = published(refuse).await;
    let (from, until) = window();
    let fault = async |name: &str| {
        let feed = Feed::new(client(), &format!("{}/{name}.ics", server.url)).unwrap();
        let fault = Remote::Feed(feed).changes("", None, from, until).await;
        fault.unwrap_err()
    };
    match fault("page").await {
        Fault::Garbage(text) => assert!(text.contains("Sign in please"), "{text}"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(fault("empty").await, Fault::Garbage(_)));
    assert!(matches!(fault("none").await, Fault::Gone));
    assert!(matches!(fault("private").await, Fault::Unauthorized(_)));
    assert!(matches!(fault("unasked").await, Fault::Garbage(_)));
    assert!(matches!(fault("broken").await, Fault::Refused(_)));
    for (name, seconds) in [("busy", 90), ("later", 120)] {
        let retry_after = Some(std::time::Duration::from_secs(seconds));
        assert_eq!(fault(name).await, Fault::Busy { retry_after });
    }
    match fault("huge").await {
        Fault::Refused(text) => assert!(text.contains("larger"), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn addresses_of_feeds_are_guarded() {
    let (server, visits) = published(|call| {
        assert_eq!(call.header("authorization"), "Basic YW5uOnMgM2NyZXQ=");
        Answer::text(200, "text/calendar", calendar(EVENT))
    })
    .await;
    // A password in the address goes as one.
    let with_password = server.url.replace("http://", "http://ann:s%203cret@");
    let feed = Feed::new(client(), &format!("{with_password}/ann.ics")).unwrap();
    assert!(!format!("{feed:?}").contains("cret"));
    assert_eq!(feed.now().await.unwrap().len(), 1);
    assert_eq!(*visits.lock().unwrap(), 1);

    let public = net::Client::default();
    for address in [
        server.url.as_str(),
        "http://localhost.localdomain:22/x.ics",
        "file:///etc/passwd",
        "webcal://10.0.0.1/x.ics",
        "webcal://",
        "hello",
    ] {
        let refused = Feed::new(public.clone(), address);
        assert!(
            matches!(refused, Err(Fault::Refused(_))),
            "{address}: {refused:?}"
        );
    }
    for address in [
        "webcal://example.com/x.ics",
        "WEBCALS://example.com/x",
        "https://example.com/x",
    ] {
        assert!(Feed::new(public.clone(), address).is_ok(), "{address}");
    }
}
