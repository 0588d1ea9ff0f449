//! Who gets a booking.

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::TestDb;

use super::{World, actor, at, email, tuesday};
use crate::availability::{SlotQuery, slots};
use crate::bookings::{Booking, By, NewBooking, book, get};
use crate::holds::{NewHold, hold};
use crate::hosts::{self, HostPatch};

#[testkit::db_test]
async fn hosts_take_turns_and_the_trail_says_why(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let (ada, bob, cyd) = (
        world.host("Ada").await,
        world.host("Bob").await,
        world.host("Cyd").await,
    );
    let members = json!([
        {"host_id": cyd.id, "part": "fixed"},
        {"host_id": ada.id, "part": "rotating"},
        {"host_id": bob.id, "part": "rotating"},
    ]);
    let settings = json!({"durations": [60], "mode": "round_robin"});
    let team = world.event_type_of(members, settings).await;
    let mut chosen = Vec::new();
    for hour in ["09:00", "10:00", "11:00", "12:00"] {
        db.clock().advance(Duration::from_secs(1));
        let booking = world.book(&team, tuesday(hour), "a@example.com").await;
        assert_eq!(booking.host_ids[0], cyd.id);
        chosen.push(booking.host_ids[1]);
        let detail = get(ctx, world.account, booking.id).await.unwrap();
        let by = &detail.trail[0].detail["chosen"][0]["by"];
        assert_eq!(by, "least_recently_booked");
    }
    assert_eq!(chosen, [ada.id, bob.id, ada.id, bob.id]);
    // Who is disabled gets nothing, and a fixed one who is leaves nothing.
    let off = HostPatch {
        enabled: Some(false),
        ..HostPatch::default()
    };
    hosts::update(ctx, world.account, &actor(), ada.id, off.clone())
        .await
        .unwrap();
    for hour in ["13:00", "14:00"] {
        let booking = world.book(&team, tuesday(hour), "a@example.com").await;
        assert_eq!(booking.host_ids[1], bob.id);
    }
    hosts::update(ctx, world.account, &actor(), cyd.id, off)
        .await
        .unwrap();
    assert!(world.starts(&team).await.is_empty());
}

#[testkit::db_test]
async fn a_moved_booking_keeps_its_host_if_they_are_free(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let (ada, bob) = (world.host("Ada").await, world.host("Bob").await);
    let members = json!([
        {"host_id": ada.id, "part": "rotating"},
        {"host_id": bob.id, "part": "rotating"},
    ]);
    let settings = json!({"durations": [60], "mode": "round_robin"});
    let team = world.event_type_of(members, settings).await;
    let of_ada = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let booking = world.book(&team, tuesday("10:00"), "a@example.com").await;
    assert_eq!(booking.host_ids, [ada.id]);
    let moved = world.move_to(booking.id, tuesday("11:00")).await.unwrap();
    assert_eq!(moved.host_ids, [ada.id]);
    world.book(&of_ada, tuesday("14:00"), "b@example.com").await;
    let moved = world.move_to(booking.id, tuesday("14:00")).await.unwrap();
    assert_eq!(moved.host_ids, [bob.id]);
    world.check_claims().await;
}

#[testkit::db_test]
async fn who_books_with_a_known_address_gets_the_host_who_owns_it_if_they_are_free(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let (ctx, account) = (&world.ctx, world.account);
    let (ada, bob, cyd) = (
        world.host("Ada").await,
        world.host("Bob").await,
        world.host("Cyd").await,
    );
    let members = json!([
        {"host_id": cyd.id, "part": "fixed"},
        {"host_id": ada.id, "part": "rotating"},
        {"host_id": bob.id, "part": "rotating"},
    ]);
    let settings =
        |prefer: bool| json!({"durations": [60], "mode": "round_robin", "prefer_owner": prefer});
    let team = world.event_type_of(members.clone(), settings(true)).await;
    let plain = world.event_type_of(members, settings(false)).await;
    let of_bob = world.event_type(&[&bob], json!({"durations": [60]})).await;
    let rotating = |booking: &Booking| booking.host_ids[1];
    // Grace is known, and belongs to Bob; it is his turn least.
    let first = world.book(&team, tuesday("09:00"), "grace@x.example").await;
    assert_eq!(rotating(&first), ada.id, "she belongs to nobody yet");
    let mut tx = ctx.write().await.unwrap();
    tx.query("update subscriber set owner_id = $3 where account_id = $1 and id = $2")
        .bind(account)
        .bind(first.subscriber_id.unwrap())
        .bind(bob.user_id)
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for hour in ["10:00", "11:00"] {
        db.clock().advance(Duration::from_secs(1));
        let booking = world.book(&team, tuesday(hour), "Grace@X.example").await;
        assert_eq!(rotating(&booking), bob.id);
        let detail = get(ctx, account, booking.id).await.unwrap();
        assert_eq!(detail.trail[0].detail["chosen"][0]["by"], "owner");
    }
    // What is offered is the same for everybody, whoever asks.
    let starts = async |who: Option<&str>| {
        let query = SlotQuery {
            email: who.map(email),
            ..SlotQuery::new(tuesday("00:00"), tuesday("23:00"))
        };
        let slots = slots(ctx, account, team.id, &query).await.unwrap();
        serde_json::to_value(slots).unwrap()
    };
    assert_eq!(starts(Some("grace@x.example")).await, starts(None).await);
    // A time that was kept while nobody knew who comes is theirs with Bob, too.
    db.clock().advance(Duration::from_secs(1));
    let keep = async |start: &str| {
        let wish = NewHold {
            start: tuesday(start),
            minutes: None,
            seats: 1,
            host: None,
            visitor: start.to_owned(),
            source: "s".to_owned(),
        };
        hold(ctx, account, team.id, wish).await.unwrap().unwrap()
    };
    let with_hold = async |start: &str| {
        let held = keep(start).await;
        assert_eq!(held.host_ids[1], ada.id);
        let wish = NewBooking {
            hold: Some(held.token),
            ..World::wish(team.id, tuesday(start), "grace@x.example")
        };
        let booked = book(ctx, account, &By::Invitee, wish).await.unwrap();
        booked.unwrap().booking
    };
    assert_eq!(rotating(&with_hold("12:00").await), bob.id);
    db.clock().advance(Duration::from_secs(1));
    // Who is not free hosts nothing, and the start is booked with somebody else.
    world.book(&of_bob, tuesday("13:00"), "b@x.example").await;
    world.book(&of_bob, tuesday("14:00"), "b@x.example").await;
    assert_eq!(rotating(&with_hold("13:00").await), ada.id);
    let booking = world.book(&team, tuesday("14:00"), "grace@x.example").await;
    assert_eq!(rotating(&booking), ada.id);
    // Others take turns, who asks for somebody gets them, and other event types do not care.
    let booking = world.book(&team, tuesday("15:00"), "new@x.example").await;
    assert_eq!(rotating(&booking), bob.id, "Ada was booked last");
    db.clock().advance(Duration::from_secs(1));
    let wish = NewBooking {
        host: Some(ada.id),
        ..World::wish(team.id, tuesday("16:00"), "grace@x.example")
    };
    let booked = book(ctx, account, &By::Invitee, wish).await.unwrap();
    assert_eq!(rotating(&booked.unwrap().booking), ada.id);
    let wednesday = at("2026-05-06T09:00:00Z");
    let booking = world.book(&plain, wednesday, "grace@x.example").await;
    assert_eq!(rotating(&booking), ada.id);
    world.check_claims().await;
}

/// The number of queries does not grow with the hosts; how long they take is printed, not judged.
#[testkit::db_test]
async fn slots_of_fifty_hosts_are_few_queries(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let ada = world.host("Ada").await;
    let mut tx = ctx.write().await.unwrap();
    for n in 0..49_i64 {
        tx.query(
            "insert into booking_host (account_id, id, user_id, slug, name, time_zone, schedule_id, enabled, created_at,
             updated_at) values ($1, $2, $3, $4, $4, 'UTC', $5, 1, 0, 0)",
        )
        .bind(world.account)
        .bind(1_000 + n)
        .bind(1_000 + n)
        .bind(format!("host-{n}"))
        .bind(ada.schedule_id.unwrap())
        .execute()
        .await
        .unwrap();
        for day in 0..20_i64 {
            let start = tuesday("09:00").as_micros() + day * 86_400_000_000 + n * 60_000_000;
            tx.query(
                "insert into booking_claim (account_id, id, host_id, kind, ref_id, start_at, end_at, before_minutes,
                 after_minutes, active) values ($1, $2, $3, 'booking', $2, $4, $5, 0, 0, 1)",
            )
            .bind(world.account)
            .bind(n * 100 + day)
            .bind(1_000 + n)
            .bind(start)
            .bind(start + 3_600_000_000)
            .execute()
            .await
            .unwrap();
        }
    }
    tx.commit().await.unwrap();
    let mut members = vec![json!({"host_id": ada.id, "part": "rotating"})];
    members
        .extend((0..49).map(|n| json!({"host_id": (1_000 + n).to_string(), "part": "rotating"})));
    let settings = json!({"mode": "round_robin", "window": {"kind": "always"}});
    let team = world.event_type_of(json!(members), settings).await;
    let query = crate::availability::SlotQuery::new(
        tuesday("00:00"),
        tuesday("00:00") + Duration::from_hours(31 * 24),
    );
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let began = Instant::now();
        let slots = crate::availability::slots(ctx, world.account, team.id, &query)
            .await
            .unwrap();
        fastest = fastest.min(began.elapsed());
        let all: usize = slots.days.iter().map(|day| day.slots.len()).sum();
        assert_eq!(all, 23 * 16);
        // Everybody but those who are booked before half past nine.
        let first = &slots.days[0].slots[0];
        assert_eq!((first.host_ids.len(), first.host_ids[0]), (20, ada.id));
    }
    println!("slots of 50 hosts over 31 days: {fastest:?}");
    // One after the other, so that what is measured is the work and not the wait.
    let (mut booked, mut refused) = (Vec::new(), Vec::new());
    for n in 0..100_u64 {
        let start = tuesday("11:00") + Duration::from_mins(30 * (n % 10));
        let began = Instant::now();
        let outcome = world
            .try_book(&team, start, &format!("p{n}@example.com"))
            .await;
        booked.push(began.elapsed());
        outcome.unwrap_or_else(|refused| panic!("{refused:?}"));
        let began = Instant::now();
        let outcome = world
            .try_book(&team, start + Duration::from_mins(1), "x@example.com")
            .await;
        refused.push(began.elapsed());
        assert_eq!(outcome.unwrap_err().next.len(), 5);
    }
    for (what, mut times) in [("a booking", booked), ("a refusal", refused)] {
        times.sort_unstable();
        println!(
            "{what} with 50 hosts: p50 {:?}, p99 {:?}",
            times[49], times[98]
        );
    }
    world.check_claims().await;
}
