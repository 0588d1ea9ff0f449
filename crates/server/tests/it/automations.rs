//! Automations over HTTP, from the draft to the history of one person.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::TestDb;

use crate::app::{Body, Client, Method, TestApp, id_of};

const DAY: Duration = Duration::from_hours(24);

struct World {
    app: TestApp,
    owner: Client,
    group: String,
    template: String,
}

impl World {
    async fn new(db: TestDb) -> Self {
        let app = TestApp::new(db);
        let owner = app.owner().await;
        let settings = json!({"sender_name": "Ada", "sender_email": "news@example.com"});
        owner.patch("/api/account", settings).await.expect(200);
        let group = owner.post("/api/groups", json!({"name": "New"})).await;
        let group = group.created();
        let content = json!({"subject": "Welcome, {{ first_name | default(\"you\") }}", "body": {
            "kind": "html", "html": "<p>Hello</p><a href=\"https://shop.example.org/\">Shop</a>"}});
        let template = json!({"name": "Welcome", "content": content});
        let template = owner.post("/api/templates", template).await.created();
        app.automate().await;
        Self {
            app,
            owner,
            group,
            template,
        }
    }

    fn welcome(&self) -> Value {
        json!({
            "triggers": [
                {"id": "joined", "on": {"event": "group.joined", "with": {"group": self.group}}, "start": "mail"},
                {"id": "api", "on": {"event": "automation.started"}, "start": "mail"}],
            "steps": [
                {"id": "mail", "name": "Welcome mail", "kind": "send_email", "with": {"template": self.template}, "next": "rest"},
                {"id": "rest", "kind": "wait_for_any", "next": "late", "with": {"timeout": {"days": 1}, "since": "run", "paths": [
                    {"id": "bought", "on": {"event": "event.custom", "with": {"name": "order.placed"}}, "next": "thanks"}]}},
                {"id": "thanks", "kind": "increment_field", "with": {"field": "score", "by": 10}, "next": "done"},
                {"id": "late", "kind": "end"},
                {"id": "done", "kind": "end"}]})
    }

    async fn live(&self, draft: Value) -> String {
        let new = json!({"name": "Welcome", "draft": draft});
        let id = self.owner.post("/api/automations", new).await.created();
        self.owner
            .post(&format!("/api/automations/{id}/publish"), json!({}))
            .await
            .expect(200);
        id
    }

    async fn subscriber(&self, email: &str) -> String {
        let new = json!({"email": email, "first_name": "Ada", "groups": [self.group]});
        self.owner
            .post("/api/subscribers", new)
            .await
            .expect(201)
            .id()
    }

    async fn run(&self, id: &str) -> Value {
        let list = self.owner.all(&format!("/api/automations/{id}/runs")).await;
        assert_eq!(list.len(), 1, "{list:?}");
        list[0].clone()
    }
}

#[testkit::db_test]
async fn somebody_is_welcomed_buys_and_the_story_can_be_read(db: TestDb) {
    let world = World::new(db).await;
    let id = world.live(world.welcome()).await;
    let (app, owner) = (&world.app, &world.owner);
    // Born into the group: there is no further event of that, but it counts.
    let who = world.subscriber("ada@example.com").await;
    app.automate().await;
    let mails = app.sandbox(owner).await;
    assert_eq!(mails.len(), 1);
    let run = world.run(&id).await;
    assert_eq!(run["status"], "waiting");
    assert_eq!(run["email"], "ada@example.com");

    let event = json!({
        "name": "order.placed", "email": "ada@example.com", "properties": {"total": 40}, "key": "A-17",
    });
    let first = owner.post("/api/events", event.clone()).await.expect(202);
    assert_eq!(
        (&first.json["recorded"], first.text("/subscriber_id")),
        (&json!(true), who.as_str())
    );
    let again = owner.post("/api/events", event).await.expect(202);
    assert_eq!(again.json["recorded"], false);
    app.automate().await;

    let run = world.run(&id).await;
    assert_eq!(
        (&run["status"], &run["outcome"]),
        (&json!("finished"), &json!("completed"))
    );
    let path = format!("/api/automations/{id}/runs/{}", id_of(&run));
    let detail = owner.get(&path).await.expect(200);
    let story: Vec<String> = detail.json["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            format!(
                "{} {} {}",
                line["title"].as_str().unwrap(),
                line["what"].as_str().unwrap(),
                line["detail"]
            )
        })
        .collect();
    assert_eq!(
        story,
        [
            "Welcome mail passed \"next\"",
            "rest waits null",
            "rest passed \"bought\"",
            "thanks passed \"next\"",
            "done ended \"completed\""
        ]
    );
    let person = owner.get(&format!("/api/subscribers/{who}")).await;
    assert_eq!(person.json["score"], 10);
    let timeline = owner.all(&format!("/api/subscribers/{who}/timeline")).await;
    let kinds: Vec<&str> = timeline
        .iter()
        .filter_map(|it| it["kind"].as_str())
        .collect();
    for kind in ["event.custom", "automation.finished", "message.sent"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    let statistics = owner
        .get(&format!("/api/automations/{id}/statistics"))
        .await
        .expect(200);
    assert_eq!(
        (&statistics.json["entered"], &statistics.json["finished"]),
        (&json!(1), &json!(1))
    );
    let steps = statistics.json["steps"].as_array().unwrap();
    let mail = steps.iter().find(|it| it["step"] == "mail").unwrap();
    assert_eq!(mail["mail"]["sent"], 1);
    let described = owner
        .get(&format!("/api/automations/{id}"))
        .await
        .expect(200);
    assert_eq!(
        described.json["counts"],
        json!({"inside": 0, "failed": 0, "entered": 1, "finished": 1})
    );
}

#[testkit::db_test]
async fn a_link_in_the_mail_of_a_step_wakes_whoever_waits_for_it(db: TestDb) {
    let world = World::new(db).await;
    let mut draft = world.welcome();
    draft["steps"][1]["with"]["paths"] = json!([
        {"id": "bought", "on": {"event": "message.clicked", "with": {"step": "mail", "url": "https://shop.example.org/"}},
            "next": "thanks"}]);
    let id = world.live(draft).await;
    world.subscriber("ada@example.com").await;
    world.app.automate().await;
    let mail = world.app.sandbox(&world.owner).await.remove(0);
    let link = mail.clicks().remove(0);
    // A person, some time later.
    world.app.advance(Duration::from_mins(10));
    let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
         Version/18.3 Mobile/15E148 Safari/604.1";
    let person = world.app.anonymous().with("user-agent", phone);
    person.follow(&link).await.expect(302);
    world.app.automate().await;
    let run = world.run(&id).await;
    assert_eq!(run["step"], "done", "{run}");
}

#[testkit::db_test]
async fn drafts_are_checked_and_faults_name_their_step(db: TestDb) {
    let world = World::new(db).await;
    let owner = &world.owner;
    let unreadable = json!({"name": "X", "draft": {"triggers": [], "steps": [{"id": "Bad id", "kind": "wait"}]}});
    let refused = owner.post("/api/automations", unreadable).await;
    assert_eq!(refused.problem(), "422 invalid draft.steps[0].id:invalid");

    let mut draft = world.welcome();
    draft["steps"][0]["with"] = json!({});
    draft["steps"][1]["next"] = Value::Null;
    let new = json!({"name": "X", "draft": draft});
    let made = owner.post("/api/automations", new).await.expect(201);
    let id = made.id();
    let faults = made.json["faults"].as_array().unwrap();
    let codes: Vec<(&str, &str)> = faults
        .iter()
        .map(|it| {
            (
                it["step"].as_str().unwrap_or("-"),
                it["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert!(codes.contains(&("rest", "dead_end")), "{codes:?}");
    assert!(codes.iter().any(|(step, _)| *step == "mail"), "{codes:?}");
    let refused = owner
        .post(&format!("/api/automations/{id}/publish"), json!({}))
        .await;
    assert_eq!(refused.status.as_u16(), 422);
    let fields: Vec<&str> = refused.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["field"].as_str())
        .collect();
    assert!(fields.contains(&"draft.steps[1].next"), "{fields:?}");

    // Two people edit: the second is told.
    let tag = made.header("etag").to_owned();
    let patch = json!({"name": "Y"});
    owner
        .clone()
        .with("if-match", &tag)
        .patch(&format!("/api/automations/{id}"), patch.clone())
        .await
        .expect(200);
    let late = owner
        .clone()
        .with("if-match", &tag)
        .patch(&format!("/api/automations/{id}"), patch)
        .await;
    assert_eq!(late.problem(), "412 version_conflict");
}

#[testkit::db_test]
async fn every_automation_of_the_library_can_be_begun_with(db: TestDb) {
    let world = World::new(db).await;
    let library = world
        .owner
        .get("/api/automations/library")
        .await
        .expect(200);
    let all = library.json["data"].as_array().unwrap();
    assert!(all.len() >= 12);
    for entry in all {
        let new = json!({"name": entry["name"], "library": entry["key"]});
        let made = world.owner.post("/api/automations", new).await.expect(201);
        for fault in made.json["faults"].as_array().unwrap() {
            let code = fault["code"].as_str().unwrap();
            // What is open is what belongs to an account.
            let open = [
                "missing_content",
                "required",
                "unknown",
                "unknown_field",
                "out_of_range",
            ];
            assert!(open.contains(&code), "{}: {fault}", entry["key"]);
        }
    }
    let kinds = world.owner.get("/api/automations/kinds").await.expect(200);
    assert!(kinds.json["events"].as_array().unwrap().len() > 15);
}

#[testkit::db_test]
async fn an_automation_is_tried_out_on_a_clock_that_jumps(db: TestDb) {
    let world = World::new(db).await;
    let owner = &world.owner;
    let new = json!({"name": "Welcome", "draft": world.welcome()});
    let id = owner.post("/api/automations", new).await.created();
    let path = format!("/api/automations/{id}/simulate");
    let rows = world.app.rows().await;
    let late = owner
        .post(
            &path,
            json!({"contact": {"email": "eve@example.com"}, "start_at": "2026-05-04T09:30:00Z"}),
        )
        .await
        .expect(200);
    assert_eq!(
        (late.text("/outcome"), late.text("/ended_at")),
        ("completed", "2026-05-05T09:30:00Z")
    );
    let steps: Vec<&str> = late.json["story"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["step"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["mail", "mail", "rest", "rest", "late"]);
    let bought = json!({
        "contact": {"email": "eve@example.com"},
        "later": [{"after_minutes": 90, "event": "event.custom", "body": {"name": "order.placed"}}],
    });
    let bought = owner.post(&path, bought).await.expect(200);
    let story = bought.json["story"].as_array().unwrap();
    assert!(
        story
            .iter()
            .any(|line| line["detail"] == "adds 10 to score"),
        "{bought}"
    );
    let who = world.subscriber("ada@example.com").await;
    owner
        .post(&path, json!({"subscriber_id": who}))
        .await
        .expect(200);
    let gone = json!({"contact": {"status": "unsubscribed"}});
    let gone = owner.post(&path, gone).await.expect(200);
    assert_eq!(gone.text("/outcome"), "unsubscribed");
    let mut after = world.app.rows().await;
    for table in [
        "subscriber",
        "event",
        "group_member",
        "audit_log",
        "label_change",
    ] {
        after.insert(table.to_owned(), rows[table]);
    }
    assert_eq!(rows, after, "nothing is stored, and nothing sent");
}

#[testkit::db_test]
async fn a_test_run_sends_its_mails_to_me_alone(db: TestDb) {
    let world = World::new(db).await;
    let (app, owner) = (&world.app, &world.owner);
    let city = json!({"key": "city", "name": "City", "kind": "text"});
    owner.post("/api/fields", city).await.created();
    let content = json!({
        "subject": "{{ first_name | default(\"you\") }} of {{ city | default(\"nowhere\") }}, by {{ event.by | default(\"nobody\") }}",
        "body": {"kind": "text", "text": "From {{ fields.city | default(\"nowhere\") }}"},
    });
    let template = json!({"name": "Moved", "content": content, "variables": ["event"]});
    let template = owner.post("/api/templates", template).await.created();
    // I am somebody, too; nothing of me may be in what others are written.
    let me = json!({"email": "me@example.com", "first_name": "Grace", "fields": {"city": "Oslo"}});
    let me = owner.post("/api/subscribers", me).await.expect(201).id();
    let draft = json!({
        "triggers": [{"id": "moved", "on": {"event": "event.custom", "with": {"name": "moved"}}, "start": "first"}],
        "steps": [
            {"id": "first", "kind": "send_email", "with": {"template": template}, "next": "rest"},
            {"id": "rest", "kind": "wait", "with": {"days": 30}, "next": "change"},
            {"id": "change", "kind": "set_field", "with": {"field": "city", "value": "Paris"}, "next": "second"},
            {"id": "second", "kind": "send_email", "with": {"template": template, "subject": "Now in {{ city }}"}, "next": "empty"},
            {"id": "empty", "kind": "send_email", "with": {}, "next": "done"},
            {"id": "done", "kind": "end"}]});
    let new = json!({"name": "Moved", "draft": draft});
    let id = owner.post("/api/automations", new).await.created();
    let path = format!("/api/automations/{id}/test-run");
    let simulate = json!({
        "contact": {"email": "eve@example.com", "fields": {"city": "Berlin"}},
        "event": {"by": "train"},
    });
    let wanted = json!({"address": "me@example.com", "simulate": simulate});
    let done = owner.post(&path, wanted).await.expect(200);
    assert_eq!(done.text("/simulated/outcome"), "completed");
    let mails = done.json["mails"].as_array().unwrap();
    let steps: Vec<_> = mails.iter().map(|mail| &mail["step"]).collect();
    assert_eq!(steps, ["first", "second", "empty"]);
    assert!(mails[0]["error"].is_null() && mails[1]["error"].is_null());
    assert!(mails[2]["message_id"].is_null());
    assert!(mails[2]["error"].as_str().unwrap().contains("no content"));
    app.automate().await;
    let mut sent = app.sandbox(owner).await;
    // They were queued in one moment, so any may be the first on the wire.
    sent.sort_by(|a, b| b.header("subject").cmp(a.header("subject")));
    let subjects: Vec<&str> = sent.iter().map(|mail| mail.header("subject")).collect();
    assert_eq!(subjects, ["you of Berlin, by train", "Now in Paris"]);
    assert!(sent[0].text.contains("From Berlin"), "{:?}", sent[0].text);
    for mail in &sent {
        assert!(mail.header("to").contains("me@example.com"));
    }
    assert!(
        owner
            .all(&format!("/api/automations/{id}/runs"))
            .await
            .is_empty()
    );
    // Somebody who exists is led through without a trace.
    let ada = json!({"email": "ada@example.com", "first_name": "Ada"});
    let ada = owner.post("/api/subscribers", ada).await.expect(201).id();
    let wanted = json!({"address": "other@example.com", "simulate": {"subscriber_id": ada}});
    owner.post(&path, wanted).await.expect(200);
    app.automate().await;
    let sent = app.sandbox(owner).await;
    let to_other = sent
        .iter()
        .filter(|mail| mail.header("to").contains("other@"));
    let mut subjects: Vec<&str> = to_other.map(|mail| mail.header("subject")).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["Ada of nowhere, by nobody", "Now in Paris"]);
    let fields = owner
        .get(&format!("/api/subscribers/{ada}"))
        .await
        .expect(200);
    assert!(
        fields.json["fields"].get("city").is_none_or(Value::is_null),
        "{fields}"
    );
    assert_ne!(me, ada);

    // The revision that a step is pinned to, and names that no program could give to a message.
    let revisions = format!("/api/templates/{template}/revisions");
    let pinned = owner.get(&revisions).await.expect(200);
    let pinned = pinned.text("/data/0/id").to_owned();
    app.advance(DAY);
    let news = json!({"content": {"subject": "Other", "body": {"kind": "text", "text": "Other"}}});
    owner
        .patch(&format!("/api/templates/{template}"), news)
        .await
        .expect(200);
    let document = json!({
        "triggers": [{"id": "moved", "on": {"event": "event.custom", "with": {"name": "moved"}}, "start": "ask"}],
        "steps": [
            {"id": "ask", "kind": "http_call", "with": {"url": "https://crm.example.com/", "save": {"Data": ""}}, "next": "mail"},
            {"id": "mail", "kind": "send_email", "with": {"template": template, "revision": pinned}, "next": "done"},
            {"id": "done", "kind": "end"}]});
    let wanted = json!({"address": "third@example.com", "simulate": {
        "document": document, "contact": {"first_name": "Eve"}, "results": {"ask": {"answer": {"x": 1}}},
    }});
    let done = owner.post(&path, wanted).await.expect(200);
    assert!(done.json["mails"][0]["error"].is_null(), "{done}");
    app.automate().await;
    let sent = app.sandbox(owner).await;
    let mail = sent.iter().find(|mail| mail.to.contains("third@"));
    assert_eq!(
        mail.map(|mail| mail.header("subject")),
        Some("Eve of nowhere, by nobody")
    );

    for (wanted, field) in [
        (
            json!({"address": "nobody", "simulate": {"subscriber_id": ada}}),
            "address",
        ),
        (
            json!({"address": "me@example.com", "simulate": {}}),
            "simulate.subscriber_id",
        ),
        (
            json!({"address": "me@example.com\r\nBcc: x@example.com", "simulate": {"subscriber_id": ada}}),
            "address",
        ),
    ] {
        let refused = owner.post(&path, wanted).await.expect(422);
        assert_eq!(refused.text("/errors/0/field"), field, "{refused}");
    }
}

#[testkit::db_test]
async fn delays_are_processed_when_somebody_asks(db: TestDb) {
    let world = World::new(db).await;
    let id = world.live(world.welcome()).await;
    world.subscriber("ada@example.com").await;
    world.app.automate().await;
    let path = "/api/workers/process-automation-delays?max_processed=10";
    let early = world.owner.act(path).await.expect(200);
    assert_eq!(early.json["processed"], 0);
    world.app.advance(DAY);
    let due = world.owner.act(path).await.expect(200);
    assert_eq!(due.json["processed"], 1);
    assert_eq!(world.run(&id).await["step"], "late");
    let wrong = "/api/workers/process-automation-delays?max_processed=0";
    assert_eq!(world.owner.act(wrong).await.status.as_u16(), 422);
}

#[testkit::db_test]
async fn what_an_erased_person_did_in_automations_is_forgotten(db: TestDb) {
    let world = World::new(db).await;
    let id = world.live(world.welcome()).await;
    let who = world.subscriber("ada@example.com").await;
    let body = json!({"subscriber_id": who, "properties": {"secret": "Countess of Lovelace"}});
    // She is in already.
    world.app.automate().await;
    let refused = world
        .owner
        .post(&format!("/api/automations/{id}/trigger"), body)
        .await
        .expect(200);
    assert_eq!(refused.text("/refused"), "reentry");
    world
        .owner
        .delete(&format!("/api/subscribers/{who}"))
        .await
        .expect(204);
    world.app.automate().await;
    let run = world.run(&id).await;
    assert_eq!(
        (&run["outcome"], &run["email"]),
        (&json!("removed"), &Value::Null)
    );
    let detail = world
        .owner
        .get(&format!("/api/automations/{id}/runs/{}", id_of(&run)))
        .await
        .expect(200);
    assert_eq!(detail.json["data"], json!({"event": null}));
}

#[testkit::db_test]
async fn keys_of_other_programs_are_shown_to_whoever_may_change_them(db: TestDb) {
    let world = World::new(db).await;
    let mut draft = world.welcome();
    draft["steps"][4] = json!({"id": "done", "kind": "http_call", "next": "end",
        "with": {"url": "https://crm.example.com/", "headers": {"Authorization": "Bearer hush"}}});
    let steps = draft["steps"].as_array_mut().unwrap();
    steps.push(json!({"id": "end", "kind": "end"}));
    let id = world.live(draft).await;
    let versions = format!("/api/automations/{id}/versions");
    let version = id_of(&world.owner.all(&versions).await[0]);
    let viewer = world.app.member(&world.owner, "viewer").await;
    for path in [
        format!("/api/automations/{id}"),
        format!("{versions}/{version}"),
    ] {
        let shown = world.owner.get(&path).await.expect(200).json.to_string();
        assert!(shown.contains("Bearer hush"), "{shown}");
        let shown = viewer.get(&path).await.expect(200).json.to_string();
        assert!(
            shown.contains("Authorization") && !shown.contains("hush"),
            "{shown}"
        );
    }
}

#[testkit::db_test]
async fn accounts_do_not_hear_of_each_other(db: TestDb) {
    let world = World::new(db).await;
    let other = world.app.other_owner().await;
    let hears_all = json!({"name": "All", "draft": {
        "triggers": [{"id": "any", "on": {"event": "group.joined"}, "start": "done"}],
        "steps": [{"id": "done", "kind": "end"}]}});
    let theirs = other.post("/api/automations", hears_all).await.created();
    other
        .post(&format!("/api/automations/{theirs}/publish"), json!({}))
        .await
        .expect(200);
    let ours = world.live(world.welcome()).await;
    world.subscriber("ada@example.com").await;
    world.app.automate().await;
    world.run(&ours).await;
    let heard = other.all(&format!("/api/automations/{theirs}/runs")).await;
    assert!(heard.is_empty(), "{heard:?}");
    let event = json!({"name": "order.placed", "email": "ada@example.com"});
    let unknown = other.post("/api/events", event).await;
    assert_eq!(unknown.status.as_u16(), 422);
}

#[testkit::db_test]
async fn what_a_shop_sends_to_a_hook_leads_to_a_mail(db: TestDb) {
    let world = World::new(db).await;
    let (app, owner) = (&world.app, &world.owner);
    let new = json!({"name": "Shop", "email_at": "customer.email", "new_people": "active"});
    let made = owner.post("/api/hooks", new).await.expect(201);
    let (hook, url) = (made.id(), made.text("/url").to_owned());
    let path = &url[url.find("/in/").expect("the address of a hook")..];
    let mut draft = world.welcome();
    draft["triggers"] = json!([{"id": "hook", "on": {"event": "hook.received", "with": {"hook": hook}}, "start": "mail"}]);
    let id = world.live(draft).await;
    // The shop has no account here.
    let shop = app.anonymous().with("idempotency-key", "order-17");
    let order =
        json!({"customer": {"email": "ada@example.com"}, "order": {"id": "A-17", "total": 40}});
    let first = shop.post(path, order.clone()).await.expect(202);
    assert_eq!(first.json, json!({"recorded": true}));
    let again = shop.post(path, order.clone()).await.expect(202);
    assert_eq!(again.json, json!({"recorded": false}));
    app.automate().await;
    assert_eq!(app.sandbox(owner).await.len(), 1);
    assert_eq!(world.run(&id).await["email"], "ada@example.com");

    let shop = app.anonymous();
    let nobody = shop.post(path, json!({"customer": {}})).await;
    assert_eq!(nobody.status.as_u16(), 422);
    assert_eq!(nobody.json["errors"][0]["field"], "customer.email");
    let text = Body::Raw("text/plain", b"{}".to_vec());
    let text = shop.send(Method::POST, path, text).await;
    assert_eq!(text.status.as_u16(), 415);
    let large = json!({"customer": {"email": "ada@example.com"}, "text": "x".repeat(70_000)});
    assert_eq!(shop.post(path, large).await.status.as_u16(), 413);
    assert_eq!(shop.get(path).await.status.as_u16(), 405);
    let guessed = shop.post("/in/guessed", order.clone()).await;
    assert_eq!(guessed.status.as_u16(), 404);

    // Nobody reads the secret again, and a new one ends the old.
    let listed = owner.get("/api/hooks").await.expect(200);
    assert_eq!(listed.json["data"][0]["name"], "Shop");
    assert!(!listed.json.to_string().contains(&path[4..]));
    let renewed = owner.act(&format!("/api/hooks/{hook}/renew")).await;
    assert_ne!(renewed.expect(200).text("/url"), url);
    assert_eq!(shop.post(path, order).await.status.as_u16(), 404);
    owner
        .delete(&format!("/api/hooks/{hook}"))
        .await
        .expect(204);
    let faults = owner
        .get(&format!("/api/automations/{id}"))
        .await
        .expect(200);
    assert_eq!(faults.json["faults"][0]["path"], "triggers[0].on.with.hook");
}

#[testkit::db_test]
async fn every_week_those_of_a_group_get_a_mail(db: TestDb) {
    let world = World::new(db).await;
    let (app, owner) = (&world.app, &world.owner);
    owner
        .patch("/api/account", json!({"time_zone": "Europe/Berlin"}))
        .await
        .expect(200);
    world.subscriber("ada@example.com").await;
    let mut draft = world.welcome();
    let weekly = json!({"schedule": "monday 12:00", "group": world.group});
    draft["triggers"] = json!([{"id": "weekly", "on": {"event": "schedule.fired", "with": weekly},
        "reentry": {"policy": "after_end"}, "start": "mail"}]);
    let id = world.live(draft).await;
    // It is Monday, 11:30 in Berlin. Recurring work was done at this instant, and is done again a moment later.
    app.advance(Duration::from_secs(5));
    app.run_jobs().await;
    app.automate().await;
    assert!(app.sandbox(owner).await.is_empty());
    for week in 1..=2 {
        app.advance(Duration::from_mins(30));
        app.run_jobs().await;
        app.automate().await;
        // Sessions do not last so long.
        let owner = app.sign_in("ada@example.com").await;
        assert_eq!(app.sandbox(&owner).await.len(), week, "week {week}");
        app.advance(6 * DAY + Duration::from_mins(23 * 60 + 30));
        app.run_jobs().await;
        app.automate().await;
    }
    let owner = app.sign_in("ada@example.com").await;
    let runs = owner.all(&format!("/api/automations/{id}/runs")).await;
    assert_eq!(runs.len(), 2);
    let kinds = owner.get("/api/automations/kinds").await.expect(200);
    let all = kinds.json.to_string();
    assert!(all.contains("\"schedule\"") && all.contains("hook.received"));
}
