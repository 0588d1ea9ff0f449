//! Use cases of transactional messages.

use std::collections::BTreeMap;

use audience::SubscriberId;
use ctx::Ctx;
use db::{Topic, Tx, WriteTx};
use events::NewEvent;
use identity::Actor;
use kernel::{AccountId, Cursor, EmailAddress, Error, FieldError, Limit, Page, Result, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::model::{Envelope, File, Message, NewMessage, Sent, StreamedEvent};
use super::said;
use super::store::{self, Filter, NewRow};
use crate::messages::{Claimed, Finish, Finished, MessageId};

/// Queues a message; with a key, once.
pub async fn send(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    key: Option<&str>,
    new: NewMessage,
) -> Result<Sent> {
    let mut tx = ctx.write().await?;
    let sent = send_in(ctx, &mut tx, account, actor, key, new).await?;
    if matches!(sent, Sent::Queued(_)) {
        tx.commit().await?;
    }
    Ok(sent)
}

/// The same in a transaction of the caller. What is wrong with the message is found before anything of it is written but,
/// perhaps, its content, which belongs to nothing then.
pub async fn send_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    key: Option<&str>,
    new: NewMessage,
) -> Result<Sent> {
    let request = Sha256::digest(serde_json::to_vec(&new).map_err(Error::internal)?);
    let key = key.map(|key| Sha256::digest(key.as_bytes()));
    let mut errors = Vec::new();
    let files = new.check(&mut errors);
    let now = ctx.clock.now();
    if let Some(key) = &key
        && let Some((id, known)) = store::find_by_key(tx, account, key).await?
    {
        if known != request.as_slice() {
            return Ok(Sent::OtherMessage);
        }
        return Ok(Sent::Before(get_in(tx, account, id).await?));
    }
    let (address, subscriber) = recipient(tx, account, &new, &mut errors).await?;
    let envelope = envelope(tx, account, &new, &files, &mut errors).await?;
    let said = said::find(tx, account, &new, &mut errors).await?;
    let revision = match &said {
        Some(said) => said::keep(ctx, tx, account, actor, said, &mut errors).await?,
        None => None,
    };
    let (Some(said), Some(revision), true) = (said, revision, errors.is_empty()) else {
        return Err(Error::Invalid(errors));
    };
    let id: MessageId = ctx.ids.next();
    let row = NewRow {
        id,
        address: &address,
        subscriber,
        revision,
        envelope: &envelope,
        tag: new
            .tag
            .as_deref()
            .map(str::trim)
            .filter(|tag| !tag.is_empty()),
        key: key.as_ref().map(AsRef::as_ref),
        request: request.as_slice(),
        by: actor.as_str(),
        now,
    };
    store::insert(tx, account, &row, &files).await?;
    let mut body = BTreeMap::from([
        ("message_id", json!(id)),
        ("transactional", Value::Bool(true)),
    ]);
    said.origin.tell(&mut body);
    let kind = events::kind::MESSAGE_QUEUED;
    let event = event(kind, id, subscriber, json!(body));
    record(ctx, tx, account, &[event]).await?;
    let message = get_in(tx, account, id).await?;
    tx.nudge(Topic::Messages);
    Ok(Sent::Queued(message))
}

/// The address, and who that is: 0 for nobody we know.
async fn recipient(
    tx: &mut WriteTx,
    account: AccountId,
    new: &NewMessage,
    errors: &mut Vec<FieldError>,
) -> Result<(String, SubscriberId)> {
    let nobody = SubscriberId::from(0);
    match (&new.to, new.subscriber_id) {
        (Some(to), None) => match EmailAddress::parse(to) {
            Ok(address) => {
                let known = audience::subscribers::find_by_address(tx, account, &address).await?;
                Ok((address.as_str().to_owned(), known.unwrap_or(nobody)))
            }
            Err(why) => {
                let message = format!("the address {why}");
                errors.push(FieldError::new("to", "invalid_email", message));
                Ok((String::new(), nobody))
            }
        },
        (None, Some(id)) => {
            let known = audience::subscribers::merge_values(tx, account, &[id]).await?;
            if let Some(one) = known.get(&id) {
                return Ok((one.subscriber.email.clone(), id));
            }
            let message = "there is no such subscriber in this account";
            errors.push(FieldError::new("subscriber_id", "unknown", message));
            Ok((String::new(), nobody))
        }
        _ => {
            let message = "say to whom: give to, an address, or subscriber_id, one of them";
            errors.push(FieldError::new("to", "required", message));
            Ok((String::new(), nobody))
        }
    }
}

async fn envelope(
    tx: &mut Tx,
    account: AccountId,
    new: &NewMessage,
    files: &[File],
    errors: &mut Vec<FieldError>,
) -> Result<Envelope> {
    let nobody = || (String::new(), String::new(), None);
    let mut parse = |field: &'static str, text: &str| match EmailAddress::parse(text) {
        Ok(address) => Some(address.as_str().to_owned()),
        Err(why) => {
            let message = format!("the address {why}");
            errors.push(FieldError::new(field, "invalid_email", message));
            None
        }
    };
    let given = new.sender_email.as_deref();
    let given = given.map(|text| parse("sender_email", text).unwrap_or_default());
    let own_reply = new
        .reply_to
        .as_deref()
        .and_then(|text| parse("reply_to", text));
    let (name, email, reply_to) = match (new.sender_id, given) {
        (Some(_), Some(_)) => {
            let message = "name a sender, or give an address; not both";
            errors.push(FieldError::new("sender_id", "not_allowed", message));
            nobody()
        }
        (Some(id), None) => {
            if let Some(sender) = crate::senders::store::find(tx, account, id).await? {
                (sender.name, sender.email, sender.reply_to)
            } else {
                let message = "there is no such sender in this account";
                errors.push(FieldError::new("sender_id", "unknown", message));
                nobody()
            }
        }
        (None, Some(email)) => (String::new(), email, None),
        (None, None) => {
            let owner = identity::accounts::get(tx, account).await?;
            let Some(email) = owner.sender_email else {
                let message = "say from whom, or set the sender of the account";
                errors.push(FieldError::new("sender_email", "required", message));
                return Ok(Envelope::default());
            };
            let reply_to = owner.reply_to.map(|address| address.as_str().to_owned());
            let name = owner.sender_name.unwrap_or_default();
            (name, email.as_str().to_owned(), reply_to)
        }
    };
    let trimmed = |text: &Option<String>| {
        let text = text.as_deref().map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    Ok(Envelope {
        sender_name: trimmed(&new.sender_name).unwrap_or(name),
        sender_email: email,
        recipient_name: trimmed(&new.to_name),
        reply_to: own_reply.or(reply_to),
        headers: new.headers.clone().into_iter().collect(),
        variables: Some(new.variables.clone()),
        track_opens: new.track_opens,
        track_clicks: new.track_clicks,
        has_attachments: !files.is_empty(),
    })
}

/// One message.
pub async fn get(ctx: &Ctx, account: AccountId, id: MessageId) -> Result<Message> {
    get_in(&mut *ctx.read().await?, account, id).await
}

async fn get_in(tx: &mut Tx, account: AccountId, id: MessageId) -> Result<Message> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("message", id))
}

/// Messages, newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    filter: &Filter,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Message>> {
    let mut tx = ctx.read().await?;
    let rows = store::list(&mut tx, account, filter, before, limit).await?;
    Ok(Page::from_rows(rows, limit, |message| Cursor {
        key: 0,
        id: message.id.get(),
    }))
}

/// What happened to one message, oldest first.
pub async fn stream_of(
    ctx: &Ctx,
    account: AccountId,
    id: MessageId,
    after: Option<Cursor>,
    limit: Limit,
) -> Result<(Vec<StreamedEvent>, Option<Cursor>)> {
    let mut tx = ctx.read().await?;
    get_in(&mut tx, account, id).await?;
    let events = store::events_of(&mut tx, account, id, after, limit).await?;
    Ok(with_place(events, after))
}

/// What happened to all messages of an account, in the order in which it became known: whoever goes on from the place
/// they were given misses nothing.
pub async fn stream(
    ctx: &Ctx,
    account: AccountId,
    after: Option<Cursor>,
    limit: Limit,
) -> Result<(Vec<StreamedEvent>, Option<Cursor>)> {
    let mut tx = ctx.read().await?;
    let horizon = tx.commit_horizon().await?;
    let events = store::events(&mut tx, account, after, horizon, limit).await?;
    Ok(with_place(events, after))
}

fn with_place(
    events: Vec<(Cursor, StreamedEvent)>,
    after: Option<Cursor>,
) -> (Vec<StreamedEvent>, Option<Cursor>) {
    let place = events.last().map(|(place, _)| *place).or(after);
    (events.into_iter().map(|(_, event)| event).collect(), place)
}

/// Records events of transactional messages: with all others, and in their own stream.
pub(crate) async fn record(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    events: &[NewEvent],
) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    events::record(ctx, tx, account, events).await?;
    let stamp = tx.commit_stamp().await?;
    store::insert_events(ctx, tx, account, stamp, events).await?;
    Ok(())
}

/// How one try ended, as an event.
pub(crate) fn event_of(one: &Finished) -> Option<NewEvent> {
    use events::kind;
    let id = one.held.id;
    let mut body = BTreeMap::from([
        ("message_id", json!(id)),
        ("transactional", Value::Bool(true)),
    ]);
    let kind = match &one.finish {
        Finish::Sent { .. } | Finish::Sandboxed { .. } => kind::MESSAGE_SENT,
        Finish::Deferred { text, .. } => {
            body.insert("text", json!(text));
            kind::MESSAGE_DEFERRED
        }
        Finish::Failed { text, .. } | Finish::Unknown { text } => {
            body.insert("text", json!(text));
            kind::MESSAGE_FAILED
        }
        Finish::Skipped { reason } => {
            body.insert("reason", json!(reason));
            kind::MESSAGE_SKIPPED
        }
        Finish::Returned { .. } => return None,
    };
    Some(event(kind, id, one.held.subscriber, json!(body)))
}

fn event(kind: &'static str, id: MessageId, subscriber: SubscriberId, body: Value) -> NewEvent {
    NewEvent {
        kind,
        subscriber: Some(subscriber.get()).filter(|id| *id != 0),
        subject: Some(id.get()),
        at: None::<Timestamp>,
        body,
    }
}

/// The files of a message that is about to be handed over.
pub(crate) async fn files(ctx: &Ctx, message: &Claimed) -> Result<Vec<File>> {
    let mut tx = ctx.read().await?;
    Ok(store::files(&mut tx, message.held.account, message.held.id).await?)
}
