//! A crowd waits for an event with a time-out, and the events come exactly around the time-outs.
//!
//! `SENDERO_TEST_ROWS` sets how many wait, 400 unless given. The program that processes the time-outs moves the clock by a
//! microsecond before each batch, so that the time at which a run timed out tells before which batch an event was committed.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use ctx::Ctx;
use kernel::Timestamp;
use serde_json::json;
use testkit::TestDb;

use super::World;
use super::wakeups::waiting;
use crate::engine::{Engine, Follow, pump};

/// Far enough apart to be ids.
const STRIDE: i64 = 4_096;

/// By when somebody buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Buys {
    /// Before the time-out is due; nobody handles it before.
    Before,
    /// While time-outs are processed.
    Meanwhile,
    Never,
}

fn buys(n: i64) -> Buys {
    match n % 4 {
        0 => Buys::Before,
        1 | 2 => Buys::Meanwhile,
        _ => Buys::Never,
    }
}

fn id_of(n: i64) -> i64 {
    (n + 1) * STRIDE
}

pub(super) async fn people(world: &World, people: i64) {
    let account = world.account;
    world
        .sql(&format!(
            "with recursive c(i) as (select 1 union all select i + 1 from c where i < {people}) \
             insert into subscriber (account_id, id, email, email_folded, status, status_changed_at, source, score, \
                created_at, updated_at) \
             select {account}, i * {STRIDE}, 'p' || i || '@example.com', 'p' || i || '@example.com', 'active', 0, 'api', 0, \
                0, 0 from c"
        ))
        .await;
}

/// In one transaction.
async fn happens(ctx: &Ctx, world: &World, name: &str, people: &[i64]) {
    let new: Vec<events::NewEvent> = people
        .iter()
        .map(|n| events::NewEvent {
            kind: events::kind::EVENT_CUSTOM,
            subscriber: Some(id_of(*n)),
            subject: None,
            at: None,
            body: json!({"name": name, "total": 40, "actor": "test"}),
        })
        .collect();
    let mut tx = ctx.write().await.unwrap();
    events::record(ctx, &mut tx, world.account, &new)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Contact, step, how many lines say that it ended, how many say that it went on, when it was over.
async fn ways(world: &World) -> Vec<(i64, String, i64, i64, Timestamp)> {
    let mut tx = world.ctx.read().await.unwrap();
    let rows = tx
        .query(
            "select r.contact_id, r.step, r.ended_at, \
                cast(sum(case when l.what = 'ended' then 1 else 0 end) as bigint) as ended, \
                cast(sum(case when l.what = 'passed' then 1 else 0 end) as bigint) as passed \
             from automation_run r join automation_log l on l.account_id = r.account_id and l.run_id = r.id \
             where r.state = 'done' group by r.id, r.contact_id, r.step, r.ended_at",
        )
        .fetch_all()
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            (
                row.get("contact_id").unwrap(),
                row.get("step").unwrap(),
                row.get("ended").unwrap(),
                row.get("passed").unwrap(),
                row.get("ended_at").unwrap(),
            )
        })
        .collect()
}

/// Whose event was committed by the transaction that decided it, or before; by the stamps of the transactions. Only where
/// one transaction writes after the other.
async fn came_before_its_end(world: &World) -> HashMap<i64, bool> {
    let mut tx = world.ctx.read().await.unwrap();
    let rows = tx
        .query(
            "select b.subscriber_id as contact_id, case when b.txn < f.txn then 1 else 0 end as first \
             from event b join event f on f.subscriber_id = b.subscriber_id and f.kind = 'automation.finished' \
             where b.kind = 'event.custom' and b.body like '%\"buy\"%'",
        )
        .fetch_all()
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            let first: i64 = row.get("first").unwrap();
            (row.get("contact_id").unwrap(), first == 1)
        })
        .collect()
}

/// Events and time-outs meet, on two nodes; when each event was committed at the latest.
async fn race(db: &TestDb, world: &World, meanwhile: &[i64], size: i64) -> HashMap<i64, Timestamp> {
    // With each batch of time-outs come some events, so that they meet on either engine.
    let batch = usize::try_from((size / 40).clamp(3, 500)).unwrap();
    let at_once = (batch / 3).max(1);
    let (ahead, behind) = meanwhile.split_at(meanwhile.len() / 2);
    let committed: RefCell<HashMap<i64, Timestamp>> = RefCell::default();
    let are_recorded = Cell::new(0);
    let batches = Cell::new(0);
    let recording = async |list: Vec<i64>| {
        for some in list.chunks(at_once) {
            let before = batches.get();
            while batches.get() == before {
                tokio::task::yield_now().await;
            }
            happens(&world.ctx, world, "buy", some).await;
            let now = world.clock.now();
            committed
                .borrow_mut()
                .extend(some.iter().map(|n| (id_of(*n), now)));
        }
        are_recorded.set(are_recorded.get() + 1);
    };
    let other = db.another_node().await;
    let other_engine = Engine::default();
    let are_fired = Cell::new(false);
    let pumping = async {
        loop {
            world.clock.advance(Duration::from_micros(1));
            batches.set(batches.get() + 1);
            let fired = pump::fire(&other, &other_engine, world.account, batch)
                .await
                .unwrap();
            if fired == 0 && are_recorded.get() == 2 {
                break;
            }
            tokio::task::yield_now().await;
        }
        are_fired.set(true);
    };
    let follow = Follow::new(world.engine.clone());
    let following = async {
        while !are_fired.get() {
            events::pump(&world.ctx, &follow).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let from_behind: Vec<i64> = behind.iter().rev().copied().collect();
    tokio::join!(
        recording(ahead.to_vec()),
        recording(from_behind),
        pumping,
        following
    );
    world.settle().await;
    committed.into_inner()
}

/// Everybody took one way, and the event's if it came first; how many took which.
async fn check_ways(
    db: &TestDb,
    world: &World,
    committed: &HashMap<i64, Timestamp>,
    size: i64,
) -> BTreeMap<(Buys, String), u64> {
    let ways = ways(world).await;
    assert_eq!(
        ways.len() as i64,
        size,
        "everybody is through, and nobody twice"
    );
    let before_its_end = came_before_its_end(world).await;
    let is_serial = db.ctx().db.engine() == db::Engine::Sqlite;
    let mut counts: BTreeMap<(Buys, String), u64> = BTreeMap::new();
    for (contact, step, ended, passed, over) in &ways {
        let whose = buys(contact / STRIDE - 1);
        assert_eq!((*ended, *passed), (1, 1), "exactly one way of {contact}");
        *counts.entry((whose, step.clone())).or_default() += 1;
        match (whose, step.as_str()) {
            (Buys::Before | Buys::Meanwhile, "thanks") | (Buys::Never, "late") => {}
            (Buys::Meanwhile, "late") => {
                assert!(
                    committed[contact] >= *over,
                    "{contact}: their event was committed before the batch began that timed them out"
                );
                assert!(
                    !is_serial || !before_its_end[contact],
                    "{contact}: their event was committed before the time-out"
                );
            }
            other => panic!("{contact}: {other:?}"),
        }
    }
    let of = |whose: Buys, step: &str| {
        let n = counts.get(&(whose, step.to_owned()));
        n.copied().unwrap_or(0)
    };
    assert!(
        of(Buys::Meanwhile, "late") > 0,
        "some time-outs came first: {counts:?}"
    );
    assert!(
        of(Buys::Meanwhile, "thanks") > 0,
        "some events came first: {counts:?}"
    );
    let counted = |name: &str| {
        format!(
            "select cast(sum(n) as bigint) as n from automation_stat where step = 'wait' and name = '{name}'"
        )
    };
    let (bought, late) = (
        world.number(&counted("passed:bought")).await,
        world.number(&counted("passed:timeout")).await,
    );
    assert_eq!(bought + late, size, "the counters say the same");
    assert_eq!(
        late as u64,
        of(Buys::Meanwhile, "late") + of(Buys::Never, "late")
    );
    world.check().await;
    counts
}

#[testkit::db_test]
async fn a_crowd_with_events_around_its_time_outs_takes_one_way_each(db: TestDb) {
    let size = testkit::number_from_environment("SENDERO_TEST_ROWS").unwrap_or(400);
    let size = i64::try_from(size).unwrap();
    let world = World::new(&db).await;
    world.live(waiting()).await;
    people(&world, size).await;
    let everybody: Vec<i64> = (0..size).collect();
    let began = Instant::now();
    for some in everybody.chunks(1000) {
        happens(&world.ctx, &world, "go", some).await;
    }
    world.settle().await;
    let waiting =
        "select count(*) as n from automation_run where state = 'waiting' and step = 'wait'";
    assert_eq!(world.number(waiting).await, size);
    let let_in = began.elapsed();

    // A second before the time-outs: recorded, and handled by nobody.
    world.clock.advance(Duration::from_secs(3_599));
    let of = |when: Buys| -> Vec<i64> {
        everybody
            .iter()
            .copied()
            .filter(|n| buys(*n) == when)
            .collect()
    };
    for some in of(Buys::Before).chunks(1000) {
        happens(&world.ctx, &world, "buy", some).await;
    }
    world.clock.advance(Duration::from_secs(1));
    let meanwhile = of(Buys::Meanwhile);
    let began = Instant::now();
    let committed = Box::pin(race(&db, &world, &meanwhile, size)).await;
    let took = began.elapsed();
    let counts = check_ways(&db, &world, &committed, size).await;
    let first = counts[&(Buys::Meanwhile, "thanks".to_owned())];
    println!(
        "{size} people let in in {:.1} s; decided in {:.1} s; of {} events that came while time-outs were processed {first} \
         came first: {counts:?}",
        let_in.as_secs_f64(),
        took.as_secs_f64(),
        meanwhile.len(),
    );
}
