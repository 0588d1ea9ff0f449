//! Against real CalDAV servers, and against fakes of the services that no test can reach.

mod caldav;
mod caldav_script;
mod feed;
mod google;
mod microsoft;
mod sign_in;

use kernel::Timestamp;
use net::{Client, Guard};

use crate::{Content, Draft, Object, Person, Taken};

/// Asks servers of this machine.
fn client() -> Client {
    Client::new(Guard::allowing(["127.0.0.0/8".parse().unwrap()]))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// December 2026.
fn window() -> (Timestamp, Timestamp) {
    (at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
}

fn draft(uid: &str, start: &str, end: &str) -> Draft {
    let (start, end) = (at(start), at(end));
    let utc = |at: Timestamp| at.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string();
    let body = [
        format!("UID:{uid}"),
        "DTSTAMP:20261130T080000Z".to_owned(),
        format!("DTSTART:{}", utc(start)),
        format!("DTEND:{}", utc(end)),
        "SUMMARY:Meeting with Bo".to_owned(),
    ];
    Draft {
        uid: uid.to_owned(),
        start,
        end,
        title: "Meeting with Bo".to_owned(),
        description: "Bring the plans.\nAnd cake.".to_owned(),
        location: Some("Room 7".to_owned()),
        sequence: 0,
        tentative: false,
        organizer: None,
        attendees: vec![Person {
            name: "Bo".to_owned(),
            email: "bo@example.com".to_owned(),
        }],
        ical: calendar(&body.join("\r\n")),
    }
}

/// A calendar of one event.
fn calendar(event: &str) -> String {
    let event = event.replace("\r\n", "\n").replace('\n', "\r\n");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//test//EN\r\nBEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        event.trim()
    )
}

fn text(object: &Object) -> &str {
    match &object.content {
        Content::ICalendar(text) => text,
        Content::Busy(_) => panic!("{object:?}"),
    }
}

fn taken(object: &Object) -> &[Taken] {
    match &object.content {
        Content::Busy(taken) => taken,
        Content::ICalendar(_) => panic!("{object:?}"),
    }
}

/// By key, so that the order of a server means nothing.
fn sorted(mut objects: Vec<Object>) -> Vec<Object> {
    objects.sort_by(|a, b| a.key.cmp(&b.key));
    objects
}
