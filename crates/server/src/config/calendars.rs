//! `[calendars]`: calendars of hosts elsewhere.

use std::time::Duration;

use ctx::Registered;

use super::reader::Reader;

/// Calendars of hosts elsewhere.
#[derive(Clone, Debug)]
pub struct Calendars {
    /// How often they are read.
    pub every: Duration,
    /// Our program at Google.
    pub google: Option<Registered>,
    /// Our program at Microsoft.
    pub microsoft: Option<Registered>,
}

impl Calendars {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let minutes = reader.number("calendars.every_minutes", 1, 1_440);
        let google = registered(reader, "google").map(|(client_id, client_secret)| Registered {
            client_id,
            client_secret,
            sign_in: None,
            tokens: None,
            api: None,
        });
        let sign_in = reader.text("calendars.microsoft_sign_in");
        let tenant = reader.text("calendars.microsoft_tenant");
        let api = reader.text("calendars.microsoft_api");
        for (name, url) in [
            ("calendars.microsoft_sign_in", &sign_in),
            ("calendars.microsoft_api", &api),
        ] {
            if url.as_ref().is_some_and(|it| !it.starts_with("https://")) {
                reader.fault(name, "expected an address that begins with https://");
            }
        }
        let trimmed = |url: String| url.trim_end_matches('/').to_owned();
        let microsoft = registered(reader, "microsoft").map(|(client_id, client_secret)| {
            let host = sign_in.map_or_else(|| MICROSOFT.to_owned(), trimmed);
            let tenant = tenant.unwrap_or_else(|| "common".to_owned());
            let base = format!("{host}/{tenant}/oauth2/v2.0");
            Registered {
                client_id,
                client_secret,
                sign_in: Some(format!("{base}/authorize")),
                tokens: Some(format!("{base}/token")),
                api: api.map(trimmed),
            }
        });
        Self {
            every: Duration::from_secs(u64::from(minutes) * 60),
            google,
            microsoft,
        }
    }
}

const MICROSOFT: &str = "https://login.microsoftonline.com";

/// Id and secret, both or neither.
fn registered(reader: &mut Reader<'_>, service: &str) -> Option<(String, String)> {
    let id_name = format!("calendars.{service}_client_id");
    let secret_name = format!("calendars.{service}_client_secret");
    let id = reader.text(&id_name);
    let secret = reader.secret(&secret_name).map(|it| it.0);
    match (id, secret) {
        (Some(id), Some(secret)) => Some((id, secret)),
        (None, None) => None,
        (Some(_), None) => {
            reader.fault(
                &secret_name,
                format!("{id_name} is set, so this must be too"),
            );
            None
        }
        (None, Some(_)) => {
            reader.fault(
                &id_name,
                format!("{secret_name} is set, so this must be too"),
            );
            None
        }
    }
}
