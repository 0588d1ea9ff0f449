use serde_json::json;
use testkit::TestDb;

use super::*;
use crate::fields::FieldKind;
use crate::fixtures::{
    account, actor, faults, field, group, kinds, person, row, stranger, tag, upsert,
};
use crate::subscribers::{self, ListQuery, Policy, Source, Status};
use crate::{BulkActionId, SubscriberId, labels};

fn ids(ids: &[SubscriberId]) -> Selection {
    Selection {
        ids: Some(ids.to_vec()),
        ..Selection::default()
    }
}

fn all() -> Selection {
    Selection {
        all: Some(true),
        ..Selection::default()
    }
}

fn action(json: serde_json::Value) -> Action {
    serde_json::from_value(json).unwrap()
}

/// Rules know the account's time zone.
async fn accounts_exist(ctx: &ctx::Ctx) {
    let mut tx = ctx.write().await.unwrap();
    for id in [account(), stranger()] {
        tx.query(
            "insert into account (id, name, time_zone, language, version, created_at, updated_at)
             values ($1, 'Test', 'Europe/Berlin', 'en', 1, 0, 0)",
        )
        .bind(id)
        .execute()
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn people(ctx: &ctx::Ctx, n: usize) -> Vec<SubscriberId> {
    let rows: Vec<_> = (0..n).map(|i| row(&format!("p{i}@example.com"))).collect();
    upsert(ctx, &rows, &Policy::new(Source::Import, "user:7")).await;
    let mut ids = Vec::new();
    for row in rows {
        ids.push(person(ctx, row.email.as_str()).await);
    }
    ids
}

async fn run(ctx: &ctx::Ctx, selection: Selection, json: serde_json::Value) -> BulkAction {
    let it = create(ctx, account(), &actor(), selection, action(json))
        .await
        .unwrap();
    assert_eq!(it.state, State::Queued);
    ::jobs::run_due(ctx, &::jobs::Registry::new().job::<BulkJob>()).await;
    get(ctx, account(), it.id).await.unwrap()
}

#[testkit::db_test]
async fn everybody_is_changed_once_in_batches(db: TestDb) {
    let ctx = db.ctx();
    accounts_exist(&ctx).await;
    let city = field(&ctx, "city", FieldKind::Text, &[]).await;
    let people = people(&ctx, 2300).await;
    let set = json!({"type": "set_field", "field": "city", "value": "Rome"});
    let it = run(&ctx, ids(&people[..1100]), set.clone()).await;
    assert_eq!(
        (it.state, it.total, it.processed, it.changed),
        (State::Completed, Some(1100), 1100, 1100)
    );
    let it = run(&ctx, all(), set).await;
    assert_eq!(
        (it.state, it.total, it.processed, it.changed),
        (State::Completed, Some(2300), 2300, 1200)
    );
    assert!(it.finished_at.is_some());
    assert_eq!(
        kinds(&ctx, people[0]).await,
        ["subscriber.created", "subscriber.updated"]
    );
    let profile = subscribers::get(&ctx, account(), people[2299])
        .await
        .unwrap();
    assert_eq!(
        profile.fields,
        [(
            "city".to_owned(),
            crate::fields::FieldValue::Text("Rome".into())
        )]
    );
    let clear = json!({"type": "clear_field", "field": "city"});
    assert_eq!(run(&ctx, ids(&people[..2]), clear).await.changed, 2);
    let mut tx = ctx.read().await.unwrap();
    let left = crate::fields::values_of(&mut tx, account(), &people[..3], Some(&[city.id]))
        .await
        .unwrap();
    assert_eq!(left.len(), 1);
}

#[testkit::db_test]
async fn every_action_does_what_it_says(db: TestDb) {
    let ctx = db.ctx();
    accounts_exist(&ctx).await;
    let (news, vip) = (group(&ctx, "News").await, tag(&ctx, "VIP").await);
    let people = people(&ctx, 4).await;
    let add = json!({"type": "add_to_group", "group_id": news});
    assert_eq!(run(&ctx, ids(&people[..3]), add).await.changed, 3);
    let in_news = Selection {
        group_id: Some(news),
        ..Selection::default()
    };
    let tagging = json!({"type": "add_tag", "tag_id": vip});
    assert_eq!(run(&ctx, in_news.clone(), tagging.clone()).await.changed, 3);
    assert_eq!(run(&ctx, in_news.clone(), tagging).await.changed, 0);
    let with_vip = Selection {
        tag_id: Some(vip),
        ..Selection::default()
    };
    let name = json!({"type": "set_field", "field": "first_name", "value": " Ada "});
    assert_eq!(run(&ctx, with_vip, name).await.changed, 3);
    let leave = json!({"type": "remove_from_group", "group_id": news});
    let it = run(&ctx, in_news, leave).await;
    assert_eq!(
        (it.processed, it.changed),
        (3, 3),
        "also when the change ends the selection"
    );
    let untag = json!({"type": "remove_tag", "tag_id": vip});
    assert_eq!(run(&ctx, ids(&people), untag).await.changed, 3);

    let status = |it: &str| json!({"type": "change_status", "status": it, "reason": "clean-up"});
    assert_eq!(
        run(&ctx, ids(&people[..2]), status("unsubscribed"))
            .await
            .changed,
        2
    );
    assert_eq!(
        run(&ctx, ids(&people[1..2]), status("suppressed"))
            .await
            .changed,
        1
    );
    let it = run(&ctx, ids(&people), status("active")).await;
    assert_eq!((it.processed, it.changed), (4, 1), "not the suppressed");
    let blocked = subscribers::get(&ctx, account(), people[1])
        .await
        .unwrap()
        .subscriber;
    assert_eq!(
        (blocked.status, blocked.status_reason.as_deref()),
        (Status::Suppressed, Some("clean-up"))
    );
    assert_eq!(blocked.first_name.as_deref(), Some("Ada"));

    let suppressed = Selection {
        status: Some(Status::Suppressed),
        ..Selection::default()
    };
    assert_eq!(
        run(&ctx, suppressed, json!({"type": "delete"}))
            .await
            .changed,
        1
    );
    let limit = kernel::Limit::default();
    let rest = subscribers::list(&ctx, account(), ListQuery::default(), None, limit)
        .await
        .unwrap();
    assert_eq!(rest.data.len(), 3);
    assert_eq!(labels::get(&ctx, account(), news).await.unwrap().members, 0);
}

#[testkit::db_test]
async fn it_stops_when_told_and_goes_on_behind_the_last_batch(db: TestDb) {
    let ctx = db.ctx();
    accounts_exist(&ctx).await;
    field(&ctx, "city", FieldKind::Text, &[]).await;
    let people = people(&ctx, 1500).await;
    let set = action(json!({"type": "set_field", "field": "city", "value": "Rome"}));
    let it = create(&ctx, account(), &actor(), all(), set).await.unwrap();
    // As if the process died after the first batch.
    for _ in ["select", "first batch"] {
        assert!(run::step(&ctx, account(), it.id).await.unwrap());
    }
    let half = get(&ctx, account(), it.id).await.unwrap();
    assert_eq!((half.state, half.processed), (State::Running, 1000));
    let late = person(&ctx, "late@example.com").await;
    ::jobs::run_due(&ctx, &::jobs::Registry::new().job::<BulkJob>()).await;
    let done = get(&ctx, account(), it.id).await.unwrap();
    assert_eq!(
        (done.state, done.processed, done.changed),
        (State::Completed, 1500, 1500)
    );
    assert_eq!(kinds(&ctx, people[0]).await.len(), 2, "nobody twice");
    assert_eq!(kinds(&ctx, late).await.len(), 1, "not who came later");

    let clear = action(json!({"type": "clear_field", "field": "city"}));
    let it = create(&ctx, account(), &actor(), all(), clear)
        .await
        .unwrap();
    for _ in ["select", "first batch"] {
        assert!(run::step(&ctx, account(), it.id).await.unwrap());
    }
    assert_eq!(
        faults(stop(&ctx, stranger(), &actor(), it.id).await),
        ["no bulk action"]
    );
    assert_eq!(
        stop(&ctx, account(), &actor(), it.id).await.unwrap().state,
        State::Stopped
    );
    ::jobs::run_due(&ctx, &::jobs::Registry::new().job::<BulkJob>()).await;
    let stopped = get(&ctx, account(), it.id).await.unwrap();
    assert_eq!((stopped.state, stopped.processed), (State::Stopped, 1000));
    let again = stop(&ctx, account(), &actor(), it.id).await.unwrap();
    assert_eq!(again, stopped);
    let mut tx = ctx.read().await.unwrap();
    let left = tx.query("select number from bulk_chunk").fetch_all().await;
    assert!(left.unwrap().is_empty());
}

/// What `mod.rs` promises: the people of one moment, each once, whoever changes them meanwhile.
#[testkit::db_test]
async fn who_changes_meanwhile_is_neither_skipped_nor_visited_twice(db: TestDb) {
    let ctx = db.ctx();
    accounts_exist(&ctx).await;
    let (news, vip) = (group(&ctx, "News").await, tag(&ctx, "VIP").await);
    let people = people(&ctx, 2500).await;
    let (inside, outside) = people.split_at(2200);
    let mut tx = ctx.write().await.unwrap();
    let pairs = inside.iter().map(|person| (news, *person));
    labels::add_in(&ctx, &mut tx, account(), pairs, "user:7")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let in_news = Selection {
        rule: Some(json!({"group": {"any": [news]}})),
        ..Selection::default()
    };
    let tagging = action(json!({"type": "add_tag", "tag_id": vip}));
    let it = create(&ctx, account(), &actor(), in_news, tagging)
        .await
        .unwrap();
    for _ in ["select", "first batch"] {
        assert!(run::step(&ctx, account(), it.id).await.unwrap());
    }
    // Somebody ahead leaves the group, somebody ahead joins, somebody ahead is deleted, and one is tagged by hand.
    let change = async |id, people: &[SubscriberId], add| {
        labels::change_members::<crate::GroupId>(&ctx, account(), &actor(), id, people, add)
            .await
            .unwrap()
    };
    change(news, &inside[1500..1600], false).await;
    change(news, outside, true).await;
    subscribers::delete(&ctx, account(), &actor(), inside[2100])
        .await
        .unwrap();
    labels::change_one(&ctx, account(), &actor(), vip, inside[2101], true)
        .await
        .unwrap();
    ::jobs::run_due(&ctx, &::jobs::Registry::new().job::<BulkJob>()).await;
    let done = get(&ctx, account(), it.id).await.unwrap();
    assert_eq!(
        (done.state, done.total, done.processed, done.changed),
        (State::Completed, Some(2200), 2200, 2198)
    );
    for (person, tagged) in [
        (inside[0], 1),
        (inside[1550], 1),
        (inside[2101], 1),
        (inside[2199], 1),
        (outside[0], 0),
    ] {
        let kinds = kinds(&ctx, person).await;
        let events = kinds.iter().filter(|kind| *kind == "tag.added").count();
        assert_eq!(events, tagged, "{kinds:?}");
    }
}

#[testkit::db_test]
async fn what_cannot_work_is_refused_or_fails_with_a_reason(db: TestDb) {
    let ctx = db.ctx();
    accounts_exist(&ctx).await;
    field(&ctx, "born", FieldKind::Date, &[]).await;
    let vip = tag(&ctx, "VIP").await;
    person(&ctx, "ada@example.com").await;
    let go = async |selection: Selection, it: serde_json::Value| {
        faults(create(&ctx, account(), &actor(), selection, action(it)).await)
    };
    let delete = json!({"type": "delete"});
    for selection in [
        Selection::default(),
        Selection {
            all: Some(false),
            ..Selection::default()
        },
        Selection {
            tag_id: Some(vip),
            ..all()
        },
    ] {
        assert_eq!(go(selection, delete.clone()).await, ["selection: invalid"]);
    }
    assert_eq!(
        go(ids(&[]), delete.clone()).await,
        ["selection.ids: required"]
    );
    let nowhere = Selection {
        segment_id: Some(5.into()),
        ..Selection::default()
    };
    assert_eq!(go(nowhere, delete).await.len(), 1);
    for (it, fault) in [
        (
            json!({"type": "set_field", "field": "born", "value": "soon"}),
            "action.value: wrong_type",
        ),
        (
            json!({"type": "set_field", "field": "email", "value": "x"}),
            "action.field: unknown",
        ),
        (
            json!({"type": "set_field", "field": "score", "value": "x"}),
            "action.value: wrong_type",
        ),
        (
            json!({"type": "clear_field", "field": "score"}),
            "action.value: wrong_type",
        ),
        (
            json!({"type": "set_field", "field": "owner_id", "value": "5"}),
            "action.value: unknown",
        ),
        (
            json!({"type": "set_field", "field": "phone", "value": "call"}),
            "action.value: invalid",
        ),
        (
            json!({"type": "add_to_group", "group_id": "5"}),
            "action.group_id: unknown",
        ),
        (
            json!({"type": "change_status", "status": "bounced"}),
            "action.status: invalid",
        ),
    ] {
        assert_eq!(go(all(), it.clone()).await, [fault], "{it}");
    }
    assert!(serde_json::from_value::<Action>(json!({"type": "delete", "x": 1})).is_err());
    let tagging = action(json!({"type": "add_tag", "tag_id": vip}));
    let foreign = create(&ctx, stranger(), &actor(), all(), tagging).await;
    assert_eq!(faults(foreign), ["action.tag_id: unknown"]);

    let tagging = action(json!({"type": "add_tag", "tag_id": vip}));
    let it = create(&ctx, account(), &actor(), all(), tagging)
        .await
        .unwrap();
    assert_eq!(
        faults(get(&ctx, stranger(), it.id).await),
        ["no bulk action"]
    );
    assert_eq!(
        faults(get(&ctx, account(), BulkActionId::from(1)).await),
        ["no bulk action"]
    );
    labels::delete(&ctx, account(), &actor(), vip)
        .await
        .unwrap();
    ::jobs::run_due(&ctx, &::jobs::Registry::new().job::<BulkJob>()).await;
    let failed = get(&ctx, account(), it.id).await.unwrap();
    assert_eq!(failed.state, State::Failed);
    assert!(failed.error.unwrap().contains("there is no tag"));
}

/// Everybody writes to the same people at once: imports, bulk actions of all kinds, people who leave.
#[testkit::db_test]
async fn an_unsubscribe_is_never_overwritten_by_what_happens_beside_it(db: TestDb) {
    let ctx = db.ctx();
    accounts_exist(&ctx).await;
    field(&ctx, "city", FieldKind::Text, &[]).await;
    let (news, vip) = (group(&ctx, "News").await, tag(&ctx, "VIP").await);
    let people = people(&ctx, 300).await;
    let mut actions = Vec::new();
    for json in [
        json!({"type": "set_field", "field": "city", "value": "Rome"}),
        json!({"type": "set_field", "field": "first_name", "value": "Ada"}),
        json!({"type": "add_to_group", "group_id": news}),
        json!({"type": "add_tag", "tag_id": vip}),
        json!({"type": "clear_field", "field": "phone"}),
    ] {
        let it = create(&ctx, account(), &actor(), all(), action(json)).await;
        actions.push(it.unwrap().id);
    }
    let bulk = futures_util::future::join_all(actions.iter().map(|id| {
        let ctx = ctx.clone();
        async move {
            loop {
                // A transaction may be refused by the engine; the job then tries again.
                match run::step(&ctx, account(), *id).await {
                    Ok(true) | Err(kernel::Error::Unavailable { .. }) => {}
                    Ok(false) => break,
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
    }));
    let upserts = async {
        for _ in 0..5 {
            let rows: Vec<_> = (0..300)
                .map(|i| {
                    let mut row = row(&format!("p{i}@example.com"));
                    row.attributes.last_name = crate::Patch::Set("Import".into());
                    row
                })
                .collect();
            upsert(&ctx, &rows, &Policy::new(Source::Import, "user:7")).await;
        }
    };
    let leaving = async {
        for chunk in people.chunks(20) {
            for person in chunk {
                subscribers::unsubscribe(&ctx, account(), &actor(), *person, Some("left"))
                    .await
                    .unwrap();
            }
        }
    };
    futures_util::future::join3(bulk, upserts, leaving).await;
    for id in actions {
        let it = get(&ctx, account(), id).await.unwrap();
        assert_eq!((it.state, it.processed), (State::Completed, 300));
    }
    for person in [people[0], people[150], people[299]] {
        let profile = subscribers::get(&ctx, account(), person).await.unwrap();
        assert_eq!(profile.subscriber.status, Status::Unsubscribed);
        assert_eq!(profile.subscriber.status_reason.as_deref(), Some("left"));
        assert_eq!(profile.subscriber.first_name.as_deref(), Some("Ada"));
        assert_eq!(profile.subscriber.last_name.as_deref(), Some("Import"));
        assert_eq!(
            (
                profile.fields.len(),
                profile.groups.len(),
                profile.tags.len()
            ),
            (1, 1, 1)
        );
    }
    let left = Selection {
        status: Some(Status::Active),
        ..Selection::default()
    };
    let it = run(&ctx, left, json!({"type": "clear_field", "field": "city"})).await;
    assert_eq!(it.total, Some(0), "nobody is active again");
}

#[testkit::db_test]
async fn what_a_search_finds_is_a_selection(db: TestDb) {
    let ctx = db.ctx();
    accounts_exist(&ctx).await;
    let (news, vip) = (group(&ctx, "News").await, tag(&ctx, "VIP").await);
    let mut rows: Vec<_> = ["ann", "anna", "annabel", "annette", "bob", "hanna"]
        .map(|name| row(&format!("{name}@example.com")))
        .into();
    rows[4].attributes.first_name = crate::input::Patch::Set("Anton".to_owned());
    rows[4].attributes.last_name = crate::input::Patch::Set("Annaba".to_owned());
    upsert(&ctx, &rows, &Policy::new(Source::Import, "user:7")).await;
    ::events::catch_up(&ctx, &subscribers::SearchIndex)
        .await
        .unwrap();
    let found = |search: &str, more: Selection| Selection {
        search: Some(search.to_owned()),
        ..more
    };
    let counted = async |selection| count(&ctx, account(), &selection).await.unwrap();
    // More than are looked up by a word, and fewer.
    assert_eq!(counted(found("ann", all())).await, 5);
    assert_eq!(counted(found("anna", all())).await, 3);
    assert_eq!(counted(found("anton annab", all())).await, 1);
    assert_eq!(counted(found("nobody", all())).await, 0);
    assert_eq!(counted(found("ann nobody", all())).await, 0);
    assert_eq!(counted(found("…", all())).await, 0);
    assert_eq!(counted(found("  ", all())).await, 6, "no search at all");

    let bob = person(&ctx, "bob@example.com").await;
    let join = json!({"type": "add_to_group", "group_id": news});
    assert_eq!(run(&ctx, ids(&[bob]), join).await.changed, 1);
    let in_news = Selection {
        group_id: Some(news),
        ..Selection::default()
    };
    assert_eq!(counted(found("anna", in_news.clone())).await, 1);
    let tagging = json!({"type": "add_tag", "tag_id": vip});
    let it = run(&ctx, found("anna", in_news), tagging.clone()).await;
    assert_eq!((it.total, it.changed), (Some(1), 1));
    let it = run(&ctx, found("ann", all()), tagging).await;
    assert_eq!((it.total, it.changed), (Some(5), 4));

    let with_ids = found("ann", ids(&[bob]));
    assert_eq!(
        faults(count(&ctx, account(), &with_ids).await),
        ["selection: invalid"]
    );
    let long = found(&"a".repeat(201), all());
    assert_eq!(
        faults(count(&ctx, account(), &long).await),
        ["selection.search: too_long"]
    );
}
