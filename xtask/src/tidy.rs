//! `cargo xtask tidy`: the house rules that the compiler and clippy cannot know.
//!
//! Every finding says where, what and what to do about it. The checks read the text of the files with a
//! few plain heuristics (each has its tests); where one is wrong about good code, mend the heuristic.

mod documents;
mod edges;
mod layers;
mod limits;
mod manifests;
mod migrations;
mod schemas;
mod source;
mod words;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use source::Source;

use crate::workspace::root;

/// What is wrong somewhere, and what to do about it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// Relative to the root of the repository.
    path: String,
    /// 0 when it concerns the whole file.
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

/// `cargo xtask tidy`
pub(crate) fn command() -> Result<ExitCode> {
    let mut findings = Vec::new();
    let sources = rust_files()?;
    for source in &sources {
        layers::check(source, &mut findings);
        limits::check(source, &mut findings);
        words::check(source, &mut findings);
    }
    let crates = manifests::read_crates()?;
    edges::check(&crates, &mut findings);
    manifests::check(&crates, &sources, &mut findings)?;
    migrations::check(&mut findings)?;
    schemas::check(&sources, &mut findings);
    limits::check_readme(&mut findings)?;
    documents::check(&mut findings)?;

    findings.sort();
    for Finding {
        path,
        line,
        message,
    } in &findings
    {
        match line {
            0 => println!("{path}: {message}"),
            line => println!("{path}:{line}: {message}"),
        }
    }
    Ok(if findings.is_empty() {
        println!(
            "tidy: {} Rust files and {} crates keep the house rules",
            sources.len(),
            crates.len()
        );
        ExitCode::SUCCESS
    } else {
        println!("tidy: {} things to mend", findings.len());
        ExitCode::FAILURE
    })
}

/// Every Rust file of ours, in order.
fn rust_files() -> Result<Vec<Source>> {
    let mut files = Vec::new();
    for dir in ["crates", "xtask"] {
        collect(&root().join(dir), &mut files)?;
    }
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file)
                .with_context(|| format!("could not read {}", file.display()))?;
            Ok(Source::new(relative(&file), text))
        })
        .collect()
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(dir).with_context(|| format!("could not list {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned()
}
