//! What must not be left in a file, and what must be in it.

use super::{Finding, source::Source};

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "utils", "util", "common", "helpers", "helper", "manager", "misc",
];

pub(super) fn check(source: &Source, findings: &mut Vec<Finding>) {
    for comment in &source.comments {
        for (index, line) in comment.text.lines().enumerate() {
            if ["TODO", "FIXME", "XXX"]
                .iter()
                .any(|word| has_word(line, word))
            {
                findings.push(Finding::new(
                    &source.path,
                    comment.line + index,
                    "unfinished work is an issue, not a comment: do it or file it",
                ));
            }
        }
    }
    for (index, line) in source.code.lines().enumerate() {
        if line.contains("todo!(") || line.contains("unimplemented!(") {
            findings.push(Finding::new(
                &source.path,
                index + 1,
                "finish it or leave it out",
            ));
        }
        if line.contains("#[ignore") {
            findings.push(Finding::new(
                &source.path,
                index + 1,
                "a test runs or does not exist: where it cannot run, print `skipped: REASON` and return",
            ));
        }
    }
    if let Some(name) = source
        .path
        .split('/')
        .map(|part| part.trim_end_matches(".rs"))
        .find(|part| EMPTY_NAMES.contains(part))
    {
        findings.push(Finding::new(
            &source.path,
            0,
            format!("`{name}` says nothing: name it after what it holds"),
        ));
    }
    let opens_a_module =
        matches!(source.name(), "lib.rs" | "mod.rs") && !source.is_or_is_in("tests");
    if opens_a_module
        && !source
            .comments
            .first()
            .is_some_and(|comment| comment.text.starts_with("//!"))
    {
        findings.push(Finding::new(
            &source.path,
            1,
            "begin with `//!`: the purpose, and the states, tables, events, jobs and invariants it has",
        ));
    }
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric())
        .any(|other| other == word)
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::check;

    fn findings(path: &str, text: &str) -> Vec<(usize, String)> {
        let mut findings = Vec::new();
        check(&Source::new(path.into(), text.into()), &mut findings);
        findings
            .into_iter()
            .map(|finding| (finding.line, finding.message))
            .collect()
    }

    #[test]
    fn leftovers_are_found_in_comments_and_code_and_not_in_strings() {
        let text = "//! Doc.\n/* a\n FIXME b */\nfn a() { todo!() }\n#[ignore = \"slow\"]\nlet s = \"TODO\";";
        let lines: Vec<usize> = findings("crates/a/src/lib.rs", text)
            .into_iter()
            .map(|it| it.0)
            .collect();
        assert_eq!(lines, [3, 4, 5]);
    }

    #[test]
    fn modules_say_what_they_are_and_names_say_what_they_hold() {
        assert_eq!(findings("crates/a/src/tags/mod.rs", "mod store;").len(), 1);
        assert!(findings("crates/a/src/tags/mod.rs", "//! Tags.\nmod store;").is_empty());
        assert_eq!(findings("crates/a/src/utils.rs", "").len(), 1);
    }
}
