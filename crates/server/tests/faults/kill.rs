//! `kill -9` at ten moments of a campaign.

use crate::scene::{Engine, MOST_ON_THE_WIRE, Scene, dice, many};

const KILLS: u64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_nine_sqlite() {
    kill_nine("kill_nine_sqlite", Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_nine_postgres() {
    kill_nine("kill_nine_postgres", Engine::Postgres).await;
}

async fn kill_nine(name: &'static str, engine: Engine) {
    let Some(mut scene) = Scene::set(name, engine, many(), Vec::new()).await else {
        return;
    };
    let dice = dice(name);
    scene.send().await;
    let stretch = scene.recipients * 9 / 10 / KILLS;
    for round in 0..KILLS {
        // What a node that just started has not sent yet cannot be in doubt, so it is given the time to begin.
        let target = (round * stretch + dice.below(stretch)).max(scene.sink.count() + 1);
        scene.progress(target).await;
        scene.kill();
        scene.start().await;
    }
    scene.until_sent().await;
    let verdict = scene.judge().await;
    assert!(
        verdict.unknown <= KILLS * u64::from(MOST_ON_THE_WIRE),
        "{verdict}"
    );
    assert_eq!((verdict.failed, verdict.skipped), (0, 0), "{verdict}");
    scene.stop().await;
}

/// Somebody who keeps killing it from the first moment on: while it takes the list of recipients, and while it starts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_it_gets_anywhere() {
    let name = "killed_before_it_gets_anywhere";
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(mut scene) = Scene::set(name, engine, 3_000, Vec::new()).await else {
            continue;
        };
        scene.send().await;
        scene.kill();
        for _ in 0..3 {
            // Not even ready.
            crate::program::Program::spawn(&scene.setting).kill_nine();
            scene.start().await;
            scene.kill();
        }
        scene.start().await;
        scene.until_sent().await;
        let verdict = scene.judge().await;
        assert!(
            verdict.unknown <= 5 * u64::from(MOST_ON_THE_WIRE),
            "{verdict}"
        );
        scene.stop().await;
    }
}
