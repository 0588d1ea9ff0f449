//! Templates that never end, or that become too much.

use serde_json::{Value, json};
use testkit::TestDb;

use super::world::World;
use crate::app::{Body, Method, TestApp};

fn html(text: &str) -> Value {
    json!({"subject": "x", "body": {"kind": "html", "html": text}})
}

#[testkit::db_test]
async fn templates_that_grow_without_end_are_refused(db: TestDb) {
    let world = World::new(TestApp::new(db)).await;
    let campaign = format!("/api/campaigns/{}", world.id("campaign"));
    let before = world.owner.get(&format!("{campaign}/content")).await.json;
    let deep_blocks = format!(
        "{}x{}",
        "{% if first_name %}".repeat(500),
        "{% endif %}".repeat(500)
    );
    let deep_expression = format!("{{{{ {}1{} }}}}", "(".repeat(20_000), ")".repeat(20_000));
    let long_chain = format!("{{{{ first_name{} }}}}", " | upper".repeat(20_000));
    let deep_elements = format!("{}x{}", "<div>".repeat(50_000), "</div>".repeat(50_000));
    let power = "{{ 10 ** 10 ** 10 }}".to_owned();
    let times = "{{ 'x' * 1000000000 }}".to_owned();
    let widths = "{{ first_name | center(1000000000) }}".to_owned();
    for text in [
        deep_blocks,
        deep_expression,
        long_chain,
        power,
        times,
        widths,
    ] {
        let short: String = text.chars().take(60).collect();
        let body = Body::Json(json!({"content": html(&text)}));
        let reply = world.owner.send(Method::PATCH, &campaign, body).await;
        assert_eq!(reply.status, 422, "{short}: {reply}");
        assert!(
            reply.problem().contains("content.body.html:"),
            "{short}: {}",
            reply.problem()
        );
        let findings = world
            .owner
            .post("/api/content/check", html(&text))
            .await
            .expect(200);
        assert!(
            findings.json["findings"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one["severity"] == "error")),
            "{short}: {findings}"
        );
    }
    let after = world.owner.get(&format!("{campaign}/content")).await.json;
    assert_eq!(after, before, "nothing was kept");

    // A lot, and no fault: it is taken, and can be shown.
    let body = json!({"content": html(&deep_elements)});
    let reply = world.owner.patch(&campaign, body).await;
    assert!([200, 422].contains(&reply.status.as_u16()), "{reply}");
    world
        .owner
        .get(&format!("{campaign}/preview"))
        .await
        .expect(200);
}

#[testkit::db_test]
async fn loops_within_loops_come_to_an_end(db: TestDb) {
    let world = World::new(TestApp::new(db)).await;
    let campaign = format!("/api/campaigns/{}", world.id("campaign"));
    let mut text = "x".to_owned();
    for n in 0..19 {
        text = format!("{{% for a{n} in [1,2,3,4,5,6,7,8,9] %}}{text}{{% endfor %}}");
    }
    let body = Body::Json(json!({"content": html(&text)}));
    world
        .refuses(
            Method::PATCH,
            &campaign,
            body,
            "422 invalid content.body.html:too_much_work",
        )
        .await;
    world.finish();
}
