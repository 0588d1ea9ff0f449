//! What we write, read back by another program's rules and by our own.

use kernel::Timestamp;

use super::super::line::{lines, unescaped};
use super::super::{Attendee, Calendar, Entry, Method, Person, Reading, Standing, busy};
use crate::slots::Interval;

fn at(text: &str) -> Timestamp {
    let at: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_micros(at.as_microsecond())
}

fn entry() -> Entry<'static> {
    Entry {
        uid: "361240977588224000@mail.example.com",
        sequence: 2,
        stamp: at("2026-11-29T22:15:01Z"),
        start: at("2026-12-01T09:00:00Z"),
        end: at("2026-12-01T09:30:00Z"),
        summary: "Intro call",
        description: "",
        location: "",
        url: "https://mail.example.com/b/x",
        organizer: Some(Person {
            name: "Ada Lovelace",
            email: "ada@example.com",
        }),
        attendees: vec![Attendee {
            person: Person {
                name: "Grace Hopper",
                email: "grace@example.com",
            },
            standing: Standing::Accepted,
        }],
        cancelled: false,
        tentative: false,
    }
}

fn written(entry: Entry<'_>, method: Method) -> String {
    Calendar {
        method,
        name: "",
        entries: vec![entry],
    }
    .write()
}

#[test]
fn an_invitation_is_this_text() {
    assert_eq!(
        written(entry(), Method::Request),
        "BEGIN:VCALENDAR\r\n\
         VERSION:2.0\r\n\
         PRODID:-//Sendero//Booking//EN\r\n\
         CALSCALE:GREGORIAN\r\n\
         METHOD:REQUEST\r\n\
         BEGIN:VEVENT\r\n\
         UID:361240977588224000@mail.example.com\r\n\
         DTSTAMP:20261129T221501Z\r\n\
         SEQUENCE:2\r\n\
         DTSTART:20261201T090000Z\r\n\
         DTEND:20261201T093000Z\r\n\
         SUMMARY:Intro call\r\n\
         URL:https://mail.example.com/b/x\r\n\
         STATUS:CONFIRMED\r\n\
         TRANSP:OPAQUE\r\n\
         ORGANIZER;CN=\"Ada Lovelace\":mailto:ada@example.com\r\n\
         ATTENDEE;CN=\"Grace Hopper\";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=\r\n \
         ACCEPTED;RSVP=FALSE:mailto:grace@example.com\r\n\
         END:VEVENT\r\n\
         END:VCALENDAR\r\n"
    );
    let gone = Entry {
        cancelled: true,
        sequence: 3,
        ..entry()
    };
    let text = written(gone, Method::Cancel);
    for line in ["METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3"] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{line}");
    }
}

#[test]
fn no_text_leaves_its_value() {
    let evil = "x\r\nBEGIN:VALARM\r\nATTACH:http://evil.example\r\n\u{2028}\u{85}\u{0}end; a,b \\n \"q\": c";
    let text = written(
        Entry {
            uid: evil,
            summary: evil,
            description: evil,
            location: evil,
            url: "https://x.example/\r\nATTENDEE:mailto:evil@example.com",
            organizer: Some(Person {
                name: evil,
                email: "ada@example.com\r\nX-A:1",
            }),
            attendees: vec![Attendee {
                person: Person {
                    name: evil,
                    email: "g@example.com",
                },
                standing: Standing::Asked,
            }],
            ..entry()
        },
        Method::Request,
    );
    let names: Vec<String> = lines(&text)
        .filter(|line| !line.is_empty())
        .map(|line| line.split([':', ';']).next().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "BEGIN",
            "VERSION",
            "PRODID",
            "CALSCALE",
            "METHOD",
            "BEGIN",
            "UID",
            "DTSTAMP",
            "SEQUENCE",
            "DTSTART",
            "DTEND",
            "SUMMARY",
            "DESCRIPTION",
            "LOCATION",
            "STATUS",
            "TRANSP",
            "ORGANIZER",
            "ATTENDEE",
            "END",
            "END"
        ]
    );
    let summary = lines(&text)
        .find_map(|line| line.strip_prefix("SUMMARY:").map(unescaped))
        .unwrap();
    assert_eq!(
        summary,
        "x\nBEGIN:VALARM\nATTACH:http://evil.example\n\n\nend; a,b \\n \"q\": c"
    );
}

#[test]
fn lines_are_folded_between_characters() {
    for text in [
        "ü".repeat(200),
        "日本語".repeat(60),
        "a".repeat(400),
        "👩‍👩‍👧".repeat(30),
    ] {
        let written = written(
            Entry {
                summary: &text,
                ..entry()
            },
            Method::Request,
        );
        for line in written.split("\r\n") {
            assert!(line.len() <= 75, "{} octets: {line}", line.len());
        }
        assert!(!written.replace("\r\n", "").contains(['\r', '\n']));
        let back = lines(&written)
            .find_map(|line| line.strip_prefix("SUMMARY:").map(str::to_owned))
            .unwrap();
        assert_eq!(back, text);
    }
}

#[test]
fn what_is_written_is_read_as_taken() {
    let within = Interval::new(at("2026-12-01T00:00:00Z"), at("2026-12-02T00:00:00Z"));
    let reading = Reading::new(jiff::tz::TimeZone::UTC, within);
    let text = written(entry(), Method::Publish);
    let read = busy(&text, &reading).unwrap();
    assert_eq!(read.busy.len(), 1);
    assert_eq!(
        read.busy[0].interval,
        Interval::new(entry().start, entry().end)
    );
    assert_eq!((read.unreadable, read.truncated), (0, false));
    let gone = Entry {
        cancelled: true,
        ..entry()
    };
    assert!(
        busy(&written(gone, Method::Publish), &reading)
            .unwrap()
            .busy
            .is_empty()
    );
}
