//! What steps change: really, with events, and for the steps and automations that follow.

use serde_json::json;
use testkit::TestDb;

use super::{HOUR, World, is_over};
use crate::runs::RunStatus;

#[testkit::db_test]
async fn steps_change_the_contact_and_what_they_change_is_recorded(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    for (key, kind) in [("city", "text"), ("visits", "number")] {
        let new = audience::fields::NewField {
            key: key.to_owned(),
            name: key.to_owned(),
            kind: serde_json::from_value(json!(kind)).unwrap(),
            visibility: serde_json::from_value(json!("visible")).unwrap(),
            options: Vec::new(),
        };
        audience::fields::create(&world.ctx, world.account, &world.actor, new)
            .await
            .unwrap();
    }
    let id = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "city"}],
            "steps": [
                {"id": "city", "kind": "set_field", "with": {"field": "city", "from": "event.city"}, "next": "score"},
                {"id": "score", "kind": "increment_field", "with": {"field": "score", "by": 5}, "next": "visits"},
                {"id": "visits", "kind": "increment_field", "with": {"field": "visits", "by": 2}, "next": "join"},
                {"id": "join", "kind": "add_group", "with": {"group": "7"}, "next": "look"},
                {"id": "look", "kind": "if_else", "with": {"then": "leave", "else": "wrong", "if": {"all": [
                    {"contact": {"field": "city", "op": "equals", "value": "Berlin"}},
                    {"contact": {"field": "score", "op": "greater_or_equal", "value": 5}},
                    {"contact": {"group": {"any": ["7"]}}}]}}},
                {"id": "leave", "kind": "set_status", "with": {"status": "unsubscribed"}, "next": "done"},
                {"id": "wrong", "kind": "end"},
                {"id": "done", "kind": "end"}],
            "settings": {"stay_when_unsubscribed": true}}))
        .await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({"city": "Berlin"})).await;
    world.settle().await;
    let run = world.run(id).await;
    assert_eq!(run.step.as_str(), "done", "{:?}", world.path(&run).await);
    let profile = audience::subscribers::get(&world.ctx, world.account, ada)
        .await
        .unwrap();
    assert_eq!(profile.subscriber.score, 5);
    assert_eq!(profile.subscriber.status.as_str(), "unsubscribed");
    assert_eq!(profile.groups, [7.into()]);
    let fields: Vec<String> = profile
        .fields
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(fields, ["city=Berlin", "visits=2"]);
    let recorded = "select count(*) as n from event where kind in \
         ('subscriber.updated', 'group.joined', 'subscriber.status_changed') and body like '%automation:%'";
    assert_eq!(world.number(recorded).await, 3);
    world.check().await;
}

#[testkit::db_test]
async fn one_automation_begins_another_and_a_circle_ends(db: TestDb) {
    let world = World::new(&db).await;
    world.group(1).await;
    world.group(2).await;
    let ring = |from: i64, to: i64| {
        json!({
            "triggers": [{"id": "joined", "on": {"event": "group.joined", "with": {"group": from.to_string()}},
                "reentry": {"policy": "always"}, "start": "leave"}],
            "steps": [
                {"id": "leave", "kind": "remove_group", "with": {"group": from.to_string()}, "next": "join"},
                {"id": "join", "kind": "add_group", "with": {"group": to.to_string()}, "next": "done"},
                {"id": "done", "kind": "end"}]})
    };
    let one = world.live(ring(1, 2)).await;
    let two = world.live(ring(2, 1)).await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 1).await;
    world.settle().await;
    assert_eq!(
        world.runs(one).await.len(),
        1,
        "not the same twice without a rest"
    );
    assert_eq!(world.runs(two).await.len(), 1);
    let statistics = crate::runs::statistics(&world.ctx, world.account, one, None, None)
        .await
        .unwrap();
    assert_eq!(statistics.refused["chain"], 1);
}

#[testkit::db_test]
async fn what_a_step_needs_and_is_gone_stops_the_run_and_others_go_on(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let id = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}},
                "reentry": {"policy": "always"}, "start": "rest"}],
            "steps": [
                {"id": "rest", "kind": "wait", "with": {"hours": 1}, "next": "join"},
                {"id": "join", "kind": "add_group", "with": {"group": "7"}, "next": "done"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    world.sql("delete from contact_group").await;
    world.pass(HOUR).await;
    let run = world.run(id).await;
    assert_eq!(run.status, RunStatus::Failed);
    assert!(run.error.unwrap().contains("no group 7"));
    world.group(7).await;
    let change = crate::runs::Change {
        action: serde_json::from_value(json!("retry")).unwrap(),
        to: None,
        runs: Vec::new(),
        step: None,
        status: Some(RunStatus::Failed),
        after: None,
    };
    let changed = crate::runs::change(
        &world.ctx,
        &world.engine,
        world.account,
        &world.actor,
        id,
        &change,
    )
    .await
    .unwrap();
    assert_eq!((changed.changed, changed.more), (1, false));
    assert!(is_over(&world.run(id).await));
    world.check().await;
}
