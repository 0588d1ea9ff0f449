use std::convert::Infallible;

use bytes::Bytes;
use ctx::Ctx;
use data_encoding::HEXLOWER;
use futures_util::{TryStreamExt as _, stream};
use kernel::Limit;
use md5::Md5;
use sha2::{Digest as _, Sha256};
use testkit::TestDb;

use super::*;
use crate::SubscriberId;
use crate::fixtures::{account, actor, faults, kinds, person, row, stranger, upsert};
use crate::subscribers::{self, Outcome, Policy, Skip, Source, Status};

fn block(emails: &[&str]) -> AddSuppressions {
    AddSuppressions {
        emails: emails.iter().map(|it| (*it).to_owned()).collect(),
        reason: Some("asked by letter".into()),
        ..AddSuppressions::default()
    }
}

#[testkit::db_test]
async fn blocking_and_unblocking_moves_the_person(db: TestDb) {
    let ctx = db.ctx();
    let ada = person(&ctx, "ada@example.com").await;
    let added = add(
        &ctx,
        account(),
        &actor(),
        block(&["ADA@example.com", "eve@example.com"]),
    )
    .await
    .unwrap();
    assert_eq!(
        added,
        Added {
            added: 2,
            already: 0,
            subscribers: 1
        }
    );
    let again = add(&ctx, account(), &actor(), block(&["ada@example.com"]))
        .await
        .unwrap();
    assert_eq!(
        again,
        Added {
            added: 0,
            already: 1,
            subscribers: 0
        }
    );
    let person = subscribers::get(&ctx, account(), ada)
        .await
        .unwrap()
        .subscriber;
    assert_eq!(person.status, Status::Suppressed);
    assert_eq!(person.status_reason.as_deref(), Some("asked by letter"));

    let one = Limit::try_new(1).unwrap();
    let first = list(&ctx, account(), None, one).await.unwrap();
    let cursor = kernel::Cursor::decode(&first.next_cursor.unwrap()).unwrap();
    let second = list(&ctx, account(), Some(cursor), one).await.unwrap();
    assert_eq!((second.data.len(), second.next_cursor), (1, None));

    let entry = check(&ctx, account(), "ada@example.com")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        faults(remove(&ctx, stranger(), &actor(), entry.id).await),
        ["no suppression"]
    );
    remove(&ctx, account(), &actor(), entry.id).await.unwrap();
    let person = subscribers::get(&ctx, account(), ada)
        .await
        .unwrap()
        .subscriber;
    assert_eq!(person.status, Status::Unsubscribed, "not active by itself");
    assert!(
        check(&ctx, account(), "ada@example.com")
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(kinds(&ctx, ada).await.len(), 3);
}

#[testkit::db_test]
async fn batches_are_checked_by_place_and_account(db: TestDb) {
    let ctx = db.ctx();
    let mut tx = ctx.read().await.unwrap();
    let people = ["a@example.com", "b@example.com", "c@example.com"];
    assert!(
        suppressed_in(&ctx, &mut tx, account(), &people)
            .await
            .unwrap()
            .is_empty()
    );
    drop(tx);
    add(&ctx, account(), &actor(), block(&["b@example.com"]))
        .await
        .unwrap();
    let mut tx = ctx.read().await.unwrap();
    let found = suppressed_in(&ctx, &mut tx, account(), &people)
        .await
        .unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [1]);
    assert!(
        suppressed_in(&ctx, &mut tx, stranger(), &people)
            .await
            .unwrap()
            .is_empty()
    );
}

#[testkit::db_test]
async fn what_is_no_address_is_refused(db: TestDb) {
    let ctx = db.ctx();
    let wrong = add(
        &ctx,
        account(),
        &actor(),
        block(&["a@example.com", "b", "c@\0"]),
    )
    .await;
    assert_eq!(
        faults(wrong),
        ["emails[1]: invalid_email", "emails[2]: invalid_email"]
    );
    assert!(
        check(&ctx, account(), "a@example.com")
            .await
            .unwrap()
            .is_none(),
        "nothing is half done"
    );
    assert_eq!(
        faults(add(&ctx, account(), &actor(), block(&[])).await),
        ["emails: required"]
    );
}

async fn run_jobs(ctx: &Ctx) {
    let registry = ::jobs::Registry::new().job::<Sweep>().job::<Release>();
    ::jobs::run_due(ctx, &registry).await;
}

async fn status(ctx: &Ctx, id: SubscriberId) -> Status {
    let profile = subscribers::get(ctx, account(), id).await.unwrap();
    profile.subscriber.status
}

async fn skipped(ctx: &Ctx, email: &str) -> bool {
    let policy = Policy::new(Source::Import, "user:7");
    upsert(ctx, &[row(email)], &policy).await == [Outcome::Skipped(Skip::Suppressed)]
}

#[testkit::db_test]
async fn domains_and_hashes_cover_whoever_they_mean(db: TestDb) {
    let ctx = db.ctx();
    let ada = person(&ctx, "Ada@Example.com").await;
    let eve = person(&ctx, "eve@münchen.example").await;
    let bob = person(&ctx, "bob@sub.example.com").await;
    let kim = person(&ctx, "kim@example.net").await;
    let lee = person(&ctx, "lee@example.net").await;
    let input = AddSuppressions {
        domains: vec!["@EXAMPLE.com".into(), "MÜNCHEN.example".into()],
        hashes: vec![
            HEXLOWER
                .encode(&Sha256::digest(b"kim@example.net"))
                .to_uppercase(),
            HEXLOWER.encode(&Md5::digest(b"new@example.net")),
        ],
        ..block(&[])
    };
    let added = add(&ctx, account(), &actor(), input.clone()).await.unwrap();
    assert_eq!((added.added, added.already), (4, 0));
    let again = add(&ctx, account(), &actor(), input).await.unwrap();
    assert_eq!((again.added, again.already), (0, 4));
    // The list decides at once, statuses follow.
    for email in [
        "x@example.com",
        "kim@EXAMPLE.net",
        "new@example.net",
        "q@xn--mnchen-3ya.example",
    ] {
        assert!(skipped(&ctx, email).await, "{email}");
    }
    assert!(!skipped(&ctx, "other@example.net").await);
    run_jobs(&ctx).await;
    for (person, wanted) in [
        (ada, Status::Suppressed),
        (eve, Status::Suppressed),
        (kim, Status::Suppressed),
        (bob, Status::Active),
        (lee, Status::Active),
    ] {
        assert_eq!(status(&ctx, person).await, wanted);
    }
    let list = list_of(
        &ctx,
        Scope::Account(account()),
        Some(Kind::Domain),
        None,
        Limit::default(),
    )
    .await
    .unwrap();
    let com = list
        .data
        .iter()
        .find(|it| it.value.as_deref() == Some("example.com"))
        .unwrap();
    let found = matching(&ctx, account(), "ada@example.com").await.unwrap();
    let own = found.iter().find(|it| it.kind == Kind::Address).unwrap();
    assert_eq!((found.len(), own.via), (2, Some(com.id)));
    assert_eq!(
        faults(remove(&ctx, account(), &actor(), own.id).await),
        ["still_suppressed"]
    );
    // Blocked by hand as well, Ada stays when the domain goes; without that she would be unsubscribed.
    person(&ctx, "two@example.org").await;
    add(&ctx, account(), &actor(), block(&["ada@example.com"]))
        .await
        .unwrap();
    remove(&ctx, account(), &actor(), com.id).await.unwrap();
    run_jobs(&ctx).await;
    assert_eq!(status(&ctx, ada).await, Status::Suppressed);
    assert!(!skipped(&ctx, "x@example.com").await);
    let munich = list.data.iter().find(|it| it.id != com.id).unwrap();
    remove(&ctx, account(), &actor(), munich.id).await.unwrap();
    run_jobs(&ctx).await;
    assert_eq!(status(&ctx, eve).await, Status::Unsubscribed);
    assert!(
        matching(&ctx, account(), "eve@münchen.example")
            .await
            .unwrap()
            .is_empty()
    );
}

#[testkit::db_test]
async fn the_instance_list_covers_every_account_and_nobody_else_changes_it(db: TestDb) {
    let ctx = db.ctx();
    let mut tx = ctx.write().await.unwrap();
    for id in [account(), stranger()] {
        tx.query(
            "insert into account (id, name, time_zone, language, version, created_at, updated_at)
             values ($1, 'Test', 'UTC', 'en', 1, 0, 0)",
        )
        .bind(id)
        .execute()
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    let ada = person(&ctx, "ada@example.com").await;
    add_to(&ctx, Scope::Instance, &actor(), block(&["ada@example.com"]))
        .await
        .unwrap();
    assert!(skipped(&ctx, "ADA@example.com").await);
    run_jobs(&ctx).await;
    assert_eq!(status(&ctx, ada).await, Status::Suppressed);
    let mut tx = ctx.read().await.unwrap();
    let theirs = suppressed_in(&ctx, &mut tx, stranger(), &["ada@example.com"]).await;
    assert_eq!(theirs.unwrap().len(), 1);
    drop(tx);
    let found = matching(&ctx, account(), "ada@example.com").await.unwrap();
    let shared = found.iter().find(|it| it.scope == "instance").unwrap();
    let own = found.iter().find(|it| it.scope == "account").unwrap();
    assert_eq!(own.via, Some(shared.id));
    for id in [shared.id, own.id] {
        let fault = faults(remove(&ctx, account(), &actor(), id).await);
        assert!(["no suppression", "still_suppressed"].contains(&fault[0].as_str()));
    }
    remove_from(&ctx, Scope::Instance, &actor(), shared.id)
        .await
        .unwrap();
    run_jobs(&ctx).await;
    assert_eq!(status(&ctx, ada).await, Status::Unsubscribed);
    assert!(
        matching(&ctx, account(), "ada@example.com")
            .await
            .unwrap()
            .is_empty()
    );
}

async fn import_text(ctx: &Ctx, account: kernel::AccountId, text: &[u8]) -> Imported {
    // In chunks that end within lines and letters.
    let chunks: Vec<_> = text
        .chunks(7)
        .map(|it| Ok::<_, Infallible>(Bytes::copy_from_slice(it)))
        .collect();
    let upload = stream::iter(chunks);
    import(
        ctx,
        Scope::Account(account),
        &actor(),
        None,
        upload,
        1 << 20,
    )
    .await
    .unwrap()
}

async fn export_text(ctx: &Ctx, account: kernel::AccountId) -> String {
    let lines = csv(ctx.clone(), Scope::Account(account));
    let chunks: Vec<Bytes> = Box::pin(lines).try_collect().await.unwrap();
    String::from_utf8(chunks.concat()).unwrap()
}

#[testkit::db_test]
async fn files_go_in_and_out(db: TestDb) {
    let ctx = db.ctx();
    let ada = person(&ctx, "ada@example.com").await;
    let hash = HEXLOWER.encode(&Sha256::digest(b"hidden@example.net"));
    let long = "x".repeat(10_000);
    let text = format!(
        "\u{feff}Name;E-Mail;Reason\r\nAda;ada@example.com;=cmd\r\n\r\nEve;\"eve@münchen.example\";\r\n\
         Bob;nonsense;\r\n;example.org;\r\n;{hash};from elsewhere\r\n{long};\r\nAgain;ADA@example.com;"
    );
    let done = import_text(&ctx, account(), text.as_bytes()).await;
    assert_eq!(
        (done.added, done.already, done.subscribers, done.invalid),
        (4, 0, 1, 2)
    );
    let lines: Vec<u64> = done.errors.iter().map(|it| it.line).collect();
    assert_eq!(lines, [5, 8]);
    assert_eq!(status(&ctx, ada).await, Status::Suppressed);
    let again = import_text(&ctx, account(), text.as_bytes()).await;
    assert_eq!((again.added, again.already), (0, 4));
    // Of an erased person only this server knows who it was.
    let mut tx = ctx.write().await.unwrap();
    erase_in(&ctx, &mut tx, account(), "eve@xn--mnchen-3ya.example")
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let file = export_text(&ctx, account()).await;
    assert!(
        !file.contains("eve") && file.contains("keyed,") && file.contains(",'=cmd,"),
        "{file}"
    );
    let copied = import_text(&ctx, stranger(), file.as_bytes()).await;
    assert_eq!((copied.added, copied.invalid), (4, 0), "{copied:?}");
    let people = [
        "ada@example.com",
        "eve@xn--mnchen-3ya.example",
        "x@example.org",
        "hidden@example.net",
        "y@example.net",
    ];
    let mut tx = ctx.read().await.unwrap();
    let mut found: Vec<usize> = suppressed_in(&ctx, &mut tx, stranger(), &people)
        .await
        .unwrap()
        .into_iter()
        .collect();
    found.sort_unstable();
    assert_eq!(found, [0, 1, 2, 3]);
    drop(tx);
    let without_times = |text: String| -> Vec<String> {
        let mut lines: Vec<String> = text
            .lines()
            .map(|line| line.rsplit_once(',').unwrap().0.to_owned())
            .collect();
        lines.sort();
        lines
    };
    assert_eq!(
        without_times(export_text(&ctx, stranger()).await),
        without_times(file)
    );
    let plain = import_text(&ctx, account(), b"one@example.com\ntwo@example.com").await;
    assert_eq!((plain.added, plain.invalid), (2, 0));
}
