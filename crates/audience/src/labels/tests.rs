use kernel::Limit;
use serde_json::json;
use testkit::TestDb;

use super::*;
use crate::fixtures::{account, actor, faults, group, kinds, person, row, stranger, tag, upsert};
use crate::purge::Purge;
use crate::subscribers::{self, Outcome, Policy, Source};
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

/// Sizes and days as they are counted from the members themselves.
async fn check_counts(ctx: &ctx::Ctx, groups: &[GroupId], tags: &[TagId]) {
    let mut tx = ctx.read().await.unwrap();
    let mut counted = std::collections::HashMap::new();
    for sql in [
        "select group_id as id, count(*) as n from group_member group by group_id",
        "select tag_id as id, count(*) as n from tagging group by tag_id",
    ] {
        for row in tx.query(sql).fetch_all().await.unwrap() {
            counted.insert(row.get::<i64>("id").unwrap(), row.get::<i64>("n").unwrap());
        }
    }
    drop(tx);
    async fn check<Id: LabelId>(
        ctx: &ctx::Ctx,
        ids: &[Id],
        counted: &std::collections::HashMap<i64, i64>,
    ) {
        for id in ids {
            let wanted = counted.get(&(*id).into()).copied().unwrap_or(0);
            assert_eq!(get(ctx, account(), *id).await.unwrap().members, wanted);
            let days = growth(ctx, account(), *id, None, None).await.unwrap();
            assert_eq!(days.last().unwrap().members, wanted);
            let mut members = 0;
            for day in days {
                members += day.joined - day.left;
                assert_eq!(day.members, members, "{}", day.date);
            }
        }
    }
    check(ctx, groups, &counted).await;
    check(ctx, tags, &counted).await;
}

#[testkit::db_test]
async fn sizes_are_exact_after_any_edits(db: TestDb) {
    let ctx = db.ctx();
    let groups = [group(&ctx, "a").await, group(&ctx, "b").await];
    let tags = [tag(&ctx, "c").await];
    let mut people: Vec<SubscriberId> = Vec::new();
    let mut seed = 42_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    };
    for round in 0..60 {
        let some: Vec<SubscriberId> = (0..random(12))
            .filter(|_| !people.is_empty())
            .map(|_| people[random(people.len())])
            .collect();
        match random(6) {
            0 | 1 => {
                let mut policy = Policy::new(Source::Import, "user:7");
                policy.groups = groups[..random(3)].to_vec();
                policy.tags = tags[..random(2)].to_vec();
                let rows: Vec<_> = (0..=random(20))
                    .map(|_| row(&format!("p{}@example.com", random(60))))
                    .collect();
                for outcome in upsert(&ctx, &rows, &policy).await {
                    if let Outcome::Created(id) = outcome {
                        people.push(id);
                    }
                }
            }
            2 => drop(
                change_members(&ctx, account(), &actor(), groups[random(2)], &some, true)
                    .await
                    .unwrap(),
            ),
            3 => drop(
                change_members(&ctx, account(), &actor(), groups[random(2)], &some, false)
                    .await
                    .unwrap(),
            ),
            4 => drop(
                change_members(&ctx, account(), &actor(), tags[0], &some, random(2) == 0)
                    .await
                    .unwrap(),
            ),
            _ => {
                let mut tx = ctx.write().await.unwrap();
                subscribers::delete_many_in(&ctx, &mut tx, account(), &some, "user:7")
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                people.retain(|id| !some.contains(id));
            }
        }
        if round % 7 == 0 {
            fold(&ctx).await.unwrap();
        }
        if round % 10 == 0 {
            db.clock().advance(std::time::Duration::from_hours(17));
        }
        check_counts(&ctx, &groups, &tags).await;
    }
    assert!(fold(&ctx).await.unwrap() > 0);
    assert_eq!(fold(&ctx).await.unwrap(), 0);
    check_counts(&ctx, &groups, &tags).await;
}

/// Many writers at once, and the schedule between them.
#[testkit::db_test]
async fn writers_do_not_lose_counts(db: TestDb) {
    let ctx = db.ctx();
    let news = group(&ctx, "News").await;
    let rows: Vec<_> = (0..64).map(|i| row(&format!("p{i}@example.com"))).collect();
    let people: Vec<SubscriberId> = upsert(&ctx, &rows, &Policy::new(Source::Import, "user:7"))
        .await
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Created(id) => id,
            other => panic!("{other:?}"),
        })
        .collect();
    let mut running = Vec::new();
    for writer in 0..8_usize {
        let (ctx, people) = (ctx.clone(), people.clone());
        running.push(async move {
            for turn in 0..6 {
                let some = &people[(writer * 7 + turn * 5) % 50..][..14];
                let add = (writer + turn) % 3 != 0;
                change_members(&ctx, account(), &actor(), news, some, add)
                    .await
                    .unwrap();
                if turn % 2 == 0 {
                    fold(&ctx).await.unwrap();
                }
            }
        });
    }
    futures_util::future::join_all(running).await;
    check_counts(&ctx, &[news], &[]).await;
    fold(&ctx).await.unwrap();
    check_counts(&ctx, &[news], &[]).await;
}

#[testkit::db_test]
async fn members_tell_who_added_them_and_days_how_it_grew(db: TestDb) {
    let ctx = db.ctx();
    let news = group(&ctx, "News").await;
    let mut policy = Policy::new(Source::Import, "user:7");
    policy.groups = vec![news];
    policy.import = Some(55.into());
    upsert(&ctx, &[row("1@example.com"), row("2@example.com")], &policy).await;
    let hand = person(&ctx, "3@example.com").await;
    db.clock().advance(std::time::Duration::from_hours(48));
    change_members(&ctx, account(), &actor(), news, &[hand], true)
        .await
        .unwrap();
    let two = Limit::try_new(2).unwrap();
    let page = members(&ctx, account(), news, None, two).await.unwrap();
    assert_eq!(page.data[1].added_by, "import:55");
    let cursor = kernel::Cursor::decode(&page.next_cursor.unwrap()).unwrap();
    let page = members(&ctx, account(), news, Some(cursor), two)
        .await
        .unwrap();
    assert_eq!(
        (
            page.data[0].email.as_str(),
            page.data[0].added_by.as_str(),
            page.data.len()
        ),
        ("3@example.com", "user:7", 1)
    );
    let (groups, tags) = service::memberships(&ctx, account(), hand).await.unwrap();
    assert_eq!(
        (groups[0].name.as_str(), groups[0].added_by.as_str()),
        ("News", "user:7")
    );
    assert!(tags.is_empty());
    assert_eq!(
        faults(service::memberships(&ctx, stranger(), hand).await),
        ["no subscriber"]
    );
    subscribers::delete(&ctx, account(), &actor(), hand)
        .await
        .unwrap();
    let days = growth(
        &ctx,
        account(),
        news,
        Some("2026-05-03"),
        Some("2026-05-06"),
    )
    .await
    .unwrap();
    let told: Vec<_> = days
        .iter()
        .map(|day| (day.date.to_string(), day.joined, day.left, day.members))
        .collect();
    let day = |date: &str, joined, left, members| (date.to_owned(), joined, left, members);
    assert_eq!(
        told,
        [
            day("2026-05-03", 0, 0, 0),
            day("2026-05-04", 2, 0, 2),
            day("2026-05-05", 0, 0, 2),
            day("2026-05-06", 1, 1, 2)
        ]
    );
    let earlier = growth(
        &ctx,
        account(),
        news,
        Some("2026-05-04"),
        Some("2026-05-05"),
    )
    .await
    .unwrap();
    assert_eq!(earlier[1].members, 2);
    for (from, to) in [
        ("soon", "2026-05-06"),
        ("2026-05-07", "2026-05-06"),
        ("1999-01-01", "2026-05-06"),
    ] {
        assert_eq!(
            faults(growth(&ctx, account(), news, Some(from), Some(to)).await).len(),
            1
        );
    }
    assert_eq!(
        faults(members(&ctx, stranger(), news, None, two).await),
        ["no group"]
    );
    assert_eq!(
        faults(growth(&ctx, stranger(), news, None, None).await),
        ["no group"]
    );
    delete(&ctx, account(), &actor(), news).await.unwrap();
    jobs::run_due(&ctx, &jobs::Registry::new().job::<Purge>()).await;
    let mut tx = ctx.read().await.unwrap();
    // What is counted of the whole account stays: see `growth_of_account`.
    for (table, column) in [
        ("label_change", "label_id"),
        ("label_day", "label_id"),
        ("label_total", "label_id"),
        ("group_member", "group_id"),
    ] {
        let row = tx
            .query(format!(
                "select count(*) as n from {table} where account_id = $1 and {column} = $2"
            ))
            .bind(account())
            .bind(news)
            .fetch_one()
            .await;
        assert_eq!(row.unwrap().get::<i64>("n").unwrap(), 0, "{table}");
    }
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

#[testkit::db_test]
async fn active_subscribers_are_counted_whatever_happens_to_them(db: TestDb) {
    use crate::subscribers::{Cause, Change, change_status_in};

    let ctx = db.ctx();
    let last = async || {
        let days = growth_of_account(&ctx, account(), None, None)
            .await
            .unwrap();
        assert_eq!(days.len(), 30);
        let day = days.last().unwrap();
        (day.joined, day.left, day.members)
    };
    assert_eq!(last().await, (0, 0, 0));
    let ann = person(&ctx, "ann@example.com").await;
    let bob = person(&ctx, "bob@example.com").await;
    let mut late = row("late@example.com");
    late.status = Some(crate::subscribers::Status::Unconfirmed);
    upsert(
        &ctx,
        &[late, row("ann@example.com")],
        &Policy::new(Source::Import, "user:7"),
    )
    .await;
    assert_eq!(last().await, (2, 0, 2));
    fold(&ctx).await.unwrap();
    assert_eq!(last().await, (2, 0, 2));

    let cause = Cause {
        reason: "asked",
        actor: "system",
        campaign: None,
    };
    let mut tx = ctx.write().await.unwrap();
    change_status_in(&ctx, &mut tx, account(), &[ann], Change::Unsubscribe, cause)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(last().await, (2, 1, 1));
    // Whoever is not active any more does not leave twice.
    for (id, then) in [(ann, (2, 1, 1)), (bob, (2, 2, 0))] {
        crate::subscribers::delete(&ctx, account(), &actor(), id)
            .await
            .unwrap();
        assert_eq!(last().await, then);
    }
    let others = growth_of_account(&ctx, stranger(), None, None)
        .await
        .unwrap();
    assert_eq!(others.last().unwrap().members, 0);
}
