//! The table `suppression`.

use std::collections::HashSet;

use data_encoding::HEXLOWER;
use db::{Each, Engine, Insert, Json, Result, Row, Tx, look_up};
use kernel::{AccountId, Limit, Timestamp};

use super::model::Suppression;
use crate::SuppressionId;

/// The hash of an address.
pub type AddressHash = [u8; 16];

pub(super) async fn is_empty(tx: &mut Tx, account: AccountId) -> Result<bool> {
    let row = tx
        .query("select 1 as one from suppression where account_id = $1 limit 1")
        .bind(account)
        .fetch_optional()
        .await?;
    Ok(row.is_none())
}

/// Those of the hashes that are on the list.
pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    hashes: &[AddressHash],
) -> Result<HashSet<Vec<u8>>> {
    // Differs because each engine has its own name for it: a JSON list has no bytes, so they go as text.
    let bytes = match tx.engine() {
        Engine::Sqlite => "unhex(each.value)",
        Engine::Postgres => "decode(each.value, 'hex')",
    };
    let sql = look_up(
        tx.engine(),
        (Each::Text, "$2"),
        "s.address_hash",
        "suppression s",
        &format!("s.account_id = $1 and s.address_hash = {bytes}"),
        false,
    );
    let hashes: Vec<String> = hashes.iter().map(|hash| HEXLOWER.encode(hash)).collect();
    tx.query(sql)
        .bind(account)
        .bind(Json(hashes))
        .fetch_all()
        .await?
        .iter()
        .map(|row| row.at(0))
        .collect()
}

/// Adds what is not there yet; how many.
pub(super) async fn insert(
    tx: &mut Tx,
    account: AccountId,
    entries: impl Iterator<Item = (SuppressionId, AddressHash, &str, &str)>,
    now: Timestamp,
) -> Result<u64> {
    let mut insert = Insert::into(
        "suppression",
        &[
            "account_id",
            "id",
            "address_hash",
            "address",
            "reason",
            "created_at",
        ],
    )
    .on_conflict("on conflict (account_id, address_hash) do nothing");
    for (id, hash, address, reason) in entries {
        insert.row(|row| {
            row.bind(account)
                .bind(id)
                .bind(hash.as_slice())
                .bind(address)
                .bind(reason)
                .bind(now);
        });
    }
    insert.execute(tx).await
}

/// The newest first, `limit` and one more; only those with an id below `before`.
pub(super) async fn page(
    tx: &mut Tx,
    account: AccountId,
    before: i64,
    limit: Limit,
) -> Result<Vec<Suppression>> {
    tx.query(
        "select id, address, reason, created_at from suppression
         where account_id = $1 and id < $2 order by id desc limit $3",
    )
    .bind(account)
    .bind(before)
    .bind(limit.plus_one())
    .fetch_all()
    .await?
    .iter()
    .map(read)
    .collect()
}

pub(super) async fn find_by_hash(
    tx: &mut Tx,
    account: AccountId,
    hash: AddressHash,
) -> Result<Option<Suppression>> {
    tx.query(
        "select id, address, reason, created_at from suppression where account_id = $1 and address_hash = $2",
    )
    .bind(account)
    .bind(hash.as_slice())
    .fetch_optional()
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

/// Removes an entry; what it was.
pub(super) async fn delete(
    tx: &mut Tx,
    account: AccountId,
    id: SuppressionId,
) -> Result<Option<Suppression>> {
    tx.query(
        "delete from suppression where account_id = $1 and id = $2 returning id, address, reason, created_at",
    )
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

fn read(row: &Row) -> Result<Suppression> {
    Ok(Suppression {
        id: row.get("id")?,
        email: row.get("address")?,
        reason: row.get("reason")?,
        created_at: row.get("created_at")?,
    })
}
