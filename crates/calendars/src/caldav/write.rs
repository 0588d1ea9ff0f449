//! Putting a meeting into a calendar, changing it there, and taking it out.

use data_encoding::HEXLOWER;
use net::{Response, Url};
use sha2::{Digest as _, Sha256};

use super::xml::{Node, Space};
use super::{Ask, CalDav, address, object_address};
use crate::{Draft, Fault, Stored, paths};

impl CalDav {
    /// Creates an object, or changes the one that is known.
    pub async fn put(
        &self,
        calendar: &str,
        draft: &Draft,
        known: Option<&Stored>,
    ) -> Result<Stored, Fault> {
        let calendar = address(calendar)?;
        let key = match known {
            Some(known) => paths::normal(&known.key),
            None => key(&calendar, &draft.uid),
        };
        let url = object_address(&calendar, &key);
        let ask = Ask {
            method: "PUT",
            depth: None,
            body: Some(("text/calendar; charset=utf-8", draft.ical.clone())),
            condition: Some(match known {
                None => ("if-none-match", "*".to_owned()),
                Some(known) => ("if-match", condition(known)),
            }),
        };
        let (response, _) = self.ask(&url, &ask).await?;
        match response.status {
            200 | 201 | 204 => {}
            403 | 409 if is_taken(&response) => return Err(Fault::Conflict),
            // `*` matches whatever is there, so nothing is.
            412 if known.is_some_and(|it| it.etag.is_none()) => return Err(Fault::Gone),
            _ => return Err(super::refusal_of(&response)),
        }
        // No etag: the server wrote something else than it was given (RFC 4791, section 5.3.4).
        let etag = match response.header("etag").filter(|etag| is_strong(etag)) {
            Some(etag) => Some(etag.to_owned()),
            None => self.etag(&url).await,
        };
        Ok(Stored { key, etag })
    }

    /// Removes an object.
    pub async fn remove(&self, calendar: &str, known: &Stored) -> Result<(), Fault> {
        let url = object_address(&address(calendar)?, &known.key);
        let ask = Ask {
            method: "DELETE",
            depth: None,
            body: None,
            condition: Some(("if-match", condition(known))),
        };
        let (response, _) = self.ask(&url, &ask).await?;
        match response.status {
            200..300 => Ok(()),
            412 if known.etag.is_none() => Err(Fault::Gone),
            _ => Err(super::refusal_of(&response)),
        }
    }

    /// The etag that an object has now. It is written in any case, so not to know it is no fault.
    async fn etag(&self, url: &Url) -> Option<String> {
        let body = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<d:propfind xmlns:d=\"DAV:\">\
                    <d:prop><d:getetag/></d:prop></d:propfind>";
        let ask = Ask::xml("PROPFIND", "0", body.to_owned());
        let (answer, _) = self.multi_status(url, &ask).await.ok()?;
        answer.entries.first()?.etag()
    }
}

fn condition(known: &Stored) -> String {
    known.etag.clone().unwrap_or_else(|| "*".to_owned())
}

/// A weak etag fits no condition.
fn is_strong(etag: &str) -> bool {
    etag.starts_with('"')
}

/// Whether the same uid is in the calendar already, under another name.
fn is_taken(response: &Response) -> bool {
    Node::parse(&response.body).is_ok_and(|it| it.has_within(Space::CalDav, "no-uid-conflict"))
}

/// The key of what we put into a calendar: a name of plain letters, whatever the uid has in it.
pub(super) fn key(calendar: &Url, uid: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name = if !uid.is_empty() && uid.len() <= 100 && uid.chars().all(plain) {
        uid.to_owned()
    } else {
        let start: String = uid.chars().take_while(|c| plain(*c)).take(60).collect();
        let digest = HEXLOWER.encode(&Sha256::digest(uid.as_bytes()));
        format!("{start}-{}", &digest[..20])
    };
    let collection = paths::normal(calendar.path());
    format!("{}/{name}.ics", collection.trim_end_matches('/'))
}
