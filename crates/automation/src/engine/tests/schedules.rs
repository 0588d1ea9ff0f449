//! Times that come again.

use audience::SubscriberId;
use audience::segments::Draft;
use kernel::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::TestDb;

use super::{DAY, HOUR, World};
use crate::automations;
use crate::engine::keep_schedules;
use crate::ids::AutomationId;
use crate::migrate::{Plan, Resume};

/// The clock of a test begins on Monday 4 May 2026 at 9:30 in UTC, which is the zone of its account.
fn on_schedule(with: Value) -> Value {
    json!({
        "triggers": [{"id": "time", "on": {"event": "schedule.fired", "with": with},
            "reentry": {"policy": "after_end"}, "start": "done"}],
        "steps": [{"id": "done", "kind": "end"}]})
}

async fn look(world: &World) -> usize {
    let fired = keep_schedules(&world.ctx, &world.engine).await.unwrap();
    world.settle().await;
    fired
}

async fn pass(world: &World, time: Duration) -> usize {
    world.clock.advance(time);
    look(world).await
}

async fn inside(world: &World, id: AutomationId) -> Vec<SubscriberId> {
    let runs = world.runs(id).await;
    runs.iter().map(|run| run.subscriber_id).collect()
}

async fn due(world: &World) -> Vec<Timestamp> {
    let mut tx = world.ctx.read().await.unwrap();
    let rows = tx
        .query("select due from automation_schedule order by due")
        .fetch_all();
    let rows = rows.await.unwrap();
    rows.iter().map(|row| row.get("due").unwrap()).collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const FIRED: &str = "select count(*) as n from event where kind = 'schedule.fired'";

#[testkit::db_test]
async fn every_week_those_of_the_group_come_in_once(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let (ada, bob) = (
        world.person("ada@example.com").await,
        world.person("bob@example.com").await,
    );
    world.join(ada, 7).await;
    let id = world
        .live(on_schedule(
            json!({"schedule": "monday 10:00", "group": "7"}),
        ))
        .await;
    assert_eq!(look(&world).await, 0, "nothing is due when it is published");
    assert_eq!(due(&world).await, [at("2026-05-04T10:00:00Z")]);
    assert_eq!(pass(&world, 29 * (HOUR / 60)).await, 0);
    assert_eq!(pass(&world, HOUR / 60).await, 1);
    assert_eq!(inside(&world, id).await, [ada]);
    assert_eq!(look(&world).await, 0, "once");
    assert_eq!(due(&world).await, [at("2026-05-11T10:00:00Z")]);
    world.join(bob, 7).await;
    assert_eq!(pass(&world, 7 * DAY).await, 2);
    let mut again = inside(&world, id).await;
    again.sort();
    assert_eq!(again, [ada, ada, bob]);
    // Of three weeks without a server, one is made up for.
    assert_eq!(pass(&world, 21 * DAY + HOUR).await, 2);
    assert_eq!(due(&world).await, [at("2026-06-08T10:00:00Z")]);
    world.check().await;
}

#[testkit::db_test]
async fn one_schedule_of_several_automations_tells_each_person_once(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    world.group(8).await;
    let mut people = Vec::new();
    for (name, groups) in [("ada", vec![7]), ("bob", vec![7, 8]), ("eve", vec![])] {
        let who = world.person(&format!("{name}@example.com")).await;
        for group in groups {
            world.join(who, group).await;
        }
        people.push(who);
    }
    let starts_with_b = Draft {
        name: "B".to_owned(),
        rule: json!({"field": "email", "op": "starts_with", "value": "b"}),
    };
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let segment = audience::segments::create(ctx, account, actor, starts_with_b)
        .await
        .unwrap();
    let with = |more: Value| {
        let mut with = json!({"schedule": "daily 10:00"});
        for (key, value) in more.as_object().unwrap() {
            with[key] = value.clone();
        }
        on_schedule(with)
    };
    let seven = world.live(with(json!({"group": "7"}))).await;
    let eight = world.live(with(json!({"group": "8"}))).await;
    let of_segment = world
        .live(with(json!({"segment": segment.id.to_string()})))
        .await;
    look(&world).await;
    assert_eq!(pass(&world, HOUR).await, 2);
    let (ada, bob) = (people[0], people[1]);
    let mut of_seven = inside(&world, seven).await;
    of_seven.sort();
    assert_eq!(of_seven, [ada, bob]);
    assert_eq!(inside(&world, eight).await, [bob]);
    assert_eq!(inside(&world, of_segment).await, [bob]);
    // Without a group or a segment, it is everybody who can be written to.
    let all = world.live(with(json!({}))).await;
    audience::subscribers::unsubscribe(&world.ctx, world.account, &world.actor, people[2], None)
        .await
        .unwrap();
    assert_eq!(pass(&world, DAY).await, 2);
    assert_eq!(inside(&world, all).await.len(), 2);
    // What is no more keeps nobody else from coming in.
    world
        .sql("delete from group_member where group_id = 8; delete from contact_group where id = 8")
        .await;
    assert_eq!(pass(&world, DAY).await, 2);
    assert_eq!(inside(&world, seven).await.len(), 6);
    world.check().await;
}

#[testkit::db_test]
async fn a_pause_and_a_move_to_another_zone_begin_with_the_next_time(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 7).await;
    let id = world
        .live(on_schedule(
            json!({"schedule": "daily 10:00", "group": "7"}),
        ))
        .await;
    look(&world).await;
    automations::pause(&world.ctx, world.account, &world.actor, id)
        .await
        .unwrap();
    look(&world).await;
    assert!(due(&world).await.is_empty(), "nobody names it now");
    assert_eq!(pass(&world, 2 * HOUR).await, 0);
    automations::resume(&world.ctx, world.account, &world.actor, id, Resume::CatchUp)
        .await
        .unwrap();
    look(&world).await;
    assert_eq!(due(&world).await, [at("2026-05-05T10:00:00Z")]);
    world
        .sql("update account set time_zone = 'America/New_York'")
        .await;
    look(&world).await;
    assert_eq!(due(&world).await, [at("2026-05-04T14:00:00Z")]);
    assert_eq!(pass(&world, 3 * HOUR).await, 1);
    // Another text is another schedule, and begins with its own next time.
    let edited = on_schedule(json!({"schedule": "daily 23:00", "group": "7"}));
    world.edit(id, edited, Plan::default()).await;
    look(&world).await;
    assert_eq!(due(&world).await, [at("2026-05-05T03:00:00Z")]);
    automations::delete(&world.ctx, world.account, &world.actor, id)
        .await
        .unwrap();
    look(&world).await;
    assert!(due(&world).await.is_empty());
    world.check().await;
}

/// More than a page, and a node that looks at the same moment.
#[testkit::db_test]
async fn pages_and_several_nodes_tell_everybody_once(db: TestDb) {
    const PEOPLE: i64 = 1_300;
    let world = World::new(&db).await;
    crate::engine::tests::crowd::people(&world, PEOPLE).await;
    let id = world
        .live(on_schedule(json!({"schedule": "daily 10:00"})))
        .await;
    look(&world).await;
    world.clock.advance(HOUR);
    let other = db.another_node().await;
    let other_engine = crate::engine::Engine::default();
    let (here, there) = tokio::join!(
        keep_schedules(&world.ctx, &world.engine),
        keep_schedules(&other, &other_engine)
    );
    let mut fired = here.unwrap() + there.unwrap();
    while world
        .number("select count(*) as n from automation_schedule where after_id > 0")
        .await
        > 0
    {
        fired += look(&world).await;
    }
    assert_eq!(fired as i64, PEOPLE);
    assert_eq!(world.number(FIRED).await, PEOPLE);
    world.settle().await;
    let entered = format!(
        "select count(distinct contact_id) as n from automation_run where automation_id = {id}"
    );
    assert_eq!(world.number(&entered).await, PEOPLE);
    world.check().await;
}

#[testkit::db_test]
async fn what_is_no_schedule_cannot_be_published(db: TestDb) {
    let world = World::new(&db).await;
    let id = world
        .draft(on_schedule(json!({"schedule": "each Monday at nine"})))
        .await;
    let (ctx, account) = (&world.ctx, world.account);
    let automation = automations::get(ctx, account, id).await.unwrap();
    let described = automations::describe(ctx, account, automation)
        .await
        .unwrap();
    let [fault] = described.faults.as_slice() else {
        panic!("{:?}", described.faults);
    };
    assert_eq!(fault.path, "triggers[0].on.with.schedule");
    assert!(fault.message.contains("daily 09:00"), "{fault:?}");
}
