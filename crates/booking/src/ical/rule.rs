//! Rules of recurrence (RFC 5545, section 3.3.10) as they are written.

use super::moment::{DAY, Moment, number};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// After what nothing follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// An instant, in seconds.
    Instant(i64),
    /// A wall time in the zone of the event.
    Wall(i64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: i64,
    pub(super) until: Option<Until>,
    pub(super) count: Option<u64>,
    pub(super) by_month: Vec<i64>,
    pub(super) by_week: Vec<i64>,
    pub(super) by_year_day: Vec<i64>,
    pub(super) by_month_day: Vec<i64>,
    /// Which of them in the month or year (0: each), and the day of the week, 0 is Monday.
    pub(super) by_day: Vec<(i64, i64)>,
    pub(super) by_hour: Vec<i64>,
    pub(super) by_minute: Vec<i64>,
    pub(super) by_second: Vec<i64>,
    pub(super) by_position: Vec<i64>,
    pub(super) week_start: i64,
}

impl Rule {
    /// Reads a rule; `None` if something in it is not known, for then its days are not known either.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rule = Self {
            frequency: Frequency::Daily,
            interval: 1,
            until: None,
            count: None,
            by_month: Vec::new(),
            by_week: Vec::new(),
            by_year_day: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_hour: Vec::new(),
            by_minute: Vec::new(),
            by_second: Vec::new(),
            by_position: Vec::new(),
            week_start: 0,
        };
        let mut frequency = None;
        for part in text.split(';').map(str::trim).filter(|it| !it.is_empty()) {
            let (name, value) = part.split_once('=')?;
            let value = value.trim();
            match name.trim().to_ascii_uppercase().as_str() {
                "FREQ" => frequency = Some(frequency_of(value)?),
                "INTERVAL" => rule.interval = number(value)?.clamp(1, 1_000_000),
                "COUNT" => rule.count = Some(number(value)?.max(1).unsigned_abs()),
                "UNTIL" => rule.until = Some(until(value)?),
                "WKST" => rule.week_start = weekday(value)?,
                "BYMONTH" => rule.by_month = list(value, 1, 12, false)?,
                "BYWEEKNO" => rule.by_week = list(value, 1, 53, true)?,
                "BYYEARDAY" => rule.by_year_day = list(value, 1, 366, true)?,
                "BYMONTHDAY" => rule.by_month_day = list(value, 1, 31, true)?,
                "BYHOUR" => rule.by_hour = list(value, 0, 23, false)?,
                "BYMINUTE" => rule.by_minute = list(value, 0, 59, false)?,
                "BYSECOND" => rule.by_second = list(value, 0, 60, false)?,
                "BYSETPOS" => rule.by_position = list(value, 1, 366, true)?,
                "BYDAY" => rule.by_day = value.split(',').map(nth).collect::<Option<_>>()?,
                "RSCALE" if value.eq_ignore_ascii_case("GREGORIAN") => {}
                name if name.starts_with("X-") => {}
                _ => return None,
            }
        }
        rule.frequency = frequency?;
        // A leap second is the one before it.
        rule.by_second.retain(|second| *second < 60);
        Some(rule)
    }

    /// What the start of the event says where the rule is silent.
    pub(super) fn completed(mut self, start: i64) -> Self {
        let day = start.div_euclid(DAY);
        let (_, month, month_day) = super::moment::civil_from_days(day);
        let weekday = super::moment::weekday(day);
        let no_day =
            self.by_day.is_empty() && self.by_month_day.is_empty() && self.by_year_day.is_empty();
        match self.frequency {
            Frequency::Yearly if no_day && !self.by_week.is_empty() => {
                self.by_day.push((0, weekday));
            }
            Frequency::Yearly if no_day => {
                if self.by_month.is_empty() {
                    self.by_month.push(month);
                }
                self.by_month_day.push(month_day);
            }
            Frequency::Monthly if no_day => self.by_month_day.push(month_day),
            Frequency::Weekly if no_day => self.by_day.push((0, weekday)),
            _ => {}
        }
        let of_day = start.rem_euclid(DAY);
        let fill = |list: &mut Vec<i64>, value| {
            if list.is_empty() {
                list.push(value);
            }
            list.sort_unstable();
            list.dedup();
        };
        if self.frequency >= Frequency::Daily {
            fill(&mut self.by_hour, of_day / 3600);
        }
        if self.frequency >= Frequency::Hourly {
            fill(&mut self.by_minute, of_day / 60 % 60);
        }
        if self.frequency >= Frequency::Minutely {
            fill(&mut self.by_second, of_day % 60);
        }
        self
    }
}

fn frequency_of(text: &str) -> Option<Frequency> {
    Some(match text.to_ascii_uppercase().as_str() {
        "SECONDLY" => Frequency::Secondly,
        "MINUTELY" => Frequency::Minutely,
        "HOURLY" => Frequency::Hourly,
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        _ => return None,
    })
}

fn until(text: &str) -> Option<Until> {
    Some(match Moment::parse(text, None)? {
        // The day is the last one, so all of it.
        Moment::Date(wall) => Until::Wall(wall + DAY - 1),
        Moment::Utc(at) => Until::Instant(at),
        other => Until::Wall(other.wall()),
    })
}

fn weekday(text: &str) -> Option<i64> {
    ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
        .iter()
        .position(|day| day.eq_ignore_ascii_case(text))
        .map(|at| at as i64)
}

/// `MO`, `2TU`, `-1FR`
fn nth(text: &str) -> Option<(i64, i64)> {
    let text = text.trim();
    let split = text.len().checked_sub(2)?;
    let day = weekday(text.get(split..)?)?;
    match text.get(..split)? {
        "" => Some((0, day)),
        nth => signed(nth)
            .filter(|n| *n != 0 && n.abs() <= 53)
            .map(|n| (n, day)),
    }
}

fn list(text: &str, least: i64, most: i64, negative: bool) -> Option<Vec<i64>> {
    text.split(',')
        .map(|one| {
            signed(one.trim()).filter(|n| {
                (least..=most).contains(n) || (negative && (-most..=-least).contains(n))
            })
        })
        .collect()
}

fn signed(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(digits) => number(digits).map(|n| -n),
        None => number(text.strip_prefix('+').unwrap_or(text)),
    }
}
