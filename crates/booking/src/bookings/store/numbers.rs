//! SQL of numbers about bookings.

use db::{Result, Tx};
use kernel::{AccountId, Timestamp};

use super::rows::status_of;
use crate::bookings::model::{EventTypeCount, HostCount, Status, StatusCount};
use crate::slots::Interval;

const KEPT: &str = "('pending', 'confirmed', 'completed')";

pub(in crate::bookings) async fn by_status(
    tx: &mut Tx,
    account: AccountId,
    during: Interval,
) -> Result<Vec<StatusCount>> {
    tx.query(
        "select status, count(*) as n from booking where account_id = $1 and start_at >= $2 and start_at < $3
         group by status",
    )
    .bind(account)
    .bind(during.start)
    .bind(during.end)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(StatusCount {
            status: status_of(&row.get::<String>("status")?, 0)?,
            count: row.get("n")?,
        })
    })
    .collect()
}

pub(in crate::bookings) async fn by_event_type(
    tx: &mut Tx,
    account: AccountId,
    during: Interval,
) -> Result<Vec<EventTypeCount>> {
    tx.query(format!(
        "select event_type_id, count(*) as n, \
             cast(sum(case when status in {KEPT} then 1 else 0 end) as bigint) as kept, \
             cast(sum(case when status = 'cancelled' then 1 else 0 end) as bigint) as cancelled, \
             cast(sum(case when status = 'no_show' then 1 else 0 end) as bigint) as no_show, \
             cast(sum(case when status in {KEPT} then minutes else 0 end) as bigint) as minutes \
         from booking where account_id = $1 and start_at >= $2 and start_at < $3 \
         group by event_type_id order by event_type_id"
    ))
    .bind(account)
    .bind(during.start)
    .bind(during.end)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(EventTypeCount {
            event_type_id: row.get("event_type_id")?,
            count: row.get("n")?,
            kept: row.get("kept")?,
            cancelled: row.get("cancelled")?,
            no_show: row.get("no_show")?,
            minutes: row.get("minutes")?,
        })
    })
    .collect()
}

pub(in crate::bookings) async fn by_host(
    tx: &mut Tx,
    account: AccountId,
    during: Interval,
) -> Result<Vec<HostCount>> {
    tx.query(format!(
        "select m.host_id, count(*) as n from booking b \
         join booking_member m on m.account_id = b.account_id and m.booking_id = b.id \
         where b.account_id = $1 and b.start_at >= $2 and b.start_at < $3 and b.status in {KEPT} \
         group by m.host_id order by m.host_id"
    ))
    .bind(account)
    .bind(during.start)
    .bind(during.end)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(HostCount {
            host_id: row.get("host_id")?,
            kept: row.get("n")?,
        })
    })
    .collect()
}

/// How many begin when, for whoever puts them into dates: SQLite knows no time zones.
pub(in crate::bookings) async fn by_start(
    tx: &mut Tx,
    account: AccountId,
    during: Interval,
) -> Result<Vec<(Timestamp, Status, i64)>> {
    tx.query(
        "select start_at, status, count(*) as n from booking where account_id = $1 and start_at >= $2 and start_at < $3
         group by start_at, status order by start_at",
    )
    .bind(account)
    .bind(during.start)
    .bind(during.end)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok((
            row.get("start_at")?,
            status_of(&row.get::<String>("status")?, 0)?,
            row.get("n")?,
        ))
    })
    .collect()
}
