//! Carrying a bulk action out, batch by batch.

use std::time::Duration;

use ctx::Ctx;
use db::{LockClass, WriteTx};
use jobs::JobError;
use kernel::{AccountId, Error, FieldError, Result};
use serde_json::Value;

use super::chunks::{self, Chunks};
use super::model::{Action, BulkAction, Chosen, State, change_to};
use super::store;
use crate::fields::{self, Catalog, FieldInput};
use crate::input::{MAX_NAME, Patch, line};
use crate::subscribers::{self, Attributes, Cause, Origin, Source};
use crate::{BulkActionId, FieldId, SubscriberId, labels, segments};

/// People of one look at the selection.
const PAGE: usize = 10_000;
/// How long it waits for a database that is away.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn run(
    ctx: &Ctx,
    account: AccountId,
    id: BulkActionId,
    last_try: bool,
) -> Result<(), JobError> {
    loop {
        if ctx.shutdown.is_cancelled() {
            return Err(JobError::Snooze(Duration::ZERO));
        }
        match step(ctx, account, id).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            // That passes, and what is done is done: it is no attempt of this job's few.
            Err(Error::Unavailable { .. }) => return Err(JobError::Snooze(PAUSE)),
            Err(error) => {
                // What was selected or is to be set has disappeared; trying again would not bring it back.
                let hopeless = matches!(
                    error,
                    Error::Invalid(_) | Error::NotFound { .. } | Error::Conflict { .. }
                );
                if hopeless || last_try {
                    let mut tx = ctx.write().await?;
                    let (text, now) = (error.to_string(), ctx.clock.now());
                    store::end(&mut tx, account, id, State::Failed, Some(&text), now).await?;
                    tx.commit().await?;
                }
                return if hopeless { Ok(()) } else { Err(error.into()) };
            }
        }
    }
}

/// Selects, or one batch; whether there may be more to do.
pub(super) async fn step(ctx: &Ctx, account: AccountId, id: BulkActionId) -> Result<bool> {
    let mut tx = ctx.read().await?;
    let Some(it) = store::find(&mut tx, account, id).await? else {
        return Ok(false);
    };
    drop(tx);
    if it.state.is_over() {
        Ok(false)
    } else if it.total.is_none() {
        select(ctx, account, it).await
    } else {
        batch(ctx, account, id).await
    }
}

/// Finds out whom it visits, in one snapshot, and writes them down in one transaction.
async fn select(ctx: &Ctx, account: AccountId, mut it: BulkAction) -> Result<bool> {
    let mut chunks = Chunks::default();
    match it.selection.chosen()? {
        Chosen::Ids(ids) => ids.into_iter().for_each(|id| chunks.push(id)),
        Chosen::Rule(rule, words) => {
            let mut tx = ctx.db.snapshot().await?;
            let compiled = segments::compile_rule_in(&mut tx, ctx, account, &rule).await?;
            let mut after = None;
            loop {
                let ids = match &words {
                    None => segments::ids_in(&mut tx, account, &compiled, after, PAGE as i64).await,
                    Some(words) => {
                        let page = PAGE as i64;
                        subscribers::found_in(&mut tx, account, &compiled, words, after, page).await
                    }
                }?;
                after = ids.last().copied();
                // Ids rise with time, whatever they are of: the others came after the action was made.
                let before = |id: &&SubscriberId| id.get() < it.id.get();
                ids.iter()
                    .take_while(before)
                    .for_each(|id| chunks.push(*id));
                if ids.len() < PAGE || ctx.shutdown.is_cancelled() {
                    break;
                }
            }
        }
    }
    if ctx.shutdown.is_cancelled() {
        return Ok(true);
    }
    let (total, chunks) = chunks.finish();
    let mut tx = ctx.write().await?;
    it.total = Some(total as i64);
    it.state = State::Running;
    // Stopped meanwhile, or another node was faster.
    if !store::begin(&mut tx, account, &it).await? {
        return Ok(false);
    }
    store::insert_chunks(&mut tx, account, it.id, chunks).await?;
    tx.commit().await?;
    Ok(true)
}

async fn batch(ctx: &Ctx, account: AccountId, id: BulkActionId) -> Result<bool> {
    let mut tx = ctx.write().await?;
    // A node that was taken for dead may still be at it.
    tx.lock(LockClass::Import, id.get()).await?;
    let Some(mut it) = store::find(&mut tx, account, id).await? else {
        return Ok(false);
    };
    if let Some(chunk) = store::take_chunk(&mut tx, account, id).await? {
        let people = chunks::ids(&chunk)
            .ok_or_else(|| Error::internal(anyhow::anyhow!("a chunk of {id} is no list of ids")))?;
        let catalog = fields::list(&mut tx, account).await?;
        let prepared = Prepared::new(&catalog, &it.action)?;
        it.cursor = people.last().copied().unwrap_or(it.cursor);
        it.processed += people.len() as i64;
        it.changed += apply(ctx, &mut tx, account, &catalog, &it, prepared, &people).await? as i64;
    } else {
        it.state = State::Completed;
        it.finished_at = Some(ctx.clock.now());
    }
    // Stopped meanwhile: then this batch does not happen.
    if store::advance(&mut tx, account, &it).await? {
        tx.commit().await?;
        Ok(it.state == State::Running)
    } else {
        tx.rollback().await?;
        Ok(false)
    }
}

/// An action with its value checked.
pub(super) enum Prepared {
    Attributes(Attributes),
    Field(FieldId, FieldInput),
    Other,
}

impl Prepared {
    pub(super) fn new(catalog: &Catalog, action: &Action) -> Result<Self> {
        match action {
            Action::SetField { field, value } => set(catalog, field, value),
            Action::ClearField { field } => set(catalog, field, &Value::Null),
            Action::ChangeStatus { status, reason } => {
                change_to(*status)?;
                line(reason.as_deref().unwrap_or_default(), MAX_NAME)
                    .map_err(|fault| Error::Invalid(vec![fault.at("action.reason")]))?;
                Ok(Self::Other)
            }
            _ => Ok(Self::Other),
        }
    }
}

fn set(catalog: &Catalog, name: &str, value: &Value) -> Result<Prepared> {
    if let Some(field) = catalog.by_key(name) {
        let input = fields::parse_json(field, value)
            .map_err(|fault| Error::Invalid(vec![fault.at("action.value")]))?;
        return Ok(Prepared::Field(field.id, input));
    }
    let wrong = |expected: &str| {
        Error::invalid("action.value", "wrong_type", format!("expected {expected}"))
    };
    let text = || match value {
        Value::Null => Ok(Patch::Clear),
        Value::String(text) => Ok(Patch::Set(text.clone())),
        _ => Err(wrong("a text")),
    };
    let mut attributes = Attributes::default();
    match name {
        "first_name" => attributes.first_name = text()?,
        "last_name" => attributes.last_name = text()?,
        "phone" => attributes.phone = text()?,
        "language" => attributes.language = text()?,
        "time_zone" => attributes.time_zone = text()?,
        "owner_id" => {
            attributes.owner = text()?
                .try_map(|text| text.parse::<i64>().map(Into::into))
                .map_err(|_| wrong("the id of a user, as a text of digits"))?;
        }
        "score" => {
            attributes.score = Some(value.as_i64().ok_or_else(|| wrong("a whole number"))?);
        }
        _ => {
            return Err(Error::Invalid(vec![FieldError::new(
                "action.field",
                "unknown",
                "there is no such custom field, and no such attribute that can be set",
            )]));
        }
    }
    attributes
        .checked(|_| "action.value".to_owned())
        .map(Prepared::Attributes)
        .map_err(Error::Invalid)
}

/// Changes a batch; how many are different now.
async fn apply(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    catalog: &Catalog,
    it: &BulkAction,
    prepared: Prepared,
    people: &[SubscriberId],
) -> Result<u64> {
    let by = it.created_by.as_str();
    match (&it.action, prepared) {
        (_, Prepared::Attributes(attributes)) => {
            let mut drafts = subscribers::drafts_in(tx, account, people, &[]).await?;
            let changed = drafts
                .iter_mut()
                .map(|draft| u64::from(draft.apply(&attributes)))
                .sum();
            let origin = Origin::by(by, Source::Manual);
            subscribers::save(ctx, tx, account, catalog, &mut drafts, origin).await?;
            Ok(changed)
        }
        (_, Prepared::Field(field, input)) => {
            let mut drafts = subscribers::drafts_in(tx, account, people, &[field]).await?;
            let changed = drafts
                .iter_mut()
                .map(|draft| u64::from(draft.put(field, &input)))
                .sum();
            let origin = Origin::by(by, Source::Manual);
            subscribers::save(ctx, tx, account, catalog, &mut drafts, origin).await?;
            Ok(changed)
        }
        (Action::AddToGroup { group_id }, _) => {
            label(ctx, tx, account, *group_id, people, true, by).await
        }
        (Action::RemoveFromGroup { group_id }, _) => {
            label(ctx, tx, account, *group_id, people, false, by).await
        }
        (Action::AddTag { tag_id }, _) => label(ctx, tx, account, *tag_id, people, true, by).await,
        (Action::RemoveTag { tag_id }, _) => {
            label(ctx, tx, account, *tag_id, people, false, by).await
        }
        (Action::ChangeStatus { status, reason }, _) => {
            let cause = Cause {
                reason: reason.as_deref().unwrap_or("bulk"),
                actor: by,
                campaign: None,
            };
            let change = change_to(*status)?;
            subscribers::change_status_in(ctx, tx, account, people, change, cause).await
        }
        (Action::Delete {}, _) => subscribers::delete_many_in(ctx, tx, account, people, by).await,
        (Action::SetField { .. } | Action::ClearField { .. }, Prepared::Other) => Ok(0),
    }
}

async fn label<Id: labels::LabelId>(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    id: Id,
    people: &[SubscriberId],
    add: bool,
    by: &str,
) -> Result<u64> {
    if labels::existing(tx, account, &[id]).await?.is_empty() {
        return Err(Error::not_found(Id::LABEL.noun(), id));
    }
    let people = subscribers::lock_existing_in(tx, account, people).await?;
    if add {
        let pairs = people.into_iter().map(|person| (id, person));
        Ok(labels::add_in(ctx, tx, account, pairs, by).await?.len() as u64)
    } else {
        let people: Vec<SubscriberId> = people.into_iter().collect();
        Ok(labels::remove_in(ctx, tx, account, id, &people, by).await? as u64)
    }
}
