//! `kill -9` twice a second, for as long as wanted, while people are let into an automation and wait there for something.
//!
//! Times count here, not places: it is to be hit at any instruction. With `SENDERO_TEST_CHAOS_SECONDS=120` and a release
//! build (`SENDERO_TEST_BINARY`) it is what the design asks for; the tests do it for a few seconds.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{Api, address};
use crate::automations::{publish, runs, template};
use crate::program::{Program, Setting};
use crate::scene::{Engine, MOST_ON_THE_WIRE, PATIENCE, Scene, from_environment};

/// People who come in, a second.
const RATE: u64 = 200;
/// Between two kills.
const LIFE: Duration = Duration::from_millis(500);
/// How long after somebody came in it happens that they wait for, if it does.
const THINKS: Duration = Duration::from_secs(2);
/// Of the wait.
const TIME_OUT: Duration = Duration::from_mins(1);

/// What was reported of somebody.
#[derive(Clone, Copy)]
enum Answer {
    None,
    InTime,
    /// They may have been led on by then.
    Late,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_twice_a_second_sqlite() {
    killed_twice_a_second("killed_twice_a_second_sqlite", Engine::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_killed_twice_a_second_postgres() {
    let name = "two_workers_killed_twice_a_second_postgres";
    killed_twice_a_second(name, Engine::Postgres, 2).await;
}

async fn killed_twice_a_second(name: &'static str, engine: Engine, workers: usize) {
    let seconds = from_environment("SENDERO_TEST_CHAOS_SECONDS").unwrap_or(4);
    let people = RATE * seconds;
    let Some(mut scene) = Scene::set(name, engine, people, Vec::new()).await else {
        return;
    };
    let id = automation(&scene).await;
    let first = scene.programs.pop().expect("a program runs");
    let mut herd = Herd::of(first, &scene.setting, workers);
    let bases = herd.bases.clone();
    let began = Instant::now();
    let chaos = async {
        let mut kills = 0;
        while began.elapsed() < Duration::from_secs(seconds) {
            tokio::time::sleep(LIFE).await;
            herd.kill_one(kills);
            kills += 1;
        }
        kills
    };
    let answers = Mutex::new(vec![Answer::None; people as usize]);
    let reports = futures_util::stream::iter(0..people).for_each_concurrent(4_000, |n| {
        let (api, bases, answers) = (&scene.api, &bases, &answers);
        async move {
            let due = began + Duration::from_secs(1) * u32::try_from(n).unwrap_or(0) / RATE as u32;
            tokio::time::sleep_until(due.into()).await;
            let asked = Instant::now();
            report(api, bases, "go", n).await;
            if n % 2 == 0 {
                tokio::time::sleep(THINKS).await;
                report(api, bases, "answer", n).await;
                // The wait cannot have begun before that, so it cannot have ended.
                let in_time = asked.elapsed() < TIME_OUT;
                let in_time = if in_time {
                    Answer::InTime
                } else {
                    Answer::Late
                };
                answers.lock().unwrap_or_else(PoisonError::into_inner)[n as usize] = in_time;
            }
        }
    });
    let (kills, ()) = tokio::join!(chaos, reports);
    for program in &mut herd.programs {
        program.ready().await;
    }
    scene.api.base.clone_from(&herd.programs[0].url);
    scene.programs = herd.programs;

    // The time-out of those who did not answer is a minute.
    let path = format!("/api/automations/{id}/statistics");
    let until = Instant::now() + PATIENCE;
    let statistics = loop {
        let statistics = scene.api.get(&path).await;
        if statistics["outcomes"]["completed"] == people {
            break statistics;
        }
        assert!(
            Instant::now() < until,
            "{name}: somebody is lost or stuck after {kills} kills: {statistics}\n{}",
            scene.programs[0].log_tail()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(statistics["entered"], people, "{statistics}");
    assert_eq!(statistics["finished"], people, "{statistics}");
    let steps: BTreeMap<&str, &Value> = statistics["steps"]
        .as_array()
        .expect("steps are a list")
        .iter()
        .map(|step| (step["step"].as_str().unwrap_or_default(), step))
        .collect();
    // Who answered in time was woken by that, who did not at all by the time-out.
    let ends = runs(&scene, &id).await;
    let answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut late = 0;
    for (n, answer) in (0..).zip(&answers) {
        let end = &*ends[&address(n)];
        match answer {
            Answer::InTime => assert_eq!(end, "answered", "{name}: person {n}"),
            Answer::None => assert_eq!(end, "silent", "{name}: person {n}"),
            Answer::Late => late += 1,
        }
    }

    assert!(scene.sink.wait_idle(PATIENCE).await);
    let mut accepted: HashMap<String, usize> = HashMap::new();
    for one in scene.sink.accepted() {
        *accepted.entry(one.recipient).or_default() += 1;
    }
    let twice: Vec<_> = accepted.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{name}: written to twice: {twice:?}");
    let sent = steps["mail"]["mail"]["sent"].as_u64().unwrap_or_default();
    let in_doubt = people - sent;
    let reached = accepted.len() as u64;
    assert!(sent <= reached, "{name}: {sent} sent, {reached} accepted");
    assert!(
        in_doubt <= kills as u64 * u64::from(MOST_ON_THE_WIRE),
        "{name}: {in_doubt} in doubt"
    );
    println!(
        "{name}: {people} people in {seconds} s, {kills} kills: all through, each by the right way, {late} who answered \
         late by either; {sent} mails sent, {in_doubt} in doubt, of which the relay took {}, none twice; {:.0} s",
        reached - sent,
        began.elapsed().as_secs_f64()
    );
    scene.stop().await;
}

/// Workers of one instance.
struct Herd {
    programs: Vec<Program>,
    settings: Vec<Setting>,
    /// Where they answer now.
    bases: Arc<Mutex<Vec<String>>>,
}

impl Herd {
    /// One that runs, and more beside it.
    fn of(first: Program, setting: &Setting, workers: usize) -> Self {
        let mut settings = vec![setting.clone()];
        let mut programs = vec![first];
        for number in 1..workers {
            let folder = setting.data_dir.with_file_name(format!("worker{number}"));
            let other = Setting::new(&setting.binary, &folder, setting.database_url.clone());
            programs.push(Program::spawn(&other));
            settings.push(other);
        }
        let bases = programs.iter().map(|program| program.url.clone()).collect();
        Self {
            programs,
            settings,
            bases: Arc::new(Mutex::new(bases)),
        }
    }

    /// In turns; another takes its place at once.
    fn kill_one(&mut self, turn: usize) {
        let place = turn % self.programs.len();
        self.programs[place].die();
        self.programs[place] = Program::spawn(&self.settings[place]);
        let mut bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        bases[place].clone_from(&self.programs[place].url);
    }
}

/// A mail, then a wait for an answer, for a minute.
async fn automation(scene: &Scene) -> String {
    let template = template(scene).await;
    let draft = json!({
        "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}},
            "reentry": {"policy": "always"}, "start": "mail"}],
        "steps": [
            {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "wait"},
            {"id": "wait", "kind": "wait_for_any", "next": "silent", "with": {
                "since": "run", "timeout": {"minutes": 1}, "paths": [{"id": "answered",
                    "on": {"event": "event.custom", "with": {"name": "answer"}}, "next": "count"}]}},
            {"id": "count", "kind": "increment_field", "with": {"field": "score", "by": 1}, "next": "answered"},
            {"id": "answered", "kind": "end"},
            {"id": "silent", "kind": "end"}]});
    publish(scene, draft).await
}

/// Again and again, with the same key, until it is said to be recorded.
async fn report(api: &Api, bases: &Mutex<Vec<String>>, name: &str, n: u64) {
    let event = json!({"name": name, "email": address(n), "key": format!("{name}-{n}")});
    let until = Instant::now() + PATIENCE;
    loop {
        let base = {
            let bases = bases.lock().unwrap_or_else(PoisonError::into_inner);
            bases[n as usize % bases.len()].clone()
        };
        let api = Api {
            base,
            ..api.clone()
        };
        let answer = api.call(Method::POST, "/api/events", Some(&event)).await;
        if answer.is_ok_and(|answer| answer.status == 202) {
            return;
        }
        assert!(Instant::now() < until, "nobody takes {event}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
