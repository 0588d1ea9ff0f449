//! The words of public pages and invitations, in the languages there are.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::Date;
use kernel::{TimeZone, Timestamp};

type Table = HashMap<String, String>;

static ENGLISH: LazyLock<Table> =
    LazyLock::new(|| read(include_str!("../../../../i18n/public/en.json")));
static GERMAN: LazyLock<Table> =
    LazyLock::new(|| read(include_str!("../../../../i18n/public/de.json")));

fn read(json: &str) -> Table {
    serde_json::from_str(json).expect("a test reads every file of texts")
}

/// A language that there are texts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    fn of(tag: &str) -> Option<Self> {
        let tag = tag.trim().to_ascii_lowercase();
        match tag.split(['-', '_']).next()? {
            "en" => Some(Self::English),
            "de" => Some(Self::German),
            _ => None,
        }
    }

    /// As in `lang` of HTML.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    fn table(self) -> &'static Table {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}

/// The words of one language, and how it writes times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) language: Language,
    /// Whether the day has twice twelve hours.
    halves: bool,
}

impl Words {
    /// For somebody who wrote from this language, in a mail to them.
    pub(crate) fn of(language: Option<&str>) -> Self {
        let tag = language.unwrap_or_default();
        Self {
            language: Language::of(tag).unwrap_or(Language::English),
            halves: halves(tag),
        }
    }

    /// The one asked for, or the best of `Accept-Language`.
    pub(super) fn choose(wanted: Option<&str>, accepted: Option<&str>) -> Self {
        if let Some(language) = wanted.and_then(Language::of) {
            return Self {
                language,
                halves: wanted.is_some_and(halves),
            };
        }
        let mut best: Option<(f32, &str, Language)> = None;
        for one in accepted.unwrap_or_default().split(',').take(20) {
            let mut parts = one.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q=")?.parse().ok())
                .unwrap_or(1.0_f32);
            if let Some(language) = Language::of(tag)
                && weight > best.map_or(0.0, |(most, ..)| most)
            {
                best = Some((weight, tag, language));
            }
        }
        let (tag, language) = best.map_or(("", Language::English), |(_, tag, it)| (tag, it));
        Self {
            language,
            halves: halves(tag),
        }
    }

    /// A text.
    pub(crate) fn text(self, key: &str) -> &'static str {
        let found = self.language.table().get(key).or_else(|| ENGLISH.get(key));
        debug_assert!(found.is_some(), "there is no text {key}");
        found.map_or("", String::as_str)
    }

    /// A text with values in its places.
    pub(crate) fn fill(self, key: &str, values: &[(&str, &str)]) -> String {
        let mut rest = self.text(key);
        let mut out = String::with_capacity(rest.len() + 32);
        // One pass, so that a value with braces in it is not filled again.
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            let (name, after) = after.split_once("}}").unwrap_or((after, ""));
            let value = values.iter().find(|(key, _)| *key == name.trim());
            debug_assert!(value.is_some(), "no value for {name} of {key}");
            out.push_str(value.map_or("", |(_, value)| value));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn listed(self, key: &str, at: usize) -> &'static str {
        self.text(key).split('|').nth(at).unwrap_or_default()
    }

    pub(super) fn month(self, year: i16, month: i8) -> String {
        let name = self.listed("months", (month - 1) as usize);
        self.fill("month_of", &[("month", name), ("year", &year.to_string())])
    }

    /// 0 is Monday.
    pub(super) fn weekday_short(self, day: usize) -> &'static str {
        self.listed("weekdays_short", day)
    }

    pub(super) fn weekday(self, day: usize) -> &'static str {
        self.listed("weekdays", day)
    }

    fn date(self, key: &str, date: Date) -> String {
        let weekday = date.weekday().to_monday_zero_offset() as usize;
        let values = [
            ("weekday", self.listed("weekdays", weekday)),
            ("month", self.listed("months", (date.month() - 1) as usize)),
            ("day", &*date.day().to_string()),
            ("year", &*date.year().to_string()),
        ];
        self.fill(key, &values)
    }

    /// Tuesday, December 1, 2026
    pub(crate) fn date_full(self, date: Date) -> String {
        self.date("date_full", date)
    }

    /// Tuesday, December 1
    pub(super) fn date_short(self, date: Date) -> String {
        self.date("date_short", date)
    }

    /// 09:30, or 9:30 am
    pub(crate) fn time(self, at: Timestamp, zone: &TimeZone) -> String {
        let at = at.to_jiff().to_zoned(zone.to_jiff());
        if !self.halves {
            return format!("{:02}:{:02}", at.hour(), at.minute());
        }
        let hour = match at.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        let half = if at.hour() < 12 { "am" } else { "pm" };
        format!("{hour}:{:02} {half}", at.minute())
    }

    /// The date and the time from start to end.
    pub(crate) fn when(
        self,
        start: Timestamp,
        end: Timestamp,
        zone: &TimeZone,
    ) -> (String, String) {
        let date = start.to_jiff().to_zoned(zone.to_jiff()).date();
        let range = self.fill(
            "time_range",
            &[
                ("from", &*self.time(start, zone)),
                ("to", &*self.time(end, zone)),
            ],
        );
        (self.date_full(date), range)
    }
}

/// Where clocks show 1 to 12, twice a day.
fn halves(tag: &str) -> bool {
    let tag = tag.trim().to_ascii_lowercase().replace('_', "-");
    ["en-us", "en-ca", "en-au", "en-nz", "en-in", "en-ph"].contains(&tag.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same_things() {
        let places = |text: &str| {
            let mut found: Vec<String> = text
                .split("{{")
                .skip(1)
                .filter_map(|rest| Some(rest.split_once("}}")?.0.to_owned()))
                .collect();
            found.sort();
            found
        };
        for (key, text) in ENGLISH.iter() {
            let german = GERMAN.get(key).unwrap_or_else(|| panic!("no German {key}"));
            assert_eq!(places(text), places(german), "{key}");
            assert_eq!(text.split('|').count(), german.split('|').count(), "{key}");
        }
        assert_eq!(ENGLISH.len(), GERMAN.len());
    }

    #[test]
    fn every_text_is_used_somewhere() {
        // Which pages use which texts is seen by the pages themselves; here only that nothing was left behind.
        let sources = [
            include_str!("form.rs"),
            include_str!("pages.rs"),
            include_str!("picker.rs"),
            include_str!("texts.rs"),
            include_str!("view.rs"),
            include_str!("waiting.rs"),
            include_str!("routes/mod.rs"),
            include_str!("routes/booking.rs"),
            include_str!("routes/event.rs"),
            include_str!("routes/waiting.rs"),
            include_str!("../invite/letter.rs"),
            include_str!("../invite/waiting.rs"),
        ]
        .concat();
        let unused: Vec<&String> = ENGLISH
            .keys()
            .filter(|key| {
                let put_together = ["fault_", "booked_", "mail_"]
                    .iter()
                    .any(|it| key.starts_with(it));
                !put_together && !sources.contains(&format!("\"{key}\""))
            })
            .collect();
        assert_eq!(unused, Vec::<&String>::new());
    }

    #[test]
    fn the_browser_says_which_language() {
        for (wanted, accepted, tag, halves) in [
            (None, None, "en", false),
            (None, Some("de-AT,en;q=0.8"), "de", false),
            (None, Some("fr, en-US;q=0.7, de;q=0.9"), "de", false),
            (None, Some("fr,en-US;q=0.7"), "en", true),
            (None, Some("*;q=0.5, x;q=abc,,;"), "en", false),
            (Some("de"), Some("en-US"), "de", false),
            (Some("xx"), Some("de"), "de", false),
        ] {
            let words = Words::choose(wanted, accepted);
            assert_eq!(
                (words.language.tag(), words.halves),
                (tag, halves),
                "{accepted:?}"
            );
        }
    }

    #[test]
    fn dates_and_times_are_written_as_people_do() {
        let at = Timestamp::from_micros(1_796_115_600_000_000);
        let zone = TimeZone::parse("America/New_York").unwrap();
        let english = Words::choose(None, Some("en-US"));
        let end = at + std::time::Duration::from_mins(30);
        assert_eq!(
            english.when(at, end, &zone),
            (
                "Tuesday, December 1, 2026".into(),
                "4:00 am – 4:30 am".into()
            )
        );
        let german = Words::of(Some("de"));
        let zone = TimeZone::parse("Europe/Berlin").unwrap();
        assert_eq!(
            german.when(at, end, &zone),
            ("Dienstag, 1. Dezember 2026".into(), "10:00 – 10:30".into())
        );
        assert_eq!(german.month(2026, 12), "Dezember 2026");
        assert_eq!(german.weekday_short(6), "So");
    }

    #[test]
    fn a_value_is_not_filled_again() {
        let words = Words::of(None);
        assert_eq!(
            words.fill("hosts_and", &[("first", "{{last}}"), ("last", "B")]),
            "{{last}} and B"
        );
    }
}
