//! `/api/messages` and `/api/message-events`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use identity::{Auth, Permission};
use kernel::{Cursor, Page};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::model::{Message, NewMessage, Sent, Status, StreamedEvent};
use super::service;
use super::store::Filter;
use crate::messages::MessageId;

/// The routes of transactional messages.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, send))
        .routes(routes!(read))
        .routes(routes!(events_of))
        .routes(routes!(events))
}

/// Send a message
///
/// One mail to one person, at once and before all campaigns. Answered when it is queued for good; what becomes of it is
/// in its status and its events. What it says is in `content`, or in a template, as it is at this moment: of the account
/// (`template_id`) or of the program (`built_in_template`), with a `subject` of the request's own if it has one. With an
/// `Idempotency-Key` it is sent once, however often it is asked for, also after days. Who is on the suppression list, or bounces, does not get it: it is `skipped`. Who unsubscribed does. No
/// unsubscribe link is added. Needs the permission `messages:send`.
#[utoipa::path(
    post,
    path = "/api/messages",
    operation_id = "send_message",
    tag = "Messages",
    request_body(content = NewMessage, example = json!({
        "to": "ada@example.com",
        "sender_email": "shop@example.com",
        "sender_name": "The tea shop",
        "content": {
            "subject": "Your order {{ order }}",
            "body": {
                "kind": "html",
                "html": "<p>Thank you, {{ first_name | default(\"dear customer\") }}.</p>{% for item in items %}<p>{{ item.name }}: {{ item.price }}</p>{% endfor %}"
            }
        },
        "variables": {"order": "A-1047", "items": [{"name": "Sencha", "price": "9.50"}]},
        "attachments": [{"name": "receipt.pdf", "media_type": "application/pdf", "content": "JVBERi0xLjcK"}],
        "tag": "receipt"
    })),
    responses(
        (status = 202, body = Message, description = "It is queued, or was with the same key before"),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["messages:send"]))
)]
async fn send(
    auth: Auth,
    State(app): State<App>,
    headers: HeaderMap,
    Json(request): Json<NewMessage>,
) -> Result<(StatusCode, Json<Message>), ApiError> {
    let account = auth.allow(Permission::MessagesSend)?;
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok());
    match service::send(&app.ctx, account, &auth.actor(), key, request).await? {
        Sent::Queued(message) | Sent::Before(message) => Ok((StatusCode::ACCEPTED, Json(message))),
        Sent::OtherMessage => Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "this Idempotency-Key was used for another message; use a new one",
        )),
    }
}

/// Which messages.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only with this tag.
    tag: Option<String>,
    /// Only to this subscriber.
    subscriber_id: Option<audience::SubscriberId>,
    /// Only in this state.
    status: Option<Status>,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// List the messages
///
/// Those of programs, newest first; campaigns list theirs in their reports. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/messages",
    operation_id = "list_messages",
    tag = "Messages",
    params(ListQuery),
    responses((status = 200, body = Page<Message>)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<Message>>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (cursor, limit) = web::paging(query.cursor.as_deref(), query.limit)?;
    let filter = Filter {
        tag: query.tag,
        subscriber: query.subscriber_id,
        status: query.status,
    };
    let page = service::list(&app.ctx, account, &filter, cursor, limit).await?;
    Ok(Json(page))
}

/// Get a message and what became of it
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/messages/{id}",
    operation_id = "get_message",
    tag = "Messages",
    params(("id" = MessageId, Path, description = "The message's id")),
    responses((status = 200, body = Message), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<MessageId>,
) -> Result<Json<Message>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?))
}

/// Some of a stream of events.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct MessageEvents {
    /// In the order in which they became known.
    data: Vec<StreamedEvent>,
    /// Ask again with `?cursor=`, now or when something new may have happened: nothing is missed, nothing comes twice.
    /// Absent while there has been nothing at all.
    #[schema(required)]
    next_cursor: Option<String>,
}

fn answer((data, place): (Vec<StreamedEvent>, Option<Cursor>)) -> Json<MessageEvents> {
    Json(MessageEvents {
        data,
        next_cursor: place.map(Cursor::encode),
    })
}

/// Follow what happens to a message
///
/// Oldest first. Kept for 90 days. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/messages/{id}/events",
    operation_id = "list_events_of_message",
    tag = "Messages",
    params(("id" = MessageId, Path, description = "The message's id"), Paging),
    responses((status = 200, body = MessageEvents), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn events_of(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<MessageId>,
    Query(paging): Query<Paging>,
) -> Result<Json<MessageEvents>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (after, limit) = paging.resolve()?;
    let events = service::stream_of(&app.ctx, account, id, after, limit).await?;
    Ok(answer(events))
}

/// Follow what happens to all messages
///
/// Those of programs, in the order in which it became known. Kept for 90 days. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/message-events",
    operation_id = "list_message_events",
    tag = "Messages",
    params(Paging),
    responses((status = 200, body = MessageEvents)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn events(
    auth: Auth,
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Result<Json<MessageEvents>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (after, limit) = paging.resolve()?;
    let events = service::stream(&app.ctx, account, after, limit).await?;
    Ok(answer(events))
}
