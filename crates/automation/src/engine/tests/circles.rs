//! Automations that wake one another.

use serde_json::{Value, json};
use testkit::TestDb;

use super::{DAY, World, is_over, welcome};
use crate::engine::{self, Action};
use crate::runs::RunStatus;

/// Waits for one group, leaves it, joins the other, and waits again.
fn passes_on(from: i64, to: i64) -> Value {
    json!({
        "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "wait"}],
        "steps": [
            {"id": "wait", "kind": "wait_for_any", "next": "late", "with": {"timeout": {"days": 30}, "paths": [
                {"id": "joined", "on": {"event": "group.joined", "with": {"group": from.to_string()}}, "next": "leave"}]}},
            {"id": "leave", "kind": "remove_group", "with": {"group": from.to_string()}, "next": "join"},
            {"id": "join", "kind": "add_group", "with": {"group": to.to_string()}, "next": "wait"},
            {"id": "late", "kind": "end"}]})
}

#[testkit::db_test]
async fn who_wakes_the_other_without_end_is_halted_and_nothing_else_is(db: TestDb) {
    let world = World::new(&db).await;
    world.group(1).await;
    world.group(2).await;
    let one = world.live(passes_on(1, 2)).await;
    let two = world.live(passes_on(2, 1)).await;
    let buys = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "wait"}],
            "steps": [
                {"id": "wait", "kind": "wait_for_any", "next": "late", "with": {"timeout": {"days": 30}, "paths": [
                    {"id": "bought", "on": {"event": "event.custom", "with": {"name": "buy"}}, "next": "thanks"}]}},
                {"id": "late", "kind": "end"},
                {"id": "thanks", "kind": "end"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    world.join(ada, 1).await;
    world.event(ada, "buy", json!({})).await;
    world.settle().await;

    let run = world.run(one).await;
    assert_eq!(run.status, RunStatus::Failed);
    assert!(run.error.as_ref().unwrap().contains("circle"), "{run:?}");
    assert_eq!(run.step.as_str(), "wait");
    assert_eq!(world.run(two).await.status, RunStatus::Waiting);
    assert!(is_over(&world.run(buys).await), "it has no part in it");
    world.check().await;

    // Without the other, what woke it last is not lost.
    crate::automations::delete(&world.ctx, world.account, &world.actor, two)
        .await
        .unwrap();
    world.settle().await;
    let mut tx = world.ctx.write().await.unwrap();
    let runs = [run.id];
    let fitted = engine::act(
        &world.ctx,
        &mut tx,
        &world.engine,
        world.account,
        one,
        &runs,
        &Action::Retry,
    );
    assert_eq!(fitted.await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(world.run(one).await.status, RunStatus::Waiting);
    let profile = audience::subscribers::get(&world.ctx, world.account, ada).await;
    assert_eq!(profile.unwrap().groups, [2.into()]);
    world.check().await;
}

/// The second automation is met in the middle of a transaction in which the first has written.
#[testkit::db_test]
async fn a_cap_counts_what_was_written_in_the_same_transaction(db: TestDb) {
    let world = World::new(&db).await;
    world.group(8).await;
    let template = world.template("Hello").await;
    world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "mail"}],
            "steps": [
                {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "join"},
                {"id": "join", "kind": "add_group", "with": {"group": "8"}, "next": "done"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let mut capped = welcome(&template, 8);
    capped["settings"] = json!({"caps": [{"messages": 1, "per": "day"}]});
    let id = world.live(capped).await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    assert_eq!(world.run(id).await.step.as_str(), "welcome");
    assert_eq!(world.messages().await, 1, "the second waits for tomorrow");
    world.pass(DAY).await;
    assert_eq!(world.messages().await, 2);
    world.check().await;
}

/// Automation by automation, the later contact would be locked before the earlier one.
#[testkit::db_test]
async fn rows_of_people_are_locked_in_order_as_others_lock_them(db: TestDb) {
    let world = World::new(&db).await;
    if world.ctx.db.engine() == db::Engine::Sqlite {
        return;
    }
    let counts = |name: &str| {
        json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": name}}, "start": "count"}],
            "steps": [
                {"id": "count", "kind": "increment_field", "with": {"field": "score", "by": 1}, "next": "done"},
                {"id": "done", "kind": "end"}]})
    };
    world.live(counts("one")).await;
    world.live(counts("two")).await;
    let (ada, bob) = (
        world.person("ada@example.com").await,
        world.person("bob@example.com").await,
    );
    world.settle().await;
    world.event(bob, "one", json!({})).await;
    world.event(ada, "two", json!({})).await;
    let other = db.another_node().await;
    let mut tx = other.write().await.unwrap();
    let lock = "select id from subscriber where id = $1 for update";
    tx.query(lock).bind(ada).fetch_one().await.unwrap();
    let meddling = async {
        let waits = "select count(*) as n from pg_stat_activity where datname = current_database() \
             and wait_event_type = 'Lock'";
        while world.number(waits).await == 0 {
            tokio::task::yield_now().await;
        }
        tx.query(lock).bind(bob).fetch_one().await.unwrap();
        tx.commit().await.unwrap();
    };
    tokio::join!(world.follow(), meddling);
    assert_eq!(
        world
            .number("select count(*) as n from subscriber where score = 1")
            .await,
        2
    );
}
