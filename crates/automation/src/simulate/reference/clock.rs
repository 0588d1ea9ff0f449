//! What the reference reads from the clock on the wall.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Reference, Way};

impl Reference {
    pub(super) fn is_ripe(&self, who: i64, way: &Way) -> bool {
        let step = self.step(way.version, &way.at);
        let with = &step["with"];
        let zone = self.zone(who, &with["zone"]);
        match step["kind"].as_str() {
            Some("wait") => match with["at"].as_str() {
                None => way.came + minutes(with) <= self.now,
                Some(at) => {
                    let from = way.came
                        + minutes(&json!({"hours": with["hours"], "minutes": with["minutes"]}));
                    let days = with["days"].as_i64().unwrap_or(0);
                    let mut target = local(from, &zone).date().to_datetime(time(at));
                    if days == 0 && target < local(from, &zone) {
                        target += 1.day();
                    }
                    self.now >= from && local(self.now, &zone) >= target + days.days()
                }
            },
            Some("wait_until_date") => {
                local(self.now, &zone)
                    >= with["at"]
                        .as_str()
                        .expect("a time")
                        .parse::<DateTime>()
                        .expect("a time")
            }
            Some("wait_for_window") => Self::in_window(
                &with["within"],
                self.now,
                &self.zone(who, &with["within"]["zone"]),
            ),
            _ => false,
        }
    }

    pub(super) fn in_window(window: &Value, now: i64, zone: &TimeZone) -> bool {
        let now = local(now, zone);
        let (from, to) = (
            time(window["from"].as_str().expect("a time")),
            time(window["to"].as_str().expect("a time")),
        );
        let wanted = |date: Date| {
            let days = window["weekdays"].as_array().map_or(&[][..], Vec::as_slice);
            let name = format!("{:?}", date.weekday()).to_lowercase();
            days.is_empty() || days.iter().any(|day| *day == name)
        };
        if from < to {
            wanted(now.date()) && (from..to).contains(&now.time())
        } else {
            (wanted(now.date()) && now.time() >= from)
                || (wanted(now.date() - 1.day()) && now.time() < to)
        }
    }

    /// Whether the date of the contact has come: before (negative), just now (0), or has passed. `None`: no date.
    pub(super) fn compare_field(&self, who: i64, way: &Way, step: &Value) -> Option<i64> {
        let with = &step["with"];
        let date: Date = self.people[&who].fields.get("d")?.as_str()?.parse().ok()?;
        let (sign, delay) = if with["before"].is_object() {
            (-1, &with["before"])
        } else {
            (1, &with["after"])
        };
        let days = delay["days"].as_i64().unwrap_or(0) * sign;
        let shift = minutes(&json!({"hours": delay["hours"]})) * sign;
        let target = (date + days.days()).to_datetime(time(with["at"].as_str().unwrap_or("00:00")));
        let now = local(self.now - shift, &self.zone(who, &with["zone"]));
        let _ = way;
        Some(match now.cmp(&target) {
            std::cmp::Ordering::Less => -1,
            std::cmp::Ordering::Equal => 0,
            std::cmp::Ordering::Greater => 1,
        })
    }
}

pub(super) fn minutes(delay: &Value) -> i64 {
    let number = |key: &str| delay[key].as_i64().unwrap_or(0);
    (number("days") * 24 + number("hours")) * 60 + number("minutes")
}

pub(super) fn time(text: &str) -> Time {
    format!("{text}:00").parse().expect("a time")
}

/// What the clock shows.
pub(super) fn local(minute: i64, zone: &TimeZone) -> DateTime {
    zone.to_datetime(jiff::Timestamp::from_second(minute * 60).expect("a time"))
}
