//! While an automation is paused nothing goes on, and nothing of what arrives is lost.

use serde_json::json;
use testkit::TestDb;

use super::{DAY, HOUR, World, is_over, welcome};
use crate::automations;
use crate::definition::StepId;
use crate::engine::{self, Action, NET, outbox, pump};
use crate::ids::AutomationId;
use crate::migrate::Resume;
use crate::runs::RunStatus;

async fn pause(world: &World, id: AutomationId) {
    automations::pause(&world.ctx, world.account, &world.actor, id)
        .await
        .unwrap();
}

async fn resume(world: &World, id: AutomationId, how: Resume) {
    automations::resume(&world.ctx, world.account, &world.actor, id, how)
        .await
        .unwrap();
}

#[testkit::db_test]
async fn what_becomes_of_a_mail_in_a_pause_counts_when_it_is_over(db: TestDb) {
    let world = World::new(&db).await;
    let template = world.template("Hello").await;
    let id = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "mail"}],
            "steps": [
                {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "done", "on_failure": "failed"},
                {"id": "failed", "kind": "end"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    pause(&world, id).await;
    world
        .sql("update message set state = 'failed', detail = '550 no'")
        .await;
    world.settle().await;
    assert_eq!(world.run(id).await.status, RunStatus::Sending);
    resume(&world, id, Resume::CatchUp).await;
    world.settle().await;
    let run = world.run(id).await;
    assert!(is_over(&run));
    assert_eq!(run.step.as_str(), "failed");
    world.check().await;
}

#[testkit::db_test]
async fn what_comes_back_in_a_pause_is_kept(db: TestDb) {
    let world = World::new(&db).await;
    let owner = world.owner.to_string();
    let id = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "tell"}],
            "steps": [
                {"id": "tell", "kind": "notify_team", "next": "done", "on_failure": "failed", "with": {
                    "users": [owner], "subject": "Somebody", "text": "bought"}},
                {"id": "failed", "kind": "end"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.follow().await;
    // A worker has it when the pause begins.
    let mut taken = outbox::take(&world.ctx, 10).await.unwrap();
    assert_eq!(taken.len(), 1);
    pause(&world, id).await;
    outbox::one(&world.ctx, &world.engine, taken.remove(0)).await;
    world.settle().await;
    assert_eq!(world.run(id).await.status, RunStatus::Sending);
    let done = "select count(*) as n from automation_effect where state = 'done'";
    assert_eq!(world.number(done).await, 1);
    resume(&world, id, Resume::CatchUp).await;
    world.settle().await;
    assert!(is_over(&world.run(id).await));
    assert_eq!(world.run(id).await.step.as_str(), "done");
    world.check().await;
}

#[testkit::db_test]
async fn nobody_leads_runs_on_in_a_pause_and_everybody_can_take_them_out(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let id = world.live(welcome(&template, 7)).await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 7).await;
    world.settle().await;
    let run = world.run(id).await;
    pause(&world, id).await;
    let act = async |action: Action| {
        let mut tx = world.ctx.write().await.unwrap();
        let (ctx, engine, account) = (&world.ctx, &world.engine, world.account);
        let fitted = engine::act(ctx, &mut tx, engine, account, id, &[run.id], &action).await;
        if fitted.is_ok() {
            tx.commit().await.unwrap();
        }
        fitted
    };
    for action in [
        Action::Retry,
        Action::Skip,
        Action::Resume,
        Action::Move(StepId::parse("welcome").unwrap()),
    ] {
        let refused = act(action).await.unwrap_err();
        assert!(
            matches!(
                refused,
                kernel::Error::Conflict {
                    code: "automation_paused",
                    ..
                }
            ),
            "{refused:?}"
        );
    }
    assert_eq!(world.run(id).await.step.as_str(), "rest");
    assert_eq!(world.messages().await, 1);
    assert_eq!(act(Action::Exit).await.unwrap(), 1);
    assert!(is_over(&world.run(id).await));
    world.check().await;
}

#[testkit::db_test]
async fn after_a_pause_no_timer_fires_before_it_was_made_later(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let id = world.live(welcome(&template, 7)).await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 7).await;
    world.settle().await;
    pause(&world, id).await;
    world.pass(2 * DAY).await;
    resume(&world, id, Resume::Shift).await;
    // Before the sweep has come to it.
    assert_eq!(pump::pass(&world.ctx, &world.engine).await.unwrap(), 0);
    assert!(pump::rest(&world.ctx, &world.engine).await.unwrap() >= NET);
    let bob = world.person("bob@example.com").await;
    world.join(bob, 7).await;
    world.follow().await;
    assert_eq!(world.runs(id).await.len(), 2);
    world.settle().await;
    world.pass(23 * HOUR).await;
    assert!(!world.runs(id).await.iter().any(is_over), "too early");
    world.pass(HOUR).await;
    assert!(
        world.runs(id).await.iter().all(is_over),
        "who came in after the pause is not later for it"
    );
    world.check().await;
}

#[testkit::db_test]
async fn what_happened_in_a_pause_decides_before_the_time_out_of_the_pause(db: TestDb) {
    let world = World::new(&db).await;
    let id = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "wait"}],
            "steps": [
                {"id": "wait", "kind": "wait_for_any", "next": "late", "with": {"timeout": {"hours": 1}, "paths": [
                    {"id": "bought", "on": {"event": "event.custom", "with": {"name": "buy"}}, "next": "thanks"}]}},
                {"id": "late", "kind": "end"},
                {"id": "thanks", "kind": "end"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    pause(&world, id).await;
    world.event(ada, "buy", json!({})).await;
    world.pass(2 * HOUR).await;
    resume(&world, id, Resume::CatchUp).await;
    assert_eq!(pump::pass(&world.ctx, &world.engine).await.unwrap(), 0);
    world.settle().await;
    assert_eq!(world.run(id).await.step.as_str(), "thanks");
    world.check().await;
}

/// Puts people into a group, and then waits until somebody is put there.
fn joins_and_waits() -> serde_json::Value {
    json!({
        "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "join"}],
        "steps": [
            {"id": "join", "kind": "add_group", "with": {"group": "7"}, "next": "wait"},
            {"id": "wait", "kind": "wait_for_any", "next": "late", "with": {"timeout": {"hours": 2}, "paths": [
                {"id": "again", "on": {"event": "group.joined", "with": {"group": "7"}}, "next": "again"}]}},
            {"id": "late", "kind": "end"},
            {"id": "again", "kind": "end"}]})
}

#[testkit::db_test]
async fn what_a_run_did_before_it_waited_is_no_news_for_it_after_a_pause(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let id = world.live(joins_and_waits()).await;
    let (ada, bob) = (
        world.person("ada@example.com").await,
        world.person("bob@example.com").await,
    );
    world.event(ada, "go", json!({})).await;
    world.event(bob, "go", json!({})).await;
    world.settle().await;
    let halted: Vec<_> = world.runs(id).await;
    assert!(halted.iter().all(|run| run.step.as_str() == "wait"));
    pause(&world, id).await;
    // Somebody puts one of them there once more, while nothing goes on.
    let mut leaves = audience::subscribers::PersonChange::default();
    leaves.groups.insert(7.into(), false);
    world.change(bob, leaves).await;
    world.join(bob, 7).await;
    world.settle().await;
    resume(&world, id, Resume::CatchUp).await;
    world.settle().await;
    let runs = world.runs(id).await;
    let step = |who| {
        let run = runs.iter().find(|run| run.subscriber_id == who).unwrap();
        run.step.to_string()
    };
    assert_eq!(step(ada), "wait", "only the run itself has put her there");
    assert_eq!(step(bob), "again");
    world.pass(2 * HOUR).await;
    let late = world.runs(id).await;
    let ada = late.iter().find(|run| run.subscriber_id == ada).unwrap();
    assert_eq!(ada.step.as_str(), "late");
    world.check().await;
}
