//! After a back-up was restored, nothing is done again before somebody says so.

use std::time::Duration;

use serde_json::json;
use testkit::TestDb;

use super::{HOUR, World};
use crate::automations;
use crate::migrate::Resume;
use crate::runs::RunStatus;

#[testkit::db_test]
async fn what_a_back_up_would_do_again_waits_for_somebody(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let id = world
        .live(json!({
            "triggers": [{"id": "joined", "on": {"event": "group.joined", "with": {"group": "7"}}, "start": "rest"}],
            "steps": [
                {"id": "rest", "kind": "wait", "with": {"hours": 1}, "next": "count"},
                {"id": "count", "kind": "increment_field", "with": {"field": "score", "by": 1}, "next": "done"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 7).await;
    world.settle().await;
    assert_eq!(automations::hold_restored(&world.ctx).await.unwrap(), 1);
    assert_eq!(automations::hold_restored(&world.ctx).await.unwrap(), 0);
    world.pass(HOUR * 48).await;
    assert_eq!(world.run(id).await.status, RunStatus::Waiting);
    assert_eq!(world.number("select score from subscriber").await, 0);

    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    automations::resume(ctx, account, actor, id, Resume::CatchUp)
        .await
        .unwrap();
    world.pass(Duration::from_secs(1)).await;
    assert_eq!(world.number("select score from subscriber").await, 1);
}
