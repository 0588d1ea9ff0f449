//! SQL of what takes time, and of what is counted.

use std::collections::{HashMap, HashSet};

use db::{Result, Row, Tx, in_list};
use kernel::{AccountId, Timestamp};

use crate::slots::{Buffers, Busy, Counted, Interval, Seat, Source, Standing};
use crate::{BookingId, EventTypeId, HoldId, HostId, OccurrenceId};

/// A claim on the time of a host.
pub(super) struct Claim {
    pub(super) host: HostId,
    /// Of an occurrence, which one.
    pub(super) occurrence: Option<OccurrenceId>,
    pub(super) busy: Busy,
}

/// The claims that overlap an interval and still count.
pub(super) async fn claims(
    tx: &mut Tx,
    account: AccountId,
    hosts: &[HostId],
    during: Interval,
    now: Timestamp,
) -> Result<Vec<Claim>> {
    let attended = attended(tx, account, hosts, during).await?;
    tx.query(format!(
        "select host_id, kind, ref_id, start_at, end_at, before_minutes, after_minutes, expires_at \
         from booking_claim where account_id = $1 and active = 1 and end_at > $2 and start_at < $3 \
         and (expires_at is null or expires_at > $4) and host_id in {}",
        in_list(5, hosts.len())
    ))
    .bind(account)
    .bind(during.start)
    .bind(during.end)
    .bind(now)
    .bind_list(hosts.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(claim_of)
    .collect::<Result<Vec<_>>>()
    .map(|mut claims| {
        claims.extend(attended);
        claims
    })
}

/// The time of bookings that hosts made themselves, with others: they cannot be elsewhere meanwhile. Who they are among
/// the invitees is told by the address of their user. What waits for approval counts if it takes the time of its own
/// hosts.
async fn attended(
    tx: &mut Tx,
    account: AccountId,
    hosts: &[HostId],
    during: Interval,
) -> Result<Vec<Claim>> {
    tx.query(format!(
        "select h.id as host_id, 'booking' as kind, b.id as ref_id, b.start_at, b.end_at, cast(0 as bigint) as before_minutes, \
             cast(0 as bigint) as after_minutes, cast(null as bigint) as expires_at \
         from booking_host h join app_user u on u.id = h.user_id \
         join subscriber s on s.account_id = h.account_id and s.email_folded = u.email_folded \
         join booking b on b.account_id = s.account_id and b.subscriber_id = s.id \
         where h.account_id = $1 and b.end_at > $2 and b.start_at < $3 and (b.status = 'confirmed' \
             or (b.status = 'pending' and exists (select 1 from booking_claim c where c.account_id = b.account_id \
                 and c.active = 1 and ((c.kind = 'booking' and c.ref_id = b.id) \
                     or (c.kind = 'occurrence' and c.ref_id = b.occurrence_id))))) and h.id in {}",
        in_list(4, hosts.len())
    ))
    .bind(account)
    .bind(during.start)
    .bind(during.end)
    .bind_list(hosts.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(claim_of)
    .collect()
}

fn claim_of(row: &Row) -> Result<Claim> {
    let id: i64 = row.get("ref_id")?;
    let kind: String = row.get("kind")?;
    let expires_at: Option<Timestamp> = row.get("expires_at")?;
    let minutes = |column: &'static str| -> Result<u32> {
        Ok(u32::try_from(row.get::<i64>(column)?).unwrap_or(0))
    };
    Ok(Claim {
        host: row.get("host_id")?,
        occurrence: (kind == "occurrence").then(|| OccurrenceId::from(id)),
        busy: Busy {
            time: Interval::new(row.get("start_at")?, row.get("end_at")?),
            buffers: Buffers {
                before_minutes: minutes("before_minutes")?,
                after_minutes: minutes("after_minutes")?,
            },
            source: match (kind.as_str(), expires_at) {
                ("hold", Some(expires_at)) => Source::Hold {
                    id: HoldId::from(id),
                    expires_at,
                },
                // Of an occurrence the number is another one, which no booking that is moved has.
                _ => Source::Booking {
                    id: BookingId::from(id),
                    standing: Standing::Confirmed,
                },
            },
        },
    })
}

/// A meeting with seats.
pub(super) struct Seated {
    pub(super) id: OccurrenceId,
    pub(super) time: Interval,
    pub(super) hosts: Vec<HostId>,
    pub(super) seats: Vec<Seat>,
}

/// The occurrences of an event type in an interval, with who hosts them and who has seats.
pub(super) async fn occurrences(
    tx: &mut Tx,
    account: AccountId,
    event_type: EventTypeId,
    during: Interval,
    now: Timestamp,
) -> Result<Vec<Seated>> {
    const DURING: &str = "(select o.id from booking_occurrence o where o.account_id = $1 and o.event_type_id = $2 \
         and o.start_at < $4 and o.start_at >= $3)";
    // A meeting lasts a day at most, so one that reaches into the interval starts no earlier than that.
    let from = Interval::new(during.start, during.start).widened(crate::slots::interval::DAY, 0);
    let rows = tx
        .query(
            "select id, start_at, end_at from booking_occurrence where account_id = $1 and event_type_id = $2 \
             and start_at >= $3 and start_at < $4 order by start_at, id",
        )
        .bind(account)
        .bind(event_type)
        .bind(from.start)
        .bind(during.end)
        .fetch_all()
        .await?;
    let mut found: Vec<Seated> = Vec::with_capacity(rows.len());
    for row in &rows {
        found.push(Seated {
            id: row.get("id")?,
            time: Interval::new(row.get("start_at")?, row.get("end_at")?),
            hosts: Vec::new(),
            seats: Vec::new(),
        });
    }
    if found.is_empty() {
        return Ok(found);
    }
    let place: HashMap<i64, usize> = (found.iter().enumerate())
        .map(|(index, one)| (one.id.get(), index))
        .collect();
    let rows = tx
        .query(format!(
            "select ref_id, host_id from booking_claim where account_id = $1 and kind = 'occurrence' \
             and ref_id in {DURING} order by id"
        ))
        .bind(account)
        .bind(event_type)
        .bind(from.start)
        .bind(during.end)
        .fetch_all()
        .await?;
    for row in &rows {
        if let Some(&index) = place.get(&row.get("ref_id")?) {
            found[index].hosts.push(row.get("host_id")?);
        }
    }
    let rows = tx
        .query(format!(
            "select occurrence_id, id, seats, cast(null as bigint) as expires_at from booking where account_id = $1 \
             and occurrence_id in {DURING} and (status in ('confirmed', 'completed', 'no_show') \
                 or (status = 'pending' and (expires_at is null or expires_at > $5))) \
             union all \
             select occurrence_id, id, seats, expires_at from booking_hold where account_id = $1 \
             and occurrence_id in {DURING} and expires_at > $5"
        ))
        .bind(account)
        .bind(event_type)
        .bind(from.start)
        .bind(during.end)
        .bind(now)
        .fetch_all()
        .await?;
    for row in &rows {
        let Some(&index) = place.get(&row.get("occurrence_id")?) else {
            continue;
        };
        let id: i64 = row.get("id")?;
        let count = u32::try_from(row.get::<i64>("seats")?).unwrap_or(1);
        found[index].seats.push(match row.get("expires_at")? {
            Some(expires_at) => Seat::Held {
                id: HoldId::from(id),
                expires_at,
                count,
            },
            None => Seat::Booked {
                id: BookingId::from(id),
                count,
            },
        });
    }
    Ok(found)
}

/// Whose bookings are counted.
#[derive(Clone, Copy)]
pub(super) enum Whose {
    EventType(EventTypeId),
    /// Of one event type, by one address.
    Invitee(EventTypeId),
}

const COUNTS: &str = "(b.status in ('confirmed', 'completed', 'no_show') \
     or (b.status = 'pending' and (b.expires_at is null or b.expires_at > $4)))";

/// The bookings that count and start in an interval. Those who share an occurrence are one.
pub(super) async fn counted(
    tx: &mut Tx,
    account: AccountId,
    whose: Whose,
    email_folded: &str,
    during: Interval,
    now: Timestamp,
) -> Result<Vec<Counted>> {
    let (event_type, by_email, one_each) = match whose {
        Whose::EventType(id) => (id, false, true),
        Whose::Invitee(id) => (id, true, false),
    };
    let rows = tx
        .query(format!(
            "select b.id, b.occurrence_id, b.start_at, b.minutes from booking b where b.account_id = $1 \
             and b.start_at >= $2 and b.start_at < $3 and {COUNTS} and b.event_type_id = $5 \
             and ($6 = 0 or b.email_folded = $7) order by b.id"
        ))
        .bind(account)
        .bind(during.start)
        .bind(during.end)
        .bind(now)
        .bind(event_type)
        .bind(i64::from(by_email))
        .bind(email_folded)
        .fetch_all()
        .await?;
    counted_among(&rows, one_each)
}

/// The bookings of all event types with several hosts that count and start in an interval. Those who share an occurrence
/// are one.
pub(super) async fn counted_of_teams(
    tx: &mut Tx,
    account: AccountId,
    during: Interval,
    now: Timestamp,
) -> Result<Vec<Counted>> {
    let rows = tx
        .query(format!(
            "select b.id, b.occurrence_id, b.start_at, b.minutes from booking b where b.account_id = $1 \
             and b.start_at >= $2 and b.start_at < $3 and {COUNTS} and b.event_type_id in \
                 (select m.event_type_id from event_type_host m where m.account_id = $1 \
                  group by m.event_type_id having count(*) > 1) \
             order by b.id"
        ))
        .bind(account)
        .bind(during.start)
        .bind(during.end)
        .bind(now)
        .fetch_all()
        .await?;
    counted_among(&rows, true)
}

/// `one_each`: those who share an occurrence are one.
fn counted_among(rows: &[Row], one_each: bool) -> Result<Vec<Counted>> {
    let mut seen = HashSet::new();
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let occurrence: Option<i64> = row.get("occurrence_id")?;
        if one_each && occurrence.is_some_and(|id| !seen.insert(id)) {
            continue;
        }
        all.push(counted_of(row)?);
    }
    Ok(all)
}

fn counted_of(row: &Row) -> Result<Counted> {
    Ok(Counted {
        booking: row.get("id")?,
        start: row.get("start_at")?,
        minutes: u32::try_from(row.get::<i64>("minutes")?).unwrap_or(0),
    })
}

/// The bookings of hosts, of all event types, that count and start in an interval.
pub(super) async fn counted_of_hosts(
    tx: &mut Tx,
    account: AccountId,
    hosts: &[HostId],
    during: Interval,
    now: Timestamp,
) -> Result<Vec<(HostId, Counted)>> {
    let rows = tx
        .query(format!(
            "select m.host_id, b.id, b.occurrence_id, b.start_at, b.minutes from booking b \
             join booking_member m on m.account_id = b.account_id and m.booking_id = b.id \
             where b.account_id = $1 and b.start_at >= $2 and b.start_at < $3 and {COUNTS} \
             and m.host_id in {} order by b.id",
            in_list(5, hosts.len())
        ))
        .bind(account)
        .bind(during.start)
        .bind(during.end)
        .bind(now)
        .bind_list(hosts.iter().copied())
        .fetch_all()
        .await?;
    let mut seen = Vec::new();
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        let host: HostId = row.get("host_id")?;
        if let Some(occurrence) = row.get::<Option<i64>>("occurrence_id")? {
            if seen.contains(&(host, occurrence)) {
                continue;
            }
            seen.push((host, occurrence));
        }
        all.push((host, counted_of(row)?));
    }
    Ok(all)
}
