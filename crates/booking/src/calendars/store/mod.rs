//! SQL of connections and calendars.

pub(super) mod copies;
pub(super) mod mirror;

use calendars::Listed;
use db::{Error, Result, Row, Tx, in_list};
use kernel::{AccountId, Timestamp};

use super::model::{Calendar, Connection, Kind, State, WhenUnreachable};
use crate::{CalendarId, ConnectionId, HostId};

const COLUMNS: &str = "account_id, id, host_id, kind, name, address, user_name, secret, when_unreachable, state, fault, \
     failures, broken_since, synced_at, listed_at, sync_at, created_at, updated_at";

fn from_row(row: &Row) -> Result<Connection> {
    let kind: String = row.get("kind")?;
    Ok(Connection {
        account: row.get("account_id")?,
        id: row.get("id")?,
        host_id: row.get("host_id")?,
        kind: Kind::from_name(&kind).ok_or_else(|| Error::Corrupt {
            table: "calendar_connection",
            column: "kind",
            id: row.get("id").unwrap_or_default(),
            source: anyhow::anyhow!("there is no kind {kind}"),
        })?,
        name: row.get("name")?,
        address: row.get("address")?,
        user_name: row.get("user_name")?,
        secret: row.get("secret")?,
        when_unreachable: WhenUnreachable::from_name(&row.get::<String>("when_unreachable")?),
        state: State::from_name(&row.get::<String>("state")?),
        fault: row.get("fault")?,
        failures: row.get("failures")?,
        broken_since: row.get("broken_since")?,
        synced_at: row.get("synced_at")?,
        listed_at: row.get("listed_at")?,
        sync_at: row.get("sync_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(super) async fn insert(tx: &mut Tx, one: &Connection) -> Result<()> {
    tx.query(format!(
        "insert into calendar_connection ({COLUMNS}) values \
         ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
    ))
    .bind(one.account)
    .bind(one.id)
    .bind(one.host_id)
    .bind(one.kind.as_str())
    .bind(&one.name)
    .bind(one.address.as_ref())
    .bind(one.user_name.as_ref())
    .bind(one.secret.clone())
    .bind(one.when_unreachable.as_str())
    .bind(one.state.as_str())
    .bind(one.fault.as_ref())
    .bind(one.failures)
    .bind(one.broken_since)
    .bind(one.synced_at)
    .bind(one.listed_at)
    .bind(one.sync_at)
    .bind(one.created_at)
    .bind(one.updated_at)
    .execute()
    .await?;
    Ok(())
}

/// Writes all of it that changes but the secret, which [`set_secret`] does.
pub(super) async fn update(tx: &mut Tx, one: &Connection) -> Result<()> {
    tx.query(
        "update calendar_connection set name = $3, address = $4, user_name = $5, when_unreachable = $6, state = $7,
         fault = $8, failures = $9, broken_since = $10, synced_at = $11, listed_at = $12, sync_at = $13, updated_at = $14
         where account_id = $1 and id = $2",
    )
    .bind(one.account)
    .bind(one.id)
    .bind(&one.name)
    .bind(one.address.as_ref())
    .bind(one.user_name.as_ref())
    .bind(one.when_unreachable.as_str())
    .bind(one.state.as_str())
    .bind(one.fault.as_ref())
    .bind(one.failures)
    .bind(one.broken_since)
    .bind(one.synced_at)
    .bind(one.listed_at)
    .bind(one.sync_at)
    .bind(one.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn set_secret(
    tx: &mut Tx,
    account: AccountId,
    id: ConnectionId,
    secret: Vec<u8>,
) -> Result<()> {
    tx.query("update calendar_connection set secret = $3 where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .bind(secret)
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: ConnectionId,
) -> Result<Option<Connection>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from calendar_connection where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// All of a host's.
pub(super) async fn of_host(
    tx: &mut Tx,
    account: AccountId,
    host: HostId,
) -> Result<Vec<Connection>> {
    tx.query(format!(
        "select {COLUMNS} from calendar_connection where account_id = $1 and host_id = $2 order by id"
    ))
    .bind(account)
    .bind(host)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// Those whose time has come.
pub(super) async fn due(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(AccountId, ConnectionId)>> {
    tx.query(
        "select account_id, id from calendar_connection where sync_at <= $1 and state <> 'leaving'
         order by sync_at limit $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("account_id")?, row.get("id")?)))
    .collect()
}

/// Reads it at its time, or now.
pub(super) async fn set_sync_at(
    tx: &mut Tx,
    account: AccountId,
    id: ConnectionId,
    at: Timestamp,
) -> Result<()> {
    tx.query("update calendar_connection set sync_at = $3 where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .bind(at)
        .execute()
        .await?;
    Ok(())
}

const CALENDAR: &str = "id, connection_id, host_id, remote_id, name, color, time_zone, owner, writable, is_primary, blocks, \
     receives, sync_token, synced_at, whole_at, read_zone, unreadable";

fn calendar_of(row: &Row) -> Result<Calendar> {
    Ok(Calendar {
        id: row.get("id")?,
        connection_id: row.get("connection_id")?,
        host_id: row.get("host_id")?,
        remote_id: row.get("remote_id")?,
        name: row.get("name")?,
        color: row.get("color")?,
        time_zone: row.get("time_zone")?,
        owner: row.get("owner")?,
        writable: row.get("writable")?,
        primary: row.get("is_primary")?,
        blocks: row.get("blocks")?,
        receives: row.get("receives")?,
        sync_token: row.get("sync_token")?,
        synced_at: row.get("synced_at")?,
        whole_at: row.get("whole_at")?,
        read_zone: row.get("read_zone")?,
        unreadable: row.get("unreadable")?,
    })
}

/// The calendars of a connection, in the order in which they were first listed.
pub(super) async fn calendars(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
) -> Result<Vec<Calendar>> {
    tx.query(format!(
        "select {CALENDAR} from calendar where account_id = $1 and connection_id = $2 order by id"
    ))
    .bind(account)
    .bind(connection)
    .fetch_all()
    .await?
    .iter()
    .map(calendar_of)
    .collect()
}

/// The calendars of some hosts that are used for something.
pub(super) async fn used(
    tx: &mut Tx,
    account: AccountId,
    hosts: &[HostId],
) -> Result<Vec<Calendar>> {
    tx.query(format!(
        "select {CALENDAR} from calendar where account_id = $1 and (blocks = 1 or receives = 1) and host_id in {} order by id",
        in_list(2, hosts.len())
    ))
    .bind(account)
    .bind_list(hosts.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(calendar_of)
    .collect()
}

pub(super) async fn calendar(
    tx: &mut Tx,
    account: AccountId,
    id: CalendarId,
) -> Result<Option<Calendar>> {
    let row = tx
        .query(format!(
            "select {CALENDAR} from calendar where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(calendar_of).transpose()
}

/// A calendar that was listed for the first time.
pub(super) async fn insert_calendar(
    tx: &mut Tx,
    connection: &Connection,
    id: CalendarId,
    listed: &Listed,
    blocks: bool,
    now: Timestamp,
) -> Result<()> {
    tx.query(
        "insert into calendar (account_id, id, connection_id, host_id, remote_id, name, color, time_zone, owner, writable,
             is_primary, blocks, receives, unreadable, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, $13)",
    )
    .bind(connection.account)
    .bind(id)
    .bind(connection.id)
    .bind(connection.host_id)
    .bind(&listed.id)
    .bind(&listed.name)
    .bind(listed.color.as_ref())
    .bind(listed.zone.as_ref())
    .bind(listed.owner.as_ref())
    .bind(listed.writable)
    .bind(listed.primary)
    .bind(blocks)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// What its server says of it now.
pub(super) async fn update_calendar(
    tx: &mut Tx,
    account: AccountId,
    id: CalendarId,
    listed: &Listed,
) -> Result<()> {
    tx.query(
        "update calendar set name = $3, color = $4, time_zone = $5, owner = $6, writable = $7, is_primary = $8
         where account_id = $1 and id = $2",
    )
    .bind(account)
    .bind(id)
    .bind(&listed.name)
    .bind(listed.color.as_ref())
    .bind(listed.zone.as_ref())
    .bind(listed.owner.as_ref())
    .bind(listed.writable)
    .bind(listed.primary)
    .execute()
    .await?;
    Ok(())
}

/// What it is used for. Whatever was read of it is read again as a whole.
pub(super) async fn set_use(
    tx: &mut Tx,
    account: AccountId,
    id: CalendarId,
    blocks: bool,
    receives: bool,
) -> Result<()> {
    tx.query(
        "update calendar set blocks = $3, receives = $4, sync_token = null, whole_at = null
         where account_id = $1 and id = $2",
    )
    .bind(account)
    .bind(id)
    .bind(blocks)
    .bind(receives)
    .execute()
    .await?;
    Ok(())
}

/// No calendar of the host receives any more.
pub(super) async fn stop_receiving(tx: &mut Tx, account: AccountId, host: HostId) -> Result<()> {
    tx.query(
        "update calendar set receives = 0 where account_id = $1 and host_id = $2 and receives = 1",
    )
    .bind(account)
    .bind(host)
    .execute()
    .await?;
    Ok(())
}

/// How a reading of a calendar ended.
pub(super) struct Read<'a> {
    pub(super) token: Option<&'a str>,
    /// Whether all of it was read, in which zone, and how far ahead.
    pub(super) whole: Option<(&'a str, Timestamp)>,
    pub(super) unreadable: i64,
    /// What its connection said when it was to be read: whoever changes something says it anew.
    pub(super) asked_at: Timestamp,
}

/// Keeps how far a calendar has been read, if it is used as it was when the reading began. Otherwise what was read may have
/// been forgotten or passed over since, and all of it is read again.
pub(super) async fn finish_reading(
    tx: &mut Tx,
    account: AccountId,
    calendar: &Calendar,
    read: &Read<'_>,
    now: Timestamp,
) -> Result<()> {
    tx.query(
        "update calendar set sync_token = $3, synced_at = $4,
             unreadable = case when $5 = 1 or unreadable < $6 then $6 else unreadable end,
             whole_at = case when $5 = 1 then $4 else whole_at end,
             read_zone = case when $5 = 1 then $7 else read_zone end,
             window_end = case when $5 = 1 then $8 else window_end end
         where account_id = $1 and id = $2 and blocks = $9 and receives = $10
             and exists (select 1 from calendar_connection n where n.account_id = $1 and n.id = calendar.connection_id
                 and n.sync_at = $11)",
    )
    .bind(account)
    .bind(calendar.id)
    .bind(read.token)
    .bind(now)
    .bind(i64::from(read.whole.is_some()))
    .bind(read.unreadable)
    .bind(read.whole.map(|(zone, _)| zone))
    .bind(read.whole.map(|(_, until)| until))
    .bind(calendar.blocks)
    .bind(calendar.receives)
    .bind(read.asked_at)
    .execute()
    .await?;
    Ok(())
}

/// What was read of the calendars of a connection stays, and next time all of it is read again.
pub(super) async fn forget_tokens(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
) -> Result<()> {
    tx.query(
        "update calendar set sync_token = null, whole_at = null where account_id = $1 and connection_id = $2",
    )
    .bind(account)
    .bind(connection)
    .execute()
    .await?;
    Ok(())
}

/// A calendar that is not there any more, with all that was read of it.
pub(super) async fn delete_calendar(tx: &mut Tx, account: AccountId, id: CalendarId) -> Result<()> {
    mirror::forget(tx, account, id).await?;
    for sql in [
        "delete from calendar_copy where account_id = $1 and calendar_id = $2",
        "delete from calendar where account_id = $1 and id = $2",
    ] {
        tx.query(sql).bind(account).bind(id).execute().await?;
    }
    Ok(())
}

/// The connection alone; its calendars are gone.
pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: ConnectionId) -> Result<()> {
    tx.query("delete from calendar_connection where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Everything of a host who is deleted.
pub(crate) async fn delete_of_host(tx: &mut Tx, account: AccountId, host: HostId) -> Result<()> {
    for sql in [
        "delete from calendar_object where account_id = $1 and calendar_id in
            (select id from calendar where account_id = $1 and host_id = $2)",
        "delete from calendar_busy where account_id = $1 and host_id = $2",
        "delete from calendar_copy where account_id = $1 and host_id = $2",
        "delete from calendar where account_id = $1 and host_id = $2",
        "delete from calendar_connection where account_id = $1 and host_id = $2",
    ] {
        tx.query(sql).bind(account).bind(host).execute().await?;
    }
    Ok(())
}
