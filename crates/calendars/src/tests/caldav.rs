//! Radicale and Xandikos.

use testkit::calendars::{DavKind, DavServer};

use super::{at, calendar, client, draft, text, window};
use crate::caldav::CalDav;
use crate::{Fault, Remote, Stored};

fn account(server: &DavServer) -> Remote {
    let caldav = CalDav::new(client(), &server.url(), server.user(), server.password());
    Remote::CalDav(caldav.unwrap())
}

/// The same for both servers.
macro_rules! on_both_servers {
    ($($name:ident),* $(,)?) => {
        mod radicale {
            $(#[tokio::test]
            async fn $name() {
                if let Some(server) = super::DavServer::start(super::DavKind::Radicale).await {
                    super::$name(server).await;
                }
            })*
        }
        mod xandikos {
            $(#[tokio::test]
            async fn $name() {
                if let Some(server) = super::DavServer::start(super::DavKind::Xandikos).await {
                    super::$name(server).await;
                }
            })*
        }
    };
}

on_both_servers!(
    calendars_are_found_from_whatever_was_typed,
    a_meeting_is_put_changed_and_removed,
    whoever_is_second_is_told,
    what_others_do_is_noticed_through_the_token,
    what_touches_the_window_is_read,
    a_token_that_nobody_gave_is_gone,
    a_server_that_went_away_is_unreachable,
);

async fn calendars_are_found_from_whatever_was_typed(server: DavServer) {
    let address = server.calendar();
    for typed in [
        server.url(),
        format!("{}ann/", server.url()),
        address.clone(),
    ] {
        let caldav = CalDav::new(client(), &typed, server.user(), server.password()).unwrap();
        let listed = caldav.list().await.unwrap();
        let calendar = listed.iter().find(|it| it.id == address);
        let calendar = calendar.unwrap_or_else(|| panic!("{typed}: {listed:?}"));
        assert!(calendar.writable && calendar.primary, "{calendar:?}");
        assert!(!calendar.name.is_empty());
        // Address books and boxes for invitations are no calendars.
        assert_eq!(listed.len(), 1, "{listed:?}");
    }
    let nowhere = format!("{}.web/", server.url());
    let caldav = CalDav::new(client(), &nowhere, server.user(), server.password()).unwrap();
    assert!(
        !caldav.list().await.unwrap().is_empty(),
        "the root leads there"
    );
}

async fn a_meeting_is_put_changed_and_removed(server: DavServer) {
    let (remote, calendar) = (account(&server), server.calendar());
    let mut draft = draft(
        "b-1@sendero",
        "2026-12-07T09:00:00Z",
        "2026-12-07T09:30:00Z",
    );
    assert_eq!(
        remote
            .find(&calendar, &draft.uid, draft.start, draft.end)
            .await
            .unwrap(),
        None
    );
    let stored = remote.put(&calendar, &draft, None).await.unwrap();
    assert!(stored.etag.is_some());
    let names = server.names().await;
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(stored.key.ends_with(&names[0]), "{stored:?}");
    let there = server.get(&names[0]).await.unwrap();
    assert!(there.contains("UID:b-1@sendero") && there.contains("SUMMARY:Meeting with Bo"));

    let found = remote
        .find(&calendar, &draft.uid, draft.start, draft.end)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&found.key, &found.etag), (&stored.key, &stored.etag));
    assert!(text(&found).contains("Meeting with Bo"));

    draft.ical = draft.ical.replace("20261207T09", "20261208T10");
    let moved = remote.put(&calendar, &draft, Some(&stored)).await.unwrap();
    assert_eq!(moved.key, stored.key);
    assert_ne!(moved.etag, stored.etag);
    let there = server.get(&names[0]).await.unwrap();
    assert!(there.contains("DTSTART:20261208T100000Z"), "{there}");
    assert_eq!(server.names().await.len(), 1);

    remote.remove(&calendar, &moved).await.unwrap();
    assert!(server.names().await.is_empty());
    let again = remote.remove(&calendar, &moved).await;
    assert!(
        matches!(again, Err(Fault::Gone | Fault::Conflict)),
        "{again:?}"
    );
    assert_eq!(
        remote
            .find(&calendar, &draft.uid, draft.start, draft.end)
            .await
            .unwrap(),
        None
    );
    assert_eq!(remote.read(&calendar, &moved.key).await, Err(Fault::Gone));
}

async fn whoever_is_second_is_told(server: DavServer) {
    let (remote, calendar) = (account(&server), server.calendar());
    let draft = draft("b-2", "2026-12-07T09:00:00Z", "2026-12-07T09:30:00Z");
    let stored = remote.put(&calendar, &draft, None).await.unwrap();
    assert_eq!(
        remote.put(&calendar, &draft, None).await,
        Err(Fault::Conflict)
    );

    // Its owner changes it.
    let theirs = draft.ical.replace("Meeting with Bo", "Moved by Ann");
    server.put("b-2.ics", &theirs).await;
    let refused = remote.put(&calendar, &draft, Some(&stored)).await;
    assert_eq!(refused, Err(Fault::Conflict));
    let refused = remote.remove(&calendar, &stored).await;
    assert_eq!(refused, Err(Fault::Conflict));
    assert!(
        server
            .get("b-2.ics")
            .await
            .unwrap()
            .contains("Moved by Ann")
    );

    // Who looks again may change it.
    let now = remote.read(&calendar, &stored.key).await.unwrap();
    assert!(text(&now).contains("Moved by Ann"));
    let known = Stored {
        key: now.key,
        etag: now.etag,
    };
    remote.put(&calendar, &draft, Some(&known)).await.unwrap();
    assert!(
        server
            .get("b-2.ics")
            .await
            .unwrap()
            .contains("Meeting with Bo")
    );

    // Without knowing its state, one may change it only if it is there.
    let blind = Stored {
        key: known.key,
        etag: None,
    };
    remote.put(&calendar, &draft, Some(&blind)).await.unwrap();
    remote.remove(&calendar, &blind).await.unwrap();
    let gone = remote.put(&calendar, &draft, Some(&blind)).await;
    assert_eq!(gone, Err(Fault::Gone));
    assert!(server.names().await.is_empty());
}

async fn what_others_do_is_noticed_through_the_token(server: DavServer) {
    let (remote, address) = (account(&server), server.calendar());
    let (from, until) = window();
    let event = |uid: &str, day: u32| {
        calendar(&format!(
            "UID:{uid}\nDTSTAMP:20261130T080000Z\nDTSTART:202612{day:02}T090000Z\nDTEND:202612{day:02}T100000Z\nSUMMARY:{uid}"
        ))
    };
    server.put("one.ics", &event("one", 3)).await;
    server.put("two.ics", &event("two", 4)).await;
    let first = remote.changes(&address, None, from, until).await.unwrap();
    assert!(first.whole && first.changed.len() == 2 && first.removed.is_empty());
    let token = first.token.unwrap();
    assert!(token.starts_with("sync "), "{token}");

    let changes = async |token: &str| {
        remote
            .changes(&address, Some(token), from, until)
            .await
            .unwrap()
    };
    let nothing = changes(&token).await;
    assert!(!nothing.whole && nothing.changed.is_empty() && nothing.removed.is_empty());
    let token = nothing.token.unwrap();

    server.put("three.ics", &event("three", 5)).await;
    server.put("one.ics", &event("one", 6)).await;
    server.delete("two.ics").await;
    let changed = changes(&token).await;
    assert!(!changed.whole);
    let mut keys: Vec<&str> = changed.changed.iter().map(|it| &*it.key).collect();
    keys.sort_unstable();
    assert!(
        keys.len() == 2 && keys[0].ends_with("/one.ics") && keys[1].ends_with("/three.ics"),
        "{keys:?}"
    );
    let one = changed.changed.iter().find(|it| it.key == keys[0]).unwrap();
    assert!(text(one).contains("DTSTART:20261206T090000Z") && one.etag.is_some());
    assert_eq!(changed.removed.len(), 1);
    assert!(changed.removed[0].ends_with("/two.ics"));
    // The keys are those that were told first.
    assert!(first.changed.iter().any(|it| it.key == changed.removed[0]));

    // What comes and goes between two readings is at most told as gone.
    let token = changed.token.unwrap();
    server.put("four.ics", &event("four", 7)).await;
    server.delete("four.ics").await;
    let quiet = changes(&token).await;
    assert!(quiet.changed.is_empty(), "{quiet:?}");
    assert!(quiet.removed.iter().all(|it| it.ends_with("/four.ics")));
}

async fn what_touches_the_window_is_read(server: DavServer) {
    let (remote, address) = (account(&server), server.calendar());
    let put = async |name: &str, event: &str| {
        let event = format!("UID:{name}\nDTSTAMP:20261130T080000Z\nSUMMARY:{name}\n{event}");
        server.put(&format!("{name}.ics"), &calendar(&event)).await;
    };
    put("single", "DTSTART:20261210T090000Z\nDTEND:20261210T100000Z").await;
    put("before", "DTSTART:20261010T090000Z\nDTEND:20261010T100000Z").await;
    put("after", "DTSTART:20270310T090000Z\nDTEND:20270310T100000Z").await;
    put(
        "weekly",
        "DTSTART:20240101T090000Z\nDTEND:20240101T100000Z\nRRULE:FREQ=WEEKLY\nEXDATE:20261207T090000Z",
    )
    .await;
    put(
        "over",
        "DTSTART:20240101T090000Z\nDTEND:20240101T100000Z\nRRULE:FREQ=WEEKLY;UNTIL=20240301T000000Z",
    )
    .await;
    put(
        "day",
        "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261226",
    )
    .await;
    put("floating", "DTSTART:20261231T233000\nDURATION:PT20M").await;
    let (from, until) = window();
    let all = remote.changes(&address, None, from, until).await.unwrap();
    let mut names: Vec<&str> = all
        .changed
        .iter()
        .map(|it| it.key.rsplit('/').next().unwrap().trim_end_matches(".ics"))
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["day", "floating", "single", "weekly"]);
    let weekly = all
        .changed
        .iter()
        .find(|it| it.key.ends_with("/weekly.ics"));
    // As it stands there, to be expanded by whoever reads it.
    assert!(text(weekly.unwrap()).contains("RRULE:FREQ=WEEKLY"));

    let now = remote
        .now(
            &address,
            at("2026-12-10T09:15:00Z"),
            at("2026-12-10T09:45:00Z"),
        )
        .await
        .unwrap();
    assert!(
        now.iter().any(|it| it.key.ends_with("/single.ics")),
        "{now:?}"
    );
    assert!(
        !now.iter().any(|it| it.key.ends_with("/day.ics")),
        "{now:?}"
    );
    assert!(now.iter().all(|it| text(it).contains("BEGIN:VEVENT")));
}

async fn a_token_that_nobody_gave_is_gone(server: DavServer) {
    let (remote, calendar) = (account(&server), server.calendar());
    let (from, until) = window();
    server
        .put(
            "one.ics",
            &draft("one", "2026-12-07T09:00:00Z", "2026-12-07T10:00:00Z").ical,
        )
        .await;
    for token in [
        "sync http://radicale.org/ns/sync/0000000000000000000000000000000000000000000000000000000000000000",
        "sync 0123456789012345678901234567890123456789",
        "sync nonsense",
        "nonsense",
        "",
    ] {
        let changes = remote.changes(&calendar, Some(token), from, until).await;
        assert_eq!(changes, Err(Fault::TokenGone), "{token}");
    }
    let whole = remote.changes(&calendar, None, from, until).await.unwrap();
    assert_eq!(whole.changed.len(), 1);
    let elsewhere = format!("{}ann/none/", server.url());
    let none = remote.changes(&elsewhere, None, from, until).await;
    assert!(
        matches!(none, Err(Fault::Gone | Fault::Refused(_))),
        "{none:?}"
    );
}

async fn a_server_that_went_away_is_unreachable(mut server: DavServer) {
    let (remote, calendar) = (account(&server), server.calendar());
    let (from, until) = window();
    let draft = draft("b-3", "2026-12-07T09:00:00Z", "2026-12-07T09:30:00Z");
    let stored = remote.put(&calendar, &draft, None).await.unwrap();
    let token = remote
        .changes(&calendar, None, from, until)
        .await
        .unwrap()
        .token;
    server.stop();
    let is_unreachable =
        |fault: Fault| matches!(&fault, Fault::Unreachable(_)) && fault.is_passing();
    assert!(is_unreachable(remote.list().await.unwrap_err()));
    let changes = remote
        .changes(&calendar, token.as_deref(), from, until)
        .await;
    assert!(is_unreachable(changes.unwrap_err()));
    assert!(is_unreachable(
        remote.now(&calendar, from, until).await.unwrap_err()
    ));
    let put = remote.put(&calendar, &draft, Some(&stored)).await;
    assert!(is_unreachable(put.unwrap_err()));
    assert!(is_unreachable(
        remote.remove(&calendar, &stored).await.unwrap_err()
    ));

    server.resume();
    let changes = remote
        .changes(&calendar, token.as_deref(), from, until)
        .await;
    assert!(changes.unwrap().changed.is_empty());
    remote.remove(&calendar, &stored).await.unwrap();
    let changes = remote
        .changes(&calendar, token.as_deref(), from, until)
        .await;
    assert_eq!(changes.unwrap().removed, [stored.key]);
}

#[tokio::test]
async fn a_wrong_password_is_said_to_be_that() {
    let Some(server) = DavServer::start(DavKind::Radicale).await else {
        return;
    };
    let wrong = CalDav::new(client(), &server.url(), server.user(), "guessed").unwrap();
    let listed = wrong.list().await;
    assert!(matches!(listed, Err(Fault::Unauthorized(_))), "{listed:?}");
    let (from, until) = window();
    let now = wrong.now(&server.calendar(), from, until).await;
    assert!(matches!(now, Err(Fault::Unauthorized(_))), "{now:?}");
    let draft = draft("b-4", "2026-12-07T09:00:00Z", "2026-12-07T09:30:00Z");
    let put = wrong.put(&server.calendar(), &draft, None).await;
    assert!(matches!(put, Err(Fault::Unauthorized(_))), "{put:?}");
    assert!(server.names().await.is_empty());
}

#[tokio::test]
async fn names_colors_and_uids_of_a_calendar_are_told() {
    let Some(server) = DavServer::start(DavKind::Radicale).await else {
        return;
    };
    let remote = account(&server);
    let listed = remote.list().await.unwrap();
    assert_eq!(listed[0].name, "Work");
    assert_eq!(listed[0].color.as_deref(), Some("#11aa77"));
    // Its owner's program put our invitation there under a name of its own.
    let draft = draft(
        "b-5@sendero",
        "2026-12-07T09:00:00Z",
        "2026-12-07T09:30:00Z",
    );
    server.put("A1B2.ics", &draft.ical).await;
    let taken = remote.put(&server.calendar(), &draft, None).await;
    assert_eq!(taken, Err(Fault::Conflict));
    let found = remote
        .find(&server.calendar(), &draft.uid, draft.start, draft.end)
        .await
        .unwrap()
        .unwrap();
    assert!(found.key.ends_with("/A1B2.ics"), "{found:?}");
    let known = Stored {
        key: found.key,
        etag: found.etag,
    };
    remote
        .put(&server.calendar(), &draft, Some(&known))
        .await
        .unwrap();
    // A uid that another one contains is another one.
    let mut other = draft.clone();
    other.uid = "b-5".to_owned();
    assert_eq!(
        remote
            .find(&server.calendar(), &other.uid, other.start, other.end)
            .await
            .unwrap(),
        None
    );
}
