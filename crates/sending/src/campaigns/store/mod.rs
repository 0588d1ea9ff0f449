//! SQL of campaigns, their content and the snapshot of their recipients.

pub(crate) mod shape;

use db::{Engine, Json, Result, Row, Tx, ensure_affected};
use kernel::{AccountId, Cursor, IdBlock, Limit, Timestamp, ToValue as _, Value};
use rules::{Compiled, Dialect, Param};

use super::ab::AbTest;
use super::local_time::LocalTime;
use super::model::{Audience, Campaign, CampaignId, CampaignState, NotReacted, Resend, RevisionId};

pub(crate) use shape::Shape;

const COLUMNS: &str = "account_id, id, name, state, revision_id, sender_name, sender_email, reply_to, \
     audience, transport_id, scheduled_at, started_at, finished_at, pause_reason, snapshot_done, \
     snapshot_cursor, version, sender_id, \
     spread_minutes, local_time, ab, resend_of, resend_to, series_id, created_at, updated_at, created_by";

fn from_row(row: &Row) -> Result<Campaign> {
    let id: CampaignId = row.get("id")?;
    let state: String = row.get("state")?;
    Ok(Campaign {
        account: row.get("account_id")?,
        id,
        name: row.get("name")?,
        state: CampaignState::from_stored(&state).ok_or_else(|| db::Error::Corrupt {
            table: "campaign",
            column: "state",
            id: id.get(),
            source: anyhow::anyhow!("unknown state {state:?}"),
        })?,
        revision: row.get("revision_id")?,
        sender: row.get("sender_id")?,
        sender_name: row.get("sender_name")?,
        sender_email: row.get("sender_email")?,
        reply_to: row.get("reply_to")?,
        audience: row.get::<Json<Audience>>("audience")?.0,
        transport: row.get("transport_id")?,
        spread_minutes: row.get("spread_minutes")?,
        local_time: row
            .get::<Option<String>>("local_time")?
            .and_then(|text| LocalTime::parse(&text).ok()),
        ab: row.get::<Option<Json<AbTest>>>("ab")?.map(|json| json.0),
        resend: row
            .get::<Option<CampaignId>>("resend_of")?
            .zip(row.get::<Option<String>>("resend_to")?)
            .map(|(campaign, to)| Resend {
                campaign,
                to: NotReacted::from_stored(&to),
            }),
        series: row.get("series_id")?,
        scheduled_at: row.get("scheduled_at")?,
        started_at: row.get("started_at")?,
        finished_at: row.get("finished_at")?,
        pause_reason: row.get("pause_reason")?,
        snapshot_done: row.get("snapshot_done")?,
        snapshot_cursor: row.get("snapshot_cursor")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        created_by: row.get("created_by")?,
    })
}

/// Whether it is what the mail of automations goes out by.
pub(crate) async fn is_automated(tx: &mut Tx, account: AccountId, id: CampaignId) -> Result<bool> {
    let found = tx
        .query("select 1 as one from campaign where account_id = $1 and id = $2 and automated is not null")
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(found.is_some())
}

pub(crate) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: CampaignId,
) -> Result<Option<Campaign>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from campaign where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Newest first, optionally of one state.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    state: Option<CampaignState>,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Campaign>> {
    let filter = if state.is_some() {
        " and state = $4"
    } else {
        ""
    };
    let mut query = tx
        .query(format!(
            "select {COLUMNS} from campaign where account_id = $1 and id < $2 and automated is null{filter} \
             order by id desc limit $3"
        ))
        .bind(account)
        .bind(before.map_or(i64::MAX, |cursor| cursor.id))
        .bind(limit.plus_one());
    if let Some(state) = state {
        query = query.bind(state.as_str());
    }
    query.fetch_all().await?.iter().map(from_row).collect()
}

pub(crate) async fn insert(tx: &mut Tx, campaign: &Campaign) -> Result<()> {
    tx.query(format!(
        "insert into campaign ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
         $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)"
    ))
    .bind(campaign.account)
    .bind(campaign.id)
    .bind_values(changing_values(campaign))
    .bind(campaign.created_at)
    .bind(campaign.updated_at)
    .bind(&campaign.created_by)
    .execute()
    .await?;
    Ok(())
}

/// Writes every column that may change, if nobody else has changed the row since it was read.
pub(crate) async fn update(tx: &mut Tx, campaign: &mut Campaign, now: Timestamp) -> Result<()> {
    let read_version = campaign.version;
    campaign.version += 1;
    campaign.updated_at = now;
    tx.touch(campaign.account, "campaigns");
    let affected = tx
        .query(
            "update campaign set name = $3, state = $4, revision_id = $5, sender_name = $6, \
             sender_email = $7, reply_to = $8, audience = $9, transport_id = $10, scheduled_at = $11, \
             started_at = $12, finished_at = $13, pause_reason = $14, snapshot_done = $15, \
             snapshot_cursor = $16, version = $17, sender_id = $18, \
             spread_minutes = $19, local_time = $20, ab = $21, resend_of = $22, resend_to = $23, \
             series_id = $24, updated_at = $25 where account_id = $1 and id = $2 and version = $26",
        )
        .bind(campaign.account)
        .bind(campaign.id)
        .bind_values(changing_values(campaign))
        .bind(campaign.updated_at)
        .bind(read_version)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

fn changing_values(campaign: &Campaign) -> Vec<Value> {
    vec![
        (&campaign.name).to_value(),
        campaign.state.as_str().to_value(),
        campaign.revision.to_value(),
        (&campaign.sender_name).to_value(),
        (&campaign.sender_email).to_value(),
        campaign.reply_to.as_ref().to_value(),
        Json(&campaign.audience).to_value(),
        campaign.transport.to_value(),
        campaign.scheduled_at.to_value(),
        campaign.started_at.to_value(),
        campaign.finished_at.to_value(),
        campaign.pause_reason.as_ref().to_value(),
        campaign.snapshot_done.to_value(),
        campaign.snapshot_cursor.to_value(),
        campaign.version.to_value(),
        campaign.sender.to_value(),
        campaign.spread_minutes.to_value(),
        campaign.local_time.map(|time| time.to_string()).to_value(),
        campaign.ab.as_ref().map(Json).to_value(),
        campaign.resend.map(|resend| resend.campaign).to_value(),
        campaign.resend.map(|resend| resend.to.as_str()).to_value(),
        campaign.series.to_value(),
    ]
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: CampaignId) -> Result<bool> {
    let affected = tx
        .query("delete from campaign where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(affected == 1)
}

/// Campaigns whose time has come, in every account.
pub(super) async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Campaign>> {
    tx.query(format!(
        "select {COLUMNS} from campaign where state in ('scheduled', 'sending') and state = 'scheduled' \
         and scheduled_at <= $1 order by scheduled_at, id limit $2"
    ))
    .bind(now)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// Campaigns of every account that would send something at once.
pub(super) async fn about_to_send(tx: &mut Tx, now: Timestamp) -> Result<Vec<Campaign>> {
    tx.query(format!(
        "select {COLUMNS} from campaign where state in ('scheduled', 'sending') \
         and (state = 'sending' or scheduled_at <= $1) order by id"
    ))
    .bind(now)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// Campaigns that begin in a span of time, by their plan or in truth.
pub(super) async fn between(
    tx: &mut Tx,
    account: AccountId,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
) -> Result<Vec<Campaign>> {
    let mut found = Vec::new();
    for (column, condition) in [
        (
            "scheduled_at",
            "scheduled_at is not null and started_at is null",
        ),
        ("started_at", "started_at is not null"),
    ] {
        let rows = tx
            .query(format!(
                "select {COLUMNS} from campaign where account_id = $1 and {column} >= $2 and {column} < $3 \
                 and {condition} and state <> 'draft' and automated is null order by {column}, id limit $4"
            ))
            .bind(account)
            .bind(from)
            .bind(to)
            .bind(limit - found.len() as i64)
            .fetch_all()
            .await?;
        for row in &rows {
            found.push(from_row(row)?);
        }
    }
    Ok(found)
}

/// The time zones of some of the subscribers.
pub(super) async fn zones(
    tx: &mut Tx,
    account: AccountId,
    after: i64,
    size: i64,
) -> Result<Vec<String>> {
    tx.query(
        "select distinct time_zone from (select time_zone from subscriber where account_id = $1 and id > $2 \
         order by id limit $3) as ahead where time_zone is not null",
    )
    .bind(account)
    .bind(after)
    .bind(size)
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.get("time_zone"))
    .collect()
}

/// Stores content for good, with its links. How many bytes it has.
pub(crate) async fn insert_revision(
    tx: &mut Tx,
    account: AccountId,
    id: RevisionId,
    document: &content::Document,
    links: &[content::Link],
    by: &str,
    now: Timestamp,
) -> Result<i64> {
    let document = Json(document).to_value();
    let size_bytes = match &document {
        Value::Text(Some(text)) => text.len() as i64,
        _ => 0,
    };
    tx.query(
        "insert into content_revision (account_id, id, document, created_at, created_by) \
         values ($1, $2, $3, $4, $5)",
    )
    .bind(account)
    .bind(id)
    .bind_values([document])
    .bind(now)
    .bind(by)
    .execute()
    .await?;
    insert_links(tx, account, id, links).await?;
    Ok(size_bytes)
}

/// Stores the links of a content.
pub(crate) async fn insert_links(
    tx: &mut Tx,
    account: AccountId,
    id: RevisionId,
    links: &[content::Link],
) -> Result<()> {
    let mut insert = db::Insert::into("link", &["account_id", "revision_id", "number", "url"]);
    for link in links {
        insert.row(|row| {
            row.bind(account)
                .bind(id)
                .bind(link.number)
                .bind(&link.url_template);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

pub(crate) async fn find_revision(
    tx: &mut Tx,
    account: AccountId,
    id: RevisionId,
) -> Result<Option<content::Document>> {
    let row = tx
        .query("select document from content_revision where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.map(|row| Ok(row.get::<Json<content::Document>>("document")?.0))
        .transpose()
}

/// How far a snapshot has come.
pub(super) struct Chunk {
    /// The last subscriber looked at.
    pub(super) cursor: i64,
    pub(super) inserted: u64,
    pub(super) done: bool,
}

/// Gives the recipients among the next `size` subscribers a message each.
///
/// One statement copies them inside the database. A repeated chunk inserts nothing twice: the unique key of `message`
/// holds one row per campaign and person.
pub(super) async fn snapshot_chunk(
    tx: &mut Tx,
    campaign: &Campaign,
    rule: &Compiled,
    ids: IdBlock,
    size: i64,
    now: Timestamp,
    shape: &Shape,
) -> Result<Chunk> {
    tx.touch(campaign.account, "campaigns");
    let row = tx
        .query(
            "select count(*) as n, max(id) as last from (\
                select id from subscriber where account_id = $1 and id > $2 order by id limit $3) as ahead",
        )
        .bind(campaign.account)
        .bind(campaign.snapshot_cursor)
        .bind(size)
        .fetch_one()
        .await?;
    let Some(last) = row.get::<Option<i64>>("last")? else {
        return Ok(Chunk {
            cursor: campaign.snapshot_cursor,
            inserted: 0,
            done: true,
        });
    };
    let dialect = match tx.engine() {
        Engine::Sqlite => Dialect::Sqlite,
        Engine::Postgres => Dialect::Postgres,
    };
    let condition = rule.sql(dialect, campaign.account, 8, "s");
    let first_free = 8 + condition.params.len();
    let (sql, more) = if shape.is_plain(campaign) {
        (plain_snapshot(&condition.text), Vec::new())
    } else {
        shape::statement(campaign, shape, &condition.text, first_free)
    };
    let inserted = tx
        .query(sql)
        .bind(ids.base())
        .bind(campaign.id)
        .bind(campaign.revision)
        .bind(now)
        .bind(campaign.account)
        .bind(campaign.snapshot_cursor)
        .bind(last)
        .bind_values(rule_values(condition.params))
        .bind_values(more)
        .once()
        .execute()
        .await?;
    Ok(Chunk {
        cursor: last,
        inserted,
        done: row.get::<i64>("n")? < size,
    })
}

/// Everybody the same, at once.
fn plain_snapshot(condition: &str) -> String {
    let id = IdBlock::sql("$1", "row_number() over (order by s.id) - 1");
    format!(
        "insert into message (account_id, id, kind, source_id, subscriber_id, entry, revision_id, address, \
            state, not_before, attempts, first_queued_at) \
         select s.account_id, {id}, 'campaign', $2, s.id, 0, $3, s.email, 'queued', $4, 0, $4 \
         from subscriber s \
         where s.account_id = $5 and s.id > $6 and s.id <= $7 and s.status = 'active' and {condition} \
         on conflict do nothing"
    )
}

/// How many people would get it now.
pub(super) async fn count_recipients(
    tx: &mut Tx,
    account: AccountId,
    rule: &Compiled,
) -> Result<i64> {
    // Differs because SQLite would fetch the active one by one through the index of statuses; the plus keeps it from that.
    let (dialect, status) = match tx.engine() {
        Engine::Sqlite => (Dialect::Sqlite, "+s.status"),
        Engine::Postgres => (Dialect::Postgres, "s.status"),
    };
    let condition = rule.sql(dialect, account, 2, "s");
    let row = tx
        .query(format!(
            "select count(*) as n from subscriber s where s.account_id = $1 and {status} = 'active' and {}",
            condition.text
        ))
        .bind(account)
        .bind_values(rule_values(condition.params))
        .once()
        .fetch_one()
        .await?;
    row.get("n")
}

/// The parameters of a rule, to be bound.
pub(crate) fn rule_values(params: Vec<Param>) -> impl Iterator<Item = Value> {
    params.into_iter().map(|param| match param {
        Param::Int(n) => n.to_value(),
        Param::Text(text) => text.to_value(),
    })
}
