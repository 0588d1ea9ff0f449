//! Recurring work.

use super::*;
use crate::{Worker, WorkerConfig, reclaim, run_due, schedule, store};

const MINUTE: Duration = Duration::from_mins(1);

fn noting(label: &'static str) -> Registry {
    Registry::new().every(label, MINUTE, move |ctx: Ctx| async move {
        let mut tx = ctx.write().await?;
        note(&ctx, &mut tx, label, 0).await?;
        Ok(tx.commit().await?)
    })
}

#[testkit::db_test]
async fn a_schedule_runs_once_per_interval_and_misses_collapse(db: TestDb) {
    let ctx = prepare(&db).await;
    let registry = noting("tick");
    let mut expected = 0;
    // Soon after it is first known; then on the grid of its first run.
    for (advance, runs) in [
        (0, 1),
        (30, 0),
        (29, 0),
        (1, 1),
        (10 * 60 + 5, 1),
        (54, 0),
        (1, 1),
    ] {
        db.clock().advance(Duration::from_secs(advance));
        assert_eq!(run_due(&ctx, &registry).await, 0, "schedules are no jobs");
        expected += runs;
        assert_eq!(labels(&ctx).await.len(), expected, "after {advance} s");
    }
}

#[testkit::db_test]
async fn two_nodes_share_one_schedule(db: TestDb) {
    let ctx = prepare(&db).await;
    let other = db.another_node().await;
    let workers: Vec<_> = [&ctx, &other]
        .into_iter()
        .map(|ctx| {
            let worker = Worker::new(ctx.clone(), noting("tick"), WorkerConfig::default());
            ctx.tasks.spawn(worker.run())
        })
        .collect();
    for round in 1..=5 {
        eventually("the schedule ran", async || {
            (labels(&ctx).await.len() >= round).then_some(())
        })
        .await;
        db.clock().advance(MINUTE);
        for node in [&ctx, &other] {
            node.node.heartbeat(&node.db, &node.clock).await.unwrap();
            node.db.wake(db::Topic::Jobs);
        }
    }
    eventually("the last run ended", async || {
        let mut tx = ctx.read().await.unwrap();
        let all = store::schedules(&mut tx).await.unwrap();
        let ended = all.values().all(|s| !s.leased && s.next > ctx.clock.now());
        (ended && labels(&ctx).await.len() >= 6).then_some(())
    })
    .await;
    ctx.shutdown.cancel();
    other.shutdown.cancel();
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(labels(&ctx).await.len(), 6);
}

#[testkit::db_test]
async fn a_run_is_taken_by_one_node_and_not_again_while_it_lasts(db: TestDb) {
    let ctx = prepare(&db).await;
    let other = db.another_node().await;
    let registry = noting("tick");
    let take = async |ctx: &Ctx| {
        let mut tx = ctx.write().await.unwrap();
        let taken = schedule::take(ctx, &mut tx, &registry, &["tick"])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        taken.len()
    };
    let (mine, theirs) = tokio::join!(take(&ctx), take(&other));
    assert_eq!(mine + theirs, 1);
    // The next interval comes, and the run still goes on.
    db.clock().advance(MINUTE / 6);
    assert_eq!(take(&ctx).await + take(&other).await, 0);
    for node in [&ctx, &other] {
        node.node.heartbeat(&node.db, &node.clock).await.unwrap();
    }
    db.clock().advance(MINUTE);
    assert_eq!(take(&ctx).await + take(&other).await, 0);
    // Its node dies: the run is due again at once.
    let survivor = if mine == 1 { &other } else { &ctx };
    survivor
        .node
        .heartbeat(&survivor.db, &survivor.clock)
        .await
        .unwrap();
    reclaim(survivor).await.unwrap();
    assert_eq!(take(survivor).await, 1);
}

#[testkit::db_test]
async fn failing_or_panicking_work_runs_again_next_time(db: TestDb) {
    let ctx = prepare(&db).await;
    let registry = Registry::new()
        .every("fails", MINUTE, |ctx: Ctx| async move {
            let mut tx = ctx.write().await?;
            note(&ctx, &mut tx, "fails", 0).await?;
            tx.commit().await?;
            Err(anyhow::anyhow!("no luck"))
        })
        .every("panics", MINUTE, |ctx: Ctx| async move {
            let mut tx = ctx.write().await?;
            note(&ctx, &mut tx, "panics", 0).await?;
            tx.commit().await?;
            assert!(ctx.node.epoch() < 0, "oh");
            Ok(())
        });
    run_due(&ctx, &registry).await;
    db.clock().advance(MINUTE);
    run_due(&ctx, &registry).await;
    assert_eq!(labels(&ctx).await, ["fails", "panics", "fails", "panics"]);
}

#[testkit::db_test]
async fn rare_work_that_failed_is_tried_again_soon(db: TestDb) {
    let ctx = prepare(&db).await;
    let registry = Registry::new().every("daily", MINUTE * 1440, |ctx: Ctx| async move {
        let mut tx = ctx.write().await?;
        note(&ctx, &mut tx, "daily", 0).await?;
        tx.commit().await?;
        let first = labels(&ctx).await.len() == 1;
        anyhow::ensure!(!first, "no luck");
        Ok(())
    });
    for (minutes, runs) in [(0, 1), (4, 1), (1, 2), (1439, 2), (1, 3)] {
        db.clock().advance(MINUTE * minutes);
        run_due(&ctx, &registry).await;
        assert_eq!(
            labels(&ctx).await.len(),
            runs,
            "after {minutes} more minutes"
        );
    }
}

#[testkit::db_test]
async fn work_that_shutdown_stopped_is_due_at_once(db: TestDb) {
    let ctx = prepare(&db).await;
    let hanging = Registry::new().every("tick", MINUTE * 1440, |ctx: Ctx| async move {
        let mut tx = ctx.write().await?;
        note(&ctx, &mut tx, "hangs", 0).await?;
        tx.commit().await?;
        std::future::pending().await
    });
    let mut worker = Worker::new(ctx.clone(), hanging, WorkerConfig::default());
    worker.grace = Duration::from_millis(10);
    let worker = ctx.tasks.spawn(worker.run());
    eventually("it runs", async || {
        (labels(&ctx).await == ["hangs"]).then_some(())
    })
    .await;
    ctx.shutdown.cancel();
    worker.await.unwrap();
    let next = db.another_node().await;
    run_due(&next, &noting("tick")).await;
    assert_eq!(labels(&ctx).await, ["hangs", "tick"]);
}

#[testkit::db_test]
async fn a_shorter_interval_takes_effect_at_once(db: TestDb) {
    let ctx = prepare(&db).await;
    let slow = Registry::new().every("tick", MINUTE * 600, |_: Ctx| async { Ok(()) });
    run_due(&ctx, &slow).await;
    db.clock().advance(MINUTE);
    run_due(&ctx, &noting("tick")).await;
    assert_eq!(labels(&ctx).await, ["tick"]);
}
