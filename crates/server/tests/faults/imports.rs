//! `kill -9` in the middle of an import, of an export and of taking an import back: each ends as if nothing had happened.
//!
//! `SENDERO_TEST_KILLS` says how often the import is killed, 6 times unless given.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use kernel::Rng;
use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::program::{Program, Setting};
use crate::scene::{Engine, PATIENCE, dice, from_environment, postgres};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_nine_while_importing_sqlite() {
    kill_nine("kill_nine_while_importing_sqlite", Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_nine_while_importing_postgres() {
    kill_nine("kill_nine_while_importing_postgres", Engine::Postgres).await;
}

async fn kill_nine(name: &'static str, engine: Engine) {
    let url = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => match postgres().await {
            Some(url) => Some(url),
            None => return,
        },
    };
    let kills = from_environment("SENDERO_TEST_KILLS").unwrap_or(6);
    let rows = 20_000.max(kills * 2_500);
    let mut clean = Instance::start(None).await;
    let expected = clean.import(rows).await;
    let expected = clean.picture(&expected).await;
    clean.program.terminate().await;

    let mut it = Instance::start(url).await;
    let dice = dice(name);
    it.known(rows).await;
    let before = it.everybody().await;
    let import = it.upload(rows).await;
    let path = format!("/api/imports/{}", text(&import["id"]));
    let deaths = it.die(&dice, kills, &path, Value::clone).await;
    let import = it.ended(&path, Value::clone).await;
    println!("{name}: {rows} rows, killed {deaths} times before the end");
    assert!(deaths * 2 >= kills, "it was too fast to be killed");
    assert_eq!(it.picture(&import).await, expected, "{import}");

    // The same for an export.
    let streamed = it.everybody().await;
    let wanted = json!({
        "selection": {"all": true},
        "options": {"format": "jsonl", "columns": COLUMNS.split(',').collect::<Vec<_>>()},
    });
    let export = it.api.post("/api/exports", Some(&wanted)).await;
    let export = format!("/api/exports/{}", text(&export["id"]));
    let deaths = it
        .die(&dice, kills.div_ceil(3), &export, Value::clone)
        .await;
    let ended = it.ended(&export, Value::clone).await;
    println!("{name}: the export was killed {deaths} times before its end");
    let file = it.api.download(&format!("{export}/file")).await;
    assert_eq!(file, streamed);
    assert_eq!(ended["size_bytes"], file.len(), "{ended}");

    // And for taking the import back.
    it.api.post(&format!("{path}/undo"), None).await;
    let undo = |body: &Value| body["undo"].clone();
    let deaths = it.die(&dice, kills.div_ceil(3), &path, undo).await;
    let undone = it.ended(&path, undo).await;
    println!("{name}: the undoing was killed {deaths} times before its end");
    assert_eq!(undone["kept"], 0, "{undone}");
    assert_eq!(undone["processed"], undone["total"], "{undone}");
    assert_eq!(it.everybody().await, before);
    let (status, _) = it.program.terminate().await;
    assert!(status.success(), "{}", it.program.log_tail());
}

const COLUMNS: &str = "email,first_name,city,status,source,groups";

/// The program, and a group.
struct Instance {
    setting: Setting,
    program: Program,
    api: Api,
    group: String,
    _folder: tempfile::TempDir,
}

impl Instance {
    async fn start(database_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let binary = Path::new(env!("CARGO_BIN_EXE_sendero"));
        let setting = Setting::new(binary, &folder.path().join("data"), database_url);
        let program = Program::start(&setting).await;
        let api = Api::set_up(&program.url).await;
        let group = api
            .post("/api/groups", Some(&json!({"name": "News"})))
            .await;
        Self {
            setting,
            program,
            api,
            group: text(&group["id"]),
            _folder: folder,
        }
    }

    /// People whom the file updates.
    async fn known(&self, rows: u64) {
        let mut csv = "email,first_name,city\n".to_owned();
        for n in (0..rows).step_by(5) {
            let _ = writeln!(csv, "p{n}@example.com,Old {n},Rome");
        }
        self.api.import(csv).await;
    }

    /// Good rows, bad ones, people who are in it twice, people who are known.
    async fn upload(&self, rows: u64) -> Value {
        let mut csv = "email,first_name,city\n".to_owned();
        for n in 0..rows {
            let _ = match n % 10 {
                3 => writeln!(csv, "bad{n},A,B"),
                6 => writeln!(csv, "P{}@example.com,Twice,", n - 4),
                7 => writeln!(csv, "p{n}@example.com,Ada {n},\"never closed\nx"),
                _ => writeln!(csv, "p{n}@example.com,Ada {n},\"Ört, {}\"", n % 97),
            };
        }
        let options = json!({"create_fields": true, "groups": [self.group]});
        self.api.upload(csv, &options).await
    }

    /// Without anything in the way.
    async fn import(&mut self, rows: u64) -> Value {
        self.known(rows).await;
        let import = self.upload(rows).await;
        let path = format!("/api/imports/{}", text(&import["id"]));
        self.ended(&path, Value::clone).await
    }

    /// Kills the program again and again until the work at `path` has ended, at most so many times; how many it were.
    async fn die<F>(&mut self, dice: &Rng, kills: u64, path: &str, progress: F) -> u64
    where
        F: Fn(&Value) -> Value,
    {
        for death in 0..kills {
            let before = progress(&self.api.get(path).await);
            if is_over(&before) {
                return death;
            }
            // Every other time it gets somewhere first; the others strike while it starts, or in its first batch.
            if death % 2 == 0 {
                loop {
                    let now = progress(&self.api.get(path).await);
                    if is_over(&now) || now["processed"] != before["processed"] {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
            tokio::time::sleep(Duration::from_millis(dice.below(120))).await;
            self.program.die();
            self.program = Program::start(&self.setting).await;
            self.api.base.clone_from(&self.program.url);
        }
        kills
    }

    async fn ended<F>(&self, path: &str, progress: F) -> Value
    where
        F: Fn(&Value) -> Value,
    {
        let until = std::time::Instant::now() + PATIENCE;
        loop {
            let body = progress(&self.api.get(path).await);
            if body["state"] == "completed" {
                return body;
            }
            assert!(
                !is_over(&body) && std::time::Instant::now() < until,
                "{body}\n{}",
                self.program.log_tail()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn everybody(&self) -> String {
        let path = format!("/api/subscribers/export?format=jsonl&columns={COLUMNS}");
        self.api.download(&path).await
    }

    /// What an import has led to: counters, people, report.
    async fn picture(&self, import: &Value) -> (Vec<Value>, Vec<String>, String) {
        let counters = [
            "state",
            "total",
            "processed",
            "created",
            "updated",
            "unchanged",
            "skipped",
            "invalid",
            "warnings",
        ];
        let counters = counters.map(|name| import[name].clone()).to_vec();
        let everybody = self.everybody().await;
        let mut people: Vec<String> = everybody.lines().map(str::to_owned).collect();
        people.sort_unstable();
        let path = format!("/api/imports/{}/errors.csv", text(&import["id"]));
        (counters, people, self.api.download(&path).await)
    }
}

impl Api {
    /// The body of an answer, as text.
    async fn download(&self, path: &str) -> String {
        let request = self.client.get(format!("{}{path}", self.base));
        let answer = request
            .bearer_auth(&self.token)
            .send()
            .await
            .unwrap_or_else(|error| panic!("{path}: {error:?}"));
        let status = answer.status();
        let body = answer.text().await;
        let body = body.unwrap_or_else(|error| panic!("{path} broke off: {error:?}"));
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }
}

fn is_over(body: &Value) -> bool {
    !matches!(body["state"].as_str(), Some("queued" | "running"))
}
