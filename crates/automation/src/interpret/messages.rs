//! Whether a message may be written now: consent, quiet hours, caps.

use kernel::Timestamp;

use super::advance::{Flow, Held, Walk};
use super::{Effect, Outgoing};
use crate::definition::{Body, Held as WhenHeld, Step};
use crate::kinds::Kinds;
use crate::time::{Timer, cap_period, first_outside};

impl Step {
    /// Whether it writes to the contact.
    pub(super) fn body_is_message(&self, kinds: &Kinds) -> bool {
        match &self.body {
            Body::SendEmail(_) => true,
            Body::Other(other) => kinds
                .action(&other.kind)
                .is_some_and(|action| action.is_message),
            _ => false,
        }
    }
}

/// What becomes of a message.
enum Verdict {
    Send,
    Skip(&'static str),
    Wait(Timestamp),
}

impl<'a> Walk<'a, '_> {
    /// Writes the message to the outbox, waits until it may be sent, or leaves it out. Asked again when the wait is
    /// over: the server may have been away until the next night.
    pub(super) fn message(&mut self, step: &'a Step, transactional: bool) -> Flow<'a> {
        match self.verdict(transactional) {
            Verdict::Send => self.send(step, true, step.on_failure.is_some()),
            Verdict::Skip(why) => Flow::Skip(why.to_owned()),
            Verdict::Wait(until) => Flow::Hold(Held {
                timer: Some(Timer::at(until)),
                ..Held::default()
            }),
        }
    }

    fn verdict(&self, transactional: bool) -> Verdict {
        match self.contact.status() {
            "active" => {}
            "unconfirmed" | "unsubscribed" if transactional => {}
            _ => return Verdict::Skip("the contact may not be written to"),
        }
        if transactional {
            return Verdict::Send;
        }
        let settings = &self.program.document.settings;
        let (now, zones) = (self.now(), self.world.conditions.zones(&*self.contact));
        let mut earliest = now;
        if let Some(quiet) = &settings.quiet_hours {
            match first_outside(&quiet.during, now, zones) {
                Some(end) if end <= now => {}
                Some(end) if quiet.then == WhenHeld::Hold => earliest = earliest.max(end),
                _ => return Verdict::Skip("quiet hours"),
            }
        }
        for cap in &settings.caps {
            let (start, end) = cap_period(cap.per, now, zones.contact.unwrap_or(zones.account));
            if self.contact.messages_since(start) < cap.messages {
                continue;
            }
            match cap.then {
                WhenHeld::Skip => return Verdict::Skip("the contact got as many as are allowed"),
                WhenHeld::Hold => earliest = earliest.max(end),
            }
        }
        if earliest > now {
            Verdict::Wait(earliest)
        } else {
            Verdict::Send
        }
    }

    /// Writes to the outbox.
    pub(super) fn send(&mut self, step: &'a Step, is_message: bool, awaited: bool) -> Flow<'a> {
        let effect = Effect::Outbox {
            seq: self.run.seq,
            step: step.id.clone(),
            outgoing: Outgoing {
                kind: step.body.kind().to_owned(),
                is_message,
                transactional: matches!(&step.body, Body::SendEmail(email) if email.transactional),
                awaited,
            },
        };
        let flow = self.apply(step, effect);
        match flow {
            Flow::Go(..) if awaited => Flow::Hold(Held {
                outbox: true,
                ..Held::default()
            }),
            flow => flow,
        }
    }

    /// Does it here and asks the store to do it.
    pub(super) fn apply(&mut self, step: &'a Step, effect: Effect) -> Flow<'a> {
        let now = self.now();
        match self.contact.apply(&effect, now) {
            Ok(()) => {
                self.effects.push(effect);
                match &step.next {
                    Some(next) => Flow::Go(next, "next".to_owned()),
                    None => Flow::End,
                }
            }
            Err(why) => Flow::Fail(why),
        }
    }
}
