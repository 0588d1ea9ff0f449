//! How fast people are imported, next to what the bare database can do.
//!
//! `cargo run --release -p audience --example import_speed -- [rows]` uses SQLite in a temporary directory, with every
//! commit durable; with `SENDERO_TEST_POSTGRES` set and the argument `postgres`, a new PostgreSQL database there.
//! Each row has an address, two names and five custom fields, and everybody joins two groups.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people who measure"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use audience::imports::{self, ImportJob, Options, Spool, State, Upload};
use audience::{GroupId, fields};
use bytes::Bytes;
use ctx::{Ctx, SecretKey, Secrets};
use db::{Config, Db, Durability, Insert, Location, Password};
use identity::Actor;
use kernel::{AccountId, Clock, Rng};

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ACCOUNT: i64 = 5;
const GROUPS: [i64; 2] = [77, 78];
const BATCH: usize = 2000;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let postgres = arguments.iter().any(|argument| argument == "postgres");
    arguments.retain(|argument| argument != "postgres");
    let rows = arguments
        .first()
        .map_or(100_000, |rows| rows.parse().expect("a number of rows"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure(rows, postgres));
}

async fn measure(rows: usize, postgres: bool) {
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
    set_up(&ctx).await;
    let spool = Spool {
        directory: directory.path().join("uploads"),
        max_bytes: u64::MAX,
    };
    let file = Bytes::from(file(rows));
    let engine = if postgres { "PostgreSQL" } else { "SQLite" };
    println!(
        "{engine}, {rows} rows, {:.1} MB, load {}",
        file.len() as f64 / 1e6,
        load()
    );

    let first = import(&ctx, &spool, &file).await;
    println!("import     {}", first.told(rows));
    let again = import(&ctx, &spool, &file).await;
    println!("again      {}", again.told(rows));
    assert_counts(&ctx, rows).await;
    let bare = bare(&ctx, rows).await;
    println!("bare       {}", bare.told(rows));
    println!(
        "import runs at {:.2} of the bare insert of subscriber rows; load {}",
        bare.wall.as_secs_f64() / first.wall.as_secs_f64(),
        load()
    );
}

async fn set_up(ctx: &Ctx) {
    let account = AccountId::from(ACCOUNT);
    let mut tx = ctx.write().await.unwrap();
    tx.query(
        "insert into account (id, name, time_zone, language, version, created_at, updated_at)
         values ($1, 'Speed', 'UTC', 'en', 1, 0, 0)",
    )
    .bind(account)
    .execute()
    .await
    .unwrap();
    for group in GROUPS {
        tx.query(
            "insert into contact_group (account_id, id, name, name_folded, created_at, updated_at)
             values ($1, $2, $3, $3, 0, 0)",
        )
        .bind(account)
        .bind(group)
        .bind(format!("group {group}"))
        .execute()
        .await
        .unwrap();
    }
    for (key, kind) in [
        ("city", fields::FieldKind::Text),
        ("company", fields::FieldKind::Text),
        ("points", fields::FieldKind::Number),
        ("birthday", fields::FieldKind::Date),
        ("member", fields::FieldKind::Boolean),
    ] {
        let new = fields::NewField {
            key: key.to_owned(),
            name: key.to_owned(),
            kind,
            visibility: fields::Visibility::Visible,
            options: Vec::new(),
        };
        fields::create_in(ctx, &mut tx, account, &Actor::system(), new)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

/// In no order of the addresses, as files are.
fn file(rows: usize) -> String {
    let mut file = "email,first_name,last_name,city,company,points,birthday,member\n".to_owned();
    for n in 0..rows {
        let mixed = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let _ = writeln!(
            file,
            "{:x}.{n}@mail{}.example.com,First{},\"Last {}\",City {},Company {},{}.{},19{:02}-{:02}-{:02},{}",
            mixed >> 40,
            n % 97,
            n % 1000,
            n % 5000,
            n % 300,
            n % 2000,
            n % 10_000,
            n % 100,
            40 + n % 60,
            1 + n % 12,
            1 + n % 28,
            if n % 3 == 0 { "yes" } else { "no" },
        );
    }
    file
}

struct Started {
    wall: Instant,
    cpu: Duration,
    server: Duration,
}

struct Measured {
    wall: Duration,
    /// Of this process.
    cpu: Duration,
    /// Of PostgreSQL's processes for this database, if they run on this machine.
    server: Duration,
}

impl Started {
    async fn now(ctx: &Ctx) -> Self {
        let server = server_cpu_time(ctx).await;
        Self {
            wall: Instant::now(),
            cpu: cpu_time("self"),
            server,
        }
    }

    async fn stop(self, ctx: &Ctx) -> Measured {
        Measured {
            wall: self.wall.elapsed(),
            cpu: cpu_time("self").saturating_sub(self.cpu),
            server: server_cpu_time(ctx).await.saturating_sub(self.server),
        }
    }
}

impl Measured {
    fn told(&self, rows: usize) -> String {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / rows as f64;
        format!(
            "{:>9.0} rows/s, CPU per row {:6.1} us here and {:6.1} us in the server, {:.2} s",
            rows as f64 / self.wall.as_secs_f64(),
            each(self.cpu),
            each(self.server),
            self.wall.as_secs_f64()
        )
    }
}

async fn import(ctx: &Ctx, spool: &Spool, file: &Bytes) -> Measured {
    let account = AccountId::from(ACCOUNT);
    let started = Started::now(ctx).await;
    let content = futures_util::stream::iter(
        (0..file.len())
            .step_by(64 << 10)
            .map(|at| Ok::<_, std::io::Error>(file.slice(at..file.len().min(at + (64 << 10))))),
    );
    let upload = Upload::receive(ctx, spool, "speed.csv", content)
        .await
        .unwrap();
    let options = Options {
        groups: GROUPS.map(GroupId::from).to_vec(),
        ..Options::default()
    };
    let import = imports::create(ctx, account, &Actor::system(), upload, options)
        .await
        .unwrap();
    let registry = jobs::Registry::new().job::<ImportJob>();
    jobs::run_due(ctx, &registry).await;
    let measured = started.stop(ctx).await;
    let import = imports::get(ctx, account, import.id).await.unwrap();
    assert_eq!(import.state, State::Completed, "{:?}", import.error);
    println!("           {:?}", import.counters);
    measured
}

async fn assert_counts(ctx: &Ctx, rows: usize) {
    let rows = rows as i64;
    let mut tx = ctx.read().await.unwrap();
    for (table, wanted) in [
        ("subscriber", rows),
        ("group_member", rows * 2),
        ("event", rows),
    ] {
        let n: i64 = tx
            .query(format!(
                "select count(*) as n from {table} where account_id = $1"
            ))
            .bind(ACCOUNT)
            .fetch_one()
            .await
            .unwrap()
            .get("n")
            .unwrap();
        assert_eq!(n, wanted, "{table}");
    }
}

/// The same people as rows of `subscriber` and nothing else, in transactions of the same size.
async fn bare(ctx: &Ctx, rows: usize) -> Measured {
    let ids = ctx.ids.reserve(rows);
    let started = Started::now(ctx).await;
    for from in (0..rows).step_by(BATCH) {
        let mut insert = Insert::into(
            "subscriber",
            &[
                "account_id",
                "id",
                "email",
                "email_folded",
                "first_name",
                "first_name_folded",
                "last_name",
                "last_name_folded",
                "status",
                "status_changed_at",
                "source",
                "score",
                "created_at",
                "updated_at",
            ],
        );
        for n in from..rows.min(from + BATCH) {
            let mixed = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let email = format!("{:x}.{n}@mail{}.example.com", mixed >> 40, n % 97);
            insert.row(|row| {
                row.bind(ACCOUNT + 1)
                    .bind(ids.nth(n as i64))
                    .bind(email.as_str())
                    .bind(email.as_str())
                    .bind(format!("First{}", n % 1000))
                    .bind(format!("first{}", n % 1000))
                    .bind(format!("Last {}", n % 5000))
                    .bind(format!("last {}", n % 5000))
                    .bind("active")
                    .bind(0_i64)
                    .bind("import")
                    .bind(0_i64)
                    .bind(0_i64)
                    .bind(0_i64);
            });
        }
        let mut tx = ctx.write().await.unwrap();
        insert.execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    }
    started.stop(ctx).await
}

async fn server_cpu_time(ctx: &Ctx) -> Duration {
    let mut tx = ctx.read().await.unwrap();
    if tx.engine() == db::Engine::Sqlite {
        return Duration::ZERO;
    }
    tx.query("select pid from pg_stat_activity where datname = current_database()")
        .fetch_all()
        .await
        .unwrap()
        .iter()
        .map(|row| cpu_time(&row.get::<i64>("pid").unwrap().to_string()))
        .sum()
}

/// User and system time of a process, in ticks of 10 ms.
fn cpu_time(process: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = behind_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

fn load() -> String {
    std::fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split(' ').next().map(str::to_owned))
        .unwrap_or_default()
}
