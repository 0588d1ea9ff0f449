//! What an upsert changed of people who were known before: enough to take it back.

use std::collections::HashMap;

use crate::fields::FieldValue;
use crate::subscribers::draft::Draft;
use crate::subscribers::model::Subscriber;
use crate::{FieldId, GroupId, SubscriberId, TagId};

/// What was changed of one person. In each pair the value before comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    pub(crate) person: SubscriberId,
    /// Names as in [`attribute`].
    pub(crate) attributes: Vec<(&'static str, Option<String>, Option<String>)>,
    pub(crate) fields: Vec<(FieldId, Option<FieldValue>, Option<FieldValue>)>,
    /// Evidence of consent was kept of somebody who had none.
    pub(crate) consent: bool,
    /// What the person was added to.
    pub(crate) groups: Vec<GroupId>,
    pub(crate) tags: Vec<TagId>,
}

/// The standard attributes that files have, by their names.
pub(crate) fn attribute<'a>(person: &'a Subscriber, name: &str) -> Option<&'a String> {
    match name {
        "first_name" => person.first_name.as_ref(),
        "last_name" => person.last_name.as_ref(),
        "phone" => person.phone.as_ref(),
        "language" => person.language.as_ref(),
        "time_zone" => person.time_zone.as_ref(),
        _ => None,
    }
}

/// Of the changed among `drafts`; `before` and `values` are what the database had.
pub(super) fn of_changes(
    drafts: &[Draft],
    before: &HashMap<String, Subscriber>,
    values: &HashMap<SubscriberId, Vec<(FieldId, FieldValue)>>,
) -> HashMap<SubscriberId, Trace> {
    let changed = |draft: &&Draft| !draft.is_new() && draft.is_changed();
    if !drafts.iter().any(|draft| changed(&draft)) {
        return HashMap::new();
    }
    let before: HashMap<SubscriberId, &Subscriber> =
        before.values().map(|person| (person.id, person)).collect();
    drafts
        .iter()
        .filter(changed)
        .filter_map(|draft| {
            let id = draft.person.id;
            let before = before.get(&id)?;
            let value = |field: FieldId| {
                let values = values.get(&id)?;
                let (_, value) = values.iter().find(|(known, _)| *known == field)?;
                Some(value.clone())
            };
            let text = |person: &Subscriber, name: &str| attribute(person, name).cloned();
            let trace = Trace {
                attributes: draft
                    .changed
                    .iter()
                    .map(|name| (*name, text(before, name), text(&draft.person, name)))
                    .collect(),
                fields: draft
                    .set
                    .iter()
                    .map(|(field, now)| (*field, value(*field), now.clone()))
                    .collect(),
                consent: draft.consent_given && before.consent.is_none(),
                ..Trace::new(id)
            };
            Some((id, trace))
        })
        .collect()
}

impl Trace {
    pub(super) fn new(person: SubscriberId) -> Self {
        Self {
            person,
            attributes: Vec::new(),
            fields: Vec::new(),
            consent: false,
            groups: Vec::new(),
            tags: Vec::new(),
        }
    }
}
