//! How files arrive.

use super::*;
use crate::imports::sweep;

#[testkit::db_test]
async fn the_delimiter_may_be_declared_found_or_given(db: TestDb) {
    let it = fixture(&db).await;
    for (n, file) in [
        "sep=;\nemail;city\nX@example.com;a,b\n",
        "email\tcity\nX@example.com\ta,b\n",
        "email|city\r\nX@example.com|a,b\r\n",
        "city,email\n\"a,b\",X@example.com\n",
    ]
    .into_iter()
    .enumerate()
    {
        let file = file.replace('X', &format!("p{n}"));
        it.import(file, Options::default()).await;
        assert_eq!(
            it.people().await[&format!("p{n}@example.com")],
            "active - - city=a,b"
        );
    }
    let options: Options =
        serde_json::from_str(r#"{"delimiter": "|", "encoding": "utf-8"}"#).unwrap();
    let import = it.import("email,x|city\n", Options::default()).await;
    assert_eq!(import.columns().len(), 2);
    let error = it.create("email,x|city\n", options).await.unwrap_err();
    assert_eq!(code(&error).1, "no_email_column");
}

#[testkit::db_test]
async fn an_upload_that_breaks_off_leaves_nothing(db: TestDb) {
    let it = fixture(&db).await;
    let content = futures_util::stream::iter([
        Ok(Bytes::from_static(b"email\n")),
        Err(std::io::Error::other("connection lost")),
    ]);
    let error = Upload::receive(&it.ctx, &it.spool, "x.csv", content)
        .await
        .unwrap_err();
    assert_eq!(code(&error), ("file", "incomplete"));
    assert_eq!(it.files(), 0);

    let small = Spool {
        max_bytes: 5,
        ..it.spool.clone()
    };
    let content =
        futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"email\n"))]);
    let error = Upload::receive(&it.ctx, &small, "x.csv", content)
        .await
        .unwrap_err();
    assert_eq!(code(&error), ("file", "too_large"));
    assert_eq!(it.files(), 0);
}

#[testkit::db_test]
async fn file_names_are_only_names(db: TestDb) {
    let it = fixture(&db).await;
    let content =
        futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"email\n"))]);
    let name = "../../etc/\u{7}pass\0w\u{2028}d";
    let upload = Upload::receive(&it.ctx, &it.spool, name, content)
        .await
        .unwrap();
    let import = service::create(&it.ctx, it.account, &it.actor, upload, Options::default())
        .await
        .unwrap();
    assert_eq!(import.file_name, "passwd");
    assert!(import.file_path.ends_with(&format!("{}.csv", import.id)));
}

#[testkit::db_test]
async fn imports_belong_to_their_account(db: TestDb) {
    let it = fixture(&db).await;
    let import = it.import("email\nx\n", Options::default()).await;
    let other = AccountId::from(6);
    let missing = |error: Error| matches!(error, Error::NotFound { .. });
    let (ctx, actor, id) = (&it.ctx, &it.actor, import.id);
    assert!(missing(service::get(ctx, other, id).await.unwrap_err()));
    assert!(missing(
        service::stop(ctx, other, actor, id).await.unwrap_err()
    ));
    assert!(missing(
        service::resume(ctx, other, actor, id).await.unwrap_err()
    ));
    let limit = Limit::default();
    assert!(missing(
        service::errors(ctx, other, id, None, limit)
            .await
            .unwrap_err()
    ));
    assert!(service::errors_csv(ctx, other, id).await.is_err());
    let list = service::list(ctx, other, None, limit).await.unwrap();
    assert!(list.data.is_empty());
    let list = service::list(ctx, it.account, None, limit).await.unwrap();
    assert_eq!(list.data, [import]);
}

#[testkit::db_test]
async fn files_that_nobody_will_read_are_swept(db: TestDb) {
    let it = fixture(&db).await;
    let options = Options::default;
    // Nothing was ever uploaded: there is no directory.
    assert_eq!(sweep(&it.ctx, &it.spool.directory).await.unwrap(), 0);

    let queued = it
        .create("email\na@example.com\n", options())
        .await
        .unwrap();
    let stopped = it
        .create("email\nb@example.com\n", options())
        .await
        .unwrap();
    service::stop(&it.ctx, it.account, &it.actor, stopped.id)
        .await
        .unwrap();
    let done = it
        .create("email\nc@example.com\n", options())
        .await
        .unwrap();
    assert_eq!(it.run(done.id, PACE).await, End::Done);

    let file = |name: &str| it.spool.directory.join(name);
    let old = it.ctx.clock.now() - std::time::Duration::from_hours(2);
    let age = |path: &std::path::Path, at: kernel::Timestamp| {
        let since = std::time::Duration::from_micros(at.as_micros() as u64);
        std::fs::File::options()
            .append(true)
            .create(true)
            .open(path)
            .unwrap()
            .set_modified(std::time::UNIX_EPOCH + since)
            .unwrap();
    };
    let kept = [
        file(&format!("{}.csv", queued.id)),
        file(&format!("{}.duplicates", queued.id)),
        file(&format!("{}.csv", stopped.id)),
        file("notes.csv"),
        file("4711.txt"),
    ];
    let swept = [
        // An upload whose process was killed, at each stage.
        file("4711.csv"),
        file("4712.decoded"),
        file("sort-9-9.tmp"),
        // An import that was complete when its process was killed.
        file(&format!("{}.csv", done.id)),
        file(&format!("{}.unfinished", done.id)),
    ];
    for path in kept.iter().chain(&swept) {
        age(path, old);
    }
    // An upload that is under way.
    let fresh = file("4713.csv");
    age(&fresh, it.ctx.clock.now());

    assert_eq!(
        sweep(&it.ctx, &it.spool.directory).await.unwrap(),
        swept.len()
    );
    for path in kept.iter().chain([&fresh]) {
        assert!(path.exists(), "{}", path.display());
    }
    assert_eq!(it.files(), kept.len() + 1);
    // The one that was in use can be imported.
    assert_eq!(it.run(queued.id, PACE).await, End::Done);
}
