//! Putting a meeting into a calendar, changing it there, and taking it out.

use net::{Request, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Microsoft, bounded};
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
        self.write(calendar, body, known).await
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
        self.write(calendar, body, Some(known)).await
    }

    async fn write(
        &self,
        calendar: &str,
        body: Value,
        known: Option<&Stored>,
    ) -> Result<Stored, Fault> {
        let (method, url) = match known {
            None => ("POST", self.url(&["me", "calendars", calendar, "events"])?),
            Some(known) => ("PATCH", self.url(&["me", "events", &known.key])?),
        };
        let request = request(method, &url, Some(body))?;
        let response = self.success(conditional(request, known)).await?;
        let written: Written = parse(&response)?;
        Ok(Stored {
            key: written.id,
            etag: written.etag,
        })
    }

    /// Removes an event.
    pub async fn remove(&self, known: &Stored) -> Result<(), Fault> {
        let url = self.url(&["me", "events", &known.key])?;
        let request = request("DELETE", &url, None)?;
        self.success(conditional(request, Some(known)))
            .await
            .map(drop)
    }
}

fn request(method: &str, url: &Url, body: Option<Value>) -> Result<Request, Fault> {
    let body = body.map(|body| body.to_string().into_bytes());
    let request = Request::of(method, url.as_str(), body)
        .ok_or_else(|| Fault::Refused(format!("no method {method}")))?;
    Ok(bounded(request, "").header("content-type", "application/json"))
}

fn conditional(request: Request, known: Option<&Stored>) -> Request {
    match known.and_then(|it| it.etag.as_deref()) {
        Some(etag) => request.header("if-match", etag),
        None => request,
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
