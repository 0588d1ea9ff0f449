//! Use cases of bounces and complaints.

use std::collections::BTreeMap;
use std::time::Duration;

use audience::SubscriberId;
use audience::subscribers::{Cause, Change, change_status_in};
use ctx::{Ctx, Purpose};
use db::{Tx, WriteTx};
use events::NewEvent;
use kernel::{AccountId, Error, Result, fold};
use mail::{About, Delivery, Report};
use serde_json::json;

use super::guard::pause_if_bad;
use super::model::{BounceClass, Outcome, ReportResult, SOFT_DAYS, SOFT_LIMIT, Said};
use super::store::{self, Reported};
use crate::campaigns::CampaignId;
use crate::delivery::plan::REFERENCE_HEADER;
use crate::messages::store::Totals;
use crate::messages::{Kind, MessageId, State, total};
use crate::tracking::token::Token;

/// A message that a relay refused, and what that says of the address.
pub(crate) struct Refused<'a> {
    pub(crate) account: AccountId,
    pub(crate) message: MessageId,
    pub(crate) kind: Kind,
    pub(crate) campaign: i64,
    pub(crate) subscriber: SubscriberId,
    pub(crate) address: &'a str,
    pub(crate) class: BounceClass,
}

/// Bounces while messages are handed over, in the transaction that writes how they ended. Counts them too.
pub(crate) async fn record_refused(
    ctx: &Ctx,
    tx: &mut WriteTx,
    refused: &[Refused<'_>],
    totals: &mut Totals,
) -> Result<()> {
    let now = ctx.clock.now();
    let mut by_account: BTreeMap<AccountId, Vec<&Refused<'_>>> = BTreeMap::new();
    for one in refused {
        by_account.entry(one.account).or_default().push(one);
    }
    for (account, all) in by_account {
        let mut by_class: BTreeMap<BounceClass, Vec<MessageId>> = BTreeMap::new();
        for one in &all {
            by_class.entry(one.class).or_default().push(one.message);
            if one.kind == Kind::Campaign {
                totals.add(account, one.campaign, one.class.total(), 1);
            }
        }
        for (class, ids) in by_class {
            store::set_bounced(tx, account, &ids, class, now).await?;
        }
        let bounced: Vec<Bounced<'_>> = all
            .iter()
            .filter(|one| one.kind != Kind::Test)
            .map(|one| Bounced {
                subscriber: one.subscriber,
                address: one.address,
                class: one.class,
            })
            .collect();
        keep_out(ctx, tx, account, &bounced).await?;
    }
    Ok(())
}

/// Whom a bounce is about.
struct Bounced<'a> {
    subscriber: SubscriberId,
    address: &'a str,
    class: BounceClass,
}

/// What follows for the recipients.
async fn keep_out(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    bounced: &[Bounced<'_>],
) -> Result<()> {
    let people = |class| {
        let mut people: Vec<SubscriberId> = bounced
            .iter()
            .filter(|one| one.class == class && one.subscriber.get() != 0)
            .map(|one| one.subscriber)
            .collect();
        people.sort_unstable();
        people.dedup();
        people
    };
    let soft = people(BounceClass::Soft);
    let mut too_often = Vec::new();
    if !soft.is_empty() {
        let since = ctx.clock.now() - Duration::from_hours(24) * SOFT_DAYS as u32;
        let counts = store::soft_bounces(tx, account, &soft, since).await?;
        too_often.extend(
            counts
                .into_iter()
                .filter(|(_, n)| *n >= SOFT_LIMIT)
                .map(|(id, _)| id),
        );
    }
    for (people, reason) in [
        (people(BounceClass::Hard), "hard_bounce"),
        (too_often, "soft_bounces"),
    ] {
        if !people.is_empty() {
            let cause = Cause {
                reason,
                actor: "system",
                campaign: None,
            };
            change_status_in(ctx, tx, account, &people, Change::Bounce, cause).await?;
        }
    }
    // Who is no subscriber has no status, so the address is kept out.
    let strangers: Vec<(&str, &str)> = bounced
        .iter()
        .filter(|one| one.class == BounceClass::Hard && one.subscriber.get() == 0)
        .map(|one| (one.address, "bounced"))
        .collect();
    if !strangers.is_empty() {
        audience::suppressions::insert_in(ctx, tx, account, &strangers).await?;
    }
    Ok(())
}

/// Takes a report as it came by mail; what came of it, recipient by recipient.
pub async fn take_report(ctx: &Ctx, account: AccountId, raw: &[u8]) -> Result<Vec<ReportResult>> {
    let report = mail::read_report(raw, REFERENCE_HEADER).ok_or_else(|| {
        Error::invalid(
            "body",
            "invalid",
            "this is no report that can be read: send the whole message as it came, with its headers, of the type \
             multipart/report (RFC 3464 or RFC 5965)",
        )
    })?;
    let at = ctx.clock.now();
    let mut results = Vec::new();
    match report {
        Report::Delivery { recipients, about } => {
            for one in recipients {
                results.push(delivery(ctx, account, &about, one, at).await?);
            }
        }
        Report::Feedback {
            kind,
            recipients,
            about,
        } => {
            let result = feedback(ctx, account, &about, &kind, &recipients, at).await?;
            results.push(result);
        }
    }
    Ok(results)
}

async fn delivery(
    ctx: &Ctx,
    account: AccountId,
    about: &About,
    one: Delivery,
    at: kernel::Timestamp,
) -> Result<ReportResult> {
    if one.action != "failed" {
        return Ok(ReportResult::of(Outcome::Ignored));
    }
    let mut tx = ctx.write().await?;
    let to = [Some(&one.recipient), one.original_recipient.as_ref()];
    let to: Vec<&str> = to.into_iter().flatten().map(String::as_str).collect();
    let Some(message) = find(ctx, &mut tx, account, about, &to).await? else {
        return Ok(ReportResult::of(Outcome::Unknown));
    };
    let words = one.diagnostic.unwrap_or_default();
    let class = BounceClass::of(smtp_code(&words), one.status, &words);
    let said = Said {
        at,
        text: Some(words).filter(|words| !words.is_empty()),
    };
    let new = bounce(ctx, &mut tx, account, &message, class, &said).await?;
    tx.commit().await?;
    if new && message.kind == Kind::Campaign {
        pause_if_bad(ctx, account, CampaignId::from(message.source)).await?;
    }
    Ok(ReportResult {
        outcome: if new {
            Outcome::Bounced
        } else {
            Outcome::Known
        },
        message_id: Some(message.id),
        class: Some(class),
    })
}

/// The code that a server's words begin with, 0 if there is none.
fn smtp_code(words: &str) -> u16 {
    let code = words.split([' ', '-']).next().unwrap_or_default();
    code.parse()
        .ok()
        .filter(|code| (400..600).contains(code))
        .unwrap_or(0)
}

/// The message that a report is about, if it is one of this account's and the report proves it.
async fn find(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    about: &About,
    to: &[&str],
) -> Result<Option<Reported>> {
    let key = ctx.secrets.account_key(Purpose::Return, account);
    let signed = about.reference.as_deref().and_then(Token::parse);
    if let Some(token) = signed.filter(|token| token.is_signed_with(&key)) {
        return Ok(store::find(tx, account, token.message()).await?);
    }
    // Anybody can write a Message-ID. Who also knows where that message went has seen it, or has sent it.
    let Some((id, source)) = about.message_id.as_deref().and_then(own_id) else {
        return Ok(None);
    };
    let found = store::find(tx, account, id).await?;
    Ok(found.filter(|message| {
        let address = fold(&message.address);
        message.source == source && to.iter().any(|to| fold(to) == address)
    }))
}

/// The message and its source of a Message-ID of ours.
fn own_id(text: &str) -> Option<(MessageId, i64)> {
    let (left, _) = text.split_once('@')?;
    let (id, source) = left.split_once('.')?;
    Some((
        MessageId::from(id.parse::<i64>().ok()?),
        source.parse().ok()?,
    ))
}

async fn bounce(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    message: &Reported,
    class: BounceClass,
    said: &Said,
) -> Result<bool> {
    if store::set_bounced(tx, account, &[message.id], class, said.at).await? == 0 {
        return Ok(false);
    }
    if let Some(text) = &said.text {
        store::set_detail(tx, account, message.id, text).await?;
    }
    if message.kind == Kind::Campaign {
        let mut totals = Totals::default();
        totals.add(account, message.source, class.total(), 1);
        if message.state == State::Sent {
            totals.add(account, message.source, total::RETURNED, 1);
        }
        totals.write(tx, said.at).await?;
    }
    let mut body = json!({ "message_id": message.id, "class": class });
    if let Some(text) = &said.text {
        body["text"] = json!(text);
    }
    record(
        ctx,
        tx,
        account,
        message,
        events::kind::MESSAGE_BOUNCED,
        body,
    )
    .await?;
    if message.kind != Kind::Test {
        let bounced = Bounced {
            subscriber: message.subscriber,
            address: &message.address,
            class,
        };
        keep_out(ctx, tx, account, &[bounced]).await?;
    }
    Ok(true)
}

async fn feedback(
    ctx: &Ctx,
    account: AccountId,
    about: &About,
    kind: &str,
    recipients: &[String],
    at: kernel::Timestamp,
) -> Result<ReportResult> {
    if kind == "not-spam" {
        return Ok(ReportResult::of(Outcome::Ignored));
    }
    let mut tx = ctx.write().await?;
    let to: Vec<&str> = recipients.iter().map(String::as_str).collect();
    let Some(message) = find(ctx, &mut tx, account, about, &to).await? else {
        return Ok(ReportResult::of(Outcome::Unknown));
    };
    let result = |outcome| ReportResult {
        outcome,
        message_id: Some(message.id),
        class: None,
    };
    if !store::set_complained(&mut tx, account, message.id, at).await? {
        return Ok(result(Outcome::Known));
    }
    if message.kind == Kind::Campaign {
        let mut totals = Totals::default();
        totals.add(account, message.source, total::COMPLAINTS, 1);
        totals.write(&mut tx, at).await?;
    }
    let body = json!({ "message_id": message.id, "text": kind });
    let event = events::kind::MESSAGE_COMPLAINED;
    record(ctx, &mut tx, account, &message, event, body).await?;
    if message.kind != Kind::Test {
        if message.subscriber.get() != 0 {
            let cause = Cause {
                reason: "complaint",
                actor: "system",
                campaign: (message.kind == Kind::Campaign).then_some(message.source),
            };
            let people = [message.subscriber];
            change_status_in(ctx, &mut tx, account, &people, Change::Complain, cause).await?;
        }
        // The address too, whoever has it now.
        let address = [(message.address.as_str(), "complaint")];
        audience::suppressions::insert_in(ctx, &mut tx, account, &address).await?;
    }
    tx.commit().await?;
    if message.kind == Kind::Campaign {
        pause_if_bad(ctx, account, CampaignId::from(message.source)).await?;
    }
    Ok(result(Outcome::Complained))
}

async fn record(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    message: &Reported,
    kind: &'static str,
    mut body: serde_json::Value,
) -> Result<()> {
    let transactional = message.kind == Kind::Transactional;
    if transactional {
        body["transactional"] = json!(true);
    }
    let event = NewEvent {
        kind,
        subscriber: Some(message.subscriber.get()).filter(|id| *id != 0),
        subject: Some(if transactional {
            message.id.get()
        } else {
            message.source
        }),
        at: None,
        body,
    };
    match message.kind {
        Kind::Test => Ok(()),
        Kind::Campaign => Ok(events::record(ctx, tx, account, &[event]).await?),
        Kind::Transactional => crate::transactional::record(ctx, tx, account, &[event]).await,
    }
}
