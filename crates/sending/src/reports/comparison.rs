//! A campaign beside those that were sent before it.

use ctx::Ctx;
use kernel::{AccountId, Error, Result, Timestamp};
use serde::Serialize;

use super::store;
use crate::campaigns::{CampaignId, store as campaigns};
use crate::messages::total;

/// How many earlier campaigns.
const EARLIER: i64 = 10;
/// After this time hardly anybody reacts any more: what is older is compared as a whole.
const LONGEST_HOURS: i64 = 30 * 24;

/// How a campaign did.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CampaignRates {
    /// Which.
    pub campaign_id: CampaignId,
    /// Its name.
    pub name: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Messages that the relay took.
    pub sent: i64,
    /// The share that people opened, 0 to 1.
    pub open_rate: f64,
    /// The share whose links people clicked.
    pub click_rate: f64,
    /// The share that made people leave.
    pub unsubscribe_rate: f64,
}

/// A campaign and those before it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CampaignComparison {
    /// All are compared as they were so many hours after their start.
    pub hours: i64,
    /// This one.
    pub campaign: CampaignRates,
    /// Those before it, the latest first.
    pub earlier: Vec<CampaignRates>,
    /// The median of those.
    #[schema(required)]
    pub median: Option<MedianRates>,
}

/// The middle of several campaigns: one that went wrong does not move it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct MedianRates {
    /// Of the open rates.
    pub open_rate: f64,
    /// Of the click rates.
    pub click_rate: f64,
    /// Of the unsubscribe rates.
    pub unsubscribe_rate: f64,
}

/// Compares a campaign with the account's earlier ones at the same age.
pub async fn comparison(
    ctx: &Ctx,
    account: AccountId,
    id: CampaignId,
) -> Result<CampaignComparison> {
    let mut tx = ctx.read().await?;
    let campaign = campaigns::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))?;
    let started_at = campaign.started_at.ok_or_else(|| {
        Error::conflict(
            "not_started",
            "the campaign has not started; there is nothing to compare",
        )
    })?;
    let age = ctx.clock.now().since(started_at).as_secs();
    let hours = i64::try_from(age.div_ceil(3600)).unwrap_or(i64::MAX);
    let hours = hours.clamp(1, LONGEST_HOURS);
    let before = store::started_before(&mut tx, account, id, started_at, EARLIER).await?;
    let mut all = vec![(id, campaign.name, started_at)];
    all.extend(before);
    let ids: Vec<CampaignId> = all.iter().map(|(id, _, _)| *id).collect();
    let counts = store::totals_at(&mut tx, account, &ids, hours).await?;
    let mut rates = all.into_iter().map(|(id, name, started_at)| {
        let n = |name: &'static str| counts.get(&(id, name.to_owned())).copied().unwrap_or(0);
        let sent = n(total::SENT);
        let share = |name| match sent {
            0 => 0.0,
            sent => n(name) as f64 / sent as f64,
        };
        CampaignRates {
            campaign_id: id,
            name,
            started_at,
            sent,
            open_rate: share(total::UNIQUE_OPENS),
            click_rate: share(total::UNIQUE_CLICKS),
            unsubscribe_rate: share(total::UNSUBSCRIBED),
        }
    });
    let campaign = rates
        .next()
        .ok_or_else(|| Error::not_found("campaign", id))?;
    // What was never sent says nothing.
    let earlier: Vec<CampaignRates> = rates.filter(|one| one.sent > 0).collect();
    Ok(CampaignComparison {
        hours,
        campaign,
        median: median(&earlier),
        earlier,
    })
}

fn median(of: &[CampaignRates]) -> Option<MedianRates> {
    let middle = |rate: fn(&CampaignRates) -> f64| {
        let mut rates: Vec<f64> = of.iter().map(rate).collect();
        rates.sort_by(f64::total_cmp);
        let half = rates.len() / 2;
        if rates.len().is_multiple_of(2) {
            f64::midpoint(rates[half - 1], rates[half])
        } else {
            rates[half]
        }
    };
    (!of.is_empty()).then(|| MedianRates {
        open_rate: middle(|one| one.open_rate),
        click_rate: middle(|one| one.click_rate),
        unsubscribe_rate: middle(|one| one.unsubscribe_rate),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        let rates = |open_rate| CampaignRates {
            campaign_id: 1.into(),
            name: String::new(),
            started_at: Timestamp::default(),
            sent: 1,
            open_rate,
            click_rate: 0.0,
            unsubscribe_rate: 0.0,
        };
        let of = |all: &[f64]| {
            let all: Vec<CampaignRates> = all.iter().map(|rate| rates(*rate)).collect();
            median(&all).map(|median| median.open_rate)
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[0.5]), Some(0.5));
        assert_eq!(of(&[0.9, 0.1, 0.2]), Some(0.2));
        assert_eq!(of(&[0.9, 0.1, 0.2, 0.4]), Some(0.300_000_000_000_000_04));
    }
}
