//! SQL of the waiting list.

use db::{Result, Row, Tx};
use kernel::{AccountId, Cursor, Limit, TimeZone, Timestamp};

use super::model::Waiting;
use crate::{EventTypeId, WaitingId};

const COLUMNS: &str = "account_id, id, event_type_id, subscriber_id, name, email, time_zone, language, from_at, until_at, \
     minutes, seats, told_at, created_at";

fn from_row(row: &Row) -> Result<Waiting> {
    let number = |column: &'static str| -> Result<u32> {
        Ok(u32::try_from(row.get::<i64>(column)?).unwrap_or(1))
    };
    Ok(Waiting {
        account: row.get("account_id")?,
        id: row.get("id")?,
        event_type_id: row.get("event_type_id")?,
        subscriber_id: row.get("subscriber_id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        time_zone: TimeZone::parse(&row.get::<String>("time_zone")?)
            .unwrap_or_else(|_| TimeZone::utc()),
        language: row.get("language")?,
        from: row.get("from_at")?,
        until: row.get("until_at")?,
        minutes: number("minutes")?,
        seats: number("seats")?,
        told_at: row.get("told_at")?,
        created_at: row.get("created_at")?,
    })
}

/// Who came first, first.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    event_type: EventTypeId,
    after: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Waiting>> {
    tx.query(format!(
        "select {COLUMNS} from booking_waiting where account_id = $1 and event_type_id = $2 and id > $3 \
         order by id limit $4"
    ))
    .bind(account)
    .bind(event_type)
    .bind(after.map_or(0, |cursor| cursor.id))
    .bind(limit.plus_one())
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

pub(super) async fn count(tx: &mut Tx, account: AccountId, event_type: EventTypeId) -> Result<i64> {
    tx.query(
        "select count(*) as n from booking_waiting where account_id = $1 and event_type_id = $2 and told_at is null",
    )
    .bind(account)
    .bind(event_type)
    .fetch_one()
    .await?
    .get("n")
}

pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: WaitingId,
) -> Result<Option<Waiting>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from booking_waiting where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// What the same person waits for already, and was not told of; the first first.
pub(super) async fn of_person(
    tx: &mut Tx,
    account: AccountId,
    event_type: EventTypeId,
    subscriber: Option<audience::SubscriberId>,
    email: &str,
) -> Result<Vec<Waiting>> {
    tx.query(format!(
        "select {COLUMNS} from booking_waiting where account_id = $1 and event_type_id = $2 and told_at is null \
         and (email = $3 or subscriber_id = $4) order by id limit 100"
    ))
    .bind(account)
    .bind(event_type)
    .bind(email)
    .bind(subscriber)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// Who was not told yet and would come at that time, the first first.
pub(super) async fn who_would_come(
    tx: &mut Tx,
    account: AccountId,
    event_type: EventTypeId,
    start: Timestamp,
    limit: i64,
) -> Result<Vec<Waiting>> {
    tx.query(format!(
        "select {COLUMNS} from booking_waiting where account_id = $1 and event_type_id = $2 and told_at is null \
         and (from_at is null or from_at <= $3) and (until_at is null or until_at > $3) order by id limit $4"
    ))
    .bind(account)
    .bind(event_type)
    .bind(start)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

pub(super) async fn told(
    tx: &mut Tx,
    account: AccountId,
    id: WaitingId,
    now: Timestamp,
) -> Result<()> {
    tx.query("update booking_waiting set told_at = $3 where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Takes a person off the list of what begins then.
pub(super) async fn delete_of_person(
    tx: &mut Tx,
    account: AccountId,
    event_type: EventTypeId,
    subscriber: Option<audience::SubscriberId>,
    email: &str,
    start: Timestamp,
) -> Result<()> {
    tx.query(
        "delete from booking_waiting where account_id = $1 and event_type_id = $2 and (email = $3 or subscriber_id = $4)
         and (from_at is null or from_at <= $5) and (until_at is null or until_at > $5)",
    )
    .bind(account)
    .bind(event_type)
    .bind(email)
    .bind(subscriber)
    .bind(start)
    .execute()
    .await?;
    Ok(())
}

/// The meetings of this length that have no seat left, by start.
pub(super) async fn full(
    tx: &mut Tx,
    account: AccountId,
    event_type: EventTypeId,
    minutes: u32,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<Timestamp>> {
    tx.query(
        "select distinct start_at from booking_occurrence where account_id = $1 and event_type_id = $2
         and start_at >= $3 and start_at < $4 and end_at - start_at = $5 and taken >= capacity order by start_at limit 1000",
    )
    .bind(account)
    .bind(event_type)
    .bind(from)
    .bind(until)
    .bind(i64::from(minutes) * crate::slots::interval::MINUTE)
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.get("start_at"))
    .collect()
}

pub(super) async fn insert(tx: &mut Tx, waiting: &Waiting) -> Result<()> {
    tx.query(format!(
        "insert into booking_waiting ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    ))
    .bind(waiting.account)
    .bind(waiting.id)
    .bind(waiting.event_type_id)
    .bind(waiting.subscriber_id)
    .bind(&waiting.name)
    .bind(&waiting.email)
    .bind(waiting.time_zone.name())
    .bind(waiting.language.as_ref())
    .bind(waiting.from)
    .bind(waiting.until)
    .bind(i64::from(waiting.minutes))
    .bind(i64::from(waiting.seats))
    .bind(waiting.told_at)
    .bind(waiting.created_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn delete(
    tx: &mut Tx,
    account: AccountId,
    event_type: EventTypeId,
    id: WaitingId,
) -> Result<bool> {
    let affected = tx
        .query(
            "delete from booking_waiting where account_id = $1 and id = $2 and event_type_id = $3",
        )
        .bind(account)
        .bind(id)
        .bind(event_type)
        .execute()
        .await?;
    Ok(affected == 1)
}
