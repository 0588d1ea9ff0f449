//! SQL of feeds.

use std::collections::HashSet;

use db::{Insert, Json, Result, Row, Tx, in_list};
use kernel::{AccountId, TimeZone, Timestamp, ToValue as _, Value};
use serde_json::Map;

use super::model::{Feed, FeedId, FeedMode, FeedState, Item};
use crate::campaigns::CampaignId;
use crate::series::Rule;

const COLUMNS: &str = "account_id, id, name, url, campaign_id, mode, rule, time_zone, every_minutes, most_items, state, seen, \
     poll_at, send_at, etag, last_modified, failures, note, title, link, created_at, updated_at";

fn from_row(row: &Row) -> Result<Feed> {
    let zone: String = row.get("time_zone")?;
    Ok(Feed {
        account: row.get("account_id")?,
        id: row.get("id")?,
        name: row.get("name")?,
        url: row.get("url")?,
        campaign: row.get("campaign_id")?,
        mode: FeedMode::from_stored(&row.get::<String>("mode")?),
        rule: row.get::<Option<Json<Rule>>>("rule")?.map(|json| json.0),
        time_zone: TimeZone::parse(&zone).unwrap_or_else(|_| TimeZone::utc()),
        every_minutes: row.get("every_minutes")?,
        most_items: row.get("most_items")?,
        state: FeedState::from_stored(&row.get::<String>("state")?),
        seen: row.get("seen")?,
        poll_at: row.get("poll_at")?,
        send_at: row.get("send_at")?,
        etag: row.get("etag")?,
        last_modified: row.get("last_modified")?,
        failures: row.get("failures")?,
        note: row.get("note")?,
        title: row.get("title")?,
        link: row.get("link")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn changing(feed: &Feed) -> Vec<Value> {
    vec![
        (&feed.name).to_value(),
        (&feed.url).to_value(),
        feed.campaign.to_value(),
        feed.mode.as_str().to_value(),
        feed.rule.as_ref().map(Json).to_value(),
        feed.time_zone.name().to_value(),
        feed.every_minutes.to_value(),
        feed.most_items.to_value(),
        feed.state.as_str().to_value(),
        feed.seen.to_value(),
        feed.poll_at.to_value(),
        feed.send_at.to_value(),
        feed.etag.as_ref().to_value(),
        feed.last_modified.as_ref().to_value(),
        feed.failures.to_value(),
        feed.note.as_ref().to_value(),
        (&feed.title).to_value(),
        (&feed.link).to_value(),
    ]
}

pub(super) async fn find(tx: &mut Tx, account: AccountId, id: FeedId) -> Result<Option<Feed>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from feed where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// All of an account: few.
pub(super) async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<Feed>> {
    tx.query(format!(
        "select {COLUMNS} from feed where account_id = $1 order by id limit 1000"
    ))
    .bind(account)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// Those of every account that are to be looked at, or whose digest is due.
pub(super) async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Feed>> {
    tx.query(format!(
        "select {COLUMNS} from feed where state = 'active' and (poll_at <= $1 or send_at <= $1) \
         order by poll_at, id limit $2"
    ))
    .bind(now)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

pub(super) async fn insert(tx: &mut Tx, feed: &Feed) -> Result<()> {
    tx.query(format!(
        "insert into feed ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
         $18, $19, $20, $21, $22)"
    ))
    .bind(feed.account)
    .bind(feed.id)
    .bind_values(changing(feed))
    .bind(feed.created_at)
    .bind(feed.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, feed: &Feed) -> Result<()> {
    let affected = tx
        .query(
            "update feed set name = $3, url = $4, campaign_id = $5, mode = $6, rule = $7, time_zone = $8, every_minutes = $9, \
                most_items = $10, state = $11, seen = $12, poll_at = $13, send_at = $14, etag = $15, last_modified = $16, \
                failures = $17, note = $18, title = $19, link = $20, updated_at = $21 \
             where account_id = $1 and id = $2",
        )
        .bind(feed.account)
        .bind(feed.id)
        .bind_values(changing(feed))
        .bind(feed.updated_at)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: FeedId) -> Result<()> {
    for sql in [
        "delete from feed_item where account_id = $1 and feed_id = $2",
        "delete from feed where account_id = $1 and id = $2",
    ] {
        tx.query(sql).bind(account).bind(id).execute().await?;
    }
    Ok(())
}

/// Remembers items; those that were not known wait to be sent if they are news. The oldest of a feed come first.
pub(super) async fn insert_items(
    tx: &mut Tx,
    feed: &Feed,
    items: &[(i64, &[u8], &Item)],
    news: bool,
    now: Timestamp,
) -> Result<u64> {
    let mut insert = Insert::into(
        "feed_item",
        &["account_id", "feed_id", "id", "key_hash", "item", "seen_at"],
    )
    .on_conflict(
        "on conflict (account_id, feed_id, key_hash) do update set seen_at = excluded.seen_at",
    );
    for (id, key, item) in items {
        insert.row(|row| {
            row.bind(feed.account)
                .bind(feed.id)
                .bind(*id)
                .bind(*key)
                .bind(news.then_some(Json(*item)))
                .bind(now);
        });
    }
    insert.execute(tx).await
}

/// What waits to be sent, the oldest first.
pub(super) async fn waiting(tx: &mut Tx, feed: &Feed, limit: i64) -> Result<Vec<(i64, Item)>> {
    tx.query(
        "select id, item from feed_item where account_id = $1 and feed_id = $2 and item is not null order by id limit $3",
    )
    .bind(feed.account)
    .bind(feed.id)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("id")?, row.get::<Json<Item>>("item")?.0)))
    .collect()
}

/// Which of these items were seen before.
pub(super) async fn known(tx: &mut Tx, feed: &Feed, keys: &[&[u8]]) -> Result<HashSet<Vec<u8>>> {
    tx.query(format!(
        "select key_hash from feed_item where account_id = $1 and feed_id = $2 and key_hash in {}",
        in_list(3, keys.len())
    ))
    .bind(feed.account)
    .bind(feed.id)
    .bind_list(keys.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.get("key_hash"))
    .collect()
}

/// What was sent, up to an item, or is to be forgotten.
pub(super) async fn set_sent(tx: &mut Tx, feed: &Feed, up_to: i64) -> Result<()> {
    tx.query(
        "update feed_item set item = null where account_id = $1 and feed_id = $2 and item is not null and id <= $3",
    )
    .bind(feed.account)
    .bind(feed.id)
    .bind(up_to)
    .execute()
    .await?;
    Ok(())
}

/// Forgets items that the feed has not had for long.
pub(super) async fn forget(tx: &mut Tx, feed: &Feed, before: Timestamp) -> Result<()> {
    tx.query(
        "delete from feed_item where account_id = $1 and feed_id = $2 and item is null and seen_at < $3",
    )
    .bind(feed.account)
    .bind(feed.id)
    .bind(before)
    .execute()
    .await?;
    Ok(())
}

/// Values that a campaign has for its merge fields.
pub(crate) async fn variables(
    tx: &mut Tx,
    account: AccountId,
    campaign: CampaignId,
) -> Result<Option<Map<String, serde_json::Value>>> {
    tx.query("select variables from campaign_variables where account_id = $1 and campaign_id = $2")
        .bind(account)
        .bind(campaign)
        .fetch_optional()
        .await?
        .map(|row| {
            Ok(row
                .get::<Json<Map<String, serde_json::Value>>>("variables")?
                .0)
        })
        .transpose()
}

pub(super) async fn insert_variables(
    tx: &mut Tx,
    account: AccountId,
    campaign: CampaignId,
    variables: &Map<String, serde_json::Value>,
) -> Result<()> {
    tx.query(
        "insert into campaign_variables (account_id, campaign_id, variables) values ($1, $2, $3)",
    )
    .bind(account)
    .bind(campaign)
    .bind(Json(variables))
    .execute()
    .await?;
    Ok(())
}

/// Gives a copy of a campaign the same values.
pub(crate) async fn copy_variables(
    tx: &mut Tx,
    account: AccountId,
    from: CampaignId,
    to: CampaignId,
) -> Result<()> {
    tx.query(
        "insert into campaign_variables (account_id, campaign_id, variables) \
         select account_id, $3, variables from campaign_variables where account_id = $1 and campaign_id = $2",
    )
    .bind(account)
    .bind(from)
    .bind(to)
    .execute()
    .await?;
    Ok(())
}
