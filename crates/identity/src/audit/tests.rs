use serde_json::{Value, json};
use testkit::{TestDb, db_test};

use crate::testing::{PASSWORD, Server};

#[db_test]
async fn every_change_leaves_a_row_without_secrets(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    ada.patch("/api/account", json!({"name": "Other"}))
        .await
        .expect(200);
    // A change of nothing is none, and a refused one leaves nothing.
    ada.patch("/api/account", json!({"name": "Other"}))
        .await
        .expect(200);
    ada.patch("/api/account", json!({"name": ""}))
        .await
        .expect(422);
    let grace = server.join(&ada, "grace", "editor").await;
    let grace_id = grace.user_id().await;
    let path = format!("/api/users/{grace_id}");
    ada.patch(&path, json!({"role": "admin"})).await.expect(200);
    let made = grace
        .post(
            "/api/tokens",
            json!({"name": "Shop", "scopes": ["settings:write"]}),
        )
        .await;
    let secret = made.text("/secret").to_owned();
    let token = made.text("/id").to_owned();
    let program = server.stranger().bearing(&secret);
    program
        .patch("/api/account", json!({"name": "By program"}))
        .await
        .expect(200);
    ada.delete(&format!("/api/tokens/{token}"))
        .await
        .expect(204);
    let body = json!({"current_password": PASSWORD, "new_password": "a staple was correct too"});
    let grace = grace
        .clone()
        .with_session(&grace.put("/api/me/password", body).await);
    grace.delete("/api/session").await.expect(204);
    ada.delete(&path).await.expect(204);

    let log = ada.get("/api/audit-log?limit=1000").await;
    let entries = log.json["data"].as_array().unwrap();
    let mut lines: Vec<String> = entries
        .iter()
        .map(|entry| {
            let actor = entry["actor"].as_str().unwrap();
            let kind = actor.split(':').next().unwrap();
            format!(
                "{kind} {} {}",
                entry["action"].as_str().unwrap(),
                entry["target_kind"].as_str().unwrap()
            )
        })
        .collect();
    lines.reverse();
    assert_eq!(
        lines,
        [
            "user account.created account",
            "user member.added user",
            "user session.created user",
            "user account.updated account",
            "user member.added user",
            "user session.created user",
            "user member.updated user",
            "user token.created token",
            "token account.updated account",
            "user token.revoked token",
            "user session.created user",
            "user user.password_changed user",
            "user session.deleted user",
            "user member.removed user",
        ]
    );
    let text = log.json.to_string();
    for canary in [PASSWORD, "staple", secret.as_str(), "argon2"] {
        assert!(!text.contains(canary), "{canary} is in the audit log");
    }
    let by_program = ada
        .get(&format!("/api/audit-log?actor=token:{token}"))
        .await;
    assert_eq!(by_program.json["data"].as_array().unwrap().len(), 1);
    assert_eq!(by_program.text("/data/0/before/name"), "Other");
    assert_eq!(by_program.text("/data/0/after/name"), "By program");
    let about_grace =
        format!("/api/audit-log?target_kind=user&target_id={grace_id}&action=member.updated");
    let about_grace = ada.get(&about_grace).await;
    assert_eq!(
        about_grace.json["data"][0]["after"],
        json!({"role": "admin"})
    );
    assert_eq!(about_grace.json["next_cursor"], Value::Null);
}

#[db_test]
async fn the_log_is_read_page_by_page_and_by_its_own_account(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    for n in 0..5 {
        let name = format!("Name {n}");
        ada.patch("/api/account", json!({"name": name}))
            .await
            .expect(200);
    }
    let mut path = "/api/audit-log?action=account.updated&limit=2".to_owned();
    let mut names = Vec::new();
    loop {
        let page = ada.get(&path).await;
        let entries = page.expect(200).json["data"].as_array().unwrap();
        names.extend(
            entries
                .iter()
                .map(|e| e["after"]["name"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page.json["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/audit-log?action=account.updated&limit=2&cursor={cursor}");
    }
    assert_eq!(names, ["Name 4", "Name 3", "Name 2", "Name 1", "Name 0"]);
    assert_eq!(
        ada.get("/api/audit-log?cursor=nonsense").await.problem(),
        "422 invalid cursor invalid"
    );
    assert_eq!(
        ada.get("/api/audit-log?limit=0").await.problem(),
        "422 invalid limit out_of_range"
    );

    let second = ada.post("/api/accounts", json!({"name": "Second"})).await;
    let switch = json!({"account": second.text("/id")});
    ada.put("/api/session/account", switch).await.expect(200);
    let log = ada.get("/api/audit-log").await;
    let actions: Vec<&str> = log.json["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["member.added", "account.created"]);
}
