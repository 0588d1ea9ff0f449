//! What events promise, on both engines.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ctx::Ctx;
use db::{Engine, WriteTx};
use kernel::{AccountId, Cursor, Limit};
use serde_json::json;
use testkit::TestDb;

use super::*;

const ACCOUNT: i64 = 7;

fn account() -> AccountId {
    AccountId::from(ACCOUNT)
}

fn event(label: &str) -> NewEvent {
    NewEvent {
        kind: kind::SUBSCRIBER_UPDATED,
        subscriber: Some(1),
        subject: None,
        at: None,
        body: json!({ "label": label }),
    }
}

async fn record_one(ctx: &Ctx, label: &str) {
    let mut tx = ctx.write().await.unwrap();
    record(ctx, &mut tx, account(), &[event(label)])
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Writes down the labels that it is handed.
#[derive(Clone)]
struct Recorder {
    name: &'static str,
    start: Start,
    refuses: Option<&'static str>,
    panics: bool,
    mended: Arc<AtomicBool>,
}

fn recorder(name: &'static str) -> Recorder {
    Recorder {
        name,
        start: Start::Beginning,
        refuses: None,
        panics: false,
        mended: Arc::default(),
    }
}

impl Consumer for Recorder {
    fn name(&self) -> &'static str {
        self.name
    }

    fn start(&self) -> Start {
        self.start
    }

    async fn handle(&self, ctx: &Ctx, tx: &mut WriteTx, events: &[Event]) -> kernel::Result<()> {
        for event in events {
            let label = event.body["label"].as_str().expect("a label");
            tx.query("insert into handled (n, consumer, label) values ($1, $2, $3)")
                .bind(ctx.ids.next::<i64>())
                .bind(self.name)
                .bind(label)
                .execute()
                .await?;
            if self.refuses == Some(label) && !self.mended.load(Ordering::SeqCst) {
                assert!(!self.panics, "{label} is too much");
                return Err(kernel::Error::conflict("test", "not this one"));
            }
        }
        Ok(())
    }
}

/// The first node, with the table that recorders write to.
async fn prepare(db: &TestDb) -> Ctx {
    let ctx = db.ctx();
    let mut tx = ctx.write().await.unwrap();
    tx.execute_script(
        "create table handled (n bigint not null primary key, consumer text not null, label text not null)".to_owned(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    ctx
}

async fn handled(ctx: &Ctx, consumer: &str) -> Vec<String> {
    let mut tx = ctx.read().await.unwrap();
    tx.query("select label from handled where consumer = $1 order by n")
        .bind(consumer)
        .fetch_all()
        .await
        .unwrap()
        .iter()
        .map(|row| row.get("label").unwrap())
        .collect()
}

async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // Long, because the transactions of other tests on the same server hold events back as well.
    tokio::time::timeout(Duration::from_mins(3), waiting)
        .await
        .unwrap_or_else(|_| panic!("it never happened that {what}"));
}

#[testkit::db_test]
async fn events_are_handled_once_in_their_order(db: TestDb) {
    let ctx = prepare(&db).await;
    let consumer = recorder("c");
    assert_eq!(pump(&ctx, &consumer).await.unwrap(), 0);
    for label in ["a", "b", "c"] {
        record_one(&ctx, label).await;
    }
    assert_eq!(catch_up(&ctx, &consumer).await.unwrap(), 3);
    assert_eq!(catch_up(&ctx, &consumer).await.unwrap(), 0);
    record_one(&ctx, "d").await;
    assert_eq!(catch_up(&ctx, &consumer).await.unwrap(), 1);
    assert_eq!(handled(&ctx, "c").await, ["a", "b", "c", "d"]);
    // Another consumer has a cursor of its own.
    assert_eq!(catch_up(&ctx, &recorder("other")).await.unwrap(), 4);
}

#[testkit::db_test]
async fn a_rolled_back_transaction_leaves_no_event(db: TestDb) {
    let ctx = prepare(&db).await;
    let mut tx = ctx.write().await.unwrap();
    record(&ctx, &mut tx, account(), &[event("a")])
        .await
        .unwrap();
    drop(tx);
    record_one(&ctx, "b").await;
    catch_up(&ctx, &recorder("c")).await.unwrap();
    assert_eq!(handled(&ctx, "c").await, ["b"]);
}

#[testkit::db_test]
async fn a_large_transaction_is_handled_in_batches_and_in_order(db: TestDb) {
    let ctx = prepare(&db).await;
    let labels: Vec<String> = (0..2_500).map(|n| n.to_string()).collect();
    let mut tx = ctx.write().await.unwrap();
    let (first, rest) = labels.split_at(700);
    for part in [first, rest] {
        let events: Vec<_> = part.iter().map(|label| event(label)).collect();
        record(&ctx, &mut tx, account(), &events).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(catch_up(&ctx, &recorder("c")).await.unwrap(), 2_500);
    assert_eq!(handled(&ctx, "c").await, labels);
}

#[testkit::db_test]
async fn a_consumer_does_not_step_over_a_slow_transaction(db: TestDb) {
    let ctx = prepare(&db).await;
    if ctx.db.engine() == Engine::Sqlite {
        // There is one writer: what began later also commits later.
        return;
    }
    let consumer = recorder("c");
    record_one(&ctx, "before").await;
    catch_up(&ctx, &consumer).await.unwrap();

    // The slow one has its stamp and an event, and another one only has its stamp.
    let mut slow = ctx.write().await.unwrap();
    let slow_stamp = slow.commit_stamp().await.unwrap();
    record(&ctx, &mut slow, account(), &[event("slow 1")])
        .await
        .unwrap();
    let mut silent = ctx.write().await.unwrap();
    let silent_stamp = silent.commit_stamp().await.unwrap();

    let mut fast = ctx.write().await.unwrap();
    record(&ctx, &mut fast, account(), &[event("fast")])
        .await
        .unwrap();
    assert!(slow_stamp < silent_stamp && silent_stamp < fast.commit_stamp().await.unwrap());
    fast.commit().await.unwrap();
    for _ in 0..3 {
        assert_eq!(pump(&ctx, &consumer).await.unwrap(), 0);
    }

    // It records one more event after the fast one has committed.
    record(&ctx, &mut slow, account(), &[event("slow 2")])
        .await
        .unwrap();
    slow.commit().await.unwrap();
    eventually(
        "what the silent one does not hold back is handled",
        async || pump(&ctx, &consumer).await.unwrap() > 0,
    )
    .await;
    assert_eq!(handled(&ctx, "c").await, ["before", "slow 1", "slow 2"]);
    silent.rollback().await.unwrap();
    catch_up(&ctx, &consumer).await.unwrap();
    assert_eq!(
        handled(&ctx, "c").await,
        ["before", "slow 1", "slow 2", "fast"]
    );
}

#[testkit::db_test]
async fn nothing_is_missed_while_many_write_and_two_nodes_read(db: TestDb) {
    const WRITERS: usize = 4;
    const EACH: usize = 25;
    let ctx = prepare(&db).await;
    let other = db.another_node().await;
    let mut tasks = Vec::new();
    for writer in 0..WRITERS {
        let ctx = if writer % 2 == 0 { &ctx } else { &other };
        let ctx = ctx.clone();
        tasks.push(ctx.tasks.clone().spawn(async move {
            for n in 0..EACH {
                let mut tx = ctx.write().await.unwrap();
                let first = event(&format!("{writer}.{n}.first"));
                record(&ctx, &mut tx, account(), &[first]).await.unwrap();
                for _ in 0..ctx.rng.below(20) {
                    tokio::task::yield_now().await;
                }
                let second = event(&format!("{writer}.{n}.second"));
                record(&ctx, &mut tx, account(), &[second]).await.unwrap();
                if ctx.rng.below(5) == 0 {
                    tx.rollback().await.unwrap();
                } else {
                    tx.commit().await.unwrap();
                }
            }
        }));
    }
    let readers: Vec<_> = [&ctx, &other]
        .into_iter()
        .map(|ctx| ctx.tasks.spawn(run_consumer(ctx.clone(), recorder("c"))))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let mut tx = ctx.read().await.unwrap();
    let rows = tx
        .query("select body from event")
        .fetch_all()
        .await
        .unwrap();
    drop(tx);
    eventually("every event is handled", async || {
        handled(&ctx, "c").await.len() >= rows.len()
    })
    .await;
    for node in [&ctx, &other] {
        node.shutdown.cancel();
    }
    for reader in readers {
        reader.await.unwrap();
    }
    let seen = handled(&ctx, "c").await;
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (rows.len(), rows.len()));
}

#[testkit::db_test]
async fn two_nodes_that_pump_at_once_handle_each_event_once(db: TestDb) {
    let ctx = prepare(&db).await;
    let other = db.another_node().await;
    let labels: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    for label in &labels {
        record_one(&ctx, label).await;
    }
    let consumer = recorder("c");
    let (mine, theirs) = tokio::join!(catch_up(&ctx, &consumer), catch_up(&other, &consumer));
    assert_eq!(mine.unwrap() + theirs.unwrap(), 60);
    assert_eq!(handled(&ctx, "c").await, labels);
}

#[testkit::db_test]
async fn a_cursor_that_was_moved_meanwhile_rolls_the_batch_back(db: TestDb) {
    let ctx = prepare(&db).await;
    record_one(&ctx, "a").await;
    catch_up(&ctx, &recorder("c")).await.unwrap();
    let mut tx = ctx.write().await.unwrap();
    let here = store::cursor(&mut tx, "c").await.unwrap().unwrap();
    let elsewhere = store::Place { txn: 0, id: 0 };
    let now = ctx.clock.now();
    let moved = store::move_cursor(&mut tx, "c", elsewhere, here, now).await;
    assert_eq!(moved.unwrap(), 0);
}

#[testkit::db_test]
async fn a_refused_batch_changes_nothing_and_comes_again(db: TestDb) {
    let ctx = prepare(&db).await;
    for label in ["a", "b"] {
        record_one(&ctx, label).await;
    }
    // The cursor is there, and both events are below the horizon.
    catch_up(&ctx, &recorder("settles")).await.unwrap();
    let mut consumer = recorder("c");
    consumer.refuses = Some("b");
    for _ in 0..2 {
        pump(&ctx, &consumer).await.unwrap_err();
        assert!(handled(&ctx, "c").await.is_empty());
    }
    consumer.refuses = None;
    assert_eq!(catch_up(&ctx, &consumer).await.unwrap(), 2);
}

#[testkit::db_test]
async fn an_event_that_cannot_be_handled_stops_only_what_follows_it(db: TestDb) {
    let ctx = prepare(&db).await;
    for panics in [false, true] {
        let consumer = Recorder {
            refuses: Some("poison"),
            panics,
            ..recorder(if panics { "panics" } else { "refuses" })
        };
        if !panics {
            for label in ["a", "b", "poison", "z"] {
                record_one(&ctx, label).await;
            }
        }
        let mut ctx = ctx.clone();
        ctx.shutdown = ctx.shutdown.child_token();
        let task = ctx.tasks.spawn(run_consumer(ctx.clone(), consumer.clone()));
        eventually("the events before it are handled", async || {
            handled(&ctx, consumer.name).await == ["a", "b"]
        })
        .await;
        consumer.mended.store(true, Ordering::SeqCst);
        eventually("it goes on", async || {
            handled(&ctx, consumer.name).await == ["a", "b", "poison", "z"]
        })
        .await;
        ctx.shutdown.cancel();
        task.await.unwrap();
    }
}

#[testkit::db_test]
async fn a_new_consumer_starts_at_the_beginning_or_now(db: TestDb) {
    let ctx = prepare(&db).await;
    record_one(&ctx, "old").await;
    // Waits until the old one is below the horizon.
    catch_up(&ctx, &recorder("beginning")).await.unwrap();
    let late = Recorder {
        start: Start::Now,
        ..recorder("now")
    };
    assert_eq!(catch_up(&ctx, &late).await.unwrap(), 0);
    record_one(&ctx, "new").await;
    assert_eq!(catch_up(&ctx, &late).await.unwrap(), 1);
    catch_up(&ctx, &recorder("beginning")).await.unwrap();
    assert_eq!(handled(&ctx, "now").await, ["new"]);
    assert_eq!(handled(&ctx, "beginning").await, ["old", "new"]);
}

#[testkit::db_test]
async fn the_order_goes_on_after_a_dump_is_restored_elsewhere(db: TestDb) {
    let ctx = prepare(&db).await;
    if ctx.db.engine() == Engine::Sqlite {
        // The counter is part of the copy.
        return;
    }
    let consumer = recorder("c");
    record_one(&ctx, "old").await;
    catch_up(&ctx, &consumer).await.unwrap();
    // As if the server that these came from had run for years.
    let mut tx = ctx.write().await.unwrap();
    for table in ["event", "event_cursor"] {
        tx.execute_script(format!("update {table} set txn = txn + 1000000000000"))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    ctx.db.migrate().await.unwrap();
    record_one(&ctx, "new").await;
    assert_eq!(catch_up(&ctx, &consumer).await.unwrap(), 1);
    // A second start changes nothing.
    ctx.db.migrate().await.unwrap();
    record_one(&ctx, "newer").await;
    assert_eq!(catch_up(&ctx, &consumer).await.unwrap(), 1);
    assert_eq!(handled(&ctx, "c").await, ["old", "new", "newer"]);
}

#[testkit::db_test]
async fn the_timeline_is_newest_first_in_pages(db: TestDb) {
    let ctx = prepare(&db).await;
    let start = ctx.clock.now();
    let mut tx = ctx.write().await.unwrap();
    let mut events = Vec::new();
    // Told late, and several at the same instant.
    for (minute, kind) in [
        (5, kind::MESSAGE_SENT),
        (1, kind::SUBSCRIBER_CREATED),
        (9, kind::MESSAGE_CLICKED),
        (7, kind::MESSAGE_OPENED),
        (7, kind::MESSAGE_OPENED),
        (2, kind::GROUP_JOINED),
    ] {
        events.push(NewEvent {
            kind,
            at: Some(start + Duration::from_mins(minute)),
            ..event(&minute.to_string())
        });
    }
    let mut strangers = events.clone();
    for event in &mut strangers {
        event.subscriber = Some(2);
    }
    record(&ctx, &mut tx, account(), &events).await.unwrap();
    record(&ctx, &mut tx, account(), &strangers).await.unwrap();
    record(&ctx, &mut tx, AccountId::from(8), &events)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let pages = async |kinds: &[&str], limit: usize| {
        let mut tx = ctx.read().await.unwrap();
        let limit = Limit::try_new(limit).unwrap();
        let mut labels = Vec::new();
        let mut after = None;
        loop {
            let page = timeline(&mut tx, account(), 1, kinds, after, limit)
                .await
                .unwrap();
            for event in page.data {
                assert_eq!((event.account, event.subscriber), (account(), Some(1)));
                labels.push(event.body["label"].as_str().unwrap().to_owned());
            }
            let Some(next) = page.next_cursor else {
                return labels.join(" ");
            };
            after = Some(Cursor::decode(&next).unwrap());
        }
    };
    assert_eq!(pages(&[], 50).await, "9 7 7 5 2 1");
    assert_eq!(pages(&[], 1).await, "9 7 7 5 2 1");
    assert_eq!(pages(&[], 4).await, "9 7 7 5 2 1");
    let some = [kind::MESSAGE_OPENED, kind::MESSAGE_SENT, kind::GROUP_JOINED];
    assert_eq!(pages(&some, 2).await, "7 7 5 2");
    assert_eq!(pages(&[kind::MESSAGE_BOUNCED], 2).await, "");
}

#[testkit::db_test]
async fn bodies_come_back_as_they_were(db: TestDb) {
    let ctx = prepare(&db).await;
    let body =
        json!({ "text": "nul \u{0} quote \" ß \u{1f600}", "n": i64::MAX, "list": [null, 1.5] });
    let new = NewEvent {
        body: body.clone(),
        subject: Some(9),
        ..event("")
    };
    let mut tx = ctx.write().await.unwrap();
    record(&ctx, &mut tx, account(), &[new]).await.unwrap();
    record(&ctx, &mut tx, account(), &[]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = ctx.read().await.unwrap();
    let page = timeline(&mut tx, account(), 1, &[], None, Limit::default())
        .await
        .unwrap();
    assert_eq!(page.data.len(), 1);
    let event = &page.data[0];
    assert_eq!(event.body, body);
    assert_eq!((event.subject, event.at), (Some(9), ctx.clock.now()));
    assert_eq!(event.kind, kind::SUBSCRIBER_UPDATED);
}
