use identity::Actor;
use kernel::{Limit, UserId};
use testkit::TestDb;

use super::*;
use crate::fields::FieldKind;
use crate::fixtures::{account, actor, faults, field, group, stranger, tag};
use crate::subscribers::{Sort, Status};

fn grace() -> Actor {
    Actor::user(UserId::from(8))
}

fn draft(name: &str) -> Draft {
    Draft {
        name: name.to_owned(),
        ..Draft::default()
    }
}

#[testkit::db_test]
async fn views_are_saved_changed_and_deleted(db: TestDb) {
    let ctx = db.ctx();
    field(&ctx, "city", FieldKind::Text, &[]).await;
    let (news, vip) = (group(&ctx, "News").await, tag(&ctx, "VIP").await);
    let usual = create(&ctx, account(), &actor(), draft(" Usual "))
        .await
        .unwrap();
    assert_eq!(usual.name, "Usual");
    assert_eq!(usual.columns[0], "email");
    assert_eq!(usual.sort, Sort::Newest);
    let all = Draft {
        shared: true,
        filter: Filter {
            status: Some(Status::Active),
            group: Some(news),
            tag: Some(vip),
            segment: None,
            search: Some("ada".to_owned()),
        },
        columns: Some(vec!["fields.city".to_owned(), "tags".to_owned()]),
        sort: Sort::LastActivity,
        ..draft("All")
    };
    let view = create(&ctx, account(), &actor(), all).await.unwrap();
    assert_eq!(get(&ctx, account(), &actor(), view.id).await.unwrap(), view);
    let change = Change {
        name: Some("Everybody".to_owned()),
        filter: Some(Filter::default()),
        sort: Some(Sort::Email),
        ..Change::default()
    };
    let changed = update(&ctx, account(), &actor(), view.id, change)
        .await
        .unwrap();
    assert_eq!(changed.columns, view.columns);
    assert_eq!(changed.filter, Filter::default());
    let page = list(&ctx, account(), &actor(), None, Limit::try_new(1).unwrap())
        .await
        .unwrap();
    assert_eq!(page.data, [changed]);
    assert!(page.next_cursor.is_some());
    delete(&ctx, account(), &actor(), view.id).await.unwrap();
    assert_eq!(
        faults(get(&ctx, account(), &actor(), view.id).await),
        ["no view"]
    );
}

#[testkit::db_test]
async fn what_a_view_names_must_be_there(db: TestDb) {
    let ctx = db.ctx();
    let wrong = Draft {
        filter: Filter {
            status: None,
            group: Some(97.into()),
            tag: Some(98.into()),
            segment: Some(99.into()),
            search: Some("x".repeat(201)),
        },
        columns: Some(
            ["email", "fields.city", "password", "email"]
                .map(str::to_owned)
                .to_vec(),
        ),
        ..draft("Wrong")
    };
    assert_eq!(
        faults(create(&ctx, account(), &actor(), wrong).await),
        [
            "filter.group: unknown",
            "filter.tag: unknown",
            "filter.segment: unknown",
            "filter.search: too_long",
            "columns[1]: unknown",
            "columns[2]: unknown",
            "columns[3]: duplicate",
        ]
    );
    let none = Draft {
        columns: Some(Vec::new()),
        ..draft("None")
    };
    assert_eq!(
        faults(create(&ctx, account(), &actor(), none).await),
        ["columns: out_of_range"]
    );
    assert_eq!(
        faults(create(&ctx, account(), &actor(), draft(" ")).await),
        ["name: required"]
    );
}

#[testkit::db_test]
async fn a_private_view_does_not_exist_for_others(db: TestDb) {
    let ctx = db.ctx();
    let mine = create(&ctx, account(), &actor(), draft("Mine"))
        .await
        .unwrap();
    assert_eq!(
        faults(create(&ctx, account(), &actor(), draft("MINE")).await),
        ["name: taken"]
    );
    let hers = create(&ctx, account(), &grace(), draft("Mine"))
        .await
        .unwrap();
    for refused in [
        faults(get(&ctx, account(), &grace(), mine.id).await),
        faults(update(&ctx, account(), &grace(), mine.id, Change::default()).await),
        faults(delete(&ctx, account(), &grace(), mine.id).await),
        faults(get(&ctx, stranger(), &actor(), mine.id).await),
    ] {
        assert_eq!(refused, ["no view"]);
    }
    let ids = async |who: &Actor| {
        let page = list(&ctx, account(), who, None, Limit::default()).await;
        let page = page.unwrap().data;
        page.into_iter().map(|view| view.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&grace()).await, [hers.id]);
    let share = |shared| Change {
        shared: Some(shared),
        ..Change::default()
    };
    update(&ctx, account(), &actor(), mine.id, share(true))
        .await
        .unwrap();
    assert_eq!(ids(&grace()).await, [hers.id, mine.id]);
    assert_eq!(
        faults(update(&ctx, account(), &grace(), mine.id, share(false)).await),
        ["shared: not_yours"]
    );
    delete(&ctx, account(), &grace(), mine.id).await.unwrap();
}
