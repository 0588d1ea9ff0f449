//! What an event says.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use kernel::Timestamp;
use serde::Deserialize;

use crate::{Content, Fault, Object, Taken};

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) id: String,
    #[serde(rename = "@odata.etag")]
    pub(super) etag: Option<String>,
    #[serde(rename = "@removed")]
    pub(super) removed: Option<serde::de::IgnoredAny>,
    #[serde(rename = "type")]
    kind: Option<String>,
    pub(super) series_master_id: Option<String>,
    pub(super) transaction_id: Option<String>,
    subject: Option<String>,
    show_as: Option<String>,
    is_cancelled: Option<bool>,
    is_all_day: Option<bool>,
    response_status: Option<Answer>,
    pub(super) start: Option<When>,
    pub(super) end: Option<When>,
}

#[derive(Clone, Deserialize)]
struct Answer {
    response: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct When {
    date_time: String,
    time_zone: Option<String>,
}

impl Event {
    /// Whether it only says when it is, and all else is said by its series.
    pub(super) fn is_bare(&self) -> bool {
        self.kind.as_deref() == Some("occurrence") && self.show_as.is_none()
    }

    /// Whether it stands for its occurrences, which are listed as well.
    pub(super) fn is_series(&self) -> bool {
        self.kind.as_deref() == Some("seriesMaster")
    }

    /// With all that its series says.
    pub(super) fn completed_by(mut self, series: &Self) -> Self {
        self.subject.clone_from(&series.subject);
        self.show_as.clone_from(&series.show_as);
        self.is_cancelled = self.is_cancelled.or(series.is_cancelled);
        self.is_all_day = series.is_all_day;
        self.response_status.clone_from(&series.response_status);
        self
    }

    pub(super) fn object(self) -> Result<Object, Fault> {
        Ok(Object {
            content: Content::Busy(self.taken()?.into_iter().collect()),
            key: self.id,
            etag: self.etag,
            uid: self.transaction_id,
        })
    }

    fn taken(&self) -> Result<Option<Taken>, Fault> {
        let answer = self
            .response_status
            .as_ref()
            .and_then(|it| it.response.as_deref())
            .unwrap_or_default();
        let shown = self.show_as.as_deref().unwrap_or_default();
        // Whoever works elsewhere can be met.
        if self.is_cancelled == Some(true)
            || matches!(shown, "free" | "workingElsewhere")
            || answer == "declined"
        {
            return Ok(None);
        }
        let (Some(start), Some(end)) = (&self.start, &self.end) else {
            return Err(Fault::Garbage(format!("the event {} has no time", self.id)));
        };
        let all_day = if self.is_all_day == Some(true) {
            Some((start.day()?, end.day()?))
        } else {
            None
        };
        let (start, end) = match all_day {
            Some((first, last)) => (midnight(first)?, midnight(last)?),
            None => (start.at()?, end.at()?),
        };
        Ok(Some(Taken {
            start,
            end,
            all_day,
            summary: self.subject.clone().unwrap_or_default(),
            tentative: shown == "tentative" || answer == "tentativelyAccepted",
        }))
    }
}

impl When {
    fn wall(&self) -> Result<DateTime, Fault> {
        self.date_time
            .trim_end_matches('Z')
            .parse()
            .map_err(|_| no_time())
    }

    pub(super) fn at(&self) -> Result<Timestamp, Fault> {
        let wall = self.wall()?;
        let zone = match self.time_zone.as_deref() {
            None | Some("UTC" | "Etc/UTC" | "tzone://Microsoft/Utc") => TimeZone::UTC,
            // Not what was asked for, and perhaps still a name that everybody knows.
            Some(name) => TimeZone::get(name).map_err(|_| no_time())?,
        };
        let at = wall.to_zoned(zone).map_err(|_| no_time())?;
        Ok(at.timestamp().into())
    }

    /// The day that a whole day is: it begins at midnight, which may be told in UTC, up to twelve hours beside it.
    fn day(&self) -> Result<Date, Fault> {
        let wall = self.wall()?;
        let date = wall.date();
        if wall.hour() < 12 {
            Ok(date)
        } else {
            date.tomorrow().map_err(|_| no_time())
        }
    }
}

fn midnight(date: Date) -> Result<Timestamp, Fault> {
    let at = date.to_zoned(TimeZone::UTC).map_err(|_| no_time())?;
    Ok(at.timestamp().into())
}

fn no_time() -> Fault {
    Fault::Garbage("an event has a time that is none".to_owned())
}
