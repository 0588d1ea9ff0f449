//! Help, versions, `config`, `openapi`, and command lines that make no sense.

use super::program::Place;

#[test]
fn every_command_has_help_with_what_it_does() {
    let place = Place::sqlite();
    let help = place.run(&["--help"]).ok();
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    for wanted in [
        "serve", "demo", "migrate", "user", "token", "import", "segment", "campaign", "backup",
        "restore", "doctor", "openapi", "config", "version",
    ] {
        assert!(
            commands.contains(&wanted),
            "{wanted} is not in {commands:?}"
        );
    }
    for command in commands {
        let help = place.run(&[command, "--help"]).ok();
        let first = help.lines().next().unwrap_or_default();
        assert!(first.len() > 10, "{command}: {help}");
    }
    let version = place.run(&["version"]).ok();
    assert_eq!(version, place.run(&["--version"]).ok());
}

#[test]
fn a_command_line_that_makes_no_sense_ends_with_2() {
    let place = Place::sqlite();
    for (arguments, told) in [
        (&["srve"][..], "'serve'"),
        (&[], "Usage"),
        (&["serve", "--role", "boss"], "possible values"),
        (&["user", "create"], "EMAIL"),
        (
            &["user", "create", "a@b.example", "--role", "boss"],
            "owner, admin, editor",
        ),
        (&["import", "x.csv", "--map", "no-sign"], "COLUMN=FIELD"),
        (&["import", "x.csv", "--server", "http://x"], "--token"),
    ] {
        let err = place.run(arguments).failed(2);
        assert!(err.contains(told), "{arguments:?}: {err}");
    }
    assert!(!place.path("data").exists(), "nothing was made");
}

#[test]
fn settings_are_checked_as_a_whole_and_shown_without_secrets() {
    let place = Place::sqlite();
    assert!(place.run(&["config", "check"]).ok().contains("right"));
    place.file(
        "sendero.toml",
        "[database]\nurl = \"postgres://me:canary@db/sendero\"\n[metrics]\ntoken = \"canary-canary-canary\"\n",
    );
    let dump = place
        .run_with(&["config", "dump"], &[("SENDERO_LOG_LEVEL", "debug")], None)
        .ok();
    assert!(!dump.contains("canary"), "{dump}");
    assert!(
        dump.contains("me:(hidden)@db") && dump.contains("SENDERO_LOG_LEVEL"),
        "{dump}"
    );
    let told = place
        .run_with(
            &["config", "check", "--log-level", "loud"],
            &[("SENDERO_SERVER_LISTEN", "nowhere")],
            None,
        )
        .failed(1);
    for part in [
        "server.listen: ",
        "(it came from SENDERO_SERVER_LISTEN)",
        "log.level: ",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    let reference = place.run(&["config", "dump", "--defaults"]).ok();
    assert!(reference.contains("# Where to listen."));
}

#[test]
fn the_description_of_the_api_is_printed() {
    let out = Place::sqlite().run(&["openapi"]).ok();
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    for path in [
        "/api/subscribers",
        "/api/campaigns/{id}/send",
        "/api/imports",
    ] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    // Each operation belongs to a tag that the document describes.
    let tags: Vec<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            assert!(tags.contains(&tag), "{method} {path} has the tag {tag:?}");
        }
    }
}
