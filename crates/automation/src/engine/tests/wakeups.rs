//! Waits and events: each run takes exactly one path, and an event's whenever it was committed first.

use serde_json::{Value, json};
use testkit::TestDb;

use super::{DAY, HOUR, World, is_over};
use crate::engine::{Engine, Follow, pump};

pub(super) fn waiting() -> Value {
    json!({
        "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "wait"}],
        "steps": [
            {"id": "wait", "kind": "wait_for_any", "next": "late", "with": {"timeout": {"hours": 1}, "paths": [
                {"id": "bought", "on": {"event": "event.custom", "with": {"name": "buy"}, "where": [
                    {"var": "total", "op": "greater", "value": 10}]}, "next": "thanks"}]}},
            {"id": "late", "kind": "end"},
            {"id": "thanks", "kind": "end"}]})
}

#[testkit::db_test]
async fn an_event_that_was_committed_before_the_time_out_was_processed_decides(db: TestDb) {
    let world = World::new(&db).await;
    let id = world.live(waiting()).await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    world.clock.advance(2 * HOUR);
    // It is recorded after the time-out was due, and before anybody looked; the consumer has not seen it.
    world.event(ada, "buy", json!({"total": 40})).await;
    assert_eq!(pump::pass(&world.ctx, &world.engine).await.unwrap(), 1);
    let run = world.run(id).await;
    assert_eq!(run.step.as_str(), "thanks", "{:?}", world.path(&run).await);
    // Whoever handles it later changes nothing.
    world.settle().await;
    assert_eq!(world.path(&run).await.len(), 3);
    world.check().await;
}

#[testkit::db_test]
async fn what_does_not_fit_does_not_wake_and_the_time_out_decides(db: TestDb) {
    let world = World::new(&db).await;
    let id = world.live(waiting()).await;
    let ada = world.person("ada@example.com").await;
    // Before it waits, this is nobody's business.
    world.event(ada, "buy", json!({"total": 40})).await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    world.event(ada, "buy", json!({"total": 5})).await;
    world.settle().await;
    assert_eq!(world.run(id).await.step.as_str(), "wait");
    world.pass(HOUR).await;
    let run = world.run(id).await;
    assert!(is_over(&run));
    assert_eq!(run.step.as_str(), "late");
    world.event(ada, "buy", json!({"total": 40})).await;
    world.settle().await;
    assert_eq!(world.run(id).await.step.as_str(), "late", "it is over");
}

/// Events arrive around the time-outs, handled by a consumer and a pump that race each other, on PostgreSQL as nodes of their
/// own.
#[testkit::db_test]
async fn around_the_time_out_everybody_takes_exactly_one_path_and_none_is_forgotten(db: TestDb) {
    const PEOPLE: usize = 120;
    let world = World::new(&db).await;
    let id = world.live(waiting()).await;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        let who = world.person(&format!("p{n}@example.com")).await;
        world.event(who, "go", json!({})).await;
        people.push(who);
    }
    world.settle().await;
    assert_eq!(world.runs(id).await.len(), PEOPLE);
    world.clock.advance(HOUR);
    let other = db.another_node().await;
    let other_engine = Engine::default();
    let follow = Follow::new(world.engine.clone());
    let events = async {
        // Every second one buys, while the time-outs are being processed.
        for who in people.iter().step_by(2) {
            world.event(*who, "buy", json!({"total": 40})).await;
        }
    };
    let pumping = async {
        for _ in 0..60 {
            pump::fire(&other, &other_engine, world.account, 3)
                .await
                .unwrap();
            tokio::task::yield_now().await;
        }
    };
    let following = async {
        for _ in 0..40 {
            events::pump(&world.ctx, &follow).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(events, pumping, following);
    world.settle().await;
    let runs = world.runs(id).await;
    assert_eq!(runs.len(), PEOPLE);
    let mut bought = 0;
    for run in &runs {
        assert!(is_over(run), "{run:?}");
        let path = world.path(run).await;
        assert_eq!(path.len(), 3, "{path:?}");
        // Who is thanked has bought; who is late had not bought when it was decided.
        if run.step.as_str() == "thanks" {
            bought += 1;
            assert!(
                people
                    .iter()
                    .step_by(2)
                    .any(|who| *who == run.subscriber_id)
            );
        }
    }
    assert!(bought > 0, "some events came first");
    world.check().await;
}

/// The event of whoever was decided by the time-out was recorded after that: nothing that was there was overlooked.
#[testkit::db_test]
async fn nobody_times_out_whose_event_was_there_already(db: TestDb) {
    const PEOPLE: usize = 60;
    let world = World::new(&db).await;
    let id = world.live(waiting()).await;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        let who = world.person(&format!("p{n}@example.com")).await;
        world.event(who, "go", json!({})).await;
        people.push(who);
    }
    world.settle().await;
    for who in &people {
        world.event(*who, "buy", json!({"total": 40})).await;
    }
    world.clock.advance(DAY);
    while pump::pass(&world.ctx, &world.engine).await.unwrap() > 0 {}
    let thanked = world.runs(id).await;
    assert!(
        thanked.iter().all(|run| run.step.as_str() == "thanks"),
        "{thanked:?}"
    );
    world.settle().await;
    world.check().await;
}
