//! Taking an import back, batch by batch, each in one transaction with the progress.
//!
//! First the people whom it created: those to whom nothing happened since are deleted. Then those whom it changed: they
//! get the values back that they had before, if all of them are still as the import left them. Whoever unsubscribed, was
//! changed, or got or opened mail since is kept. Groups and tags that the import added are removed from everybody, since
//! nobody else added them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ctx::Ctx;
use db::{LockClass, WriteTx};
use jobs::{Attempt, JobError};
use kernel::{AccountId, Result};
use serde_json::Value;

use super::model::{Import, Undo, UndoState};
use super::run::remove_files;
use super::store::{self, Change};
use crate::fields::{self, Catalog, FieldInput, FieldValue, parse_json};
use crate::input::Patch;
use crate::subscribers::{self, Attributes, Draft, Origin, Source, attribute};
use crate::{FieldId, GroupId, ImportId, SubscriberId, TagId, labels};

/// People of one transaction.
const BATCH: i64 = 1000;
/// Attempts after which a fault is not one that passes.
const PATIENCE: u16 = 20;

pub(super) async fn run(
    ctx: &Ctx,
    account: AccountId,
    id: ImportId,
    at: Attempt,
) -> Result<(), JobError> {
    loop {
        if ctx.shutdown.is_cancelled() {
            return Err(JobError::Snooze(Duration::ZERO));
        }
        match step(ctx, account, id, BATCH).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => {
                if at.last || at.number >= PATIENCE {
                    let said =
                        "the server met a fault of its own; ask again, or look at the server's log";
                    let mut tx = ctx.write().await?;
                    store::end_undo(&mut tx, account, id, said, ctx.clock.now()).await?;
                    tx.commit().await?;
                    return Err(JobError::Fail(error.into()));
                }
                return Err(error.into());
            }
        }
    }
}

/// One batch; whether there may be another.
pub(super) async fn step(ctx: &Ctx, account: AccountId, id: ImportId, batch: i64) -> Result<bool> {
    let mut tx = ctx.write().await?;
    // Whoever deletes people does so in turns; before any of them is locked.
    tx.lock(LockClass::Audience, account.get()).await?;
    let Some(import) = store::find(&mut tx, account, id).await? else {
        return Ok(false);
    };
    let Some(mut undo) = import.undo.clone().filter(|undo| !undo.state.is_over()) else {
        return Ok(false);
    };
    let from = undo.processed;
    undo.state = UndoState::Running;
    let mut ids = import.ids();
    ids.start = ids.start.max(undo.cursor);
    let born = store::created_after(&mut tx, account, id, ids, batch).await?;
    if let Some(last) = born.last() {
        undo.cursor = last.get();
        take_away(ctx, &mut tx, account, &import, &mut undo, &born).await?;
    } else {
        let changes = store::changes(&mut tx, account, id, batch).await?;
        if let Some((last, _)) = changes.last() {
            let last = *last;
            put_back(ctx, &mut tx, account, &import, &mut undo, changes).await?;
            store::forget_changes(&mut tx, account, id, last).await?;
        } else {
            undo.state = UndoState::Completed;
            undo.finished_at = Some(ctx.clock.now());
        }
    }
    if !store::advance_undo(&mut tx, account, id, from, &undo).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    tx.commit().await?;
    if undo.state == UndoState::Completed {
        remove_files(import.file_path.as_ref());
    }
    Ok(undo.state == UndoState::Running)
}

/// Deletes those of the created people to whom nothing happened since.
async fn take_away(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    import: &Import,
    undo: &mut Undo,
    people: &[SubscriberId],
) -> Result<()> {
    let drafts = subscribers::drafts_in(tx, account, people, &[]).await?;
    let touched = store::touched(tx, account, people).await?;
    let (gone, kept): (Vec<_>, Vec<_>) =
        drafts
            .into_iter()
            .map(|draft| draft.person)
            .partition(|person| {
                person.updated_at == person.created_at
                    && person.status_changed_at == person.created_at
                    && person.last_activity_at.is_none()
                    && !touched.contains(&person.id)
            });
    let ids = |people: Vec<subscribers::Subscriber>| -> Vec<SubscriberId> {
        people.into_iter().map(|person| person.id).collect()
    };
    let (gone, kept) = (ids(gone), ids(kept));
    let by = undo.created_by.clone();
    let deleted = subscribers::delete_many_in(ctx, tx, account, &gone, &by).await?;
    if !kept.is_empty() {
        for group in &import.options.groups {
            let table = ("group_member", "group_id");
            let added = store::added_at_birth(tx, account, table, group.get(), &kept).await?;
            labels::remove_in(ctx, tx, account, *group, &added, &by).await?;
        }
        for tag in &import.options.tags {
            let table = ("tagging", "tag_id");
            let added = store::added_at_birth(tx, account, table, tag.get(), &kept).await?;
            labels::remove_in(ctx, tx, account, *tag, &added, &by).await?;
        }
    }
    undo.deleted += deleted as i64;
    undo.kept += kept.len() as i64;
    undo.processed += people.len() as i64;
    Ok(())
}

/// Gives people the values back that they had before.
async fn put_back(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    import: &Import,
    undo: &mut Undo,
    changes: Vec<(SubscriberId, Change)>,
) -> Result<()> {
    let catalog = fields::list(tx, account).await?;
    undo.processed += changes.len() as i64;
    let changes: BTreeMap<SubscriberId, Change> = changes.into_iter().collect();
    let people: Vec<SubscriberId> = changes.keys().copied().collect();
    let used: BTreeSet<FieldId> = changes
        .values()
        .flat_map(|change| change.fields.iter().map(|(field, ..)| *field))
        // What belonged to a field that was deleted since is gone with it.
        .filter(|field| catalog.by_id(*field).is_some())
        .collect();
    let used: Vec<FieldId> = used.into_iter().collect();
    let mut drafts = subscribers::drafts_in(tx, account, &people, &used).await?;
    let values = fields::values_of(tx, account, &people, Some(&used)).await?;
    let mut groups: BTreeMap<GroupId, Vec<SubscriberId>> = BTreeMap::new();
    let mut tags: BTreeMap<TagId, Vec<SubscriberId>> = BTreeMap::new();
    for draft in &mut drafts {
        let id = draft.person.id;
        let Some(change) = changes.get(&id) else {
            continue;
        };
        for group in &change.groups {
            groups.entry(*group).or_default().push(id);
        }
        for tag in &change.tags {
            tags.entry(*tag).or_default().push(id);
        }
        let values = values.get(&id).map_or(&[][..], Vec::as_slice);
        if !change.has_values() {
            undo.restored += 1;
        } else if draft.person.status.is_gone()
            || !is_as_left(draft, values, change, import, &catalog)
        {
            undo.kept += 1;
        } else {
            restore(draft, change, &catalog);
            undo.restored += 1;
        }
    }
    let by = undo.created_by.clone();
    let origin = Origin::by(&by, Source::Import);
    subscribers::save(ctx, tx, account, &catalog, &mut drafts, origin).await?;
    for (group, people) in groups {
        labels::remove_in(ctx, tx, account, group, &people, &by).await?;
    }
    for (tag, people) in tags {
        labels::remove_in(ctx, tx, account, tag, &people, &by).await?;
    }
    Ok(())
}

/// Whether everything that the import wrote still stands.
fn is_as_left(
    draft: &Draft,
    values: &[(FieldId, FieldValue)],
    change: &Change,
    import: &Import,
    catalog: &Catalog,
) -> bool {
    let person = &draft.person;
    let attributes = change
        .attributes
        .iter()
        .all(|(name, _, after)| attribute(person, name) == after.as_ref());
    let fields = change
        .fields
        .iter()
        .filter(|(field, ..)| catalog.by_id(*field).is_some())
        .all(|(field, _, after)| {
            let value = values.iter().find(|(id, _)| id == field);
            match (value, after) {
                (None, Value::Null) => true,
                (Some((_, value)), Value::String(after)) => value.to_string() == *after,
                _ => false,
            }
        });
    let consent = !change.consent
        || person.consent.as_ref().is_some_and(|consent| {
            consent.at == import.created_at && consent.text == import.options.consent_text
        });
    attributes && fields && consent
}

fn restore(draft: &mut Draft, change: &Change, catalog: &Catalog) {
    let mut attributes = Attributes::default();
    for (name, before, _) in &change.attributes {
        let before = before.clone().map_or(Patch::Clear, Patch::Set);
        match name.as_str() {
            "first_name" => attributes.first_name = before,
            "last_name" => attributes.last_name = before,
            "phone" => attributes.phone = before,
            "language" => attributes.language = before,
            "time_zone" => attributes.time_zone = before,
            _ => {}
        }
    }
    draft.apply(&attributes);
    for (field, before, _) in &change.fields {
        let Some(field) = catalog.by_id(*field) else {
            continue;
        };
        // A dropdown may not offer the old value any more; then the new one stays.
        if let Ok(input) = parse_json(field, before) {
            let input: FieldInput = input;
            draft.put(field.id, &input);
        }
    }
    if change.consent {
        draft.withdraw_consent();
    }
}
