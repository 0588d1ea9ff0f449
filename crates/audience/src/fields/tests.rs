use jiff::civil::date;
use kernel::Timestamp;
use rules::Decimal;
use serde_json::{Value, json};
use testkit::TestDb;

use super::model::{MAX_FIELDS, check_key, check_options};
use super::*;
use crate::FieldId;
use crate::fixtures::{self, account, actor, catalog, faults, stranger};
use crate::purge::Purge;
use crate::subscribers::{self, Policy, Source};

fn field(kind: FieldKind) -> Field {
    let options: &[&str] = match kind {
        FieldKind::Dropdown => &["Rot", "Weiß"],
        _ => &[],
    };
    Field {
        id: 1.into(),
        key: "it".into(),
        name: "It".into(),
        kind,
        visibility: Visibility::Visible,
        slot: 1,
        options: options.iter().map(|it| (*it).to_owned()).collect(),
        created_at: Timestamp::from_micros(0),
        updated_at: Timestamp::from_micros(0),
    }
}

#[test]
fn text_and_json_mean_the_same_values() {
    use FieldKind::{Boolean, Date, Dropdown, Number, Text};
    let text = |it: &str| FieldValue::Text(it.to_owned());
    let number = |micros| FieldValue::Number(Decimal::from_micros(micros));
    for (kind, json, wanted) in [
        (Text, json!(" a\nb "), text("a\nb")),
        (Number, json!(12.5), number(12_500_000)),
        (Number, json!("+12.5"), number(12_500_000)),
        (Number, json!(-0.000_001), number(-1)),
        (Number, json!("9223372036854.775807"), number(i64::MAX)),
        (
            Date,
            json!("2024-02-29"),
            FieldValue::Date(date(2024, 2, 29)),
        ),
        (
            Date,
            json!("1990-05-04T23:59:59Z"),
            FieldValue::Date(date(1990, 5, 4)),
        ),
        (
            Date,
            json!("1990-05-04 10:00"),
            FieldValue::Date(date(1990, 5, 4)),
        ),
        (
            Date,
            json!("1990/05/04"),
            FieldValue::Date(date(1990, 5, 4)),
        ),
        (Date, json!("4.5.1990"), FieldValue::Date(date(1990, 5, 4))),
        (Boolean, json!(true), FieldValue::Boolean(true)),
        (Boolean, json!("YES"), FieldValue::Boolean(true)),
        (Boolean, json!("0"), FieldValue::Boolean(false)),
        (Dropdown, json!("WEISS"), text("Weiß")),
    ] {
        let field = field(kind);
        assert_eq!(
            parse_json(&field, &json).unwrap(),
            FieldInput::Set(wanted.clone()),
            "{json}"
        );
        if let Value::String(it) = &json {
            assert_eq!(
                parse_text(&field, it).unwrap(),
                FieldInput::Set(wanted),
                "{json}"
            );
        }
    }
}

#[test]
fn empty_and_null_clear() {
    for kind in FieldKind::ALL {
        let field = field(kind);
        assert_eq!(parse_json(&field, &Value::Null).unwrap(), FieldInput::Clear);
        assert_eq!(parse_text(&field, "  ").unwrap(), FieldInput::Clear);
    }
}

#[test]
fn wrong_values_are_refused_with_what_is_expected() {
    use FieldKind::{Boolean, Date, Dropdown, Number, Text};
    for (kind, json, code, says) in [
        (Text, json!(5), "wrong_type", "a text"),
        (Text, json!("a\u{0}b"), "nul_character", "NUL"),
        (Text, json!("x".repeat(2001)), "too_long", "2000"),
        (Number, json!("1,5"), "wrong_type", "such as 12.5"),
        (Number, json!("1e3"), "wrong_type", "such as 12.5"),
        (Number, json!("0.0000001"), "wrong_type", "six digits"),
        (Number, json!(1e300), "wrong_type", "too large"),
        (Number, json!([1]), "wrong_type", "a number"),
        (Date, json!("yesterday"), "wrong_type", "1990-05-04"),
        (Date, json!("2023-02-29"), "wrong_type", "1990-05-04"),
        (Date, json!("05/04/1990"), "wrong_type", "1990-05-04"),
        (Date, json!("0000-01-01"), "wrong_type", "1990-05-04"),
        (Date, json!(19_900_504), "wrong_type", "1990-05-04"),
        (Boolean, json!("maybe"), "wrong_type", "true or false"),
        (Boolean, json!(1), "wrong_type", "true or false"),
        (Dropdown, json!("Blau"), "unknown_option", "`Rot`, `Weiß`"),
    ] {
        let fault = parse_json(&field(kind), &json).unwrap_err();
        assert_eq!(fault.code, code, "{json}: {fault}");
        assert!(fault.message.contains(says), "{json}: {fault}");
    }
}

#[test]
fn keys_are_lower_snake_and_not_reserved() {
    for key in ["a", "favorite_color", "x2", &"k".repeat(50)] {
        check_key(key).unwrap();
    }
    for key in [
        "",
        "A",
        "2x",
        "_a",
        "a-b",
        "a b",
        "ä",
        "a.b",
        "a\0",
        &"k".repeat(51),
    ] {
        assert_eq!(check_key(key).unwrap_err().code, "invalid", "{key}");
    }
    for key in [
        "email",
        "status",
        "created_at",
        "unsubscribe_url",
        "account",
        "campaign",
        "fields",
        "in",
    ] {
        assert_eq!(check_key(key).unwrap_err().code, "reserved", "{key}");
    }
    for (name, key) in [
        ("Favorite color!", Some("favorite_color")),
        ("  2nd Name ", Some("nd_name")),
        ("E-Mail", Some("e_mail")),
        ("Email", None),
        ("名前", None),
    ] {
        assert_eq!(suggest_key(name).as_deref(), key, "{name}");
    }
}

#[test]
fn only_dropdowns_have_options_each_once() {
    let options = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let check = |kind, list: &[&str]| {
        check_options(kind, &options(list)).map_err(|errors| errors[0].code.to_string())
    };
    assert_eq!(
        check(FieldKind::Dropdown, &[" a ", "b"]).unwrap(),
        ["a", "b"]
    );
    assert_eq!(check(FieldKind::Dropdown, &[]).unwrap_err(), "required");
    assert_eq!(
        check(FieldKind::Dropdown, &["a", "A"]).unwrap_err(),
        "taken"
    );
    assert_eq!(
        check(FieldKind::Dropdown, &["a", " "]).unwrap_err(),
        "required"
    );
    assert_eq!(check(FieldKind::Text, &["a"]).unwrap_err(), "not_allowed");
}

#[testkit::db_test]
async fn fields_are_made_changed_and_deleted_with_their_values(db: TestDb) {
    let ctx = db.ctx();
    let city = fixtures::field(&ctx, "city", FieldKind::Text, &[]).await;
    let size = fixtures::field(&ctx, "size", FieldKind::Dropdown, &["S", "M"]).await;
    let born = fixtures::field(&ctx, "born", FieldKind::Date, &[]).await;
    assert_eq!(catalog(&ctx).await.by_key("size").unwrap(), &size);

    let mut row = fixtures::row("ada@example.com");
    row.fields = vec![
        (city.id, parse_text(&city, "Berlin").unwrap()),
        (size.id, parse_text(&size, "m").unwrap()),
        (born.id, parse_text(&born, "1815-12-10").unwrap()),
    ];
    let policy = Policy::new(Source::Api, "token:1");
    fixtures::upsert(&ctx, &[row], &policy).await;
    let ada = fixtures::person(&ctx, "ada@example.com").await;

    let change = FieldChange {
        name: Some("Größe".into()),
        options: Some(vec!["L".into(), "M".into()]),
        visibility: Some(Visibility::Hidden),
        ..FieldChange::default()
    };
    let changed = update(&ctx, account(), &actor(), size.id, change)
        .await
        .unwrap();
    assert_eq!(
        (changed.key.as_str(), changed.name.as_str()),
        ("size", "Größe")
    );

    delete(&ctx, account(), &actor(), born.id, false)
        .await
        .unwrap();
    let profile = subscribers::get(&ctx, account(), ada).await.unwrap();
    let shown: Vec<_> = profile
        .fields
        .iter()
        .map(|(key, it)| (key.as_str(), it.to_json()))
        .collect();
    assert_eq!(shown, [("city", json!("Berlin")), ("size", json!("M"))]);

    jobs::run_due(&ctx, &jobs::Registry::new().job::<Purge>()).await;
    let mut tx = ctx.read().await.unwrap();
    let left = values_of(&mut tx, account(), &[ada], None).await.unwrap();
    assert_eq!(
        left[&ada].len(),
        2,
        "the job removed the values of the deleted field"
    );
    drop(tx);

    // The next field takes the slot, and finds it empty.
    let left = fixtures::field(&ctx, "left", FieldKind::Date, &[]).await;
    assert_eq!(left.slot, born.slot);
    let profile = subscribers::get(&ctx, account(), ada).await.unwrap();
    assert_eq!(profile.fields.len(), 2);
}

#[testkit::db_test]
async fn a_slot_stays_taken_until_its_values_are_gone(db: TestDb) {
    let ctx = db.ctx();
    let city = fixtures::field(&ctx, "city", FieldKind::Text, &[]).await;
    let catalog = catalog(&ctx).await;
    let berlin = |email| {
        let mut row = fixtures::row(email);
        row.fields = vec![(city.id, parse_text(&city, "Berlin").unwrap())];
        row
    };
    let policy = Policy::new(Source::Api, "token:1");
    fixtures::upsert(&ctx, &[berlin("ada@example.com")], &policy).await;
    delete(&ctx, account(), &actor(), city.id, false)
        .await
        .unwrap();

    let town = fixtures::field(&ctx, "town", FieldKind::Text, &[]).await;
    assert_ne!(town.slot, city.slot);
    // Somebody who has not heard of it yet, as an import that began before, writes nothing.
    let mut tx = ctx.write().await.unwrap();
    let rows = [berlin("bob@example.com")];
    subscribers::upsert_many_in(&ctx, &mut tx, account(), &catalog, &rows, &policy)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    jobs::run_due(&ctx, &jobs::Registry::new().job::<Purge>()).await;
    let village = fixtures::field(&ctx, "village", FieldKind::Text, &[]).await;
    assert_eq!(village.slot, city.slot);
    for email in ["ada@example.com", "bob@example.com"] {
        let person = fixtures::person(&ctx, email).await;
        let profile = subscribers::get(&ctx, account(), person).await.unwrap();
        assert!(profile.fields.is_empty(), "{:?}", profile.fields);
    }
}

#[testkit::db_test]
async fn rows_of_a_batch_may_speak_of_different_fields(db: TestDb) {
    let ctx = db.ctx();
    let city = fixtures::field(&ctx, "city", FieldKind::Text, &[]).await;
    let size = fixtures::field(&ctx, "size", FieldKind::Number, &[]).await;
    let set = |field: &Field, text: &str| (field.id, parse_text(field, text).unwrap());
    let row = |email, fields: &[(FieldId, FieldInput)]| {
        let mut row = fixtures::row(email);
        row.fields = fields.to_vec();
        row
    };
    let policy = Policy::new(Source::Api, "token:1");
    let both = [set(&city, "Berlin"), set(&size, "1")];
    let first = [row("ada@example.com", &both), row("bob@example.com", &both)];
    fixtures::upsert(&ctx, &first, &policy).await;
    let second = [
        row("ada@example.com", &[set(&city, "Rome")]),
        row("bob@example.com", &[(size.id, FieldInput::Clear)]),
        row("cem@example.com", &[set(&size, "3")]),
    ];
    fixtures::upsert(&ctx, &second, &policy).await;
    let mut told = Vec::new();
    for name in ["ada", "bob", "cem"] {
        let person = fixtures::person(&ctx, &format!("{name}@example.com")).await;
        let profile = subscribers::get(&ctx, account(), person).await.unwrap();
        for (key, value) in profile.fields {
            told.push(format!("{name} {key}={value}"));
        }
    }
    assert_eq!(
        told,
        [
            "ada city=Rome",
            "ada size=1",
            "bob city=Berlin",
            "cem size=3"
        ]
    );
}

#[testkit::db_test]
async fn fields_are_refused_with_every_fault_and_kept_apart_by_account(db: TestDb) {
    let ctx = db.ctx();
    let city = fixtures::field(&ctx, "city", FieldKind::Text, &[]).await;
    let new = |key: &str, name: &str| NewField {
        key: key.into(),
        name: name.into(),
        kind: FieldKind::Text,
        visibility: Visibility::Visible,
        options: vec!["a".into()],
    };
    assert_eq!(
        faults(create(&ctx, account(), &actor(), new("E", " ")).await),
        ["key: invalid", "name: required", "options: not_allowed"]
    );
    let plain = |key: &str| NewField {
        options: Vec::new(),
        ..new(key, "x")
    };
    assert_eq!(
        faults(create(&ctx, account(), &actor(), plain("city")).await),
        ["key: taken"]
    );
    create(&ctx, stranger(), &actor(), plain("city"))
        .await
        .unwrap();

    assert_eq!(faults(get(&ctx, stranger(), city.id).await), ["no field"]);
    assert_eq!(
        faults(delete(&ctx, stranger(), &actor(), city.id, true).await),
        ["no field"]
    );
    let change = FieldChange::default();
    assert_eq!(
        faults(update(&ctx, stranger(), &actor(), city.id, change).await),
        ["no field"]
    );

    for i in 1..MAX_FIELDS {
        create(&ctx, account(), &actor(), plain(&format!("f{i}")))
            .await
            .unwrap();
    }
    assert_eq!(
        faults(create(&ctx, account(), &actor(), plain("last")).await),
        ["limit_reached"]
    );
}

async fn segment(ctx: &ctx::Ctx, id: i64, name: &str, rule: Value) {
    let mut tx = ctx.write().await.unwrap();
    tx.query(
        "insert into segment (account_id, id, name, name_folded, rule, created_at, updated_at)
         values ($1, $2, $3, $4, $5, 0, 0)",
    )
    .bind(account())
    .bind(id)
    .bind(name)
    .bind(kernel::fold(name))
    .bind(rule.to_string())
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

#[testkit::db_test]
async fn options_are_carried_along_or_refused(db: TestDb) {
    let ctx = db.ctx();
    let size = fixtures::field(&ctx, "size", FieldKind::Dropdown, &["S", "M", "L", "XL"]).await;
    let mut rows = Vec::new();
    for i in 0..1200 {
        let mut row = fixtures::row(&format!("p{i}@example.com"));
        let text = if i < 1100 { "S" } else { "M" };
        row.fields = vec![(size.id, parse_text(&size, text).unwrap())];
        rows.push(row);
    }
    fixtures::upsert(&ctx, &rows, &Policy::new(Source::Api, "token:1")).await;
    segment(
        &ctx,
        5,
        "Large",
        json!({"field": "size", "op": "in", "value": ["L", "S"]}),
    )
    .await;
    let change = async |options: &[&str], replace: Value| {
        let change = FieldChange {
            options: Some(options.iter().map(|it| (*it).to_owned()).collect()),
            replace: serde_json::from_value(replace).unwrap(),
            ..FieldChange::default()
        };
        update(&ctx, account(), &actor(), size.id, change).await
    };
    let refused = change(&["S", "L"], json!({})).await;
    assert!(
        refused
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("100 people have `M`")
    );
    assert_eq!(faults(refused), ["option_in_use"]);
    let refused = change(&["S", "M"], json!({})).await;
    assert!(
        refused
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("`Large`")
    );
    assert_eq!(
        faults(change(&["M", "L"], json!({"S": null})).await),
        ["option_in_use"]
    );
    assert_eq!(
        faults(change(&["M"], json!({"S": "XXL", "Q": null})).await),
        ["replace.Q: unknown", "replace.S: unknown"]
    );
    let changed = change(&["Small", "l"], json!({"s": "small", "M": null}))
        .await
        .unwrap();
    assert_eq!(changed.options, ["Small", "l"]);
    jobs::run_due(&ctx, &jobs::Registry::new().job::<OptionsJob>()).await;
    let mut counts = std::collections::BTreeMap::new();
    for i in [0, 1099, 1100, 1199] {
        let id = fixtures::person(&ctx, &format!("p{i}@example.com")).await;
        let fields = subscribers::get(&ctx, account(), id).await.unwrap().fields;
        *counts
            .entry(fields.first().map(|(_, it)| it.to_string()))
            .or_insert(0) += 1;
        let kinds = fixtures::kinds(&ctx, id).await;
        assert_eq!(kinds, ["subscriber.created", "subscriber.updated"]);
    }
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        [(None, 2), (Some("Small".to_owned()), 2)]
    );
    let mut tx = ctx.read().await.unwrap();
    let rule = tx
        .query("select rule from segment")
        .fetch_one()
        .await
        .unwrap();
    let rule: db::Json<Value> = rule.get("rule").unwrap();
    assert_eq!(rule.0["value"], json!(["l", "Small"]));
}

#[testkit::db_test]
async fn what_uses_a_field_is_named_before_it_is_deleted(db: TestDb) {
    let ctx = db.ctx();
    let city = fixtures::field(&ctx, "city", FieldKind::Text, &[]).await;
    segment(
        &ctx,
        5,
        "Berlin",
        json!({"field": "city", "op": "equals", "value": "Berlin"}),
    )
    .await;
    let mut tx = ctx.write().await.unwrap();
    for (id, state, document) in [
        (11, "draft", "{\"html\": \"Hello {{ fields.city }}\"}"),
        (12, "sent", "{\"html\": \"Hello {{ city }}\"}"),
        (13, "paused", "{\"html\": \"Hello city\"}"),
    ] {
        tx.query("insert into content_revision (account_id, id, document, created_at, created_by) values ($1, $2, $3, 0, 'x')")
            .bind(account())
            .bind(id + 100_i64)
            .bind(document)
            .execute()
            .await
            .unwrap();
        tx.query(
            "insert into campaign (account_id, id, name, state, revision_id, sender_name, sender_email, audience,
             snapshot_done, snapshot_cursor, version, created_at, updated_at, created_by)
             values ($1, $2, $3, $4, $5, '', '', '{}', 0, 0, 1, 0, 0, 'x')",
        )
        .bind(account())
        .bind(id)
        .bind(format!("C{id}"))
        .bind(state)
        .bind(id + 100_i64)
        .execute()
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    let uses = service::uses_of(&ctx, account(), city.id).await.unwrap();
    let names: Vec<_> = uses.iter().map(|it| (it.kind, it.name.as_str())).collect();
    assert_eq!(names, [("segment", "Berlin"), ("campaign", "C11")]);
    let refused = delete(&ctx, account(), &actor(), city.id, false).await;
    let said = refused.as_ref().unwrap_err().to_string();
    assert!(
        said.contains("`Berlin`") && said.contains("`C11`"),
        "{said}"
    );
    assert_eq!(faults(refused), ["in_use"]);
    delete(&ctx, account(), &actor(), city.id, true)
        .await
        .unwrap();
    assert_eq!(faults(get(&ctx, account(), city.id).await), ["no field"]);
}
