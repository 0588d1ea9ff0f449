//! SQL of blocks and time off.

use db::{Json, Result, Row, Tx, in_list};
use jiff::civil::Date;
use kernel::AccountId;

use super::model::{Block, TimeOff};
use crate::{BlockId, HostId, TimeOffId};

fn block_of(row: &Row) -> Result<Block> {
    Ok(Block {
        account: row.get("account_id")?,
        id: row.get("id")?,
        host_id: row.get("host_id")?,
        title: row.get("title")?,
        when: row.get::<Json<_>>("spec")?.0,
        created_at: row.get("created_at")?,
    })
}

fn time_off_from(row: &Row) -> Result<TimeOff> {
    let date =
        |column: &'static str| -> Result<Date> { row.get::<Json<Date>>(column).map(|json| json.0) };
    Ok(TimeOff {
        account: row.get("account_id")?,
        id: row.get("id")?,
        host_id: row.get("host_id")?,
        first: date("first_day")?,
        last: date("last_day")?,
        note: row.get("note")?,
        created_at: row.get("created_at")?,
    })
}

/// The blocks of some hosts, in the order of hosts.
pub(crate) async fn blocks_of(
    tx: &mut Tx,
    account: AccountId,
    hosts: &[HostId],
) -> Result<Vec<Block>> {
    tx.query(format!(
        "select account_id, id, host_id, title, spec, created_at from booking_block \
         where account_id = $1 and host_id in {} order by host_id, id",
        in_list(2, hosts.len())
    ))
    .bind(account)
    .bind_list(hosts.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(block_of)
    .collect()
}

/// The time off of some hosts, in the order of hosts.
pub(crate) async fn time_off_of(
    tx: &mut Tx,
    account: AccountId,
    hosts: &[HostId],
) -> Result<Vec<TimeOff>> {
    tx.query(format!(
        "select account_id, id, host_id, first_day, last_day, note, created_at from booking_time_off \
         where account_id = $1 and host_id in {} order by host_id, id",
        in_list(2, hosts.len())
    ))
    .bind(account)
    .bind_list(hosts.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(time_off_from)
    .collect()
}

pub(super) async fn insert_block(tx: &mut Tx, block: &Block) -> Result<()> {
    tx.query(
        "insert into booking_block (account_id, id, host_id, title, spec, created_at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(block.account)
    .bind(block.id)
    .bind(block.host_id)
    .bind(block.title.as_ref())
    .bind(Json(&block.when))
    .bind(block.created_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn insert_time_off(tx: &mut Tx, time: &TimeOff) -> Result<()> {
    tx.query(
        "insert into booking_time_off (account_id, id, host_id, first_day, last_day, note, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(time.account)
    .bind(time.id)
    .bind(time.host_id)
    .bind(Json(time.first))
    .bind(Json(time.last))
    .bind(time.note.as_ref())
    .bind(time.created_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn delete_block(
    tx: &mut Tx,
    account: AccountId,
    host: HostId,
    id: BlockId,
) -> Result<bool> {
    let affected = tx
        .query("delete from booking_block where account_id = $1 and id = $2 and host_id = $3")
        .bind(account)
        .bind(id)
        .bind(host)
        .execute()
        .await?;
    Ok(affected == 1)
}

pub(super) async fn delete_time_off(
    tx: &mut Tx,
    account: AccountId,
    host: HostId,
    id: TimeOffId,
) -> Result<bool> {
    let affected = tx
        .query("delete from booking_time_off where account_id = $1 and id = $2 and host_id = $3")
        .bind(account)
        .bind(id)
        .bind(host)
        .execute()
        .await?;
    Ok(affected == 1)
}
