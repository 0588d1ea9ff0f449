//! SQL of the sandbox inbox.

use db::{Result, Row, Tx};
use kernel::{AccountId, Cursor, Limit};

use super::model::{SandboxMessage, SandboxMessageId};

fn from_row(row: &Row) -> Result<SandboxMessage> {
    Ok(SandboxMessage {
        id: row.get("id")?,
        message_id: row.get("message_id")?,
        recipient: row.get("recipient")?,
        subject: row.get("subject")?,
        received_at: row.get("received_at")?,
    })
}

pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<SandboxMessage>> {
    tx.query(
        "select id, message_id, recipient, subject, received_at from sandbox_message \
         where account_id = $1 and id < $2 order by id desc limit $3",
    )
    .bind(account)
    .bind(before.map_or(i64::MAX, |cursor| cursor.id))
    .bind(limit.plus_one())
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// The mail with its source.
pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: SandboxMessageId,
) -> Result<Option<(SandboxMessage, Vec<u8>)>> {
    let row = tx
        .query(
            "select id, message_id, recipient, subject, received_at, source from sandbox_message \
             where account_id = $1 and id = $2",
        )
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.map(|row| Ok((from_row(&row)?, row.get("source")?)))
        .transpose()
}

/// The next account with mails in its inbox.
pub(super) async fn next_account(
    tx: &mut Tx,
    behind: Option<AccountId>,
) -> Result<Option<AccountId>> {
    tx.query(
        "select account_id from sandbox_message where account_id > $1 order by account_id limit 1",
    )
    .bind(behind.map_or(i64::MIN, AccountId::get))
    .fetch_optional()
    .await?
    .map(|row| row.get("account_id"))
    .transpose()
}

/// The newest of the mails behind the newest `keep`.
pub(super) async fn newest_surplus(
    tx: &mut Tx,
    account: AccountId,
    keep: i64,
) -> Result<Option<SandboxMessageId>> {
    tx.query(
        "select id from sandbox_message where account_id = $1 order by id desc limit 1 offset $2",
    )
    .bind(account)
    .bind(keep)
    .fetch_optional()
    .await?
    .map(|row| row.get("id"))
    .transpose()
}

/// Removes the oldest mails that are before `bound`, at most `limit`.
pub(super) async fn delete_oldest(
    tx: &mut Tx,
    account: AccountId,
    bound: SandboxMessageId,
    limit: i64,
) -> Result<u64> {
    tx.query(
        "delete from sandbox_message where account_id = $1 and id in \
         (select id from sandbox_message where account_id = $1 and id < $2 order by id limit $3)",
    )
    .bind(account)
    .bind(bound)
    .bind(limit)
    .execute()
    .await
}
