use std::time::Duration;

use jiff::civil::date;
use serde_json::json;
use testkit::calendars::microsoft::{CALENDAR, Microsoft as Fake, TEAM};

use super::sign_in::{clock, microsoft_oauth, sign_in};
use super::{at, draft, sorted, taken, window};
use crate::microsoft::Microsoft;
use crate::{Fault, Remote, Stored};

async fn start() -> (Fake, Remote) {
    let clock = clock();
    let fake = Fake::start(clock.clone()).await;
    let oauth = microsoft_oauth(&fake, &clock);
    let tokens = sign_in(&oauth, |url| fake.approve(url, None))
        .await
        .unwrap();
    let microsoft = Microsoft::new(oauth, tokens).with_base(&fake.base());
    (fake, Remote::Microsoft(microsoft))
}

fn event(id: &str, day: u32) -> serde_json::Value {
    json!({
        "id": id,
        "subject": format!("Event {id}"),
        "start": { "dateTime": format!("2026-12-{day:02}T09:00:00.0000000"), "timeZone": "UTC" },
        "end": { "dateTime": format!("2026-12-{day:02}T10:00:00.0000000"), "timeZone": "UTC" },
    })
}

#[tokio::test]
async fn calendars_are_listed_page_by_page() {
    let (_fake, remote) = start().await;
    let listed = remote.list().await.unwrap();
    let [own, team] = &listed[..] else {
        panic!("{listed:?}");
    };
    assert_eq!((&*own.id, &*own.name), (CALENDAR, "Calendar"));
    assert!(own.writable && own.primary && !team.writable && !team.primary);
    assert_eq!(
        (own.color.as_deref(), team.color.as_deref()),
        (None, Some("#0078d4"))
    );
    assert_eq!(own.owner.as_deref(), Some("ann@example.com"));
}

#[tokio::test]
async fn everything_is_read_and_then_what_changed() {
    let (fake, remote) = start().await;
    for day in 1..=8 {
        fake.put(CALENDAR, event(&format!("e{day}"), day));
    }
    fake.put(TEAM, event("theirs", 2));
    let (from, until) = window();
    let changes = async |token: Option<&str>| remote.changes(CALENDAR, token, from, until).await;
    let first = changes(None).await.unwrap();
    assert!(first.whole && first.changed.len() == 8, "{first:?}");
    let one = first.changed.iter().find(|it| it.key == "e1").unwrap();
    let [time] = taken(one) else {
        panic!("{one:?}")
    };
    assert_eq!(time.start, at("2026-12-01T09:00:00Z"));
    assert_eq!((&*time.summary, time.all_day), ("Event e1", None));

    let quiet = changes(first.token.as_deref()).await.unwrap();
    assert!(!quiet.whole && quiet.changed.is_empty() && quiet.removed.is_empty());
    fake.put(CALENDAR, event("e2", 20));
    fake.put(CALENDAR, event("e9", 21));
    for day in 3..=6 {
        fake.delete(&format!("e{day}"));
    }
    // Out of the window is out of sight.
    let mut moved = event("e7", 7);
    moved["start"]["dateTime"] = json!("2027-02-07T09:00:00.0000000");
    moved["end"]["dateTime"] = json!("2027-02-07T10:00:00.0000000");
    fake.put(CALENDAR, moved);
    let second = changes(quiet.token.as_deref()).await.unwrap();
    let keys: Vec<String> = sorted(second.changed)
        .into_iter()
        .map(|it| it.key)
        .collect();
    assert_eq!(keys, ["e2", "e9"]);
    assert_eq!(second.removed, ["e3", "e4", "e5", "e6", "e7"]);

    fake.forget_sync_tokens();
    assert_eq!(
        changes(second.token.as_deref()).await,
        Err(Fault::TokenGone)
    );
    let elsewhere = "https://evil.example/v1.0/me/calendarView/delta?$deltatoken=1";
    for token in ["nonsense", elsewhere] {
        assert_eq!(changes(Some(token)).await, Err(Fault::TokenGone));
    }
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
        fake.put(CALENDAR, event);
    };
    put("free1", json!({ "showAs": "free" }));
    put("free2", json!({ "showAs": "workingElsewhere" }));
    put("free3", json!({ "isCancelled": true }));
    put(
        "free4",
        json!({ "responseStatus": { "response": "declined" } }),
    );
    put("busy1", json!({ "showAs": "oof" }));
    put(
        "busy2",
        json!({ "showAs": "unknown", "responseStatus": { "response": "notResponded" } }),
    );
    put("maybe", json!({ "showAs": "tentative" }));
    put(
        "whole",
        json!({
            "isAllDay": true,
            "start": { "dateTime": "2026-12-24T00:00:00.0000000", "timeZone": "UTC" },
            "end": { "dateTime": "2026-12-26T00:00:00.0000000", "timeZone": "UTC" },
        }),
    );
    // Midnight of Berlin and of Seattle, told in UTC.
    put(
        "whole-east",
        json!({
            "isAllDay": true,
            "start": { "dateTime": "2026-12-23T23:00:00.0000000", "timeZone": "UTC" },
            "end": { "dateTime": "2026-12-25T23:00:00.0000000", "timeZone": "UTC" },
        }),
    );
    put(
        "whole-west",
        json!({
            "isAllDay": true,
            "start": { "dateTime": "2026-12-24T08:00:00.0000000", "timeZone": "UTC" },
            "end": { "dateTime": "2026-12-26T08:00:00.0000000", "timeZone": "UTC" },
        }),
    );
    let (from, until) = window();
    let all = remote.changes(CALENDAR, None, from, until).await.unwrap();
    assert_eq!(all.changed.len(), 10);
    for object in &all.changed {
        let free = object.key.starts_with("free");
        assert_eq!(taken(object).is_empty(), free, "{object:?}");
        if !free {
            let time = &taken(object)[0];
            assert_eq!(time.tentative, object.key == "maybe");
            let days = object
                .key
                .starts_with("whole")
                .then_some((date(2026, 12, 24), date(2026, 12, 26)));
            assert_eq!(time.all_day, days, "{object:?}");
        }
    }
}

#[tokio::test]
async fn an_occurrence_is_what_its_series_is() {
    let (fake, remote) = start().await;
    let series = |id: &str, shown: &str| {
        let mut series = event(id, 1);
        series["type"] = json!("seriesMaster");
        series["showAs"] = json!(shown);
        fake.put(CALENDAR, series);
    };
    let occurrence = |id: &str, of: &str, day: u32| {
        let mut event = event(id, day);
        event.as_object_mut().unwrap().remove("subject");
        event["type"] = json!("occurrence");
        event["seriesMasterId"] = json!(of);
        fake.put(CALENDAR, event);
    };
    series("weekly", "busy");
    series("lunch", "free");
    occurrence("weekly-1", "weekly", 7);
    occurrence("weekly-2", "weekly", 14);
    occurrence("lunch-1", "lunch", 7);
    let mut exception = event("lunch-2", 14);
    exception["type"] = json!("exception");
    exception["seriesMasterId"] = json!("lunch");
    fake.put(CALENDAR, exception);

    let (from, until) = window();
    let first = remote.changes(CALENDAR, None, from, until).await.unwrap();
    let keys: Vec<(String, usize)> = sorted(first.changed.clone())
        .into_iter()
        .map(|it| (it.key.clone(), taken(&it).len()))
        .collect();
    let expected = [
        ("lunch-1", 0),
        ("lunch-2", 1),
        ("weekly-1", 1),
        ("weekly-2", 1),
    ];
    assert_eq!(keys, expected.map(|(key, count)| (key.to_owned(), count)));
    let weekly = first
        .changed
        .iter()
        .find(|it| it.key == "weekly-1")
        .unwrap();
    assert_eq!(taken(weekly)[0].summary, "Event weekly");

    // A change that names occurrences only: the series is asked for, once.
    occurrence("lunch-3", "lunch", 21);
    occurrence("lunch-4", "lunch", 28);
    let before = fake.requests();
    let second = remote
        .changes(CALENDAR, first.token.as_deref(), from, until)
        .await
        .unwrap();
    assert_eq!(second.changed.len(), 2);
    assert!(
        second.changed.iter().all(|it| taken(it).is_empty()),
        "{second:?}"
    );
    assert_eq!(fake.requests() - before, 2);

    // Looking once shows the same.
    let now = remote.now(CALENDAR, from, until).await.unwrap();
    let busy = now.iter().filter(|it| !taken(it).is_empty()).count();
    assert_eq!((now.len(), busy), (6, 3));
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
            .find(CALENDAR, &draft.uid, draft.start, draft.end)
            .await
            .unwrap(),
        None
    );
    let stored = remote.put(CALENDAR, &draft, None).await.unwrap();
    let there = fake.event(&stored.key).unwrap();
    assert_eq!(there["subject"], "Meeting with Bo");
    let text = there["body"]["content"].as_str().unwrap();
    assert!(
        text.contains("And cake.") && text.contains("Bo <bo@example.com>"),
        "{text}"
    );
    assert_eq!(there["start"]["dateTime"], "2026-12-07T09:00:00");
    // Put again because nobody knows whether it was, it is the same event.
    let again = remote.put(CALENDAR, &draft, None).await.unwrap();
    assert_eq!(again, stored);
    assert_eq!(fake.events(CALENDAR).len(), 1);
    let found = remote
        .find(CALENDAR, &draft.uid, draft.start, draft.end)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&found.key, &found.etag), (&stored.key, &stored.etag));
    assert_eq!(found.uid.as_deref(), Some("booking-1@sendero"));

    draft.start = draft.start + Duration::from_hours(1);
    draft.end = draft.end + Duration::from_hours(1);
    draft.tentative = true;
    let moved = remote.put(CALENDAR, &draft, Some(&stored)).await.unwrap();
    let there = fake.event(&moved.key).unwrap();
    assert_eq!(there["start"]["dateTime"], "2026-12-07T10:00:00");
    assert_eq!(there["showAs"], "tentative");
    assert_eq!(
        remote.put(CALENDAR, &draft, Some(&stored)).await,
        Err(Fault::Conflict)
    );
    assert_eq!(remote.remove(CALENDAR, &stored).await, Err(Fault::Conflict));
    remote.remove(CALENDAR, &moved).await.unwrap();
    assert_eq!(remote.remove(CALENDAR, &moved).await, Err(Fault::Gone));
    assert_eq!(
        remote.put(CALENDAR, &draft, Some(&moved)).await,
        Err(Fault::Gone)
    );
    assert!(fake.events(CALENDAR).is_empty());
    assert_eq!(fake.letters(), 0);

    let elsewhere = remote.put(TEAM, &draft, None).await;
    assert!(matches!(elsewhere, Err(Fault::Refused(_))), "{elsewhere:?}");
    assert_eq!(remote.put("none", &draft, None).await, Err(Fault::Gone));
}

#[tokio::test]
async fn a_new_time_leaves_what_its_owner_wrote() {
    let (fake, remote) = start().await;
    let mut draft = draft("booking-2", "2026-12-07T09:00:00Z", "2026-12-07T09:30:00Z");
    let stored = remote.put(CALENDAR, &draft, None).await.unwrap();
    let mut theirs = fake.event(&stored.key).unwrap();
    theirs["subject"] = json!("Bo, about the garden");
    fake.put(CALENDAR, theirs);
    draft.start = draft.start + Duration::from_hours(1);
    draft.end = draft.end + Duration::from_hours(1);
    let stale = remote.put_time(CALENDAR, &draft, &stored).await;
    assert_eq!(stale, Err(Fault::Conflict));
    let now = remote.read(CALENDAR, &stored.key).await.unwrap();
    let known = Stored {
        key: now.key,
        etag: now.etag,
    };
    remote.put_time(CALENDAR, &draft, &known).await.unwrap();
    let there = fake.event(&known.key).unwrap();
    assert_eq!(there["subject"], "Bo, about the garden");
    assert_eq!(there["start"]["dateTime"], "2026-12-07T10:00:00");
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_again() {
    let (fake, remote) = start().await;
    let (from, until) = window();
    fake.throttle(1, 17);
    let busy = remote.changes(CALENDAR, None, from, until).await;
    let retry_after = Some(Duration::from_secs(17));
    assert_eq!(busy, Err(Fault::Busy { retry_after }));
    assert!(busy.unwrap_err().is_passing());
    assert!(remote.changes(CALENDAR, None, from, until).await.is_ok());
}
