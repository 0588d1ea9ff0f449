//! What is handed over, and what becomes of it.

use serde::Serialize;

use super::reply::{Enhanced, Reply};

/// One message for one recipient.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The address bounces go to; empty for none.
    pub mail_from: &'a str,
    /// The recipient.
    pub rcpt_to: &'a str,
    /// As [`crate::Message::to_mime`] writes it, without dot-stuffing.
    pub data: &'a [u8],
}

/// Where a relay refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Before anything was sent: the relay cannot take such a message.
    Offer,
    /// At MAIL: it is about the sender or the connection, not about the recipient.
    Mail,
    /// At RCPT: it is about the recipient.
    Rcpt,
    /// At DATA.
    Data,
    /// In the middle of the message.
    Body,
    /// After the final dot: it is about the message, or about the recipient.
    Dot,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The relay has taken it.
    Sent {
        /// Its words, often with the number it gave the message.
        reply: Reply,
    },
    /// It was tried and not taken. Trying again later is safe and may help; this counts as an attempt.
    Deferred {
        /// Where.
        stage: Stage,
        /// 4xx; or 0 if the connection failed instead of an answer.
        code: u16,
        /// The code of RFC 3463, if there was one.
        enhanced: Option<Enhanced>,
        /// For people.
        text: String,
    },
    /// It was refused for good.
    Failed {
        /// Where.
        stage: Stage,
        /// 5xx.
        code: u16,
        /// The code of RFC 3463, if there was one.
        enhanced: Option<Enhanced>,
        /// For people.
        text: String,
    },
    /// It was handed over entirely, but no answer came: the relay may or may not have taken it.
    Unknown {
        /// For people: why there is no answer.
        text: String,
    },
    /// Nothing of it was handed over, through no fault of its own. It is safe to try it at once on another connection,
    /// and this need not count as an attempt: a connection that brings no message to any other outcome never ends in
    /// this one for all of its messages.
    NotSent {
        /// For people: why not.
        text: String,
    },
}

impl Outcome {
    /// A refusal. The caller has made sure that the code is 4xx or 5xx.
    pub(super) fn refused(stage: Stage, reply: Reply) -> Self {
        let Reply {
            code,
            enhanced,
            text,
        } = reply;
        if code < 500 {
            Self::Deferred {
                stage,
                code,
                enhanced,
                text,
            }
        } else {
            Self::Failed {
                stage,
                code,
                enhanced,
                text,
            }
        }
    }

    pub(super) fn broken(stage: Stage, why: impl ToString) -> Self {
        Self::Deferred {
            stage,
            code: 0,
            enhanced: None,
            text: why.to_string(),
        }
    }
}
