//! Servers that keep failing are left alone for a while.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::TestDb;

use super::World;
use super::outbox::{Program, calling, world};
use crate::ids::AutomationId;
use crate::runs::{self, RunStatus};

const PEOPLE: usize = 8;
const KNOWN: &str = "select count(*) as n from automation_host";
const MINUTE: Duration = Duration::from_mins(1);

async fn everybody_asks(world: &World, program: &Program) -> AutomationId {
    let id = world.live(calling(&program.url, &json!({}))).await;
    for n in 0..PEOPLE {
        let who = world.person(&format!("p{n}@example.com")).await;
        world.event(who, "go", json!({"plan": "gold"})).await;
    }
    world.settle().await;
    id
}

async fn at_the_step(world: &World, id: AutomationId) -> Value {
    let all = runs::statistics(&world.ctx, world.account, id, None, None)
        .await
        .unwrap();
    let step = all.steps.iter().find(|step| step.step == "call").unwrap();
    serde_json::to_value(&step.resting).unwrap()
}

#[testkit::db_test]
async fn a_server_that_keeps_failing_is_left_alone_until_one_request_says_it_is_back(db: TestDb) {
    let world = world(&db).await;
    let mut answers = vec![(503, "busy"); 6];
    answers.extend(vec![(200, r#"{"data": {"points": 7}}"#); 20]);
    let program = Program::start(&world, answers).await;
    let began = world.clock.now();
    let id = everybody_asks(&world, &program).await;
    assert_eq!(program.asked().len(), 5, "then it is left alone");
    let host = program.url.strip_prefix("http://").unwrap();
    assert_eq!(
        at_the_step(&world, id).await,
        json!({
            "host": host, "until": began + MINUTE, "failures": 5,
            "error": "the server answers with the status 503", "failed_at": began,
        })
    );
    // Who was not asked for has lost no try, and their run says what it waits for.
    let untried = "select count(*) as n from automation_effect where attempts = 0";
    assert_eq!(world.number(untried).await, 3);
    let last = world.runs(id).await.remove(0);
    let detail = runs::get(&world.ctx, world.account, id, last.id)
        .await
        .unwrap();
    assert_eq!(detail.run.status, RunStatus::Sending);
    assert_eq!(detail.run.due_at, Some(began + MINUTE));
    let error = detail.run.error.unwrap();
    assert!(error.contains(host) && error.contains("503"), "{error}");
    world.pass(Duration::from_secs(59)).await;
    assert_eq!(program.asked().len(), 5);
    // One tries, and it is not back.
    world.pass(Duration::from_secs(1)).await;
    assert_eq!(program.asked().len(), 6);
    assert_eq!(
        at_the_step(&world, id).await["until"],
        json!(began + MINUTE * 3)
    );
    world.pass(MINUTE).await;
    assert_eq!(program.asked().len(), 6, "the second rest is longer");
    world.pass(MINUTE).await;
    assert_eq!(program.asked().len(), 6 + PEOPLE, "it is back");
    assert_eq!(world.number(KNOWN).await, 0);
    assert_eq!(at_the_step(&world, id).await, Value::Null);
    let runs = world.runs(id).await;
    assert!(
        runs.iter()
            .all(|run| run.outcome.as_deref() == Some("completed")),
        "{runs:?}"
    );
    world.check().await;
}

#[testkit::db_test]
async fn a_server_that_refuses_is_there(db: TestDb) {
    let world = world(&db).await;
    let program = Program::start(&world, vec![(404, "no"); 20]).await;
    let id = everybody_asks(&world, &program).await;
    assert_eq!(program.asked().len(), PEOPLE);
    assert_eq!(world.number(KNOWN).await, 0);
    let runs = world.runs(id).await;
    assert!(runs.iter().all(|run| run.status == RunStatus::Failed));
    world.check().await;
}

#[testkit::db_test]
async fn nobody_waits_longer_than_a_day_for_a_server_that_is_gone(db: TestDb) {
    let world = world(&db).await;
    let program = Program::start(&world, vec![(503, "busy"); 500]).await;
    let id = everybody_asks(&world, &program).await;
    for _ in 0..30 {
        world.pass(Duration::from_hours(1)).await;
    }
    let runs = world.runs(id).await;
    assert!(
        runs.iter().all(|run| run.status == RunStatus::Failed),
        "{runs:?}"
    );
    // It was asked now and then: once after each rest, and until its steps had no more tries.
    assert!(program.asked().len() < 40, "{}", program.asked().len());
    world.check().await;
}
