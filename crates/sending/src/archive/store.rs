//! SQL of the archive.

use db::{Result, Tx};
use kernel::{AccountId, Timestamp};

use super::model::Listed;
use crate::campaigns::CampaignId;

/// Since when a campaign is published, if it is.
pub(super) async fn published_at(
    tx: &mut Tx,
    account: AccountId,
    campaign: CampaignId,
) -> Result<Option<Timestamp>> {
    tx.query("select published_at from campaign_archive where account_id = $1 and campaign_id = $2")
        .bind(account)
        .bind(campaign)
        .fetch_optional()
        .await?
        .map(|row| row.get("published_at"))
        .transpose()
}

pub(super) async fn insert(
    tx: &mut Tx,
    account: AccountId,
    listed: &Listed,
    now: Timestamp,
) -> Result<()> {
    tx.query(
        "insert into campaign_archive (account_id, campaign_id, title, started_at, published_at) \
         values ($1, $2, $3, $4, $5) \
         on conflict (account_id, campaign_id) do update set title = excluded.title",
    )
    .bind(account)
    .bind(listed.campaign)
    .bind(&listed.title)
    .bind(listed.started_at)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, campaign: CampaignId) -> Result<u64> {
    tx.query("delete from campaign_archive where account_id = $1 and campaign_id = $2")
        .bind(account)
        .bind(campaign)
        .execute()
        .await
}

/// The newest published campaigns, before one of them.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    before: Option<CampaignId>,
    limit: i64,
) -> Result<Vec<Listed>> {
    tx.query(
        "select campaign_id, title, started_at from campaign_archive \
         where account_id = $1 and campaign_id < $2 order by campaign_id desc limit $3",
    )
    .bind(account)
    .bind(before.map_or(i64::MAX, CampaignId::get))
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(Listed {
            campaign: row.get("campaign_id")?,
            title: row.get("title")?,
            started_at: row.get("started_at")?,
        })
    })
    .collect()
}
