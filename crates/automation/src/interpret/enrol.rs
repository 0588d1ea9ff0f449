//! Whether an event lets a contact in.

use kernel::Timestamp;
use serde_json::Value;

use super::{Contact, Data, Hold, Program, Reason, Run, World};
use crate::definition::{Reentry, Trigger};
use crate::event::{Event, lookup};
use crate::ids::RunId;

/// How many runs may begin one another without a rest; none of them may be of the same automation. Automations that
/// start each other stop here, before they multiply.
pub const MAX_CHAIN: usize = 16;

/// What is known of earlier runs of one contact and key in an automation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// How many there were, with those that are going on.
    pub runs: u32,
    /// When the last began.
    pub last_at: Option<Timestamp>,
    /// How many are going on.
    pub live: u32,
}

/// Why a contact was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The trigger means other events.
    OtherEvent,
    /// The trigger's filter does not hold.
    Filter,
    /// The filter cannot be asked, since something that it names is gone.
    BrokenFilter,
    /// The event does not have the property that is the key.
    NoKey,
    /// By the rule of re-entry.
    Reentry,
    /// Runs began one another without a rest, too many, or in a circle.
    Chain,
    /// The body of the event is too large for a run's data.
    TooLarge,
}

impl Reentry {
    /// Whether it allows another run. The store decides it again in the statement that writes the ledger.
    pub fn allows(self, ledger: &Ledger, now: Timestamp) -> bool {
        match self {
            Self::Once => ledger.runs == 0,
            Self::OncePer { hours } => {
                let window = std::time::Duration::from_secs(u64::from(hours) * 3_600);
                ledger.live == 0 && ledger.last_at.is_none_or(|last| last + window <= now)
            }
            Self::AfterEnd => ledger.live == 0,
            Self::Always => true,
        }
    }
}

impl Trigger {
    /// The key of the run that an event would begin; `None` if the event does not have it.
    pub fn key_of(&self, event: &Event) -> Option<String> {
        if self.key.is_none() {
            return Some(String::new());
        }
        self.key_in(&event.body)
    }

    /// What its key is in this body, if it has one and that is there.
    fn key_in(&self, body: &Value) -> Option<String> {
        match lookup(body, self.key.as_ref()?)? {
            Value::String(text) => Some(text.chars().take(200).collect()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

/// Whether an event may be about what the run is about. Where a trigger's key tells the runs of a contact apart, what
/// happens to another order of theirs is none of this run's business; an event that names no order is everybody's.
pub fn is_about(program: &Program, run: &Run, event: &Event) -> bool {
    run.key.is_empty()
        || program
            .document
            .triggers
            .iter()
            .filter(|trigger| trigger.key_in(&run.data.event).as_ref() == Some(&run.key))
            .all(|trigger| trigger.key_in(&event.body).is_none_or(|key| key == run.key))
}

/// The run that an event begins, before its first step, or why it begins none. `ledger` is that of the contact and the
/// trigger's key ([`Trigger::key_of`]).
pub fn enrol<'a>(
    program: &'a Program,
    trigger: &'a Trigger,
    event: &Event,
    ledger: &Ledger,
    contact: &dyn Contact,
    world: &World<'a, '_>,
    id: RunId,
) -> Result<Run, Refusal> {
    let now = world.conditions.now();
    if !trigger.on.means(event, world.kinds, None) {
        return Err(Refusal::OtherEvent);
    }
    if event.chain.len() >= MAX_CHAIN || event.chain.contains(&program.automation) {
        return Err(Refusal::Chain);
    }
    let key = trigger.key_of(event).ok_or(Refusal::NoKey)?;
    let data = Data {
        event: event.body.clone(),
        ..Data::default()
    };
    if !data.fits() {
        return Err(Refusal::TooLarge);
    }
    if let Some(filter) = &trigger.filter {
        match world.conditions.holds(filter, &data, contact) {
            Ok(true) => {}
            Ok(false) => return Err(Refusal::Filter),
            Err(_) => return Err(Refusal::BrokenFilter),
        }
    }
    if !trigger.reentry.allows(ledger, now) {
        return Err(Refusal::Reentry);
    }
    Ok(Run {
        id,
        automation: program.automation,
        version: program.version,
        contact: contact.id(),
        key,
        node: trigger.start.clone(),
        seq: 0,
        began_at: now,
        step_at: now,
        began_with: event.id,
        step_after: event.id,
        chain: [event.chain.as_slice(), &[program.automation]].concat(),
        data,
        hold: Hold {
            reason: Reason::Ready,
            timer: None,
            until: None,
            waits: Vec::new(),
        },
    })
}
