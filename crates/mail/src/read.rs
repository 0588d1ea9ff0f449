//! Messages taken apart, for the sandbox inbox.

use mail_parser::{Address, MessageParser};
use serde::Serialize;

/// What a person wants to see of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReadMessage {
    /// The decoded subject.
    pub subject: String,
    /// Names and addresses, as `Ada <ada@example.com>`.
    pub from: Vec<String>,
    /// Names and addresses, as `Ada <ada@example.com>`.
    pub to: Vec<String>,
    /// Every header in order, unfolded and otherwise as it was sent.
    pub headers: Vec<(String, String)>,
    /// The first plain text part; empty if there is none.
    pub text: String,
    /// The first HTML part, if there is one.
    pub html: Option<String>,
}

/// Takes a message apart. What cannot be read is left empty.
pub fn read(raw: &[u8]) -> ReadMessage {
    let Some(message) = MessageParser::default().parse(raw) else {
        return ReadMessage::default();
    };
    let text = message
        .text_body
        .iter()
        .filter_map(|part| message.part(*part))
        .find(|part| !part.is_text_html())
        .and_then(|part| part.text_contents());
    let html = message
        .html_body
        .iter()
        .filter_map(|part| message.part(*part))
        .find(|part| part.is_text_html())
        .and_then(|part| part.text_contents());
    ReadMessage {
        subject: message.subject().unwrap_or_default().to_owned(),
        from: addresses(message.from()),
        to: addresses(message.to()),
        headers: message
            .headers_raw()
            .map(|(name, value)| (name.to_owned(), unfolded(value)))
            .collect(),
        text: text.unwrap_or_default().to_owned(),
        html: html.map(str::to_owned),
    }
}

fn addresses(address: Option<&Address<'_>>) -> Vec<String> {
    address
        .iter()
        .flat_map(|address| address.iter())
        .map(|one| {
            let address = one.address().unwrap_or_default();
            match one.name() {
                Some(name) if !name.is_empty() => format!("{name} <{address}>"),
                _ => address.to_owned(),
            }
        })
        .collect()
}

fn unfolded(value: &str) -> String {
    value.trim().replace("\r\n", "").replace(['\r', '\n'], "")
}
