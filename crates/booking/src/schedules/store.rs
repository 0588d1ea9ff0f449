//! SQL of schedules and their overrides.

use db::{Json, Result, Row, Tx, in_list};
use jiff::civil::Date;
use kernel::{AccountId, TimeZone, Timestamp};

use super::model::{Override, Schedule, Travel, Week};
use crate::wall::Hours;
use crate::{HostId, ScheduleId};

const COLUMNS: &str =
    "account_id, id, host_id, name, time_zone, weekly, travel, created_at, updated_at";

fn from_row(row: &Row) -> Result<Schedule> {
    let zone = row.get::<String>("time_zone")?;
    Ok(Schedule {
        account: row.get("account_id")?,
        id: row.get("id")?,
        host_id: row.get("host_id")?,
        name: row.get("name")?,
        time_zone: TimeZone::parse(&zone).unwrap_or_else(|_| TimeZone::utc()),
        weekly: row.get::<Json<Week>>("weekly")?.0,
        travel: row.get::<Json<Vec<Travel>>>("travel")?.0,
        overrides: Vec::new(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// Without their overrides.
pub(crate) async fn find_many(
    tx: &mut Tx,
    account: AccountId,
    ids: &[ScheduleId],
) -> Result<Vec<Schedule>> {
    tx.query(format!(
        "select {COLUMNS} from booking_schedule where account_id = $1 and id in {} order by id",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// Those of a host and the shared ones, or all; without their overrides.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    host: Option<HostId>,
) -> Result<Vec<Schedule>> {
    tx.query(format!(
        "select {COLUMNS} from booking_schedule where account_id = $1 \
         and ($2 = 0 or host_id is null or host_id = $2) order by id limit 5000"
    ))
    .bind(account)
    .bind(host.map_or(0, HostId::get))
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// The overrides of these, in the order of dates.
pub(crate) async fn overrides_of(
    tx: &mut Tx,
    account: AccountId,
    ids: &[ScheduleId],
) -> Result<Vec<(ScheduleId, Override)>> {
    let rows = tx
        .query(format!(
            "select schedule_id, day, ranges, note from booking_override where account_id = $1 and schedule_id in {}",
            in_list(2, ids.len())
        ))
        .bind(account)
        .bind_list(ids.iter().copied())
        .fetch_all()
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        // What is no date was not written by us.
        let Ok(date) = row.get::<String>("day")?.parse::<Date>() else {
            continue;
        };
        found.push((
            row.get("schedule_id")?,
            Override {
                date,
                hours: row.get::<Json<Vec<Hours>>>("ranges")?.0,
                note: row.get("note")?,
            },
        ));
    }
    found.sort_by_key(|(schedule, one)| (*schedule, one.date));
    Ok(found)
}

pub(super) async fn insert(tx: &mut Tx, schedule: &Schedule) -> Result<()> {
    tx.query(format!(
        "insert into booking_schedule ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    ))
    .bind(schedule.account)
    .bind(schedule.id)
    .bind(schedule.host_id)
    .bind(&schedule.name)
    .bind(schedule.time_zone.name())
    .bind(Json(&schedule.weekly))
    .bind(Json(&schedule.travel))
    .bind(schedule.created_at)
    .bind(schedule.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, schedule: &Schedule) -> Result<()> {
    let affected = tx
        .query(
            "update booking_schedule set name = $3, time_zone = $4, weekly = $5, travel = $6, updated_at = $7
             where account_id = $1 and id = $2",
        )
        .bind(schedule.account)
        .bind(schedule.id)
        .bind(&schedule.name)
        .bind(schedule.time_zone.name())
        .bind(Json(&schedule.weekly))
        .bind(Json(&schedule.travel))
        .bind(schedule.updated_at)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

pub(super) async fn set_override(
    tx: &mut Tx,
    account: AccountId,
    id: ScheduleId,
    one: &Override,
    now: Timestamp,
) -> Result<()> {
    tx.query(
        "insert into booking_override (account_id, schedule_id, day, ranges, note, updated_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (account_id, schedule_id, day) do update
         set ranges = excluded.ranges, note = excluded.note, updated_at = excluded.updated_at",
    )
    .bind(account)
    .bind(id)
    .bind(one.date.to_string())
    .bind(Json(&one.hours))
    .bind(one.note.as_ref())
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn delete_override(
    tx: &mut Tx,
    account: AccountId,
    id: ScheduleId,
    date: Date,
) -> Result<bool> {
    let affected = tx
        .query(
            "delete from booking_override where account_id = $1 and schedule_id = $2 and day = $3",
        )
        .bind(account)
        .bind(id)
        .bind(date.to_string())
        .execute()
        .await?;
    Ok(affected == 1)
}

pub(super) async fn count_overrides(
    tx: &mut Tx,
    account: AccountId,
    id: ScheduleId,
) -> Result<i64> {
    tx.query(
        "select count(*) as n from booking_override where account_id = $1 and schedule_id = $2",
    )
    .bind(account)
    .bind(id)
    .fetch_one()
    .await?
    .get("n")
}

/// The settings of the event types, to see which name the schedule; with their titles.
pub(super) async fn settings_of_event_types(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Vec<(String, serde_json::Value)>> {
    tx.query("select title, settings from event_type where account_id = $1 order by id")
        .bind(account)
        .fetch_all()
        .await?
        .iter()
        .map(|row| {
            Ok((
                row.get("title")?,
                row.get::<Json<serde_json::Value>>("settings")?.0,
            ))
        })
        .collect()
}

/// A host who works by it, by name.
pub(super) async fn used_by_host(
    tx: &mut Tx,
    account: AccountId,
    id: ScheduleId,
) -> Result<Option<String>> {
    tx.query(
        "select name from booking_host where account_id = $1 and schedule_id = $2 order by id limit 1",
    )
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .map(|row| row.get("name"))
    .transpose()
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: ScheduleId) -> Result<()> {
    for sql in [
        "delete from booking_override where account_id = $1 and schedule_id = $2",
        "delete from booking_schedule where account_id = $1 and id = $2",
    ] {
        tx.query(sql).bind(account).bind(id).execute().await?;
    }
    Ok(())
}
