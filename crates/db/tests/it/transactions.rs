//! What a transaction promises.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use db::{Config, Db, Engine, LockClass, Topic};
use testkit::TestDb;

use crate::{count, insert, with_table};

#[testkit::db_test]
async fn fifty_writers_at_once_queue_and_none_fails(db: TestDb) {
    let ctx = with_table(&db).await;
    let mut tx = ctx.write().await.unwrap();
    insert(&mut tx, 1, "counter").await.unwrap();
    tx.commit().await.unwrap();
    let writers: Vec<_> = (0..50)
        .map(|_| {
            let ctx = ctx.clone();
            ctx.tasks.clone().spawn(async move {
                let mut tx = ctx.write().await?;
                // Read, then write what was read: nobody comes in between.
                tx.lock(LockClass::Setup, 1).await?;
                let row = tx
                    .query("select n from thing where id = 1")
                    .fetch_one()
                    .await?;
                tokio::task::yield_now().await;
                tx.query("update thing set n = $1 where id = 1")
                    .bind(row.get::<i64>("n")? + 1)
                    .execute()
                    .await?;
                tx.commit().await
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    let mut tx = ctx.read().await.unwrap();
    let row = tx
        .query("select n from thing where id = 1")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.get::<i64>("n").unwrap(), 50);
}

#[testkit::db_test]
async fn a_dropped_transaction_changes_nothing(db: TestDb) {
    let ctx = with_table(&db).await;
    for explicitly in [false, true] {
        let mut tx = ctx.write().await.unwrap();
        insert(&mut tx, 1, "a").await.unwrap();
        if explicitly {
            tx.rollback().await.unwrap();
        } else {
            drop(tx);
        }
        assert_eq!(count(&mut ctx.read().await.unwrap()).await, 0);
        assert_eq!(count(&mut ctx.write().await.unwrap()).await, 0);
    }
}

#[testkit::db_test]
async fn a_canceled_task_changes_nothing(db: TestDb) {
    let ctx = with_table(&db).await;
    let task = ctx.tasks.spawn({
        let ctx = ctx.clone();
        async move {
            let mut tx = ctx.write().await.unwrap();
            insert(&mut tx, 1, "a").await.unwrap();
            std::future::pending::<()>().await;
        }
    });
    while !task.is_finished() {
        tokio::task::yield_now().await;
        task.abort();
    }
    let mut tx = ctx.write().await.unwrap();
    assert_eq!(count(&mut tx).await, 0);
    insert(&mut tx, 1, "b").await.unwrap();
    tx.commit().await.unwrap();
}

#[testkit::db_test]
async fn a_reader_cannot_write(db: TestDb) {
    let ctx = with_table(&db).await;
    let mut tx = ctx.read().await.unwrap();
    let refused = tx
        .query("insert into thing (id) values (1)")
        .execute()
        .await;
    assert!(refused.is_err());
}

#[testkit::db_test]
async fn a_reader_of_sqlite_sees_one_snapshot(db: TestDb) {
    let ctx = with_table(&db).await;
    let mut reader = ctx.read().await.unwrap();
    assert_eq!(count(&mut reader).await, 0);
    let mut tx = ctx.write().await.unwrap();
    insert(&mut tx, 1, "a").await.unwrap();
    // What is not committed is nobody else's.
    assert_eq!(count(&mut reader).await, 0);
    tx.commit().await.unwrap();
    let seen = match ctx.db.engine() {
        Engine::Sqlite => 0,
        // READ COMMITTED: each statement sees what is committed by then.
        Engine::Postgres => 1,
    };
    assert_eq!(count(&mut reader).await, seen);
    assert_eq!(count(&mut ctx.read().await.unwrap()).await, 1);
}

#[testkit::db_test]
async fn commit_stamps_rise(db: TestDb) {
    let ctx = db.ctx();
    let other = db.another_node().await;
    let mut last = -1;
    for ctx in [&ctx, &other, &ctx, &other] {
        let mut tx = ctx.write().await.unwrap();
        let stamp = tx.commit_stamp().await.unwrap();
        assert_eq!(tx.commit_stamp().await.unwrap(), stamp);
        assert!(stamp > last);
        // While it runs it is not below the horizon.
        let horizon = tx.commit_horizon().await.unwrap();
        assert!(horizon <= stamp || ctx.db.engine() == Engine::Sqlite);
        tx.commit().await.unwrap();
        last = stamp;
    }
    // The stamp of a rolled back transaction may be given again; nothing was recorded with it.
    let mut tx = ctx.write().await.unwrap();
    tx.commit_stamp().await.unwrap();
    drop(tx);
    let mut tx = ctx.write().await.unwrap();
    assert!(tx.commit_stamp().await.unwrap() > last);
}

#[testkit::db_test]
async fn a_lock_lasts_until_the_end_of_its_transaction(db: TestDb) {
    let ctx = db.ctx();
    if ctx.db.engine() == Engine::Sqlite {
        // The single writer holds every lock.
        let mut tx = ctx.write().await.unwrap();
        assert!(tx.try_lock(LockClass::Cursor, 1).await.unwrap());
        return;
    }
    let mut first = ctx.write().await.unwrap();
    first.lock(LockClass::Cursor, 1).await.unwrap();
    let mut second = ctx.write().await.unwrap();
    assert!(!second.try_lock(LockClass::Cursor, 1).await.unwrap());
    assert!(second.try_lock(LockClass::Cursor, 2).await.unwrap());
    assert!(second.try_lock(LockClass::Campaign, 1).await.unwrap());
    first.commit().await.unwrap();
    assert!(second.try_lock(LockClass::Cursor, 1).await.unwrap());
}

#[testkit::db_test]
async fn many_locks_are_taken_at_once_or_those_that_are_free(db: TestDb) {
    let ctx = db.ctx();
    let mut first = ctx.write().await.unwrap();
    first
        .lock_many(LockClass::Subscriber, &[1, 2])
        .await
        .unwrap();
    if ctx.db.engine() == Engine::Sqlite {
        let free = first.try_lock_many(LockClass::Subscriber, &[2, 3]).await;
        assert_eq!(free.unwrap(), [2, 3]);
        return;
    }
    let mut second = ctx.write().await.unwrap();
    let free = second
        .try_lock_many(LockClass::Subscriber, &[1, 2, 3])
        .await;
    assert_eq!(free.unwrap(), [3]);
    assert!(
        !second.try_lock(LockClass::Subscriber, 1).await.unwrap(),
        "the same lock as one by one"
    );
    let free = second.try_lock_many(LockClass::Campaign, &[1]).await;
    assert_eq!(free.unwrap(), [1], "of another class");
}

#[testkit::db_test]
async fn a_hint_comes_with_the_commit_and_reaches_other_nodes(db: TestDb) {
    let ctx = db.ctx();
    let other = db.another_node().await;
    let listening = other.db.clone();
    other.tasks.spawn(async move { listening.listen().await });

    let mut wakeup = ctx.db.wakeups(Topic::Jobs);
    let mut tx = ctx.write().await.unwrap();
    tx.nudge(Topic::Jobs);
    drop(tx);
    let hinted = Arc::new(AtomicBool::new(false));
    let waiter = ctx.tasks.spawn({
        let (hinted, mut theirs) = (hinted.clone(), other.db.wakeups(Topic::Jobs));
        async move {
            theirs.wait(Duration::from_hours(1)).await;
            hinted.store(true, Ordering::SeqCst);
        }
    });
    // A hint that came before the wait is not lost; one of a rolled back transaction never comes.
    for _ in 0..2000 {
        if hinted.load(Ordering::SeqCst) {
            break;
        }
        // The other node may not be listening yet.
        let mut tx = ctx.write().await.unwrap();
        tx.nudge(Topic::Jobs);
        tx.commit().await.unwrap();
        wakeup.wait(Duration::from_hours(1)).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    waiter.await.unwrap();
}

#[testkit::db_test]
async fn a_back_up_is_a_whole_database(db: TestDb) {
    let ctx = with_table(&db).await;
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("copy's \"name\".db");
    if ctx.db.engine() == Engine::Postgres {
        let error = ctx.db.back_up_sqlite(&target).await.unwrap_err();
        assert!(error.to_string().contains("pg_dump"), "{error}");
        return;
    }
    let mut tx = ctx.write().await.unwrap();
    insert(&mut tx, 1, "a").await.unwrap();
    tx.commit().await.unwrap();
    // A writer in the midst of something neither waits nor is copied.
    let mut tx = ctx.write().await.unwrap();
    insert(&mut tx, 2, "b").await.unwrap();
    ctx.db.back_up_sqlite(&target).await.unwrap();
    tx.commit().await.unwrap();
    let copy = Db::open(&Config::from_url(target.to_str().unwrap()))
        .await
        .unwrap();
    copy.migrate().await.unwrap();
    assert_eq!(count(&mut copy.read().await.unwrap()).await, 1);
    // It does not overwrite.
    assert!(ctx.db.back_up_sqlite(&target).await.is_err());
}
