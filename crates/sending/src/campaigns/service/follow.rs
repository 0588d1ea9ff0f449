//! Sending again to those who did not react, and what goes out when.

use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, Error, Result, Timestamp};

use super::super::model::{Audience, Campaign, CampaignId, CampaignState, NotReacted, Resend};
use super::super::store;
use super::ab;
use super::edit::{audit, copy_of};

/// A new draft to those recipients of a sent campaign who did not react, with another subject if one is given.
pub async fn resend(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
    to: NotReacted,
    subject: Option<String>,
) -> Result<Campaign> {
    let mut tx = ctx.write().await?;
    let original = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))?;
    original.check_state(
        &[CampaignState::Sent],
        "be sent again to some of its recipients yet",
    )?;
    let content = match (&original.ab, original.revision) {
        // What most of them got.
        (Some(test), revision) => test
            .winner
            .and_then(|winner| test.variant(winner)?.revision_id)
            .or(revision),
        (None, revision) => revision,
    };
    let mut copy = copy_of(ctx, &original, actor, "again");
    copy.revision = content;
    copy.ab = None;
    copy.resend = Some(Resend { campaign: id, to });
    copy.audience = Audience {
        everyone: true,
        ..Audience::default()
    };
    if let Some(subject) = subject {
        let document = match content {
            Some(revision) => store::find_revision(&mut tx, account, revision).await?,
            None => None,
        };
        if let Some(mut document) = document {
            document.subject = subject;
            let faults = ab::faults(ctx, &mut tx, account, &document).await?;
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let by = actor.to_string();
            copy.revision = Some(ab::keep(ctx, &mut tx, account, &document, &by).await?);
        }
    }
    store::insert(&mut tx, &copy).await?;
    crate::feeds::store::copy_variables(&mut tx, account, id, copy.id).await?;
    audit(ctx, &mut tx, actor, "campaign.created", None, Some(&copy)).await?;
    tx.commit().await?;
    Ok(copy)
}

/// Most campaigns of one look at the calendar.
const MOST_ENTRIES: i64 = 1000;
/// Longest span of one look, in days.
const MOST_DAYS: u64 = 400;

/// The campaigns that go out, or went out, in a span of time.
pub async fn calendar(
    ctx: &Ctx,
    account: AccountId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Campaign>> {
    if to <= from || to.since(from).as_secs() > MOST_DAYS * 86_400 {
        return Err(Error::invalid(
            "to",
            "out_of_range",
            format!("choose a time after from, and at most {MOST_DAYS} days later"),
        ));
    }
    let mut tx = ctx.read().await?;
    Ok(store::between(&mut tx, account, from, to, MOST_ENTRIES).await?)
}
