//! The letters.

use std::fmt::Write as _;

use kernel::Timestamp;
use serde_json::{Value, json};

use crate::bookings::{Detail, Status};
use crate::calendars::uid_of;
use crate::event_types::Location;
use crate::ical::{Attendee, Calendar, Entry, Method, Person, Standing};
use crate::public::{Words, place};

/// The subject of all letters, as a template of the one template language.
pub const SUBJECT: &str = "{{ letter.subject }}";

/// Their plain text.
pub const TEXT: &str = "{{ letter.told }}\n\n{{ letter.title }}\n\
{% for fact in letter.facts %}{{ fact.name }}: {{ fact.value }}\n{% endfor %}\n\
{% for link in letter.links %}{{ link.name }}: {{ link.value }}\n{% endfor %}";

/// Their HTML.
pub const HTML: &str = "<!doctype html><html lang=\"{{ letter.language }}\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{{ letter.subject }}</title></head>\
<body style=\"margin:0;padding:24px 12px;background:#f7f7f8;color:#18181b;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Arial,sans-serif\">\
<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"><tr><td align=\"center\">\
<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;max-width:560px;background:#ffffff;\
border:1px solid #e2e2e7;border-radius:14px\"><tr><td style=\"padding:28px\">\
<p style=\"margin:0 0 14px\">{{ letter.told }}</p>\
<h1 style=\"margin:0 0 10px;font-size:20px;line-height:1.3\">{{ letter.title }}</h1>\
{% for fact in letter.facts %}<p style=\"margin:0 0 8px\"><span style=\"color:#5b5b66\">{{ fact.name }}</span><br>{{ fact.value }}</p>{% endfor %}\
<p style=\"margin:18px 0 0\">{% for link in letter.links %}<a href=\"{{ link.value }}\" style=\"display:inline-block;margin:0 8px 8px 0;\
padding:11px 18px;border:1px solid #5046b8;border-radius:10px;color:#5046b8;font-weight:600;text-decoration:none\">{{ link.name }}</a>\
{% endfor %}</p></td></tr></table></td></tr></table></body></html>";

/// A host with the address that mail about bookings goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// What invitees read.
    pub name: String,
    /// Of the user who the host is.
    pub email: String,
}

/// What is told.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// The booking as it is now.
    pub detail: &'a Detail,
    /// Who hosts it, the one who invites first.
    pub hosts: &'a [Host],
    /// What happened to it: the kind of an event, such as `booking.created`.
    pub event: &'a str,
    /// Where this server is, without a slash at its end.
    pub url: &'a str,
    /// Of the links that are for the invitee alone.
    pub token: &'a str,
    /// When it is told.
    pub now: Timestamp,
    /// The language of the hosts.
    pub language: &'a str,
}

/// A mail to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// What they are called.
    pub to_name: String,
    /// Their address.
    pub to_email: String,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// What [`SUBJECT`], [`HTML`] and [`TEXT`] say: the value of their variable `letter`.
    pub values: Value,
    /// The meeting, where it is or was in calendars.
    pub calendar: Option<String>,
}

/// What a letter is for: the key of its words, and what it does to calendars.
fn purpose(event: &str, status: Status, sequence: i64) -> Option<(&'static str, Option<Method>)> {
    let open = match status {
        // A request is in nobody's calendar before it is confirmed.
        Status::Pending => None,
        _ => Some(Method::Request),
    };
    Some(match event {
        // What nobody has to confirm is made and confirmed at once; one letter is enough.
        events::kind::BOOKING_CREATED if status == Status::Pending => ("mail_pending", open),
        events::kind::BOOKING_CONFIRMED => ("mail_booked", open),
        events::kind::BOOKING_RESCHEDULED => ("mail_moved", open),
        events::kind::BOOKING_REASSIGNED => ("mail_host", open),
        events::kind::BOOKING_CANCELLED => ("mail_cancelled", Some(Method::Cancel)),
        // Whether it ever was in a calendar is seen by whether anything of it changed.
        events::kind::BOOKING_DECLINED => {
            ("mail_declined", (sequence > 0).then_some(Method::Cancel))
        }
        events::kind::BOOKING_EXPIRED => ("mail_expired", None),
        _ => return None,
    })
}

/// The letters that what happened calls for: one to the invitee, and one to each host. None if nobody needs to hear of
/// it, or if it is over already.
pub fn letters(about: &About<'_>) -> Vec<Letter> {
    let booking = &about.detail.booking;
    let Some((key, method)) = purpose(about.event, booking.status, booking.sequence) else {
        return Vec::new();
    };
    if booking.end <= about.now {
        return Vec::new();
    }
    let inviter = about.hosts.first();
    let mut all = vec![letter(about, key, method, To::Invitee)];
    all[0].reply_to = inviter.map(|host| host.email.clone());
    for host in about.hosts {
        let mut one = letter(about, key, method, To::Host(host));
        one.reply_to = Some(booking.email.clone());
        all.push(one);
    }
    all
}

#[derive(Clone, Copy)]
enum To<'a> {
    Invitee,
    Host(&'a Host),
}

fn letter(about: &About<'_>, key: &'static str, method: Option<Method>, to: To<'_>) -> Letter {
    let booking = &about.detail.booking;
    let (words, zone) = match to {
        To::Invitee => (
            Words::of(booking.language.as_deref()),
            booking.time_zone.clone(),
        ),
        To::Host(host) => {
            let known = about.detail.hosts.iter().find(|it| it.name == host.name);
            let zone = known.map_or_else(|| booking.time_zone.clone(), |it| it.time_zone.clone());
            (Words::of(Some(about.language)), zone)
        }
    };
    let title = title(about.detail);
    let (date, range) = words.when(booking.start, booking.end, &zone);
    let values = [
        ("title", title),
        ("date", date.as_str()),
        ("time", range.as_str()),
        ("name", booking.name.as_str()),
    ];
    // Neutral, because mail programs show the meeting beside it.
    let subject = words.fill(&format!("{key}_subject"), &values);
    let told = words.fill(key, &values);
    let mut facts: Vec<(&str, String)> = vec![(
        words.text("when"),
        format!("{date}, {range} ({})", zone.name()),
    )];
    match to {
        To::Invitee => facts.push((words.text("who"), names(about))),
        To::Host(_) => {
            let mut who = format!("{} <{}>", booking.name, booking.email);
            if let Some(phone) = &booking.phone {
                let _ = write!(who, ", {phone}");
            }
            facts.push((words.text("who"), who));
        }
    }
    if booking.seats > 1 {
        facts.push((words.text("seats"), booking.seats.to_string()));
    }
    if let Some(location) = &booking.location {
        facts.push((words.text("location"), where_in_full(words, location)));
    }
    if let Some(reason) = &booking.reason {
        facts.push((words.text("mail_reason"), reason.clone()));
    }
    if matches!(to, To::Host(_)) {
        facts.extend(answers(words, about.detail));
    }
    let links = match to {
        To::Invitee if booking.status.is_open() => vec![
            (words.text("reschedule"), link(about, "/reschedule")),
            (words.text("cancel"), link(about, "/cancel")),
        ],
        To::Invitee => Vec::new(),
        To::Host(_) => vec![(words.text("mail_open"), in_app(about))],
    };
    let (to_name, to_email) = match to {
        To::Invitee => (booking.name.clone(), booking.email.clone()),
        To::Host(host) => (host.name.clone(), host.email.clone()),
    };
    let pairs = |all: &[(&str, String)]| -> Vec<Value> {
        let pair = |(name, value): &(&str, String)| json!({ "name": name, "value": value });
        all.iter().map(pair).collect()
    };
    Letter {
        to_name,
        to_email,
        reply_to: None,
        values: json!({
            "language": words.language.tag(),
            "subject": subject,
            "told": told,
            "title": title,
            "facts": pairs(&facts),
            "links": pairs(&links),
        }),
        calendar: method.map(|method| {
            let own = match to {
                To::Invitee => link(about, ""),
                To::Host(_) => in_app(about),
            };
            let organizer = about.hosts.first();
            calendar(about.detail, words, method, (about.url, &own), organizer)
        }),
    }
}

fn title(detail: &Detail) -> &str {
    (detail.event_type.as_ref()).map_or("", |it| it.title.as_str())
}

fn link(about: &About<'_>, rest: &str) -> String {
    format!("{}/booking/{}{rest}", about.url, about.token)
}

/// Where hosts look at it.
fn in_app(about: &About<'_>) -> String {
    format!("{}/app/bookings/{}", about.url, about.detail.booking.id)
}

fn names(about: &About<'_>) -> String {
    let names: Vec<&str> = about.hosts.iter().map(|host| host.name.as_str()).collect();
    names.join(", ")
}

/// With the address of a conference, which a page shows as a link.
pub(crate) fn where_in_full(words: Words, location: &Location) -> String {
    match location {
        Location::Link { url } => url.clone(),
        other => place(words, other),
    }
}

/// What the invitee answered, by the question.
pub(crate) fn answers(words: Words, detail: &Detail) -> Vec<(&str, String)> {
    let Some(event) = &detail.event_type else {
        return Vec::new();
    };
    let shown = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => words.text("answer_yes").to_owned(),
        Value::Bool(false) => words.text("answer_no").to_owned(),
        Value::Array(all) => {
            let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
            all.join(", ")
        }
        other => other.to_string(),
    };
    event
        .settings
        .questions
        .iter()
        .filter_map(|question| {
            let value = detail.booking.answers.get(&question.key)?;
            Some((question.label.as_str(), shown(value)))
        })
        .collect()
}

/// The booking as a calendar: with an organizer as an invitation, without one to be put into one's own.
pub(crate) fn calendar(
    detail: &Detail,
    words: Words,
    method: Method,
    (url, link): (&str, &str),
    organizer: Option<&Host>,
) -> String {
    let booking = &detail.booking;
    let hosts: Vec<&str> = detail.hosts.iter().map(|host| host.name.as_str()).collect();
    let title = title(detail);
    let summary = format!("{title}: {} / {}", booking.name, hosts.join(", "));
    let location = (booking.location.as_ref())
        .map(|location| where_in_full(words, location))
        .unwrap_or_default();
    let about = detail
        .event_type
        .as_ref()
        .and_then(|it| it.settings.description.as_deref());
    let description = match about {
        Some(about) => format!("{about}\n\n{}: {link}", words.text("mail_change")),
        None => format!("{}: {link}", words.text("mail_change")),
    };
    let uid = uid_of(booking.id, url);
    let attendees = match organizer {
        Some(_) => vec![Attendee {
            person: Person {
                name: &booking.name,
                email: &booking.email,
            },
            standing: Standing::Accepted,
        }],
        None => Vec::new(),
    };
    Calendar {
        method,
        name: "",
        entries: vec![Entry {
            uid: &uid,
            sequence: booking.sequence,
            stamp: booking.updated_at,
            start: booking.start,
            end: booking.end,
            summary: &summary,
            description: &description,
            location: &location,
            url: link,
            organizer: organizer.map(|host| Person {
                name: &host.name,
                email: &host.email,
            }),
            attendees,
            cancelled: !matches!(
                booking.status,
                Status::Pending | Status::Confirmed | Status::Completed | Status::NoShow
            ),
            tentative: booking.status == Status::Pending,
        }],
    }
    .write()
}
