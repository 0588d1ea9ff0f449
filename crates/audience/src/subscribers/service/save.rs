//! Writing drafts, however many, in a fixed number of statements, and recording what happened.

use std::collections::BTreeSet;

use ctx::Ctx;
use db::WriteTx;
use events::NewEvent;
use kernel::{AccountId, Result};
use serde_json::{Value, json};

use crate::fields::{self, Catalog};
use crate::subscribers::draft::Draft;
use crate::subscribers::model::{Source, Status};
use crate::subscribers::store;
use crate::{FieldId, GroupId, ImportId, TagId, labels, suppressions};

/// What the events of a batch say about where the changes come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    pub source: Source,
    pub import: Option<ImportId>,
    /// Who: see [`identity::Actor`].
    pub by: &'a str,
    /// The campaign that changes statuses.
    pub campaign: Option<i64>,
    /// What new people are born into.
    pub groups: &'a [GroupId],
    pub tags: &'a [TagId],
}

impl<'a> Origin<'a> {
    pub(crate) fn by(by: &'a str, source: Source) -> Self {
        Self {
            source,
            import: None,
            by,
            campaign: None,
            groups: &[],
            tags: &[],
        }
    }
}

/// Writes the new and the changed among `drafts`, and the events. Who is not changed costs nothing.
pub(crate) async fn save(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    catalog: &Catalog,
    drafts: &mut [Draft],
    origin: Origin<'_>,
) -> Result<()> {
    let now = ctx.clock.now();
    for draft in drafts.iter_mut() {
        if draft.is_changed() && !draft.is_new() {
            draft.person.updated_at = now;
        }
    }
    let new = || drafts.iter().filter(|draft| draft.is_new());
    let changed = || {
        drafts
            .iter()
            .filter(|draft| !draft.is_new() && draft.is_changed())
    };

    // Every field that somebody's row changes is written of everybody: their drafts know the values that stay.
    let written: BTreeSet<FieldId> = drafts
        .iter()
        .flat_map(|draft| draft.set.iter().map(|(field, _)| *field))
        .collect();
    let written: Vec<FieldId> = written.into_iter().collect();
    let places = fields::places_for_writing(tx, account, &written).await?;
    if new().next().is_some() || changed().next().is_some() {
        // Asked for now, so that nothing comes between the rows of the people and those of the events: the events are
        // made while PostgreSQL takes the people.
        tx.commit_stamp().await?;
    }
    store::insert_new(tx, account, &places, new()).await?;
    store::overwrite(tx, account, &places, changed()).await?;
    let events = events_of(catalog, drafts, origin);
    events::record(ctx, tx, account, &events).await?;
    let blocked: Vec<(&str, &str)> = drafts
        .iter()
        .filter(|draft| draft.person.status == Status::Suppressed)
        .filter(|draft| draft.is_new() || draft.moved_from().is_some())
        .map(|draft| {
            let reason = draft.person.status_reason.as_deref();
            (draft.person.email.as_str(), reason.unwrap_or("blocked"))
        })
        .collect();
    suppressions::insert_in(ctx, tx, account, &blocked).await?;

    let (mut joined, mut left) = (0, 0);
    for draft in drafts.iter() {
        let was_active =
            !draft.is_new() && draft.moved_from().unwrap_or(draft.person.status) == Status::Active;
        let is_active = draft.person.status == Status::Active;
        joined += i64::from(is_active && !was_active);
        left += i64::from(was_active && !is_active);
    }
    labels::count_active_in(ctx, tx, account, joined, left).await?;
    Ok(())
}

fn events_of(catalog: &Catalog, drafts: &[Draft], origin: Origin<'_>) -> Vec<NewEvent> {
    let created = created_body(origin);
    let mut list = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let person = &draft.person;
        let mut record = |kind, subject, body| {
            list.push(NewEvent {
                kind,
                subscriber: Some(person.id.get()),
                subject,
                at: None,
                body,
            });
        };
        if draft.is_new() {
            record(
                events::kind::SUBSCRIBER_CREATED,
                None,
                born(created.clone(), draft, origin),
            );
            continue;
        }
        if draft.is_updated() {
            let changed = draft.names_of_changes(catalog);
            let body = json!({ "changed": changed, "source": origin.source, "actor": origin.by });
            record(events::kind::SUBSCRIBER_UPDATED, None, body);
        }
        if let Some(from) = &draft.old_email {
            let body = json!({ "from": from, "to": person.email, "actor": origin.by });
            record(events::kind::SUBSCRIBER_EMAIL_CHANGED, None, body);
        }
        if let Some(from) = draft.moved_from() {
            let body = json!({
                "from": from,
                "to": person.status,
                "reason": person.status_reason,
                "actor": origin.by,
            });
            record(
                events::kind::SUBSCRIBER_STATUS_CHANGED,
                origin.campaign,
                body,
            );
        }
        if let Some(consent) = person.consent.as_ref().filter(|_| draft.consent_given) {
            let mut body = json!(consent);
            body["actor"] = json!(origin.by);
            if let Some(previous) = &draft.old_consent {
                body["previous"] = json!(previous);
            }
            record(events::kind::CONSENT_GIVEN, None, body);
        }
    }
    list
}

/// What the events of all new people of a batch have in common. One import writes a million of them, so they are short,
/// and there is no further event for what somebody is born with: groups, tags, consent.
fn created_body(origin: Origin<'_>) -> Value {
    let mut body = json!({ "source": origin.source, "status": Status::Active, "actor": origin.by });
    if let Some(import) = origin.import {
        body["import_id"] = json!(import);
    }
    if !origin.groups.is_empty() {
        body["group_ids"] = json!(origin.groups);
    }
    if !origin.tags.is_empty() {
        body["tag_ids"] = json!(origin.tags);
    }
    body
}

fn born(mut body: Value, draft: &Draft, origin: Origin<'_>) -> Value {
    if draft.person.status != Status::Active {
        body["status"] = json!(draft.person.status);
    }
    if let Some(consent) = &draft.person.consent {
        body["consent_at"] = json!(consent.at);
    }
    if !draft.groups.is_empty() {
        body["group_ids"] = json!(union(origin.groups, &draft.groups));
    }
    if !draft.tags.is_empty() {
        body["tag_ids"] = json!(union(origin.tags, &draft.tags));
    }
    body
}

fn union<Id: Copy + Ord>(a: &[Id], b: &[Id]) -> BTreeSet<Id> {
    a.iter().chain(b).copied().collect()
}
