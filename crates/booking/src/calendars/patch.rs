//! An event of ours that somebody has edited in their calendar: the time is ours, the rest stays theirs.

use kernel::Timestamp;

/// What is ours of an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ours<'a> {
    pub(super) uid: &'a str,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) sequence: i64,
    pub(super) stamp: Timestamp,
}

/// The object with our time in it. `None` when the event is not in it, or has become something that repeats, of which
/// one time says nothing.
pub(super) fn patched(text: &str, ours: &Ours<'_>) -> Option<String> {
    let lines = logical(text);
    let mut out = String::with_capacity(text.len() + 64);
    let mut done = false;
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if !is(line, "BEGIN", "VEVENT") {
            push(&mut out, line);
            at += 1;
            continue;
        }
        let length = lines[at..].iter().position(|it| is(it, "END", "VEVENT"))?;
        let event = &lines[at..=at + length];
        let own = event
            .iter()
            .any(|it| name_of(it) == "UID" && value_of(it).trim() == ours.uid);
        let repeats = event
            .iter()
            .any(|it| matches!(name_of(it).as_str(), "RRULE" | "RDATE" | "RECURRENCE-ID"));
        if !own || repeats || done {
            return None;
        }
        write(&mut out, event, ours);
        done = true;
        at += length + 1;
    }
    done.then_some(out)
}

fn write(out: &mut String, event: &[&str], ours: &Ours<'_>) {
    // Alarms and the like have times of their own.
    let mut depth = 0_usize;
    for line in event {
        let name = name_of(line);
        if name == "END" && depth == 1 {
            for line in [
                format!("DTSTAMP:{}", utc(ours.stamp)),
                format!("SEQUENCE:{}", ours.sequence.max(0)),
                format!("DTSTART:{}", utc(ours.start)),
                format!("DTEND:{}", utc(ours.end)),
            ] {
                push(out, &line);
            }
        }
        match name.as_str() {
            "BEGIN" => depth += 1,
            "END" => depth = depth.saturating_sub(1),
            "DTSTAMP" | "SEQUENCE" | "DTSTART" | "DTEND" | "DURATION" if depth == 1 => continue,
            _ => {}
        }
        push(out, line);
    }
}

/// The UID of the first event in a text, for which nobody expands it.
pub(super) fn uid_in(text: &str) -> Option<String> {
    let lines = logical(text);
    let events = lines.iter().skip_while(|it| !is(it, "BEGIN", "VEVENT"));
    let mut uids = events.filter(|it| name_of(it) == "UID");
    uids.next().map(|it| value_of(it).trim().to_owned())
}

/// The lines of content, each with what it was folded into.
fn logical(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut from = 0;
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        if bytes[at] != b'\n' || matches!(bytes.get(at + 1), Some(b' ' | b'\t')) {
            continue;
        }
        lines.push(text[from..at].trim_end_matches('\r'));
        from = at + 1;
    }
    lines.push(text[from..].trim_end_matches('\r'));
    lines.retain(|line| !line.is_empty());
    lines
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push_str("\r\n");
}

fn name_of(line: &str) -> String {
    let end = line.find([':', ';']).unwrap_or(line.len());
    line[..end].trim().to_ascii_uppercase()
}

fn value_of(line: &str) -> String {
    let value = line.split_once(':').map_or("", |(_, value)| value);
    value
        .replace("\r\n ", "")
        .replace("\n ", "")
        .replace("\r\n\t", "")
}

fn is(line: &str, name: &str, value: &str) -> bool {
    name_of(line) == name && value_of(line).trim().eq_ignore_ascii_case(value)
}

/// `20261130T090000Z`
fn utc(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> Ours<'static> {
        let at = |text: &str| text.parse().unwrap();
        Ours {
            uid: "booking-1@mail.example.com",
            start: at("2026-05-05T14:00:00Z"),
            end: at("2026-05-05T15:00:00Z"),
            sequence: 3,
            stamp: at("2026-05-04T09:30:00Z"),
        }
    }

    const EDITED: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Somebody//EN\r\nBEGIN:VEVENT\r\n\
        UID:booking-1@mail.exa\r\n mple.com\r\nDTSTAMP:20260501T000000Z\r\nSEQUENCE:1\r\n\
        DTSTART;TZID=Europe/Berlin:20260505T100000\r\nDURATION:PT1H\r\nSUMMARY:Call Grace (bring the \r\n drawings)\r\n\
        DESCRIPTION:My notes\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER;VALUE=DATE-TIME:20260505T075000Z\r\n\
        DURATION:PT5M\r\nREPEAT:1\r\nEND:VALARM\r\nX-COLOR:red\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn the_time_is_ours_and_the_rest_is_theirs() {
        let text = patched(EDITED, &ours()).unwrap();
        for kept in [
            "SUMMARY:Call Grace (bring the \r\n drawings)\r\n",
            "DESCRIPTION:My notes\r\n",
            "TRIGGER;VALUE=DATE-TIME:20260505T075000Z\r\nDURATION:PT5M\r\n",
            "X-COLOR:red\r\n",
            "UID:booking-1@mail.exa\r\n mple.com\r\n",
        ] {
            assert!(text.contains(kept), "{kept:?} in {text}");
        }
        for (line, times) in [
            ("DTSTART:20260505T140000Z\r\n", 1),
            ("DTEND:20260505T150000Z\r\n", 1),
            ("SEQUENCE:3\r\n", 1),
            ("DTSTART", 1),
            ("DURATION", 1),
            ("BEGIN:VEVENT", 1),
            ("END:VEVENT", 1),
        ] {
            assert_eq!(text.matches(line).count(), times, "{line} in {text}");
        }
        let within = crate::slots::Interval::new(
            "2026-05-01T00:00:00Z".parse().unwrap(),
            "2026-06-01T00:00:00Z".parse().unwrap(),
        );
        let reading = crate::ical::Reading::new(jiff::tz::TimeZone::UTC, within);
        let read = crate::ical::busy(&text, &reading).unwrap();
        assert_eq!(read.busy.len(), 1);
        assert_eq!(read.busy[0].interval.start, ours().start);
        // Once more changes nothing.
        assert_eq!(patched(&text, &ours()).unwrap(), text);
        assert_eq!(uid_in(&text).as_deref(), Some(ours().uid));
    }

    #[test]
    fn what_is_not_one_event_of_ours_is_left_alone() {
        let other = EDITED.replace("booking-1@", "booking-2@");
        let repeats = EDITED.replace("X-COLOR:red", "RRULE:FREQ=WEEKLY");
        for text in [
            "",
            "BEGIN:VCALENDAR",
            "BEGIN:VEVENT\r\nUID:x",
            &other,
            &repeats,
        ] {
            assert!(patched(text, &ours()).is_none(), "{text}");
        }
    }
}
