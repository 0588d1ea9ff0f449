//! Letters to who waits.

use jiff::civil::Date;
use kernel::{TimeZone, Timestamp};
use serde_json::{Value, json};

use super::Letter;
use crate::event_types::EventType;
use crate::public::{Words, encoded};
use crate::slots::interval::{MINUTE, plus};
use crate::waiting::Waiting;

/// What somebody who waits is told.
#[derive(Clone, Debug)]
pub struct Waits<'a> {
    /// Who waits.
    pub waiting: &'a Waiting,
    /// For what.
    pub event_type: &'a EventType,
    /// The booking page of the account, in addresses.
    pub page: &'a str,
    /// Where this server is, without a slash at its end.
    pub url: &'a str,
    /// Of the links that are for them alone.
    pub token: &'a str,
    /// When it is told.
    pub now: Timestamp,
}

impl Waits<'_> {
    /// That they are on the list.
    pub fn joined(&self) -> Letter {
        self.letter("mail_waiting", None)
    }

    /// That a place is free then; none if that is over.
    pub fn free(&self, start: Timestamp) -> Option<Letter> {
        (start > self.now).then(|| self.letter("mail_free", Some(start)))
    }

    fn letter(&self, key: &'static str, start: Option<Timestamp>) -> Letter {
        let waiting = self.waiting;
        let words = Words::of(waiting.language.as_deref());
        let zone = &waiting.time_zone;
        let title = self.event_type.title.as_str();
        let when = start.map(|start| {
            let end = plus(start, i64::from(waiting.minutes) * MINUTE);
            words.when(start, end, zone)
        });
        let (date, time) = when.as_ref().map_or(("", ""), |(a, b)| (a, b));
        let values = [("title", title), ("date", date), ("time", time)];
        let mut facts: Vec<Value> = Vec::new();
        let mut fact = |name: &str, value: &str| facts.push(json!({"name": name, "value": value}));
        if when.is_some() {
            let when = format!("{date}, {time} ({})", zone.name());
            fact(words.text("when"), &when);
        } else {
            for (key, at, back) in [
                ("wait_from", waiting.from, 0),
                // The last day on which they would come.
                ("wait_until", waiting.until, 1),
            ] {
                if let Some(at) = at {
                    fact(words.text(key), &words.date_full(date_of(at, back, zone)));
                }
            }
        }
        if waiting.seats > 1 {
            fact(words.text("seats"), &waiting.seats.to_string());
        }
        let mut links: Vec<Value> = Vec::new();
        let mut link =
            |name: &str, value: String| links.push(json!({"name": name, "value": value}));
        if let Some(start) = start {
            link(words.text("mail_book"), self.book(start, words));
        }
        link(
            words.text("wait_leave"),
            format!("{}/waiting/{}", self.url, self.token),
        );
        Letter {
            to_name: waiting.name.clone(),
            to_email: waiting.email.clone(),
            reply_to: None,
            values: json!({
                "language": words.language.tag(),
                "subject": words.fill(&format!("{key}_subject"), &values),
                "told": words.fill(key, &values),
                "title": title,
                "facts": facts,
                "links": links,
            }),
            calendar: None,
        }
    }

    /// The form for that start, which knows who opens it.
    fn book(&self, start: Timestamp, words: Words) -> String {
        let query = [
            ("start", start.to_string()),
            ("minutes", self.waiting.minutes.to_string()),
            ("seats", self.waiting.seats.to_string()),
            ("tz", self.waiting.time_zone.name().to_owned()),
            ("lang", words.language.tag().to_owned()),
            ("waiting", self.token.to_owned()),
        ];
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let slug = &self.event_type.slug;
        format!("{}/book/{}/{slug}?{}", self.url, self.page, query.join("&"))
    }
}

fn date_of(at: Timestamp, micros_back: i64, zone: &TimeZone) -> Date {
    plus(at, -micros_back)
        .to_jiff()
        .to_zoned(zone.to_jiff())
        .date()
}
