//! From rows to bookings.

use db::{Error, Json, Result, Row};
use kernel::TimeZone;

use crate::bookings::model::{Booking, NoShow, Status, TrailEntry};
use crate::event_types::{Answers, Location};

pub(super) const COLUMNS: &str = "account_id, id, event_type_id, occurrence_id, status, start_at, end_at, minutes, seats, \
     subscriber_id, name, email, phone, time_zone, language, answers, location, sequence, token_salt, expires_at, reason, \
     no_show_by, source, created_at, updated_at";

/// As it is stored.
pub(super) fn word(status: Status) -> &'static str {
    status.as_str()
}

pub(super) fn no_show_word(by: NoShow) -> &'static str {
    match by {
        NoShow::Guest => "guest",
        NoShow::Host => "host",
    }
}

pub(super) fn status_of(text: &str, id: i64) -> Result<Status> {
    Status::from_name(text).ok_or_else(|| Error::Corrupt {
        table: "booking",
        column: "status",
        id,
        source: anyhow::anyhow!("there is no status {text}"),
    })
}

pub(super) fn from_row(row: &Row) -> Result<Booking> {
    let number = |column: &'static str| -> Result<u32> {
        Ok(u32::try_from(row.get::<i64>(column)?).unwrap_or(0))
    };
    let zone: String = row.get("time_zone")?;
    Ok(Booking {
        account: row.get("account_id")?,
        id: row.get("id")?,
        event_type_id: row.get("event_type_id")?,
        occurrence_id: row.get("occurrence_id")?,
        status: status_of(&row.get::<String>("status")?, row.get("id")?)?,
        start: row.get("start_at")?,
        end: row.get("end_at")?,
        minutes: number("minutes")?,
        seats: number("seats")?,
        host_ids: Vec::new(),
        subscriber_id: row.get("subscriber_id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        phone: row.get("phone")?,
        time_zone: TimeZone::parse(&zone).unwrap_or_else(|_| TimeZone::utc()),
        language: row.get("language")?,
        answers: row.get::<Json<Answers>>("answers")?.0,
        location: row
            .get::<Option<Json<Location>>>("location")?
            .map(|json| json.0),
        sequence: row.get("sequence")?,
        salt: row.get("token_salt")?,
        expires_at: row.get("expires_at")?,
        reason: row.get("reason")?,
        no_show_by: match row.get::<Option<String>>("no_show_by")?.as_deref() {
            Some("guest") => Some(NoShow::Guest),
            Some(_) => Some(NoShow::Host),
            None => None,
        },
        source: row.get("source")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(super) fn trail_of(row: &Row) -> Result<TrailEntry> {
    Ok(TrailEntry {
        at: row.get("at")?,
        action: row.get("action")?,
        from: row
            .get::<Option<String>>("from_status")?
            .and_then(|name| Status::from_name(&name)),
        to: status_of(&row.get::<String>("to_status")?, 0)?,
        actor: row.get("actor")?,
        detail: row
            .get::<Option<Json<serde_json::Value>>>("detail")?
            .map_or(serde_json::Value::Null, |json| json.0),
    })
}
