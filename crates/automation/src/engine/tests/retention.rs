//! How long runs are kept that are over.

use serde_json::json;
use testkit::TestDb;

use super::{DAY, World, is_over, welcome};
use crate::engine::{KEPT_DAYS, forget_finished};
use crate::runs;

async fn histories(world: &World) -> [i64; 3] {
    let mut all = [0; 3];
    for (n, table) in ["run", "log", "effect"].into_iter().enumerate() {
        let rows = format!("select count(*) as n from automation_{table}");
        all[n] = world.number(&rows).await;
    }
    all
}

#[testkit::db_test]
async fn runs_that_are_long_over_are_forgotten_and_stay_counted(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let mut document = welcome(&template, 7);
    document["steps"][1]["with"] = json!({"days": 1});
    let id = world.live(document).await;
    let (ada, bob) = (
        world.person("ada@example.com").await,
        world.person("bob@example.com").await,
    );
    world.join(ada, 7).await;
    world.settle().await;
    world.pass(DAY).await;
    assert!(is_over(&world.run(id).await));
    // Somebody halts the other, who stays for years.
    world.join(bob, 7).await;
    world.settle().await;
    world
        .sql("update automation_run set paused_at = began_at where state <> 'done'; delete from automation_timer")
        .await;
    let before = runs::statistics(&world.ctx, world.account, id, None, None)
        .await
        .unwrap();
    let kept = histories(&world).await;
    world.clock.advance(DAY * (KEPT_DAYS - 1));
    assert_eq!(forget_finished(&world.ctx).await.unwrap(), 0);
    assert_eq!(histories(&world).await, kept);
    world.clock.advance(2 * DAY);
    assert_eq!(forget_finished(&world.ctx).await.unwrap(), 1);
    let run = world.run(id).await;
    assert_eq!(run.subscriber_id, bob, "who is not through stays");
    let left = histories(&world).await;
    assert_eq!((left[0], left[2]), (1, 1));
    assert_eq!(left[1], world.path(&run).await.len() as i64);
    let after = runs::statistics(&world.ctx, world.account, id, None, None)
        .await
        .unwrap();
    assert_eq!(after, before, "the counters stay");
    // And so does that she was there: once is once.
    let mut leaves = audience::subscribers::PersonChange::default();
    leaves.groups.insert(7.into(), false);
    world.change(ada, leaves).await;
    world.join(ada, 7).await;
    world.settle().await;
    assert_eq!(world.runs(id).await.len(), 1);
    world.check().await;
}

#[testkit::db_test]
async fn an_account_that_keeps_events_for_a_month_keeps_runs_for_a_month(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let id = world.live(welcome(&template, 7)).await;
    for n in 0..3 {
        let who = world.person(&format!("p{n}@example.com")).await;
        world.join(who, 7).await;
    }
    world.settle().await;
    world.pass(DAY).await;
    let wanted = audience::privacy::Settings {
        event_days: Some(30),
        ip_days: None,
    };
    audience::privacy::set(&world.ctx, world.account, &world.actor, wanted)
        .await
        .unwrap();
    world.clock.advance(29 * DAY);
    assert_eq!(forget_finished(&world.ctx).await.unwrap(), 0);
    world.clock.advance(2 * DAY);
    assert_eq!(forget_finished(&world.ctx).await.unwrap(), 3);
    assert_eq!(histories(&world).await, [0; 3]);
    assert!(world.runs(id).await.is_empty());
}
