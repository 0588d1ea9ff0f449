//! How fast people are found, and how fast what they are found by is written.
//!
//! `cargo run --release -p audience --example search_speed -- [people] [postgres]` uses SQLite in a temporary directory;
//! with `SENDERO_TEST_POSTGRES` set and the argument `postgres`, a new PostgreSQL database there.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people who measure"
)]

use std::time::{Duration, Instant};

use audience::Patch;
use audience::subscribers::{
    ListQuery, Policy, SearchIndex, Sort, Source, Status, UpsertRow, list, upsert_many_in,
};
use ctx::{Ctx, SecretKey, Secrets};
use db::{Config, Db, Durability, Location, Password};
use kernel::{AccountId, Clock, EmailAddress, Limit, Rng};

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ACCOUNT: i64 = 5;
const BATCH: usize = 2000;
const TRIES: usize = 60;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let postgres = arguments.iter().any(|argument| argument == "postgres");
    arguments.retain(|argument| argument != "postgres");
    let people = arguments.first().map_or(100_000, |people| {
        people.parse().expect("a number of people")
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure(people, postgres));
}

async fn measure(people: usize, postgres: bool) {
    let directory = tempfile::tempdir().unwrap();
    let location = if postgres {
        let url = testkit::empty_postgres().await;
        Location::Postgres(Password(url.expect("SENDERO_TEST_POSTGRES is set")))
    } else {
        Location::Sqlite(directory.path().join("speed.db"))
    };
    let db = Db::open(&Config {
        location,
        durability: Durability::Full,
        max_connections: 4,
    })
    .await
    .unwrap();
    db.migrate().await.unwrap();
    let rng = Rng::system();
    let secrets = Secrets::new(SecretKey::new([7; 32]), rng.clone());
    let ctx = Ctx::start(db, Clock::system(), rng, secrets, "speed")
        .await
        .unwrap();
    let started = Instant::now();
    add(&ctx, people).await;
    told("people added", people, started.elapsed());
    let started = Instant::now();
    let events = events::catch_up(&ctx, &SearchIndex).await.unwrap();
    told("events indexed", events, started.elapsed());
    analyze(&ctx).await;

    for text in [
        "first7",
        "last 12",
        "a",
        "ab",
        "abc12",
        "mail1",
        "mail",
        "example",
        "xyz",
        "first1 last",
        "zzz",
        "first7 zzz",
        "old",
        "0123",
    ] {
        for sort in [Sort::Newest, Sort::Email, Sort::LastActivity] {
            let query = ListQuery {
                search: Some(text.to_owned()),
                sort,
                ..ListQuery::default()
            };
            ask(&ctx, &format!("{text:?} by {sort:?}"), query).await;
        }
    }
    let filtered = ListQuery {
        search: Some("mail".to_owned()),
        status: Some(Status::Unsubscribed),
        ..ListQuery::default()
    };
    ask(&ctx, "\"mail\", unsubscribed", filtered).await;
    for sort in [Sort::Newest, Sort::Email, Sort::LastActivity] {
        let query = ListQuery {
            sort,
            ..ListQuery::default()
        };
        ask(&ctx, &format!("everybody by {sort:?}"), query).await;
    }
}

fn told(what: &str, n: usize, time: Duration) {
    println!(
        "{n} {what} in {:.1} s, {:.0}/s",
        time.as_secs_f64(),
        n as f64 / time.as_secs_f64()
    );
}

async fn ask(ctx: &Ctx, name: &str, query: ListQuery) {
    let mut times = Vec::with_capacity(TRIES);
    let mut found = 0;
    for _ in 0..TRIES {
        let started = Instant::now();
        let page = list(
            ctx,
            AccountId::from(ACCOUNT),
            query.clone(),
            None,
            Limit::default(),
        )
        .await
        .unwrap();
        times.push(started.elapsed());
        found = page.data.len();
    }
    times.sort_unstable();
    let ms = |at: usize| times[at].as_secs_f64() * 1e3;
    println!(
        "{name:<34} {found:>3} rows  p50 {:>7.2} ms  p95 {:>7.2} ms",
        ms(TRIES / 2),
        ms(TRIES * 95 / 100)
    );
}

/// The first hundredth has a company of its own, which is the hard case: none of them are among the newest.
async fn add(ctx: &Ctx, people: usize) {
    let account = AccountId::from(ACCOUNT);
    for from in (0..people).step_by(BATCH) {
        let rows: Vec<UpsertRow> = (from..people.min(from + BATCH))
            .map(|n| {
                let mixed = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let domain = if n < people / 20 { "old" } else { "mail" };
                let email = format!("{:x}.{n}@{domain}{}.example.com", mixed >> 40, n % 97);
                let mut row = UpsertRow::new(EmailAddress::parse(&email).unwrap());
                row.attributes.first_name = Patch::Set(format!("First{}", n % 1000));
                row.attributes.last_name = Patch::Set(format!("Last {}", n % 5000));
                row
            })
            .collect();
        let mut tx = ctx.write().await.unwrap();
        let catalog = audience::fields::list(&mut tx, account).await.unwrap();
        let policy = Policy::new(Source::Import, "user:1");
        upsert_many_in(ctx, &mut tx, account, &catalog, &rows, &policy)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

/// As PostgreSQL does by itself a while later.
async fn analyze(ctx: &Ctx) {
    let mut tx = ctx.write().await.unwrap();
    if tx.engine() == db::Engine::Postgres {
        for table in ["subscriber", "search_term", "search_words"] {
            tx.query(format!("analyze {table}"))
                .execute()
                .await
                .unwrap();
        }
    }
    tx.commit().await.unwrap();
}
