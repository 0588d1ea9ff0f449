//! SQL of bookings, who hosts them, and what happened to them.

pub(super) mod notices;
pub(super) mod numbers;
mod rows;

use db::{Insert, Json, Result, Tx, in_list};
use kernel::{AccountId, Timestamp};
use serde_json::Value;

use super::model::{Action, Booking, Status, TrailEntry};
use super::service::ListQuery;
use crate::{BookingId, EventTypeId, HostId};
use rows::{COLUMNS, from_row, word};

pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: BookingId,
) -> Result<Option<Booking>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from booking where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut all = vec![from_row(&row)?];
    add_hosts(tx, account, &mut all).await?;
    Ok(all.pop())
}

/// The booking that was made with a hold.
pub(super) async fn find_by_hold(
    tx: &mut Tx,
    account: AccountId,
    hash: &[u8],
) -> Result<Option<BookingId>> {
    tx.query("select id from booking where account_id = $1 and hold_hash = $2")
        .bind(account)
        .bind(hash)
        .fetch_optional()
        .await?
        .map(|row| row.get("id"))
        .transpose()
}

async fn add_hosts(tx: &mut Tx, account: AccountId, all: &mut [Booking]) -> Result<()> {
    let rows = tx
        .query(format!(
            "select booking_id, host_id from booking_member where account_id = $1 and booking_id in {} \
             order by booking_id, position",
            in_list(2, all.len())
        ))
        .bind(account)
        .bind_list(all.iter().map(|one| one.id))
        .fetch_all()
        .await?;
    let mut by_id: std::collections::HashMap<i64, &mut Booking> =
        all.iter_mut().map(|one| (one.id.get(), one)).collect();
    for row in &rows {
        if let Some(booking) = by_id.get_mut(&row.get::<i64>("booking_id")?) {
            booking.host_ids.push(row.get("host_id")?);
        }
    }
    Ok(())
}

/// In the order of their starts.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    query: &ListQuery,
) -> Result<Vec<Booking>> {
    let (before, after, order) = if query.descending {
        (query.cursor, None, "desc")
    } else {
        (None, query.cursor, "asc")
    };
    let statuses = query.statuses.iter().map(|one| word(*one));
    let mut all = tx
        .query(format!(
            "select {COLUMNS} from booking where account_id = $1 and start_at >= $2 and start_at < $3 \
             and ($4 = 0 or event_type_id = $4) and ($5 = 0 or subscriber_id = $5) \
             and ($6 = 0 or exists (select 1 from booking_member m where m.account_id = booking.account_id \
                 and m.host_id = $6 and m.booking_id = booking.id)) \
             and (start_at > $7 or (start_at = $7 and id > $8)) and (start_at < $9 or (start_at = $9 and id < $10)) \
             and ($11 = 0 or status in {}) order by start_at {order}, id {order} limit $12",
            in_list(13, query.statuses.len())
        ))
        .bind(account)
        .bind(query.from.map_or(i64::MIN, Timestamp::as_micros))
        .bind(query.until.map_or(i64::MAX, Timestamp::as_micros))
        .bind(query.event_type.map_or(0, EventTypeId::get))
        .bind(query.subscriber.map_or(0, audience::SubscriberId::get))
        .bind(query.host.map_or(0, HostId::get))
        .bind(after.map_or(i64::MIN, |cursor| cursor.key))
        .bind(after.map_or(i64::MIN, |cursor| cursor.id))
        .bind(before.map_or(i64::MAX, |cursor| cursor.key))
        .bind(before.map_or(i64::MAX, |cursor| cursor.id))
        .bind(query.statuses.len() as i64)
        .bind(query.limit.plus_one())
        .bind_list(statuses)
        .fetch_all()
        .await?
        .iter()
        .map(from_row)
        .collect::<Result<Vec<_>>>()?;
    add_hosts(tx, account, &mut all).await?;
    Ok(all)
}

pub(super) async fn insert(
    tx: &mut Tx,
    booking: &Booking,
    email_folded: &str,
    hold_hash: Option<&[u8]>,
) -> Result<()> {
    tx.query(format!(
        "insert into booking ({COLUMNS}, email_folded, hold_hash) values \
         ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, \
          $24, $25, $26, $27)"
    ))
    .bind(booking.account)
    .bind(booking.id)
    .bind(booking.event_type_id)
    .bind(booking.occurrence_id)
    .bind(word(booking.status))
    .bind(booking.start)
    .bind(booking.end)
    .bind(i64::from(booking.minutes))
    .bind(i64::from(booking.seats))
    .bind(booking.subscriber_id)
    .bind(&booking.name)
    .bind(&booking.email)
    .bind(booking.phone.as_ref())
    .bind(booking.time_zone.name())
    .bind(booking.language.as_ref())
    .bind(Json(&booking.answers))
    .bind(booking.location.as_ref().map(Json))
    .bind(booking.sequence)
    .bind(booking.salt.clone())
    .bind(booking.expires_at)
    .bind(booking.reason.as_ref())
    .bind(booking.no_show_by.map(rows::no_show_word))
    .bind(&booking.source)
    .bind(booking.created_at)
    .bind(booking.updated_at)
    .bind(email_folded)
    .bind(hold_hash)
    .execute()
    .await?;
    Ok(())
}

/// Writes what changes of a booking, if it still has the status that the change was decided on.
pub(super) async fn update(tx: &mut Tx, booking: &Booking, from: Status) -> Result<bool> {
    let affected = tx
        .query(
            "update booking set status = $4, start_at = $5, end_at = $6, minutes = $7, occurrence_id = $8, sequence = $9,
             expires_at = $10, reason = $11, no_show_by = $12, updated_at = $13
             where account_id = $1 and id = $2 and status = $3",
        )
        .bind(booking.account)
        .bind(booking.id)
        .bind(word(from))
        .bind(word(booking.status))
        .bind(booking.start)
        .bind(booking.end)
        .bind(i64::from(booking.minutes))
        .bind(booking.occurrence_id)
        .bind(booking.sequence)
        .bind(booking.expires_at)
        .bind(booking.reason.as_ref())
        .bind(booking.no_show_by.map(rows::no_show_word))
        .bind(booking.updated_at)
        .execute()
        .await?;
    Ok(affected == 1)
}

/// Takes it out of its meeting with seats, before it gets another one.
pub(super) async fn leave_occurrence(tx: &mut Tx, account: AccountId, id: BookingId) -> Result<()> {
    tx.query("update booking set occurrence_id = null where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Who hosts it, with the criterion for those who were chosen.
pub(super) async fn set_members(
    tx: &mut Tx,
    account: AccountId,
    id: BookingId,
    hosts: &[HostId],
    chosen: &[(HostId, String)],
) -> Result<()> {
    tx.query("delete from booking_member where account_id = $1 and booking_id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    let mut insert = Insert::into(
        "booking_member",
        &[
            "account_id",
            "booking_id",
            "host_id",
            "position",
            "chosen_by",
        ],
    );
    for (position, host) in hosts.iter().enumerate() {
        let by = chosen.iter().find(|(one, _)| one == host);
        insert.row(|row| {
            row.bind(account)
                .bind(id)
                .bind(*host)
                .bind(position as i64)
                .bind(by.map(|(_, by)| by.as_str()));
        });
    }
    if !insert.is_empty() {
        insert.execute(tx).await?;
    }
    Ok(())
}

/// One more row of what happened.
pub(super) struct NewTrail<'a> {
    pub(super) action: Action,
    pub(super) from: Option<Status>,
    pub(super) to: Status,
    pub(super) actor: &'a str,
    pub(super) detail: Value,
}

/// One more row of what nobody here did; `false` when it is there already.
pub(super) async fn add_note(
    ctx: &ctx::Ctx,
    tx: &mut Tx,
    booking: &Booking,
    action: &str,
    detail: &Value,
) -> Result<bool> {
    let affected = tx
        .query(
            "insert into booking_trail (account_id, id, booking_id, at, action, from_status, to_status, actor, detail)
             select $1, $2, $3, $4, $5, $6, $6, 'system', $7 where not exists
             (select 1 from booking_trail t where t.account_id = $1 and t.booking_id = $3 and t.action = $5
              and t.detail = $7)",
        )
        .bind(booking.account)
        .bind(ctx.ids.next::<i64>())
        .bind(booking.id)
        .bind(ctx.clock.now())
        .bind(action)
        .bind(word(booking.status))
        .bind(detail.to_string())
        .execute()
        .await?;
    Ok(affected > 0)
}

pub(super) async fn add_trail(
    ctx: &ctx::Ctx,
    tx: &mut Tx,
    booking: &Booking,
    trail: NewTrail<'_>,
) -> Result<()> {
    tx.query(
        "insert into booking_trail (account_id, id, booking_id, at, action, from_status, to_status, actor, detail)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(booking.account)
    .bind(ctx.ids.next::<i64>())
    .bind(booking.id)
    .bind(ctx.clock.now())
    .bind(trail.action.as_str())
    .bind(trail.from.map(word))
    .bind(word(trail.to))
    .bind(trail.actor)
    .bind(Json(&trail.detail))
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn trail(
    tx: &mut Tx,
    account: AccountId,
    id: BookingId,
) -> Result<Vec<TrailEntry>> {
    tx.query(
        "select at, action, from_status, to_status, actor, detail from booking_trail
         where account_id = $1 and booking_id = $2 order by id limit 1000",
    )
    .bind(account)
    .bind(id)
    .fetch_all()
    .await?
    .iter()
    .map(rows::trail_of)
    .collect()
}

/// Confirmed bookings that are over.
pub(super) async fn over(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(AccountId, BookingId)>> {
    tx.query(
        "select account_id, id from booking where status = 'confirmed' and end_at <= $1 order by end_at limit $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("account_id")?, row.get("id")?)))
    .collect()
}

/// Pending bookings that nobody decided about in time.
pub(super) async fn undecided(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(AccountId, BookingId)>> {
    tx.query(
        "select account_id, id from booking where status = 'pending' and expires_at <= $1 order by expires_at limit $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("account_id")?, row.get("id")?)))
    .collect()
}

/// Gives the bookings of one subscriber to another.
pub(super) async fn repoint(
    tx: &mut Tx,
    account: AccountId,
    from: audience::SubscriberId,
    to: audience::SubscriberId,
) -> Result<bool> {
    let mut moved = 0;
    for table in ["booking", "booking_waiting"] {
        moved += tx
            .query(format!(
                "update {table} set subscriber_id = $3 where account_id = $1 and subscriber_id = $2"
            ))
            .bind(account)
            .bind(from)
            .bind(to)
            .execute()
            .await?;
    }
    Ok(moved > 0)
}
