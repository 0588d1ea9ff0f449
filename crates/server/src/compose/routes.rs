//! The whole of HTTP.

use std::sync::Arc;

use axum::middleware::from_fn;
use axum::{Extension, Router};
use ctx::Ctx;
use kernel::{AccountId, UserId};
use sending::tracking::Links;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::{ContactBuilder, Info, LicenseBuilder, OpenApi, tag::TagBuilder};
use utoipa_axum::router::OpenApiRouter;
use web::App;

use super::Settings;
use crate::http::{Exporter, health_routes, metrics_routes, pace_layer};
use crate::{live, pages, ui};

/// The tags of the document, in reading order.
const TAGS: &[(&str, &str)] = &[
    ("Set-up", "The first owner of a new server."),
    ("Session", "Signing in and out, for people."),
    ("Account", "The workspace and its settings."),
    ("Users", "The people who may sign in, and their roles."),
    ("API tokens", "Access for programs."),
    ("Audit log", "Who changed what."),
    ("Live updates", "What changes, while it changes."),
    (
        "Subscribers",
        "The people who get mail, and what happened to them.",
    ),
    (
        "Saved views",
        "Ways to look at the list of subscribers: filter, columns, order.",
    ),
    (
        "Fields",
        "What is known about subscribers beyond their name and address.",
    ),
    ("Groups", "Lists that subscribers are put into."),
    ("Tags", "Labels on subscribers."),
    ("Segments", "Named rules that select subscribers."),
    ("Imports", "Subscribers from files and pasted text."),
    ("Exports", "Subscribers to files."),
    ("Bulk actions", "One change to many subscribers."),
    ("Suppressions", "Addresses that never get mail."),
    (
        "Privacy",
        "All of one person, erasure, and how long things are kept.",
    ),
    (
        "Campaigns",
        "One mail to many people: written, previewed, sent.",
    ),
    ("Templates", "Content to begin campaigns with."),
    ("Saved blocks", "Parts of mails to be used again."),
    ("Brand", "How mails begin."),
    ("Files", "The pictures of mails."),
    ("Series", "Campaigns that are sent again and again."),
    (
        "Feeds",
        "Campaigns that are sent because there is something new to read.",
    ),
    (
        "Automations",
        "What happens by itself: triggers, waits, conditions, mails; and who is where.",
    ),
    ("Events", "What happened to subscribers elsewhere."),
    ("Event types", "What can be booked, and when."),
    ("Hosts", "Who can be met, and when they cannot."),
    ("Schedules", "When hosts work."),
    (
        "Calendars",
        "Calendars of hosts elsewhere: what they say is taken, and which one gets the bookings.",
    ),
    (
        "Bookings",
        "Who meets whom: kept, booked, moved, called off.",
    ),
    ("Reports", "What became of a campaign."),
    (
        "Messages",
        "Single messages that programs send: receipts, passwords.",
    ),
    ("Bounces", "What came back, and complaints."),
    ("Senders", "Who mail comes from."),
    ("Transports", "How mail leaves."),
    ("DKIM", "What mail is signed with."),
    ("Limits", "How much is sent at most, and how fast."),
    ("Sandbox", "Mail that was kept instead of sent."),
];

const ABOUT: &str = "Everything that Sendero does can be done here.\n\n\
Bodies are JSON in UTF-8. Ids are texts of digits; times are RFC 3339 in UTC. Lists come in pages: pass `next_cursor` \
as `cursor` to go on. Unknown fields are errors. What fails is answered with problem details (RFC 9457) that have a \
stable `code` and, for wrong input, name each field. A POST with an `Idempotency-Key` can be repeated without a second \
effect.";

/// The routes of all slices, with their description.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(identity::routes())
        .merge(live::routes())
        .merge(audience::subscribers::routes())
        .merge(audience::timeline::routes())
        .merge(audience::views::routes())
        .merge(audience::fields::routes())
        .merge(audience::groups::routes())
        .merge(audience::tags::routes())
        .merge(audience::segments::routes())
        .merge(audience::imports::routes())
        .merge(audience::exports::routes())
        .merge(audience::bulk::routes())
        .merge(audience::suppressions::routes())
        .merge(audience::privacy::routes())
        .merge(sending::campaigns::routes())
        .merge(sending::series::routes())
        .merge(sending::feeds::routes())
        .merge(sending::reports::routes())
        .merge(sending::transactional::routes())
        .merge(sending::bounces::routes())
        .merge(sending::archive::routes())
        .merge(sending::checklist::routes())
        .merge(sending::templates::routes())
        .merge(sending::saved_blocks::routes())
        .merge(sending::brand::routes())
        .merge(sending::files::routes())
        .merge(sending::sandbox::routes())
        .merge(sending::senders::routes())
        .merge(sending::transports::routes())
        .merge(sending::limits::routes())
        .merge(sending::dkim::routes())
        .merge(automation::routes())
        .merge(booking::routes())
}

/// The OpenAPI document.
pub fn document() -> OpenApi {
    described(api().into_openapi())
}

fn described(mut document: OpenApi) -> OpenApi {
    let mut info = Info::new("Sendero", env!("CARGO_PKG_VERSION"));
    info.description = Some(ABOUT.to_owned());
    info.license = Some(
        LicenseBuilder::new()
            .name("AGPL-3.0-or-later")
            .identifier(Some("AGPL-3.0-or-later"))
            .build(),
    );
    info.contact = Some(ContactBuilder::new().name(Some("Sendero")).build());
    document.info = info;
    document.tags = Some(
        TAGS.iter()
            .map(|(name, about)| {
                TagBuilder::new()
                    .name(*name)
                    .description(Some(*about))
                    .build()
            })
            .collect(),
    );
    web::openapi::complete(&mut document);
    document
}

/// Everything that this process answers. `links` records what people do with mails; give it to one router per process.
pub fn router(
    ctx: Ctx,
    settings: &Settings,
    links: Links,
    exporter: Option<Exporter>,
) -> anyhow::Result<Router> {
    let app = App {
        ctx,
        config: Arc::new(settings.web.clone()),
    };
    let (api, document) = api().split_for_parts();
    let api = api
        .layer(Extension(settings.sending.clone()))
        .layer(Extension(settings.automation.clone()));
    let api = identity::protect(api, &document, &app);
    let pages = pages::routes(
        &described(document),
        api.clone().with_state(app.clone()),
        settings.ui.clone(),
    )?;
    let archive = sending::archive::Archive::new(&app.ctx, &settings.sending);
    let public = sending::tracking::routes()
        .layer(Extension(links))
        .merge(sending::files::public_routes())
        .merge(sending::archive::pages().layer(Extension(archive)))
        .merge(booking::public::routes())
        .merge(booking::feed::public_routes())
        .merge(booking::calendars::public_routes())
        .merge(automation::hooks::public_routes().layer(Extension(settings.automation.clone())));
    let all = api
        .merge(public)
        .merge(pages)
        .merge(ui::routes(settings.ui.clone()))
        .merge(operations(exporter));
    Ok(finish(all, &app))
}

/// The API for the command line of this process, which may do in `account` what an owner may. `user` is that owner. It
/// must not be served.
pub fn command_line_router(
    ctx: Ctx,
    settings: &Settings,
    account: AccountId,
    user: UserId,
) -> Router {
    let app = App {
        ctx,
        config: Arc::new(settings.web.clone()),
    };
    let (api, _) = api().split_for_parts();
    let api = api
        .layer(Extension(settings.sending.clone()))
        .layer(Extension(settings.automation.clone()));
    let api = identity::auth::as_command_line(api, account, user);
    api.fallback(web::fallback).with_state(app)
}

/// What a process answers that only works in the background.
pub fn worker_router(ctx: Ctx, settings: &Settings, exporter: Option<Exporter>) -> Router {
    let app = App {
        ctx,
        config: Arc::new(settings.web.clone()),
    };
    finish(operations(exporter), &app)
}

fn operations(exporter: Option<Exporter>) -> Router<App> {
    let health = health_routes();
    match exporter {
        Some(exporter) => health.merge(metrics_routes(exporter)),
        None => health,
    }
}

fn finish(router: Router<App>, app: &App) -> Router {
    let router = router.fallback(web::fallback);
    web::wrap(router, app)
        .layer(from_fn(pace_layer))
        .layer(CompressionLayer::new())
        .with_state(app.clone())
}
