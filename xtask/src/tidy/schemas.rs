//! Names of the API document: each stands for one type. Two of the same name are not refused when the document is made;
//! one silently takes the place of the other, and clients are told wrong.

use std::collections::BTreeMap;

use super::{Finding, source::Source};

pub(super) fn check(sources: &[Source], findings: &mut Vec<Finding>) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for source in sources {
        for (line, name) in names(source) {
            let place = format!("{}:{line}", source.path);
            if let Some(first) = seen.get(&name) {
                findings.push(Finding::new(
                    &source.path,
                    line,
                    format!(
                        "is \"{name}\" in the API document, as is {first}: write `#[schema(as = ...)]`"
                    ),
                ));
            } else {
                seen.insert(name, place);
            }
        }
    }
}

/// The types that have a schema, with their lines and names in the document.
fn names(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    // What is known of the type that attributes so far belong to: whether it has a schema, and under which name.
    let (mut derived, mut renamed) = (false, None);
    for (place, line) in source.code.lines().enumerate() {
        let line = line.trim();
        derived |= line.contains("ToSchema") && !line.starts_with("use ");
        if let Some((_, name)) = line.split_once("as = ")
            && derived
            && line.contains("schema(")
        {
            renamed = Some(word(name));
        }
        let Some(name) = declared(line) else { continue };
        if std::mem::take(&mut derived) && !source.is_test(place + 1) {
            found.push((place + 1, renamed.take().unwrap_or(name)));
        }
        renamed = None;
    }
    found
}

/// The name of the type that a line declares.
fn declared(line: &str) -> Option<String> {
    let line = match line.strip_prefix("pub(") {
        Some(rest) => rest.split_once(") ")?.1,
        None => line.strip_prefix("pub ").unwrap_or(line),
    };
    ["struct ", "enum "]
        .iter()
        .find_map(|kind| line.strip_prefix(kind))
        .map(word)
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source::new(path.to_owned(), text.to_owned())
    }

    #[test]
    fn a_name_is_given_once() {
        let one =
            "use utoipa::ToSchema;\n#[derive(Debug, ToSchema)]\npub enum State {\n    Open,\n}\n";
        let other = "#[derive(utoipa::ToSchema)]\n#[serde(deny_unknown_fields)]\npub(super) struct State {\n";
        let renamed =
            "#[derive(ToSchema)]\n#[schema(as = ImportState, example = json!(1))]\nstruct State;\n";
        let plain = "#[derive(Debug)]\nstruct State;\n";
        let tested = "mod tests {\n#[derive(ToSchema)]\nstruct State;\n}\n";
        let sources = [
            source("a.rs", one),
            source("b.rs", renamed),
            source("c.rs", plain),
            source("d.rs", tested),
        ];
        let mut findings = Vec::new();
        check(&sources, &mut findings);
        assert_eq!(findings, []);
        check(&[source("a.rs", one), source("e.rs", other)], &mut findings);
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("e.rs", 3));
        assert_eq!(names(&sources[1]), [(3, "ImportState".to_owned())]);
    }
}
