//! What calendars elsewhere say is taken, for whoever looks at a host's time.

use std::time::Duration;

use ctx::Ctx;
use kernel::{AccountId, Error, Result, Timestamp};
use serde::Serialize;

use super::Who;
use crate::calendars::store::mirror;
use crate::hosts;
use crate::slots::Interval;
use crate::{CalendarId, HostId};

const MOST_DAYS: u64 = 62;
const MOST: i64 = 5_000;

/// Time that a calendar elsewhere says is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "start": "2026-05-04T09:30:00Z", "end": "2026-05-04T10:00:00Z", "all_day": false,
    "calendar_id": "361240977588224003", "calendar_name": "Work", "title": "Dentist",
}))]
pub struct BusyTime {
    /// From when.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
    /// Whether it is whole days.
    pub all_day: bool,
    /// Which calendar says so.
    pub calendar_id: CalendarId,
    /// What the calendar is called. Absent for whoever is neither the host nor an admin.
    #[schema(required)]
    pub calendar_name: Option<String>,
    /// What the event is called. Absent for whoever is neither the host nor an admin.
    #[schema(required)]
    pub title: Option<String>,
}

/// What calendars elsewhere say of a host's time, in a range. Only its owner and admins are told what it is.
pub async fn busy_times(
    ctx: &Ctx,
    account: AccountId,
    who: &Who,
    host: HostId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<BusyTime>> {
    if until < from || until.since(from) > Duration::from_hours(24 * MOST_DAYS) {
        return Err(Error::invalid(
            "to",
            "out_of_range",
            format!("choose a time after `from`, at most {MOST_DAYS} days later"),
        ));
    }
    let mut tx = ctx.read().await?;
    let host = hosts::find(&mut tx, account, host)
        .await?
        .ok_or_else(|| Error::not_found("host", host))?;
    let owns = who.owns(&host);
    let names = mirror::names(&mut tx, account, host.id).await?;
    let during = Interval::new(from, until);
    let taken = mirror::taken(&mut tx, account, host.id, during, MOST).await?;
    let mut times: Vec<BusyTime> = taken
        .into_iter()
        .map(|one| BusyTime {
            start: one.time.start,
            end: one.time.end,
            all_day: one.all_day,
            calendar_id: one.calendar,
            calendar_name: names.get(&one.calendar).filter(|_| owns).cloned(),
            title: one.summary.filter(|_| owns),
        })
        .collect();
    times.sort_by_key(|one| (one.start, one.end));
    Ok(times)
}
