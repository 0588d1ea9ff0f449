//! Making, changing and deleting fields.

use std::collections::BTreeMap;

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, Result};
use serde_json::json;

use super::model::{Catalog, Field, FieldKind, MAX_FIELDS, Visibility, check_key, check_options};
use super::{options, store};
use crate::input::name;
use crate::purge::{self, Remains};
use crate::{FieldId, uses};

/// A field to be made.
#[derive(Clone, Debug)]
pub struct NewField {
    pub key: String,
    pub name: String,
    pub kind: FieldKind,
    pub visibility: Visibility,
    pub options: Vec<String>,
}

/// What changes of a field; absent stays.
#[derive(Clone, Debug, Default)]
pub struct FieldChange {
    pub name: Option<String>,
    pub visibility: Option<Visibility>,
    /// All of them, in their order.
    pub options: Option<Vec<String>>,
    /// What becomes of options that somebody has: another option, or none.
    pub replace: BTreeMap<String, Option<String>>,
}

/// Makes a field.
pub async fn create(ctx: &Ctx, account: AccountId, actor: &Actor, new: NewField) -> Result<Field> {
    let mut tx = ctx.write().await?;
    let field = create_in(ctx, &mut tx, account, actor, new).await?;
    tx.commit().await?;
    Ok(field)
}

/// Makes a field as part of a transaction, as an import does.
pub async fn create_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    new: NewField,
) -> Result<Field> {
    let mut errors = Vec::new();
    if let Err(fault) = check_key(&new.key) {
        errors.push(fault.at("key"));
    }
    let name = name("name", &new.name).map_err(|error| collect(error, &mut errors));
    let options =
        check_options(new.kind, &new.options).map_err(|mut more| errors.append(&mut more));
    let (Ok((name, _)), Ok(options), true) = (name, options, errors.is_empty()) else {
        return Err(Error::Invalid(errors));
    };
    // So that two do not take the same slot.
    tx.lock(LockClass::Audience, account.get()).await?;
    let Some(slot) = store::free_slot(tx, account).await? else {
        return Err(Error::conflict(
            "limit_reached",
            format!(
                "an account has at most {MAX_FIELDS} fields; delete one first, and wait until its values are removed"
            ),
        ));
    };
    let now = ctx.clock.now();
    let field = Field {
        id: ctx.ids.next(),
        key: new.key,
        name,
        kind: new.kind,
        visibility: new.visibility,
        options,
        slot,
        created_at: now,
        updated_at: now,
    };
    store::insert(tx, account, &field)
        .await
        .map_err(|error| match error {
            db::Error::Unique(_) => {
                Error::invalid("key", "taken", "there is a field with this key already")
            }
            other => other.into(),
        })?;
    note(ctx, tx, account, actor, "field.created", None, Some(&field)).await?;
    Ok(field)
}

fn collect(error: Error, errors: &mut Vec<kernel::FieldError>) {
    if let Error::Invalid(mut more) = error {
        errors.append(&mut more);
    }
}

/// Changes a field.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: FieldId,
    change: FieldChange,
) -> Result<Field> {
    let mut tx = ctx.write().await?;
    let before = get_in(&mut tx, account, id).await?;
    let mut field = before.clone();
    let mut errors = Vec::new();
    if let Some(text) = &change.name {
        match name("name", text) {
            Ok((name, _)) => field.name = name,
            Err(error) => collect(error, &mut errors),
        }
    }
    if let Some(options) = &change.options {
        match check_options(field.kind, options) {
            Ok(options) => field.options = options,
            Err(mut more) => errors.append(&mut more),
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    field.visibility = change.visibility.unwrap_or(field.visibility);
    options::change(
        ctx,
        &mut tx,
        account,
        actor.as_str(),
        (&before, &field),
        &change.replace,
    )
    .await?;
    if field != before {
        field.updated_at = ctx.clock.now();
        store::update(&mut tx, account, &field).await?;
        note(
            ctx,
            &mut tx,
            account,
            actor,
            "field.updated",
            Some(&before),
            Some(&field),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(field)
}

/// What uses a field.
pub(crate) async fn uses_of(ctx: &Ctx, account: AccountId, id: FieldId) -> Result<Vec<uses::Use>> {
    let mut tx = ctx.read().await?;
    let field = get_in(&mut tx, account, id).await?;
    uses::find(&mut tx, account, &uses::Thing::Field(field.key)).await
}

/// Deletes a field that nothing uses, or with `force` whatever uses it; the values of people are removed by a job.
pub async fn delete(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: FieldId,
    force: bool,
) -> Result<()> {
    let mut tx = ctx.write().await?;
    // No change of a segment is under way.
    tx.lock(LockClass::Audience, account.get()).await?;
    let field = get_in(&mut tx, account, id).await?;
    if !force {
        uses::refuse_if_used(&mut tx, account, uses::Thing::Field(field.key.clone())).await?;
    }
    store::delete(&mut tx, account, id, ctx.clock.now()).await?;
    purge::enqueue(ctx, &mut tx, account, Remains::Field(id)).await?;
    note(
        ctx,
        &mut tx,
        account,
        actor,
        "field.deleted",
        Some(&field),
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// One field.
pub async fn get(ctx: &Ctx, account: AccountId, id: FieldId) -> Result<Field> {
    get_in(&mut *ctx.read().await?, account, id).await
}

/// All fields.
pub async fn catalog(ctx: &Ctx, account: AccountId) -> Result<Catalog> {
    Ok(store::list(&mut *ctx.read().await?, account).await?)
}

async fn get_in(tx: &mut Tx, account: AccountId, id: FieldId) -> Result<Field> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("field", id))
}

async fn note(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    action: &str,
    before: Option<&Field>,
    after: Option<&Field>,
) -> Result<()> {
    let id = before.or(after).map_or(0, |field| field.id.get());
    identity::audit(
        ctx,
        tx,
        account,
        actor,
        action,
        ("field", id),
        before.map(|field| json!(field)),
        after.map(|field| json!(field)),
    )
    .await
}
