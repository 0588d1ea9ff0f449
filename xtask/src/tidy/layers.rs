//! What may be named where: SQL in `store` files, axum in `routes`, the environment in the server.

use super::{
    Finding,
    source::{Source, is_word},
};

pub(super) fn check(source: &Source, findings: &mut Vec<Finding>) {
    if !may_hold_sql(source) {
        for string in &source.strings {
            if is_sql(&string.text) && !source.is_test(string.line) {
                findings.push(Finding::new(
                    &source.path,
                    string.line,
                    "SQL outside a store file: move the statement to a function in `store.rs` of this feature",
                ));
            }
        }
    }
    for (index, line) in source.code.lines().enumerate() {
        let number = index + 1;
        if !may_name_axum(source) && has_path(line, "axum") {
            findings.push(Finding::new(
                &source.path,
                number,
                "axum outside routes, web and server: return model types here and turn them into a response \
                 in `routes.rs`",
            ));
        }
        if !may_read_environment(source) && reads_environment(line) {
            findings.push(Finding::new(
                &source.path,
                number,
                "only the server reads the environment: add a setting to its configuration and pass the \
                 value in",
            ));
        }
    }
}

fn may_hold_sql(source: &Source) -> bool {
    match source.krate() {
        "db" | "testkit" => true,
        // Writing SQL is the purpose of this module, and it runs none.
        "rules" => source.is_or_is_in("sql"),
        _ => source.is_or_is_in("store"),
    }
}

fn may_name_axum(source: &Source) -> bool {
    matches!(source.krate(), "web" | "server") || source.is_or_is_in("routes")
}

fn may_read_environment(source: &Source) -> bool {
    matches!(source.krate(), "server" | "testkit" | "xtask") || source.name() == "build.rs"
}

/// Whether a string literal is a statement: by its first words, in the lower case that we write SQL in
/// or in capitals. A sentence for people begins with one capital.
fn is_sql(text: &str) -> bool {
    let text = text.trim_start();
    let first = text.split(|c: char| !is_word(c)).next().unwrap_or_default();
    if first.chars().any(char::is_lowercase) && first.chars().any(char::is_uppercase) {
        return false;
    }
    let words: Vec<String> = text
        .split_whitespace()
        .take(60)
        .map(str::to_lowercase)
        .collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    let second = words.get(1).map(String::as_str).unwrap_or_default();
    match words.first().map(String::as_str).unwrap_or_default() {
        "select" => has("from") || second.starts_with(|c: char| c == '$' || c.is_ascii_digit()),
        "insert" => second == "into",
        "update" => words.get(2).is_some_and(|word| word == "set"),
        "delete" => second == "from",
        "with" => has("as") && (has("select") || text.contains("(select") || has("values")),
        "create" | "alter" | "drop" => matches!(second, "table" | "index" | "unique" | "view"),
        "pragma" | "truncate" => words.len() > 1,
        _ => false,
    }
}

fn reads_environment(line: &str) -> bool {
    ["env::var", "env::vars", "env::var_os", "env::vars_os"]
        .iter()
        .any(|call| {
            line.match_indices(call)
                .any(|(at, _)| !line[at + call.len()..].starts_with(is_word))
        })
}

/// Whether a path of the code begins with `name`: `axum::...`, `use axum;`, never `utoipa_axum`.
fn has_path(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = &line[..at];
        let after = &line[at + name.len()..];
        !before.ends_with(is_word) && (after.starts_with("::") || after.starts_with(';'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::{check, is_sql};

    fn messages(path: &str, text: &str) -> Vec<String> {
        let mut findings = Vec::new();
        check(&Source::new(path.into(), text.into()), &mut findings);
        findings
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn statements_are_told_from_sentences() {
        for sql in [
            "select id from campaign where account_id = $1",
            "\n        SELECT 1",
            "insert into tag (id) values ($1)",
            "update campaign set name = $1",
            "delete from tag where id = $1",
            "with due as (select id from job) select id from due",
            "create unique index a on b (c)",
            "pragma journal_mode = wal",
        ] {
            assert!(is_sql(sql), "{sql}");
        }
        for text in [
            "select",
            "Select people from a group",
            "update the settings",
            "with a name that is as long as this",
            "delete the tag",
            "insert",
            "create an account",
            "",
        ] {
            assert!(!is_sql(text), "{text}");
        }
    }

    #[test]
    fn sql_lives_in_store_files() {
        let sql = "fn a() { query(\"delete from tag where id = $1\"); }";
        assert_eq!(
            messages("crates/audience/src/tags/service.rs", sql).len(),
            1
        );
        for path in [
            "crates/audience/src/tags/store.rs",
            "crates/audience/src/tags/store/sqlite.rs",
            "crates/audience/src/tags/tests.rs",
            "crates/db/src/open.rs",
            "crates/rules/src/sql/mod.rs",
        ] {
            assert!(messages(path, sql).is_empty(), "{path}");
        }
        assert_eq!(messages("crates/rules/src/program.rs", sql).len(), 1);
    }

    #[test]
    fn axum_lives_in_routes() {
        assert_eq!(
            messages("crates/audience/src/tags/service.rs", "use axum::Json;").len(),
            1
        );
        assert!(messages("crates/audience/src/tags/routes.rs", "use axum::Json;").is_empty());
        assert!(messages("crates/audience/src/lib.rs", "use utoipa_axum::router;").is_empty());
    }

    #[test]
    fn the_environment_is_read_by_the_server() {
        let read = "let home = std::env::var(name); let all = env::vars_os();";
        assert_eq!(messages("crates/mail/src/lib.rs", read).len(), 1);
        assert!(messages("crates/server/src/config.rs", read).is_empty());
        assert!(messages("crates/mail/src/lib.rs", "env::various(); // env::var(x)").is_empty());
    }
}
