//! SQL of automations and their versions.

use std::collections::{BTreeMap, HashMap};

use db::{Json, Result, Row, Tx, ensure_affected, in_list};
use kernel::{AccountId, Cursor, Limit, Timestamp};
use serde_json::Value;

use super::model::{Automation, Counts, Moving, Status, Version};
use crate::definition::Document;
use crate::ids::{AutomationId, VersionId};
use crate::migrate::Plan;

const COLUMNS: &str = "account_id, id, name, status, draft, live_version_id, version, paused_at, published_at, moving, \
     created_at, updated_at, created_by";

fn from_row(row: &Row) -> Result<Automation> {
    Ok(Automation {
        account: row.get("account_id")?,
        id: row.get("id")?,
        name: row.get("name")?,
        status: Status::from_stored(&row.get::<String>("status")?),
        draft: row.get::<Json<Value>>("draft")?.0,
        live: row.get("live_version_id")?,
        version: row.get("version")?,
        paused_at: row.get("paused_at")?,
        published_at: row.get("published_at")?,
        moving: row
            .get::<Option<Json<Moving>>>("moving")?
            .map(|json| json.0),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        created_by: row.get("created_by")?,
    })
}

pub(crate) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: AutomationId,
) -> Result<Option<Automation>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from automation where account_id = $1 and id = $2 and status <> 'deleted'"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Newest first, optionally of one status.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    status: Option<Status>,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Automation>> {
    tx.query(format!(
        "select {COLUMNS} from automation where account_id = $1 and id < $2 and status <> 'deleted' \
         and ($4 = '' or status = $4) order by id desc limit $3"
    ))
    .bind(account)
    .bind(before.map_or(i64::MAX, |cursor| cursor.id))
    .bind(limit.plus_one())
    .bind(status.map_or("", Status::as_str))
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// Those of these that exist.
pub(super) async fn existing(
    tx: &mut Tx,
    account: AccountId,
    ids: &[i64],
) -> Result<std::collections::BTreeSet<i64>> {
    tx.query(format!(
        "select id from automation where account_id = $1 and status <> 'deleted' and id in {}",
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

/// Those of these event types that exist, for what bookings raise.
pub(super) async fn existing_event_types(
    tx: &mut Tx,
    account: AccountId,
    ids: &[i64],
) -> Result<std::collections::BTreeSet<i64>> {
    tx.query(format!(
        "select id from event_type where account_id = $1 and id in {}",
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

pub(super) async fn insert(tx: &mut Tx, automation: &Automation) -> Result<()> {
    tx.query(format!(
        "insert into automation ({COLUMNS}, moving_after) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, -1)"
    ))
    .bind(automation.account)
    .bind(automation.id)
    .bind(&automation.name)
    .bind(automation.status.as_str())
    .bind(Json(&automation.draft))
    .bind(automation.live)
    .bind(automation.version)
    .bind(automation.paused_at)
    .bind(automation.published_at)
    .bind(automation.moving.map(Json))
    .bind(automation.created_at)
    .bind(automation.updated_at)
    .bind(&automation.created_by)
    .execute()
    .await?;
    Ok(())
}

/// Writes every column that may change, if nobody else has changed the row since it was read.
pub(super) async fn update(tx: &mut Tx, automation: &mut Automation, now: Timestamp) -> Result<()> {
    let before = automation.version;
    automation.version += 1;
    automation.updated_at = now;
    let affected = tx
        .query(
            "update automation set name = $3, status = $4, draft = $5, live_version_id = $6, version = $7, paused_at = $8, \
                published_at = $9, moving = $10, updated_at = $11 \
             where account_id = $1 and id = $2 and version = $12",
        )
        .bind(automation.account)
        .bind(automation.id)
        .bind(&automation.name)
        .bind(automation.status.as_str())
        .bind(Json(&automation.draft))
        .bind(automation.live)
        .bind(automation.version)
        .bind(automation.paused_at)
        .bind(automation.published_at)
        .bind(automation.moving.map(Json))
        .bind(automation.updated_at)
        .bind(before)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

/// A sweep over all runs begins with the first.
pub(super) async fn begin_sweep(tx: &mut Tx, automation: &Automation) -> Result<()> {
    let affected = tx
        .query("update automation set moving_after = -1 where account_id = $1 and id = $2")
        .bind(automation.account)
        .bind(automation.id)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

/// Halts whatever runs, in every account.
pub(super) async fn pause_all(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.query(
        "update automation set status = 'paused', paused_at = $1, version = version + 1, updated_at = $1 \
         where status = 'active'",
    )
    .bind(now)
    .execute()
    .await
}

/// Tells every process that what it holds in memory may be out of date.
pub(crate) async fn note_change(tx: &mut Tx) -> Result<()> {
    let affected = tx
        .query("update automation_change set n = n + 1 where id = 1")
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

const VERSION_COLUMNS: &str =
    "id, automation_id, number, document, plan, restored_from, published_at, published_by";

fn version_from_row(row: &Row) -> Result<Version> {
    let id: VersionId = row.get("id")?;
    let text: String = row.get("document")?;
    let document = Document::parse_text(&text).map_err(|faults| db::Error::Corrupt {
        table: "automation_version",
        column: "document",
        id: id.get(),
        source: anyhow::anyhow!(
            "{}",
            faults.first().map_or_else(String::new, ToString::to_string)
        ),
    })?;
    Ok(Version {
        id,
        automation: row.get("automation_id")?,
        number: row.get("number")?,
        document,
        plan: row.get::<Json<Plan>>("plan")?.0,
        restored_from: row.get("restored_from")?,
        published_at: row.get("published_at")?,
        published_by: row.get("published_by")?,
    })
}

pub(crate) async fn find_versions(
    tx: &mut Tx,
    account: AccountId,
    ids: &[VersionId],
) -> Result<HashMap<VersionId, Version>> {
    tx.query(format!(
        "select {VERSION_COLUMNS} from automation_version where account_id = $1 and id in {}",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("id")?, version_from_row(row)?)))
    .collect()
}

/// Newest first.
pub(super) async fn list_versions(
    tx: &mut Tx,
    account: AccountId,
    automation: AutomationId,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Version>> {
    tx.query(format!(
        "select {VERSION_COLUMNS} from automation_version where account_id = $1 and automation_id = $2 and number < $3 \
         order by number desc limit $4"
    ))
    .bind(account)
    .bind(automation)
    .bind(before.map_or(i64::MAX, |cursor| cursor.id))
    .bind(limit.plus_one())
    .fetch_all()
    .await?
    .iter()
    .map(version_from_row)
    .collect()
}

pub(super) async fn insert_version(
    tx: &mut Tx,
    account: AccountId,
    version: &Version,
) -> Result<()> {
    tx.query(format!(
        "insert into automation_version (account_id, {VERSION_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    ))
    .bind(account)
    .bind(version.id)
    .bind(version.automation)
    .bind(version.number)
    .bind(Json(&version.document))
    .bind(Json(&version.plan))
    .bind(version.restored_from)
    .bind(version.published_at)
    .bind(&version.published_by)
    .execute()
    .await?;
    Ok(())
}

/// The highest number so far, or 0.
pub(super) async fn last_number(
    tx: &mut Tx,
    account: AccountId,
    automation: AutomationId,
) -> Result<i64> {
    tx.query(
        "select coalesce(max(number), 0) as n from automation_version where account_id = $1 and automation_id = $2",
    )
    .bind(account)
    .bind(automation)
    .fetch_one()
    .await?
    .get("n")
}

/// How many people are where, by automation.
pub(super) async fn counts(
    tx: &mut Tx,
    account: AccountId,
    automations: &[AutomationId],
) -> Result<HashMap<AutomationId, Counts>> {
    let mut all: HashMap<AutomationId, Counts> = HashMap::new();
    if automations.is_empty() {
        return Ok(all);
    }
    let list = in_list(2, automations.len());
    let failed = tx
        .query(format!(
            "select automation_id, count(*) as n from automation_run \
             where account_id = $1 and automation_id in {list} and state = 'parked' group by automation_id"
        ))
        .bind(account)
        .bind_list(automations.iter().copied())
        .fetch_all()
        .await?;
    for row in &failed {
        all.entry(row.get("automation_id")?).or_default().failed = row.get("n")?;
    }
    let totals = tx
        .query(format!(
            "select automation_id, name, cast(sum(n) as bigint) as n from automation_stat \
             where account_id = $1 and automation_id in {list} and step = '' and name in ('entered', 'finished') \
             group by automation_id, name"
        ))
        .bind(account)
        .bind_list(automations.iter().copied())
        .fetch_all()
        .await?;
    for row in &totals {
        let counts = all.entry(row.get("automation_id")?).or_default();
        match row.get::<String>("name")?.as_str() {
            "entered" => counts.entered = row.get("n")?,
            _ => counts.finished = row.get("n")?,
        }
    }
    for counts in all.values_mut() {
        // Both are counted in the transaction of the run: to count those inside would be to read them all.
        counts.inside = (counts.entered - counts.finished).max(0);
    }
    Ok(all)
}

/// How many are at each step, by version and step.
pub(super) async fn people_at(
    tx: &mut Tx,
    account: AccountId,
    automation: AutomationId,
) -> Result<BTreeMap<(VersionId, String), i64>> {
    tx.query(
        "select version_id, step, count(*) as n from automation_run \
         where account_id = $1 and automation_id = $2 and state <> 'done' group by version_id, step",
    )
    .bind(account)
    .bind(automation)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok((
            (row.get("version_id")?, row.get("step")?),
            row.get("n")?,
        ))
    })
    .collect()
}
