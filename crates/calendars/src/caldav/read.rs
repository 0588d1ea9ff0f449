//! What is in a calendar, and what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use data_encoding::HEXLOWER;
use kernel::Timestamp;
use net::Url;
use sha2::{Digest as _, Sha256};

use super::answer::MultiStatus;
use super::xml::{Space, escaped};
use super::{Ask, CalDav, address, object_address};
use crate::{Changes, Content, Fault, Object, paths};

/// Objects that are asked for at once.
const BATCH: usize = 50;
/// More than this is no calendar of a person.
const MAX_OBJECTS: usize = 20_000;
/// Of all objects of one reading together.
const MAX_TOTAL: usize = 64 << 20;
/// A server that hands out its changes in parts is asked this often.
const MAX_ROUNDS: usize = 100;
/// Whole days and times without a zone lie this much beside where a server takes them to be.
const MARGIN: Duration = Duration::from_hours(26);

/// Before the sync token of a server that has them.
const SYNC: &str = "sync ";
/// Before the digest of what was there.
const LIST: &str = "list ";

/// Keys with their etags.
type Names = BTreeMap<String, Option<String>>;

/// What is said of some names.
struct Told {
    /// Those that cannot be read now are empty.
    objects: Vec<Object>,
    missing: Vec<String>,
    untold: Vec<String>,
}

impl Told {
    /// For the next time, when what could not be told is asked for again. With too much of that, everything is.
    fn token(&self, token: &str) -> Option<String> {
        let names = self.untold.iter().map(String::as_str);
        let lines: Vec<&str> = std::iter::once(token).chain(names).collect();
        let is_one = |line: &&str| !line.contains(['\n', '\r']);
        (self.untold.len() <= BATCH && lines.iter().all(is_one))
            .then(|| format!("{SYNC}{}", lines.join("\n")))
    }
}

impl CalDav {
    /// What changed since the token, or everything that touches the window.
    ///
    /// With a token of the server, changes outside of the window are told too, and what comes into it because it moves
    /// on is not: without a token now and then, everything is read again.
    pub async fn changes(
        &self,
        calendar: &str,
        token: Option<&str>,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Changes, Fault> {
        let url = address(calendar)?;
        let Some(token) = token else {
            return self.everything(&url, from, until).await;
        };
        if let Some(token) = token.strip_prefix(SYNC) {
            let mut lines = token.split('\n');
            let token = lines.next().unwrap_or_default();
            return self.since(&url, token, lines).await;
        }
        let known = token.strip_prefix(LIST).ok_or(Fault::TokenGone)?;
        let names = self.names(&url, from, until).await?;
        let digest = digest(&names);
        if digest == known {
            return Ok(Changes {
                whole: false,
                changed: Vec::new(),
                removed: Vec::new(),
                token: Some(token.to_owned()),
            });
        }
        let told = self.objects(&url, names).await?;
        Ok(Changes {
            whole: true,
            token: told.untold.is_empty().then(|| format!("{LIST}{digest}")),
            changed: told.objects,
            removed: Vec::new(),
        })
    }

    /// What touches this time.
    pub async fn now(
        &self,
        calendar: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Object>, Fault> {
        let url = address(calendar)?;
        let query = query(&time_range(from, until), "<c:calendar-data/>");
        let ask = Ask::xml("REPORT", "1", query);
        let (answer, _) = self.multi_status(&url, &ask).await?;
        complete(&answer)?;
        let mut objects = Vec::new();
        for mut entry in answer.entries {
            if let Some(text) = entry.take_calendar() {
                let etag = entry.etag();
                objects.push(object(entry.key, etag, text));
            }
        }
        Ok(objects)
    }

    /// One object.
    pub async fn read(&self, calendar: &str, key: &str) -> Result<Object, Fault> {
        let url = object_address(&address(calendar)?, key);
        let ask = Ask {
            method: "GET",
            depth: None,
            body: None,
            condition: None,
        };
        let (response, _) = self.ask(&url, &ask).await?;
        if response.status != 200 {
            return Err(super::refusal_of(&response));
        }
        let etag = response.header("etag").map(str::to_owned);
        let text = String::from_utf8_lossy(&response.body).into_owned();
        Ok(object(paths::normal(key), etag, text))
    }

    /// The object with this uid, wherever its owner's programs put it.
    pub async fn find(&self, calendar: &str, uid: &str) -> Result<Option<Object>, Fault> {
        let url = address(calendar)?;
        match self.read(calendar, &super::write::key(&url, uid)).await {
            Ok(object) => return Ok(Some(object)),
            Err(Fault::Gone) => {}
            Err(fault) => return Err(fault),
        }
        let filter = format!(
            "<c:prop-filter name=\"UID\"><c:text-match collation=\"i;octet\">{}</c:text-match></c:prop-filter>",
            escaped(uid)
        );
        let ask = Ask::xml("REPORT", "1", query(&filter, "<c:calendar-data/>"));
        let (answer, _) = self.multi_status(&url, &ask).await?;
        for mut entry in answer.entries {
            if let Some(text) = entry.take_calendar()
                && has_uid(&text, uid)
            {
                let etag = entry.etag();
                return Ok(Some(object(entry.key, etag, text)));
            }
        }
        Ok(None)
    }

    async fn everything(
        &self,
        url: &Url,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Changes, Fault> {
        // First the token, then what is there: what changes in between is told twice, and never not at all.
        let token = self.sync_token(url).await?;
        let names = self.names(url, from, until).await?;
        let digest = digest(&names);
        let told = self.objects(url, names).await?;
        Ok(Changes {
            whole: true,
            token: match token {
                Some(token) => told.token(&token),
                None => told.untold.is_empty().then(|| format!("{LIST}{digest}")),
            },
            changed: told.objects,
            removed: Vec::new(),
        })
    }

    /// The token that stands for what is in the calendar now, of a server that has such tokens.
    async fn sync_token(&self, url: &Url) -> Result<Option<String>, Fault> {
        let body = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<d:propfind xmlns:d=\"DAV:\"><d:prop>\
                    <d:sync-token/><d:supported-report-set/></d:prop></d:propfind>";
        let ask = Ask::xml("PROPFIND", "0", body.to_owned());
        let (answer, _) = self.multi_status(url, &ask).await?;
        let Some(entry) = answer.entries.first() else {
            return Err(Fault::Garbage(
                "nothing is said about the calendar".to_owned(),
            ));
        };
        if entry.status == Some(404) {
            return Err(Fault::Gone);
        }
        // Who lists its reports without this one has a token for something else.
        let reports = entry
            .prop(Space::Dav, "supported-report-set")
            .filter(|it| !it.children.is_empty());
        if reports.is_some_and(|it| !it.has_within(Space::Dav, "sync-collection")) {
            return Ok(None);
        }
        Ok(entry.text(Space::Dav, "sync-token").map(str::to_owned))
    }

    /// What happened since a token (RFC 6578), and what could not be told before.
    async fn since(
        &self,
        url: &Url,
        token: &str,
        untold: impl Iterator<Item = &str>,
    ) -> Result<Changes, Fault> {
        let own = paths::normal(url.path());
        let mut token = token.to_owned();
        let mut names: Names = untold.map(|key| (key.to_owned(), None)).collect();
        let mut gone = BTreeSet::new();
        for _ in 0..MAX_ROUNDS {
            let (answer, more) = self.round(url, &token, &own).await?;
            for entry in answer.entries {
                if entry.key.trim_end_matches('/') == own.trim_end_matches('/') {
                    continue;
                }
                if entry.status == Some(404) {
                    names.remove(&entry.key);
                    gone.insert(entry.key);
                } else {
                    gone.remove(&entry.key);
                    let etag = entry.etag();
                    names.insert(entry.key, etag);
                }
            }
            if names.len() + gone.len() > MAX_OBJECTS {
                return Err(too_much());
            }
            let next = answer
                .sync_token
                .ok_or_else(|| Fault::Garbage("changes without a token".to_owned()))?;
            let stuck = next == token;
            token = next;
            if !more {
                let told = self.objects(url, names).await?;
                return Ok(Changes {
                    whole: false,
                    token: told.token(&token),
                    changed: told.objects,
                    removed: gone.into_iter().chain(told.missing).collect(),
                });
            }
            if stuck {
                break;
            }
        }
        Err(Fault::Garbage(
            "the server says again and again that there is more".to_owned(),
        ))
    }

    /// One part of the changes, and whether there is more.
    async fn round(&self, url: &Url, token: &str, own: &str) -> Result<(MultiStatus, bool), Fault> {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<d:sync-collection xmlns:d=\"DAV:\">\
             <d:sync-token>{}</d:sync-token><d:sync-level>1</d:sync-level>\
             <d:prop><d:getetag/></d:prop></d:sync-collection>",
            escaped(token)
        );
        let (response, at) = self.ask(url, &Ask::xml("REPORT", "0", body)).await?;
        match response.status {
            207 => {}
            200..300 | 401 | 404 | 423 | 429 | 502..=504 => {
                return Err(super::refusal_of(&response));
            }
            // 403 with the precondition `valid-sync-token`, and the many other ways in which servers say so, or fail over
            // it. Whoever may not read the calendar at all is told so when everything is read.
            _ => return Err(Fault::TokenGone),
        }
        let answer = MultiStatus::parse(&response.body, &at)?;
        // The calendar itself with 507: the list was cut (section 3.6).
        let more = answer.entries.iter().any(|it| {
            it.status == Some(507) && it.key.trim_end_matches('/') == own.trim_end_matches('/')
        });
        Ok((answer, more))
    }

    /// Keys and etags of what touches the window.
    async fn names(&self, url: &Url, from: Timestamp, until: Timestamp) -> Result<Names, Fault> {
        let ask = Ask::xml("REPORT", "1", query(&time_range(from, until), ""));
        let (answer, _) = self.multi_status(url, &ask).await?;
        complete(&answer)?;
        if answer.entries.len() > MAX_OBJECTS {
            return Err(too_much());
        }
        // What cannot be told of just now is there still.
        Ok(answer
            .entries
            .into_iter()
            .filter(|it| it.status != Some(404))
            .map(|it| {
                let etag = it.etag();
                (it.key, etag)
            })
            .collect())
    }

    /// The objects of these names, and the names that have none any more.
    async fn objects(&self, url: &Url, names: Names) -> Result<Told, Fault> {
        let mut objects = Vec::with_capacity(names.len());
        let (mut missing, mut untold) = (Vec::new(), Vec::new());
        let mut total = 0;
        let keys: Vec<&String> = names.keys().collect();
        for batch in keys.chunks(BATCH) {
            let mut found: BTreeMap<String, Object> = BTreeMap::new();
            let mut gone = BTreeSet::new();
            for mut entry in self.multi_get(url, batch).await?.entries {
                if let Some(text) = entry.take_calendar() {
                    total += text.len();
                    let etag = entry
                        .etag()
                        .or_else(|| names.get(&entry.key).cloned().flatten());
                    found.insert(entry.key.clone(), object(entry.key, etag, text));
                } else if entry.status == Some(404) {
                    gone.insert(entry.key);
                }
            }
            if total > MAX_TOTAL {
                return Err(too_much());
            }
            for key in batch {
                match found.remove(*key) {
                    Some(object) => objects.push(object),
                    None if gone.contains(*key) => missing.push((*key).clone()),
                    // It is there, and cannot be read now.
                    None => {
                        objects.push(object((*key).clone(), None, String::new()));
                        untold.push((*key).clone());
                    }
                }
            }
        }
        Ok(Told {
            objects,
            missing,
            untold,
        })
    }

    async fn multi_get(&self, url: &Url, keys: &[&String]) -> Result<MultiStatus, Fault> {
        let mut body = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
                        <c:calendar-multiget xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">\
                        <d:prop><d:getetag/><c:calendar-data/></d:prop>"
            .to_owned();
        for key in keys {
            let _ = write!(body, "<d:href>{}</d:href>", escaped(key));
        }
        body.push_str("</c:calendar-multiget>");
        let (answer, _) = self
            .multi_status(url, &Ask::xml("REPORT", "1", body))
            .await?;
        Ok(answer)
    }
}

fn object(key: String, etag: Option<String>, text: String) -> Object {
    Object {
        key,
        etag,
        uid: None,
        content: Content::ICalendar(text),
    }
}

/// Whether it is all of what was asked for: a server may cut its answer short (RFC 4791, section 7.8; RFC 5323).
fn complete(answer: &MultiStatus) -> Result<(), Fault> {
    if answer.entries.iter().any(|it| it.status == Some(507)) {
        return Err(Fault::Refused(
            "the server tells only a part of what is in the calendar".to_owned(),
        ));
    }
    Ok(())
}

fn too_much() -> Fault {
    Fault::Refused("the calendar is larger than this server reads".to_owned())
}

/// All events that pass a filter.
fn query(filter: &str, data: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <c:calendar-query xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">\
         <d:prop><d:getetag/>{data}</d:prop><c:filter><c:comp-filter name=\"VCALENDAR\">\
         <c:comp-filter name=\"VEVENT\">{filter}</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    )
}

fn time_range(from: Timestamp, until: Timestamp) -> String {
    let utc = |at: Timestamp| at.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string();
    format!(
        "<c:time-range start=\"{}\" end=\"{}\"/>",
        utc(from - MARGIN),
        utc(until + MARGIN)
    )
}

fn digest(names: &Names) -> String {
    let mut hash = Sha256::new();
    for (key, etag) in names {
        hash.update(key.as_bytes());
        hash.update([0]);
        hash.update(etag.as_deref().unwrap_or_default().as_bytes());
        hash.update([0]);
    }
    HEXLOWER.encode(&hash.finalize())
}

/// Whether a calendar is of this uid. Long lines are folded.
fn has_uid(text: &str, uid: &str) -> bool {
    let whole = text.replace("\r\n", "\n");
    let whole = whole.replace("\n ", "").replace("\n\t", "");
    whole.lines().any(|line| {
        line.split_once(':').is_some_and(|(name, value)| {
            let name = name.split(';').next().unwrap_or_default();
            name.eq_ignore_ascii_case("UID") && value.trim() == uid
        })
    })
}
