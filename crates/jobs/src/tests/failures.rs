//! Failures, pauses, dead letters.

use kernel::{Error, Limit};

use super::*;
use crate::{dead_letters, retry_dead, run_due};

#[testkit::db_test]
async fn a_failed_job_is_tried_again_later_and_given_up_in_the_end(db: TestDb) {
    let ctx = prepare(&db).await;
    let id = enqueue_probe(&ctx, "a", Does::Retry).await;
    let mut now = ctx.clock.now();
    for (attempt, least) in [(1, 5), (2, 15)] {
        assert_eq!(run_due(&ctx, &registry()).await, 1);
        let after = state(&ctx, id).await;
        assert_eq!((after.state.as_str(), after.attempts), ("ready", attempt));
        assert_eq!(
            after.error.as_deref(),
            Some("cannot send: the relay is away")
        );
        let pause = after.due.since(now);
        let least = Duration::from_secs(least);
        assert!((least..=least * 5 / 4).contains(&pause), "{pause:?}");

        let almost = pause.saturating_sub(Duration::from_micros(1));
        db.clock().advance(almost);
        assert_eq!(run_due(&ctx, &registry()).await, 0);
        db.clock().advance(pause.saturating_sub(almost));
        now = ctx.clock.now();
    }
    assert_eq!(run_due(&ctx, &registry()).await, 1);
    let after = state(&ctx, id).await;
    assert_eq!((after.state.as_str(), after.attempts), ("dead", 3));
    let attempts: Vec<i64> = ran(&ctx).await.into_iter().map(|(_, n)| n).collect();
    assert_eq!(attempts, [1, 2, 3]);
}

#[testkit::db_test]
async fn fail_gives_up_at_once(db: TestDb) {
    let ctx = prepare(&db).await;
    let id = enqueue_probe(&ctx, "a", Does::Fail).await;
    assert_eq!(run_due(&ctx, &registry()).await, 1);
    let after = state(&ctx, id).await;
    assert_eq!((after.state.as_str(), after.attempts), ("dead", 1));
    assert_eq!(after.error.as_deref(), Some("a nul\u{fffd} byte"));
}

#[testkit::db_test]
async fn a_panic_is_a_failure_like_any_other(db: TestDb) {
    let ctx = prepare(&db).await;
    let id = enqueue_probe(&ctx, "a", Does::Panic).await;
    enqueue_probe(&ctx, "b", Does::Succeed).await;
    assert_eq!(run_due(&ctx, &registry()).await, 2);
    let after = state(&ctx, id).await;
    assert_eq!((after.state.as_str(), after.attempts), ("ready", 1));
    assert_eq!(after.error.as_deref(), Some("panicked: index out of range"));
    for _ in 0..2 {
        db.clock().advance(Duration::from_hours(1));
        run_due(&ctx, &registry()).await;
    }
    assert_eq!(state(&ctx, id).await.state, "dead");
}

#[testkit::db_test]
async fn snoozing_uses_up_no_attempt(db: TestDb) {
    let ctx = prepare(&db).await;
    let minute = Duration::from_mins(1);
    let id = enqueue_probe(&ctx, "a", Does::Snooze(minute)).await;
    for _ in 0..5 {
        assert_eq!(run_due(&ctx, &registry()).await, 1);
        let after = state(&ctx, id).await;
        assert_eq!((after.state.as_str(), after.attempts), ("ready", 0));
        assert_eq!(after.due, ctx.clock.now() + minute);
        assert_eq!(run_due(&ctx, &registry()).await, 0);
        db.clock().advance(minute);
    }
    assert!(ran(&ctx).await.iter().all(|(_, attempt)| *attempt == 1));
}

#[testkit::db_test]
async fn snoozing_for_no_time_does_not_spin(db: TestDb) {
    let ctx = prepare(&db).await;
    enqueue_probe(&ctx, "a", Does::Snooze(Duration::ZERO)).await;
    assert_eq!(run_due(&ctx, &registry()).await, 1);
}

#[testkit::db_test]
async fn a_payload_that_cannot_be_read_is_a_dead_letter(db: TestDb) {
    let ctx = prepare(&db).await;
    let mut new = New::of(&probe("a", Does::Succeed));
    new.payload = "{\"label\": 7}".to_owned();
    let id = enqueue(&ctx, new).await.unwrap();
    assert_eq!(run_due(&ctx, &registry()).await, 1);
    let after = state(&ctx, id).await;
    assert_eq!((after.state.as_str(), after.attempts), ("dead", 1));
    let error = after.error.unwrap();
    assert!(error.starts_with("the payload cannot be read: "), "{error}");
}

#[testkit::db_test]
async fn dead_letters_are_listed_by_account_and_can_be_tried_again(db: TestDb) {
    let ctx = prepare(&db).await;
    for (owner, label) in [(1, "a"), (1, "b"), (2, "c"), (1, "d")] {
        let new = New::of(&probe(label, Does::Fail)).account(account(owner));
        enqueue(&ctx, new).await.unwrap();
        run_due(&ctx, &registry()).await;
        db.clock().advance(Duration::from_secs(1));
    }
    let mut tx = ctx.read().await.unwrap();
    let mut payloads = Vec::new();
    let mut cursor = None;
    loop {
        let limit = Limit::try_new(2).unwrap();
        let page = dead_letters(&mut tx, Some(account(1)), cursor, limit)
            .await
            .unwrap();
        payloads.extend(page.data.iter().map(|letter| letter.payload.clone()));
        let Some(next) = page.next_cursor else { break };
        cursor = Some(kernel::Cursor::decode(&next).unwrap());
    }
    let in_order: Vec<bool> = payloads
        .iter()
        .zip(["\"d\"", "\"b\"", "\"a\""])
        .map(|(payload, label)| payload.contains(label))
        .collect();
    assert_eq!(in_order, [true; 3]);
    let everyones = dead_letters(&mut tx, None, None, Limit::default())
        .await
        .unwrap()
        .data;
    assert_eq!(everyones.len(), 4);
    let letter = &everyones[0];
    assert_eq!((letter.kind.as_str(), letter.attempts), (Probe::KIND, 1));
    drop(tx);

    let mut tx = ctx.write().await.unwrap();
    retry_dead(&ctx, &mut tx, letter.id).await.unwrap();
    let again = retry_dead(&ctx, &mut tx, letter.id).await;
    assert!(matches!(again, Err(Error::NotFound { .. })));
    tx.commit().await.unwrap();
    assert_eq!(state(&ctx, letter.id).await.attempts, 0);
    assert_eq!(run_due(&ctx, &registry()).await, 1);
}

#[testkit::db_test]
async fn a_dead_letter_is_not_tried_again_beside_its_successor(db: TestDb) {
    let ctx = prepare(&db).await;
    let keyed = |does| New::of(&probe("a", does)).unique_key("k");
    let dead = enqueue(&ctx, keyed(Does::Fail)).await.unwrap();
    run_due(&ctx, &registry()).await;
    enqueue(&ctx, keyed(Does::Succeed)).await.unwrap();
    let retry = async || {
        let mut tx = ctx.write().await.unwrap();
        let outcome = retry_dead(&ctx, &mut tx, dead).await;
        tx.commit().await.unwrap();
        outcome
    };
    assert!(matches!(
        retry().await,
        Err(Error::Conflict {
            code: "job_replaced",
            ..
        })
    ));
    run_due(&ctx, &registry()).await;
    retry().await.unwrap();
    assert_eq!(state(&ctx, dead).await.state, "ready");
}
