//! Use cases of automated mail. Whoever composes them has the transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use content::{CompileOptions, Compiled};
use ctx::Ctx;
use db::{LockClass, Topic, Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, Result};

use super::model::{HeldLane, Letter, Prepared, Wanted};
use super::store::{self, Lane};
use crate::campaigns::{CampaignState, RevisionId, store as campaigns};
use crate::messages::{MessageId, State, store::Totals, total};
use crate::senders::SenderId;
use crate::templates::{self, TemplateId};

/// Makes letters ready, or says in a sentence why one cannot be sent.
pub async fn prepare_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    wanted: &BTreeSet<Wanted>,
) -> Result<HashMap<Wanted, Result<Prepared, String>>> {
    let mut all = HashMap::with_capacity(wanted.len());
    for one in wanted {
        let prepared = prepare(ctx, tx, account, one).await?;
        all.insert(one.clone(), prepared);
    }
    Ok(all)
}

async fn prepare(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    wanted: &Wanted,
) -> Result<Result<Prepared, String>> {
    let Some(template) = templates::find_in(tx, account, wanted.template).await? else {
        return Ok(Err(format!(
            "there is no template {} any more",
            wanted.template
        )));
    };
    let revision = wanted.revision.unwrap_or(template.revision);
    let content = match content(ctx, tx, account, revision, wanted).await? {
        Ok(content) => content,
        Err(why) => return Ok(Err(why)),
    };
    let (sender_name, sender_email, reply_to) = if let Some(id) = wanted.sender {
        match crate::senders::store::find(tx, account, id).await? {
            Some(sender) => (sender.name, sender.email, sender.reply_to),
            None => return Ok(Err(format!("there is no sender {id} any more"))),
        }
    } else {
        let owner = identity::accounts::get(tx, account).await?;
        let Some(email) = owner.sender_email else {
            return Ok(Err(
                "nobody is set as the sender: choose one, or set that of the account".to_owned(),
            ));
        };
        (
            owner.sender_name.unwrap_or_default(),
            email.as_str().to_owned(),
            owner.reply_to.map(|address| address.as_str().to_owned()),
        )
    };
    let mut prepared = Prepared {
        content,
        lane: None,
        sender_name,
        sender_email,
        reply_to,
    };
    if !wanted.transactional {
        prepared.lane = Some(lane(ctx, tx, account, wanted.sender, &prepared).await?);
    }
    Ok(Ok(prepared))
}

/// The copy of what the template says.
async fn content(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    revision: RevisionId,
    wanted: &Wanted,
) -> Result<Result<RevisionId, String>> {
    let subject = wanted.subject.as_deref().unwrap_or_default();
    let footer = !wanted.transactional;
    if let Some(known) = store::find_content(tx, account, revision, subject, footer).await? {
        return Ok(Ok(known));
    }
    let Some(mut document) = campaigns::find_revision(tx, account, revision).await? else {
        return Ok(Err(format!(
            "there is no revision {revision} of the template any more"
        )));
    };
    if !subject.is_empty() {
        subject.clone_into(&mut document.subject);
    }
    let options = if footer {
        CompileOptions::default()
    } else {
        CompileOptions { footer: false }
    };
    let compiled = match Compiled::compile(&document, options) {
        Ok(compiled) => compiled,
        Err(faults) => {
            let why = faults.first().map_or_else(
                || "does not compile".to_owned(),
                |fault| fault.message.clone(),
            );
            return Ok(Err(format!("the content has a fault: {why}")));
        }
    };
    let id: RevisionId = ctx.ids.next();
    // Somebody else may copy the same at this moment; then theirs counts.
    if !store::insert_content(tx, account, revision, subject, footer, id).await? {
        return store::find_content(tx, account, revision, subject, footer)
            .await?
            .map(Ok)
            .ok_or_else(|| Error::not_found("content of the template", wanted.template));
    }
    let by = Actor::system();
    campaigns::insert_revision(
        tx,
        account,
        id,
        &document,
        compiled.links(),
        by.as_str(),
        ctx.clock.now(),
    )
    .await?;
    Ok(Ok(id))
}

/// The lane of a sender, with the addresses that the sender has now.
async fn lane(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    sender: Option<SenderId>,
    prepared: &Prepared,
) -> Result<crate::campaigns::CampaignId> {
    let key = sender.map_or(0, SenderId::get);
    let now = ctx.clock.now();
    if store::find_lane(tx, account, key).await?.is_none() {
        let new = Lane {
            id: ctx.ids.next(),
            sender_name: prepared.sender_name.clone(),
            sender_email: prepared.sender_email.clone(),
            reply_to: prepared.reply_to.clone(),
        };
        store::insert_lane(tx, account, key, sender, &new, now).await?;
    }
    let lane = store::find_lane(tx, account, key)
        .await?
        .ok_or_else(|| Error::not_found("campaign", "of automations"))?;
    if (&lane.sender_name, &lane.sender_email, &lane.reply_to)
        != (
            &prepared.sender_name,
            &prepared.sender_email,
            &prepared.reply_to,
        )
    {
        tx.lock(LockClass::Campaign, lane.id.get()).await?;
        if let Some(mut campaign) = campaigns::find(tx, account, lane.id).await? {
            campaign.sender_name.clone_from(&prepared.sender_name);
            campaign.sender_email.clone_from(&prepared.sender_email);
            campaign.reply_to.clone_from(&prepared.reply_to);
            campaigns::update(tx, &mut campaign, now).await?;
        }
    }
    Ok(lane.id)
}

/// Queues letters, in a number of statements that does not depend on how many they are.
pub async fn queue_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    letters: &[Letter<'_>],
) -> Result<()> {
    if letters.is_empty() {
        return Ok(());
    }
    let now = ctx.clock.now();
    store::insert_letters(tx, account, letters, now).await?;
    let mut totals = Totals::default();
    let mut by_lane: BTreeMap<i64, i64> = BTreeMap::new();
    for lane in letters.iter().filter_map(|letter| letter.prepared.lane) {
        *by_lane.entry(lane.get()).or_default() += 1;
    }
    for (lane, n) in by_lane {
        totals.add(account, lane, total::RECIPIENTS, n);
    }
    totals.write(tx, now).await?;
    tx.nudge(Topic::Messages);
    Ok(())
}

/// Takes letters back that nobody wants any more, and says how many. Those that are on the wire, or at an end, stay as they
/// are. A node that holds one in memory is told when it asks to put it on the wire.
pub async fn cancel_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    ids: &[MessageId],
    why: &str,
) -> Result<usize> {
    let cancelled = store::cancel(tx, account, ids, why).await?;
    let mut totals = Totals::default();
    for lane in cancelled.iter().flatten() {
        totals.add(account, lane.get(), total::CANCELLED, 1);
    }
    totals.write(tx, ctx.clock.now()).await?;
    Ok(cancelled.len())
}

/// Of these messages, those that are at an end, with what the relay or we said if they were not sent.
pub async fn results_in(
    tx: &mut Tx,
    account: AccountId,
    ids: &[MessageId],
) -> Result<HashMap<MessageId, Result<(), String>>> {
    let rows = store::states(tx, account, ids).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, state, detail)| {
            let result = match state {
                // Whether it arrived nobody knows; a second copy would be worse.
                State::Sent | State::Unknown => Ok(()),
                State::Failed | State::Skipped | State::Cancelled => {
                    Err(detail.unwrap_or_else(|| format!("the message is {}", state.as_str())))
                }
                State::Queued | State::Leased | State::Wire => return None,
            };
            Some((id, result))
        })
        .collect())
}

/// The addresses of links, by their ids in events of clicks.
pub async fn urls_in(
    tx: &mut Tx,
    account: AccountId,
    targets: &[i64],
) -> Result<HashMap<i64, String>> {
    Ok(store::urls(tx, account, targets).await?)
}

/// Which of these templates and senders exist.
pub async fn exists_in(
    tx: &mut Tx,
    account: AccountId,
    templates: &[i64],
    senders: &[i64],
) -> Result<(BTreeSet<i64>, BTreeSet<i64>)> {
    let mut there = (BTreeSet::new(), BTreeSet::new());
    for id in templates {
        if (templates::find_in(tx, account, TemplateId::from(*id)).await?).is_some() {
            there.0.insert(*id);
        }
    }
    for id in senders {
        if (crate::senders::store::find(tx, account, SenderId::from(*id)).await?).is_some() {
            there.1.insert(*id);
        }
    }
    Ok(there)
}

/// Whose letters wait.
pub async fn held(tx: &mut Tx, account: AccountId) -> Result<Vec<HeldLane>> {
    let mut held = Vec::new();
    for id in store::lanes(tx, account).await? {
        let Some(campaign) = campaigns::find(tx, account, id).await? else {
            continue;
        };
        if campaign.state != CampaignState::Sending {
            held.push(HeldLane {
                campaign_id: id,
                sender_email: campaign.sender_email,
                reason: campaign.pause_reason,
            });
        }
    }
    Ok(held)
}

/// What merge fields know of somebody, as in a mail to them.
pub async fn values_in(
    tx: &mut Tx,
    account: AccountId,
    person: &audience::subscribers::MergeValues,
) -> Result<content::Values> {
    let owner = identity::accounts::get(tx, account).await?;
    let around = crate::delivery::merge::surroundings(&owner, "");
    Ok(crate::delivery::merge::values(person, &around))
}
