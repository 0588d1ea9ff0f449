//! From a rule to wall times.

use super::moment::{DAY, civil_from_days, days_from_civil, days_in_month, is_leap, weekday};
use super::rule::{Frequency, Rule};

/// How much may still be looked at. Shared by all rules of a calendar, so that none can be made to take long.
#[derive(Debug)]
pub(super) struct Budget(u64);

/// The budget is used up.
#[derive(Debug)]
pub(super) struct UsedUp;

impl Budget {
    pub(super) fn new(steps: u64) -> Self {
        Self(steps)
    }

    pub(super) fn take(&mut self, steps: u64) -> Result<(), UsedUp> {
        self.0 = self.0.checked_sub(steps).ok_or(UsedUp)?;
        Ok(())
    }
}

/// The wall times of a rule (see [`Rule::completed`]) that begins with `start`, from `from` until `to`, in order. `start`
/// counts as the first, whether the rule says so or not. `ended` tells of a wall time that it is past the rule's end.
pub(super) fn walls(
    rule: &Rule,
    start: i64,
    (from, to): (i64, i64),
    ended: impl Fn(i64) -> bool,
    budget: &mut Budget,
) -> Result<Vec<i64>, UsedUp> {
    let mut found = Vec::new();
    if (from..=to).contains(&start) {
        found.push(start);
    }
    let mut left = rule.count.map(|count| count - 1);
    let base = index(rule, start);
    // What is counted must be counted from the beginning; all else can begin shortly before what is asked for.
    let mut at = if rule.count.is_some() {
        base
    } else {
        let first = index(rule, from.max(start));
        base + (first - base).div_euclid(rule.interval).max(0) * rule.interval
    };
    let mut times = Vec::new();
    while left != Some(0) {
        budget.take(1)?;
        if begin(rule, at) > to {
            break;
        }
        times.clear();
        let skip = candidates(rule, at, budget, &mut times)?;
        positions(&rule.by_position, &mut times);
        for &wall in times.iter().filter(|wall| **wall > start) {
            if ended(wall) {
                return Ok(found);
            }
            if let Some(left) = &mut left {
                if *left == 0 {
                    break;
                }
                *left -= 1;
            }
            if (from..=to).contains(&wall) {
                found.push(wall);
            }
        }
        at += match skip {
            Some(next) => ((next - at).div_euclid(rule.interval).max(1)) * rule.interval,
            None => rule.interval,
        };
    }
    Ok(found)
}

/// The number of the period that a wall time is in, counted from 1970.
fn index(rule: &Rule, wall: i64) -> i64 {
    let day = wall.div_euclid(DAY);
    match rule.frequency {
        Frequency::Secondly => wall,
        Frequency::Minutely => wall.div_euclid(60),
        Frequency::Hourly => wall.div_euclid(3600),
        Frequency::Daily => day,
        Frequency::Weekly => (day + 3 - rule.week_start).div_euclid(7),
        Frequency::Monthly => {
            let (year, month, _) = civil_from_days(day);
            year * 12 + month - 1
        }
        Frequency::Yearly => civil_from_days(day).0,
    }
}

/// The days of a period, or of one that is shorter the day it is in.
fn days(rule: &Rule, at: i64) -> std::ops::Range<i64> {
    match rule.frequency {
        Frequency::Secondly => single(at.div_euclid(DAY)),
        Frequency::Minutely => single(at.div_euclid(1440)),
        Frequency::Hourly => single(at.div_euclid(24)),
        Frequency::Daily => single(at),
        Frequency::Weekly => {
            let first = at * 7 - 3 + rule.week_start;
            first..first + 7
        }
        Frequency::Monthly => {
            let (year, month) = (at.div_euclid(12), at.rem_euclid(12) + 1);
            let first = days_from_civil(year, month, 1);
            first..first + days_in_month(year, month)
        }
        Frequency::Yearly => days_from_civil(at, 1, 1)..days_from_civil(at + 1, 1, 1),
    }
}

fn single(day: i64) -> std::ops::Range<i64> {
    day..day + 1
}

/// The first wall time of a period.
fn begin(rule: &Rule, at: i64) -> i64 {
    match rule.frequency {
        Frequency::Secondly => at,
        Frequency::Minutely => at * 60,
        Frequency::Hourly => at * 3600,
        _ => days(rule, at).start * DAY,
    }
}

/// All wall times of a period, in order. Where its whole day has none, the period to go on with.
fn candidates(
    rule: &Rule,
    at: i64,
    budget: &mut Budget,
    times: &mut Vec<i64>,
) -> Result<Option<i64>, UsedUp> {
    let days = days(rule, at);
    let per_day = match rule.frequency {
        Frequency::Secondly => DAY,
        Frequency::Minutely => 1440,
        Frequency::Hourly => 24,
        _ => 0,
    };
    for day in days {
        if !has_day(rule, day) {
            if per_day > 0 {
                return Ok(Some((day + 1) * per_day));
            }
            continue;
        }
        let wall = begin(rule, at);
        let of_day = wall - day * DAY;
        let within = |list: &[i64], value| list.is_empty() || list.contains(&value);
        match rule.frequency {
            Frequency::Secondly => {
                let fits = within(&rule.by_hour, of_day / 3600)
                    && within(&rule.by_minute, of_day / 60 % 60)
                    && within(&rule.by_second, of_day % 60);
                if fits {
                    times.push(wall);
                }
            }
            Frequency::Minutely => {
                if within(&rule.by_hour, of_day / 3600) && within(&rule.by_minute, of_day / 60 % 60)
                {
                    budget.take(rule.by_second.len() as u64)?;
                    times.extend(rule.by_second.iter().map(|second| wall + second));
                }
            }
            Frequency::Hourly => {
                if within(&rule.by_hour, of_day / 3600) {
                    clock(rule, wall, budget, times)?;
                }
            }
            _ => {
                for hour in &rule.by_hour {
                    clock(rule, day * DAY + hour * 3600, budget, times)?;
                }
            }
        }
    }
    Ok(None)
}

fn clock(rule: &Rule, hour: i64, budget: &mut Budget, times: &mut Vec<i64>) -> Result<(), UsedUp> {
    budget.take((rule.by_minute.len() * rule.by_second.len()) as u64)?;
    for minute in &rule.by_minute {
        times.extend(
            rule.by_second
                .iter()
                .map(|second| hour + minute * 60 + second),
        );
    }
    Ok(())
}

/// Keeps the first, the last and so on, as the rule says.
fn positions(by_position: &[i64], times: &mut Vec<i64>) {
    if by_position.is_empty() {
        return;
    }
    let all = times.len() as i64;
    let mut place = 0;
    times.retain(|_| {
        place += 1;
        by_position.contains(&place) || by_position.contains(&(place - all - 1))
    });
}

fn has_day(rule: &Rule, day: i64) -> bool {
    let (year, month, month_day) = civil_from_days(day);
    let month_days = days_in_month(year, month);
    let year_days = 365 + i64::from(is_leap(year));
    let year_day = day - days_from_civil(year, 1, 1) + 1;
    let within = |list: &[i64], value: i64, of: i64| {
        list.is_empty() || list.contains(&value) || list.contains(&(value - of - 1))
    };
    if !(rule.by_month.is_empty() || rule.by_month.contains(&month)) {
        return false;
    }
    if !within(&rule.by_month_day, month_day, month_days)
        || !within(&rule.by_year_day, year_day, year_days)
    {
        return false;
    }
    if !rule.by_week.is_empty() {
        let (week, of) = week(day, rule.week_start);
        if !within(&rule.by_week, week, of) {
            return false;
        }
    }
    if rule.by_day.is_empty() {
        return true;
    }
    let weekday = weekday(day);
    let in_month = rule.frequency == Frequency::Monthly
        || (rule.frequency == Frequency::Yearly && !rule.by_month.is_empty());
    let counts = in_month || rule.frequency == Frequency::Yearly;
    let (place, of) = if in_month {
        (month_day, month_days)
    } else {
        (year_day, year_days)
    };
    rule.by_day.iter().any(|&(nth, wanted)| {
        wanted == weekday
            && (nth == 0 || !counts || nth == (place - 1) / 7 + 1 || nth == -((of - place) / 7 + 1))
    })
}

/// The number of the week that a day is in, and how many its year has: the first is the one with at least four days in
/// the year.
fn week(day: i64, week_start: i64) -> (i64, i64) {
    let first_of = |year: i64| {
        let january = days_from_civil(year, 1, 4);
        january - (weekday(january) - week_start).rem_euclid(7)
    };
    let (year, _, _) = civil_from_days(day);
    let year = [year + 1, year, year - 1]
        .into_iter()
        .find(|year| first_of(*year) <= day)
        .unwrap_or(year);
    let first = first_of(year);
    ((day - first) / 7 + 1, (first_of(year + 1) - first) / 7)
}
