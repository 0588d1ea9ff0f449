//! `cargo xtask test`: every suite, on SQLite and on PostgreSQL.
//!
//! The output of `cargo test` is shown as it comes. The last line is the sum of all suites, alone on its
//! line: `N passed, N failed, N skipped`. A test that cannot run where it is prints `skipped: REASON` and
//! returns; it counts as skipped, not as passed, and every reason is listed before the last line.

mod report;

use std::{
    env,
    hash::{BuildHasher as _, RandomState},
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context, Result};
use report::Report;
pub(crate) use report::Total;

use crate::{
    needs,
    postgres::{Binaries, Postgres, Promise},
    python, ui,
    workspace::{cargo, run, target_directory},
};

/// The same in every run, unless asked otherwise: a change is judged by cases that passed before it. `random` looks for
/// new ones.
const SEED: &str = "20261122";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave nothing out: install what is missing where that is possible, fail where it is not
    #[arg(long)]
    all: bool,
    /// Where cases that are drawn begin, so that a run can be repeated: a number, or `random`
    #[arg(long, value_name = "SEED", default_value = SEED)]
    seed: String,
    /// Only the tests of this crate (may be repeated)
    #[arg(short, long = "package", value_name = "CRATE")]
    packages: Vec<String>,
    /// Only tests whose name contains one of these
    filters: Vec<String>,
}

impl Args {
    pub(crate) fn everything() -> Self {
        Self {
            all: true,
            seed: SEED.to_owned(),
            packages: Vec::new(),
            filters: Vec::new(),
        }
    }
}

/// `cargo xtask test`
pub(crate) fn command(args: &Args) -> ExitCode {
    let report = match run_suites(args) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("error: {error:#}");
            Report::default()
        }
    };
    let total = report.total();
    let reasons = report.skip_reasons();
    if !reasons.is_empty() {
        println!("\nleft out:");
        for (reason, tests) in reasons {
            println!("  {} ({}): {reason}", tests.len(), shorten(&tests));
        }
    }
    let left_out = args.all && total.skipped > 0;
    if left_out {
        println!("\nfailed: `--all` leaves nothing out, see the list above");
    }
    if !report.succeeded && total.failed == 0 {
        println!("\nfailed: the tests could not be built or run, see the message above");
    }
    println!(
        "\n{} passed, {} failed, {} skipped",
        total.passed, total.failed, total.skipped
    );
    if report.succeeded && total.failed == 0 && !left_out {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn run_suites(args: &Args) -> Result<Report> {
    if args.all {
        needs::install_missing()?;
    }
    let seed = seed(&args.seed)?;
    println!("cases are drawn from the seed {seed}");
    let postgres = start_postgres(args)?;
    // Only the tests of the server start them, and other crates are to be tested while it does not compile.
    let starts_programs =
        args.packages.is_empty() || args.packages.iter().any(|name| name == "sendero");
    let programs = if starts_programs {
        build_programs()?
    } else {
        Vec::new()
    };
    // The tests of the server see the app that the walks through it will see.
    if starts_programs && let Err(reason) = ui::build_for_tests()? {
        println!("the web app is not built: there is {reason}");
    }

    let calendar_servers = install_calendar_servers(args)?;

    let mut tests = cargo();
    tests.args(["test", "--no-fail-fast"]);
    if args.packages.is_empty() {
        tests.arg("--workspace");
    }
    for package in &args.packages {
        tests.args(["--package", package]);
    }
    tests.args(["--", "--show-output"]).args(&args.filters);
    // The developer's own configuration must not reach the programs that tests start.
    for (name, _) in
        env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SENDERO_"))
    {
        tests.env_remove(name);
    }
    tests.envs(programs.iter().map(|(name, path)| (name, path)));
    for name in ["PROPTEST_RNG_SEED", "SENDERO_TEST_SEED"] {
        tests.env(name, seed.to_string());
    }
    if let Some(postgres) = &postgres {
        tests.env("SENDERO_TEST_POSTGRES", &postgres.url);
    }
    if let Some(python) = &calendar_servers {
        tests.env("SENDERO_TEST_PYTHON", python);
    }
    let mut report = follow(&mut tests)?;
    if let Some((_, program)) = programs.iter().find(|(name, _)| *name == "SENDERO_BIN") {
        let (total, skipped) = ui::tests(program, &args.filters)?;
        report.add(total, skipped);
    }
    Ok(report)
}

fn seed(text: &str) -> Result<u64> {
    if text == "random" {
        return Ok(RandomState::new().hash_one("seed") >> 32);
    }
    text.parse()
        .with_context(|| format!("--seed {text}: write a number, or `random`"))
}

/// One that the developer keeps running (`cargo xtask postgres`) is not used: what the tests find must
/// not depend on what earlier tests left behind.
fn start_postgres(args: &Args) -> Result<Option<Postgres>> {
    if args.all || Binaries::find().is_some() {
        let postgres = Postgres::start(Promise::Nothing)?;
        println!(
            "testing on SQLite and on a private PostgreSQL {}",
            postgres.release
        );
        return Ok(Some(postgres));
    }
    println!(
        "there is no PostgreSQL 15 or newer on this machine: testing on SQLite alone \
         (Debian: apt-get install postgresql)"
    );
    Ok(None)
}

/// The crates whose tests talk to real CalDAV servers.
const TALK_TO_CALENDARS: &[&str] = &["calendars", "booking", "sendero"];

/// The Python that has the CalDAV servers. Without them, their tests say that they were left out.
fn install_calendar_servers(args: &Args) -> Result<Option<PathBuf>> {
    let wanted = args.packages.is_empty()
        || args
            .packages
            .iter()
            .any(|name| TALK_TO_CALENDARS.contains(&name.as_str()));
    if !wanted {
        return Ok(None);
    }
    let reason = match python::usable() {
        Err(reason) => reason,
        Ok(()) => match python::calendar_servers() {
            Ok(python) => return Ok(Some(python)),
            Err(error) if args.all => return Err(error),
            Err(error) => format!("no way to install them ({error:#})"),
        },
    };
    println!("there is {reason}: tests that talk to real CalDAV servers are left out");
    Ok(None)
}

/// The programs that tests start as processes, with the variables that tell the tests where they are.
fn build_programs() -> Result<Vec<(&'static str, PathBuf)>> {
    run(cargo().args([
        "build",
        "--package",
        "sendero",
        "--package",
        "testkit",
        "--bins",
    ]))?;
    let built = target_directory()?.join("debug");
    Ok(vec![
        ("SENDERO_BIN", built.join("sendero")),
        ("SENDERO_SMTP_SINK", built.join("smtp-sink")),
    ])
}

/// Runs the tests, shows what is worth seeing and keeps the score.
fn follow(tests: &mut Command) -> Result<Report> {
    let mut child = tests.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().expect("standard output is a pipe");
    let mut report = Report::default();
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line.context("could not read what the tests print")?;
        let line = String::from_utf8_lossy(&line);
        if report.read(&line) {
            println!("{line}");
        }
    }
    report.finish();
    report.succeeded = child.wait()?.success();
    Ok(report)
}

fn shorten(tests: &[String]) -> String {
    match tests {
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!("{first}, {second}, {third}, ...")
        }
        few => few.join(", "),
    }
}
