//! What the documents point at exists: paths in backticks, and links to files.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::{Finding, relative};
use crate::workspace::root;

/// A path in backticks is one of ours if it begins with one of these.
const TOP: &[&str] = &["crates/", "docs/", "migrations/", "ui/", "xtask/", ".ci/"];

pub(super) fn check(findings: &mut Vec<Finding>) -> Result<()> {
    for dir in ["", "docs", "docs/adr"] {
        let dir = root().join(dir);
        for entry in
            fs::read_dir(&dir).with_context(|| format!("could not list {}", dir.display()))?
        {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path)
                    .with_context(|| format!("could not read {}", path.display()))?;
                check_text(&text, &path, findings);
            }
        }
    }
    Ok(())
}

fn check_text(text: &str, path: &Path, findings: &mut Vec<Finding>) {
    let dir = path.parent().unwrap_or(root());
    for (index, line) in text.lines().enumerate() {
        let gone = links(line)
            .filter(|target| !dir.join(target).exists())
            .chain(paths(line).filter(|target| !root().join(target).exists()));
        for target in gone {
            findings.push(Finding::new(
                &relative(path),
                index + 1,
                format!("`{target}` does not exist: name where it is now"),
            ));
        }
    }
}

/// The files that `[text](target)` links to.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("](").filter_map(|(at, _)| {
        let target = line[at + 2..].split(')').next()?;
        let file = target.split('#').next().unwrap_or_default();
        (!file.is_empty() && !file.contains("://")).then_some(file)
    })
}

/// The paths in backticks; a placeholder such as `crates/<name>` or `store/*.rs` is not one.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|quoted| {
        TOP.iter().any(|top| quoted.starts_with(top))
            && !quoted.contains(|c: char| c.is_whitespace() || "<>*{}|".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::{check_text, links, paths};
    use crate::workspace::root;

    #[test]
    fn links_to_files_and_paths_in_backticks_are_found() {
        let line = "See [this](docs/a.md#part), [that](https://example.com) and [here](#below).";
        assert_eq!(links(line).collect::<Vec<_>>(), ["docs/a.md"]);
        let line = "In `crates/web/src`, not `crates/*/src`, `cargo run` or crates/db.";
        assert_eq!(paths(line).collect::<Vec<_>>(), ["crates/web/src"]);
    }

    #[test]
    fn what_is_gone_is_reported_with_its_line() {
        let mut findings = Vec::new();
        let text = "fine: `xtask/src/tidy.rs`\ngone: `xtask/src/gone.rs` and [x](gone.md)\n";
        check_text(text, &root().join("README.md"), &mut findings);
        assert_eq!(findings.len(), 2);
        assert!(
            findings
                .iter()
                .all(|it| it.line == 2 && it.path == "README.md"),
            "{findings:?}"
        );
    }
}
