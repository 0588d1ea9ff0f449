use kernel::Limit;
use testkit::TestDb;

use super::*;
use crate::fixtures::{account, actor, faults, kinds, person, stranger};
use crate::subscribers::{self, Status};

fn block(emails: &[&str]) -> AddSuppressions {
    AddSuppressions {
        emails: emails.iter().map(|it| (*it).to_owned()).collect(),
        reason: Some("asked by letter".into()),
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
