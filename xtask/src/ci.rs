//! `cargo xtask ci`: everything that must hold before a change is merged.
//!
//! Cheap checks first. All of them run, so that one look at the output is enough; the tests come last,
//! because their closing line is to be the last one.

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    openapi, test, tidy, ui,
    workspace::{cargo, run},
};

type Check = fn() -> Result<ExitCode>;

/// `cargo xtask ci`
pub(crate) fn command() -> ExitCode {
    let checks: [(&str, Check); 6] = [
        ("fmt", || {
            succeed(run(cargo().args(["fmt", "--all", "--check"])))
        }),
        ("tidy", tidy::command),
        ("clippy", || {
            let clippy = [
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "--deny",
                "warnings",
            ];
            succeed(run(cargo().args(clippy)))
        }),
        ("openapi", || {
            openapi::command(&openapi::Args { check: true })
        }),
        ("ui", || ui::command(&ui::Args { check: true })),
        ("test", || Ok(test::command(&test::Args::everything()))),
    ];
    let mut exit = ExitCode::SUCCESS;
    for (name, check) in checks {
        println!("\n== {name}");
        match check() {
            Ok(ExitCode::SUCCESS) => {}
            Ok(_) => exit = ExitCode::FAILURE,
            Err(error) => {
                eprintln!("error: {error:#}");
                exit = ExitCode::FAILURE;
            }
        }
    }
    exit
}

fn succeed(result: Result<()>) -> Result<ExitCode> {
    result.map(|()| ExitCode::SUCCESS)
}
