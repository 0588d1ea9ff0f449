//! Reports about messages that were sent: what came back (RFC 3464), and what people complained about (RFC 5965).
//!
//! Everything in a report was written by somebody else. It says what it says; whether it is about a message of ours is for
//! the caller to find out.

use mail_parser::{Message, MessageParser, MimeHeaders as _, PartType};

use crate::smtp::Enhanced;

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// What became of a message on its way.
    Delivery {
        /// Recipient by recipient.
        recipients: Vec<Delivery>,
        /// The message.
        about: About,
    },
    /// What a recipient thinks of a message.
    Feedback {
        /// `abuse`, `fraud`, `virus`, `not-spam`, ... in small letters.
        kind: String,
        /// Whose mailbox it was in, where the report says so. Many leave it out.
        recipients: Vec<String>,
        /// The message.
        about: About,
    },
}

/// What became of a message to one recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The address that it went to in the end.
    pub recipient: String,
    /// The address that it was sent to, if that is another one.
    pub original_recipient: Option<String>,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`, in small letters.
    pub action: String,
    /// The code of RFC 3463.
    pub status: Option<Enhanced>,
    /// The words of the server that refused it.
    pub diagnostic: Option<String>,
}

/// How a report names its message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// The value of the header that the caller asked for.
    pub reference: Option<String>,
}

/// Most recipients of one report, and longest diagnostic: a report is about one message of ours, which has one.
const MAX_RECIPIENTS: usize = 50;
const MAX_TEXT: usize = 500;

/// Reads a report. `reference` is the header of the message that is reported whose value is wanted. `None` if it is none.
pub fn read_report(raw: &[u8], reference: &str) -> Option<Report> {
    let message = MessageParser::default().parse(raw)?;
    let mut status = None;
    let mut feedback = None;
    let mut about = About::default();
    for part in &message.parts {
        let Some(kind) = part.content_type() else {
            continue;
        };
        let kinds = (
            kind.ctype().to_ascii_lowercase(),
            kind.subtype().unwrap_or_default().to_ascii_lowercase(),
        );
        match (&*kinds.0, &*kinds.1) {
            ("message", "delivery-status" | "global-delivery-status") => {
                status = Some(text_of(part.contents()));
            }
            ("message", "feedback-report") => feedback = Some(text_of(part.contents())),
            ("text" | "message", "rfc822-headers" | "global-headers") => {
                let headers = [part.contents(), b"\r\n\r\n"].concat();
                if let Some(headers) = MessageParser::default().parse(&headers) {
                    about.take(&headers, reference);
                }
            }
            _ => {
                if let PartType::Message(original) = &part.body {
                    about.take(original, reference);
                }
            }
        }
    }
    if let Some(text) = feedback {
        let fields = groups(&text).into_iter().next().unwrap_or_default();
        let recipients = fields
            .iter()
            .filter(|(name, _)| name == "original-rcpt-to")
            .map(|(_, value)| address(value))
            .take(MAX_RECIPIENTS)
            .collect();
        let kind = field(&fields, "feedback-type")?.to_ascii_lowercase();
        return Some(Report::Feedback {
            kind,
            recipients,
            about,
        });
    }
    let text = status?;
    let recipients: Vec<Delivery> = groups(&text)
        .iter()
        .filter_map(delivery)
        .take(MAX_RECIPIENTS)
        .collect();
    (!recipients.is_empty()).then_some(Report::Delivery { recipients, about })
}

impl About {
    fn take(&mut self, message: &Message<'_>, reference: &str) {
        if let Some(id) = message.message_id() {
            self.message_id = Some(id.to_owned());
        }
        let value = message
            .headers_raw()
            .find(|(name, _)| name.eq_ignore_ascii_case(reference));
        if let Some((_, value)) = value {
            self.reference = Some(value.trim().to_owned());
        }
    }
}

type Fields = Vec<(String, String)>;

/// Groups of fields, which empty lines part; names in small letters, values unfolded.
fn groups(text: &str) -> Vec<Fields> {
    let mut groups = vec![Fields::new()];
    for line in text.lines() {
        let group = groups.last_mut().expect("there is always one");
        if line.trim().is_empty() {
            if !group.is_empty() {
                groups.push(Fields::new());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups
}

fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

fn delivery(fields: &Fields) -> Option<Delivery> {
    let recipient = address(field(fields, "final-recipient")?);
    let original = field(fields, "original-recipient").map(address);
    Some(Delivery {
        original_recipient: original.filter(|original| *original != recipient),
        recipient,
        action: field(fields, "action")?
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase(),
        status: field(fields, "status").and_then(enhanced),
        diagnostic: field(fields, "diagnostic-code").map(|text| {
            let words = text.split_once(';').map_or(text, |(_, words)| words).trim();
            words
                .chars()
                .filter(|c| !kernel::text::breaks_line(*c))
                .take(MAX_TEXT)
                .collect()
        }),
    })
}

/// What is behind `rfc822;`, without angle brackets.
fn address(value: &str) -> String {
    let value = value.split_once(';').map_or(value, |(_, rest)| rest).trim();
    value
        .trim_start_matches('<')
        .trim_end_matches('>')
        .to_owned()
}

fn enhanced(value: &str) -> Option<Enhanced> {
    let mut parts = value.split_whitespace().next()?.splitn(3, '.');
    let class: u8 = parts.next()?.parse().ok()?;
    let subject = parts.next()?.parse().ok()?;
    let detail = parts.next()?.parse().ok()?;
    matches!(class, 2 | 4 | 5).then_some(Enhanced {
        class,
        subject,
        detail,
    })
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POSTFIX: &str = include_str!("report/postfix.eml");
    const EXCHANGE: &str = include_str!("report/exchange.eml");
    const DELAYED: &str = include_str!("report/delayed.eml");
    const ABUSE: &str = include_str!("report/abuse.eml");

    fn read(text: &str) -> Option<Report> {
        read_report(text.replace('\n', "\r\n").as_bytes(), "X-Sendero-Ref")
    }

    fn code(class: u8, subject: u16, detail: u16) -> Option<Enhanced> {
        Some(Enhanced {
            class,
            subject,
            detail,
        })
    }

    #[test]
    fn reports_of_different_servers_are_read() {
        let Some(Report::Delivery { recipients, about }) = read(POSTFIX) else {
            panic!("not read");
        };
        assert_eq!(about.message_id.as_deref(), Some("123.456@example.com"));
        assert_eq!(about.reference.as_deref(), Some("AQAAAAAAAAB7"));
        assert_eq!(
            recipients,
            [Delivery {
                recipient: "nobody@example.org".to_owned(),
                original_recipient: None,
                action: "failed".to_owned(),
                status: code(5, 1, 1),
                diagnostic: Some(
                    "550 5.1.1 <nobody@example.org>: Recipient address rejected: User unknown in local recipient table"
                        .to_owned()
                ),
            }]
        );
        let Some(Report::Delivery { recipients, about }) = read(EXCHANGE) else {
            panic!("not read");
        };
        assert_eq!(recipients[0].status, code(5, 2, 2));
        assert_eq!(
            recipients[0].original_recipient.as_deref(),
            Some("alias@example.org")
        );
        assert_eq!(about.message_id.as_deref(), Some("124.456@example.com"));
        let Some(Report::Delivery { recipients, .. }) = read(DELAYED) else {
            panic!("not read");
        };
        assert_eq!(recipients[0].action, "delayed");
        assert_eq!(recipients[0].status, code(4, 4, 1));
    }

    #[test]
    fn complaints_are_read() {
        let Some(Report::Feedback {
            kind,
            recipients,
            about,
        }) = read(ABUSE)
        else {
            panic!("not read");
        };
        assert_eq!(kind, "abuse");
        assert_eq!(recipients, ["ada@example.org"]);
        assert_eq!(about.reference.as_deref(), Some("AQAAAAAAAAB9"));
        let other = read(&ABUSE.replace("Feedback-Type: abuse", "Feedback-Type: not-spam"));
        assert!(matches!(other, Some(Report::Feedback { kind, .. }) if kind == "not-spam"));
    }

    #[test]
    fn what_is_no_report_is_none() {
        for text in [
            "",
            "Subject: Hello\n\nHello\n",
            "Content-Type: message/delivery-status\n\nStatus: 5.1.1\n",
            &POSTFIX.replace("Final-Recipient", "Final"),
            &ABUSE.replace("Feedback-Type", "Type"),
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(at in 0_usize..2000, byte: u8, cut in 0_usize..2000) {
            for sample in [POSTFIX, EXCHANGE, ABUSE] {
                let mut raw = sample.replace('\n', "\r\n").into_bytes();
                let (at, cut) = (at % raw.len(), cut % raw.len());
                raw[at] = byte;
                let _ = read_report(&raw, "X-Sendero-Ref");
                let _ = read_report(&raw[..cut], "X-Sendero-Ref");
            }
        }
    }
}
