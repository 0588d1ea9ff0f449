//! `/api/events/stream`.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use db::Announcement;
use futures_util::Stream;
use futures_util::stream::unfold;
use identity::Auth;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App};

use super::frame::Reader;
use super::seats::{Seat, Seats};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Proxies that gather answers before they pass them on are asked not to.
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// Proxies close what is silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// After this a stream ends and the client comes back, and is asked who it is again.
const LONGEST: Duration = Duration::from_mins(2);
const COME_BACK_AFTER: Duration = Duration::from_secs(1);
const ALL_TAKEN: Duration = Duration::from_mins(1);

static SEATS: Seats = Seats::new();

/// The route of live updates.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(stream))
}

/// Follow what changes
///
/// A stream of server-sent events (`text/event-stream`, for `EventSource` in browsers). Each `changed` names the kinds
/// of things of the account that changed a moment ago, as far as the caller may read them: `subscribers`, `imports`,
/// `campaigns`, `messages` (sent, opened, clicked) and so on. Ask for what you show of them again. Progress of imports,
/// exports, bulk actions and sends comes this way too, a few times a second at most.
///
/// The first event is `ready`. `reset` says that anything may have changed. With `Last-Event-ID`, which browsers send
/// by themselves when they come back, what was missed meanwhile comes first, or `reset`. A comment each 20 seconds
/// keeps the connection alive. The stream ends after two minutes and when the server stops; connect again then. Nothing
/// may depend on an event: it can be lost, and asking again now and then is the net.
///
/// An account may have 100 streams open at a time; more are refused with 503.
#[utoipa::path(
    get,
    path = "/api/events/stream",
    operation_id = "stream_changes",
    tag = "Live updates",
    params(("Last-Event-ID" = Option<String>, Header, description = "The last event that was received")),
    responses((status = 200, content(
        (String = "text/event-stream", example = "id: 12-345\nevent: changed\ndata: {\"resources\":[\"imports\",\"subscribers\"]}\n\n")
    ))),
    security(("session" = []), ("token" = []))
)]
async fn stream(
    auth: Auth,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let account = auth.present_account()?;
    let seat = SEATS.take(account).ok_or_else(|| {
        ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_streams",
            "too many live updates are open; ask again now and then instead",
        )
        .retry_after(ALL_TAKEN)
    })?;
    let reader = Reader {
        account,
        permissions: auth.permissions(),
        epoch: app.ctx.node.epoch(),
    };
    let came_from = headers
        .get(LAST_EVENT_ID)
        .and_then(|value| value.to_str().ok());
    let watch = app
        .ctx
        .db
        .changes(came_from.and_then(|id| reader.number_of(id)));
    let first = match (came_from, watch.missed) {
        (None, _) => Some(reader.ready(watch.last)),
        (Some(_), None) => Some(reader.reset(watch.last)),
        (Some(_), Some(missed)) => reader
            .frame(&missed)
            .or_else(|| Some(reader.ready(watch.last))),
    };
    let open = Open {
        reader,
        first,
        next: watch.next,
        stop: app.ctx.shutdown.clone(),
        until: Instant::now() + LONGEST,
        _seat: seat,
    };
    let sse = Sse::new(open.events()).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    let mut response = sse.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(NO_BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

/// A stream that somebody follows.
struct Open {
    reader: Reader,
    first: Option<Event>,
    next: broadcast::Receiver<Announcement>,
    stop: CancellationToken,
    until: Instant,
    _seat: Seat,
}

impl Open {
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        unfold(self, |mut open| async move {
            let event = open.next().await?;
            Some((Ok(event), open))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        if let Some(first) = self.first.take() {
            return Some(first.retry(COME_BACK_AFTER));
        }
        loop {
            let received = tokio::select! {
                () = self.stop.cancelled() => return None,
                () = tokio::time::sleep_until(self.until) => return None,
                received = self.next.recv() => received,
            };
            match received {
                Ok(announcement) => {
                    if let Some(event) = self.reader.frame(&[announcement]) {
                        return Some(event);
                    }
                }
                // Whoever reads slower than things change starts over.
                Err(RecvError::Lagged(_)) => {
                    let Ok(newest) = self.latest() else {
                        return None;
                    };
                    return Some(self.reader.reset(newest));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Skips what is waiting; the number of the last of it.
    fn latest(&mut self) -> Result<u64, broadcast::error::TryRecvError> {
        use broadcast::error::TryRecvError::{Closed, Empty, Lagged};
        let mut number = 0;
        loop {
            match self.next.try_recv() {
                Ok(announcement) => number = announcement.number,
                Err(Lagged(_)) => {}
                Err(Empty) => return Ok(number),
                Err(Closed) => return Err(Closed),
            }
        }
    }
}
