//! SQL of hooks.

use std::collections::BTreeSet;

use db::{Insert, Result, Row, Tx, in_list};
use kernel::{AccountId, Timestamp};

use super::model::{Hook, HookId, NewPeople};

const COLUMNS: &str = "id, name, email_at, new_people, created_at, created_by, last_received_at";

fn from_row(row: &Row) -> Result<Hook> {
    Ok(Hook {
        id: row.get("id")?,
        name: row.get("name")?,
        email_at: row.get("email_at")?,
        new_people: NewPeople::from_stored(&row.get::<String>("new_people")?),
        created_at: row.get("created_at")?,
        created_by: row.get("created_by")?,
        last_received_at: row.get("last_received_at")?,
    })
}

pub(super) async fn insert(
    tx: &mut Tx,
    account: AccountId,
    hook: &Hook,
    hash: &[u8; 32],
) -> Result<()> {
    let mut insert = Insert::into(
        "automation_hook",
        &[
            "account_id",
            "id",
            "name",
            "email_at",
            "new_people",
            "secret_hash",
            "created_at",
            "created_by",
        ],
    );
    insert.row(|row| {
        row.bind(account)
            .bind(hook.id)
            .bind(&hook.name)
            .bind(&hook.email_at)
            .bind(hook.new_people.as_str())
            .bind(hash.to_vec())
            .bind(hook.created_at)
            .bind(&hook.created_by);
    });
    insert.execute(tx).await?;
    Ok(())
}

/// All of an account, the oldest first.
pub(super) async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<Hook>> {
    tx.query(format!(
        "select {COLUMNS} from automation_hook where account_id = $1 order by id"
    ))
    .bind(account)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

pub(super) async fn find(tx: &mut Tx, account: AccountId, id: HookId) -> Result<Option<Hook>> {
    tx.query(format!(
        "select {COLUMNS} from automation_hook where account_id = $1 and id = $2"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .as_ref()
    .map(from_row)
    .transpose()
}

/// Whose address it is. The account is what is looked for.
pub(super) async fn by_secret(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<(AccountId, Hook)>> {
    tx.query(format!(
        "select account_id, {COLUMNS} from automation_hook where secret_hash = $1"
    ))
    .bind(hash.to_vec())
    .fetch_optional()
    .await?
    .map(|row| Ok((row.get("account_id")?, from_row(&row)?)))
    .transpose()
}

/// Another address; the old one is worth nothing from now on.
pub(super) async fn renew(
    tx: &mut Tx,
    account: AccountId,
    id: HookId,
    hash: &[u8; 32],
) -> Result<u64> {
    tx.query("update automation_hook set secret_hash = $3 where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .bind(hash.to_vec())
        .execute()
        .await
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: HookId) -> Result<u64> {
    tx.query("delete from automation_hook where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await
}

/// Something came; noted once a minute, so that a busy hook is no hot row.
pub(super) async fn note_received(
    tx: &mut Tx,
    account: AccountId,
    id: HookId,
    now: Timestamp,
    unless_since: Timestamp,
) -> Result<()> {
    tx.query(
        "update automation_hook set last_received_at = $3 \
         where account_id = $1 and id = $2 and (last_received_at is null or last_received_at < $4)",
    )
    .bind(account)
    .bind(id)
    .bind(now)
    .bind(unless_since)
    .execute()
    .await?;
    Ok(())
}

/// Which of these there are.
pub(crate) async fn existing(
    tx: &mut Tx,
    account: AccountId,
    ids: &[i64],
) -> Result<BTreeSet<i64>> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    tx.query(format!(
        "select id from automation_hook where account_id = $1 and id in {}",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.get("id"))
    .collect()
}
