//! Imports that are interrupted.

use std::fmt::Write as _;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use super::*;

/// Good rows, bad rows, duplicates, quoted line breaks.
fn file() -> String {
    let mut file = "email,first_name,city,points\n".to_owned();
    for n in 0..200 {
        match n % 10 {
            4 => writeln!(file, "p{},,Again,", n - 3).unwrap(),
            5 => writeln!(file, "p{}@example.com,,Again,", n - 3).unwrap(),
            7 => writeln!(file, "p{n}@example.com,,,\"x\ny\"").unwrap(),
            8 => writeln!(file, "p{n}@example.com,\"open,,").unwrap(),
            _ => writeln!(file, "p{n}@example.com,P{n},\"C\"\"{n}\",{n}").unwrap(),
        }
    }
    file
}

async fn whole(db: &TestDb) -> (Fixture, Import) {
    let it = fixture(db).await;
    let import = it.import(file(), labelled()).await;
    (it, import)
}

async fn same_result(it: &Fixture, id: ImportId, clean: &(Fixture, Import)) {
    let import = it.get(id).await;
    assert_eq!(import.state, State::Completed);
    assert_eq!(import.counters, clean.1.counters);
    assert_eq!(import.total, clean.1.total);
    assert_eq!(it.people().await, clean.0.people().await);
    assert_eq!(it.errors(id).await, clean.0.errors(clean.1.id).await);
    let created = it.events("subscriber.created").await;
    assert_eq!(created, import.counters.created);
    assert_eq!(it.files(), 0);
}

#[testkit::db_test]
async fn an_import_goes_on_behind_its_last_commit(db: TestDb) {
    let clean_db = TestDb::sqlite().await;
    let clean = whole(&clean_db).await;
    let it = fixture(&db).await;
    let import = it.create(file(), labelled()).await.unwrap();
    for (attempt, rows) in [7, 1, 40, 13].into_iter().cycle().enumerate() {
        let pace = Pace {
            rows,
            batches: 2,
            ..PACE
        };
        if it.run(import.id, pace).await == End::Done {
            break;
        }
        // The sorted rows may be lost as well.
        if attempt == 2 {
            let sorted = crate::imports::prepare::sorted_path(import.file_path.as_ref());
            std::fs::remove_file(sorted).unwrap();
        }
    }
    same_result(&it, import.id, &clean).await;
}

/// Polls a future so many times and then drops it, wherever it stands. Gives back whether it ended before.
async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(end) => Poll::Ready(Some(end)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[testkit::db_test]
async fn an_import_that_is_cut_off_anywhere_ends_as_a_clean_one(db: TestDb) {
    let clean_db = TestDb::sqlite().await;
    let clean = whole(&clean_db).await;
    let it = fixture(&db).await;
    let import = it.create(file(), labelled()).await.unwrap();
    let pace = Pace { rows: 20, ..PACE };
    // In the middle of a transaction more often than not; longer each time, so that it ends.
    for times in (3..).step_by(11) {
        match polled(it.run(import.id, pace), times).await {
            Some(End::Done) => break,
            // What was cut off has been committed after all.
            Some(End::Elsewhere) | None => {}
            Some(end) => panic!("{end:?}"),
        }
    }
    same_result(&it, import.id, &clean).await;
}

#[testkit::db_test]
async fn two_workers_at_the_same_place_take_each_row_once(db: TestDb) {
    let clean_db = TestDb::sqlite().await;
    let clean = whole(&clean_db).await;
    let it = fixture(&db).await;
    let import = it.create(file(), labelled()).await.unwrap();
    let pace = Pace { rows: 20, ..PACE };
    loop {
        let (one, other) = tokio::join!(it.run(import.id, pace), it.run(import.id, pace));
        if [one, other] == [End::Done; 2] {
            break;
        }
    }
    same_result(&it, import.id, &clean).await;
}

#[testkit::db_test]
async fn an_import_can_be_stopped_and_resumed(db: TestDb) {
    let clean_db = TestDb::sqlite().await;
    let clean = whole(&clean_db).await;
    let it = fixture(&db).await;
    let (ctx, account, actor) = (&it.ctx, it.account, &it.actor);
    let import = it.create(file(), labelled()).await.unwrap();
    let id = import.id;

    // Before it began.
    let stopped = service::stop(ctx, account, actor, id).await.unwrap();
    assert_eq!(stopped.state, State::Stopped);
    assert_eq!(it.run(id, PACE).await, End::Done);
    assert_eq!(it.get(id).await.counters.processed, 0);
    service::resume(ctx, account, actor, id).await.unwrap();

    // In between.
    let pace = Pace {
        rows: 30,
        batches: 2,
        ..PACE
    };
    assert_eq!(it.run(id, pace).await, End::Interrupted);
    let stopping = service::stop(ctx, account, actor, id).await.unwrap();
    assert_eq!(stopping.state, State::Stopping);
    let error = service::resume(ctx, account, actor, id).await.unwrap_err();
    assert_eq!(code(&error).1, "import_stopping");
    assert_eq!(it.run(id, PACE).await, End::Done);
    let stopped = it.get(id).await;
    assert_eq!(
        (stopped.state, stopped.counters.processed),
        (State::Stopped, 60)
    );

    service::resume(ctx, account, actor, id).await.unwrap();
    let registry = jobs::Registry::new().job::<crate::imports::ImportJob>();
    jobs::run_due(ctx, &registry).await;
    same_result(&it, id, &clean).await;
    let error = service::stop(ctx, account, actor, id).await.unwrap_err();
    assert_eq!(code(&error).1, "import_ended");
    let error = service::resume(ctx, account, actor, id).await.unwrap_err();
    assert_eq!(code(&error).1, "import_completed");
}

#[testkit::db_test]
async fn an_import_waits_for_the_server_that_has_the_file(db: TestDb) {
    let it = fixture(&db).await;
    let import = it.create(file(), Options::default()).await.unwrap();
    std::fs::remove_file(&import.file_path).unwrap();
    assert_eq!(it.run(import.id, PACE).await, End::NoFile);
    let registry = jobs::Registry::new().job::<crate::imports::ImportJob>();
    jobs::run_due(&it.ctx, &registry).await;
    assert_eq!(it.get(import.id).await.state, State::Running);
    db.clock().advance(std::time::Duration::from_secs(3700));
    jobs::run_due(&it.ctx, &registry).await;
    let import = it.get(import.id).await;
    assert_eq!(import.state, State::Failed);
    assert!(import.error.unwrap().contains("upload it again"));
}
