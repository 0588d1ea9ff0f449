//! `/api/subscribers/{id}/timeline`.

use axum::extract::State;
use events::EventId;
use identity::{Auth, Permission};
use kernel::{Page, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::model;
use super::service::{self, Query as Part};
use crate::SubscriberId;

/// The routes of timelines.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(timeline))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TimelineParams {
    /// Only these kinds, separated by commas: `message.opened,group.*`.
    kind: Option<String>,
    /// Only what happened from this time on.
    from: Option<Timestamp>,
    /// Only what happened before this time.
    until: Option<Timestamp>,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Something that happened to a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineEntry)]
struct Entry {
    id: EventId,
    /// What happened.
    kind: String,
    at: Timestamp,
    /// The same in words.
    sentence: String,
    /// With what: the campaign of `message.*`, the group of `group.*`, the tag of `tag.*`, the segment of `segment.*`.
    #[schema(required, pattern = "^[0-9]+$")]
    subject_id: Option<String>,
    /// The rest, depending on the kind.
    #[schema(value_type = Object)]
    body: Value,
}

impl From<model::Entry> for Entry {
    fn from(entry: model::Entry) -> Self {
        let event = entry.event;
        Self {
            sentence: entry.sentence,
            id: event.id,
            kind: event.kind,
            at: event.at,
            subject_id: event.subject.map(|id| id.to_string()),
            body: event.body,
        }
    }
}

/// List what happened to a subscriber
///
/// The newest first, each with a sentence that says what happened. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/subscribers/{id}/timeline",
    operation_id = "get_subscriber_timeline",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path), TimelineParams),
    responses((status = 200, body = Page<Entry>, example = json!({
        "data": [{
            "id": "361240977588224200",
            "kind": "message.opened",
            "at": "2026-05-04T09:30:00Z",
            "sentence": "Opened the campaign May news",
            "subject_id": "361240977588224300",
            "body": {"message_id": "361240977588224301"},
        }],
        "next_cursor": null,
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn timeline(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SubscriberId>,
    Query(params): Query<TimelineParams>,
) -> Result<Json<Page<Entry>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (cursor, limit) = web::paging(params.cursor.as_deref(), params.limit)?;
    let kinds: Vec<String> = params
        .kind
        .as_deref()
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|kind| !kind.is_empty())
        .map(str::to_owned)
        .collect();
    let part = Part {
        kinds,
        from: params.from,
        until: params.until,
    };
    let page = service::of(&app.ctx, account, id, &part, cursor, limit).await?;
    Ok(Json(page.map(Entry::from)))
}
