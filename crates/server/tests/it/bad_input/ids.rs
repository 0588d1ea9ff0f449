//! Ids in paths: whatever they are, what is not there is not there.

use serde_json::Value;
use testkit::TestDb;

use super::world::World;
use crate::app::{Body, Method, TestApp};

/// No id of anything.
const WRONG: [&str; 12] = [
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999",
    "abc",
    "1e3",
    "%00",
    "%ff",
    "1%0d%0aSet-Cookie:%20a=b",
    "%2e%2e%2f",
];

#[testkit::db_test]
async fn ids_that_lead_nowhere_are_not_found(db: TestDb) {
    let world = World::new(TestApp::new(db)).await;
    let document = serde_json::to_value(server::compose::routes::document()).unwrap();
    let before = world.app.rows().await;
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(at) = path.find('{') else { continue };
        let rest = path[at..].split_once('}').unwrap().1;
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            for id in WRONG {
                let path = format!("{}{id}{}", &path[..at], second(rest, id));
                let is_number = id.parse::<i64>().is_ok();
                let reply = world
                    .owner
                    .send(method.clone(), &path, body_for(operation))
                    .await;
                // An id that could be one may be looked up after the body was read.
                let refused = matches!(reply.status.as_u16(), 422 | 415) && is_number;
                assert!(reply.status == 404 || refused, "{reply}");
                asked += 1;
            }
        }
    }
    assert!(asked > 500, "only {asked} requests were made");
    assert_eq!(world.app.rows().await, before);
}

/// The path after its first id, with the id in the other place too.
fn second(rest: &str, id: &str) -> String {
    match rest.split_once('{') {
        Some((before, after)) => format!("{before}{id}{}", after.split_once('}').unwrap().1),
        None => rest.to_owned(),
    }
}

/// Something for whoever wants a body.
fn body_for(operation: &Value) -> Body {
    let json = &operation["requestBody"]["content"]["application/json"];
    if json.is_null() {
        Body::Nothing
    } else {
        Body::Json(serde_json::json!({}))
    }
}

#[testkit::db_test]
async fn what_belongs_to_others_is_neither_seen_nor_touched(db: TestDb) {
    let world = World::new(TestApp::new(db)).await;
    let theirs = world.id("other_person");
    for kind in ["group", "tag", "segment"] {
        let id = world.id(&format!("other_{kind}"));
        let list = world
            .owner
            .get(&format!("/api/subscribers?{kind}={id}"))
            .await;
        let shown = list.json["data"].as_array().map_or(0, Vec::len);
        assert_eq!(shown, 0, "{list}");
    }
    let selection = serde_json::json!({
        "selection": {"ids": [theirs]},
        "action": {"type": "delete"},
    });
    let action = world
        .owner
        .post("/api/subscribers/bulk-update", selection)
        .await
        .created();
    world.app.run_jobs().await;
    let action = world
        .owner
        .get(&format!("/api/bulk-actions/{action}"))
        .await;
    assert_eq!(action.text("/state"), "completed", "{action}");
    assert_eq!(action.number("/changed"), 0, "{action}");
    world
        .other
        .get(&format!("/api/subscribers/{theirs}"))
        .await
        .expect(200);
}
