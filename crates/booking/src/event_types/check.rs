//! Whether an event type makes sense.

use kernel::{FieldError, text};

use super::model::{EventType, Location, Mode, Part, Settings, Window};
use super::questions;
use crate::slug;
use crate::wall::check_dates;

const MAX_TITLE: usize = 200;
const MAX_DESCRIPTION: usize = 10_000;
const MAX_HOSTS: usize = 100;
const MAX_DURATIONS: usize = 20;
const MAX_LOCATIONS: usize = 20;
pub(crate) const MAX_LIMITS: usize = 20;
const MAX_ORIGINS: usize = 100;
/// A week, in minutes.
const WEEK: u32 = 7 * 1440;
/// A year, in minutes.
const YEAR: u32 = 366 * 1440;
/// What [`crate::slots`] is exact for.
const MAX_BUFFER: u32 = 1440;

/// All faults, but for what only the database knows.
pub(super) fn check(event_type: &EventType) -> Vec<FieldError> {
    let mut errors = Vec::new();
    match text::one_line(&event_type.title, MAX_TITLE) {
        Ok("") => errors.push(FieldError::new("title", "required", "give it a title")),
        Ok(_) => {}
        Err(fault) => errors.push(fault.at("title")),
    }
    errors.extend(slug::check(&event_type.slug, "slug").err());
    check_hosts(event_type, &mut errors);
    check_settings(&event_type.settings, &mut errors);
    questions::check(&event_type.settings.questions, &mut errors);
    errors
}

fn check_hosts(event_type: &EventType, errors: &mut Vec<FieldError>) {
    let hosts = &event_type.hosts;
    let mut refuse = |field: String, code: &'static str, message: String| {
        errors.push(FieldError::new(field, code, message));
    };
    match event_type.settings.mode {
        Mode::Single if hosts.len() != 1 => refuse(
            "hosts".into(),
            "invalid",
            "choose one host, or another mode".into(),
        ),
        Mode::Collective if hosts.is_empty() => {
            refuse(
                "hosts".into(),
                "required",
                "choose at least one host".into(),
            );
        }
        Mode::RoundRobin | Mode::Pool if !hosts.iter().any(|one| one.part == Part::Rotating) => {
            refuse(
                "hosts".into(),
                "invalid",
                "at least one host has to be rotating".into(),
            );
        }
        _ => {}
    }
    if hosts.len() > MAX_HOSTS {
        refuse(
            "hosts".into(),
            "too_many",
            format!("choose at most {MAX_HOSTS} hosts"),
        );
    }
    for (index, one) in hosts.iter().enumerate() {
        if hosts[..index].iter().any(|it| it.host_id == one.host_id) {
            refuse(
                format!("hosts[{index}].host_id"),
                "duplicate",
                "is in the list already".into(),
            );
        }
        if one.priority > 4 {
            refuse(
                format!("hosts[{index}].priority"),
                "out_of_range",
                "choose 0 to 4".into(),
            );
        }
        if one.weight > 1000 {
            refuse(
                format!("hosts[{index}].weight"),
                "out_of_range",
                "choose 0 to 1000".into(),
            );
        }
    }
}

fn check_settings(settings: &Settings, errors: &mut Vec<FieldError>) {
    check_texts(settings, errors);
    check_numbers(settings, errors);
    check_limits(settings, errors);
    for (index, location) in settings.locations.iter().enumerate() {
        check_location(location, index, errors);
    }
    for (index, origin) in settings.embed_origins.iter().enumerate() {
        if !is_origin(origin) {
            errors.push(FieldError::new(
                format!("settings.embed_origins[{index}]"),
                "invalid",
                "give scheme and host, such as https://example.com",
            ));
        }
    }
    if let Window::Dates { first, last } = settings.window {
        check_dates(first, Some(last), "settings.window.last", errors);
    }
}

fn check_texts(settings: &Settings, errors: &mut Vec<FieldError>) {
    if let Some(description) = &settings.description
        && let Err(fault) = text::several_lines(description, MAX_DESCRIPTION)
    {
        errors.push(fault.at("settings.description"));
    }
    if let Some(color) = &settings.color {
        let is_color = color.len() == 7
            && color.starts_with('#')
            && color[1..].bytes().all(|b| b.is_ascii_hexdigit());
        if !is_color {
            errors.push(FieldError::new(
                "settings.color",
                "invalid",
                "give a color such as #2563eb",
            ));
        }
    }
    if let Some(url) = &settings.redirect_url
        && !is_address(url)
    {
        errors.push(FieldError::new(
            "settings.redirect_url",
            "invalid",
            "give an address that begins with https:// or http://",
        ));
    }
}

fn check_numbers(settings: &Settings, errors: &mut Vec<FieldError>) {
    let mut range = |field: &str, value: u32, least: u32, most: u32| {
        if !(least..=most).contains(&value) {
            errors.push(FieldError::new(
                format!("settings.{field}"),
                "out_of_range",
                format!("choose {least} to {most}"),
            ));
        }
    };
    for (index, minutes) in settings.durations.iter().enumerate() {
        range(&format!("durations[{index}]"), *minutes, 1, 1440);
    }
    range(
        "buffer_before_minutes",
        settings.buffer_before_minutes,
        0,
        MAX_BUFFER,
    );
    range(
        "buffer_after_minutes",
        settings.buffer_after_minutes,
        0,
        MAX_BUFFER,
    );
    range("notice_minutes", settings.notice_minutes, 0, YEAR);
    range(
        "cancel_notice_minutes",
        settings.cancel_notice_minutes,
        0,
        YEAR,
    );
    range(
        "reschedule_notice_minutes",
        settings.reschedule_notice_minutes,
        0,
        YEAR,
    );
    range("pending_hours", settings.pending_hours, 1, 24 * 90);
    if let Some(step) = settings.step_minutes {
        range("step_minutes", step, 1, 1440);
    }
    if let Some(capacity) = settings.capacity {
        range("capacity", capacity, 1, 10_000);
    }
    if let Some(seats) = settings.seats_per_booking {
        range("seats_per_booking", seats, 1, 1_000);
    }
    match settings.window {
        Window::Days { days } | Window::BusinessDays { days } => {
            range("window.days", days, 0, 3_660);
        }
        Window::BookableDays { days } => range("window.days", days, 1, 61),
        Window::Always | Window::Dates { .. } => {}
    }
    let mut count = |field: &str, n: usize, least: usize, most: usize| {
        if !(least..=most).contains(&n) {
            errors.push(FieldError::new(
                format!("settings.{field}"),
                if n < least { "required" } else { "too_many" },
                format!("give {least} to {most}"),
            ));
        }
    };
    count("durations", settings.durations.len(), 1, MAX_DURATIONS);
    count("locations", settings.locations.len(), 0, MAX_LOCATIONS);
    count("limits", settings.limits.len(), 0, MAX_LIMITS);
    count(
        "embed_origins",
        settings.embed_origins.len(),
        0,
        MAX_ORIGINS,
    );
}

fn check_limits(settings: &Settings, errors: &mut Vec<FieldError>) {
    for (index, one) in settings.limits.iter().enumerate() {
        let field = format!("settings.limits[{index}]");
        errors.extend(check_cap(&field, one.bookings, one.minutes).err());
    }
}

/// Whether a limit says how much.
pub(crate) fn check_cap(
    field: &str,
    bookings: Option<u32>,
    minutes: Option<u32>,
) -> Result<(), FieldError> {
    match (bookings, minutes) {
        (Some(n), None) if (1..=100_000).contains(&n) => Ok(()),
        (None, Some(n)) if (1..=60 * WEEK).contains(&n) => Ok(()),
        (Some(_), None) => Err(FieldError::new(
            format!("{field}.bookings"),
            "out_of_range",
            "choose 1 to 100000",
        )),
        (None, Some(_)) => Err(FieldError::new(
            format!("{field}.minutes"),
            "out_of_range",
            format!("choose 1 to {}", 60 * WEEK),
        )),
        _ => Err(FieldError::new(
            field.to_owned(),
            "invalid",
            "give either bookings or minutes",
        )),
    }
}

fn check_location(location: &Location, index: usize, errors: &mut Vec<FieldError>) {
    let field = |name: &str| format!("settings.locations[{index}].{name}");
    let mut line = |name: &str, value: &str| match text::several_lines(value, 1_000) {
        Ok("") => errors.push(FieldError::new(field(name), "required", "say where")),
        Ok(_) => {}
        Err(fault) => errors.push(fault.at(field(name))),
    };
    match location {
        Location::InPerson { address } => line("address", address),
        Location::CallInvitee => {}
        Location::Other { text } => line("text", text),
        Location::CallHost { phone } => match audience::subscribers::phone(phone) {
            Ok(Some(_)) => {}
            Ok(None) => line("phone", ""),
            Err(fault) => errors.push(fault.at(field("phone"))),
        },
        Location::Link { url } => {
            if !is_address(url) {
                errors.push(FieldError::new(
                    field("url"),
                    "invalid",
                    "give an address that begins with https:// or http://",
                ));
            }
        }
    }
}

/// An address in the web that can stand in a link.
fn is_address(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && url.len() <= 2_000
        && !url.contains(|c: char| c.is_whitespace() || c.is_control() || "\"<>\\".contains(c))
}

/// Scheme, host and perhaps port, in lower case.
fn is_origin(origin: &str) -> bool {
    let rest = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && rest.len() <= 255
            && (rest.bytes())
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:*".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::{is_address, is_origin};

    #[test]
    fn addresses_and_origins_are_told_from_other_texts() {
        for (text, address, origin) in [
            ("https://example.com", true, true),
            ("http://localhost:8080", true, true),
            ("https://example.com/thanks?x=1", true, false),
            ("https://", false, false),
            ("javascript:alert(1)", false, false),
            ("https://a b", false, false),
            ("https://a\"onload=", false, false),
            ("https://a; script-src *", false, false),
        ] {
            assert_eq!(
                (is_address(text), is_origin(text)),
                (address, origin),
                "{text}"
            );
        }
    }
}
