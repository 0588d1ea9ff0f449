//! SQL of what calendars say is taken.

use std::collections::HashMap;

use db::{Insert, Result, Tx, in_list};
use kernel::{AccountId, Timestamp};

use crate::calendars::model::{LONGEST_PIECE, Span, pieces};
use crate::slots::Interval;
use crate::slots::interval::plus;
use crate::{BookingId, CalendarId, HostId};

/// How many keys go into one statement.
const AT_ONCE: usize = 500;

/// An object as it is known.
pub(in crate::calendars) struct Known {
    pub(in crate::calendars) id: i64,
    pub(in crate::calendars) key: String,
    pub(in crate::calendars) digest: Vec<u8>,
    pub(in crate::calendars) read_at: Timestamp,
}

/// Those of some keys that are known.
pub(in crate::calendars) async fn known(
    tx: &mut Tx,
    account: AccountId,
    calendar: CalendarId,
    keys: &[&str],
) -> Result<HashMap<String, Known>> {
    let mut found = HashMap::with_capacity(keys.len());
    for keys in keys.chunks(AT_ONCE) {
        let rows = tx
            .query(format!(
                "select id, object_key, digest, read_at from calendar_object where account_id = $1 and calendar_id = $2 \
                 and object_key in {}",
                in_list(3, keys.len())
            ))
            .bind(account)
            .bind(calendar)
            .bind_list(keys.iter().copied())
            .fetch_all()
            .await?;
        for row in &rows {
            let one = Known {
                id: row.get("id")?,
                key: row.get("object_key")?,
                digest: row.get("digest")?,
                read_at: row.get("read_at")?,
            };
            found.insert(one.key.clone(), one);
        }
    }
    Ok(found)
}

/// The keys that are known, in the order of their ids, from one on.
pub(in crate::calendars) async fn keys(
    tx: &mut Tx,
    account: AccountId,
    calendar: CalendarId,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, String, Timestamp)>> {
    tx.query(
        "select id, object_key, read_at from calendar_object where account_id = $1 and calendar_id = $2 and id > $3
         order by id limit $4",
    )
    .bind(account)
    .bind(calendar)
    .bind(after)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("id")?, row.get("object_key")?, row.get("read_at")?)))
    .collect()
}

/// An object that takes time.
pub(in crate::calendars) struct NewObject<'a> {
    pub(in crate::calendars) id: i64,
    pub(in crate::calendars) key: &'a str,
    pub(in crate::calendars) uid: Option<&'a str>,
    pub(in crate::calendars) digest: &'a [u8],
    pub(in crate::calendars) spans: &'a [Span],
}

/// Writes objects with their times. Those that were known have been deleted before.
pub(in crate::calendars) async fn insert(
    ctx: &ctx::Ctx,
    tx: &mut Tx,
    account: AccountId,
    (host, calendar): (HostId, CalendarId),
    objects: &[NewObject<'_>],
    now: Timestamp,
) -> Result<()> {
    let mut rows = Insert::into(
        "calendar_object",
        &[
            "account_id",
            "id",
            "calendar_id",
            "object_key",
            "uid",
            "digest",
            "read_at",
        ],
    );
    let mut times = Insert::into(
        "calendar_busy",
        &[
            "account_id",
            "id",
            "host_id",
            "calendar_id",
            "object_id",
            "start_at",
            "end_at",
            "all_day",
            "summary",
        ],
    );
    for one in objects {
        rows.row(|row| {
            row.bind(account)
                .bind(one.id)
                .bind(calendar)
                .bind(one.key)
                .bind(one.uid)
                .bind(one.digest)
                .bind(now);
        });
        for span in one.spans {
            for piece in pieces(span.time) {
                times.row(|row| {
                    row.bind(account)
                        .bind(ctx.ids.next::<i64>())
                        .bind(host)
                        .bind(calendar)
                        .bind(one.id)
                        .bind(piece.start)
                        .bind(piece.end)
                        .bind(span.all_day)
                        .bind(Some(span.summary.as_str()).filter(|text| !text.is_empty()));
                });
            }
        }
    }
    if !rows.is_empty() {
        rows.execute(tx).await?;
    }
    if !times.is_empty() {
        times.execute(tx).await?;
    }
    Ok(())
}

/// Objects with their times.
pub(in crate::calendars) async fn delete(
    tx: &mut Tx,
    account: AccountId,
    ids: &[i64],
) -> Result<()> {
    for ids in ids.chunks(AT_ONCE) {
        for (table, column) in [("calendar_busy", "object_id"), ("calendar_object", "id")] {
            tx.query(format!(
                "delete from {table} where account_id = $1 and {column} in {}",
                in_list(2, ids.len())
            ))
            .bind(account)
            .bind_list(ids.iter().copied())
            .execute()
            .await?;
        }
    }
    Ok(())
}

/// All that was read of a calendar.
pub(in crate::calendars) async fn forget(
    tx: &mut Tx,
    account: AccountId,
    calendar: CalendarId,
) -> Result<()> {
    for table in ["calendar_busy", "calendar_object"] {
        tx.query(format!(
            "delete from {table} where account_id = $1 and calendar_id = $2"
        ))
        .bind(account)
        .bind(calendar)
        .execute()
        .await?;
    }
    Ok(())
}

/// Time that a calendar says is taken.
pub(in crate::calendars) struct Taken {
    pub(in crate::calendars) calendar: CalendarId,
    pub(in crate::calendars) time: Interval,
    pub(in crate::calendars) all_day: bool,
    pub(in crate::calendars) summary: Option<String>,
}

/// What calendars say of a host in an interval.
pub(in crate::calendars) async fn taken(
    tx: &mut Tx,
    account: AccountId,
    host: HostId,
    during: Interval,
    limit: i64,
) -> Result<Vec<Taken>> {
    tx.query(
        "select calendar_id, start_at, end_at, all_day, summary from calendar_busy where account_id = $1
         and start_at >= $2 and start_at < $3 and end_at > $4 and host_id = $6 order by start_at, id limit $5",
    )
    .bind(account)
    // No piece is longer, so none that begins earlier reaches into the interval.
    .bind(plus(during.start, -LONGEST_PIECE))
    .bind(during.end)
    .bind(during.start)
    .bind(limit)
    .bind(host)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(Taken {
            calendar: row.get("calendar_id")?,
            time: Interval::new(row.get("start_at")?, row.get("end_at")?),
            all_day: row.get("all_day")?,
            summary: row.get("summary")?,
        })
    })
    .collect()
}

/// When calendars say that some hosts are busy in an interval, in one query: for whoever looks for slots.
pub(crate) async fn times(
    tx: &mut Tx,
    account: AccountId,
    hosts: &[HostId],
    during: Interval,
) -> Result<Vec<(HostId, CalendarId, Interval)>> {
    tx.query(format!(
        "select host_id, calendar_id, start_at, end_at from calendar_busy where account_id = $1 \
         and start_at >= $2 and start_at < $3 and end_at > $4 and host_id in {}",
        in_list(5, hosts.len())
    ))
    .bind(account)
    .bind(plus(during.start, -LONGEST_PIECE))
    .bind(during.end)
    .bind(during.start)
    .bind_list(hosts.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok((
            row.get("host_id")?,
            row.get("calendar_id")?,
            Interval::new(row.get("start_at")?, row.get("end_at")?),
        ))
    })
    .collect()
}

/// A calendar of a host, as whoever explains slots names it.
pub(crate) struct Named {
    pub(crate) id: CalendarId,
    pub(crate) host: HostId,
    pub(crate) name: String,
    /// It cannot be read, and its owner wants to be offered only when it can.
    pub(crate) stops: bool,
}

/// The calendars that block time of some hosts.
pub(crate) async fn blocking(
    tx: &mut Tx,
    account: AccountId,
    hosts: &[HostId],
) -> Result<Vec<Named>> {
    tx.query(format!(
        "select c.id, c.host_id, c.name, cast(case when n.state = 'broken' and n.when_unreachable = 'stop_offering' \
             then 1 else 0 end as bigint) as stops \
         from calendar c join calendar_connection n on n.account_id = c.account_id and n.id = c.connection_id \
         where c.account_id = $1 and c.blocks = 1 and c.host_id in {} order by c.id",
        in_list(2, hosts.len())
    ))
    .bind(account)
    .bind_list(hosts.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(Named {
            id: row.get("id")?,
            host: row.get("host_id")?,
            name: row.get("name")?,
            stops: row.get::<i64>("stops")? != 0,
        })
    })
    .collect()
}

/// The names of calendars.
pub(in crate::calendars) async fn names(
    tx: &mut Tx,
    account: AccountId,
    host: HostId,
) -> Result<HashMap<CalendarId, String>> {
    let rows = tx
        .query("select id, name from calendar where account_id = $1 and host_id = $2")
        .bind(account)
        .bind(host)
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("name")?)))
        .collect()
}

/// Which of some bookings there are in the account.
pub(in crate::calendars) async fn bookings_among(
    tx: &mut Tx,
    account: AccountId,
    ids: &[BookingId],
) -> Result<Vec<BookingId>> {
    let mut found = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let rows = tx
            .query(format!(
                "select id from booking where account_id = $1 and id in {}",
                in_list(2, ids.len())
            ))
            .bind(account)
            .bind_list(ids.iter().copied())
            .fetch_all()
            .await?;
        for row in &rows {
            found.push(row.get("id")?);
        }
    }
    Ok(found)
}

/// What is booked with a host and not over.
pub(in crate::calendars) async fn booked(
    tx: &mut Tx,
    account: AccountId,
    host: HostId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(BookingId, Interval)>> {
    tx.query(
        "select b.id, b.start_at, b.end_at from booking_member m
         join booking b on b.account_id = m.account_id and b.id = m.booking_id
         where m.account_id = $1 and m.host_id = $2 and b.status = 'confirmed' and b.end_at > $3
         order by b.start_at limit $4",
    )
    .bind(account)
    .bind(host)
    .bind(now)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok((
            row.get("id")?,
            Interval::new(row.get("start_at")?, row.get("end_at")?),
        ))
    })
    .collect()
}
