//! Creating and updating up to a thousand people at once, each for themselves: a bad one does not spoil the others.

use std::collections::BTreeSet;

use ctx::Ctx;
use db::LockClass;
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Result, UserId};
use serde_json::json;

use super::upsert::{Mode, Outcome, Policy, UpsertRow, upsert_many_in};
use super::write::{NewSubscriber, check_owner, row_of};
use crate::fields;
use crate::input::Patch;
use crate::subscribers::model::Source;
use crate::{GroupId, TagId, labels};

/// Most people of one request.
const MAX_ITEMS: usize = 1000;

/// People as a request describes them.
#[derive(Clone, Debug)]
pub struct NewBatch {
    /// Or why the description cannot be read.
    pub items: Vec<Result<NewSubscriber, FieldError>>,
    pub mode: Mode,
    pub source: Source,
    /// For all of them.
    pub groups: Vec<GroupId>,
    pub tags: Vec<TagId>,
}

/// What became of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Taken(Outcome),
    Invalid(Vec<FieldError>),
}

/// Creates and updates people; what became of each, in their order. What is wrong with the request as a whole is an
/// error and changes nobody.
pub async fn upsert_batch(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    batch: NewBatch,
) -> Result<Vec<Item>> {
    if batch.items.len() > MAX_ITEMS {
        return Err(Error::invalid(
            "subscribers",
            "too_many",
            format!("send at most {MAX_ITEMS} at a time"),
        ));
    }
    let users = known_users(ctx, account, &batch).await?;
    let mut tx = ctx.write().await?;
    // No group, tag or field of the batch is deleted meanwhile.
    tx.lock(LockClass::Audience, account.get()).await?;
    let mut errors = Vec::new();
    labels::check_exist(&mut tx, account, &batch.groups, "groups", &mut errors).await?;
    labels::check_exist(&mut tx, account, &batch.tags, "tags", &mut errors).await?;
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let groups = named(&batch, |new| &new.groups);
    let groups = labels::existing(&mut tx, account, &groups).await?;
    let tags = named(&batch, |new| &new.tags);
    let tags = labels::existing(&mut tx, account, &tags).await?;
    let catalog = fields::list(&mut tx, account).await?;

    let mut rows: Vec<UpsertRow> = Vec::with_capacity(batch.items.len());
    // Of each item, why it is invalid; those for which there is nothing to say have a row.
    let mut faults: Vec<Vec<FieldError>> = Vec::with_capacity(batch.items.len());
    for item in batch.items {
        let mut errors = Vec::new();
        match item {
            Err(error) => errors.push(error),
            Ok(mut new) => {
                if let Patch::Set(owner) = new.attributes.owner
                    && !users.contains(&owner)
                {
                    errors.push(unknown("owner_id", "user", owner));
                }
                let (its_groups, its_tags) = (
                    std::mem::take(&mut new.groups),
                    std::mem::take(&mut new.tags),
                );
                let row = row_of(&catalog, new, &mut errors);
                note_unknown(&its_groups, &groups, "groups", "group", &mut errors);
                note_unknown(&its_tags, &tags, "tags", "tag", &mut errors);
                if let Some(row) = row.filter(|_| errors.is_empty()) {
                    rows.push(UpsertRow {
                        groups: its_groups,
                        tags: its_tags,
                        ..row
                    });
                }
            }
        }
        faults.push(errors);
    }
    let mut policy = Policy::new(batch.source, actor.as_str());
    policy.mode = batch.mode;
    policy.groups = batch.groups;
    policy.tags = batch.tags;
    let outcomes = upsert_many_in(ctx, &mut tx, account, &catalog, &rows, &policy).await?;
    note(ctx, &mut tx, account, actor, &outcomes).await?;
    tx.commit().await?;
    let mut outcomes = outcomes.into_iter();
    Ok(faults
        .into_iter()
        .map(|errors| {
            if errors.is_empty() {
                Item::Taken(outcomes.next().expect("there is an outcome for each row"))
            } else {
                Item::Invalid(errors)
            }
        })
        .collect())
}

async fn note(
    ctx: &Ctx,
    tx: &mut db::WriteTx,
    account: AccountId,
    actor: &Actor,
    outcomes: &[Outcome],
) -> Result<()> {
    let count = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|it| wanted(it)).count();
    let created = count(|it| matches!(it, Outcome::Created(_)));
    let updated = count(|it| matches!(it, Outcome::Updated(_)));
    if created + updated == 0 {
        return Ok(());
    }
    let after = json!({ "created": created, "updated": updated });
    identity::audit(
        ctx,
        tx,
        account,
        actor,
        "subscriber.batch_upserted",
        ("subscriber", outcomes.len()),
        None,
        Some(after),
    )
    .await
}

/// The owners that the batch names and that exist.
async fn known_users(ctx: &Ctx, account: AccountId, batch: &NewBatch) -> Result<BTreeSet<UserId>> {
    let mut named = BTreeSet::new();
    for item in batch.items.iter().flatten() {
        if let Patch::Set(owner) = item.attributes.owner {
            named.insert(owner);
        }
    }
    let mut known = BTreeSet::new();
    for user in named {
        let mut errors = Vec::new();
        check_owner(ctx, account, &Patch::Set(user), "owner_id", &mut errors).await?;
        if errors.is_empty() {
            known.insert(user);
        }
    }
    Ok(known)
}

fn named<Id: Copy + Ord>(batch: &NewBatch, of: impl Fn(&NewSubscriber) -> &Vec<Id>) -> Vec<Id> {
    let named: BTreeSet<Id> = batch.items.iter().flatten().flat_map(of).copied().collect();
    named.into_iter().collect()
}

fn note_unknown<Id: Copy + Ord + std::fmt::Display>(
    ids: &[Id],
    known: &BTreeSet<Id>,
    path: &str,
    noun: &str,
    errors: &mut Vec<FieldError>,
) {
    for (i, id) in ids.iter().enumerate() {
        if !known.contains(id) {
            errors.push(unknown(&format!("{path}[{i}]"), noun, *id));
        }
    }
}

fn unknown(path: &str, noun: &str, id: impl std::fmt::Display) -> FieldError {
    FieldError::new(
        path,
        "unknown",
        format!("there is no {noun} with the id {id}"),
    )
}
