//! A database that goes away.

use std::time::Duration;

use reqwest::Method;

use crate::proxy::Proxy;
use crate::scene::{PATIENCE, Scene, dice, postgres};

const RECIPIENTS: u64 = 6_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_stopped_and_started_again() {
    let name = "postgres_is_stopped_and_started_again";
    let Some(url) = postgres().await else {
        return;
    };
    let mut proxy = Proxy::start(server_of(&url)).await;
    let url = url.replace(&server_of(&url).to_string(), &proxy.addr().to_string());
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mut scene = Scene::set_in(name, folder, Some(url), RECIPIENTS, Vec::new()).await;
    let dice = dice(name);
    scene.send().await;
    for round in 0..2 {
        let target = round * RECIPIENTS / 3 + dice.below(RECIPIENTS / 6);
        scene.progress(target.max(scene.sink.count() + 1)).await;
        proxy.cut().await;
        scene.says_that_the_database_is_away().await;
        // What was on the wire arrives, and then there is nothing that could be sent safely.
        assert!(
            scene.sink.count() < RECIPIENTS,
            "it was cut too late to tell"
        );
        proxy.restore().await;
        scene.programs[0].ready().await;
    }
    // Short breaks hit commits of which nobody then knows whether they took effect.
    for round in 0..20 {
        scene
            .progress(RECIPIENTS * 3 / 4 + round * RECIPIENTS / 100)
            .await;
        proxy.cut().await;
        proxy.restore().await;
    }
    scene.until_sent().await;
    let verdict = scene.judge().await;
    assert_eq!(
        (verdict.sent, verdict.unknown),
        (RECIPIENTS, 0),
        "{verdict}"
    );
    scene.stop().await;
}

/// An end that is asked for while the database is away is in time, too. What was on the wire is then in doubt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_can_be_stopped_without_its_database() {
    let name = "it_can_be_stopped_without_its_database";
    let Some(url) = postgres().await else {
        return;
    };
    let mut proxy = Proxy::start(server_of(&url)).await;
    let url = url.replace(&server_of(&url).to_string(), &proxy.addr().to_string());
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mut scene = Scene::set_in(name, folder, Some(url), RECIPIENTS, Vec::new()).await;
    scene.send().await;
    scene.progress(RECIPIENTS / 4).await;
    proxy.cut().await;
    let mut program = scene.programs.pop().expect("it runs");
    let (_, took) = program.terminate().await;
    assert!(
        took < Duration::from_secs(10),
        "{took:?}\n{}",
        program.log_tail()
    );
    proxy.restore().await;
    scene.start().await;
    scene.until_sent().await;
    let verdict = scene.judge().await;
    assert!(
        verdict.unknown <= u64::from(crate::scene::MOST_ON_THE_WIRE),
        "{verdict}"
    );
    scene.stop().await;
}

impl Scene {
    /// It lives, answers, and says what is wrong.
    pub(crate) async fn says_that_the_database_is_away(&mut self) {
        let path = format!("/api/campaigns/{}", self.campaign);
        let answer = tokio::time::timeout(PATIENCE, self.api.call(Method::GET, &path, None))
            .await
            .expect("it answers in time")
            .expect("it answers");
        assert_eq!(answer.status, 503, "{}", answer.body);
        assert_eq!(answer.body["code"], "unavailable", "{}", answer.body);
        let alive = self.api.call(Method::GET, "/healthz", None).await;
        assert_eq!(alive.expect("it answers").status, 200);
        let ready = self.api.call(Method::GET, "/readyz", None).await;
        assert_eq!(ready.expect("it answers").status, 503);
        let ended = self.programs[0]
            .child
            .try_wait()
            .expect("a child can be asked");
        assert_eq!(ended, None, "{}", self.programs[0].log_tail());
    }
}

/// Host and port in `postgres://user@host:port/name`.
fn server_of(url: &str) -> std::net::SocketAddr {
    let authority = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split('/').next())
        .unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.parse()
        .unwrap_or_else(|_| panic!("{host:?} is not an address with a port"))
}
