//! The public pages. No account, no cookie, no script.

use axum::Router;
use axum::extract::Extension;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use web::html::{self, Markup, Slot};
use web::{App, Path, Query};

use crate::archive::service::Archive;
use crate::campaigns::CampaignId;
use crate::tracking::routes::{mail_page, sorry, text_page};

/// The public pages. They need an [`Extension`] with an [`Archive`].
pub fn pages() -> Router<App> {
    Router::new()
        .route("/archive/{name}", get(list))
        .route("/archive/{name}/{id}", get(page))
}

/// Where a page of the list begins.
#[derive(Debug, Default, Deserialize)]
struct From {
    before: Option<CampaignId>,
}

async fn list(
    Extension(archive): Extension<Archive>,
    Path(name): Path<String>,
    query: Result<Query<From>, web::ApiError>,
) -> Response {
    let before = query.ok().and_then(|Query(from)| from.before);
    let list = match archive.list(&name, before).await {
        Ok(list) => list,
        Err(error) => return sorry(&error),
    };
    let items: Markup = list
        .campaigns
        .iter()
        .map(|one| {
            let link = format!("/archive/{name}/{}", one.campaign);
            let title = match one.title.trim() {
                "" => "Without a subject",
                title => title,
            };
            let day: String = one.started_at.to_string().chars().take(10).collect();
            Markup::fill(
                "<p><a href=\"{link}\">{title}</a><br><span class=\"quiet\">{day}</span></p>",
                &[
                    ("link", Slot::Link(&link)),
                    ("title", title.into()),
                    ("day", (&day).into()),
                ],
            )
        })
        .collect();
    let older = match list.campaigns.last().filter(|_| list.more) {
        Some(last) => {
            let link = format!("/archive/{name}?before={}", last.campaign);
            Markup::fill(
                "<p><a href=\"{link}\">Older</a></p>",
                &[("link", Slot::Link(&link))],
            )
        }
        None => Markup::default(),
    };
    let body = Markup::fill(
        "<h1>{sender}</h1>{items}{older}",
        &[
            ("sender", (&list.sender).into()),
            ("items", (&items).into()),
            ("older", (&older).into()),
        ],
    );
    html::page(&list.language, &list.sender, &body)
}

async fn page(
    Extension(archive): Extension<Archive>,
    Path((name, id)): Path<(String, CampaignId)>,
) -> Response {
    match archive.page(&name, id).await {
        Ok(mail) => match &mail.html {
            Some(html) => mail_page(html.clone()),
            None => text_page(&mail.subject, &mail.text),
        },
        Err(error) => sorry(&error),
    }
}
