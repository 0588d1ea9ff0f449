//! The ordinary way: somebody comes in, is written to, waits, and is done.

use std::time::Duration;

use serde_json::json;
use testkit::TestDb;

use super::{DAY, HOUR, World, is_over, welcome};
use crate::automations;
use crate::definition::StepId;
use crate::engine::{NET, pump};
use crate::migrate::{Fate, Plan, Policy, Resume};
use crate::runs::{self, RunStatus};

#[testkit::db_test]
async fn somebody_who_joins_is_written_to_in_the_transaction_of_the_event(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    world.group(8).await;
    let template = world.template("Welcome").await;
    let id = world.live(welcome(&template, 7)).await;
    let (ada, bob) = (
        world.person("ada@example.com").await,
        world.person("bob@example.com").await,
    );
    world.join(ada, 7).await;
    world.join(bob, 8).await;
    world.follow().await;

    let run = world.run(id).await;
    assert_eq!(run.subscriber_id, ada);
    assert_eq!(run.status, RunStatus::Waiting);
    assert_eq!(run.step.as_str(), "rest");
    assert_eq!(
        world.messages().await,
        1,
        "with the run, before anything else runs"
    );
    world.check().await;

    world.pass(23 * HOUR).await;
    assert!(!is_over(&world.run(id).await), "nothing happens early");
    world.pass(HOUR).await;
    let run = world.run(id).await;
    assert!(is_over(&run), "{run:?}");
    assert_eq!(run.outcome.as_deref(), Some("completed"));
    assert_eq!(
        world.path(&run).await,
        [
            "welcome: passed (next)",
            "rest: waits (-)",
            "rest: passed (next)",
            "done: ended (completed)"
        ]
    );
    assert_eq!(world.messages().await, 1);
    world.check().await;

    let statistics = runs::statistics(&world.ctx, world.account, id, None, None)
        .await
        .unwrap();
    assert_eq!((statistics.entered, statistics.finished), (1, 1));
    assert_eq!(statistics.outcomes["completed"], 1);
    let step = |id: &str| statistics.steps.iter().find(|it| it.step == id).unwrap();
    assert_eq!(step("welcome").ways["next"], 1);
    assert_eq!((step("rest").waited, step("rest").passed), (1, 1));
    let finished = "select count(*) as n from event where kind = 'automation.finished'";
    assert_eq!(world.number(finished).await, 1);
}

#[testkit::db_test]
async fn the_mail_is_delivered_and_what_becomes_of_it_is_counted_at_its_step(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let id = world.live(welcome(&template, 7)).await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 7).await;
    world.settle().await;
    let config = sending::Config {
        public_url: "https://mail.example.com".into(),
        helo_name: "mail.example.com".into(),
        tracking: sending::Tracking::default(),
        files: sending::files::Limits::default(),
    };
    sending::delivery::run_until_idle(&world.ctx, &config)
        .await
        .unwrap();
    world.settle().await;
    let sent = "select count(*) as n from sandbox_message where recipient = 'ada@example.com' and subject = 'Welcome'";
    assert_eq!(world.number(sent).await, 1);
    let statistics = runs::statistics(&world.ctx, world.account, id, None, None)
        .await
        .unwrap();
    let welcome = statistics.steps.iter().find(|it| it.step == "welcome");
    assert_eq!(welcome.unwrap().mail.sent, 1);
    // It is in no list of campaigns, and its content is a copy.
    let limit = kernel::Limit::default();
    let campaigns = sending::campaigns::list(&world.ctx, world.account, None, None, limit).await;
    assert!(campaigns.unwrap().data.is_empty());
}

#[testkit::db_test]
async fn whoever_was_there_comes_in_again_only_by_the_rule(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let once = world.live(welcome(&template, 7)).await;
    let mut again = welcome(&template, 7);
    again["triggers"][0]["reentry"] = json!({"policy": "after_end"});
    let again = world.live(again).await;
    let ada = world.person("ada@example.com").await;
    let rejoin = async || {
        let mut leave = audience::subscribers::PersonChange::default();
        leave.groups.insert(7.into(), false);
        world.change(ada, leave).await;
        world.join(ada, 7).await;
        world.settle().await;
    };
    rejoin().await;
    rejoin().await;
    assert_eq!(world.runs(once).await.len(), 1);
    assert_eq!(world.runs(again).await.len(), 1, "the first still goes on");
    world.pass(DAY).await;
    rejoin().await;
    assert_eq!(world.runs(once).await.len(), 1);
    assert_eq!(world.runs(again).await.len(), 2);
    assert_eq!(world.messages().await, 3);
    let statistics = runs::statistics(&world.ctx, world.account, once, None, None)
        .await
        .unwrap();
    assert_eq!(statistics.refused["reentry"], 2);
    world.check().await;
}

#[testkit::db_test]
async fn a_pause_holds_everybody_and_its_end_lets_them_go_on(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let id = world.live(welcome(&template, 7)).await;
    let other = world.live(welcome(&template, 7)).await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 7).await;
    world.settle().await;
    automations::pause(&world.ctx, world.account, &world.actor, id)
        .await
        .unwrap();
    let bob = world.person("bob@example.com").await;
    world.join(bob, 7).await;
    world.pass(2 * DAY).await;
    assert_eq!(world.runs(id).await.len(), 1, "nobody comes in");
    assert!(!is_over(&world.run(id).await), "nobody moves");
    assert_eq!(world.runs(other).await.len(), 2, "the others go on");
    automations::resume(&world.ctx, world.account, &world.actor, id, Resume::Shift)
        .await
        .unwrap();
    world.settle().await;
    assert!(
        !is_over(&world.run(id).await),
        "the day counts from the end of the pause"
    );
    world.pass(DAY).await;
    assert!(is_over(&world.run(id).await));

    let cara = world.person("cara@example.com").await;
    world.join(cara, 7).await;
    world.settle().await;
    automations::pause(&world.ctx, world.account, &world.actor, id)
        .await
        .unwrap();
    world.pass(2 * DAY).await;
    automations::resume(&world.ctx, world.account, &world.actor, id, Resume::CatchUp)
        .await
        .unwrap();
    world.settle().await;
    assert!(
        world.runs(id).await.iter().all(is_over),
        "what was due is done now"
    );
    world.check().await;
}

#[testkit::db_test]
async fn a_new_version_moves_those_inside_as_its_plan_says(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let id = world.live(welcome(&template, 7)).await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 7).await;
    world.settle().await;

    // A longer wait counts from when it began.
    let mut longer = welcome(&template, 7);
    longer["steps"][1]["with"]["days"] = json!(3);
    world.edit(id, longer, Plan::default()).await;
    world.pass(2 * DAY).await;
    assert!(!is_over(&world.run(id).await));

    // The step where somebody stands is no more.
    let other = json!({
        "triggers": [{"id": "joined", "on": {"event": "group.joined", "with": {"group": "7"}}, "start": "pause"}],
        "steps": [
            {"id": "pause", "kind": "wait", "with": {"hours": 5}, "next": "done"},
            {"id": "done", "kind": "end"}]});
    let checked = {
        let patch = automations::Patch {
            draft: Some(other.clone()),
            name: None,
        };
        automations::update(&world.ctx, world.account, &world.actor, id, None, patch)
            .await
            .unwrap();
        automations::check(&world.ctx, world.account, id)
            .await
            .unwrap()
    };
    let rest = checked
        .affected
        .iter()
        .find(|it| it.step.as_str() == "rest")
        .unwrap();
    assert_eq!((rest.deleted, rest.people), (true, 1));
    assert!(!checked.differences.is_empty());
    let plan = Plan {
        policy: Policy::MoveAlong,
        deleted: [(
            StepId::parse("rest").unwrap(),
            Fate::JumpTo {
                step: StepId::parse("pause").unwrap(),
            },
        )]
        .into(),
    };
    world.edit(id, other, plan).await;
    let run = world.run(id).await;
    assert_eq!(run.step.as_str(), "pause");
    let live = automations::get(&world.ctx, world.account, id)
        .await
        .unwrap();
    assert_eq!(Some(run.version_id), live.live);
    assert!(live.moving.is_none());
    world.pass(5 * HOUR).await;
    assert!(is_over(&world.run(id).await));
    world.check().await;

    let limit = kernel::Limit::default();
    let versions = automations::versions(&world.ctx, world.account, id, None, limit).await;
    let versions = versions.unwrap().data;
    assert_eq!(
        versions.iter().map(|it| it.number).collect::<Vec<_>>(),
        [3, 2, 1]
    );
    automations::rollback(
        &world.ctx,
        world.account,
        &world.actor,
        id,
        versions[2].id,
        Plan::default(),
    )
    .await
    .unwrap();
    world.settle().await;
    let bob = world.person("bob@example.com").await;
    world.join(bob, 7).await;
    world.settle().await;
    assert_eq!(
        world.runs(id).await[0].step.as_str(),
        "rest",
        "as in the first version"
    );
}

#[testkit::db_test]
async fn who_finishes_on_the_old_version_does_not_notice_the_new_one(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let id = world.live(welcome(&template, 7)).await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 7).await;
    world.settle().await;
    let old = world.run(id).await.version_id;
    let mut longer = welcome(&template, 7);
    longer["steps"][1]["with"]["days"] = json!(30);
    let plan = Plan {
        policy: Policy::FinishOld,
        ..Plan::default()
    };
    world.edit(id, longer, plan).await;
    assert_eq!(world.run(id).await.version_id, old);
    world.pass(DAY).await;
    assert!(is_over(&world.run(id).await));
}

#[testkit::db_test]
async fn a_deleted_automation_lets_everybody_out_and_its_history_stays(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let id = world.live(welcome(&template, 7)).await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 7).await;
    world.settle().await;
    automations::delete(&world.ctx, world.account, &world.actor, id)
        .await
        .unwrap();
    let bob = world.person("bob@example.com").await;
    world.join(bob, 7).await;
    world.settle().await;
    assert!(
        automations::get(&world.ctx, world.account, id)
            .await
            .is_err()
    );
    let all = "select count(*) as n from automation_run";
    let live = "select count(*) as n from automation_run where state <> 'done'";
    assert_eq!((world.number(all).await, world.number(live).await), (1, 0));
    assert!(
        world
            .number("select count(*) as n from automation_log")
            .await
            > 0
    );
    world.check().await;
}

#[testkit::db_test]
async fn it_rests_until_the_next_timer_of_any_automation(db: TestDb) {
    let world = World::new(&db).await;
    let waiting = |minutes: u32| {
        json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "rest"}],
            "steps": [
                {"id": "rest", "kind": "wait", "with": {"minutes": minutes}, "next": "done"},
                {"id": "done", "kind": "end"}]})
    };
    world.live(waiting(2)).await;
    let first = world.live(waiting(1)).await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    let rest = async || pump::rest(&world.ctx, &world.engine).await.unwrap();
    assert_eq!(rest().await, NET, "it looks now and then whatever there is");
    world.clock.advance(Duration::from_millis(59_600));
    assert_eq!(rest().await, Duration::from_millis(400));
    automations::pause(&world.ctx, world.account, &world.actor, first)
        .await
        .unwrap();
    assert_eq!(rest().await, NET, "nothing is due there while it is paused");
}

#[testkit::db_test]
async fn what_happens_to_another_order_is_none_of_this_runs_business(db: TestDb) {
    let world = World::new(&db).await;
    let on = |name: &str| json!({"event": "event.custom", "with": {"name": name}});
    let id = world
        .live(json!({
            "triggers": [{"id": "ordered", "on": on("ordered"), "key": "order_id", "start": "rest"}],
            "exits": [{"id": "off", "on": on("cancelled")}],
            "steps": [
                {"id": "rest", "kind": "wait_for_any", "next": "late", "with": {"timeout": {"days": 3}, "paths": [
                    {"id": "paid", "on": on("paid"), "next": "done"}]}},
                {"id": "late", "kind": "end"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    let bob = world.person("bob@example.com").await;
    for (who, order) in [(ada, "A"), (ada, "B"), (ada, "C"), (ada, "7"), (bob, "A")] {
        world
            .event(who, "ordered", json!({"order_id": order}))
            .await;
    }
    world.settle().await;
    world.event(ada, "paid", json!({"order_id": "A"})).await;
    world
        .event(ada, "cancelled", json!({"order_id": "B"}))
        .await;
    // Numbers and texts name the same order.
    world.event(ada, "paid", json!({"order_id": 7})).await;
    world.settle().await;
    let ways = async |who| {
        let runs = world.runs(id).await;
        let mut ways: Vec<String> = runs
            .iter()
            .filter(|run| run.subscriber_id == who)
            .map(|run| {
                let outcome = run.outcome.clone().unwrap_or_default();
                format!("{} {outcome}", run.key)
            })
            .collect();
        ways.sort();
        ways
    };
    assert_eq!(
        ways(ada).await,
        ["7 completed", "A completed", "B exit:off", "C "]
    );
    assert_eq!(ways(bob).await, ["A "], "another person's is another one");
    // What names no order is about all of them.
    world.event(ada, "cancelled", json!({})).await;
    world.settle().await;
    assert_eq!(ways(ada).await[3], "C exit:off");
    world.check().await;
}
