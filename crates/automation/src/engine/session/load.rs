//! What a session knows: versions with all that they speak of, and contacts as those versions see them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use audience::SubscriberId;
use db::WriteTx;
use kernel::{IdGenerator, Result};
use rules::{Attribute, Needs, References};

use super::{CAPPED, Item, RECENT, Session};
use crate::definition::{Body, Condition, Document, Pattern};
use crate::engine::catalog::Walkable;
use crate::engine::person::{Person, Shared, wanted, zone};
use crate::engine::store;
use crate::engine::translate::{Context, Recorded, translate};
use crate::event::Event;
use crate::ids::{AutomationId, VersionId};
use crate::interpret::Conditions;

impl Session<'_> {
    /// Loads what the next round may need and is not there.
    pub(super) async fn prepare(&mut self, tx: &mut WriteTx) -> Result<()> {
        let mut versions: BTreeSet<VersionId> = BTreeSet::new();
        let mut asked: BTreeMap<AutomationId, BTreeSet<i64>> = BTreeMap::new();
        let contacts: BTreeSet<i64> = self.queues.keys().copied().collect();
        for slot in self.runs.values() {
            if contacts.contains(&slot.stored.run.contact) {
                versions.insert(slot.stored.run.version);
            }
        }
        for (contact, queue) in &self.queues {
            for item in queue {
                let triggers = match item {
                    Item::Event {
                        event,
                        enrols: true,
                    } => self.automations.meant_by(event),
                    Item::Enrol(trigger, _) => vec![*trigger],
                    _ => Vec::new(),
                };
                for trigger in triggers {
                    if let Some((_, live)) = self.automations.all.get(&trigger.automation) {
                        versions.insert(*live);
                    }
                    if !self.ledgers_of.contains(&(trigger.automation, *contact)) {
                        asked
                            .entry(trigger.automation)
                            .or_default()
                            .insert(*contact);
                    }
                }
            }
        }
        for (automation, contacts) in asked {
            let list: Vec<i64> = contacts.iter().copied().collect();
            let found = store::ledgers(tx, self.account, &[automation], &list).await?;
            self.ledgers.extend(found);
            self.ledgers_of
                .extend(contacts.into_iter().map(|contact| (automation, contact)));
        }
        let new_people: Vec<i64> = contacts
            .iter()
            .filter(|id| !self.people.contains_key(id))
            .copied()
            .collect();
        versions.retain(|id| !self.walkable.contains_key(id));
        if versions.is_empty() {
            return self.load_people(tx, &new_people).await;
        }
        self.add_versions(tx, versions).await?;
        let everybody: Vec<i64> = self.people.keys().copied().chain(new_people).collect();
        let before = std::mem::take(&mut self.people);
        self.load_people(tx, &everybody).await?;
        // Only here is known what caused an event.
        for (contact, person) in before {
            let Some(fresh) = self.people.get_mut(&contact) else {
                continue;
            };
            for event in person.events.into_iter().filter(|it| it.cause.is_some()) {
                match fresh
                    .events
                    .iter_mut()
                    .find(|it| it.id == event.id && it.kind == event.kind)
                {
                    Some(same) => *same = event,
                    None => fresh.events.push(event),
                }
            }
            fresh.events.sort_by_key(|event| event.id);
        }
        Ok(())
    }

    /// Makes versions ready, with all that they speak of.
    pub(in crate::engine) async fn add_versions(
        &mut self,
        tx: &mut WriteTx,
        versions: BTreeSet<VersionId>,
    ) -> Result<()> {
        let mut missing = Vec::new();
        for id in versions {
            match self.catalog.version(id) {
                Some(live) => drop(self.walkable.insert(id, live.clone())),
                None => missing.push(id),
            }
        }
        for (id, version) in store::versions(tx, self.account, &missing).await? {
            self.walkable.insert(id, Arc::new(version.into()));
        }
        let mut references = References::default();
        let mut letters = BTreeSet::new();
        for walkable in self.walkable.values() {
            let needed = crate::validate::needed(&walkable.program.document, &self.kinds);
            references.extend(needed.rules);
            for (what, target) in [
                ("group", &mut references.groups),
                ("tag", &mut references.tags),
                ("campaign", &mut references.campaigns),
            ] {
                target.extend(needed.ids.get(what).into_iter().flatten().copied());
            }
            for step in &walkable.program.document.steps {
                if let Body::SendEmail(email) = &step.body {
                    letters.extend(wanted(email));
                }
            }
        }
        self.vocabulary =
            audience::segments::vocabulary_in(tx, self.ctx, self.account, references).await?;
        let letters = sending::automated::prepare_in(self.ctx, tx, self.account, &letters).await?;
        self.shared = Arc::new(Shared {
            fields: self.shared.fields.clone(),
            groups: self.vocabulary.schema.groups.clone(),
            tags: self.vocabulary.schema.tags.clone(),
            automations: self.automations.active().into_iter().collect(),
            letters,
        });
        Ok(())
    }

    /// What must be known of a contact to ask all conditions of the versions at hand.
    fn needs(&self) -> Needs {
        let walkable: Vec<Arc<Walkable>> = self.walkable.values().cloned().collect();
        let conditions = Conditions::new(
            &self.vocabulary.schema,
            &self.vocabulary.segments,
            self.vocabulary.zone.clone(),
            self.now,
        );
        let mut needs = Needs::default();
        for one in &walkable {
            for condition in conditions_of(&one.program.document) {
                needs.extend(conditions.needs(condition));
            }
        }
        needs.attributes.insert(Attribute::Status);
        needs
    }

    async fn load_people(&mut self, tx: &mut WriteTx, contacts: &[i64]) -> Result<()> {
        if contacts.is_empty() {
            return Ok(());
        }
        let account = self.account;
        let ids: Vec<SubscriberId> = contacts.iter().map(|id| (*id).into()).collect();
        let needs = self.needs();
        let known = audience::subscribers::merge_values(tx, account, &ids).await?;
        let mut views = audience::segments::views(tx, account, &ids, &needs).await?;
        let recent = self.now - RECENT;
        let last = store::last_events(tx, account, contacts, recent).await?;
        let floor = IdGenerator::earliest_at(recent);
        let mut letters = if self.shared.letters.is_empty() {
            HashMap::new()
        } else {
            store::letters(tx, account, contacts, self.now - CAPPED).await?
        };
        // Those of this transaction are written at its end.
        let theirs: BTreeSet<i64> = contacts.iter().copied().collect();
        for effect in &self.effects {
            if effect.message.is_some() && theirs.contains(&effect.contact) {
                letters
                    .entry(effect.contact)
                    .or_default()
                    .push(store::Letter {
                        at: self.now,
                        automation: effect.automation,
                        step: effect.step.to_string(),
                        kept_back: false,
                    });
            }
        }
        let kinds: BTreeSet<&str> = self
            .walkable
            .values()
            .flat_map(|one| patterns_of(&one.program.document))
            .map(|pattern| pattern.event.as_str())
            .collect();
        let kinds: Vec<String> = kinds.into_iter().map(str::to_owned).collect();
        let since = self
            .runs
            .values()
            .filter(|slot| theirs.contains(&slot.stored.run.contact))
            .map(|slot| slot.stored.run.began_at)
            .min();
        let mut events: HashMap<i64, Vec<Event>> = HashMap::new();
        if let Some(since) = since {
            let rows = store::events(tx, account, contacts, &kinds, since - RECENT).await?;
            let bodies = rows.iter().map(|row| (row.2.as_str(), &row.5));
            let context = Context::load(tx, account, bodies).await?;
            for (contact, id, kind, subject, at, body) in rows {
                let recorded = Recorded {
                    id,
                    kind,
                    contact,
                    subject,
                    at,
                    body,
                };
                events
                    .entry(contact)
                    .or_default()
                    .extend(translate(recorded, &context));
            }
        }
        for (id, known) in known {
            let Some(view) = views.remove(&id) else {
                continue;
            };
            let contact = id.get();
            let person = Person {
                zone: zone(known.subscriber.time_zone.as_deref()),
                known,
                view,
                last_event: last.get(&contact).copied().unwrap_or(0).max(floor),
                events: events.remove(&contact).unwrap_or_default(),
                letters: letters.remove(&contact).unwrap_or_default(),
                shared: self.shared.clone(),
                walking: None,
                changes: Vec::new(),
            };
            self.people.insert(contact, person);
        }
        Ok(())
    }
}

pub(crate) fn conditions_of(document: &Document) -> Vec<&Condition> {
    let mut all: Vec<&Condition> = Vec::new();
    all.extend(document.triggers.iter().filter_map(|it| it.filter.as_ref()));
    all.extend(document.goal.iter().filter_map(|it| it.when.as_ref()));
    all.extend(document.exits.iter().filter_map(|it| it.when.as_ref()));
    for step in &document.steps {
        match &step.body {
            Body::IfElse(split) => all.push(&split.condition),
            Body::FirstMatch(split) => all.extend(split.cases.iter().map(|case| &case.condition)),
            Body::WaitForAny(wait) => {
                all.extend(wait.paths.iter().filter_map(|path| path.when.as_ref()));
            }
            _ => {}
        }
    }
    all
}

/// What a document waits for, besides its triggers.
pub(in crate::engine) fn patterns_of(document: &Document) -> Vec<&Pattern> {
    let mut all: Vec<&Pattern> = Vec::new();
    all.extend(document.goal.iter().filter_map(|it| it.on.as_ref()));
    all.extend(document.exits.iter().filter_map(|it| it.on.as_ref()));
    for step in &document.steps {
        if let Body::WaitForAny(wait) = &step.body {
            all.extend(wait.paths.iter().filter_map(|path| path.on.as_ref()));
        }
    }
    all
}
