//! SQL of the lists of a report: who got it, and who left.

use std::collections::HashSet;

use db::{Result, Tx, in_list};
use kernel::{AccountId, Cursor, Limit};

use crate::campaigns::CampaignId;
use crate::messages::{MessageId, State};
use crate::reports::model::{Activity, Leaver, Recipient, Who};

/// In which state. Each has an index that begins with the campaign; together they are read by the unique key.
fn of_state(state: Option<State>) -> &'static str {
    match state {
        Some(State::Queued) => "and m.state = 'queued'",
        Some(State::Leased | State::Wire) => "and m.state in ('leased', 'wire') and m.state = $5",
        Some(_) => {
            "and m.state in ('sent', 'failed', 'skipped', 'cancelled', 'unknown') and m.state = $5"
        }
        None => "",
    }
}

/// Who did what. Those who did something are found by it; those who did not are most, so they are looked through.
fn of_activity(who: Who) -> String {
    const GOT_IT: &str =
        "and m.state in ('sent', 'failed', 'skipped', 'cancelled', 'unknown') and m.state = 'sent'";
    let hits = |kind: &str| {
        // As many as a page has are enough, unless some of them are of no use.
        let enough = if who.state.is_none() { "limit $4" } else { "" };
        format!(
            "and m.id in (select h.message_id from hit h where h.account_id = $1 and h.source_id = $2 \
                and h.kind = '{kind}' and h.is_first = 1 and h.message_id > $3 \
                group by h.message_id order by h.message_id {enough})"
        )
    };
    let no_hits = |kind: &str| {
        format!(
            "{GOT_IT} and not exists (select 1 from hit h where h.account_id = $1 and h.message_id = m.id \
                and h.kind = '{kind}' and h.is_first = 1)"
        )
    };
    match who.activity {
        None => String::new(),
        Some(Activity::Opened) => hits("open"),
        Some(Activity::NotOpened) => no_hits("open"),
        Some(Activity::Clicked) => hits("click"),
        Some(Activity::NotClicked) => no_hits("click"),
        Some(Activity::Unsubscribed) => {
            "and m.id in (select u.message_id from unsubscribe_reason u \
             where u.account_id = $1 and u.campaign_id = $2)"
                .to_owned()
        }
        Some(Activity::Bounced) => "and m.bounced_at is not null".to_owned(),
        Some(Activity::Complained) => "and m.complained_at is not null".to_owned(),
    }
}

/// Messages of a campaign in the order of their ids.
pub(in crate::reports) async fn recipients(
    tx: &mut Tx,
    account: AccountId,
    campaign: CampaignId,
    who: Who,
    after: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Recipient>> {
    let (state, activity) = (of_state(who.state), of_activity(who));
    let mut query = tx
        .query(format!(
            "select m.id as id, m.subscriber_id as subscriber_id, m.address as address, m.state as state, \
                m.attempts as attempts, m.sent_at as sent_at, m.detail as detail, m.bounced_at as bounced_at, \
                m.bounce_class as bounce_class, m.complained_at as complained_at \
             from message m where m.account_id = $1 and m.source_id = $2 and m.kind = 'campaign' \
                and m.id > $3 {state} {activity} order by m.id limit $4"
        ))
        .bind(account)
        .bind(campaign)
        .bind(after.map_or(0, |cursor| cursor.id))
        .bind(limit.plus_one());
    if let Some(state) = who.state.filter(|state| *state != State::Queued) {
        query = query.bind(state.as_str());
    }
    let rows = query.fetch_all().await?;
    let mut recipients = Vec::with_capacity(rows.len());
    for row in &rows {
        recipients.push(Recipient {
            message_id: row.get("id")?,
            subscriber_id: row.get("subscriber_id")?,
            address: row.get("address")?,
            state: State::from_stored(&row.get::<String>("state")?),
            attempts: row.get("attempts")?,
            sent_at: row.get("sent_at")?,
            detail: row.get("detail")?,
            opened: false,
            clicked: false,
            unsubscribed: false,
            bounced_at: row.get("bounced_at")?,
            bounce: row.get("bounce_class")?,
            complained_at: row.get("complained_at")?,
        });
    }
    add_activity(tx, account, &mut recipients).await?;
    Ok(recipients)
}

async fn add_activity(tx: &mut Tx, account: AccountId, recipients: &mut [Recipient]) -> Result<()> {
    let mut opened: HashSet<MessageId> = HashSet::new();
    let mut clicked: HashSet<MessageId> = HashSet::new();
    let mut left: HashSet<MessageId> = HashSet::new();
    for chunk in recipients.chunks(512) {
        let ids = || chunk.iter().map(|recipient| recipient.message_id);
        let rows = tx
            .query(format!(
                "select distinct message_id, kind from hit \
                 where account_id = $1 and message_id in {} and is_first = 1",
                in_list(2, chunk.len())
            ))
            .bind(account)
            .bind_list(ids())
            .fetch_all()
            .await?;
        for row in &rows {
            let set = if row.get::<String>("kind")? == "open" {
                &mut opened
            } else {
                &mut clicked
            };
            set.insert(row.get("message_id")?);
        }
        let rows = tx
            .query(format!(
                "select message_id from unsubscribe_reason where account_id = $1 and message_id in {}",
                in_list(2, chunk.len())
            ))
            .bind(account)
            .bind_list(ids())
            .fetch_all()
            .await?;
        for row in &rows {
            left.insert(row.get("message_id")?);
        }
    }
    for recipient in recipients {
        recipient.opened = opened.contains(&recipient.message_id);
        recipient.clicked = clicked.contains(&recipient.message_id);
        recipient.unsubscribed = left.contains(&recipient.message_id);
    }
    Ok(())
}

/// Who left through a campaign, in the order of their messages.
pub(in crate::reports) async fn leavers(
    tx: &mut Tx,
    account: AccountId,
    campaign: CampaignId,
    after: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Leaver>> {
    tx.query(
        "select message_id, subscriber_id, reason, comment, at from unsubscribe_reason \
         where account_id = $1 and campaign_id = $2 and message_id > $3 order by message_id limit $4",
    )
    .bind(account)
    .bind(campaign)
    .bind(after.map_or(0, |cursor| cursor.id))
    .bind(limit.plus_one())
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(Leaver {
            message_id: row.get("message_id")?,
            subscriber_id: row.get("subscriber_id")?,
            reason: row.get("reason")?,
            comment: row.get("comment")?,
            at: row.get("at")?,
        })
    })
    .collect()
}
