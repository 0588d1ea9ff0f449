//! What can be booked, and booking it.

use axum::Form as Body;
use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::{AccountId, Error, Result, UserId};
use serde_json::json;
use std::time::Duration;
use web::Path;
use web::html::Markup;

use super::{Form, Visit, program};
use crate::availability::{SlotQuery, slots};
use crate::bookings::{self, By};
use crate::event_types::{self, EventType, Part};
use crate::holds::{self, NewHold};
use crate::hosts::{self, Host};
use crate::public::guard::{self, Deed};
use crate::public::view::{Offer, Sheet};
use crate::public::{form, markdown, pages, picker};
use crate::settings;
use crate::{EventTypeId, waiting};

/// How many days ahead programs are told about, unless they ask otherwise.
const AHEAD: Duration = Duration::from_hours(24 * 31);

/// Within which time a preferred host must have some, or everybody is offered.
const SOON: Duration = Duration::from_hours(24 * 14);

/// The account of a page, with its name.
async fn account_of(visit: &Visit, page: &str) -> Result<(AccountId, String)> {
    let ctx = &visit.app.ctx;
    let account = settings::account_of(ctx, page)
        .await?
        .ok_or_else(|| Error::not_found("page", page))?;
    let name = identity::accounts::get(&mut *ctx.read().await?, account)
        .await?
        .name;
    Ok((account, name))
}

fn offer(account: AccountId, name: &str, page: &str, event: EventType, all: &[Host]) -> Offer {
    let hosts = event
        .hosts
        .iter()
        .filter_map(|member| all.iter().find(|host| host.id == member.host_id))
        .filter(|host| host.enabled)
        .cloned()
        .collect();
    Offer {
        account,
        name: name.to_owned(),
        page: page.to_owned(),
        event,
        hosts,
    }
}

/// Something that can be booked at present.
pub(super) async fn find(visit: &Visit, page: &str, slug: &str) -> Result<Offer> {
    let (account, name) = account_of(visit, page).await?;
    let ctx = &visit.app.ctx;
    let event = event_types::find_by_slug(ctx, account, slug)
        .await?
        .filter(|event| event.enabled)
        .ok_or_else(|| Error::not_found("event type", slug))?;
    let all = hosts::list(ctx, account).await?;
    Ok(offer(account, &name, page, event, &all))
}

pub(super) async fn offers(visit: Visit, Path(page): Path<String>) -> Response {
    let (page, form) = visit.form(&page);
    match list(&visit, page, None).await {
        Ok((name, intro, offers)) => listed(&visit, form, &name, intro.as_deref(), &offers),
        Err(error) => visit.sorry(&error),
    }
}

pub(super) async fn offers_of(
    visit: Visit,
    Path((page, host)): Path<(String, String)>,
) -> Response {
    let (host, form) = visit.form(&host);
    match list(&visit, &page, Some(host)).await {
        Ok((name, intro, offers)) => listed(&visit, form, &name, intro.as_deref(), &offers),
        Err(error) => visit.sorry(&error),
    }
}

/// What is offered to everybody, by the account or by one host.
async fn list(
    visit: &Visit,
    page: &str,
    of: Option<&str>,
) -> Result<(String, Option<String>, Vec<Offer>)> {
    let (account, name) = account_of(visit, page).await?;
    let ctx = &visit.app.ctx;
    let all = hosts::list(ctx, account).await?;
    let only = match of {
        Some(slug) => {
            let found = all.iter().find(|host| host.slug == slug && host.enabled);
            Some(found.ok_or_else(|| Error::not_found("host", slug))?)
        }
        None => None,
    };
    let offers = event_types::list(ctx, account)
        .await?
        .into_iter()
        .filter(|event| event.enabled && !event.private)
        .map(|event| offer(account, &name, page, event, &all))
        .filter(|offer| only.is_none_or(|host| offer.hosts.iter().any(|it| it.id == host.id)))
        .collect();
    Ok(match only {
        Some(host) => (host.name.clone(), host.about.clone(), offers),
        None => (name, None, offers),
    })
}

fn listed(
    visit: &Visit,
    form: Form,
    name: &str,
    intro: Option<&str>,
    offers: &[Offer],
) -> Response {
    let scene = visit.scene();
    let url = &visit.app.config.public_url;
    match form {
        Form::Markdown => text(markdown::offers(scene, name, offers, url)),
        Form::Json => open(Json(markdown::offers_json(name, offers, url)).into_response()),
        Form::Page => {
            let sheet = Sheet {
                words: scene.words,
                title: scene.words.fill("page_title", &[("name", name)]),
                main: pages::offers(scene, name, intro, offers),
                around: around(offers.iter()),
                leads_to: None,
            };
            visit.page(StatusCode::OK, &sheet)
        }
    }
}

/// The sites that may show a page about all of these: those that each of them names.
fn around<'a>(mut offers: impl Iterator<Item = &'a Offer>) -> Vec<String> {
    let first = offers.next();
    let mut sites: Vec<String> =
        first.map_or_else(Vec::new, |it| it.event.settings.embed_origins.clone());
    for offer in offers {
        let others = &offer.event.settings.embed_origins;
        if sites.is_empty() {
            sites.clone_from(others);
        } else if !others.is_empty() {
            sites.retain(|site| others.contains(site));
            if sites.is_empty() {
                // An empty list would mean any.
                return vec!["'self'".to_owned()];
            }
        }
    }
    sites
}

fn text(markdown: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/markdown; charset=utf-8")];
    open((kind, markdown).into_response())
}

/// What anybody may read from anywhere.
fn open(mut response: Response) -> Response {
    let any = header::HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    let varies = header::HeaderValue::from_static("Accept, Accept-Language");
    response.headers_mut().insert(header::VARY, varies);
    response
}

pub(super) async fn show(mut visit: Visit, Path((page, slug)): Path<(String, String)>) -> Response {
    if let Err(error) = recognize(&mut visit, &page, &slug).await {
        return visit.sorry(&error);
    }
    let (slug, form) = visit.form(&slug);
    match shown(&visit, form, &page, slug).await {
        Ok(response) => response,
        Err(error) => visit.sorry(&error),
    }
}

/// Fills in who comes by a link that we sent them.
pub(super) async fn recognize(visit: &mut Visit, page: &str, slug: &str) -> Result<()> {
    let ctx = &visit.app.ctx;
    let mut known = Vec::new();
    if let Some(token) = visit.fields.get("waiting")
        && let Some(Some(waiting)) = waiting::find_by_token(ctx, token).await?
        && settings::account_of(ctx, page).await? == Some(waiting.account)
    {
        known.extend([("name", waiting.name), ("email", waiting.email)]);
    } else if let Some(token) = visit.fields.get("for")
        && let Some((account, id)) = audience::subscribers::invitee_of(ctx, token)
        && settings::account_of(ctx, page).await? == Some(account)
    {
        let mut tx = ctx.read().await?;
        let id = audience::subscribers::current_in(&mut tx, account, id).await?;
        let person = audience::subscribers::profiles_of_in(&mut tx, account, &[id]).await?;
        if let Some(person) = person.into_iter().next().map(|it| it.subscriber) {
            let names = [person.first_name, person.last_name];
            let names: Vec<String> = names.into_iter().flatten().collect();
            known.extend([("name", names.join(" ")), ("email", person.email)]);
            known.extend(person.phone.map(|phone| ("phone", phone)));
            drop(tx);
            if let Some(owner) = person.owner.filter(|_| !visit.fields.has("host")) {
                let host = preferred(visit, page, visit.form(slug).0, owner).await?;
                known.extend(host.map(|host| ("host", host)));
            }
        }
    }
    // What they wrote themselves goes first.
    let known = known
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    visit.fields.0.extend(known);
    Ok(())
}

/// The host who owns the visitor's record, in addresses, if the event type prefers them and they have time soon.
async fn preferred(visit: &Visit, page: &str, slug: &str, owner: UserId) -> Result<Option<String>> {
    let offer = find(visit, page, slug).await?;
    let rotates = |host: &&Host| {
        let mut members = offer.event.hosts.iter();
        members.any(|one| one.host_id == host.id && one.part == Part::Rotating)
    };
    let host = offer.hosts.iter().find(|host| host.user_id == owner);
    let Some(host) = host
        .filter(|_| offer.event.settings.prefer_owner)
        .filter(rotates)
    else {
        return Ok(None);
    };
    let now = visit.app.ctx.clock.now();
    let query = SlotQuery {
        minutes: Some(crate::public::view::chosen_minutes(
            &visit.fields,
            &offer.event,
        )),
        host: Some(host.id),
        ..SlotQuery::new(now, now + SOON)
    };
    let list = slots(&visit.app.ctx, offer.account, offer.event.id, &query).await?;
    Ok((!list.days.is_empty()).then(|| host.slug.clone()))
}

/// From a link in a mail, which knows ids, to the page, whose address may have changed since.
pub(super) async fn to(
    visit: Visit,
    Path((account, id)): Path<(AccountId, EventTypeId)>,
) -> Response {
    let there = async {
        let ctx = &visit.app.ctx;
        let event = event_types::get(ctx, account, id).await?;
        let page = settings::page_in(&mut *ctx.read().await?, account).await?;
        let path = format!("/book/{page}/{}", event.slug);
        Ok(Redirect::to(&visit.fields.link(&path, &[])).into_response())
    };
    there
        .await
        .unwrap_or_else(|error: Error| visit.sorry(&error))
}

async fn shown(visit: &Visit, wanted: Form, page: &str, slug: &str) -> Result<Response> {
    let scene = visit.scene();
    let ctx = &visit.app.ctx;
    let offer = find(visit, page, slug).await?;
    let zone = scene.fields.zone().unwrap_or_else(|| offer.zone());
    if wanted != Form::Page {
        let from = scene
            .fields
            .instant("from")
            .unwrap_or(scene.now)
            .max(scene.now);
        let until = scene.fields.instant("until").unwrap_or(from + AHEAD);
        let query = SlotQuery {
            time_zone: Some(zone),
            minutes: scene.fields.number("minutes"),
            ..SlotQuery::new(from, until)
        };
        let mut list = slots(ctx, offer.account, offer.event.id, &query).await?;
        for day in &mut list.days {
            offer.seen(&mut day.slots);
        }
        let url = &visit.app.config.public_url;
        return Ok(match wanted {
            Form::Json => {
                let mut said = markdown::event_json(scene, &offer, &list, url);
                said["form"] = program::form(visit, &offer);
                // What it is booked with is good for a while only.
                let fresh = [(header::CACHE_CONTROL, "no-store")];
                open((fresh, Json(said)).into_response())
            }
            _ => text(markdown::event(scene, &offer, &list, url)),
        });
    }
    let mut taken = None;
    if let Some(start) = scene.fields.instant("start") {
        if let Some(slot) = picker::find(ctx, scene, &offer, None, start).await? {
            let most = offer.most_seats(slot.seats_left);
            let time = (slot.start, slot.end);
            let main = form::page(ctx, scene, &offer, time, (&zone, most), &[]);
            return Ok(visit.page(StatusCode::OK, &sheet(visit, &offer, main)));
        }
        let wait = offer.wait_path().filter(|_| start > scene.now);
        taken = Some(picker::wait_link(scene, wait.as_deref(), Some(start)));
    }
    let choice = picker::load(ctx, scene, &offer, None, zone).await?;
    let path = offer.path();
    let main = pages::calendar(
        scene,
        &offer,
        &choice,
        (&path, &Markup::default(), taken.as_ref()),
    );
    Ok(visit.page(StatusCode::OK, &sheet(visit, &offer, main)))
}

pub(super) fn sheet(visit: &Visit, offer: &Offer, main: Markup) -> Sheet {
    Sheet {
        words: visit.words,
        title: format!("{} · {}", offer.event.title, offer.with(visit.words)),
        main,
        around: offer.event.settings.embed_origins.clone(),
        leads_to: offer.event.settings.redirect_url.clone(),
    }
}

pub(super) async fn book(
    visit: Visit,
    Path((page, slug)): Path<(String, String)>,
    request: Request,
) -> Response {
    if program::is_json(request.headers()) {
        return program::book(visit, &page, &slug, request).await;
    }
    let form = Body::<Vec<(String, String)>>::from_request(request, &()).await;
    let Ok(Body(form)) = form else {
        return visit.sorry(&Error::not_found("page", page));
    };
    let visit = visit.with(form);
    if let Err(refused) = visit.may(Deed::Write) {
        return *refused;
    }
    match booked(&visit, &page, &slug).await {
        Ok(response) => response,
        Err(error) => visit.sorry(&error),
    }
}

async fn booked(visit: &Visit, page: &str, slug: &str) -> Result<Response> {
    let scene = visit.scene();
    let ctx = &visit.app.ctx;
    let offer = find(visit, page, slug).await?;
    let zone = scene.fields.zone().unwrap_or_else(|| offer.zone());
    let again = |faults: &[kernel::FieldError]| {
        let start = scene.fields.instant("start").unwrap_or(scene.now);
        let minutes = crate::public::view::chosen_minutes(scene.fields, &offer.event);
        let end = start + Duration::from_mins(u64::from(minutes));
        let most = offer.most_seats(None);
        let main = form::page(ctx, scene, &offer, (start, end), (&zone, most), faults);
        let sheet = sheet(visit, &offer, main);
        visit.page(StatusCode::UNPROCESSABLE_ENTITY, &sheet)
    };
    let purpose = offer.event.id.to_string();
    let seal = scene.fields.get("t").unwrap_or_default();
    // Who fell into the trap is told the same as who waited for too long.
    if !guard::is_ours(ctx, offer.account, &purpose, seal) || form::is_trapped(scene.fields) {
        return Ok(again(&[kernel::FieldError::new(
            "t",
            "invalid",
            "the form is old",
        )]));
    }
    let new = match form::read(scene, &offer) {
        Ok(new) => new,
        Err(Error::Invalid(faults)) => return Ok(again(&faults)),
        Err(error) => return Err(error),
    };
    match bookings::book(ctx, offer.account, &By::Invitee, new).await {
        Ok(Ok(booked)) => {
            let embedded = scene.fields.embedded();
            if let Some(target) = offer.event.settings.redirect_url.as_deref()
                && !embedded
            {
                return Ok(Redirect::to(target).into_response());
            }
            let path = format!("/booking/{}", booked.token);
            let done = [("done", "booked")];
            Ok(Redirect::to(&scene.fields.link_onward(&path, &done)).into_response())
        }
        Ok(Err(mut refused)) => {
            let path = offer.path();
            offer.seen(&mut refused.next);
            let mut next = picker::next(scene, &path, &refused.next, &zone);
            let wait = offer.wait_path();
            next.push(&picker::wait_link(
                scene,
                wait.as_deref(),
                scene.fields.instant("start"),
            ));
            let back = scene.fields.link(&path, &[]);
            let main = pages::taken(scene, &next, !refused.next.is_empty(), &back);
            Ok(visit.page(StatusCode::CONFLICT, &sheet(visit, &offer, main)))
        }
        Err(Error::Invalid(faults)) => Ok(again(&faults)),
        Err(error) => Err(error),
    }
}

/// Keeps a time while somebody fills in the form.
pub(super) async fn hold(
    visit: Visit,
    Path((page, slug)): Path<(String, String)>,
    form: Result<Body<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let Ok(Body(form)) = form else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let visit = visit.with(form);
    if let Err(refused) = visit.may(Deed::Hold) {
        return *refused;
    }
    match held(&visit, &page, &slug).await {
        Ok(response) => response,
        Err(error) => web::ApiError::from(error).into_response(),
    }
}

async fn held(visit: &Visit, page: &str, slug: &str) -> Result<Response> {
    let scene = visit.scene();
    let ctx = &visit.app.ctx;
    let offer = find(visit, page, slug).await?;
    let purpose = offer.event.id.to_string();
    let seal = scene.fields.get("t").unwrap_or_default();
    let (Some(start), Some(visitor), true) = (
        scene.fields.instant("start"),
        scene.fields.get("visitor").filter(|it| it.len() <= 100),
        guard::is_ours(ctx, offer.account, &purpose, seal),
    ) else {
        return Err(Error::invalid(
            "start",
            "invalid",
            "choose a time on the page",
        ));
    };
    let new = NewHold {
        start,
        minutes: scene.fields.number("minutes"),
        seats: 1,
        host: None,
        visitor: visitor.to_owned(),
        source: visit.ip.map(|ip| ip.to_string()).unwrap_or_default(),
    };
    Ok(
        match holds::hold(ctx, offer.account, offer.event.id, new).await? {
            Ok(held) => {
                Json(json!({ "token": held.token, "expires_at": held.expires_at })).into_response()
            }
            Err(mut refused) => {
                offer.seen(&mut refused.next);
                let body = Json(json!({ "code": refused.code, "next": refused.next }));
                (StatusCode::CONFLICT, body).into_response()
            }
        },
    )
}

/// Gives it back.
pub(super) async fn release(
    visit: Visit,
    Path((page, _)): Path<(String, String)>,
    form: Result<Body<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let Ok(Body(form)) = form else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let visit = visit.with(form);
    if let Err(refused) = visit.may(Deed::Hold) {
        return *refused;
    }
    let Some(token) = visit.fields.get("token") else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let given_back = async {
        let (account, _) = account_of(&visit, &page).await?;
        holds::release(&visit.app.ctx, account, token).await
    };
    match given_back.await {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => web::ApiError::from(error).into_response(),
    }
}
