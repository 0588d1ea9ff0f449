//! What comes out as text: SQL, JSON, English, the OpenAPI schema.

use serde_json::{Value, json};
use utoipa::PartialSchema as _;

use super::{account, compile, field, parse};
use crate::{Attribute, Dialect, EventKind, FieldKind, Kind, Names, Op, Param, Rule, Schema};

fn sql(json: Value, dialect: Dialect) -> (String, Vec<Param>) {
    let sql = compile(json).sql(dialect, account(), 2, "s");
    (sql.text, sql.params)
}

fn both(json: Value) -> [String; 2] {
    [Dialect::Sqlite, Dialect::Postgres].map(|dialect| sql(json.clone(), dialect).0)
}

#[test]
fn numbers_survive_their_way_through_text() {
    for number in [
        "409810785992.47565",
        "-409810785992.47565",
        "9223372036854.775",
        "0.000001",
    ] {
        let text = format!(r#"{{"version":1,"field":"amount","op":"equals","value":{number}}}"#);
        let rule = Rule::parse_text(&text).unwrap();
        let written: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(rule.to_json(), written, "{number}");
        assert_eq!(written["value"].as_f64().unwrap().to_string(), number);
    }
}

#[test]
fn sql_of_attributes_never_yields_null() {
    let (text, params) = sql(
        json!({"not": {"field": "first_name", "op": "in", "value": ["Zoë", "ANA"]}}),
        Dialect::Sqlite,
    );
    assert_eq!(
        text,
        "(not (s.first_name_folded is not null and s.first_name_folded in ($2, $3)))"
    );
    assert_eq!(
        params,
        [Param::Text("ana".into()), Param::Text("zoë".into())]
    );
    assert_eq!(
        both(json!({"field": "last_activity_at", "op": "is_not_set"}))[0],
        "(not (s.last_activity_at is not null))"
    );
    assert_eq!(
        both(json!({"field": "city", "op": "equals", "value": "Berlin"})),
        ["(s.folded_1 is not null and s.folded_1 = $2)"; 2]
    );
    assert_eq!(
        both(json!({"field": "vip", "op": "is_not_set"}))[0],
        "(not (s.value_5 is not null))"
    );
    assert_eq!(both(json!({"all": []})), ["(1 = 1)", "(1 = 1)"]);
    assert_eq!(both(json!({"any": []})), ["(1 = 0)", "(1 = 0)"]);
}

#[test]
fn sql_of_other_tables_is_a_set_by_index() {
    let [sqlite, postgres] = both(json!({"group": {"any": ["10"]}}));
    let set = "select subscriber_id from group_member where account_id = $2 and group_id = $3";
    assert_eq!(sqlite, format!("(s.id in ({set}))"));
    assert_eq!(
        postgres,
        format!("(exists (select 1 from ({set}) rule_set where rule_set.subscriber_id = s.id))")
    );
    let (text, params) = sql(
        json!({"event": "clicked", "campaign": "30", "within_days": 30, "at_least": 2}),
        Dialect::Sqlite,
    );
    assert_eq!(
        text,
        "(s.id in (select subscriber_id from event where account_id = $2 and kind = $3 and at >= $4 and subject_id = $5 and +subscriber_id is not null group by subscriber_id having count(*) >= 2))"
    );
    assert_eq!(params[0], Param::Int(77));
    assert_eq!(params[1], Param::Text("message.clicked".into()));
    assert_eq!(params[3], Param::Int(30));
}

#[test]
fn the_account_is_bound_once() {
    let (text, params) = sql(
        json!({"all": [
            {"field": "status", "op": "equals", "value": "active"},
            {"group": {"any": ["10", "11"]}},
            {"tag": {"none": ["20"]}},
        ]}),
        Dialect::Sqlite,
    );
    assert_eq!(
        text,
        "((s.status is not null and +s.status = $2) and ((s.id in (select subscriber_id from group_member where account_id = $3 and group_id in ($4, $5))) and (not (s.id in (select subscriber_id from tagging where account_id = $3 and tag_id = $6)))))"
    );
    assert_eq!(params.iter().filter(|it| **it == Param::Int(77)).count(), 1);
}

#[test]
fn only_substring_search_membership_and_the_plus_differ_by_engine() {
    let [sqlite, postgres] = both(json!({"field": "email", "op": "contains", "value": "x"}));
    assert_eq!(sqlite.replace("instr", "strpos"), postgres);
    for op in ["starts_with", "ends_with", "equals"] {
        let [sqlite, postgres] = both(json!({"field": "email", "op": op, "value": "İx"}));
        assert_eq!(sqlite, postgres);
    }
}

#[test]
fn json_is_canonical() {
    for (given, canonical) in [
        (
            json!({"value": 2.0, "op": "less", "field": "visits"}),
            r#"{"version":1,"field":"visits","op":"less","value":2}"#,
        ),
        (
            json!({"at_least": 1, "campaign": "any", "event": "opened"}),
            r#"{"version":1,"event":"opened"}"#,
        ),
        (
            json!({"not": {"group": {"any": ["007"]}}}),
            r#"{"version":1,"not":{"group":{"any":["7"]}}}"#,
        ),
        (
            json!({"field": "visits", "op": "between", "value": [0.1, "9223372036854.775807"]}),
            r#"{"version":1,"field":"visits","op":"between","value":[0.1,"9223372036854.775807"]}"#,
        ),
        (
            json!({"sample": 5, "salt": "x"}),
            r#"{"version":1,"sample":5,"salt":"x"}"#,
        ),
    ] {
        assert_eq!(parse(given).to_json().to_string(), canonical);
    }
    let rule: Rule = serde_json::from_str(r#"{"field":"city","op":"is_set"}"#).unwrap();
    assert_eq!(
        serde_json::to_string(&rule).unwrap(),
        r#"{"version":1,"field":"city","op":"is_set"}"#
    );
    let error = serde_json::from_str::<Rule>(r#"{"all":[{"field":"city"}]}"#).unwrap_err();
    assert!(error.to_string().contains("all[0].op"), "{error}");
}

#[test]
fn english() {
    let names = Names {
        fields: [("city".to_owned(), "City".to_owned())].into(),
        groups: [(10, "Customers".to_owned())].into(),
        campaigns: [(30, "Spring".to_owned())].into(),
        ..Names::default()
    };
    for (json, expected) in [
        (
            json!({"all": [
                {"field": "city", "op": "equals", "value": "Berlin"},
                {"not": {"group": {"any": ["10"]}}},
                {"any": [
                    {"event": "clicked", "campaign": "30", "within_days": 30, "at_least": 2},
                    {"field": "created_at", "op": "more_than_days_ago", "value": 1},
                ]},
            ]}),
            "City is \"Berlin\" and not in the group \"Customers\" and (clicked in \"Spring\" at least 2 times in the last 30 days or created at is more than 1 day ago)",
        ),
        (
            json!({"not": {"all": [{"event": "opened"}, {"tag": {"none": ["20", "21"]}}]}}),
            "not (opened any campaign and not tagged #20 or #21)",
        ),
        (
            json!({"not": {"field": "city", "op": "not_in", "value": ["a", "b", "c"]}}),
            "City is one of \"a\", \"b\" or \"c\"",
        ),
        (
            json!({"not": {"field": "birthday", "op": "anniversary_within_next_days", "value": 7}}),
            "birthday does not have its anniversary within the next 7 days",
        ),
        (json!({"not": {"any": []}}), "anybody"),
        (
            json!({"sample": 10, "salt": "x"}),
            "in the 10 % sample \"x\"",
        ),
    ] {
        assert_eq!(parse(json).describe(&names), expected);
    }
}

#[test]
fn references_name_what_to_load() {
    let rule = parse(json!({"all": [
        {"field": "city", "op": "is_set"},
        {"field": "email", "op": "is_set"},
        {"not": {"group": {"any": ["10"]}}},
        {"tag": {"any": ["20"]}},
        {"any": [{"segment": {"any": ["5"]}}, {"event": "opened", "campaign": "30"}]},
    ]}));
    let found = rule.references();
    assert_eq!(found.attributes, [Attribute::Email].into());
    assert_eq!(found.fields, ["city".to_owned()].into());
    assert_eq!((found.groups, found.tags), ([10].into(), [20].into()));
    assert_eq!((found.segments, found.campaigns), ([5].into(), [30].into()));
    assert_eq!(found.events, [EventKind::Opened].into());
    assert!(!found.depends_on_time);
    assert!(
        parse(json!({"event": "opened", "within_days": 3}))
            .references()
            .depends_on_time
    );
}

#[test]
fn needs_are_of_the_compiled_rule() {
    let needs = compile(json!({"any": [
        {"field": "city", "op": "is_set"},
        {"event": "opened", "within_days": 3},
        {"event": "clicked", "within_days": 7},
    ]}))
    .needs();
    assert_eq!(needs.fields, [1].into());
    assert_eq!(needs.events, [EventKind::Opened, EventKind::Clicked].into());
    let week = "2026-04-27T10:00:00Z".parse::<kernel::Timestamp>().unwrap();
    assert_eq!(needs.events_since, Some(week.as_micros()));
    assert_eq!(
        compile(json!({"event": "opened"})).needs().events_since,
        None
    );
}

#[test]
fn every_operator_of_every_kind_is_documented_and_reachable() {
    let page = include_str!("../lib.rs");
    let guide = include_str!("../../../../docs/segments.md");
    for op in Op::ALL {
        assert_eq!(Op::from_name(op.name()), Some(op));
        let name = format!("`{}`", op.name());
        assert!(page.contains(&name) && guide.contains(&name), "{name}");
        assert!(
            [Kind::Text, Kind::Number, Kind::Date]
                .iter()
                .any(|kind| kind.operators().contains(&op)),
            "{name}"
        );
    }
    for attribute in Attribute::ALL {
        assert_eq!(Attribute::ALL[attribute as usize], attribute);
        assert!(
            guide.contains(&format!("`{}`", attribute.name())),
            "{}",
            attribute.name()
        );
    }
    let example =
        Schema::new(["active"], ["api"]).with_field("city", field(1, FieldKind::Text, &[]));
    assert_eq!(example.fields["city"].kind.kind(), Kind::Text);
}

#[test]
fn the_examples_of_the_guide_are_rules() {
    let guide = include_str!("../../../../docs/segments.md");
    let examples: Vec<&str> = guide
        .split("```json\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(examples.len() >= 8);
    for example in examples {
        if let Err(errors) = Rule::parse_text(example) {
            panic!("{example}: {errors:?}");
        }
    }
}

#[test]
fn the_openapi_schema_names_the_parts() {
    let schema = serde_json::to_value(Rule::schema()).unwrap();
    assert_eq!(
        schema["properties"]["not"]["$ref"],
        "#/components/schemas/Rule"
    );
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(
        schema["properties"]["op"]["enum"].as_array().unwrap().len(),
        Op::ALL.len()
    );
    for example in schema["examples"].as_array().unwrap() {
        parse(example.clone());
    }
}
