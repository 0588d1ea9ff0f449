//! SQL of a snapshot whose messages are not all alike: other times, other variants, or only those who did not react.

use db::Tx;
use kernel::{IdBlock, Timestamp, ToValue as _, Value};
use std::fmt::Write as _;

use super::super::ab::AbTest;
use super::super::model::{Campaign, NotReacted};

/// When a message waits for the decision of an A/B test: a time that does not come.
pub(crate) const HELD: Timestamp = Timestamp::from_micros(253_402_300_799_000_000);

/// Below a prime, people are in an order that has nothing to do with when they joined.
const PRIME: i64 = 1_000_003;

/// When everybody gets a campaign that goes by their own clocks.
#[derive(Clone, Debug)]
pub(crate) struct LocalTimes {
    pub(crate) zones: Vec<(String, Timestamp)>,
    /// For people whose time zone is not known.
    pub(crate) elsewhere: Timestamp,
}

/// What makes a snapshot different from "everybody, now, the same".
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) start: Timestamp,
    pub(crate) local: Option<LocalTimes>,
    /// How many have a message already: the place in the list goes on from there.
    pub(crate) before: i64,
}

impl Shape {
    /// Whether the plain statement will do.
    pub(super) fn is_plain(&self, campaign: &Campaign) -> bool {
        self.local.is_none()
            && campaign.spread_minutes.is_none()
            && campaign.ab.is_none()
            && campaign.resend.is_none()
    }
}

/// A number from 0 to below [`PRIME`] that is a person's own in this campaign.
fn mixed(campaign: &Campaign, id: &str) -> String {
    let id_of_campaign = campaign.id.get();
    let factor = 1 + (id_of_campaign >> 12) % (PRIME - 1);
    let offset = id_of_campaign % PRIME;
    let line = format!("(({id} % {PRIME} * {factor} + {offset}) % {PRIME})");
    format!("({line} * {line} % {PRIME})")
}

/// Microseconds after their time, to spread messages over a while.
pub(crate) fn spread(campaign: &Campaign, id: &str) -> String {
    match campaign.spread_minutes {
        None => "0".to_owned(),
        Some(minutes) => format!("{} * {}", mixed(campaign, id), minutes * 60_000_000 / PRIME),
    }
}

/// The condition that somebody got the earlier campaign and did not react.
pub(super) fn not_reacted(campaign: &Campaign, alias: &str) -> String {
    let Some(resend) = &campaign.resend else {
        return "1 = 1".to_owned();
    };
    let clicks = match resend.to {
        NotReacted::NonOpeners => "",
        NotReacted::NonClickers => " and h.kind = 'click'",
    };
    format!(
        "exists (select 1 from message m where m.source_id = {} and m.kind = 'campaign' \
            and m.subscriber_id = {alias}.id and m.account_id = {alias}.account_id and m.state = 'sent' \
            and not exists (select 1 from hit h where h.account_id = m.account_id and h.message_id = m.id \
                and h.is_first = 1{clicks}))",
        resend.campaign.get()
    )
}

/// The statement that gives recipients their messages. `$1` is the first id, `$2` the campaign, `$3` its content, `$4`
/// now, `$5` the account, `$6` and `$7` the ends of the chunk; `condition` has its parameters from `$8` on. Also the
/// values of the parameters behind those.
pub(super) fn statement(
    campaign: &Campaign,
    shape: &Shape,
    condition: &str,
    first_free: usize,
) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let mut zones = String::new();
    let mut join = "";
    let mut at = shape.start.as_micros().to_string();
    if let Some(local) = &shape.local {
        at = local.elsewhere.as_micros().to_string();
        if !local.zones.is_empty() {
            let rows: Vec<String> = local
                .zones
                .iter()
                .enumerate()
                .map(|(i, (zone, time))| {
                    values.push(zone.as_str().to_value());
                    format!(
                        "(cast(${} as text), cast({} as bigint))",
                        first_free + i,
                        time.as_micros()
                    )
                })
                .collect();
            zones = format!("z (zone, at) as (values {}), ", rows.join(", "));
            join = " left join z on z.zone = s.time_zone";
            at = format!("coalesce(z.at, {at})");
        }
    }
    let place = format!(
        "{} + row_number() over (order by {}, s.id) - 1",
        shape.before,
        mixed(campaign, "s.id")
    );
    let (variant, revision, not_before) = match &campaign.ab {
        None => ("null".to_owned(), "$3".to_owned(), "q.at".to_owned()),
        Some(ab) => by_variant(ab),
    };
    let id = IdBlock::sql("$1", "q.n");
    let sql = format!(
        "with {zones}p as (\
            select s.account_id as account_id, s.id as id, s.email as email, s.id as subscriber, {at} + {} as at, \
                row_number() over (order by s.id) - 1 as n, {place} as place \
            from subscriber s{join} \
            where s.account_id = $5 and s.id > $6 and s.id <= $7 and s.status = 'active' and {condition} and {}), \
         q as (select p.account_id as account_id, p.id as id, p.email as email, p.at as at, p.n as n, \
            cast({variant} as bigint) as variant from p) \
         insert into message (account_id, id, kind, source_id, subscriber_id, entry, revision_id, address, \
            state, not_before, attempts, first_queued_at, variant) \
         select q.account_id, {id}, 'campaign', $2, q.id, 0, {revision}, q.email, 'queued', {not_before}, 0, $4, \
            q.variant from q where true on conflict do nothing",
        spread(campaign, "s.id"),
        not_reacted(campaign, "s"),
    );
    (sql, values)
}

/// The variant, its content and its time, as expressions on `p` and `q`.
fn by_variant(ab: &AbTest) -> (String, String, String) {
    let (share, count) = (ab.share_percent, ab.variants.len());
    let variant = format!(
        "case when (p.place + 1) * {share} / 100 > p.place * {share} / 100 \
         then p.place * {share} / 100 % {count} + 1 end"
    );
    let (mut revision, mut at) = ("case q.variant".to_owned(), "case".to_owned());
    for (i, one) in ab.variants.iter().enumerate() {
        if let Some(id) = one.revision_id {
            let _ = write!(revision, " when {} then {}", i + 1, id.get());
        }
        if one.delay_minutes > 0 {
            let delay = one.delay_minutes * 60_000_000;
            let _ = write!(at, " when q.variant = {} then q.at + {delay}", i + 1);
        }
    }
    revision.push_str(" else $3 end");
    let _ = write!(
        at,
        " when q.variant is null then {} else q.at end",
        HELD.as_micros()
    );
    (variant, revision, at)
}

/// Gives up to `limit` people who waited for the decision the winner; how many.
pub(crate) async fn release(
    tx: &mut Tx,
    campaign: &Campaign,
    winner: i64,
    revision: i64,
    from: Timestamp,
    limit: i64,
) -> db::Result<u64> {
    tx.query(format!(
        "update message set variant = $5, revision_id = $6, not_before = $7 + {} where id in (\
            select id from message where source_id = $2 and state = 'queued' and not_before = $3 \
            and account_id = $1 and kind = 'campaign' and variant is null limit $4)",
        spread(campaign, "subscriber_id")
    ))
    .bind(campaign.account)
    .bind(campaign.id)
    .bind(HELD)
    .bind(limit)
    .bind(winner)
    .bind(revision)
    .bind(from)
    .once()
    .execute()
    .await
}
