//! One account's contacts with their runs: held, walked in rounds, written back at the end.
//!
//! Each contact has a queue of what happens to it, worked off in order. A round takes every queue as far as the first thing
//! that changes its contact; then the changes of all contacts are made, what was recorded of them joins the queues, and the
//! next round begins. Few things change a contact twice, so there are few rounds, whatever the number of contacts.

mod load;
mod round;

pub(crate) use load::conditions_of;
pub(super) use load::patterns_of;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use audience::SubscriberId;
use audience::segments::Vocabulary;
use ctx::Ctx;
use db::WriteTx;
use kernel::{AccountId, Result, Timestamp};
use rules::References;
use sending::messages::MessageId;
use serde_json::{Map, Value, json};

use super::catalog::{Automations, Catalog, Engine, TriggerRef, Walkable};
use super::person::{People, Shared, collect};
use super::store::{self, Line, NewEffect, StatKey, Stored};
use super::translate::{Context, Recorded, translate};
use crate::definition::StepId;
use crate::event::Event;
use crate::ids::{AutomationId, RunId, VersionId};
use crate::interpret::{Ledger, Outcome, Refusal, WaitPath, Wake};
use crate::kinds::Kinds;

/// Events are looked back to by the time they are of; those of imports and mails are recorded a moment later.
const RECENT: std::time::Duration = std::time::Duration::from_hours(48);
/// So often automations may wake one another for a contact in one transaction. More is a circle.
const DEEPEST: u32 = 100;
/// Of so many events of its own a run knows that they are its own.
const MOST_OWN: usize = 200;
/// As far back as caps look.
const CAPPED: std::time::Duration = std::time::Duration::from_hours(8 * 24);

/// Something that happens to a contact.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// An event: who waits for it is woken and, if `enrols`, whom it lets in comes in.
    Event { event: Arc<Event>, enrols: bool },
    /// A trigger may let the contact in.
    Enrol(TriggerRef, Arc<Event>),
    /// A run is woken.
    Wake(RunId, Nudge),
}

/// What wakes a run; see [`Wake`].
#[derive(Clone, Debug)]
pub(super) enum Nudge {
    Begin,
    Timer,
    Event(Arc<Event>),
    Resumed,
    /// Of the effect with this `seq`.
    Result(i64, std::result::Result<Value, String>),
    Rebound,
    Retry,
    Skip,
    MoveTo(StepId),
    End(Outcome),
}

impl Nudge {
    fn wake(&self) -> Wake<'_> {
        match self {
            Self::Begin => Wake::Begin,
            Self::Timer => Wake::Timer,
            Self::Event(event) => Wake::Event(event),
            Self::Resumed => Wake::Resumed,
            Self::Result(_, Ok(value)) => Wake::Result(Ok(value)),
            Self::Result(_, Err(why)) => Wake::Result(Err(why)),
            Self::Rebound => Wake::Rebound,
            Self::Retry => Wake::Retry,
            Self::Skip => Wake::Skip,
            Self::MoveTo(step) => Wake::MoveTo(step),
            Self::End(outcome) => Wake::End(outcome.clone()),
        }
    }
}

/// A run in the session.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) stored: Stored,
    pub(super) dirty: bool,
}

/// A mail to be queued with the run.
#[derive(Debug)]
pub(super) struct NewLetter {
    pub(super) id: MessageId,
    pub(super) contact: i64,
    pub(super) address: String,
    pub(super) prepared: sending::automated::Prepared,
    pub(super) variables: Map<String, Value>,
}

/// What came of a round for one contact.
#[derive(Debug)]
struct Caused {
    run: RunId,
    seq: i64,
    automation: AutomationId,
    chain: Vec<AutomationId>,
    finished: Vec<(RunId, AutomationId, String)>,
    /// How many automations before it woke one another in this transaction.
    depth: u32,
}

/// See the module.
pub(super) struct Session<'c> {
    pub(super) ctx: &'c Ctx,
    pub(super) account: AccountId,
    pub(super) now: Timestamp,
    kinds: Arc<Kinds>,
    catalog: Arc<Catalog>,
    automations: Arc<Automations>,
    walkable: BTreeMap<VersionId, Arc<Walkable>>,
    vocabulary: Vocabulary,
    shared: Arc<Shared>,
    people: People,
    pub(super) runs: BTreeMap<RunId, Slot>,
    /// By contact: a batch has many runs, and each contact few of them.
    runs_of: HashMap<i64, BTreeSet<RunId>>,
    contacts: Vec<i64>,
    /// Whether the rows of the contacts are locked, since something changes them.
    are_rows_held: bool,
    queues: BTreeMap<i64, VecDeque<Item>>,
    /// Of events that were caused here.
    depths: HashMap<i64, u32>,
    /// Of what is worked off at this moment.
    depth: u32,
    ledgers: HashMap<(AutomationId, i64, String), Ledger>,
    ledgers_of: BTreeSet<(AutomationId, i64)>,
    pub(super) entered: BTreeSet<(AutomationId, i64, String)>,
    caused: BTreeMap<i64, Caused>,
    pub(super) effects: Vec<NewEffect>,
    pub(super) letters: Vec<NewLetter>,
    pub(super) lines: Vec<Line>,
    pub(super) stats: BTreeMap<StatKey, i64>,
    /// Runs that began here, and why contacts were not let in: for whoever asked.
    pub(super) begun: Vec<RunId>,
    pub(super) refused: Vec<(AutomationId, Refusal)>,
}

impl<'c> Session<'c> {
    /// Holds these contacts (sorted) and loads their runs. `held` if they are held already.
    pub(super) async fn open(
        ctx: &'c Ctx,
        tx: &mut WriteTx,
        engine: &Engine,
        account: AccountId,
        contacts: &[i64],
        held: bool,
    ) -> Result<Self> {
        if !held {
            store::lock(tx, contacts).await?;
        }
        let catalog = engine.catalog(tx).await?;
        let automations = catalog.account(account).cloned().unwrap_or_default();
        let runs = store::live_runs(tx, account, contacts).await?;
        let mut runs_of: HashMap<i64, BTreeSet<RunId>> = HashMap::with_capacity(contacts.len());
        for stored in &runs {
            let theirs = runs_of.entry(stored.run.contact).or_default();
            theirs.insert(stored.run.id);
        }
        let vocabulary =
            audience::segments::vocabulary_in(tx, ctx, account, References::default()).await?;
        Ok(Self {
            ctx,
            account,
            now: ctx.clock.now(),
            kinds: engine.kinds().clone(),
            catalog,
            automations,
            walkable: BTreeMap::new(),
            vocabulary,
            shared: Arc::new(Shared {
                fields: audience::fields::list(tx, account).await?,
                groups: BTreeSet::new(),
                tags: BTreeSet::new(),
                automations: BTreeSet::new(),
                letters: HashMap::new(),
            }),
            people: People::new(),
            runs: runs
                .into_iter()
                .map(|stored| {
                    let slot = Slot {
                        stored,
                        dirty: false,
                    };
                    (slot.stored.run.id, slot)
                })
                .collect(),
            runs_of,
            contacts: contacts.to_vec(),
            are_rows_held: false,
            queues: BTreeMap::new(),
            depths: HashMap::new(),
            depth: 0,
            ledgers: HashMap::new(),
            ledgers_of: BTreeSet::new(),
            entered: BTreeSet::new(),
            caused: BTreeMap::new(),
            effects: Vec::new(),
            letters: Vec::new(),
            lines: Vec::new(),
            stats: BTreeMap::new(),
            begun: Vec::new(),
            refused: Vec::new(),
        })
    }

    /// The automations of the account that are published.
    pub(super) fn automations(&self) -> &Automations {
        &self.automations
    }

    /// The runs of a contact, in order.
    fn of_contact(&self, contact: i64) -> impl Iterator<Item = &Slot> {
        let theirs = self.runs_of.get(&contact).into_iter().flatten();
        theirs.filter_map(|id| self.runs.get(id))
    }

    /// A version that was made ready.
    pub(super) fn version(&self, id: VersionId) -> Option<&Arc<Walkable>> {
        self.walkable.get(&id)
    }

    /// Behind what happens to the contact already.
    pub(super) fn push(&mut self, contact: i64, item: Item) {
        self.queues.entry(contact).or_default().push_back(item);
    }

    /// Counts something of a step.
    pub(super) fn count(
        &mut self,
        automation: AutomationId,
        version: VersionId,
        step: &str,
        name: String,
        n: i64,
    ) {
        let key = (automation, version, step.to_owned(), name);
        *self.stats.entry(key).or_default() += n;
    }

    /// Works everything off that was pushed, and writes it all.
    pub(super) async fn work(&mut self, tx: &mut WriteTx) -> Result<()> {
        while self.queues.values().any(|queue| !queue.is_empty()) {
            self.prepare(tx).await?;
            self.round();
            self.make_changes(tx).await?;
            self.queues.retain(|_, queue| !queue.is_empty());
        }
        super::write::write(self, tx).await
    }

    /// Makes what this round changed, by audience's own functions, and lets what they record join the queues.
    async fn make_changes(&mut self, tx: &mut WriteTx) -> Result<()> {
        let caused = std::mem::take(&mut self.caused);
        if caused.is_empty() {
            return Ok(());
        }
        if !self.are_rows_held {
            // All of them, in order: automation by automation they would be locked crosswise to what others do.
            store::lock_rows(tx, self.account, &self.contacts).await?;
            self.are_rows_held = true;
        }
        let mark: i64 = self.ctx.ids.next();
        let mut by_automation: BTreeMap<AutomationId, BTreeMap<SubscriberId, _>> = BTreeMap::new();
        let mut own = Vec::new();
        for (contact, caused) in &caused {
            let Some(person) = self.people.get_mut(contact) else {
                continue;
            };
            let actor = super::actor(caused.automation);
            let changes = std::mem::take(&mut person.changes);
            if !changes.is_empty() {
                let (change, started) = collect(&changes, &self.shared.fields);
                by_automation
                    .entry(caused.automation)
                    .or_default()
                    .insert((*contact).into(), change);
                for automation in started {
                    own.push(events::NewEvent {
                        kind: events::kind::AUTOMATION_STARTED,
                        subscriber: Some(*contact),
                        subject: Some(automation.get()),
                        at: None,
                        body: json!({"actor": actor}),
                    });
                }
            }
            for (run, automation, outcome) in &caused.finished {
                own.push(events::NewEvent {
                    kind: events::kind::AUTOMATION_FINISHED,
                    subscriber: Some(*contact),
                    subject: Some(automation.get()),
                    at: None,
                    body: json!({"run_id": run, "outcome": outcome, "actor": actor}),
                });
            }
        }
        for (automation, changes) in by_automation {
            audience::subscribers::change_people_in(
                self.ctx,
                tx,
                self.account,
                &self.shared.fields,
                &changes,
                "automation",
                &super::actor(automation),
            )
            .await?;
        }
        events::record(self.ctx, tx, self.account, &own).await?;
        for recorded in events::recorded_since(tx, mark).await? {
            let Some(contact) = recorded.subscriber else {
                continue;
            };
            let Some(caused) = caused.get(&contact) else {
                continue;
            };
            let parts = Recorded {
                id: recorded.id.get(),
                kind: recorded.kind,
                contact,
                subject: recorded.subject,
                at: recorded.at,
                body: recorded.body,
            };
            self.keep_apart(caused.run, parts.id);
            for mut event in translate(parts, &Context::default()) {
                event.cause = Some((caused.run, caused.seq));
                event.chain.clone_from(&caused.chain);
                self.depths.insert(event.id, caused.depth + 1);
                if let Some(person) = self.people.get_mut(&contact) {
                    person.last_event = person.last_event.max(event.id);
                    person.events.push(event.clone());
                }
                let event = Arc::new(event);
                self.push(
                    contact,
                    Item::Event {
                        event,
                        enrols: true,
                    },
                );
            }
        }
        Ok(())
    }

    /// What a run did on its way to where it waits is no news for it, also when it looks back later: what caused an event is
    /// known only while it is recorded.
    fn keep_apart(&mut self, run: RunId, event: i64) {
        let Some(slot) = self.runs.get_mut(&run) else {
            return;
        };
        let run = &mut slot.stored.run;
        let waits = run
            .hold
            .waits
            .iter()
            .any(|wait| matches!(wait.path, WaitPath::Path(_)));
        if waits && event > run.step_after && run.data.own.len() < MOST_OWN {
            run.data.own.push(event);
            slot.dirty = true;
        }
    }

    /// The ledger of somebody who came in.
    pub(super) fn ledger(&self, place: &(AutomationId, i64, String)) -> Ledger {
        self.ledgers.get(place).copied().unwrap_or_default()
    }
}

/// What merge fields know of a run.
pub(crate) fn variables(data: &crate::interpret::Data) -> Map<String, Value> {
    let mut all = data.vars.clone();
    if data.event.is_object() {
        all.insert("event".to_owned(), data.event.clone());
    }
    all
}

/// Why somebody was not let in, for programs.
pub(crate) const fn refusal_words(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::OtherEvent => "other_event",
        Refusal::Filter => "filter",
        Refusal::BrokenFilter => "broken_filter",
        Refusal::NoKey => "no_key",
        Refusal::Reentry => "reentry",
        Refusal::Chain => "chain",
        Refusal::TooLarge => "too_large",
    }
}
