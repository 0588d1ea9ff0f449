//! A server that is away, a disk that is full.

use db::{Config, Db, Engine, Error, Location};
use testkit::TestDb;

use crate::{count, insert, with_table};

fn assert_unavailable(error: Error) -> String {
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    let error = kernel::Error::from(error);
    assert!(matches!(error, kernel::Error::Unavailable { .. }));
    error.to_string()
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let config = Config::from_url("postgres://nobody:secret@127.0.0.1:1/nothing");
    let error = Db::open(&config).await.err().expect("nobody is there");
    let message = assert_unavailable(error);
    assert!(message.contains("try again"), "{message}");
    assert!(!format!("{config:?}").contains("secret"));
    let nonsense = Config::from_url("postgres://[");
    let error = Db::open(&nonsense).await.err().expect("that is no URL");
    assert!(error.to_string().contains("postgres://user"), "{error}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let path = file.join("data.db");
    let config = Config::from_url(path.to_str().unwrap());
    let error = Db::open(&config).await.err().expect("it cannot be made");
    assert!(error.to_string().contains("data.db"), "{error}");
    assert_unavailable(error);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    std::fs::write(
        &path,
        "not a database, but long enough to be looked at".repeat(100),
    )
    .unwrap();
    let config = Config::from_url(path.to_str().unwrap());
    let outcome = match Db::open(&config).await {
        Ok(db) => db.migrate().await,
        Err(error) => Err(error),
    };
    assert!(outcome.is_err());
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("not a database")
    );
}

#[test]
fn locations_are_told_apart() {
    for (url, expected) in [
        ("postgres://u@h/d", None),
        ("postgresql://u@h/d", None),
        ("sqlite:a/b.db", Some("a/b.db")),
        ("sqlite:///a/b.db", Some("/a/b.db")),
        ("/a/b.db", Some("/a/b.db")),
        ("b.db", Some("b.db")),
    ] {
        let path = match Config::from_url(url).location {
            Location::Sqlite(path) => Some(path.to_str().unwrap().to_owned()),
            Location::Postgres(_) => None,
        };
        assert_eq!(path.as_deref(), expected, "{url}");
    }
}

#[testkit::db_test]
async fn a_connection_that_the_server_ends_is_unavailable_and_replaced(db: TestDb) {
    let ctx = with_table(&db).await;
    if ctx.db.engine() == Engine::Sqlite {
        return;
    }
    let mut tx = ctx.write().await.unwrap();
    insert(&mut tx, 1, "a").await.unwrap();
    let error = tx
        .query("select pg_terminate_backend(pg_backend_pid()) as ended")
        .fetch_all()
        .await
        .unwrap_err();
    assert_unavailable(error);
    let error = insert(&mut tx, 2, "b").await.unwrap_err();
    assert_unavailable(error);
    drop(tx);
    for _ in 0..10 {
        let mut tx = ctx.write().await.unwrap();
        assert_eq!(count(&mut tx).await, 0);
    }
}

#[testkit::db_test]
async fn a_full_disk_is_unavailable_and_what_was_begun_is_rolled_back(db: TestDb) {
    let ctx = with_table(&db).await;
    if ctx.db.engine() == Engine::Postgres {
        return;
    }
    let mut tx = ctx.write().await.unwrap();
    insert(&mut tx, 0, "committed before").await.unwrap();
    tx.commit().await.unwrap();
    // The setting belongs to the connection, and there is one writer. To SQLite the file is as full as a disk can be.
    // (A new connection, which follows a fault, has the limit of the file system again.)
    let limit = async |pages: i64| {
        let mut tx = ctx.write().await.unwrap();
        tx.query(format!("pragma max_page_count = {pages}"))
            .fetch_all()
            .await
            .unwrap();
        let row = tx.query("pragma page_count").fetch_one().await.unwrap();
        let used: i64 = row.at(0).unwrap();
        tx.commit().await.unwrap();
        used
    };
    let used = limit(1_000_000).await;
    let wide = "x".repeat(2000);
    for _ in 0..3 {
        limit(used + 20).await;
        let mut tx = ctx.write().await.unwrap();
        let mut id = 1;
        let error = loop {
            match insert(&mut tx, id, &format!("{id} {wide}")).await {
                Ok(_) => id += 1,
                Err(error) => break error,
            }
            assert!(id < 1000);
        };
        assert!(id > 1);
        let message = assert_unavailable(error);
        assert!(message.contains("the disk is full"), "{message}");
        assert!(message.contains("nothing was changed"), "{message}");
        // SQLite has rolled back: what follows must not be committed by itself.
        assert!(insert(&mut tx, 999, "alone").await.is_err());
        drop(tx);
        assert_eq!(count(&mut ctx.read().await.unwrap()).await, 1);
    }
    limit(used + 20).await;
    // The same when the caller commits in spite of the error.
    let mut tx = ctx.write().await.unwrap();
    insert(&mut tx, 1, "small").await.unwrap();
    let mut id = 2;
    while insert(&mut tx, id, &format!("{id} {wide}")).await.is_ok() {
        id += 1;
    }
    assert_unavailable(tx.commit().await.unwrap_err());
    assert_eq!(count(&mut ctx.read().await.unwrap()).await, 1);

    limit(1_000_000).await;
    let mut tx = ctx.write().await.unwrap();
    insert(&mut tx, 1, &wide).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&mut ctx.read().await.unwrap()).await, 2);
    let mut tx = ctx.read().await.unwrap();
    let row = tx
        .query("pragma integrity_check")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.at::<String>(0).unwrap(), "ok");
}
