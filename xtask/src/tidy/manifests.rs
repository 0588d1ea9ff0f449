//! The manifests: every dependency has a reason and a user.

use std::fs;

use anyhow::{Context, Result};

use super::{
    Finding,
    source::{Source, is_word},
};
use crate::workspace::root;

/// One of our crates, as its manifest describes it.
pub(super) struct Crate {
    pub(super) name: String,
    /// The path of the manifest, relative to the root.
    pub(super) manifest: String,
    pub(super) dependencies: Vec<Dependency>,
}

pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) dev: bool,
}

impl Crate {
    /// The directory the crate lies in, with a `/` at its end.
    fn dir(&self) -> &str {
        self.manifest.trim_end_matches("Cargo.toml")
    }
}

pub(super) fn read_crates() -> Result<Vec<Crate>> {
    let mut manifests = vec!["xtask/Cargo.toml".to_owned()];
    for entry in fs::read_dir(root().join("crates")).context("could not list crates")? {
        let name = entry?.file_name();
        let manifest = format!("crates/{}/Cargo.toml", name.to_string_lossy());
        if root().join(&manifest).is_file() {
            manifests.push(manifest);
        }
    }
    manifests.sort();
    manifests
        .into_iter()
        .map(|manifest| parse_crate(&read(&manifest)?, manifest))
        .collect()
}

pub(super) fn check(
    crates: &[Crate],
    sources: &[Source],
    findings: &mut Vec<Finding>,
) -> Result<()> {
    for krate in crates {
        for dependency in &krate.dependencies {
            if !is_named(krate, &dependency.name, sources) {
                findings.push(Finding::new(
                    &krate.manifest,
                    dependency.line,
                    format!(
                        "nothing in this crate names `{}`: remove the line",
                        dependency.name
                    ),
                ));
            }
        }
    }
    check_shared(&read("Cargo.toml")?, crates, findings);
    Ok(())
}

/// The `[workspace.dependencies]` of the root manifest.
fn check_shared(text: &str, crates: &[Crate], findings: &mut Vec<Finding>) {
    let mut block_has_comment = false;
    for (number, line) in section(text, "workspace.dependencies") {
        if line.trim().is_empty() {
            block_has_comment = false;
        } else if line.starts_with('#') {
            block_has_comment = true;
        } else if let Some((name, rest)) = line.split_once('=') {
            let name = name.trim();
            if !crates
                .iter()
                .flat_map(|krate| &krate.dependencies)
                .any(|used| used.name == name)
            {
                findings.push(Finding::new(
                    "Cargo.toml",
                    number,
                    format!("no crate uses `{name}`: remove it from the shared dependencies"),
                ));
            }
            if !block_has_comment && !rest.contains('#') {
                findings.push(Finding::new(
                    "Cargo.toml",
                    number,
                    format!("say in a comment what `{name}` is for"),
                ));
            }
        }
    }
}

fn is_named(krate: &Crate, dependency: &str, sources: &[Source]) -> bool {
    let name = dependency.replace('-', "_");
    sources
        .iter()
        .filter(|source| source.path.starts_with(krate.dir()))
        .any(|source| {
            source.code.match_indices(&name).any(|(at, _)| {
                !source.code[..at].ends_with(is_word)
                    && !source.code[at + name.len()..].starts_with(is_word)
            })
        })
}

fn parse_crate(text: &str, manifest: String) -> Result<Crate> {
    let value: toml::Table = text
        .parse()
        .with_context(|| format!("{manifest} is not valid TOML"))?;
    let name = value
        .get("package")
        .and_then(|package| package.get("name")?.as_str())
        .with_context(|| format!("{manifest} names no package"))?
        .to_owned();
    let mut dependencies = Vec::new();
    // Those of one system, too: `[target.'cfg(...)'.dependencies]`.
    let headings = text.lines().filter_map(|line| {
        let heading = line.trim().strip_prefix('[')?.strip_suffix(']')?;
        let kind = heading.rsplit('.').next().unwrap_or(heading);
        let of_crate = heading == kind || heading.starts_with("target.");
        (of_crate && kind.ends_with("dependencies")).then_some((heading, kind))
    });
    for (heading, kind) in headings {
        let dev = kind == "dev-dependencies";
        for (line, text) in section(text, heading) {
            let name = text.split(['=', '.', ' ']).next().unwrap_or_default();
            if !name.is_empty() && !name.starts_with('#') {
                dependencies.push(Dependency {
                    name: name.to_owned(),
                    line,
                    dev,
                });
            }
        }
    }
    Ok(Crate {
        name,
        manifest,
        dependencies,
    })
}

/// The numbered lines below `[heading]`.
fn section<'a>(text: &'a str, heading: &str) -> impl Iterator<Item = (usize, &'a str)> {
    let heading = format!("[{heading}]");
    text.lines()
        .enumerate()
        .skip_while(move |(_, line)| line.trim() != heading)
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('['))
        .map(|(index, line)| (index + 1, line))
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("could not read {path}"))
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::{check_shared, is_named, parse_crate};

    const MANIFEST: &str = "[package]\nname = \"mail\"\n\n[dependencies]\n# why\nkernel.workspace = true\n\
        mail-builder = { workspace = true }\n\n[dev-dependencies]\nproptest.workspace = true\n";

    #[test]
    fn manifests_are_read_with_lines() {
        let krate = parse_crate(MANIFEST, "crates/mail/Cargo.toml".into()).unwrap();
        let found: Vec<_> = krate
            .dependencies
            .iter()
            .map(|it| (it.name.as_str(), it.line, it.dev))
            .collect();
        assert_eq!(krate.name, "mail");
        assert_eq!(
            found,
            [
                ("kernel", 6, false),
                ("mail-builder", 7, false),
                ("proptest", 10, true)
            ]
        );
    }

    #[test]
    fn what_one_system_needs_is_a_dependency_too() {
        let text = "[package]\nname = \"db\"\n\n[target.'cfg(unix)'.dependencies]\nrustix.workspace = true\n\n\
            [package.metadata.dependencies]\nnot-one = 1\n";
        let krate = parse_crate(text, "crates/db/Cargo.toml".into()).unwrap();
        let found: Vec<_> = krate.dependencies.iter().map(|it| &*it.name).collect();
        assert_eq!(found, ["rustix"]);
    }

    #[test]
    fn a_dependency_is_used_when_code_names_it() {
        let krate = parse_crate(MANIFEST, "crates/mail/Cargo.toml".into()).unwrap();
        let in_file = |path: &str, text: &str| [Source::new(path.into(), text.into())];
        let used = in_file("crates/mail/src/lib.rs", "use mail_builder::Message;");
        assert!(is_named(&krate, "mail-builder", &used));
        let elsewhere = in_file("crates/mailbox/src/lib.rs", "use mail_builder::Message;");
        assert!(!is_named(&krate, "mail-builder", &elsewhere));
        let comment = in_file(
            "crates/mail/src/lib.rs",
            "// mail_builder\nuse my_mail_builder::x;",
        );
        assert!(!is_named(&krate, "mail-builder", &comment));
    }

    #[test]
    fn shared_dependencies_have_a_user_and_a_reason() {
        let krate = parse_crate(MANIFEST, "crates/mail/Cargo.toml".into()).unwrap();
        let shared = "[workspace.dependencies]\n# Ours.\nkernel = { path = \"k\" }\n\n\
                      mail-builder = \"1\"\nproptest = \"1\" # properties\nunused = \"1\" # none\n\n[next]\nx = 1\n";
        let mut findings = Vec::new();
        check_shared(shared, &[krate], &mut findings);
        let found: Vec<_> = findings
            .iter()
            .map(|it| (it.line, it.message.as_str()))
            .collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].0 == 5 && found[0].1.contains("what `mail-builder` is for"));
        assert!(found[1].0 == 7 && found[1].1.contains("no crate uses `unused`"));
    }
}
