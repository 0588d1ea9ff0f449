//! Which calendars a booking is in.

use ctx::Ctx;
use kernel::{AccountId, Result, Timestamp};
use serde::Serialize;

use crate::calendars::model::CopyState;
use crate::calendars::store::{self, copies};
use crate::{BookingId, CalendarId, HostId};

/// A booking in the calendar of one of its hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarCopy, example = json!({
    "host_id": "361240977588224002", "calendar_id": "361240977588224003", "calendar_name": "Work",
    "state": "written", "fault": null, "updated_at": "2026-05-04T09:30:00Z",
}))]
pub struct CopyView {
    /// Whose calendar.
    pub host_id: HostId,
    /// Which calendar.
    pub calendar_id: CalendarId,
    /// What it is called.
    pub calendar_name: String,
    /// Whether it is there.
    pub state: CopyState,
    /// Why it could not be written or changed.
    #[schema(required)]
    pub fault: Option<String>,
    /// Since when it is so.
    pub updated_at: Timestamp,
}

/// The copies of a booking.
pub async fn copies_of(ctx: &Ctx, account: AccountId, booking: BookingId) -> Result<Vec<CopyView>> {
    let mut tx = ctx.read().await?;
    let mut all = Vec::new();
    for copy in copies::of_booking(&mut tx, account, booking).await? {
        let calendar = store::calendar(&mut tx, account, copy.calendar).await?;
        all.push(CopyView {
            host_id: copy.host,
            calendar_id: copy.calendar,
            calendar_name: calendar.map_or_else(String::new, |it| it.name),
            state: copy.state,
            fault: copy.fault,
            updated_at: copy.updated_at,
        });
    }
    Ok(all)
}
