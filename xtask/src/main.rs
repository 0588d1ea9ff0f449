//! The developer's commands: `cargo xtask <command>`.
//!
//! One file per command. Nothing here is linked into the product, so the rules of `tidy` about the
//! environment do not apply, and dependencies are kept to what a command line tool cannot do without:
//! building this must never be what a developer waits for.

#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks on standard output"
)]

mod bench;
mod ci;
mod needs;
mod openapi;
mod postgres;
mod python;
mod test;
mod tidy;
mod ui;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "The developer's commands of Sendero"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every suite on SQLite and on a private PostgreSQL
    Test(test::Args),
    /// Check the house rules that the compiler cannot know
    Tidy,
    /// Everything that must hold before a change is merged: formatting, tidy, clippy, the API's description, all tests
    Ci,
    /// Write docs/api/openapi.json
    Openapi(openapi::Args),
    /// Build the web app into ui/dist: client from docs/api/openapi.json, type check, lint, build
    Ui(ui::Args),
    /// Run the server and the web app, which reloads itself when its sources change
    Dev(ui::DevArgs),
    /// Measure the release build on this machine, on SQLite and on a private PostgreSQL
    Bench(bench::Args),
    /// Start a private PostgreSQL for tests, print its URL, stop it and remove it on Ctrl-C
    Postgres,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Test(args) => Ok(test::command(&args)),
        Command::Tidy => tidy::command(),
        Command::Ci => Ok(ci::command()),
        Command::Openapi(args) => openapi::command(&args),
        Command::Ui(args) => ui::command(&args),
        Command::Dev(args) => ui::dev(&args),
        Command::Bench(args) => bench::command(&args),
        Command::Postgres => postgres::command(),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
