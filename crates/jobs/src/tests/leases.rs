//! Leases: who has them, how they end, and what a zombie can do.

use super::*;
use crate::claim::{Load, claim};
use crate::run::{Ended, Ending, write_endings};
use crate::store::Claimed;
use crate::{reclaim, run_due};

async fn claim_on(ctx: &Ctx, slots: usize) -> Vec<Claimed> {
    let mut tx = ctx.write().await.unwrap();
    let claimed = claim(ctx, &mut tx, &[Probe::KIND], slots, &Load::new())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    claimed.jobs
}

pub(super) async fn finish(ctx: &Ctx, job: Claimed) {
    finish_as(ctx, job, Ending::Done).await;
}

async fn finish_as(ctx: &Ctx, job: Claimed, ending: Ending) {
    let mut tx = ctx.write().await.unwrap();
    let report = write_endings(ctx, &mut tx, &[Ended { job, ending }])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    report.tell();
}

#[testkit::db_test]
async fn a_leased_job_is_nobody_elses(db: TestDb) {
    let ctx = prepare(&db).await;
    let other = db.another_node().await;
    let id = enqueue_probe(&ctx, "a", Does::Succeed).await;
    let mine = claim_on(&ctx, 5).await;
    assert_eq!(mine.iter().map(|job| job.id).collect::<Vec<_>>(), [id]);
    assert_eq!(mine[0].attempt, 1);
    assert!(claim_on(&other, 5).await.is_empty());
    assert_eq!(reclaim(&other).await.unwrap(), 0);
    assert_eq!(state(&ctx, id).await.leased_to, Some(ctx.node.epoch()));
}

#[testkit::db_test]
async fn a_dead_nodes_lease_is_taken_back_and_its_zombie_changes_nothing(db: TestDb) {
    let dead = prepare(&db).await;
    let other = db.another_node().await;
    let id = enqueue_probe(&dead, "a", Does::Succeed).await;
    let zombie = claim_on(&dead, 1).await.remove(0);
    db.clock().advance(PAST_LIFE);
    other.node.heartbeat(&other.db, &other.clock).await.unwrap();
    assert_eq!(reclaim(&other).await.unwrap(), 1);
    let reclaimed = state(&other, id).await;
    assert_eq!((reclaimed.state.as_str(), reclaimed.attempts), ("ready", 1));

    // While it is ready again, while the other node runs it, and after that has ended.
    for ending in [
        Ending::Done,
        Ending::Fail("late".to_owned()),
        Ending::Retry("late".to_owned()),
    ] {
        finish_as(&dead, zombie.clone(), ending).await;
        assert_eq!(state(&other, id).await, reclaimed);
    }
    let taken_over = claim_on(&other, 1).await.remove(0);
    assert_eq!(taken_over.attempt, 2);
    let running = state(&other, id).await;
    for ending in [
        Ending::Done,
        Ending::Fail("late".to_owned()),
        Ending::Snooze(Duration::from_secs(1)),
    ] {
        finish_as(&dead, zombie.clone(), ending).await;
        assert_eq!(state(&other, id).await, running);
    }
    finish_as(&other, taken_over, Ending::Done).await;
    let done = state(&other, id).await;
    assert_eq!(done.state, "done");
    finish_as(&dead, zombie, Ending::Fail("late".to_owned())).await;
    assert_eq!(state(&other, id).await, done);
}

#[testkit::db_test]
async fn an_old_attempt_of_the_same_node_changes_nothing(db: TestDb) {
    let frozen = prepare(&db).await;
    let other = db.another_node().await;
    let id = enqueue_probe(&frozen, "a", Does::Succeed).await;
    let first = claim_on(&frozen, 1).await.remove(0);
    db.clock().advance(PAST_LIFE);
    other.node.heartbeat(&other.db, &other.clock).await.unwrap();
    reclaim(&other).await.unwrap();
    // It thaws, lives on with its old epoch, and claims the same job again.
    let node = frozen.node;
    node.heartbeat(&frozen.db, &frozen.clock).await.unwrap();
    let second = claim_on(&frozen, 1).await.remove(0);
    finish_as(&frozen, first, Ending::Done).await;
    assert_eq!(state(&frozen, id).await.state, "running");
    finish_as(&frozen, second, Ending::Done).await;
    assert_eq!(state(&frozen, id).await.state, "done");
}

#[testkit::db_test]
async fn a_job_that_kills_its_process_runs_out_of_attempts(db: TestDb) {
    let ctx = prepare(&db).await;
    let id = enqueue_probe(&ctx, "a", Does::Succeed).await;
    for attempt in 1..=i64::from(Probe::MAX_ATTEMPTS) {
        let victim = db.another_node().await;
        assert_eq!(claim_on(&victim, 1).await.len(), 1);
        assert_eq!(state(&ctx, id).await.attempts, attempt);
        db.clock().advance(PAST_LIFE);
        ctx.node.heartbeat(&ctx.db, &ctx.clock).await.unwrap();
        assert_eq!(reclaim(&ctx).await.unwrap(), 1);
    }
    let after = state(&ctx, id).await;
    assert_eq!(after.state, "dead");
    assert!(after.error.unwrap().contains("process ended"));
    assert_eq!(run_due(&ctx, &registry()).await, 0);
}

#[testkit::db_test]
async fn signing_off_frees_leases_at_once(db: TestDb) {
    let ctx = prepare(&db).await;
    let leaving = db.another_node().await;
    let id = enqueue_probe(&ctx, "a", Does::Succeed).await;
    claim_on(&leaving, 1).await;
    leaving
        .node
        .sign_off(&leaving.db, &leaving.clock)
        .await
        .unwrap();
    assert_eq!(reclaim(&ctx).await.unwrap(), 1);
    assert_eq!(state(&ctx, id).await.state, "ready");
}

#[testkit::db_test]
async fn nodes_that_claim_at_the_same_time_share_the_jobs(db: TestDb) {
    let ctx = prepare(&db).await;
    let other = db.another_node().await;
    let mut tx = ctx.write().await.unwrap();
    for n in 0..120 {
        let job = probe(&n.to_string(), Does::Succeed);
        crate::enqueue(&ctx, &mut tx, account(1), &job)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let claim_all = async |ctx: &Ctx| {
        let mut all = Vec::new();
        let mut idle = 0;
        // Contention may leave a round empty although there is work.
        while idle < 20 {
            let got = claim_on(ctx, 7).await;
            idle = if got.is_empty() { idle + 1 } else { 0 };
            all.extend(got.into_iter().map(|job| job.id));
            tokio::task::yield_now().await;
        }
        all
    };
    let (mine, theirs) = tokio::join!(claim_all(&ctx), claim_all(&other));
    let mut all = [mine, theirs].concat();
    assert_eq!(all.len(), 120);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 120);
}

#[testkit::db_test]
async fn nodes_of_a_copied_database_can_be_declared_dead(db: TestDb) {
    let ctx = prepare(&db).await;
    let clock = kernel::Clock::system();
    let node = ctx::Node::register(&ctx.db, &clock, "backed up")
        .await
        .unwrap();
    assert!(ctx::Node::any_alive(&ctx.db).await.unwrap());
    ctx::Node::declare_all_dead(&ctx.db).await.unwrap();
    assert!(!ctx::Node::any_alive(&ctx.db).await.unwrap());
    assert!(!node.is_alive(&ctx.db, &clock).await.unwrap());
    // Their epochs are still never used again.
    let next = ctx::Node::register(&ctx.db, &clock, "restored")
        .await
        .unwrap();
    assert!(next.epoch() > node.epoch());
}
