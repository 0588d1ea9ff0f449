//! Looking at a campaign.

use ctx::Ctx;
use kernel::{AccountId, Error, Result};

use super::model::{Checklist, Item, Level};
use super::{links, mail, people};
use crate::campaigns::{self, CampaignId};
use crate::dkim;

/// Looks at a campaign; at its links, and at the keys of its sender in DNS, only if asked to, since that takes a while.
pub async fn check(
    ctx: &Ctx,
    account: AccountId,
    id: CampaignId,
    ask_links: bool,
) -> Result<Checklist> {
    let keys = dkim::list(ctx, account).await?;
    let mut tx = ctx.read().await?;
    let campaign = campaigns::store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))?;
    let owner = identity::accounts::get(&mut tx, account).await?;
    let mut items = Vec::new();
    let mut mails = mail::read(ctx, &mut tx, &campaign).await?;
    people::look(ctx, &mut tx, &campaign, &mut mails, &mut items).await?;
    // Nothing slow happens while a transaction is open.
    drop(tx);
    let of_mails: Vec<_> = mails
        .iter_mut()
        .map(|mail| mail.look(&owner, &keys))
        .collect();
    if ask_links {
        let (found, unknown) = tokio::join!(
            links::check(ctx, account, &of_mails),
            mail::look_up_keys(&*ctx.texts, &keys, &mails)
        );
        for (mail, found) in mails.iter_mut().zip(found) {
            mail.items.extend(found);
            mail.tell_keys(&unknown);
        }
    }
    items.extend(gather(mails));
    Ok(Checklist::of(items))
}

/// All that was found in the mails, with the variant. What is fine in all of them alike is told once.
fn gather(mails: Vec<mail::Mail>) -> Vec<Item> {
    let alike: Vec<Item> = match &*mails {
        [first, others @ ..] => first
            .items
            .iter()
            .filter(|item| item.level == Level::Ok)
            .filter(|item| others.iter().all(|mail| mail.items.contains(item)))
            .cloned()
            .collect(),
        [] => Vec::new(),
    };
    let mut items = Vec::new();
    for mail in mails {
        let own = mail.items.into_iter().filter(|item| !alike.contains(item));
        items.extend(own.map(|item| Item {
            variant: mail.variant,
            ..item
        }));
    }
    items.extend(alike);
    items
}
