//! The days of a month and the times of a day.

use std::collections::BTreeMap;
use std::time::Duration;

use ctx::Ctx;
use jiff::civil::Date;
use kernel::{Result, TimeZone, Timestamp};
use web::html::{Markup, Slot};

use super::view::{Offer, Scene, chosen_minutes};
use crate::BookingId;
use crate::availability::{SlotQuery, SlotView, slots};
use crate::waiting;

/// How far ahead the first time is looked for.
const AHEAD: Duration = Duration::from_hours(24 * SlotQuery::MAX_DAYS);
/// How many months ahead one may turn to.
const MONTHS: i32 = 24;

/// What there is to choose from.
#[derive(Clone, Debug)]
pub(super) struct Picker {
    pub(super) zone: TimeZone,
    /// The first day of the month that is shown.
    month: Date,
    today: Date,
    /// The day whose times are shown.
    day: Option<Date>,
    /// Of the month.
    days: BTreeMap<Date, Vec<SlotView>>,
    /// What begins in the month and has no seat left, if one can wait for one.
    full: BTreeMap<Date, Vec<Timestamp>>,
    /// Where one can wait for any place.
    wait: Option<String>,
    /// Whether the visitor asked for this month, so that another one has no times either.
    asked: bool,
}

/// The times of the month that a visitor asks for, or of the first one that has any.
pub(super) async fn load(
    ctx: &Ctx,
    scene: Scene<'_>,
    offer: &Offer,
    moves: Option<BookingId>,
    zone: TimeZone,
) -> Result<Picker> {
    let today = date_of(scene.now, &zone);
    let wanted = scene
        .fields
        .get("date")
        .and_then(|text| text.parse::<Date>().ok());
    let asked = scene
        .fields
        .get("month")
        .and_then(|text| format!("{text}-01").parse::<Date>().ok())
        .or(wanted)
        .map(Date::first_of_month)
        .filter(|month| (0..=MONTHS).contains(&months_between(today, *month)));
    let query = |from: Timestamp, until: Timestamp| SlotQuery {
        time_zone: Some(zone.clone()),
        minutes: Some(chosen_minutes(scene.fields, &offer.event)),
        moves,
        host: scene
            .fields
            .get("host")
            .and_then(|slug| offer.hosts.iter().find(|host| host.slug == slug))
            .map(|host| host.id),
        ..SlotQuery::new(from, until)
    };
    let by_day = |list: crate::availability::Slots| -> BTreeMap<Date, Vec<SlotView>> {
        list.days
            .into_iter()
            .map(|mut day| {
                offer.seen(&mut day.slots);
                (day.date, day.slots)
            })
            .collect()
    };
    let (account, id) = (offer.account, offer.event.id);
    let mut days = BTreeMap::new();
    let month = if let Some(month) = asked {
        month
    } else {
        days = by_day(slots(ctx, account, id, &query(scene.now, scene.now + AHEAD)).await?);
        days.keys()
            .next()
            .map_or(today, |day| *day)
            .first_of_month()
    };
    let next = month.saturating_add(jiff::Span::new().months(1));
    let end = start_of(next, &zone);
    // What was read to find the first time is enough unless the month ends behind it.
    if asked.is_some() || end > scene.now + AHEAD {
        let begin = start_of(month, &zone).max(scene.now);
        days = if begin < end {
            by_day(slots(ctx, account, id, &query(begin, end)).await?)
        } else {
            BTreeMap::new()
        };
    }
    days.retain(|day, _| day.first_of_month() == month);
    let wait = offer.wait_path().filter(|_| moves.is_none());
    let settings = &offer.event.settings;
    let mut full: BTreeMap<Date, Vec<Timestamp>> = BTreeMap::new();
    if wait.is_some() && settings.capacity.is_some() {
        // Nobody could book what begins sooner, even if a seat became free.
        let notice = Duration::from_mins(u64::from(settings.notice_minutes));
        let begin = start_of(month, &zone).max(scene.now + notice);
        let minutes = chosen_minutes(scene.fields, &offer.event);
        let found = waiting::full(ctx, account, id, minutes, (begin, end)).await?;
        for start in found {
            let day = date_of(start, &zone);
            let mut slots = days.get(&day).into_iter().flatten();
            if !slots.any(|slot| slot.start == start) {
                full.entry(day).or_default().push(start);
            }
        }
    }
    let day = wanted
        .filter(|day| day.first_of_month() == month)
        .or_else(|| days.keys().next().copied())
        .or_else(|| full.keys().next().copied());
    Ok(Picker {
        zone,
        month,
        today,
        day,
        days,
        full,
        wait,
        asked: asked.is_some(),
    })
}

/// Whether a start can be had right now; `None` if not.
pub(super) async fn find(
    ctx: &Ctx,
    scene: Scene<'_>,
    offer: &Offer,
    moves: Option<BookingId>,
    start: Timestamp,
) -> Result<Option<SlotView>> {
    let query = SlotQuery {
        minutes: Some(chosen_minutes(scene.fields, &offer.event)),
        moves,
        hold: scene.fields.get("hold").map(str::to_owned),
        ..SlotQuery::new(start, start + Duration::from_secs(1))
    };
    let found = slots(ctx, offer.account, offer.event.id, &query).await?;
    let mut all = found.days.into_iter().flat_map(|day| day.slots);
    Ok(all.find(|slot| slot.start == start))
}

fn date_of(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_jiff().to_zoned(zone.to_jiff()).date()
}

/// The first instant of a date.
pub(super) fn start_of(date: Date, zone: &TimeZone) -> Timestamp {
    date.to_zoned(zone.to_jiff())
        .map_or(Timestamp::from_micros(i64::MAX / 2), |at| {
            Timestamp::from_micros(at.timestamp().as_microsecond())
        })
}

fn months_between(from: Date, to: Date) -> i32 {
    let count = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
    count(to) - count(from)
}

impl Picker {
    /// Leaves out a start: of a booking that is moved, the one that it has.
    pub(super) fn without(mut self, start: Timestamp) -> Self {
        for slots in self.days.values_mut() {
            slots.retain(|slot| slot.start != start);
        }
        self.days.retain(|_, slots| !slots.is_empty());
        if self.day.is_some_and(|day| !self.days.contains_key(&day)) {
            self.day = self.days.keys().next().copied();
        }
        self
    }

    /// Month and times, as two sections. `path` is where their links lead.
    pub(super) fn markup(&self, scene: Scene<'_>, path: &str) -> Markup {
        let mut both = self.month(scene, path);
        both.push(&self.times(scene, path));
        both
    }

    fn month(&self, scene: Scene<'_>, path: &str) -> Markup {
        let words = scene.words;
        let head: Markup = (0..7)
            .map(|day| {
                Markup::fill(
                    "<th scope=\"col\"><abbr title=\"{long}\">{short}</abbr></th>",
                    &[
                        ("long", words.weekday(day).into()),
                        ("short", words.weekday_short(day).into()),
                    ],
                )
            })
            .collect();
        let before = self.month.weekday().to_monday_zero_offset();
        let empty = || (None, Markup::fill("<td></td>", &[]));
        let mut cells: Vec<(Option<Date>, Markup)> = Vec::with_capacity(42);
        cells.resize_with(before as usize, empty);
        let mut day = self.month;
        while day.month() == self.month.month() {
            cells.push((Some(day), self.cell(scene, path, day)));
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        cells.resize_with(cells.len().div_ceil(7) * 7, empty);
        let rows: Markup = cells
            .chunks(7)
            // Weeks that are over only take room on a telephone.
            .filter(|week| {
                week.iter()
                    .any(|(day, _)| day.is_some_and(|day| day >= self.today))
            })
            .map(|week| {
                let week: Markup = week.iter().map(|(_, cell)| cell.clone()).collect();
                Markup::fill("<tr>{week}</tr>", &[("week", (&week).into())])
            })
            .collect();
        let title = words.month(self.month.year(), self.month.month());
        let empty = if self.days.is_empty() {
            let key = if self.asked {
                "no_times"
            } else {
                "no_times_ahead"
            };
            let mut note = Markup::fill(
                "<p class=\"note\" role=\"status\">{text}</p>",
                &[("text", words.text(key).into())],
            );
            note.push(&wait_link(scene, self.wait.as_deref(), None));
            note
        } else {
            Markup::default()
        };
        Markup::fill(
            "<section class=\"when\" aria-label=\"{label}\"><div class=\"month\"><h2 id=\"month\" tabindex=\"-1\">{title}</h2>\
             {previous}{next}</div><table class=\"days\" aria-labelledby=\"month\"><thead><tr>{head}</tr></thead>\
             <tbody>{rows}</tbody></table>{empty}{zone}</section>",
            &[
                ("label", words.text("select_day").into()),
                ("title", (&title).into()),
                ("previous", (&self.turn(scene, path, -1)).into()),
                ("next", (&self.turn(scene, path, 1)).into()),
                ("head", (&head).into()),
                ("rows", (&rows).into()),
                ("empty", (&empty).into()),
                ("zone", (&self.zone_chooser(scene, path)).into()),
            ],
        )
    }

    fn cell(&self, scene: Scene<'_>, path: &str, day: Date) -> Markup {
        let number = day.day().to_string();
        let iso = day.to_string();
        let class = if day == self.today { "today" } else { "" };
        let slots = self.days.get(&day).map(Vec::as_slice).unwrap_or_default();
        if slots.is_empty() && !self.full.contains_key(&day) {
            return Markup::fill(
                "<td data-day=\"{iso}\" class=\"{class}\">{number}</td>",
                &[
                    ("iso", (&iso).into()),
                    ("class", class.into()),
                    ("number", (&number).into()),
                ],
            );
        }
        let link = format!(
            "{}#times",
            scene.fields.link(path, &[("date", &*iso), ("start", "")])
        );
        let label = scene.words.fill(
            "times_count",
            &[
                ("date", &*scene.words.date_short(day)),
                ("count", &*slots.len().to_string()),
            ],
        );
        let current = Markup::fill(
            if self.day == Some(day) {
                " aria-current=\"date\""
            } else {
                ""
            },
            &[],
        );
        Markup::fill(
            "<td data-day=\"{iso}\" class=\"{class}\"><a href=\"{link}\" data-swap=\"#times-of\" \
             aria-label=\"{label}\"{current}>{number}</a></td>",
            &[
                ("iso", (&iso).into()),
                ("class", class.into()),
                ("link", Slot::Link(&link)),
                ("label", (&label).into()),
                ("current", (&current).into()),
                ("number", (&number).into()),
            ],
        )
    }

    /// The link to the month before or behind.
    fn turn(&self, scene: Scene<'_>, path: &str, by: i32) -> Markup {
        let month = self.month.saturating_add(jiff::Span::new().months(by));
        let there = (0..=MONTHS).contains(&months_between(self.today, month));
        let (sign, key) = if by < 0 {
            ("‹", "month_previous")
        } else {
            ("›", "month_next")
        };
        if !there {
            return Markup::fill(
                "<span aria-hidden=\"true\">{sign}</span>",
                &[("sign", sign.into())],
            );
        }
        let text = format!("{:04}-{:02}", month.year(), month.month());
        let link = scene.fields.link(path, &[("month", &*text)]);
        Markup::fill(
            "<a href=\"{link}\" data-swap=\"#month\" aria-label=\"{label}\">{sign}</a>",
            &[
                ("link", Slot::Link(&link)),
                ("label", scene.words.text(key).into()),
                ("sign", sign.into()),
            ],
        )
    }

    /// The zone that times are in, and how to choose another.
    fn zone_chooser(&self, scene: Scene<'_>, path: &str) -> Markup {
        let words = scene.words;
        let month = format!("{:04}-{:02}", self.month.year(), self.month.month());
        if scene.fields.get("pick") != Some("zone") {
            let link = scene
                .fields
                .link(path, &[("month", &*month), ("pick", "zone")]);
            let sentence = words.fill("zone_times", &[("zone", self.zone.name())]);
            return Markup::fill(
                "<p class=\"zone\"><span>{sentence}</span><a href=\"{link}\" data-swap=\"#zone\">{change}</a></p>",
                &[
                    ("sentence", (&sentence).into()),
                    ("link", Slot::Link(&link)),
                    ("change", words.text("change_zone").into()),
                ],
            );
        }
        let options: Markup = zones()
            .into_iter()
            .map(|name| {
                let shown = name.replace('_', " ");
                let slots = [("name", (&name).into()), ("shown", (&shown).into())];
                if name == self.zone.name() {
                    Markup::fill("<option value=\"{name}\" selected>{shown}</option>", &slots)
                } else {
                    Markup::fill("<option value=\"{name}\">{shown}</option>", &slots)
                }
            })
            .collect();
        let kept = scene.fields.kept().filter(|(name, _)| *name != "tz");
        let mut kept = super::view::hidden(kept);
        kept.push(&super::view::hidden(
            [("month", month.as_str())].into_iter(),
        ));
        Markup::fill(
            "<form class=\"zone\" action=\"{path}\" data-swap=\"#month\">{kept}<div class=\"field\"><label for=\"zone\">{label}</label>\
             <select id=\"zone\" name=\"tz\" data-send>{options}</select></div>\
             <button class=\"second\">{use}</button></form>",
            &[
                ("path", Slot::Link(path)),
                ("kept", (&kept).into()),
                ("label", words.text("zone").into()),
                ("options", (&options).into()),
                ("use", words.text("zone_use").into()),
            ],
        )
    }

    fn times(&self, scene: Scene<'_>, path: &str) -> Markup {
        let words = scene.words;
        let Some(day) = self.day else {
            return Markup::fill("<section class=\"times\" id=\"times\"></section>", &[]);
        };
        let slots = self.days.get(&day).map(Vec::as_slice).unwrap_or_default();
        let full = self.full.get(&day).map(Vec::as_slice).unwrap_or_default();
        let list = if slots.is_empty() && full.is_empty() {
            Markup::fill(
                "<p>{text}</p>",
                &[("text", words.text("no_times_day").into())],
            )
        } else {
            let mut list = links(scene, path, slots, &self.zone);
            if let Some(wait) = &self.wait {
                list.push(&waits(scene, wait, full, &self.zone));
            }
            list
        };
        Markup::fill(
            "<section class=\"times\" id=\"times\"><h2 id=\"times-of\" tabindex=\"-1\">{day}</h2>{list}</section>",
            &[
                ("day", (&words.date_short(day)).into()),
                ("list", (&list).into()),
            ],
        )
    }
}

/// Times that have no seat left, as links to the list of who waits for one.
fn waits(scene: Scene<'_>, path: &str, full: &[Timestamp], zone: &TimeZone) -> Markup {
    if full.is_empty() {
        return Markup::default();
    }
    let items: Markup = full
        .iter()
        .map(|at| {
            let start = at.to_string();
            let link = (scene.fields).link(path, &[("start", &*start), ("tz", zone.name())]);
            Markup::fill(
                "<li><a class=\"slot full\" href=\"{link}\">{time}<small>{full}</small></a></li>",
                &[
                    ("link", Slot::Link(&link)),
                    ("time", (&scene.words.time(*at, zone)).into()),
                    ("full", scene.words.text("wait_full").into()),
                ],
            )
        })
        .collect();
    Markup::fill("<ul>{items}</ul>", &[("items", (&items).into())])
}

/// The way to the waiting list: of one start, or of any.
pub(super) fn wait_link(scene: Scene<'_>, path: Option<&str>, start: Option<Timestamp>) -> Markup {
    let Some(path) = path else {
        return Markup::default();
    };
    let start = start.map(|at| at.to_string()).unwrap_or_default();
    let link = scene.fields.link(path, &[("start", &*start)]);
    Markup::fill(
        "<p><a class=\"button second\" href=\"{link}\">{text}</a></p>",
        &[
            ("link", Slot::Link(&link)),
            ("text", scene.words.text("wait_offer").into()),
        ],
    )
}

/// Times as a list of links to the form.
fn links(scene: Scene<'_>, path: &str, slots: &[SlotView], zone: &TimeZone) -> Markup {
    let words = scene.words;
    let items: Markup = slots
        .iter()
        .map(|slot| {
            let start = slot.start.to_string();
            let link = scene.fields.link(path, &[("start", &*start), ("tz", zone.name())]);
            let left = match slot.seats_left {
                Some(left) => Markup::fill(
                    "<small>{left}</small>",
                    &[(
                        "left",
                        (&words.fill("seats_left", &[("count", &*left.to_string())])).into(),
                    )],
                ),
                None => Markup::default(),
            };
            Markup::fill(
                "<li><a class=\"slot\" href=\"{link}\" data-swap=\"#form-title\">{time}{left}</a></li>",
                &[
                    ("link", Slot::Link(&link)),
                    ("time", (&words.time(slot.start, zone)).into()),
                    ("left", (&left).into()),
                ],
            )
        })
        .collect();
    Markup::fill("<ul>{items}</ul>", &[("items", (&items).into())])
}

/// Times of several days, for who came too late for one.
pub(super) fn next(scene: Scene<'_>, path: &str, slots: &[SlotView], zone: &TimeZone) -> Markup {
    let mut days: BTreeMap<Date, Vec<SlotView>> = BTreeMap::new();
    for slot in slots {
        days.entry(date_of(slot.start, zone))
            .or_default()
            .push(slot.clone());
    }
    let lists: Markup = days
        .iter()
        .map(|(day, slots)| {
            Markup::fill(
                "<h3>{day}</h3>{list}",
                &[
                    ("day", (&scene.words.date_short(*day)).into()),
                    ("list", (&links(scene, path, slots, zone)).into()),
                ],
            )
        })
        .collect();
    Markup::fill(
        "<div class=\"times\">{lists}</div>",
        &[("lists", (&lists).into())],
    )
}

/// The zones that people choose from: places, and UTC.
fn zones() -> Vec<String> {
    const REGIONS: [&str; 10] = [
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| name == "UTC" || REGIONS.iter().any(|region| name.starts_with(region)))
        .collect();
    names.sort();
    names.dedup();
    names
}
