//! `cargo xtask bench`: first figures of sending, importing and tracking, with the load of the machine.
//!
//! Builds for release and runs `crates/server/examples/bench`, which measures the real program. Both engines write
//! durably, as in production: the private PostgreSQL of a measurement flushes what the one of the tests does not.

use std::{path::PathBuf, process::ExitCode, thread};

use anyhow::Result;

use crate::{
    postgres::{Binaries, Postgres, Promise},
    ui::npm,
    workspace::{cargo, root, run, target_directory},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(value_enum, default_value = "all")]
    what: What,
    /// How often
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// People in the campaign
    #[arg(long, default_value_t = 20_000)]
    recipients: u64,
    /// Connections to the relay
    #[arg(long, default_value_t = 20)]
    connections: u32,
    /// With `send`: how long reads of the API and transactional messages take while the campaign is sent
    #[arg(long)]
    meanwhile: bool,
    /// With `send`: the mail is signed with RSA, beside the rate of signing alone
    #[arg(long)]
    dkim: bool,
    /// Rows of the imported file
    #[arg(long, default_value_t = 100_000)]
    rows: u64,
    /// People in the account whose segments are counted
    #[arg(long, default_value_t = 1_000_000)]
    people: u64,
    /// Opens and clicks a second
    #[arg(long, default_value_t = 5_000)]
    rate: u64,
    /// For how many seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

#[derive(Clone, Copy, clap::ValueEnum, PartialEq, Eq)]
enum What {
    /// A campaign over SMTP to a sink
    Send,
    /// A CSV file
    Import,
    /// Rules, pages, searches and segments at 10,000 people and ten times as many, up to `--people`
    Segment,
    /// Opens and clicks, durable before they are answered
    Track,
    /// 300,000 people led through an automation of seven steps
    Automation,
    /// Bookings one by one, and 200 people at once for one slot
    Book,
    /// Times that can be booked, in memory
    Slots,
    All,
}

/// `cargo xtask bench`
pub(crate) fn command(args: &Args) -> Result<ExitCode> {
    if matches!(args.what, What::Slots | What::All) {
        println!("== slots");
        run(cargo().args([
            "run",
            "--release",
            "--package",
            "booking",
            "--example",
            "slots",
        ]))?;
    }
    if args.what == What::Slots {
        return Ok(ExitCode::SUCCESS);
    }
    run(cargo().args([
        "build",
        "--release",
        "--package",
        "sendero",
        "--package",
        "testkit",
        "--bin",
        "sendero",
        "--bin",
        "smtp-sink",
        "--example",
        "bench",
    ]))?;
    let built = target_directory()?.join("release");
    let postgres = if Binaries::find().is_some() {
        Some(Postgres::start(Promise::Durable)?)
    } else {
        println!("there is no PostgreSQL 15 or newer on this machine: SQLite alone is measured");
        None
    };
    let cores = thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!("figures of a machine with {cores} cores; they mean little unless its load is low");
    for (what, name, numbers) in [
        (
            What::Send,
            "send",
            vec![
                ("--recipients", args.recipients),
                ("--connections", args.connections.into()),
            ],
        ),
        (What::Import, "import", vec![("--rows", args.rows)]),
        (What::Segment, "segment", vec![("--people", args.people)]),
        (
            What::Track,
            "track",
            vec![("--rate", args.rate), ("--seconds", args.seconds)],
        ),
        (What::Automation, "automation", Vec::new()),
        (What::Book, "book", Vec::new()),
    ] {
        if args.what != what && args.what != What::All {
            continue;
        }
        println!("\n== {name}");
        let mut bench = std::process::Command::new(built.join("examples/bench"));
        bench
            .arg("--binary")
            .arg(built.join("sendero"))
            .arg("--sink")
            .arg(built.join("smtp-sink"))
            .args(["--runs", &args.runs.to_string()])
            .arg(name);
        for (option, number) in numbers {
            bench.args([option, &number.to_string()]);
        }
        if what == What::Send && args.meanwhile {
            bench.arg("--meanwhile");
        }
        if what == What::Send && args.dkim {
            bench.arg("--dkim");
        }
        if what == What::Automation && postgres.is_some() {
            bench.arg("--graphile").arg(graphile()?);
        }
        match &postgres {
            Some(postgres) => bench.env("SENDERO_TEST_POSTGRES", &postgres.url),
            None => bench.env_remove("SENDERO_TEST_POSTGRES"),
        };
        run(&mut bench)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Where graphile-worker is, with its packages.
fn graphile() -> Result<PathBuf> {
    let folder = root().join("crates/server/examples/bench/graphile");
    run(npm()
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(&folder))?;
    Ok(folder)
}
