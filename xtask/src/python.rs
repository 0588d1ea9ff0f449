//! Programs in Python that tests start: CalDAV servers, in an environment of their own.
//!
//! It lies beside what cargo builds, is made anew when the list of its packages changes, and nothing else uses it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

use crate::workspace::{output, root, run, target_directory};

/// What is installed, every version fixed.
const PACKAGES: &str = "crates/testkit/calendar-servers.txt";
/// The oldest that the packages run on.
const OLDEST: (u64, u64) = (3, 10);

/// Whether there is a Python that can make an environment, or why not.
pub(crate) fn usable() -> Result<(), String> {
    let said = output(Command::new("python3").arg("--version"))
        .map_err(|_| "no Python (python3)".to_owned())?;
    let mut parts = said
        .trim()
        .trim_start_matches("Python ")
        .split('.')
        .map(str::parse);
    let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else {
        return Err(format!("no Python with a version ({})", said.trim()));
    };
    if (major, minor) < OLDEST {
        return Err(format!("no Python {}.{} or newer", OLDEST.0, OLDEST.1));
    }
    // Debian has parts of it in a package of their own.
    let parts = Command::new("python3")
        .args(["-c", "import ensurepip, venv"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !parts.is_ok_and(|status| status.success()) {
        return Err(
            "no Python that can make environments (Debian: apt-get install python3-venv)"
                .to_owned(),
        );
    }
    Ok(())
}

/// The Python of the environment, made first if it is not what the list says.
pub(crate) fn calendar_servers() -> Result<PathBuf> {
    let directory = target_directory()?.join("calendar-servers");
    let python = directory.join("bin/python");
    let wanted =
        fs::read(root().join(PACKAGES)).with_context(|| format!("could not read {PACKAGES}"))?;
    let stamp = directory.join("installed.txt");
    if python.is_file() && fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    println!("installing the CalDAV servers that the tests talk to ({PACKAGES})");
    make(&directory, &python)?;
    fs::write(stamp, wanted)?;
    Ok(python)
}

fn make(directory: &Path, python: &Path) -> Result<()> {
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(directory)
        .stdin(Stdio::null()))?;
    run(Command::new(python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ])
        .arg(root().join(PACKAGES))
        .stdin(Stdio::null()))
}
