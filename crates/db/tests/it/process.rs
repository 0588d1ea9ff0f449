//! One process per SQLite file.

use db::{Config, Db, Error};
use testkit::ChildTest;

fn path_in(directory: &tempfile::TempDir) -> String {
    let path = directory.path().join("sendero.db");
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_second_opening_is_refused_until_the_first_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let path = path_in(&directory);
    let config = Config::from_url(&path);
    let first = Db::open(&config).await.unwrap();
    let error = Db::open(&config).await.err().expect("it is refused");
    assert!(matches!(&error, Error::InUse { path: named } if *named == path));
    let message = error.to_string();
    assert!(
        message.contains("another Sendero process is using"),
        "{message}"
    );
    assert!(message.contains(&path), "{message}");
    first.close().await;
    drop(first);
    Db::open(&config).await.unwrap();
}

#[tokio::test]
async fn a_second_process_is_refused_until_the_first_has_died() {
    let directory = tempfile::tempdir().unwrap();
    let path = path_in(&directory);
    let config = Config::from_url(&path);
    let child = ChildTest::start("process::child_that_holds_a_file", &path);
    let error = Db::open(&config).await.err().expect("it is refused");
    assert!(matches!(error, Error::InUse { .. }), "{error}");
    child.kill();
    let db = Db::open(&config).await.unwrap();
    // What the child committed is there, what it had begun is not.
    let mut tx = db.read().await.unwrap();
    let rows = tx.query("select id from kept").fetch_all().await.unwrap();
    let ids: Vec<i64> = rows.iter().map(|row| row.get("id").unwrap()).collect();
    assert_eq!(ids, [1]);
}

#[tokio::test]
async fn child_that_holds_a_file() {
    let Some(path) = testkit::child_argument() else {
        return;
    };
    let db = Db::open(&Config::from_url(&path)).await.unwrap();
    let mut tx = db.write().await.unwrap();
    tx.execute_script("create table kept (id bigint); insert into kept values (1)".to_owned())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.write().await.unwrap();
    tx.execute_script("insert into kept values (2)".to_owned())
        .await
        .unwrap();
    testkit::ready();
}
