//! SQLite files that another process uses, back-ups, and putting them back.

use db::{Db, Error, copy_sqlite, inspect_sqlite, latest_schema, replace_sqlite};
use testkit::TestDb;

use super::with_table;

#[tokio::test]
async fn a_database_in_use_is_copied_and_a_copy_is_put_back() {
    let db = TestDb::sqlite().await;
    let ctx = with_table(&db).await;
    let db::Location::Sqlite(path) = db.config().location else {
        panic!("SQLite");
    };
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("copy.db");
    copy_sqlite(&path, &copy).await.unwrap();
    assert!(
        copy_sqlite(&path, &copy).await.is_err(),
        "a copy overwrites nothing"
    );
    for file in [&path, &copy] {
        let found = inspect_sqlite(file, true).await.unwrap();
        assert_eq!(found.faults, Vec::<String>::new());
        assert_eq!(found.schema, Some(latest_schema()));
    }
    assert_eq!(ctx.db.schema().await.unwrap(), Some(latest_schema()));

    let aside = directory.path().join("aside.db");
    let in_use = replace_sqlite(&copy, &path, &aside).unwrap_err();
    assert!(matches!(in_use, Error::InUse { .. }), "{in_use}");

    let target = directory.path().join("target.db");
    std::fs::write(&target, "what was here before").unwrap();
    replace_sqlite(&copy, &target, &aside).unwrap();
    assert_eq!(std::fs::read(&aside).unwrap(), b"what was here before");
    let restored = Db::open(&db::Config::from_url(target.to_str().unwrap()))
        .await
        .unwrap();
    restored.migrate().await.unwrap();
    restored.close().await;
}

#[tokio::test]
async fn what_is_no_database_is_told_from_one() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text");
    std::fs::write(&text, "email,name\n").unwrap();
    assert!(inspect_sqlite(&text, true).await.is_err());
    assert!(
        inspect_sqlite(&directory.path().join("none"), true)
            .await
            .is_err()
    );
    let empty = directory.path().join("empty");
    std::fs::write(&empty, "").unwrap();
    assert_eq!(inspect_sqlite(&empty, true).await.unwrap().schema, None);
}
