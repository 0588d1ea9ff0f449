use serde_json::{Value, json};

use super::*;

fn document() -> Value {
    json!({
        "version": 1,
        "triggers": [{
            "id": "joined",
            "on": {"event": "group.joined", "with": {"group": "12"}},
            "filter": {"contact": {"field": "status", "op": "equals", "value": "active"}},
            "reentry": {"policy": "once_per", "hours": 24},
            "start": "welcome"
        }],
        "steps": [
            {"id": "welcome", "name": "Welcome", "kind": "send_email", "with": {"template": "34"},
             "next": "rest", "retry": {"attempts": 3, "first_delay_seconds": 60}},
            {"id": "rest", "kind": "wait", "with": {"days": 1, "at": "09:00"}, "next": "opened"},
            {"id": "opened", "kind": "wait_for_any", "with": {
                "paths": [{"id": "yes", "next": "done", "on": {
                    "event": "message.opened", "with": {"step": "welcome"},
                    "where": [{"var": "client", "op": "not_equals", "value": "bot"}]}}],
                "timeout": {"days": 3}}, "next": "text"},
            {"id": "text", "kind": "sms.send", "with": {"text": "Hello"}, "next": "done"},
            {"id": "done", "kind": "end"}
        ],
        "goal": {"when": {"not": {"var": {"var": "event.total", "op": "is_set"}}}},
        "settings": {"caps": [{"messages": 2, "per": "day", "then": "skip"}]}
    })
}

#[test]
fn what_is_written_is_read_back() {
    let parsed = Document::parse(&document()).unwrap();
    let again = Document::parse(&parsed.to_json()).unwrap();
    assert_eq!(parsed, again);
    assert_eq!(parsed.to_json(), again.to_json());
    let through_serde: Document =
        serde_json::from_str(&serde_json::to_string(&parsed).unwrap()).unwrap();
    assert_eq!(through_serde, parsed);
    let step = parsed.step(&StepId::parse("text").unwrap()).unwrap();
    assert!(matches!(&step.body, Body::Other(other) if other.kind == "sms.send"));
}

#[test]
fn every_fault_of_form_is_told_with_its_step_and_path() {
    let mut bad = document();
    bad["steps"][0]["colour"] = json!("red");
    bad["steps"][1]["with"]["dayz"] = json!(1);
    bad["steps"][2]["with"]["paths"][0]["on"]["where"][0]["op"] = json!("resembles");
    bad["steps"][3]["id"] = json!("Not An Id");
    bad["steps"][4]["kind"] = Value::Null;
    bad["triggers"][0]["start"] = json!(7);
    bad["goals"] = json!([]);
    let faults = Document::parse(&bad).unwrap_err();
    let found: Vec<(Option<&str>, &str)> = faults
        .iter()
        .map(|fault| (fault.step.as_ref().map(StepId::as_str), fault.path.as_str()))
        .collect();
    for expected in [
        (None, "goals"),
        (None, "triggers[0].start"),
        (Some("welcome"), "steps[0].colour"),
        (Some("rest"), "steps[1].with.dayz"),
        (Some("opened"), "steps[2].with.paths[0].on.where[0].op"),
        (None, "steps[3].id"),
        (Some("done"), "steps[4].kind"),
    ] {
        assert!(
            found.contains(&expected),
            "{expected:?} is not in {found:#?}"
        );
    }
    assert_eq!(faults.len(), 7, "{faults:#?}");
    assert!(faults.iter().all(|fault| fault.message.len() > 10));
}

#[test]
fn a_fault_in_a_rule_is_told_at_the_rule() {
    let mut bad = document();
    bad["triggers"][0]["filter"] =
        json!({"contact": {"field": "city", "op": "resembles", "value": "B"}});
    let faults = Document::parse(&bad).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].path, "triggers[0].filter.contact");
    assert!(faults[0].message.contains("op"), "{}", faults[0].message);
}

#[test]
fn what_is_no_document_is_refused_with_a_sentence() {
    for (text, code) in [
        ("", "invalid_json"),
        ("[]", "wrong_type"),
        ("{}", "required"),
        (
            r#"{"version": 2, "triggers": [], "steps": []}"#,
            "unsupported_version",
        ),
        (r#"{"triggers": {}, "steps": []}"#, "wrong_type"),
        (r#"{"triggers": [[]], "steps": []}"#, "invalid"),
    ] {
        let faults = Document::parse_text(text).unwrap_err();
        assert_eq!(faults[0].code, code, "{text}");
    }
    let long = format!("{{\"x\": \"{}\"}}", "y".repeat(MAX_DOCUMENT_BYTES));
    assert_eq!(
        Document::parse_text(&long).unwrap_err()[0].code,
        "too_large"
    );
}

#[test]
fn the_schema_names_every_kind_and_every_name_that_it_refers_to() {
    use utoipa::{PartialSchema, ToSchema};
    let mut schemas = vec![(String::new(), Document::schema())];
    Document::schemas(&mut schemas);
    let text = serde_json::to_string(&schemas).unwrap();
    for kind in Body::KINDS {
        assert!(text.contains(&format!("[\"{kind}\"]")), "{kind}");
    }
    let known: std::collections::BTreeSet<&str> =
        schemas.iter().map(|(name, _)| name.as_str()).collect();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        // The rules have their own document.
        assert!(
            known.contains(name) || name == "Rule",
            "{name} is not described"
        );
    }
}
