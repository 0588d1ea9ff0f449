//! SQL of claims and occurrences.

use std::time::Duration;

use db::{Insert, Result, Tx, in_list};
use kernel::{AccountId, Timestamp};

use crate::slots::{Buffers, Interval};
use crate::{EventTypeId, HostId, OccurrenceId};

/// Whose claim it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) kind: &'static str,
    pub(crate) id: i64,
}

/// A claim on all of some hosts.
pub(super) struct NewClaim<'a> {
    pub(super) owner: Owner,
    pub(super) hosts: &'a [HostId],
    pub(super) time: Interval,
    pub(super) buffers: Buffers,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) active: bool,
}

pub(super) async fn insert(
    ctx: &ctx::Ctx,
    tx: &mut Tx,
    account: AccountId,
    claim: &NewClaim<'_>,
) -> Result<()> {
    let mut insert = Insert::into(
        "booking_claim",
        &[
            "account_id",
            "id",
            "host_id",
            "kind",
            "ref_id",
            "start_at",
            "end_at",
            "before_minutes",
            "after_minutes",
            "expires_at",
            "active",
        ],
    );
    for host in claim.hosts {
        insert.row(|row| {
            row.bind(account)
                .bind(ctx.ids.next::<i64>())
                .bind(*host)
                .bind(claim.owner.kind)
                .bind(claim.owner.id)
                .bind(claim.time.start)
                .bind(claim.time.end)
                .bind(i64::from(claim.buffers.before_minutes))
                .bind(i64::from(claim.buffers.after_minutes))
                .bind(claim.expires_at)
                .bind(claim.active);
        });
    }
    if !insert.is_empty() {
        insert.execute(tx).await?;
    }
    Ok(())
}

/// Gives the time of hosts back.
pub(crate) async fn delete_of(
    tx: &mut Tx,
    account: AccountId,
    kind: &'static str,
    id: i64,
) -> Result<u64> {
    tx.query("delete from booking_claim where account_id = $1 and kind = $2 and ref_id = $3")
        .bind(account)
        .bind(kind)
        .bind(id)
        .execute()
        .await
}

/// A booking that waited takes its time for good.
pub(crate) async fn activate(tx: &mut Tx, account: AccountId, booking: i64) -> Result<u64> {
    tx.query(
        "update booking_claim set active = 1, expires_at = null
         where account_id = $1 and kind = 'booking' and ref_id = $2",
    )
    .bind(account)
    .bind(booking)
    .execute()
    .await
}

/// Another host instead of one, for the same time.
pub(crate) async fn swap_host(
    tx: &mut Tx,
    account: AccountId,
    booking: i64,
    from: HostId,
    to: HostId,
) -> Result<u64> {
    tx.query(
        "update booking_claim set host_id = $4
         where account_id = $1 and kind = 'booking' and ref_id = $2 and host_id = $3",
    )
    .bind(account)
    .bind(booking)
    .bind(from)
    .bind(to)
    .execute()
    .await
}

/// A host of these who is taken in an interval, by something else than this booking. What had expired when the locks
/// were taken is gone; what has expired since counts a moment longer, as it does for the constraint.
pub(crate) async fn overlapping(
    tx: &mut Tx,
    account: AccountId,
    hosts: &[HostId],
    during: Interval,
    but: i64,
) -> Result<Option<HostId>> {
    tx.query(format!(
        "select host_id from booking_claim where account_id = $1 and active = 1 and end_at > $2 and start_at < $3 \
         and not (kind = 'booking' and ref_id = $4) and host_id in {} limit 1",
        in_list(5, hosts.len())
    ))
    .bind(account)
    .bind(during.start)
    .bind(during.end)
    .bind(but)
    .bind_list(hosts.iter().copied())
    .fetch_optional()
    .await?
    .map(|row| row.get("host_id"))
    .transpose()
}

/// Deletes what has expired of some hosts and of an event type.
pub(super) async fn forget_expired(
    tx: &mut Tx,
    account: AccountId,
    event_type: EventTypeId,
    hosts: &[HostId],
    now: Timestamp,
) -> Result<()> {
    tx.query(format!(
        "delete from booking_claim where account_id = $1 and expires_at is not null and expires_at <= $2 and host_id in {}",
        in_list(3, hosts.len())
    ))
    .bind(account)
    .bind(now)
    .bind_list(hosts.iter().copied())
    .execute()
    .await?;
    tx.query("delete from booking_hold where account_id = $1 and event_type_id = $2 and expires_at <= $3")
        .bind(account)
        .bind(event_type)
        .bind(now)
        .execute()
        .await?;
    tx.query(
        "delete from booking_occurrence where account_id = $1 and event_type_id = $2 and start_at > $3 and not exists
         (select 1 from booking_claim c where c.account_id = booking_occurrence.account_id
          and c.kind = 'occurrence' and c.ref_id = booking_occurrence.id)",
    )
    .bind(account)
    .bind(event_type)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn insert_occurrence(
    tx: &mut Tx,
    account: AccountId,
    id: OccurrenceId,
    event_type: EventTypeId,
    time: Interval,
    capacity: u32,
) -> Result<()> {
    tx.query(
        "insert into booking_occurrence (account_id, id, event_type_id, start_at, end_at, capacity, taken)
         values ($1, $2, $3, $4, $5, $6, 0)",
    )
    .bind(account)
    .bind(id)
    .bind(event_type)
    .bind(time.start)
    .bind(time.end)
    .bind(i64::from(capacity))
    .execute()
    .await?;
    Ok(())
}

/// Takes seats; `false` when there are not so many.
pub(super) async fn add_seats(
    tx: &mut Tx,
    account: AccountId,
    id: OccurrenceId,
    seats: u32,
    capacity: u32,
) -> Result<bool> {
    let affected = tx
        .query(
            "update booking_occurrence set taken = taken + $3, capacity = $4
             where account_id = $1 and id = $2 and taken + $3 <= $4",
        )
        .bind(account)
        .bind(id)
        .bind(i64::from(seats))
        .bind(i64::from(capacity))
        .execute()
        .await?;
    Ok(affected == 1)
}

/// Who has seats now: how many, and until when if all of them may go away by themselves.
pub(super) async fn seats_of(
    tx: &mut Tx,
    account: AccountId,
    id: OccurrenceId,
    now: Timestamp,
) -> Result<(i64, Option<Timestamp>)> {
    let rows = tx
        .query(
            "select seats, case when status = 'pending' then expires_at end as until from booking
             where account_id = $1 and occurrence_id = $2 and (status in ('confirmed', 'completed', 'no_show')
                 or (status = 'pending' and (expires_at is null or expires_at > $3)))
             union all
             select seats, expires_at as until from booking_hold
             where account_id = $1 and occurrence_id = $2 and expires_at > $3",
        )
        .bind(account)
        .bind(id)
        .bind(now)
        .fetch_all()
        .await?;
    let (mut taken, mut until, mut stays) = (0, None, false);
    for row in &rows {
        taken += row.get::<i64>("seats")?;
        match row.get::<Option<Timestamp>>("until")? {
            None => stays = true,
            Some(at) => until = until.max(Some(at)),
        }
    }
    Ok((taken, until.filter(|_| !stays)))
}

pub(super) async fn set_seats(
    tx: &mut Tx,
    account: AccountId,
    id: OccurrenceId,
    taken: i64,
    expires_at: Option<Timestamp>,
) -> Result<()> {
    tx.query("update booking_occurrence set taken = $3 where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .bind(taken)
        .execute()
        .await?;
    tx.query(
        "update booking_claim set expires_at = $3 where account_id = $1 and kind = 'occurrence' and ref_id = $2",
    )
    .bind(account)
    .bind(id)
    .bind(expires_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn delete_occurrence(
    tx: &mut Tx,
    account: AccountId,
    id: OccurrenceId,
) -> Result<()> {
    delete_of(tx, account, "occurrence", id.get()).await?;
    tx.query("delete from booking_occurrence where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// How far back it matters when a host was booked.
const LOOKED_BACK: Duration = Duration::from_hours(180 * 24);

/// What a host has had of an event type.
pub(super) struct Had {
    pub(super) host: HostId,
    /// Since an instant.
    pub(super) bookings: i64,
    pub(super) last: Option<Timestamp>,
    /// Still to come.
    pub(super) upcoming: i64,
}

/// What hosts have had of an event type, in one query.
pub(super) async fn had(
    tx: &mut Tx,
    account: AccountId,
    event_type: EventTypeId,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<Had>> {
    tx.query(
        "select m.host_id, max(b.created_at) as last,
             cast(sum(case when b.created_at >= $3 then 1 else 0 end) as bigint) as bookings,
             cast(sum(case when b.start_at > $4 then 1 else 0 end) as bigint) as upcoming
         from booking b join booking_member m on m.account_id = b.account_id and m.booking_id = b.id
         where b.account_id = $1 and b.event_type_id = $2 and b.start_at > $5 and b.status in ('pending', 'confirmed', 'completed', 'no_show')
         group by m.host_id",
    )
    .bind(account)
    .bind(event_type)
    .bind(since)
    .bind(now)
    // Who was last booked longer ago is as good as new, and years of bookings are not read each time.
    .bind(now - LOOKED_BACK)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(Had {
            host: row.get("host_id")?,
            bookings: row.get("bookings")?,
            last: row.get("last")?,
            upcoming: row.get("upcoming")?,
        })
    })
    .collect()
}
