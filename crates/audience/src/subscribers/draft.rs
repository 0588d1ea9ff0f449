//! One person about to be written: what they were, what they become, and what has to be recorded of the difference.
//! Pure decisions; `service/save.rs` writes them.

use kernel::{EmailAddress, Timestamp};

use super::model::{Attributes, Change, Consent, Refused, Status, Subscriber};
use crate::fields::{Catalog, FieldInput, FieldValue};
use crate::{FieldId, GroupId, TagId};

/// A person and the changes made to them so far.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) person: Subscriber,
    /// The status before; `None` when the person is new.
    before: Option<Status>,
    /// The values before, as far as they were loaded.
    values: Vec<(FieldId, FieldValue)>,
    /// The address before, if it is another now.
    pub(super) old_email: Option<String>,
    /// The consent before, if there is another now.
    pub(super) old_consent: Option<Consent>,
    /// The values that differ from before; `None` is to be removed.
    pub(super) set: Vec<(FieldId, Option<FieldValue>)>,
    /// Standard attributes that differ from before.
    pub(super) changed: Vec<&'static str>,
    pub(super) consent_given: bool,
    /// What a new person is born into beyond what the whole batch is.
    pub(super) groups: Vec<GroupId>,
    pub(super) tags: Vec<TagId>,
}

impl Draft {
    /// Somebody who does not exist yet.
    pub(crate) fn new(person: Subscriber) -> Self {
        Self {
            before: None,
            ..Self::of(person, Vec::new())
        }
    }

    /// Somebody who exists; `values` must hold those of every field that will be changed of anybody in the same batch:
    /// the rows are written as a whole.
    pub(crate) fn of(person: Subscriber, values: Vec<(FieldId, FieldValue)>) -> Self {
        Self {
            before: Some(person.status),
            person,
            values,
            old_email: None,
            old_consent: None,
            set: Vec::new(),
            changed: Vec::new(),
            consent_given: false,
            groups: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// The standard attributes and custom fields that differ from before, as events and the audit log name them.
    pub(crate) fn names_of_changes(&self, catalog: &Catalog) -> Vec<String> {
        let attributes = self.changed.iter().map(|name| (*name).to_owned());
        let fields = self.set.iter().filter_map(|(id, _)| catalog.by_id(*id));
        attributes
            .chain(fields.map(|field| format!("fields.{}", field.key)))
            .collect()
    }

    pub(crate) fn is_new(&self) -> bool {
        self.before.is_none()
    }

    /// The status that an existing person had, if it is another now.
    pub(crate) fn moved_from(&self) -> Option<Status> {
        self.before.filter(|before| *before != self.person.status)
    }

    /// Whether anything but the status differs.
    pub(super) fn is_updated(&self) -> bool {
        !self.changed.is_empty() || !self.set.is_empty()
    }

    /// Whether an existing person has to be written at all.
    pub(crate) fn is_changed(&self) -> bool {
        self.is_updated() || self.consent_given || self.moved_from().is_some()
    }

    /// Whether anything differs now; so do the other methods say that change a draft.
    pub(crate) fn apply(&mut self, attributes: &Attributes) -> bool {
        let before = self.changed.len();
        attributes.apply(&mut self.person, &mut self.changed);
        self.changed.len() > before
    }

    /// Whether there was a value before.
    pub(super) fn had(&self, field: FieldId) -> bool {
        self.values.iter().any(|(id, _)| *id == field)
    }

    /// Keeps this as the evidence that the subscription was confirmed.
    pub(super) fn confirm(&mut self, at: Timestamp, ip: Option<&str>) -> bool {
        let person = &mut self.person;
        if person.confirmed_at == Some(at) && person.confirmed_ip.as_deref() == ip {
            return false;
        }
        person.confirmed_at = Some(at);
        person.confirmed_ip = ip.map(str::to_owned);
        self.changed.push("confirmed_at");
        true
    }

    pub(crate) fn set_email(&mut self, email: &EmailAddress) -> bool {
        if self.person.email == email.as_str() {
            return false;
        }
        let old = std::mem::replace(&mut self.person.email, email.as_str().to_owned());
        self.old_email.get_or_insert(old);
        self.changed.push("email");
        true
    }

    /// Whether the value before is exactly this text.
    pub(crate) fn has_text(&self, field: FieldId, text: &str) -> bool {
        self.values
            .iter()
            .any(|(id, value)| *id == field && *value == FieldValue::Text(text.to_owned()))
    }

    /// Sets or clears a value.
    pub(crate) fn put(&mut self, field: FieldId, input: &FieldInput) -> bool {
        let wanted = match input {
            FieldInput::Set(value) => Some(value),
            FieldInput::Clear => None,
        };
        let stored = self.stored(field);
        let pending = self.set.iter().position(|(id, _)| *id == field);
        let current = pending.map_or(stored, |i| self.set[i].1.as_ref());
        if current == wanted {
            return false;
        }
        match pending {
            // A later row of the same batch takes back what an earlier one did.
            Some(i) if stored == wanted => drop(self.set.remove(i)),
            Some(i) => self.set[i].1 = wanted.cloned(),
            None => self.set.push((field, wanted.cloned())),
        }
        true
    }

    /// What the person has in a field now, the changes included.
    pub(super) fn value(&self, field: FieldId) -> Option<&FieldValue> {
        let changed = self.set.iter().find(|(id, _)| *id == field);
        changed.map_or_else(|| self.stored(field), |(_, value)| value.as_ref())
    }

    fn stored(&self, field: FieldId) -> Option<&FieldValue> {
        let stored = self.values.iter().find(|(id, _)| *id == field);
        stored.map(|(_, value)| value)
    }

    /// Keeps this as the evidence of consent.
    pub(crate) fn consent(&mut self, consent: &Consent) -> bool {
        if self.person.consent.as_ref() == Some(consent) {
            return false;
        }
        let old = self.person.consent.replace(consent.clone());
        self.old_consent = self.old_consent.take().or(old);
        self.consent_given = true;
        true
    }

    /// Forgets the evidence of consent, which turned out not to be any.
    pub(crate) fn withdraw_consent(&mut self) {
        if self.person.consent.take().is_some() {
            self.changed.push("consent");
        }
    }

    /// Goes through the status machine; whether that is another status.
    pub(crate) fn change_status(
        &mut self,
        change: Change,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, Refused> {
        let status = self.person.status.after(change)?;
        Ok(self.set_status(status, reason, now))
    }

    /// For decisions that were made by [`Status::after_upsert`].
    pub(crate) fn set_status(
        &mut self,
        status: Status,
        reason: Option<&str>,
        now: Timestamp,
    ) -> bool {
        if self.person.status == status {
            return false;
        }
        self.person.status = status;
        self.person.status_reason = reason.map(str::to_owned);
        self.person.status_changed_at = now;
        true
    }
}
