use std::collections::BTreeMap;
use std::path::Path;

use super::reader::Reader;
use super::*;

fn load(file: &str, variables: &[(&str, &str)], flags: Flags) -> Result<Config, Faults> {
    let variables: BTreeMap<String, String> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let file = Some((Path::new("sendero.toml"), file));
    Config::from_layers(Layers::combine(file, &variables, &flags)?)
}

fn faults(file: &str, variables: &[(&str, &str)]) -> String {
    load(file, variables, Flags::default())
        .expect_err("faults")
        .to_string()
}

#[test]
fn nothing_at_all_is_a_working_configuration() {
    let config = Config::from_layers(Layers::defaults()).unwrap();
    assert_eq!(config.server.listen.port(), 8080);
    assert_eq!(config.server.public_url.as_str(), "http://localhost:8080");
    assert_eq!(config.database.file(), Some(Path::new("./data/sendero.db")));
    assert_eq!(config.mail.helo_name, "localhost");
    assert!(config.secret.key.is_none());
}

#[test]
fn every_setting_of_the_reference_text_is_read_and_no_other() {
    let layers = Layers::defaults();
    let mut reader = Reader::new(&layers);
    let data_dir = reader.required_path("data_dir");
    let server = Server::read(&mut reader);
    Database::read(&mut reader, &data_dir);
    Secret::read(&mut reader);
    Log::read(&mut reader);
    Worker::read(&mut reader);
    Mail::read(&mut reader, &server);
    Files::read(&mut reader);
    Network::read(&mut reader);
    Calendars::read(&mut reader);
    Sandbox::read(&mut reader);
    Tracking::read(&mut reader);
    Metrics::read(&mut reader);
    for name in layers.names() {
        assert!(
            reader.read.iter().any(|read| read == name),
            "{name} is never read"
        );
    }
}

#[test]
fn programs_are_registered_with_id_and_secret_or_not_at_all() {
    let none = load("", &[], Flags::default()).unwrap().calendars;
    assert!(none.google.is_none() && none.microsoft.is_none());
    let both = "[calendars]\nmicrosoft_client_id = \"id\"\nmicrosoft_client_secret = \"very-secret\"\n\
        microsoft_sign_in = \"https://login.example.com/\"\nmicrosoft_tenant = \"ours\"\nevery_minutes = 2\n";
    let config = load(both, &[], Flags::default()).unwrap();
    let dump = config.dump();
    assert!(!dump.contains("very-secret"), "{dump}");
    assert_eq!(config.calendars.every.as_secs(), 120);
    let microsoft = config.calendars.microsoft.unwrap();
    assert_eq!(
        microsoft.tokens.as_deref(),
        Some("https://login.example.com/ours/oauth2/v2.0/token")
    );
    for half in [
        "google_client_id = \"id\"",
        "google_client_secret = \"very-secret\"",
        "microsoft_api = \"http://graph.example.com\"",
        "every_minutes = 0",
    ] {
        let faults = load(&format!("[calendars]\n{half}\n"), &[], Flags::default());
        assert_eq!(faults.unwrap_err().0.len(), 1, "{half}");
    }
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file =
        "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"warn\"\n[worker]\nconcurrency = 2\n";
    let variables = [
        ("SENDERO_SERVER_LISTEN", "127.0.0.1:2"),
        ("SENDERO_LOG_LEVEL", "debug"),
        ("SENDERO_SERVER", "http://localhost:9"),
    ];
    let flags = Flags {
        file: None,
        values: vec![("server.listen", "127.0.0.1:3".to_owned(), "--listen")],
    };
    let config = load(file, &variables, flags).unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.log.level, "debug");
    assert_eq!(config.worker.concurrency, 2);
}

#[test]
fn all_faults_are_told_together_with_what_to_do() {
    let told = faults(
        "data_dir = \"\"\n[server]\nlisten = \"8080\"\npublic_url = \"ftp://x\"\nmax_body = \"many\"\n",
        &[
            ("SENDERO_LOG_FORMAT", "xml"),
            ("SENDERO_WORKER_CONCURRENCY", "0"),
        ],
    );
    for part in [
        "data_dir: must not be empty",
        "server.listen: expected an address and a port",
        "server.public_url: expected an address such as https://mail.example.com",
        "server.max_body: expected a number of bytes",
        "log.format: expected text or json; it is \"xml\" (it came from SENDERO_LOG_FORMAT)",
        "worker.concurrency: expected 1 to 256, it is 0 (it came from SENDERO_WORKER_CONCURRENCY)",
    ] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
}

#[test]
fn unknown_names_and_wrong_types_are_faults() {
    for (file, variables, part) in [
        (
            "[server]\nlisten_on = \"x\"\n",
            &[][..],
            "server.listen_on: sendero.toml has it, but there is no such setting; did you mean server.listen?",
        ),
        ("listen = \"x\"\n", &[], "did you mean server.listen?"),
        (
            "[database]\nmax_conn = 5\n",
            &[],
            "; did you mean database.max_connections?",
        ),
        (
            "[database]\nmax_cons = 5\n",
            &[],
            "; did you mean database.max_connections?",
        ),
        (
            "[server]\nlisten_address = \"x\"\n",
            &[],
            "; did you mean server.listen?",
        ),
        (
            "",
            &[("SENDERO_DATABASE_MAX_CONN", "5")],
            "; did you mean SENDERO_DATABASE_MAX_CONNECTIONS?",
        ),
        (
            "",
            &[("SENDERO_DB", "5")],
            "SENDERO_DB: there is no such setting; `sendero config dump` lists them all",
        ),
        ("[mail]\nsmtp = 1\n", &[], "mail.smtp: "),
        (
            "[server]\ntrust_proxy = \"yes\"\n",
            &[],
            "server.trust_proxy: expected true or false, sendero.toml has a text in quotes",
        ),
        ("server = 5\n", &[], "server: sendero.toml has it"),
        ("[server\n", &[], "sendero.toml: is not valid TOML"),
        (
            "",
            &[("SENDERO_LOG_LEVELS", "info")],
            "SENDERO_LOG_LEVELS: there is no such setting; did you mean SENDERO_LOG_LEVEL?",
        ),
        (
            "",
            &[("SENDERO_SERVER_TRUST_PROXY", "maybe")],
            "server.trust_proxy: expected true or false, SENDERO_SERVER_TRUST_PROXY is \"maybe\"",
        ),
        (
            "",
            &[("SENDERO_LOG_LEVEL", "loud")],
            "log.level: expected error, warn",
        ),
        (
            "",
            &[("SENDERO_DATABASE_URL", "mysql://x/y")],
            "database.url: expected postgres://",
        ),
        (
            "",
            &[("SENDERO_SECRET_KEY", "abc")],
            "secret.key: expected 64 hexadecimal digits",
        ),
        (
            "",
            &[("SENDERO_METRICS_TOKEN", "short")],
            "metrics.token: expected at least 16",
        ),
    ] {
        let told = faults(file, variables);
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
}

#[test]
fn secrets_can_be_files_and_are_never_shown() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("url");
    std::fs::write(&path, "postgres://me:canary@db/sendero\n").unwrap();
    let path = path.to_str().unwrap();
    let key = "0f".repeat(32);
    let config = load(
        "[metrics]\ntoken = \"canary-canary-canary\"\n",
        &[
            ("SENDERO_DATABASE_URL_FILE", path),
            ("SENDERO_SECRET_KEY", &key),
        ],
        Flags::default(),
    )
    .unwrap();
    assert!(config.database.file().is_none());
    assert_eq!(config.secret.key.as_ref().unwrap().bytes(), &[0x0f; 32]);
    for shown in [
        format!("{config:?}"),
        config.dump(),
        config.database.shown(),
    ] {
        assert!(
            !shown.contains("canary") && !shown.contains(&key),
            "{shown}"
        );
    }
    let told = faults(
        "[database]\nurl = \"sqlite:a\"\nurl_file = \"b\"\n[metrics]\ntoken_file = \"/nowhere\"\n",
        &[],
    );
    assert!(
        told.contains("database.url_file: set either this or database.url, not both"),
        "{told}"
    );
    assert!(
        told.contains("metrics.token_file: /nowhere cannot be read"),
        "{told}"
    );
}

#[test]
fn passwords_in_urls_are_hidden() {
    for (url, wanted) in [
        ("postgres://a:b@h:1/d", "postgres://a:(hidden)@h:1/d"),
        (
            "postgres://a@h/d?password=b&x=1",
            "postgres://a@h/d?password=(hidden)&x=1",
        ),
        ("postgres://h/d", "postgres://h/d"),
        ("postgres://a:p@ss@h/d", "postgres://a:(hidden)@h/d"),
        ("sqlite:x.db", "sqlite:x.db"),
    ] {
        assert_eq!(super::database::redacted_url(url), wanted);
    }
}

#[test]
fn a_dump_is_toml_in_the_order_of_the_reference() {
    let config = load("[log]\nformat = \"json\"\n", &[], Flags::default()).unwrap();
    let dump = config.dump();
    dump.parse::<toml::Table>().unwrap();
    assert!(
        dump.contains("format = \"json\"") && dump.contains("# sendero.toml"),
        "{dump}"
    );
    let at = |text: &str| dump.find(text).unwrap();
    assert!(at("data_dir") < at("[server]") && at("listen") < at("public_url"));
    assert!(at("[server]") < at("[database]") && at("[database]") < at("[log]"));
}

#[test]
fn sizes_and_hosts_are_read_as_people_write_them() {
    for (text, bytes) in [
        ("2 MB", 2_000_000),
        ("500kB", 500_000),
        ("17", 17),
        ("1 GB", 1_000_000_000),
    ] {
        assert_eq!(
            text.parse::<super::size::Size>().map(|size| size.0),
            Ok(bytes)
        );
    }
    assert!("2 miles".parse::<super::size::Size>().is_err());
    for (url, host) in [
        ("https://Mail.Example.com/", "mail.example.com"),
        ("http://localhost:8080", "localhost"),
        ("http://[::1]:8080", "[::1]"),
    ] {
        assert_eq!(url.parse::<server::PublicUrl>().unwrap().host(), host);
    }
}
