//! What all public pages are made of.

use kernel::{AccountId, TimeZone, Timestamp};
use web::html::{Markup, Slot};

use super::fields::Fields;
use super::texts::Words;
use crate::availability::SlotView;
use crate::event_types::{EventType, Location};
use crate::hosts::Host;

/// Most seats of one booking.
const MOST_SEATS: u32 = 1_000;

/// Who looks, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) words: Words,
    pub(super) fields: &'a Fields,
    pub(super) now: Timestamp,
}

/// Something that can be booked, with whom.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) account: AccountId,
    /// What the account is called.
    pub(super) name: String,
    /// The account in addresses.
    pub(super) page: String,
    pub(super) event: EventType,
    /// In the order of the event type.
    pub(super) hosts: Vec<Host>,
}

/// A page that is ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) words: Words,
    pub(super) title: String,
    /// The element `main`.
    pub(super) main: Markup,
    /// Which sites may have it in a frame; none: any.
    pub(super) around: Vec<String>,
    /// Where its form may lead in the end, besides here.
    pub(super) leads_to: Option<String>,
}

/// What a page tells the page around it, once.
#[derive(Clone, Debug, Default)]
pub(super) struct News {
    pub(super) say: &'static str,
    pub(super) detail: String,
}

impl Offer {
    pub(super) fn path(&self) -> String {
        format!("/book/{}/{}", self.page, self.event.slug)
    }

    /// Where one can ask to be told of a free place, if one can.
    pub(super) fn wait_path(&self) -> Option<String> {
        let waits = self.event.settings.waiting_list;
        waits.then(|| format!("{}/wait", self.path()))
    }

    /// How many seats a visitor can choose, of so many that are left. Who must not see how many are left is not told by
    /// this either.
    pub(super) fn most_seats(&self, left: Option<u32>) -> u32 {
        let settings = &self.event.settings;
        let capacity = settings.capacity.unwrap_or(1);
        let left = left.filter(|_| settings.show_seats_left);
        settings
            .seats_per_booking
            .unwrap_or(MOST_SEATS)
            .min(left.unwrap_or(capacity))
            .max(1)
    }

    /// Slots as visitors may see them.
    pub(super) fn seen(&self, slots: &mut [SlotView]) {
        if !self.event.settings.show_seats_left {
            for slot in slots {
                slot.seats_left = None;
            }
        }
    }

    /// The zone of a visitor who did not tell theirs.
    pub(super) fn zone(&self) -> TimeZone {
        self.event
            .settings
            .time_zone
            .clone()
            .or_else(|| self.hosts.first().map(|host| host.time_zone.clone()))
            .unwrap_or_else(TimeZone::utc)
    }

    /// Who is met, in words.
    pub(super) fn with(&self, words: Words) -> String {
        with(&self.hosts, words).unwrap_or_else(|| self.name.clone())
    }
}

/// Names as a sentence has them.
pub(super) fn with(hosts: &[Host], words: Words) -> Option<String> {
    let names: Vec<&str> = hosts.iter().map(|host| host.name.as_str()).collect();
    let (last, others) = names.split_last()?;
    Some(if others.is_empty() {
        (*last).to_owned()
    } else {
        let first = others.join(", ");
        words.fill("hosts_and", &[("first", &*first), ("last", last)])
    })
}

pub(super) fn minutes(words: Words, count: u32) -> String {
    words.fill("minutes", &[("count", &*count.to_string())])
}

/// Where a meeting is, in words.
pub(crate) fn place(words: Words, location: &Location) -> String {
    match location {
        Location::InPerson { address } => address.clone(),
        Location::CallInvitee => words.text("location_call_invitee").to_owned(),
        Location::CallHost { phone } => words.fill("location_call_host", &[("phone", phone)]),
        Location::Link { .. } => words.text("location_link").to_owned(),
        Location::Other { text } => text.clone(),
    }
}

const CLOCK: &str = "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"9\"/><path d=\"M12 7v5l3 2\"/></svg>";
const PIN: &str = "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"11\" r=\"3\"/><path d=\"M17.7 16.7 12 22l-5.7-5.3a8 8 0 1 1 11.4 0z\"/></svg>";
const DAY: &str = "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><rect x=\"4\" y=\"5\" width=\"16\" height=\"16\" rx=\"2\"/><path d=\"M16 3v4M8 3v4M4 11h16\"/></svg>";
const FACE: &str = "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"8\" r=\"4\"/><path d=\"M5 21a7 7 0 0 1 14 0\"/></svg>";

/// The picture before a fact.
#[derive(Clone, Copy, Debug)]
pub(super) enum Icon {
    Clock,
    Pin,
    Day,
    Face,
}

impl Icon {
    fn markup(self) -> Markup {
        Markup::fill(
            match self {
                Self::Clock => CLOCK,
                Self::Pin => PIN,
                Self::Day => DAY,
                Self::Face => FACE,
            },
            &[],
        )
    }
}

pub(super) fn fact(icon: Icon, content: &Markup) -> Markup {
    Markup::fill(
        "<li>{icon}<div>{content}</div></li>",
        &[
            ("icon", Slot::Html(&icon.markup())),
            ("content", content.into()),
        ],
    )
}

pub(super) fn text(text: &str) -> Markup {
    Markup::fill("{text}", &[("text", text.into())])
}

pub(super) fn strong(words: &str) -> Markup {
    Markup::fill("<strong>{words}</strong>", &[("words", words.into())])
}

/// When a meeting is, on two lines.
pub(super) fn when(words: Words, (start, end): (Timestamp, Timestamp), zone: &TimeZone) -> Markup {
    let (date, range) = words.when(start, end, zone);
    Markup::fill(
        "<strong>{date}</strong><br>{range} <span class=\"small\">({zone})</span>",
        &[
            ("date", (&date).into()),
            ("range", (&range).into()),
            ("zone", zone.name().into()),
        ],
    )
}

/// The heads of the hosts, by their initials.
fn faces(hosts: &[Host]) -> Markup {
    hosts
        .iter()
        .take(4)
        .map(|host| {
            let initials: String = host
                .name
                .split_whitespace()
                .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
                .take(2)
                .flat_map(char::to_uppercase)
                .collect();
            Markup::fill(
                "<span class=\"face\">{initials}</span>",
                &[("initials", (&initials).into())],
            )
        })
        .collect()
}

/// What is booked: the part of the page that stays.
pub(super) fn about(scene: Scene<'_>, offer: &Offer, facts: &Markup, path: &str) -> Markup {
    let words = scene.words;
    let settings = &offer.event.settings;
    let description = match &settings.description {
        Some(description) => Markup::fill(
            "<p class=\"text\">{text}</p>",
            &[("text", description.into())],
        ),
        None => Markup::default(),
    };
    let mut all = length(scene, offer, path);
    for location in &settings.locations {
        all.push(&fact(Icon::Pin, &text(&place(words, location))));
    }
    all.push(facts);
    Markup::fill(
        "<section class=\"about\"><p class=\"who\"><span class=\"faces\" aria-hidden=\"true\">{faces}</span>\
         <span>{with}</span></p><h1>{title}</h1><ul class=\"facts\">{facts}</ul>{description}</section>",
        &[
            ("faces", (&faces(&offer.hosts)).into()),
            ("with", (&offer.with(words)).into()),
            ("title", (&offer.event.title).into()),
            ("facts", (&all).into()),
            ("description", (&description).into()),
        ],
    )
}

/// How long it is; where there is a choice, links.
fn length(scene: Scene<'_>, offer: &Offer, path: &str) -> Markup {
    let chosen = chosen_minutes(scene.fields, &offer.event);
    let durations = &offer.event.settings.durations;
    if durations.len() < 2 {
        return fact(Icon::Clock, &text(&minutes(scene.words, chosen)));
    }
    let links: Markup = durations
        .iter()
        .map(|&one| {
            let link = scene.fields.link(path, &[("minutes", &*one.to_string())]);
            let text = minutes(scene.words, one);
            let slots = [("link", Slot::Link(&link)), ("text", (&text).into())];
            if one == chosen {
                Markup::fill(
                    "<a href=\"{link}\" data-swap=\"h1\" aria-current=\"true\">{text}</a>",
                    &slots,
                )
            } else {
                Markup::fill("<a href=\"{link}\" data-swap=\"h1\">{text}</a>", &slots)
            }
        })
        .collect();
    fact(
        Icon::Clock,
        &Markup::fill(
            "<div class=\"lengths\">{links}</div>",
            &[("links", (&links).into())],
        ),
    )
}

/// The length that the visitor chose, or the one that is proposed.
pub(super) fn chosen_minutes(fields: &Fields, event: &EventType) -> u32 {
    let durations = &event.settings.durations;
    fields
        .number("minutes")
        .filter(|minutes| durations.contains(minutes))
        .or_else(|| durations.first().copied())
        .unwrap_or(30)
}

/// Hidden fields of a form with what stays in the address.
pub(super) fn hidden<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Markup {
    fields
        .map(|(name, value)| {
            Markup::fill(
                "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">",
                &[("name", name.into()), ("value", value.into())],
            )
        })
        .collect()
}
