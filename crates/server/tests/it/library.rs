//! Templates, revisions, saved blocks, the brand, and the checklist.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::TestDb;

use crate::app::{Body, Method, TestApp};
use crate::files::png;

fn says(subject: &str) -> Value {
    json!({"subject": subject, "body": {"kind": "html", "html": "<p>Hello</p>"}})
}

#[testkit::db_test]
async fn two_editors_do_not_write_over_each_other(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let campaign = json!({"name": "May", "content": says("one")});
    let id = owner.post("/api/campaigns", campaign).await.created();
    let path = format!("/api/campaigns/{id}");
    let read = owner.get(&format!("{path}/content")).await.expect(200);
    let tag = read.header("etag").to_owned();
    assert_eq!(read.json, says("one"));
    let first = owner.clone().with("if-match", &tag);
    let second = owner.clone().with("if-match", &tag);
    let saved = first
        .patch(&path, json!({"content": says("two")}))
        .await
        .expect(200);
    assert_ne!(saved.header("etag"), tag);
    let refused = second.patch(&path, json!({"content": says("three")})).await;
    assert_eq!(refused.problem(), "412 version_conflict");

    app.advance(Duration::from_mins(6));
    owner
        .patch(&path, json!({"content": says("four")}))
        .await
        .expect(200);
    let revisions = owner.get(&format!("{path}/revisions")).await.expect(200);
    let subjects: Vec<&str> = revisions.json["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["subject"].as_str().unwrap())
        .collect();
    assert_eq!(subjects, ["four", "two"]);
    let old = revisions.text("/data/1/id").to_owned();
    let old_path = format!("{path}/revisions/{old}");
    let found = owner.get(&old_path).await.expect(200);
    assert_eq!(found.json["content"], says("two"));
    let preview = owner.get(&format!("{old_path}/preview")).await.expect(200);
    assert_eq!(preview.text("/subject"), "two");
    let refused = first.act(&format!("{old_path}/restore")).await;
    assert_eq!(refused.problem(), "412 version_conflict");
    owner.act(&format!("{old_path}/restore")).await.expect(200);
    let now = owner.get(&format!("{path}/content")).await.expect(200);
    assert_eq!(now.json, says("two"));
    // A revision of something else is not there.
    let other = json!({"name": "June", "content": says("other")});
    let other = owner.post("/api/campaigns", other).await.created();
    owner
        .get(&format!("/api/campaigns/{other}/revisions/{old}"))
        .await
        .expect(404);
    owner
        .act(&format!("/api/campaigns/{other}/revisions/{old}/restore"))
        .await
        .expect(404);
    // Saving every few seconds does not fill the audit log.
    let log = owner
        .get("/api/audit-log?target_kind=campaign")
        .await
        .expect(200);
    let of_may = log.json["data"].as_array().unwrap();
    let of_may = of_may
        .iter()
        .filter(|entry| entry["target_id"] == id.as_str());
    assert_eq!(of_may.count(), 3, "made, written on, restored");
}

#[testkit::db_test]
async fn campaigns_begin_with_templates(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let template = json!({"name": "Newsletter", "category": "News", "content": says("Hello")});
    let template = owner.post("/api/templates", template).await.expect(201);
    let id = template.id();
    let campaign = json!({"name": "May", "template_id": id});
    let campaign = owner.post("/api/campaigns", campaign).await.created();
    let content = owner
        .get(&format!("/api/campaigns/{campaign}/content"))
        .await;
    assert_eq!(content.expect(200).json, says("Hello"));
    let built_in = owner.get("/api/built-in-templates").await.expect(200);
    for one in built_in.json["data"].as_array().unwrap() {
        let template = json!({"name": one["name"], "content": one["content"]});
        owner.post("/api/templates", template).await.expect(201);
    }
    let back = json!({"name": "Back", "campaign_id": campaign});
    owner.post("/api/templates", back).await.expect(201);
    let copy = owner
        .act(&format!("/api/templates/{id}/duplicate"))
        .await
        .expect(201);
    assert_eq!(copy.text("/name"), "Newsletter (copy)");
    assert!(built_in.json["data"].as_array().unwrap().len() >= 12);
    let found = owner
        .get("/api/templates?search=NEWS&category=News")
        .await
        .expect(200);
    assert_eq!(found.json["data"].as_array().unwrap().len(), 2);
    let other = app.other_owner().await;
    other.get(&format!("/api/templates/{id}")).await.expect(404);
    let foreign = json!({"name": "May", "template_id": id});
    let foreign = other.post("/api/campaigns", foreign).await;
    assert_eq!(foreign.problem(), "422 invalid template_id:unknown");
    let foreign = json!({"name": "May", "campaign_id": campaign});
    let foreign = other.post("/api/templates", foreign).await;
    assert_eq!(foreign.problem(), "422 invalid campaign_id:unknown");
}

#[testkit::db_test]
async fn hostile_content_is_refused_or_does_nothing(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let html = |html: &str| json!({"subject": "x", "body": {"kind": "html", "html": html}});
    let template = |name: &str, content: Value| json!({"name": name, "content": content});
    for (body, problem) in [
        (template("", says("x")), "422 invalid name:required"),
        (
            template("a\r\nBcc: x", says("x")),
            "422 invalid name:control_character",
        ),
        (
            template(&"x".repeat(201), says("x")),
            "422 invalid name:too_long",
        ),
        (json!({"name": "x"}), "422 invalid content:required"),
        (
            template(
                "x",
                json!({"subject": "a\r\nBcc: eve@example.com", "body": {"kind": "text", "text": "x"}}),
            ),
            "422 invalid content.subject:control_character",
        ),
        (
            template("x", html("<a href=\"javascript:alert(1)\">x</a>")),
            "422 invalid content.body.html:link_scheme",
        ),
        (
            template("x", html("{{ config.secret }}")),
            "422 invalid content.body.html:unknown_name",
        ),
        (
            template("x", html(&"x".repeat(600_000))),
            "422 invalid content.body.html:too_long",
        ),
        (
            template("x", html(&"x".repeat(10_000_000))),
            "413 body_too_large",
        ),
    ] {
        let reply = owner.post("/api/templates", body).await;
        assert_eq!(reply.problem(), problem, "{reply}");
    }
    let block = |block: Value| json!({"name": "x", "block": block});
    let mut deep = json!({"id": "x", "type": "spacer"});
    for i in 0..30 {
        deep = json!({"id": format!("s{i}"), "type": "section", "props": {"blocks": [deep]}});
    }
    for body in [
        block(json!({"id": "x", "type": "iframe"})),
        block(json!({"id": "x\"><script>", "type": "spacer"})),
        block(json!("<script>")),
        block(deep),
        json!({"name": "a\nb", "block": {"id": "x", "type": "spacer"}}),
        json!({"name": "x"}),
    ] {
        owner.post("/api/saved-blocks", body).await.expect(422);
    }
    for body in [
        json!({"logo_href": "javascript:alert(1)"}),
        json!({"logo_file_id": "361240977588224000"}),
        json!({"settings": {"background": "red;}</style><script>"}}),
        json!({"social": [{"network": "x", "href": "data:text/html,x"}]}),
        json!({"color": "red"}),
    ] {
        owner.put("/api/brand", body).await.expect(422);
    }
    for list in ["/api/templates", "/api/saved-blocks"] {
        let list = owner.get(list).await.expect(200);
        assert_eq!(list.json["data"], json!([]));
    }
    let script = "<script>alert(1)</script>{{ 7 * 7 }}";
    let named = owner
        .post("/api/templates", template(script, says("x")))
        .await
        .expect(201);
    assert_eq!(named.text("/name"), script, "a name is text, and stays it");
}

#[testkit::db_test]
async fn the_brand_is_where_mails_begin(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let plain = owner.get("/api/brand").await.expect(200);
    assert_eq!(
        (plain.number("/version"), plain.header("etag")),
        (0, "\"0\"")
    );
    assert_eq!(plain.text("/settings/button_background"), "#4338ca");
    let body = Body::Raw("image/png", png(140, 40));
    let logo = owner
        .send(Method::POST, "/api/files", body)
        .await
        .expect(201);
    let brand = json!({
        "logo_file_id": logo.id(),
        "logo_href": "https://example.com",
        "settings": {"button_background": "#ff0000"},
        "social": [{"network": "instagram", "href": "https://instagram.com/x"}],
        "footer_text": "You asked for it.",
        "postal_address": "1 Example Street\nLondon",
    });
    let set = owner.clone().with("if-match", "\"0\"");
    let set = set.put("/api/brand", brand.clone()).await.expect(200);
    assert_eq!(set.text("/logo_url"), logo.text("/url"));
    assert_eq!(set.text("/settings/button_background"), "#ff0000");
    assert_eq!(set.text("/settings/link_color"), "#4338ca");
    let account = owner.get("/api/account").await.expect(200);
    assert_eq!(account.text("/postal_address"), "1 Example Street\nLondon");
    let late = owner.clone().with("if-match", "\"0\"");
    assert_eq!(
        late.put("/api/brand", brand).await.problem(),
        "412 version_conflict"
    );

    let file = format!("/api/files/{}", logo.id());
    assert_eq!(owner.delete(&file).await.problem(), "409 file_in_use");
    owner
        .delete(&format!("{file}?force=true"))
        .await
        .expect(204);
    let without = owner.get("/api/brand").await.expect(200);
    assert_eq!(without.json["logo_url"], Value::Null);
    let empty = owner.put("/api/brand", json!({})).await.expect(200);
    assert_eq!(
        empty.text("/postal_address"),
        "1 Example Street\nLondon",
        "it stays"
    );
    assert_eq!(empty.json["footer_text"], Value::Null);
}

#[testkit::db_test]
async fn the_brand_and_the_postal_address_are_set_together_or_not_at_all(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let brand = json!({"footer_text": "One.", "postal_address": "1 Example Street"});
    owner.put("/api/brand", brand).await.expect(200);
    let state = async || {
        let brand = owner.get("/api/brand").await.expect(200).json;
        let account = owner.get("/api/account").await.expect(200).json;
        let log = owner.get("/api/audit-log").await.expect(200).json;
        (brand, account, log)
    };
    let before = state().await;
    for (body, problem) in [
        (
            json!({"footer_text": "Two.", "postal_address": "x".repeat(501)}),
            "422 invalid postal_address:too_long",
        ),
        (
            json!({"footer_text": "Two.", "postal_address": "a\u{0}b"}),
            "422 invalid postal_address:nul_character",
        ),
        (
            json!({"logo_file_id": "1", "postal_address": "2 Example Street"}),
            "422 invalid logo_file_id:unknown",
        ),
        (
            json!({"logo_width_px": 5, "postal_address": "2 Example Street"}),
            "422 invalid logo_width_px:out_of_range",
        ),
        // All faults at once.
        (
            json!({"logo_width_px": 5, "postal_address": "x".repeat(501)}),
            "422 invalid postal_address:too_long logo_width_px:out_of_range",
        ),
    ] {
        let reply = owner.put("/api/brand", body).await;
        assert_eq!(reply.problem(), problem);
        assert_eq!(state().await, before, "{problem}");
    }
    let late = owner.clone().with("if-match", "\"0\"");
    let body = json!({"postal_address": "2 Example Street"});
    assert_eq!(
        late.put("/api/brand", body).await.problem(),
        "412 version_conflict"
    );
    assert_eq!(state().await, before);
    let both = json!({"footer_text": "Two.", "postal_address": "2 Example Street"});
    let both = owner.put("/api/brand", both).await.expect(200);
    assert_eq!(both.text("/footer_text"), "Two.");
    assert_eq!(both.text("/postal_address"), "2 Example Street");
    let log = owner.get("/api/audit-log").await.expect(200);
    let actions: Vec<&str> = log.json["data"].as_array().unwrap()[..2]
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["brand.updated", "account.updated"]);
}

#[testkit::db_test]
async fn the_checklist_knows_whom_a_campaign_reaches(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let mut groups = Vec::new();
    for name in ["one", "two", "none"] {
        groups.push(
            owner
                .post("/api/groups", json!({"name": name}))
                .await
                .created(),
        );
    }
    for (email, of) in [
        ("a", &groups[..1]),
        ("b", &groups[..2]),
        ("c", &groups[..2]),
        ("d", &groups[1..2]),
    ] {
        let person = json!({"email": format!("{email}@example.com"), "groups": of});
        owner.post("/api/subscribers", person).await.expect(201);
    }
    let campaign =
        json!({"name": "May", "sender_email": "news@example.com", "content": says("Hello")});
    let id = owner.post("/api/campaigns", campaign).await.created();
    let path = format!("/api/campaigns/{id}");
    for (audience, expected) in [
        (
            json!({"groups": groups}),
            json!({"audience": 4, "audience_overlap": 2, "audience_list_empty": 1}),
        ),
        (
            json!({"groups": [groups[0]], "exclude_groups": [groups[1]]}),
            json!({"audience": 1}),
        ),
        (
            json!({"groups": [groups[2]]}),
            json!({"audience_empty": null}),
        ),
        (
            json!({"everyone": true, "exclude_groups": [groups[0], groups[1]]}),
            json!({"audience_empty": null}),
        ),
        (json!({}), json!({"audience_missing": null})),
    ] {
        owner
            .patch(&path, json!({"audience": audience}))
            .await
            .expect(200);
        let list = owner
            .get(&format!("{path}/checklist?links=false"))
            .await
            .expect(200);
        let told: serde_json::Map<String, Value> = list.json["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["code"].as_str().unwrap().starts_with("audience"))
            .map(|item| {
                (
                    item["code"].as_str().unwrap().to_owned(),
                    item["count"].clone(),
                )
            })
            .collect();
        assert_eq!(Value::Object(told), expected, "{audience}");
    }
    let full = owner.get(&format!("{path}/checklist")).await.expect(200);
    assert!(full.number("/errors") > 0);
    let other = app.other_owner().await;
    other.get(&format!("{path}/checklist")).await.expect(404);
}

/// An editor asks before it saves: what a template declares is no unknown name.
#[testkit::db_test]
async fn variables_of_a_template_are_known_names_when_content_is_checked(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let text = "Order {{ order.number }} for {{ first_name | default(\"you\") }}";
    let content = json!({"subject": "Thanks", "body": {"kind": "text", "text": text}});
    let unknown = |found: &Value| {
        let all = found["findings"].as_array().expect("findings");
        all.iter()
            .filter(|one| one["code"] == "unknown_name")
            .count()
    };
    for (variables, count) in [(json!(["order"]), 0), (json!(["other"]), 1), (json!([]), 1)] {
        let mut checked = content.clone();
        checked["variables"] = variables.clone();
        let found = owner.post("/api/content/check", checked).await.expect(200);
        assert_eq!(unknown(&found.json), count, "{variables} {found}");
        let rendered = json!({"content": content, "variables": variables});
        let found = owner
            .post("/api/content/render", rendered)
            .await
            .expect(200);
        assert_eq!(unknown(&found.json), count, "{variables} {found}");
    }
    // As before, it may be left out.
    let found = owner.post("/api/content/check", content).await.expect(200);
    assert_eq!(unknown(&found.json), 1, "{found}");
}
