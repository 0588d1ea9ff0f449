//! Events in words.

use std::collections::BTreeMap;

use events::{Event, kind};
use serde_json::Value;

/// Something that happened, and a sentence that says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub event: Event,
    /// In English: "Joined the group News".
    pub sentence: String,
}

/// What is known of the things that events name.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub groups: BTreeMap<i64, String>,
    pub tags: BTreeMap<i64, String>,
    pub segments: BTreeMap<i64, String>,
    pub campaigns: BTreeMap<i64, String>,
    /// Of custom fields, by key.
    pub fields: BTreeMap<String, String>,
}

impl Names {
    /// The event as a sentence, without who it happened to. Text of people stays text: it is shown, never interpreted.
    pub fn sentence(&self, event: &Event) -> String {
        let text = |name: &str| event.body[name].as_str().filter(|text| !text.is_empty());
        let campaign = || match event.body["transactional"].as_bool() {
            Some(true) => "a single message".to_owned(),
            _ => thing(&self.campaigns, event.subject, "a campaign", "the campaign"),
        };
        let group = || thing(&self.groups, event.subject, "a group", "the group");
        let tag = || thing(&self.tags, event.subject, "a tag", "the tag");
        let segment = || thing(&self.segments, event.subject, "a segment", "the segment");
        let because = |name: &str| text(name).map_or_else(String::new, |why| format!(" ({why})"));
        match event.kind.as_str() {
            kind::SUBSCRIBER_CREATED => created(&event.body),
            kind::SUBSCRIBER_UPDATED => self.updated(&event.body),
            kind::SUBSCRIBER_EMAIL_CHANGED => format!(
                "Changed the address from {} to {}",
                text("from").unwrap_or("another"),
                text("to").unwrap_or("a new one")
            ),
            kind::SUBSCRIBER_MERGED => format!(
                "Was merged with the record of {}",
                text("other_email").unwrap_or("somebody")
            ),
            kind::SUBSCRIBER_STATUS_CHANGED => {
                format!("{}{}", became(&event.body), because("reason"))
            }
            kind::SUBSCRIBER_DELETED => "Was deleted".to_owned(),
            kind::GROUP_JOINED => format!("Joined {}", group()),
            kind::GROUP_LEFT => format!("Left {}", group()),
            kind::TAG_ADDED => format!("Was given {}", tag()),
            kind::TAG_REMOVED => format!("Lost {}", tag()),
            kind::SEGMENT_ENTERED => format!("Came into {}", segment()),
            kind::SEGMENT_LEFT => format!("Is no longer in {}", segment()),
            kind::CONSENT_GIVEN => format!("Agreed to get mail{}", because("source")),
            kind::MESSAGE_SENT => format!("Was sent {}", campaign()),
            kind::MESSAGE_OPENED => format!("Opened {}", campaign()),
            kind::MESSAGE_OPENED_BY_MACHINE => {
                format!(
                    "A mail program or scanner loaded the pictures of {}",
                    campaign()
                )
            }
            kind::MESSAGE_CLICKED => format!("Clicked a link in {}{}", campaign(), because("url")),
            kind::MESSAGE_CLICKED_BY_MACHINE => {
                format!(
                    "A scanner followed a link in {}{}",
                    campaign(),
                    because("url")
                )
            }
            kind::MESSAGE_UNSUBSCRIBED => {
                format!("Unsubscribed through {}{}", campaign(), because("reason"))
            }
            kind::MESSAGE_FAILED => format!("Could not be sent {}{}", campaign(), because("text")),
            kind::MESSAGE_BOUNCED => {
                let class = match text("class") {
                    Some("soft") => "came back for now",
                    _ => "came back",
                };
                format!("The mail of {} {class}{}", campaign(), because("text"))
            }
            kind::MESSAGE_COMPLAINED => format!("Reported {} as spam", campaign()),
            kind::MESSAGE_QUEUED => format!("Is to be sent {}", campaign()),
            kind::MESSAGE_DEFERRED => {
                format!("Will be sent {} later{}", campaign(), because("text"))
            }
            kind::MESSAGE_SKIPPED => format!("Was not sent {}{}", campaign(), because("reason")),
            booking if booking.starts_with("booking.") => {
                let what = text("title").unwrap_or("a meeting");
                let at = text("start_local").map_or_else(String::new, |at| format!(" on {at}"));
                capitalized(&match booking {
                    kind::BOOKING_CREATED => format!("Booked {what}{at}"),
                    kind::BOOKING_CONFIRMED => format!("{what}{at} is confirmed"),
                    kind::BOOKING_RESCHEDULED => format!("{what} was moved: it is{at} now"),
                    kind::BOOKING_REASSIGNED => format!("{what}{at} got another host"),
                    kind::BOOKING_CANCELLED => {
                        format!("{what}{at} was cancelled{}", because("reason"))
                    }
                    kind::BOOKING_DECLINED => {
                        format!("{what}{at} was declined{}", because("reason"))
                    }
                    kind::BOOKING_EXPIRED => format!("{what}{at} was not confirmed in time"),
                    kind::BOOKING_COMPLETED => format!("{what}{at} took place"),
                    kind::BOOKING_NO_SHOW => match text("no_show_by") {
                        Some("host") => format!("The host did not come to {what}{at}"),
                        _ => format!("Did not come to {what}{at}"),
                    },
                    kind::BOOKING_STARTS_IN => format!("{what} starts soon:{at}"),
                    kind::BOOKING_WAITING => format!("Waits for a place of {what}"),
                    kind::BOOKING_PLACE_FREE => format!("A place of {what} became free"),
                    other => plain(other),
                })
            }
            // A kind of event that this has no words for: its own are plain enough.
            other => plain(other),
        }
    }

    fn updated(&self, body: &Value) -> String {
        let changed = body["changed"].as_array().map(Vec::as_slice);
        let names: Vec<String> = changed
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_str)
            .map(|name| match name.strip_prefix("fields.") {
                Some(key) => self.fields.get(key).map_or(key, String::as_str).to_owned(),
                None => attribute(name),
            })
            .collect();
        let mut sentence = match names.as_slice() {
            [] => "something".to_owned(),
            [one] => one.clone(),
            [others @ .., last] => format!("{} and {last}", others.join(", ")),
        };
        sentence.push_str(" changed");
        capitalized(&sentence)
    }
}

fn thing(names: &BTreeMap<i64, String>, id: Option<i64>, unknown: &str, known: &str) -> String {
    match id.and_then(|id| names.get(&id)) {
        Some(name) => format!("{known} {name}"),
        None => format!("{unknown} that is deleted now"),
    }
}

fn attribute(name: &str) -> String {
    match name {
        "email" => "address".to_owned(),
        "phone" => "telephone number".to_owned(),
        "owner_id" => "owner".to_owned(),
        "confirmed_at" => "confirmation".to_owned(),
        other => other.replace('_', " "),
    }
}

fn created(body: &Value) -> String {
    let how = match body["source"].as_str() {
        Some("form") => "Signed up by a form",
        Some("import") => "Was imported from a file",
        Some("api") => "Was added by a program",
        Some("automation") => "Was added by an automation",
        Some("manual") => "Was added by hand",
        Some("booking") => "Came by a booking",
        Some("inbound") => "Came by an inbound webhook or message",
        _ => "Was added",
    };
    match body["status"].as_str() {
        None | Some("active") => how.to_owned(),
        Some(status) => format!("{how}, {status}"),
    }
}

fn became(body: &Value) -> String {
    match (body["from"].as_str(), body["to"].as_str()) {
        (Some("unconfirmed"), Some("active")) => "Confirmed the subscription".to_owned(),
        (_, Some("active")) => "Subscribed again".to_owned(),
        (Some("suppressed"), Some("unsubscribed")) => {
            "Was taken off the suppression list".to_owned()
        }
        (_, Some("unsubscribed")) => "Unsubscribed".to_owned(),
        (_, Some("bounced")) => "Was marked as bounced".to_owned(),
        (_, Some("suppressed")) => "Was suppressed".to_owned(),
        (_, Some(other)) => format!("Became {other}"),
        (_, None) => "Changed status".to_owned(),
    }
}

fn plain(kind: &str) -> String {
    capitalized(&kind.replace(['.', '_'], " "))
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
