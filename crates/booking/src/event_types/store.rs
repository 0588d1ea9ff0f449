//! SQL of event types and their hosts.

use db::{Insert, Json, Result, Row, Tx, in_list};
use kernel::{AccountId, Timestamp};

use super::model::{EventType, Member, Part, Settings};
use crate::{EventTypeId, HostId};

const COLUMNS: &str =
    "account_id, id, slug, title, enabled, private, settings, version, created_at, updated_at";

fn from_row(row: &Row) -> Result<EventType> {
    Ok(EventType {
        account: row.get("account_id")?,
        id: row.get("id")?,
        slug: row.get("slug")?,
        title: row.get("title")?,
        enabled: row.get("enabled")?,
        private: row.get("private")?,
        hosts: Vec::new(),
        settings: row.get::<Json<Settings>>("settings")?.0,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: EventTypeId,
) -> Result<Option<EventType>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from event_type where account_id = $1 and id = $2"
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

pub(super) async fn find_by_slug(
    tx: &mut Tx,
    account: AccountId,
    slug: &str,
) -> Result<Option<EventType>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from event_type where account_id = $1 and slug = $2"
        ))
        .bind(account)
        .bind(slug)
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut all = vec![from_row(&row)?];
    add_hosts(tx, account, &mut all).await?;
    Ok(all.pop())
}

/// All of an account, the oldest first.
pub(super) async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<EventType>> {
    let mut all = tx
        .query(format!(
            "select {COLUMNS} from event_type where account_id = $1 order by id limit 1000"
        ))
        .bind(account)
        .fetch_all()
        .await?
        .iter()
        .map(from_row)
        .collect::<Result<Vec<_>>>()?;
    add_hosts(tx, account, &mut all).await?;
    Ok(all)
}

async fn add_hosts(tx: &mut Tx, account: AccountId, all: &mut [EventType]) -> Result<()> {
    let rows = tx
        .query(format!(
            "select event_type_id, host_id, part, priority, weight from event_type_host \
             where account_id = $1 and event_type_id in {} order by event_type_id, position",
            in_list(2, all.len())
        ))
        .bind(account)
        .bind_list(all.iter().map(|one| one.id))
        .fetch_all()
        .await?;
    for row in &rows {
        let id: EventTypeId = row.get("event_type_id")?;
        let Some(event_type) = all.iter_mut().find(|one| one.id == id) else {
            continue;
        };
        event_type.hosts.push(Member {
            host_id: row.get("host_id")?,
            part: match row.get::<String>("part")?.as_str() {
                "rotating" => Part::Rotating,
                _ => Part::Fixed,
            },
            priority: u8::try_from(row.get::<i64>("priority")?).unwrap_or(2),
            weight: u32::try_from(row.get::<i64>("weight")?).unwrap_or(100),
        });
    }
    Ok(())
}

pub(super) async fn insert(tx: &mut Tx, event_type: &EventType) -> Result<()> {
    tx.query(format!(
        "insert into event_type ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    ))
    .bind(event_type.account)
    .bind(event_type.id)
    .bind(&event_type.slug)
    .bind(&event_type.title)
    .bind(event_type.enabled)
    .bind(event_type.private)
    .bind(Json(&event_type.settings))
    .bind(event_type.version)
    .bind(event_type.created_at)
    .bind(event_type.updated_at)
    .execute()
    .await?;
    write_hosts(tx, event_type).await
}

pub(super) async fn update(tx: &mut Tx, event_type: &EventType) -> Result<()> {
    let affected = tx
        .query(
            "update event_type set slug = $3, title = $4, enabled = $5, private = $6, settings = $7, version = $8,
             updated_at = $9 where account_id = $1 and id = $2",
        )
        .bind(event_type.account)
        .bind(event_type.id)
        .bind(&event_type.slug)
        .bind(&event_type.title)
        .bind(event_type.enabled)
        .bind(event_type.private)
        .bind(Json(&event_type.settings))
        .bind(event_type.version)
        .bind(event_type.updated_at)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)?;
    tx.query("delete from event_type_host where account_id = $1 and event_type_id = $2")
        .bind(event_type.account)
        .bind(event_type.id)
        .execute()
        .await?;
    write_hosts(tx, event_type).await
}

async fn write_hosts(tx: &mut Tx, event_type: &EventType) -> Result<()> {
    let mut insert = Insert::into(
        "event_type_host",
        &[
            "account_id",
            "event_type_id",
            "host_id",
            "position",
            "part",
            "priority",
            "weight",
        ],
    );
    for (position, one) in event_type.hosts.iter().enumerate() {
        insert.row(|row| {
            row.bind(event_type.account)
                .bind(event_type.id)
                .bind(one.host_id)
                .bind(position as i64)
                .bind(match one.part {
                    Part::Fixed => "fixed",
                    Part::Rotating => "rotating",
                })
                .bind(i64::from(one.priority))
                .bind(i64::from(one.weight));
        });
    }
    if !event_type.hosts.is_empty() {
        insert.execute(tx).await?;
    }
    Ok(())
}

/// All slugs, to find one that is free.
pub(super) async fn slugs(tx: &mut Tx, account: AccountId) -> Result<Vec<String>> {
    tx.query("select slug from event_type where account_id = $1")
        .bind(account)
        .fetch_all()
        .await?
        .iter()
        .map(|row| row.get("slug"))
        .collect()
}

/// Those of these hosts that exist.
pub(super) async fn existing_hosts(
    tx: &mut Tx,
    account: AccountId,
    ids: &[HostId],
) -> Result<Vec<HostId>> {
    tx.query(format!(
        "select id from booking_host where account_id = $1 and id in {}",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.get("id"))
    .collect()
}

/// Whether something is booked that is not over.
pub(super) async fn has_bookings(
    tx: &mut Tx,
    account: AccountId,
    id: EventTypeId,
    now: Timestamp,
) -> Result<bool> {
    let row = tx
        .query(
            "select id from booking where account_id = $1 and event_type_id = $2 and end_at > $3
             and status in ('pending', 'confirmed') limit 1",
        )
        .bind(account)
        .bind(id)
        .bind(now)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// The event type with its holds and its waiting list. Bookings stay: they happened.
pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: EventTypeId) -> Result<()> {
    for sql in [
        "delete from booking_claim where account_id = $1 and kind = 'hold' and ref_id in
            (select id from booking_hold where account_id = $1 and event_type_id = $2)",
        "delete from booking_hold where account_id = $1 and event_type_id = $2",
        "delete from booking_waiting where account_id = $1 and event_type_id = $2",
        "delete from event_type_host where account_id = $1 and event_type_id = $2",
        "delete from event_type where account_id = $1 and id = $2",
    ] {
        tx.query(sql).bind(account).bind(id).execute().await?;
    }
    Ok(())
}
