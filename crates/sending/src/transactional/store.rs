//! SQL of transactional messages.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use audience::SubscriberId;
use content::{Document, Link};
use ctx::Ctx;
use db::{Insert, Json, Result, Row, Tx, in_list};
use events::NewEvent;
use kernel::{AccountId, Cursor, Limit, Timestamp};
use serde_json::{Map, Value};

use super::model::{Envelope, File, Message, Status, StreamedEvent};
use crate::campaigns::{RevisionId, store as campaigns};
use crate::messages::{Kind, MessageId, State};

/// A message to be queued.
pub(super) struct NewRow<'a> {
    pub(super) id: MessageId,
    pub(super) address: &'a str,
    pub(super) subscriber: SubscriberId,
    pub(super) revision: RevisionId,
    pub(super) envelope: &'a Envelope,
    pub(super) tag: Option<&'a str>,
    pub(super) key: Option<&'a [u8]>,
    pub(super) request: &'a [u8],
    pub(super) by: &'a str,
    pub(super) now: Timestamp,
}

pub(super) async fn insert(
    tx: &mut Tx,
    account: AccountId,
    row: &NewRow<'_>,
    files: &[File],
) -> Result<()> {
    tx.query(
        "insert into message (account_id, id, kind, source_id, subscriber_id, entry, revision_id, address, state, \
            not_before, attempts, first_queued_at) \
         values ($1, $2, $3, $1, $4, $2, $5, $6, $7, $8, 0, $8)",
    )
    .bind(account)
    .bind(row.id)
    .bind(Kind::Transactional.as_str())
    .bind(row.subscriber)
    .bind(row.revision)
    .bind(row.address)
    .bind(State::Queued.as_str())
    .bind(row.now)
    .execute()
    .await?;
    let own = row.envelope;
    tx.query(
        "insert into transactional_message (account_id, id, sender_name, sender_email, recipient_name, reply_to, headers, \
            variables, tag, track_opens, track_clicks, attachments, key_hash, request_hash, created_at, created_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(account)
    .bind(row.id)
    .bind(&own.sender_name)
    .bind(&own.sender_email)
    .bind(own.recipient_name.as_ref())
    .bind(own.reply_to.as_ref())
    .bind(Json(&own.headers))
    .bind(own.variables.as_ref().map(Json))
    .bind(row.tag)
    .bind(own.track_opens)
    .bind(own.track_clicks)
    .bind(files.len() as i64)
    .bind(row.key)
    .bind(row.request)
    .bind(row.now)
    .bind(row.by)
    .execute()
    .await?;
    let mut insert = Insert::into(
        "message_attachment",
        &[
            "account_id",
            "message_id",
            "number",
            "name",
            "media_type",
            "content_id",
            "content",
            "created_at",
        ],
    );
    for (number, file) in (0_i64..).zip(files) {
        insert.row(|values| {
            values
                .bind(account)
                .bind(row.id)
                .bind(number)
                .bind(&file.name)
                .bind(&file.media_type)
                .bind(file.content_id.as_ref())
                .bind(file.content.as_slice())
                .bind(row.now);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// The message that was asked for with this key, and the hash of that request.
pub(super) async fn find_by_key(
    tx: &mut Tx,
    account: AccountId,
    key: &[u8],
) -> Result<Option<(MessageId, Vec<u8>)>> {
    tx.query(
        "select id, request_hash from transactional_message where account_id = $1 and key_hash = $2",
    )
    .bind(account)
    .bind(key)
    .fetch_optional()
    .await?
    .map(|row| Ok((row.get("id")?, row.get("request_hash")?)))
    .transpose()
}

/// Content with this hash, and until when it is kept.
pub(super) async fn find_content(
    tx: &mut Tx,
    account: AccountId,
    hash: &[u8],
) -> Result<Option<(RevisionId, Timestamp)>> {
    tx.query(
        "select id, kept_until from content_revision where account_id = $1 and content_hash = $2",
    )
    .bind(account)
    .bind(hash)
    .fetch_optional()
    .await?
    .map(|row| Ok((row.get("id")?, row.get("kept_until")?)))
    .transpose()
}

pub(super) async fn keep_content_until(
    tx: &mut Tx,
    account: AccountId,
    id: RevisionId,
    until: Timestamp,
) -> Result<()> {
    tx.query("update content_revision set kept_until = $3 where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .bind(until)
        .execute()
        .await?;
    Ok(())
}

/// Content to be kept.
pub(super) struct NewContent<'a> {
    pub(super) id: RevisionId,
    pub(super) document: &'a Document,
    pub(super) hash: &'a [u8],
    pub(super) by: &'a str,
    pub(super) now: Timestamp,
    pub(super) until: Timestamp,
}

/// Keeps content; its id, which is another one when somebody else was faster.
pub(super) async fn insert_content(
    tx: &mut Tx,
    account: AccountId,
    new: &NewContent<'_>,
    links: &[Link],
) -> Result<RevisionId> {
    let inserted = tx
        .query(
            "insert into content_revision (account_id, id, document, created_at, created_by, content_hash, kept_until) \
             values ($1, $2, $3, $4, $5, $6, $7) \
             on conflict (account_id, content_hash) where content_hash is not null do nothing",
        )
        .bind(account)
        .bind(new.id)
        .bind(Json(new.document))
        .bind(new.now)
        .bind(new.by)
        .bind(new.hash)
        .bind(new.until)
        .execute()
        .await?;
    if inserted == 1 {
        campaigns::insert_links(tx, account, new.id, links).await?;
        return Ok(new.id);
    }
    let found = find_content(tx, account, new.hash).await?;
    Ok(found.map_or(new.id, |(id, _)| id))
}

/// What these messages have of their own.
pub(crate) async fn envelopes(
    tx: &mut Tx,
    account: AccountId,
    ids: &[MessageId],
) -> Result<HashMap<MessageId, Envelope>> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(256) {
        let rows = tx
            .query(format!(
                "select id, sender_name, sender_email, recipient_name, reply_to, headers, variables, track_opens, \
                    track_clicks, attachments \
                 from transactional_message where account_id = $1 and id in {}",
                in_list(2, chunk.len())
            ))
            .bind(account)
            .bind_list(chunk.iter().copied())
            .fetch_all()
            .await?;
        for row in &rows {
            found.insert(
                row.get("id")?,
                Envelope {
                    sender_name: row.get("sender_name")?,
                    sender_email: row.get("sender_email")?,
                    recipient_name: row.get("recipient_name")?,
                    reply_to: row.get("reply_to")?,
                    headers: row.get::<Json<Vec<(String, String)>>>("headers")?.0,
                    variables: row
                        .get::<Option<Json<Map<String, Value>>>>("variables")?
                        .map(|json| json.0),
                    track_opens: row.get("track_opens")?,
                    track_clicks: row.get("track_clicks")?,
                    has_attachments: row.get::<i64>("attachments")? > 0,
                },
            );
        }
    }
    Ok(found)
}

/// The same of one.
pub(crate) async fn envelope(
    tx: &mut Tx,
    account: AccountId,
    id: MessageId,
) -> Result<Option<Envelope>> {
    Ok(envelopes(tx, account, &[id]).await?.remove(&id))
}

/// The files of a message.
pub(super) async fn files(tx: &mut Tx, account: AccountId, id: MessageId) -> Result<Vec<File>> {
    tx.query(
        "select name, media_type, content_id, content from message_attachment \
         where account_id = $1 and message_id = $2 order by number",
    )
    .bind(account)
    .bind(id)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(File {
            name: row.get("name")?,
            media_type: row.get("media_type")?,
            content_id: row.get("content_id")?,
            content: row.get("content")?,
        })
    })
    .collect()
}

const COLUMNS: &str = "m.id as id, m.address as address, m.subscriber_id as subscriber_id, m.state as state, \
    m.detail as detail, m.attempts as attempts, m.sent_at as sent_at, m.bounced_at as bounced_at, \
    m.complained_at as complained_at, m.first_queued_at as first_queued_at, \
    t.sender_email as sender_email, t.tag as tag, t.attachments as attachments, t.created_at as created_at";

fn read(row: &Row) -> Result<Message> {
    let state = State::from_stored(&row.get::<String>("state")?);
    let attempts = row.get("attempts")?;
    let bounced_at: Option<Timestamp> = row.get("bounced_at")?;
    let complained_at: Option<Timestamp> = row.get("complained_at")?;
    let subscriber: SubscriberId = row.get("subscriber_id")?;
    Ok(Message {
        id: row.get("id")?,
        to: row.get("address")?,
        subscriber_id: (subscriber.get() != 0).then_some(subscriber),
        sender_email: row.get("sender_email")?,
        tag: row.get("tag")?,
        status: Status::of(
            state,
            attempts,
            bounced_at.is_some(),
            complained_at.is_some(),
        ),
        detail: row.get("detail")?,
        attempts,
        attachments: row.get("attachments")?,
        opened: false,
        clicked: false,
        created_at: row.get("created_at")?,
        sent_at: row.get("sent_at")?,
        bounced_at,
        complained_at,
    })
}

pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: MessageId,
) -> Result<Option<Message>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from message m \
             join transactional_message t on t.account_id = m.account_id and t.id = m.id \
             where m.account_id = $1 and m.id = $2 and m.kind = 'transactional'"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut messages = [read(&row)?];
    add_activity(tx, account, &mut messages).await?;
    let [message] = messages;
    Ok(Some(message))
}

/// Which messages.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only with this tag.
    pub tag: Option<String>,
    /// Only to this subscriber.
    pub subscriber: Option<SubscriberId>,
    /// Only in this state.
    pub status: Option<Status>,
}

/// Newest first. Each filter has an index by which the messages are in this order; a second one narrows on the way.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    filter: &Filter,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Message>> {
    let mut conditions = String::new();
    let mut next = 4;
    if filter.tag.is_some() {
        let _ = write!(conditions, " and t.tag = ${next} and t.id < $2");
        next += 1;
    }
    if filter.subscriber.is_some() {
        let _ = write!(conditions, " and m.subscriber_id = ${next}");
    }
    conditions.push_str(match filter.status {
        None => "",
        Some(Status::Queued) => " and m.state = 'queued' and m.attempts = 0",
        Some(Status::Deferred) => " and m.state = 'queued' and m.attempts > 0",
        Some(Status::Sending) => " and m.state in ('leased', 'wire')",
        Some(Status::Bounced) => " and m.bounced_at is not null and m.complained_at is null",
        Some(Status::Complained) => " and m.complained_at is not null",
        Some(Status::Sent) => {
            " and m.state in ('sent', 'failed', 'skipped', 'cancelled', 'unknown') and m.state = 'sent' \
              and m.bounced_at is null and m.complained_at is null"
        }
        Some(Status::Failed) => {
            " and m.state in ('sent', 'failed', 'skipped', 'cancelled', 'unknown') and m.state = 'failed'"
        }
        Some(Status::Skipped) => {
            " and m.state in ('sent', 'failed', 'skipped', 'cancelled', 'unknown') and m.state = 'skipped'"
        }
        Some(Status::Unknown) => {
            " and m.state in ('sent', 'failed', 'skipped', 'cancelled', 'unknown') and m.state = 'unknown'"
        }
    });
    let mut query = tx
        .query(format!(
            "select {COLUMNS} from message m \
             join transactional_message t on t.account_id = m.account_id and t.id = m.id \
             where m.account_id = $1 and m.source_id = $1 and m.kind = 'transactional' and m.id < $2{conditions} \
             order by m.id desc limit $3"
        ))
        .bind(account)
        .bind(before.map_or(i64::MAX, |cursor| cursor.id))
        .bind(limit.plus_one());
    if let Some(tag) = &filter.tag {
        query = query.bind(tag);
    }
    if let Some(subscriber) = filter.subscriber {
        query = query.bind(subscriber);
    }
    let mut messages: Vec<Message> = query
        .fetch_all()
        .await?
        .iter()
        .map(read)
        .collect::<Result<_>>()?;
    add_activity(tx, account, &mut messages).await?;
    Ok(messages)
}

async fn add_activity(tx: &mut Tx, account: AccountId, messages: &mut [Message]) -> Result<()> {
    let mut seen: HashSet<(MessageId, bool)> = HashSet::new();
    for chunk in messages.chunks(512) {
        let rows = tx
            .query(format!(
                "select distinct message_id, kind from hit \
                 where account_id = $1 and message_id in {} and is_first = 1",
                in_list(2, chunk.len())
            ))
            .bind(account)
            .bind_list(chunk.iter().map(|message| message.id))
            .fetch_all()
            .await?;
        for row in &rows {
            seen.insert((
                row.get("message_id")?,
                row.get::<String>("kind")? == "click",
            ));
        }
    }
    for message in messages {
        message.clicked = seen.contains(&(message.id, true));
        // A text without pictures is not seen to be opened, but who clicks has.
        message.opened = message.clicked || seen.contains(&(message.id, false));
    }
    Ok(())
}

pub(super) async fn insert_events(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    stamp: i64,
    events: &[NewEvent],
) -> Result<()> {
    let now = ctx.clock.now();
    let mut insert = Insert::into(
        "message_event",
        &[
            "account_id",
            "id",
            "txn",
            "message_id",
            "kind",
            "at",
            "body",
        ],
    );
    for event in events {
        insert.row(|row| {
            row.bind(account)
                .bind(ctx.ids.next::<MessageId>())
                .bind(stamp)
                .bind(event.subject.unwrap_or_default())
                .bind(event.kind)
                .bind(event.at.unwrap_or(now))
                .bind(Json(&event.body));
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

fn read_event(row: &Row) -> Result<(Cursor, StreamedEvent)> {
    let id: i64 = row.get("id")?;
    let place = Cursor {
        key: row.get("txn")?,
        id,
    };
    let event = StreamedEvent {
        id: id.to_string(),
        message_id: row.get("message_id")?,
        kind: row.get("kind")?,
        at: row.get("at")?,
        body: row.get::<Json<Value>>("body")?.0,
    };
    Ok((place, event))
}

/// What happened to one message, oldest first.
pub(super) async fn events_of(
    tx: &mut Tx,
    account: AccountId,
    id: MessageId,
    after: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<(Cursor, StreamedEvent)>> {
    tx.query(
        "select id, txn, message_id, kind, at, body from message_event \
         where account_id = $1 and message_id = $2 and id > $3 order by id limit $4",
    )
    .bind(account)
    .bind(id)
    .bind(after.map_or(0, |place| place.id))
    .bind(limit.get() as i64)
    .fetch_all()
    .await?
    .iter()
    .map(read_event)
    .collect()
}

/// What happened to all of them, in the order of commits, as far as nothing can appear in between any more.
///
/// In two steps, because SQLite uses only the first column of `(txn, id) > ($1, $2)`; see the consumers of events.
pub(super) async fn events(
    tx: &mut Tx,
    account: AccountId,
    after: Option<Cursor>,
    horizon: i64,
    limit: Limit,
) -> Result<Vec<(Cursor, StreamedEvent)>> {
    let after = after.unwrap_or(Cursor { key: -1, id: -1 });
    let limit = limit.get() as i64;
    let mut rows = tx
        .query(
            "select id, txn, message_id, kind, at, body from message_event \
             where account_id = $1 and txn = $2 and id > $3 and txn < $4 order by id limit $5",
        )
        .bind(account)
        .bind(after.key)
        .bind(after.id)
        .bind(horizon)
        .bind(limit)
        .fetch_all()
        .await?;
    let room = limit - rows.len() as i64;
    if room > 0 {
        rows.extend(
            tx.query(
                "select id, txn, message_id, kind, at, body from message_event \
                 where account_id = $1 and txn > $2 and txn < $3 order by txn, id limit $4",
            )
            .bind(account)
            .bind(after.key)
            .bind(horizon)
            .bind(room)
            .fetch_all()
            .await?,
        );
    }
    rows.iter().map(read_event).collect()
}

/// Files of messages from before a time, of every account.
pub(super) async fn delete_files(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64> {
    let rows = tx
        .query(
            "select account_id, message_id, number from message_attachment where created_at < $1 \
             order by created_at limit $2",
        )
        .bind(before)
        .bind(limit)
        .fetch_all()
        .await?;
    let mut by_account: BTreeMap<AccountId, BTreeSet<MessageId>> = BTreeMap::new();
    for row in &rows {
        by_account
            .entry(row.get("account_id")?)
            .or_default()
            .insert(row.get("message_id")?);
    }
    for (account, messages) in by_account {
        tx.query(format!(
            "delete from message_attachment where account_id = $1 and created_at < $2 and message_id in {}",
            in_list(3, messages.len())
        ))
        .bind(account)
        .bind(before)
        .bind_list(messages)
        .execute()
        .await?;
    }
    Ok(rows.len() as u64)
}

/// What names people in messages from before a time, of every account.
pub(super) async fn forget_variables(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64> {
    tx.query(
        "update transactional_message set variables = null, headers = '[]', recipient_name = null where id in (\
            select id from transactional_message where variables is not null and created_at < $1 \
            order by created_at, id limit $2)",
    )
    .bind(before)
    .bind(limit)
    .execute()
    .await
}

/// Content that nobody has used for long, of every account.
pub(super) async fn delete_content(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<u64> {
    let rows = tx
        .query(
            "select account_id, id from content_revision where kept_until is not null and kept_until < $1 \
             order by kept_until, id limit $2",
        )
        .bind(now)
        .bind(limit)
        .fetch_all()
        .await?;
    let mut by_account: BTreeMap<AccountId, Vec<RevisionId>> = BTreeMap::new();
    for row in &rows {
        by_account
            .entry(row.get("account_id")?)
            .or_default()
            .push(row.get("id")?);
    }
    for (account, ids) in by_account {
        for (table, column) in [("link", "revision_id"), ("content_revision", "id")] {
            tx.query(format!(
                "delete from {table} where account_id = $1 and {column} in {}",
                in_list(2, ids.len())
            ))
            .bind(account)
            .bind_list(ids.iter().copied())
            .execute()
            .await?;
        }
    }
    Ok(rows.len() as u64)
}

/// Events from before a time, of every account.
pub(super) async fn delete_events(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64> {
    tx.query(
        "delete from message_event where id in (\
            select id from message_event where at < $1 order by at limit $2) and at < $1",
    )
    .bind(before)
    .bind(limit)
    .execute()
    .await
}
