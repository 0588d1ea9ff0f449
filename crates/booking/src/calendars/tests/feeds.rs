//! Feeds: what is merged, what is kept, who sees what.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use kernel::{Error, UserId};
use serde_json::json;
use testkit::TestDb;
use testkit::calendars::http::{Answer, Server};

use super::{admin, world};
use crate::bookings::{confirm, reassign};
use crate::calendars::model::{State, WhenUnreachable};
use crate::calendars::service::{
    self, Copies, Detail, NewConnection, Who, busy_times, connect, disconnect, list,
};
use crate::hosts::Host;
use crate::tests::{World, at, tuesday};

/// A feed that says what a test wants it to.
pub(super) struct Feed {
    pub(super) server: Server,
    answer: Arc<Mutex<(u16, String)>>,
    asked: Arc<AtomicUsize>,
}

impl Feed {
    pub(super) async fn start(events: &[&str]) -> Self {
        let answer = Arc::new(Mutex::new((200, calendar(events))));
        let said = Arc::clone(&answer);
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let server = Server::start(move |_, _| {
            count.fetch_add(1, Ordering::SeqCst);
            let (status, text) = said.lock().unwrap().clone();
            Answer::text(status, "text/calendar", text)
        })
        .await;
        Self {
            server,
            answer,
            asked,
        }
    }

    /// How often somebody asked.
    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(super) fn says(&self, events: &[&str]) {
        *self.answer.lock().unwrap() = (200, calendar(events));
    }

    pub(super) fn fails(&self, status: u16) {
        *self.answer.lock().unwrap() = (status, "no".to_owned());
    }

    pub(super) fn to_connect(&self, when_unreachable: WhenUnreachable) -> NewConnection {
        NewConnection::Feed {
            url: format!("{}/secret-path/ada.ics", self.server.url),
            name: None,
            when_unreachable,
        }
    }
}

pub(super) fn calendar(events: &[&str]) -> String {
    let events: String = events
        .iter()
        .map(|event| {
            format!("BEGIN:VEVENT\r\nDTSTAMP:20260101T000000Z\r\n{event}\r\nEND:VEVENT\r\n")
        })
        .collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nX-WR-CALNAME:Ada's life\r\n{events}END:VCALENDAR\r\n"
    )
}

/// An event on Tuesday, between two hours.
pub(super) fn event(uid: &str, from: u32, until: u32) -> String {
    format!(
        "UID:{uid}\r\nSUMMARY:Dentist\r\nDTSTART:20260505T{from:02}0000Z\r\nDTEND:20260505T{until:02}0000Z"
    )
}

pub(super) async fn connected(world: &World, host: &Host, feed: &Feed) -> Detail {
    let detail = world
        .connect(host, feed.to_connect(WhenUnreachable::KeepOffering))
        .await;
    world.work().await;
    detail
}

#[testkit::db_test]
async fn what_a_feed_says_keeps_slots_away_and_what_it_says_no_more_frees_them(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let feed = Feed::start(&[&event("a", 10, 11), &event("b", 13, 15)]).await;
    let detail = connected(&world, &ada, &feed).await;
    assert_eq!(detail.connection.name, "Ada's life");
    // The address is a secret.
    let shown = serde_json::to_string(&detail).unwrap();
    assert!(!shown.contains("secret-path"), "{shown}");
    assert!(detail.calendars[0].blocks && !detail.calendars[0].writable);
    let starts = ["09:00", "11:00", "12:00", "15:00", "16:00"];
    assert_eq!(world.starts(&call).await, starts);

    // One is moved, one is gone, one is new; another is declined and one is free.
    feed.says(&[
        &event("a", 11, 12),
        &event("c", 16, 17),
        &format!("{}\r\nTRANSP:TRANSPARENT", event("d", 9, 10)),
        &format!("{}\r\nSTATUS:CANCELLED", event("e", 9, 10)),
        &format!(
            "{}\r\nATTENDEE;PARTSTAT=DECLINED:mailto:Ada@example.com",
            event("f", 9, 10)
        ),
    ]);
    world.later(&db).await;
    let starts = ["09:00", "10:00", "12:00", "13:00", "14:00", "15:00"];
    assert_eq!(world.starts(&call).await, starts);
    assert_eq!(world.mirrored().await, 2);

    // Whole days are the host's, wherever the server is, and what repeats repeats.
    feed.says(&[
        "UID:g\r\nSUMMARY:Fair\r\nDTSTART;VALUE=DATE:20260505\r\nDTEND;VALUE=DATE:20260506\r\nTRANSP:OPAQUE",
        "UID:h\r\nSUMMARY:Run\r\nDTSTART:20260101T120000Z\r\nDTEND:20260101T130000Z\r\nRRULE:FREQ=DAILY",
    ]);
    world.later(&db).await;
    assert!(world.starts(&call).await.is_empty());
    let said = crate::availability::explain(
        &world.ctx,
        world.account,
        call.id,
        jiff::civil::date(2026, 5, 5),
        &crate::availability::SlotQuery::new(tuesday("00:00"), tuesday("00:00")),
    )
    .await
    .unwrap();
    let reason = &said.reasons[0].reason;
    assert_eq!(reason.rule, crate::availability::Rule::Calendar);
    assert_eq!(reason.calendar_id, Some(detail.calendars[0].id));
    assert_eq!(reason.message, "Ada is busy in the calendar Ada's life");

    // Without the connection, nothing is known of it.
    disconnect(
        &world.ctx,
        world.account,
        &admin(),
        detail.connection.id,
        Copies::Keep,
    )
    .await
    .unwrap();
    assert_eq!(world.starts(&call).await.len(), 8);
    assert_eq!(world.mirrored().await, 0);
}

#[testkit::db_test]
async fn a_feed_that_fails_keeps_what_was_known_and_tells_once(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let feed = Feed::start(&[&event("a", 10, 11)]).await;
    let id = connected(&world, &ada, &feed).await.connection.id;
    let free = world.starts(&call).await;
    assert_eq!(free.len(), 7);

    // A hiccup is not worth a mail; a third one is, once.
    for (round, status) in [500, 404, 200].into_iter().enumerate() {
        match status {
            // An error page with a good status is no empty calendar.
            200 => *feed.answer.lock().unwrap() = (200, "<html>Sign in</html>".to_owned()),
            status => feed.fails(status),
        }
        db.clock().advance(std::time::Duration::from_hours(1));
        world.work().await;
        let one = world.connection(id).await.connection;
        assert_eq!(one.failures, round as i64 + 1, "{one:?}");
        assert_eq!(one.state == State::Broken, round == 2, "{one:?}");
        assert!(one.fault.is_some());
        assert_eq!(world.starts(&call).await.len(), 7);
    }
    assert_eq!(world.alerts().await, 1);
    for _ in 0..3 {
        db.clock().advance(std::time::Duration::from_hours(1));
        world.work().await;
    }
    assert_eq!(world.alerts().await, 1);
    assert_eq!(world.starts(&call).await.len(), 7);

    // It is well again; and the next outage is another one.
    feed.says(&[]);
    db.clock().advance(std::time::Duration::from_hours(1));
    world.work().await;
    let one = world.connection(id).await.connection;
    assert_eq!((one.state, one.failures), (State::Ok, 0));
    assert_eq!((one.fault, one.broken_since), (None, None));
    assert_eq!(world.starts(&call).await.len(), 8);
    feed.fails(401);
    world.later(&db).await;
    assert_eq!(world.alerts().await, 2);
}

#[testkit::db_test]
async fn who_wants_to_be_offered_on_good_grounds_only_is_not_offered_on_others(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let feed = Feed::start(&[]).await;
    let new = feed.to_connect(WhenUnreachable::StopOffering);
    let id = world.connect(&ada, new).await.connection.id;
    world.work().await;
    assert_eq!(world.starts(&call).await.len(), 8);
    // It is noticed at the latest when somebody books.
    feed.fails(503);
    let refused = world
        .try_book(&call, tuesday("10:00"), "grace@example.com")
        .await
        .unwrap_err();
    assert_eq!(refused.code, "slot_taken");
    assert!(refused.reasons[0].message.contains("cannot be read"));
    assert!(world.starts(&call).await.is_empty());
    assert_eq!(world.connection(id).await.connection.state, State::Broken);
    feed.says(&[&event("a", 10, 11)]);
    world.later(&db).await;
    assert_eq!(world.starts(&call).await.len(), 7);
}

#[testkit::db_test]
async fn what_came_into_a_calendar_a_moment_ago_is_seen_before_something_is_booked(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let bob = world.host("Bob").await;
    let alone = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let members = json!([
        {"host_id": ada.id, "part": "rotating"},
        {"host_id": bob.id, "part": "rotating"},
    ]);
    let settings = json!({"durations": [60], "mode": "round_robin"});
    let either = world.event_type_of(members, settings).await;
    let feed = Feed::start(&[]).await;
    connected(&world, &ada, &feed).await;
    feed.says(&[&event("a", 10, 11), &event("b", 14, 15)]);
    // Nobody has read it yet, so it looks free.
    assert!(world.starts(&alone).await.contains(&"10:00".to_owned()));
    let refused = world
        .try_book(&alone, tuesday("10:00"), "grace@example.com")
        .await
        .unwrap_err();
    assert_eq!(refused.code, "slot_taken");
    assert_eq!(refused.reasons[0].host_id, Some(ada.id));
    assert_eq!(refused.next[0].start, tuesday("11:00"));
    assert_eq!(world.check_claims().await, 0);
    // Where hosts take turns, the one who is free hosts.
    let booking = world
        .book(&either, tuesday("14:00"), "hedy@example.com")
        .await;
    assert_eq!(booking.host_ids, [bob.id]);
    // A move is a booking, too.
    let booking = world
        .book(&alone, tuesday("12:00"), "grace@example.com")
        .await;
    feed.says(&[&event("c", 15, 16)]);
    let refused = world.move_to(booking.id, tuesday("15:00")).await;
    assert_eq!(refused.unwrap_err().code, "slot_taken");
    // Who does not answer keeps nobody from what was known last.
    feed.fails(500);
    world.move_to(booking.id, tuesday("16:00")).await.unwrap();
}

/// The code and the words of a conflict.
fn conflict<T: std::fmt::Debug>(outcome: kernel::Result<T>) -> (&'static str, String) {
    match outcome {
        Err(Error::Conflict { code, message }) => (code, message),
        other => panic!("{other:?}"),
    }
}

#[testkit::db_test]
async fn nobody_is_given_a_booking_at_a_time_that_their_calendar_has_just_taken(db: TestDb) {
    let world = world(&db).await;
    let (ada, bob) = (world.host("Ada").await, world.host("Bob").await);
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let feed = Feed::start(&[]).await;
    connected(&world, &bob, &feed).await;
    let (ctx, account, by) = (&world.ctx, world.account, &world.by);
    let at_ten = world.book(&call, tuesday("10:00"), "a@example.com").await;
    let at_one = world.book(&call, tuesday("13:00"), "b@example.com").await;
    // Nobody has read it yet; what ends when the booking begins is in nobody's way.
    feed.says(&[&event("a", 9, 10), &event("b", 10, 11)]);
    let to_bob = async |id| reassign(ctx, account, by, id, None, bob.id).await;
    assert_eq!(
        conflict(to_bob(at_ten.id).await),
        (
            "slot_taken",
            "Bob is busy in the calendar Ada's life".to_owned()
        )
    );
    let kept = crate::bookings::get(ctx, account, at_ten.id).await.unwrap();
    assert_eq!(kept.booking.host_ids, [ada.id]);
    // Who does not answer keeps nobody from what was known last.
    feed.fails(500);
    assert_eq!(to_bob(at_one.id).await.unwrap().host_ids, [bob.id]);
    assert_eq!(conflict(to_bob(at_ten.id).await).0, "slot_taken");
    // The calendar of who gives it away is not asked.
    let asked = feed.asked();
    let back = reassign(ctx, account, by, at_one.id, None, ada.id).await;
    assert_eq!(back.unwrap().host_ids, [ada.id]);
    assert_eq!(feed.asked(), asked);
}

#[testkit::db_test]
async fn nothing_is_confirmed_at_a_time_that_a_calendar_has_just_taken(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let settings = json!({"durations": [60], "needs_approval": true, "pending_hours": 24});
    let call = world.event_type(&[&ada], settings).await;
    let feed = Feed::start(&[]).await;
    connected(&world, &ada, &feed).await;
    let (ctx, account, by) = (&world.ctx, world.account, &world.by);
    let at_ten = world.book(&call, tuesday("10:00"), "a@example.com").await;
    let at_one = world.book(&call, tuesday("13:00"), "b@example.com").await;
    feed.says(&[&event("a", 9, 10), &event("b", 10, 11)]);
    let busy = "Ada is busy in the calendar Ada's life; move the booking or decline it";
    let refused = confirm(ctx, account, by, at_ten.id).await;
    assert_eq!(conflict(refused), ("slot_taken", busy.to_owned()));
    feed.fails(500);
    confirm(ctx, account, by, at_one.id).await.unwrap();
    // What is taken out there again stands in the way no more once it is read, though the feed says what it said at first.
    feed.says(&[]);
    world.later(&db).await;
    let confirmed = confirm(ctx, account, by, at_ten.id).await.unwrap();
    assert_eq!(confirmed.status, crate::bookings::Status::Confirmed);
    // Others have seats in a meeting, so it takes place; its calendar is not asked.
    let seats = json!({"durations": [60], "needs_approval": true, "capacity": 5});
    let class = world.event_type(&[&ada], seats).await;
    let seat = world.book(&class, tuesday("15:00"), "c@example.com").await;
    feed.says(&[&event("c", 15, 16)]);
    let asked = feed.asked();
    confirm(ctx, account, by, seat.id).await.unwrap();
    assert_eq!(feed.asked(), asked);
}

#[testkit::db_test]
async fn who_wants_to_be_offered_on_good_grounds_only_gets_nothing_confirmed_on_others(db: TestDb) {
    let world = world(&db).await;
    let (ada, bob) = (world.host("Ada").await, world.host("Bob").await);
    let settings = json!({"durations": [60], "needs_approval": true});
    let of_ada = world.event_type(&[&ada], settings.clone()).await;
    let of_bob = world.event_type(&[&bob], settings).await;
    let feed = Feed::start(&[]).await;
    let new = feed.to_connect(WhenUnreachable::StopOffering);
    world.connect(&ada, new).await;
    world.work().await;
    let (ctx, account, by) = (&world.ctx, world.account, &world.by);
    let hers = world.book(&of_ada, tuesday("10:00"), "a@example.com").await;
    let his = world.book(&of_bob, tuesday("10:00"), "b@example.com").await;
    feed.fails(503);
    let unread = "Ada has the calendar Ada's life, which cannot be read";
    let refused = conflict(confirm(ctx, account, by, hers.id).await);
    assert_eq!(refused.0, "slot_taken");
    assert!(refused.1.starts_with(unread), "{refused:?}");
    let refused = reassign(ctx, account, by, his.id, None, ada.id).await;
    // She has a booking then, of which she is told first.
    assert!(conflict(refused).1.starts_with("Ada has something else"));
    world.move_to(his.id, tuesday("13:00")).await.unwrap();
    let refused = reassign(ctx, account, by, his.id, None, ada.id).await;
    assert_eq!(conflict(refused).1, unread);
}

#[testkit::db_test]
async fn what_comes_into_the_way_of_a_booking_is_noted_and_calls_nothing_off(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let feed = Feed::start(&[]).await;
    connected(&world, &ada, &feed).await;
    let booking = world
        .book(&call, tuesday("10:00"), "grace@example.com")
        .await;
    feed.says(&[&event("a", 10, 12)]);
    world.later(&db).await;
    assert_eq!(
        world.trail(booking.id).await,
        ["create", "conflict_in_calendar"]
    );
    // Once is enough, also when all of it is read again.
    db.clock().advance(std::time::Duration::from_hours(1));
    world.work().await;
    assert_eq!(world.trail(booking.id).await.len(), 2);
    let kept = crate::bookings::get(&world.ctx, world.account, booking.id)
        .await
        .unwrap();
    assert_eq!(kept.booking.status, crate::bookings::Status::Confirmed);

    // The invitation comes back in the calendar: it is ours, and takes no time twice.
    let uid = crate::calendars::model::uid_of(booking.id, "https://elsewhere.example.com");
    feed.says(&[&event(&uid, 10, 11), &event("booking-77@elsewhere", 15, 16)]);
    world.later(&db).await;
    assert_eq!(world.mirrored().await, 1);
    world.move_to(booking.id, tuesday("11:00")).await.unwrap();
    let starts = world.starts(&call).await;
    assert!(starts.contains(&"10:00".to_owned()), "{starts:?}");
    assert!(!starts.contains(&"15:00".to_owned()), "{starts:?}");
}

#[testkit::db_test]
async fn calendars_are_for_their_owner_and_for_admins(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let feed = Feed::start(&[&event("a", 10, 11)]).await;
    let detail = connected(&world, &ada, &feed).await;
    let (ctx, account) = (&world.ctx, world.account);
    let other = Who {
        user: UserId::from(8),
        admin: false,
        ..admin()
    };
    let owner = Who {
        user: ada.user_id,
        ..other.clone()
    };
    let range = (tuesday("00:00"), at("2026-05-06T00:00:00Z"));
    for (who, title) in [
        (&admin(), Some("Dentist")),
        (&owner, Some("Dentist")),
        (&other, None),
    ] {
        let times = busy_times(ctx, account, who, ada.id, range).await.unwrap();
        assert_eq!(times.len(), 1);
        assert_eq!(times[0].start, tuesday("10:00"));
        assert_eq!(times[0].title.as_deref(), title);
        assert_eq!(times[0].calendar_name.is_some(), title.is_some());
    }
    assert_eq!(
        list(ctx, account, &owner, ada.id).await.unwrap().data.len(),
        1
    );
    let forbidden = |outcome: kernel::Result<()>| {
        assert!(matches!(outcome, Err(Error::Forbidden(_))), "{outcome:?}");
    };
    let id = detail.connection.id;
    forbidden(list(ctx, account, &other, ada.id).await.map(drop));
    forbidden(service::get(ctx, account, &other, id).await.map(drop));
    forbidden(service::sync_now(ctx, account, &other, id).await.map(drop));
    forbidden(disconnect(ctx, account, &other, id, Copies::Keep).await);
    let new = feed.to_connect(WhenUnreachable::KeepOffering);
    forbidden(connect(ctx, account, &other, ada.id, new).await.map(drop));
}

#[testkit::db_test]
async fn what_is_wrong_with_an_address_is_told_by_its_field(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let feed = Feed::start(&[]).await;
    let fault = async |url: &str| {
        let new = NewConnection::Feed {
            url: url.to_owned(),
            name: None,
            when_unreachable: WhenUnreachable::KeepOffering,
        };
        match connect(&world.ctx, world.account, &admin(), ada.id, new).await {
            Err(Error::Invalid(faults)) => (faults[0].field.clone(), faults[0].message.clone()),
            other => panic!("{url}: {other:?}"),
        }
    };
    for url in [
        "",
        "ftp://example.com/a.ics",
        "http://10.1.2.3/a.ics",
        "http://[::1]:1/",
        "http://127.0.0.1:9/a.ics",
    ] {
        let (field, message) = fault(url).await;
        assert_eq!(field, "url", "{url}: {message}");
    }
    feed.fails(401);
    let (field, message) = fault(&format!("{}/a.ics", feed.server.url)).await;
    assert!(
        field == "url" && message.contains("secret address"),
        "{message}"
    );
    feed.fails(404);
    let (_, message) = fault(&format!("{}/a.ics", feed.server.url)).await;
    assert!(message.contains("no calendar"), "{message}");
    assert_eq!(
        list(&world.ctx, world.account, &admin(), ada.id)
            .await
            .unwrap()
            .data,
        []
    );
}
