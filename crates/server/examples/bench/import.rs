//! Rows a second of a CSV file with an address, two names and five custom fields, in no order of the addresses, whose
//! people all join two groups; of the same file again, in which nothing is new; and of the bare database, which is
//! given the same rows. Also how long the API takes to answer while other people are imported.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use db::{Config, Db, Durability, Insert, Location, Password};
use kernel::fold;
use serde_json::{Value, json};

use crate::Options;
use crate::api::{Api, text};
use crate::measure::{cpu, database_name, each_us, forget_peak, load, memory_mb, postgres_cpu};
use crate::program::{Program, Setting};

const FIELDS: [(&str, &str); 5] = [
    ("city", "text"),
    ("company", "text"),
    ("points", "number"),
    ("birthday", "date"),
    ("member", "boolean"),
];
/// Rows of one transaction of the bare database, as many as of the import.
const BATCH: u64 = 2_000;

pub(crate) async fn run(options: &Options, database_url: Option<String>, rows: u64) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let database = database_url
        .as_deref()
        .map(database_name)
        .map(str::to_owned);
    let setting = Setting::new(&options.binary, folder.path(), database_url);
    let mut program = Program::start(&setting).await;
    let pid = program.child.id();
    let api = Api::set_up(&program.url).await;
    for (key, kind) in FIELDS {
        let field = json!({ "key": key, "name": key, "kind": kind });
        api.post("/api/fields", Some(&field)).await;
    }
    let mut groups = Vec::new();
    for name in ["Customers", "Newsletter"] {
        let group = api
            .post("/api/groups", Some(&json!({ "name": name })))
            .await;
        groups.push(text(&group["id"]));
    }
    let how = json!({ "groups": groups });
    let csv = file(0..rows);
    let database_cpu = || database.as_deref().map(postgres_cpu).unwrap_or_default();
    println!("memory {:.0} MB before", memory_mb(pid, "VmRSS"));
    let mut took = Vec::new();
    for (what, column) in [("new", "created"), ("known", "unchanged")] {
        forget_peak(pid);
        let before = (cpu(pid), database_cpu());
        let began = Instant::now();
        let import = api.import_with(csv.clone(), &how).await;
        took.push(began.elapsed());
        let ours = cpu(pid).saturating_sub(before.0);
        let databases = database_cpu().saturating_sub(before.1);
        assert_eq!(import[column], rows, "{import}");
        print!("{}", rate(what, rows, took[took.len() - 1], ours));
        if database.is_some() {
            print!(" + {:.0} us PostgreSQL", each_us(databases, rows));
        }
        println!(
            "; memory {:.0} MB at most; load {}",
            memory_mb(pid, "VmHWM"),
            load()
        );
    }
    drop(csv);
    let others = file(rows..rows + (rows / 4).max(10_000));
    println!("{}", answers_meanwhile(&api, others, &how).await);
    let (status, _) = program.terminate().await;
    assert!(status.success(), "{status}");
    let bare = bare(folder.path(), database.is_some(), rows).await;
    println!(
        "the import runs at {:.2} of the bare database, the same file again at {:.2}; load {}",
        bare.as_secs_f64() / took[0].as_secs_f64(),
        bare.as_secs_f64() / took[1].as_secs_f64(),
        load()
    );
}

fn rate(what: &str, rows: u64, took: Duration, cpu: Duration) -> String {
    format!(
        "{:.0} {what} rows/s ({:.2} s); CPU per row: {:.0} us ours",
        rows as f64 / took.as_secs_f64(),
        took.as_secs_f64(),
        each_us(cpu, rows)
    )
}

/// Reads a page and creates somebody, in turns, until an import ends: how long the API took.
async fn answers_meanwhile(api: &Api, csv: String, how: &Value) -> String {
    let mut times = [Vec::new(), Vec::new()];
    let asking = async {
        for n in 0_u64.. {
            let began = Instant::now();
            api.get("/api/subscribers?limit=50").await;
            times[0].push(began.elapsed());
            let somebody = json!({ "email": format!("meanwhile{n}@example.net") });
            let began = Instant::now();
            api.post("/api/subscribers", Some(&somebody)).await;
            times[1].push(began.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = api.import_with(csv, how) => {}
        () = asking => unreachable!("it goes on until the import ends"),
    }
    let told = times.map(|mut times| {
        times.sort_unstable();
        let ms = |permille: usize| {
            let at = (times.len() * permille / 1000).min(times.len() - 1);
            times[at].as_secs_f64() * 1e3
        };
        format!(
            "{:.1} ms, p99 {:.1} ms of {}",
            ms(500),
            ms(990),
            times.len()
        )
    });
    format!(
        "while others are imported: a page of 50 in {}; a new person in {}",
        told[0], told[1]
    )
}

/// One person of the file.
struct Person {
    email: String,
    first_name: String,
    last_name: String,
    city: String,
    company: String,
    points: (u64, u64),
    birthday: (u64, u64, u64),
    member: bool,
}

fn person(n: u64) -> Person {
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Person {
        email: format!("{:x}.{n}@mail{}.example.com", mixed >> 40, n % 97),
        first_name: format!("First{}", n % 1000),
        last_name: format!("Last {}", n % 5000),
        city: format!("City {}", n % 300),
        company: format!("Company {}", n % 2000),
        points: (n % 10_000, n % 100),
        birthday: (40 + n % 60, 1 + n % 12, 1 + n % 28),
        member: n.is_multiple_of(3),
    }
}

fn file(rows: Range<u64>) -> String {
    let mut file = "email,first_name,last_name,city,company,points,birthday,member\n".to_owned();
    for n in rows {
        let it = person(n);
        let (year, month, day) = it.birthday;
        let _ = writeln!(
            file,
            "{},{},\"{}\",{},{},{}.{:02},19{year}-{month:02}-{day:02},{}",
            it.email,
            it.first_name,
            it.last_name,
            it.city,
            it.company,
            it.points.0,
            it.points.1,
            if it.member { "yes" } else { "no" },
        );
    }
    file
}

/// The same people and memberships, written in transactions of the same size by nothing but statements: no checks, no
/// events, no search, no way back.
async fn bare(folder: &Path, postgres: bool, rows: u64) -> Duration {
    const ACCOUNT: i64 = 5;
    let location = if postgres {
        let url = testkit::empty_postgres().await.expect("there is one");
        Location::Postgres(Password(url))
    } else {
        Location::Sqlite(folder.join("bare.db"))
    };
    let db = Db::open(&Config {
        location,
        durability: Durability::Full,
        max_connections: 4,
    })
    .await
    .expect("the database opens");
    db.migrate().await.expect("the schema applies");
    let own_cpu = cpu(std::process::id());
    let began = Instant::now();
    for from in (0..rows).step_by(usize::try_from(BATCH).expect("a batch is small")) {
        let mut people = Insert::into("subscriber", &COLUMNS);
        let mut members = Insert::into(
            "group_member",
            &[
                "account_id",
                "group_id",
                "subscriber_id",
                "added_at",
                "added_by",
            ],
        );
        for group in [71_i64, 72] {
            for n in from..rows.min(from + BATCH) {
                members.row(|row| {
                    row.bind(ACCOUNT)
                        .bind(group)
                        .bind(n as i64 + 1)
                        .bind(0_i64)
                        .bind("user:1");
                });
            }
        }
        for n in from..rows.min(from + BATCH) {
            let it = person(n);
            people.row(|row| {
                row.bind(ACCOUNT)
                    .bind(n as i64 + 1)
                    .bind(&it.email)
                    .bind(&it.email)
                    .bind(&it.first_name)
                    .bind(fold(&it.first_name))
                    .bind(&it.last_name)
                    .bind(fold(&it.last_name))
                    .bind("active")
                    .bind(0_i64)
                    .bind("import")
                    .bind(0_i64)
                    .bind(0_i64)
                    .bind(0_i64)
                    .bind(&it.city)
                    .bind(fold(&it.city))
                    .bind(&it.company)
                    .bind(fold(&it.company))
                    .bind((it.points.0 * 1_000_000 + it.points.1 * 10_000) as i64)
                    .bind((it.birthday.0 * 365 + it.birthday.1 * 30 + it.birthday.2) as i64)
                    .bind(i64::from(it.member));
            });
        }
        let mut tx = db.write().await.expect("a transaction begins");
        people.execute(&mut tx).await.expect("people are new");
        members.execute(&mut tx).await.expect("members are new");
        tx.commit().await.expect("a transaction commits");
    }
    let took = began.elapsed();
    let own_cpu = cpu(std::process::id()).saturating_sub(own_cpu);
    println!("{}", rate("bare", rows, took, own_cpu));
    db.close().await;
    took
}

const COLUMNS: [&str; 21] = [
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
    "text_1",
    "folded_1",
    "text_2",
    "folded_2",
    "value_3",
    "value_4",
    "value_5",
];
