//! Migrations come in pairs: the same names for both engines. (That the schemas are the same as well is
//! a test of `db`.)

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result};

use super::Finding;
use crate::workspace::root;

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

pub(super) fn check(findings: &mut Vec<Finding>) -> Result<()> {
    let [sqlite, postgres] = ENGINES.map(names);
    compare(&sqlite?, &postgres?, findings);
    Ok(())
}

fn compare(sqlite: &BTreeSet<String>, postgres: &BTreeSet<String>, findings: &mut Vec<Finding>) {
    for (mine, theirs, missing_in) in [
        (sqlite, postgres, ENGINES[1]),
        (postgres, sqlite, ENGINES[0]),
    ] {
        for name in mine.difference(theirs) {
            findings.push(Finding::new(
                &format!("migrations/{missing_in}/{name}"),
                0,
                "is missing: a migration has the same name for both engines",
            ));
        }
    }
    let all: Vec<&String> = sqlite.union(postgres).collect();
    for pair in all.windows(2) {
        if number(pair[0]) == number(pair[1]) {
            findings.push(Finding::new(
                &format!("migrations/{}/{}", ENGINES[0], pair[1]),
                0,
                format!("has the number of {}: take the next free one", pair[0]),
            ));
        }
    }
}

fn number(name: &str) -> &str {
    name.split('_').next().unwrap_or(name)
}

fn names(engine: &str) -> Result<BTreeSet<String>> {
    let dir = root().join("migrations").join(engine);
    let entries =
        fs::read_dir(&dir).with_context(|| format!("could not list {}", dir.display()))?;
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn pairs_and_numbers_are_checked() {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let mut findings = Vec::new();
        compare(
            &set(&["0001_base.sql", "0002_tags.sql"]),
            &set(&["0001_base.sql", "0002_groups.sql"]),
            &mut findings,
        );
        let paths: Vec<&str> = findings
            .iter()
            .map(|finding| finding.path.as_str())
            .collect();
        assert_eq!(
            paths,
            [
                "migrations/postgres/0002_tags.sql",
                "migrations/sqlite/0002_groups.sql",
                "migrations/sqlite/0002_tags.sql",
            ]
        );
    }
}
