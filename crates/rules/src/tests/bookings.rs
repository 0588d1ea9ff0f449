//! What somebody booked.

use kernel::Timestamp;
use serde_json::{Value, json};

use super::{account, moment, parse, schema};
use crate::{Booking, Dialect, Names, Rule, Segments, Tempo, View, check};

fn booking(status: &str, by: Option<&str>, start: &str) -> Booking {
    Booking {
        event_type: 40,
        status: status.to_owned(),
        no_show_by: by.map(str::to_owned),
        start: start.parse().unwrap(),
    }
}

fn selects(rule: &Value, bookings: &[Booking]) -> bool {
    let rule = parse(rule.clone());
    let compiled = check(&rule, &schema(), &moment(), &Segments::none()).unwrap();
    let mut view = View::new(7_i64);
    view.bookings = bookings.to_vec();
    assert!(compiled.needs().bookings);
    compiled.matches(&view)
}

#[test]
fn bookings_are_told_apart_by_how_they_stand_and_when_they_begin() {
    let now = moment().now;
    let away = |hours: i64| Timestamp::from_micros(now.as_micros() + hours * 3_600_000_000);
    let at =
        |status: &str, by: Option<&str>, hours: i64| booking(status, by, &away(hours).to_string());
    let soon = at("confirmed", None, 30);
    let asked = at("pending", None, 200);
    let missed = at("no_show", Some("guest"), -48);
    let alone = at("no_show", Some("host"), -48);
    let off = at("cancelled", None, 30);
    for (rule, bookings, expected) in [
        (json!({"booking": "upcoming"}), vec![&soon], true),
        (json!({"booking": "upcoming"}), vec![&asked], true),
        (json!({"booking": "upcoming"}), vec![&off, &missed], false),
        (
            json!({"booking": "upcoming", "within_days": 7}),
            vec![&asked],
            false,
        ),
        (
            json!({"booking": "upcoming", "within_days": 2}),
            vec![&soon],
            true,
        ),
        (
            json!({"booking": "upcoming", "at_least": 2}),
            vec![&soon],
            false,
        ),
        (
            json!({"booking": "upcoming", "at_least": 2}),
            vec![&soon, &asked],
            true,
        ),
        (
            json!({"booking": "confirmed", "event_type": "40"}),
            vec![&soon],
            true,
        ),
        (
            json!({"booking": "confirmed", "event_type": "41"}),
            vec![&soon],
            false,
        ),
        (
            json!({"booking": "confirmed", "event_type": "any"}),
            vec![&soon],
            true,
        ),
        // It has not begun, so it did not begin in the last days.
        (
            json!({"booking": "confirmed", "within_days": 30}),
            vec![&soon],
            false,
        ),
        (json!({"booking": "no_show"}), vec![&missed], true),
        (json!({"booking": "no_show"}), vec![&alone], false),
        (json!({"booking": "host_no_show"}), vec![&alone], true),
        (
            json!({"booking": "no_show", "within_days": 2}),
            vec![&missed],
            true,
        ),
        (
            json!({"booking": "no_show", "within_days": 1}),
            vec![&missed],
            false,
        ),
        (json!({"booking": "booked"}), vec![&off], false),
        (json!({"booking": "booked"}), vec![&missed], true),
        (json!({"booking": "cancelled"}), vec![&off], true),
        (json!({"not": {"booking": "booked"}}), vec![], true),
    ] {
        let bookings: Vec<Booking> = bookings.into_iter().cloned().collect();
        assert_eq!(
            selects(&rule, &bookings),
            expected,
            "{rule} of {bookings:?}"
        );
    }
}

#[test]
fn what_begins_now_is_not_to_come_any_more() {
    let now = moment().now;
    let begins = booking("confirmed", None, &now.to_string());
    let next = booking(
        "confirmed",
        None,
        &(now + std::time::Duration::from_micros(1)).to_string(),
    );
    assert!(!selects(
        &json!({"booking": "upcoming"}),
        std::slice::from_ref(&begins)
    ));
    assert!(selects(&json!({"booking": "upcoming"}), &[next]));
    assert!(selects(
        &json!({"booking": "confirmed", "within_days": 1}),
        &[begins]
    ));
}

#[test]
fn faults_in_conditions_on_bookings_have_their_place() {
    for (rule, field, code) in [
        (json!({"booking": "held"}), "booking", "unknown_state"),
        (json!({"booking": 1}), "booking", "unknown_state"),
        (
            json!({"booking": "booked", "event_type": 40}),
            "event_type",
            "invalid_id",
        ),
        (
            json!({"booking": "booked", "event_type": "42"}),
            "event_type",
            "unknown_event_type",
        ),
        (
            json!({"booking": "booked", "within_days": 0}),
            "within_days",
            "out_of_range",
        ),
        (
            json!({"booking": "booked", "at_least": 0}),
            "at_least",
            "out_of_range",
        ),
        (
            json!({"booking": "booked", "at_most": 1}),
            "at_most",
            "unknown_key",
        ),
        (
            json!({"booking": "booked", "event": "opened"}),
            "",
            "unknown_condition",
        ),
    ] {
        let errors = match Rule::parse(&rule) {
            Err(errors) => errors,
            Ok(parsed) => check(&parsed, &schema(), &moment(), &Segments::none()).unwrap_err(),
        };
        assert_eq!(
            (errors[0].path.as_str(), errors[0].code),
            (field, code),
            "{rule}"
        );
    }
}

#[test]
fn conditions_on_bookings_are_said_asked_and_timed() {
    let mut names = Names::default();
    names.event_types.insert(40, "Intro".to_owned());
    for (rule, said, tempo) in [
        (json!({"booking": "booked"}), "has a booking", Tempo::Still),
        (
            json!({"booking": "upcoming", "event_type": "40", "within_days": 7}),
            "has an upcoming booking of \"Intro\" in the next 7 days",
            Tempo::Continuous,
        ),
        (
            json!({"not": {"booking": "no_show", "event_type": "41", "within_days": 1, "at_least": 2}}),
            "does not have at least 2 missed bookings of event type #41 in the last 1 day",
            Tempo::Continuous,
        ),
        (
            json!({"booking": "host_no_show"}),
            "has a booking missed by the host",
            Tempo::Still,
        ),
    ] {
        let rule = parse(rule);
        assert_eq!(rule.describe(&names), said);
        assert_eq!(Rule::parse(&rule.to_json()).unwrap(), rule);
        let references = rule.references();
        assert_eq!(references.depends_on_time, tempo == Tempo::Continuous);
        let compiled = check(&rule, &schema(), &moment(), &Segments::none()).unwrap();
        assert_eq!(compiled.tempo(), tempo, "{said}");
        let sql = compiled.sql(Dialect::Postgres, account(), 1, "s");
        assert!(
            sql.text.contains(" from booking where account_id = "),
            "{}",
            sql.text
        );
    }
}
