//! Use cases of hooks.

use std::time::Duration;

use audience::SubscriberId;
use audience::fields;
use audience::subscribers::{Mode, Outcome, Policy, Skip, Source, Status, UpsertRow};
use ctx::Ctx;
use db::WriteTx;
use identity::{Actor, auth::hash_secret};
use kernel::{AccountId, EmailAddress, Error, FieldError, Result};
use serde_json::{Map, Value, json};

use super::model::{Hook, HookId, NewHook, NewPeople, Received};
use super::{MOST_PER_MINUTE, Pace, store};
use crate::event::lookup;
use crate::interpret::MAX_DATA_BYTES;

const MAX_HOOKS: usize = 100;
const MAX_NAME: usize = 100;
const MAX_KEY: usize = 200;
/// How often it is noted that a hook is used.
const NOTED: Duration = Duration::from_mins(1);
/// Names that the event itself has, or that mean something to whoever follows events.
const RESERVED: [&str; 2] = ["actor", "handled"];

/// The hooks of an account.
pub async fn list(ctx: &Ctx, account: AccountId) -> Result<Vec<Hook>> {
    Ok(store::list(&mut *ctx.read().await?, account).await?)
}

fn check(new: &NewHook) -> Result<()> {
    let mut errors = Vec::new();
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        let message = format!("must be a line of 1 to {MAX_NAME} characters");
        errors.push(FieldError::new("name", "invalid", message));
    }
    let is_path = |path: &str| {
        path.len() <= 200
            && path.split('.').all(|part| {
                !part.is_empty() && part.chars().all(|c| !c.is_control() && !c.is_whitespace())
            })
    };
    if !is_path(&new.email_at) {
        let message = "must be a path into the body, such as `email` or `customer.email`";
        errors.push(FieldError::new("email_at", "invalid", message));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(errors))
    }
}

async fn audit(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    action: &'static str,
    hook: &Hook,
) -> Result<()> {
    let about =
        json!({"name": hook.name, "email_at": hook.email_at, "new_people": hook.new_people});
    let is_new = action == "hook.created";
    let (before, after) = if is_new {
        (None, Some(about))
    } else {
        (Some(about), None)
    };
    identity::audit(
        ctx,
        tx,
        account,
        actor,
        action,
        ("hook", hook.id),
        before,
        after,
    )
    .await?;
    Ok(())
}

/// Makes a hook, with the secret part of its address, which cannot be read again.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    new: NewHook,
) -> Result<(Hook, String)> {
    check(&new)?;
    let secret = ctx.rng.token();
    let hook = Hook {
        id: ctx.ids.next(),
        name: new.name.trim().to_owned(),
        email_at: new.email_at,
        new_people: new.new_people,
        created_at: ctx.clock.now(),
        created_by: actor.as_str().to_owned(),
        last_received_at: None,
    };
    let mut tx = ctx.write().await?;
    if store::list(&mut tx, account).await?.len() >= MAX_HOOKS {
        return Err(Error::conflict(
            "too_many_hooks",
            format!("there are {MAX_HOOKS} hooks already: delete one that nobody uses"),
        ));
    }
    store::insert(&mut tx, account, &hook, &hash_secret(&secret)).await?;
    audit(ctx, &mut tx, account, actor, "hook.created", &hook).await?;
    tx.commit().await?;
    Ok((hook, secret))
}

/// Gives a hook another address. The old one is worth nothing any more.
pub async fn renew(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: HookId,
) -> Result<(Hook, String)> {
    let secret = ctx.rng.token();
    let mut tx = ctx.write().await?;
    let hook = store::find(&mut tx, account, id).await?;
    let hook = hook.ok_or_else(|| Error::not_found("hook", id))?;
    let renewed = store::renew(&mut tx, account, id, &hash_secret(&secret)).await?;
    db::ensure_affected(renewed, 1)?;
    audit(ctx, &mut tx, account, actor, "hook.renewed", &hook).await?;
    tx.commit().await?;
    Ok((hook, secret))
}

/// Its address is worth nothing any more. Automations that wait for it say so.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: HookId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let hook = store::find(&mut tx, account, id).await?;
    let hook = hook.ok_or_else(|| Error::not_found("hook", id))?;
    store::delete(&mut tx, account, id).await?;
    audit(ctx, &mut tx, account, actor, "hook.deleted", &hook).await?;
    tx.commit().await?;
    Ok(())
}

/// The hook whose address has this secret part.
pub(super) async fn find(ctx: &Ctx, pace: &Pace, secret: &str) -> Result<(AccountId, Hook)> {
    let mut tx = ctx.read().await?;
    let found = store::by_secret(&mut tx, &hash_secret(secret)).await?;
    // Not which: whoever asks has only guessed.
    let found = found.ok_or_else(|| Error::not_found("hook", "of this address"))?;
    pace.count(found.1.id, ctx.clock.now(), MOST_PER_MINUTE)?;
    Ok(found)
}

/// Records what somebody sent to the hook of this secret.
pub async fn receive(
    ctx: &Ctx,
    pace: &Pace,
    secret: &str,
    key: Option<&str>,
    body: Value,
) -> Result<Received> {
    let (account, hook) = find(ctx, pace, secret).await?;
    record(ctx, account, &hook, key, body).await
}

fn properties(body: Value) -> Result<Map<String, Value>> {
    let Value::Object(mut properties) = body else {
        return Err(Error::invalid("", "wrong_type", "must be a JSON object"));
    };
    for name in RESERVED {
        // Nobody who has an address may say that something was handled already.
        properties.remove(name);
    }
    let most = MAX_DATA_BYTES - 1024;
    let bytes = Value::Object(properties.clone()).to_string().len();
    if bytes > most {
        return Err(Error::invalid(
            "",
            "too_large",
            format!("has {bytes} bytes as an event, the limit is {most}: send less"),
        ));
    }
    Ok(properties)
}

async fn record(
    ctx: &Ctx,
    account: AccountId,
    hook: &Hook,
    key: Option<&str>,
    body: Value,
) -> Result<Received> {
    if key.is_some_and(|key| key.trim().is_empty() || key.chars().count() > MAX_KEY) {
        return Err(Error::invalid(
            "Idempotency-Key",
            "invalid",
            format!("must be a text of 1 to {MAX_KEY} characters"),
        ));
    }
    let email = lookup(&body, &hook.email_at).and_then(Value::as_str);
    let email = email.ok_or_else(|| {
        Error::invalid(
            hook.email_at.clone(),
            "required",
            "must be there: it says whom this is about",
        )
    })?;
    let address = EmailAddress::parse(email).map_err(|why| {
        Error::invalid(
            hook.email_at.clone(),
            "invalid_email",
            format!("the address {why}"),
        )
    })?;
    let mut properties = properties(body)?;
    let actor = format!("hook:{}", hook.id);
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    if let Some(key) = key {
        let key = format!("hook:{}:{key}", hook.id);
        let new = crate::engine::store::take_keys(&mut tx, account, &[&key], now).await?;
        if new.is_empty() {
            return Ok(Received { recorded: false });
        }
    }
    let contact = find_or_make(ctx, &mut tx, account, hook, address, &actor).await?;
    properties.insert("actor".to_owned(), json!(actor));
    let event = events::NewEvent {
        kind: events::kind::HOOK_RECEIVED,
        subscriber: Some(contact.get()),
        subject: Some(hook.id.get()),
        at: None,
        body: Value::Object(properties),
    };
    events::record(ctx, &mut tx, account, &[event]).await?;
    store::note_received(&mut tx, account, hook.id, now, now - NOTED).await?;
    tx.commit().await?;
    Ok(Received { recorded: true })
}

async fn find_or_make(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    hook: &Hook,
    address: EmailAddress,
    actor: &str,
) -> Result<SubscriberId> {
    if let Some(known) = audience::subscribers::find_by_address(tx, account, &address).await? {
        return Ok(known);
    }
    let status = match hook.new_people {
        NewPeople::Refused => {
            return Err(Error::invalid(
                hook.email_at.clone(),
                "unknown",
                "no subscriber has this address, and this hook makes none",
            ));
        }
        NewPeople::Unconfirmed => Status::Unconfirmed,
        NewPeople::Active => Status::Active,
    };
    let catalog = fields::list(tx, account).await?;
    let mut row = UpsertRow::new(address);
    row.status = Some(status);
    let mut policy = Policy::new(Source::Inbound, actor);
    // Somebody else may make the same at this moment: then theirs counts.
    policy.mode = Mode::CreateOnly;
    let outcome =
        audience::subscribers::upsert_many_in(ctx, tx, account, &catalog, &[row], &policy).await?;
    match outcome[..] {
        [
            Outcome::Created(id)
            | Outcome::Updated(id)
            | Outcome::Unchanged(id)
            | Outcome::Skipped(Skip::Exists(id)),
        ] => Ok(id),
        [Outcome::Skipped(Skip::Suppressed)] => Err(Error::conflict(
            "suppressed",
            "the address is on the suppression list",
        )),
        _ => Err(Error::not_found("subscriber", "of this address")),
    }
}
