//! SQL of reports.

use std::collections::{BTreeMap, HashSet};

use db::{Result, Tx, in_list};
use kernel::{AccountId, Cursor, Limit, Timestamp};

use super::model::{LinkReport, Recipient, SeriesPoint};
use crate::campaigns::{CampaignId, RevisionId};
use crate::messages::{MessageId, State, total};

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

/// Every link of the content, clicked or not.
pub(super) async fn links(
    tx: &mut Tx,
    account: AccountId,
    campaign: CampaignId,
    revision: RevisionId,
) -> Result<Vec<LinkReport>> {
    tx.query(
        "select l.number as number, l.url as url, coalesce(c.clicks, 0) as clicks, \
            coalesce(c.unique_clicks, 0) as unique_clicks, coalesce(c.machine_clicks, 0) as machine_clicks \
         from link l left join campaign_link c \
            on c.account_id = l.account_id and c.campaign_id = $2 and c.link_number = l.number \
         where l.account_id = $1 and l.revision_id = $3 order by l.number",
    )
    .bind(account)
    .bind(campaign)
    .bind(revision)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(LinkReport {
            number: row.get("number")?,
            url: row.get("url")?,
            clicks: row.get("clicks")?,
            unique_clicks: row.get("unique_clicks")?,
            machine_clicks: row.get("machine_clicks")?,
        })
    })
    .collect()
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
            total::UNIQUE_OPENS => point.unique_opens += n,
            total::UNIQUE_CLICKS => point.unique_clicks += n,
            total::UNSUBSCRIBED => point.unsubscribed += n,
            _ => {}
        }
    }
    Ok(points)
}

/// Messages of a campaign in the order of their ids, optionally in one state.
pub(super) async fn recipients(
    tx: &mut Tx,
    account: AccountId,
    campaign: CampaignId,
    state: Option<State>,
    after: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Recipient>> {
    // Each state has an index that begins with the campaign; together they are read by the unique key.
    let filter = match state {
        Some(State::Queued) => "and m.state = 'queued'",
        Some(State::Leased | State::Wire) => "and m.state in ('leased', 'wire') and m.state = $5",
        Some(_) => {
            "and m.state in ('sent', 'failed', 'skipped', 'cancelled', 'unknown') and m.state = $5"
        }
        None => "",
    };
    let mut query = tx
        .query(format!(
            "select m.id as id, m.subscriber_id as subscriber_id, m.address as address, m.state as state, \
                m.attempts as attempts, m.sent_at as sent_at, m.detail as detail \
             from message m where m.account_id = $1 and m.source_id = $2 and m.kind = 'campaign' \
                and m.id > $3 {filter} order by m.id limit $4"
        ))
        .bind(account)
        .bind(campaign)
        .bind(after.map_or(0, |cursor| cursor.id))
        .bind(limit.plus_one());
    if let Some(state) = state.filter(|state| *state != State::Queued) {
        query = query.bind(state.as_str());
    }
    let rows = query.fetch_all().await?;
    let mut recipients = Vec::with_capacity(rows.len());
    for row in &rows {
        recipients.push(Recipient {
            message_id: row.get("id")?,
            subscriber_id: row.get("subscriber_id")?,
            address: row.get("address")?,
            state: state_from_stored(&row.get::<String>("state")?),
            attempts: row.get("attempts")?,
            sent_at: row.get("sent_at")?,
            detail: row.get("detail")?,
            opened: false,
            clicked: false,
        });
    }
    add_activity(tx, account, &mut recipients).await?;
    Ok(recipients)
}

async fn add_activity(tx: &mut Tx, account: AccountId, recipients: &mut [Recipient]) -> Result<()> {
    let mut opened: HashSet<MessageId> = HashSet::new();
    let mut clicked: HashSet<MessageId> = HashSet::new();
    for chunk in recipients.chunks(512) {
        let rows = tx
            .query(format!(
                "select distinct message_id, kind from hit \
                 where account_id = $1 and message_id in {} and class = 'human'",
                in_list(2, chunk.len())
            ))
            .bind(account)
            .bind_list(chunk.iter().map(|recipient| recipient.message_id))
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
    }
    for recipient in recipients {
        recipient.opened = opened.contains(&recipient.message_id);
        recipient.clicked = clicked.contains(&recipient.message_id);
    }
    Ok(())
}

fn state_from_stored(text: &str) -> State {
    [
        State::Queued,
        State::Leased,
        State::Wire,
        State::Sent,
        State::Failed,
        State::Skipped,
        State::Cancelled,
    ]
    .into_iter()
    .find(|state| state.as_str() == text)
    .unwrap_or(State::Unknown)
}
