//! Bad rules: each fault has its place, a stable code and a sentence.

use serde_json::{Value, json};

use super::{faults, parse};
use crate::{MAX_LEAVES, MAX_LIST, MAX_TEXT, Rule, Segments};

#[track_caller]
fn assert_fault(json: Value, path: &str, code: &str) {
    let errors = faults(&json, &Segments::none());
    assert!(
        errors.iter().any(|it| it.path == path && it.code == code),
        "{json} gave {errors:?}, wanted {path} {code}"
    );
}

#[test]
fn faults_in_the_json() {
    let field = |op: &str, value: Value| json!({"field": "city", "op": op, "value": value});
    for (json, path, code) in [
        (json!(null), "", "wrong_type"),
        (json!([]), "", "wrong_type"),
        (json!({}), "", "unknown_condition"),
        (json!({"all": [], "any": []}), "", "unknown_condition"),
        (
            json!({"version": 2, "all": []}),
            "version",
            "unsupported_version",
        ),
        (
            json!({"all": [{"version": 1, "any": []}]}),
            "all[0].version",
            "unknown_key",
        ),
        (json!({"all": {}}), "all", "wrong_type"),
        (json!({"all": [{"not": 1}]}), "all[0].not", "wrong_type"),
        (json!({"all": [], "x": 1}), "x", "unknown_key"),
        (json!({"field": 1, "op": "is_set"}), "field", "wrong_type"),
        (json!({"field": "", "op": "is_set"}), "field", "empty"),
        (json!({"field": "city"}), "op", "required"),
        (
            json!({"field": "city", "op": "like"}),
            "op",
            "unknown_operator",
        ),
        (json!({"field": "city", "op": 1}), "op", "wrong_type"),
        (
            json!({"field": "city", "op": "equals"}),
            "value",
            "required",
        ),
        (field("is_set", json!(1)), "value", "not_allowed"),
        (field("equals", json!("")), "value", "empty"),
        (field("equals", json!("a\0")), "value", "invalid"),
        (
            field("equals", json!("x".repeat(MAX_TEXT + 1))),
            "value",
            "too_long",
        ),
        (
            field("equals", json!("x".repeat(9_000_000))),
            "value",
            "too_long",
        ),
        (field("equals", json!(null)), "value", "wrong_type"),
        (field("equals", json!(["a"])), "value", "wrong_type"),
        (field("in", json!("a")), "value", "wrong_type"),
        (field("in", json!([])), "value", "empty"),
        (
            field("in", json!(vec!["a"; MAX_LIST + 1])),
            "value",
            "too_many",
        ),
        (field("in", json!(["a", ""])), "value[1]", "empty"),
        (field("between", json!([1])), "value", "wrong_type"),
        (field("equals", json!(1e300)), "value", "out_of_range"),
        (field("equals", json!(0.000_000_1)), "value", "out_of_range"),
        (field("equals", json!(u64::MAX)), "value", "out_of_range"),
        (
            field("within_last_days", json!(-1)),
            "value",
            "out_of_range",
        ),
        (
            field("within_last_days", json!(1.5)),
            "value",
            "out_of_range",
        ),
        (
            field("within_last_days", json!(100_000)),
            "value",
            "out_of_range",
        ),
        (json!({"group": ["1"]}), "group", "wrong_type"),
        (json!({"group": {}}), "group", "wrong_type"),
        (
            json!({"group": {"any": ["10"], "none": ["11"]}}),
            "group",
            "wrong_type",
        ),
        (json!({"group": {"any": []}}), "group.any", "empty"),
        (
            json!({"group": {"any": [10]}}),
            "group.any[0]",
            "invalid_id",
        ),
        (
            json!({"group": {"any": ["-10"]}}),
            "group.any[0]",
            "invalid_id",
        ),
        (
            json!({"group": {"any": ["0"]}}),
            "group.any[0]",
            "invalid_id",
        ),
        (
            json!({"group": {"any": ["99999999999999999999"]}}),
            "group.any[0]",
            "invalid_id",
        ),
        (json!({"event": "slept"}), "event", "unknown_event"),
        (
            json!({"event": "clicked", "within_days": 0}),
            "within_days",
            "out_of_range",
        ),
        (
            json!({"event": "clicked", "at_least": 0}),
            "at_least",
            "out_of_range",
        ),
        (
            json!({"event": "clicked", "campaign": 30}),
            "campaign",
            "invalid_id",
        ),
        (
            json!({"event": "clicked", "days": 3}),
            "days",
            "unknown_key",
        ),
        (json!({"sample": 101}), "sample", "out_of_range"),
        (json!({"sample": 10, "salt": 1}), "salt", "wrong_type"),
    ] {
        assert_fault(json, path, code);
    }
}

#[test]
fn faults_against_the_account() {
    let field =
        |field: &str, op: &str, value: Value| json!({"field": field, "op": op, "value": value});
    for (json, path, code) in [
        (
            field("town", "equals", json!("x")),
            "field",
            "unknown_field",
        ),
        (
            field("city", "less", json!("x")),
            "op",
            "operator_not_allowed",
        ),
        (
            field("visits", "contains", json!("x")),
            "op",
            "operator_not_allowed",
        ),
        (
            field("created_at", "equals", json!("2026-05-04")),
            "op",
            "operator_not_allowed",
        ),
        (
            json!({"field": "created_at", "op": "anniversary_today"}),
            "op",
            "operator_not_allowed",
        ),
        (field("city", "equals", json!(1)), "value", "wrong_type"),
        (field("city", "equals", json!(true)), "value", "wrong_type"),
        (
            field("city", "in", json!(["a", 1])),
            "value[1]",
            "wrong_type",
        ),
        (
            field("visits", "equals", json!("many")),
            "value",
            "wrong_type",
        ),
        (
            field("visits", "equals", json!(true)),
            "value",
            "wrong_type",
        ),
        (
            field("visits", "between", json!([2, 1])),
            "value",
            "invalid",
        ),
        (field("score", "less", json!(1.5)), "value", "wrong_type"),
        (field("owner", "equals", json!(7)), "value", "wrong_type"),
        (
            field("owner", "equals", json!("ana")),
            "value",
            "wrong_type",
        ),
        (field("vip", "equals", json!("yes")), "value", "wrong_type"),
        (
            field("birthday", "on", json!("2025-02-29")),
            "value",
            "wrong_type",
        ),
        (
            field("birthday", "on", json!("4.5.2026")),
            "value",
            "wrong_type",
        ),
        (
            field("birthday", "before", json!("2026-05-04T00:00:00Z")),
            "value",
            "wrong_type",
        ),
        (
            field("created_at", "on", json!("2026-05-04T00:00:00Z")),
            "value",
            "wrong_type",
        ),
        (
            field("created_at", "before", json!("2026-05-04T00:00:00")),
            "value",
            "wrong_type",
        ),
        (
            field("created_at", "within_last_days", json!(0)),
            "value",
            "out_of_range",
        ),
        (
            field("size", "equals", json!("medium")),
            "value",
            "unknown_option",
        ),
        (
            field("size", "in", json!(["LARGE", "medium"])),
            "value[1]",
            "unknown_option",
        ),
        (
            field("status", "equals", json!("Active")),
            "value",
            "unknown_option",
        ),
        (
            json!({"group": {"any": ["10", "99"]}}),
            "group.any[1]",
            "unknown_group",
        ),
        (
            json!({"tag": {"none": ["99"]}}),
            "tag.none[0]",
            "unknown_tag",
        ),
        (
            json!({"segment": {"any": ["99"]}}),
            "segment.any[0]",
            "unknown_segment",
        ),
        (
            json!({"event": "opened", "campaign": "99"}),
            "campaign",
            "unknown_campaign",
        ),
        (
            json!({"all": [{"not": field("town", "equals", json!("x"))}]}),
            "all[0].not.field",
            "unknown_field",
        ),
    ] {
        assert_fault(json, path, code);
    }
    assert!(faults(&field("size", "equals", json!("LARGE")), &Segments::none()).is_empty());
    assert!(faults(&field("size", "contains", json!("x")), &Segments::none()).is_empty());
}

#[test]
fn all_faults_are_told_at_once() {
    let json = json!({"all": [
        {"field": "city", "op": "equals"},
        {"group": {"any": ["x"]}},
        {"fild": "city"},
    ]});
    let paths: Vec<String> = faults(&json, &Segments::none())
        .into_iter()
        .map(|it| it.into_field_error("rule").field)
        .collect();
    assert_eq!(
        paths,
        [
            "rule.all[0].value",
            "rule.all[1].group.any[0]",
            "rule.all[2]"
        ]
    );
    let root = faults(&json!({}), &Segments::none()).remove(0);
    assert_eq!(root.into_field_error("rule").field, "rule");
}

#[test]
fn size_is_limited() {
    let leaf = json!({"field": "city", "op": "is_set"});
    let mut deep = leaf.clone();
    for _ in 0..15 {
        deep = json!({"not": deep});
    }
    assert!(faults(&deep, &Segments::none()).is_empty());
    let errors = faults(&json!({"not": deep}), &Segments::none());
    assert_eq!(errors[0].code, "too_deep");

    let wide = json!({"all": vec![leaf.clone(); MAX_LEAVES]});
    assert!(faults(&wide, &Segments::none()).is_empty());
    let errors = faults(
        &json!({"all": vec![leaf; MAX_LEAVES + 1]}),
        &Segments::none(),
    );
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].code, "too_many_conditions");
    let empty = json!({"all": vec![json!({"any": []}); 100_000]});
    assert_eq!(
        faults(&empty, &Segments::none())[0].code,
        "too_many_conditions"
    );
    assert!(faults(&json!({"all": vec![json!(1); 100_000]}), &Segments::none()).len() <= 50);
    let lists = json!({"all": vec![json!({"group": {"any": vec!["10"; MAX_LIST]}}); 5]});
    assert_eq!(faults(&lists, &Segments::none())[0].code, "too_many");
}

#[test]
fn segments_in_a_circle_or_with_faults() {
    let refer = |id: &str| parse(json!({"all": [{"segment": {"any": [id]}}]}));
    let segments = Segments {
        rules: [
            (1, refer("2")),
            (2, refer("3")),
            (3, refer("1")),
            (4, refer("4")),
        ]
        .into(),
        ..Segments::none()
    };
    let errors = faults(&json!({"not": {"segment": {"any": ["1"]}}}), &segments);
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (errors[0].path.as_str(), errors[0].code),
        ("not.segment.any[0]", "segment_cycle")
    );
    assert!(errors[0].message.contains("1 → 2 → 3 → 1"), "{}", errors[0]);
    assert_eq!(
        faults(&json!({"segment": {"any": ["4"]}}), &segments)[0].code,
        "segment_cycle"
    );
    let own = Segments {
        current: Some(9),
        rules: [(5, refer("9")), (9, refer("5"))].into(),
        names: [(5, "Five".to_owned())].into(),
    };
    let errors = faults(&json!({"segment": {"any": ["5"]}}), &own);
    assert_eq!(errors[0].code, "segment_cycle");
    assert!(
        errors[0].message.contains("9 → \"Five\" → 9"),
        "{}",
        errors[0]
    );
    assert_eq!(
        faults(&json!({"segment": {"any": ["9"]}}), &own)[0].code,
        "segment_cycle"
    );
    let broken = Segments {
        rules: [(6, parse(json!({"field": "gone", "op": "is_set"})))].into(),
        ..Segments::none()
    };
    let errors = faults(&json!({"segment": {"any": ["6"]}}), &broken);
    assert_eq!(errors[0].code, "segment_invalid");
    assert!(errors[0].message.contains("gone"), "{}", errors[0]);
}

#[test]
fn segments_that_multiply_are_stopped() {
    let mut segments = Segments::default();
    segments
        .rules
        .insert(1, parse(json!({"field": "city", "op": "is_set"})));
    for id in 2..=12_i64 {
        let below = (id - 1).to_string();
        let rule = json!({"any": vec![json!({"segment": {"any": [below]}}); 10]});
        segments.rules.insert(id, parse(rule));
    }
    let errors = faults(&json!({"segment": {"any": ["12"]}}), &segments);
    assert_eq!((errors.len(), errors[0].code), (1, "too_large"));
    let long: Segments = Segments {
        rules: (1..=40_i64)
            .map(|id| {
                (
                    id,
                    parse(json!({"segment": {"any": [(id + 1).to_string()]}})),
                )
            })
            .chain([(41, Rule::All(vec![]))])
            .collect(),
        ..Segments::none()
    };
    assert_eq!(
        faults(&json!({"segment": {"any": ["1"]}}), &long)[0].code,
        "too_deep"
    );
}

#[test]
fn text_that_is_not_json() {
    assert_eq!(Rule::parse_text("{").unwrap_err()[0].code, "invalid_json");
    assert!(Rule::parse_text(r#"{"all": []}"#).is_ok());
    let deep = "[".repeat(100_000);
    assert_eq!(Rule::parse_text(&deep).unwrap_err()[0].code, "invalid_json");
}
