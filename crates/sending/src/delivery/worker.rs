//! One connection of a transport.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kernel::Timestamp;
use kernel::text::breaks_line;
use mail::smtp::{Connection, Enhanced, Outcome, Outgoing, Reply, SmtpConfig, Stage};

use super::plan::Mail;
use super::pool::{Ready, Shared};
use crate::bounces::BounceClass;
use crate::messages::{Bounce, Claimed, Finish, Finished, Kind, MessageId, backoff, deferral_ends};
use crate::transactional;

/// How long an idle connection is kept.
const KEEP_IDLE: Duration = Duration::from_secs(20);

/// Takes messages until the queue closes or the process stops.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut worker = Worker {
        shared,
        connection: None,
        reported: Vec::new(),
    };
    loop {
        let batch = worker.next_batch().await;
        if batch.is_empty() {
            break;
        }
        worker.shared.space.notify_one();
        worker.handle(batch).await;
    }
    worker.flush().await;
    worker.hang_up().await;
}

struct Worker {
    shared: Arc<Shared>,
    connection: Option<Connection>,
    /// How the last messages ended: written together with the next marks, or before any waiting.
    reported: Vec<Finished>,
}

impl Worker {
    /// A few messages; none when it is time to end.
    async fn next_batch(&mut self) -> Vec<Ready> {
        let shared = self.shared.clone();
        if shared.ctx.shutdown.is_cancelled() {
            return Vec::new();
        }
        let chunk = shared.pace.chunk(shared.chunk);
        let mut batch = Vec::with_capacity(chunk);
        if !self.reported.is_empty() {
            // Results do not wait for a next message to come along.
            if let Ok(mut receiver) = shared.receiver.try_lock() {
                while batch.len() < chunk
                    && let Ok(ready) = receiver.try_recv()
                {
                    batch.push(ready);
                }
                shared.in_hand.fetch_add(batch.len(), Ordering::SeqCst);
            }
            if !batch.is_empty() {
                return batch;
            }
            self.flush().await;
        }
        loop {
            let idle = tokio::time::sleep(KEEP_IDLE);
            let take = async {
                let mut receiver = shared.receiver.lock().await;
                let taken = receiver.recv_many(&mut batch, chunk).await;
                shared.in_hand.fetch_add(taken, Ordering::SeqCst);
                taken
            };
            tokio::select! {
                _ = take => return batch,
                () = shared.ctx.shutdown.cancelled() => return Vec::new(),
                () = idle, if self.connection.is_some() => self.hang_up().await,
            }
        }
    }

    async fn handle(&mut self, batch: Vec<Ready>) {
        let wait = self.shared.pace.book(batch.len()).await;
        if !wait.is_zero() {
            self.flush().await;
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.shared.ctx.shutdown.cancelled() => {}
            }
        }
        let shared = self.shared.clone();
        match &shared.smtp {
            None => self.keep_in_sandbox(batch).await,
            Some(smtp) => {
                if self.connect(smtp, &batch).await {
                    self.hand_over(batch).await;
                }
            }
        }
    }

    /// Makes sure of a connection. Without one, the messages go back to the queue until the relay is tried again.
    async fn connect(&mut self, smtp: &SmtpConfig, batch: &[Ready]) -> bool {
        if self.connection.as_ref().is_some_and(Connection::is_open) {
            return true;
        }
        self.flush().await;
        match Connection::open(smtp).await {
            Ok(connection) => {
                self.shared.reached();
                self.connection = Some(connection);
                true
            }
            Err(error) => {
                let pause = self.shared.pause_after_failure();
                let text = error.to_string();
                tracing::warn!(
                    error = text,
                    pause_s = pause.as_secs(),
                    "no connection to the relay"
                );
                let not_before = self.shared.ctx.clock.now() + pause;
                self.reported.extend(
                    batch
                        .iter()
                        .map(|ready| returned(&ready.message, not_before, Some(text.clone()))),
                );
                self.flush().await;
                // Give the relay a rest also when the queue is full of messages that may go at once.
                tokio::select! {
                    () = tokio::time::sleep(pause.min(Duration::from_secs(5))) => {}
                    () = self.shared.ctx.shutdown.cancelled() => {}
                }
                false
            }
        }
    }

    async fn hand_over(&mut self, batch: Vec<Ready>) {
        let ctx = self.shared.ctx.clone();
        // What a limit counted too long ago goes through it again.
        let moment = tokio::time::Instant::now();
        let (batch, late): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .partition(|ready| ready.fresh_until.is_none_or(|until| moment < until));
        self.reported.extend(
            late.iter()
                .map(|ready| returned(&ready.message, ctx.clock.now(), None)),
        );
        let mails = self.render(batch).await;
        let ids: Vec<MessageId> = mails.iter().map(|(m, _)| m.held.id).collect();
        let granted = self.round(ids).await;
        let now = ctx.clock.now();
        let (go, stay): (Vec<_>, Vec<_>) = mails
            .into_iter()
            .partition(|(message, _)| granted.contains(&message.held.id));
        // Paused, cancelled or unsubscribed in the last moment: the next claim finds out which.
        self.reported
            .extend(stay.iter().map(|(message, _)| returned(message, now, None)));
        let Some(connection) = self.connection.as_mut().filter(|_| !go.is_empty()) else {
            return;
        };
        let outgoing: Vec<Outgoing<'_>> = go
            .iter()
            .map(|(_, mail)| Outgoing {
                mail_from: &mail.from,
                rcpt_to: &mail.to,
                data: &mail.source,
            })
            .collect();
        let reported = &mut self.reported;
        let strain = &self.shared.strain;
        connection
            .send(&outgoing, |index, outcome| {
                let (message, mail) = &go[index];
                strain.note(message.held.account, &mail.to, &outcome);
                reported.push(Finished {
                    held: message.held,
                    finish: finish(outcome, message, ctx.clock.now()),
                });
            })
            .await;
        if !connection.is_open() {
            self.connection = None;
        }
    }

    async fn keep_in_sandbox(&mut self, batch: Vec<Ready>) {
        let mails = self.render(batch).await;
        self.reported
            .extend(mails.into_iter().map(|(message, mail)| Finished {
                held: message.held,
                finish: Finish::Sandboxed {
                    recipient: mail.to,
                    subject: mail.subject,
                    source: mail.source,
                },
            }));
        self.flush().await;
    }

    /// What can be rendered, signed; the rest has failed.
    async fn render(&mut self, batch: Vec<Ready>) -> Vec<(Claimed, Mail)> {
        let ctx = &self.shared.ctx;
        let now = ctx.clock.now();
        let mut mails = Vec::with_capacity(batch.len());
        for ready in batch {
            let files = match &ready.envelope {
                Some(own) if own.has_attachments => {
                    // One message at a time, so that memory holds few files.
                    match transactional::files(ctx, &ready.message).await {
                        Ok(files) => files,
                        Err(error) => {
                            let text = Some(format!("its attachments could not be read: {error}"));
                            let later = now + Duration::from_secs(10);
                            self.reported.push(returned(&ready.message, later, text));
                            continue;
                        }
                    }
                }
                _ => Vec::new(),
            };
            let own = ready.envelope.as_deref().map(|own| (own, files.as_slice()));
            match ready.plan.mail(&ready.message, &ready.values, own, now) {
                Ok(mail) => mails.push((ready.message, mail)),
                Err(error) => self.reported.push(Finished {
                    held: ready.message.held,
                    finish: Finish::Failed {
                        text: format!("the message {error}"),
                        bounce: None,
                    },
                }),
            }
        }
        if mails.iter().all(|(_, mail)| mail.signers.is_none()) {
            return mails;
        }
        let messages: Vec<Claimed> = mails.iter().map(|(message, _)| message.clone()).collect();
        let signing = tokio::task::spawn_blocking(move || {
            for (_, mail) in &mut mails {
                mail.sign(now);
            }
            mails
        });
        match signing.await {
            Ok(mails) => mails,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot sign mail");
                let text = Some("it could not be signed; see the log".to_owned());
                self.reported.extend(
                    messages.iter().map(|message| {
                        returned(message, now + Duration::from_mins(1), text.clone())
                    }),
                );
                Vec::new()
            }
        }
    }

    /// Writes what is known, so that nothing waits in memory.
    async fn flush(&mut self) {
        self.round(Vec::new()).await;
    }

    /// Writes what is known and asks which of these may go on the wire. A message is in hand until its end is durable.
    async fn round(&mut self, wire: Vec<MessageId>) -> HashSet<MessageId> {
        let reported = std::mem::take(&mut self.reported);
        let finished = reported.len();
        let granted = self.shared.committer.round(reported, wire).await;
        self.shared.in_hand.fetch_sub(finished, Ordering::SeqCst);
        granted
    }

    async fn hang_up(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.quit().await;
        }
    }
}

fn returned(message: &Claimed, not_before: Timestamp, text: Option<String>) -> Finished {
    Finished {
        held: message.held,
        finish: Finish::Returned { not_before, text },
    }
}

/// What a relay's answer means for a message.
fn finish(outcome: Outcome, message: &Claimed, now: Timestamp) -> Finish {
    match outcome {
        Outcome::Sent { reply } => Finish::Sent {
            reply: shorten(&reply.to_string()),
        },
        Outcome::Deferred {
            code,
            enhanced,
            text,
            ..
        } => {
            let text = relay_words(code, enhanced, text);
            let until = now + backoff(message.attempts + 1);
            // What waited for its time, a limit or a decision may be old at its first try.
            if message.attempts > 0 && until > deferral_ends(message.first_queued_at) {
                Finish::Failed {
                    text: format!("given up after 72 hours: {text}"),
                    bounce: bounce(BounceClass::Soft, message),
                }
            } else {
                Finish::Deferred { until, text }
            }
        }
        // Refused before the recipient was even named: it is about our sign-in or sender, which a person can mend. The
        // campaign must not fail for that.
        Outcome::Failed {
            stage: Stage::Mail,
            code,
            enhanced,
            text,
        } => Finish::Deferred {
            until: now + backoff(message.attempts + 1),
            text: relay_words(code, enhanced, text),
        },
        // It cannot take such a message, whoever gets it.
        Outcome::Failed {
            stage: Stage::Offer,
            code,
            enhanced,
            text,
        } => Finish::Failed {
            text: relay_words(code, enhanced, text),
            bounce: None,
        },
        Outcome::Failed {
            code,
            enhanced,
            text,
            ..
        } => Finish::Failed {
            bounce: bounce(BounceClass::of(code, enhanced, &text), message),
            text: relay_words(code, enhanced, text),
        },
        // It is wanted more than a second copy is feared; receivers tell that by its Message-ID.
        Outcome::Unknown { text }
            if message.held.kind == Kind::Transactional
                && (message.attempts == 0 || now < deferral_ends(message.first_queued_at)) =>
        {
            Finish::Deferred {
                until: now + backoff(message.attempts + 1),
                text: shorten(&format!("perhaps sent, so it is sent again: {text}")),
            }
        }
        Outcome::Unknown { text } => Finish::Unknown {
            text: shorten(&text),
        },
        Outcome::NotSent { text } => Finish::Returned {
            not_before: now,
            text: Some(shorten(&text)),
        },
    }
}

fn bounce(class: BounceClass, message: &Claimed) -> Option<Bounce> {
    Some(Bounce {
        class,
        address: message.address.clone(),
    })
}

/// With its codes; without any when the connection failed instead of an answer.
fn relay_words(code: u16, enhanced: Option<Enhanced>, text: String) -> String {
    if code == 0 {
        return shorten(&text);
    }
    let reply = Reply {
        code,
        enhanced,
        text,
    };
    shorten(&reply.to_string())
}

/// A relay's words fit a column, and hold nothing that databases refuse.
fn shorten(text: &str) -> String {
    text.chars()
        .map(|c| if breaks_line(c) { ' ' } else { c })
        .take(500)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Held;

    fn message(attempts: i64) -> Claimed {
        Claimed {
            held: Held {
                account: 1.into(),
                id: 2.into(),
                kind: Kind::Campaign,
                source: 3,
                subscriber: 4.into(),
                variant: None,
            },
            revision: 5,
            address: "ada@example.com".to_owned(),
            attempts,
            first_queued_at: Timestamp::from_micros(0),
        }
    }

    fn deferred(text: &str) -> Outcome {
        Outcome::Deferred {
            stage: Stage::Rcpt,
            code: 450,
            enhanced: None,
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_deferral_waits_longer_each_time_and_ends_after_72_hours() {
        let now = Timestamp::from_micros(60_000_000);
        let wait = |attempts| match finish(deferred("later"), &message(attempts), now) {
            Finish::Deferred { until, text } => {
                assert_eq!(text, "450 later");
                until.since(now).as_secs() / 60
            }
            other => panic!("{other:?}"),
        };
        assert_eq!((wait(0), wait(1), wait(6), wait(50)), (1, 5, 240, 240));
        let late = Timestamp::from_micros(0) + Duration::from_hours(71);
        assert!(matches!(
            finish(deferred("later"), &message(9), late),
            Finish::Failed { text, bounce: Some(Bounce { class: BounceClass::Soft, .. }) }
                if text.contains("450 later") && text.contains("72 hours")
        ));
        assert!(matches!(
            finish(deferred("later"), &message(0), late),
            Finish::Deferred { .. }
        ));
    }

    #[test]
    fn what_was_perhaps_sent_is_sent_again_only_when_it_is_transactional() {
        let now = Timestamp::from_micros(60_000_000);
        let broken = || Outcome::Unknown {
            text: "connection reset".to_owned(),
        };
        let mut one = message(0);
        assert!(matches!(
            finish(broken(), &one, now),
            Finish::Unknown { .. }
        ));
        one.held.kind = Kind::Transactional;
        assert!(matches!(
            finish(broken(), &one, now),
            Finish::Deferred { until, .. } if until.since(now) == Duration::from_mins(1)
        ));
        one.attempts = 40;
        let late = Timestamp::from_micros(0) + Duration::from_hours(73);
        assert!(matches!(
            finish(broken(), &one, late),
            Finish::Unknown { .. }
        ));
    }

    #[test]
    fn a_relays_words_are_cut_and_cleaned() {
        let words = format!("a\0b\r\n{}", "x".repeat(10_000));
        let Finish::Deferred { text, .. } =
            finish(deferred(&words), &message(0), Timestamp::from_micros(0))
        else {
            panic!("not deferred");
        };
        assert!(text.starts_with("450 a b  xxx") && text.len() == 500);
    }
}
