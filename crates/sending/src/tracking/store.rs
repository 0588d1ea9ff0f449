//! SQL of hits.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use audience::SubscriberId;
use db::{Insert, Result, Row, Tx, in_list};
use kernel::{AccountId, Timestamp};

use super::model::{Class, Hit, HitKind, Machine, Subject, UnsubscribeReason};
use crate::campaigns::RevisionId;
use crate::messages::{Kind, MessageId};

/// The messages that tokens name, by which their accounts are found. The token is the right to it: the caller checks that
/// it is signed with that account's key.
pub(super) async fn find_subjects(tx: &mut Tx, messages: &[MessageId]) -> Result<Vec<Subject>> {
    let rows = tx
        .query(format!(
            "select id, account_id, kind, source_id, subscriber_id, revision_id, variant, address \
             from message where id in {}",
            in_list(1, messages.len())
        ))
        .bind_list(messages.iter().copied())
        .fetch_all()
        .await?;
    let subjects = rows.iter().map(|row| {
        Ok(Subject {
            account: row.get("account_id")?,
            message: row.get("id")?,
            kind: Kind::from_stored(&row.get::<String>("kind")?),
            campaign: row.get("source_id")?,
            subscriber: row.get("subscriber_id")?,
            revision: row.get("revision_id")?,
            variant: row.get("variant")?,
            address: row.get("address")?,
        })
    });
    subjects.collect()
}

/// What was hit before, by people: `(message, kind, link)`, with the link absent for "any link of this message".
pub(super) type Seen = HashSet<(MessageId, HitKind, Option<i64>)>;

/// Which of these messages people have opened or clicked before.
pub(super) async fn seen(tx: &mut Tx, account: AccountId, messages: &[MessageId]) -> Result<Seen> {
    let mut seen = Seen::new();
    for chunk in messages.chunks(256) {
        let rows = tx
            .query(format!(
                "select message_id, kind, link_number from hit \
                 where account_id = $1 and message_id in {} and kind in ('open', 'click') and is_first = 1",
                in_list(2, chunk.len())
            ))
            .bind(account)
            .bind_list(chunk.iter().copied())
            .fetch_all()
            .await?;
        for row in &rows {
            let message = row.get("message_id")?;
            let kind = if row.get::<String>("kind")? == "open" {
                HitKind::Open
            } else {
                HitKind::Click
            };
            seen.insert((message, kind, row.get("link_number")?));
            seen.insert((message, kind, None));
        }
    }
    Ok(seen)
}

/// A click of a moment ago.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    pub(super) id: i64,
    pub(super) message: MessageId,
    pub(super) link: u16,
    /// Else it is part of a burst already.
    pub(super) is_human: bool,
    pub(super) is_first: bool,
    pub(super) user_agent: Option<String>,
    pub(super) country: Option<String>,
    pub(super) at: Timestamp,
}

/// Which links of these messages were followed since a time, by people or in a burst; each once.
pub(super) async fn recent_links(
    tx: &mut Tx,
    account: AccountId,
    messages: &[MessageId],
    since: Timestamp,
) -> Result<Vec<(MessageId, u16)>> {
    let mut links = Vec::new();
    for chunk in messages.chunks(256) {
        let rows = tx
            .query(format!(
                "select distinct message_id, link_number from hit \
                 where account_id = $1 and at >= $2 and message_id in {} and kind = 'click' \
                    and link_number is not null and (class = 'human' or machine_kind = 'burst')",
                in_list(3, chunk.len())
            ))
            .bind(account)
            .bind(since)
            .bind_list(chunk.iter().copied())
            .fetch_all()
            .await?;
        for row in &rows {
            links.push((row.get("message_id")?, link_of(row)?));
        }
    }
    Ok(links)
}

fn link_of(row: &Row) -> Result<u16> {
    Ok(u16::try_from(row.get::<i64>("link_number")?).unwrap_or(u16::MAX))
}

/// Clicks on links of these messages since a time, by people or in a burst.
pub(super) async fn recent_clicks(
    tx: &mut Tx,
    account: AccountId,
    messages: &[MessageId],
    since: Timestamp,
) -> Result<Vec<Recent>> {
    let mut recent = Vec::new();
    for chunk in messages.chunks(256) {
        let rows = tx
            .query(format!(
                "select id, message_id, link_number, class, is_first, user_agent, country, at from hit \
                 where account_id = $1 and at >= $2 and message_id in {} and kind = 'click' \
                    and link_number is not null and (class = 'human' or machine_kind = 'burst')",
                in_list(3, chunk.len())
            ))
            .bind(account)
            .bind(since)
            .bind_list(chunk.iter().copied())
            .fetch_all()
            .await?;
        for row in &rows {
            recent.push(Recent {
                id: row.get("id")?,
                message: row.get("message_id")?,
                link: link_of(row)?,
                is_human: row.get::<String>("class")? == "human",
                is_first: row.get("is_first")?,
                user_agent: row.get("user_agent")?,
                country: row.get("country")?,
                at: row.get("at")?,
            });
        }
    }
    Ok(recent)
}

/// Makes these hits a machine's.
pub(super) async fn set_burst(tx: &mut Tx, account: AccountId, ids: &[i64]) -> Result<()> {
    for chunk in ids.chunks(256) {
        tx.query(format!(
            "update hit set class = 'machine', machine_kind = 'burst', is_first = 0 \
             where account_id = $1 and id in {}",
            in_list(2, chunk.len())
        ))
        .bind(account)
        .bind_list(chunk.iter().copied())
        .execute()
        .await?;
    }
    Ok(())
}

/// A hit with its id, whose it turned out to be, and whether it is a person's first of its kind (and link).
pub(super) struct NewHit<'a> {
    pub(super) id: i64,
    pub(super) hit: &'a Hit,
    pub(super) class: Class,
    pub(super) is_first: bool,
}

pub(super) async fn insert_hits(tx: &mut Tx, hits: &[NewHit<'_>]) -> Result<()> {
    let mut insert = Insert::into(
        "hit",
        &[
            "account_id",
            "id",
            "message_id",
            "source_id",
            "subscriber_id",
            "kind",
            "link_number",
            "class",
            "machine_kind",
            "user_agent",
            "ip",
            "country",
            "at",
            "is_first",
        ],
    );
    for new in hits {
        let hit = new.hit;
        insert.row(|row| {
            row.bind(hit.subject.account)
                .bind(new.id)
                .bind(hit.subject.message)
                .bind(hit.subject.campaign)
                .bind(hit.subject.subscriber)
                .bind(hit.kind.as_str())
                .bind(hit.link.map(i64::from))
                .bind(new.class.as_str())
                .bind(new.class.machine().map(Machine::as_str))
                .bind(hit.user_agent.as_ref())
                .bind(hit.ip.as_ref())
                .bind(hit.country.as_ref())
                .bind(hit.at)
                .bind(new.is_first);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// A link of a campaign: account, campaign, variant (0 for none), content, number.
pub(super) type LinkKey = (AccountId, i64, i64, i64, u16);

/// Increments of one link of a campaign.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LinkCounts {
    pub(super) clicks: i64,
    pub(super) unique: i64,
    pub(super) machine: i64,
}

/// Adds to the links' roll-ups, in key order.
pub(super) async fn add_link_counts(
    tx: &mut Tx,
    counts: &BTreeMap<LinkKey, LinkCounts>,
) -> Result<()> {
    let mut insert = Insert::into(
        "link_total",
        &[
            "account_id",
            "campaign_id",
            "variant",
            "revision_id",
            "link_number",
            "clicks",
            "unique_clicks",
            "machine_clicks",
        ],
    )
    .on_conflict(
        "on conflict (account_id, campaign_id, variant, revision_id, link_number) do update set \
         clicks = link_total.clicks + excluded.clicks, \
         unique_clicks = link_total.unique_clicks + excluded.unique_clicks, \
         machine_clicks = link_total.machine_clicks + excluded.machine_clicks",
    );
    for ((account, campaign, variant, revision, link), n) in counts {
        insert.row(|row| {
            row.bind(*account)
                .bind(*campaign)
                .bind(*variant)
                .bind(*revision)
                .bind(i64::from(*link))
                .bind(n.clicks)
                .bind(n.unique)
                .bind(n.machine);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// Account, campaign, what kind of thing, which.
pub(super) type FacetKey = (AccountId, i64, &'static str, String);

/// Increments of one facet of a campaign.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FacetCounts {
    opens: i64,
    unique_opens: i64,
    clicks: i64,
    unique_clicks: i64,
}

impl FacetCounts {
    pub(super) fn of(kind: HitKind, n: i64, unique: i64) -> Self {
        match kind {
            HitKind::Open => Self {
                opens: n,
                unique_opens: unique,
                ..Self::default()
            },
            HitKind::Click => Self {
                clicks: n,
                unique_clicks: unique,
                ..Self::default()
            },
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.opens += other.opens;
        self.unique_opens += other.unique_opens;
        self.clicks += other.clicks;
        self.unique_clicks += other.unique_clicks;
    }
}

/// Adds to the roll-ups by client, device, system, country and machine, in key order.
pub(super) async fn add_facet_counts(
    tx: &mut Tx,
    counts: &BTreeMap<FacetKey, FacetCounts>,
) -> Result<()> {
    let mut insert = Insert::into(
        "campaign_facet",
        &[
            "account_id",
            "campaign_id",
            "facet",
            "value",
            "opens",
            "unique_opens",
            "clicks",
            "unique_clicks",
        ],
    )
    .on_conflict(
        "on conflict (account_id, campaign_id, facet, value) do update set \
         opens = campaign_facet.opens + excluded.opens, \
         unique_opens = campaign_facet.unique_opens + excluded.unique_opens, \
         clicks = campaign_facet.clicks + excluded.clicks, \
         unique_clicks = campaign_facet.unique_clicks + excluded.unique_clicks",
    );
    for ((account, campaign, facet, value), n) in counts {
        insert.row(|row| {
            row.bind(*account)
                .bind(*campaign)
                .bind(*facet)
                .bind(value)
                .bind(n.opens)
                .bind(n.unique_opens)
                .bind(n.clicks)
                .bind(n.unique_clicks);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// Remembers why somebody left, once per message; a later answer on the page replaces a missing one. Whether it is the
/// first time that this message led to it.
pub(super) async fn insert_reason(
    tx: &mut Tx,
    subject: &Subject,
    reason: UnsubscribeReason,
    comment: Option<&str>,
    at: Timestamp,
) -> Result<bool> {
    let inserted = tx
        .query(
            "insert into unsubscribe_reason (account_id, message_id, campaign_id, subscriber_id, reason, comment, at) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (account_id, message_id) do nothing",
        )
        .bind(subject.account)
        .bind(subject.message)
        .bind(subject.campaign)
        .bind(subject.subscriber)
        .bind(reason.as_str())
        .bind(comment)
        .bind(at)
        .execute()
        .await?;
    if inserted == 0 && reason != UnsubscribeReason::OneClick {
        tx.query(
            "update unsubscribe_reason set reason = $3, comment = $4 \
             where account_id = $1 and message_id = $2",
        )
        .bind(subject.account)
        .bind(subject.message)
        .bind(reason.as_str())
        .bind(comment)
        .execute()
        .await?;
    }
    Ok(inserted == 1)
}

/// Whether the subscriber of a message gets mail now: what the unsubscribe page says first.
pub(super) async fn is_active(
    tx: &mut Tx,
    account: AccountId,
    subscriber: SubscriberId,
) -> Result<bool> {
    let row = tx
        .query("select status from subscriber where account_id = $1 and id = $2")
        .bind(account)
        .bind(subscriber)
        .fetch_optional()
        .await?;
    match row {
        Some(row) => Ok(row.get::<String>("status")? == "active"),
        None => Ok(false),
    }
}

/// The addresses of these links of a revision.
pub(super) async fn links(
    tx: &mut Tx,
    account: AccountId,
    revision: RevisionId,
    numbers: &BTreeSet<u16>,
) -> Result<Vec<(u16, String)>> {
    let rows = tx
        .query(format!(
            "select number, url from link where account_id = $1 and revision_id = $2 and number in {}",
            in_list(3, numbers.len())
        ))
        .bind(account)
        .bind(revision)
        .bind_list(numbers.iter().map(|number| i64::from(*number)))
        .fetch_all()
        .await?;
    let mut links = Vec::with_capacity(rows.len());
    for row in &rows {
        // A number beyond those that a link's token can hold is of no link.
        if let Ok(number) = u16::try_from(row.get::<i64>("number")?) {
            links.push((number, row.get("url")?));
        }
    }
    Ok(links)
}

/// The id of an address, if it has one.
pub(super) async fn find_target(
    tx: &mut Tx,
    account: AccountId,
    hash: i64,
    folded: &str,
) -> Result<Option<i64>> {
    tx.query(
        "select id from link_target where account_id = $1 and url_hash = $2 and url_folded = $3 \
         order by id limit 1",
    )
    .bind(account)
    .bind(hash)
    .bind(folded)
    .fetch_optional()
    .await?
    .map(|row| row.get("id"))
    .transpose()
}

pub(super) async fn insert_target(
    tx: &mut Tx,
    account: AccountId,
    id: i64,
    url: &str,
    folded: &str,
    hash: i64,
) -> Result<()> {
    tx.query(
        "insert into link_target (account_id, id, url, url_folded, url_hash) values ($1, $2, $3, $4, $5)",
    )
    .bind(account)
    .bind(id)
    .bind(url)
    .bind(folded)
    .bind(hash)
    .execute()
    .await?;
    Ok(())
}
