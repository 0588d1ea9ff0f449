use kernel::Limit;
use serde_json::json;
use testkit::TestDb;

use super::*;
use crate::fixtures::{account, actor, faults, group, kinds, person, stranger, tag};
use crate::purge::Purge;
use crate::{GroupId, SubscriberId, TagId};

#[testkit::db_test]
async fn names_are_unique_without_regard_to_case(db: TestDb) {
    let ctx = db.ctx();
    let news = group(&ctx, "Straße").await;
    let taken = create::<GroupId>(&ctx, account(), &actor(), "STRASSE").await;
    assert_eq!(faults(taken), ["name: taken"]);
    tag(&ctx, "Straße").await;
    create::<GroupId>(&ctx, stranger(), &actor(), "STRASSE")
        .await
        .unwrap();
    rename(&ctx, account(), &actor(), news, "strasse")
        .await
        .unwrap();
    let other = group(&ctx, "Other").await;
    assert_eq!(
        faults(rename(&ctx, account(), &actor(), other, "Strasse").await),
        ["name: taken"]
    );
    for (name, code) in [
        (" ", "name: required"),
        ("a\0b", "name: nul_character"),
        ("a\nb", "name: control_character"),
        (&"x".repeat(10_000), "name: too_long"),
    ] {
        assert_eq!(
            faults(create::<TagId>(&ctx, account(), &actor(), name).await),
            [code]
        );
    }
    for result in [
        rename(&ctx, stranger(), &actor(), other, "Mine")
            .await
            .map(drop),
        delete(&ctx, stranger(), &actor(), other).await,
        get(&ctx, stranger(), other).await.map(drop),
    ] {
        assert_eq!(faults(result), ["no group"]);
    }
}

#[testkit::db_test]
async fn members_are_added_removed_and_counted(db: TestDb) {
    let ctx = db.ctx();
    let (b, a) = (group(&ctx, "b").await, group(&ctx, "A").await);
    let people: Vec<SubscriberId> = vec![
        person(&ctx, "1@example.com").await,
        person(&ctx, "2@example.com").await,
    ];
    let change = |id: GroupId, people: Vec<SubscriberId>, add| {
        let ctx = ctx.clone();
        async move { change_members(&ctx, account(), &actor(), id, &people, add).await }
    };
    assert_eq!(change(a, people.clone(), true).await.unwrap(), 2);
    assert_eq!(change(a, people.clone(), true).await.unwrap(), 0);
    assert_eq!(change(b, people[..1].to_vec(), true).await.unwrap(), 1);
    assert_eq!(change(b, people.clone(), false).await.unwrap(), 1);
    assert_eq!(change(a, people[1..].to_vec(), false).await.unwrap(), 1);
    assert_eq!(
        kinds(&ctx, people[0]).await,
        [
            "subscriber.created",
            "group.joined",
            "group.joined",
            "group.left"
        ]
    );
    let unknown = vec![people[0], 5.into()];
    assert_eq!(
        faults(change(a, unknown, true).await),
        ["subscriber_ids[1]: unknown"]
    );
    assert_eq!(faults(change(5.into(), people, true).await), ["no group"]);

    let page = list::<GroupId>(&ctx, account(), None, Limit::try_new(1).unwrap())
        .await
        .unwrap();
    assert_eq!((page.data[0].name.as_str(), page.data[0].members), ("A", 1));
    let cursor = page.next_cursor;
    let page = list::<GroupId>(&ctx, account(), cursor.as_deref(), Limit::default())
        .await
        .unwrap();
    assert_eq!((page.data[0].name.as_str(), page.data[0].members), ("b", 0));
    assert_eq!((page.data.len(), page.next_cursor), (1, None));
}

#[testkit::db_test]
async fn what_a_segment_uses_is_not_deleted(db: TestDb) {
    let ctx = db.ctx();
    let (used, free) = (tag(&ctx, "used").await, tag(&ctx, "free").await);
    let mut tx = ctx.write().await.unwrap();
    let rule = json!({ "tag": { "any": [used] } }).to_string();
    tx.query(
        "insert into segment (account_id, id, name, name_folded, rule, created_at, updated_at)
         values ($1, $2, 'Fans', 'fans', $3, 0, 0)",
    )
    .bind(account())
    .bind(5_i64)
    .bind(rule)
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let refused = delete(&ctx, account(), &actor(), used).await;
    assert!(refused.as_ref().unwrap_err().to_string().contains("`Fans`"));
    assert_eq!(faults(refused), ["in_use"]);

    let ada = person(&ctx, "ada@example.com").await;
    change_members(&ctx, account(), &actor(), free, &[ada], true)
        .await
        .unwrap();
    delete(&ctx, account(), &actor(), free).await.unwrap();
    let mut tx = ctx.read().await.unwrap();
    assert!(
        labels_of::<TagId>(&mut tx, account(), &[ada])
            .await
            .unwrap()
            .is_empty()
    );
    drop(tx);
    jobs::run_due(&ctx, &jobs::Registry::new().job::<Purge>()).await;
    let mut tx = ctx.read().await.unwrap();
    let left = tx
        .query("select tag_id from tagging")
        .fetch_all()
        .await
        .unwrap();
    assert!(left.is_empty());
}

#[test]
fn the_document_calls_them_groups_and_tags() {
    let routes = crate::groups::routes()
        .merge(crate::tags::routes())
        .merge(crate::subscribers::routes())
        .merge(crate::timeline::routes())
        .merge(crate::fields::routes())
        .merge(crate::bulk::routes())
        .merge(crate::suppressions::routes());
    let (_, document) = routes.split_for_parts();
    let schemas = document.components.unwrap().schemas;
    for name in [
        "Group",
        "Tag",
        "Page_Group",
        "Subscriber",
        "Field",
        "BulkAction",
    ] {
        assert!(schemas.contains_key(name), "{name} in {:?}", schemas.keys());
    }
    assert!(!schemas.keys().any(|name| name.contains("Label")));
}
