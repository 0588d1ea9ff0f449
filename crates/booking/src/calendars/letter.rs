//! What a host is told when their calendars cannot be read any more.

use serde_json::{Value, json};

use crate::invite::{Host, Letter};
use crate::public::Words;

/// The mail about an event `calendar.broken`, of which this is the body. `url` is where this server is.
pub fn broken_letter(host: &Host, language: &str, url: &str, event: &Value) -> Letter {
    let words = Words::of(Some(language));
    let name = event["name"].as_str().unwrap_or_default();
    let values = [("name", name)];
    let holds = match event["when_unreachable"].as_str() {
        Some("stop_offering") => words.text("mail_calendar_stop"),
        _ => words.text("mail_calendar_keep"),
    };
    let fault = event["fault"].as_str().unwrap_or_default();
    let link = format!("{url}/app/bookings/hosts");
    Letter {
        to_name: host.name.clone(),
        to_email: host.email.clone(),
        reply_to: None,
        values: json!({
            "language": words.language.tag(),
            "subject": words.fill("mail_calendar_subject", &values),
            "told": words.text("mail_calendar"),
            "title": name,
            "facts": [
                { "name": words.text("mail_reason"), "value": fault },
                { "name": words.text("mail_calendar_until"), "value": holds },
            ],
            "links": [{ "name": words.text("mail_calendar_open"), "value": link }],
        }),
        calendar: None,
    }
}
