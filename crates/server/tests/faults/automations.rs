//! `kill -9` while people are let into an automation and written to.
//!
//! Events are reported with keys, and again until the program has said that it has them: each is one run and one mail,
//! whenever the program dies. What was on the wire at that moment is in doubt, as with campaigns; nobody gets two.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{address, text};
use crate::scene::{Engine, MOST_ON_THE_WIRE, PATIENCE, Scene, dice};

const PEOPLE: u64 = 600;
const KILLS: u64 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_lets_people_in_sqlite() {
    killed_while_it_lets_people_in("killed_while_it_lets_people_in_sqlite", Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_lets_people_in_postgres() {
    killed_while_it_lets_people_in("killed_while_it_lets_people_in_postgres", Engine::Postgres)
        .await;
}

async fn killed_while_it_lets_people_in(name: &'static str, engine: Engine) {
    let Some(mut scene) = Scene::set(name, engine, PEOPLE, Vec::new()).await else {
        return;
    };
    let dice = dice(name);
    let id = automation(&scene).await;
    let stretch = PEOPLE / (KILLS + 1);
    let mut kills: BTreeSet<u64> = (1..=KILLS)
        .map(|kill| kill * stretch + dice.below(stretch))
        .collect();
    for n in 0..PEOPLE {
        report(&mut scene, n).await;
        if kills.remove(&n) {
            scene.kill();
            scene.start().await;
        }
    }
    // Each of them is in, and waits behind the mail.
    let until = Instant::now() + PATIENCE;
    let runs = loop {
        let runs = runs(&scene, &id).await;
        let waiting = runs.values().filter(|step| *step == "rest").count() as u64;
        if waiting == PEOPLE {
            break runs;
        }
        assert!(
            Instant::now() < until,
            "{waiting} of {PEOPLE} are where they belong: {runs:?}\n{}",
            scene.programs[0].log_tail()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(runs.len() as u64, PEOPLE);
    let in_doubt = KILLS * u64::from(MOST_ON_THE_WIRE);
    scene.progress(PEOPLE - in_doubt.min(PEOPLE / 2)).await;
    // What a dead node had leased goes out when its lease is over, 15 seconds later, and a connection is kept for 20.
    assert!(scene.sink.wait_idle(PATIENCE).await);
    // What the program says was sent, the relay has; once.
    let statistics = scene
        .api
        .get(&format!("/api/automations/{id}/statistics"))
        .await;
    assert_eq!(statistics["entered"], PEOPLE, "{statistics}");
    let mut accepted: HashMap<String, usize> = HashMap::new();
    for one in scene.sink.accepted() {
        *accepted.entry(one.recipient).or_default() += 1;
    }
    let twice: Vec<_> = accepted.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "written to twice: {twice:?}");
    let missed = PEOPLE - accepted.len() as u64;
    assert!(missed <= in_doubt, "{missed} got nothing");
    println!(
        "{name}: {PEOPLE} people, {KILLS} kills: {} accepted once, {missed} in doubt",
        accepted.len()
    );
    scene.stop().await;
}

async fn automation(scene: &Scene) -> String {
    let template = template(scene).await;
    let draft = json!({
        "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}},
            "reentry": {"policy": "always"}, "start": "mail"}],
        "steps": [
            {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "score"},
            {"id": "score", "kind": "increment_field", "with": {"field": "score", "by": 1}, "next": "rest"},
            {"id": "rest", "kind": "wait", "with": {"days": 1}, "next": "done"},
            {"id": "done", "kind": "end"}]});
    publish(scene, draft).await
}

/// A mail that automations can send; its id.
pub(crate) async fn template(scene: &Scene) -> Value {
    let settings = json!({"sender_name": "Ada", "sender_email": "news@example.com"});
    let patched = scene
        .api
        .call(Method::PATCH, "/api/account", Some(&settings))
        .await
        .expect("it answers");
    assert_eq!(patched.status, 200, "{}", patched.body);
    let template = json!({
        "name": "Hello",
        "content": {"subject": "Hello {{ first_name }}", "body": {"kind": "html", "html": "<p>Hello</p>"}},
    });
    let template = scene.api.post("/api/templates", Some(&template)).await;
    template["id"].clone()
}

/// Makes an automation of a draft and lets people in; its id.
pub(crate) async fn publish(scene: &Scene, draft: Value) -> String {
    let automation = json!({"name": "Hello", "draft": draft});
    let automation = scene.api.post("/api/automations", Some(&automation)).await;
    let id = text(&automation["id"]);
    let path = format!("/api/automations/{id}/publish");
    scene.api.post(&path, Some(&json!({}))).await;
    id
}

/// Again and again, with the same key, until it is said to be recorded.
async fn report(scene: &mut Scene, n: u64) {
    let event = json!({"name": "go", "email": address(n), "key": format!("go-{n}")});
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = scene
            .api
            .call(Method::POST, "/api/events", Some(&event))
            .await;
        if answer.is_ok_and(|answer| answer.status == 202) {
            return;
        }
        assert!(Instant::now() < until, "nobody takes the event {n}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The steps at which people are, by address.
pub(crate) async fn runs(scene: &Scene, id: &str) -> HashMap<String, String> {
    let mut all = HashMap::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/automations/{id}/runs?limit=1000{cursor}");
        let page: Value = scene.api.get(&path).await;
        for run in page["data"].as_array().expect("a page has rows") {
            let before = all.insert(text(&run["email"]), text(&run["step"]));
            assert!(before.is_none(), "two runs of {}", run["email"]);
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}
