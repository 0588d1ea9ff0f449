//! What is done with everybody at a step or in a status, however many they are.

use serde_json::json;
use testkit::TestDb;

use super::{World, is_over};
use crate::ids::AutomationId;
use crate::runs::{self, RunStatus};

/// More than one call takes.
const COPIES: i64 = 1100;

/// Everybody waits at `one`; behind it they would wait at `two`.
async fn crowd(world: &World) -> AutomationId {
    let id = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "one"}],
            "steps": [
                {"id": "one", "kind": "wait", "with": {"days": 1}, "next": "two"},
                {"id": "two", "kind": "wait", "with": {"days": 1}, "next": "done"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    let numbers = format!(
        "with recursive c(i) as (select 1 union all select i + 1 from c where i < {COPIES})"
    );
    world
        .sql(&format!(
            "{numbers} insert into automation_run (account_id, id, automation_id, version_id, contact_id, entry_key, \
                step, state, seq, began_at, step_at, began_with, step_after, chain, data, hold) \
             select account_id, id - i, automation_id, version_id, contact_id, 'copy ' || i, \
                step, state, seq, began_at, step_at, began_with, step_after, chain, data, hold \
             from automation_run, c"
        ))
        .await;
    world
        .sql(&format!(
            "{numbers} insert into automation_timer (account_id, run_id, automation_id, contact_id, due, seq) \
             select account_id, run_id - i, automation_id, contact_id, due, seq from automation_timer, c"
        ))
        .await;
    id
}

/// As a program does it that asks while there are more; how many it fitted, and how many calls that took.
async fn everybody(
    world: &World,
    id: AutomationId,
    action: &str,
    step: Option<&str>,
    status: Option<RunStatus>,
) -> (usize, usize) {
    let mut change = runs::Change {
        action: serde_json::from_value(json!(action)).unwrap(),
        to: None,
        runs: Vec::new(),
        step: step.map(|step| crate::definition::StepId::parse(step).unwrap()),
        status,
        after: None,
    };
    let (mut fitted, mut calls) = (0, 0);
    loop {
        let (ctx, engine) = (&world.ctx, &world.engine);
        let changed = runs::change(ctx, engine, world.account, &world.actor, id, &change);
        let changed = changed.await.unwrap();
        fitted += changed.changed;
        calls += 1;
        assert!(calls < 10, "it has no end");
        if !changed.more {
            return (fitted, calls);
        }
        change.after = changed.next;
    }
}

const ALL: usize = COPIES as usize + 1;

#[testkit::db_test]
async fn everybody_at_a_step_is_reached(db: TestDb) {
    let world = World::new(&db).await;
    let id = crowd(&world).await;
    let paused = "select count(*) as n from automation_run where paused_at is not null";
    let reached = everybody(&world, id, "pause", Some("one"), None).await;
    assert_eq!(reached, (ALL, 2));
    assert_eq!(world.number(paused).await, ALL as i64);
    world.check().await;
    let again = everybody(&world, id, "pause", Some("one"), None).await;
    assert_eq!(again.0, 0);
    let reached = everybody(&world, id, "resume", Some("one"), None).await;
    assert_eq!(reached.0, ALL);
    assert_eq!(world.number(paused).await, 0);
    world.check().await;
    // The newest, which are looked at first, did not fail.
    world
        .sql("update automation_run set state = 'parked', reason = 'no' where id = (select min(id) from automation_run)")
        .await;
    world
        .sql("delete from automation_timer where run_id = (select min(id) from automation_run)")
        .await;
    let reached = everybody(&world, id, "retry", Some("one"), None).await;
    assert_eq!(reached.0, 1);
    world.check().await;
}

#[testkit::db_test]
async fn whoever_was_led_on_is_not_led_on_again(db: TestDb) {
    let world = World::new(&db).await;
    let id = crowd(&world).await;
    let reached = everybody(&world, id, "skip", None, Some(RunStatus::Waiting)).await;
    assert_eq!(reached.0, ALL);
    let second =
        "select count(*) as n from automation_run where step = 'two' and state = 'waiting'";
    assert_eq!(world.number(second).await, ALL as i64);
    let reached = everybody(&world, id, "exit", None, Some(RunStatus::Waiting)).await;
    assert_eq!(reached.0, ALL);
    assert!(world.runs(id).await.iter().all(is_over));
    world.check().await;
}
