//! From what somebody typed to their calendars (RFC 6764, RFC 5397).

use std::collections::HashSet;

use net::Url;

use super::answer::{Entry, MultiStatus};
use super::xml::Space;
use super::{Ask, CalDav};
use crate::{Fault, Listed, paths};

const ACCOUNT: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop>
<d:resourcetype/><d:current-user-principal/><c:calendar-home-set/><c:calendar-user-address-set/>
</d:prop></d:propfind>"#;

const CALENDARS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:a="http://apple.com/ns/ical/"><d:prop>
<d:resourcetype/><d:displayname/><d:current-user-privilege-set/><c:supported-calendar-component-set/>
<c:calendar-timezone/><c:calendar-timezone-id/><a:calendar-color/>
</d:prop></d:propfind>"#;

/// Where somebody's calendars are.
struct Account {
    homes: Vec<Url>,
    /// The email address that the server knows them by.
    owner: Option<String>,
}

impl CalDav {
    /// All calendars that can hold events.
    pub async fn list(&self) -> Result<Vec<Listed>, Fault> {
        let account = self.account().await?;
        let mut listed: Vec<Listed> = Vec::new();
        let mut seen = HashSet::new();
        for home in &account.homes {
            let ask = Ask::xml("PROPFIND", "1", CALENDARS.to_owned());
            let (answer, _) = self.multi_status(home, &ask).await?;
            for entry in &answer.entries {
                let calendar = calendar(entry, account.owner.as_deref());
                listed.extend(calendar.filter(|it| seen.insert(it.id.clone())));
            }
        }
        if let Some(first) = listed.iter_mut().find(|it| it.writable) {
            first.primary = true;
        }
        Ok(listed)
    }

    async fn account(&self) -> Result<Account, Fault> {
        let mut well_known = self.start.clone();
        well_known.set_path("/.well-known/caldav");
        well_known.set_query(None);
        let mut root = well_known.clone();
        root.set_path("/");
        // An address with a path was probably meant as it is.
        let places = if self.start.path() == "/" {
            vec![well_known, root]
        } else {
            vec![self.start.clone(), well_known, root]
        };
        for place in &places {
            match self.look(place).await {
                Ok(Some(account)) => return Ok(account),
                // No calendar server here; there may be one at the next place.
                Ok(None) | Err(Fault::Gone | Fault::Garbage(_)) => {}
                Err(Fault::Refused(_)) if place != &self.start => {}
                Err(fault) => return Err(fault),
            }
        }
        Err(Fault::Refused(format!(
            "there are no calendars at {}: use the address that the calendar's service tells for CalDAV",
            self.start
        )))
    }

    async fn look(&self, place: &Url) -> Result<Option<Account>, Fault> {
        let Some((answer, url)) = self.about(place).await? else {
            return Ok(None);
        };
        let Some(here) = itself(&answer, &url) else {
            return Ok(None);
        };
        let principal = here
            .addresses(Space::Dav, "current-user-principal")
            .into_iter()
            .next();
        // A calendar was typed, not an account.
        if here.is_of(Space::CalDav, "calendar") {
            return Ok(Some(Account {
                homes: vec![url],
                owner: owner(here),
            }));
        }
        let homes = here.addresses(Space::CalDav, "calendar-home-set");
        if !homes.is_empty() {
            return Ok(Some(Account {
                homes,
                owner: owner(here),
            }));
        }
        let Some(principal) = principal else {
            return Ok(None);
        };
        let Some((answer, url)) = self.about(&principal).await? else {
            return Ok(None);
        };
        Ok(itself(&answer, &url).and_then(|here| {
            let homes = here.addresses(Space::CalDav, "calendar-home-set");
            (!homes.is_empty()).then(|| Account {
                homes,
                owner: owner(here),
            })
        }))
    }

    /// What a place says about the account; nothing if it does not know what is asked.
    async fn about(&self, place: &Url) -> Result<Option<(MultiStatus, Url)>, Fault> {
        let ask = Ask::xml("PROPFIND", "0", ACCOUNT.to_owned());
        let (response, url) = self.ask(place, &ask).await?;
        match response.status {
            207 => Ok(Some((MultiStatus::parse(&response.body, &url)?, url))),
            400 | 403 | 405 | 501 => Ok(None),
            _ => Err(super::refusal_of(&response)),
        }
    }
}

/// What an answer says about the place that was asked, and not about what is in it.
fn itself<'a>(answer: &'a MultiStatus, url: &Url) -> Option<&'a Entry> {
    let key = paths::normal(url.path());
    let same = |it: &&Entry| it.key.trim_end_matches('/') == key.trim_end_matches('/');
    answer
        .entries
        .iter()
        .find(same)
        .or_else(|| answer.entries.first())
}

fn owner(entry: &Entry) -> Option<String> {
    let addresses = entry.prop(Space::CalDav, "calendar-user-address-set")?;
    addresses
        .all(Space::Dav, "href")
        .map(|href| href.text().trim())
        .find_map(|text| {
            let (scheme, address) = text.split_once(':')?;
            scheme
                .eq_ignore_ascii_case("mailto")
                .then(|| address.to_lowercase())
        })
}

fn calendar(entry: &Entry, owner: Option<&str>) -> Option<Listed> {
    if !entry.is_of(Space::CalDav, "calendar") {
        return None;
    }
    // Without a list of them, a calendar takes everything (RFC 4791, section 5.2.3).
    let holds_events = entry
        .prop(Space::CalDav, "supported-calendar-component-set")
        .is_none_or(|it| {
            it.children.is_empty()
                || it.all(Space::CalDav, "comp").any(|comp| {
                    comp.label
                        .as_deref()
                        .is_some_and(|name| name.eq_ignore_ascii_case("VEVENT"))
                })
        });
    if !holds_events {
        return None;
    }
    let writable = entry
        .prop(Space::Dav, "current-user-privilege-set")
        .is_none_or(|it| {
            it.all(Space::Dav, "privilege").any(|privilege| {
                ["all", "write", "write-content", "bind"]
                    .iter()
                    .any(|name| privilege.has(Space::Dav, name))
            })
        });
    let mut id = entry.url.clone();
    id.set_path(&entry.key);
    let name = entry
        .text(Space::Dav, "displayname")
        .map(str::to_owned)
        .or_else(|| paths::decoded(entry.key.trim_end_matches('/').rsplit('/').next()?))
        .unwrap_or_default();
    let by_id = entry.text(Space::CalDav, "calendar-timezone-id");
    let by_text = entry
        .text(Space::CalDav, "calendar-timezone")
        .and_then(|text| {
            text.lines()
                .find_map(|line| line.trim().strip_prefix("TZID:"))
        });
    Some(Listed {
        id: id.into(),
        name,
        color: entry.text(Space::Apple, "calendar-color").and_then(color),
        writable,
        zone: by_id.or(by_text).and_then(zone),
        primary: false,
        owner: owner.map(str::to_owned),
    })
}

/// `#rrggbb`, of what may also say how opaque.
pub(crate) fn color(text: &str) -> Option<String> {
    let digits = text.trim().strip_prefix('#')?;
    let is_color = matches!(digits.len(), 6 | 8) && digits.chars().all(|c| c.is_ascii_hexdigit());
    is_color.then(|| format!("#{}", digits[..6].to_ascii_lowercase()))
}

/// A name of the IANA's database, if it is one.
pub(crate) fn zone(text: &str) -> Option<String> {
    let text = text.trim();
    jiff::tz::TimeZone::get(text)
        .is_ok()
        .then(|| text.to_owned())
}
