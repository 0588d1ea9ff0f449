//! Waiting for a place, and waiting no longer.

use axum::Form as Body;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::{AccountId, Error, FieldError, Result};
use web::Path;
use web::html::Markup;

use super::Visit;
use super::event::{find, recognize, sheet};
use crate::bookings::By;
use crate::event_types::{self, EventType};
use crate::public::Words;
use crate::public::guard::{self, Deed};
use crate::public::view::Sheet;
use crate::public::{form, picker, waiting as page};
use crate::waiting::{self, Waiting};

type Form = Result<Body<Vec<(String, String)>>, FormRejection>;

/// The form. It changes nothing.
pub(super) async fn ask(mut visit: Visit, Path((page, slug)): Path<(String, String)>) -> Response {
    if let Err(error) = recognize(&mut visit, &page, &slug).await {
        return visit.sorry(&error);
    }
    asked(&visit, &page, &slug)
        .await
        .unwrap_or_else(|error| visit.sorry(&error))
}

async fn asked(visit: &Visit, page: &str, slug: &str) -> Result<Response> {
    let scene = visit.scene();
    let ctx = &visit.app.ctx;
    let offer = find(visit, page, slug).await?;
    let back = scene.fields.link(&offer.path(), &[]);
    if !offer.event.settings.waiting_list {
        return Ok(Redirect::to(&back).into_response());
    }
    if scene.fields.get("done") == Some("waiting") {
        let text = (mails(visit, offer.account).await?).then_some("wait_done_text");
        let main = page::told(scene, "wait_done_title", text, &back);
        return Ok(visit.page(StatusCode::OK, &sheet(visit, &offer, main)));
    }
    if let Some(start) = scene.fields.instant("start") {
        if start <= scene.now {
            return Ok(Redirect::to(&back).into_response());
        }
        // Nobody needs to wait for what can be had.
        if (picker::find(ctx, scene, &offer, None, start).await?).is_some() {
            let start = start.to_string();
            let link = scene.fields.link(&offer.path(), &[("start", &*start)]);
            return Ok(Redirect::to(&link).into_response());
        }
    }
    let zone = scene.fields.zone().unwrap_or_else(|| offer.zone());
    let main = page::page(ctx, scene, &offer, &zone, &[]);
    Ok(visit.page(StatusCode::OK, &sheet(visit, &offer, main)))
}

/// Whether the account sends any mail at all; a page promises none otherwise.
async fn mails(visit: &Visit, account: AccountId) -> Result<bool> {
    let mut tx = visit.app.ctx.read().await?;
    let account = identity::accounts::get(&mut tx, account).await?;
    Ok(account.sender_email.is_some())
}

pub(super) async fn join(
    visit: Visit,
    Path((page, slug)): Path<(String, String)>,
    form: Form,
) -> Response {
    let Ok(Body(form)) = form else {
        return visit.sorry(&Error::not_found("page", page));
    };
    let visit = visit.with(form);
    if let Err(refused) = visit.may(Deed::Write) {
        return *refused;
    }
    joined(&visit, &page, &slug)
        .await
        .unwrap_or_else(|error| visit.sorry(&error))
}

async fn joined(visit: &Visit, page: &str, slug: &str) -> Result<Response> {
    let scene = visit.scene();
    let ctx = &visit.app.ctx;
    let offer = find(visit, page, slug).await?;
    let zone = scene.fields.zone().unwrap_or_else(|| offer.zone());
    let again = |faults: &[FieldError]| {
        let main = page::page(ctx, scene, &offer, &zone, faults);
        visit.page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &sheet(visit, &offer, main),
        )
    };
    let seal = scene.fields.get("t").unwrap_or_default();
    // Who fell into the trap is told the same as who waited for too long.
    if !guard::is_ours(ctx, offer.account, &page::purpose(&offer), seal)
        || form::is_trapped(scene.fields)
    {
        return Ok(again(&[FieldError::new("t", "invalid", "the form is old")]));
    }
    let new = match page::read(scene, &offer) {
        Ok(new) => new,
        Err(Error::Invalid(faults)) => return Ok(again(&faults)),
        Err(error) => return Err(error),
    };
    let by = By::Invitee;
    // The answer is the same for who waits already: who has another's address learns nothing by it.
    match waiting::join(ctx, offer.account, offer.event.id, by.as_str(), new).await {
        Ok(_) => {
            let path = format!("{}/wait", offer.path());
            let done = [("done", "waiting")];
            Ok(Redirect::to(&scene.fields.link_onward(&path, &done)).into_response())
        }
        Err(Error::Invalid(faults)) => Ok(again(&faults)),
        Err(Error::Conflict { .. }) => {
            let back = scene.fields.link(&offer.path(), &[]);
            let main = page::told(scene, "wait_closed", None, &back);
            Ok(visit.page(StatusCode::CONFLICT, &sheet(visit, &offer, main)))
        }
        Err(error) => Err(error),
    }
}

/// Whose link it is, if they still wait, and for what.
async fn opened(visit: &Visit, token: &str) -> Result<Option<(Waiting, EventType)>> {
    let ctx = &visit.app.ctx;
    let found = waiting::find_by_token(ctx, token)
        .await?
        .ok_or_else(|| Error::not_found("place in a waiting list", ""))?;
    let Some(waiting) = found else {
        return Ok(None);
    };
    let event = event_types::get(ctx, waiting.account, waiting.event_type_id).await?;
    Ok(Some((waiting, event)))
}

pub(super) async fn show(mut visit: Visit, Path(token): Path<String>) -> Response {
    let opened = match opened(&visit, &token).await {
        Ok(opened) => opened,
        Err(error) => return visit.sorry(&error),
    };
    // In the language in which they began to wait, unless they say another one.
    if let Some((waiting, _)) = &opened
        && !visit.fields.has("lang")
    {
        visit.words = Words::of(waiting.language.as_deref());
    }
    let scene = visit.scene();
    let main = match &opened {
        Some((waiting, event)) => {
            let about = (event.title.as_str(), token.as_str());
            page::ask_to_leave(&visit.app.ctx, scene, waiting, about)
        }
        None => Markup::fill(
            "<main class=\"narrow\"><section><h1>{heading}</h1></section></main>",
            &[("heading", scene.words.text("wait_left_title").into())],
        ),
    };
    visit.page(StatusCode::OK, &of_token(&visit, opened.as_ref(), main))
}

fn of_token(visit: &Visit, opened: Option<&(Waiting, EventType)>, main: Markup) -> Sheet {
    Sheet {
        words: visit.words,
        title: opened.map_or_else(
            || visit.words.text("wait_left_title").to_owned(),
            |(_, event)| event.title.clone(),
        ),
        main,
        around: vec!["'self'".to_owned()],
        leads_to: None,
    }
}

pub(super) async fn leave(visit: Visit, Path(token): Path<String>, form: Form) -> Response {
    let Ok(Body(form)) = form else {
        return visit.sorry(&Error::not_found("place in a waiting list", ""));
    };
    let visit = visit.with(form);
    if let Err(refused) = visit.may(Deed::Write) {
        return *refused;
    }
    let left = async {
        let here = visit.fields.link(&format!("/waiting/{token}"), &[]);
        if let Some((waiting, event)) = opened(&visit, &token).await? {
            let seal = visit.fields.get("t").unwrap_or_default();
            let ctx = &visit.app.ctx;
            if guard::is_ours(ctx, waiting.account, &waiting.id.to_string(), seal) {
                match waiting::leave(ctx, waiting.account, event.id, waiting.id).await {
                    // Gone already is as good.
                    Ok(()) | Err(Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(Redirect::to(&here).into_response())
    };
    left.await
        .unwrap_or_else(|error: Error| visit.sorry(&error))
}
