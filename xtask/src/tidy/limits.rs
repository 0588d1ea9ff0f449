//! How large things may be.

use std::fs;

use anyhow::{Context, Result};

use super::{
    Finding,
    source::{Source, is_word},
};
use crate::workspace::root;

const FILE: usize = 700;
const FUNCTION: usize = 150;
const README: usize = 80;

pub(super) fn check(source: &Source, findings: &mut Vec<Finding>) {
    let lines = source.code.lines().count();
    if lines > FILE {
        findings.push(Finding::new(
            &source.path,
            0,
            format!(
                "{lines} lines, the limit is {FILE}: make it a directory with one file per use case"
            ),
        ));
    }
    for function in functions(&source.code) {
        if function.lines > FUNCTION {
            findings.push(Finding::new(
                &source.path,
                function.line,
                format!(
                    "`{}` has {} lines, the limit is {FUNCTION}: give its steps names",
                    function.name, function.lines
                ),
            ));
        }
    }
}

pub(super) fn check_readme(findings: &mut Vec<Finding>) -> Result<()> {
    let path = root().join("README.md");
    let text = fs::read_to_string(path).context("could not read README.md")?;
    let lines = text.lines().count();
    if lines > README {
        findings.push(Finding::new(
            "README.md",
            0,
            format!("{lines} lines, one screen is {README}: move the detail to docs/ and link it"),
        ));
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
struct Function<'a> {
    name: &'a str,
    line: usize,
    /// From `fn` to the closing brace.
    lines: usize,
}

/// The functions with a body; `code` has no comments and no strings.
fn functions(code: &str) -> Vec<Function<'_>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if code[..at].ends_with(is_word) {
            continue;
        }
        let rest = &code[at + 3..];
        let name = rest.split(|c| !is_word(c)).next().unwrap_or_default();
        // `fn (` is the type of a function pointer, and a signature without body ends at `;`.
        let Some(end) = body_end(rest).filter(|_| !name.is_empty()) else {
            continue;
        };
        found.push(Function {
            name,
            line: code[..at].matches('\n').count() + 1,
            lines: rest[..end].matches('\n').count() + 1,
        });
    }
    found
}

/// Where the body that follows this signature ends.
fn body_end(signature: &str) -> Option<usize> {
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for (at, byte) in signature.bytes().enumerate() {
        match byte {
            // `[u8; 4]` in a signature ends nothing.
            b';' if braces == 0 && brackets == 0 => return None,
            b'[' | b'(' => brackets += 1,
            b']' | b')' => brackets = brackets.saturating_sub(1),
            b'{' => braces += 1,
            b'}' => {
                braces = braces.checked_sub(1)?;
                if braces == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::{FILE, FUNCTION, check, functions};

    #[test]
    fn functions_are_measured_from_signature_to_closing_brace() {
        let code = "trait T { fn none(&self) -> [u8; 2]; }\n\
                    fn short() {}\n\
                    pub async fn long(a: [u8; 4]) -> X\nwhere\n  A: B,\n{\n  if x { y }\n}\n\
                    type F = fn (i32) -> i32;\n";
        let found: Vec<_> = functions(code)
            .into_iter()
            .map(|f| (f.name, f.line, f.lines))
            .collect();
        assert_eq!(found, [("short", 2, 1), ("long", 3, 6)]);
    }

    #[test]
    fn what_is_too_large_is_found() {
        let long = format!("fn long() {{\n{}}}\n", "    step();\n".repeat(FUNCTION));
        let text = format!("{long}{}", "// line\n".repeat(FILE));
        let mut findings = Vec::new();
        check(
            &Source::new("crates/a/src/lib.rs".into(), text),
            &mut findings,
        );
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(
            findings[1].message.contains("`long` has 152 lines"),
            "{findings:?}"
        );
    }
}
