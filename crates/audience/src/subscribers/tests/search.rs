use kernel::{Limit, Timestamp};
use testkit::TestDb;

use crate::fixtures::{account, actor, group, row, stranger, tag, upsert};
use crate::input::Patch;
use crate::subscribers::*;
use crate::{SegmentId, SubscriberId, labels, segments};

const PEOPLE: [(&str, &str, &str, &str); 9] = [
    (
        "ada.lovelace@example.com",
        "Ada",
        "Lovelace",
        "+44 20 7946 0001",
    ),
    ("anna@mail.example.com", "Anna", "O'Brien", ""),
    ("annabel@other.example", "Annabel", "Ångström", ""),
    ("jl@other.example", "Jean-Luc", "Picard", "030 123456"),
    ("luc@example.com", "Luc", "Anders", ""),
    (
        "maria@xn--mnchen-3ya.example",
        "María del Carmen",
        "Ñuñez",
        "",
    ),
    ("carmen@example.com", "", "", ""),
    ("x_y@example.org", "İpek", "ΣΊΣΥΦΟΣ", ""),
    ("zoe@example.org", "Zoë", "Straße", ""),
];

fn set(text: &str) -> Patch<String> {
    if text.is_empty() {
        Patch::Keep
    } else {
        Patch::Set(text.to_owned())
    }
}

async fn people(ctx: &ctx::Ctx) -> Vec<SubscriberId> {
    let rows: Vec<UpsertRow> = PEOPLE
        .iter()
        .map(|(email, first, last, phone)| {
            let mut row = row(email);
            row.attributes.first_name = set(first);
            row.attributes.last_name = set(last);
            row.attributes.phone = set(phone);
            row
        })
        .collect();
    let outcomes = upsert(ctx, &rows, &Policy::new(Source::Api, "token:1")).await;
    events::catch_up(ctx, &SearchIndex).await.unwrap();
    outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Created(id) => id,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// The beginnings of the addresses of all pages of two.
async fn all(ctx: &ctx::Ctx, query: &ListQuery) -> String {
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let limit = Limit::try_new(2).unwrap();
        let page = list(ctx, account(), query.clone(), cursor.as_deref(), limit)
            .await
            .unwrap();
        assert!(page.data.len() <= 2);
        found.extend(page.data.into_iter().map(|it| {
            let (local, _) = it.subscriber.email.split_once('@').unwrap();
            local.to_owned()
        }));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return found.join(" ");
        }
    }
}

fn search(text: &str) -> ListQuery {
    ListQuery {
        search: Some(text.to_owned()),
        ..ListQuery::default()
    }
}

#[testkit::db_test]
async fn people_are_found_by_the_beginnings_of_their_words(db: TestDb) {
    let ctx = db.ctx();
    people(&ctx).await;
    for (text, wanted) in [
        ("ada", "ada.lovelace"),
        ("ADA.LOV", "ada.lovelace"),
        ("lovelace", "ada.lovelace"),
        ("love ada", "ada.lovelace"),
        ("love anna", ""),
        ("ann", "annabel anna"),
        ("an", "luc annabel anna"),
        ("brien", "anna"),
        ("o'b", "anna"),
        ("luc", "luc jl"),
        ("carmen", "carmen maria"),
        ("del nuñ", ""),
        ("del ñuñ", "maria"),
        ("example.com", "carmen luc anna ada.lovelace"),
        ("@other", "jl annabel"),
        ("mail.exam", "anna"),
        ("maria@mün", "maria"),
        ("münchen", "maria"),
        ("maria@münchen.example", "maria"),
        ("xn--mn", "maria"),
        ("σίσυφος", "x_y"),
        ("strasse", "zoe"),
        ("x_", "x_y"),
        ("+44 20 7946", "ada.lovelace"),
        ("79460001", "ada.lovelace"),
        ("030 1234", "jl"),
        ("com", ""),
        ("%", ""),
        ("' or 1=1 --", ""),
        ("example", "zoe x_y carmen luc anna ada.lovelace"),
        ("e", "zoe x_y carmen luc anna ada.lovelace"),
        ("", "zoe x_y carmen maria luc jl annabel anna ada.lovelace"),
    ] {
        assert_eq!(all(&ctx, &search(text)).await, wanted, "{text:?}");
        let sorted = ListQuery {
            sort: Sort::Email,
            ..search(text)
        };
        let mut names: Vec<&str> = wanted.split(' ').collect();
        names.sort_unstable();
        assert_eq!(all(&ctx, &sorted).await, names.join(" "), "{text:?}");
    }
    let foreign = list(&ctx, stranger(), search("ada"), None, Limit::default()).await;
    assert!(foreign.unwrap().data.is_empty());
}

#[testkit::db_test]
async fn a_search_goes_with_every_filter_and_order(db: TestDb) {
    let ctx = db.ctx();
    let ids = people(&ctx).await;
    let (news, vip) = (group(&ctx, "News").await, tag(&ctx, "VIP").await);
    let members = [ids[0], ids[1], ids[2], ids[4], ids[8]];
    labels::change_members(&ctx, account(), &actor(), news, &members, true)
        .await
        .unwrap();
    labels::change_members(&ctx, account(), &actor(), vip, &ids[1..6], true)
        .await
        .unwrap();
    unsubscribe(&ctx, account(), &actor(), ids[1], None)
        .await
        .unwrap();
    let mut tx = ctx.write().await.unwrap();
    let at = |n: i64| Timestamp::from_micros(n);
    let active = [(ids[1], at(30)), (ids[4], at(30)), (ids[0], at(50))];
    store::touch_activity(&mut tx, account(), &active)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let segment = segment(&ctx).await;

    for (text, by_group, by_both, active, selected, by_activity) in [
        (
            "example",
            "zoe luc anna ada.lovelace",
            "luc anna",
            "zoe x_y carmen luc ada.lovelace",
            "luc anna ada.lovelace",
            "ada.lovelace luc anna zoe x_y carmen",
        ),
        (
            "an",
            "luc annabel anna",
            "luc annabel anna",
            "luc annabel",
            "luc annabel anna",
            "luc anna annabel",
        ),
        (
            "",
            "zoe luc annabel anna ada.lovelace",
            "luc annabel anna",
            "zoe x_y carmen maria luc jl annabel ada.lovelace",
            "luc annabel anna ada.lovelace",
            "ada.lovelace luc anna zoe x_y carmen maria jl annabel",
        ),
        (
            "anna",
            "annabel anna",
            "annabel anna",
            "annabel",
            "annabel anna",
            "anna annabel",
        ),
    ] {
        let query = search(text);
        let group = ListQuery {
            group: Some(news),
            ..query.clone()
        };
        assert_eq!(all(&ctx, &group).await, by_group, "{text:?}");
        let both = ListQuery {
            tag: Some(vip),
            ..group.clone()
        };
        assert_eq!(all(&ctx, &both).await, by_both, "{text:?}");
        let sorted = ListQuery {
            sort: Sort::Email,
            ..both
        };
        let mut names: Vec<&str> = by_both.split(' ').collect();
        names.sort_unstable();
        assert_eq!(all(&ctx, &sorted).await, names.join(" "), "{text:?}");
        let status = ListQuery {
            status: Some(Status::Active),
            ..query.clone()
        };
        assert_eq!(all(&ctx, &status).await, active, "{text:?}");
        let segment = ListQuery {
            segment: Some(segment),
            ..query.clone()
        };
        assert_eq!(all(&ctx, &segment).await, selected, "{text:?}");
        let activity = ListQuery {
            sort: Sort::LastActivity,
            ..query
        };
        assert_eq!(all(&ctx, &activity).await, by_activity, "{text:?}");
    }
}

/// Everybody in the group, or active, whose address begins with `a` or `l`.
async fn segment(ctx: &ctx::Ctx) -> SegmentId {
    let draft = segments::Draft {
        name: "Beginners".to_owned(),
        rule: serde_json::json!({"any": [
            {"field": "email", "op": "starts_with", "value": "a"},
            {"field": "email", "op": "starts_with", "value": "l"},
        ]}),
    };
    let mut tx = ctx.write().await.unwrap();
    tx.query(
        "insert into account (id, name, time_zone, language, version, created_at, updated_at)
         values ($1, 'Ours', 'UTC', 'en', 1, 0, 0)",
    )
    .bind(account())
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    segments::create(ctx, account(), &actor(), draft)
        .await
        .unwrap()
        .id
}

#[testkit::db_test]
async fn words_follow_changes(db: TestDb) {
    let ctx = db.ctx();
    let ids = people(&ctx).await;
    let change = SubscriberChange {
        email: Some("augusta@king.example".to_owned()),
        attributes: Attributes {
            first_name: Patch::Set("Augusta Ada".to_owned()),
            last_name: Patch::Clear,
            ..Attributes::default()
        },
        ..SubscriberChange::default()
    };
    update(&ctx, account(), &actor(), ids[0], change)
        .await
        .unwrap();
    // The address at once.
    assert_eq!(all(&ctx, &search("augusta@")).await, "augusta");
    assert_eq!(all(&ctx, &search("king.ex")).await, "");
    delete(&ctx, account(), &actor(), ids[1]).await.unwrap();
    assert_eq!(all(&ctx, &search("brien")).await, "");
    events::catch_up(&ctx, &SearchIndex).await.unwrap();
    for (text, wanted) in [
        ("king.ex", "augusta"),
        ("ada", "augusta"),
        ("lovelace", ""),
        ("7946", "augusta"),
        ("brien", ""),
    ] {
        assert_eq!(all(&ctx, &search(text)).await, wanted, "{text:?}");
    }
    let mut tx = ctx.read().await.unwrap();
    for table in ["search_words", "search_term"] {
        let left = tx
            .query(format!(
                "select count(*) as n from {table} where subscriber_id = $1"
            ))
            .bind(ids[1])
            .fetch_one()
            .await
            .unwrap();
        assert_eq!(left.get::<i64>("n").unwrap(), 0, "{table}");
    }
}
