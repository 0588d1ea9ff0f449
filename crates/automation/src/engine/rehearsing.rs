//! A contact for trying out: the same as in a session, but nothing of it is written.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use audience::fields::Catalog as Fields;
use audience::segments::Vocabulary;
use audience::subscribers::MergeValues;
use kernel::{TimeZone, Timestamp, UserId};
use rules::{Attribute, View};

use super::catalog::Walkable;
use super::person::{self, Shared, compared, zone};
use crate::event::Event;
use crate::ids::AutomationId;
use crate::interpret::{Change, Contact, Effect};
use crate::time::FieldTime;

/// What is the same for all who are tried out.
pub(crate) struct Surroundings {
    pub(crate) vocabulary: Vocabulary,
    pub(crate) fields: Fields,
    /// Automations that people can be sent into.
    pub(crate) automations: BTreeSet<AutomationId>,
}

/// See the module.
pub(crate) struct Person(person::Person);

impl Person {
    /// Somebody, as they are at the beginning. The view tells what is known besides their values: where they belong, and
    /// what they did.
    pub(crate) fn invented(
        known: MergeValues,
        mut view: View,
        surroundings: &Surroundings,
    ) -> Self {
        let subscriber = &known.subscriber;
        for (attribute, text) in [
            (Attribute::Email, Some(subscriber.email.as_str())),
            (Attribute::FirstName, subscriber.first_name.as_deref()),
            (Attribute::LastName, subscriber.last_name.as_deref()),
            (Attribute::Phone, subscriber.phone.as_deref()),
            (Attribute::Language, subscriber.language.as_deref()),
            (Attribute::TimeZone, subscriber.time_zone.as_deref()),
            (Attribute::Status, Some(subscriber.status.as_str())),
            (Attribute::Source, Some(subscriber.source.as_str())),
        ] {
            view.set_text(attribute, text);
        }
        view.set_int(Attribute::Score, Some(subscriber.score));
        view.set_int(Attribute::Owner, subscriber.owner.map(UserId::get));
        for (attribute, at) in [
            (Attribute::CreatedAt, Some(subscriber.created_at)),
            (Attribute::UpdatedAt, Some(subscriber.updated_at)),
            (Attribute::LastActivityAt, subscriber.last_activity_at),
            (
                Attribute::StatusChangedAt,
                Some(subscriber.status_changed_at),
            ),
            (
                Attribute::ConsentAt,
                subscriber.consent.as_ref().map(|consent| consent.at),
            ),
            (Attribute::ConfirmedAt, subscriber.confirmed_at),
        ] {
            view.set_time(attribute, at);
        }
        for (key, value) in &known.fields {
            if let Some(field) = surroundings.fields.by_key(key) {
                view.set_field(field.id, Some(compared(value)));
            }
        }
        let zone = zone(subscriber.time_zone.as_deref());
        let schema = &surroundings.vocabulary.schema;
        Self(person::Person {
            known,
            view,
            zone,
            last_event: 0,
            events: Vec::new(),
            letters: Vec::new(),
            shared: Arc::new(Shared {
                fields: surroundings.fields.clone(),
                groups: schema.groups.clone(),
                tags: schema.tags.clone(),
                automations: surroundings.automations.clone(),
                letters: HashMap::new(),
            }),
            walking: None,
            changes: Vec::new(),
        })
    }

    /// Who they are by now.
    pub(crate) const fn known(&self) -> &MergeValues {
        &self.0.known
    }

    /// Walks through this.
    pub(crate) fn walk(&mut self, walkable: &Arc<Walkable>) {
        self.0.walking = Some(walkable.clone());
    }

    /// Something happened to them.
    pub(crate) fn happened(&mut self, event: Event) {
        self.0.last_event = self.0.last_event.max(event.id);
        self.0.events.push(event);
    }

    /// What changed since it was last asked.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.0.changes)
    }
}

impl Contact for Person {
    fn id(&self) -> i64 {
        self.0.id()
    }

    fn view(&self) -> &View {
        self.0.view()
    }

    fn zone(&self) -> Option<&TimeZone> {
        self.0.zone()
    }

    fn status(&self) -> &str {
        self.0.status()
    }

    fn time(&self, field: &str) -> Option<FieldTime> {
        self.0.time(field)
    }

    fn last_event(&self) -> i64 {
        self.0.last_event()
    }

    fn events_after(&self, kind: &str, after: i64) -> Vec<&Event> {
        self.0.events_after(kind, after)
    }

    fn messages_since(&self, since: Timestamp) -> u32 {
        self.0.messages_since(since)
    }

    fn apply(&mut self, effect: &Effect, now: Timestamp) -> Result<(), String> {
        match effect {
            // No content is asked for: it may not be written yet.
            Effect::Outbox { step, outgoing, .. } => {
                if outgoing.is_message {
                    self.0.wrote(step, now);
                }
                Ok(())
            }
            Effect::Change { .. } => self.0.apply(effect, now),
        }
    }
}
