//! Booking by a program: what the form asks for, as JSON, under the same guard.

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{EmailAddress, Error, Result, TimeZone, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use web::{ApiError, Json, same_origin};

use super::Visit;
use super::event::find;
use crate::bookings::{self, Booked, By, NewBooking};
use crate::claims::Refused;
use crate::event_types::Answers;
use crate::public::guard::{self, Deed};
use crate::public::view::Offer;

/// What is booked: the fields of the form by their names, and the answers by the keys of the questions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// From the page as JSON: that it was read lately.
    t: String,
    start: Timestamp,
    #[serde(default)]
    minutes: Option<u32>,
    #[serde(default)]
    seats: Option<u32>,
    /// By its name in addresses.
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    hold: Option<String>,
    name: String,
    email: EmailAddress,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    tz: Option<TimeZone>,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    location: Option<usize>,
    #[serde(default)]
    answers: Answers,
}

/// Whether a program sends this, and not a form.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|value| value.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next());
    essence.is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
}

/// What a program needs to book: where to, and what shows that it read the page.
pub(super) fn form(visit: &Visit, offer: &Offer) -> Value {
    let purpose = offer.event.id.to_string();
    json!({
        "url": format!("{}{}", visit.app.config.public_url, offer.path()),
        "t": guard::seal(&visit.app.ctx, offer.account, &purpose),
    })
}

pub(super) async fn book(visit: Visit, page: &str, slug: &str, request: Request) -> Response {
    let booked = booked(visit, page, slug, request).await;
    let mut response = booked.unwrap_or_else(IntoResponse::into_response);
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

async fn booked(
    visit: Visit,
    page: &str,
    slug: &str,
    request: Request,
) -> std::result::Result<Response, ApiError> {
    same_origin(&visit.headers, &visit.app.config)?;
    let ctx = &visit.app.ctx;
    visit.pace.count(ctx.clock.now(), Deed::Write, visit.ip)?;
    let offer = find(&visit, page, visit.form(slug).0).await?;
    let Json(wish) = Json::<Wish>::from_request(request, &()).await?;
    let purpose = offer.event.id.to_string();
    if !guard::is_ours(ctx, offer.account, &purpose, &wish.t) {
        let message =
            "read the page as JSON and send the `t` of its `form`; it is good for twelve hours";
        return Err(Error::invalid("t", "invalid", message).into());
    }
    let new = new(&visit, &offer, wish)?;
    let time_zone = new.time_zone.clone();
    Ok(
        match bookings::book(ctx, offer.account, &By::Invitee, new).await? {
            Ok(booked) => made(&visit, &offer, &time_zone, &booked),
            Err(refused) => instead(&offer, refused),
        },
    )
}

fn new(visit: &Visit, offer: &Offer, wish: Wish) -> Result<NewBooking> {
    let host = match &wish.host {
        None => None,
        Some(slug) => {
            let found = offer.hosts.iter().find(|host| host.slug == *slug);
            let unknown = || Error::invalid("host", "unknown", "nobody of this name hosts it");
            Some(found.ok_or_else(unknown)?.id)
        }
    };
    let lang = super::words_of(wish.lang.as_deref(), &visit.headers);
    Ok(NewBooking {
        event_type: offer.event.id,
        start: wish.start,
        minutes: wish.minutes,
        seats: wish.seats.unwrap_or(1),
        host,
        hold: wish.hold,
        name: wish.name,
        email: wish.email,
        phone: wish.phone,
        time_zone: wish.tz.unwrap_or_else(|| offer.zone()),
        language: Some(lang.language.tag().to_owned()),
        answers: wish.answers,
        location: wish.location,
        source: "page",
    })
}

/// What was booked, with the address where it can be moved and cancelled.
fn made(visit: &Visit, offer: &Offer, zone: &TimeZone, booked: &Booked) -> Response {
    let booking = &booked.booking;
    let hosts = offer.hosts.iter();
    let hosts = hosts.filter(|host| booking.host_ids.contains(&host.id));
    let body = json!({
        "title": offer.event.title,
        "status": booking.status,
        "start": booking.start,
        "end": booking.end,
        "minutes": booking.minutes,
        "seats": booking.seats,
        "time_zone": zone,
        "hosts": hosts.map(|host| host.name.as_str()).collect::<Vec<_>>(),
        "location": booking.location,
        "url": format!("{}/booking/{}", visit.app.config.public_url, booked.token),
    });
    let status = if booked.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    (status, Json(body)).into_response()
}

/// What can be had instead. Why not is for those who work here.
fn instead(offer: &Offer, mut refused: Refused) -> Response {
    offer.seen(&mut refused.next);
    let next = refused
        .next
        .iter()
        .map(|slot| json!({ "start": slot.start, "end": slot.end, "seats_left": slot.seats_left }));
    let body = json!({
        "type": format!("urn:sendero:error:{}", refused.code),
        "title": "Conflict",
        "status": 409,
        "code": refused.code,
        "detail": refused.message,
        "next_slots": next.collect::<Vec<_>>(),
    });
    let mut response = (StatusCode::CONFLICT, Json(body)).into_response();
    let problem = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, problem);
    response
}
