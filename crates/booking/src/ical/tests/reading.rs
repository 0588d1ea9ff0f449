//! Calendars of others, as a table: events, a window, what is taken, worked out from RFC 5545. An independent program,
//! recurring-ical-events 3.8 for Python, reads all of them the same but the last, which is of a kind that it does not know.

use jiff::tz::TimeZone;
use kernel::Timestamp;

use super::super::{NotACalendar, Read, Reading, busy};
use crate::slots::Interval;

fn at(text: &str) -> Timestamp {
    let text = if text.contains('T') {
        format!("{text}:00Z")
    } else {
        format!("{text}T00:00:00Z")
    };
    let at: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_micros(at.as_microsecond())
}

fn reading(zone: &str, from: &str, to: &str) -> Reading<'static> {
    Reading::new(
        TimeZone::get(zone).unwrap(),
        Interval::new(at(from), at(to)),
    )
}

/// Events are divided by an empty line; what is not in a VTIMEZONE is in a VEVENT.
fn calendar(events: &str) -> String {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n");
    for event in events.split("\n\n") {
        let lines = event
            .trim()
            .lines()
            .map(str::trim)
            .collect::<Vec<_>>()
            .join("\r\n");
        if lines.starts_with("BEGIN:") {
            text.push_str(&lines);
        } else {
            text.extend(["BEGIN:VEVENT\r\n", &lines, "\r\nEND:VEVENT"]);
        }
        text.push_str("\r\n");
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

fn shown(read: &Read) -> Vec<String> {
    let minute = |at: Timestamp| at.to_jiff().strftime("%m-%dT%H:%M").to_string();
    read.busy
        .iter()
        .map(|it| format!("{}/{}", minute(it.interval.start), minute(it.interval.end)))
        .collect()
}

struct Case {
    name: &'static str,
    /// Of the owner.
    zone: &'static str,
    within: (&'static str, &'static str),
    events: &'static str,
    taken: &'static [&'static str],
}

const BERLIN: &str = "Europe/Berlin";
const WEEK: (&str, &str) = ("2026-03-23", "2026-03-30");

const CASES: &[Case] = &[
    Case {
        name: "UTC, floating and a zone of its own",
        zone: BERLIN,
        within: WEEK,
        events: "UID:1\nDTSTART:20260324T080000Z\nDTEND:20260324T090000Z

            UID:2\nDTSTART:20260324T080000\nDURATION:PT30M

            UID:3\nDTSTART;TZID=America/New_York:20260324T080000\nDTEND;TZID=Asia/Tokyo:20260324T220000",
        taken: &["03-24T07:00/03-24T07:30", "03-24T08:00/03-24T09:00", "03-24T12:00/03-24T13:00"],
    },
    Case {
        name: "whole days are the owner's, also the one with 23 hours",
        zone: BERLIN,
        within: WEEK,
        events: "UID:1\nDTSTART;VALUE=DATE:20260329\nDTEND;VALUE=DATE:20260330

            UID:2\nDTSTART;VALUE=DATE:20260324",
        taken: &["03-23T23:00/03-24T23:00", "03-28T23:00/03-29T22:00"],
    },
    Case {
        name: "the wall time stays where the clock changes",
        zone: "UTC",
        within: WEEK,
        events: "UID:1\nDTSTART;TZID=Europe/Berlin:20260302T090000\nDTEND;TZID=Europe/Berlin:20260302T100000\nRRULE:FREQ=DAILY;BYDAY=SA,SU",
        taken: &["03-28T08:00/03-28T09:00", "03-29T07:00/03-29T08:00"],
    },
    Case {
        name: "a time that does not exist is an hour later, one that occurs twice is the first",
        zone: "UTC",
        within: ("2026-03-28", "2026-10-27"),
        events: "UID:1\nDTSTART;TZID=Europe/Berlin:20260329T023000\nDURATION:PT15M

            UID:2\nDTSTART;TZID=Europe/Berlin:20261025T023000\nDURATION:PT15M",
        taken: &["03-29T01:30/03-29T01:45", "10-25T00:30/10-25T00:45"],
    },
    Case {
        name: "not taken: transparent, cancelled, free in Outlook, without a length",
        zone: "UTC",
        within: WEEK,
        events: "UID:1\nDTSTART:20260324T080000Z\nDTEND:20260324T090000Z\nTRANSP:TRANSPARENT

            UID:2\nDTSTART:20260324T100000Z\nDTEND:20260324T110000Z\nSTATUS:CANCELLED

            UID:3\nDTSTART:20260324T120000Z\nDTEND:20260324T130000Z\nX-MICROSOFT-CDO-BUSYSTATUS:FREE

            UID:4\nDTSTART:20260324T140000Z

            UID:6\nDTSTART:20260324T160000Z\nDTEND:20260324T170000Z\nSTATUS:TENTATIVE",
        taken: &["03-24T16:00/03-24T17:00"],
    },
    Case {
        name: "left out, added, moved, and one that is cancelled",
        zone: "UTC",
        within: ("2026-03-01", "2026-04-15"),
        events: "UID:1\nDTSTART;TZID=Europe/Berlin:20260302T090000\nDTEND;TZID=Europe/Berlin:20260302T093000\nRRULE:FREQ=WEEKLY;COUNT=6\nEXDATE;TZID=Europe/Berlin:20260309T090000\nRDATE;TZID=Europe/Berlin:20260310T120000,20260311T120000\nRDATE;VALUE=PERIOD:20260312T120000Z/PT2H

            UID:1\nRECURRENCE-ID;TZID=Europe/Berlin:20260316T090000\nDTSTART;TZID=Europe/Berlin:20260317T150000\nDTEND;TZID=Europe/Berlin:20260317T160000

            UID:1\nRECURRENCE-ID:20260323T080000Z\nDTSTART:20260323T080000Z\nDTEND:20260323T083000Z\nSTATUS:CANCELLED",
        taken: &[
            "03-02T08:00/03-02T08:30", "03-10T11:00/03-10T11:30", "03-11T11:00/03-11T11:30", "03-12T12:00/03-12T14:00",
            "03-17T14:00/03-17T15:00", "03-30T07:00/03-30T07:30", "04-06T07:00/04-06T07:30",
        ],
    },
    Case {
        name: "a repetition that was moved into the window, and out of it",
        zone: "UTC",
        within: WEEK,
        events: "UID:1\nDTSTART:20260101T090000Z\nDTEND:20260101T100000Z\nRRULE:FREQ=MONTHLY

            UID:1\nRECURRENCE-ID:20260501T090000Z\nDTSTART:20260325T090000Z\nDTEND:20260325T100000Z

            UID:2\nDTSTART:20260324T110000Z\nDTEND:20260324T120000Z\nRRULE:FREQ=YEARLY

            UID:2\nRECURRENCE-ID:20260324T110000Z\nDTSTART:20260624T110000Z\nDTEND:20260624T120000Z",
        taken: &["03-25T09:00/03-25T10:00"],
    },
    Case {
        name: "this one and all behind it are later and longer",
        zone: "UTC",
        within: ("2026-03-01", "2026-04-10"),
        events: "UID:1\nDTSTART;TZID=Europe/Berlin:20260302T090000\nDTEND;TZID=Europe/Berlin:20260302T093000\nRRULE:FREQ=WEEKLY

            UID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260316T090000\nDTSTART;TZID=Europe/Berlin:20260317T100000\nDTEND;TZID=Europe/Berlin:20260317T110000",
        taken: &[
            "03-02T08:00/03-02T08:30", "03-09T08:00/03-09T08:30", "03-17T09:00/03-17T10:00", "03-24T09:00/03-24T10:00",
            "03-31T08:00/03-31T09:00", "04-07T08:00/04-07T09:00",
        ],
    },
    Case {
        name: "the last day of a series: as a day, and as an instant",
        zone: "America/New_York",
        within: WEEK,
        events: "UID:1\nDTSTART;VALUE=DATE:20260323\nRRULE:FREQ=DAILY;UNTIL=20260324

            UID:2\nDTSTART;VALUE=DATE:20260326\nRRULE:FREQ=DAILY;UNTIL=20260327T000000Z

            UID:3\nDTSTART:20260328T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260329T130000Z",
        taken: &[
            "03-23T04:00/03-24T04:00", "03-24T04:00/03-25T04:00", "03-26T04:00/03-27T04:00", "03-27T04:00/03-28T04:00",
            "03-28T13:00/03-28T14:00", "03-29T13:00/03-29T14:00",
        ],
    },
    Case {
        name: "whole days with exceptions written as days, and as midnights",
        zone: BERLIN,
        within: WEEK,
        events: "UID:1\nDTSTART;VALUE=DATE:20260323\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE;VALUE=DATE:20260324\nEXDATE;TZID=Europe/Berlin:20260325T000000",
        taken: &["03-22T23:00/03-23T23:00", "03-25T23:00/03-26T23:00"],
    },
    Case {
        name: "names of Windows, paths, and a zone written down",
        zone: "UTC",
        within: WEEK,
        events: "BEGIN:VTIMEZONE\nTZID:Our office\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE

            UID:1\nDTSTART;TZID=W. Europe Standard Time:20260324T080000\nDURATION:PT1H

            UID:2\nDTSTART;TZID=/citadel.org/20260101_1/Europe/Berlin:20260324T100000\nDURATION:PT1H

            UID:3\nDTSTART;TZID=\"Our office\":20260324T120000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=TU,SU",
        taken: &[
            "03-24T07:00/03-24T08:00", "03-24T09:00/03-24T10:00", "03-24T11:00/03-24T12:00", "03-29T10:00/03-29T11:00",
        ],
    },
    Case {
        name: "the newer of two copies",
        zone: "UTC",
        within: WEEK,
        events: "UID:1\nSEQUENCE:4\nDTSTART:20260324T080000Z\nDTEND:20260324T090000Z

            UID:1\nSEQUENCE:3\nDTSTART:20260325T080000Z\nDTEND:20260325T090000Z",
        taken: &["03-24T08:00/03-24T09:00"],
    },
    Case {
        name: "what began before the window, and a series older than anybody",
        zone: "UTC",
        within: WEEK,
        events: "UID:1\nDTSTART:20260320T080000Z\nDTEND:20260323T010000Z

            UID:2\nDTSTART:18000101T120000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=3",
        taken: &["03-20T08:00/03-23T01:00", "03-23T12:00/03-23T13:00", "03-26T12:00/03-26T13:00", "03-29T12:00/03-29T13:00"],
    },
    Case {
        name: "what only says when, not what",
        zone: "UTC",
        within: WEEK,
        events: "BEGIN:VFREEBUSY\nFREEBUSY:20260324T080000Z/20260324T090000Z,20260325T080000Z/PT30M\nFREEBUSY;FBTYPE=FREE:20260326T080000Z/PT30M\nEND:VFREEBUSY",
        taken: &["03-24T08:00/03-24T09:00", "03-25T08:00/03-25T08:30"],
    },
];

#[test]
fn calendars_are_read_as_their_owners_mean_them() {
    for case in CASES {
        let reading = reading(case.zone, case.within.0, case.within.1);
        let read = busy(&calendar(case.events), &reading).unwrap();
        assert_eq!(shown(&read), case.taken, "{}", case.name);
        assert_eq!(
            (read.unreadable, read.truncated),
            (0, false),
            "{}",
            case.name
        );
    }
}

#[test]
fn what_the_owner_declined_is_free() {
    let text = calendar(
        "UID:1\nDTSTART:20260324T080000Z\nDTEND:20260324T090000Z\n\
         ATTENDEE;PARTSTAT=DECLINED;CN=\"Ada: me\":mailto:Ada@Example.com\n\
         ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com",
    );
    let mut reading = reading("UTC", WEEK.0, WEEK.1);
    assert_eq!(busy(&text, &reading).unwrap().busy.len(), 1);
    reading.mine = &["ada@example.com"];
    assert_eq!(busy(&text, &reading).unwrap().busy.len(), 0);
    reading.mine = &["bob@example.com"];
    assert_eq!(busy(&text, &reading).unwrap().busy.len(), 1);
}

#[test]
fn what_is_tentative_is_free_for_who_wants_that() {
    let text =
        calendar("UID:1\nDTSTART:20260324T080000Z\nDTEND:20260324T090000Z\nSTATUS:TENTATIVE");
    let mut reading = reading("UTC", WEEK.0, WEEK.1);
    assert_eq!(busy(&text, &reading).unwrap().busy.len(), 1);
    reading.tentative = false;
    assert_eq!(busy(&text, &reading).unwrap().busy.len(), 0);
}

#[test]
fn what_cannot_be_read_is_counted_and_the_rest_is_taken() {
    let text = calendar(
        "UID:1\nDTSTART:yesterday

         UID:2\nDTSTART:20260324T080000Z\nDTEND:20260324T090000Z\nRRULE:FREQ=SOMETIMES

         UID:3\nDTSTART;TZID=Nowhere:20260325T080000\nDURATION:PT1H

         UID:4\nSUMMARY:no start

         UID:5\nDTSTART:20260326T080000Z\nDTEND:20260326T090000Z

         UID:6\nDTSTART:20260324T150000Z\nDTEND:20260324T143000Z",
    );
    let read = busy(&text, &reading("UTC", WEEK.0, WEEK.1)).unwrap();
    // A zone that nobody knows: taken in the owner's, and told.
    assert_eq!(
        shown(&read),
        ["03-25T08:00/03-25T09:00", "03-26T08:00/03-26T09:00"]
    );
    assert_eq!(read.unreadable, 5);
}

#[test]
fn what_is_cut_off_is_told() {
    let text = calendar("UID:1\nDTSTART:20260324T080000Z\nDTEND:20260324T090000Z");
    let cut = text.split("END:VEVENT").next().unwrap();
    let read = busy(cut, &reading("UTC", WEEK.0, WEEK.1)).unwrap();
    assert!(read.truncated && read.busy.len() == 1);

    let many = calendar(&vec!["UID:x\nDTSTART:20260324T080000Z\nDURATION:PT1H"; 50].join("\n\n"));
    let mut reading = reading("UTC", WEEK.0, WEEK.1);
    reading.most_events = 20;
    assert!(busy(&many, &reading).unwrap().truncated);

    let often = calendar("UID:1\nDTSTART:19700101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY");
    reading.most_steps = 10_000;
    let read = busy(&often, &reading).unwrap();
    assert!(read.truncated && read.busy.is_empty());
}

#[test]
fn a_page_is_no_calendar() {
    let reading = reading("UTC", WEEK.0, WEEK.1);
    for text in [
        "",
        "<!doctype html><title>Sign in</title>",
        "BEGIN:VCARD\nEND:VCARD",
    ] {
        assert_eq!(busy(text, &reading), Err(NotACalendar), "{text}");
    }
    let empty = busy("BEGIN:VCALENDAR\nEND:VCALENDAR", &reading).unwrap();
    assert_eq!(empty, Read::default());
}

proptest::proptest! {
    /// Whatever stands in a feed, reading it ends, and takes nothing outside of what was asked for.
    #[test]
    fn nonsense_is_read_without_harm(
        lines in proptest::collection::vec(
            proptest::prop_oneof![
                proptest::strategy::Just("BEGIN:VEVENT".to_owned()),
                proptest::strategy::Just("END:VEVENT".to_owned()),
                proptest::strategy::Just("DTSTART:20260324T080000Z".to_owned()),
                proptest::strategy::Just("DTSTART;TZID=Europe/Berlin:20260101T023000".to_owned()),
                proptest::strategy::Just("DURATION:P1DT1H".to_owned()),
                proptest::strategy::Just("RECURRENCE-ID;RANGE=THISANDFUTURE:20260325T080000Z".to_owned()),
                "RRULE:FREQ=(DAILY|WEEKLY|YEARLY|SECONDLY);(INTERVAL|COUNT)=[0-9]{1,12}",
                "(DTEND|EXDATE|RDATE|UID|DURATION)[;:=\"A-Z]{0,4}[:0-9TZPÄ/,-]{0,20}",
                "[A-Z]{0,8}[;:\"=,\\\\ ]{0,3}.{0,20}",
            ],
            0..40,
        )
    ) {
        let text = format!("BEGIN:VCALENDAR\n{}\nEND:VCALENDAR\n", lines.join("\n"));
        let mut reading = reading("Europe/Berlin", WEEK.0, WEEK.1);
        reading.most_steps = 20_000;
        if let Ok(read) = busy(&text, &reading) {
            for one in read.busy {
                assert!(one.interval.overlaps(reading.within));
            }
        }
    }
}
