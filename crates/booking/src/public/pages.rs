//! The pages around the calendar: what there is to book, and a booking with what can be done to it.

use ctx::Ctx;
use kernel::{Error, TimeZone, Timestamp};
use serde_json::json;
use web::html::{Markup, Slot};

use super::fields::encode;
use super::guard;
use super::texts::Words;
use super::view::{
    Icon, News, Offer, Scene, about, fact, hidden, minutes, place, strong, text, when, with,
};
use crate::bookings::{Booking, Detail, Status};
use crate::event_types::Location;

/// What an account, or one of its hosts, offers.
pub(super) fn offers(
    scene: Scene<'_>,
    name: &str,
    intro: Option<&str>,
    offers: &[Offer],
) -> Markup {
    let words = scene.words;
    let cards: Markup = offers
        .iter()
        .map(|offer| {
            let link = scene.fields.link(&offer.path(), &[("selected", "1")]);
            let lengths: Vec<String> = offer
                .event
                .settings
                .durations
                .iter()
                .map(|one| minutes(words, *one))
                .collect();
            let facts = format!("{} · {}", lengths.join(" / "), offer.with(words));
            let about: String = (offer.event.settings.description.as_deref())
                .unwrap_or_default()
                .chars()
                .take(160)
                .collect();
            Markup::fill(
                "<li><a class=\"card\" href=\"{link}\"><h2>{title}</h2><span class=\"quiet\">{facts}</span>\
                 <p class=\"small\">{about}</p></a></li>",
                &[
                    ("link", Slot::Link(&link)),
                    ("title", (&offer.event.title).into()),
                    ("facts", (&facts).into()),
                    ("about", (&about).into()),
                ],
            )
        })
        .collect();
    let list = if offers.is_empty() {
        Markup::fill(
            "<section><p>{none}</p></section>",
            &[("none", words.text("events_none").into())],
        )
    } else {
        Markup::fill(
            "<ul class=\"cards\">{cards}</ul>",
            &[("cards", (&cards).into())],
        )
    };
    let intro = match intro {
        Some(intro) => Markup::fill("<p class=\"text\">{intro}</p>", &[("intro", intro.into())]),
        None => Markup::default(),
    };
    Markup::fill(
        "<main class=\"narrow\"><section class=\"about\"><h1>{name}</h1>{intro}</section>{list}</main>",
        &[
            ("name", name.into()),
            ("intro", (&intro).into()),
            ("list", (&list).into()),
        ],
    )
}

/// The days and times of something, and beside them what it is. `taken` is there when what was asked for is not: what to
/// do instead.
pub(super) fn calendar(
    scene: Scene<'_>,
    offer: &Offer,
    picker: &super::picker::Picker,
    (path, facts, taken): (&str, &Markup, Option<&Markup>),
) -> Markup {
    let mut sections = about(scene, offer, facts, path);
    sections.push(&picker.markup(scene, path));
    let note = match taken {
        Some(instead) => Markup::fill(
            "<section class=\"wide\"><p class=\"note bad\" role=\"alert\">{text}</p>{instead}</section>",
            &[
                ("text", scene.words.text("taken_none").into()),
                ("instead", instead.into()),
            ],
        ),
        None => Markup::default(),
    };
    let zone = scene.fields.get("tz").unwrap_or_default();
    let news = News {
        say: if scene.fields.has("selected") {
            "selected"
        } else {
            ""
        },
        detail: json!({ "eventTypeId": offer.event.id, "title": offer.event.title }).to_string(),
    };
    Markup::fill(
        "<main class=\"book\" data-zone=\"{zone}\" data-shown=\"{shown}\" data-say=\"{say}\" data-detail=\"{detail}\">{note}{sections}</main>",
        &[
            ("note", (&note).into()),
            ("zone", zone.into()),
            ("shown", picker.zone.name().into()),
            ("say", news.say.into()),
            ("detail", (&news.detail).into()),
            ("sections", (&sections).into()),
        ],
    )
}

/// Somebody else was faster: other times.
pub(super) fn taken(scene: Scene<'_>, next: &Markup, any: bool, back: &str) -> Markup {
    let words = scene.words;
    Markup::fill(
        "<main class=\"narrow\"><section><p class=\"mark off\" aria-hidden=\"true\">!</p><h1 role=\"alert\">{title}</h1>{next}\
         <p><a class=\"button second\" href=\"{back}\">{back_text}</a></p></section></main>",
        &[
            (
                "title",
                words.text(if any { "taken" } else { "taken_none" }).into(),
            ),
            ("next", next.into()),
            ("back", Slot::Link(back)),
            ("back_text", words.text("back").into()),
        ],
    )
}

/// What a booking was made of, as pages about it need it.
pub(super) struct Seen<'a> {
    pub(super) token: &'a str,
    pub(super) detail: &'a Detail,
    pub(super) zone: TimeZone,
}

impl Seen<'_> {
    fn booking(&self) -> &Booking {
        &self.detail.booking
    }

    fn title(&self) -> &str {
        (self.detail.event_type.as_ref()).map_or("", |it| it.title.as_str())
    }

    pub(super) fn path(&self, rest: &str) -> String {
        format!("/booking/{}{rest}", self.token)
    }

    /// When, where and with whom.
    fn facts(&self, words: Words) -> Markup {
        let booking = self.booking();
        let time = (booking.start, booking.end);
        let mut facts = fact(Icon::Day, &when(words, time, &self.zone));
        if let Some(with) = with(&self.detail.hosts, words) {
            facts.push(&fact(Icon::Face, &text(&with)));
        }
        if booking.seats > 1 {
            let seats = words.fill("seats_count", &[("count", &*booking.seats.to_string())]);
            facts.push(&fact(Icon::Face, &text(&seats)));
        }
        if let Some(location) = &booking.location {
            let shown = match location {
                Location::Link { url } => Markup::fill(
                    "<a href=\"{url}\" target=\"_blank\" rel=\"noopener\">{url_text}</a>",
                    &[("url", Slot::Link(url)), ("url_text", url.into())],
                ),
                other => text(&place(words, other)),
            };
            facts.push(&fact(Icon::Pin, &shown));
        }
        facts
    }
}

/// A booking: what became of it, and what can be done. `again` is where another one is made, `mails` whether its account
/// sends any.
pub(super) fn booking(
    scene: Scene<'_>,
    seen: &Seen<'_>,
    again: Option<&str>,
    mails: bool,
) -> Markup {
    let words = scene.words;
    let booking = seen.booking();
    let email = [("email", booking.email.as_str())];
    let (key, mark, sign) = match booking.status {
        Status::Pending => ("booked_pending", "mark wait", "…"),
        Status::Confirmed => ("booked_confirmed", "mark", "✓"),
        Status::Completed | Status::NoShow => ("booked_completed", "mark", "✓"),
        Status::Declined => ("booked_declined", "mark off", "×"),
        Status::Cancelled => ("booked_cancelled", "mark off", "×"),
        Status::Expired => ("booked_expired", "mark off", "×"),
    };
    let told = match booking.status {
        Status::Pending if mails => words.fill("booked_pending_text", &email),
        Status::Confirmed if mails => words.fill("booked_mail", &email),
        _ => String::new(),
    };
    let deeds = if booking.status.is_open() && booking.start > scene.now {
        deeds(scene, seen)
    } else if let Some(again) = again {
        Markup::fill(
            "<a class=\"button\" href=\"{again}\">{text}</a>",
            &[
                ("again", Slot::Link(again)),
                ("text", words.text("book_again").into()),
            ],
        )
    } else {
        Markup::default()
    };
    let news = news(scene, seen);
    Markup::fill(
        "<main class=\"narrow\" data-zone=\"{zone}\" data-say=\"{say}\" data-detail=\"{detail}\"><section>\
         <p class=\"{mark}\" aria-hidden=\"true\">{sign}</p><h1>{heading}</h1><p class=\"quiet\">{told}</p>\
         <h2>{title}</h2><ul class=\"facts\">{facts}</ul></section><section class=\"deeds\">{deeds}</section></main>",
        &[
            ("zone", seen.zone.name().into()),
            ("say", news.say.into()),
            ("detail", (&news.detail).into()),
            ("mark", mark.into()),
            ("sign", sign.into()),
            ("heading", words.text(key).into()),
            ("told", (&told).into()),
            ("title", seen.title().into()),
            ("facts", (&seen.facts(words)).into()),
            ("deeds", (&deeds).into()),
        ],
    )
}

/// What the page around a frame hears when something was done just now.
fn news(scene: Scene<'_>, seen: &Seen<'_>) -> News {
    let booking = seen.booking();
    let say = match scene.fields.get("done") {
        Some("booked") => "booked",
        Some("moved") => "moved",
        Some("cancelled") => "cancelled",
        _ => "",
    };
    let status = match booking.status {
        Status::Pending => "PENDING",
        Status::Confirmed | Status::Completed | Status::NoShow => "ACCEPTED",
        Status::Declined | Status::Expired => "REJECTED",
        Status::Cancelled => "CANCELLED",
    };
    let detail = json!({
        "uid": booking.id,
        "title": seen.title(),
        "startTime": booking.start,
        "endTime": booking.end,
        "eventTypeId": booking.event_type_id,
        "status": status,
        "paymentRequired": false,
        "isRecurring": false,
    });
    News {
        say,
        detail: detail.to_string(),
    }
}

fn deeds(scene: Scene<'_>, seen: &Seen<'_>) -> Markup {
    let words = scene.words;
    let link = |rest: &str| {
        scene
            .fields
            .link(&seen.path(rest), &[("name", ""), ("email", "")])
    };
    Markup::fill(
        "<div class=\"row-of\"><a class=\"button\" href=\"{file}\" download=\"invite.ics\">{calendar}</a>\
         <a class=\"button second\" href=\"{google}\" target=\"_blank\" rel=\"noopener\">Google</a>\
         <a class=\"button second\" href=\"{outlook}\" target=\"_blank\" rel=\"noopener\">Outlook</a></div><div class=\"row-of\">\
         <a class=\"button second\" href=\"{move}\">{reschedule}</a><a class=\"button second\" href=\"{off}\">{cancel}</a></div>",
        &[
            ("file", Slot::Link(&seen.path("/calendar.ics"))),
            ("google", Slot::Link(&google(seen))),
            ("outlook", Slot::Link(&outlook(seen))),
            ("calendar", words.text("add_to_calendar").into()),
            ("move", Slot::Link(&link("/reschedule"))),
            ("reschedule", words.text("reschedule").into()),
            ("off", Slot::Link(&link("/cancel"))),
            ("cancel", words.text("cancel").into()),
        ],
    )
}

fn google(seen: &Seen<'_>) -> String {
    let stamp = |at: Timestamp| at.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string();
    let booking = seen.booking();
    let mut out = "https://calendar.google.com/calendar/render?action=TEMPLATE&text=".to_owned();
    encode(&mut out, seen.title());
    out.push_str("&dates=");
    encode(
        &mut out,
        &format!("{}/{}", stamp(booking.start), stamp(booking.end)),
    );
    out
}

fn outlook(seen: &Seen<'_>) -> String {
    let booking = seen.booking();
    let mut out =
        "https://outlook.live.com/calendar/0/deeplink/compose?rru=addevent&subject=".to_owned();
    encode(&mut out, seen.title());
    out.push_str("&startdt=");
    encode(&mut out, &booking.start.to_string());
    out.push_str("&enddt=");
    encode(&mut out, &booking.end.to_string());
    out
}

/// Asks whether it is to be cancelled. It changes nothing.
pub(super) fn ask_to_cancel(ctx: &Ctx, scene: Scene<'_>, seen: &Seen<'_>) -> Markup {
    let words = scene.words;
    let seal = guard::seal(ctx, seen.booking().account, &seen.booking().id.to_string());
    let kept = hidden(
        scene
            .fields
            .kept()
            .filter(|(name, _)| !matches!(*name, "name" | "email"))
            .chain([("t", seal.as_str())]),
    );
    Markup::fill(
        "<main class=\"narrow\" data-zone=\"{zone}\"><section><h1>{heading}</h1><h2>{title}</h2><ul class=\"facts\">{facts}</ul></section>\
         <section><form method=\"post\" action=\"{path}\">{kept}<div class=\"field\"><label for=\"reason\">{why} \
         <span class=\"need\">({optional})</span></label><textarea id=\"reason\" name=\"reason\" rows=\"3\" maxlength=\"500\"></textarea></div>\
         <div class=\"row-of\"><button class=\"danger\">{cancel}</button><a class=\"button second\" href=\"{back}\">{keep}</a></div>\
         </form></section></main>",
        &[
            ("zone", seen.zone.name().into()),
            ("heading", words.text("cancel_title").into()),
            ("title", seen.title().into()),
            ("facts", (&seen.facts(words)).into()),
            ("path", Slot::Link(&seen.path("/cancel"))),
            ("kept", (&kept).into()),
            ("why", words.text("cancel_reason").into()),
            ("optional", words.text("optional").into()),
            ("cancel", words.text("cancel").into()),
            ("back", Slot::Link(&scene.fields.link(&seen.path(""), &[]))),
            ("keep", words.text("cancel_keep").into()),
        ],
    )
}

/// What a visitor sees above the calendar while they look for another time.
pub(super) fn now_at(scene: Scene<'_>, seen: &Seen<'_>) -> Markup {
    let booking = seen.booking();
    let mut old = strong(scene.words.text("old_time"));
    old.push(&Markup::fill(
        "<br>{when}",
        &[(
            "when",
            (&when(scene.words, (booking.start, booking.end), &seen.zone)).into(),
        )],
    ));
    fact(Icon::Day, &old)
}

/// Asks whether it is to be moved there.
pub(super) fn ask_to_move(
    ctx: &Ctx,
    scene: Scene<'_>,
    seen: &Seen<'_>,
    offer: &Offer,
    (start, end): (Timestamp, Timestamp),
) -> Markup {
    let words = scene.words;
    let path = seen.path("/reschedule");
    let seal = guard::seal(ctx, seen.booking().account, &seen.booking().id.to_string());
    let start_text = start.to_string();
    let kept = hidden(
        scene
            .fields
            .kept()
            .filter(|(name, _)| !matches!(*name, "name" | "email"))
            .chain([("t", seal.as_str()), ("start", start_text.as_str())]),
    );
    let about = about(scene, offer, &now_at(scene, seen), &path);
    Markup::fill(
        "<main class=\"book form\" data-zone=\"{zone}\">{about}<section><h2 id=\"form-title\" tabindex=\"-1\">{heading}</h2>\
         <ul class=\"facts\">{facts}</ul><br><form method=\"post\" action=\"{path}\">{kept}\
         <div class=\"row-of\"><button>{confirm}</button><a class=\"button second\" href=\"{back}\">{back_text}</a></div></form></section></main>",
        &[
            ("zone", seen.zone.name().into()),
            ("about", (&about).into()),
            ("heading", words.text("new_time").into()),
            (
                "facts",
                (&fact(Icon::Day, &when(words, (start, end), &seen.zone))).into(),
            ),
            ("path", Slot::Link(&path)),
            ("kept", (&kept).into()),
            ("confirm", words.text("reschedule_confirm").into()),
            ("back", Slot::Link(&scene.fields.link(&path, &[]))),
            ("back_text", words.text("back").into()),
        ],
    )
}

/// It is not possible any more.
pub(super) fn too_late(scene: Scene<'_>, seen: &Seen<'_>) -> Markup {
    let words = scene.words;
    let name = with(&seen.detail.hosts, words).unwrap_or_default();
    Markup::fill(
        "<main class=\"narrow\"><section><p class=\"mark off\" aria-hidden=\"true\">!</p><h1 role=\"alert\">{title}</h1><p>{text}</p>\
         <p><a class=\"button second\" href=\"{back}\">{back_text}</a></p></section></main>",
        &[
            ("title", words.text("too_late_title").into()),
            (
                "text",
                (&words.fill("too_late_text", &[("name", &name)])).into(),
            ),
            ("back", Slot::Link(&scene.fields.link(&seen.path(""), &[]))),
            ("back_text", words.text("back").into()),
        ],
    )
}

/// The title and the text of a page for who can go no further.
pub(super) fn sorry(words: Words, error: &Error) -> (&'static str, Markup) {
    let (code, title, told) = match error {
        Error::NotFound { .. } | Error::Invalid(_) => ("404", "gone_title", "gone_text"),
        Error::RateLimited { .. } | Error::Unavailable { .. } => ("429", "slow_title", "slow_text"),
        _ => ("500", "sorry_title", "sorry_text"),
    };
    let detail = json!({ "code": code, "msg": words.text(title) }).to_string();
    let title = words.text(title);
    let main = Markup::fill(
        "<main class=\"narrow\" data-say=\"failed\" data-detail=\"{detail}\"><section><h1>{title}</h1><p>{text}</p></section></main>",
        &[
            ("detail", (&detail).into()),
            ("title", title.into()),
            ("text", words.text(told).into()),
        ],
    );
    (title, main)
}
