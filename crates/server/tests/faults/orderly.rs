//! Ends and halts that are asked for: nothing is lost, repeated or left in doubt.

use std::time::{Duration, Instant};

use crate::scene::{Engine, PATIENCE, Scene, dice};

const RECIPIENTS: u64 = 6_000;
const TIMES: u64 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_sqlite() {
    sigterm("sigterm_sqlite", Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_postgres() {
    sigterm("sigterm_postgres", Engine::Postgres).await;
}

async fn sigterm(name: &'static str, engine: Engine) {
    let Some(mut scene) = Scene::set(name, engine, RECIPIENTS, Vec::new()).await else {
        return;
    };
    let dice = dice(name);
    scene.send().await;
    let stretch = RECIPIENTS * 9 / 10 / TIMES;
    for round in 0..TIMES {
        let target = round * stretch + dice.below(stretch);
        scene.progress(target.max(scene.sink.count() + 1)).await;
        // Checks that it ends well, and within ten seconds.
        scene.stop().await;
        scene.start().await;
    }
    scene.until_sent().await;
    let verdict = scene.judge().await;
    assert_eq!(
        (verdict.unknown, verdict.sent),
        (0, RECIPIENTS),
        "{verdict}"
    );
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pause_and_resume_sqlite() {
    pause_and_resume("pause_and_resume_sqlite", Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pause_and_resume_postgres() {
    pause_and_resume("pause_and_resume_postgres", Engine::Postgres).await;
}

async fn pause_and_resume(name: &'static str, engine: Engine) {
    let Some(mut scene) = Scene::set(name, engine, RECIPIENTS, Vec::new()).await else {
        return;
    };
    let dice = dice(name);
    scene.send().await;
    let stretch = RECIPIENTS * 9 / 10 / TIMES;
    for round in 0..TIMES {
        let target = round * stretch + dice.below(stretch);
        scene.progress(target.max(scene.sink.count() + 1)).await;
        scene.act("pause").await;
        if round % 2 == 0 {
            // What was on the wire finishes; then nothing goes out any more, however often somebody looks.
            scene.until_nothing_is_held().await;
            let count = scene.sink.count();
            assert!(count < RECIPIENTS, "it was paused too late to tell");
            for _ in 0..20 {
                assert_eq!(scene.report().await["state"], "paused");
            }
            assert_eq!(scene.sink.count(), count, "mail left while it was paused");
        }
        scene.act("resume").await;
    }
    scene.until_sent().await;
    let verdict = scene.judge().await;
    assert_eq!(
        (verdict.unknown, verdict.sent),
        (0, RECIPIENTS),
        "{verdict}"
    );
    scene.stop().await;
}

impl Scene {
    /// Waits until no message is in anybody's hands.
    pub(crate) async fn until_nothing_is_held(&self) {
        let until = Instant::now() + PATIENCE;
        'again: loop {
            assert!(Instant::now() < until, "{}: messages stay held", self.name);
            for state in ["leased", "wire"] {
                let path = format!(
                    "/api/campaigns/{}/recipients?limit=1&state={state}",
                    self.campaign
                );
                let page = self.api.get(&path).await;
                if page["data"].as_array().is_none_or(|rows| !rows.is_empty()) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue 'again;
                }
            }
            return;
        }
    }
}
