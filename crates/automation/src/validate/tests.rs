use serde_json::{Value, json};

use super::*;
use crate::kinds::{ActionKind, At, Form, Param};
use crate::simulate::graphs::known;

fn good() -> Value {
    json!({
        "triggers": [{"id": "t", "on": {"event": "group.joined", "with": {"group": "1"}}, "start": "mail"}],
        "steps": [
            {"id": "mail", "kind": "send_email", "with": {"template": "1"}, "next": "rest"},
            {"id": "rest", "kind": "wait", "with": {"days": 1}, "next": "race"},
            {"id": "race", "kind": "wait_for_any", "with": {
                "paths": [
                    {"id": "a", "on": {"event": "message.opened", "with": {"step": "mail"}}, "next": "split"},
                    {"id": "b", "when": {"contact": {"field": "n", "op": "greater", "value": 3}}, "next": "rest"}],
                "timeout": {"days": 1}}, "next": "done"},
            {"id": "split", "kind": "if_else", "with": {
                "if": {"contact": {"group": {"any": ["1"]}}}, "then": "set", "else": "done"}},
            {"id": "set", "kind": "set_field", "with": {"field": "d", "value": "2026-05-04"}, "next": "done"},
            {"id": "done", "kind": "end"}
        ]
    })
}

fn faults(document: &Value) -> Vec<Fault> {
    let document = Document::parse(document).expect("its form is right");
    validate(&document, &Kinds::built_in(), &known())
}

/// Changes one thing; the fault must be the only one.
fn check(change: impl Fn(&mut Value), step: Option<&str>, path: &str, code: &str) {
    let mut document = good();
    change(&mut document);
    let faults = faults(&document);
    let found: Vec<_> = faults
        .iter()
        .map(|it| (it.step.as_ref().map(StepId::as_str), &*it.path, &*it.code))
        .collect();
    assert_eq!(found, [(step, path, code)], "{faults:#?}");
    assert!(faults[0].message.len() > 8);
}

#[test]
fn a_good_document_has_no_fault() {
    assert_eq!(faults(&good()), []);
}

#[test]
fn ways_that_lead_nowhere_are_told() {
    check(
        |it| it["steps"][4]["next"] = json!("gone"),
        Some("set"),
        "steps[4].next",
        "unknown_step",
    );
    check(
        |it| it["steps"][4]["next"] = Value::Null,
        Some("set"),
        "steps[4].next",
        "dead_end",
    );
    check(
        |it| it["steps"][5]["next"] = json!("mail"),
        Some("done"),
        "steps[5].next",
        "not_allowed",
    );
    check(
        |it| it["steps"][3]["with"]["then"] = json!("done"),
        Some("set"),
        "steps[4]",
        "unreachable",
    );
    check(
        |it| {
            it["triggers"].as_array_mut().unwrap().push(json!(
                {"id": "u", "on": {"event": "consent.given"}, "start": "gone"}
            ));
        },
        None,
        "triggers[1].start",
        "unknown_step",
    );
}

#[test]
fn a_circle_needs_a_wait() {
    check(
        |it| it["steps"][4]["next"] = json!("split"),
        Some("split"),
        "steps[3]",
        "endless_loop",
    );
    // Through the wait it is allowed.
    let mut document = good();
    document["steps"][4]["next"] = json!("rest");
    assert_eq!(faults(&document), []);
    let mut shown = good();
    shown["steps"][4]["next"] = json!("split");
    assert!(faults(&shown)[0].message.contains("split → set → split"));
}

#[test]
fn what_does_not_exist_is_told() {
    check(
        |it| it["triggers"][0]["on"]["with"]["group"] = json!("99"),
        None,
        "triggers[0].on.with.group",
        "unknown",
    );
    check(
        |it| it["triggers"][0]["on"] = json!({"event": "moon.full"}),
        None,
        "triggers[0].on.event",
        "unknown_event",
    );
    check(
        |it| it["triggers"][0]["on"]["with"]["colour"] = json!("red"),
        None,
        "triggers[0].on.with.colour",
        "unknown",
    );
    check(
        |it| it["steps"][0]["with"]["template"] = json!("99"),
        Some("mail"),
        "steps[0].with.template",
        "unknown",
    );
    check(
        |it| it["steps"][2]["with"]["paths"][0]["on"]["with"]["step"] = json!("set"),
        Some("race"),
        "steps[2].with.paths[0].on.with.step",
        "unknown_step",
    );
    check(
        |it| it["steps"][4]["kind"] = json!("moon.shine"),
        Some("set"),
        "steps[4].kind",
        "unknown_kind",
    );
    check(
        |it| it["steps"][4]["with"]["field"] = json!("shoe_size"),
        Some("set"),
        "steps[4].with.field",
        "unknown",
    );
    check(
        |it| it["steps"][4]["with"]["field"] = json!("email"),
        Some("set"),
        "steps[4].with.field",
        "not_allowed",
    );
    check(
        |it| {
            it["steps"][3]["with"]["if"] =
                json!({"all": [{"contact": {"field": "x", "op": "is_set"}}]});
        },
        Some("split"),
        "steps[3].with.if.all[0].contact.field",
        "unknown_field",
    );
}

#[test]
fn what_is_missing_or_beyond_its_limits_is_told() {
    check(
        |it| it["steps"][0]["with"] = json!({}),
        Some("mail"),
        "steps[0].with.template",
        "missing_content",
    );
    check(
        |it| it["steps"][1]["with"] = json!({}),
        Some("rest"),
        "steps[1].with",
        "out_of_range",
    );
    check(
        |it| it["steps"][1]["with"] = json!({"days": 9_999}),
        Some("rest"),
        "steps[1].with",
        "out_of_range",
    );
    check(
        |it| it["steps"][2]["with"]["timeout"] = json!({}),
        Some("race"),
        "steps[2].with.timeout",
        "out_of_range",
    );
    check(
        |it| it["steps"][2]["with"]["paths"][1]["on"] = json!({"event": "consent.given"}),
        Some("race"),
        "steps[2].with.paths[1]",
        "required",
    );
    check(
        |it| it["steps"][2]["with"]["paths"][1]["id"] = json!("a"),
        Some("race"),
        "steps[2].with.paths[1].id",
        "duplicate",
    );
    check(
        |it| it["steps"][4]["with"]["value"] = json!("soon"),
        Some("set"),
        "steps[4].with.value",
        "wrong_type",
    );
    check(
        |it| it["steps"][4]["with"]["from"] = json!("event.day"),
        Some("set"),
        "steps[4].with",
        "required",
    );
    check(
        |it| it["steps"][0]["retry"] = json!({"attempts": 99, "first_delay_seconds": 1}),
        Some("mail"),
        "steps[0].retry.attempts",
        "out_of_range",
    );
    check(
        |it| it["settings"] = json!({"quiet_hours": {"during": {}}}),
        None,
        "settings.quiet_hours.during",
        "required",
    );
    check(
        |it| it["triggers"] = json!([]),
        None,
        "triggers",
        "required",
    );
}

#[test]
fn calls_go_to_a_host_that_nobody_else_chooses() {
    for (url, code) in [
        ("ftp://example.com/", "invalid"),
        ("https:///path", "invalid"),
        ("https://{{ host }}/x", "not_allowed"),
    ] {
        check(
            |it| {
                it["steps"][4]["kind"] = json!("http_call");
                it["steps"][4]["with"] = json!({"url": url});
            },
            Some("set"),
            "steps[4].with.url",
            code,
        );
    }
    check(
        |it| {
            it["steps"][4]["kind"] = json!("http_call");
            it["steps"][4]["with"] =
                json!({"url": "https://example.com/{{ email }}", "save": {"event": "/x"}});
        },
        Some("set"),
        "steps[4].with.save.event",
        "invalid",
    );
}

#[test]
fn a_document_has_limits() {
    let mut document = good();
    let steps = document["steps"].as_array_mut().unwrap();
    for n in 0..MAX_STEPS {
        steps.push(json!({"id": format!("x{n}"), "kind": "end"}));
    }
    let faults = faults(&document);
    assert!(
        faults
            .iter()
            .any(|it| it.path == "steps" && it.code == "too_many")
    );
}

#[test]
fn a_slice_brings_kinds_by_data_alone() {
    let kinds = Kinds::built_in()
        .with_event(crate::kinds::EventKind {
            name: "booking.created",
            phrase: "books",
            params: &[Param {
                name: "event_type",
                form: Form::Text,
                required: true,
                at: At::Body("event_type"),
            }],
        })
        .with_action(ActionKind {
            name: "sms.send",
            phrase: "send a text message",
            params: &[Param {
                name: "text",
                form: Form::Text,
                required: true,
                at: At::Body(""),
            }],
            is_message: true,
            awaited: false,
        });
    let mut document = good();
    document["triggers"][0]["on"] =
        json!({"event": "booking.created", "with": {"event_type": "intro"}});
    document["steps"][4] =
        json!({"id": "set", "kind": "sms.send", "with": {"text": "Hello"}, "next": "done"});
    let parsed = Document::parse(&document).unwrap();
    assert_eq!(validate(&parsed, &kinds, &known()), []);
    document["steps"][4]["with"] = json!({});
    let parsed = Document::parse(&document).unwrap();
    let faults = validate(&parsed, &kinds, &known());
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].path, "steps[4].with.text");
}

#[test]
fn an_owner_is_somebody_of_the_account() {
    for (with, path, code) in [
        (json!({"field": "owner", "value": "99"}), "value", "unknown"),
        (
            json!({"field": "owner", "value": "Ada"}),
            "value",
            "invalid",
        ),
        (
            json!({"field": "owner", "from": "event.owner"}),
            "from",
            "not_allowed",
        ),
    ] {
        check(
            |it| {
                it["steps"][4] =
                    json!({"id": "set", "kind": "set_field", "with": with.clone(), "next": "done"});
            },
            Some("set"),
            &format!("steps[4].with.{path}"),
            code,
        );
    }
    let mut document = good();
    document["steps"][4] = json!({"id": "set", "kind": "set_field", "next": "done",
        "with": {"field": "owner", "value": "7"}});
    let parsed = Document::parse(&document).unwrap();
    assert_eq!(needed(&parsed, &Kinds::built_in()).ids["user"], [7].into());
    let mut known = known();
    known.ids.insert("user".to_owned(), [7].into());
    assert_eq!(validate(&parsed, &Kinds::built_in(), &known), []);
}

#[test]
fn what_a_document_names_can_be_loaded() {
    let needed = needed(&Document::parse(&good()).unwrap(), &Kinds::built_in());
    assert_eq!(needed.ids["group"], [1].into());
    assert_eq!(needed.ids["template"], [1].into());
    assert!(needed.rules.fields.contains("n") && needed.rules.groups.contains(&1));
}
