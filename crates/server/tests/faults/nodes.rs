//! Two processes on one PostgreSQL.

use std::time::Duration;

use reqwest::Method;

use crate::program::{Program, Setting};
use crate::scene::{Engine, MOST_ON_THE_WIRE, PATIENCE, Scene, dice};

const RECIPIENTS: u64 = 8_000;

/// The scene with a second node.
async fn two_nodes(name: &'static str) -> Option<(Scene, Program)> {
    let mut scene = Scene::set(name, Engine::Postgres, RECIPIENTS, Vec::new()).await?;
    // The database is all that nodes share.
    let folder = scene.setting.data_dir.with_file_name("second");
    let url = scene.setting.database_url.clone();
    let other = Setting::new(&scene.setting.binary, &folder, url);
    let second = Program::start(&other).await;
    scene.send().await;
    Some((scene, second))
}

/// How many messages a node has sent, by its own metrics.
async fn sent_by(scene: &Scene, program: &Program) -> u64 {
    let url = format!("{}/metrics", program.url);
    let text = crate::api::http_client().get(url).send().await;
    let text = text.expect("it answers").text().await.expect("it is text");
    let line = text
        .lines()
        .find(|line| line.starts_with("messages_finished_total") && line.contains("\"sent\""));
    let number = line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    println!("{}: {} has sent {number:?}", scene.name, program.url);
    number.unwrap_or(0.0) as u64
}

/// Waits until both have sent something.
async fn both_send(scene: &Scene, second: &Program) {
    for count in (500..RECIPIENTS / 2).step_by(250) {
        scene.progress(count).await;
        if sent_by(scene, &scene.programs[0]).await > 0 && sent_by(scene, second).await > 0 {
            return;
        }
    }
    panic!(
        "one node did all the work\n{}\n----\n{}",
        scene.programs[0].log_tail(),
        second.log_tail()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_a_campaign() {
    let Some((mut scene, second)) = two_nodes("two_nodes_share_a_campaign").await else {
        return;
    };
    both_send(&scene, &second).await;
    scene.until_sent().await;
    let verdict = scene.judge().await;
    assert_eq!(
        (verdict.sent, verdict.unknown),
        (RECIPIENTS, 0),
        "{verdict}"
    );
    scene.programs.push(second);
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_nodes_is_killed() {
    let name = "one_of_two_nodes_is_killed";
    let Some((mut scene, second)) = two_nodes(name).await else {
        return;
    };
    both_send(&scene, &second).await;
    let at = scene.sink.count() + 1 + dice(name).below(RECIPIENTS / 4);
    scene.progress(at).await;
    second.kill_nine();
    // Fifteen seconds later the other one takes over what it held.
    scene.until_sent().await;
    let verdict = scene.judge().await;
    assert!(verdict.unknown <= u64::from(MOST_ON_THE_WIRE), "{verdict}");
    scene.stop().await;
}

/// The dead may come back: a node that was frozen for so long that another took over its work must not send it again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_comes_back_from_the_dead() {
    let name = "a_node_comes_back_from_the_dead";
    let Some((mut scene, mut second)) = two_nodes(name).await else {
        return;
    };
    both_send(&scene, &second).await;
    let at = scene.sink.count() + 1 + dice(name).below(RECIPIENTS / 4);
    scene.progress(at).await;
    second.freeze();
    // The other one takes over and finishes.
    scene.until_sent().await;
    let before = scene.report().await["unknown"].as_u64().expect("a number");
    assert!(before <= u64::from(MOST_ON_THE_WIRE), "unknown: {before}");
    second.thaw();
    // It finds out, ends what it had begun, and goes on living.
    second.ready().await;
    let path = format!("/api/campaigns/{}/report", scene.campaign);
    let mut through_second = scene.api.clone();
    through_second.base.clone_from(&second.url);
    let answer = through_second.call(Method::GET, &path, None).await;
    assert_eq!(answer.expect("it answers").status, 200);
    scene.programs.push(second);
    // Both stop in an orderly way: nothing is in anybody's hands after that.
    scene.stop().await;
    assert!(
        scene
            .sink
            .wait_idle(PATIENCE.min(Duration::from_secs(30)))
            .await
    );
    scene.start().await;
    let verdict = scene.judge().await;
    assert!(verdict.unknown <= before, "{verdict}, before {before}");
    println!(
        "{name}: {before} in doubt while it was away, {} after",
        verdict.unknown
    );
    scene.stop().await;
}
