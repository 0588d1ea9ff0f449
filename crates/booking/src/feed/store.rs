//! SQL of feeds.

use db::{Result, Tx};
use kernel::{AccountId, Timestamp};

use crate::HostId;

pub(super) async fn set(
    tx: &mut Tx,
    account: AccountId,
    host: HostId,
    hash: &[u8],
    now: Timestamp,
) -> Result<()> {
    tx.query(
        "insert into booking_feed (account_id, host_id, token_hash, created_at) values ($1, $2, $3, $4)
         on conflict (account_id, host_id) do update set token_hash = excluded.token_hash, created_at = excluded.created_at",
    )
    .bind(account)
    .bind(host)
    .bind(hash)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// The hash of the address, and since when it is.
pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    host: HostId,
) -> Result<Option<(Vec<u8>, Timestamp)>> {
    tx.query(
        "select token_hash, created_at from booking_feed where account_id = $1 and host_id = $2",
    )
    .bind(account)
    .bind(host)
    .fetch_optional()
    .await?
    .map(|row| Ok((row.get("token_hash")?, row.get("created_at")?)))
    .transpose()
}

/// Whether there was one.
pub(super) async fn remove(tx: &mut Tx, account: AccountId, host: HostId) -> Result<bool> {
    let done = tx
        .query("delete from booking_feed where account_id = $1 and host_id = $2")
        .bind(account)
        .bind(host)
        .execute()
        .await?;
    Ok(done > 0)
}
