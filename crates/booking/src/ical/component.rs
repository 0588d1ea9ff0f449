//! What stands between BEGIN and END.

use super::line::{Line, lines};

/// Deepest nesting; calendars have three levels.
const DEPTH: usize = 8;

/// What is kept of an event or a time zone. Descriptions, pictures and alarms are not: a feed is mostly those.
const KEPT: &[&str] = &[
    "ATTENDEE",
    "DTEND",
    "DTSTART",
    "DURATION",
    "EXDATE",
    "FREEBUSY",
    "RDATE",
    "RECURRENCE-ID",
    "RRULE",
    "SEQUENCE",
    "STATUS",
    "SUMMARY",
    "TRANSP",
    "TZID",
    "TZOFFSETFROM",
    "TZOFFSETTO",
    "UID",
    "X-LIC-LOCATION",
    "X-MICROSOFT-CDO-BUSYSTATUS",
];

/// An event, a time zone or another part of a calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) lines: Vec<Line>,
    pub(super) children: Vec<Component>,
    /// A line of it that matters could not be read.
    pub(super) broken: bool,
}

impl Component {
    /// The first line of this name.
    pub(super) fn find(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }
}

/// The components right below the calendars of a text, at most so many; and whether there were more.
pub(super) fn parse(text: &str, most: usize) -> Option<(Vec<Component>, bool)> {
    let mut found = Vec::new();
    let mut open: Vec<Component> = Vec::new();
    let mut is_calendar = false;
    for raw in lines(text) {
        if raw.trim().is_empty() {
            continue;
        }
        let Some(line) = Line::parse(&raw) else {
            if let Some(inside) = open.last_mut()
                && KEPT.iter().any(|name| raw.starts_with(name))
            {
                inside.broken = true;
            }
            continue;
        };
        match line.name.as_str() {
            "BEGIN" => {
                let name = line.value.trim().to_ascii_uppercase();
                if name == "VCALENDAR" {
                    is_calendar = true;
                    open.clear();
                } else if is_calendar && open.len() < DEPTH {
                    open.push(Component {
                        name,
                        ..Component::default()
                    });
                }
            }
            "END" => {
                let name = line.value.trim();
                let matches = |it: &Component| it.name.eq_ignore_ascii_case(name);
                // An end without its beginning is ignored; one beyond open ones closes them too.
                while open.iter().any(matches) {
                    let Some(done) = open.pop() else { break };
                    let last = matches(&done);
                    match open.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None if found.len() < most => found.push(done),
                        None => return Some((found, true)),
                    }
                    if last {
                        break;
                    }
                }
            }
            name if KEPT.contains(&name) => {
                if let Some(inside) = open.last_mut() {
                    inside.lines.push(line);
                }
            }
            _ => {}
        }
    }
    // A text that was cut off ends inside one; what is known of that counts, and that it was cut off is told.
    let cut = !open.is_empty();
    if let Some(mut first) = open.into_iter().next() {
        first.broken = true;
        found.push(first);
    }
    is_calendar.then_some((found, cut))
}
