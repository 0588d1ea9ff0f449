//! What of other tables names things of the audience: content and audiences of campaigns, rules of segments. Campaigns
//! belong to another crate, which is above this one: they are only read.

use db::{Json, Result, Tx, ensure_affected};
use kernel::{AccountId, Timestamp};
use serde_json::Value;

use crate::SegmentId;

/// A campaign that is not over.
pub(super) struct Campaign {
    pub id: i64,
    pub name: String,
    pub audience: Value,
    /// Empty while it has no content.
    pub document: String,
}

pub(super) async fn campaigns(tx: &mut Tx, account: AccountId) -> Result<Vec<Campaign>> {
    tx.query(
        "select c.id, c.name, c.audience, coalesce(r.document, '') as document from campaign c
         left join content_revision r on r.id = c.revision_id and r.account_id = c.account_id
         where c.account_id = $1 and c.state in ('draft', 'scheduled', 'sending', 'paused') order by c.id",
    )
    .bind(account)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(Campaign {
            id: row.get("id")?,
            name: row.get("name")?,
            audience: row.get::<Json<Value>>("audience")?.0,
            document: row.get("document")?,
        })
    })
    .collect()
}

/// The rules of all segments, as they are stored.
pub(super) async fn rules(tx: &mut Tx, account: AccountId) -> Result<Vec<(SegmentId, Value)>> {
    tx.query("select id, rule from segment where account_id = $1 order by id")
        .bind(account)
        .fetch_all()
        .await?
        .iter()
        .map(|row| Ok((row.get("id")?, row.get::<Json<Value>>("rule")?.0)))
        .collect()
}

pub(super) async fn set_rule(
    tx: &mut Tx,
    account: AccountId,
    id: SegmentId,
    rule: &Value,
    now: Timestamp,
) -> Result<()> {
    let affected = tx
        .query("update segment set rule = $3, updated_at = $4 where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .bind(Json(rule))
        .bind(now)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}
