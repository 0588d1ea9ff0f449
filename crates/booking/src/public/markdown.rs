//! The same for programs and for those who read text: Markdown and JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::view::{Offer, Scene, minutes, place};
use crate::availability::Slots;

/// Text of people as one line of Markdown, in which nothing of it is markup.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' => {
                out.extend(['\\', c]);
            }
            c if kernel::text::breaks_line(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// What an account offers.
pub(super) fn offers(scene: Scene<'_>, name: &str, offers: &[Offer], url: &str) -> String {
    let mut out = format!("# {}\n\n", plain(name));
    for offer in offers {
        let lengths = offer.event.settings.durations.iter();
        let lengths: Vec<String> = lengths.map(|one| minutes(scene.words, *one)).collect();
        let _ = writeln!(
            out,
            "- [{}]({url}{}.md): {}, {}",
            plain(&offer.event.title),
            offer.path(),
            lengths.join(" / "),
            plain(&offer.with(scene.words))
        );
    }
    out
}

/// What an account offers, for programs.
pub(super) fn offers_json(name: &str, offers: &[Offer], url: &str) -> Value {
    let events: Vec<Value> = offers.iter().map(|offer| about(offer, url)).collect();
    json!({ "name": name, "events": events })
}

fn about(offer: &Offer, url: &str) -> Value {
    let settings = &offer.event.settings;
    let hosts: Vec<&str> = offer.hosts.iter().map(|host| host.name.as_str()).collect();
    json!({
        "title": offer.event.title,
        "description": settings.description,
        "durations": settings.durations,
        "locations": settings.locations,
        "hosts": hosts,
        "time_zone": offer.zone(),
        "url": format!("{url}{}", offer.path()),
        "slots": format!("{url}{}.json", offer.path()),
        "wait": offer.wait_path().map(|path| format!("{url}{path}")),
    })
}

/// An event type with its times.
pub(super) fn event(scene: Scene<'_>, offer: &Offer, slots: &Slots, url: &str) -> String {
    let words = scene.words;
    let settings = &offer.event.settings;
    let mut out = format!("# {}\n\n", plain(&offer.event.title));
    if let Some(description) = &settings.description {
        let _ = writeln!(out, "{}\n", plain(description));
    }
    let _ = writeln!(out, "- {}", minutes(words, slots.minutes));
    let _ = writeln!(
        out,
        "- {}: {}",
        words.text("who"),
        plain(&offer.with(words))
    );
    for location in &settings.locations {
        let _ = writeln!(
            out,
            "- {}: {}",
            words.text("location"),
            plain(&place(words, location))
        );
    }
    let zone = words.fill("zone_times", &[("zone", slots.time_zone.name())]);
    let _ = writeln!(out, "- {}\n", plain(&zone));
    if slots.days.is_empty() {
        let _ = writeln!(out, "{}", words.text("no_times_ahead"));
    }
    for day in &slots.days {
        let _ = writeln!(out, "## {}\n", words.date_full(day.date));
        for slot in &day.slots {
            let start = slot.start.to_string();
            let link = scene.fields.link(&offer.path(), &[("start", &*start)]);
            let time = words.time(slot.start, &slots.time_zone);
            let _ = writeln!(out, "- [{time}]({url}{link})");
        }
        out.push('\n');
    }
    out
}

/// An event type with its times, for programs.
pub(super) fn event_json(scene: Scene<'_>, offer: &Offer, slots: &Slots, url: &str) -> Value {
    let starts: Vec<Value> = slots
        .days
        .iter()
        .flat_map(|day| &day.slots)
        .map(|slot| {
            let start = slot.start.to_string();
            let link = scene.fields.link(&offer.path(), &[("start", &*start)]);
            json!({
                "start": slot.start,
                "end": slot.end,
                "seats_left": slot.seats_left,
                "book": format!("{url}{link}"),
            })
        })
        .collect();
    let mut all = about(offer, url);
    all["questions"] = json!(offer.event.settings.questions);
    all["minutes"] = json!(slots.minutes);
    all["time_zone"] = json!(slots.time_zone);
    all["slots"] = Value::Array(starts);
    all
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn people_cannot_write_markdown() {
        assert_eq!(
            plain("[x](javascript:1) <b>\n# *Hi* | `a`"),
            "\\[x\\](javascript:1) \\<b\\> \\# \\*Hi\\* \\| \\`a\\`"
        );
    }
}
