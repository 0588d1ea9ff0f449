//! SQL of announcing bookings that start soon.

use db::{Result, Tx};
use kernel::{AccountId, Timestamp};

use crate::BookingId;
use crate::slots::interval::MINUTE;

/// How long before bookings are announced, and since when somebody waits for it.
pub(in crate::bookings) async fn times(tx: &mut Tx) -> Result<Vec<(AccountId, i64, Timestamp)>> {
    tx.query(
        "select account_id, minutes, since from booking_notice_time order by account_id, minutes",
    )
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok((
            row.get("account_id")?,
            row.get("minutes")?,
            row.get("since")?,
        ))
    })
    .collect()
}

pub(in crate::bookings) async fn add_time(
    tx: &mut Tx,
    account: AccountId,
    minutes: i64,
    since: Timestamp,
) -> Result<()> {
    tx.query(
        "insert into booking_notice_time (account_id, minutes, since) values ($1, $2, $3)
         on conflict (account_id, minutes) do nothing",
    )
    .bind(account)
    .bind(minutes)
    .bind(since)
    .execute()
    .await?;
    Ok(())
}

pub(in crate::bookings) async fn delete_time(
    tx: &mut Tx,
    account: AccountId,
    minutes: i64,
) -> Result<()> {
    tx.query("delete from booking_notice_time where account_id = $1 and minutes = $2")
        .bind(account)
        .bind(minutes)
        .execute()
        .await?;
    Ok(())
}

/// Confirmed bookings that start between two instants and were so far away once, as they are now.
pub(in crate::bookings) async fn due(
    tx: &mut Tx,
    account: AccountId,
    minutes: i64,
    (from, until): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<(BookingId, Timestamp)>> {
    tx.query(
        "select b.id, b.start_at from booking b where b.account_id = $1 and b.start_at > $2 and b.start_at <= $3
         and b.status = 'confirmed' and not exists (select 1 from booking_notice n where n.account_id = b.account_id
             and n.booking_id = b.id and n.minutes = $4 and n.start_at = b.start_at)
         and not exists (select 1 from booking_trail t where t.account_id = b.account_id and t.booking_id = b.id
             and t.action in ('create', 'reschedule') and t.at > b.start_at - $5)
         order by b.start_at, b.id limit $6",
    )
    .bind(account)
    .bind(from)
    .bind(until)
    .bind(minutes)
    .bind(minutes.saturating_mul(MINUTE))
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("id")?, row.get("start_at")?)))
    .collect()
}

/// Remembers that a booking was announced; `false` when it was already.
pub(in crate::bookings) async fn add(
    tx: &mut Tx,
    account: AccountId,
    id: BookingId,
    minutes: i64,
    start: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let affected = tx
        .query(
            "insert into booking_notice (account_id, booking_id, minutes, start_at, at) values ($1, $2, $3, $4, $5)
             on conflict (account_id, booking_id, minutes, start_at) do nothing",
        )
        .bind(account)
        .bind(id)
        .bind(minutes)
        .bind(start)
        .bind(now)
        .execute()
        .await?;
    Ok(affected == 1)
}
