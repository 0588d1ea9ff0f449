//! A booking, for who has its link.

use axum::Form as Body;
use axum::extract::rejection::FormRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::{Error, Result};
use web::Path;
use web::html::Markup;

use super::Visit;
use crate::bookings::{self, By, Detail, Move};
use crate::ical;
use crate::invite;
use crate::public::guard::{self, Deed};
use crate::public::pages::{self, Seen};
use crate::public::picker;
use crate::public::view::{Offer, Sheet};
use crate::settings;

type Form = Result<Body<Vec<(String, String)>>, FormRejection>;

async fn find(visit: &Visit, token: &str) -> Result<Detail> {
    bookings::get_by_token(&visit.app.ctx, token)
        .await?
        .ok_or_else(|| Error::not_found("booking", ""))
}

fn seen<'a>(visit: &Visit, token: &'a str, detail: &'a Detail) -> Seen<'a> {
    let zone = visit.fields.zone();
    Seen {
        token,
        detail,
        zone: zone.unwrap_or_else(|| detail.booking.time_zone.clone()),
    }
}

fn sheet(visit: &Visit, detail: &Detail, main: Markup) -> Sheet {
    let event = detail.event_type.as_ref();
    Sheet {
        words: visit.words,
        title: event.map_or_else(String::new, |event| event.title.clone()),
        main,
        around: event.map_or_else(Vec::new, |it| it.settings.embed_origins.clone()),
        leads_to: None,
    }
}

/// What was booked, if it can still be booked.
async fn offer(visit: &Visit, detail: &Detail) -> Result<Option<Offer>> {
    let Some(event) = detail.event_type.clone().filter(|event| event.enabled) else {
        return Ok(None);
    };
    let page = settings::get(&visit.app.ctx, event.account).await?.page;
    super::event::find(visit, &page, &event.slug)
        .await
        .map(Some)
}

pub(super) async fn show(visit: Visit, Path(token): Path<String>) -> Response {
    let shown = async {
        let detail = find(&visit, &token).await?;
        let again = match offer(&visit, &detail).await? {
            Some(offer) => Some(
                visit
                    .fields
                    .link(&offer.path(), &[("name", ""), ("email", "")]),
            ),
            None => None,
        };
        let seen = seen(&visit, &token, &detail);
        let account = detail.booking.account;
        let mut tx = visit.app.ctx.read().await?;
        let mails = (identity::accounts::get(&mut tx, account).await?)
            .sender_email
            .is_some();
        drop(tx);
        let main = pages::booking(visit.scene(), &seen, again.as_deref(), mails);
        Ok(visit.page(StatusCode::OK, &sheet(&visit, &detail, main)))
    };
    shown
        .await
        .unwrap_or_else(|error: Error| visit.sorry(&error))
}

/// The booking as a file for calendars.
pub(super) async fn calendar(visit: Visit, Path(token): Path<String>) -> Response {
    let written = async {
        let detail = find(&visit, &token).await?;
        let url = &visit.app.config.public_url;
        let link = format!("{url}/booking/{token}");
        let method = ical::Method::Publish;
        let text = invite::calendar(&detail, visit.words, method, (url, &link), None);
        let kind = [
            (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
            (
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"invite.ics\"",
            ),
            (header::CACHE_CONTROL, "no-store"),
        ];
        Ok((kind, text).into_response())
    };
    written
        .await
        .unwrap_or_else(|error: Error| visit.sorry(&error))
}

pub(super) async fn ask_to_cancel(visit: Visit, Path(token): Path<String>) -> Response {
    let asked = async {
        let detail = find(&visit, &token).await?;
        let seen = seen(&visit, &token, &detail);
        if !detail.booking.status.is_open() {
            return Ok(Redirect::to(&seen.path("")).into_response());
        }
        let main = pages::ask_to_cancel(&visit.app.ctx, visit.scene(), &seen);
        Ok(visit.page(StatusCode::OK, &sheet(&visit, &detail, main)))
    };
    asked
        .await
        .unwrap_or_else(|error: Error| visit.sorry(&error))
}

/// A form about a booking: who sends it has its link, and got the form from us lately.
async fn sent(visit: Visit, token: &str, form: Form) -> Result<(Visit, Detail), Box<Response>> {
    let Ok(Body(form)) = form else {
        return Err(Box::new(visit.sorry(&Error::not_found("booking", ""))));
    };
    let visit = visit.with(form);
    visit.may(Deed::Write)?;
    let detail = match find(&visit, token).await {
        Ok(detail) => detail,
        Err(error) => return Err(Box::new(visit.sorry(&error))),
    };
    Ok((visit, detail))
}

fn is_ours(visit: &Visit, detail: &Detail) -> bool {
    let seal = visit.fields.get("t").unwrap_or_default();
    let purpose = detail.booking.id.to_string();
    guard::is_ours(&visit.app.ctx, detail.booking.account, &purpose, seal)
}

/// Back to the booking, which tells what was done.
fn done(visit: &Visit, seen: &Seen<'_>, done: &str) -> Response {
    let changes = [("done", done), ("name", ""), ("email", "")];
    Redirect::to(&visit.fields.link(&seen.path(""), &changes)).into_response()
}

pub(super) async fn cancel(visit: Visit, Path(token): Path<String>, form: Form) -> Response {
    let (visit, detail) = match sent(visit, &token, form).await {
        Ok(sent) => sent,
        Err(response) => return *response,
    };
    let seen = seen(&visit, &token, &detail);
    if !is_ours(&visit, &detail) {
        return Redirect::to(&visit.fields.link(&seen.path("/cancel"), &[])).into_response();
    }
    let booking = &detail.booking;
    let reason = visit
        .fields
        .get("reason")
        .map(|text| text.chars().take(500).collect());
    match bookings::cancel(
        &visit.app.ctx,
        booking.account,
        &By::Invitee,
        booking.id,
        reason,
    )
    .await
    {
        Ok(_) => done(&visit, &seen, "cancelled"),
        Err(error) => refused(&visit, &detail, &seen, &error),
    }
}

/// What the state of a booking does not allow any more.
fn refused(visit: &Visit, detail: &Detail, seen: &Seen<'_>, error: &Error) -> Response {
    match error {
        Error::Conflict {
            code: "too_late", ..
        } => {
            let main = pages::too_late(visit.scene(), seen);
            visit.page(StatusCode::CONFLICT, &sheet(visit, detail, main))
        }
        // It was cancelled or decided about meanwhile; its page says so.
        Error::Conflict { .. } => Redirect::to(&seen.path("")).into_response(),
        error => visit.sorry(error),
    }
}

pub(super) async fn choose(mut visit: Visit, Path(token): Path<String>) -> Response {
    // It stays as long as it was unless another length is chosen.
    if !visit.fields.has("minutes")
        && let Ok(detail) = find(&visit, &token).await
    {
        let minutes = detail.booking.minutes.to_string();
        visit.fields.0.push(("minutes".to_owned(), minutes));
    }
    chosen(&visit, &token)
        .await
        .unwrap_or_else(|error| visit.sorry(&error))
}

async fn chosen(visit: &Visit, token: &str) -> Result<Response> {
    let scene = visit.scene();
    let ctx = &visit.app.ctx;
    let detail = find(visit, token).await?;
    let seen = seen(visit, token, &detail);
    let offer = offer(visit, &detail).await?;
    let (Some(offer), true) = (offer, detail.booking.status.is_open()) else {
        return Ok(Redirect::to(&seen.path("")).into_response());
    };
    let moves = Some(detail.booking.id);
    let mut taken = None;
    if let Some(start) = scene.fields.instant("start") {
        match picker::find(ctx, scene, &offer, moves, start).await? {
            Some(slot) => {
                let main = pages::ask_to_move(ctx, scene, &seen, &offer, (slot.start, slot.end));
                return Ok(visit.page(StatusCode::OK, &sheet(visit, &detail, main)));
            }
            None => taken = Some(Markup::default()),
        }
    }
    let choice = picker::load(ctx, scene, &offer, moves, seen.zone.clone()).await?;
    let choice = choice.without(detail.booking.start);
    let facts = pages::now_at(scene, &seen);
    let main = pages::calendar(
        scene,
        &offer,
        &choice,
        (&seen.path("/reschedule"), &facts, taken.as_ref()),
    );
    let mut sheet = sheet(visit, &detail, main);
    scene
        .words
        .text("reschedule_title")
        .clone_into(&mut sheet.title);
    Ok(visit.page(StatusCode::OK, &sheet))
}

pub(super) async fn reschedule(visit: Visit, Path(token): Path<String>, form: Form) -> Response {
    let (visit, detail) = match sent(visit, &token, form).await {
        Ok(sent) => sent,
        Err(response) => return *response,
    };
    let seen = seen(&visit, &token, &detail);
    let path = seen.path("/reschedule");
    let (true, Some(start)) = (is_ours(&visit, &detail), visit.fields.instant("start")) else {
        return Redirect::to(&visit.fields.link(&path, &[])).into_response();
    };
    let to = Move {
        start,
        minutes: detail.event_type.as_ref().and_then(|event| {
            let chosen = visit.fields.number::<u32>("minutes")?;
            event.settings.durations.contains(&chosen).then_some(chosen)
        }),
        host: None,
        reason: None,
    };
    let booking = &detail.booking;
    match bookings::reschedule(
        &visit.app.ctx,
        booking.account,
        &By::Invitee,
        booking.id,
        to,
    )
    .await
    {
        Ok(Ok(_)) => done(&visit, &seen, "moved"),
        Ok(Err(taken)) => {
            let scene = visit.scene();
            let next = picker::next(scene, &path, &taken.next, &seen.zone);
            let back = visit.fields.link(&path, &[]);
            let main = pages::taken(scene, &next, !taken.next.is_empty(), &back);
            visit.page(StatusCode::CONFLICT, &sheet(&visit, &detail, main))
        }
        Err(error) => refused(&visit, &detail, &seen, &error),
    }
}
