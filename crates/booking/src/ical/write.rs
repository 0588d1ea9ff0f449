//! Writing: one booking as an invitation, or many as a feed.

use kernel::Timestamp;

use super::line::{escaped, push, quoted};

/// Who wrote it (RFC 5545, section 3.7.3).
const PRODUCT: &str = "-//Sendero//Booking//EN";

/// What a calendar is sent for (RFC 5546).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Here is a meeting, or what has changed of it.
    Request,
    /// It does not take place.
    Cancel,
    /// To be read: a feed.
    Publish,
}

impl Method {
    /// As it stands in the calendar and in the header of its part of a mail.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
            Self::Publish => "PUBLISH",
        }
    }
}

/// Somebody with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person<'a> {
    /// Empty if it is not known.
    pub name: &'a str,
    /// The email address.
    pub email: &'a str,
}

/// Whether somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They said so: who booked.
    Accepted,
    /// They were not asked yet.
    Asked,
    /// They do not.
    Declined,
}

/// Somebody who is invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attendee<'a> {
    /// Who.
    pub person: Person<'a>,
    /// Whether they come.
    pub standing: Standing,
}

/// A meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The same for as long as the booking lives, through every change of it.
    pub uid: &'a str,
    /// Higher with every change of time, place or existence.
    pub sequence: i64,
    /// When this was written.
    pub stamp: Timestamp,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// One line that says what it is.
    pub summary: &'a str,
    /// More about it; may be empty, may have several lines.
    pub description: &'a str,
    /// Where; may be empty.
    pub location: &'a str,
    /// An address with more; may be empty.
    pub url: &'a str,
    /// Who invites: an address that receives mail.
    pub organizer: Option<Person<'a>>,
    /// Who is invited.
    pub attendees: Vec<Attendee<'a>>,
    /// Whether it does not take place any more.
    pub cancelled: bool,
    /// Whether it still has to be confirmed.
    pub tentative: bool,
}

/// A calendar to be sent or served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar<'a> {
    /// What for.
    pub method: Method,
    /// What programs show as its name; may be empty.
    pub name: &'a str,
    /// What is in it.
    pub entries: Vec<Entry<'a>>,
}

impl Calendar<'_> {
    /// The text: lines of at most 75 octets that end with CRLF, times in UTC.
    pub fn write(&self) -> String {
        let mut out = String::with_capacity(256 + self.entries.len() * 512);
        push(&mut out, "BEGIN:VCALENDAR");
        push(&mut out, "VERSION:2.0");
        push(&mut out, &format!("PRODID:{PRODUCT}"));
        push(&mut out, "CALSCALE:GREGORIAN");
        push(&mut out, &format!("METHOD:{}", self.method.as_str()));
        if !self.name.is_empty() {
            push(&mut out, &format!("X-WR-CALNAME:{}", escaped(self.name)));
            push(&mut out, &format!("NAME:{}", escaped(self.name)));
        }
        if self.method == Method::Publish {
            push(&mut out, "REFRESH-INTERVAL;VALUE=DURATION:PT15M");
            push(&mut out, "X-PUBLISHED-TTL:PT15M");
        }
        for entry in &self.entries {
            entry.write(&mut out);
        }
        push(&mut out, "END:VCALENDAR");
        out
    }
}

impl Entry<'_> {
    /// The event as an object that is stored in somebody's calendar, which has no method.
    pub fn object(&self) -> String {
        let mut out = String::with_capacity(768);
        push(&mut out, "BEGIN:VCALENDAR");
        push(&mut out, "VERSION:2.0");
        push(&mut out, &format!("PRODID:{PRODUCT}"));
        push(&mut out, "CALSCALE:GREGORIAN");
        self.write(&mut out);
        push(&mut out, "END:VCALENDAR");
        out
    }

    fn write(&self, out: &mut String) {
        let mut line = |text: String| push(out, &text);
        line("BEGIN:VEVENT".to_owned());
        line(format!("UID:{}", escaped(self.uid)));
        line(format!("DTSTAMP:{}", utc(self.stamp)));
        line(format!("SEQUENCE:{}", self.sequence.max(0)));
        line(format!("DTSTART:{}", utc(self.start)));
        line(format!("DTEND:{}", utc(self.end)));
        line(format!("SUMMARY:{}", escaped(self.summary)));
        for (name, text) in [
            ("DESCRIPTION", self.description),
            ("LOCATION", self.location),
        ] {
            if !text.is_empty() {
                line(format!("{name}:{}", escaped(text)));
            }
        }
        if let Some(url) = uri(self.url) {
            line(format!("URL:{url}"));
        }
        let status = match (self.cancelled, self.tentative) {
            (true, _) => "CANCELLED",
            (false, true) => "TENTATIVE",
            (false, false) => "CONFIRMED",
        };
        line(format!("STATUS:{status}"));
        line("TRANSP:OPAQUE".to_owned());
        if let Some(organizer) = &self.organizer {
            line(format!(
                "ORGANIZER{}:{}",
                named(organizer),
                mailto(organizer)
            ));
        }
        for one in &self.attendees {
            let standing = match one.standing {
                Standing::Accepted => "ACCEPTED",
                Standing::Asked => "NEEDS-ACTION",
                Standing::Declined => "DECLINED",
            };
            line(format!(
                "ATTENDEE{};CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={standing};RSVP=FALSE:{}",
                named(&one.person),
                mailto(&one.person)
            ));
        }
        line("END:VEVENT".to_owned());
    }
}

fn named(person: &Person<'_>) -> String {
    let name = person.name.trim();
    if name.is_empty() {
        String::new()
    } else {
        format!(";CN={}", quoted(name))
    }
}

/// The address as a URI, in which nothing stands that could end it.
fn mailto(person: &Person<'_>) -> String {
    let address: String = person
        .email
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .collect();
    format!("mailto:{address}")
}

/// An address of the web; nothing else belongs into a calendar.
fn uri(text: &str) -> Option<&str> {
    let web = text.starts_with("https://") || text.starts_with("http://");
    let clean = !text.contains(|c: char| c.is_control() || c.is_whitespace());
    (web && clean).then_some(text)
}

/// `20261130T090000Z`
fn utc(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string()
}
