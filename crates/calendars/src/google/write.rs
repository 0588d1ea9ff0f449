//! Putting a meeting into a calendar, changing it there, and taking it out.

use data_encoding::BASE32HEX_NOPAD;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Google;
use super::event::UID;
use crate::api::change;
use crate::asking::parse;
use crate::{Draft, Fault, Stored};

#[derive(Deserialize)]
struct Written {
    id: String,
    etag: Option<String>,
}

impl Google {
    /// Creates an event, or changes the one that is known.
    pub async fn put(
        &self,
        calendar: &str,
        draft: &Draft,
        known: Option<&Stored>,
    ) -> Result<Stored, Fault> {
        let mut body = body(draft);
        if known.is_none() {
            body["id"] = json!(id(&draft.uid));
        }
        self.write(calendar, &body, known).await
    }

    /// Changes the time of an event alone: what somebody wrote into it stays.
    pub async fn put_time(
        &self,
        calendar: &str,
        draft: &Draft,
        known: &Stored,
    ) -> Result<Stored, Fault> {
        let mut body = body(draft);
        if let Some(body) = body.as_object_mut() {
            body.retain(|name, _| matches!(name.as_str(), "start" | "end" | "status"));
        }
        self.write(calendar, &body, Some(known)).await
    }

    async fn write(
        &self,
        calendar: &str,
        body: &Value,
        known: Option<&Stored>,
    ) -> Result<Stored, Fault> {
        let (method, mut url) = match known {
            None => ("POST", self.api.url(&["calendars", calendar, "events"])?),
            Some(known) => (
                "PATCH",
                self.api
                    .url(&["calendars", calendar, "events", &known.key])?,
            ),
        };
        url.query_pairs_mut()
            .append_pair("sendUpdates", "none")
            .append_pair("fields", "id,etag");
        let request = change(method, &url, Some(body), known)?;
        let response = self.api.success(request).await?;
        let written: Written = parse(&response)?;
        Ok(Stored {
            key: written.id,
            etag: written.etag,
        })
    }

    /// Removes an event.
    pub async fn remove(&self, calendar: &str, known: &Stored) -> Result<(), Fault> {
        let mut url = self
            .api
            .url(&["calendars", calendar, "events", &known.key])?;
        url.query_pairs_mut().append_pair("sendUpdates", "none");
        let request = change("DELETE", &url, None, Some(known))?;
        self.api.success(request).await.map(drop)
    }
}

fn body(draft: &Draft) -> Value {
    let attendees: Vec<Value> = draft
        .attendees
        .iter()
        .map(|person| {
            json!({
                "email": person.email,
                "displayName": person.name,
                "responseStatus": "accepted",
            })
        })
        .collect();
    json!({
        "summary": draft.title,
        "description": draft.description,
        "location": draft.location.as_deref().unwrap_or_default(),
        "start": { "dateTime": draft.start.to_string(), "timeZone": "UTC" },
        "end": { "dateTime": draft.end.to_string(), "timeZone": "UTC" },
        "status": if draft.tentative { "tentative" } else { "confirmed" },
        "transparency": "opaque",
        "attendees": attendees,
        "extendedProperties": { "private": { UID: draft.uid } },
    })
}

/// The id of the event of a meeting: letters and digits of base32hex, as Google wants them.
pub(super) fn id(uid: &str) -> String {
    let digest = Sha256::digest(uid.as_bytes());
    BASE32HEX_NOPAD.encode(&digest[..20]).to_ascii_lowercase()
}
