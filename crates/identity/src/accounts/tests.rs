use serde_json::{Value, json};
use testkit::{TestDb, db_test};

use crate::testing::Server;

#[db_test]
async fn settings_change_field_by_field(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let reply = ada
        .patch(
            "/api/account",
            json!({
                "time_zone": "America/New_York",
                "language": "pt-BR",
                "sender_name": " Ada ",
                "sender_email": "ada@EXAMPLE.com",
                "postal_address": "12 St James's Square\r\nLondon",
            }),
        )
        .await;
    reply.expect(200);
    let wanted = json!({
        "name": "Analytical Engines",
        "time_zone": "America/New_York",
        "language": "pt-BR",
        "sender_name": "Ada",
        "sender_email": "ada@example.com",
        "reply_to": null,
        "postal_address": "12 St James's Square\nLondon",
        "pause_bounces_per_1000": 80,
        "pause_complaints_per_1000": 3,
        "pause_min_messages": 200,
        "version": 2,
    });
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(&reply.json[key], value, "{key}");
    }
    let cleared = ada
        .patch(
            "/api/account",
            json!({"sender_name": null, "postal_address": "  "}),
        )
        .await;
    assert_eq!(cleared.json["sender_name"], Value::Null);
    assert_eq!(cleared.json["postal_address"], Value::Null);
    assert_eq!(cleared.text("/sender_email"), "ada@example.com");
    // Nothing to change is no change.
    let same = ada.patch("/api/account", json!({})).await;
    assert_eq!(same.json, cleared.json);
    assert_eq!(ada.get("/api/account").await.json, cleared.json);
    for (body, problem) in [
        (json!({"name": null}), "200"),
        (json!({"name": ""}), "422 invalid name required"),
        (
            json!({"sender_name": "Ada\r\nBcc: eve@example.com"}),
            "422 invalid sender_name control_character",
        ),
        (
            json!({"sender_name": "Ada\u{2028}Bcc: eve@example.com"}),
            "422 invalid sender_name control_character",
        ),
        (
            json!({"name": "Analytical\u{2029}Engines"}),
            "422 invalid name control_character",
        ),
        (
            json!({"name": "x".repeat(101)}),
            "422 invalid name too_long",
        ),
        (
            json!({"postal_address": "a\u{0}b"}),
            "422 invalid postal_address nul_character",
        ),
        (
            json!({"language": "English"}),
            "422 invalid language invalid",
        ),
        (
            json!({"sender_email": "ada"}),
            "422 invalid sender_email invalid_email",
        ),
        (
            json!({"pause_bounces_per_1000": 0}),
            "422 invalid pause_bounces_per_1000 out_of_range",
        ),
        (
            json!({"pause_complaints_per_1000": 1001}),
            "422 invalid pause_complaints_per_1000 out_of_range",
        ),
        (
            json!({"pause_min_messages": -1}),
            "422 invalid pause_min_messages out_of_range",
        ),
        (
            json!({"pause_min_messages": 1.5}),
            "422 invalid pause_min_messages wrong_type",
        ),
        (json!({"version": 9}), "422 invalid version unknown"),
        (json!({"id": "9"}), "422 invalid id unknown"),
    ] {
        let reply = ada.patch("/api/account", body).await;
        assert_eq!(reply.problem(), problem);
    }
}

#[db_test]
async fn when_campaigns_pause_is_set_and_audited(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let limits = json!({"pause_bounces_per_1000": 50, "pause_complaints_per_1000": 1, "pause_min_messages": 500});
    let reply = ada.patch("/api/account", limits.clone()).await;
    reply.expect(200);
    let stored = ada.get("/api/account").await;
    for (key, value) in limits.as_object().unwrap() {
        assert_eq!(&reply.json[key], value, "{key}");
        assert_eq!(&stored.json[key], value, "{key}");
    }
    let log = ada.get("/api/audit-log?action=account.updated").await;
    let entry = &log.expect(200).json["data"][0];
    assert_eq!(entry["before"]["pause_min_messages"], 200);
    assert_eq!(entry["after"]["pause_min_messages"], 500);
    let list = ada.get("/api/accounts").await;
    assert_eq!(list.text("/data/0/name"), "Analytical Engines");
}

#[db_test]
async fn a_change_that_was_overtaken_is_refused(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let read = ada.get("/api/account").await;
    let tag = read.headers["etag"].to_str().unwrap().to_owned();
    let mine = ada.clone().with("if-match", &tag);
    let reply = mine.patch("/api/account", json!({"name": "Mine"})).await;
    assert_eq!(reply.expect(200).headers["etag"], "\"2\"");
    let theirs = mine.patch("/api/account", json!({"name": "Theirs"})).await;
    assert_eq!(theirs.problem(), "412 version_conflict");
    let nonsense = ada.clone().with("if-match", "W/\"2\"");
    let reply = nonsense
        .patch("/api/account", json!({"name": "Theirs"}))
        .await;
    assert_eq!(reply.problem(), "412 version_conflict");
    assert_eq!(ada.get("/api/account").await.text("/name"), "Mine");
    let any = ada.clone().with("if-match", "*");
    any.patch("/api/account", json!({"name": "Any"}))
        .await
        .expect(200);
}

#[db_test]
async fn accounts_are_made_by_owners_and_kept_apart(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let admin = server.join(&ada, "admin", "admin").await;
    let new = json!({"name": "Second", "time_zone": "Asia/Kolkata"});
    let reply = admin.post("/api/accounts", new.clone()).await;
    assert_eq!(reply.problem(), "403 forbidden");
    let made = ada.post("/api/accounts", new).await;
    assert_eq!(made.expect(201).text("/time_zone"), "Asia/Kolkata");
    let list = ada.get("/api/accounts").await;
    assert_eq!(list.text("/data/1/name"), "Second");
    assert_eq!(
        admin.get("/api/accounts").await.json["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let switch = json!({"account": made.text("/id")});
    ada.put("/api/session/account", switch).await.expect(200);
    ada.patch("/api/account", json!({"name": "Renamed"}))
        .await
        .expect(200);
    assert_eq!(
        admin.get("/api/account").await.text("/name"),
        "Analytical Engines"
    );
}
