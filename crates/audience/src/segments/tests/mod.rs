//! Segments on both engines.

use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, EmailAddress, Error, Limit};
use serde_json::{Value, json};
use testkit::TestDb;

use super::{Change, Draft};
use crate::fields::{self, FieldInput, FieldKind, FieldValue, NewField, Visibility};
use crate::segments;
use crate::subscribers::{Outcome, Policy, Source, UpsertRow, upsert_many_in};
use crate::{GroupId, SegmentId, SubscriberId};

mod equivalence;

const ACCOUNT: i64 = 5;
const OTHER: i64 = 6;

struct Fixture {
    ctx: Ctx,
    account: AccountId,
    people: Vec<SubscriberId>,
    group: GroupId,
}

/// Ada in Berlin, Bob in Rome, Eve without a city; Ada is in a group. Another account has an Ada too.
async fn fixture(db: &TestDb) -> Fixture {
    let ctx = db.ctx();
    let account = AccountId::from(ACCOUNT);
    let mut tx = ctx.write().await.unwrap();
    for id in [ACCOUNT, OTHER] {
        tx.query(
            "insert into account (id, name, time_zone, language, version, created_at, updated_at)
             values ($1, 'Test', 'Europe/Berlin', 'en', 1, 0, 0)",
        )
        .bind(id)
        .execute()
        .await
        .unwrap();
    }
    let group = GroupId::from(77);
    tx.query(
        "insert into contact_group (account_id, id, name, name_folded, created_at, updated_at)
         values ($1, $2, 'VIP', 'vip', 0, 0)",
    )
    .bind(account)
    .bind(group)
    .execute()
    .await
    .unwrap();
    let city = NewField {
        key: "city".to_owned(),
        name: "City".to_owned(),
        kind: FieldKind::Text,
        visibility: Visibility::Visible,
        options: Vec::new(),
    };
    let city = fields::create_in(&ctx, &mut tx, account, &Actor::system(), city)
        .await
        .unwrap();
    let catalog = fields::list(&mut tx, account).await.unwrap();
    let rows: Vec<UpsertRow> = [
        ("ada", Some("Berlin")),
        ("bob", Some("Rome")),
        ("eve", None),
    ]
    .into_iter()
    .map(|(name, place)| {
        let address = format!("{name}@example.com");
        let mut row = UpsertRow::new(EmailAddress::parse(&address).unwrap());
        row.fields.extend(place.map(|place| {
            let value = FieldValue::Text(place.to_owned());
            (city.id, FieldInput::Set(value))
        }));
        if name == "ada" {
            row.groups.push(group);
        }
        row
    })
    .collect();
    let policy = Policy::new(Source::Api, "system");
    let outcomes = upsert_many_in(&ctx, &mut tx, account, &catalog, &rows, &policy)
        .await
        .unwrap();
    upsert_many_in(
        &ctx,
        &mut tx,
        AccountId::from(OTHER),
        &catalog,
        &rows[..1],
        &policy,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let people = outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Created(id) => id,
            other => panic!("{other:?}"),
        })
        .collect();
    Fixture {
        ctx,
        account,
        people,
        group,
    }
}

impl Fixture {
    async fn create(&self, name: &str, rule: Value) -> kernel::Result<SegmentId> {
        let draft = Draft {
            name: name.to_owned(),
            rule,
        };
        segments::create(&self.ctx, self.account, &Actor::system(), draft)
            .await
            .map(|segment| segment.id)
    }

    async fn members(&self, id: SegmentId) -> Vec<SubscriberId> {
        let limit = Limit::default();
        segments::subscriber_ids(&self.ctx, self.account, id, None, limit)
            .await
            .unwrap()
            .data
    }
}

fn faults(error: Error) -> Vec<(String, String)> {
    match error {
        Error::Invalid(errors) => errors
            .into_iter()
            .map(|error| (error.field, error.code.into_owned()))
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn in_segment(id: SegmentId) -> Value {
    json!({"segment": {"any": [id]}})
}

#[testkit::db_test]
async fn a_segment_selects_people_of_its_account(db: TestDb) {
    let it = fixture(&db).await;
    let [ada, bob, eve] = it.people[..] else {
        panic!()
    };
    let berlin = json!({"field": "city", "op": "equals", "value": "BERLIN"});
    let berlin = it.create("Berlin", berlin).await.unwrap();
    assert_eq!(it.members(berlin).await, [ada]);
    let others = it
        .create("Others", json!({"not": in_segment(berlin)}))
        .await
        .unwrap();
    assert_eq!(it.members(others).await, [bob, eve]);
    let vip = it
        .create("VIP", json!({"group": {"any": [it.group]}}))
        .await
        .unwrap();
    assert_eq!(segments::count(&it.ctx, it.account, vip).await.unwrap(), 1);

    // Page by page.
    let everybody = it.create("All", json!({"all": []})).await.unwrap();
    let limit = Limit::try_new(2).unwrap();
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = segments::subscriber_ids(&it.ctx, it.account, everybody, cursor, limit)
            .await
            .unwrap();
        seen.extend(page.data);
        match page.next_cursor {
            Some(next) => cursor = Some(kernel::Cursor::decode(&next).unwrap()),
            None => break,
        }
    }
    assert_eq!(seen, it.people);

    // Another account sees neither the segment nor the people.
    let other = AccountId::from(OTHER);
    let error = segments::get(&it.ctx, other, berlin).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }));
    let preview = segments::preview(&it.ctx, other, &json!({"all": []}), None)
        .await
        .unwrap();
    assert_eq!(preview.count, 1);
}

#[testkit::db_test]
async fn counting_the_active_reads_nobody_by_the_index_of_statuses(db: TestDb) {
    let it = fixture(&db).await;
    let active = json!({"field": "status", "op": "equals", "value": "active"});
    let city = json!({"field": "city", "op": "in", "value": ["Berlin", "Rome"]});
    let mut tx = it.ctx.read().await.unwrap();
    // PostgreSQL plans by what is there.
    if tx.engine() == db::Engine::Postgres {
        return;
    }
    for rule in [
        json!({"all": [active, city]}),
        json!({"any": [active, city]}),
        json!({"all": [active, {"group": {"any": [it.group.to_string()]}}, city]}),
        json!({"all": [active, {"not": {"event": "clicked", "within_days": 30}}, city]}),
    ] {
        let parsed = serde_json::from_value(rule.clone()).unwrap();
        let compiled = segments::compile_rule_in(&mut tx, &it.ctx, it.account, &parsed)
            .await
            .unwrap();
        let (condition, values) = segments::condition(tx.engine(), it.account, &compiled, 2);
        let plan = tx
            .query(format!(
                "explain query plan select count(*) as n from subscriber s where s.account_id = $1 and {condition}"
            ))
            .bind(it.account)
            .bind_values(values)
            .fetch_all()
            .await
            .unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get("detail").unwrap()).collect();
        let found = plan.iter().any(|step| step.contains("subscriber_status"));
        assert!(!found, "{rule}: {plan:?}");
    }
}

#[testkit::db_test]
async fn a_preview_counts_shows_and_says(db: TestDb) {
    let it = fixture(&db).await;
    let rule = json!({"all": [
        {"field": "city", "op": "is_set"},
        {"not": {"group": {"any": [it.group]}}}
    ]});
    let preview = segments::preview(&it.ctx, it.account, &rule, None)
        .await
        .unwrap();
    assert_eq!(preview.count, 1);
    assert_eq!(preview.sample[0].email, "bob@example.com");
    assert!(
        preview.description.starts_with("People where "),
        "{}",
        preview.description
    );
    assert!(preview.description.contains("City") && preview.description.contains("VIP"));
}

#[testkit::db_test]
async fn a_list_says_what_each_rule_means(db: TestDb) {
    let it = fixture(&db).await;
    let berlin = json!({"field": "city", "op": "equals", "value": "Berlin"});
    let berlin = it.create("Berliners", berlin).await.unwrap();
    let vip = json!({"all": [{"group": {"any": [it.group]}}, {"segment": {"any": [berlin]}}]});
    it.create("Berlin VIPs", vip).await.unwrap();
    let page = segments::list(&it.ctx, it.account, None, Limit::default())
        .await
        .unwrap();
    let said: Vec<&str> = page.data.iter().map(|row| &*row.description).collect();
    assert!(
        said[0].contains("VIP") && said[0].contains("Berliners"),
        "{said:?}"
    );
    assert_eq!(said[1], "People where City is \"Berlin\"");
    for row in page.data.clone() {
        let alone = segments::describe(&it.ctx, it.account, row.segment.clone())
            .await
            .unwrap();
        assert_eq!(alone, row);
    }
}

#[testkit::db_test]
async fn faults_are_told_with_their_place(db: TestDb) {
    let it = fixture(&db).await;
    let error = it
        .create(
            "Bad",
            json!({"all": [
                {"field": "nope", "op": "equals", "value": "x"},
                {"field": "score", "op": "equals", "value": "x"},
                {"group": {"any": ["999"]}},
                {"event": "opened", "campaign": "999"}
            ]}),
        )
        .await
        .unwrap_err();
    let found = faults(error);
    let places: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(
        places,
        [
            "rule.all[0].field",
            "rule.all[1].value",
            "rule.all[2].group.any[0]",
            "rule.all[3].campaign"
        ]
    );
    let error = it.create("Bad", json!({"nonsense": 1})).await.unwrap_err();
    assert!(faults(error)[0].0.starts_with("rule"));
    let error = it.create(" ", json!({"all": []})).await.unwrap_err();
    assert_eq!(faults(error)[0].0, "name");
    it.create("Same", json!({"all": []})).await.unwrap();
    let error = it.create("SAME", json!({"all": []})).await.unwrap_err();
    assert_eq!(faults(error), [("name".to_owned(), "taken".to_owned())]);
}

#[testkit::db_test]
async fn circles_and_missing_parts_are_refused(db: TestDb) {
    let it = fixture(&db).await;
    let first = it.create("First", json!({"all": []})).await.unwrap();
    let second = it.create("Second", in_segment(first)).await.unwrap();
    let third = it.create("Third", in_segment(second)).await.unwrap();
    let change = Change {
        rule: Some(in_segment(third)),
        ..Change::default()
    };
    let actor = Actor::system();
    let error = segments::update(&it.ctx, it.account, &actor, first, change)
        .await
        .unwrap_err();
    assert_eq!(faults(error)[0].1, "segment_cycle");

    let error = segments::delete(&it.ctx, it.account, &actor, first)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("\"Second\""), "{error}");
    segments::delete(&it.ctx, it.account, &actor, third)
        .await
        .unwrap();
    segments::delete(&it.ctx, it.account, &actor, second)
        .await
        .unwrap();
    segments::delete(&it.ctx, it.account, &actor, first)
        .await
        .unwrap();
    let error = segments::get(&it.ctx, it.account, first).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }));

    // A group that disappears without asking.
    let vip = it
        .create("VIP", json!({"group": {"any": [it.group]}}))
        .await
        .unwrap();
    let mut tx = it.ctx.write().await.unwrap();
    tx.query("delete from contact_group where account_id = $1")
        .bind(it.account)
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let error = segments::count(&it.ctx, it.account, vip).await.unwrap_err();
    assert_eq!(faults(error)[0].1, "unknown_group");
}

#[testkit::db_test]
async fn a_segment_explains_itself(db: TestDb) {
    let it = fixture(&db).await;
    let rule = json!({"all": [
        {"field": "status", "op": "equals", "value": "active"},
        {"any": [
            {"field": "city", "op": "equals", "value": "Rome"},
            {"group": {"any": [it.group]}}
        ]}
    ]});
    let id = it.create("Explained", rule).await.unwrap();
    let ask = |n: usize| segments::explain(&it.ctx, it.account, id, it.people[n]);
    let (ada, eve) = (ask(0).await.unwrap(), ask(2).await.unwrap());
    assert!(ada.matches && !eve.matches);
    let inner = &ada.condition.conditions[1];
    let holds: Vec<bool> = inner.conditions.iter().map(|it| it.holds).collect();
    assert_eq!((inner.holds, holds), (true, vec![false, true]));
    assert!(eve.condition.conditions[0].holds && !eve.condition.conditions[1].holds);
    let actual: Vec<_> = inner
        .conditions
        .iter()
        .map(|it| it.actual.clone())
        .collect();
    assert_eq!(
        actual,
        [
            Some("City is \"Berlin\"".to_owned()),
            Some("in the group \"VIP\"".to_owned())
        ]
    );
    assert_eq!(
        ada.summary,
        "ada@example.com is in it: status is \"active\"; in the group \"VIP\"."
    );
    assert_eq!(
        eve.summary,
        "eve@example.com is not in it: City is not set; in none of these groups."
    );
    let other = json!({"all": [
        {"not": {"segment": {"any": [id]}}},
        {"event": "opened", "exactly": 0},
        {"field": "created_at", "op": "day_of_week", "value": ["sunday"]}
    ]});
    let other = it.create("Others", other).await.unwrap();
    let bob = segments::explain(&it.ctx, it.account, other, it.people[1])
        .await
        .unwrap();
    assert_eq!(
        bob.summary,
        "bob@example.com is not in it: in the segment \"Explained\"; created at is 2026-05-04 11:30."
    );
    let eve = segments::explain(&it.ctx, it.account, other, it.people[2])
        .await
        .unwrap();
    assert!(
        eve.summary
            .ends_with("not in it: created at is 2026-05-04 11:30.")
    );
    let opened = &eve.condition.conditions[1];
    assert_eq!(opened.text, "opened any campaign exactly 0 times");
    assert_eq!(
        opened.actual.as_deref(),
        Some("never opened, as far as this asks")
    );
    let error = segments::explain(&it.ctx, it.account, id, SubscriberId::from(1))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }));
}

#[testkit::db_test]
async fn an_update_changes_what_it_names(db: TestDb) {
    let it = fixture(&db).await;
    let id = it.create("Old", json!({"all": []})).await.unwrap();
    db.clock().advance(std::time::Duration::from_secs(5));
    let change = Change {
        name: Some("New".to_owned()),
        ..Change::default()
    };
    let actor = Actor::system();
    let after = segments::update(&it.ctx, it.account, &actor, id, change)
        .await
        .unwrap();
    assert_eq!(
        (after.name.as_str(), after.updated_at),
        ("New", it.ctx.clock.now())
    );
    let page = segments::list(&it.ctx, it.account, None, Limit::default())
        .await
        .unwrap();
    assert_eq!(page.data[0].segment, after);
}
