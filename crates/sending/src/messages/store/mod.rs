//! SQL of messages and their roll-ups.

pub(super) mod merged;
mod postgres;
pub(crate) mod shown;
mod sqlite;

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use db::{Engine, Insert, Result, Tx, in_list};
use kernel::{AccountId, Timestamp, ToValue as _, Value};

use crate::campaigns::{CampaignId, RevisionId};

use super::model::{Claimed, Finish, Finished, Held, Kind, MessageId, State, total};

/// Whose messages are claimed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queue {
    pub(crate) account: AccountId,
    pub(crate) kind: Kind,
    pub(crate) source: i64,
    /// The content they get, if it is another one by now: what has not been sent may have been edited.
    pub(crate) revision: Option<RevisionId>,
}

/// Takes up to `limit` due messages of one campaign (or its tests) for the node `epoch`.
pub(crate) async fn claim(
    tx: &mut Tx,
    queue: Queue,
    epoch: i64,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Claimed>> {
    let Queue {
        account,
        kind,
        source,
        revision,
    } = queue;
    let sql = match tx.engine() {
        Engine::Sqlite => sqlite::CLAIM,
        Engine::Postgres => postgres::CLAIM,
    };
    let rows = tx
        .query(sql)
        .bind(account)
        .bind(source)
        .bind(kind.as_str())
        .bind(now)
        .bind(limit as i64)
        .bind(epoch)
        .bind(revision)
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Claimed {
                held: Held {
                    account,
                    id: row.get("id")?,
                    kind,
                    source,
                    subscriber: row.get("subscriber_id")?,
                    variant: row.get("variant")?,
                },
                revision: row.get("revision_id")?,
                address: row.get("address")?,
                attempts: row.get("attempts")?,
                first_queued_at: row.get("first_queued_at")?,
            })
        })
        .collect()
}

/// The state of a message, in words that no index has, for statements that name messages by their ids; `lease_epoch + 0`
/// beside it is the same. Else PostgreSQL takes the index of what is held, which is small to look at and full of rows that
/// were held a moment ago.
const STATE: &str = "coalesce(message.state, '')";

/// Marks messages as handed to a connection, and says which: not those whose lease was lost, whose campaign was paused
/// or cancelled, or whose recipient left since they were claimed.
pub(crate) async fn mark_wire(
    tx: &mut Tx,
    epoch: i64,
    now: Timestamp,
    ids: &[MessageId],
) -> Result<HashSet<MessageId>> {
    let mut marked = HashSet::with_capacity(ids.len());
    for chunk in ids.chunks(512) {
        let sql = mark_wire_sql(chunk.len());
        let rows = tx
            .query(sql)
            .bind(now)
            .bind(epoch)
            .bind_list(chunk.iter().copied())
            .fetch_all()
            .await?;
        for row in &rows {
            marked.insert(row.get("id")?);
        }
    }
    Ok(marked)
}

/// Of a campaign and of a recipient one row each is looked up by its key. As `exists`, PostgreSQL would read everybody
/// who is active for each of these statements, and a campaign would be the slower the more people there are.
fn mark_wire_sql(messages: usize) -> String {
    format!(
        "update message set state = 'wire', wire_at = $1 \
         where id in {} and lease_epoch + 0 = $2 and {STATE} = 'leased' and (kind <> 'campaign' or (\
            (select c.state from campaign c \
             where c.account_id = message.account_id and c.id = message.source_id) = 'sending' \
            and (select s.status from subscriber s \
             where s.account_id = message.account_id and s.id = message.subscriber_id) = 'active')) \
         returning id",
        in_list(3, messages)
    )
}

/// The columns that a finished try sets.
struct Outcome<'a> {
    state: State,
    not_before: Option<Timestamp>,
    tried: bool,
    sent_at: Option<Timestamp>,
    detail: Option<&'a str>,
}

fn outcome(finish: &Finish, now: Timestamp) -> Outcome<'_> {
    let (state, not_before, tried, detail) = match finish {
        Finish::Sent { reply } => (State::Sent, None, true, Some(reply.as_str())),
        Finish::Sandboxed { .. } => (State::Sent, None, true, None),
        Finish::Deferred { until, text } => {
            (State::Queued, Some(*until), true, Some(text.as_str()))
        }
        Finish::Returned { not_before, text } => {
            (State::Queued, Some(*not_before), false, text.as_deref())
        }
        Finish::Failed { text, .. } => (State::Failed, None, true, Some(text.as_str())),
        Finish::Skipped { reason } => (State::Skipped, None, false, Some(*reason)),
        Finish::Unknown { text } => (State::Unknown, None, true, Some(text.as_str())),
    };
    Outcome {
        state,
        not_before,
        tried,
        sent_at: (state == State::Sent).then_some(now),
        detail,
    }
}

/// Writes how tries ended, and says of which messages: those that `epoch` still holds.
pub(crate) async fn finish(
    tx: &mut Tx,
    epoch: i64,
    now: Timestamp,
    finished: &[Finished],
) -> Result<HashSet<MessageId>> {
    write_outcomes(tx, epoch, now, finished, "in ('leased', 'wire')").await
}

/// Corrects messages that were declared `unknown` when this node was only thought dead.
pub(crate) async fn correct_unknown(
    tx: &mut Tx,
    epoch: i64,
    now: Timestamp,
    sent: &[Finished],
) -> Result<HashSet<MessageId>> {
    write_outcomes(tx, epoch, now, sent, "= 'unknown'").await
}

async fn write_outcomes(
    tx: &mut Tx,
    epoch: i64,
    now: Timestamp,
    finished: &[Finished],
    from_state: &'static str,
) -> Result<HashSet<MessageId>> {
    let mut written = HashSet::with_capacity(finished.len());
    for chunk in finished.chunks(256) {
        let width = chunk.len().next_power_of_two();
        let mut values = Vec::with_capacity(width * 6 + 2);
        values.push(epoch.to_value());
        values.push(now.to_value());
        // Padding repeats the last row: an update from equal rows writes the same values.
        let padding = std::iter::repeat_n(&chunk[chunk.len() - 1], width - chunk.len());
        for one in chunk.iter().chain(padding) {
            let outcome = outcome(&one.finish, now);
            values.push(one.held.id.to_value());
            values.push(outcome.state.as_str().to_value());
            values.push(outcome.not_before.to_value());
            values.push(Value::Int(Some(i64::from(outcome.tried))));
            values.push(outcome.sent_at.to_value());
            values.push(outcome.detail.to_value());
        }
        let sql = format!(
            "with v (id, state, not_before, tried, sent_at, detail) as (values {}) \
             update message set state = v.state, \
                not_before = coalesce(v.not_before, message.not_before), \
                attempts = message.attempts + v.tried, \
                first_queued_at = case when v.tried = 1 and message.attempts = 0 then $2 else message.first_queued_at end, \
                sent_at = v.sent_at, \
                detail = coalesce(v.detail, message.detail), \
                lease_epoch = case when v.state = 'unknown' then message.lease_epoch else null end \
             from v where message.id = v.id and message.lease_epoch + 0 = $1 and {STATE} {from_state} \
             returning message.id as id",
            typed_rows(3, width)
        );
        let rows = tx.query(sql).bind_values(values).fetch_all().await?;
        for row in &rows {
            written.insert(row.get("id")?);
        }
    }
    Ok(written)
}

/// `(...), (...)` of the six columns; the casts tell PostgreSQL the types, which it takes from the first row.
fn typed_rows(first: usize, rows: usize) -> String {
    const TYPES: [&str; 6] = ["bigint", "text", "bigint", "bigint", "bigint", "text"];
    let mut sql = String::with_capacity(rows * 40);
    let mut n = first;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for (column, kind) in TYPES.iter().enumerate() {
            if column > 0 {
                sql.push(',');
            }
            let written = if row == 0 {
                write!(sql, "cast(${n} as {kind})")
            } else {
                write!(sql, "${n}")
            };
            written.expect("writing to a String cannot fail");
            n += 1;
        }
        sql.push(')');
    }
    sql
}

/// Mail that stays in the database.
pub(crate) async fn insert_sandboxed(
    tx: &mut Tx,
    rows: &[(i64, &Finished)],
    now: Timestamp,
) -> Result<()> {
    let mut insert = Insert::into(
        "sandbox_message",
        &[
            "account_id",
            "id",
            "message_id",
            "recipient",
            "subject",
            "source",
            "received_at",
        ],
    );
    for (id, one) in rows {
        if let Finish::Sandboxed {
            recipient,
            subject,
            source,
        } = &one.finish
        {
            insert.row(|row| {
                row.bind(one.held.account)
                    .bind(*id)
                    .bind(one.held.id)
                    .bind(recipient)
                    .bind(subject)
                    .bind(source.as_slice())
                    .bind(now);
            });
        }
    }
    insert.execute(tx).await?;
    Ok(())
}

/// Increments per `(account, campaign, name)` and per hour.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    campaigns: BTreeMap<(i64, i64, &'static str), i64>,
    variants: BTreeMap<(i64, i64, i64, &'static str), i64>,
}

impl Totals {
    /// Adds `n` to a roll-up of a campaign.
    pub(crate) fn add(&mut self, account: AccountId, campaign: i64, name: &'static str, n: i64) {
        let key = (account.get(), campaign, name);
        *self.campaigns.entry(key).or_default() += n;
    }

    /// Adds `n` to a roll-up of a variant of an A/B test, if it is one.
    pub(crate) fn add_variant(
        &mut self,
        account: AccountId,
        campaign: i64,
        variant: Option<i64>,
        name: &'static str,
        n: i64,
    ) {
        if let Some(variant) = variant {
            let key = (account.get(), campaign, variant, name);
            *self.variants.entry(key).or_default() += n;
        }
    }

    /// Writes them, in key order: two nodes that touch the same rows then wait for each other instead of deadlocking.
    pub(crate) async fn write(self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        let hour = now.as_micros().div_euclid(3_600_000_000) * 3_600_000_000;
        let mut totals = Insert::into(
            "campaign_total",
            &["account_id", "campaign_id", "name", "n"],
        )
        .on_conflict(
            "on conflict (account_id, campaign_id, name) do update set n = campaign_total.n + excluded.n",
        );
        let mut hours = Insert::into(
            "campaign_hour",
            &["account_id", "campaign_id", "hour", "name", "n"],
        )
        .on_conflict(
            "on conflict (account_id, campaign_id, hour, name) do update set n = campaign_hour.n + excluded.n",
        );
        for ((account, campaign, name), n) in self.campaigns {
            if n == 0 {
                continue;
            }
            totals.row(|row| {
                row.bind(account).bind(campaign).bind(name).bind(n);
            });
            if name != total::RECIPIENTS {
                hours.row(|row| {
                    row.bind(account)
                        .bind(campaign)
                        .bind(hour)
                        .bind(name)
                        .bind(n);
                });
            }
        }
        totals.execute(tx).await?;
        hours.execute(tx).await?;
        let mut variants = Insert::into(
            "variant_total",
            &["account_id", "campaign_id", "variant", "name", "n"],
        )
        .on_conflict(
            "on conflict (account_id, campaign_id, variant, name) do update set n = variant_total.n + excluded.n",
        );
        for ((account, campaign, variant, name), n) in self.variants {
            variants.row(|row| {
                row.bind(account)
                    .bind(campaign)
                    .bind(variant)
                    .bind(name)
                    .bind(n);
            });
        }
        variants.execute(tx).await?;
        Ok(())
    }
}

/// The roll-ups of a campaign's variants: by variant and name.
pub(crate) async fn variant_totals(
    tx: &mut Tx,
    account: AccountId,
    campaign: i64,
) -> Result<BTreeMap<(i64, String), i64>> {
    tx.query(
        "select variant, name, n from variant_total where account_id = $1 and campaign_id = $2",
    )
    .bind(account)
    .bind(campaign)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok(((row.get("variant")?, row.get("name")?), row.get("n")?)))
    .collect()
}

/// The roll-ups of some campaigns, by name.
pub(crate) async fn totals_of(
    tx: &mut Tx,
    account: AccountId,
    campaigns: &[CampaignId],
) -> Result<BTreeMap<CampaignId, BTreeMap<String, i64>>> {
    let mut totals: BTreeMap<CampaignId, BTreeMap<String, i64>> = BTreeMap::new();
    for chunk in campaigns.chunks(256) {
        let rows = tx
            .query(format!(
                "select campaign_id, name, n from campaign_total where account_id = $1 and campaign_id in {}",
                in_list(2, chunk.len())
            ))
            .bind(account)
            .bind_list(chunk.iter().copied())
            .fetch_all()
            .await?;
        for row in &rows {
            totals
                .entry(row.get("campaign_id")?)
                .or_default()
                .insert(row.get("name")?, row.get("n")?);
        }
    }
    Ok(totals)
}

/// How many recipients a campaign has so far.
pub(crate) async fn recipients(tx: &mut Tx, account: AccountId, campaign: i64) -> Result<i64> {
    let row = tx
        .query(
            "select n from campaign_total where account_id = $1 and campaign_id = $2 and name = $3",
        )
        .bind(account)
        .bind(campaign)
        .bind(total::RECIPIENTS)
        .fetch_optional()
        .await?;
    row.map_or(Ok(0), |row| row.get("n"))
}

/// Takes back what dead nodes held: what was only leased is queued again, and so are transactional messages; what else was
/// on the wire is unknown.
///
/// Not from `epoch`, which asks: a node that lost its database for a while knows best what became of its messages, as
/// long as nobody else has taken them.
pub(crate) async fn reclaim(tx: &mut Tx, epoch: i64, now: Timestamp) -> Result<(u64, Vec<Held>)> {
    let queued = tx
        .query(
            "update message set state = 'queued', lease_epoch = null, \
                attempts = case when state = 'wire' then attempts + 1 else attempts end \
             where state in ('leased', 'wire') and (state = 'leased' or kind = 'transactional') \
                and lease_epoch <> $2 and lease_epoch in (select epoch from node where alive_until <= $1)",
        )
        .bind(now)
        .bind(epoch)
        .execute()
        .await?;
    let rows = tx
        .query(
            "update message set state = 'unknown', attempts = attempts + 1, \
                detail = 'the server stopped while this was being handed over' \
             where state in ('leased', 'wire') and state = 'wire' \
                and lease_epoch <> $2 and lease_epoch in (select epoch from node where alive_until <= $1) \
             returning account_id, id, kind, source_id, subscriber_id, variant",
        )
        .bind(now)
        .bind(epoch)
        .fetch_all()
        .await?;
    let unknown = rows.iter().map(held_from_row).collect::<Result<_>>()?;
    Ok((queued, unknown))
}

/// Gives everything that a stopping node still holds, but has not put on the wire, back to the queue.
pub(crate) async fn release(tx: &mut Tx, epoch: i64) -> Result<u64> {
    tx.query(
        "update message set state = 'queued', lease_epoch = null \
         where state in ('leased', 'wire') and state = 'leased' and lease_epoch = $1",
    )
    .bind(epoch)
    .execute()
    .await
}

/// Gives some messages back to the queue that `epoch` may have leased, but does not hold.
pub(crate) async fn release_some(tx: &mut Tx, epoch: i64, ids: &[MessageId]) -> Result<()> {
    for chunk in ids.chunks(512) {
        let sql = format!(
            "update message set state = 'queued', lease_epoch = null \
             where id in {} and {STATE} = 'leased' and lease_epoch + 0 = $1",
            in_list(2, chunk.len())
        );
        tx.query(sql)
            .bind(epoch)
            .bind_list(chunk.iter().copied())
            .execute()
            .await?;
    }
    Ok(())
}

fn held_from_row(row: &db::Row) -> Result<Held> {
    Ok(Held {
        account: row.get("account_id")?,
        id: row.get("id")?,
        kind: Kind::from_stored(&row.get::<String>("kind")?),
        source: row.get("source_id")?,
        subscriber: row.get("subscriber_id")?,
        variant: row.get("variant")?,
    })
}

/// Whether a campaign still has messages that are not at an end.
///
/// One statement, since each statement sees a moment of its own on PostgreSQL: a message that goes from the hands of a
/// node back to the queue between two looks would be in neither.
pub(crate) async fn any_unfinished(tx: &mut Tx, account: AccountId, campaign: i64) -> Result<bool> {
    let found = tx
        .query(
            "select 1 as one where exists (\
                select 1 from message where source_id = $1 and state = 'queued' \
                and account_id = $2 and kind = 'campaign') \
             or exists (\
                select 1 from message where source_id = $1 and state in ('leased', 'wire') \
                and account_id = $2 and kind = 'campaign')",
        )
        .bind(campaign)
        .bind(account)
        .fetch_optional()
        .await?;
    Ok(found.is_some())
}

/// Ends up to `limit` queued messages of a cancelled campaign; the number of them.
pub(crate) async fn cancel_queued(
    tx: &mut Tx,
    account: AccountId,
    campaign: i64,
    limit: i64,
) -> Result<u64> {
    tx.query(
        "update message set state = 'cancelled', lease_epoch = null where id in (\
            select id from message where source_id = $2 and state = 'queued' and account_id = $1 \
            and kind = 'campaign' limit $3) and state = 'queued'",
    )
    .bind(account)
    .bind(campaign)
    .bind(limit)
    .execute()
    .await
}

/// Queues the `unknown` messages of a campaign again, because a person decided to.
pub(crate) async fn requeue_unknown(
    tx: &mut Tx,
    account: AccountId,
    campaign: i64,
    now: Timestamp,
) -> Result<u64> {
    tx.query(
        "update message set state = 'queued', lease_epoch = null, not_before = $3, first_queued_at = $3 \
         where account_id = $1 and source_id = $2 and kind = 'campaign' and state = 'unknown'",
    )
    .bind(account)
    .bind(campaign)
    .bind(now)
    .execute()
    .await
}

/// Gives up the transactional messages of every account that a restored back-up would send: they were sent, most
/// likely, after it was made.
pub(crate) async fn hold_transactional(tx: &mut Tx) -> Result<u64> {
    tx.query(
        "update message set state = 'unknown', lease_epoch = null, \
            detail = 'a back-up was restored: this may have been sent after it was made' \
         where kind = 'transactional' and state in ('queued', 'leased', 'wire')",
    )
    .execute()
    .await
}

/// Accounts that have transactional messages due.
pub(crate) async fn urgent_sources(
    tx: &mut Tx,
    now: Timestamp,
) -> Result<Vec<(AccountId, Kind, i64)>> {
    let rows = tx
        .query(
            "select distinct account_id from message \
             where kind = 'transactional' and state = 'queued' and not_before <= $1 order by account_id",
        )
        .bind(now)
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| {
            let account: AccountId = row.get("account_id")?;
            Ok((account, Kind::Transactional, account.get()))
        })
        .collect()
}

/// Campaigns and tests that may have something due: `(account, kind, campaign)`, few rows whatever the queue's length.
pub(crate) async fn sources(tx: &mut Tx) -> Result<Vec<(AccountId, Kind, i64)>> {
    let campaigns = tx
        .query("select account_id, id from campaign where state in ('scheduled', 'sending') and state = 'sending' order by account_id, id")
        .fetch_all()
        .await?;
    let tests = tx
        .query(
            "select distinct account_id, source_id from message where kind = 'test' and state = 'queued'",
        )
        .fetch_all()
        .await?;
    let mut sources = Vec::with_capacity(campaigns.len() + tests.len());
    for row in &tests {
        sources.push((row.get("account_id")?, Kind::Test, row.get("source_id")?));
    }
    for row in &campaigns {
        sources.push((row.get("account_id")?, Kind::Campaign, row.get("id")?));
    }
    Ok(sources)
}

/// A test message to one address.
#[derive(Debug)]
pub(crate) struct NewTest<'a> {
    pub(crate) id: MessageId,
    pub(crate) campaign: i64,
    pub(crate) subscriber: i64,
    pub(crate) revision: i64,
    pub(crate) address: &'a str,
    /// Of an A/B test.
    pub(crate) variant: Option<i64>,
}

pub(crate) async fn insert_tests(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
    tests: &[NewTest<'_>],
) -> Result<()> {
    let mut insert = Insert::into(
        "message",
        &[
            "account_id",
            "id",
            "kind",
            "source_id",
            "subscriber_id",
            "entry",
            "revision_id",
            "address",
            "state",
            "not_before",
            "attempts",
            "first_queued_at",
            "variant",
        ],
    );
    for test in tests {
        insert.row(|row| {
            row.bind(account)
                .bind(test.id)
                .bind(Kind::Test.as_str())
                .bind(test.campaign)
                .bind(test.subscriber)
                // Each test is an entry of its own: the same person may be tested with again.
                .bind(test.id)
                .bind(test.revision)
                .bind(test.address)
                .bind(State::Queued.as_str())
                .bind(now)
                .bind(0_i64)
                .bind(now)
                .bind(test.variant);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
