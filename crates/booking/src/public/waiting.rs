//! The form for who waits for a place, and what they are told.

use ctx::Ctx;
use jiff::civil::Date;
use kernel::{Error, FieldError, Result, TimeZone, Timestamp};
use web::html::{Markup, Slot};

use super::fields::Fields;
use super::form::{Field, person, who};
use super::guard;
use super::picker::start_of;
use super::view::{Icon, Offer, Scene, about, chosen_minutes, fact, hidden, when};
use crate::slots::interval::{MINUTE, plus};
use crate::waiting::{NewWaiting, Waiting};

/// What the form's seal is for.
pub(super) fn purpose(offer: &Offer) -> String {
    format!("wait {}", offer.event.id)
}

/// The whole page with the form: for one start, or for whatever becomes free.
pub(super) fn page(
    ctx: &Ctx,
    scene: Scene<'_>,
    offer: &Offer,
    zone: &TimeZone,
    faults: &[FieldError],
) -> Markup {
    let words = scene.words;
    let minutes = chosen_minutes(scene.fields, &offer.event);
    let start = scene.fields.instant("start");
    let facts = match start {
        Some(start) => {
            let end = plus(start, i64::from(minutes) * MINUTE);
            fact(Icon::Day, &when(words, (start, end), zone))
        }
        None => Markup::default(),
    };
    let start_text = start.map(|at| at.to_string()).unwrap_or_default();
    let (minutes, path) = (minutes.to_string(), format!("{}/wait", offer.path()));
    let seal = guard::seal(ctx, offer.account, &purpose(offer));
    let sealed = hidden(
        scene
            .fields
            .kept()
            .filter(|(name, _)| !matches!(*name, "name" | "email" | "tz" | "minutes"))
            .chain([
                ("tz", zone.name()),
                ("start", start_text.as_str()),
                ("minutes", minutes.as_str()),
                ("t", seal.as_str()),
            ]),
    );
    let mut inputs = person(scene, offer.most_seats(None), faults);
    if start.is_none() {
        inputs.push(&date(scene, "wait_from", "from", faults));
        inputs.push(&date(scene, "wait_until", "until", faults));
    }
    let wrong = match faults.first() {
        None => Markup::default(),
        Some(first) => {
            let key = match first.field.as_str() {
                "t" => "fault_form_old",
                _ => "faults",
            };
            Markup::fill(
                "<p class=\"note bad\" role=\"alert\">{text}</p>",
                &[("text", words.text(key).into())],
            )
        }
    };
    Markup::fill(
        "<main class=\"book form\" data-zone=\"{zone}\">{about}<section><h2 id=\"form-title\" tabindex=\"-1\">{title}</h2>\
         <p class=\"quiet\">{told}</p><form method=\"post\" action=\"{path}\" novalidate>{sealed}{wrong}{inputs}\
         <div class=\"hp\" aria-hidden=\"true\"><label>Website<input name=\"website\" tabindex=\"-1\" autocomplete=\"off\"></label></div>\
         <div class=\"row-of\"><button>{button}</button><a class=\"button second\" href=\"{back}\">{back_text}</a></div></form></section></main>",
        &[
            ("zone", zone.name().into()),
            (
                "about",
                (&about(scene, offer, &facts, &offer.path())).into(),
            ),
            ("title", words.text("wait_title").into()),
            ("told", words.text("wait_text").into()),
            ("path", Slot::Link(&path)),
            ("sealed", (&sealed).into()),
            ("wrong", (&wrong).into()),
            ("inputs", (&inputs).into()),
            ("button", words.text("wait_join").into()),
            ("back", Slot::Link(&scene.fields.link(&offer.path(), &[]))),
            ("back_text", words.text("back").into()),
        ],
    )
}

/// A date that may be left out.
fn date(scene: Scene<'_>, label: &str, name: &str, faults: &[FieldError]) -> Markup {
    let value = scene.fields.get(name).unwrap_or_default();
    Field {
        scene,
        name,
        label: scene.words.text(label),
        help: None,
        required: false,
        fault: faults.iter().find(|fault| fault.field == name),
    }
    .input("date", "off", value)
}

/// What the form asks for.
pub(super) fn read(scene: Scene<'_>, offer: &Offer) -> Result<NewWaiting> {
    let fields = scene.fields;
    let zone = fields.zone().unwrap_or_else(|| offer.zone());
    let mut faults = Vec::new();
    let (name, email, seats) = who(fields, &mut faults);
    let (from, until) = match fields.instant("start") {
        // This start and no other.
        Some(start) => (Some(start), Some(plus(start, 1))),
        None => (
            day(fields, "from", &mut faults).map(|day| start_of(day, &zone)),
            day(fields, "until", &mut faults)
                .and_then(|day| day.tomorrow().ok())
                .map(|day| start_of(day, &zone)),
        ),
    };
    if until.is_some_and(|until| until <= scene.now) {
        let field = if fields.has("start") {
            "start"
        } else {
            "until"
        };
        faults.push(FieldError::new(field, "out_of_range", "this is over"));
    }
    let most = offer.most_seats(None);
    if seats > most {
        let message = format!("choose 1 to {most}");
        faults.push(FieldError::new("seats", "out_of_range", message));
    }
    let (Some(email), true) = (email, faults.is_empty()) else {
        return Err(Error::Invalid(faults));
    };
    Ok(NewWaiting {
        name,
        email,
        time_zone: Some(zone),
        language: Some(scene.words.language.tag().to_owned()),
        from,
        until,
        minutes: Some(chosen_minutes(fields, &offer.event)),
        seats: Some(seats),
    })
}

fn day(fields: &Fields, name: &str, faults: &mut Vec<FieldError>) -> Option<Date> {
    let day = fields.get(name)?.parse::<Date>();
    if day.is_err() {
        faults.push(FieldError::new(name, "wrong_type", "give a date"));
    }
    day.ok()
}

/// What came of it, or of something else about the list: a heading, a sentence, and where to go from here.
pub(super) fn told(scene: Scene<'_>, heading: &str, text: Option<&str>, back: &str) -> Markup {
    let words = scene.words;
    Markup::fill(
        "<main class=\"narrow\"><section><p class=\"mark wait\" aria-hidden=\"true\">…</p><h1>{heading}</h1><p class=\"quiet\">{text}</p>\
         </section><section class=\"deeds\"><a class=\"button second\" href=\"{back}\">{times}</a></section></main>",
        &[
            ("heading", words.text(heading).into()),
            ("text", text.map_or("", |key| words.text(key)).into()),
            ("back", Slot::Link(back)),
            ("times", words.text("wait_times").into()),
        ],
    )
}

/// Whether somebody wants to wait no longer. It changes nothing.
pub(super) fn ask_to_leave(
    ctx: &Ctx,
    scene: Scene<'_>,
    waiting: &Waiting,
    (title, token): (&str, &str),
) -> Markup {
    let words = scene.words;
    let seal = guard::seal(ctx, waiting.account, &waiting.id.to_string());
    let sealed = hidden([("t", seal.as_str()), ("lang", words.language.tag())].into_iter());
    let facts = match one_start(waiting) {
        Some(start) => {
            let end = plus(start, i64::from(waiting.minutes) * MINUTE);
            fact(Icon::Day, &when(words, (start, end), &waiting.time_zone))
        }
        None => Markup::default(),
    };
    Markup::fill(
        "<main class=\"narrow\"><section><h1>{heading}</h1><h2>{title}</h2><ul class=\"facts\">{facts}</ul></section>\
         <section class=\"deeds\"><form method=\"post\" action=\"{path}\">{sealed}<div class=\"row-of\"><button class=\"danger\">{leave}</button>\
         </div></form></section></main>",
        &[
            ("heading", words.text("wait_done_title").into()),
            ("title", title.into()),
            ("facts", (&facts).into()),
            ("path", Slot::Link(&format!("/waiting/{token}"))),
            ("sealed", (&sealed).into()),
            ("leave", words.text("wait_leave").into()),
        ],
    )
}

/// The start that somebody waits for, if it is one alone.
fn one_start(waiting: &Waiting) -> Option<Timestamp> {
    waiting
        .from
        .filter(|from| waiting.until == Some(plus(*from, 1)))
}
