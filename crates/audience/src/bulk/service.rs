//! Asking for a bulk action, watching and stopping it.

use ctx::Ctx;
use db::Tx;
use identity::Actor;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result};
use serde_json::json;

use super::jobs::BulkJob;
use super::model::{Action, BulkAction, Chosen, Selection, State};
use super::run::Prepared;
use super::store;
use crate::{BulkActionId, fields, labels, segments, subscribers};

/// Checks the action and puts it in the queue.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    selection: Selection,
    action: Action,
) -> Result<BulkAction> {
    let catalog = fields::catalog(ctx, account).await?;
    if let Prepared::Attributes(attributes) = Prepared::new(&catalog, &action)? {
        let mut errors = Vec::new();
        let owner = &attributes.owner;
        subscribers::check_owner(ctx, account, owner, "action.value", &mut errors).await?;
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
    }
    let mut tx = ctx.write().await?;
    if let Chosen::Rule(rule, _) = selection.chosen()? {
        // What it names must exist.
        segments::compile_rule_in(&mut tx, ctx, account, &rule)
            .await
            .map_err(|error| of_selection(error, &selection))?;
    }
    check(&mut tx, account, &action).await?;
    let it = BulkAction {
        id: ctx.ids.next(),
        state: State::Queued,
        selection,
        action,
        created_by: actor.to_string(),
        total: None,
        processed: 0,
        changed: 0,
        error: None,
        created_at: ctx.clock.now(),
        finished_at: None,
        cursor: 0.into(),
    };
    store::insert(&mut tx, account, &it).await?;
    let job = BulkJob {
        account,
        action: it.id,
    };
    jobs::enqueue(ctx, &mut tx, account, &job).await?;
    let after = json!({ "selection": brief(&it.selection), "action": it.action });
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "bulk_action.created",
        ("bulk_action", it.id),
        None,
        Some(after),
    )
    .await?;
    tx.commit().await?;
    Ok(it)
}

/// How many people a selection is of, as things are now.
pub async fn count(ctx: &Ctx, account: AccountId, selection: &Selection) -> Result<i64> {
    match selection.chosen()? {
        Chosen::Ids(ids) => Ok(ids.len() as i64),
        Chosen::Rule(rule, words) => {
            let mut tx = ctx.read().await?;
            let compiled = segments::compile_rule_in(&mut tx, ctx, account, &rule)
                .await
                .map_err(|error| of_selection(error, selection))?;
            Ok(match words {
                None => segments::count_in(&mut tx, account, &compiled).await?,
                Some(words) => {
                    subscribers::count_found_in(&mut tx, account, &compiled, &words).await?
                }
            })
        }
    }
}

/// Ten thousand ids say little in an audit log.
fn brief(selection: &Selection) -> serde_json::Value {
    selection.ids.as_ref().map_or_else(
        || json!(selection),
        |ids| json!({ "ids": format!("{} people", ids.len()) }),
    )
}

/// The rule is made here: what is wrong with it is wrong with what was selected.
fn of_selection(error: Error, selection: &Selection) -> Error {
    let Error::Invalid(mut faults) = error else {
        return error;
    };
    let field = match selection {
        Selection {
            segment_id: Some(_),
            ..
        } => "selection.segment_id",
        Selection {
            group_id: Some(_), ..
        } => "selection.group_id",
        Selection {
            tag_id: Some(_), ..
        } => "selection.tag_id",
        _ => "selection",
    };
    for fault in &mut faults {
        field.clone_into(&mut fault.field);
    }
    Error::Invalid(faults)
}

async fn check(tx: &mut Tx, account: AccountId, action: &Action) -> Result<()> {
    match action {
        Action::AddToGroup { group_id } | Action::RemoveFromGroup { group_id } => {
            check_label(tx, account, *group_id, "action.group_id").await
        }
        Action::AddTag { tag_id } | Action::RemoveTag { tag_id } => {
            check_label(tx, account, *tag_id, "action.tag_id").await
        }
        _ => Ok(()),
    }
}

async fn check_label<Id: labels::LabelId>(
    tx: &mut Tx,
    account: AccountId,
    id: Id,
    field: &str,
) -> Result<()> {
    if labels::existing(tx, account, &[id]).await?.is_empty() {
        let noun = Id::LABEL.noun();
        return Err(Error::invalid(
            field,
            "unknown",
            format!("there is no {noun} with the id {id}"),
        ));
    }
    Ok(())
}

/// One of them, with its progress.
pub async fn get(ctx: &Ctx, account: AccountId, id: BulkActionId) -> Result<BulkAction> {
    get_in(&mut *ctx.read().await?, account, id).await
}

async fn get_in(tx: &mut Tx, account: AccountId, id: BulkActionId) -> Result<BulkAction> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("bulk action", id))
}

/// The newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<BulkAction>> {
    let mut tx = ctx.read().await?;
    let before = cursor.map_or(i64::MAX, |cursor| cursor.id);
    let rows = store::page(&mut tx, account, before, limit).await?;
    Ok(Page::from_rows(rows, limit, |it| Cursor {
        key: 0,
        id: it.id.get(),
    }))
}

/// Stops it after the batch that is being done. One that is over stays as it is.
pub async fn stop(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: BulkActionId,
) -> Result<BulkAction> {
    let mut tx = ctx.write().await?;
    get_in(&mut tx, account, id).await?;
    let now = ctx.clock.now();
    if store::end(&mut tx, account, id, State::Stopped, None, now).await? {
        identity::audit(
            ctx,
            &mut tx,
            account,
            actor,
            "bulk_action.stopped",
            ("bulk_action", id),
            None,
            None,
        )
        .await?;
    }
    let it = get_in(&mut tx, account, id).await?;
    tx.commit().await?;
    Ok(it)
}
