//! Bodies that are not what they say they are.

use testkit::TestDb;

use super::world::World;
use crate::app::{Body, Method, TestApp};

#[testkit::db_test]
async fn bodies_that_are_no_json_are_refused(db: TestDb) {
    let world = World::new(TestApp::new(db)).await;
    let json = "application/json";
    let good = b"{\"name\": \"x\"}".to_vec();
    let nested = |inner: &[u8]| [b"{\"name\": ", inner, b"}"].concat();
    for (media_type, body, problem) in [
        (json, Vec::new(), "400 invalid_json"),
        (json, b"{\"name\": \"\xff\"}".to_vec(), "400 invalid_json"),
        (json, b"{\"name\": \"a\0b\"}".to_vec(), "400 invalid_json"),
        (
            json,
            [b"\xef\xbb\xbf".to_vec(), good.clone()].concat(),
            "400 invalid_json",
        ),
        (json, utf16(&good), "400 invalid_json"),
        (json, b"[".repeat(100_000), "422 invalid body:wrong_type"),
        (
            json,
            nested(&b"[".repeat(100_000)),
            "422 invalid name:wrong_type",
        ),
        (
            json,
            nested(&b"{\"a\":".repeat(100_000)),
            "422 invalid name:wrong_type",
        ),
        ("", good.clone(), "415 unsupported_media_type"),
        ("text/plain", good.clone(), "415 unsupported_media_type"),
        (
            "text/html; application/json",
            good.clone(),
            "415 unsupported_media_type",
        ),
        (
            "application/x-www-form-urlencoded",
            b"name=x".to_vec(),
            "415 unsupported_media_type",
        ),
        (
            "multipart/form-data; boundary=x",
            b"--x--".to_vec(),
            "415 unsupported_media_type",
        ),
    ] {
        let body = Body::Raw(media_type, body);
        world
            .refuses(Method::POST, "/api/groups", body, problem)
            .await;
    }
    world.finish();
}

fn utf16(ascii: &[u8]) -> Vec<u8> {
    ascii.iter().flat_map(|byte| [*byte, 0]).collect()
}

#[testkit::db_test]
async fn credentials_that_are_none_are_refused(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let end = Some("2026-05-04T10:30:00Z");
    let expired = app.program_until(&owner, &["audience:write"], end).await;
    let revoked = app.program(&owner, &["audience:write"]).await;
    let newest = owner.get("/api/tokens").await;
    let newest = newest.text("/data/0/id");
    owner
        .delete(&format!("/api/tokens/{newest}"))
        .await
        .expect(204);
    app.advance(std::time::Duration::from_hours(2));
    let nobody = app.anonymous();
    let with = |value: &str| nobody.clone().with("authorization", value);
    for who in [
        expired,
        revoked,
        nobody.clone(),
        with(""),
        with("Bearer"),
        with("Bearer "),
        with("Bearer nothing"),
        with("Basic YWRhOmhlbGxv"),
        with(&format!("Bearer {}", "x".repeat(10_000))),
        nobody
            .clone()
            .with("cookie", "__Host-sendero_session=nothing"),
        nobody.clone().with("cookie", "__Host-sendero_session="),
    ] {
        for body in ["{\"name\": \"x\"}", "{"] {
            let body = Body::Raw("application/json", body.into());
            let before = app.rows().await;
            let reply = who.send(Method::POST, "/api/groups", body).await;
            assert_eq!(reply.problem(), "401 unauthenticated", "{reply}");
            assert!(reply.header("www-authenticate").starts_with("Bearer"));
            assert_eq!(app.rows().await, before);
        }
    }
}
