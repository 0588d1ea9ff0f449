//! `cargo xtask ui`, `cargo xtask dev`, and the tests of the web app.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{
    test::Total,
    workspace::{cargo, find_program, output, root, run},
};

const DIRECTORY: &str = "ui";
/// What the client is generated from, and into what.
const CLIENT: &str = "ui/src/api/schema.d.ts";
/// The oldest that the app can be built with.
const NODE: (u64, u64) = (20, 19);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if the client is not what docs/api/openapi.json says, or the app has faults
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(clap::Args)]
pub(crate) struct DevArgs {
    /// What is passed to `sendero`, such as `serve --data-dir ./data`; `demo` if nothing is given
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    server: Vec<String>,
}

/// `cargo xtask ui`
pub(crate) fn command(args: &Args) -> Result<ExitCode> {
    install()?;
    let before = fs::read(root().join(CLIENT)).unwrap_or_default();
    script("gen", &[])?;
    if args.check && fs::read(root().join(CLIENT))? != before {
        println!("{CLIENT}: was not what docs/api/openapi.json says; it is now, commit it");
        return Ok(ExitCode::FAILURE);
    }
    script("typecheck", &[])?;
    script("lint", &[])?;
    script("build", &[])?;
    println!("the web app is in ui/dist");
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask dev`: the server, and the app that reloads itself.
pub(crate) fn dev(args: &DevArgs) -> Result<ExitCode> {
    install()?;
    run(cargo().args(["build", "--package", "sendero"]))?;
    let mut server = cargo();
    server.args(["run", "--quiet", "--package", "sendero", "--"]);
    if args.server.is_empty() {
        server.arg("demo");
    } else {
        server.args(&args.server);
    }
    let mut server = Running(server.spawn().context("could not start the server")?);
    println!("the app is at http://localhost:5173/app/ and reloads itself; Ctrl-C ends both");
    // Ctrl-C reaches all of us.
    let _ = npm().args(["run", "dev"]).status();
    server.0.wait()?;
    Ok(ExitCode::SUCCESS)
}

/// Ends the process with us.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Builds the app if it is not what its sources say. Says why not where that is impossible.
pub(crate) fn build_for_tests() -> Result<Result<(), String>> {
    if let Err(reason) = node() {
        return Ok(Err(reason));
    }
    install()?;
    script("build", &["--logLevel", "warn"])?;
    Ok(Ok(()))
}

/// The browser that the tests drive.
pub(crate) fn chromium() -> Option<PathBuf> {
    env::var_os("CHROMIUM")
        .map(PathBuf::from)
        .or_else(|| find_program("chromium"))
        .or_else(|| find_program("chromium-browser"))
        .or_else(|| find_program("google-chrome"))
}

/// Whether Node.js is there and new enough.
pub(crate) fn node() -> Result<(), String> {
    let said =
        output(Command::new("node").arg("--version")).map_err(|_| "no Node.js".to_owned())?;
    let mut parts = said
        .trim()
        .trim_start_matches('v')
        .split('.')
        .map(str::parse);
    let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else {
        return Err(format!("no Node.js with a version ({})", said.trim()));
    };
    if (major, minor) < NODE || find_program("npm").is_none() {
        return Err(format!("no Node.js {}.{} with npm", NODE.0, NODE.1));
    }
    Ok(())
}

/// Type check, units and the walks through the app in a browser, one after the other. What cannot run is skipped.
pub(crate) fn tests(program: &Path, filters: &[String]) -> Result<(Total, Vec<(String, String)>)> {
    let mut total = Total::default();
    let mut skipped = Vec::new();
    if let Err(reason) = node() {
        total.skipped += 1;
        skipped.push((reason, "the web app".to_owned()));
        return Ok((total, skipped));
    }
    install()?;
    if filters.is_empty() {
        println!("\n== web app: types, lint, units");
        for check in ["typecheck", "lint"] {
            count(&mut total, script(check, &[]).is_ok());
        }
        let report = root().join("ui/node_modules/.unit.json");
        let ran = npm()
            .args([
                "run",
                "--silent",
                "unit",
                "--",
                "--reporter=default",
                "--reporter=json",
            ])
            .arg(format!("--outputFile={}", report.display()))
            .status()?;
        let numbers = read_json(&report)?;
        let number = |name: &str| numbers[name].as_u64().unwrap_or(0);
        total.passed += number("numPassedTests");
        total.failed += number("numFailedTests");
        if !ran.success() && number("numFailedTests") == 0 {
            total.failed += 1;
        }
    }
    let Some(chromium) = chromium() else {
        total.skipped += 1;
        skipped.push((
            "no Chromium".to_owned(),
            "the web app in a browser".to_owned(),
        ));
        return Ok((total, skipped));
    };
    println!("\n== web app in a browser");
    let report = root().join("ui/node_modules/.e2e.json");
    let _ = fs::remove_file(&report);
    let mut walk = npm();
    walk.args(["run", "--silent", "e2e", "--", "--reporter=list,json"]);
    if !filters.is_empty() {
        walk.args(["--grep", &filters.join("|")]);
        walk.arg("--pass-with-no-tests");
    }
    let ran = walk
        .env("SENDERO_BIN", program)
        .env("CHROMIUM", chromium)
        .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report)
        .stdin(Stdio::null())
        .status()?;
    let numbers = read_json(&report)?;
    let number = |name: &str| numbers["stats"][name].as_u64().unwrap_or(0);
    total.passed += number("expected");
    total.failed += number("unexpected") + number("flaky");
    total.skipped += number("skipped");
    if number("skipped") > 0 {
        skipped.push((
            "left out in its file".to_owned(),
            "the web app in a browser".to_owned(),
        ));
    }
    if !ran.success() && number("unexpected") == 0 {
        total.failed += 1;
    }
    Ok((total, skipped))
}

fn count(total: &mut Total, passed: bool) {
    if passed {
        total.passed += 1;
    } else {
        total.failed += 1;
    }
}

fn read_json(path: &Path) -> Result<serde_json::Value> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("the tests left no report at {}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// Installs what the lock file says, unless it is there.
fn install() -> Result<()> {
    if let Err(reason) = node() {
        bail!(
            "there is {reason}, which builds the web app: install Node.js {}.{} or newer",
            NODE.0,
            NODE.1
        );
    }
    let lock = fs::read(root().join("ui/package-lock.json"))?;
    let stamp = root().join("ui/node_modules/.sendero-lock");
    if fs::read(&stamp).is_ok_and(|kept| kept == lock) {
        return Ok(());
    }
    run(npm().args(["ci", "--no-audit", "--no-fund"]))?;
    fs::write(stamp, lock)?;
    Ok(())
}

fn script(name: &str, arguments: &[&str]) -> Result<()> {
    run(npm().args(["run", "--silent", name, "--"]).args(arguments))
}

/// npm, in the folder of the web app.
pub(crate) fn npm() -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(root().join(DIRECTORY));
    command
}
