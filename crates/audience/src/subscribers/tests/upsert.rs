use std::collections::BTreeSet;

use kernel::Timestamp;
use testkit::TestDb;

use crate::fields::{FieldInput, FieldKind, parse_text};
use crate::fixtures::{
    HOSTILE, account, actor, field, group, history, kinds, person, row, stranger, tag, upsert,
};
use crate::input::Patch;
use crate::subscribers::*;
use crate::suppressions::{self, AddSuppressions};
use crate::{SubscriberId, labels};

fn policy() -> Policy {
    Policy::new(Source::Import, "user:7")
}

fn id(outcome: Outcome) -> SubscriberId {
    match outcome {
        Outcome::Created(id) | Outcome::Updated(id) | Outcome::Unchanged(id) => id,
        Outcome::Skipped(why) => panic!("{why:?}"),
    }
}

#[testkit::db_test]
async fn a_batch_creates_updates_and_leaves_alone(db: TestDb) {
    let ctx = db.ctx();
    let city = field(&ctx, "city", FieldKind::Text, &[]).await;
    let orders = field(&ctx, "orders", FieldKind::Number, &[]).await;
    let rows: Vec<UpsertRow> = ["Ada@example.com", "grace@example.com"]
        .into_iter()
        .enumerate()
        .map(|(i, email)| {
            let mut row = row(email);
            row.attributes.first_name = Patch::Set(format!("Name {i}"));
            row.fields = vec![
                (city.id, parse_text(&city, HOSTILE[i]).unwrap()),
                (orders.id, parse_text(&orders, "3").unwrap()),
            ];
            row
        })
        .collect();
    let first = upsert(&ctx, &rows, &policy()).await;
    assert!(
        matches!(first[..], [Outcome::Created(_), Outcome::Created(_)]),
        "{first:?}"
    );
    let (ada, grace) = (id(first[0]), id(first[1]));
    let before = get(&ctx, account(), ada).await.unwrap();

    ctx.clock.advance(std::time::Duration::from_mins(1));
    let mut again = rows.clone();
    again[1].fields[0].1 = FieldInput::Clear;
    again[1].attributes.first_name = Patch::Clear;
    let second = upsert(&ctx, &again, &policy()).await;
    assert_eq!(second, [Outcome::Unchanged(ada), Outcome::Updated(grace)]);
    assert_eq!(
        get(&ctx, account(), ada).await.unwrap(),
        before,
        "not even the time of change"
    );

    let profile = get(&ctx, account(), grace).await.unwrap();
    assert_eq!(profile.subscriber.first_name, None);
    assert_eq!(profile.subscriber.updated_at, ctx.clock.now());
    let keys: Vec<_> = profile.fields.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(keys, ["orders"]);

    assert_eq!(kinds(&ctx, ada).await, ["subscriber.created"]);
    let events = history(&ctx, grace).await;
    assert_eq!(events[1].0, "subscriber.updated");
    assert_eq!(
        events[1].1["changed"],
        serde_json::json!(["first_name", "fields.city"])
    );
}

#[testkit::db_test]
async fn rows_of_one_address_build_on_each_other(db: TestDb) {
    let ctx = db.ctx();
    let city = field(&ctx, "city", FieldKind::Text, &[]).await;
    let vip = tag(&ctx, "VIP").await;
    let mut a = row("ada@example.com");
    a.fields = vec![(city.id, parse_text(&city, "Berlin").unwrap())];
    let mut b = row("ADA@Example.com");
    b.attributes.first_name = Patch::Set("Ada".into());
    b.tags = vec![vip];
    let mut c = row("ada@example.com");
    c.fields = vec![(city.id, parse_text(&city, "Paris").unwrap())];
    let rows = [a, b.clone(), c, b];
    let outcomes = upsert(&ctx, &rows, &policy()).await;
    let ada = id(outcomes[0]);
    assert_eq!(
        outcomes,
        [
            Outcome::Created(ada),
            Outcome::Updated(ada),
            Outcome::Updated(ada),
            Outcome::Unchanged(ada)
        ]
    );
    let profile = get(&ctx, account(), ada).await.unwrap();
    assert_eq!(profile.subscriber.email, "ada@example.com");
    assert_eq!(profile.subscriber.first_name.as_deref(), Some("Ada"));
    assert_eq!(profile.fields[0].1.to_string(), "Paris");
    assert_eq!(profile.tags, [vip]);

    let again = upsert(&ctx, &rows, &policy()).await;
    let changed = again
        .iter()
        .filter(|it| matches!(it, Outcome::Updated(_)))
        .count();
    assert_eq!(changed, 2, "Berlin, and Paris again");
    assert_eq!(
        get(&ctx, account(), ada).await.unwrap().fields[0]
            .1
            .to_string(),
        "Paris"
    );
    assert_eq!(
        kinds(&ctx, ada).await,
        ["subscriber.created"],
        "nothing differs in the end"
    );
}

#[testkit::db_test]
async fn modes_decide_which_rows_are_taken(db: TestDb) {
    let ctx = db.ctx();
    let ada = person(&ctx, "ada@example.com").await;
    let mut known = row("ada@example.com");
    known.attributes.first_name = Patch::Set("Ada".into());
    let rows = [known, row("new@example.com")];
    let mut policy = policy();
    policy.mode = Mode::UpdateOnly;
    assert_eq!(
        upsert(&ctx, &rows, &policy).await,
        [Outcome::Updated(ada), Outcome::Skipped(Skip::Unknown)]
    );
    policy.mode = Mode::CreateOnly;
    let outcomes = upsert(&ctx, &rows, &policy).await;
    assert_eq!(outcomes[0], Outcome::Skipped(Skip::Exists(ada)));
    assert!(matches!(outcomes[1], Outcome::Created(_)));
}

#[testkit::db_test]
async fn nobody_is_revived_and_the_suppressed_are_refused(db: TestDb) {
    let ctx = db.ctx();
    let gone = person(&ctx, "gone@example.com").await;
    unsubscribe(&ctx, account(), &actor(), gone, Some("asked"))
        .await
        .unwrap();
    let block = AddSuppressions {
        emails: vec!["Bad@example.com".into(), "worse@example.com".into()],
        reason: None,
        ..Default::default()
    };
    person(&ctx, "worse@example.com").await;
    suppressions::add(&ctx, account(), &actor(), block)
        .await
        .unwrap();

    let mut wanted = row("gone@example.com");
    wanted.status = Some(Status::Active);
    wanted.attributes.first_name = Patch::Set("Still here".into());
    let rows = [wanted, row("bad@EXAMPLE.com"), row("worse@example.com")];
    let outcomes = upsert(&ctx, &rows, &policy()).await;
    assert_eq!(
        outcomes,
        [
            Outcome::Updated(gone),
            Outcome::Skipped(Skip::Suppressed),
            Outcome::Skipped(Skip::Suppressed)
        ]
    );
    let profile = get(&ctx, account(), gone).await.unwrap();
    assert_eq!(profile.subscriber.status, Status::Unsubscribed);
    assert_eq!(profile.subscriber.status_reason.as_deref(), Some("asked"));

    let mut policy = policy();
    policy.resubscribe = true;
    let outcomes = upsert(&ctx, &rows, &policy).await;
    assert_eq!(outcomes[0], Outcome::Updated(gone));
    assert_eq!(outcomes[1], Outcome::Skipped(Skip::Suppressed));
    assert_eq!(
        get(&ctx, account(), gone).await.unwrap().subscriber.status,
        Status::Active
    );
    let events = history(&ctx, gone).await;
    let last = &events.last().unwrap().1;
    assert_eq!(
        (last["from"].as_str(), last["to"].as_str()),
        (Some("unsubscribed"), Some("active"))
    );
}

#[testkit::db_test]
async fn an_import_can_bring_the_unsubscribed_and_the_suppressed(db: TestDb) {
    let ctx = db.ctx();
    let ada = person(&ctx, "ada@example.com").await;
    let with = |email: &str, status| UpsertRow {
        status: Some(status),
        ..row(email)
    };
    let rows = [
        with("ada@example.com", Status::Unsubscribed),
        with("new@example.com", Status::Bounced),
        with("spam@example.com", Status::Suppressed),
    ];
    let outcomes = upsert(&ctx, &rows, &policy()).await;
    assert_eq!(outcomes[0], Outcome::Updated(ada));
    let status = |id| {
        let ctx = ctx.clone();
        async move { get(&ctx, account(), id).await.unwrap().subscriber.status }
    };
    assert_eq!(status(ada).await, Status::Unsubscribed);
    assert_eq!(status(id(outcomes[1])).await, Status::Bounced);
    assert_eq!(status(id(outcomes[2])).await, Status::Suppressed);
    let listed = suppressions::check(&ctx, account(), "SPAM@example.com")
        .await
        .unwrap();
    assert_eq!(listed.unwrap().reason, "import");
    let outcomes = upsert(&ctx, &rows[2..], &policy()).await;
    assert_eq!(outcomes, [Outcome::Skipped(Skip::Suppressed)]);
}

#[testkit::db_test]
async fn people_join_groups_and_tags_once(db: TestDb) {
    let ctx = db.ctx();
    let (news, vip) = (group(&ctx, "News").await, tag(&ctx, "VIP").await);
    let old = person(&ctx, "old@example.com").await;
    let mut policy = policy();
    policy.groups = vec![news];
    policy.tags = vec![vip];
    let rows = [
        row("old@example.com"),
        row("new@example.com"),
        row("new@example.com"),
    ];
    let outcomes = upsert(&ctx, &rows, &policy).await;
    let new = id(outcomes[1]);
    assert_eq!(outcomes[0], Outcome::Updated(old));
    assert_eq!(
        kinds(&ctx, old).await,
        ["subscriber.created", "group.joined", "tag.added"]
    );
    let born = history(&ctx, new).await;
    assert_eq!(born.len(), 1);
    assert_eq!(born[0].1["group_ids"], serde_json::json!([news]));
    assert_eq!(born[0].1["tag_ids"], serde_json::json!([vip]));

    let again = upsert(&ctx, &rows, &policy).await;
    assert_eq!(
        again,
        [
            Outcome::Unchanged(old),
            Outcome::Unchanged(new),
            Outcome::Unchanged(new)
        ]
    );
    let members: i64 = labels::get::<crate::GroupId>(&ctx, account(), news)
        .await
        .unwrap()
        .members;
    assert_eq!(members, 2);
}

#[testkit::db_test]
async fn consent_is_kept_and_only_newer_evidence_replaces_it(db: TestDb) {
    let ctx = db.ctx();
    let consent = |text: &str| Consent {
        at: Timestamp::from_micros(1_000_000),
        ip: None,
        source: Some("Form".into()),
        text: Some(text.into()),
    };
    let mut policy = policy();
    policy.consent = Some(consent("whole file"));
    let mut a = row("a@example.com");
    a.consent = Some(consent("own"));
    let outcomes = upsert(&ctx, &[a.clone(), row("b@example.com")], &policy).await;
    policy.consent = Some(consent("another file"));
    let again = upsert(&ctx, &[a, row("b@example.com")], &policy).await;
    assert!(
        again.iter().all(|it| matches!(it, Outcome::Unchanged(_))),
        "{again:?}"
    );
    let mut texts = BTreeSet::new();
    for outcome in outcomes {
        let person = get(&ctx, account(), id(outcome)).await.unwrap().subscriber;
        texts.insert(person.consent.unwrap().text.unwrap());
    }
    assert_eq!(texts.into_iter().collect::<Vec<_>>(), ["own", "whole file"]);
}

#[testkit::db_test]
async fn a_large_batch_is_taken_whole_and_twice_is_once(db: TestDb) {
    let ctx = db.ctx();
    let city = field(&ctx, "city", FieldKind::Text, &[]).await;
    let rows: Vec<UpsertRow> = (0..MAX_BATCH)
        .map(|i| {
            let mut row = row(&format!("person{i}@example.com"));
            row.fields = vec![(city.id, parse_text(&city, &format!("City {i}")).unwrap())];
            row
        })
        .collect();
    let first = upsert(&ctx, &rows, &policy()).await;
    let ids: BTreeSet<SubscriberId> = first.iter().map(|it| id(*it)).collect();
    assert_eq!(ids.len(), MAX_BATCH);
    let second = upsert(&ctx, &rows, &policy()).await;
    assert!(second.iter().all(|it| matches!(it, Outcome::Unchanged(_))));
    let ids: Vec<SubscriberId> = ids.into_iter().take(1000).collect();
    let mut tx = ctx.read().await.unwrap();
    let merged = merge_values(&mut tx, account(), &ids).await.unwrap();
    assert_eq!(merged.len(), 1000);
    assert!(
        merged
            .values()
            .all(|it| it.fields[0].1.to_string().starts_with("City"))
    );
    assert!(
        merge_values(&mut tx, stranger(), &ids)
            .await
            .unwrap()
            .is_empty()
    );
}

/// An unsubscribe that commits while a batch is being decided is not overwritten, and nobody is inserted twice.
#[testkit::db_test]
async fn writers_at_the_same_time_lose_nothing(db: TestDb) {
    let ctx = db.ctx();
    const PEOPLE: usize = 40;
    let email = |i: usize| format!("p{i}@example.com");
    let rows = |name: &str| -> Vec<UpsertRow> {
        (0..PEOPLE)
            .map(|i| {
                let mut row = row(&email(i));
                row.attributes.first_name = Patch::Set(name.to_owned());
                row
            })
            .collect()
    };
    let first: Vec<SubscriberId> = upsert(&ctx, &rows("first")[..PEOPLE / 2], &policy())
        .await
        .into_iter()
        .map(id)
        .collect();
    let mut tasks = Vec::new();
    for n in 0..6 {
        let ctx = ctx.clone();
        let rows = rows(&format!("name {n}"));
        tasks.push(ctx.clone().tasks.spawn(async move {
            upsert(&ctx, &rows, &policy()).await;
        }));
    }
    for person in &first {
        let (ctx, person) = (ctx.clone(), *person);
        tasks.push(ctx.clone().tasks.spawn(async move {
            let mut tx = ctx.write().await.unwrap();
            unsubscribe_in(&ctx, &mut tx, account(), person, "one_click", "subscriber")
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let limit = kernel::Limit::try_new(100).unwrap();
    let page = list(&ctx, account(), ListQuery::default(), None, limit)
        .await
        .unwrap();
    assert_eq!(page.data.len(), PEOPLE);
    for person in &first {
        let person = get(&ctx, account(), *person).await.unwrap().subscriber;
        assert_eq!(person.status, Status::Unsubscribed);
        assert!(person.first_name.unwrap().starts_with("name"));
    }
}
