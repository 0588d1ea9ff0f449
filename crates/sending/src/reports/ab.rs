//! How the variants of an A/B test did.

use ctx::Ctx;
use kernel::{AccountId, Error, Result, Timestamp};
use serde::Serialize;

use crate::campaigns::{
    CampaignId, Comparison, Numbers, Tally, WinnerBy, compare, store as campaigns,
};
use crate::messages::{store as messages, total};

/// One variant of a test.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VariantReport {
    /// From 1.
    pub number: i64,
    /// Its own subject, if it has one.
    #[schema(required)]
    pub subject: Option<String>,
    /// Its own sender, if it has one.
    #[schema(required)]
    pub sender_email: Option<String>,
    /// Minutes after the start.
    pub delay_minutes: i64,
    /// Who got it or will, in the test and, for the winner, after it.
    pub recipients: i64,
    /// Messages that the relay took.
    pub sent: i64,
    /// People who opened.
    pub unique_opens: i64,
    /// People who clicked.
    pub unique_clicks: i64,
    /// The share of sent messages that people opened, 0 to 1.
    pub open_rate: f64,
    /// The share of sent messages whose links people clicked, 0 to 1.
    pub click_rate: f64,
}

/// An A/B test so far.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AbReport {
    /// Which campaign.
    pub campaign_id: CampaignId,
    /// In the order of their numbers.
    pub variants: Vec<VariantReport>,
    /// What the opens can tell.
    pub by_opens: Comparison,
    /// What the clicks can tell.
    pub by_clicks: Comparison,
    /// What decides.
    pub winner_by: WinnerBy,
    /// Which variant the rest gets.
    #[schema(required)]
    pub winner: Option<i64>,
    /// When that was decided.
    #[schema(required)]
    pub decided_at: Option<Timestamp>,
}

/// The report of an A/B test.
pub async fn ab(ctx: &Ctx, account: AccountId, id: CampaignId) -> Result<AbReport> {
    let mut tx = ctx.read().await?;
    let campaign = campaigns::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))?;
    let test = campaign
        .ab
        .ok_or_else(|| Error::conflict("no_test", "the campaign is not an A/B test"))?;
    let totals = messages::variant_totals(&mut tx, account, id.get()).await?;
    drop(tx);
    let mut variants = Vec::with_capacity(test.variants.len());
    for (number, variant) in (1..).zip(&test.variants) {
        let n = |name: &str| totals.get(&(number, name.to_owned())).copied().unwrap_or(0);
        let sent = n(total::SENT);
        let share = |part: i64| {
            if sent > 0 {
                part as f64 / sent as f64
            } else {
                0.0
            }
        };
        let (unique_opens, unique_clicks) = (n(total::UNIQUE_OPENS), n(total::UNIQUE_CLICKS));
        variants.push(VariantReport {
            number,
            subject: variant.subject.clone(),
            sender_email: variant.sender.as_ref().map(|sender| sender.email.clone()),
            delay_minutes: variant.delay_minutes,
            recipients: n(total::RECIPIENTS),
            sent,
            unique_opens,
            unique_clicks,
            open_rate: share(unique_opens),
            click_rate: share(unique_clicks),
        });
    }
    // Of those who got the winner after the test, fewer have had the time to react.
    let numbers = test.decided_on.unwrap_or_else(|| {
        variants
            .iter()
            .map(|variant| Numbers {
                sent: variant.sent,
                opened: variant.unique_opens,
                clicked: variant.unique_clicks,
            })
            .collect()
    });
    let tallies = |reacted: fn(&Numbers) -> i64| -> Vec<Tally> {
        numbers
            .iter()
            .map(|one| Tally {
                sent: one.sent,
                reacted: reacted(one),
            })
            .collect()
    };
    Ok(AbReport {
        campaign_id: id,
        by_opens: compare(&tallies(|one| one.opened), "opened"),
        by_clicks: compare(&tallies(|one| one.clicked), "clicked"),
        variants,
        winner_by: test.winner_by,
        winner: test.winner,
        decided_at: test.decided_at,
    })
}
