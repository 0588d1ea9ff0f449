//! Looking at bookings.

use std::collections::BTreeMap;
use std::time::Duration;

use audience::SubscriberId;
use ctx::Ctx;
use db::Tx;
use jiff::civil::Date;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result, TimeZone, Timestamp};

use crate::bookings::model::{Booking, DateCount, Detail, Status, Summary};
use crate::bookings::store::{self, numbers};
use crate::bookings::token;
use crate::slots::Interval;
use crate::{BookingId, EventTypeId, HostId, event_types, hosts};

/// Which bookings.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Only with this host.
    pub host: Option<HostId>,
    /// Only of this event type.
    pub event_type: Option<EventTypeId>,
    /// Only of this person.
    pub subscriber: Option<SubscriberId>,
    /// Only in one of these; none: in any.
    pub statuses: Vec<Status>,
    /// Only those that begin then or later.
    pub from: Option<Timestamp>,
    /// Only those that begin before.
    pub until: Option<Timestamp>,
    /// The latest first.
    pub descending: bool,
    /// Where the previous page ended.
    pub cursor: Option<Cursor>,
    /// How many.
    pub limit: Limit,
}

/// Bookings, by their start.
pub async fn list(ctx: &Ctx, account: AccountId, query: &ListQuery) -> Result<Page<Booking>> {
    let mut tx = ctx.read().await?;
    let rows = store::list(&mut tx, account, query).await?;
    Ok(Page::from_rows(rows, query.limit, |booking| Cursor {
        key: booking.start.as_micros(),
        id: booking.id.get(),
    }))
}

/// One booking, with what happened to it.
pub async fn get(ctx: &Ctx, account: AccountId, id: BookingId) -> Result<Detail> {
    get_in(&mut *ctx.read().await?, account, id).await
}

/// The same within a transaction.
pub async fn get_in(tx: &mut Tx, account: AccountId, id: BookingId) -> Result<Detail> {
    let booking = find_in(tx, account, id).await?;
    detail_in(tx, booking).await
}

/// The booking that a link is of; `None` for a token that is none.
pub async fn get_by_token(ctx: &Ctx, token: &str) -> Result<Option<Detail>> {
    let Some((account, id)) = token::claimed(token) else {
        return Ok(None);
    };
    let mut tx = ctx.read().await?;
    match store::find(&mut tx, account, id).await? {
        Some(booking) if token::fits(ctx, token, &booking) => {
            detail_in(&mut tx, booking).await.map(Some)
        }
        _ => Ok(None),
    }
}

async fn detail_in(tx: &mut Tx, booking: Booking) -> Result<Detail> {
    let account = booking.account;
    let event_type = match event_types::find_in(tx, account, booking.event_type_id).await {
        Err(Error::NotFound { .. }) => None,
        found => Some(found?),
    };
    Ok(Detail {
        event_type,
        hosts: hosts::find_many(tx, account, &booking.host_ids).await?,
        trail: store::trail(tx, account, booking.id).await?,
        booking,
    })
}

/// One booking, within a transaction.
pub(super) async fn find_in(tx: &mut Tx, account: AccountId, id: BookingId) -> Result<Booking> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("booking", id))
}

/// Of which period numbers are wanted.
#[derive(Clone, Debug)]
pub struct SummaryQuery {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant that does not belong to it, at most 366 days later.
    pub until: Timestamp,
    /// By whose dates; the account's unless given.
    pub time_zone: Option<TimeZone>,
}

const MOST_DAYS: u64 = 366;

/// Numbers about bookings that begin in a period.
pub async fn summary(ctx: &Ctx, account: AccountId, query: &SummaryQuery) -> Result<Summary> {
    if query.until < query.from
        || query.until.since(query.from) > Duration::from_hours(24 * MOST_DAYS)
    {
        return Err(Error::invalid(
            "to",
            "out_of_range",
            format!("choose a time after `from`, at most {MOST_DAYS} days later"),
        ));
    }
    let mut tx = ctx.read().await?;
    let zone = match &query.time_zone {
        Some(zone) => zone.clone(),
        None => identity::accounts::get(&mut tx, account).await?.time_zone,
    };
    let during = Interval::new(query.from, query.until);
    let mut dates: BTreeMap<Date, (i64, i64)> = BTreeMap::new();
    for (start, status, count) in numbers::by_start(&mut tx, account, during).await? {
        let date = start.to_jiff().to_zoned(zone.to_jiff()).date();
        let entry = dates.entry(date).or_default();
        match status {
            Status::Pending | Status::Confirmed | Status::Completed => entry.0 += count,
            Status::Cancelled | Status::Declined | Status::Expired => entry.1 += count,
            // It was kept by one of the two.
            Status::NoShow => {}
        }
    }
    let mut statuses = numbers::by_status(&mut tx, account, during).await?;
    statuses.sort_by_key(|one| Status::ALL.iter().position(|it| *it == one.status));
    Ok(Summary {
        statuses,
        event_types: numbers::by_event_type(&mut tx, account, during).await?,
        hosts: numbers::by_host(&mut tx, account, during).await?,
        dates: (dates.into_iter())
            .map(|(date, (kept, lost))| DateCount { date, kept, lost })
            .collect(),
    })
}
