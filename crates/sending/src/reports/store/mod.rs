//! SQL of reports.

mod recipients;

use std::collections::{BTreeMap, BTreeSet};

use db::{Result, Tx, in_list};
use kernel::{AccountId, Timestamp};

pub(super) use recipients::{leavers, recipients};

use super::model::{Facet, LinkReport, SeriesPoint};
use crate::campaigns::{CampaignId, RevisionId};
use crate::messages::total;

pub(super) async fn totals(
    tx: &mut Tx,
    account: AccountId,
    campaign: CampaignId,
) -> Result<BTreeMap<String, i64>> {
    tx.query("select name, n from campaign_total where account_id = $1 and campaign_id = $2")
        .bind(account)
        .bind(campaign)
        .fetch_all()
        .await?
        .iter()
        .map(|row| Ok((row.get("name")?, row.get("n")?)))
        .collect()
}

pub(super) async fn reasons(
    tx: &mut Tx,
    account: AccountId,
    campaign: CampaignId,
) -> Result<BTreeMap<String, i64>> {
    tx.query(
        "select reason, count(*) as n from unsubscribe_reason \
         where account_id = $1 and campaign_id = $2 group by reason",
    )
    .bind(account)
    .bind(campaign)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("reason")?, row.get("n")?)))
    .collect()
}

/// Every link of these contents, clicked or not, and of those whose links were clicked in this campaign before.
pub(super) async fn links(
    tx: &mut Tx,
    account: AccountId,
    campaign: CampaignId,
    contents: &[(i64, RevisionId)],
) -> Result<Vec<LinkReport>> {
    let rows = tx
        .query(
            "select variant, revision_id, link_number, clicks, unique_clicks, machine_clicks from link_total \
             where account_id = $1 and campaign_id = $2",
        )
        .bind(account)
        .bind(campaign)
        .fetch_all()
        .await?;
    let mut clicks: BTreeMap<(i64, RevisionId, i64), [i64; 3]> = BTreeMap::new();
    let mut all: Vec<(i64, RevisionId)> = contents.to_vec();
    for row in &rows {
        let content = (row.get("variant")?, row.get("revision_id")?);
        if !all.contains(&content) {
            all.push(content);
        }
        let n = [
            row.get("clicks")?,
            row.get("unique_clicks")?,
            row.get("machine_clicks")?,
        ];
        clicks.insert((content.0, content.1, row.get("link_number")?), n);
    }
    let revisions: BTreeSet<RevisionId> = all.iter().map(|(_, revision)| *revision).collect();
    let rows = tx
        .query(format!(
            "select revision_id, number, url from link where account_id = $1 and revision_id in {} \
             order by revision_id, number",
            in_list(2, revisions.len())
        ))
        .bind(account)
        .bind_list(revisions.iter().copied())
        .fetch_all()
        .await?;
    let mut reports = Vec::with_capacity(rows.len());
    for (variant, revision) in all {
        for row in &rows {
            if row.get::<RevisionId>("revision_id")? != revision {
                continue;
            }
            let number = row.get("number")?;
            let key = (variant, revision, number);
            let [clicks, unique_clicks, machine_clicks] =
                clicks.get(&key).copied().unwrap_or_default();
            reports.push(LinkReport {
                revision_id: revision,
                variant: (variant != 0).then_some(variant),
                number,
                url: row.get("url")?,
                clicks,
                unique_clicks,
                machine_clicks,
            });
        }
    }
    Ok(reports)
}

/// Hours in which something happened, oldest first.
pub(super) async fn series(
    tx: &mut Tx,
    account: AccountId,
    campaign: CampaignId,
) -> Result<Vec<SeriesPoint>> {
    let rows = tx
        .query(
            "select hour, name, n from campaign_hour \
             where account_id = $1 and campaign_id = $2 order by hour limit 200000",
        )
        .bind(account)
        .bind(campaign)
        .fetch_all()
        .await?;
    let mut points: Vec<SeriesPoint> = Vec::new();
    for row in &rows {
        let hour: Timestamp = row.get("hour")?;
        if points.last().is_none_or(|last| last.hour != hour) {
            points.push(SeriesPoint {
                hour,
                sent: 0,
                failed: 0,
                bounces: 0,
                complaints: 0,
                opens: 0,
                clicks: 0,
                unique_opens: 0,
                unique_clicks: 0,
                unsubscribed: 0,
            });
        }
        let Some(point) = points.last_mut() else {
            continue;
        };
        let n: i64 = row.get("n")?;
        match row.get::<String>("name")?.as_str() {
            total::SENT => point.sent += n,
            total::FAILED => point.failed += n,
            total::HARD_BOUNCES | total::SOFT_BOUNCES => point.bounces += n,
            total::COMPLAINTS => point.complaints += n,
            total::OPENS => point.opens += n,
            total::CLICKS => point.clicks += n,
            total::UNIQUE_OPENS => point.unique_opens += n,
            total::UNIQUE_CLICKS => point.unique_clicks += n,
            total::UNSUBSCRIBED => point.unsubscribed += n,
            _ => {}
        }
    }
    Ok(points)
}

/// The roll-ups by client, device and so on: what kind of thing, and how much of each.
pub(super) async fn facets(
    tx: &mut Tx,
    account: AccountId,
    campaign: CampaignId,
) -> Result<Vec<(String, Facet)>> {
    tx.query(
        "select facet, value, opens, unique_opens, clicks, unique_clicks from campaign_facet \
         where account_id = $1 and campaign_id = $2 order by opens + clicks desc, value limit 5000",
    )
    .bind(account)
    .bind(campaign)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        let facet = Facet {
            name: row.get("value")?,
            opens: row.get("opens")?,
            unique_opens: row.get("unique_opens")?,
            clicks: row.get("clicks")?,
            unique_clicks: row.get("unique_clicks")?,
        };
        Ok((row.get("facet")?, facet))
    })
    .collect()
}

/// The last campaigns that started before one.
pub(super) async fn started_before(
    tx: &mut Tx,
    account: AccountId,
    but: CampaignId,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<(CampaignId, String, Timestamp)>> {
    tx.query(
        "select id, name, started_at from campaign \
         where account_id = $1 and started_at is not null and started_at <= $2 and id <> $3 and automated is null \
         order by started_at desc, id desc limit $4",
    )
    .bind(account)
    .bind(before)
    .bind(but)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("id")?, row.get("name")?, row.get("started_at")?)))
    .collect()
}

/// What had become of campaigns so many hours after each had started.
pub(super) async fn totals_at(
    tx: &mut Tx,
    account: AccountId,
    campaigns: &[CampaignId],
    hours: i64,
) -> Result<BTreeMap<(CampaignId, String), i64>> {
    tx.query(format!(
        "select h.campaign_id as campaign_id, h.name as name, cast(sum(h.n) as bigint) as n \
         from campaign_hour h join campaign c on c.account_id = h.account_id and c.id = h.campaign_id \
         where h.account_id = $1 and h.hour <= c.started_at + $2 and h.campaign_id in {} \
            and h.name in ('sent', 'unique_opens', 'unique_clicks', 'unsubscribed') \
         group by h.campaign_id, h.name",
        in_list(3, campaigns.len())
    ))
    .bind(account)
    .bind(hours * 3_600_000_000)
    .bind_list(campaigns.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok(((row.get("campaign_id")?, row.get("name")?), row.get("n")?)))
    .collect()
}
