//! SQL of the waiting list.

use db::{Result, Row, Tx};
use kernel::{AccountId, Cursor, Limit, TimeZone};

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

/// The same person who waits already.
pub(super) async fn of_address(
    tx: &mut Tx,
    account: AccountId,
    event_type: EventTypeId,
    email: &str,
) -> Result<Option<Waiting>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from booking_waiting where account_id = $1 and event_type_id = $2 and email = $3 \
             and told_at is null order by id limit 1"
        ))
        .bind(account)
        .bind(event_type)
        .bind(email)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
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
