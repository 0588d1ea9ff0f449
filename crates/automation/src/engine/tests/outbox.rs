//! Requests to other programs, notes to colleagues, mails whose fate is waited for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::TestDb;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::World;
use crate::definition::Retry;
use crate::engine::Action;
use crate::engine::outbox::pause;
use crate::runs::{self, RunStatus};

/// A program that answers what it is told to, one request after the other; it remembers what it was asked.
pub(super) struct Program {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Program {
    pub(super) async fn start(world: &World, answers: Vec<(u16, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        world.ctx.tasks.spawn(async move {
            let mut answers = answers.into_iter();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 64 * 1024];
                let mut length = 0;
                loop {
                    let read = stream.read(&mut request[length..]).await.unwrap_or(0);
                    length += read;
                    let text = String::from_utf8_lossy(&request[..length]).into_owned();
                    let body = text.split_once("\r\n\r\n").map(|it| it.1.len());
                    let wanted = text
                        .to_lowercase()
                        .split("content-length: ")
                        .nth(1)
                        .and_then(|rest| rest.split("\r\n").next()?.parse().ok())
                        .unwrap_or(0);
                    if read == 0 || body.is_some_and(|body| body >= wanted) {
                        heard.lock().unwrap().push(text);
                        break;
                    }
                }
                let (status, body) = answers.next().unwrap_or((200, "{}"));
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, asked }
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

pub(super) fn calling(url: &str, extra: &Value) -> Value {
    let mut call = json!({
        "id": "call", "kind": "http_call", "next": "set",
        "with": {"url": format!("{url}/people/{{{{ email }}}}"), "body": {"plan": "{{ event.plan }}", "n": 1},
            "headers": {"X-Plan": "{{ event.plan }}"}, "save": {"points": "/data/points"}},
        "retry": {"attempts": 3, "first_delay_seconds": 60}});
    if let Some(extra) = extra.as_object() {
        for (key, value) in extra {
            call[key] = value.clone();
        }
    }
    let mut steps = vec![
        call,
        json!({"id": "set", "kind": "set_field", "with": {"field": "score", "from": "points"}, "next": "done"}),
        json!({"id": "done", "kind": "end"}),
    ];
    if extra.get("on_failure").is_some() {
        steps.push(json!({"id": "failed", "kind": "end"}));
    }
    json!({
        "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "call"}],
        "steps": steps})
}

/// With a client that may ask this machine.
pub(super) async fn world(db: &TestDb) -> World {
    let mut world = World::new(db).await;
    let loopback = "127.0.0.0/8".parse().unwrap();
    world.ctx.http = net::Client::new(net::Guard::allowing([loopback]));
    world
}

#[testkit::db_test]
async fn another_program_is_asked_again_until_it_answers_and_its_answer_is_remembered(db: TestDb) {
    let world = world(&db).await;
    let program = Program::start(
        &world,
        vec![(503, "later"), (200, r#"{"data": {"points": 7}}"#)],
    )
    .await;
    let mut document = calling(&program.url, &json!({}));
    document["exits"] = json!([]);
    let id = world.live(document).await;
    let ada = world.person("ada@example.com").await;
    world
        .event(ada, "go", json!({"plan": "gold \"plus\""}))
        .await;
    world.settle().await;
    assert_eq!(world.run(id).await.status, RunStatus::Sending);
    assert_eq!(program.asked().len(), 1);
    world.pass(Duration::from_secs(59)).await;
    assert_eq!(program.asked().len(), 1, "it rests");
    world.pass(Duration::from_secs(1)).await;
    let asked = program.asked();
    assert_eq!(asked.len(), 2);
    for request in &asked {
        assert!(
            request.starts_with("POST /people/ada%40example.com HTTP/1.1"),
            "{request}"
        );
        assert!(
            request.contains(r#"{"plan":"gold \"plus\"","n":1}"#),
            "{request}"
        );
        assert!(request.contains("x-plan: gold \"plus\""), "{request}");
    }
    let key = |request: &str| {
        let start = request.find("idempotency-key: ").unwrap();
        request[start..].lines().next().unwrap().to_owned()
    };
    assert_eq!(key(&asked[0]), key(&asked[1]), "the same request");
    let profile = audience::subscribers::get(&world.ctx, world.account, ada).await;
    assert_eq!(profile.unwrap().subscriber.score, 7);
    assert_eq!(world.run(id).await.step.as_str(), "done");
    world.check().await;
}

#[testkit::db_test]
async fn what_fails_for_good_waits_for_a_decision_or_takes_its_own_way(db: TestDb) {
    let world = world(&db).await;
    let program = Program::start(&world, vec![(404, "no"), (404, "no"), (200, "[]")]).await;
    let stops = world.live(calling(&program.url, &json!({}))).await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({"plan": "gold"})).await;
    world.settle().await;
    let run = world.run(stops).await;
    assert_eq!(run.status, RunStatus::Failed);
    assert!(run.error.as_ref().unwrap().contains("404"), "{run:?}");
    runs::resume(
        &world.ctx,
        &world.engine,
        world.account,
        &world.actor,
        stops,
        run.id,
        false,
    )
    .await
    .unwrap();
    world.settle().await;
    assert_eq!(program.asked().len(), 2, "it was tried again");
    let change = runs::Change {
        action: serde_json::from_value(json!("skip")).unwrap(),
        to: None,
        runs: Vec::new(),
        step: Some(crate::definition::StepId::parse("call").unwrap()),
        status: None,
        after: None,
    };
    let changed = runs::change(
        &world.ctx,
        &world.engine,
        world.account,
        &world.actor,
        stops,
        &change,
    )
    .await
    .unwrap();
    assert_eq!(changed.changed, 1);
    let run = world.run(stops).await;
    assert_eq!(
        run.step.as_str(),
        "set",
        "it went on, and misses the answer"
    );
    assert_eq!(run.status, RunStatus::Failed);

    let branches = world
        .live(calling(&program.url, &json!({"on_failure": "failed"})))
        .await;
    let bob = world.person("bob@example.com").await;
    world.event(bob, "go", json!({"plan": "gold"})).await;
    world.settle().await;
    assert_eq!(
        world.run(branches).await.step.as_str(),
        "failed",
        "nothing at the pointer"
    );
    world.check().await;
}

#[testkit::db_test]
async fn nobody_in_our_own_network_is_asked(db: TestDb) {
    // Without the permission of the other tests.
    let world = World::new(&db).await;
    let program = Program::start(&world, Vec::new()).await;
    let id = world.live(calling(&program.url, &json!({}))).await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({"plan": "x"})).await;
    world.settle().await;
    let run = world.run(id).await;
    assert_eq!(run.status, RunStatus::Failed);
    assert!(program.asked().is_empty());
}

#[testkit::db_test]
async fn colleagues_are_told_once(db: TestDb) {
    let world = World::new(&db).await;
    let owner = world.owner.to_string();
    let id = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "tell"}],
            "steps": [
                {"id": "tell", "kind": "notify_team", "next": "done", "with": {
                    "users": [owner], "subject": "{{ email }} bought", "text": "Line one: {{ event.total }}\nLine two"}},
                {"id": "done", "kind": "end"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({"total": 40})).await;
    world.settle().await;
    assert_eq!(world.run(id).await.outcome.as_deref(), Some("completed"));
    let told = "select count(*) as n from message where kind = 'transactional' and address = 'owner@example.com'";
    assert_eq!(world.number(told).await, 1);
    // As if the node had died before it wrote that it was done.
    world
        .sql("update automation_effect set state = 'pending'")
        .await;
    world.settle().await;
    assert_eq!(world.number(told).await, 1);
    let variables = "select count(*) as n from transactional_message where variables like '%ada@example.com bought%' \
         and variables like '%Line one: 40%'";
    assert_eq!(world.number(variables).await, 1);
}

fn telling(owner: &str) -> Value {
    json!({
        "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "tell"}],
        "steps": [
            {"id": "tell", "kind": "notify_team", "next": "rest", "with": {
                "users": [owner], "subject": "Somebody", "text": "bought"}},
            {"id": "rest", "kind": "wait", "with": {"days": 1}, "next": "done"},
            {"id": "done", "kind": "end"}]})
}

const TOLD: &str = "select count(*) as n from message where address = 'owner@example.com'";

#[testkit::db_test]
async fn what_nobody_wants_any_more_is_not_done(db: TestDb) {
    let world = World::new(&db).await;
    let owner = world.owner.to_string();
    let ada = world.person("ada@example.com").await;
    let deleted = world.live(telling(&owner)).await;
    world.event(ada, "go", json!({})).await;
    world.follow().await;
    crate::automations::delete(&world.ctx, world.account, &world.actor, deleted)
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(world.number(TOLD).await, 0, "it was deleted");

    let left = world.live(telling(&owner)).await;
    world.event(ada, "go", json!({})).await;
    world.follow().await;
    let run = world.run(left).await;
    let mut tx = world.ctx.write().await.unwrap();
    let runs = [run.id];
    let (ctx, engine, account) = (&world.ctx, &world.engine, world.account);
    crate::engine::act(ctx, &mut tx, engine, account, left, &runs, &Action::Exit)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.settle().await;
    assert_eq!(world.number(TOLD).await, 0, "they were taken out");
    let failed =
        "select count(*) as n from automation_effect where state = 'failed' and error is not null";
    assert_eq!(world.number(failed).await, 2);

    // Whoever went on by themselves wanted it.
    let mut unsubscribes = telling(&owner);
    unsubscribes["steps"][1] = json!({"id": "rest", "kind": "set_status", "with": {"status": "unsubscribed"}, "next": "done"});
    world.live(unsubscribes).await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    assert_eq!(world.number(TOLD).await, 1);
    world.check().await;
}

#[testkit::db_test]
async fn what_goes_wrong_with_us_is_no_try_of_a_step(db: TestDb) {
    let world = World::new(&db).await;
    let owner = world.owner.to_string();
    let mut document = telling(&owner);
    document["steps"][0]["retry"] = json!({"attempts": 1, "first_delay_seconds": 60});
    let id = world.live(document).await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.follow().await;
    world
        .sql("update automation_version set document = '-' || document")
        .await;
    for _ in 0..5 {
        world.pass(Duration::from_secs(30)).await;
    }
    let tries = "select attempts from automation_effect where state = 'pending'";
    assert_eq!(world.number(tries).await, 0);
    world
        .sql("update automation_version set document = substr(document, 2)")
        .await;
    world.pass(Duration::from_secs(30)).await;
    assert_eq!(world.number(TOLD).await, 1);
    assert_eq!(world.run(id).await.status, RunStatus::Waiting);
    world.check().await;
}

#[testkit::db_test]
async fn a_mail_whose_fate_is_waited_for_goes_on_with_it(db: TestDb) {
    let world = World::new(&db).await;
    let template = world.template("Hello").await;
    let id = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "mail"}],
            "steps": [
                {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "done", "on_failure": "failed"},
                {"id": "failed", "kind": "end"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let (ada, bob) = (
        world.person("ada@example.com").await,
        world.person("bob@example.com").await,
    );
    world.event(ada, "go", json!({})).await;
    world.event(bob, "go", json!({})).await;
    world.settle().await;
    let waiting = world.runs(id).await;
    assert!(waiting.iter().all(|run| run.status == RunStatus::Sending));
    world.check().await;
    world
        .sql("update message set state = 'sent' where address = 'ada@example.com'; \
              update message set state = 'failed', detail = '550 no such user' where address = 'bob@example.com'")
        .await;
    world.settle().await;
    for run in world.runs(id).await {
        let step = if run.subscriber_id == ada {
            "done"
        } else {
            "failed"
        };
        assert_eq!(run.step.as_str(), step);
    }
    world.check().await;
}

#[test]
fn pauses_double_up_to_a_day() {
    let retry = Retry {
        attempts: 20,
        first_delay_seconds: 60,
    };
    for (tries, seconds) in [
        (1, 60),
        (2, 120),
        (3, 240),
        (11, 61_440),
        (12, 86_400),
        (40, 86_400),
    ] {
        assert_eq!(pause(retry, tries), Duration::from_secs(seconds), "{tries}");
    }
}
