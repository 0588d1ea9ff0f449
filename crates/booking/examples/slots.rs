//! How long slots take: `cargo xtask bench slots`.
//!
//! One thread and no input or output, so the time is that of the processor. The aims are a millisecond for a host's
//! month and 20 ms for 50 hosts.

#![expect(clippy::print_stdout, reason = "prints its figures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use booking::BookingId;
use booking::slots::{
    Anchor, Block, Buffers, Busy, Cap, Counted, Host, Interval, Limit, Meeting, Override, Pattern,
    Period, Preferred, Request, Schedule, Scope, Source, Standing, Team, Visit, WallRange, Window,
};
use jiff::civil::{Weekday, date};
use kernel::{TimeZone, Timestamp};

const ZONES: [&str; 5] = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
];
const RUNS: usize = 500;

fn main() {
    let from = instant(date(2026, 10, 1));
    let range = Interval::new(from, instant(date(2026, 11, 1)));
    for (step, busy) in [(30, 60), (5, 200)] {
        for anchor in [Anchor::Hours, Anchor::AfterBusy] {
            println!("\n-- every {step} minutes, {busy} busy times a host, {anchor:?}");
            let meeting = meeting(from, step, anchor);
            let hosts: Vec<Host> = (0..50).map(|index| host(from, index, busy)).collect();
            let visit = Visit::at(from + Duration::from_hours(8));
            for (name, team) in [
                ("1 host", Team::single(0)),
                ("3 hosts together", Team::collective([0, 5, 10])),
                ("any of 50 hosts", Team::any(0..50)),
            ] {
                let request = Request {
                    meeting: &meeting,
                    hosts: &hosts,
                    team: &team,
                    occurrences: &[],
                    visit: &visit,
                };
                let slots = request.slots(range).slots;
                let name = format!("{name}, {} slots in 31 days", slots.len());
                measure(&name, || request.slots(range).slots.len());
                if let Some(last) = slots.last() {
                    measure("  one of them checked", || {
                        request.check(last.start).is_ok()
                    });
                }
                measure("  why, for a day", || {
                    request.why_date(date(2026, 10, 7), &meeting.zone).starts
                });
            }
            let window = Meeting {
                window: Window::BookableDays(20),
                ..meeting.clone()
            };
            let visit = Visit {
                preferred: Some(Preferred { host: 3, days: 14 }),
                ..visit.clone()
            };
            let team = Team::any(0..50);
            let request = Request {
                meeting: &window,
                hosts: &hosts,
                team: &team,
                occurrences: &[],
                visit: &visit,
            };
            let name = "any of 50 hosts, bookable days counted, one preferred";
            measure(name, || request.slots(range).slots.len());
        }
    }
}

fn measure<T>(name: &str, mut work: impl FnMut() -> T) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let began = Instant::now();
            black_box(work());
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    let micros = |part: usize| times[(RUNS - 1) * part / 100].as_micros();
    println!("{name:55} p50 {:6} µs  p99 {:6} µs", micros(50), micros(99));
}

fn instant(date: jiff::civil::Date) -> Timestamp {
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC);
    zoned.map_or_else(|_| Timestamp::default(), |zoned| zoned.timestamp().into())
}

fn zone(name: &str) -> TimeZone {
    TimeZone::parse(name).unwrap_or_else(|_| TimeZone::utc())
}

fn ranges(hours: &[(u32, u32)]) -> Vec<WallRange> {
    let ranges = hours.iter();
    ranges
        .filter_map(|(from, to)| WallRange::new(from * 60, to * 60))
        .collect()
}

fn meeting(from: Timestamp, step: u32, anchor: Anchor) -> Meeting {
    let mut meeting = Meeting::new(30, zone(ZONES[0]));
    meeting.grid.step_minutes = Some(step);
    meeting.grid.anchor = anchor;
    meeting.buffers = Buffers {
        before_minutes: 5,
        after_minutes: 10,
    };
    let counted = (0..100).map(|index| Counted {
        booking: BookingId::from(index),
        start: from + Duration::from_secs(index as u64 * 26_000),
        minutes: 30,
    });
    meeting.limits.push(Limit {
        scope: Scope::EventType,
        period: Period::Day,
        zone: None,
        cap: Cap::Bookings(8),
        counted: counted.collect(),
    });
    meeting
}

/// Weekdays with a break, some overrides, a block each other Friday, and busy times here and there.
fn host(from: Timestamp, index: u64, busy: u64) -> Host {
    let mut schedule = Schedule::closed(zone(ZONES[index as usize % ZONES.len()]));
    for day in &mut schedule.weekly[..5] {
        *day = ranges(&[(9, 12), (13, 17)]);
    }
    schedule.overrides = (0..4)
        .map(|week| Override {
            date: date(2026, 10, 5 + week * 6),
            ranges: ranges(&[(10, 15)]),
        })
        .collect();
    let mut host = Host::new(schedule);
    host.blocks.extend(
        ranges(&[(16, 17)])
            .into_iter()
            .map(|range| Block::Repeated {
                range,
                pattern: Pattern::Weeks {
                    every: 2,
                    weekdays: vec![Weekday::Friday],
                },
                first: date(2020, 1, 1),
                last: None,
                except: Vec::new(),
            }),
    );
    let mut state = index;
    for id in 0..busy {
        // Always the same times, from the usual multiplier of a linear generator.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let start = from + Duration::from_secs((state >> 33) % (31 * 288) * 300);
        host.busy.push(Busy {
            time: Interval::lasting(start, 15 + (id as u32 % 4) * 15),
            buffers: Buffers::default(),
            source: Source::Booking {
                id: BookingId::from(id as i64),
                standing: Standing::Confirmed,
            },
        });
    }
    host
}
