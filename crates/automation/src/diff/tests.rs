use serde_json::{Value, json};

use super::*;

fn document() -> Value {
    json!({
        "triggers": [{"id": "t", "on": {"event": "consent.given"}, "start": "mail"}],
        "steps": [
            {"id": "mail", "name": "Welcome", "kind": "send_email", "with": {"template": "1"}, "next": "rest"},
            {"id": "rest", "kind": "wait", "with": {"days": 1}, "next": "done"},
            {"id": "done", "kind": "end"}
        ]
    })
}

fn texts(change: impl Fn(&mut Value)) -> Vec<String> {
    let old = Document::parse(&document()).unwrap();
    let mut new = document();
    change(&mut new);
    let new = Document::parse(&new).unwrap();
    diff(&old, &new).into_iter().map(|it| it.text).collect()
}

#[test]
fn differences_are_sentences() {
    assert_eq!(texts(|_| {}), Vec::<String>::new());
    assert_eq!(
        texts(|it| it["steps"][1]["with"]["days"] = json!(3)),
        ["The step \"rest\" (wait): days is 3 instead of 1."]
    );
    assert_eq!(
        texts(|it| it["steps"][0]["next"] = json!("done")),
        ["The step \"Welcome\" (send email): next leads to done instead of rest."]
    );
    assert_eq!(
        texts(|it| {
            it["steps"][1] =
                json!({"id": "pause", "kind": "wait", "with": {"hours": 2}, "next": "done"});
            it["steps"][0]["next"] = json!("pause");
            it["settings"] = json!({"stay_when_unsubscribed": true});
        }),
        [
            "The step \"Welcome\" (send email): next leads to pause instead of rest.",
            "The step \"pause\" (wait) is new.",
            "The step \"rest\" (wait) is gone.",
            "The settings: stay_when_unsubscribed is true now.",
        ]
    );
    assert_eq!(
        texts(|it| it["triggers"][0]["reentry"] = json!({"policy": "always"})),
        ["The trigger t: reentry.policy is \"always\" instead of \"once\"."]
    );
}

#[test]
fn what_stands_in_headers_is_not_told() {
    let ask = |headers: Value| {
        move |it: &mut Value| {
            it["steps"][1] = json!({"id": "rest", "kind": "http_call", "next": "done",
                "with": {"url": "https://example.com/", "headers": headers}});
        }
    };
    let mut old = document();
    ask(json!({"Authorization": "Bearer old-secret"}))(&mut old);
    for headers in [
        json!({"Authorization": "Bearer new-secret"}),
        json!({"Authorization": "Bearer old-secret", "X-Key": "new-secret"}),
        json!({}),
    ] {
        let mut new = document();
        ask(headers)(&mut new);
        let old = Document::parse(&old).unwrap();
        let new = Document::parse(&new).unwrap();
        let told: Vec<String> = diff(&old, &new).into_iter().map(|it| it.text).collect();
        assert!(told[0].ends_with(" changed."), "{told:?}");
        assert!(!told.concat().contains("secret"), "{told:?}");
    }
}

#[test]
fn the_order_of_steps_means_nothing() {
    assert_eq!(
        texts(|it| it["steps"].as_array_mut().unwrap().reverse()),
        Vec::<String>::new()
    );
}
