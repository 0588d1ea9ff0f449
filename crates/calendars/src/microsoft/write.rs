//! Putting a meeting into a calendar, changing it there, and taking it out.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Microsoft, preferring};
use crate::api::change;
use crate::asking::parse;
use crate::{Draft, Fault, Stored};

#[derive(Deserialize)]
struct Written {
    id: String,
    #[serde(rename = "@odata.etag")]
    etag: Option<String>,
}

impl Microsoft {
    /// Creates an event, or changes the one that is known.
    pub async fn put(
        &self,
        calendar: &str,
        draft: &Draft,
        known: Option<&Stored>,
    ) -> Result<Stored, Fault> {
        let mut body = body(draft);
        if known.is_none() {
            body["transactionId"] = json!(draft.uid);
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
            body.retain(|name, _| matches!(name.as_str(), "start" | "end"));
        }
        self.write(calendar, &body, Some(known)).await
    }

    async fn write(
        &self,
        calendar: &str,
        body: &Value,
        known: Option<&Stored>,
    ) -> Result<Stored, Fault> {
        let (method, url) = match known {
            None => (
                "POST",
                self.api.url(&["me", "calendars", calendar, "events"])?,
            ),
            Some(known) => ("PATCH", self.api.url(&["me", "events", &known.key])?),
        };
        let request = change(method, &url, Some(body), known)?;
        let response = self.api.success(preferring(request, "")).await?;
        let written: Written = parse(&response)?;
        Ok(Stored {
            key: written.id,
            etag: written.etag,
        })
    }

    /// Removes an event.
    pub async fn remove(&self, known: &Stored) -> Result<(), Fault> {
        let url = self.api.url(&["me", "events", &known.key])?;
        let request = change("DELETE", &url, None, Some(known))?;
        let request = preferring(request, "");
        self.api.success(request).await.map(drop)
    }
}

fn body(draft: &Draft) -> Value {
    let when = |at: kernel::Timestamp| {
        let text = at.to_jiff().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        json!({ "dateTime": text, "timeZone": "UTC" })
    };
    let mut lines = vec![draft.description.trim_end().to_owned()];
    lines.extend(
        draft
            .attendees
            .iter()
            .map(|person| match person.name.trim() {
                "" => person.email.clone(),
                name => format!("{name} <{}>", person.email),
            }),
    );
    let text = lines.join("\n");
    json!({
        "subject": draft.title,
        "body": { "contentType": "text", "content": text.trim_start() },
        "start": when(draft.start),
        "end": when(draft.end),
        "location": { "displayName": draft.location.as_deref().unwrap_or_default() },
        "showAs": if draft.tentative { "tentative" } else { "busy" },
    })
}
