//! The measurements of `cargo xtask bench`: the real program, built for release, beside a sink or a database on the
//! same machine.
//!
//! A figure counts only when the oracle agrees: as many distinct recipients in the sink's log, as many people in the
//! database, as there should be. CPU is user and system time of all threads as the kernel counts it, to 10 ms.

#![expect(clippy::print_stdout, reason = "prints its figures")]

#[path = "../../tests/faults/api.rs"]
mod api;
mod automation;
mod bare;
mod book;
mod graphile;
mod import;
mod journal;
mod meanwhile;
mod measure;
#[path = "../../tests/faults/program.rs"]
mod program;
mod segment;
mod send;
mod track;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// That of the program, since much of this is measured in this process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(about = "Measures a built `sendero`; `cargo xtask bench` runs it")]
struct Options {
    /// The program to measure
    #[arg(long)]
    binary: PathBuf,
    /// The SMTP sink
    #[arg(long)]
    sink: PathBuf,
    /// How often; each run is printed
    #[arg(long, default_value_t = 3)]
    runs: u32,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A campaign over SMTP
    Send {
        #[arg(long, default_value_t = 20_000)]
        recipients: u64,
        #[arg(long, default_value_t = 20)]
        connections: u32,
        /// Reads of the API and transactional messages while it is sent, and how long they take
        #[arg(long)]
        meanwhile: bool,
        /// Signed with an RSA key of 2048 bits, and how fast that alone is
        #[arg(long)]
        dkim: bool,
    },
    /// A CSV file, and the same file again
    Import {
        #[arg(long, default_value_t = 100_000)]
        rows: u64,
    },
    /// Opens and clicks by signed links, beside a handler that answers the same to everybody
    Track {
        #[arg(long, default_value_t = 5_000)]
        rate: u64,
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// That handler, until it is killed: `track` starts it
    #[command(hide = true)]
    Constant,
    /// People led through a journey of an automation; in this process, without the program
    Automation {
        #[arg(long, default_value_t = 300_000)]
        people: u64,
        /// Where graphile-worker is, to be measured beside it on PostgreSQL
        #[arg(long)]
        graphile: Option<PathBuf>,
    },
    /// Bookings one by one, and many at once for one slot
    Book {
        #[arg(long, default_value_t = 1_000)]
        bookings: usize,
    },
    /// Rules, pages, searches and segments at growing sizes; in this process, without the program
    Segment {
        #[arg(long, default_value_t = 1_000_000)]
        people: u64,
    },
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    if let What::Constant = options.what {
        track::serve_constant().await;
        return;
    }
    // Where there is a PostgreSQL for tests, both engines are measured.
    let postgres = testkit::empty_postgres().await.is_some();
    for run in 1..=options.runs {
        for engine in [false, true] {
            if engine && !postgres {
                println!(
                    "skipped: no PostgreSQL ({} is not set)",
                    testkit::POSTGRES_VARIABLE
                );
                continue;
            }
            let url = if engine {
                testkit::empty_postgres().await
            } else {
                None
            };
            let name = if engine { "PostgreSQL" } else { "SQLite" };
            println!(
                "\n-- {name}, run {run} of {}; load {}",
                options.runs,
                measure::load()
            );
            match options.what {
                What::Send {
                    recipients,
                    connections,
                    meanwhile,
                    dkim,
                } => {
                    let run = send::Run {
                        recipients,
                        connections,
                        meanwhile,
                        dkim,
                    };
                    send::run(&options, url, run).await;
                }
                What::Import { rows } => import::run(&options, url, rows).await,
                What::Book { bookings } => book::run(&options, url, bookings).await,
                What::Segment { people } => segment::run(url, people).await,
                What::Track { rate, seconds } => track::run(&options, url, rate, seconds).await,
                What::Automation {
                    people,
                    ref graphile,
                } => {
                    automation::run(url, people).await;
                    if let Some(folder) = graphile.as_deref().filter(|_| engine) {
                        graphile::run(folder).await;
                    }
                }
                What::Constant => {}
            }
        }
    }
}
