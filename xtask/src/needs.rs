//! What the tests need from the machine, and how to get it from Debian's packages.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{
    postgres::Binaries,
    python, ui,
    workspace::{find_program, is_root, run},
};

struct Need {
    /// Completes "there is no ...".
    what: &'static str,
    package: &'static str,
    is_met: fn() -> bool,
}

/// Everything a test may want beyond Rust. A test that finds its need unmet prints `skipped: no ...`.
const NEEDS: &[Need] = &[
    Need {
        what: "PostgreSQL 15 or newer",
        package: "postgresql",
        is_met: || Binaries::find().is_some(),
    },
    // A real SMTP server that is not ours, for the end-to-end test of sending.
    Need {
        what: "Postfix",
        package: "postfix",
        is_met: || find_program("postfix").is_some(),
    },
    // Real CalDAV servers are written in it.
    Need {
        what: "Python 3.10 or newer with venv",
        package: "python3-venv",
        is_met: || python::usable().is_ok(),
    },
    // The web app is built with it.
    Need {
        what: "Node.js 20.19 or newer",
        package: "npm",
        is_met: || ui::node().is_ok(),
    },
    // The walks through the web app.
    Need {
        what: "Chromium",
        package: "chromium",
        is_met: || ui::chromium().is_some(),
    },
];

/// Installs whatever is missing, or says how to.
pub(crate) fn install_missing() -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.is_met)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let list = missing
        .iter()
        .map(|need| need.what)
        .collect::<Vec<_>>()
        .join(" and no ");
    if find_program("apt-get").is_none() || !is_root() {
        bail!(
            "there is no {list}, and `--all` leaves nothing out.\n\
             Install it (Debian: sudo apt-get install {}), or run `cargo xtask test` without `--all`",
            packages.join(" ")
        );
    }
    println!("there is no {list}: installing {}", packages.join(" "));
    run(apt_get().arg("update")).context("could not refresh the list of Debian's packages")?;
    run(apt_get()
        .args(["install", "--yes", "--no-install-recommends"])
        .args(&packages))?;
    if let Some(need) = missing.iter().find(|need| !(need.is_met)()) {
        bail!(
            "installed {}, and there is still no {}",
            need.package,
            need.what
        );
    }
    Ok(())
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command
        .arg("--quiet=2")
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}
