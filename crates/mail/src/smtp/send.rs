//! A batch of messages over one connection.

use std::io::Write as _;
use std::time::Duration;

use super::connection::Connection;
use super::data::write_data;
use super::error::Broken;
use super::handshake::Capabilities;
use super::outcome::{Outcome, Outgoing, Stage};
use super::reply::{Enhanced, Reply};
use super::wire::Answer;

/// How long to look for a last word of a relay that has stopped taking a message.
const LAST_WORD: Duration = Duration::from_secs(2);

impl Connection {
    /// Hands over the messages, and reports of each what became of it, by its place in the batch, as soon as that is
    /// known. Reports each exactly once, mostly in order.
    pub async fn send(&mut self, batch: &[Outgoing<'_>], mut report: impl FnMut(usize, Outcome)) {
        let mut sendable = Vec::with_capacity(batch.len());
        for (index, message) in batch.iter().enumerate() {
            match impossible(message, &self.capabilities) {
                Some(outcome) => report(index, outcome),
                None => sendable.push(index),
            }
        }
        if self.busy {
            self.end("a batch before was abandoned");
        }
        self.busy = true;
        let mut ahead = false;
        for (place, &index) in sendable.iter().enumerate() {
            if let Some(why) = &self.ended {
                let text = why.clone();
                report(index, Outcome::NotSent { text });
                continue;
            }
            let next = sendable.get(place + 1).map(|next| &batch[*next]);
            let outcome = self.one(&batch[index], next, &mut ahead).await;
            let answered = match &outcome {
                Outcome::Sent { .. } => true,
                Outcome::Deferred { code, .. } | Outcome::Failed { code, .. } => *code > 0,
                Outcome::Unknown { .. } | Outcome::NotSent { .. } => false,
            };
            self.completed += u64::from(answered);
            report(index, outcome);
        }
        self.busy = false;
    }

    /// Sends one message. Where pipelining is offered, the envelope of the next goes along behind the final dot; `ahead`
    /// says whether that has happened.
    async fn one(
        &mut self,
        message: &Outgoing<'_>,
        next: Option<&Outgoing<'_>>,
        ahead: &mut bool,
    ) -> Outcome {
        let pipelining = self.capabilities.pipelining;
        let ready = if pipelining {
            self.envelope(message, std::mem::take(ahead)).await
        } else {
            self.envelope_step_by_step(message).await
        };
        if let Err(outcome) = ready {
            return outcome;
        }
        // Nothing can be due now. If there is more, then replies and commands are out of step, and what would be taken
        // for the reply to the message might be anything.
        if self.wire.has_unread() {
            return self.broken(Stage::Data, "the relay answered more than it was asked");
        }

        write_data(&mut self.wire.out, message.data);
        let dot = self.wire.out.len();
        if pipelining && let Some(next) = next {
            self.write_envelope(next);
            *ahead = true;
        }
        let flushed = self.wire.flush(self.timeouts.write).await;
        if let Err((written, broken)) = &flushed
            && *written < dot
        {
            return self.last_word(broken).await;
        }
        let answer = self.wire.reply(self.timeouts.dot).await;
        // The final dot got through, but not the envelope behind it.
        if let Err((_, broken)) = &flushed {
            self.end(broken);
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(broken) => {
                self.end(&broken);
                return Outcome::Unknown {
                    text: broken.to_string(),
                };
            }
        };
        let reply = self.wire.decode(&answer);
        if answer.code == 421 {
            self.end(&reply);
        }
        match answer.class() {
            2 => Outcome::Sent { reply },
            4 | 5 => Outcome::refused(Stage::Dot, reply),
            _ => {
                let text = format!("the relay answered \"{reply}\" to a message");
                self.end(&text);
                Outcome::Unknown { text }
            }
        }
    }

    /// MAIL, RCPT and DATA in one go, unless they were sent ahead. `Ok` if the relay waits for the message.
    async fn envelope(&mut self, message: &Outgoing<'_>, sent_ahead: bool) -> Result<(), Outcome> {
        let reset = self.reset_due;
        if !sent_ahead {
            self.write_envelope(message);
            if let Err((_, broken)) = self.wire.flush(self.timeouts.command).await {
                // The relay may have said why before it hung up.
                return Err(match self.wire.reply(LAST_WORD).await {
                    Ok(answer) if answer.class() >= 4 => self.at_mail(&answer),
                    _ => self.untouched(&broken),
                });
            }
            if reset {
                match self.wire.reply(self.timeouts.command).await {
                    Err(broken) => return Err(self.untouched(&broken)),
                    Ok(answer) if answer.class() == 2 => {}
                    Ok(answer) => {
                        let reply = self.wire.decode(&answer);
                        return Err(self.untouched(&reply));
                    }
                }
            }
        }
        let mail = match self.wire.reply(self.timeouts.command).await {
            Err(broken) => return Err(self.untouched(&broken)),
            Ok(answer) if answer.class() == 2 => None,
            Ok(answer) => {
                let outcome = self.at_mail(&answer);
                if self.ended.is_some() {
                    return Err(outcome);
                }
                Some(outcome)
            }
        };
        let mail_taken = mail.is_none();
        let (rcpt_taken, rcpt) = self.follow(Stage::Rcpt, mail).await?;
        let data = match self.wire.reply(self.timeouts.command).await {
            Err(broken) => {
                // If the envelope was refused before, then that refusal counts.
                self.end(&broken);
                return Err(rcpt.unwrap_or_else(|| Outcome::broken(Stage::Data, broken)));
            }
            Ok(answer) => answer,
        };
        match (data.class(), rcpt) {
            (3, None) => Ok(()),
            // RFC 2920, section 3.1: DATA may be accepted although no recipient was. Then an empty message is due,
            // which goes to nobody. Had a recipient been accepted it would go to somebody.
            (3, Some(outcome)) => {
                if rcpt_taken {
                    self.end("the relay accepted DATA without a sender");
                } else {
                    self.wire.out.extend_from_slice(b".\r\n");
                    let flushed = self.wire.flush(self.timeouts.command).await;
                    let reply = match flushed {
                        Ok(()) => self.wire.reply(self.timeouts.command).await,
                        Err((_, broken)) => Err(broken),
                    };
                    match reply {
                        Ok(answer) if answer.code == 421 => {
                            let reply = self.wire.decode(&answer);
                            self.end(&reply);
                        }
                        Ok(_) => {}
                        Err(broken) => self.end(&broken),
                    }
                }
                Err(outcome)
            }
            (4 | 5, earlier) => {
                self.reset_due = mail_taken;
                let outcome = self.refused(Stage::Data, &data);
                Err(earlier.unwrap_or(outcome))
            }
            (_, earlier) => {
                let reply = self.wire.decode(&data);
                let outcome = self.broken(Stage::Data, &format!("unexpected answer \"{reply}\""));
                Err(earlier.unwrap_or(outcome))
            }
        }
    }

    /// The next reply of an envelope that may have been refused already. Says whether it is positive, and what counts so far.
    async fn follow(
        &mut self,
        stage: Stage,
        earlier: Option<Outcome>,
    ) -> Result<(bool, Option<Outcome>), Outcome> {
        match self.wire.reply(self.timeouts.command).await {
            Err(broken) => {
                self.end(&broken);
                Err(earlier.unwrap_or_else(|| Outcome::broken(stage, broken)))
            }
            Ok(answer) if answer.class() == 2 => Ok((true, earlier)),
            Ok(answer) => {
                let outcome = self.refused(stage, &answer);
                let outcome = earlier.unwrap_or(outcome);
                if self.ended.is_some() {
                    Err(outcome)
                } else {
                    Ok((false, Some(outcome)))
                }
            }
        }
    }

    /// MAIL, RCPT and DATA one after the other, for relays without pipelining.
    async fn envelope_step_by_step(&mut self, message: &Outgoing<'_>) -> Result<(), Outcome> {
        let limit = self.timeouts.command;
        if std::mem::take(&mut self.reset_due) {
            match self.wire.ask("RSET", limit).await {
                Err(broken) => return Err(self.untouched(&broken)),
                Ok(answer) if answer.class() == 2 => {}
                Ok(answer) => {
                    let reply = self.wire.decode(&answer);
                    return Err(self.untouched(&reply));
                }
            }
        }
        let mail = mail_command(message, &self.capabilities);
        match self.wire.ask(&mail, limit).await {
            Err(broken) => return Err(self.untouched(&broken)),
            Ok(answer) if answer.class() == 2 => {}
            Ok(answer) => return Err(self.at_mail(&answer)),
        }
        for (stage, command, wanted) in [
            (Stage::Rcpt, &*format!("RCPT TO:<{}>", message.rcpt_to), 2),
            (Stage::Data, "DATA", 3),
        ] {
            match self.wire.ask(command, limit).await {
                Err(broken) => return Err(self.broken(stage, &broken)),
                Ok(answer) if answer.class() == wanted => {}
                Ok(answer) => {
                    self.reset_due = true;
                    return Err(self.refused(stage, &answer));
                }
            }
        }
        Ok(())
    }

    fn write_envelope(&mut self, message: &Outgoing<'_>) {
        let out = &mut self.wire.out;
        if std::mem::take(&mut self.reset_due) {
            out.extend_from_slice(b"RSET\r\n");
        }
        write_mail(out, message, &self.capabilities);
        out.extend_from_slice(b"\r\nRCPT TO:<");
        out.extend_from_slice(message.rcpt_to.as_bytes());
        out.extend_from_slice(b">\r\nDATA\r\n");
    }

    /// Writing a message failed before its final dot. A relay that stops reading has often said why.
    async fn last_word(&mut self, broken: &Broken) -> Outcome {
        match self.wire.reply(LAST_WORD).await {
            Ok(answer) if matches!(answer.class(), 4 | 5) => {
                let outcome = self.refused(Stage::Body, &answer);
                self.end(broken);
                outcome
            }
            _ => self.broken(Stage::Body, broken),
        }
    }

    /// A refusal, or nonsense, in place of the positive reply to MAIL.
    fn at_mail(&mut self, answer: &Answer) -> Outcome {
        let reply = self.wire.decode(answer);
        match answer.class() {
            // "Closing the channel" is not about this message. Many relays say so after a number of messages.
            4 if answer.code == 421 => {
                self.end(&reply);
                if self.completed > 0 {
                    Outcome::NotSent {
                        text: reply.to_string(),
                    }
                } else {
                    Outcome::refused(Stage::Mail, reply)
                }
            }
            4 | 5 => Outcome::refused(Stage::Mail, reply),
            _ => self.broken(Stage::Mail, &format!("unexpected answer \"{reply}\"")),
        }
    }

    /// The connection ended before this message was touched. If that happens to the first message of a connection, then
    /// it counts as an attempt: otherwise one could go on for ever with a relay that always does so.
    fn untouched(&mut self, why: &impl ToString) -> Outcome {
        let text = why.to_string();
        self.end(why);
        if self.completed > 0 {
            Outcome::NotSent { text }
        } else {
            Outcome::broken(Stage::Mail, text)
        }
    }

    /// A refusal, which 421 makes the end of the connection.
    fn refused(&mut self, stage: Stage, answer: &Answer) -> Outcome {
        let reply = self.wire.decode(answer);
        if answer.code == 421 {
            self.end(&reply);
        }
        if matches!(answer.class(), 4 | 5) {
            Outcome::refused(stage, reply)
        } else {
            self.broken(stage, &format!("unexpected answer \"{reply}\""))
        }
    }

    fn broken(&mut self, stage: Stage, why: &(impl ToString + ?Sized)) -> Outcome {
        self.end(why);
        Outcome::broken(stage, why.to_string())
    }

    fn end(&mut self, why: &(impl ToString + ?Sized)) {
        if self.ended.is_none() {
            self.ended = Some(why.to_string());
        }
    }
}

/// Whether a message cannot go to this relay at all.
fn impossible(message: &Outgoing<'_>, capabilities: &Capabilities) -> Option<Outcome> {
    let failed = |code, subject, detail, text: &str| {
        let reply = Reply {
            code,
            enhanced: Some(Enhanced {
                class: 5,
                subject,
                detail,
            }),
            text: text.to_owned(),
        };
        Some(Outcome::refused(Stage::Offer, reply))
    };
    if !is_path(message.mail_from) && !message.mail_from.is_empty() {
        return failed(
            553,
            1,
            7,
            "the sender is not an address that SMTP can carry",
        );
    }
    if !is_path(message.rcpt_to) {
        return failed(
            553,
            1,
            3,
            "the recipient is not an address that SMTP can carry",
        );
    }
    if needs_utf8(message) && !capabilities.smtp_utf8 {
        let text = "the relay cannot carry addresses with characters outside ASCII (SMTPUTF8)";
        return failed(553, 6, 7, text);
    }
    if let Some(limit) = capabilities.size_limit
        && message.data.len() as u64 > limit
    {
        let text = format!("the message is larger than the {limit} bytes the relay takes");
        return failed(552, 3, 4, &text);
    }
    None
}

/// Whether an address can stand between the angle brackets of a command. This is the last line of defense, not the
/// check for people: that is [`kernel::EmailAddress`].
fn is_path(address: &str) -> bool {
    address.len() <= 320
        && address.contains('@')
        && !address
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '\\'))
}

fn needs_utf8(message: &Outgoing<'_>) -> bool {
    !message.mail_from.is_ascii() || !message.rcpt_to.is_ascii()
}

fn write_mail(out: &mut Vec<u8>, message: &Outgoing<'_>, capabilities: &Capabilities) {
    out.extend_from_slice(b"MAIL FROM:<");
    out.extend_from_slice(message.mail_from.as_bytes());
    out.push(b'>');
    if capabilities.size {
        let _ = write!(out, " SIZE={}", message.data.len());
    }
    if capabilities.eight_bit_mime && !message.data.is_ascii() {
        out.extend_from_slice(b" BODY=8BITMIME");
    }
    if capabilities.smtp_utf8 && needs_utf8(message) {
        out.extend_from_slice(b" SMTPUTF8");
    }
}

fn mail_command(message: &Outgoing<'_>, capabilities: &Capabilities) -> String {
    let mut out = Vec::with_capacity(128);
    write_mail(&mut out, message, capabilities);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_address_can_leave_its_command(address in "[a@<> \\r\\n\"\\\\.\u{85}\u{2028}\0]{0,12}") {
            if is_path(&address) {
                let breaks = ['<', '>', ' ', '\r', '\n', '\0', '\u{85}', '\u{2028}'];
                prop_assert!(!address.contains(breaks), "{address:?}");
            }
        }
    }
}
