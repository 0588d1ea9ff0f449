//! Cases 34 to 37 and 46: what is busy, holds, buffers, blocks.

use jiff::civil::{Weekday, date as civil};

use super::{World, at, booking, daily, date, every, external, held, ist, ranges};
use crate::slots::busy::{Buffers, Busy, Source, Standing, is_live};
use crate::slots::{Anchor, Block, Gap, Occurrence, Pattern, Seat, interval::Interval};
use crate::{BookingId, HoldId};

fn standing(standing: Standing) -> Busy {
    Busy {
        source: Source::Booking {
            id: BookingId::from(7),
            standing,
        },
        ..booking("2026-05-05T04:00Z", "2026-05-05T04:45Z")
    }
}

#[test]
fn case_34_only_what_takes_place_blocks() {
    let open = World::one(45, ist());
    let all = every(45, "04:00", "11:30");
    assert_eq!(open.utc("2026-05-05"), all);
    for harmless in [Standing::Off, Standing::Pending { blocks: false }] {
        let world = open.clone().busy(0, standing(harmless));
        assert_eq!(world.utc("2026-05-05"), all, "{harmless:?}");
    }
    for blocking in [Standing::Confirmed, Standing::Pending { blocks: true }] {
        let world = open.clone().busy(0, standing(blocking));
        assert_eq!(world.utc("2026-05-05"), all[1..], "{blocking:?}");
    }
    let short = booking("2026-05-05T04:00Z", "2026-05-05T04:15Z");
    let world = open.busy(0, short);
    assert_eq!(world.utc("2026-05-05"), all[1..]);
    let denser = world.anchor(Anchor::AfterBusy);
    assert_eq!(denser.utc("2026-05-05"), every(45, "04:15", "11:45"));
}

#[test]
fn case_36_buffers_against_a_calendar_and_against_a_booking() {
    let day = "2026-05-05";
    let (from, to) = ("2026-05-05T04:00Z", "2026-05-05T05:59:59Z");
    let own = Busy {
        buffers: Buffers {
            before_minutes: 120,
            after_minutes: 120,
        },
        ..booking(from, to)
    };
    for anchor in [Anchor::Hours, Anchor::AfterBusy] {
        let world = |gap| World::one(120, ist()).buffers(120, 120, gap).anchor(anchor);
        for gap in [Gap::Larger, Gap::Sum] {
            assert_eq!(
                world(gap).busy(0, external(from, to)).utc(day),
                ["08:30", "10:30"]
            );
        }
        assert_eq!(world(Gap::Sum).busy(0, own).utc(day), ["10:30"]);
        assert_eq!(world(Gap::Larger).busy(0, own).utc(day), ["08:30", "10:30"]);
    }
}

#[test]
fn case_37_a_gap_of_ninety_minutes() {
    let buffers = Buffers {
        before_minutes: 15,
        after_minutes: 30,
    };
    let own = |from, to| Busy {
        buffers,
        ..booking(from, to)
    };
    let between = |gap| {
        let world = World::one(30, daily("UTC", "09:00-17:00"))
            .step(15)
            .buffers(15, 30, gap)
            .busy(0, own("2026-05-05T12:30Z", "2026-05-05T13:00Z"))
            .busy(0, own("2026-05-05T14:30Z", "2026-05-05T15:00Z"));
        let starts = world.utc("2026-05-05").into_iter();
        starts
            .filter(|start| ("13:00".."14:30").contains(&start.as_str()))
            .collect::<Vec<_>>()
    };
    assert!(between(Gap::Sum).is_empty());
    assert_eq!(between(Gap::Larger), ["13:30"]);
}

/// Before and after are easily mixed up: each side has its own pair.
#[test]
fn each_side_of_a_booking_keeps_its_own_gap() {
    let existing = Busy {
        buffers: Buffers {
            before_minutes: 10,
            after_minutes: 40,
        },
        ..booking("2026-05-05T12:00Z", "2026-05-05T13:00Z")
    };
    let around = |gap, before, after| {
        let world = World::one(5, daily("UTC", "00:00-24:00"))
            .buffers(before, after, gap)
            .busy(0, existing);
        let starts = world.utc("2026-05-05");
        let last = starts.iter().rfind(|it| it.as_str() < "12:30").unwrap();
        let first = starts.iter().find(|it| it.as_str() > "12:30").unwrap();
        format!("{last} {first}")
    };
    // The start is five minutes before the end of the new meeting.
    assert_eq!(around(Gap::Larger, 0, 0), "11:45 13:40");
    assert_eq!(around(Gap::Larger, 60, 0), "11:45 14:00");
    assert_eq!(around(Gap::Larger, 0, 30), "11:25 13:40");
    assert_eq!(around(Gap::Sum, 60, 30), "11:15 14:40");
}

#[test]
fn buffers_may_lie_outside_of_hours_and_before_the_notice_ends() {
    let world = World::one(60, daily("UTC", "09:00-11:00")).buffers(60, 60, Gap::Larger);
    let world = world.now("2026-05-05T08:59Z");
    assert_eq!(world.utc("2026-05-05"), ["09:00", "10:00"]);
}

#[test]
fn case_46_holds_keep_a_slot_from_others() {
    let world = World::one(30, ist()).now("2026-05-05T00:00Z");
    let all = every(30, "04:00", "12:00");
    let hold = |expires| held("2026-05-05T04:00Z", "2026-05-05T04:30Z", 9, expires);
    let with_hold = world.clone().busy(0, hold("2026-05-05T00:05Z"));
    assert_eq!(with_hold.utc("2026-05-05"), all[1..]);
    let own = with_hold.with(|world| world.visit.hold = Some(HoldId::from(9)));
    assert_eq!(own.utc("2026-05-05"), all);
    // At the instant it expires it is gone.
    let expired = world.clone().busy(0, hold("2026-05-05T00:00Z"));
    assert_eq!(expired.utc("2026-05-05"), all);
    // Made for a longer meeting of another type, with buffers.
    let other = Busy {
        buffers: Buffers {
            before_minutes: 0,
            after_minutes: 15,
        },
        ..held(
            "2026-05-05T05:15Z",
            "2026-05-05T06:15Z",
            9,
            "2026-05-05T00:05Z",
        )
    };
    let other = world.busy(0, other).utc("2026-05-05");
    assert_eq!(
        other,
        [every(30, "04:00", "04:30"), every(30, "06:30", "12:00")].concat()
    );

    let now = at("2026-05-05T00:00Z");
    let expires = [
        "2026-05-04T23:00Z",
        "2026-05-05T00:00Z",
        "2026-05-05T00:01Z",
        "2026-05-06T00:00Z",
    ];
    assert_eq!(expires.iter().filter(|it| is_live(at(it), now)).count(), 2);
}

#[test]
fn cases_46_and_53_seats_are_sold_until_none_is_left() {
    let world = World::one(60, daily("UTC", "09:00-12:00")).now("2026-05-05T00:00Z");
    let world = world.with(|world| {
        world.meeting.capacity = Some(5);
        world.meeting.buffers.after_minutes = 30;
        world.occurrences.push(Occurrence {
            time: Interval::lasting(at("2026-05-05T10:00Z"), 60),
            hosts: vec![0],
            seats: vec![
                Seat::Held {
                    id: HoldId::from(1),
                    expires_at: at("2026-05-05T00:05Z"),
                    count: 1,
                },
                Seat::Held {
                    id: HoldId::from(2),
                    expires_at: at("2026-05-05T00:00Z"),
                    count: 1,
                },
            ],
        });
    });
    // The occurrence is offered at its start; only the gap around it blocks.
    let seats = |world: &World| -> Vec<_> {
        let offer = world.offer("2026-05-05T00:00Z", "2026-05-06T00:00Z");
        let slots = offer.slots.iter();
        slots
            .map(|slot| {
                (
                    slot.start.to_string()[11..16].to_owned(),
                    slot.seats_left.unwrap(),
                )
            })
            .collect()
    };
    let slot = |start: &str, left| (start.to_owned(), left);
    assert_eq!(seats(&world), [slot("10:00", 4)]);
    let booked = |count| Seat::Booked {
        id: BookingId::from(3),
        count,
    };
    let full = world
        .clone()
        .with(|world| world.occurrences[0].seats.push(booked(4)));
    assert_eq!(seats(&full), []);
    assert!(full.utc("2026-05-05").is_empty());
    let raised = full.clone().with(|world| world.meeting.capacity = Some(6));
    assert_eq!(seats(&raised), [slot("10:00", 1)]);
    let two = raised.with(|world| world.visit.seats = 2);
    assert_eq!(seats(&two), []);
    // Who moves their booking, or has the hold, has their seats.
    let moved = full
        .clone()
        .with(|world| world.visit.moves = Some(BookingId::from(3)));
    assert_eq!(seats(&moved), [slot("10:00", 4)]);
    let own = full.with(|world| world.visit.hold = Some(HoldId::from(1)));
    assert_eq!(seats(&own), [slot("10:00", 1)]);
    // With nobody left in it, it is no occurrence any more.
    let empty = world.with(|world| world.visit.hold = Some(HoldId::from(1)));
    assert_eq!(
        seats(&empty),
        [slot("09:00", 5), slot("10:00", 5), slot("11:00", 5)]
    );
}

#[test]
fn an_occurrence_is_offered_off_the_grid_and_blocks_other_event_types() {
    let time = Interval::lasting(at("2026-05-05T10:20Z"), 60);
    let seats = vec![Seat::Booked {
        id: BookingId::from(3),
        count: 1,
    }];
    let world = World::one(60, daily("UTC", "09:00-13:00")).with(|world| {
        world.meeting.capacity = Some(2);
        world.occurrences.push(Occurrence {
            time,
            hosts: vec![0],
            seats,
        });
    });
    assert_eq!(world.utc("2026-05-05"), ["09:00", "10:20", "12:00"]);
    let other = World::one(60, daily("UTC", "09:00-13:00"));
    let other = other.busy(0, booking("2026-05-05T10:20Z", "2026-05-05T11:20Z"));
    assert_eq!(other.utc("2026-05-05"), ["09:00", "12:00"]);
}

#[test]
fn touching_is_no_conflict() {
    let world = World::one(60, daily("UTC", "09:00-12:00"));
    let world = world.busy(0, booking("2026-05-05T10:00Z", "2026-05-05T11:00Z"));
    assert_eq!(world.utc("2026-05-05"), ["09:00", "11:00"]);
    let nothing = world.busy(0, booking("2026-05-05T11:30Z", "2026-05-05T11:30Z"));
    assert_eq!(nothing.utc("2026-05-05"), ["09:00", "11:00"]);
}

#[test]
fn case_50_a_booking_does_not_stand_in_its_own_way() {
    let copy = Busy {
        source: Source::External {
            copy_of: Some(BookingId::from(1)),
        },
        ..booking("2026-05-05T10:00Z", "2026-05-05T11:00Z")
    };
    let world = World::one(60, daily("UTC", "09:00-12:00"))
        .busy(0, booking("2026-05-05T10:00Z", "2026-05-05T11:00Z"))
        .busy(0, copy);
    assert_eq!(world.utc("2026-05-05"), ["09:00", "11:00"]);
    let moved = world
        .clone()
        .with(|world| world.visit.moves = Some(BookingId::from(1)));
    assert_eq!(moved.utc("2026-05-05"), ["09:00", "10:00", "11:00"]);
    let another = world.with(|world| world.visit.moves = Some(BookingId::from(2)));
    assert_eq!(another.utc("2026-05-05"), ["09:00", "11:00"]);
}

#[test]
fn blocks_are_kept_free_once_or_again_and_again() {
    let days = |block: Block| -> Vec<i8> {
        let world = World::one(60, daily("Europe/Berlin", "12:00-13:00"));
        let world = world.with(|world| world.hosts[0].blocks.push(block));
        (1..=30)
            .filter(|day| {
                let date = format!("2026-06-{day:02}");
                world.local(&date, "Europe/Berlin").is_empty()
            })
            .collect()
    };
    let repeated = |pattern, first: &str| Block::Repeated {
        range: ranges("12:30-14:00")[0],
        pattern,
        first: date(first),
        last: Some(date("2026-06-28")),
        except: vec![date("2026-06-16")],
    };
    // 1 June 2026 is a Monday.
    let weekdays = vec![Weekday::Tuesday, Weekday::Sunday];
    for (pattern, first, expected) in [
        (Pattern::Days { every: 7 }, "2019-12-31", vec![2, 9, 23]),
        (Pattern::Days { every: 0 }, "2026-06-27", vec![27, 28]),
        (
            Pattern::Weeks {
                every: 2,
                weekdays: weekdays.clone(),
            },
            "2026-05-20",
            vec![2, 7, 21],
        ),
        (
            Pattern::Weeks { every: 1, weekdays },
            "2026-06-10",
            vec![14, 21, 23, 28],
        ),
        (
            Pattern::MonthDay { every: 3, day: 25 },
            "2026-03-01",
            vec![25],
        ),
        (
            Pattern::MonthDay { every: 3, day: 25 },
            "2026-04-01",
            vec![],
        ),
        (
            Pattern::MonthWeekday {
                every: 1,
                nth: 2,
                weekday: Weekday::Tuesday,
            },
            "2020-01-01",
            vec![9],
        ),
        (
            Pattern::MonthWeekday {
                every: 1,
                nth: -1,
                weekday: Weekday::Tuesday,
            },
            "2020-01-01",
            vec![],
        ),
        (
            Pattern::MonthWeekday {
                every: 1,
                nth: -2,
                weekday: Weekday::Tuesday,
            },
            "2020-01-01",
            vec![23],
        ),
    ] {
        assert_eq!(
            days(repeated(pattern.clone(), first)),
            expected,
            "{pattern:?} {first}"
        );
    }
    let once = Block::Once {
        from: civil(2026, 6, 3).at(12, 59, 0, 0),
        to: civil(2026, 6, 6).at(12, 0, 0, 0),
    };
    assert_eq!(days(once), [3, 4, 5]);
}

#[test]
fn buffers_are_kept_to_blocks() {
    let world = World::one(30, daily("UTC", "09:00-11:00")).buffers(30, 0, Gap::Larger);
    let world = world.with(|world| {
        world.hosts[0].blocks.push(Block::Once {
            from: civil(2026, 5, 5).at(9, 30, 0, 0),
            to: civil(2026, 5, 5).at(10, 0, 0, 0),
        });
    });
    assert_eq!(world.utc("2026-05-05"), ["09:00", "10:30"]);
}
