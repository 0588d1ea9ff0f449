//! Use cases of events of other programs.

use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Result};
use serde_json::{Value, json};

use super::REMEMBERED;
use super::model::{NewCustomEvent, RecordedEvent};
use crate::engine::store;
use crate::interpret::MAX_DATA_BYTES;
use crate::runs;

const MAX_NAME: usize = 100;
const MAX_KEY: usize = 200;
/// Names that the event itself has.
const RESERVED: [&str; 3] = ["name", "actor", "handled"];

fn check(new: &NewCustomEvent) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut fail = |field: &str, code: &'static str, message: String| {
        errors.push(FieldError::new(field.to_owned(), code, message));
    };
    let fits =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.');
    if new.name.is_empty() || new.name.len() > MAX_NAME || !new.name.chars().all(fits) {
        fail(
            "name",
            "invalid",
            "must be 1 to 100 of the characters a-z, 0-9, _, - and .".to_owned(),
        );
    }
    if let Some(key) = &new.key
        && (key.trim().is_empty() || key.chars().count() > MAX_KEY || key.contains('\0'))
    {
        fail(
            "key",
            "invalid",
            format!("must be a text of 1 to {MAX_KEY} characters"),
        );
    }
    for name in RESERVED {
        if new.properties.contains_key(name) {
            fail(
                &format!("properties.{name}"),
                "not_allowed",
                "is a name that the event itself has: use another".to_owned(),
            );
        }
    }
    // Less than a run can hold, since it holds the name too.
    let most = MAX_DATA_BYTES - 1024;
    let bytes = Value::Object(new.properties.clone()).to_string().len();
    if bytes > most {
        fail(
            "properties",
            "too_large",
            format!("have {bytes} bytes, the limit is {most}: send less"),
        );
    }
    errors
}

/// Records an event, once if it has a key.
pub async fn record(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    new: NewCustomEvent,
) -> Result<RecordedEvent> {
    let errors = check(&new);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let mut tx = ctx.write().await?;
    let contact = runs::contact(&mut tx, account, new.subscriber_id, new.email.as_deref()).await?;
    let answer = |recorded| RecordedEvent {
        recorded,
        subscriber_id: contact,
    };
    if let Some(key) = &new.key {
        let key = format!("event:{key}");
        let new = store::take_keys(&mut tx, account, &[&key], ctx.clock.now()).await?;
        if new.is_empty() {
            return Ok(answer(false));
        }
    }
    let mut body = new.properties;
    body.insert("name".to_owned(), json!(new.name));
    body.insert("actor".to_owned(), json!(actor.as_str()));
    let event = events::NewEvent {
        kind: events::kind::EVENT_CUSTOM,
        subscriber: Some(contact.get()),
        subject: None,
        at: None,
        body: Value::Object(body),
    };
    events::record(ctx, &mut tx, account, &[event]).await?;
    tx.commit().await?;
    Ok(answer(true))
}

/// Forgets keys of long ago; how many.
pub async fn sweep(ctx: &Ctx, limit: i64) -> Result<u64> {
    let mut tx = ctx.write().await?;
    let before = ctx.clock.now() - REMEMBERED;
    let forgotten = store::forget_keys(&mut tx, before, limit).await?;
    tx.commit().await?;
    Ok(forgotten)
}
