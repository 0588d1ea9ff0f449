//! The worker's loop.

use std::collections::BTreeSet;

use tokio::task::JoinHandle;

use super::*;
use crate::{Worker, WorkerConfig};

fn start(ctx: &Ctx, concurrency: usize) -> JoinHandle<()> {
    let mut worker = Worker::new(ctx.clone(), registry(), WorkerConfig { concurrency });
    worker.grace = Duration::from_millis(20);
    ctx.tasks.spawn(worker.run())
}

async fn stop(ctx: &Ctx, worker: JoinHandle<()>) {
    ctx.shutdown.cancel();
    worker.await.unwrap();
}

async fn until_ran(ctx: &Ctx, n: usize) {
    eventually("the jobs ran", async || {
        (ran(ctx).await.len() >= n).then_some(())
    })
    .await;
}

async fn until_state(ctx: &Ctx, id: JobId, wanted: &str) {
    eventually(wanted, async || {
        (state(ctx, id).await.state == wanted).then_some(())
    })
    .await;
}

#[testkit::db_test]
async fn two_workers_run_every_job_exactly_once(db: TestDb) {
    let ctx = prepare(&db).await;
    let other = db.another_node().await;
    let workers = [start(&ctx, 4), start(&other, 4)];
    for batch in 0..10 {
        let mut tx = ctx.write().await.unwrap();
        for n in 0..15 {
            let job = probe(&format!("{batch}.{n}"), Does::Succeed);
            crate::enqueue(&ctx, &mut tx, account(n % 3), &job)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        other.db.wake(db::Topic::Jobs);
    }
    until_ran(&ctx, 150).await;
    let [mine, theirs] = workers;
    stop(&ctx, mine).await;
    stop(&other, theirs).await;
    let labels = labels(&ctx).await;
    let distinct: BTreeSet<_> = labels.iter().collect();
    assert_eq!((labels.len(), distinct.len()), (150, 150));
    let mut tx = ctx.read().await.unwrap();
    let row = tx
        .query("select count(*) as n from job where state <> 'done'")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.get::<i64>("n").unwrap(), 0);
}

#[testkit::db_test]
async fn a_worker_runs_no_more_than_it_may_at_once(db: TestDb) {
    let ctx = prepare(&db).await;
    for n in 0..5 {
        enqueue_probe(&ctx, &n.to_string(), Does::Hang).await;
    }
    let worker = start(&ctx, 2);
    until_ran(&ctx, 2).await;
    // A hint is no reason to take more.
    ctx.db.wake(db::Topic::Jobs);
    let mut tx = ctx.read().await.unwrap();
    let running = tx
        .query("select count(*) as n from job where state = 'running'")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(running.get::<i64>("n").unwrap(), 2);
    drop(tx);
    stop(&ctx, worker).await;
    assert_eq!(ran(&ctx).await.len(), 2);
}

#[testkit::db_test]
async fn shutdown_gives_back_what_does_not_end(db: TestDb) {
    let ctx = prepare(&db).await;
    let hanging = enqueue_probe(&ctx, "a", Does::Hang).await;
    let due = state(&ctx, hanging).await.due;
    let worker = start(&ctx, 2);
    until_ran(&ctx, 1).await;
    stop(&ctx, worker).await;
    let after = state(&ctx, hanging).await;
    assert_eq!((after.state.as_str(), after.attempts), ("ready", 0));
    assert_eq!((after.leased_to, after.due), (None, due));
    // Nothing is taken any more.
    enqueue_probe(&ctx, "b", Does::Succeed).await;
    start(&ctx, 2).await.unwrap();
    assert_eq!(labels(&ctx).await, ["a"]);
}

#[testkit::db_test]
async fn a_node_without_heartbeat_takes_nothing(db: TestDb) {
    let ctx = prepare(&db).await;
    db.clock().advance(PAST_LIFE);
    let id = enqueue_probe(&ctx, "a", Does::Succeed).await;
    let mut worker = Worker::new(ctx.clone(), registry(), WorkerConfig::default());
    worker.turn().await.unwrap();
    assert_eq!(state(&ctx, id).await.state, "ready");
    ctx.node.heartbeat(&ctx.db, &ctx.clock).await.unwrap();
    worker.turn().await.unwrap();
    assert_eq!(state(&ctx, id).await.state, "running");
}

#[testkit::db_test]
async fn a_worker_stops_its_jobs_when_its_lease_is_over(db: TestDb) {
    let ctx = prepare(&db).await;
    let other = db.another_node().await;
    let id = enqueue_probe(&ctx, "a", Does::Hang).await;
    let frozen = start(&ctx, 2);
    until_ran(&ctx, 1).await;
    db.clock().advance(PAST_LIFE);
    other.node.heartbeat(&other.db, &other.clock).await.unwrap();
    ctx.db.wake(db::Topic::Jobs);
    // Nobody has taken it back yet, so its own worker puts it back, and a living node runs it.
    until_state(&ctx, id, "ready").await;
    let after = state(&ctx, id).await;
    assert_eq!(after.attempts, 1);
    assert!(after.error.unwrap().contains("lost its lease"));
    let living = start(&other, 2);
    until_ran(&ctx, 2).await;
    assert_eq!(state(&ctx, id).await.leased_to, Some(other.node.epoch()));
    stop(&ctx, frozen).await;
    stop(&other, living).await;
}

#[testkit::db_test]
async fn a_lease_that_nobody_knows_of_is_given_back(db: TestDb) {
    let ctx = prepare(&db).await;
    let id = enqueue_probe(&ctx, "a", Does::Succeed).await;
    let now = ctx.clock.now();
    let mut tx = ctx.write().await.unwrap();
    // As if the commit that claimed it was answered by an error.
    crate::store::lease(&mut tx, ctx.node.epoch(), now, &[id])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut worker = Worker::new(ctx.clone(), registry(), WorkerConfig::default());
    worker.in_doubt = true;
    let worker = ctx.tasks.spawn(worker.run());
    until_state(&ctx, id, "done").await;
    stop(&ctx, worker).await;
    assert_eq!(ran(&ctx).await, [("a".to_owned(), 1)]);
}

#[testkit::db_test]
async fn a_panicking_job_does_not_stop_the_worker(db: TestDb) {
    let ctx = prepare(&db).await;
    let worker = start(&ctx, 1);
    let panics = enqueue_probe(&ctx, "a", Does::Panic).await;
    let fine = enqueue_probe(&ctx, "b", Does::Succeed).await;
    until_state(&ctx, fine, "done").await;
    until_state(&ctx, panics, "ready").await;
    stop(&ctx, worker).await;
    assert_eq!(state(&ctx, panics).await.attempts, 1);
}

#[testkit::db_test]
async fn a_worker_outlives_its_connections(db: TestDb) {
    let ctx = prepare(&db).await;
    if ctx.db.engine() == db::Engine::Sqlite {
        return;
    }
    let other = db.another_node().await;
    let workers = [start(&ctx, 4), start(&other, 4)];
    for round in 0..8 {
        let mut tx = eventually("the database is back", async || ctx.write().await.ok()).await;
        for n in 0..20 {
            let job = probe(&format!("{round}.{n}"), Does::Succeed);
            crate::enqueue(&ctx, &mut tx, account(n % 3), &job)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        until_ran(&ctx, round * 20 + 1).await;
        let mut tx = ctx.write().await.unwrap();
        // Whatever is under way is lost, a commit perhaps with its answer only.
        let killed = tx
            .query(
                "select count(*) as n from (select pg_terminate_backend(pid) from pg_stat_activity \
                 where datname = current_database() and pid <> pg_backend_pid()) as ended",
            )
            .fetch_one()
            .await;
        drop((killed, tx));
    }
    let left = async |ctx: &Ctx| {
        let mut tx = ctx.read().await.ok()?;
        let row = tx
            .query("select count(*) as n from job where state <> 'done'")
            .fetch_one()
            .await
            .ok()?;
        row.get::<i64>("n").ok()
    };
    // Jobs whose own transaction was killed are due again after a pause.
    eventually("every job is done", async || {
        if left(&ctx).await? == 0 {
            return Some(());
        }
        db.clock().advance(Duration::from_secs(2));
        for node in [&ctx, &other] {
            let _ = node.node.heartbeat(&node.db, &node.clock).await;
            node.db.wake(db::Topic::Jobs);
        }
        None
    })
    .await;
    let [mine, theirs] = workers;
    stop(&ctx, mine).await;
    stop(&other, theirs).await;
    let labels = labels(&ctx).await;
    let distinct: BTreeSet<_> = labels.iter().collect();
    assert_eq!(distinct.len(), 160);
}

#[testkit::db_test]
async fn the_heartbeat_loop_takes_back_what_the_dead_left(db: TestDb) {
    let ctx = prepare(&db).await;
    let dead = db.another_node().await;
    let id = enqueue_probe(&ctx, "a", Does::Succeed).await;
    let mut tx = dead.write().await.unwrap();
    let now = dead.clock.now();
    crate::store::lease(&mut tx, dead.node.epoch(), now, &[id])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    db.clock().advance(PAST_LIFE);
    let worker = start(&ctx, 1);
    let heartbeat = ctx.tasks.spawn(crate::heartbeat_loop(ctx.clone()));
    until_state(&ctx, id, "done").await;
    stop(&ctx, worker).await;
    heartbeat.await.unwrap();
    assert_eq!(ran(&ctx).await, [("a".to_owned(), 2)]);
}

#[testkit::db_test]
async fn strangers_are_reported_once(db: TestDb) {
    let ctx = prepare(&db).await;
    enqueue_probe(&ctx, "a", Does::Succeed).await;
    let (mut strangers, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..2 {
        crate::report::report(&ctx, &Registry::new(), &mut strangers, &mut seen)
            .await
            .unwrap();
        assert_eq!(strangers.iter().collect::<Vec<_>>(), [Probe::KIND]);
    }
    assert_eq!(seen.len(), 1);
    crate::run_due(&ctx, &registry()).await;
    crate::report::report(&ctx, &registry(), &mut strangers, &mut seen)
        .await
        .unwrap();
    assert!(seen.is_empty());
}
