//! SQL of holds.

use db::{Result, Row, Tx};
use kernel::{AccountId, Timestamp};

use super::model::Stored;
use crate::slots::Interval;
use crate::{EventTypeId, HoldId, HostId, OccurrenceId};

const COLUMNS: &str = "account_id, id, event_type_id, occurrence_id, expires_at";

fn from_row(row: &Row) -> Result<Stored> {
    Ok(Stored {
        account: row.get("account_id")?,
        id: row.get("id")?,
        event_type: row.get("event_type_id")?,
        occurrence: row.get("occurrence_id")?,
        expires_at: row.get("expires_at")?,
    })
}

pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    token_hash: &[u8],
) -> Result<Option<Stored>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from booking_hold where account_id = $1 and token_hash = $2"
        ))
        .bind(account)
        .bind(token_hash)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// The visitor's hold of an event type.
pub(super) async fn of_visitor(
    tx: &mut Tx,
    account: AccountId,
    event_type: EventTypeId,
    visitor: &[u8],
) -> Result<Option<Stored>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from booking_hold where account_id = $1 and event_type_id = $2 and visitor_hash = $3"
        ))
        .bind(account)
        .bind(event_type)
        .bind(visitor)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// How many live holds are from one place.
pub(super) async fn count_of_source(
    tx: &mut Tx,
    account: AccountId,
    source: &[u8],
    now: Timestamp,
) -> Result<i64> {
    tx.query(
        "select count(*) as n from booking_hold where account_id = $1 and source_hash = $2 and expires_at > $3",
    )
    .bind(account)
    .bind(source)
    .bind(now)
    .fetch_one()
    .await?
    .get("n")
}

/// What is kept of a visitor.
pub(super) struct Hashes {
    pub(super) visitor: Vec<u8>,
    pub(super) source: Vec<u8>,
    pub(super) token: Vec<u8>,
}

pub(super) async fn insert(
    tx: &mut Tx,
    hold: &Stored,
    hashes: &Hashes,
    time: Interval,
    seats: u32,
    now: Timestamp,
) -> Result<()> {
    tx.query(
        "insert into booking_hold (account_id, id, event_type_id, occurrence_id, visitor_hash, source_hash, token_hash,
             start_at, end_at, seats, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(hold.account)
    .bind(hold.id)
    .bind(hold.event_type)
    .bind(hold.occurrence)
    .bind(hashes.visitor.clone())
    .bind(hashes.source.clone())
    .bind(hashes.token.clone())
    .bind(time.start)
    .bind(time.end)
    .bind(i64::from(seats))
    .bind(hold.expires_at)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: HoldId) -> Result<()> {
    tx.query("delete from booking_hold where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Who would host it.
pub(super) async fn hosts(
    tx: &mut Tx,
    account: AccountId,
    hold: HoldId,
    occurrence: Option<OccurrenceId>,
) -> Result<Vec<HostId>> {
    let (kind, id) = match occurrence {
        Some(id) => ("occurrence", id.get()),
        None => ("hold", hold.get()),
    };
    tx.query("select host_id from booking_claim where account_id = $1 and kind = $2 and ref_id = $3 order by id")
        .bind(account)
        .bind(kind)
        .bind(id)
        .fetch_all()
        .await?
        .iter()
        .map(|row| row.get("host_id"))
        .collect()
}

/// Removes rows of holds that ended, at most so many; how many.
pub(super) async fn delete_expired(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<u64> {
    tx.query(
        "delete from booking_hold where id in
         (select id from booking_hold where expires_at <= $1 order by expires_at limit $2)",
    )
    .bind(now)
    .bind(limit)
    .execute()
    .await
}
