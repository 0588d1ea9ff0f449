//! The table `node`.

use db::{Engine, Result, Tx};
use kernel::Timestamp;

/// The clock that all nodes follow. SQLite has one node, which has its own.
pub(super) async fn database_time(tx: &mut Tx) -> Result<Option<Timestamp>> {
    if tx.engine() == Engine::Sqlite {
        return Ok(None);
    }
    let row = tx
        .query("select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) as now")
        .fetch_one()
        .await?;
    row.get("now").map(Some)
}

pub(super) async fn last_epoch(tx: &mut Tx) -> Result<i64> {
    let row = tx
        .query("select coalesce(max(epoch), 0) as epoch from node")
        .fetch_one()
        .await?;
    row.get("epoch")
}

pub(super) async fn numbers_in_use(tx: &mut Tx, now: Timestamp) -> Result<Vec<i64>> {
    tx.query("select number from node where alive_until > $1")
        .bind(now)
        .fetch_all()
        .await?
        .iter()
        .map(|row| row.get("number"))
        .collect()
}

pub(super) async fn declare_all_dead(tx: &mut Tx, now: Timestamp) -> Result<()> {
    tx.query("update node set alive_until = $1 where alive_until > $1")
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn insert(
    tx: &mut Tx,
    epoch: i64,
    number: i64,
    name: &str,
    now: Timestamp,
    alive_until: Timestamp,
) -> Result<()> {
    tx.query(
        "insert into node (epoch, number, name, started_at, alive_until) values ($1, $2, $3, $4, $5)",
    )
    .bind(epoch)
    .bind(number)
    .bind(name)
    .bind(now)
    .bind(alive_until)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn any_alive(tx: &mut Tx, now: Timestamp) -> Result<bool> {
    let row = tx
        .query("select count(*) as n from node where alive_until > $1 and stopped_at is null")
        .bind(now)
        .fetch_one()
        .await?;
    Ok(row.get::<i64>("n")? > 0)
}

pub(super) async fn alive_until(tx: &mut Tx, epoch: i64) -> Result<Option<Timestamp>> {
    let row = tx
        .query("select alive_until from node where epoch = $1 and stopped_at is null")
        .bind(epoch)
        .fetch_optional()
        .await?;
    row.map(|row| row.get("alive_until")).transpose()
}

pub(super) async fn keep_alive(tx: &mut Tx, epoch: i64, until: Timestamp) -> Result<()> {
    let affected = tx
        .query("update node set alive_until = $2 where epoch = $1 and stopped_at is null")
        .bind(epoch)
        .bind(until)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

pub(super) async fn stop(tx: &mut Tx, epoch: i64, now: Timestamp) -> Result<()> {
    tx.query("update node set alive_until = $2, stopped_at = $2 where epoch = $1")
        .bind(epoch)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}
