//! Who is told what, as a table.

use kernel::{AccountId, TimeZone, Timestamp};

use super::{About, Host, letters};
use crate::bookings::{Booking, Detail, Status};
use crate::event_types::{EventType, Location, Settings};
use crate::{BookingId, EventTypeId};

fn at(text: &str) -> Timestamp {
    let at: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_micros(at.as_microsecond())
}

fn detail(status: Status) -> Detail {
    let account = AccountId::from(1);
    let booking = Booking {
        account,
        id: BookingId::from(7),
        event_type_id: EventTypeId::from(3),
        occurrence_id: None,
        status,
        start: at("2026-12-01T09:00:00Z"),
        end: at("2026-12-01T09:30:00Z"),
        minutes: 30,
        seats: 1,
        host_ids: Vec::new(),
        subscriber_id: None,
        name: "Grace {{ x }}".to_owned(),
        email: "grace@example.com".to_owned(),
        phone: None,
        time_zone: TimeZone::parse("America/New_York").unwrap(),
        language: Some("de".to_owned()),
        answers: crate::event_types::Answers::new(),
        location: Some(Location::Link {
            url: "https://meet.example.com/x".to_owned(),
        }),
        sequence: 0,
        expires_at: None,
        reason: None,
        no_show_by: None,
        source: "page".to_owned(),
        created_at: at("2026-11-29T12:00:00Z"),
        updated_at: at("2026-11-29T12:00:00Z"),
        salt: Vec::new(),
    };
    let event_type = EventType {
        account,
        id: EventTypeId::from(3),
        slug: "intro".to_owned(),
        title: "Intro call".to_owned(),
        enabled: true,
        private: false,
        hosts: Vec::new(),
        settings: Settings::default(),
        version: 1,
        created_at: at("2026-11-01T12:00:00Z"),
        updated_at: at("2026-11-01T12:00:00Z"),
    };
    Detail {
        booking,
        event_type: Some(event_type),
        hosts: Vec::new(),
        trail: Vec::new(),
    }
}

fn told(event: &str, detail: &Detail, now: &str) -> Vec<super::Letter> {
    letters(&About {
        detail,
        hosts: &[Host {
            name: "Ada".to_owned(),
            email: "ada@example.com".to_owned(),
        }],
        event,
        url: "https://mail.example.com:8443",
        token: "TOKEN",
        now: at(now),
        language: "en",
    })
}

#[test]
fn what_happened_says_who_is_told_and_what_calendars_do() {
    use events::kind;
    let now = "2026-11-29T12:00:00Z";
    for (event, status, letters, method) in [
        (kind::BOOKING_CREATED, Status::Confirmed, 0, None),
        (kind::BOOKING_CREATED, Status::Pending, 2, None),
        (
            kind::BOOKING_CONFIRMED,
            Status::Confirmed,
            2,
            Some("REQUEST"),
        ),
        (
            kind::BOOKING_RESCHEDULED,
            Status::Confirmed,
            2,
            Some("REQUEST"),
        ),
        (kind::BOOKING_RESCHEDULED, Status::Pending, 2, None),
        (
            kind::BOOKING_REASSIGNED,
            Status::Confirmed,
            2,
            Some("REQUEST"),
        ),
        (
            kind::BOOKING_CANCELLED,
            Status::Cancelled,
            2,
            Some("CANCEL"),
        ),
        (kind::BOOKING_DECLINED, Status::Declined, 2, None),
        (kind::BOOKING_EXPIRED, Status::Expired, 2, None),
        (kind::BOOKING_COMPLETED, Status::Completed, 0, None),
        (kind::BOOKING_NO_SHOW, Status::NoShow, 0, None),
    ] {
        let all = told(event, &detail(status), now);
        assert_eq!(all.len(), letters, "{event}");
        for letter in all {
            let found = letter.calendar.as_deref().map(|text| {
                text.lines()
                    .find_map(|line| line.strip_prefix("METHOD:"))
                    .unwrap()
                    .to_owned()
            });
            assert_eq!(found.as_deref(), method, "{event}");
        }
    }
    // What is over is told to nobody.
    let late = told(
        kind::BOOKING_CONFIRMED,
        &detail(Status::Confirmed),
        "2026-12-01T09:30:00Z",
    );
    assert!(late.is_empty());
}

#[test]
fn each_reads_it_in_their_language_and_zone_and_only_the_invitee_has_the_links() {
    let detail = detail(Status::Confirmed);
    let all = told(
        events::kind::BOOKING_CONFIRMED,
        &detail,
        "2026-11-29T12:00:00Z",
    );
    let (invitee, host) = (&all[0], &all[1]);
    assert_eq!(
        invitee.values["subject"],
        "Intro call: Dienstag, 1. Dezember 2026, 04:00 – 04:30"
    );
    assert_eq!(invitee.reply_to.as_deref(), Some("ada@example.com"));
    assert_eq!(host.reply_to.as_deref(), Some("grace@example.com"));
    assert_eq!(
        host.values["told"],
        "The meeting with Grace {{ x }} is booked."
    );
    assert!(
        invitee.values["links"]
            .to_string()
            .contains("/booking/TOKEN/cancel")
    );
    assert!(!host.values.to_string().contains("TOKEN"));
    let calendar = host.calendar.as_deref().unwrap();
    assert!(!calendar.contains("TOKEN"), "{calendar}");
    for letter in [invitee, host] {
        let calendar = letter.calendar.as_deref().unwrap().replace("\r\n ", "");
        assert!(
            calendar.contains("\r\nUID:booking-7@mail.example.com\r\n"),
            "{calendar}"
        );
        assert!(
            calendar.contains("\r\nLOCATION:https://meet.example.com/x\r\n"),
            "{calendar}"
        );
    }
}
