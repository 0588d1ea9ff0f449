//! Many want the same: one gets it, and nobody is anywhere twice.

use std::time::Duration;

use ctx::Ctx;
use futures_util::future::join_all;
use serde_json::json;
use testkit::TestDb;

use super::{World, tuesday};
use crate::bookings::{By, Status, book, cancel, confirm};
use crate::claims::{self, Refused};
use crate::event_types::EventType;
use crate::holds::{NewHold, hold};

/// Books for a client through a node; whether it was them.
async fn try_through(
    node: &Ctx,
    world: &World,
    event_type: &EventType,
    minute: u32,
    who: usize,
) -> Result<(), Refused> {
    let start = tuesday(&format!("{:02}:{:02}", minute / 60, minute % 60));
    let wish = World::wish(event_type.id, start, &format!("client{who}@example.com"));
    book(node, world.account, &By::Invitee, wish)
        .await
        .unwrap()
        .map(|_| ())
}

fn winners(outcomes: &[Result<(), Refused>]) -> usize {
    outcomes.iter().filter(|it| it.is_ok()).count()
}

#[testkit::db_test]
async fn two_hundred_clients_want_one_slot(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let other = db.another_node().await;
    let nodes = [&world.ctx, &other];
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let clients = (0..200).map(|i| try_through(nodes[i % 2], &world, &call, 600, i));
    let outcomes = join_all(clients).await;
    assert_eq!(winners(&outcomes), 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(refused.code, "slot_taken");
        assert!(
            refused
                .next
                .iter()
                .all(|slot| slot.start > tuesday("10:00"))
        );
        assert_eq!(refused.next.len(), 5);
    }
    assert_eq!(world.check_claims().await, 1);
}

#[testkit::db_test]
async fn shifted_overlaps_of_several_event_types_exclude_each_other(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let other = db.another_node().await;
    let nodes = [&world.ctx, &other];
    let ada = world.host("Ada").await;
    let mut types = Vec::new();
    for minutes in [30, 45, 60] {
        let settings = json!({"durations": [minutes], "step_minutes": 15});
        types.push(world.event_type(&[&ada], settings).await);
    }
    // From 10:00 to 12:00 there is room for two to four.
    let clients = (0..90).map(|i| {
        let minute = 600 + (i as u32 * 7 % 8) * 15;
        try_through(nodes[i % 2], &world, &types[i % 3], minute, i)
    });
    let outcomes = join_all(clients).await;
    let taken = world.check_claims().await;
    assert_eq!(winners(&outcomes), taken);
    assert!((1..=5).contains(&taken), "{taken}");
}

#[testkit::db_test]
async fn the_last_seat_is_sold_once(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let other = db.another_node().await;
    let nodes = [&world.ctx, &other];
    let ada = world.host("Ada").await;
    let class = world
        .event_type(&[&ada], json!({"durations": [60], "capacity": 7}))
        .await;
    let clients = (0..60).map(|i| try_through(nodes[i % 2], &world, &class, 600, i));
    let outcomes = join_all(clients).await;
    assert_eq!(winners(&outcomes), 7);
    assert_eq!(world.check_claims().await, 1);
    let mut tx = world.ctx.read().await.unwrap();
    let row = tx
        .query("select taken, capacity from booking_occurrence where account_id = $1")
        .bind(world.account)
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(
        (
            row.get::<i64>("taken").unwrap(),
            row.get::<i64>("capacity").unwrap()
        ),
        (7, 7)
    );
}

#[testkit::db_test]
async fn three_hosts_are_taken_together_or_not_at_all(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let other = db.another_node().await;
    let nodes = [&world.ctx, &other];
    let hosts = [
        world.host("Ada").await,
        world.host("Bob").await,
        world.host("Cyd").await,
    ];
    let together = json!({"durations": [60], "mode": "collective"});
    let forth = world
        .event_type(&[&hosts[0], &hosts[1], &hosts[2]], together.clone())
        .await;
    let back = world
        .event_type(&[&hosts[2], &hosts[1], &hosts[0]], together)
        .await;
    let alone = world
        .event_type(&[&hosts[1]], json!({"durations": [60]}))
        .await;
    let types = [&forth, &back, &alone];
    let clients = (0..60).map(|i| try_through(nodes[i % 2], &world, types[i % 3], 600, i));
    let outcomes = join_all(clients).await;
    assert_eq!(winners(&outcomes), 1);
    let taken = world.check_claims().await;
    assert!(taken == 1 || taken == 3, "{taken}");
}

#[testkit::db_test]
async fn a_lost_race_falls_to_the_next_host(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let other = db.another_node().await;
    let nodes = [&world.ctx, &other];
    let hosts = [
        world.host("Ada").await,
        world.host("Bob").await,
        world.host("Cyd").await,
    ];
    let all: Vec<_> = hosts
        .iter()
        .map(|host| json!({"host_id": host.id, "part": "rotating"}))
        .collect();
    let settings = json!({"durations": [60], "mode": "round_robin"});
    let team = world.event_type_of(json!(all), settings).await;
    let clients = (0..40).map(|i| try_through(nodes[i % 2], &world, &team, 600, i));
    assert_eq!(winners(&join_all(clients).await), 3);
    assert_eq!(world.check_claims().await, 3);
}

#[testkit::db_test]
async fn holds_end_in_the_middle_of_it(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let other = db.another_node().await;
    let nodes = [&world.ctx, &other];
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let wish = NewHold {
        start: tuesday("10:00"),
        minutes: None,
        seats: 1,
        host: None,
        visitor: "v".to_owned(),
        source: "s".to_owned(),
    };
    let held = hold(&world.ctx, world.account, call.id, wish)
        .await
        .unwrap()
        .unwrap();
    let clients = (0..20).map(|i| try_through(nodes[i % 2], &world, &call, 600, i));
    assert_eq!(winners(&join_all(clients).await), 0);
    db.clock().advance(Duration::from_mins(9));
    // The clock goes on while they ask; whoever had the hold is one of them.
    let clock = db.clock();
    let clients = (0..60).map(|i| {
        let (world, call, clock, token) = (&world, &call, &clock, held.token.clone());
        async move {
            clock.advance(Duration::from_secs(3));
            if i == 50 {
                let mut mine = World::wish(call.id, tuesday("10:00"), "mine@example.com");
                mine.hold = Some(token);
                let outcome = book(nodes[i % 2], world.account, &By::Invitee, mine).await;
                return outcome.unwrap().map(|_| ());
            }
            try_through(nodes[i % 2], world, call, 600, i).await
        }
    });
    assert_eq!(winners(&join_all(clients).await), 1);
    assert_eq!(world.check_claims().await, 1);
}

#[testkit::db_test]
async fn a_hold_that_ends_between_the_locks_and_the_rules_is_in_nobodys_way(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let (ctx, account) = (&world.ctx, world.account);
    let wish = NewHold {
        start: tuesday("10:00"),
        minutes: None,
        seats: 1,
        host: None,
        visitor: "v".to_owned(),
        source: "s".to_owned(),
    };
    hold(ctx, account, call.id, wish).await.unwrap().unwrap();

    let mut tx = ctx.write().await.unwrap();
    let call = claims::lock(ctx, &mut tx, account, call.id, &[])
        .await
        .unwrap();
    db.clock().advance(Duration::from_hours(1));
    let wanted = claims::Wanted {
        start: tuesday("10:00"),
        minutes: 60,
        seats: 1,
        only: None,
        moves: None,
        email: None,
        prefers: None,
    };
    let place = claims::find_place(ctx, &mut tx, &call, &wanted, false)
        .await
        .unwrap()
        .unwrap();
    let taker = claims::Taker::Booking(1.into(), None, true);
    claims::take(ctx, &mut tx, &call, &place, taker, 1)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.check_claims().await, 1);
}

#[testkit::db_test]
async fn one_hold_is_booked_with_once(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let wish = NewHold {
        start: tuesday("10:00"),
        minutes: None,
        seats: 1,
        host: None,
        visitor: "v".to_owned(),
        source: "s".to_owned(),
    };
    let held = hold(&world.ctx, world.account, call.id, wish)
        .await
        .unwrap()
        .unwrap();
    let mut mine = World::wish(call.id, tuesday("10:00"), "mine@example.com");
    mine.hold = Some(held.token);
    let clients = (0..20).map(|_| book(&world.ctx, world.account, &By::Invitee, mine.clone()));
    let mut ids: Vec<_> = join_all(clients)
        .await
        .into_iter()
        .map(|outcome| outcome.unwrap().unwrap().booking.id)
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[testkit::db_test]
async fn one_decision_is_made_about_a_booking(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let other = db.another_node().await;
    let ada = world.host("Ada").await;
    let settings = json!({"durations": [60], "needs_approval": true});
    let asked = world.event_type(&[&ada], settings).await;
    let booking = world.book(&asked, tuesday("10:00"), "a@example.com").await;
    let deciders = (0..30).map(|i| {
        let (world, other) = (&world, &other);
        async move {
            let node = if i % 2 == 0 { &world.ctx } else { other };
            let by = &world.by;
            match i % 3 {
                0 => confirm(node, world.account, by, booking.id).await,
                1 => cancel(node, world.account, by, booking.id, None).await,
                _ => crate::bookings::decline(node, world.account, by, booking.id, None).await,
            }
        }
    });
    let outcomes = join_all(deciders).await;
    let done: Vec<Status> = outcomes
        .into_iter()
        .flatten()
        .map(|one| one.status)
        .collect();
    // It may be confirmed and then cancelled, and nothing else after another.
    let orders: [&[Status]; 4] = [
        &[Status::Confirmed, Status::Cancelled],
        &[Status::Cancelled, Status::Confirmed],
        &[Status::Cancelled],
        &[Status::Declined],
    ];
    assert!(orders.contains(&done.as_slice()), "{done:?}");
    assert_eq!(world.check_claims().await, 0);
}

#[testkit::db_test]
async fn the_database_itself_refuses_two_claims_that_overlap(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let insert = |id: i64, host: i64, from: i64, to: i64, active: i64| {
        format!(
            "insert into booking_claim (account_id, id, host_id, kind, ref_id, start_at, end_at, before_minutes, after_minutes,
             active) values (1, {id}, {host}, 'booking', {id}, {from}, {to}, 0, 0, {active})"
        )
    };
    let outcome = async |sql: String| {
        let mut tx = world.ctx.write().await.unwrap();
        let done = tx.query(sql).once().execute().await.is_ok();
        if done {
            tx.commit().await.unwrap();
        }
        done
    };
    let (host, next) = (361_240_977_588_224_000, 361_240_977_588_224_001);
    let (ten, eleven) = (1_777_975_200_000_000, 1_777_978_800_000_000);
    assert!(outcome(insert(1, host, ten, eleven, 1)).await);
    // Touching is no overlap, another host is another, and what is not active is nothing.
    assert!(outcome(insert(2, host, eleven, eleven + 1, 1)).await);
    assert!(outcome(insert(3, next, ten, eleven, 1)).await);
    assert!(outcome(insert(4, host, ten, eleven, 0)).await);
    assert!(!outcome(insert(5, host, eleven - 1, eleven, 1)).await);
    assert!(!outcome(insert(6, host, ten - 1, eleven + 1, 1)).await);
    let change =
        |what: &str| format!("update booking_claim set {what} where account_id = 1 and id");
    assert!(!outcome(format!("{} = 4", change("active = 1"))).await);
    assert!(!outcome(format!("{} = 3", change(&format!("host_id = {host}")))).await);
    assert!(
        !outcome(format!(
            "{} = 2",
            change(&format!("start_at = {}", eleven - 1))
        ))
        .await
    );
    assert!(
        outcome(format!(
            "{} = 1",
            change(&format!("end_at = {}", eleven - 1))
        ))
        .await
    );
}
