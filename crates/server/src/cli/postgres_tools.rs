//! `pg_dump` and `pg_restore`: PostgreSQL's own programs for back-ups.

use std::process::Stdio;

use anyhow::{Context as _, bail};
use tokio::process::Command;

/// Runs one of them on the database with this URL. The password goes by the environment, since everybody on the machine
/// can read a command line.
pub(super) async fn run(program: &str, url: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let (url, password) = without_password(url);
    let mut command = Command::new(program);
    command
        .arg("--dbname")
        .arg(&url)
        .arg("--no-password")
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let status = match command.status().await {
        Ok(status) => status,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
            "{program} is not in PATH: install the client programs of PostgreSQL (Debian: postgresql-client), of the \
             server's version or newer"
        ),
        Err(error) => return Err(error).with_context(|| format!("{program} cannot be started")),
    };
    if !status.success() {
        bail!("{program} failed ({status}); what it said is above");
    }
    Ok(())
}

/// The URL without its password, and the password.
fn without_password(url: &str) -> (String, Option<String>) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return (url.to_owned(), None);
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let Some(at) = rest[..end].rfind('@') else {
        return (url.to_owned(), None);
    };
    match rest[..at].split_once(':') {
        Some((user, password)) => (
            format!("{scheme}://{user}{}", &rest[at..]),
            Some(percent_decoded(password)),
        ),
        None => (url.to_owned(), None),
    }
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = match (first, after) {
            (b'%', [high, low, ..]) => char::from(*high)
                .to_digit(16)
                .zip(char::from(*low).to_digit(16)),
            _ => None,
        };
        if let Some((high, low)) = hex {
            out.push((high * 16 + low) as u8);
            rest = &after[2..];
        } else {
            out.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_of_the_url() {
        for (url, bare, password) in [
            (
                "postgres://a:b%40c@h:1/d?x=1",
                "postgres://a@h:1/d?x=1",
                Some("b@c"),
            ),
            ("postgres://a:p%c3%a9%@h/d", "postgres://a@h/d", Some("pé%")),
            ("postgres://a@h/d", "postgres://a@h/d", None),
            ("postgres:///d?host=/tmp", "postgres:///d?host=/tmp", None),
            ("postgres://h/d?x=a:b@c", "postgres://h/d?x=a:b@c", None),
        ] {
            assert_eq!(
                without_password(url),
                (bare.to_owned(), password.map(str::to_owned)),
                "{url}"
            );
        }
    }
}
