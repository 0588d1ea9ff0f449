//! Putting a meeting into a calendar, changing it there, and taking it out.

use serde::Deserialize;
use serde_json::{Value, json};

use super::event::When;
use super::{Microsoft, preferring};
use crate::api::change;
use crate::asking::parse;
use crate::{Draft, Fault, Stored};

#[derive(Deserialize)]
struct Written {
    id: String,
    #[serde(rename = "@odata.etag")]
    etag: Option<String>,
    start: Option<When>,
    end: Option<When>,
}

impl Written {
    fn stored(self) -> Stored {
        Stored {
            key: self.id,
            etag: self.etag,
        }
    }

    fn is_at(&self, draft: &Draft) -> bool {
        let is = |told: &Option<When>, at| told.as_ref().is_none_or(|it| it.at() == Ok(at));
        is(&self.start, draft.start) && is(&self.end, draft.end)
    }
}

impl Microsoft {
    /// Creates an event, or changes the one that is known.
    pub async fn put(
        &self,
        calendar: &str,
        draft: &Draft,
        known: Option<&Stored>,
    ) -> Result<Stored, Fault> {
        let mut body = body_of(draft);
        if known.is_none() {
            body["transactionId"] = json!(draft.uid);
        }
        let written = self.write(calendar, &body, known).await?;
        if known.is_some() || written.is_at(draft) {
            return Ok(written.stored());
        }
        // Whoever says the same `transactionId` again is told of the event that there is, as it was.
        let known = written.stored();
        let written = self.write(calendar, &body_of(draft), Some(&known)).await?;
        Ok(written.stored())
    }

    /// Changes the time of an event alone: what somebody wrote into it stays.
    pub async fn put_time(
        &self,
        calendar: &str,
        draft: &Draft,
        known: &Stored,
    ) -> Result<Stored, Fault> {
        let mut body = body_of(draft);
        if let Some(body) = body.as_object_mut() {
            body.retain(|name, _| matches!(name.as_str(), "start" | "end"));
        }
        let written = self.write(calendar, &body, Some(known)).await?;
        Ok(written.stored())
    }

    async fn write(
        &self,
        calendar: &str,
        body: &Value,
        known: Option<&Stored>,
    ) -> Result<Written, Fault> {
        let (method, url) = match known {
            None => (
                "POST",
                self.api.url(&["me", "calendars", calendar, "events"])?,
            ),
            Some(known) => ("PATCH", self.api.url(&["me", "events", &known.key])?),
        };
        let request = change(method, &url, Some(body), known)?;
        let response = self.api.success(preferring(request, "")).await?;
        parse(&response)
    }

    /// Removes an event.
    pub async fn remove(&self, known: &Stored) -> Result<(), Fault> {
        let url = self.api.url(&["me", "events", &known.key])?;
        let request = change("DELETE", &url, None, Some(known))?;
        let request = preferring(request, "");
        self.api.success(request).await.map(drop)
    }
}

fn body_of(draft: &Draft) -> Value {
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
