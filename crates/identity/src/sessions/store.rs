//! The tables `session` and `throttle`. A session belongs to a person, not to an account.

use db::{Result, Tx};
use kernel::{AccountId, Timestamp, UserId};

use super::model::{Client, NewSession};
use crate::auth::SecretHash;

pub(super) async fn insert(
    tx: &mut Tx,
    session: &NewSession,
    client: &Client,
    now: Timestamp,
) -> Result<()> {
    tx.query(
        "insert into session
         (secret_hash, user_id, account_id, created_at, last_seen_at, expires_at, ip, user_agent)
         values ($1, $2, $3, $4, $4, $5, $6, $7)",
    )
    .bind(&session.hash[..])
    .bind(session.user)
    .bind(session.account)
    .bind(now)
    .bind(session.expires_at)
    .bind(client.ip.map(|ip| ip.to_string()))
    .bind(client.user_agent.as_ref())
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn expiry(tx: &mut Tx, session: &SecretHash) -> Result<Option<Timestamp>> {
    tx.query("select expires_at from session where secret_hash = $1")
        .bind(&session[..])
        .fetch_optional()
        .await?
        .map(|row| row.get("expires_at"))
        .transpose()
}

pub(super) async fn set_account(
    tx: &mut Tx,
    session: &SecretHash,
    account: AccountId,
) -> Result<()> {
    let affected = tx
        .query("update session set account_id = $2 where secret_hash = $1")
        .bind(&session[..])
        .bind(account)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

pub(super) async fn delete(tx: &mut Tx, session: &SecretHash) -> Result<bool> {
    let affected = tx
        .query("delete from session where secret_hash = $1")
        .bind(&session[..])
        .execute()
        .await?;
    Ok(affected == 1)
}

/// All sessions of a person.
pub(crate) async fn delete_all(tx: &mut Tx, user: UserId) -> Result<u64> {
    tx.query("delete from session where user_id = $1")
        .bind(user)
        .execute()
        .await
}

/// The account a person worked in last, while they are still a member of it; else their oldest.
pub(super) async fn account_to_open(tx: &mut Tx, user: UserId) -> Result<Option<AccountId>> {
    tx.query(
        "select m.account_id
         from membership m
         left join session s on s.user_id = m.user_id and s.account_id = m.account_id
         where m.user_id = $1
         group by m.account_id
         order by coalesce(max(s.last_seen_at), 0) desc, m.account_id
         limit 1",
    )
    .bind(user)
    .fetch_optional()
    .await?
    .map(|row| row.get("account_id"))
    .transpose()
}

pub(super) async fn is_member(tx: &mut Tx, account: AccountId, user: UserId) -> Result<bool> {
    let row = tx
        .query("select 1 as yes from membership where account_id = $1 and user_id = $2")
        .bind(account)
        .bind(user)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// Counts an attempt; how many there were in the present window, this one included, and when the window ends.
pub(super) async fn count_attempt(
    tx: &mut Tx,
    key: &[u8; 32],
    now: Timestamp,
    window_ends_at: Timestamp,
) -> Result<(i64, Timestamp)> {
    let row = tx
        .query(
            "insert into throttle (key_hash, attempts, window_ends_at) values ($1, 1, $2)
             on conflict (key_hash) do update set
               attempts = case when throttle.window_ends_at <= $3 then 1
                          else throttle.attempts + 1 end,
               window_ends_at = case when throttle.window_ends_at <= $3 then excluded.window_ends_at
                                else throttle.window_ends_at end
             returning attempts, window_ends_at",
        )
        .bind(&key[..])
        .bind(window_ends_at)
        .bind(now)
        .fetch_one()
        .await?;
    Ok((row.get("attempts")?, row.get("window_ends_at")?))
}

/// Gives an attempt back that was none: the password was right.
pub(super) async fn give_back(tx: &mut Tx, key: &[u8; 32]) -> Result<()> {
    tx.query("update throttle set attempts = attempts - 1 where key_hash = $1 and attempts > 0")
        .bind(&key[..])
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn forget_attempts(tx: &mut Tx, key: &[u8; 32]) -> Result<()> {
    tx.query("delete from throttle where key_hash = $1")
        .bind(&key[..])
        .execute()
        .await?;
    Ok(())
}

/// Removes what has expired; how many rows.
pub(super) async fn prune(
    tx: &mut Tx,
    now: Timestamp,
    idle_since: Timestamp,
    limit: i64,
) -> Result<u64> {
    let sessions = tx
        .query(
            "delete from session where secret_hash in
             (select secret_hash from session where expires_at < $1 or last_seen_at < $2 limit $3)",
        )
        .bind(now)
        .bind(idle_since)
        .bind(limit)
        .execute()
        .await?;
    let attempts = tx
        .query(
            "delete from throttle where key_hash in
             (select key_hash from throttle where window_ends_at < $1 limit $2)",
        )
        .bind(now)
        .bind(limit)
        .execute()
        .await?;
    Ok(sessions + attempts)
}
