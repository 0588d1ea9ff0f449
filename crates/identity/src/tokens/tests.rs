use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestDb, db_test};

use crate::testing::Server;

#[db_test]
async fn a_token_is_shown_once_and_does_what_its_scopes_say(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let made = ada
        .post(
            "/api/tokens",
            json!({"name": "Shop", "scopes": ["settings:read", "settings:read"]}),
        )
        .await;
    made.expect(201);
    let secret = made.text("/secret");
    assert!(
        secret.starts_with("sendero_") && secret.len() == 40,
        "{secret}"
    );
    let list = ada.get("/api/tokens").await;
    assert_eq!(list.json["data"][0]["scopes"], json!(["settings:read"]));
    assert!(!list.json.to_string().contains(secret));

    let program = server.stranger().bearing(secret);
    program.get("/api/account").await.expect(200);
    let reply = program.patch("/api/account", json!({"name": "X"})).await;
    assert_eq!(reply.problem(), "403 forbidden");
    let view = program.get("/api/session").await;
    assert_eq!(view.json["permissions"], json!(["settings:read"]));
    assert_eq!(view.json["csrf_token"], Value::Null);
    for reply in [
        program.delete("/api/session").await,
        program
            .put("/api/session/account", json!({"account": "1"}))
            .await,
    ] {
        assert_eq!(reply.problem(), "403 forbidden");
    }
    // The last use is noted beside the request.
    loop {
        let list = ada.get("/api/tokens").await;
        if list.json["data"][0]["last_used_at"].is_string() {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[db_test]
async fn nobody_makes_a_token_that_may_do_more(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let admin = server.join(&ada, "admin", "admin").await;
    let make = |scopes: Value| json!({"name": "X", "scopes": scopes});
    for (body, problem) in [
        (make(json!([])), "422 invalid scopes required"),
        (
            make(json!(["account:manage"])),
            "422 invalid scopes not_allowed",
        ),
        (make(json!(["everything"])), "422 invalid scopes[0] invalid"),
        (
            json!({"name": "", "scopes": ["audience:read"]}),
            "422 invalid name required",
        ),
        (
            json!({"name": "X", "scopes": ["audience:read"], "expires_at": "2020-01-01T00:00:00Z"}),
            "422 invalid expires_at invalid",
        ),
    ] {
        assert_eq!(admin.post("/api/tokens", body).await.problem(), problem);
    }
    let program = server
        .program(&ada, &["tokens:manage", "audience:read"])
        .await;
    let reply = program
        .post("/api/tokens", make(json!(["audience:write"])))
        .await;
    assert_eq!(reply.problem(), "422 invalid scopes not_allowed");
    let reply = program
        .post("/api/tokens", make(json!(["audience:read"])))
        .await;
    reply.expect(201);
}

#[db_test]
async fn a_token_ends_when_revoked_expired_or_its_maker_leaves(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let grace = server.join(&ada, "grace", "admin").await;
    let grace_path = format!("/api/users/{}", grace.user_id().await);
    let program = server
        .program(&grace, &["settings:read", "settings:write"])
        .await;
    program.get("/api/account").await.expect(200);
    // It loses what its maker loses.
    ada.patch(&grace_path, json!({"role": "viewer"}))
        .await
        .expect(200);
    program.get("/api/account").await.expect(200);
    let reply = program.patch("/api/account", json!({"name": "X"})).await;
    assert_eq!(reply.problem(), "403 forbidden");
    ada.delete(&grace_path).await.expect(204);
    program.get("/api/account").await.expect(401);
    // Coming back does not bring it back.
    let by = crate::users::By::command_line();
    let again = crate::users::NewMember {
        email: kernel::EmailAddress::parse("grace@example.com").unwrap(),
        name: None,
        password: None,
        role: crate::Role::Owner,
    };
    let account = ada.account_id().await.parse().unwrap();
    crate::users::add(&server.app.ctx, account, &by, again)
        .await
        .unwrap();
    program.get("/api/account").await.expect(401);

    let program = server.program(&ada, &["settings:read"]).await;
    let list = ada.get("/api/tokens").await;
    let path = format!("/api/tokens/{}", list.text("/data/0/id"));
    ada.delete(&path).await.expect(204);
    ada.delete(&path).await.expect(204);
    program.get("/api/account").await.expect(401);
    let list = ada.get("/api/tokens").await;
    assert!(list.json["data"][0]["revoked_at"].is_string());

    let end = db.clock().now() + Duration::from_mins(1);
    let made = ada
        .post(
            "/api/tokens",
            json!({"name": "Short", "scopes": ["settings:read"], "expires_at": end}),
        )
        .await;
    let program = server.stranger().bearing(made.expect(201).text("/secret"));
    program.get("/api/account").await.expect(200);
    db.clock().advance(Duration::from_mins(1));
    program.get("/api/account").await.expect(401);
}

#[db_test]
async fn tokens_of_another_account_are_not_there(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let program = server
        .program(&ada, &["settings:read", "tokens:manage"])
        .await;
    let list = ada.get("/api/tokens").await;
    let path = format!("/api/tokens/{}", list.text("/data/0/id"));
    let second = ada.post("/api/accounts", json!({"name": "Second"})).await;
    let switch = json!({"account": second.text("/id")});
    ada.put("/api/session/account", switch).await.expect(200);
    assert_eq!(ada.get("/api/tokens").await.json["data"], json!([]));
    assert_eq!(ada.delete(&path).await.problem(), "404 not_found");
    // The token stays where it was made, wherever its maker works now.
    let account = program.get("/api/account").await;
    assert_eq!(account.text("/name"), "Analytical Engines");
    assert_eq!(
        program.get("/api/accounts").await.json["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[db_test]
async fn making_a_token_twice_with_one_key_makes_one(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await.with("idempotency-key", "k1");
    let body = json!({"name": "Shop", "scopes": ["settings:read"]});
    let first = ada.post("/api/tokens", body.clone()).await;
    let again = ada.post("/api/tokens", body).await;
    assert_eq!(first.expect(201).json, again.expect(201).json);
    assert_eq!(server.number("select count(*) from api_token").await, 1);
}
