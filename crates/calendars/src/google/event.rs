//! What an event says.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::Timestamp;
use serde::Deserialize;

use crate::{Content, Fault, Object, Taken};

/// Where the uid of what we wrote stands.
pub(super) const UID: &str = "senderoUid";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) etag: Option<String>,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    transparency: String,
    #[serde(default, rename = "eventType")]
    kind: String,
    #[serde(default)]
    summary: String,
    start: Option<When>,
    end: Option<When>,
    #[serde(default)]
    attendees: Vec<Attendee>,
    #[serde(default)]
    extended_properties: Properties,
}

/// Either of both.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct When {
    date: Option<Date>,
    date_time: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attendee {
    #[serde(default, rename = "self")]
    is_self: bool,
    #[serde(default)]
    response_status: String,
}

#[derive(Default, Deserialize)]
struct Properties {
    #[serde(default)]
    private: BTreeMap<String, String>,
}

impl Event {
    pub(super) fn is_cancelled(&self) -> bool {
        self.status == "cancelled"
    }

    /// As an object; `zone` is that of the calendar.
    pub(super) fn object(mut self, zone: &TimeZone) -> Result<Object, Fault> {
        let uid = self.extended_properties.private.remove(UID);
        Ok(Object {
            content: Content::Busy(self.taken(zone)?.into_iter().collect()),
            key: self.id,
            etag: self.etag,
            uid,
        })
    }

    fn taken(&self, zone: &TimeZone) -> Result<Option<Taken>, Fault> {
        let answer = self
            .attendees
            .iter()
            .find(|it| it.is_self)
            .map_or("", |it| it.response_status.as_str());
        let free = self.is_cancelled()
            || self.transparency == "transparent"
            || self.kind == "workingLocation"
            || answer == "declined";
        if free {
            return Ok(None);
        }
        let (Some(start), Some(end)) = (&self.start, &self.end) else {
            return Err(Fault::Garbage(format!("the event {} has no time", self.id)));
        };
        let all_day = start.date.zip(end.date);
        let (start, end) = (start.at(zone)?, end.at(zone)?);
        Ok(Some(Taken {
            start,
            end,
            all_day,
            summary: self.summary.clone(),
            tentative: self.status == "tentative" || answer == "tentative",
        }))
    }
}

impl When {
    fn at(&self, zone: &TimeZone) -> Result<Timestamp, Fault> {
        let no_time = || Fault::Garbage("an event has a time that is none".to_owned());
        match (self.date, &self.date_time) {
            (Some(date), _) => {
                let midnight = date.to_zoned(zone.clone()).map_err(|_| no_time())?;
                Ok(midnight.timestamp().into())
            }
            (None, Some(text)) => text.parse().map_err(|_| no_time()),
            (None, None) => Err(no_time()),
        }
    }
}
