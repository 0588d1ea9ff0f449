use std::time::Duration;

use jiff::civil::date;
use kernel::Clock;
use serde_json::json;
use testkit::calendars::google::Google as Fake;

use super::sign_in::{clock, google_oauth, sign_in};
use super::{at, draft, sorted, taken, window};
use crate::google::Google;
use crate::{Content, Fault, Remote, Stored};

const ANN: &str = "ann@example.com";

async fn start() -> (Fake, Remote) {
    let clock: Clock = clock();
    let fake = Fake::start(clock.clone()).await;
    let oauth = google_oauth(&fake, &clock);
    let tokens = sign_in(&oauth, |url| fake.approve(url, None))
        .await
        .unwrap();
    let google = Google::new(oauth, tokens).with_base(&fake.base());
    (fake, Remote::Google(google))
}

fn event(id: &str, day: u32) -> serde_json::Value {
    json!({
        "id": id,
        "summary": format!("Event {id}"),
        "start": { "dateTime": format!("2026-12-{day:02}T09:00:00+01:00") },
        "end": { "dateTime": format!("2026-12-{day:02}T10:00:00+01:00") },
    })
}

#[tokio::test]
async fn calendars_are_listed_page_by_page() {
    let (_fake, remote) = start().await;
    let listed = remote.list().await.unwrap();
    let [ann, team] = &listed[..] else {
        panic!("{listed:?}");
    };
    assert_eq!((&*ann.id, &*ann.name), (ANN, "Ann"));
    assert!(ann.writable && ann.primary && !team.writable && !team.primary);
    assert_eq!(ann.color.as_deref(), Some("#9fe1e7"));
    assert_eq!(team.zone.as_deref(), Some("America/New_York"));
    assert_eq!(team.owner.as_deref(), Some(ANN));
}

#[tokio::test]
async fn everything_is_read_and_then_what_changed() {
    let (fake, remote) = start().await;
    for day in 1..=8 {
        fake.put(ANN, event(&format!("event{day}"), day));
    }
    fake.put(ANN, {
        let mut other = event("later", 3);
        other["start"] = json!({ "dateTime": "2027-03-03T09:00:00Z" });
        other["end"] = json!({ "dateTime": "2027-03-03T10:00:00Z" });
        other
    });
    let (from, until) = window();
    let changes = async |token: Option<&str>| remote.changes(ANN, token, from, until).await;
    let first = changes(None).await.unwrap();
    // More than a page of the fake.
    assert!(first.whole && first.changed.len() == 8, "{first:?}");
    let one = first.changed.iter().find(|it| it.key == "event1").unwrap();
    let [time] = taken(one) else {
        panic!("{one:?}")
    };
    assert_eq!(time.start, at("2026-12-01T08:00:00Z"));
    assert_eq!(time.end, at("2026-12-01T09:00:00Z"));
    assert_eq!((&*time.summary, time.all_day), ("Event event1", None));

    let quiet = changes(first.token.as_deref()).await.unwrap();
    assert!(!quiet.whole && quiet.changed.is_empty() && quiet.removed.is_empty());
    fake.put(ANN, event("event2", 20));
    fake.put(ANN, event("event9", 21));
    for day in 3..=7 {
        fake.delete(ANN, &format!("event{day}"));
    }
    let second = changes(quiet.token.as_deref()).await.unwrap();
    assert!(!second.whole);
    let keys: Vec<String> = sorted(second.changed)
        .into_iter()
        .map(|it| it.key)
        .collect();
    assert_eq!(keys, ["event2", "event9"]);
    assert_eq!(second.removed.len(), 5);

    fake.forget_sync_tokens();
    assert_eq!(
        changes(second.token.as_deref()).await,
        Err(Fault::TokenGone)
    );
    assert_eq!(changes(Some("nonsense")).await, Err(Fault::TokenGone));
    let whole = changes(None).await.unwrap();
    assert!(whole.whole && whole.changed.len() == 4 && whole.removed.is_empty());
}

#[tokio::test]
async fn what_takes_no_time_is_told_to_take_none() {
    let (fake, remote) = start().await;
    let put = |id: &str, more: serde_json::Value| {
        let mut event = event(id, 9);
        for (name, value) in more.as_object().unwrap() {
            event[name] = value.clone();
        }
        fake.put(ANN, event);
    };
    let declined = json!([
        { "email": "bo@example.com", "responseStatus": "accepted" },
        { "email": ANN, "self": true, "responseStatus": "declined" },
    ]);
    put("free1", json!({ "transparency": "transparent" }));
    put("free2", json!({ "attendees": declined }));
    put("free3", json!({ "eventType": "workingLocation" }));
    put(
        "busy1",
        json!({ "eventType": "outOfOffice", "transparency": "opaque" }),
    );
    put(
        "busy2",
        json!({ "attendees": [{ "email": "bo@example.com", "responseStatus": "declined" }] }),
    );
    put(
        "maybe",
        json!({ "attendees": [{ "email": ANN, "self": true, "responseStatus": "tentative" }] }),
    );
    put(
        "whole",
        json!({ "start": { "date": "2026-12-24" }, "end": { "date": "2026-12-26" } }),
    );
    let (from, until) = window();
    let all = remote.changes(ANN, None, from, until).await.unwrap();
    for object in &all.changed {
        let free = object.key.starts_with("free");
        assert_eq!(taken(object).is_empty(), free, "{object:?}");
        if !free {
            assert_eq!(taken(object)[0].tentative, object.key == "maybe");
        }
    }
    let whole = all.changed.iter().find(|it| it.key == "whole").unwrap();
    let [days] = taken(whole) else {
        panic!("{whole:?}")
    };
    assert_eq!(days.all_day, Some((date(2026, 12, 24), date(2026, 12, 26))));
    // The calendar is in Berlin.
    assert_eq!(days.start, at("2026-12-23T23:00:00Z"));
    assert_eq!(days.end, at("2026-12-25T23:00:00Z"));
}

#[tokio::test]
async fn a_meeting_is_put_changed_and_removed_and_nobody_is_written_to() {
    let (fake, remote) = start().await;
    let mut draft = draft(
        "booking-1@sendero",
        "2026-12-07T09:00:00Z",
        "2026-12-07T09:30:00Z",
    );
    assert_eq!(
        remote
            .find(ANN, &draft.uid, draft.start, draft.end)
            .await
            .unwrap(),
        None
    );
    let stored = remote.put(ANN, &draft, None).await.unwrap();
    let there = fake.event(ANN, &stored.key).unwrap();
    assert_eq!(there["summary"], "Meeting with Bo");
    assert_eq!(there["location"], "Room 7");
    assert_eq!(there["start"]["dateTime"], "2026-12-07T09:00:00Z");
    assert_eq!(there["attendees"][0]["email"], "bo@example.com");
    // The same meeting does not become two events, and is found again.
    assert_eq!(remote.put(ANN, &draft, None).await, Err(Fault::Conflict));
    let found = remote
        .find(ANN, &draft.uid, draft.start, draft.end)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&found.key, &found.etag), (&stored.key, &stored.etag));
    assert_eq!(found.uid.as_deref(), Some("booking-1@sendero"));
    // So it is known among all others.
    let (from, until) = window();
    let all = remote.changes(ANN, None, from, until).await.unwrap();
    assert_eq!(all.changed[0].uid.as_deref(), Some("booking-1@sendero"));

    draft.start = draft.start + Duration::from_hours(1);
    draft.end = draft.end + Duration::from_hours(1);
    draft.tentative = true;
    let moved = remote.put(ANN, &draft, Some(&stored)).await.unwrap();
    assert_eq!(moved.key, stored.key);
    let there = fake.event(ANN, &stored.key).unwrap();
    assert_eq!(there["start"]["dateTime"], "2026-12-07T10:00:00Z");
    assert_eq!(there["status"], "tentative");
    // Whoever knows an older state is told.
    assert_eq!(
        remote.put(ANN, &draft, Some(&stored)).await,
        Err(Fault::Conflict)
    );
    assert_eq!(remote.remove(ANN, &stored).await, Err(Fault::Conflict));

    remote.remove(ANN, &moved).await.unwrap();
    assert_eq!(fake.event(ANN, &stored.key), None);
    assert_eq!(remote.remove(ANN, &moved).await, Err(Fault::Gone));
    // What was deleted keeps its id, takes no time, and can come back.
    assert_eq!(remote.put(ANN, &draft, None).await, Err(Fault::Conflict));
    let gone = remote
        .find(ANN, &draft.uid, draft.start, draft.end)
        .await
        .unwrap()
        .unwrap();
    assert!(taken(&gone).is_empty());
    let known = Stored {
        key: gone.key,
        etag: gone.etag,
    };
    remote.put(ANN, &draft, Some(&known)).await.unwrap();
    assert!(fake.event(ANN, &stored.key).is_some());
    assert_eq!(fake.letters(), 0);

    let elsewhere = remote.put("team", &draft, None).await;
    assert!(matches!(elsewhere, Err(Fault::Refused(_))), "{elsewhere:?}");
    assert_eq!(remote.put("none", &draft, None).await, Err(Fault::Gone));
}

#[tokio::test]
async fn a_new_time_leaves_what_its_owner_wrote() {
    let (fake, remote) = start().await;
    let mut draft = draft("booking-2", "2026-12-07T09:00:00Z", "2026-12-07T09:30:00Z");
    let stored = remote.put(ANN, &draft, None).await.unwrap();
    let mut theirs = fake.event(ANN, &stored.key).unwrap();
    theirs["summary"] = json!("Bo, about the garden");
    fake.put(ANN, theirs);
    draft.start = draft.start + Duration::from_hours(1);
    draft.end = draft.end + Duration::from_hours(1);
    let stale = remote.put_time(ANN, &draft, &stored).await;
    assert_eq!(stale, Err(Fault::Conflict));
    let now = remote.read(ANN, &stored.key).await.unwrap();
    let known = Stored {
        key: now.key,
        etag: now.etag,
    };
    remote.put_time(ANN, &draft, &known).await.unwrap();
    let there = fake.event(ANN, &known.key).unwrap();
    assert_eq!(there["summary"], "Bo, about the garden");
    assert_eq!(there["start"]["dateTime"], "2026-12-07T10:00:00Z");
    assert_eq!(fake.letters(), 0);
}

#[tokio::test]
async fn one_look_tells_what_is_there_now() {
    let (fake, remote) = start().await;
    for day in 1..=5 {
        fake.put(ANN, event(&format!("event{day}"), day));
    }
    let (from, until) = (at("2026-12-02T08:30:00Z"), at("2026-12-04T08:30:00Z"));
    let now = remote.now(ANN, from, until).await.unwrap();
    let keys: Vec<String> = sorted(now).into_iter().map(|it| it.key).collect();
    assert_eq!(keys, ["event2", "event3", "event4"]);
}

#[tokio::test]
async fn of_some_calendars_one_may_only_know_when_they_are_busy() {
    let (fake, remote) = start().await;
    fake.share_free_busy_only("team");
    fake.put("team", event("secret", 7));
    let mut free = event("lunch", 8);
    free["transparency"] = json!("transparent");
    fake.put("team", free);
    let (from, until) = window();
    let whole = remote.changes("team", None, from, until).await.unwrap();
    assert!(whole.whole && whole.token.is_none());
    let [object] = &whole.changed[..] else {
        panic!("{whole:?}");
    };
    let [time] = taken(object) else {
        panic!("{object:?}")
    };
    assert_eq!(time.start, at("2026-12-07T08:00:00Z"));
    assert!(time.summary.is_empty());
    // One look tells the same of its time, and nothing of any other: it is another object.
    let now = remote.now("team", from, until).await.unwrap();
    assert_eq!((now.len(), &now[0].content), (1, &object.content));
    let later = remote.now("team", at("2026-12-08T00:00:00Z"), until).await;
    let later = later.unwrap();
    assert_eq!(later[0].content, Content::Busy(Vec::new()));
    assert!(object.key != now[0].key && now[0].key != later[0].key);
    let half_a_year = remote
        .now("team", from, at("2027-06-01T00:00:00Z"))
        .await
        .unwrap();
    assert_eq!(half_a_year[0].content, Content::Busy(vec![time.clone()]));
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_again() {
    let (fake, remote) = start().await;
    let (from, until) = window();
    fake.throttle(1, 17);
    let busy = remote.changes(ANN, None, from, until).await;
    let retry_after = Some(Duration::from_secs(17));
    assert_eq!(busy, Err(Fault::Busy { retry_after }));
    fake.exceed_quota();
    let busy = remote.now(ANN, from, until).await;
    assert_eq!(busy, Err(Fault::Busy { retry_after: None }));
    assert!(busy.unwrap_err().is_passing());
    assert!(remote.now(ANN, from, until).await.is_ok());
}
