//! The steps of automations beside the jobs of graphile-worker, a well-known queue in PostgreSQL, on the same machine.
//!
//! A step of ours is more than one of its jobs: it decides, changes a person and leaves a log. What is compared is what
//! somebody would pay who built journeys on such a queue, with nothing in the jobs at all.

use std::path::Path;
use std::process::Stdio;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use crate::measure::{cpu, database_name, each_us, load, postgres_cpu};

/// Jobs where each is taken and completed by itself, and where many are at once: enough for some seconds.
const SINGLE: u64 = 50_000;
const BATCHED: u64 = 200_000;

#[derive(Deserialize)]
struct Told {
    seconds: f64,
}

/// `folder` holds its program and its packages.
pub(crate) async fn run(folder: &Path) {
    for (batched, jobs) in [(false, SINGLE), (true, BATCHED)] {
        let url = testkit::empty_postgres()
            .await
            .expect("there is PostgreSQL");
        let database = database_name(&url).to_owned();
        let mut node = Command::new("node")
            .arg(folder.join("bench.mjs"))
            .env("DATABASE_URL", &url)
            .env("JOBS", jobs.to_string())
            .env("BATCHED", if batched { "1" } else { "0" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node runs");
        let pid = node.id().expect("it has not been waited for");
        let mut input = node.stdin.take().expect("a pipe");
        let mut lines = BufReader::new(node.stdout.take().expect("a pipe")).lines();
        let ready = lines.next_line().await.expect("what it prints");
        assert_eq!(ready.as_deref(), Some("ready"), "graphile-worker is ready");
        let before = (cpu(pid), postgres_cpu(&database));
        input.write_all(b"go\n").await.expect("a pipe");
        let told = lines.next_line().await.expect("what it prints");
        let told: Told = serde_json::from_str(&told.expect("figures")).expect("figures");
        let after = (cpu(pid), postgres_cpu(&database));
        println!(
            "  graphile-worker 0.18, {jobs} empty jobs {}: {:.0} jobs/s; CPU per job: {:.1} us Node.js + {:.1} us PostgreSQL; load {}",
            if batched {
                "taken and completed in batches"
            } else {
                "one by one"
            },
            jobs as f64 / told.seconds,
            each_us(after.0.saturating_sub(before.0), jobs),
            each_us(after.1.saturating_sub(before.1), jobs),
            load()
        );
        drop(input);
        node.wait().await.expect("it ends");
    }
}
