//! The table `segment`, and whom a compiled rule selects.

use std::collections::{BTreeMap, BTreeSet};

use db::{Engine, Json, Result, Row, Tx, ensure_affected, in_list};
use kernel::{AccountId, Cursor, Limit, Timestamp, Value};

use rules::{Compiled, Dialect, Param, Rule};

use super::members::State;
use super::model::{Person, Segment, Size};
use crate::subscribers::Status;
use crate::{SegmentId, SubscriberId};

mod views;

pub use views::views;
pub(super) use views::{Raw, raw_values};

const COLUMNS: &str = "s.id, s.name, s.rule, s.created_at, s.updated_at, m.state, m.size, m.as_of";
const FROM: &str = "segment s left join segment_membership m on m.segment_id = s.id";

fn read(row: &Row) -> Result<Segment> {
    Ok(Segment {
        id: row.get("id")?,
        name: row.get("name")?,
        rule: row.get::<Json<Rule>>("rule")?.0,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        size: Size {
            state: State::from_stored(&row.get::<Option<String>>("state")?.unwrap_or_default()),
            people: row.get::<Option<i64>>("size")?.unwrap_or_default(),
            as_of: row
                .get::<Option<Timestamp>>("as_of")?
                .unwrap_or(row.get("created_at")?),
        },
    })
}

pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: SegmentId,
) -> Result<Option<Segment>> {
    tx.query(format!(
        "select {COLUMNS} from {FROM} where s.account_id = $1 and s.id = $2"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

pub(crate) async fn exists_in(tx: &mut Tx, account: AccountId, id: SegmentId) -> Result<bool> {
    Ok(find(tx, account, id).await?.is_some())
}

/// The newest first, `limit` and one more.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Segment>> {
    tx.query(format!(
        "select {COLUMNS} from {FROM} where s.account_id = $1 and s.id < $2 order by s.id desc limit $3"
    ))
    .bind(account)
    .bind(before.map_or(i64::MAX, |cursor| cursor.id))
    .bind(limit.plus_one())
    .fetch_all()
    .await?
    .iter()
    .map(read)
    .collect()
}

/// Those of `ids` that exist.
pub(super) async fn find_many(
    tx: &mut Tx,
    account: AccountId,
    ids: &[i64],
) -> Result<Vec<Segment>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(format!(
        "select {COLUMNS} from {FROM} where s.account_id = $1 and s.id in {}",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(read)
    .collect()
}

/// Segments whose rule speaks of something, by what `speaks` says of it. There are few segments, and this is asked
/// before something is deleted.
pub async fn using(
    tx: &mut Tx,
    account: AccountId,
    speaks: impl Fn(&rules::References) -> bool,
) -> Result<Vec<(SegmentId, String)>> {
    let rows = tx
        .query(format!(
            "select {COLUMNS} from {FROM} where s.account_id = $1 order by s.id"
        ))
        .bind(account)
        .fetch_all()
        .await?;
    let mut found = Vec::new();
    for row in &rows {
        let segment = read(row)?;
        if speaks(&segment.rule.references()) {
            found.push((segment.id, segment.name));
        }
    }
    Ok(found)
}

pub(super) async fn insert(
    tx: &mut Tx,
    account: AccountId,
    segment: &Segment,
    name_folded: &str,
) -> Result<()> {
    tx.query(
        "insert into segment (account_id, id, name, name_folded, rule, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(account)
    .bind(segment.id)
    .bind(&segment.name)
    .bind(name_folded)
    .bind(Json(&segment.rule))
    .bind(segment.created_at)
    .bind(segment.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn update(
    tx: &mut Tx,
    account: AccountId,
    segment: &Segment,
    name_folded: &str,
) -> Result<()> {
    let affected = tx
        .query(
            "update segment set name = $3, name_folded = $4, rule = $5, updated_at = $6
             where account_id = $1 and id = $2",
        )
        .bind(account)
        .bind(segment.id)
        .bind(&segment.name)
        .bind(name_folded)
        .bind(Json(&segment.rule))
        .bind(segment.updated_at)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: SegmentId) -> Result<()> {
    let affected = tx
        .query("delete from segment where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

/// Those of `ids` that exist in one of the tables that rules refer to, with their names. Campaigns and event
/// types belong to other crates, which are above this one: only their names are read.
pub(super) async fn names(
    tx: &mut Tx,
    account: AccountId,
    table: Named,
    ids: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, String>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (table, name) = match table {
        Named::Group => ("contact_group", "name"),
        Named::Tag => ("tag", "name"),
        Named::Campaign => ("campaign", "name"),
        Named::EventType => ("event_type", "title"),
    };
    tx.query(format!(
        "select id, {name} from {table} where account_id = $1 and id in {}",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.at(0)?, row.at(1)?)))
    .collect()
}

/// Campaigns that speak of a segment in their audience, the newest first: id, name and state. Its id is in the audience
/// as a text of digits, and no other thing has the same.
pub(super) async fn campaigns_using(
    tx: &mut Tx,
    account: AccountId,
    id: SegmentId,
) -> Result<Vec<(i64, String, String)>> {
    let found = tx.strpos("audience", "$2");
    tx.query(format!(
        "select id, name, state from campaign where account_id = $1 and {found} > 0 order by id desc"
    ))
    .bind(account)
    .bind(format!("\"{id}\""))
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.at(0)?, row.at(1)?, row.at(2)?)))
    .collect()
}

#[derive(Clone, Copy)]
pub(super) enum Named {
    Group,
    Tag,
    Campaign,
    EventType,
}

/// A compiled rule as a condition on `subscriber s`, numbering its parameters from `first`. The statement around it
/// asks for `s.account_id` itself.
pub fn condition(
    engine: Engine,
    account: AccountId,
    compiled: &Compiled,
    first: usize,
) -> (String, Vec<Value>) {
    let dialect = match engine {
        Engine::Sqlite => Dialect::Sqlite,
        Engine::Postgres => Dialect::Postgres,
    };
    let sql = compiled.sql(dialect, account, first, "s");
    let values = sql
        .params
        .into_iter()
        .map(|param| match param {
            Param::Int(value) => Value::Int(Some(value)),
            Param::Text(value) => Value::Text(Some(value)),
        })
        .collect();
    (sql.text, values)
}

/// How many people a compiled rule selects.
pub async fn count_in(tx: &mut Tx, account: AccountId, compiled: &Compiled) -> Result<i64> {
    let (condition, values) = condition(tx.engine(), account, compiled, 2);
    tx.query(format!(
        "select count(*) as n from subscriber s where s.account_id = $1 and {condition}"
    ))
    .bind(account)
    .bind_values(values)
    .once()
    .fetch_one()
    .await?
    .get("n")
}

/// The people whom a compiled rule selects, in the order of their ids, behind `after`, at most `limit`.
pub async fn ids_in(
    tx: &mut Tx,
    account: AccountId,
    compiled: &Compiled,
    after: Option<SubscriberId>,
    limit: i64,
) -> Result<Vec<SubscriberId>> {
    let (condition, values) = condition(tx.engine(), account, compiled, 4);
    tx.query(format!(
        "select s.id from subscriber s where s.account_id = $1 and s.id > $2 and {condition} order by s.id limit $3"
    ))
    .bind(account)
    .bind(after.map_or(i64::MIN, SubscriberId::get))
    .bind(limit)
    .bind_values(values)
    .once()
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.at(0))
    .collect()
}

/// Those of some people whom a compiled rule selects.
pub async fn among_in(
    tx: &mut Tx,
    account: AccountId,
    compiled: &Compiled,
    people: &[SubscriberId],
) -> Result<Vec<SubscriberId>> {
    let mut selected = Vec::new();
    for chunk in people.chunks(512) {
        let (condition, values) = condition(tx.engine(), account, compiled, 2);
        let sql = format!(
            "select s.id from subscriber s where s.account_id = $1 and s.id in {} and {condition}",
            in_list(2 + values.len(), chunk.len())
        );
        let rows = tx
            .query(sql)
            .bind(account)
            .bind_values(values)
            .bind_list(chunk.iter().copied())
            .once()
            .fetch_all()
            .await?;
        for row in rows {
            selected.push(row.at(0)?);
        }
    }
    Ok(selected)
}

/// The newest people whom a compiled rule selects.
pub(super) async fn newest(
    tx: &mut Tx,
    account: AccountId,
    compiled: &Compiled,
    limit: i64,
) -> Result<Vec<Person>> {
    let (condition, values) = condition(tx.engine(), account, compiled, 3);
    let rows = tx
        .query(format!(
            "select s.id, s.email, s.first_name, s.last_name, s.status from subscriber s
             where s.account_id = $1 and {condition} order by s.id desc limit $2"
        ))
        .bind(account)
        .bind(limit)
        .bind_values(values)
        .once()
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| {
            let id: SubscriberId = row.at(0)?;
            let status: String = row.at(4)?;
            Ok(Person {
                id,
                email: row.at(1)?,
                first_name: row.at(2)?,
                last_name: row.at(3)?,
                status: Status::from_name(&status).ok_or_else(|| db::Error::Corrupt {
                    table: "subscriber",
                    column: "status",
                    id: id.get(),
                    source: anyhow::anyhow!("unknown: {status:?}"),
                })?,
            })
        })
        .collect()
}
