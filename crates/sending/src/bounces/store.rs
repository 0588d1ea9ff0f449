//! SQL of bounces and complaints.

use std::collections::BTreeMap;

use audience::SubscriberId;
use db::{Result, Tx, in_list};
use kernel::{AccountId, IdGenerator, Timestamp};

use super::model::BounceClass;
use crate::campaigns::CampaignId;
use crate::messages::{Kind, MessageId, State};

/// A message that a report may be about.
#[derive(Clone, Debug)]
pub(super) struct Reported {
    pub(super) id: MessageId,
    pub(super) kind: Kind,
    pub(super) source: i64,
    pub(super) subscriber: SubscriberId,
    pub(super) address: String,
    pub(super) state: State,
}

pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: MessageId,
) -> Result<Option<Reported>> {
    tx.query(
        "select kind, source_id, subscriber_id, address, state from message \
         where account_id = $1 and id = $2",
    )
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .map(|row| {
        Ok(Reported {
            id,
            kind: Kind::from_stored(&row.get::<String>("kind")?),
            source: row.get("source_id")?,
            subscriber: row.get("subscriber_id")?,
            address: row.get("address")?,
            state: State::from_stored(&row.get::<String>("state")?),
        })
    })
    .transpose()
}

/// Marks messages as bounced; those that were not yet.
pub(super) async fn set_bounced(
    tx: &mut Tx,
    account: AccountId,
    ids: &[MessageId],
    class: BounceClass,
    at: Timestamp,
) -> Result<u64> {
    let mut affected = 0;
    for chunk in ids.chunks(256) {
        affected += tx
            .query(format!(
                "update message set bounced_at = $2, bounce_class = $3 \
                 where account_id = $1 and bounced_at is null and id in {}",
                in_list(4, chunk.len())
            ))
            .bind(account)
            .bind(at)
            .bind(class.as_str())
            .bind_list(chunk.iter().copied())
            .execute()
            .await?;
    }
    Ok(affected)
}

/// What a report says, in the place of the words with which a relay had taken it.
pub(super) async fn set_detail(
    tx: &mut Tx,
    account: AccountId,
    id: MessageId,
    text: &str,
) -> Result<()> {
    tx.query("update message set detail = $3 where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .bind(text)
        .execute()
        .await?;
    Ok(())
}

/// Marks a message as complained about, unless it is.
pub(super) async fn set_complained(
    tx: &mut Tx,
    account: AccountId,
    id: MessageId,
    at: Timestamp,
) -> Result<bool> {
    let affected = tx
        .query(
            "update message set complained_at = $3 \
             where account_id = $1 and id = $2 and complained_at is null",
        )
        .bind(account)
        .bind(id)
        .bind(at)
        .execute()
        .await?;
    Ok(affected == 1)
}

/// How often messages to these people bounced softly, of those that were made since a time.
pub(super) async fn soft_bounces(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
    since: Timestamp,
) -> Result<BTreeMap<SubscriberId, i64>> {
    let first = MessageId::from(IdGenerator::earliest_at(since));
    let mut counts = BTreeMap::new();
    for chunk in people.chunks(256) {
        let rows = tx
            .query(format!(
                "select subscriber_id, count(*) as n from message \
                 where account_id = $1 and id >= $2 and bounce_class = 'soft' and subscriber_id in {} \
                 group by subscriber_id",
                in_list(3, chunk.len())
            ))
            .bind(account)
            .bind(first)
            .bind_list(chunk.iter().copied())
            .fetch_all()
            .await?;
        for row in &rows {
            counts.insert(row.get("subscriber_id")?, row.get("n")?);
        }
    }
    Ok(counts)
}

/// Whether a campaign has paused by itself before.
pub(super) async fn has_guard(tx: &mut Tx, account: AccountId, id: CampaignId) -> Result<bool> {
    let row = tx
        .query("select 1 as one from campaign_guard where account_id = $1 and campaign_id = $2")
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// Remembers that it does; `false` if it had.
pub(super) async fn set_guard(
    tx: &mut Tx,
    account: AccountId,
    id: CampaignId,
    at: Timestamp,
) -> Result<bool> {
    let affected = tx
        .query(
            "insert into campaign_guard (account_id, campaign_id, paused_at) values ($1, $2, $3) \
             on conflict (account_id, campaign_id) do nothing",
        )
        .bind(account)
        .bind(id)
        .bind(at)
        .execute()
        .await?;
    Ok(affected == 1)
}
