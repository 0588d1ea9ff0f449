//! Counting whom rules select, listing and searching people, and keeping segments up, in this process, at growing
//! sizes of one account: 10,000, 100,000 and so on up to the size asked for.
//!
//! Times are the median and the 95th percentile of repeated runs on a warm database. An exponent is the slope of the
//! time (pages and searches: of the 95th percentile) over the size, both as logarithms, from the smallest size to the
//! largest: 1 is in proportion, 0 is flat.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use audience::fields::{self, FieldKind, NewField, Visibility};
use audience::segments::{self, Draft, members};
use audience::subscribers::{self, ListQuery};
use ctx::{Ctx, SecretKey, Secrets};
use db::{Config, Db, Durability, Engine, Insert, Location, Password};
use identity::Actor;
use jobs::Registry;
use kernel::{AccountId, Clock, Limit, Rng, fold};
use serde_json::{Value, json};

use crate::measure::{cpu, database_name, load, postgres_cpu};

const ACCOUNT: i64 = 5;
pub(crate) const GROUPS: [i64; 3] = [71, 72, 73];
pub(crate) const TAG: i64 = 81;
const CAMPAIGN: i64 = 91;
pub(crate) const CHUNK: u64 = 10_000;
const CITIES: u64 = 200;
const DAY_US: i64 = 86_400_000_000;
/// Ids of people, so far apart as those that are made in a quiet second.
pub(crate) const STRIDE: i64 = 4_096;

/// What is measured, and how long it took at each size.
type Series = BTreeMap<String, Vec<(u64, Duration)>>;

pub(crate) async fn run(url: Option<String>, people: u64) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let database = url.as_deref().map(database_name).map(str::to_owned);
    let ctx = open(url, folder.path(), Clock::system()).await;
    set_up(&ctx).await;
    let mut series = Series::new();
    let mut loaded = 0;
    let mut size = 10_000.min(people);
    loop {
        let began = Instant::now();
        while loaded < size {
            let count = CHUNK.min(size - loaded);
            add_people(&ctx, loaded, count).await;
            loaded += count;
        }
        analyze(&ctx).await;
        println!(
            "{size} people loaded in {:.1} s; load {}",
            began.elapsed().as_secs_f64(),
            load()
        );
        let before = (cpu(std::process::id()), postgres(database.as_deref()));
        measure(&ctx, size, &mut series).await;
        println!(
            "  CPU of the measurements: {:.2} s here, {:.2} s PostgreSQL",
            cpu(std::process::id())
                .saturating_sub(before.0)
                .as_secs_f64(),
            postgres(database.as_deref())
                .saturating_sub(before.1)
                .as_secs_f64()
        );
        if size >= people {
            break;
        }
        size = (size * 10).min(people);
    }
    println!("  growth exponents:");
    for (what, times) in &series {
        if let (Some((n, t)), Some((m, u))) = (times.first(), times.last())
            && n != m
        {
            let exponent = (u.as_secs_f64() / t.as_secs_f64()).ln() / (*m as f64 / *n as f64).ln();
            println!("    {exponent:>5.2}  {what}");
        }
    }
    ctx.shutdown.cancel();
}

/// A node of its own, in a new database.
pub(crate) async fn open(url: Option<String>, folder: &Path, clock: Clock) -> Ctx {
    let location = match url {
        Some(url) => Location::Postgres(Password(url)),
        None => Location::Sqlite(folder.join("bench.db")),
    };
    let db = Db::open(&Config {
        location,
        durability: Durability::Full,
        max_connections: 4,
    })
    .await
    .expect("the database opens");
    db.migrate().await.expect("the schema applies");
    let rng = Rng::system();
    let secrets = Secrets::new(SecretKey::new([7; 32]), rng.clone());
    Ctx::start(db, clock, rng, secrets, "bench")
        .await
        .expect("a node starts")
}

fn postgres(database: Option<&str>) -> Duration {
    database.map(postgres_cpu).unwrap_or_default()
}

pub(crate) fn account() -> AccountId {
    AccountId::from(ACCOUNT)
}

pub(crate) async fn set_up(ctx: &Ctx) {
    let mut tx = ctx.write().await.expect("a transaction");
    tx.query(
        "insert into account (id, name, time_zone, language, version, created_at, updated_at)
         values ($1, 'Bench', 'Europe/Berlin', 'en', 1, 0, 0)",
    )
    .bind(account())
    .execute()
    .await
    .expect("an account");
    let labels = GROUPS.map(|id| ("contact_group", id));
    for (table, id) in labels.into_iter().chain([("tag", TAG)]) {
        tx.query(format!(
            "insert into {table} (account_id, id, name, name_folded, created_at, updated_at)
             values ($1, $2, $3, $3, 0, 0)"
        ))
        .bind(account())
        .bind(id)
        .bind(format!("label {id}"))
        .execute()
        .await
        .expect("a group or tag");
    }
    for (slot, (key, kind)) in [
        ("city", FieldKind::Text),
        ("points", FieldKind::Number),
        ("birthday", FieldKind::Date),
    ]
    .into_iter()
    .enumerate()
    {
        let new = NewField {
            key: key.to_owned(),
            name: key.to_owned(),
            kind,
            visibility: Visibility::Visible,
            options: Vec::new(),
        };
        let field = fields::create_in(ctx, &mut tx, account(), &Actor::system(), new)
            .await
            .expect("a field");
        let stored: i64 = tx
            .query("select slot from field where id = $1")
            .bind(field.id)
            .fetch_one()
            .await
            .and_then(|row| row.at(0))
            .expect("the field");
        assert_eq!(stored, slot as i64 + 1, "people are loaded so");
    }
    tx.commit().await.expect("a commit");
}

/// Whether number `n` of the people is active: nine of ten are.
pub(crate) fn is_active(n: u64) -> bool {
    !mix(n).is_multiple_of(10)
}

/// Straight into the tables: this measures no import.
pub(crate) async fn add_people(ctx: &Ctx, from: u64, count: u64) {
    let now = ctx.clock.now().as_micros();
    let mut people = Insert::into(
        "subscriber",
        &[
            "account_id",
            "id",
            "email",
            "email_folded",
            "first_name",
            "first_name_folded",
            "status",
            "status_changed_at",
            "source",
            "score",
            "language",
            "created_at",
            "updated_at",
            "text_1",
            "folded_1",
            "value_2",
            "value_3",
        ],
    );
    let mut groups = Insert::into(
        "group_member",
        &[
            "account_id",
            "group_id",
            "subscriber_id",
            "added_at",
            "added_by",
        ],
    );
    let mut tags = Insert::into(
        "tagging",
        &[
            "account_id",
            "tag_id",
            "subscriber_id",
            "added_at",
            "added_by",
        ],
    );
    let mut events = Insert::into(
        "event",
        &[
            "account_id",
            "id",
            "txn",
            "kind",
            "subscriber_id",
            "subject_id",
            "at",
            "body",
        ],
    );
    for n in from..from + count {
        let id = (n as i64 + 1) * STRIDE;
        let mixed = mix(n);
        let email = format!("u{:07}@Example{}.com", mixed % 10_000_000, n);
        let name = format!("Name {}", mixed % 1_000);
        let city = format!("City {}", mixed / 7 % CITIES);
        let created = now - (mixed % 1_000) as i64 * DAY_US;
        people.row(|row| {
            row.bind(ACCOUNT)
                .bind(id)
                .bind(&email)
                .bind(fold(&email))
                .bind(&name)
                .bind(fold(&name))
                .bind(if is_active(n) {
                    "active"
                } else {
                    "unsubscribed"
                })
                .bind(created)
                .bind("import")
                .bind((mixed % 100) as i64)
                .bind(["de", "en", "fr"][(mixed % 3) as usize])
                .bind(created)
                .bind(created)
                .bind(&city)
                .bind(fold(&city))
                .bind((mixed % 5_000) as i64 * 1_000_000)
                .bind((mixed % 20_000) as i64 - 5_000);
        });
        let group = GROUPS[(mixed / 3 % 3) as usize];
        groups.row(|row| {
            row.bind(ACCOUNT)
                .bind(group)
                .bind(id)
                .bind(now)
                .bind("bench");
        });
        if mixed % 10 == 3 {
            tags.row(|row| {
                row.bind(ACCOUNT).bind(TAG).bind(id).bind(now).bind("bench");
            });
        }
        let mut event = |kind: &str, place: i64| {
            events.row(|row| {
                row.bind(ACCOUNT)
                    .bind(id + place)
                    .bind(0_i64)
                    .bind(kind)
                    .bind(id)
                    .bind(CAMPAIGN)
                    .bind(now - (mixed / 11 % 180) as i64 * DAY_US)
                    .bind("{}");
            });
        };
        event("message.sent", 1);
        if mixed.is_multiple_of(2) {
            event("message.opened", 2);
        }
        if mixed.is_multiple_of(10) {
            event("message.clicked", 3);
        }
    }
    let mut tx = ctx.write().await.expect("a transaction");
    for insert in [people, groups, tags, events] {
        insert.execute(&mut tx).await.expect("rows");
    }
    tx.commit().await.expect("a commit");
}

/// Scatters a number, always in the same way.
fn mix(n: u64) -> u64 {
    let z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (z ^ (z >> 27)) >> 8
}

/// As PostgreSQL does by itself after a while. SQLite is told what a large database is like when it is made.
pub(crate) async fn analyze(ctx: &Ctx) {
    let mut tx = ctx.write().await.expect("a transaction");
    if tx.engine() == Engine::Sqlite {
        return;
    }
    tx.execute_script("analyze".to_owned())
        .await
        .expect("statistics");
    tx.commit().await.expect("a commit");
}

/// Each a condition more, and a level deeper, than the one before.
fn growing() -> Vec<Value> {
    let leaves = [
        json!({"field": "status", "op": "equals", "value": "active"}),
        json!({"field": "city", "op": "in", "value": ["City 1", "City 2", "City 3"]}),
        json!({"event": "opened", "within_days": 90}),
        json!({"group": {"any": [GROUPS[0].to_string(), GROUPS[1].to_string()]}}),
        json!({"field": "points", "op": "greater", "value": 1000}),
        json!({"tag": {"none": [TAG.to_string()]}}),
        json!({"field": "email", "op": "contains", "value": "7"}),
        json!({"event": "received", "at_least": 1}),
        json!({"field": "birthday", "op": "anniversary_within_next_days", "value": 60}),
        json!({"not": {"event": "clicked", "within_days": 30}}),
    ];
    let mut rules = Vec::new();
    let mut rule: Option<Value> = None;
    for (depth, leaf) in leaves.into_iter().enumerate() {
        let word = if depth % 2 == 1 { "all" } else { "any" };
        rule = Some(match rule {
            None => leaf,
            Some(inner) => json!({ word: [inner, leaf] }),
        });
        rules.extend(rule.clone());
    }
    rules
}

fn three_conditions() -> Value {
    json!({"all": [
        {"field": "status", "op": "equals", "value": "active"},
        {"field": "city", "op": "equals", "value": "City 7"},
        {"event": "opened", "within_days": 30},
    ]})
}

async fn measure(ctx: &Ctx, size: u64, series: &mut Series) {
    let mut note = |what: &str, mut times: Vec<Duration>, more: &str| {
        times.sort_unstable();
        let median = times[times.len() / 2];
        let p95 = times[(times.len() * 95 / 100).min(times.len() - 1)];
        println!(
            "  {:>9.2} ms, p95 {:>9.2} ms  {what}{more}",
            median.as_secs_f64() * 1e3,
            p95.as_secs_f64() * 1e3
        );
        // Of few runs the slowest is chance.
        let typical = if times.len() < 20 { median } else { p95 };
        series
            .entry(what.to_owned())
            .or_default()
            .push((size, typical));
        median
    };
    let bare = note("bare count of the account's rows", bare(ctx).await, "");
    let rules = [("three conditions".to_owned(), three_conditions())]
        .into_iter()
        .chain(
            growing()
                .into_iter()
                .enumerate()
                .map(|(depth, rule)| (format!("rule of {:>2} conditions", depth + 1), rule)),
        );
    for (what, rule) in rules {
        let (times, count) = counts(ctx, &rule).await;
        let mut sorted = times.clone();
        sorted.sort_unstable();
        let ratio = sorted[sorted.len() / 2].as_secs_f64() / bare.as_secs_f64();
        note(
            &what,
            times,
            &format!(" ({count} people, {ratio:.1} of bare)"),
        );
    }
    note("page of 50 people", pages(ctx, size).await, "");
    note("prefix search", searches(ctx).await, "");
    let segment = segments::create(
        ctx,
        account(),
        &Actor::system(),
        Draft {
            name: format!("Segment {size}"),
            rule: three_conditions(),
        },
    )
    .await
    .expect("a segment");
    let registry = Registry::new().job::<members::Upkeep>();
    let began = Instant::now();
    jobs::run_due(ctx, &registry).await;
    note("segment filled", vec![began.elapsed()], "");
    let known = segments::get(ctx, account(), segment.id)
        .await
        .expect("the segment")
        .size
        .people;
    let counted = segments::count(ctx, account(), segment.id)
        .await
        .expect("a count");
    assert_eq!(known, counted, "what is kept up is what is counted");
    events::catch_up(ctx, &members::Membership)
        .await
        .expect("events");
    change_people(ctx, 1_000).await;
    let began = Instant::now();
    events::catch_up(ctx, &members::Membership)
        .await
        .expect("events");
    note("1,000 changes followed", vec![began.elapsed()], "");
}

async fn bare(ctx: &Ctx) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..7 {
        let began = Instant::now();
        let mut tx = ctx.read().await.expect("a transaction");
        tx.query(
            "select count(*) as n from subscriber s where s.account_id = $1 and s.status <> 'x'",
        )
        .bind(account())
        .fetch_one()
        .await
        .expect("a count");
        times.push(began.elapsed());
    }
    times
}

async fn counts(ctx: &Ctx, rule: &Value) -> (Vec<Duration>, i64) {
    let rule = rules_of(rule);
    let mut times = Vec::new();
    let mut count = 0;
    for _ in 0..7 {
        let began = Instant::now();
        let mut tx = ctx.read().await.expect("a transaction");
        let compiled = segments::compile_rule_in(&mut tx, ctx, account(), &rule)
            .await
            .expect("a rule that fits");
        count = segments::count_in(&mut tx, account(), &compiled)
            .await
            .expect("a count");
        times.push(began.elapsed());
    }
    (times, count)
}

fn rules_of(rule: &Value) -> rules::Rule {
    rules::Rule::parse(rule).expect("a rule")
}

async fn pages(ctx: &Ctx, size: u64) -> Vec<Duration> {
    let limit = Limit::try_new(50).expect("within bounds");
    let mut times = Vec::new();
    for n in 0..100_u64 {
        let id = (mix(n) % size) as i64 * STRIDE + 1;
        let cursor = kernel::Cursor { key: 0, id }.encode();
        let began = Instant::now();
        subscribers::list(ctx, account(), ListQuery::default(), Some(&cursor), limit)
            .await
            .expect("a page");
        times.push(began.elapsed());
    }
    times
}

async fn searches(ctx: &Ctx) -> Vec<Duration> {
    let limit = Limit::try_new(50).expect("within bounds");
    let mut times = Vec::new();
    for n in 0..100_u64 {
        let query = ListQuery {
            // A page is full at every size: what grows is the database, not the answer.
            search: Some(format!("U{:02}", 10 + mix(n) % 90)),
            ..ListQuery::default()
        };
        let began = Instant::now();
        subscribers::list(ctx, account(), query, None, limit)
            .await
            .expect("a page");
        times.push(began.elapsed());
    }
    times
}

/// Moves people to another city, one event each, as a batch of the API does.
async fn change_people(ctx: &Ctx, count: u64) {
    let mut tx = ctx.write().await.expect("a transaction");
    let ids: Vec<i64> = (0..count).map(|n| (n as i64 + 1) * STRIDE).collect();
    tx.query(format!(
        "update subscriber set text_1 = 'City 7', folded_1 = 'city 7' where account_id = $1 and id in {}",
        db::in_list(2, ids.len())
    ))
    .bind(account())
    .bind_list(ids.iter().copied())
    .execute()
    .await
    .expect("people");
    let changed: Vec<events::NewEvent> = ids
        .iter()
        .map(|id| events::NewEvent {
            kind: events::kind::SUBSCRIBER_UPDATED,
            subscriber: Some(*id),
            subject: None,
            at: None,
            body: json!({"changed": ["fields.city"]}),
        })
        .collect();
    events::record(ctx, &mut tx, account(), &changed)
        .await
        .expect("events");
    tx.commit().await.expect("a commit");
}
