//! What an event costs automations: by how many of them do not want it, and how soon its first mail is a row.

use std::time::{Duration, Instant};

use automation::automations::{self, NewAutomation};
use automation::engine::{self, Engine, Follow};
use automation::migrate::Plan;
use ctx::Ctx;
use events::{NewEvent, kind};
use identity::Actor;
use serde_json::{Value, json};

use crate::measure::{cpu, each_us, load};
use crate::segment::{self, CHUNK, GROUPS, STRIDE, account};

/// How many automations there are that do not want what happens.
const FEW: usize = 1;
const MANY: usize = 1_000;
/// Most events of one measurement.
const EVENTS: u64 = 50_000;
/// Single events of which is measured how soon their mail is there.
const SINGLE: usize = 300;
/// Repetitions of each; the least counts, since whatever else the machine does only adds.
const TIMES: usize = 3;

/// Prints the cost of an event that nobody wants, and of one that one automation wants, beside one and beside a thousand
/// others. `people` are loaded.
pub(crate) async fn beside_many(ctx: &Ctx, people: u64) {
    let engine = Engine::default();
    publish(ctx, wanting(GROUPS[1])).await;
    others(ctx, 0, FEW).await;
    engine::run_until_idle(ctx, &engine)
        .await
        .expect("an idle engine");
    let few = costs(ctx, &engine, people).await;
    others(ctx, FEW, MANY).await;
    engine::run_until_idle(ctx, &engine)
        .await
        .expect("an idle engine");
    let many = costs(ctx, &engine, people).await;
    for (what, few, many) in [
        ("that nobody wants", few.0, many.0),
        ("that lets somebody in", few.1, many.1),
    ] {
        println!(
            "  an event {what}: {few:.2} us CPU beside {FEW} automation, {many:.2} us beside {MANY}: {:.2} times; load {}",
            many / few,
            load()
        );
    }
}

/// Of an event that nobody wants, and of one that is wanted: CPU of this process in microseconds.
async fn costs(ctx: &Ctx, engine: &Engine, people: u64) -> (f64, f64) {
    let (mut unwanted, mut wanted) = (f64::MAX, f64::MAX);
    for _ in 0..TIMES {
        unwanted = unwanted.min(cost(ctx, engine, GROUPS[2], people.min(EVENTS)).await);
        wanted = wanted.min(cost(ctx, engine, GROUPS[1], people.min(EVENTS / 5)).await);
    }
    (unwanted, wanted)
}

async fn cost(ctx: &Ctx, engine: &Engine, group: i64, events: u64) -> f64 {
    let mut from = 0;
    while from < events {
        let count = CHUNK.min(events - from);
        record(ctx, group, from, count).await;
        from += count;
    }
    let before = cpu(std::process::id());
    events::catch_up(ctx, &Follow::new(engine.clone()))
        .await
        .expect("events are followed");
    each_us(cpu(std::process::id()).saturating_sub(before), events)
}

async fn record(ctx: &Ctx, group: i64, from: u64, count: u64) {
    let joined: Vec<NewEvent> = (from..from + count)
        .map(|n| NewEvent {
            kind: kind::GROUP_JOINED,
            subscriber: Some((n as i64 + 1) * STRIDE),
            subject: Some(group),
            at: None,
            body: json!({"actor": "bench"}),
        })
        .collect();
    let mut tx = ctx.write().await.expect("a transaction");
    events::record(ctx, &mut tx, account(), &joined)
        .await
        .expect("events");
    tx.commit().await.expect("a commit");
}

/// Lets somebody in each time, who is through at once.
fn wanting(group: i64) -> Value {
    json!({
        "triggers": [{
            "id": "joined", "on": {"event": "group.joined", "with": {"group": group.to_string()}},
            "reentry": {"policy": "always"}, "start": "done",
        }],
        "steps": [{"id": "done", "kind": "end"}],
    })
}

/// Automations that want something else: another group, a tag, an event of another name, a field.
async fn others(ctx: &Ctx, from: usize, to: usize) {
    for n in from..to {
        let on = match n % 4 {
            0 => json!({"event": "group.joined", "with": {"group": GROUPS[0].to_string()}}),
            1 => json!({"event": "event.custom", "with": {"name": format!("name.{n}")}}),
            2 => json!({"event": "tag.added", "with": {"tag": crate::segment::TAG.to_string()}}),
            _ => json!({"event": "subscriber.updated", "with": {"field": "city"}}),
        };
        let document = json!({
            "triggers": [{"id": "other", "on": on, "start": "rest"}],
            "steps": [
                {"id": "rest", "kind": "wait", "with": {"days": 1}, "next": "done"},
                {"id": "done", "kind": "end"},
            ],
        });
        publish(ctx, document).await;
    }
}

async fn publish(ctx: &Ctx, document: Value) {
    let actor = Actor::system();
    let new = NewAutomation {
        name: "Other".to_owned(),
        draft: Some(document),
        library: None,
    };
    let made = automations::create(ctx, account(), &actor, new)
        .await
        .expect("an automation");
    automations::publish(ctx, account(), &actor, made.id, None, Plan::default())
        .await
        .expect("it can be published");
}

/// Prints how long it takes from the commit of an event until the first mail of its automation is a row, while the engine
/// runs as in the program and nothing else is to be done.
pub(crate) async fn until_first_mail(ctx: &Ctx) {
    let template = set_up_mail(ctx).await;
    publish(
        ctx,
        json!({
            "triggers": [{
                "id": "signed_up", "on": {"event": "event.custom", "with": {"name": "signed.up"}}, "start": "welcome",
            }],
            "steps": [
                {"id": "welcome", "kind": "send_email", "with": {"template": template}, "next": "done"},
                {"id": "done", "kind": "end"},
            ],
        }),
    )
    .await;
    let engine = Engine::default();
    engine::run_until_idle(ctx, &engine)
        .await
        .expect("an idle engine");
    let follow = ctx.tasks.spawn(events::run_consumer(
        ctx.clone(),
        Follow::new(engine.clone()),
    ));
    let work = ctx.tasks.spawn(engine::run(ctx.clone(), engine));
    let mut times = Vec::new();
    // Who is unsubscribed is written nothing.
    let active = (0..).filter(|n| segment::is_active(*n));
    for n in active.take(SINGLE) {
        times.push(first_mail(ctx, n).await);
    }
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    println!(
        "  from an event to the row of its first mail: {:.1} ms median, {:.1} ms p95, {:.1} ms p99, {:.1} ms most, of {SINGLE}; \
         load {}",
        at(50),
        at(95),
        at(99),
        at(100),
        load()
    );
    ctx.shutdown.cancel();
    follow.await.expect("the consumer ends");
    work.await.expect("the engine ends");
}

async fn set_up_mail(ctx: &Ctx) -> String {
    let mut tx = ctx.write().await.expect("a transaction");
    tx.query(
        "update account set sender_name = 'Bench', sender_email = 'bench@example.com' where id = $1",
    )
    .bind(account())
    .execute()
    .await
    .expect("a sender");
    tx.commit().await.expect("a commit");
    let new = serde_json::from_value(json!({
        "name": "Welcome",
        "content": {"subject": "Welcome", "body": {"kind": "text", "text": "Hello"}},
    }))
    .expect("a template");
    sending::templates::create(ctx, account(), &Actor::system(), new)
        .await
        .expect("a template")
        .id
        .to_string()
}

async fn first_mail(ctx: &Ctx, n: u64) -> Duration {
    let who = (n as i64 + 1) * STRIDE;
    let mut tx = ctx.write().await.expect("a transaction");
    let signed_up = NewEvent {
        kind: kind::EVENT_CUSTOM,
        subscriber: Some(who),
        subject: None,
        at: None,
        body: json!({"name": "signed.up", "actor": "bench"}),
    };
    events::record(ctx, &mut tx, account(), &[signed_up])
        .await
        .expect("an event");
    tx.commit().await.expect("a commit");
    let began = Instant::now();
    loop {
        let mut tx = ctx.read().await.expect("a transaction");
        let found = tx
            .query(
                "select 1 as one from message where account_id = $1 and subscriber_id = $2 limit 1",
            )
            .bind(account())
            .bind(who)
            .fetch_optional()
            .await
            .expect("messages");
        drop(tx);
        if found.is_some() {
            return began.elapsed();
        }
        assert!(began.elapsed() < Duration::from_secs(30), "no mail came");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
