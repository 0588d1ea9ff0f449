//! What happens while a calendar is being asked, and what is done again because nobody knows whether it was done.

use std::sync::Arc;
use std::time::Duration;

use ctx::Site;
use serde_json::{Value, json};
use testkit::TestDb;
use testkit::calendars::Door;
use testkit::calendars::http::{Answer, Server};
use testkit::calendars::microsoft::Microsoft;

use super::feeds::{Feed, calendar, connected, event};
use super::services::{ANN, google, microsoft, registered, sign_in, signed_in};
use super::{MINUTE, admin, world};
use crate::bookings::{Booking, By, cancel};
use crate::calendars::model::{Calendar, Copy, CopyState, Kind, State, WhenUnreachable};
use crate::calendars::remote;
use crate::calendars::service::{self, ConnectionPatch, Copies, Detail, NewConnection, copies_of};
use crate::calendars::store::{self, copies};
use crate::calendars::sync::{self, Reader};
use crate::hosts::Host;
use crate::tests::{World, tuesday};

/// The copies that stand in a calendar of a fake, by when they begin.
fn starts(events: &[Value]) -> Vec<String> {
    let copies = events.iter().filter(|it| {
        let title = it["summary"].as_str().or(it["subject"].as_str());
        title.is_some_and(|it| it.starts_with("Intro call"))
    });
    copies
        .map(|it| it["start"]["dateTime"].as_str().unwrap()[..16].to_owned())
        .collect()
}

/// Waits until something has come to pass elsewhere.
async fn until(what: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it has not come to pass");
}

impl World {
    /// Ada has signed in at a service, and is booked on Tuesday at one.
    async fn booked(&self, kind: Kind, service: &Door) -> (Host, Detail, Booking) {
        let ada = self.host("Ada").await;
        let call = self.event_type(&[&ada], json!({"durations": [60]})).await;
        let detail = signed_in(self, &ada, kind, service).await;
        let booking = self
            .book(&call, tuesday("13:00"), "grace@example.com")
            .await;
        (ada, detail, booking)
    }

    async fn cancel(&self, booking: crate::BookingId) {
        cancel(&self.ctx, self.account, &By::Invitee, booking, None)
            .await
            .unwrap();
    }

    async fn copy_state(&self, booking: crate::BookingId) -> Option<CopyState> {
        let copies = copies_of(&self.ctx, self.account, booking).await.unwrap();
        copies.first().map(|it| it.state)
    }
}

#[testkit::db_test]
async fn what_is_cancelled_while_it_is_put_into_a_calendar_does_not_stay_there(db: TestDb) {
    let (world, service) = google(&db).await;
    let (_, _, booking) = world.booked(Kind::Google, &service).await;
    let held = service.server().hold_answers().await;
    let meanwhile = async {
        until(|| !starts(&service.events(ANN)).is_empty()).await;
        assert_eq!(world.copy_state(booking.id).await, Some(CopyState::Pending));
        world.cancel(booking.id).await;
        // Another one of us does what is due.
        let later = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            drop(held);
        };
        tokio::join!(world.work(), later);
    };
    tokio::join!(world.work(), meanwhile);
    world.work().await;
    assert_eq!(starts(&service.events(ANN)), [] as [String; 0]);
    assert_eq!(world.copy_state(booking.id).await, None);
}

#[testkit::db_test]
async fn what_is_moved_while_it_is_put_into_a_calendar_stands_there_at_its_new_time(db: TestDb) {
    let (world, service) = google(&db).await;
    let (_, _, booking) = world.booked(Kind::Google, &service).await;
    let held = service.server().hold_answers().await;
    let meanwhile = async {
        until(|| !starts(&service.events(ANN)).is_empty()).await;
        world.move_to(booking.id, tuesday("15:00")).await.unwrap();
        let later = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            drop(held);
        };
        tokio::join!(world.work(), later);
    };
    tokio::join!(world.work(), meanwhile);
    world.work().await;
    assert_eq!(starts(&service.events(ANN)), ["2026-05-05T15:00"]);
    assert_eq!(world.copy_state(booking.id).await, Some(CopyState::Written));
}

#[testkit::db_test]
async fn a_copy_of_which_nobody_heard_is_found_and_taken_out(db: TestDb) {
    let (world, service) = google(&db).await;
    let (_, _, booking) = world.booked(Kind::Google, &service).await;
    service.server().lose_answers(1);
    world.work().await;
    assert_eq!(starts(&service.events(ANN)).len(), 1);
    world.cancel(booking.id).await;
    world.work().await;
    assert_eq!(starts(&service.events(ANN)), [] as [String; 0]);
}

#[testkit::db_test]
async fn a_copy_of_which_nobody_heard_is_moved_with_its_booking(db: TestDb) {
    let (world, service) = microsoft(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let detail = signed_in(&world, &ada, Kind::Microsoft, &service).await;
    let own = detail.calendars.iter().find(|it| it.primary).unwrap();
    let booking = world
        .book(&call, tuesday("13:00"), "grace@example.com")
        .await;
    service.server().lose_answers(1);
    world.work().await;
    world.move_to(booking.id, tuesday("15:00")).await.unwrap();
    world.work().await;
    db.clock().advance(Duration::from_mins(30));
    world.work().await;
    assert_eq!(
        starts(&service.events(&own.remote_id)),
        ["2026-05-05T15:00"]
    );
}

#[testkit::db_test]
async fn a_copy_that_cannot_be_taken_out_is_not_forgotten_for_another_calendar(db: TestDb) {
    let (world, service) = google(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    service.share_fully("team");
    let detail = signed_in(&world, &ada, Kind::Google, &service).await;
    let booking = world
        .book(&call, tuesday("13:00"), "grace@example.com")
        .await;
    world.work().await;
    assert_eq!(starts(&service.events(ANN)).len(), 1);
    // Another calendar receives from now on, and nobody is let in to take the copy out of the first one.
    let team = detail
        .calendars
        .iter()
        .find(|it| it.name == "Team")
        .unwrap();
    service.revoke();
    db.clock().advance(Duration::from_hours(1));
    world.use_for(&detail, team.id, (None, Some(true))).await;
    for _ in 0..24 {
        world.work().await;
        db.clock().advance(Duration::from_hours(1));
    }
    assert!(
        world
            .trail(booking.id)
            .await
            .contains(&"not_in_calendar".to_owned())
    );
    sign_in(&world, &ada, Kind::Google, &service).await;
    world.work().await;
    assert_eq!(starts(&service.events(ANN)), [] as [String; 0]);
    assert_eq!(starts(&service.events("team")), ["2026-05-05T13:00"]);
}

#[testkit::db_test]
async fn a_calendar_that_is_used_otherwise_while_it_is_read_is_read_once_more(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let feed = Feed::start(&[&event("a", 10, 11)]).await;
    let detail = connected(&world, &ada, &feed).await;
    let (id, ctx) = (detail.connection.id, &world.ctx);
    let load = async || Reader::load(ctx, world.account, id).await.unwrap().unwrap();
    let end = async |(reader, calendars): &(Reader, Vec<Calendar>)| {
        let mut tx = ctx.write().await.unwrap();
        let read = store::Read {
            token: Some("token"),
            whole: Some(("UTC", ctx.clock.now())),
            unreadable: 0,
            asked_at: reader.connection.sync_at,
        };
        let now = ctx.clock.now();
        store::finish_reading(&mut tx, world.account, &calendars[0], &read, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    let token = async || load().await.1.remove(0).sync_token;
    let patches = [
        // It blocks no more, so the rest of what is read is passed over.
        vec![Some(false)],
        // It did not for a while, so what was known before has been forgotten.
        vec![Some(true), Some(false), Some(true)],
    ];
    for patches in patches {
        let began = load().await;
        db.clock().advance(MINUTE);
        for blocks in patches {
            world.use_for(&detail, began.1[0].id, (blocks, None)).await;
        }
        end(&began).await;
        assert_eq!(token().await, None);
    }
    end(&load().await).await;
    assert_eq!(token().await.as_deref(), Some("token"));
    // Whoever is about to book finds something that a reading did not see.
    let began = load().await;
    db.clock().advance(MINUTE);
    feed.says(&[&event("b", 14, 15)]);
    let refused = world
        .try_book(&call, tuesday("14:00"), "grace@example.com")
        .await;
    assert!(refused.is_err());
    end(&began).await;
    assert_eq!(token().await, None);
}

#[testkit::db_test]
async fn what_no_database_keeps_is_cleaned_or_named_otherwise(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let long = "x".repeat(5_000);
    let names = ["nul\0", &long, "twice", "twice"];
    let hours = [9, 10, 12, 14];
    let events: Vec<String> = std::iter::zip(names, hours)
        .map(|(name, from)| event(name, from, from + 1).replace("Dentist", &format!("D\0{long}")))
        .collect();
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let feed = Feed::start(&events).await;
    let detail = connected(&world, &ada, &feed).await;
    let one = world.connection(detail.connection.id).await;
    assert_eq!(
        (one.connection.state, &one.connection.fault),
        (State::Ok, &None)
    );
    assert!(one.connection.synced_at.is_some());
    let starts = world.starts(&call).await;
    assert!(
        !starts.contains(&"09:00".to_owned()) && !starts.contains(&"10:00".to_owned()),
        "{starts:?}"
    );
    // What was known goes when it is not said any more, and a booking is not hindered.
    feed.says(&[&event("nul\0", 16, 17)]);
    world
        .book(&call, tuesday("11:00"), "grace@example.com")
        .await;
    world.later(&db).await;
    let starts = world.starts(&call).await;
    assert_eq!(
        starts,
        ["09:00", "10:00", "12:00", "13:00", "14:00", "15:00"]
    );
}

#[testkit::db_test]
async fn another_address_of_a_feed_is_another_feed(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    // Each numbers its states from one on.
    let numbered = async |text: String| {
        Server::start(move |_, call| {
            if call.header("if-none-match") == "\"1\"" {
                return Answer::nothing(304);
            }
            Answer::text(200, "text/calendar", text.clone()).header("ETag", "\"1\"".to_owned())
        })
        .await
    };
    let old = numbered(calendar(&[&event("a", 10, 11)])).await;
    let new = numbered(calendar(&[&event("b", 14, 15)])).await;
    let at = |server: &Server| format!("{}/secret.ics", server.url);
    let detail = world
        .connect(
            &ada,
            NewConnection::Feed {
                url: at(&old),
                name: None,
                when_unreachable: WhenUnreachable::KeepOffering,
            },
        )
        .await;
    world.work().await;
    assert!(!world.starts(&call).await.contains(&"10:00".to_owned()));
    let patch = ConnectionPatch {
        url: Some(at(&new)),
        ..ConnectionPatch::default()
    };
    service::update(
        &world.ctx,
        world.account,
        &admin(),
        detail.connection.id,
        patch,
    )
    .await
    .unwrap();
    world.work().await;
    let starts = [
        "09:00", "10:00", "11:00", "12:00", "13:00", "15:00", "16:00",
    ];
    assert_eq!(world.starts(&call).await, starts);
}

#[testkit::db_test]
async fn a_booking_does_not_wait_for_all_of_a_feed_to_be_taken_in(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let feed = Feed::start(&[]).await;
    connected(&world, &ada, &feed).await;
    feed.says(&[&event("a", 10, 11), &event("b", 14, 15)]);
    let refused = world
        .try_book(&call, tuesday("10:00"), "grace@example.com")
        .await;
    assert!(refused.is_err());
    assert_eq!(world.mirrored().await, 1);
    world.later(&db).await;
    assert_eq!(world.mirrored().await, 2);
}

#[testkit::db_test]
async fn what_was_asked_with_old_tokens_says_nothing_of_the_new_ones(db: TestDb) {
    let (world, service) = google(&db).await;
    let ada = world.host("Ada").await;
    let detail = signed_in(&world, &ada, Kind::Google, &service).await;
    let id = detail.connection.id;
    let ctx = &world.ctx;
    let load = async || {
        Reader::load(ctx, world.account, id)
            .await
            .unwrap()
            .unwrap()
            .0
    };
    // A reading is on its way, and somebody signs in again before it comes back.
    let reader = load().await;
    sign_in(&world, &ada, Kind::Google, &service).await;
    let fault = || calendars::Fault::Unauthorized("no".to_owned());
    sync::finish(ctx, &reader, Err(fault())).await.unwrap();
    let one = world.connection(id).await.connection;
    assert_eq!((one.state, one.failures), (State::Ok, 0));
    assert_eq!(one.sync_at, ctx.clock.now());
    // With those that are kept it does.
    sync::finish(ctx, &load().await, Err(fault()))
        .await
        .unwrap();
    assert_eq!(world.connection(id).await.connection.state, State::Broken);
}

#[testkit::db_test]
async fn tokens_that_are_renewed_twice_are_kept_twice(db: TestDb) {
    let (world, service) = microsoft(&db).await;
    let ada = world.host("Ada").await;
    let detail = signed_in(&world, &ada, Kind::Microsoft, &service).await;
    let ctx = &world.ctx;
    let kept = async || {
        let mut tx = ctx.read().await.unwrap();
        let found = store::find(&mut tx, world.account, detail.connection.id).await;
        found.unwrap().unwrap()
    };
    let connection = kept().await;
    let open = remote::open(ctx, &connection).unwrap();
    for _ in 0..2 {
        service.expire_access();
        open.list().await.unwrap();
        remote::keep(ctx, &connection, &open).await.unwrap();
    }
    let fresh = remote::open(ctx, &kept().await).unwrap();
    fresh.list().await.unwrap();
    assert_eq!(fresh.tokens_to_keep(), None);
}

#[testkit::db_test]
async fn whoever_lets_no_token_in_is_told_of_once_and_not_asked_without_end(db: TestDb) {
    let (world, service) = google(&db).await;
    let ada = world.host("Ada").await;
    let detail = signed_in(&world, &ada, Kind::Google, &service).await;
    service.deny(1_000);
    for _ in 0..3 {
        world.later(&db).await;
    }
    let one = world.connection(detail.connection.id).await.connection;
    assert_eq!(one.state, State::Broken, "{one:?}");
    assert_eq!(world.alerts().await, 1);
}

#[testkit::db_test]
async fn what_is_in_another_calendar_by_now_is_not_forgotten_with_the_first_one(db: TestDb) {
    let (world, service) = google(&db).await;
    let (ada, detail, booking) = world.booked(Kind::Google, &service).await;
    world.work().await;
    let ctx = &world.ctx;
    let all = async || {
        let mut tx = ctx.read().await.unwrap();
        copies::of_booking(&mut tx, world.account, booking.id)
            .await
            .unwrap()
    };
    let first = all().await.remove(0);
    let feed = Feed::start(&[]).await;
    let other = connected(&world, &ada, &feed).await.calendars[0].id;
    service::disconnect(
        ctx,
        world.account,
        &admin(),
        detail.connection.id,
        Copies::Remove,
    )
    .await
    .unwrap();
    let held = service.server().hold_answers().await;
    let second = Copy {
        calendar: other,
        ..first
    };
    let meanwhile = async {
        until(|| starts(&service.events(ANN)).is_empty()).await;
        let mut tx = ctx.write().await.unwrap();
        copies::set(&mut tx, world.account, &second).await.unwrap();
        tx.commit().await.unwrap();
        drop(held);
    };
    tokio::join!(world.work(), meanwhile);
    assert_eq!(all().await[0].calendar, other);
}

#[testkit::db_test]
async fn a_copy_that_failed_may_be_there_and_is_taken_out_with_the_others(db: TestDb) {
    let (world, service) = google(&db).await;
    let (_, detail, booking) = world.booked(Kind::Google, &service).await;
    service.server().lose_answers(1_000);
    for _ in 0..24 {
        world.work().await;
        db.clock().advance(Duration::from_hours(1));
    }
    assert_eq!(world.copy_state(booking.id).await, Some(CopyState::Failed));
    assert_eq!(starts(&service.events(ANN)).len(), 1);
    service.server().lose_answers(0);
    let (ctx, account) = (&world.ctx, world.account);
    service::disconnect(ctx, account, &admin(), detail.connection.id, Copies::Remove)
        .await
        .unwrap();
    world.work().await;
    assert_eq!(starts(&service.events(ANN)), [] as [String; 0]);
}

#[testkit::db_test]
async fn where_a_copy_may_be_is_known_until_it_is_known_where_it_is(db: TestDb) {
    let (world, service) = microsoft(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let detail = signed_in(&world, &ada, Kind::Microsoft, &service).await;
    let own = detail.calendars.iter().find(|it| it.primary).unwrap();
    let booking = world
        .book(&call, tuesday("13:00"), "grace@example.com")
        .await;
    service.server().lose_answers(1);
    world.work().await;
    // It is moved, and nobody is let in to move it there; and then it is cancelled.
    service.throttle(1, 600);
    world.move_to(booking.id, tuesday("15:00")).await.unwrap();
    world.work().await;
    assert_eq!(starts(&service.events(&own.remote_id)).len(), 1);
    world.cancel(booking.id).await;
    world.work().await;
    assert_eq!(starts(&service.events(&own.remote_id)), [] as [String; 0]);
}

#[testkit::db_test]
async fn what_no_calendar_took_goes_into_the_next_one_when_the_first_is_gone(db: TestDb) {
    let (mut world, first) = google(&db).await;
    let second = Microsoft::start(db.clock()).await;
    world.ctx.site = Arc::new(Site {
        microsoft: Some(registered(
            second.authorize_url(),
            second.token_url(),
            second.base(),
        )),
        ..Site::clone(&world.ctx.site)
    });
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let old = signed_in(&world, &ada, Kind::Google, &first).await;
    first.revoke();
    db.clock().advance(Duration::from_hours(1));
    world
        .book(&call, tuesday("15:00"), "grace@example.com")
        .await;
    let new = signed_in(&world, &ada, Kind::Microsoft, &second).await;
    for _ in 0..24 {
        world.work().await;
        db.clock().advance(Duration::from_hours(1));
    }
    let (ctx, account) = (&world.ctx, world.account);
    service::disconnect(ctx, account, &admin(), old.connection.id, Copies::Keep)
        .await
        .unwrap();
    world.work().await;
    let own = new.calendars.iter().find(|it| it.primary).unwrap();
    assert_eq!(starts(&second.events(&own.remote_id)), ["2026-05-05T15:00"]);
}

#[testkit::db_test]
async fn a_calendar_may_call_itself_anything(db: TestDb) {
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let server = Server::start(|_, _| {
        let text = calendar(&[]).replace("Ada's life", "A\0da\u{7}");
        Answer::text(200, "text/calendar", text)
    })
    .await;
    let new = NewConnection::Feed {
        url: format!("{}/secret.ics", server.url),
        name: None,
        when_unreachable: WhenUnreachable::KeepOffering,
    };
    assert_eq!(world.connect(&ada, new).await.connection.name, "Ada");
}
