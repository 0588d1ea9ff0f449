//! Transactional messages, bounces and the archive over HTTP.

use serde_json::{Value, json};
use testkit::TestDb;

use crate::app::{Body, Client, Method, TestApp, path_of};

fn receipt(to: &str) -> Value {
    json!({
        "to": to,
        "sender_email": "shop@example.com",
        "content": {"subject": "Order {{ order }}", "body": {"kind": "html", "html":
            "<p>Thanks</p><a href=\"https://shop.example/{{ order }}\">Look</a>"}},
        "variables": {"order": "A 1"},
        "attachments": [{"name": "r.pdf", "media_type": "application/pdf", "content": "JVBERi0xLjcK"}],
        "tag": "receipt",
    })
}

async fn send(app: &TestApp, owner: &Client, to: &str) -> String {
    let message = owner.post("/api/messages", receipt(to)).await.expect(202);
    app.deliver().await;
    message.id()
}

#[testkit::db_test]
async fn a_receipt_goes_the_whole_way(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let program = app
        .program(&owner, &["messages:send", "campaigns:read"])
        .await;
    let keyed = program.clone().with("idempotency-key", "order-1");
    let first = keyed
        .post("/api/messages", receipt("bo@example.com"))
        .await
        .expect(202);
    let again = keyed
        .post("/api/messages", receipt("bo@example.com"))
        .await
        .expect(202);
    assert_eq!(first.id(), again.id());
    let other = keyed
        .post("/api/messages", receipt("eve@example.com"))
        .await;
    assert_eq!(other.problem(), "422 idempotency_key_reused");
    // The layer forgets its keys after a day; the message does not.
    app.advance(std::time::Duration::from_hours(30));
    app.run_jobs().await;
    let later = keyed
        .post("/api/messages", receipt("bo@example.com"))
        .await
        .expect(202);
    assert_eq!(first.id(), later.id());
    let other = keyed
        .post("/api/messages", receipt("eve@example.com"))
        .await;
    assert_eq!(other.problem(), "422 idempotency_key_reused");

    app.deliver().await;
    let mails = app.sandbox(&owner).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (mails[0].to.as_str(), mails[0].subject.as_str()),
        ("bo@example.com", "Order A 1")
    );
    assert!(mails[0].headers("list-unsubscribe").is_empty());
    let target = app
        .anonymous()
        .follow(&mails[0].clicks()[0])
        .await
        .expect(302);
    assert_eq!(target.header("location"), "https://shop.example/A%201");
    let id = first.id();
    let events = program
        .get(&format!("/api/messages/{id}/events"))
        .await
        .expect(200);
    let kinds: Vec<&str> = events.json["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    // Who says nothing of itself is a machine.
    assert_eq!(
        kinds,
        [
            "message.queued",
            "message.sent",
            "message.clicked_by_machine"
        ]
    );
    // On PostgreSQL a stream waits for transactions that began before.
    let cursor = loop {
        let stream = program.get("/api/message-events").await.expect(200);
        if stream.json["data"].as_array().unwrap().len() == 3 {
            break stream.text("/next_cursor").to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    let none = program
        .get(&format!("/api/message-events?cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(none.json["data"], json!([]));
    assert_eq!(none.text("/next_cursor"), cursor);
    let list = program
        .get("/api/messages?tag=receipt&status=sent")
        .await
        .expect(200);
    assert_eq!(list.json["data"].as_array().unwrap().len(), 1);
    for empty in ["tag=other", "status=bounced", "subscriber_id=1"] {
        let list = program
            .get(&format!("/api/messages?{empty}"))
            .await
            .expect(200);
        assert_eq!(list.json["data"], json!([]), "{empty}");
    }
}

#[testkit::db_test]
async fn a_program_sends_a_template_that_others_write(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let template = json!({
        "name": "Receipt",
        "variables": ["order"],
        "content": {"subject": "Order {{ order }}", "body": {"kind": "html", "html":
            "<p>Order {{ order }} of {{ first_name | default(\"you\") }}</p>"}},
    });
    let made = owner
        .post("/api/templates", template.clone())
        .await
        .expect(201);
    assert_eq!(made.json["variables"], json!(["order"]));
    let id = made.id();
    // It may send what it may not read.
    let program = app.program(&owner, &["messages:send"]).await;
    let path = format!("/api/templates/{id}");
    assert_eq!(program.get(&path).await.status.as_u16(), 403);
    let keyed = program.clone().with("idempotency-key", "order-7");
    let message = json!({
        "to": "bo@example.com",
        "sender_email": "shop@example.com",
        "template_id": id,
        "subject": "Paid: {{ order }}",
        "variables": {"order": "A 7"},
    });
    let first = keyed
        .post("/api/messages", message.clone())
        .await
        .expect(202);
    let later = json!({"subject": "Other", "body": {"kind": "text", "text": "Other"}});
    owner
        .patch(&path, json!({"content": later}))
        .await
        .expect(200);
    // The same request is the same message, whatever the template says by now.
    app.advance(std::time::Duration::from_hours(30));
    app.run_jobs().await;
    let again = keyed
        .post("/api/messages", message.clone())
        .await
        .expect(202);
    assert_eq!(again.id(), first.id());
    app.deliver().await;
    let mails = app.sandbox(&owner).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "Paid: A 7");
    let events = owner
        .get(&format!("/api/messages/{}/events", first.id()))
        .await
        .expect(200);
    assert_eq!(events.text("/data/0/body/template_id"), id);
    assert_eq!(
        events.text("/data/0/body/template_revision_id"),
        made.text("/revision_id")
    );
    let stranger = app.other_owner().await;
    let refused = stranger.post("/api/messages", message).await;
    assert_eq!(refused.problem(), "422 invalid template_id:unknown");
    let campaign = json!({"name": "May", "template_id": id});
    let refused = owner.post("/api/campaigns", campaign).await;
    assert_eq!(refused.problem(), "422 invalid template_id:not_allowed");
}

#[testkit::db_test]
async fn what_is_wrong_is_refused_and_leaves_nothing(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let before = app.rows().await;
    for (change, problem) in [
        (json!({"to": null}), "422 invalid to:required"),
        (json!({"to": "nobody"}), "422 invalid to:invalid_email"),
        (json!({"subscriber_id": "1"}), "422 invalid to:required"),
        (
            json!({"to": null, "subscriber_id": "1"}),
            "422 invalid subscriber_id:unknown",
        ),
        (
            json!({"sender_id": "1"}),
            "422 invalid sender_id:not_allowed",
        ),
        (
            json!({"sender_email": null}),
            "422 invalid sender_email:required",
        ),
        (
            json!({"reply_to": "x\r\nBcc: eve@example.com"}),
            "422 invalid reply_to:invalid_email",
        ),
        (
            json!({"headers": {"Bcc": "eve@example.com"}}),
            "422 invalid headers.Bcc:invalid",
        ),
        (
            json!({"content": {"subject": "{{ x", "body": {"kind": "text", "text": ""}}}),
            "422 invalid content.subject:syntax",
        ),
    ] {
        let mut body = receipt("bo@example.com");
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let reply = owner.post("/api/messages", body).await;
        assert_eq!(reply.problem(), problem, "{change}");
    }
    assert_eq!(app.rows().await, before);
}

#[testkit::db_test]
async fn a_bounce_of_a_stranger_keeps_the_address_out(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let id = send(&app, &owner, "nobody@example.org").await;
    let source = &app.sandbox(&owner).await[0];
    let report = include_str!("../../../mail/src/report/postfix.eml")
        .replace("AQAAAAAAAAB7", source.header("x-sendero-ref"))
        .replace('\n', "\r\n");
    let hand_in = async |who: &Client| {
        let body = Body::Raw("message/rfc822", report.clone().into_bytes());
        who.send(Method::POST, "/api/inbound/dsn", body)
            .await
            .expect(200)
    };
    // Another account learns nothing and changes nothing.
    let stranger = app.other_owner().await;
    assert_eq!(hand_in(&stranger).await.text("/data/0/outcome"), "unknown");
    let reply = hand_in(&owner).await;
    assert_eq!(
        (reply.text("/data/0/outcome"), reply.text("/data/0/class")),
        ("bounced", "hard")
    );
    assert_eq!(hand_in(&owner).await.text("/data/0/outcome"), "known");
    let message = owner.get(&format!("/api/messages/{id}")).await.expect(200);
    assert_eq!(message.text("/status"), "bounced");
    let next = send(&app, &owner, "Nobody@example.org").await;
    let message = owner
        .get(&format!("/api/messages/{next}"))
        .await
        .expect(200);
    assert_eq!(
        (message.text("/status"), message.text("/detail")),
        ("skipped", "suppressed")
    );
    let garbage = Body::Raw("message/rfc822", b"\0\xff hello".to_vec());
    let reply = owner.send(Method::POST, "/api/inbound/dsn", garbage).await;
    assert_eq!(reply.problem(), "422 invalid body:invalid");
}

#[testkit::db_test]
async fn a_published_campaign_has_nothing_of_anybody_in_it(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    owner
        .post(
            "/api/subscribers",
            json!({"email": "bo@example.com", "first_name": "Bo"}),
        )
        .await
        .expect(201);
    let campaign = json!({
        "name": "Internal name",
        "sender_email": "news@example.com",
        "audience": {"everyone": true},
        "content": {"subject": "Hi {{ first_name | default(\"<all>\") }}", "body": {"kind": "html", "html":
            "<p>Dear {{ first_name | default(\"reader\") }} {{ email }}</p>\
             <a href=\"https://shop.example/\">Shop</a><a href=\"{{ unsubscribe_url }}\">Leave</a>"}},
    });
    let id = owner.post("/api/campaigns", campaign).await.created();
    let path = format!("/api/campaigns/{id}/archive");
    let early = owner.put(&path, json!({"public": true})).await;
    assert_eq!(early.problem(), "409 not_started");
    owner
        .act(&format!("/api/campaigns/{id}/send"))
        .await
        .expect(200);
    app.deliver().await;
    let nobody = app.anonymous();
    let there = owner.get(&path).await.expect(200);
    assert_eq!(there.json["public"], false);
    let list = path_of(there.text("/archive_url")).to_owned();
    nobody.get(&list).await.expect(404);
    nobody.get(&format!("{list}/{id}")).await.expect(404);

    let there = owner.put(&path, json!({"public": true})).await.expect(200);
    let shown = nobody.get(&list).await.expect(200);
    let html = String::from_utf8(shown.body).unwrap();
    assert!(
        html.contains("Hi &lt;all&gt;") && !html.contains("Internal name"),
        "{html}"
    );
    let page = nobody.follow(there.text("/url")).await.expect(200);
    assert!(
        page.header("content-security-policy")
            .starts_with("sandbox ")
    );
    let html = String::from_utf8(page.body).unwrap();
    assert!(html.contains("Dear reader"), "{html}");
    for secret in ["Bo", "bo@example.com", "/t/c/", "/t/o/", "/u/"] {
        assert!(!html.contains(secret), "{secret} in {html}");
    }
    assert!(html.contains("href=\"https://shop.example/\""));
    // Another account's archive does not have it, and an altered name is no archive.
    let stranger = app.other_owner().await;
    let foreign = stranger.put(&path, json!({"public": true})).await;
    assert_eq!(foreign.status.as_u16(), 404);
    nobody.get(&format!("{list}x")).await.expect(404);
    owner.put(&path, json!({"public": false})).await.expect(200);
    nobody.get(&list).await.expect(404);
    nobody.follow(there.text("/url")).await.expect(404);
}
