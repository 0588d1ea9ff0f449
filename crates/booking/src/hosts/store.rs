//! SQL of hosts.

use db::{Result, Row, Tx, in_list};
use kernel::{AccountId, TimeZone, Timestamp, UserId};

use super::model::Host;
use crate::{HostId, ScheduleId, calendars};

const COLUMNS: &str = "account_id, id, user_id, slug, name, time_zone, about, schedule_id, enabled, created_at, updated_at";

fn from_row(row: &Row) -> Result<Host> {
    Ok(Host {
        account: row.get("account_id")?,
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        slug: row.get("slug")?,
        name: row.get("name")?,
        time_zone: zone(&row.get::<String>("time_zone")?),
        about: row.get("about")?,
        schedule_id: row.get("schedule_id")?,
        enabled: row.get("enabled")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A zone that was checked when it was stored; should a later IANA database not have it any more, UTC.
fn zone(name: &str) -> TimeZone {
    TimeZone::parse(name).unwrap_or_else(|_| TimeZone::utc())
}

/// The host with an id.
pub async fn find(tx: &mut Tx, account: AccountId, id: HostId) -> Result<Option<Host>> {
    let found = find_many(tx, account, &[id]).await?;
    Ok(found.into_iter().next())
}

pub(crate) async fn find_many(
    tx: &mut Tx,
    account: AccountId,
    ids: &[HostId],
) -> Result<Vec<Host>> {
    tx.query(format!(
        "select {COLUMNS} from booking_host where account_id = $1 and id in {} order by id",
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

/// All of an account: as many as it has members at most.
pub(super) async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<Host>> {
    tx.query(format!(
        "select {COLUMNS} from booking_host where account_id = $1 order by id limit 1000"
    ))
    .bind(account)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

pub(super) async fn of_user(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
) -> Result<Option<HostId>> {
    tx.query("select id from booking_host where account_id = $1 and user_id = $2")
        .bind(account)
        .bind(user)
        .fetch_optional()
        .await?
        .map(|row| row.get("id"))
        .transpose()
}

pub(super) async fn with_slug(
    tx: &mut Tx,
    account: AccountId,
    slug: &str,
) -> Result<Option<HostId>> {
    tx.query("select id from booking_host where account_id = $1 and slug = $2")
        .bind(account)
        .bind(slug)
        .fetch_optional()
        .await?
        .map(|row| row.get("id"))
        .transpose()
}

/// All slugs, to find one that is free.
pub(super) async fn slugs(tx: &mut Tx, account: AccountId) -> Result<Vec<String>> {
    tx.query("select slug from booking_host where account_id = $1")
        .bind(account)
        .fetch_all()
        .await?
        .iter()
        .map(|row| row.get("slug"))
        .collect()
}

pub(super) async fn insert(tx: &mut Tx, host: &Host) -> Result<()> {
    tx.query(format!(
        "insert into booking_host ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    ))
    .bind(host.account)
    .bind(host.id)
    .bind(host.user_id)
    .bind(&host.slug)
    .bind(&host.name)
    .bind(host.time_zone.name())
    .bind(host.about.as_ref())
    .bind(host.schedule_id)
    .bind(host.enabled)
    .bind(host.created_at)
    .bind(host.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, host: &Host) -> Result<()> {
    let affected = tx
        .query(
            "update booking_host set slug = $3, name = $4, time_zone = $5, about = $6, schedule_id = $7, enabled = $8,
             updated_at = $9 where account_id = $1 and id = $2",
        )
        .bind(host.account)
        .bind(host.id)
        .bind(&host.slug)
        .bind(&host.name)
        .bind(host.time_zone.name())
        .bind(host.about.as_ref())
        .bind(host.schedule_id)
        .bind(host.enabled)
        .bind(host.updated_at)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

/// Whether something is booked with the host that is not over.
pub(super) async fn has_bookings(
    tx: &mut Tx,
    account: AccountId,
    id: HostId,
    now: Timestamp,
) -> Result<bool> {
    let row = tx
        .query(
            "select b.id from booking_member m join booking b on b.account_id = m.account_id and b.id = m.booking_id
             where m.account_id = $1 and m.host_id = $2 and b.end_at > $3 and b.status in ('pending', 'confirmed') limit 1",
        )
        .bind(account)
        .bind(id)
        .bind(now)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// The host with all that belongs to nobody else.
pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: HostId) -> Result<()> {
    calendars::delete_of_host(tx, account, id).await?;
    for sql in [
        "delete from event_type_host where account_id = $1 and host_id = $2",
        "delete from booking_block where account_id = $1 and host_id = $2",
        "delete from booking_time_off where account_id = $1 and host_id = $2",
        "delete from booking_claim where account_id = $1 and host_id = $2",
        "delete from booking_override where account_id = $1 and schedule_id in
            (select id from booking_schedule where account_id = $1 and host_id = $2)",
        "delete from booking_schedule where account_id = $1 and host_id = $2",
        "delete from booking_host where account_id = $1 and id = $2",
    ] {
        tx.query(sql).bind(account).bind(id).execute().await?;
    }
    Ok(())
}

/// Whether a schedule may be used by a host: a shared one, or their own.
pub(super) async fn may_use(
    tx: &mut Tx,
    account: AccountId,
    host: HostId,
    schedule: ScheduleId,
) -> Result<bool> {
    let row = tx
        .query(
            "select id from booking_schedule where account_id = $1 and id = $2 and (host_id is null or host_id = $3)",
        )
        .bind(account)
        .bind(schedule)
        .bind(host)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}
