//! What fails with us again and again stands still where people see it, and keeps nobody else from going on.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::TestDb;

use super::{HOUR, World, is_over};
use crate::automations;
use crate::engine::{self, Action, Follow, pump};
use crate::ids::{AutomationId, VersionId};
use crate::migrate::{Plan, Policy, Resume};
use crate::runs::RunStatus;

fn waiting() -> Value {
    json!({
        "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "wait"}],
        "steps": [
            {"id": "wait", "kind": "wait_for_any", "next": "late", "with": {"timeout": {"hours": 1}, "paths": [
                {"id": "bought", "on": {"event": "event.custom", "with": {"name": "buy"}}, "next": "thanks"}]}},
            {"id": "late", "kind": "end"},
            {"id": "thanks", "kind": "end"}]})
}

/// Ada finishes on a version that nobody can read any more, Bob is on the next.
async fn with_a_broken_version(world: &World) -> (AutomationId, VersionId) {
    let id = world.live(waiting()).await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    let old = world.run(id).await.version_id;
    let plan = Plan {
        policy: Policy::FinishOld,
        ..Plan::default()
    };
    world.edit(id, waiting(), plan).await;
    let bob = world.person("bob@example.com").await;
    world.event(bob, "go", json!({})).await;
    world.settle().await;
    assert_eq!(world.runs(id).await.len(), 2);
    world
        .sql(&format!(
            "update automation_version set document = '-' || document where id = {old}"
        ))
        .await;
    (id, old)
}

async fn mend(world: &World, id: AutomationId, old: VersionId) {
    world
        .sql(&format!(
            "update automation_version set document = substr(document, 2) where id = {old}"
        ))
        .await;
    let runs: Vec<_> = world.runs(id).await.iter().map(|run| run.id).collect();
    let mut tx = world.ctx.write().await.unwrap();
    let (ctx, engine, account) = (&world.ctx, &world.engine, world.account);
    let fitted = engine::act(ctx, &mut tx, engine, account, id, &runs, &Action::Retry);
    assert_eq!(fitted.await.unwrap(), 1);
    tx.commit().await.unwrap();
    world.settle().await;
}

#[testkit::db_test]
async fn a_timer_that_cannot_be_handled_halts_its_run_and_nobody_else(db: TestDb) {
    let world = World::new(&db).await;
    let (id, old) = with_a_broken_version(&world).await;
    world.clock.advance(HOUR);
    pump::pass(&world.ctx, &world.engine).await.unwrap();
    let [bob, ada] = &world.runs(id).await[..] else {
        panic!("two runs");
    };
    assert!(is_over(bob), "{bob:?}");
    assert_eq!(ada.status, RunStatus::Waiting, "it may pass");
    for _ in 0..4 {
        world.clock.advance(Duration::from_secs(30));
        pump::pass(&world.ctx, &world.engine).await.unwrap();
    }
    let ada = &world.runs(id).await[1];
    assert_eq!(ada.status, RunStatus::Failed);
    assert!(ada.error.as_ref().unwrap().contains("internal error"));
    world.check().await;
    mend(&world, id, old).await;
    let ada = &world.runs(id).await[1];
    assert!(is_over(ada));
    assert_eq!(ada.step.as_str(), "late");
    world.check().await;
}

#[testkit::db_test]
async fn an_event_that_cannot_be_handled_is_not_lost_and_holds_nobody_up(db: TestDb) {
    let world = World::new(&db).await;
    let (id, old) = with_a_broken_version(&world).await;
    let ada = world.runs(id).await[1].subscriber_id;
    world.event(ada, "buy", json!({})).await;
    let follow = Follow::new(world.engine.clone());
    let mut refused = 0;
    // It waits for whatever holds the event back.
    while events::catch_up(&world.ctx, &follow).await.is_err() {
        refused += 1;
        assert!(refused < 10, "it is never passed over");
    }
    assert_eq!(refused, 3);
    let run = &world.runs(id).await[1];
    assert_eq!(run.status, RunStatus::Failed);
    mend(&world, id, old).await;
    assert_eq!(world.runs(id).await[1].step.as_str(), "thanks");
    world.check().await;
}

#[testkit::db_test]
async fn a_run_that_cannot_be_moved_is_halted_and_the_sweep_goes_on(db: TestDb) {
    let world = World::new(&db).await;
    let (id, old) = with_a_broken_version(&world).await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    automations::pause(ctx, account, actor, id).await.unwrap();
    world.clock.advance(HOUR);
    automations::resume(ctx, account, actor, id, Resume::CatchUp)
        .await
        .unwrap();
    for _ in 0..5 {
        world.settle().await;
    }
    let [bob, ada] = &world.runs(id).await[..] else {
        panic!("two runs");
    };
    assert!(is_over(bob), "{bob:?}");
    assert_eq!(ada.status, RunStatus::Failed);
    let live = automations::get(ctx, account, id).await.unwrap();
    assert!(live.moving.is_none());
    mend(&world, id, old).await;
    assert!(is_over(&world.runs(id).await[1]));
    world.check().await;
}

#[testkit::db_test]
async fn what_is_stored_of_a_run_and_cannot_be_read_stands_still(db: TestDb) {
    let world = World::new(&db).await;
    let id = world.live(waiting()).await;
    let (ada, bob) = (
        world.person("ada@example.com").await,
        world.person("bob@example.com").await,
    );
    world.event(ada, "go", json!({})).await;
    world.event(bob, "go", json!({})).await;
    world.settle().await;
    world
        .sql(&format!(
            "update automation_run set hold = '[' where contact_id = {ada}"
        ))
        .await;
    world.pass(HOUR).await;
    for run in world.runs(id).await {
        if run.subscriber_id == ada {
            assert_eq!(run.status, RunStatus::Failed);
            assert!(run.error.unwrap().contains("cannot be read"));
        } else {
            assert!(is_over(&run));
        }
    }
}

#[testkit::db_test]
async fn a_run_that_cannot_be_told_of_its_mail_is_told_when_that_is_mended(db: TestDb) {
    let world = World::new(&db).await;
    let template = world.template("Hello").await;
    let document = json!({
        "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "mail"}],
        "steps": [
            {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "done", "on_failure": "failed"},
            {"id": "failed", "kind": "end"},
            {"id": "done", "kind": "end"}]});
    let id = world.live(document.clone()).await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    let old = world.run(id).await.version_id;
    let plan = Plan {
        policy: Policy::FinishOld,
        ..Plan::default()
    };
    world.edit(id, document, plan).await;
    let bob = world.person("bob@example.com").await;
    world.event(bob, "go", json!({})).await;
    world.settle().await;
    world
        .sql(&format!(
            "update automation_version set document = '-' || document where id = {old}"
        ))
        .await;
    world.sql("update message set state = 'sent'").await;
    for _ in 0..4 {
        world.pass(Duration::from_secs(30)).await;
    }
    let [bob, ada] = &world.runs(id).await[..] else {
        panic!("two runs");
    };
    assert!(is_over(bob), "{bob:?}");
    assert_eq!(ada.status, RunStatus::Failed);
    world.check().await;
    mend(&world, id, old).await;
    let ada = &world.runs(id).await[1];
    assert_eq!(ada.step.as_str(), "done");
    assert_eq!(world.messages().await, 2, "nobody is written to again");
    world.check().await;
}
