//! Several nodes on one database.

use testkit::TestDb;

use super::{DAY, World, is_over, welcome};
use crate::engine::{Engine, pump};

/// On SQLite the nodes share one writer; on PostgreSQL they race.
#[testkit::db_test]
async fn nodes_that_work_on_the_same_timers_do_nothing_twice(db: TestDb) {
    const PEOPLE: usize = 200;
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let mut document = welcome(&template, 7);
    document["steps"] = serde_json::json!([
        {"id": "welcome", "kind": "wait", "with": {"days": 1}, "next": "mail"},
        {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "rest"},
        {"id": "rest", "kind": "wait", "with": {"hours": 1}, "next": "done"},
        {"id": "done", "kind": "end"}]);
    let id = world.live(document).await;
    for n in 0..PEOPLE {
        let who = world.person(&format!("p{n}@example.com")).await;
        world.join(who, 7).await;
    }
    world.settle().await;
    world.clock.advance(DAY);
    let mut nodes = vec![(world.ctx.clone(), world.engine.clone())];
    for _ in 0..2 {
        nodes.push((db.another_node().await, Engine::default()));
    }
    let work = nodes.iter().map(|(ctx, engine)| async {
        let mut fired = 0;
        for _ in 0..60 {
            fired += pump::fire(ctx, engine, world.account, 16).await.unwrap();
            tokio::task::yield_now().await;
        }
        fired
    });
    let fired: usize = futures_util::future::join_all(work).await.into_iter().sum();
    assert_eq!(fired, PEOPLE, "each timer fired once");
    assert_eq!(world.messages().await, PEOPLE as i64, "each got one mail");
    world.check().await;
    world.pass(DAY).await;
    assert!(world.runs(id).await.iter().all(is_over));
    assert_eq!(world.messages().await, PEOPLE as i64);
}
