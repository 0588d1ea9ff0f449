//! In and out of the queue, in order.

use super::*;
use crate::claim::{Load, claim};
use crate::{prune, run_due};

#[testkit::db_test]
async fn a_job_runs_once_and_is_done(db: TestDb) {
    let ctx = prepare(&db).await;
    let id = enqueue_probe(&ctx, "a", Does::Succeed).await;
    assert_eq!(run_due(&ctx, &registry()).await, 1);
    assert_eq!(run_due(&ctx, &registry()).await, 0);
    assert_eq!(ran(&ctx).await, [("a".to_owned(), 1)]);
    let after = state(&ctx, id).await;
    assert_eq!((after.state.as_str(), after.leased_to), ("done", None));
}

#[testkit::db_test]
async fn a_rolled_back_transaction_leaves_no_job(db: TestDb) {
    let ctx = prepare(&db).await;
    let mut tx = ctx.write().await.unwrap();
    crate::enqueue(&ctx, &mut tx, account(1), &probe("a", Does::Succeed))
        .await
        .unwrap();
    drop(tx);
    assert_eq!(run_due(&ctx, &registry()).await, 0);
    assert_eq!(ran(&ctx).await, []);
}

#[testkit::db_test]
async fn jobs_run_in_the_order_of_their_due_times(db: TestDb) {
    let ctx = prepare(&db).await;
    let now = ctx.clock.now();
    for (label, minutes) in [("third", 3), ("first", 1), ("second", 2), ("later", 60)] {
        let due = now + Duration::from_mins(minutes);
        let new = New::of(&probe(label, Does::Succeed)).due(due);
        enqueue(&ctx, new).await.unwrap();
    }
    assert_eq!(run_due(&ctx, &registry()).await, 0);
    db.clock().advance(Duration::from_mins(5));
    assert_eq!(run_due(&ctx, &registry()).await, 3);
    assert_eq!(labels(&ctx).await, ["first", "second", "third"]);
    db.clock().advance(Duration::from_mins(55));
    assert_eq!(run_due(&ctx, &registry()).await, 1);
}

#[testkit::db_test]
async fn jobs_that_jobs_enqueue_run_as_well(db: TestDb) {
    let ctx = prepare(&db).await;
    enqueue_probe(&ctx, "a", Does::Enqueue("b".to_owned())).await;
    assert_eq!(run_due(&ctx, &registry()).await, 2);
    assert_eq!(labels(&ctx).await, ["a", "b"]);
}

#[testkit::db_test]
async fn a_unique_key_is_taken_until_its_job_has_ended(db: TestDb) {
    let ctx = prepare(&db).await;
    let keyed = |does| New::of(&probe("a", does)).unique_key("k");
    let first = enqueue(&ctx, keyed(Does::Succeed)).await.unwrap();
    assert_eq!(enqueue(&ctx, keyed(Does::Succeed)).await, None);
    let other = New::of(&probe("b", Does::Succeed)).unique_key("other");
    assert!(enqueue(&ctx, other).await.is_some());

    // Still while it runs.
    let mut tx = ctx.write().await.unwrap();
    let claimed = claim(&ctx, &mut tx, &[Probe::KIND], 1, &Load::new())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(claimed.jobs[0].id, first);
    assert_eq!(enqueue(&ctx, keyed(Does::Succeed)).await, None);

    // Free once it is done, and once it is dead.
    db.clock().advance(PAST_LIFE);
    run_due(&ctx, &registry()).await;
    crate::tests::leases::finish(&ctx, claimed.jobs.into_iter().next().unwrap()).await;
    assert_eq!(state(&ctx, first).await.state, "done");
    assert!(enqueue(&ctx, keyed(Does::Fail)).await.is_some());
    run_due(&ctx, &registry()).await;
    assert!(enqueue(&ctx, keyed(Does::Succeed)).await.is_some());
}

#[testkit::db_test]
async fn a_unique_key_belongs_to_its_kind(db: TestDb) {
    #[derive(Serialize, Deserialize)]
    struct Other;
    impl Job for Other {
        const KIND: &'static str = "test.other";
        async fn run(self, _: &Ctx, _: Attempt) -> Result<(), JobError> {
            Ok(())
        }
    }
    let ctx = prepare(&db).await;
    let probe = New::of(&probe("a", Does::Succeed)).unique_key("k");
    assert!(enqueue(&ctx, probe).await.is_some());
    assert!(
        enqueue(&ctx, New::of(&Other).unique_key("k"))
            .await
            .is_some()
    );
    assert_eq!(run_due(&ctx, &registry().job::<Other>()).await, 2);
}

#[testkit::db_test]
async fn an_unknown_kind_waits_for_a_process_that_knows_it(db: TestDb) {
    let ctx = prepare(&db).await;
    let id = enqueue_probe(&ctx, "a", Does::Succeed).await;
    assert_eq!(run_due(&ctx, &Registry::new()).await, 0);
    let ignorant = Registry::new().drain("something.else");
    assert_eq!(run_due(&ctx, &ignorant).await, 0);
    let after = state(&ctx, id).await;
    assert_eq!((after.state.as_str(), after.attempts), ("ready", 0));
    assert_eq!(run_due(&ctx, &registry()).await, 1);
}

#[testkit::db_test]
async fn a_retired_kind_is_drained(db: TestDb) {
    let ctx = prepare(&db).await;
    let id = enqueue_probe(&ctx, "a", Does::Succeed).await;
    let retired = Registry::new().drain(Probe::KIND);
    assert_eq!(run_due(&ctx, &retired).await, 1);
    assert_eq!(state(&ctx, id).await.state, "done");
    assert_eq!(ran(&ctx).await, []);
}

#[testkit::db_test]
async fn a_flood_of_one_account_does_not_hold_up_another(db: TestDb) {
    let ctx = prepare(&db).await;
    let now = ctx.clock.now();
    let mut tx = ctx.write().await.unwrap();
    for _ in 0..600 {
        crate::enqueue(&ctx, &mut tx, account(1), &probe("flood", Does::Succeed))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    db.clock().advance(Duration::from_mins(1));
    for (owner, label) in [(Some(2), "small"), (None, "system"), (Some(3), "later")] {
        let mut new = New::of(&probe(label, Does::Succeed));
        new.account = owner.map(account);
        if label == "later" {
            new = new.due(now + Duration::from_hours(1));
        }
        enqueue(&ctx, new).await.unwrap();
    }
    let mut tx = ctx.write().await.unwrap();
    let got = claim(&ctx, &mut tx, &[Probe::KIND], 4, &Load::new())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut owners: Vec<_> = got.jobs.iter().map(|job| job.account).collect();
    owners.sort();
    assert_eq!(
        owners,
        [None, Some(account(1)), Some(account(1)), Some(account(2))]
    );
}

#[testkit::db_test]
async fn finished_jobs_are_pruned_and_waiting_ones_stay(db: TestDb) {
    let ctx = prepare(&db).await;
    let hour = Duration::from_hours(1);
    enqueue_probe(&ctx, "done", Does::Succeed).await;
    let dead = enqueue_probe(&ctx, "dead", Does::Fail).await;
    run_due(&ctx, &registry()).await;
    db.clock().advance(hour * 2);
    enqueue_probe(&ctx, "young", Does::Succeed).await;
    run_due(&ctx, &registry()).await;
    enqueue_probe(&ctx, "waiting", Does::Succeed).await;
    assert_eq!(prune(&ctx, hour, hour * 24).await.unwrap(), 1);
    assert_eq!(state(&ctx, dead).await.state, "dead");
    db.clock().advance(hour * 48);
    assert_eq!(prune(&ctx, hour, hour * 24).await.unwrap(), 2);
    assert_eq!(run_due(&ctx, &registry()).await, 1);
}
