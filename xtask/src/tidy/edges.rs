//! Which of our crates may name which.
//!
//! The base is layered, the product crates are slices that may use the whole base and the slices listed
//! for them, the server composes everything. Uphill communication is by events only.

use super::{Finding, manifests::Crate};

/// The base, lowest layer first. A crate may use the layers below its own, never its neighbors.
const LAYERS: &[&[&str]] = &[
    &["kernel"],
    &["rules", "db", "mail", "net"],
    // Blocks of a mail are shown to whom a rule selects. Calendars are asked through the guarded client.
    &["content", "calendars"],
    &["ctx"],
    &["jobs"],
    &["events"],
    &["web"],
];

/// The slices, each with the slices it may use.
const SLICES: &[(&str, &[&str])] = &[
    ("identity", &[]),
    ("audience", &["identity"]),
    ("sending", &["audience", "identity"]),
    ("automation", &["audience", "identity", "sending"]),
    ("booking", &["audience", "identity"]),
];

/// The program, which composes everything.
const PROGRAM: &str = "sendero";

/// For tests, in `[dev-dependencies]` of any crate; it knows the base and no slice.
const TESTKIT: &str = "testkit";

/// The procedural macros of tests, and the developer's commands: they use nothing of ours.
const ALONE: &[&str] = &["db-macros", "xtask"];

pub(super) fn check(crates: &[Crate], findings: &mut Vec<Finding>) {
    for krate in crates {
        if !is_known(&krate.name) {
            findings.push(Finding::new(
                &krate.manifest,
                0,
                format!(
                    "`{}` has no place in the layers: give it one in xtask/src/tidy/edges.rs and in \
                     ARCHITECTURE.md, and say in the commit why",
                    krate.name
                ),
            ));
            continue;
        }
        for dependency in &krate.dependencies {
            let name = dependency.name.as_str();
            if !crates.iter().any(|other| other.name == name) {
                continue;
            }
            let allowed = match name {
                TESTKIT => dependency.dev,
                // Only the attribute of `testkit` is used; `db-macros` is how it is made.
                "db-macros" => krate.name == TESTKIT,
                // Tests of the base may look at what is above it; the program is built without them.
                _ if dependency.dev && layer_of(&krate.name).is_some() => layer_of(name).is_some(),
                _ => may_use(&krate.name, name),
            };
            if !allowed {
                findings.push(Finding::new(
                    &krate.manifest,
                    dependency.line,
                    refusal(&krate.name, name),
                ));
            }
        }
    }
}

fn refusal(user: &str, used: &str) -> String {
    let advice = match used {
        TESTKIT => "it belongs in [dev-dependencies]".to_owned(),
        _ if layer_of(user).is_some() && layer_of(used).is_none() => {
            "the base never names a product crate: pass in what it needs, or listen to an event"
                .to_owned()
        }
        _ => format!(
            "this edge is not in ARCHITECTURE.md: communicate by an event, or move what both need below \
             `{user}`"
        ),
    };
    format!("`{user}` must not depend on `{used}`; {advice}")
}

fn is_known(name: &str) -> bool {
    layer_of(name).is_some()
        || slices_of(name).is_some()
        || ALONE.contains(&name)
        || name == PROGRAM
        || name == TESTKIT
}

fn may_use(user: &str, used: &str) -> bool {
    if user == PROGRAM {
        return true;
    }
    if user == TESTKIT {
        return layer_of(used).is_some();
    }
    match (layer_of(user), slices_of(user)) {
        (Some(own), _) => layer_of(used).is_some_and(|other| other < own),
        (None, Some(slices)) => layer_of(used).is_some() || slices.contains(&used),
        (None, None) => false,
    }
}

fn layer_of(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

fn slices_of(name: &str) -> Option<&'static [&'static str]> {
    SLICES
        .iter()
        .find(|(slice, _)| *slice == name)
        .map(|(_, slices)| *slices)
}

#[cfg(test)]
mod tests {
    use super::super::manifests::{Crate, Dependency};
    use super::{check, may_use};

    #[test]
    fn the_base_is_layered() {
        assert!(may_use("rules", "kernel") && may_use("jobs", "ctx") && may_use("web", "db"));
        assert!(!may_use("kernel", "db") && !may_use("rules", "db") && !may_use("ctx", "jobs"));
    }

    #[test]
    fn slices_use_the_base_and_the_slices_listed_for_them() {
        assert!(may_use("sending", "audience") && may_use("audience", "web"));
        assert!(!may_use("audience", "sending") && !may_use("identity", "audience"));
        assert!(!may_use("events", "audience") && !may_use("testkit", "audience"));
        assert!(may_use("sendero", "sending") && !may_use("xtask", "kernel"));
    }

    #[test]
    fn findings_say_what_to_do() {
        let edge = |name: &str, used: &str, dev| Crate {
            name: name.into(),
            manifest: format!("crates/{name}/Cargo.toml"),
            dependencies: vec![Dependency {
                name: used.into(),
                line: 7,
                dev,
            }],
        };
        let crates = [
            edge("db", "audience", false),
            edge("audience", "testkit", false),
            edge("testkit", "serde", false),
            edge("gadgets", "serde", false),
            edge("events", "testkit", true),
            edge("kernel", "events", true),
            edge("rules", "audience", true),
        ];
        let mut findings = Vec::new();
        check(&crates, &mut findings);
        let messages: Vec<&str> = findings
            .iter()
            .map(|finding| finding.message.as_str())
            .collect();
        assert_eq!(messages.len(), 4, "{messages:?}");
        assert!(messages[0].contains("listen to an event"));
        assert!(messages[1].contains("[dev-dependencies]"));
        assert!(messages[2].contains("no place in the layers"));
        assert!(messages[3].contains("`rules` must not depend on `audience`"));
    }
}
