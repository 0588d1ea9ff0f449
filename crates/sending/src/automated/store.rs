//! SQL of automated mail.

use std::collections::HashMap;

use db::{Each, Insert, Json, Result, Tx, in_list, look_up};
use kernel::{AccountId, Timestamp};

use super::model::Letter;
use crate::campaigns::{CampaignId, RevisionId};
use crate::messages::{Kind, MessageId, State};
use crate::senders::SenderId;

/// The campaign that a sender's letters belong to.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) id: CampaignId,
    pub(super) sender_name: String,
    pub(super) sender_email: String,
    pub(super) reply_to: Option<String>,
}

pub(super) async fn find_lane(tx: &mut Tx, account: AccountId, key: i64) -> Result<Option<Lane>> {
    tx.query(
        "select id, sender_name, sender_email, reply_to from campaign where account_id = $1 and automated = $2",
    )
    .bind(account)
    .bind(key)
    .fetch_optional()
    .await?
    .map(|row| {
        Ok(Lane {
            id: row.get("id")?,
            sender_name: row.get("sender_name")?,
            sender_email: row.get("sender_email")?,
            reply_to: row.get("reply_to")?,
        })
    })
    .transpose()
}

/// All of an account: as many as it has senders.
pub(super) async fn lanes(tx: &mut Tx, account: AccountId) -> Result<Vec<CampaignId>> {
    tx.query("select id from campaign where account_id = $1 and automated is not null order by id")
        .bind(account)
        .fetch_all()
        .await?
        .iter()
        .map(|row| row.get("id"))
        .collect()
}

/// Adds a lane, unless somebody else just did. Its recipients are never all there, so it never ends.
pub(super) async fn insert_lane(
    tx: &mut Tx,
    account: AccountId,
    key: i64,
    sender: Option<SenderId>,
    lane: &Lane,
    now: Timestamp,
) -> Result<()> {
    tx.query(
        "insert into campaign (account_id, id, name, state, sender_name, sender_email, reply_to, audience, sender_id, \
            started_at, snapshot_done, snapshot_cursor, version, created_at, updated_at, created_by, automated) \
         values ($1, $2, 'Automations', 'sending', $3, $4, $5, '{}', $6, $7, 0, 0, 1, $7, $7, 'system', $8) \
         on conflict do nothing",
    )
    .bind(account)
    .bind(lane.id)
    .bind(&lane.sender_name)
    .bind(&lane.sender_email)
    .bind(lane.reply_to.as_ref())
    .bind(sender)
    .bind(now)
    .bind(key)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn find_content(
    tx: &mut Tx,
    account: AccountId,
    revision: RevisionId,
    subject: &str,
    footer: bool,
) -> Result<Option<RevisionId>> {
    tx.query(
        "select content_id from automated_content \
         where account_id = $1 and revision_id = $2 and subject = $3 and footer = $4",
    )
    .bind(account)
    .bind(revision)
    .bind(subject)
    .bind(footer)
    .fetch_optional()
    .await?
    .map(|row| row.get("content_id"))
    .transpose()
}

/// Whether nobody else was faster.
pub(super) async fn insert_content(
    tx: &mut Tx,
    account: AccountId,
    revision: RevisionId,
    subject: &str,
    footer: bool,
    id: RevisionId,
) -> Result<bool> {
    let affected = tx
        .query(
            "insert into automated_content (account_id, revision_id, subject, footer, content_id) \
             values ($1, $2, $3, $4, $5) on conflict do nothing",
        )
        .bind(account)
        .bind(revision)
        .bind(subject)
        .bind(footer)
        .bind(id)
        .execute()
        .await?;
    Ok(affected == 1)
}

pub(super) async fn insert_letters(
    tx: &mut Tx,
    account: AccountId,
    letters: &[Letter<'_>],
    now: Timestamp,
) -> Result<()> {
    let mut messages = Insert::into(
        "message",
        &[
            "account_id",
            "id",
            "kind",
            "source_id",
            "subscriber_id",
            "entry",
            "revision_id",
            "address",
            "state",
            "not_before",
            "attempts",
            "first_queued_at",
        ],
    );
    let mut own = Insert::into(
        "transactional_message",
        &[
            "account_id",
            "id",
            "sender_name",
            "sender_email",
            "reply_to",
            "headers",
            "variables",
            "track_opens",
            "track_clicks",
            "attachments",
            "request_hash",
            "created_at",
            "created_by",
        ],
    );
    for letter in letters {
        let prepared = letter.prepared;
        let (kind, source) = match prepared.lane {
            Some(lane) => (Kind::Campaign, lane.get()),
            None => (Kind::Transactional, account.get()),
        };
        messages.row(|row| {
            row.bind(account)
                .bind(letter.id)
                .bind(kind.as_str())
                .bind(source)
                .bind(letter.to)
                // The same person may get many; whoever decides about them keeps them apart.
                .bind(letter.id)
                .bind(prepared.content)
                .bind(letter.address)
                .bind(State::Queued.as_str())
                .bind(now)
                .bind(0_i64)
                .bind(now);
        });
        if prepared.lane.is_none() {
            own.row(|row| {
                row.bind(account)
                    .bind(letter.id)
                    .bind(&prepared.sender_name)
                    .bind(&prepared.sender_email)
                    .bind(prepared.reply_to.as_ref())
                    .bind("[]")
                    .bind(Json(letter.variables))
                    .bind(true)
                    .bind(true)
                    .bind(0_i64)
                    .bind(&b""[..])
                    .bind(now)
                    .bind("automation");
            });
        }
    }
    messages.execute(tx).await?;
    own.execute(tx).await?;
    Ok(())
}

pub(super) async fn states(
    tx: &mut Tx,
    account: AccountId,
    ids: &[MessageId],
) -> Result<Vec<(MessageId, State, Option<String>)>> {
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "m.id, m.state, m.detail",
        "message m",
        "m.account_id = $1 and m.id = each.value",
        false,
    );
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    tx.query(sql)
        .bind(account)
        .bind(Json(ids))
        .fetch_all()
        .await?
        .iter()
        .map(|row| {
            let state: String = row.at(1)?;
            Ok((row.at(0)?, State::from_stored(&state), row.at(2)?))
        })
        .collect()
}

/// Ends those of these messages that are not on the wire yet; the lanes of those that it ended, if they have one.
pub(super) async fn cancel(
    tx: &mut Tx,
    account: AccountId,
    ids: &[MessageId],
    why: &str,
) -> Result<Vec<Option<CampaignId>>> {
    // In words that no index has: by the index of what is queued, all of that would be read.
    const WAITS: &str = "coalesce(state, '') in ('queued', 'leased')";
    let mut ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    ids.sort_unstable();
    // In order, since nodes may be taking them, and others may be ending them, at this moment.
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "m.id",
        "message m",
        &format!("m.account_id = $1 and m.id = each.value and {WAITS}"),
        true,
    );
    let rows = tx.query(sql).bind(account).bind(Json(ids)).fetch_all();
    let waiting: Vec<i64> = rows
        .await?
        .iter()
        .map(|row| row.at(0))
        .collect::<Result<_>>()?;
    let mut lanes = Vec::with_capacity(waiting.len());
    for some in waiting.chunks(512) {
        let sql = format!(
            "update message set state = 'cancelled', lease_epoch = null, detail = $2 \
             where account_id = $1 and id in {} and {WAITS} returning kind, source_id",
            in_list(3, some.len())
        );
        let rows = tx
            .query(sql)
            .bind(account)
            .bind(why)
            .bind_list(some.iter().copied())
            .fetch_all()
            .await?;
        for row in &rows {
            let kind = Kind::from_stored(&row.get::<String>("kind")?);
            let source: CampaignId = row.get("source_id")?;
            lanes.push((kind == Kind::Campaign).then_some(source));
        }
    }
    Ok(lanes)
}

pub(super) async fn urls(
    tx: &mut Tx,
    account: AccountId,
    targets: &[i64],
) -> Result<HashMap<i64, String>> {
    if targets.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "l.id, l.url",
        "link_target l",
        "l.account_id = $1 and l.id = each.value",
        false,
    );
    tx.query(sql)
        .bind(account)
        .bind(Json(targets))
        .fetch_all()
        .await?
        .iter()
        .map(|row| Ok((row.at(0)?, row.at(1)?)))
        .collect()
}
