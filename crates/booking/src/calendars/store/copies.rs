//! SQL of the copies of bookings in calendars of their hosts.

use db::{Result, Row, Tx, in_list};
use kernel::{AccountId, Timestamp};

use crate::calendars::model::{Copy, CopyState};
use crate::slots::Interval;
use crate::{BookingId, CalendarId, HostId};

const COLUMNS: &str = "account_id, booking_id, host_id, calendar_id, object_key, uid, etag, sequence, start_at, end_at, \
     state, fault, updated_at";

fn from_row(row: &Row) -> Result<Copy> {
    Ok(Copy {
        booking: row.get("booking_id")?,
        host: row.get("host_id")?,
        calendar: row.get("calendar_id")?,
        key: row.get("object_key")?,
        uid: row.get("uid")?,
        etag: row.get("etag")?,
        sequence: row.get("sequence")?,
        time: Interval::new(row.get("start_at")?, row.get("end_at")?),
        state: CopyState::from_name(&row.get::<String>("state")?),
        fault: row.get("fault")?,
        updated_at: row.get("updated_at")?,
    })
}

/// The copies of a booking.
pub(in crate::calendars) async fn of_booking(
    tx: &mut Tx,
    account: AccountId,
    booking: BookingId,
) -> Result<Vec<Copy>> {
    tx.query(format!(
        "select {COLUMNS} from calendar_copy where account_id = $1 and booking_id = $2 order by host_id"
    ))
    .bind(account)
    .bind(booking)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// The copy that a host has of a booking.
pub(in crate::calendars) async fn find(
    tx: &mut Tx,
    account: AccountId,
    booking: BookingId,
    host: HostId,
) -> Result<Option<Copy>> {
    tx.query(format!(
        "select {COLUMNS} from calendar_copy where account_id = $1 and booking_id = $2 and host_id = $3"
    ))
    .bind(account)
    .bind(booking)
    .bind(host)
    .fetch_optional()
    .await?
    .as_ref()
    .map(from_row)
    .transpose()
}

/// The copies in a calendar that were written and end after an instant.
pub(in crate::calendars) async fn in_calendar(
    tx: &mut Tx,
    account: AccountId,
    calendar: CalendarId,
    after: Timestamp,
    limit: i64,
) -> Result<Vec<Copy>> {
    tx.query(format!(
        "select {COLUMNS} from calendar_copy where account_id = $1 and calendar_id = $2 and state = 'written' \
         and end_at > $3 order by booking_id limit $4"
    ))
    .bind(account)
    .bind(calendar)
    .bind(after)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// Any copies that are, or may be, in the calendars of a connection, some at a time.
pub(in crate::calendars) async fn of_calendars(
    tx: &mut Tx,
    account: AccountId,
    calendars: &[CalendarId],
    after: Timestamp,
    limit: i64,
) -> Result<Vec<Copy>> {
    tx.query(format!(
        "select {COLUMNS} from calendar_copy where account_id = $1 and state <> 'gone' \
         and end_at > $2 and calendar_id in {} order by booking_id limit $3",
        in_list(4, calendars.len())
    ))
    .bind(account)
    .bind(after)
    .bind(limit)
    .bind_list(calendars.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// How it stands now.
pub(in crate::calendars) async fn set(tx: &mut Tx, account: AccountId, one: &Copy) -> Result<()> {
    tx.query(format!(
        "insert into calendar_copy ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         on conflict (account_id, booking_id, host_id) do update set calendar_id = excluded.calendar_id, \
             object_key = excluded.object_key, uid = excluded.uid, etag = excluded.etag, sequence = excluded.sequence, \
             start_at = excluded.start_at, end_at = excluded.end_at, state = excluded.state, fault = excluded.fault, \
             updated_at = excluded.updated_at"
    ))
    .bind(account)
    .bind(one.booking)
    .bind(one.host)
    .bind(one.calendar)
    .bind(&one.key)
    .bind(&one.uid)
    .bind(one.etag.as_ref())
    .bind(one.sequence)
    .bind(one.time.start)
    .bind(one.time.end)
    .bind(one.state.as_str())
    .bind(one.fault.as_ref())
    .bind(one.updated_at)
    .execute()
    .await?;
    Ok(())
}

/// What its server says its state is called, where that was not known.
pub(in crate::calendars) async fn set_etag(
    tx: &mut Tx,
    account: AccountId,
    one: &Copy,
    etag: &str,
) -> Result<()> {
    tx.query(
        "update calendar_copy set etag = $4 where account_id = $1 and booking_id = $2 and host_id = $3 and etag is null",
    )
    .bind(account)
    .bind(one.booking)
    .bind(one.host)
    .bind(etag)
    .execute()
    .await?;
    Ok(())
}

/// Somebody deleted it there; `false` when that was known.
pub(in crate::calendars) async fn set_gone(
    tx: &mut Tx,
    account: AccountId,
    one: &Copy,
    now: Timestamp,
) -> Result<bool> {
    let done = tx
        .query(
            "update calendar_copy set state = 'gone', etag = null, updated_at = $5
             where account_id = $1 and booking_id = $2 and host_id = $3 and state = 'written' and updated_at = $4",
        )
        .bind(account)
        .bind(one.booking)
        .bind(one.host)
        .bind(one.updated_at)
        .bind(now)
        .execute()
        .await?;
    Ok(done > 0)
}

pub(in crate::calendars) async fn delete(
    tx: &mut Tx,
    account: AccountId,
    booking: BookingId,
    host: HostId,
) -> Result<()> {
    tx.query(
        "delete from calendar_copy where account_id = $1 and booking_id = $2 and host_id = $3",
    )
    .bind(account)
    .bind(booking)
    .bind(host)
    .execute()
    .await?;
    Ok(())
}

/// Whether any calendar has to hear of a booking: one that receives for its hosts, or one that has a copy.
pub(in crate::calendars) async fn is_wanted(
    tx: &mut Tx,
    account: AccountId,
    booking: BookingId,
    hosts: &[HostId],
) -> Result<bool> {
    let row = tx
        .query(format!(
            "select 1 as n from calendar where account_id = $1 and receives = 1 and host_id in {} \
             union all select 1 as n from calendar_copy where account_id = $1 and booking_id = $2 limit 1",
            in_list(3, hosts.len())
        ))
        .bind(account)
        .bind(booking)
        .bind_list(hosts.iter().copied())
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// What is confirmed with a host and to come, and what has a copy: what a calendar that receives from now on, or can be
/// reached again, may have to hear of.
pub(in crate::calendars) async fn to_come(
    tx: &mut Tx,
    account: AccountId,
    host: HostId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<BookingId>> {
    tx.query(
        "select b.id from booking_member m join booking b on b.account_id = m.account_id and b.id = m.booking_id
         where m.account_id = $1 and m.host_id = $2 and b.status = 'confirmed' and b.start_at > $3
         union select booking_id as id from calendar_copy where account_id = $1 and host_id = $2 and start_at > $3
         order by id limit $4",
    )
    .bind(account)
    .bind(host)
    .bind(now)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.get("id"))
    .collect()
}
