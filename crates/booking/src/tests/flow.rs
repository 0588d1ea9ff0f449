//! What becomes of a booking.

use std::time::Duration;

use serde_json::json;
use testkit::TestDb;

use super::{World, actor, at, code, email, tuesday};
use crate::bookings::{
    self, By, ListQuery, NoShow, Status, SummaryQuery, cancel, complete, confirm, decline, get,
    get_by_token, list, no_show, reassign, summary, sweep, token_of,
};
use crate::holds::{NewHold, hold, release};
use crate::waiting::{self, NewWaiting};

const HOUR: Duration = Duration::from_hours(1);

#[testkit::db_test]
async fn a_booking_is_made_moved_and_called_off(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    assert_eq!(world.starts(&call).await.len(), 8);

    let booked = world
        .try_book(&call, tuesday("10:00"), "grace@example.com")
        .await;
    let booked = booked.unwrap();
    let booking = booked.booking;
    assert_eq!(booking.status, Status::Confirmed);
    assert_eq!(booking.host_ids, [ada.id]);
    assert!(!world.starts(&call).await.contains(&"10:00".to_owned()));
    // The same time again is somebody else's, and the next ones are told.
    let refused = world
        .try_book(&call, tuesday("10:00"), "x@example.com")
        .await
        .unwrap_err();
    assert_eq!(refused.code, "slot_taken");
    assert_eq!(refused.reasons[0].booking_id, Some(booking.id));
    assert_eq!(refused.next[0].start, tuesday("11:00"));

    // The person is there, and not twice when they come again.
    let person = booking.subscriber_id.unwrap();
    let again = world
        .book(&call, tuesday("12:00"), "GRACE@example.com")
        .await;
    assert_eq!(again.subscriber_id, Some(person));

    // By the link, and by no other.
    let found = get_by_token(ctx, &booked.token).await.unwrap().unwrap();
    assert_eq!(found.booking.id, booking.id);
    assert_eq!(token_of(ctx, &booking), booked.token);
    let mut other = booked.token.clone();
    other.replace_range(42..43, if other.ends_with('A') { "Q" } else { "A" });
    for token in [other.as_str(), "", "nonsense", &booked.token[..20]] {
        assert!(get_by_token(ctx, token).await.unwrap().is_none(), "{token}");
    }

    // It is moved: one id, a higher sequence, the old time free.
    let moved = world.move_to(booking.id, tuesday("14:00")).await.unwrap();
    assert_eq!((moved.id, moved.sequence), (booking.id, 1));
    let starts = world.starts(&call).await;
    assert!(starts.contains(&"10:00".to_owned()) && !starts.contains(&"14:00".to_owned()));
    // Where somebody else is it cannot go, and then it stays.
    let refused = world
        .move_to(booking.id, tuesday("12:00"))
        .await
        .unwrap_err();
    assert_eq!(refused.code, "slot_taken");
    assert!(!world.starts(&call).await.contains(&"14:00".to_owned()));
    // It does not stand in its own way.
    let by_half = world
        .event_type(&[&ada], json!({"durations": [60], "step_minutes": 30}))
        .await;
    let other = world
        .book(&by_half, tuesday("15:30"), "h@example.com")
        .await;
    world.move_to(other.id, tuesday("16:00")).await.unwrap();

    let off = cancel(
        ctx,
        world.account,
        &By::Invitee,
        booking.id,
        Some(" ill ".to_owned()),
    )
    .await
    .unwrap();
    assert_eq!(
        (off.status, off.reason.as_deref()),
        (Status::Cancelled, Some("ill"))
    );
    assert!(world.starts(&call).await.contains(&"14:00".to_owned()));
    let again = cancel(ctx, world.account, &By::Invitee, booking.id, None).await;
    assert_eq!(code(again), "booking_status");

    let detail = get(ctx, world.account, booking.id).await.unwrap();
    let trail: Vec<(&str, &str)> = detail
        .trail
        .iter()
        .map(|one| (one.action.as_str(), one.actor.as_str()))
        .collect();
    assert_eq!(
        trail,
        [
            ("create", "invitee"),
            ("reschedule", "user:7"),
            ("cancel", "invitee")
        ]
    );
    let events = world.events().await;
    assert_eq!(
        events[..2],
        ["booking.created".to_owned(), "booking.confirmed".to_owned()]
    );
    assert!(events.contains(&"booking.rescheduled".to_owned()));
    assert_eq!(events.last().unwrap(), "booking.cancelled");
    world.check_claims().await;
}

#[testkit::db_test]
async fn somebody_decides_or_time_does(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let ada = world.host("Ada").await;
    let settings = json!({"durations": [60], "needs_approval": true, "pending_hours": 20});
    let asked = world.event_type(&[&ada], settings).await;
    let first = world.book(&asked, tuesday("10:00"), "a@example.com").await;
    assert_eq!(first.status, Status::Pending);
    assert!(
        world
            .try_book(&asked, tuesday("10:00"), "b@example.com")
            .await
            .is_err()
    );
    let first = confirm(ctx, world.account, &world.by, first.id)
        .await
        .unwrap();
    assert_eq!((first.status, first.expires_at), (Status::Confirmed, None));
    let twice = confirm(ctx, world.account, &world.by, first.id).await;
    assert_eq!(code(twice), "booking_status");

    let second = world.book(&asked, tuesday("11:00"), "b@example.com").await;
    let second = decline(ctx, world.account, &world.by, second.id, None)
        .await
        .unwrap();
    assert_eq!(second.status, Status::Declined);
    assert!(world.starts(&asked).await.contains(&"11:00".to_owned()));

    // Nobody decides: the time is free at that moment, whether or not somebody sweeps.
    let third = world.book(&asked, tuesday("12:00"), "c@example.com").await;
    db.clock().advance(20 * HOUR);
    let late = confirm(ctx, world.account, &world.by, third.id).await;
    assert_eq!(code(late), "booking_expired");
    let fourth = world.book(&asked, tuesday("12:00"), "d@example.com").await;
    assert_eq!(sweep(ctx).await.unwrap(), 1);
    let third = get(ctx, world.account, third.id).await.unwrap().booking;
    assert_eq!(third.status, Status::Expired);
    assert_eq!(fourth.status, Status::Pending);
    confirm(ctx, world.account, &world.by, fourth.id)
        .await
        .unwrap();

    // Not before it begins.
    let early = no_show(ctx, world.account, &world.by, fourth.id, NoShow::Guest).await;
    assert_eq!(code(early), "too_early");
    assert_eq!(
        code(complete(ctx, world.account, &world.by, fourth.id).await),
        "too_early"
    );
    db.clock().advance(12 * HOUR);
    assert_eq!(sweep(ctx).await.unwrap(), 2);
    assert_eq!(sweep(ctx).await.unwrap(), 0);
    let missed = no_show(ctx, world.account, &world.by, fourth.id, NoShow::Guest).await;
    assert_eq!(missed.unwrap().status, Status::NoShow);
    let came = complete(ctx, world.account, &world.by, fourth.id)
        .await
        .unwrap();
    assert_eq!((came.status, came.no_show_by), (Status::Completed, None));
    let events = world.events().await;
    for kind in ["declined", "expired", "completed", "no_show"] {
        assert!(
            events.contains(&format!("booking.{kind}")),
            "{kind}: {events:?}"
        );
    }
    world.check_claims().await;
}

#[testkit::db_test]
async fn two_may_be_pending_where_that_is_wanted_and_one_is_confirmed(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let ada = world.host("Ada").await;
    let settings = json!({"durations": [60], "needs_approval": true, "pending_blocks": false});
    let asked = world.event_type(&[&ada], settings).await;
    let one = world.book(&asked, tuesday("10:00"), "a@example.com").await;
    let two = world.book(&asked, tuesday("10:00"), "b@example.com").await;
    confirm(ctx, world.account, &world.by, two.id)
        .await
        .unwrap();
    assert_eq!(
        code(confirm(ctx, world.account, &world.by, one.id).await),
        "slot_taken"
    );
    assert!(
        world
            .try_book(&asked, tuesday("10:00"), "c@example.com")
            .await
            .is_err()
    );
    assert_eq!(world.check_claims().await, 1);
}

#[testkit::db_test]
async fn a_hold_keeps_a_slot_for_one_visitor(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let other = world.event_type(&[&ada], json!({"durations": [30]})).await;
    let wish = |start, visitor: &str| NewHold {
        start,
        minutes: None,
        seats: 1,
        host: None,
        visitor: visitor.to_owned(),
        source: "192.0.2.1".to_owned(),
    };
    let keep = |start, visitor| hold(ctx, world.account, call.id, wish(start, visitor));
    let held = keep(tuesday("10:00"), "v1").await.unwrap().unwrap();
    assert_eq!(held.host_ids, [ada.id]);
    // Nobody else has it, of no event type of the host; whoever holds it has.
    assert!(keep(tuesday("10:00"), "v2").await.unwrap().is_err());
    assert!(
        world
            .try_book(&other, tuesday("10:30"), "x@example.com")
            .await
            .is_err()
    );
    let mut query =
        crate::availability::SlotQuery::new(tuesday("00:00"), at("2026-05-06T00:00:00Z"));
    query.hold = Some(held.token.clone());
    let own = crate::availability::slots(ctx, world.account, call.id, &query)
        .await
        .unwrap();
    assert!(
        own.days[0]
            .slots
            .iter()
            .any(|slot| slot.start == tuesday("10:00"))
    );
    // Again is another time, or longer; never two.
    let moved = keep(tuesday("11:00"), "v1").await.unwrap().unwrap();
    assert!(world.starts(&call).await.contains(&"10:00".to_owned()));
    assert_eq!(world.check_claims().await, 1);
    // What is refused leaves what there was.
    world.book(&call, tuesday("12:00"), "y@example.com").await;
    assert!(keep(tuesday("12:00"), "v1").await.unwrap().is_err());
    assert!(!world.starts(&call).await.contains(&"11:00".to_owned()));

    // It is booked with, once.
    let mut wanted = World::wish(call.id, tuesday("11:00"), "grace@example.com");
    wanted.hold = Some(moved.token.clone());
    let booked = bookings::book(ctx, world.account, &By::Invitee, wanted.clone()).await;
    let booked = booked.unwrap().unwrap();
    assert!(!booked.repeated);
    let again = bookings::book(ctx, world.account, &By::Invitee, wanted).await;
    let again = again.unwrap().unwrap();
    assert!(again.repeated && again.booking.id == booked.booking.id);
    assert!(!release(ctx, world.account, &moved.token).await.unwrap());

    // It ends by itself, and somebody else's booking says so.
    let third = keep(tuesday("14:00"), "v3").await.unwrap().unwrap();
    db.clock().advance(Duration::from_mins(10));
    world.book(&other, tuesday("14:30"), "z@example.com").await;
    let mut late = World::wish(call.id, tuesday("14:00"), "late@example.com");
    late.hold = Some(third.token);
    let refused = bookings::book(ctx, world.account, &By::Invitee, late).await;
    assert_eq!(refused.unwrap().unwrap_err().code, "hold_expired");

    // Given back.
    let fourth = keep(tuesday("16:00"), "v4").await.unwrap().unwrap();
    assert!(release(ctx, world.account, &fourth.token).await.unwrap());
    assert!(world.starts(&call).await.contains(&"16:00".to_owned()));
    assert!(crate::holds::sweep(ctx, 100).await.unwrap() <= 1);
    world.check_claims().await;
}

#[testkit::db_test]
async fn nobody_holds_a_whole_calendar(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let mut kept = 0;
    for hour in 9..17 {
        let wish = NewHold {
            start: tuesday(&format!("{hour:02}:00")),
            minutes: None,
            seats: 1,
            host: None,
            visitor: format!("visitor {hour}"),
            source: "192.0.2.1".to_owned(),
        };
        match hold(&world.ctx, world.account, call.id, wish).await {
            Ok(Ok(_)) => kept += 1,
            Err(kernel::Error::RateLimited { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(kept, 6);
}

#[testkit::db_test]
async fn invitees_change_their_minds_in_time(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let ada = world.host("Ada").await;
    let settings = json!({
        "durations": [60], "cancel_notice_minutes": 1440, "reschedule_notice_minutes": 60,
    });
    let call = world.event_type(&[&ada], settings).await;
    let booking = world.book(&call, tuesday("09:00"), "a@example.com").await;
    let late = cancel(ctx, world.account, &By::Invitee, booking.id, None).await;
    assert_eq!(code(late), "too_late");
    let to = bookings::Move {
        start: tuesday("15:00"),
        minutes: None,
        host: None,
        reason: None,
    };
    let moved =
        bookings::reschedule(ctx, world.account, &By::Invitee, booking.id, to.clone()).await;
    assert!(moved.unwrap().is_ok());
    let same = bookings::reschedule(ctx, world.account, &By::Invitee, booking.id, to).await;
    assert_eq!(code(same), "same_time");
    // Who works here may.
    cancel(ctx, world.account, &world.by, booking.id, None)
        .await
        .unwrap();
}

#[testkit::db_test]
async fn another_host_takes_over_if_they_are_free(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let (ada, bob) = (world.host("Ada").await, world.host("Bob").await);
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let of_bob = world.event_type(&[&bob], json!({"durations": [60]})).await;
    let booking = world.book(&call, tuesday("10:00"), "a@example.com").await;
    let bobs = world.book(&of_bob, tuesday("10:00"), "b@example.com").await;
    let busy = reassign(ctx, world.account, &world.by, booking.id, None, bob.id).await;
    assert_eq!(code(busy), "slot_taken");
    cancel(ctx, world.account, &world.by, bobs.id, None)
        .await
        .unwrap();
    let given = reassign(ctx, world.account, &world.by, booking.id, None, bob.id).await;
    assert_eq!(given.unwrap().host_ids, [bob.id]);
    assert!(world.starts(&call).await.contains(&"10:00".to_owned()));
    assert!(!world.starts(&of_bob).await.contains(&"10:00".to_owned()));
    let held = crate::hosts::delete(ctx, world.account, &actor(), bob.id).await;
    assert_eq!(code(held), "host_has_bookings");
    world.check_claims().await;
}

#[testkit::db_test]
async fn who_waits_is_told_of_a_free_place_once(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let ada = world.host("Ada").await;
    let settings = json!({"durations": [60], "waiting_list": true});
    let call = world.event_type(&[&ada], settings).await;
    let join = |who: &str, from| NewWaiting {
        name: "Grace".to_owned(),
        email: email(who),
        time_zone: None,
        language: None,
        from,
        until: None,
        minutes: None,
        seats: None,
    };
    // The first would come on Wednesday only.
    let first = join("first@example.com", Some(at("2026-05-06T00:00:00Z")));
    waiting::join(ctx, world.account, call.id, "invitee", first)
        .await
        .unwrap();
    let second = join("second@example.com", None);
    let second = waiting::join(ctx, world.account, call.id, "invitee", second)
        .await
        .unwrap();
    let again = join("second@example.com", None);
    let again = waiting::join(ctx, world.account, call.id, "invitee", again)
        .await
        .unwrap();
    assert_eq!(again.id, second.id);
    for _ in 0..2 {
        let booking = world.book(&call, tuesday("10:00"), "a@example.com").await;
        cancel(ctx, world.account, &world.by, booking.id, None)
            .await
            .unwrap();
    }
    let told = world.events().await;
    assert_eq!(
        told.iter().filter(|it| *it == "booking.place_free").count(),
        1
    );
    let list = waiting::list(ctx, world.account, call.id, None, kernel::Limit::default()).await;
    let told: Vec<bool> = list
        .unwrap()
        .data
        .iter()
        .map(|one| one.told_at.is_some())
        .collect();
    assert_eq!(told, [false, true]);
}

#[testkit::db_test]
async fn bookings_are_listed_and_counted(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let (ada, bob) = (world.host("Ada").await, world.host("Bob").await);
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let talk = world.event_type(&[&bob], json!({"durations": [30]})).await;
    let mut ids = Vec::new();
    for hour in ["09:00", "10:00", "11:00"] {
        ids.push(world.book(&call, tuesday(hour), "a@example.com").await.id);
    }
    let talk_id = world
        .book(&talk, tuesday("09:30"), "b@example.com")
        .await
        .id;
    cancel(ctx, world.account, &world.by, ids[2], None)
        .await
        .unwrap();

    let mut query = ListQuery {
        limit: kernel::Limit::try_new(2).unwrap(),
        ..ListQuery::default()
    };
    let page = list(ctx, world.account, &query).await.unwrap();
    let found: Vec<_> = page.data.iter().map(|one| one.id).collect();
    assert_eq!(found, [ids[0], talk_id]);
    query.cursor = Some(kernel::Cursor::decode(&page.next_cursor.unwrap()).unwrap());
    let page = list(ctx, world.account, &query).await.unwrap();
    let found: Vec<_> = page.data.iter().map(|one| one.id).collect();
    assert_eq!((found.as_slice(), page.next_cursor), (&ids[1..], None));
    for (query, expected) in [
        (
            ListQuery {
                host: Some(bob.id),
                ..ListQuery::default()
            },
            vec![talk_id],
        ),
        (
            ListQuery {
                statuses: vec![Status::Cancelled],
                ..ListQuery::default()
            },
            vec![ids[2]],
        ),
        (
            ListQuery {
                event_type: Some(call.id),
                descending: true,
                ..ListQuery::default()
            },
            vec![ids[2], ids[1], ids[0]],
        ),
        (
            ListQuery {
                from: Some(tuesday("10:00")),
                until: Some(tuesday("11:00")),
                ..ListQuery::default()
            },
            vec![ids[1]],
        ),
    ] {
        let page = list(ctx, world.account, &query).await.unwrap();
        let found: Vec<_> = page.data.iter().map(|one| one.id).collect();
        assert_eq!(found, expected, "{query:?}");
    }
    let numbers = SummaryQuery {
        from: tuesday("00:00"),
        until: at("2026-05-06T00:00:00Z"),
        time_zone: None,
    };
    let numbers = summary(ctx, world.account, &numbers).await.unwrap();
    let statuses: Vec<_> = numbers
        .statuses
        .iter()
        .map(|one| (one.status, one.count))
        .collect();
    assert_eq!(statuses, [(Status::Confirmed, 3), (Status::Cancelled, 1)]);
    let of_call = &numbers.event_types[0];
    assert_eq!(
        (
            of_call.count,
            of_call.kept,
            of_call.cancelled,
            of_call.minutes
        ),
        (3, 2, 1, 120)
    );
    assert_eq!(numbers.hosts.len(), 2);
    assert_eq!((numbers.dates[0].kept, numbers.dates[0].lost), (3, 1));
}
