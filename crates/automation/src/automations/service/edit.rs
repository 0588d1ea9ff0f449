//! Writing drafts.

use ctx::Ctx;
use db::WriteTx;
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Result, text};
use serde_json::{Value, json};

use super::{MAX_NAME, audit, brief, find, for_update};
use crate::automations::model::{Automation, Moving, NewAutomation, Patch, Status};
use crate::automations::store;
use crate::definition::{Document, MAX_DOCUMENT_BYTES};
use crate::fault::into_kernel_error;
use crate::ids::AutomationId;
use crate::library;

/// Makes an automation, as a draft.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    new: NewAutomation,
) -> Result<Automation> {
    check_name(&new.name)?;
    let draft = match (new.draft, new.library.as_deref()) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid(
                "library",
                "not_allowed",
                "give a draft, or the key of an automation of the library; not both",
            ));
        }
        (Some(draft), None) => readable(draft)?,
        (None, Some(key)) => {
            let found = library::find(key).ok_or_else(|| {
                Error::invalid(
                    "library",
                    "unknown",
                    "there is none with this key; GET /api/automations/library lists them",
                )
            })?;
            readable(found.document)?
        }
        (None, None) => Document::default().to_json(),
    };
    let mut tx = ctx.write().await?;
    let automation = insert(ctx, &mut tx, account, actor, new.name.trim(), draft).await?;
    tx.commit().await?;
    Ok(automation)
}

async fn insert(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    name: &str,
    draft: Value,
) -> Result<Automation> {
    let now = ctx.clock.now();
    let automation = Automation {
        account,
        id: ctx.ids.next(),
        name: name.to_owned(),
        status: Status::Draft,
        draft,
        live: None,
        version: 1,
        paused_at: None,
        published_at: None,
        moving: None,
        created_at: now,
        updated_at: now,
        created_by: actor.to_string(),
    };
    store::insert(tx, &automation).await?;
    let after = Some(brief(&automation));
    audit(
        ctx,
        tx,
        actor,
        "automation.created",
        &automation,
        None,
        after,
    )
    .await?;
    Ok(automation)
}

fn check_name(name: &str) -> Result<()> {
    match text::name(name, MAX_NAME) {
        Ok(_) => Ok(()),
        Err(fault) => Err(Error::Invalid(vec![fault])),
    }
}

/// A draft may be unfinished, but what is there must be understood: each fault has its place.
fn readable(draft: Value) -> Result<Value> {
    let bytes = draft.to_string().len();
    if bytes > MAX_DOCUMENT_BYTES {
        return Err(Error::Invalid(vec![FieldError::new(
            "draft",
            "too_large",
            format!(
                "has {bytes} bytes, the limit is {MAX_DOCUMENT_BYTES}: divide it into two automations"
            ),
        )]));
    }
    match Document::parse(&draft) {
        Ok(document) => Ok(document.to_json()),
        Err(faults) => Err(into_kernel_error("draft", faults)),
    }
}

/// Changes name or draft. What is live stays as it is.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: AutomationId,
    expected: Option<i64>,
    patch: Patch,
) -> Result<Automation> {
    if let Some(name) = &patch.name {
        check_name(name)?;
    }
    let draft = patch.draft.map(readable).transpose()?;
    let mut tx = ctx.write().await?;
    let mut automation = for_update(&mut tx, account, id, expected).await?;
    let before = json!({"name": automation.name});
    if let Some(name) = patch.name {
        name.trim().clone_into(&mut automation.name);
    }
    let drafted = draft.is_some();
    if let Some(draft) = draft {
        automation.draft = draft;
    }
    store::update(&mut tx, &mut automation, ctx.clock.now()).await?;
    let after = json!({"name": automation.name, "draft_changed": drafted});
    audit(
        ctx,
        &mut tx,
        actor,
        "automation.updated",
        &automation,
        Some(before),
        Some(after),
    )
    .await?;
    tx.commit().await?;
    Ok(automation)
}

/// A new draft that says the same.
pub async fn duplicate(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: AutomationId,
    name: Option<&str>,
) -> Result<Automation> {
    if let Some(name) = name {
        check_name(name)?;
    }
    let mut tx = ctx.write().await?;
    let original = find(&mut tx, account, id).await?;
    let name = match name {
        Some(name) => name.trim().to_owned(),
        None => format!("Copy of {}", original.name)
            .chars()
            .take(MAX_NAME)
            .collect(),
    };
    let copy = insert(ctx, &mut tx, account, actor, &name, original.draft).await?;
    tx.commit().await?;
    Ok(copy)
}

/// Takes an automation away. Whoever is inside leaves; what happened stays.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: AutomationId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let mut automation = for_update(&mut tx, account, id, None).await?;
    let before = Some(brief(&automation));
    if automation.live.is_some() {
        automation.moving = Some(Moving {
            end: true,
            ..Moving::default()
        });
    }
    automation.status = Status::Deleted;
    store::update(&mut tx, &mut automation, ctx.clock.now()).await?;
    store::begin_sweep(&mut tx, &automation).await?;
    store::note_change(&mut tx).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "automation.deleted",
        &automation,
        before,
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
