use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::Request;
use axum::routing::{get, post};
use kernel::{AccountId, EmailAddress, Timestamp};
use serde::Deserialize;

use super::{Json, Path, Query};
use crate::testing::{self, send};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only how they are read counts")]
struct Person {
    email: EmailAddress,
    age: Option<u8>,
    born: Option<Timestamp>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default, deserialize_with = "super::present")]
    note: Option<Option<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only how they are read counts")]
struct Tag {
    name: String,
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Plain,
    Fancy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only how they are read counts")]
struct Filter {
    limit: Option<usize>,
    since: Option<Timestamp>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only how they are read counts")]
struct Word {
    word: String,
}

fn router() -> Router {
    Router::new()
        .route(
            "/people",
            post(async |Json(person): Json<Person>| format!("{:?}", person.note)),
        )
        .route("/words", get(async |Query(_): Query<Word>| ""))
        .route("/list", get(async |Query(_): Query<Filter>| ""))
        .route("/one/{id}", get(async |Path(_): Path<AccountId>| ""))
        .route(
            "/pair/{account}/{n}",
            get(async |Path((_, _)): Path<(AccountId, u32)>| ""),
        )
        .layer(DefaultBodyLimit::max(1000))
}

/// Of each body: status, code, and the field, code and message of the first fault.
async fn refusals(requests: impl IntoIterator<Item = Request<Body>>) -> Vec<String> {
    let router = router();
    let mut lines = Vec::new();
    for request in requests {
        let reply = send(&router, request).await;
        assert_eq!(reply.header("content-type"), "application/problem+json");
        let json = reply.json();
        let fault = &json["errors"][0];
        let text = |name: &str| fault[name].as_str().unwrap_or("-").to_owned();
        lines.push(format!(
            "{} {} | {} | {} | {}",
            reply.status.as_u16(),
            json["code"].as_str().unwrap(),
            text("field"),
            text("code"),
            text("message"),
        ));
    }
    lines
}

#[tokio::test]
async fn a_body_s_faults_are_named() {
    let bodies = [
        r#"{"email": "ada@example.com", "agee": 3}"#,
        r#"{"age": 3}"#,
        r#"{"email": "ada@"}"#,
        r#"{"email": 5}"#,
        r#"{"email": "ada@example.com", "age": "three"}"#,
        r#"{"email": "ada@example.com", "age": 300}"#,
        r#"{"email": "ada@example.com", "age": -1.5}"#,
        r#"{"email": "ada@example.com", "born": "yesterday"}"#,
        r#"{"email": "ada@example.com", "tags": {}}"#,
        r#"{"email": "ada@example.com", "tags": [{"name": "a", "kind": "plain"}, {"name": "b", "kind": "x"}]}"#,
        r#"{"email": "ada@example.com", "tags": [{"name": "a"}]}"#,
        r#"{"email": "ada@example.com", "tags": [{"name": "a", "kind": "plain", "colour": 1}]}"#,
        r#"{"email": "ada@example.com", "email": "eve@example.com"}"#,
        r#"{"email": "ada@example.com", "note": "a\u0000b"}"#,
        r#"{"email": "ada@example.com", "tags": [{"name": "a\u0000", "kind": "plain"}]}"#,
        "[]",
        r#" ["ada@example.com", null, null, [], null]"#,
        "null",
    ];
    let lines = refusals(bodies.map(|body| testing::post("/people", body))).await;
    let wanted = [
        "422 invalid | agee | unknown | is not known here; known: email, age, born, tags, note",
        "422 invalid | email | required | is required",
        "422 invalid | email | invalid_email | the email address has nothing after the @",
        "422 invalid | email | wrong_type | expected a string, got integer 5",
        "422 invalid | age | wrong_type | expected a whole number, got string \"three\"",
        "422 invalid | age | invalid | expected a whole number from 0 to 255, got integer 300",
        "422 invalid | age | wrong_type | expected a whole number, got floating point -1.5",
        "422 invalid | born | invalid | expected a time in RFC 3339, such as 2026-05-04T09:30:00Z",
        "422 invalid | tags | wrong_type | expected a list, got map",
        "422 invalid | tags[1].kind | invalid | is not one of the choices; known: plain or fancy",
        "422 invalid | tags[0].kind | required | is required",
        "422 invalid | tags[0].colour | unknown | is not known here; known: name or kind",
        "422 invalid | email | duplicate | is given more than once",
        "422 invalid | note | nul_character | contains a NUL character (U+0000); remove it",
        "422 invalid | tags[0].name | nul_character | contains a NUL character (U+0000); remove it",
        "422 invalid | body | wrong_type | expected an object, got a list",
        "422 invalid | body | wrong_type | expected an object, got a list",
        "422 invalid | body | wrong_type | expected an object, got null",
    ];
    for (line, wanted) in lines.iter().zip(wanted) {
        assert_eq!(line, wanted);
    }
}

#[tokio::test]
async fn what_is_no_json_is_refused_before_it_is_read() {
    let plain = |kind: Option<&str>, body: &str| {
        let mut request = Request::post("/people");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        request.body(Body::from(body.to_owned())).unwrap()
    };
    let long = format!("{{\"email\": \"{}\"}}", "a".repeat(1000));
    let json = Some("application/json; charset=utf-8");
    let lines = refusals([
        plain(None, "{}"),
        plain(Some("text/plain"), "{}"),
        plain(json, ""),
        plain(json, "{\"email\": "),
        plain(json, "{\"email\": \"ada@example.com\"} x"),
        plain(json, &long),
        plain(json, &"[".repeat(500)),
    ])
    .await;
    let statuses: Vec<&str> = lines.iter().filter_map(|l| l.split(" |").next()).collect();
    assert_eq!(
        statuses,
        [
            "415 unsupported_media_type",
            "415 unsupported_media_type",
            "400 invalid_json",
            "400 invalid_json",
            "400 invalid_json",
            "413 body_too_large",
            "422 invalid",
        ]
    );
}

#[tokio::test]
async fn queries_and_paths_name_their_parts() {
    let lines = refusals(
        [
            "/list?limit=many",
            "/list?limt=5",
            "/list?limit=1&limit=2",
            "/list?since=today",
            "/list?limit=99999999999999999999999",
            "/words?word=a%00b",
            "/one/abc",
            "/one/99999999999999999999",
            "/pair/5/x",
            "/one/%ff",
        ]
        .map(testing::get),
    )
    .await;
    let wanted = [
        "422 invalid | limit | wrong_type | expected a whole number",
        "422 invalid | limt | unknown | is not known here; known: limit or since",
        "422 invalid | limit | duplicate | is given more than once",
        "422 invalid | since | invalid | expected a time in RFC 3339, such as 2026-05-04T09:30:00Z",
        "422 invalid | limit | invalid | this number is too large",
        "422 invalid | word | nul_character | contains a NUL character (U+0000); remove it",
        "404 not_found | id | invalid | expected an id: a string of digits",
        "404 not_found | id | invalid | expected an id: a string of digits",
        "404 not_found | n | invalid | expected a whole number",
        "404 not_found | id | invalid | is not UTF-8",
    ];
    for (line, wanted) in lines.iter().zip(wanted) {
        assert_eq!(line, wanted);
    }
}

#[tokio::test]
async fn null_is_told_from_absent() {
    let router = router();
    for (body, wanted) in [
        (r#"{"email": "ada@example.com"}"#, "None"),
        (
            r#"{"email": "ada@example.com", "note": null}"#,
            "Some(None)",
        ),
        (
            r#"{"email": "ada@example.com", "note": "x"}"#,
            "Some(Some(\"x\"))",
        ),
        (
            r#"{"email": "ada@example.com", "note": "\\u0000"}"#,
            "Some(Some(\"\\\\u0000\"))",
        ),
    ] {
        assert_eq!(
            send(&router, testing::post("/people", body)).await.text,
            wanted
        );
    }
}
