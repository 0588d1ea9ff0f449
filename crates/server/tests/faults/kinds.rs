//! Crashes while a campaign is more than "everybody, now": a test of variants, spread over time, under a limit.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::text;
use crate::program::{Program, Setting};
use crate::scene::{Engine, MOST_ON_THE_WIRE, Scene, dice};

const RECIPIENTS: u64 = 4_000;

impl Scene {
    async fn patch(&self, body: Value) {
        let path = format!("/api/campaigns/{}", self.campaign);
        let answer = self.api.call(Method::PATCH, &path, Some(&body)).await;
        let answer = answer.expect("it answers");
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_nine_in_an_ab_test_sqlite() {
    kill_nine_in_an_ab_test("kill_nine_in_an_ab_test_sqlite", Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_nine_in_an_ab_test_postgres() {
    kill_nine_in_an_ab_test("kill_nine_in_an_ab_test_postgres", Engine::Postgres).await;
}

/// Killed in the test, right after its decision, and while the rest gets the winner: everybody gets one variant.
async fn kill_nine_in_an_ab_test(name: &'static str, engine: Engine) {
    let Some(mut scene) = Scene::set(name, engine, RECIPIENTS, Vec::new()).await else {
        return;
    };
    let dice = dice(name);
    scene
        .patch(json!({"ab": {
            "share_percent": 30, "winner_by": "hand",
            "variants": [{"subject": "Red"}, {"subject": "Green"}, {}],
        }}))
        .await;
    scene.send().await;
    let in_test = RECIPIENTS * 30 / 100;
    let mut kills = 0;
    for _ in 0..2 {
        let target = scene.sink.count() + 1 + dice.below(in_test / 3);
        scene.progress(target.min(in_test - 200)).await;
        scene.kill();
        scene.start().await;
        kills += 1;
    }
    // Nearly all: what was on the wire at a kill is in doubt.
    scene
        .progress(in_test - kills * u64::from(MOST_ON_THE_WIRE))
        .await;
    let path = format!("/api/campaigns/{}/winner", scene.campaign);
    scene.api.post(&path, Some(&json!({"variant": 2}))).await;
    for _ in 0..4 {
        scene.kill();
        scene.start().await;
        kills += 1;
        let target = scene.sink.count() + dice.below(RECIPIENTS / 8);
        scene.progress(target.min(RECIPIENTS - 1_000)).await;
    }
    scene.until_sent().await;
    let verdict = scene.judge().await;
    assert!(
        verdict.unknown <= kills * u64::from(MOST_ON_THE_WIRE),
        "{verdict}"
    );
    let report = scene
        .api
        .get(&format!("/api/campaigns/{}/ab-report", scene.campaign))
        .await;
    let numbers = |name: &str| -> Vec<u64> {
        let variants = report["variants"].as_array().expect("variants");
        variants
            .iter()
            .map(|one| one[name].as_u64().expect("a number"))
            .collect()
    };
    let third = in_test / 3;
    assert_eq!(
        numbers("recipients"),
        [third, RECIPIENTS - 2 * third, third],
        "{report}"
    );
    assert_eq!(
        numbers("sent").iter().sum::<u64>(),
        verdict.sent,
        "{report}"
    );
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_nine_while_it_is_spread_over_a_minute() {
    let name = "kill_nine_while_it_is_spread_over_a_minute";
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(mut scene) = Scene::set(name, engine, 1_200, Vec::new()).await else {
            continue;
        };
        let dice = dice(name);
        scene.patch(json!({"spread_minutes": 1})).await;
        scene.send().await;
        let mut kills = 0;
        for part in 1..=4 {
            scene.progress(part * 200 + dice.below(150)).await;
            scene.kill();
            scene.start().await;
            kills += 1;
        }
        scene.until_sent().await;
        // It took its time, for all that.
        assert!(scene.began.elapsed() > Duration::from_secs(50));
        let verdict = scene.judge().await;
        assert!(
            verdict.unknown <= kills * u64::from(MOST_ON_THE_WIRE),
            "{verdict}"
        );
        scene.stop().await;
    }
}

/// Two nodes on one database, one of them killed and started again: no minute gets more than the limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_and_a_crash_never_exceed_a_limit() {
    const MOST: u64 = 500;
    let name = "two_nodes_and_a_crash_never_exceed_a_limit";
    let Some(mut scene) = Scene::set(name, Engine::Postgres, 3 * MOST, Vec::new()).await else {
        return;
    };
    let limit = json!({"scope": "account", "per_minute": MOST});
    scene.api.post("/api/send-limits", Some(&limit)).await;
    let folder = scene.setting.data_dir.with_file_name("second");
    let url = scene.setting.database_url.clone();
    let other = Setting::new(&scene.setting.binary, &folder, url);
    let mut second = Program::start(&other).await;
    scene.send().await;
    let kill_at = 1 + dice(name).below(MOST - 200);
    let mut killed = false;
    // The count of the sink at many moments.
    let mut seen: Vec<(Instant, u64)> = Vec::new();
    loop {
        let count = scene.sink.count();
        seen.push((Instant::now(), count));
        if !killed && count >= kill_at {
            killed = true;
            second.kill_nine();
            second = Program::start(&other).await;
        }
        let report = scene.report().await;
        if text(&report["state"]) == "sent" {
            break;
        }
        assert!(scene.began.elapsed() < Duration::from_mins(6), "{report}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut most = 0;
    for (i, (start, before)) in seen.iter().enumerate() {
        let within = seen[i..]
            .iter()
            .take_while(|(at, _)| at.duration_since(*start) <= Duration::from_mins(1));
        most = most.max(within.last().map_or(0, |(_, count)| count - before));
    }
    println!("{name}: {most} in the fullest minute, of {MOST}");
    assert!((MOST * 3 / 4..=MOST).contains(&most), "{most}");
    scene.programs.push(second);
    let verdict = scene.judge().await;
    assert!(verdict.unknown <= u64::from(MOST_ON_THE_WIRE), "{verdict}");
    scene.stop().await;
}
