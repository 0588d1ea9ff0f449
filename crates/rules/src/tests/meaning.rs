//! Whom each condition selects, as tables.

use jiff::civil::date;
use kernel::Timestamp;
use serde_json::{Value as Json, json};

use super::{compile, compile_at, moment, moment_in, parse, schema};
use crate::moment::{anniversaries, date_from_days, days_since_epoch, parse_date, place_in_year};
use crate::program::sample_part;
use crate::{Attribute, Decimal, Event, EventKind, Segments, Value, View};

#[track_caller]
fn assert_matches(rule: Json, view: &View, expected: bool) {
    let compiled = compile(rule.clone());
    assert_eq!(compiled.matches(view), expected, "{rule}");
    let complement = compile(json!({"not": rule}));
    assert_eq!(complement.matches(view), !expected, "not {rule}");
}

fn with_city(city: Option<&str>) -> View {
    let mut view = View::new(1_i64);
    view.set_field(1_i64, city.map(Value::text));
    view
}

#[test]
fn text_is_compared_folded_and_a_missing_one_meets_nothing() {
    let cases: &[(&str, Json, Option<&str>, bool)] = &[
        ("equals", json!("BERLIN"), Some("Berlin"), true),
        ("equals", json!("strasse"), Some("Straße"), true),
        ("equals", json!("ΟΔΟΣ"), Some("οδος"), true),
        ("equals", json!("istanbul"), Some("İstanbul"), false),
        ("equals", json!("i\u{307}stanbul"), Some("İstanbul"), true),
        ("equals", json!("ber"), Some("Berlin"), false),
        ("equals", json!("Berlin"), None, false),
        ("not_equals", json!("Berlin"), None, true),
        ("not_equals", json!("berlin"), Some("Berlin"), false),
        ("contains", json!("RLI"), Some("Berlin"), true),
        ("contains", json!("%"), Some("Berlin"), false),
        ("contains", json!("_"), Some("a_b"), true),
        ("contains", json!("SS"), Some("Straße"), true),
        ("contains", json!("x"), None, false),
        ("not_contains", json!("x"), None, true),
        ("starts_with", json!("ber"), Some("Berlin"), true),
        ("starts_with", json!("berlin!"), Some("Berlin"), false),
        ("ends_with", json!("LIN"), Some("Berlin"), true),
        ("ends_with", json!("berlin berlin"), Some("Berlin"), false),
        ("in", json!(["x", "berlin"]), Some("Berlin"), true),
        ("in", json!(["x"]), None, false),
        ("not_in", json!(["x"]), None, true),
        ("not_in", json!(["BERLIN"]), Some("Berlin"), false),
    ];
    for (op, value, city, expected) in cases {
        let rule = json!({"field": "city", "op": op, "value": value});
        assert_matches(rule, &with_city(*city), *expected);
    }
    for (city, is_set) in [(Some("x"), true), (None, false), (Some(""), false)] {
        assert_matches(
            json!({"field": "city", "op": "is_set"}),
            &with_city(city),
            is_set,
        );
        assert_matches(
            json!({"field": "city", "op": "is_not_set"}),
            &with_city(city),
            !is_set,
        );
    }
}

#[test]
fn codes_are_compared_exactly() {
    let mut view = View::new(1_i64);
    view.set_text(Attribute::Language, Some("de"));
    view.set_text(Attribute::Email, Some("Ana@Example.com"));
    assert_matches(
        json!({"field": "language", "op": "equals", "value": "de"}),
        &view,
        true,
    );
    assert_matches(
        json!({"field": "language", "op": "equals", "value": "DE"}),
        &view,
        false,
    );
    assert_matches(
        json!({"field": "email", "op": "equals", "value": "ana@example.COM"}),
        &view,
        true,
    );
}

#[test]
fn numbers_are_exact_up_to_their_ends() {
    let cases: &[(&str, Json, &str, bool)] = &[
        ("equals", json!(0.1), "0.1", true),
        ("equals", json!(0.3), "0.300001", false),
        ("equals", json!("0.300001"), "0.300001", true),
        ("equals", json!(-0.0), "0", true),
        ("less", json!(2), "1.999999", true),
        ("less", json!(2), "2", false),
        ("less_or_equal", json!(2), "2", true),
        ("greater", json!(-1), "-0.999999", true),
        ("greater_or_equal", json!(-1), "-1", true),
        ("between", json!([1, 2]), "1", true),
        ("between", json!([1, 2]), "2", true),
        ("between", json!([1, 2]), "2.000001", false),
        ("in", json!([1, 2.5]), "2.5", true),
        ("not_in", json!([1, 2.5]), "2.5", false),
        (
            "less",
            json!("-9223372036854.775808"),
            "-9223372036854.775808",
            false,
        ),
        (
            "greater",
            json!("9223372036854.775807"),
            "9223372036854.775807",
            false,
        ),
        (
            "greater_or_equal",
            json!("9223372036854.775807"),
            "9223372036854.775807",
            true,
        ),
    ];
    for (op, value, visits, expected) in cases {
        let mut view = View::new(1_i64);
        view.set_field(3_i64, Some(Value::number(Decimal::parse(visits).unwrap())));
        let rule = json!({"field": "visits", "op": op, "value": value});
        assert_matches(rule.clone(), &view, *expected);
        let positive = !op.starts_with("not");
        assert_matches(rule, &View::new(1_i64), !positive);
    }
}

#[test]
fn booleans_ids_and_statuses() {
    let mut view = View::new(1_i64);
    view.set_field(5_i64, Some(Value::boolean(false)));
    view.set_int(Attribute::Owner, Some(9_007_199_254_740_993));
    view.set_text(Attribute::Status, Some("active"));
    for (rule, expected, missing) in [
        (
            json!({"field": "vip", "op": "equals", "value": false}),
            true,
            false,
        ),
        (
            json!({"field": "vip", "op": "equals", "value": true}),
            false,
            false,
        ),
        (
            json!({"field": "vip", "op": "not_equals", "value": true}),
            true,
            true,
        ),
        (
            json!({"field": "owner", "op": "equals", "value": "9007199254740993"}),
            true,
            false,
        ),
        (
            json!({"field": "owner", "op": "in", "value": ["9007199254740992"]}),
            false,
            false,
        ),
        (
            json!({"field": "status", "op": "in", "value": ["active", "bounced"]}),
            true,
            false,
        ),
        (
            json!({"field": "status", "op": "not_equals", "value": "active"}),
            false,
            true,
        ),
    ] {
        assert_matches(rule.clone(), &view, expected);
        assert_matches(rule, &View::new(1_i64), missing);
    }
}

#[test]
fn dates_are_days_of_the_accounts_zone() {
    // It is 2026-05-04 in Berlin.
    let cases: &[(&str, Option<Json>, &str, bool)] = &[
        ("on", Some(json!("2026-05-04")), "2026-05-04", true),
        ("not_on", Some(json!("2026-05-04")), "2026-05-04", false),
        ("before", Some(json!("2026-05-04")), "2026-05-03", true),
        ("before", Some(json!("2026-05-04")), "2026-05-04", false),
        ("after", Some(json!("2026-05-04")), "2026-05-05", true),
        ("after", Some(json!("2026-05-04")), "2026-05-04", false),
        (
            "between",
            Some(json!(["2026-05-01", "2026-05-04"])),
            "2026-05-04",
            true,
        ),
        ("within_last_days", Some(json!(0)), "2026-05-04", true),
        ("within_last_days", Some(json!(7)), "2026-04-27", true),
        ("within_last_days", Some(json!(7)), "2026-04-26", false),
        ("within_last_days", Some(json!(7)), "2026-05-05", false),
        ("within_next_days", Some(json!(7)), "2026-05-11", true),
        ("within_next_days", Some(json!(7)), "2026-05-12", false),
        ("within_next_days", Some(json!(7)), "2026-05-03", false),
        ("more_than_days_ago", Some(json!(7)), "2026-04-26", true),
        ("more_than_days_ago", Some(json!(7)), "2026-04-27", false),
        ("anniversary_today", None, "1984-05-04", true),
        ("anniversary_today", None, "2030-05-04", true),
        ("anniversary_today", None, "1984-05-05", false),
        (
            "anniversary_within_next_days",
            Some(json!(7)),
            "1984-05-11",
            true,
        ),
        (
            "anniversary_within_next_days",
            Some(json!(7)),
            "1984-05-12",
            false,
        ),
    ];
    for (op, value, birthday, expected) in cases {
        let mut rule = json!({"field": "birthday", "op": op});
        if let Some(value) = value {
            rule["value"] = value.clone();
        }
        let mut view = View::new(1_i64);
        view.set_field(4_i64, Some(Value::date(parse_date(birthday).unwrap())));
        assert_matches(rule.clone(), &view, *expected);
        assert_matches(rule, &View::new(1_i64), op.starts_with("not"));
    }
}

#[test]
fn the_zone_decides_which_day_it_is() {
    let rule = json!({"field": "birthday", "op": "on", "value": "2026-05-05"});
    let today = json!({"field": "birthday", "op": "within_last_days", "value": 0});
    let mut view = View::new(1_i64);
    view.set_field(4_i64, Some(Value::date(date(2026, 5, 5))));
    assert_matches(rule, &view, true);
    for (zone, expected) in [("UTC", false), ("Pacific/Auckland", true)] {
        let at = moment_in("2026-05-04T20:00:00Z", zone);
        assert_eq!(
            compile_at(today.clone(), &at).matches(&view),
            expected,
            "{zone}"
        );
    }
}

#[test]
fn anniversaries_agree_with_the_calendar() {
    // The day of the year, as month and day, on which a birthday is celebrated in that year.
    let celebrated = |born: jiff::civil::Date, year_of: jiff::civil::Date| {
        if (born.month(), born.day()) == (2, 29) && !year_of.in_leap_year() {
            (2, 28)
        } else {
            (born.month(), born.day())
        }
    };
    let born: Vec<i64> = (0..366)
        .map(|n| days_since_epoch(date(2000, 1, 1)) + n)
        .collect();
    let born_dates: Vec<_> = born.iter().map(|it| date_from_days(*it).unwrap()).collect();
    // From around leap days and year ends, everybody whose day comes within so many days.
    for (year, month) in [
        (2023, 12),
        (2024, 2),
        (2024, 3),
        (2025, 2),
        (2025, 3),
        (2027, 2),
    ] {
        for day in 1..=29 {
            let Ok(today) = jiff::civil::Date::new(year, month, day) else {
                continue;
            };
            let today = days_since_epoch(today);
            let mut comes_in = vec![i64::MAX; born.len()];
            for ahead in (0..=366).rev() {
                let day = date_from_days(today + ahead).unwrap();
                for (comes, born) in comes_in.iter_mut().zip(&born_dates) {
                    if celebrated(*born, day) == (day.month(), day.day()) {
                        *comes = ahead;
                    }
                }
            }
            for days in [0, 1, 7, 30, 363, 364, 365, 366] {
                let (from, to) = anniversaries(today, days);
                for (comes, born) in comes_in.iter().zip(&born) {
                    let place = place_in_year(*born);
                    let inside = if from <= to {
                        (from..=to).contains(&place)
                    } else {
                        place >= from || place <= to
                    };
                    assert_eq!(
                        inside,
                        *comes <= i64::from(days),
                        "born {born}, today {today}, {days} days"
                    );
                }
            }
        }
    }
}

#[test]
fn the_place_in_the_year_is_defined_for_every_number() {
    assert_eq!(place_in_year(days_since_epoch(date(2024, 2, 29))), 365);
    assert_eq!(place_in_year(days_since_epoch(date(2024, 3, 1))), 0);
    assert_eq!(place_in_year(days_since_epoch(date(1, 2, 28))), 364);
    for days in [i64::MIN, i64::MIN + 1, -719_468, -719_469, 0, i64::MAX] {
        assert!((0..=365).contains(&place_in_year(days)), "{days}");
    }
}

#[test]
fn times_compare_with_times_and_with_whole_days() {
    // 2026-05-04 in Berlin is from 22:00 of the day before to 22:00, in UTC.
    let cases: &[(&str, Json, &str, bool)] = &[
        ("on", json!("2026-05-04"), "2026-05-03T22:00:00Z", true),
        (
            "on",
            json!("2026-05-04"),
            "2026-05-03T21:59:59.999999Z",
            false,
        ),
        (
            "on",
            json!("2026-05-04"),
            "2026-05-04T21:59:59.999999Z",
            true,
        ),
        ("on", json!("2026-05-04"), "2026-05-04T22:00:00Z", false),
        ("before", json!("2026-05-04"), "2026-05-03T22:00:00Z", false),
        (
            "before",
            json!("2026-05-04"),
            "2026-05-03T21:59:59.999999Z",
            true,
        ),
        ("after", json!("2026-05-04"), "2026-05-04T22:00:00Z", true),
        (
            "after",
            json!("2026-05-04"),
            "2026-05-04T21:59:59.999999Z",
            false,
        ),
        (
            "before",
            json!("2026-05-04T09:30:00+02:00"),
            "2026-05-04T07:29:59.999999Z",
            true,
        ),
        (
            "before",
            json!("2026-05-04T09:30:00+02:00"),
            "2026-05-04T07:30:00Z",
            false,
        ),
        (
            "between",
            json!(["2026-05-01", "2026-05-04"]),
            "2026-05-04T21:59:59Z",
            true,
        ),
        ("within_last_days", json!(7), "2026-04-27T10:00:00Z", true),
        (
            "within_last_days",
            json!(7),
            "2026-04-27T09:59:59.999999Z",
            false,
        ),
        (
            "within_last_days",
            json!(7),
            "2026-05-04T10:00:00.000001Z",
            false,
        ),
        (
            "more_than_days_ago",
            json!(7),
            "2026-04-27T09:59:59.999999Z",
            true,
        ),
        (
            "more_than_days_ago",
            json!(7),
            "2026-04-27T10:00:00Z",
            false,
        ),
        ("within_next_days", json!(1), "2026-05-05T10:00:00Z", true),
        (
            "within_next_days",
            json!(1),
            "2026-05-05T10:00:00.000001Z",
            false,
        ),
    ];
    for (op, value, at, expected) in cases {
        let rule = json!({"field": "created_at", "op": op, "value": value});
        let mut view = View::new(1_i64);
        view.set_time(Attribute::CreatedAt, Some(at.parse().unwrap()));
        assert_matches(rule.clone(), &view, *expected);
        assert_matches(rule, &View::new(1_i64), false);
    }
}

#[test]
fn a_day_in_which_the_clock_changes_counts_as_one() {
    let rule = json!({"field": "created_at", "op": "within_last_days", "value": 1});
    // Noon of the Sunday on which Berlin loses an hour, and of that on which it gains one.
    for (now, oldest) in [
        ("2026-03-29T10:00:00Z", "2026-03-28T11:00:00Z"),
        ("2026-10-25T11:00:00Z", "2026-10-24T10:00:00Z"),
    ] {
        let compiled = compile_at(rule.clone(), &moment_in(now, "Europe/Berlin"));
        let oldest: Timestamp = oldest.parse().unwrap();
        for (at, expected) in [(oldest.as_micros(), true), (oldest.as_micros() - 1, false)] {
            let mut view = View::new(1_i64);
            view.set_int(Attribute::CreatedAt, Some(at));
            assert_eq!(compiled.matches(&view), expected, "{now} {at}");
        }
    }
}

#[test]
fn days_that_lack_midnight_or_do_not_exist() {
    let on = |day: &str, zone: &str, at: &str| {
        let rule = json!({"field": "created_at", "op": "on", "value": day});
        let mut view = View::new(1_i64);
        view.set_time(Attribute::CreatedAt, Some(at.parse().unwrap()));
        compile_at(rule, &moment_in("2026-05-04T10:00:00Z", zone)).matches(&view)
    };
    let sao_paulo = "America/Sao_Paulo";
    assert!(on("2018-11-04", sao_paulo, "2018-11-04T03:00:00Z"));
    assert!(!on("2018-11-04", sao_paulo, "2018-11-04T02:59:59Z"));
    assert!(on("2018-11-03", sao_paulo, "2018-11-04T02:59:59Z"));
    let apia = "Pacific/Apia";
    assert!(on("2011-12-29", apia, "2011-12-30T09:59:59Z"));
    assert!(on("2011-12-31", apia, "2011-12-30T10:00:00Z"));
    assert!(!on("2011-12-30", apia, "2011-12-30T10:00:00Z"));
    assert!(!on("2011-12-30", apia, "2011-12-30T09:59:59Z"));
}

#[test]
fn memberships() {
    let mut view = View::new(1_i64);
    view.groups = [10, 11].into();
    view.tags = [20].into();
    for (rule, expected) in [
        (json!({"group": {"any": ["10", "12"]}}), true),
        (json!({"group": {"all": ["10", "12"]}}), false),
        (json!({"group": {"all": ["10", "11", "10"]}}), true),
        (json!({"group": {"none": ["12"]}}), true),
        (json!({"group": {"none": ["11", "12"]}}), false),
        (json!({"tag": {"any": ["20"]}}), true),
        (json!({"tag": {"all": ["20", "21"]}}), false),
        (json!({"all": []}), true),
        (json!({"any": []}), false),
    ] {
        assert_matches(rule, &view, expected);
    }
}

#[test]
fn behavior_counts_what_happened() {
    let event = |kind, at: &str, campaign| Event {
        kind,
        at: at.parse().unwrap(),
        campaign,
        link: None,
    };
    let mut view = View::new(1_i64);
    view.events = vec![
        event(EventKind::Clicked, "2026-05-01T00:00:00Z", Some(30)),
        event(EventKind::Clicked, "2026-03-01T00:00:00Z", Some(30)),
        event(EventKind::Clicked, "2026-05-02T00:00:00Z", Some(31)),
        event(EventKind::Opened, "2026-04-04T10:00:00Z", None),
    ];
    for (rule, expected) in [
        (json!({"event": "clicked"}), true),
        (json!({"event": "clicked", "at_least": 3}), true),
        (json!({"event": "clicked", "at_least": 4}), false),
        (
            json!({"event": "clicked", "campaign": "any", "at_least": 3}),
            true,
        ),
        (
            json!({"event": "clicked", "campaign": "30", "at_least": 2}),
            true,
        ),
        (
            json!({"event": "clicked", "campaign": "30", "at_least": 2, "within_days": 30}),
            false,
        ),
        (
            json!({"event": "clicked", "within_days": 30, "at_least": 2}),
            true,
        ),
        (json!({"event": "opened", "within_days": 30}), true),
        (json!({"event": "opened", "within_days": 29}), false),
        (json!({"event": "opened", "campaign": "30"}), false),
        (json!({"event": "received"}), false),
    ] {
        assert_matches(rule, &view, expected);
    }
}

#[test]
fn segments_are_inlined() {
    let berlin = parse(json!({"field": "city", "op": "equals", "value": "Berlin"}));
    let vip = parse(json!({"all": [
        {"segment": {"any": ["1"]}},
        {"field": "vip", "op": "equals", "value": true},
    ]}));
    let segments = Segments {
        rules: [(1, berlin), (2, vip)].into(),
        current: Some(3),
        ..Segments::none()
    };
    let mut view = with_city(Some("berlin"));
    for (rule, expected) in [
        (json!({"segment": {"any": ["1", "2"]}}), true),
        (json!({"segment": {"all": ["1", "2"]}}), false),
        (json!({"segment": {"none": ["2"]}}), true),
        (json!({"segment": {"none": ["1", "2"]}}), false),
    ] {
        let compiled = crate::check(&parse(rule.clone()), &schema(), &moment(), &segments).unwrap();
        assert_eq!(compiled.matches(&view), expected, "{rule}");
    }
    view.set_field(5_i64, Some(Value::boolean(true)));
    let both = parse(json!({"segment": {"all": ["1", "2"]}}));
    assert!(
        crate::check(&both, &schema(), &moment(), &segments)
            .unwrap()
            .matches(&view)
    );
}

#[test]
fn a_sample_is_about_its_size_nested_and_independent_of_others() {
    let in_sample = |percent: i64, salt: &str| {
        let compiled = compile(json!({"sample": percent, "salt": salt}));
        (1..=20_000_i64)
            // As ids are made: a few per millisecond.
            .filter(|n| compiled.matches(&View::new(((n / 7) << 22) | (n % 7))))
            .collect::<Vec<i64>>()
    };
    let (ten, twenty, other) = (in_sample(10, "a"), in_sample(20, "a"), in_sample(20, "b"));
    assert!((1_700..2_300).contains(&ten.len()), "{}", ten.len());
    assert!((3_600..4_400).contains(&twenty.len()), "{}", twenty.len());
    assert!(ten.iter().all(|id| twenty.contains(id)));
    let shared = ten.iter().filter(|id| other.contains(id)).count();
    assert!((300..500).contains(&shared), "{shared}");
    assert_eq!(in_sample(0, "a").len(), 0);
    assert_eq!(in_sample(100, "a").len(), 20_000);
    for id in [i64::MIN, -1, 0, i64::MAX] {
        assert!((0..10_000).contains(&sample_part(id, 2_147_483_646, 2_147_483_646)));
    }
}

#[test]
fn behavior_counts_exactly_within_days_and_by_link() {
    let event = |at: &str, link: Option<&str>| Event {
        kind: EventKind::Clicked,
        at: at.parse().unwrap(),
        campaign: Some(30),
        link: link.map(Value::text),
    };
    let mut view = View::new(1_i64);
    view.events = vec![
        event(
            "2026-05-01T12:00:00Z",
            Some("https://example.com/Pricing?a=1"),
        ),
        event("2026-03-01T12:00:00Z", Some("https://example.com/")),
        event("2026-02-28T23:30:00Z", None),
    ];
    for (rule, expected) in [
        (json!({"event": "clicked", "exactly": 3}), true),
        (json!({"event": "clicked", "exactly": 2}), false),
        (json!({"event": "clicked", "exactly": 0}), false),
        (json!({"event": "opened", "exactly": 0}), true),
        (json!({"event": "opened", "at_most": 4}), true),
        (json!({"event": "clicked", "at_most": 3}), true),
        (json!({"event": "clicked", "at_most": 2}), false),
        (
            json!({"event": "clicked", "at_least": 1, "at_most": 2}),
            false,
        ),
        (
            json!({"event": "clicked", "at_least": 2, "at_most": 3}),
            true,
        ),
        // In Berlin it was already March.
        (
            json!({"event": "clicked", "since": "2026-03-01", "exactly": 3}),
            true,
        ),
        (
            json!({"event": "clicked", "since": "2026-03-01T00:00:00Z", "exactly": 2}),
            true,
        ),
        (
            json!({"event": "clicked", "since": "2026-03-01", "until": "2026-03-01", "exactly": 2}),
            true,
        ),
        (json!({"event": "clicked", "until": "2026-02-28"}), false),
        (
            json!({"event": "clicked", "link": {"contains": "/pricing"}}),
            true,
        ),
        (
            json!({"event": "clicked", "link": {"contains": "/pricing"}, "at_least": 2}),
            false,
        ),
        (
            json!({"event": "clicked", "link": {"starts_with": "HTTPS://EXAMPLE.com/"}, "exactly": 2}),
            true,
        ),
        (
            json!({"event": "clicked", "link": {"equals": "https://example.com/"}}),
            true,
        ),
        (
            json!({"event": "clicked", "link": {"equals": "https://example.com"}}),
            false,
        ),
    ] {
        assert_matches(rule, &view, expected);
    }
}

#[test]
fn days_of_the_week_are_those_of_the_zone() {
    for (at, day) in [
        // Half past midnight on a Saturday in Berlin, in winter and in summer.
        ("2026-01-30T23:30:00Z", "saturday"),
        ("2026-05-01T22:30:00Z", "saturday"),
        ("2026-05-01T21:59:59.999999Z", "friday"),
        ("1970-01-01T00:00:00Z", "thursday"),
        ("1969-12-31T22:59:59.999999Z", "wednesday"),
        ("2069-06-30T22:30:00Z", "monday"),
    ] {
        let mut view = View::new(1_i64);
        view.set_time(Attribute::CreatedAt, Some(at.parse().unwrap()));
        for other in crate::WEEKDAYS {
            let rule = json!({"field": "created_at", "op": "day_of_week", "value": [other]});
            assert_matches(rule, &view, other == day);
        }
    }
    let mut view = View::new(1_i64);
    view.set_field(4_i64, Some(Value::date(jiff::civil::date(2024, 2, 29))));
    let weekend =
        json!({"field": "birthday", "op": "day_of_week", "value": ["saturday", "thursday"]});
    assert_matches(weekend.clone(), &view, true);
    assert_matches(weekend, &View::new(1_i64), false);
}

#[test]
fn the_last_day_of_all_is_a_day_too() {
    // Its noon lies behind the last instant that can be written.
    let kathmandu = moment_in("2026-05-04T10:00:00Z", "Asia/Kathmandu");
    let on = compile_at(
        json!({"field": "created_at", "op": "on", "value": "9999-12-31"}),
        &kathmandu,
    );
    for (at, expected) in [
        ("9999-12-30T22:00:00Z", true),
        ("9999-12-30T18:00:00Z", false),
    ] {
        let mut view = View::new(1_i64);
        view.set_time(Attribute::CreatedAt, Some(at.parse().unwrap()));
        assert_eq!(on.matches(&view), expected, "{at}");
    }
}
