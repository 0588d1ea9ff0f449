//! Repeats of a POST with an `Idempotency-Key`.

use serde_json::json;
use testkit::TestDb;

use crate::app::TestApp;

#[testkit::db_test]
async fn a_repeat_has_one_effect_and_the_same_answer(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let other = app.other_owner().await;
    let key = "5f0c9f2e-1";
    let once = owner.clone().with("idempotency-key", key);
    let group = json!({"name": "Once"});

    let first = once.post("/api/groups", group.clone()).await.expect(201);
    let rows = app.rows().await;
    let again = once.post("/api/groups", group.clone()).await.expect(201);
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(app.rows().await, rows, "a repeat changes nothing");

    let another = once.post("/api/groups", json!({"name": "Another"})).await;
    assert_eq!(another.problem(), "422 idempotency_key_reused");
    assert_eq!(app.rows().await, rows);

    // Refusals are repeated as well, and the key of somebody else is another key.
    let twice = owner.clone().with("idempotency-key", "5f0c9f2e-2");
    for _ in 0..2 {
        let taken = twice.post("/api/groups", group.clone()).await;
        assert_eq!(taken.problem(), "422 invalid name:taken");
    }
    other
        .with("idempotency-key", key)
        .post("/api/groups", group.clone())
        .await
        .expect(201);

    for bad in ["", " ", &"x".repeat(256)] {
        let refused = owner
            .clone()
            .with("idempotency-key", bad)
            .post("/api/groups", json!({"name": "Never"}))
            .await;
        assert_eq!(refused.problem(), "400 idempotency_key_invalid", "{bad:?}");
    }
    app.advance(std::time::Duration::from_hours(25));
    app.run_jobs().await;
    let late = once.post("/api/groups", group).await;
    assert_eq!(
        late.problem(),
        "422 invalid name:taken",
        "the key is forgotten"
    );
}
