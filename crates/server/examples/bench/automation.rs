//! People who are let into a journey of seven steps and led through it, in this process: what an event costs until its
//! run waits, and what a timer costs until the run is over.
//!
//! A step counts when somebody has gone through it, and everything that belongs to it is durable. The clock is moved to
//! the moment at which all timers are due, so they are due in one instant. Then, in the same database, what a single event
//! costs: see `journal`.

use std::time::{Duration, Instant};

use automation::automations::{self, NewAutomation};
use automation::engine::{self, Engine, Follow};
use automation::migrate::Plan;
use ctx::Ctx;
use events::{NewEvent, kind};
use identity::Actor;
use kernel::Clock;
use serde_json::{Value, json};

use crate::journal;
use crate::measure::{cpu, database_name, each_us, load, memory_mb};
use crate::segment::{self, CHUNK, GROUPS, STRIDE, TAG, account};

/// Steps before the wait, the wait among them, and after it.
const BEFORE: u64 = 4;
const AFTER: u64 = 3;

pub(crate) async fn run(url: Option<String>, people: u64) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let database = url.as_deref().map(database_name).map(str::to_owned);
    let clock = Clock::manual(Clock::system().now());
    let ctx = segment::open(url, folder.path(), clock.clone()).await;
    segment::set_up(&ctx).await;
    let mut loaded = 0;
    while loaded < people {
        let count = CHUNK.min(people - loaded);
        segment::add_people(&ctx, loaded, count).await;
        loaded += count;
    }
    segment::analyze(&ctx).await;
    let engine = Engine::default();
    // The cursor begins before anything happens.
    engine::run_until_idle(&ctx, &engine)
        .await
        .expect("an idle engine");
    publish(&ctx).await;
    record(&ctx, people).await;

    let measured = Measured::begin(database.as_deref());
    events::catch_up(&ctx, &Follow::new(engine.clone()))
        .await
        .expect("people are let in");
    measured.tell("let in", people, BEFORE);
    clock.advance(Duration::from_hours(25));
    let measured = Measured::begin(database.as_deref());
    engine::run_until_idle(&ctx, &engine)
        .await
        .expect("people are led on");
    measured.tell("led on by timers that are due at once", people, AFTER);
    let done = count(
        &ctx,
        "select count(*) from automation_run where state = 'done'",
    )
    .await;
    assert_eq!(done, people as i64, "everybody is through");
    println!(
        "  memory {:.0} MB at most",
        memory_mb(std::process::id(), "VmHWM")
    );
    journal::beside_many(&ctx, people).await;
    journal::until_first_mail(&ctx).await;
}

/// Two changes of the person, two decisions, a wait, another change, the end.
fn journey() -> Value {
    let points = json!({"contact": {"field": "points", "op": "greater", "value": 2500}});
    json!({
        "triggers": [{
            "id": "joined",
            "on": {"event": "group.joined", "with": {"group": GROUPS[0].to_string()}},
            "start": "count",
        }],
        "steps": [
            {"id": "count", "kind": "increment_field", "with": {"field": "score", "by": 1}, "next": "many"},
            {"id": "many", "kind": "if_else", "with": {"if": points, "then": "split", "else": "split"}},
            {"id": "split", "kind": "random_split", "with": {"arms": [
                {"id": "a", "weight": 1, "next": "rest"},
                {"id": "b", "weight": 1, "next": "rest"},
            ]}},
            {"id": "rest", "kind": "wait", "with": {"days": 1}, "next": "tag"},
            {"id": "tag", "kind": "add_tag", "with": {"tag": TAG.to_string()}, "next": "again"},
            {"id": "again", "kind": "increment_field", "with": {"field": "score", "by": 1}, "next": "done"},
            {"id": "done", "kind": "end"},
        ],
    })
}

async fn publish(ctx: &Ctx) {
    let actor = Actor::system();
    let new = NewAutomation {
        name: "Journey".to_owned(),
        draft: Some(journey()),
        library: None,
    };
    let made = automations::create(ctx, account(), &actor, new)
        .await
        .expect("an automation");
    automations::publish(ctx, account(), &actor, made.id, None, Plan::default())
        .await
        .expect("it can be published");
}

/// Everybody joins the group.
async fn record(ctx: &Ctx, people: u64) {
    let mut from = 0;
    while from < people {
        let count = CHUNK.min(people - from);
        let joined: Vec<NewEvent> = (from..from + count)
            .map(|n| NewEvent {
                kind: kind::GROUP_JOINED,
                subscriber: Some((n as i64 + 1) * STRIDE),
                subject: Some(GROUPS[0]),
                at: None,
                body: json!({"actor": "bench"}),
            })
            .collect();
        let mut tx = ctx.write().await.expect("a transaction");
        events::record(ctx, &mut tx, account(), &joined)
            .await
            .expect("events");
        tx.commit().await.expect("a commit");
        from += count;
    }
}

async fn count(ctx: &Ctx, sql: &str) -> i64 {
    let mut tx = ctx.read().await.expect("a transaction");
    let row = tx.query(sql.to_owned()).fetch_one().await.expect("a row");
    row.at(0).expect("a number")
}

struct Measured<'a> {
    database: Option<&'a str>,
    began: Instant,
    cpu: (Duration, Duration),
}

impl<'a> Measured<'a> {
    fn begin(database: Option<&'a str>) -> Self {
        Self {
            database,
            began: Instant::now(),
            cpu: used(database),
        }
    }

    fn tell(self, what: &str, people: u64, steps: u64) {
        let took = self.began.elapsed();
        let now = used(self.database);
        let all = people * steps;
        print!(
            "  {people} people {what} in {:.2} s: {:.0} steps/s; CPU per step: {:.1} us ours",
            took.as_secs_f64(),
            all as f64 / took.as_secs_f64(),
            each_us(now.0.saturating_sub(self.cpu.0), all)
        );
        if self.database.is_some() {
            print!(
                " + {:.1} us PostgreSQL",
                each_us(now.1.saturating_sub(self.cpu.1), all)
            );
        }
        println!("; load {}", load());
    }
}

fn used(database: Option<&str>) -> (Duration, Duration) {
    (
        cpu(std::process::id()),
        database
            .map(crate::measure::postgres_cpu)
            .unwrap_or_default(),
    )
}
