//! Mails that are queued when their run ends.

use audience::SubscriberId;
use serde_json::{Value, json};
use testkit::TestDb;

use super::{DAY, World, is_over};
use crate::automations;
use crate::ids::AutomationId;
use crate::runs;

/// Four mails, then a day of waiting; what `more` has belongs to it.
async fn mails(world: &World, more: Value) -> AutomationId {
    let template = world.template("Hello").await;
    let mail = |n: i64, next: &str| json!({"id": format!("m{n}"), "kind": "send_email", "with": {"template": template}, "next": next});
    let mut document = json!({
        "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "m1"}],
        "steps": [
            mail(1, "m2"), mail(2, "m3"), mail(3, "m4"), mail(4, "rest"),
            {"id": "rest", "kind": "wait", "with": {"days": 1}, "next": "done"},
            {"id": "done", "kind": "end"}]});
    for (key, value) in more.as_object().unwrap() {
        document[key] = value.clone();
    }
    world.live(document).await
}

/// Somebody gets those mails. One is held by a node, one is on the wire, one was sent.
async fn under_way(world: &World) -> SubscriberId {
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    for (state, nth) in [("leased", 1), ("wire", 2), ("sent", 3)] {
        world
            .sql(&format!(
                "update message set state = '{state}', lease_epoch = 7 \
                 where id = (select id from message order by id limit 1 offset {nth})"
            ))
            .await;
    }
    assert_eq!(states(world).await, "queued leased wire sent");
    ada
}

/// Of all mails, in the order in which they were asked for.
async fn states(world: &World) -> String {
    let mut tx = world.ctx.read().await.unwrap();
    let rows = tx
        .query("select state from message order by id")
        .fetch_all();
    let rows = rows.await.unwrap();
    let states: Vec<String> = rows.iter().map(|row| row.at(0).unwrap()).collect();
    states.join(" ")
}

const TAKEN_BACK: &str = "cancelled cancelled wire sent";

#[testkit::db_test]
async fn whoever_is_taken_out_gets_nothing_more(db: TestDb) {
    let world = World::new(&db).await;
    let id = mails(&world, json!({})).await;
    under_way(&world).await;
    let change = runs::Change {
        action: serde_json::from_value(json!("exit")).unwrap(),
        to: None,
        runs: vec![world.run(id).await.id],
        step: None,
        status: None,
        after: None,
    };
    let (ctx, engine) = (&world.ctx, &world.engine);
    let changed = runs::change(ctx, engine, world.account, &world.actor, id, &change).await;
    assert_eq!(changed.unwrap().changed, 1);
    assert_eq!(states(&world).await, TAKEN_BACK);
    let counted = "select n from campaign_total where name = 'cancelled'";
    assert_eq!(world.number(counted).await, 2);
    world.settle().await;
    world.check().await;
}

async fn buys(db: &TestDb, more: Value) {
    let world = World::new(db).await;
    let id = mails(&world, more).await;
    let ada = under_way(&world).await;
    world.event(ada, "buy", json!({})).await;
    world.settle().await;
    assert!(is_over(&world.run(id).await));
    assert_eq!(states(&world).await, TAKEN_BACK);
    world.check().await;
}

#[testkit::db_test]
async fn whoever_leaves_by_an_exit_gets_nothing_more(db: TestDb) {
    let bought = json!({"event": "event.custom", "with": {"name": "buy"}});
    buys(&db, json!({"exits": [{"id": "bought", "on": bought}]})).await;
}

#[testkit::db_test]
async fn whoever_reaches_the_goal_gets_nothing_more(db: TestDb) {
    let bought = json!({"event": "event.custom", "with": {"name": "buy"}});
    buys(&db, json!({"goal": {"on": bought}})).await;
}

#[testkit::db_test]
async fn what_a_deleted_automation_has_queued_is_not_sent(db: TestDb) {
    let world = World::new(&db).await;
    let id = mails(&world, json!({})).await;
    under_way(&world).await;
    let (ctx, actor) = (&world.ctx, &world.actor);
    automations::delete(ctx, world.account, actor, id)
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(states(&world).await, TAKEN_BACK);
    world.check().await;
}

#[testkit::db_test]
async fn what_a_deleted_automation_has_queued_for_those_at_its_end_is_not_sent(db: TestDb) {
    let world = World::new(&db).await;
    let id = mails(&world, json!({})).await;
    under_way(&world).await;
    world.pass(DAY).await;
    let template = world.template("Another").await;
    let another = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "come"}}, "start": "mail"}],
            "steps": [
                {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "done"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let bob = world.person("bob@example.com").await;
    world.event(bob, "come", json!({})).await;
    world.settle().await;
    assert!(is_over(&world.run(id).await) && is_over(&world.run(another).await));
    assert_eq!(states(&world).await, "queued leased wire sent queued");
    let (ctx, actor) = (&world.ctx, &world.actor);
    automations::delete(ctx, world.account, actor, id)
        .await
        .unwrap();
    world.settle().await;
    let now = states(&world).await;
    assert_eq!(now, "cancelled cancelled wire sent queued", "only its own");
    let sweeping = "select count(*) as n from automation where moving is not null";
    assert_eq!(world.number(sweeping).await, 0, "it came to an end");
}

#[testkit::db_test]
async fn whoever_comes_to_the_end_gets_all(db: TestDb) {
    let world = World::new(&db).await;
    let id = mails(&world, json!({})).await;
    under_way(&world).await;
    world.pass(DAY).await;
    assert!(is_over(&world.run(id).await));
    assert_eq!(states(&world).await, "queued leased wire sent");
    world.check().await;
}

#[testkit::db_test]
async fn a_farewell_is_sent_though_what_follows_it_is_an_exit(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Farewell").await;
    let id = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "mail"}],
            "exits": [{"id": "left", "on": {"event": "group.left", "with": {"group": "7"}}}],
            "steps": [
                {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "leave"},
                {"id": "leave", "kind": "remove_group", "with": {"group": "7"}, "next": "rest"},
                {"id": "rest", "kind": "wait", "with": {"days": 1}, "next": "done"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 7).await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    let run = world.run(id).await;
    assert_eq!(run.outcome.as_deref(), Some("exit:left"));
    assert_eq!(states(&world).await, "queued");
    world.check().await;
}

#[testkit::db_test]
async fn a_mail_that_a_run_waits_for_is_taken_back_with_it(db: TestDb) {
    let world = World::new(&db).await;
    let template = world.template("Hello").await;
    let id = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "mail"}],
            "exits": [{"id": "bought", "on": {"event": "event.custom", "with": {"name": "buy"}}}],
            "steps": [
                {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "done", "on_failure": "done"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    world.event(ada, "buy", json!({})).await;
    world.settle().await;
    let run = world.run(id).await;
    assert_eq!(run.outcome.as_deref(), Some("exit:bought"));
    assert_eq!(states(&world).await, "cancelled");
    let settled = "select count(*) as n from automation_effect where state = 'failed'";
    assert_eq!(world.number(settled).await, 1);
    world.check().await;
}

#[testkit::db_test]
async fn a_mail_that_was_taken_back_is_none_that_a_cap_counts(db: TestDb) {
    let world = World::new(&db).await;
    let template = world.template("Hello").await;
    let mail = |event: &str| {
        json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": event}}, "start": "mail"}],
            "exits": [{"id": "bought", "on": {"event": "event.custom", "with": {"name": "buy"}}}],
            "settings": {"caps": [{"messages": 1, "per": "day"}]},
            "steps": [
                {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "rest"},
                {"id": "rest", "kind": "wait", "with": {"hours": 1}, "next": "done"},
                {"id": "done", "kind": "end"}]})
    };
    world.live(mail("go")).await;
    let second = world.live(mail("come")).await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    world.event(ada, "buy", json!({})).await;
    world.settle().await;
    assert_eq!(states(&world).await, "cancelled");
    world.event(ada, "come", json!({})).await;
    world.settle().await;
    assert_eq!(states(&world).await, "cancelled queued");
    assert_eq!(world.run(second).await.step.as_str(), "rest");
    // What was sent counts.
    world
        .sql("update message set state = 'sent' where state = 'queued'")
        .await;
    let third = world.live(mail("stay")).await;
    world.event(ada, "stay", json!({})).await;
    world.settle().await;
    assert_eq!(world.run(third).await.step.as_str(), "mail", "tomorrow");
    world.check().await;
}
