//! The consumer of events: wakes who waits for them, and lets in whom they let in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ctx::Ctx;
use db::WriteTx;
use events::{Consumer, Event as Recorded, Start, kind};
use kernel::{AccountId, Result};

use super::catalog::Engine;
use super::session::{Item, Nudge, Session};
use super::translate::{self, Context, concerns, is_own, translate};
use super::trouble::{self, TRIES, What, is_passing};
use super::{CONSUMER, store};
use crate::ids::RunId;

/// See the module of the engine.
#[derive(Clone, Debug)]
pub struct Follow {
    engine: Engine,
}

impl Follow {
    /// With what a process knows of automations.
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }
}

impl Consumer for Follow {
    fn name(&self) -> &'static str {
        CONSUMER
    }

    fn start(&self) -> Start {
        Start::Now
    }

    fn gathers(&self) -> std::time::Duration {
        // People wait for their first mail.
        let millis = if self.engine.is_busy() { 5 } else { 50 };
        std::time::Duration::from_millis(millis)
    }

    fn reads_body(&self, kind: &str) -> bool {
        self.engine.is_busy() && concerns(kind, self.engine.kinds())
    }

    async fn handle(&self, ctx: &Ctx, tx: &mut WriteTx, events: &[Recorded]) -> Result<()> {
        // A batch that fails comes again, and in the end one event alone.
        let [event] = events else {
            return self.handle_all(ctx, tx, events).await;
        };
        let (what, troubles) = (What::Event(event.id.get()), self.engine.troubles());
        if troubles.is_hopeless(what) {
            let tries = troubles.tries(what);
            troubles.failed(what, ctx.clock.now());
            tracing::error!(
                event = event.id.get(),
                "an event cannot be handled by automations, and is passed over"
            );
            // If that cannot be done either, it is not tried again.
            if tries < 2 * TRIES {
                self.put_aside(ctx, tx, event).await?;
            }
            return Ok(());
        }
        // Before, since a panic does not come back here.
        troubles.failed(what, ctx.clock.now());
        let outcome = self.handle_all(ctx, tx, events).await;
        if outcome.as_ref().map_or_else(is_passing, |()| true) {
            troubles.forget(what);
        }
        outcome
    }
}

impl Follow {
    /// Halts the runs that wait for an event which cannot be handled. When they are tried again, it counts.
    async fn put_aside(&self, ctx: &Ctx, tx: &mut WriteTx, event: &Recorded) -> Result<()> {
        let Some(contact) = event.subscriber else {
            return Ok(());
        };
        let mut session =
            Session::open(ctx, tx, &self.engine, event.account, &[contact], false).await?;
        let parts = translate::Recorded {
            id: event.id.get(),
            kind: event.kind.clone(),
            contact,
            subject: event.subject,
            at: event.at,
            body: event.body.clone(),
        };
        let signals: Vec<_> = translate(parts, &Context::default())
            .iter()
            .flat_map(crate::event::Event::signals)
            .collect();
        let waiting: Vec<RunId> = session
            .runs
            .values()
            .filter(|slot| {
                let mut waits = slot.stored.run.hold.waits.iter();
                waits.any(|wait| signals.contains(&wait.signal))
            })
            .map(|slot| slot.stored.run.id)
            .collect();
        for run in waiting {
            session.halt(run, trouble::WHY.to_owned());
        }
        session.work(tx).await
    }

    async fn handle_all(&self, ctx: &Ctx, tx: &mut WriteTx, events: &[Recorded]) -> Result<()> {
        let catalog = self.engine.catalog(tx).await?;
        let mut by_account: BTreeMap<AccountId, Vec<Recorded>> = BTreeMap::new();
        let mut gone: BTreeMap<AccountId, Vec<i64>> = BTreeMap::new();
        for event in events {
            // Where nothing is published, only histories follow.
            if let Some((kept, other)) = merged(event)
                && catalog.account(event.account).is_none()
            {
                store::repoint(tx, event.account, other, kept).await?;
            }
            if event.kind == kind::SUBSCRIBER_DELETED {
                let of_account = gone.entry(event.account).or_default();
                of_account.extend(event.subscriber);
            }
            if event.subscriber.is_some()
                && catalog.account(event.account).is_some()
                && concerns(&event.kind, self.engine.kinds())
            {
                by_account
                    .entry(event.account)
                    .or_default()
                    .push(event.clone());
            }
        }
        for (account, mut events) in by_account {
            self.read_bodies(tx, account, &mut events).await?;
            events.retain(|event| !is_own(&event.body));
            self.handle_account(ctx, tx, account, events).await?;
        }
        // Also of automations that are no more.
        for (account, people) in gone {
            store::forget(tx, account, &people).await?;
        }
        Ok(())
    }
}

impl Follow {
    /// Of events that were read before anything was published.
    async fn read_bodies(
        &self,
        tx: &mut WriteTx,
        account: AccountId,
        events: &mut [Recorded],
    ) -> Result<()> {
        let unread = || events.iter().filter(|event| event.body.is_null());
        let ids: Vec<i64> = unread().map(|event| event.id.get()).collect();
        let times = || unread().map(|event| event.at);
        let (Some(first), Some(last)) = (times().min(), times().max()) else {
            return Ok(());
        };
        let kinds: BTreeSet<&str> = unread().map(|event| event.kind.as_str()).collect();
        let kinds: Vec<&str> = kinds.into_iter().collect();
        let mut bodies = store::bodies(tx, account, &kinds, (first, last), &ids).await?;
        for event in events {
            if let Some(body) = bodies.remove(&event.id.get()) {
                event.body = body;
            }
        }
        Ok(())
    }

    async fn handle_account(
        &self,
        ctx: &Ctx,
        tx: &mut WriteTx,
        account: AccountId,
        events: Vec<Recorded>,
    ) -> Result<()> {
        let mut contacts: BTreeSet<i64> = events.iter().filter_map(|it| it.subscriber).collect();
        if contacts.is_empty() {
            return Ok(());
        }
        contacts.extend(events.iter().filter_map(merged).map(|(_, other)| other));
        let contacts: Vec<i64> = contacts.into_iter().collect();
        store::lock(tx, &contacts).await?;
        let mut moved: BTreeMap<i64, BTreeSet<RunId>> = BTreeMap::new();
        for (kept, other) in events.iter().filter_map(merged) {
            let runs = store::repoint(tx, account, other, kept).await?;
            // They may have been another's before, in the same batch.
            for before in moved.values_mut() {
                before.retain(|run| !runs.contains(run));
            }
            moved.entry(kept).or_default().extend(runs);
        }
        let mut session = Session::open(ctx, tx, &self.engine, account, &contacts, true).await?;
        let bodies = events.iter().map(|it| (it.kind.as_str(), &it.body));
        let context = Context::load(tx, account, bodies).await?;
        let inside: BTreeSet<i64> = session
            .runs
            .values()
            .map(|slot| slot.stored.run.contact)
            .collect();
        for event in events {
            let Some(contact) = event.subscriber else {
                continue;
            };
            count_message(&mut session, &event, &context);
            // Much of them may be another by now, and what happened to them counts.
            if event.kind == kind::SUBSCRIBER_MERGED {
                for run in moved.remove(&contact).unwrap_or_default() {
                    let goes_on = session.runs.get(&run).is_some_and(|slot| {
                        slot.stored.paused_at.is_none()
                            && session.automations().is_active(slot.stored.run.automation)
                    });
                    if goes_on {
                        session.push(contact, Item::Wake(run, Nudge::Resumed));
                    }
                }
            }
            let parts = translate::Recorded {
                id: event.id.get(),
                kind: event.kind,
                contact,
                subject: event.subject,
                at: event.at,
                body: event.body,
            };
            for event in translate(parts, &context) {
                // Whoever is neither inside nor let in costs nothing more.
                if inside.contains(&contact) || !session.automations().meant_by(&event).is_empty() {
                    let event = Arc::new(event);
                    session.push(
                        contact,
                        Item::Event {
                            event,
                            enrols: true,
                        },
                    );
                }
            }
        }
        session.work(tx).await
    }
}

/// Who is kept, and who became the same.
fn merged(event: &Recorded) -> Option<(i64, i64)> {
    let is_merged = event.kind == kind::SUBSCRIBER_MERGED;
    event.subscriber.zip(event.subject).filter(|_| is_merged)
}

/// What became of a mail of an automation is counted at its step.
fn count_message(session: &mut Session<'_>, event: &Recorded, context: &Context) {
    let name = match event.kind.as_str() {
        kind::MESSAGE_SENT => "sent",
        kind::MESSAGE_OPENED => "opened",
        kind::MESSAGE_CLICKED => "clicked",
        kind::MESSAGE_BOUNCED => "bounced",
        kind::MESSAGE_COMPLAINED => "complained",
        kind::MESSAGE_UNSUBSCRIBED => "unsubscribed",
        _ => return,
    };
    if let Some(sent) = context.sender(&event.body) {
        session.count(
            sent.automation,
            sent.version,
            &sent.step,
            format!("mail:{name}"),
            1,
        );
    }
}
