//! Too long, too large, too many.

use serde_json::json;
use testkit::TestDb;

use super::world::World;
use crate::app::{Body, Method, TestApp};

#[testkit::db_test]
async fn what_is_too_long_is_refused(db: TestDb) {
    let world = World::new(TestApp::new(db)).await;
    let long = "ñ".repeat(10_000);
    let campaign = format!("/api/campaigns/{}", world.id("campaign"));
    let person = format!("/api/subscribers/{}", world.id("person"));
    for (method, path, body, problem) in [
        (
            Method::POST,
            "/api/groups",
            json!({"name": long}),
            "422 invalid name:too_long",
        ),
        (
            Method::POST,
            "/api/tags",
            json!({"name": long}),
            "422 invalid name:too_long",
        ),
        (
            Method::POST,
            "/api/segments",
            json!({"name": long, "rule": {"all": []}}),
            "422 invalid name:too_long",
        ),
        (
            Method::POST,
            "/api/fields",
            json!({"key": "k".repeat(10_000), "name": "x", "kind": "text"}),
            "422 invalid key:invalid",
        ),
        (
            Method::POST,
            "/api/fields",
            json!({"key": "k", "name": long, "kind": "text"}),
            "422 invalid name:too_long",
        ),
        (
            Method::POST,
            "/api/campaigns",
            json!({"name": long}),
            "422 invalid name:too_long",
        ),
        (
            Method::POST,
            "/api/transports",
            json!({"name": long, "kind": "sandbox"}),
            "422 invalid name:too_long",
        ),
        (
            Method::POST,
            "/api/tokens",
            json!({"name": long, "scopes": ["audience:read"]}),
            "422 invalid name:too_long",
        ),
        (
            Method::POST,
            "/api/accounts",
            json!({"name": long}),
            "422 invalid name:too_long",
        ),
        (
            Method::PATCH,
            "/api/account",
            json!({"sender_name": long}),
            "422 invalid sender_name:too_long",
        ),
        (
            Method::PATCH,
            &person,
            json!({"first_name": long}),
            "422 invalid first_name:too_long",
        ),
        (
            Method::PATCH,
            &person,
            json!({"fields": {"city": long}}),
            "422 invalid fields.city:too_long",
        ),
        (
            Method::PATCH,
            &person,
            json!({"email": format!("{}@example.com", "a".repeat(10_000))}),
            "422 invalid email:invalid_email",
        ),
        (
            Method::PATCH,
            &campaign,
            json!({"content": {"subject": long, "body": {"kind": "text", "text": "x"}}}),
            "422 invalid content.subject:too_long",
        ),
        (
            Method::POST,
            "/api/session",
            json!({"email": "ada@example.com", "password": long}),
            "422 invalid password:wrong_credentials",
        ),
        (
            Method::POST,
            "/api/suppressions",
            json!({"emails": vec!["a@example.com"; 1001]}),
            "422 invalid emails:too_many",
        ),
        (
            Method::POST,
            "/api/subscribers/bulk-update",
            json!({"selection": {"ids": vec!["5"; 10_001]}, "action": {"type": "delete"}}),
            "422 invalid selection.ids:too_many",
        ),
    ] {
        world.refuses(method, path, Body::Json(body), problem).await;
    }
    world.finish();
}

#[testkit::db_test]
async fn what_is_too_large_is_refused(db: TestDb) {
    let world = World::new(TestApp::new(db)).await;
    let problem = "413 body_too_large";
    let three_megabytes = json!({"name": "x".repeat(3 << 20)});
    let campaign = format!("/api/campaigns/{}", world.id("campaign"));
    for (method, path) in [
        (Method::POST, "/api/groups"),
        (Method::POST, "/api/subscribers"),
        (Method::POST, "/api/campaigns"),
        (Method::POST, "/api/session"),
        (Method::POST, "/api/setup"),
        (Method::PATCH, "/api/account"),
        (Method::PATCH, &campaign),
    ] {
        let body = Body::Json(three_megabytes.clone());
        world.refuses(method, path, body, problem).await;
    }
    let keyed = world.owner.clone().with("idempotency-key", "large");
    let reply = keyed.post("/api/groups", three_megabytes).await;
    assert_eq!(reply.problem(), problem);
    world.finish();
}
