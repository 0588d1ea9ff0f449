//! What is asked for, what is kept of it, and what became of it.

use std::collections::BTreeMap;

use audience::SubscriberId;
use content::Document;
use kernel::{FieldError, Timestamp, text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::messages::{MessageId, State};
use crate::senders::SenderId;
use crate::templates::TemplateId;

/// A message to be sent.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMessage)]
pub struct NewMessage {
    /// To which address. A subscriber who has it gives the message their values.
    #[serde(default)]
    #[schema(example = "ada@example.com")]
    pub to: Option<String>,
    /// The name beside the address.
    #[serde(default)]
    pub to_name: Option<String>,
    /// Instead of an address: to which subscriber.
    #[serde(default)]
    pub subscriber_id: Option<SubscriberId>,
    /// From which sender of the account.
    #[serde(default)]
    pub sender_id: Option<SenderId>,
    /// Or from which address; that of the account when neither is given.
    #[serde(default)]
    pub sender_email: Option<String>,
    /// The name beside it.
    #[serde(default)]
    pub sender_name: Option<String>,
    /// Where answers go.
    #[serde(default)]
    pub reply_to: Option<String>,
    // Absent, these four are left out: keys that are known have the hash of a request from before there were templates.
    /// Subject and body, with merge fields. Give one of `content`, `template_id` and `built_in_template`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Document>,
    /// A template of the account, as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<TemplateId>,
    /// One that the program brings along, by its key, in the colors and fonts of the brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "receipt")]
    pub built_in_template: Option<String>,
    /// In the place of the subject of the template, with merge fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Your order {{ order }}")]
    pub subject: Option<String>,
    /// Values for the merge fields, beside and before those of the subscriber: texts, numbers, lists and objects.
    #[serde(default)]
    pub variables: Map<String, Value>,
    /// Further headers: `X-...`, `In-Reply-To`, `References`, `Auto-Submitted`, `Importance`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Files, at most 20, together at most 10 MB and what `server.max_body` allows.
    #[serde(default)]
    pub attachments: Vec<NewAttachment>,
    /// A word of yours to find messages of one sort by.
    #[serde(default)]
    #[schema(example = "receipt")]
    pub tag: Option<String>,
    /// Whether opening it is noticed.
    #[serde(default = "yes")]
    pub track_opens: bool,
    /// Whether its links lead past us.
    #[serde(default = "yes")]
    pub track_clicks: bool,
}

fn yes() -> bool {
    true
}

/// A file to be attached.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttachment {
    #[schema(example = "receipt.pdf")]
    pub name: String,
    #[schema(example = "application/pdf")]
    pub media_type: String,
    /// The file in base64.
    #[schema(example = "JVBERi0xLjcK")]
    pub content: String,
    /// For a picture in the HTML, whose address is then `cid:` and this.
    #[serde(default)]
    pub content_id: Option<String>,
}

const MAX_HEADERS: usize = 20;
const MAX_FILES: usize = 20;
const MAX_FILE_BYTES: usize = 10 * 1024 * 1024;
const MAX_VARIABLES: usize = 64 * 1024;
const MAX_LINE: usize = 200;
const MAX_TAG: usize = 60;

/// Headers that may be given, beside those that begin with `X-`.
const HEADERS: [&str; 5] = [
    "in-reply-to",
    "references",
    "auto-submitted",
    "importance",
    "priority",
];

impl NewMessage {
    /// What is wrong with what stands on its own, and the files.
    pub(super) fn check(&self, errors: &mut Vec<FieldError>) -> Vec<File> {
        let mut wrong = |field: String, code: &'static str, message: String| {
            errors.push(FieldError::new(field, code, message));
        };
        for (field, text, max) in [
            ("to_name", &self.to_name, MAX_LINE),
            ("sender_name", &self.sender_name, MAX_LINE),
            ("tag", &self.tag, MAX_TAG),
        ] {
            if let Some(Err(fault)) = text.as_ref().map(|text| text::one_line(text, max)) {
                wrong(field.into(), fault.code(), fault.to_string());
            }
        }
        for name in self.variables.keys() {
            if let Some(why) = content::refused_variable_name(name) {
                wrong(format!("variables.{name}"), "invalid", why.to_owned());
            }
        }
        let size = serde_json::to_vec(&self.variables).map_or(usize::MAX, |json| json.len());
        if size > MAX_VARIABLES {
            let message =
                format!("these are {size} bytes of JSON; at most {MAX_VARIABLES} are allowed");
            wrong("variables".into(), "too_large", message);
        }
        if self.headers.len() > MAX_HEADERS {
            let message = format!("give at most {MAX_HEADERS} headers");
            wrong("headers".into(), "too_many", message);
        }
        for (name, value) in &self.headers {
            let field = format!("headers.{name}");
            let lower = name.to_ascii_lowercase();
            let allowed = HEADERS.contains(&&*lower)
                || (lower.starts_with("x-") && !lower.starts_with("x-sendero"));
            if let Some(why) = mail::refused_header_name(name) {
                wrong(field, "invalid", why.to_owned());
            } else if !allowed {
                let message =
                    "this header cannot be given; those that begin with X- can".to_owned();
                wrong(field, "not_allowed", message);
            } else if let Err(fault) = text::check_line(value, 900) {
                wrong(field, fault.code(), fault.to_string());
            }
        }
        if self.attachments.len() > MAX_FILES {
            let message = format!("give at most {MAX_FILES} files");
            wrong("attachments".into(), "too_many", message);
            return Vec::new();
        }
        let mut files = Vec::with_capacity(self.attachments.len());
        let mut total = 0;
        for (i, one) in self.attachments.iter().enumerate() {
            let field = |part: &str| format!("attachments[{i}].{part}");
            if let Some(why) = mail::refused_media_type(&one.media_type) {
                wrong(field("media_type"), "invalid", why.to_owned());
            }
            for (part, text) in [
                ("name", Some(&one.name)),
                ("content_id", one.content_id.as_ref()),
            ] {
                if let Some(Err(fault)) = text.map(|text| text::one_line(text, MAX_LINE)) {
                    wrong(field(part), fault.code(), fault.to_string());
                }
            }
            if let Ok(content) = data_encoding::BASE64.decode(one.content.as_bytes()) {
                total += content.len();
                files.push(File {
                    name: one.name.clone(),
                    media_type: one.media_type.clone(),
                    content_id: one.content_id.clone(),
                    content,
                });
            } else {
                let message = "this is not base64 (RFC 4648, with padding, without line breaks)";
                wrong(field("content"), "invalid", message.to_owned());
            }
        }
        if total > MAX_FILE_BYTES {
            let message =
                format!("the files have {total} bytes; together they may have {MAX_FILE_BYTES}");
            wrong("attachments".into(), "too_large", message);
        }
        files
    }
}

/// What a message has of its own, beside its content.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Envelope {
    pub(crate) sender_name: String,
    pub(crate) sender_email: String,
    pub(crate) recipient_name: Option<String>,
    pub(crate) reply_to: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    /// Absent once they are forgotten.
    pub(crate) variables: Option<Map<String, Value>>,
    pub(crate) track_opens: bool,
    pub(crate) track_clicks: bool,
    pub(crate) has_attachments: bool,
}

impl Envelope {
    /// Adds the variables to the values of a person.
    pub(crate) fn merge_into(&self, values: &mut content::Values) {
        for (name, value) in self.variables.iter().flatten() {
            values.set_variable(name, value);
        }
    }
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) content_id: Option<String>,
    pub(crate) content: Vec<u8>,
}

impl File {
    pub(crate) fn as_attachment(&self) -> mail::Attachment<'_> {
        mail::Attachment {
            name: &self.name,
            media_type: &self.media_type,
            content_id: self.content_id.as_deref(),
            content: &self.content,
        }
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MessageStatus)]
pub enum Status {
    /// Waits for its turn: a moment.
    Queued,
    /// The relay said "later"; it is tried again.
    Deferred,
    /// Being handed over.
    Sending,
    /// The relay took it.
    Sent,
    /// The relay refused it for good.
    Failed,
    /// Not sent: its recipient may not get mail.
    Skipped,
    /// It came back.
    Bounced,
    /// The recipient reported it as spam.
    Complained,
    /// Perhaps sent, and given up after 72 hours.
    Unknown,
}

impl Status {
    pub(super) fn of(state: State, attempts: i64, bounced: bool, complained: bool) -> Self {
        match state {
            _ if complained => Self::Complained,
            _ if bounced => Self::Bounced,
            State::Queued if attempts > 0 => Self::Deferred,
            State::Queued => Self::Queued,
            State::Leased | State::Wire => Self::Sending,
            State::Sent => Self::Sent,
            State::Failed => Self::Failed,
            State::Skipped | State::Cancelled => Self::Skipped,
            State::Unknown => Self::Unknown,
        }
    }
}

/// A message and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = Message, example = json!({
    "id": "361240977588224000",
    "to": "ada@example.com",
    "subscriber_id": "361240977588224002",
    "sender_email": "shop@example.com",
    "tag": "receipt",
    "status": "sent",
    "detail": "250 2.0.0 Ok: queued as 4YzT",
    "attempts": 1,
    "attachments": 1,
    "opened": true,
    "clicked": false,
    "created_at": "2026-05-04T09:30:00Z",
    "sent_at": "2026-05-04T09:30:00Z",
    "bounced_at": null,
    "complained_at": null,
}))]
pub struct Message {
    pub id: MessageId,
    pub to: String,
    /// Who that is, if they are a subscriber.
    #[schema(required)]
    pub subscriber_id: Option<SubscriberId>,
    pub sender_email: String,
    #[schema(required)]
    pub tag: Option<String>,
    pub status: Status,
    /// The relay's words, or why it was skipped.
    #[schema(required)]
    pub detail: Option<String>,
    /// Tries so far.
    pub attempts: i64,
    /// Files that came with it.
    pub attachments: i64,
    /// Whether a person opened it.
    pub opened: bool,
    /// Whether a person followed a link in it.
    pub clicked: bool,
    pub created_at: Timestamp,
    #[schema(required)]
    pub sent_at: Option<Timestamp>,
    #[schema(required)]
    pub bounced_at: Option<Timestamp>,
    #[schema(required)]
    pub complained_at: Option<Timestamp>,
}

/// What came of asking for a message.
#[derive(Debug)]
pub enum Sent {
    /// It is queued.
    Queued(Message),
    /// It was asked for before, with the same key.
    Before(Message),
    /// The key is that of another message.
    OtherMessage,
}

/// Something that happened to a message.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = MessageEvent, example = json!({
    "id": "361240977588224001",
    "message_id": "361240977588224000",
    "kind": "message.sent",
    "at": "2026-05-04T09:30:00Z",
    "body": {"message_id": "361240977588224000", "transactional": true},
}))]
pub struct StreamedEvent {
    /// Decimal.
    pub id: String,
    pub message_id: MessageId,
    /// `message.queued`, `.sent`, `.deferred`, `.failed`, `.skipped`, `.bounced`, `.complained`, `.opened`, `.clicked`, and
    /// the last two with `_by_machine`.
    pub kind: String,
    pub at: Timestamp,
    /// What else is known of it.
    pub body: Value,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_without_a_template_is_the_one_it_always_was() {
        let new = json!({
            "to": "ada@example.com",
            "content": {"subject": "Hi", "body": {"kind": "text", "text": "Hi"}},
        });
        let new: NewMessage = serde_json::from_value(new).unwrap();
        assert_eq!(
            serde_json::to_string(&new).unwrap(),
            "{\"to\":\"ada@example.com\",\"to_name\":null,\"subscriber_id\":null,\"sender_id\":null,\
             \"sender_email\":null,\"sender_name\":null,\"reply_to\":null,\
             \"content\":{\"subject\":\"Hi\",\"body\":{\"kind\":\"text\",\"text\":\"Hi\"}},\
             \"variables\":{},\"headers\":{},\"attachments\":[],\"tag\":null,\
             \"track_opens\":true,\"track_clicks\":true}"
        );
    }

    #[test]
    fn what_is_wrong_with_a_message_is_said_field_by_field() {
        let new = json!({
            "to": "ada@example.com",
            "content": {"subject": "Hi", "body": {"kind": "text", "text": "Hi"}},
            "attachments": [{"name": "r.txt", "media_type": "text/plain", "content": "aGVsbG8="}],
        });
        let mut wrong: NewMessage = serde_json::from_value(new).unwrap();
        wrong.variables.insert("Bad Name".to_owned(), json!(1));
        wrong
            .variables
            .insert("email".to_owned(), json!("eve@example.com"));
        wrong
            .headers
            .insert("Bcc".to_owned(), "eve@example.com".to_owned());
        wrong
            .headers
            .insert("X-Sendero-Ref".to_owned(), "forged".to_owned());
        wrong.headers.insert("Keywords".to_owned(), "x".to_owned());
        wrong
            .headers
            .insert("X-Fine".to_owned(), "a\r\nBcc: eve@example.com".to_owned());
        wrong.attachments[0].media_type = "message/rfc822".to_owned();
        wrong.attachments[0].content = "not base64!".to_owned();
        wrong.tag = Some("x".repeat(61));
        let mut errors = Vec::new();
        wrong.check(&mut errors);
        let mut said: Vec<String> = errors
            .iter()
            .map(|error| format!("{}:{}", error.field, error.code))
            .collect();
        said.sort();
        assert_eq!(
            said,
            [
                "attachments[0].content:invalid",
                "attachments[0].media_type:invalid",
                "headers.Bcc:invalid",
                "headers.Keywords:not_allowed",
                "headers.X-Fine:control_character",
                "headers.X-Sendero-Ref:not_allowed",
                "tag:too_long",
                "variables.Bad Name:invalid",
                "variables.email:invalid",
            ]
        );
    }
}
