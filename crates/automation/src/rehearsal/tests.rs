//! Trying out, without a database of its own for what happens.

use serde_json::json;
use testkit::TestDb;

use super::{Rehearsal, rehearse};
use crate::engine::tests::World;

#[testkit::db_test]
async fn a_story_without_end_is_cut_off_and_says_so(db: TestDb) {
    let world = World::new(&db).await;
    let id = world
        .draft(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "count"}],
            "steps": [
                {"id": "count", "kind": "increment_field", "with": {"field": "score", "by": 1}, "next": "rest"},
                {"id": "rest", "kind": "wait", "with": {"minutes": 1}, "next": "count"}]}))
        .await;
    let wanted: Rehearsal =
        serde_json::from_value(json!({"contact": {"email": "ada@example.com"}})).unwrap();
    let told = rehearse(&world.ctx, world.account, id, wanted)
        .await
        .unwrap();
    assert_eq!(told.story.len(), 2000);
    let last = told.story.last().unwrap();
    assert_eq!(last.what, "stopped");
    assert!(
        last.detail.as_ref().unwrap().contains("cut off"),
        "{last:?}"
    );
    assert_ne!(told.story[1998].what, "stopped");
    assert!(told.outcome.is_none() && told.waiting_at.is_some());
}
