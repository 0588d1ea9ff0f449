//! What is published, in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use db::Tx;
use kernel::{AccountId, Result, fold};
use serde_json::Value;

use super::store;
use super::trouble::Troubles;
use crate::automations::{Status, Version};
use crate::event::Event;
use crate::hooks::Pace;
use crate::ids::{AutomationId, VersionId};
use crate::interpret::Program;
use crate::kinds::{At, Kinds};
use crate::migrate::Plan;

/// A version, ready to be walked.
#[derive(Debug)]
pub(crate) struct Walkable {
    pub(crate) program: Program,
    /// What becomes of those inside when it is published.
    pub(crate) plan: Plan,
}

impl From<Version> for Walkable {
    fn from(version: Version) -> Self {
        Self {
            program: Program::new(version.automation, version.id, version.document),
            plan: version.plan,
        }
    }
}

/// A trigger: of which automation, and which of its triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TriggerRef {
    pub(super) automation: AutomationId,
    pub(super) place: usize,
}

/// By what a trigger is found: the kind, the subject and, of events of other programs, their name; empty for any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Key {
    kind: String,
    subject: String,
    name: String,
}

/// The automations of one account.
#[derive(Debug, Default)]
pub(super) struct Automations {
    pub(super) all: BTreeMap<AutomationId, (Status, VersionId)>,
    triggers: HashMap<Key, Vec<TriggerRef>>,
    /// Those that go on after a pause of which not every run knows yet.
    resuming: BTreeSet<AutomationId>,
}

impl Automations {
    /// Whether it lets people in and moves them.
    pub(super) fn is_active(&self, id: AutomationId) -> bool {
        matches!(self.all.get(&id), Some((Status::Active, _)))
    }

    /// Whether nothing happens in it until somebody lets it go on.
    pub(super) fn is_paused(&self, id: AutomationId) -> bool {
        matches!(self.all.get(&id), Some((Status::Paused, _)))
    }

    /// Whether its timers fire. After a pause they wait until each run has been told of what happened meanwhile, which
    /// may decide before they do, and by how much they are later.
    pub(super) fn is_firing(&self, id: AutomationId) -> bool {
        self.is_active(id) && !self.resuming.contains(&id)
    }

    /// Those whose timers fire.
    pub(super) fn firing(&self) -> Vec<AutomationId> {
        let mut all = self.active();
        all.retain(|id| !self.resuming.contains(id));
        all
    }

    /// Those that let people in and move them.
    pub(super) fn active(&self) -> Vec<AutomationId> {
        self.all
            .iter()
            .filter(|(_, (status, _))| *status == Status::Active)
            .map(|(id, _)| *id)
            .collect()
    }

    /// The triggers that may mean an event: whatever else there is costs nothing.
    pub(super) fn meant_by(&self, event: &Event) -> Vec<TriggerRef> {
        let mut found = Vec::new();
        let subject = event.subject.map(|id| id.to_string()).unwrap_or_default();
        let name = name_of(event.body.get("name"));
        let mut subjects = vec![String::new()];
        if !subject.is_empty() {
            subjects.push(subject);
        }
        let mut names = vec![String::new()];
        if event.kind == events::kind::EVENT_CUSTOM && !name.is_empty() {
            names.push(name);
        }
        for subject in &subjects {
            for name in &names {
                let key = Key {
                    kind: event.kind.clone(),
                    subject: subject.clone(),
                    name: name.clone(),
                };
                found.extend(self.triggers.get(&key).into_iter().flatten().copied());
            }
        }
        // In the order of the automations, so that the same event has the same history everywhere.
        found.sort_by_key(|it: &TriggerRef| (it.automation, it.place));
        found
    }
}

fn name_of(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).map(fold).unwrap_or_default()
}

/// Everything that is published, as of one moment.
#[derive(Debug, Default)]
pub struct Catalog {
    change: i64,
    accounts: HashMap<AccountId, Arc<Automations>>,
    versions: HashMap<VersionId, Arc<Walkable>>,
}

impl Catalog {
    /// The automations of an account, if it has any that were published.
    pub(super) fn account(&self, account: AccountId) -> Option<&Arc<Automations>> {
        self.accounts.get(&account)
    }

    /// The accounts that have any, in order.
    pub(super) fn accounts(&self) -> Vec<AccountId> {
        let mut all: Vec<AccountId> = self.accounts.keys().copied().collect();
        all.sort_unstable();
        all
    }

    /// The live version of an automation.
    pub(super) fn version(&self, id: VersionId) -> Option<&Arc<Walkable>> {
        self.versions.get(&id)
    }

    async fn load(tx: &mut Tx, kinds: &Kinds, before: &Self, change: i64) -> Result<Self> {
        let mut by_account: BTreeMap<AccountId, Vec<store::Published>> = BTreeMap::new();
        for published in store::published(tx).await? {
            by_account
                .entry(published.account)
                .or_default()
                .push(published);
        }
        let mut catalog = Self {
            change,
            ..Self::default()
        };
        for (account, all) in by_account {
            let missing: Vec<VersionId> = all
                .iter()
                .map(|it| it.live)
                .filter(|id| !before.versions.contains_key(id))
                .collect();
            let mut loaded = store::versions(tx, account, &missing).await?;
            let mut automations = Automations::default();
            for published in all {
                let known = before.versions.get(&published.live).cloned();
                let walkable = known.or_else(|| {
                    loaded
                        .remove(&published.live)
                        .map(|it| Arc::new(Walkable::from(it)))
                });
                let Some(walkable) = walkable else { continue };
                automations
                    .all
                    .insert(published.id, (published.status, published.live));
                if published.resuming {
                    automations.resuming.insert(published.id);
                }
                if published.status == Status::Active {
                    add_triggers(&mut automations, &walkable.program, kinds);
                }
                catalog.versions.insert(published.live, walkable);
            }
            catalog.accounts.insert(account, Arc::new(automations));
        }
        Ok(catalog)
    }
}

fn add_triggers(automations: &mut Automations, program: &Program, kinds: &Kinds) {
    for (place, trigger) in program.document.triggers.iter().enumerate() {
        let pattern = &trigger.on;
        let mut subject = pattern.signal(kinds).key;
        // Whoever is sent into an automation is sent into this one.
        if pattern.event == events::kind::AUTOMATION_STARTED {
            subject = program.automation.to_string();
        }
        let has_name = kinds.event(&pattern.event).is_some_and(|kind| {
            let params = kind.params.iter();
            pattern.event == events::kind::EVENT_CUSTOM
                && params
                    .into_iter()
                    .any(|param| param.name == "name" && param.at == At::Body("name"))
        });
        let key = Key {
            kind: pattern.event.clone(),
            subject,
            name: if has_name {
                name_of(pattern.with.get("name"))
            } else {
                String::new()
            },
        };
        automations
            .triggers
            .entry(key)
            .or_default()
            .push(TriggerRef {
                automation: program.automation,
                place,
            });
    }
}

/// What the parts of the engine share in one process. Clones are the same.
#[derive(Clone, Debug)]
pub struct Engine {
    kinds: Arc<Kinds>,
    catalog: Arc<Mutex<Arc<Catalog>>>,
    /// Whether anything was published when it was last looked.
    busy: Arc<AtomicBool>,
    troubles: Arc<Troubles>,
    pace: Pace,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new(Kinds::available())
    }
}

impl Engine {
    /// With these kinds of events and actions.
    pub fn new(kinds: Kinds) -> Self {
        Self {
            kinds: Arc::new(kinds),
            catalog: Arc::new(Mutex::new(Arc::new(Catalog {
                change: -1,
                ..Catalog::default()
            }))),
            busy: Arc::new(AtomicBool::new(true)),
            troubles: Arc::default(),
            pace: Pace::new(Duration::from_mins(1)),
        }
    }

    /// Whether anything was published when it was last looked: if not, nobody needs to read what events say.
    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    /// What fails again and again.
    pub(super) fn troubles(&self) -> &Troubles {
        &self.troubles
    }

    /// How often hooks are asked.
    pub(crate) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The kinds.
    pub(super) fn kinds(&self) -> &Arc<Kinds> {
        &self.kinds
    }

    /// What is published as this transaction sees it.
    pub(super) async fn catalog(&self, tx: &mut Tx) -> Result<Arc<Catalog>> {
        let change = store::change(tx).await?;
        let held = self.held();
        if held.change == change {
            return Ok(held);
        }
        let fresh = Arc::new(Catalog::load(tx, &self.kinds, &held, change).await?);
        self.busy
            .store(!fresh.accounts.is_empty(), Ordering::Relaxed);
        *self.catalog.lock().unwrap_or_else(PoisonError::into_inner) = fresh.clone();
        Ok(fresh)
    }

    /// As it was when it was last looked at.
    pub(super) fn held(&self) -> Arc<Catalog> {
        self.catalog
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
