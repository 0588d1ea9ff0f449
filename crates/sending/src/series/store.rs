//! SQL of series.

use db::{Json, Result, Row, Tx};
use kernel::{AccountId, TimeZone, Timestamp};

use super::model::{Rule, Series, SeriesId, SeriesState};

const COLUMNS: &str = "account_id, id, name, state, campaign_id, rule, time_zone, next_at, note, created_at, updated_at";

fn from_row(row: &Row) -> Result<Series> {
    let zone: String = row.get("time_zone")?;
    Ok(Series {
        account: row.get("account_id")?,
        id: row.get("id")?,
        name: row.get("name")?,
        state: SeriesState::from_stored(&row.get::<String>("state")?),
        campaign: row.get("campaign_id")?,
        rule: row.get::<Json<Rule>>("rule")?.0,
        // A zone may leave the database of zones, but hardly will.
        time_zone: TimeZone::parse(&zone).unwrap_or_else(|_| TimeZone::utc()),
        next_at: row.get("next_at")?,
        note: row.get("note")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(super) async fn find(tx: &mut Tx, account: AccountId, id: SeriesId) -> Result<Option<Series>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from campaign_series where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// All of an account: few.
pub(super) async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<Series>> {
    tx.query(format!(
        "select {COLUMNS} from campaign_series where account_id = $1 order by id limit 1000"
    ))
    .bind(account)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// Those of every account whose time has come.
pub(super) async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Series>> {
    tx.query(format!(
        "select {COLUMNS} from campaign_series where state = 'active' and next_at <= $1 \
         order by next_at, id limit $2"
    ))
    .bind(now)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

pub(super) async fn insert(tx: &mut Tx, series: &Series) -> Result<()> {
    tx.query(format!(
        "insert into campaign_series ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    ))
    .bind(series.account)
    .bind(series.id)
    .bind(&series.name)
    .bind(series.state.as_str())
    .bind(series.campaign)
    .bind(Json(&series.rule))
    .bind(series.time_zone.name())
    .bind(series.next_at)
    .bind(series.note.as_ref())
    .bind(series.created_at)
    .bind(series.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, series: &Series) -> Result<()> {
    let affected = tx
        .query(
            "update campaign_series set name = $3, state = $4, rule = $5, time_zone = $6, next_at = $7, \
             note = $8, updated_at = $9 where account_id = $1 and id = $2",
        )
        .bind(series.account)
        .bind(series.id)
        .bind(&series.name)
        .bind(series.state.as_str())
        .bind(Json(&series.rule))
        .bind(series.time_zone.name())
        .bind(series.next_at)
        .bind(series.note.as_ref())
        .bind(series.updated_at)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: SeriesId) -> Result<()> {
    tx.query("delete from campaign_series where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// The series that a draft is the pattern of, by name.
pub(crate) async fn of_campaign(
    tx: &mut Tx,
    account: AccountId,
    campaign: i64,
) -> Result<Option<String>> {
    let row = tx
        .query(
            "select name from campaign_series where account_id = $1 and campaign_id = $2 limit 1",
        )
        .bind(account)
        .bind(campaign)
        .fetch_optional()
        .await?;
    row.map(|row| row.get("name")).transpose()
}
