//! The middleware.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use ctx::{Ctx, Purpose};
use futures_util::FutureExt as _;
use kernel::AccountId;
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::store::{self, Answer, KeyHash};
use crate::{ApiError, App};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const LONGEST_KEY: usize = 255;
/// A larger answer is not kept.
const LARGEST_ANSWER: usize = 1024 * 1024;
/// How long a repeat waits for the request that runs.
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);
/// The only headers of an answer that are kept: never a cookie.
const KEPT_HEADERS: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::LOCATION,
    header::ETAG,
    header::RETRY_AFTER,
];

/// Who makes a request, put into its extensions by what authenticates it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account it acts in.
    pub account: Option<AccountId>,
    /// Who: `user:123`, `token:456`.
    pub actor: String,
}

#[derive(Clone)]
struct Shared {
    app: App,
    running: Running,
}

/// The keys that run on this node. The database knows them too; this spares it the waiting.
type Running = Arc<Mutex<HashMap<KeyHash, Arc<tokio::sync::Mutex<()>>>>>;

/// Adds the layer. What authenticates must be outside of it.
pub fn layer(router: Router<App>, app: &App) -> Router<App> {
    let shared = Shared {
        app: app.clone(),
        running: Running::default(),
    };
    router.layer(from_fn_with_state(shared, guard))
}

async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(HEADER) {
        return next.run(request).await;
    }
    let Some(caller) = request.extensions().get::<Caller>().cloned() else {
        return next.run(request).await;
    };
    match once(shared, caller, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

/// What to do with a request.
enum Verdict {
    Run,
    Wait,
    Replay(Answer),
}

async fn once(
    shared: Shared,
    caller: Caller,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let key = key_hash(&caller, &parts)?;
    let limit = shared.app.config.max_body_bytes;
    let (fingerprint, body) = fingerprint(&parts, body, limit).await?;
    let deadline = Instant::now() + PATIENCE;
    let turn = shared.running.turn(key, deadline).await?;
    loop {
        match decide(&shared.app.ctx, &caller, &key, &fingerprint).await? {
            Verdict::Run => break,
            Verdict::Replay(answer) => return replay(&shared.app.ctx, answer),
            Verdict::Wait if Instant::now() >= deadline => return Err(in_progress()),
            Verdict::Wait => tokio::time::sleep(POLL).await,
        }
    }
    let request = Request::from_parts(parts, body);
    let ctx = shared.app.ctx.clone();
    let task = run(ctx, key, turn, request, next).in_current_span();
    shared
        .app
        .ctx
        .tasks
        .spawn(task)
        .await
        .map_err(|error| ApiError::internal(error.into()))?
}

/// Runs the request to its end and keeps the answer.
async fn run(
    ctx: Ctx,
    key: KeyHash,
    turn: Turn,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let epoch = ctx.node.epoch();
    let handled = AssertUnwindSafe(store::mark(&key, epoch).scope(next.run(request)))
        .catch_unwind()
        .await;
    let response = handled.unwrap_or_else(|panic| {
        let said = crate::layers::said(&*panic).to_owned();
        ApiError::internal(anyhow::anyhow!("a handler panicked: {said}")).into_response()
    });
    let (response, answer) = split(&ctx, response).await?;
    if let Err(error) = settle(&ctx, &key, epoch, response.status(), answer).await {
        // The client has its answer all the same; a repeat is told that it was lost, or runs if nothing changed.
        tracing::warn!(%error, "the answer to a request could not be kept");
    }
    drop(turn);
    Ok(response)
}

async fn settle(
    ctx: &Ctx,
    key: &KeyHash,
    epoch: i64,
    status: StatusCode,
    answer: Option<Answer>,
) -> db::Result<()> {
    let mut tx = ctx.write().await?;
    if is_final(status) {
        store::finish(&mut tx, key, epoch, answer.as_ref()).await?;
    } else if !store::forget(&mut tx, key, epoch).await? {
        store::finish(&mut tx, key, epoch, None).await?;
    }
    tx.commit().await
}

/// Whether a repeat would get the same answer. Faults of ours and passing refusals are worth another try.
fn is_final(status: StatusCode) -> bool {
    !status.is_server_error()
        && !matches!(
            status,
            StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::TOO_EARLY
                | StatusCode::TOO_MANY_REQUESTS
        )
}

async fn decide(
    ctx: &Ctx,
    caller: &Caller,
    key: &KeyHash,
    fingerprint: &[u8; 32],
) -> Result<Verdict, ApiError> {
    let now = ctx.clock.now();
    let epoch = ctx.node.epoch();
    let mut tx = ctx.write().await?;
    if store::insert(&mut tx, caller.account, key, fingerprint, epoch, now).await? {
        tx.commit().await?;
        return Ok(Verdict::Run);
    }
    let Some(known) = store::find(&mut tx, key, now).await? else {
        return Ok(Verdict::Wait);
    };
    if known.request_hash != fingerprint {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "this Idempotency-Key was used for another request; use a new one",
        ));
    }
    if !known.running {
        return known.answer.map(Verdict::Replay).ok_or_else(answer_lost);
    }
    // Whoever asks holds the turn of this node, so a key that names this node is run by nobody.
    if known.node_epoch != epoch && known.node_alive {
        return Ok(Verdict::Wait);
    }
    if known.took_effect {
        return Err(answer_lost());
    }
    if store::take_over(&mut tx, key, known.node_epoch, epoch).await? {
        tx.commit().await?;
        return Ok(Verdict::Run);
    }
    Ok(Verdict::Wait)
}

fn key_hash(caller: &Caller, parts: &Parts) -> Result<KeyHash, ApiError> {
    let mut values = parts.headers.get_all(HEADER).iter();
    let key = values.next().map(HeaderValue::as_bytes).unwrap_or_default();
    let printable = key.iter().all(|b| (0x21..=0x7e).contains(b));
    if values.next().is_some() || !printable || !(1..=LONGEST_KEY).contains(&key.len()) {
        return Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "idempotency_key_invalid",
            "an Idempotency-Key has 1 to 255 printable characters without spaces, such as a UUID",
        ));
    }
    let account = caller.account.map_or(0, AccountId::get).to_be_bytes();
    Ok(hash(&[
        &account,
        caller.actor.as_bytes(),
        parts.method.as_str().as_bytes(),
        parts.uri.path().as_bytes(),
        key,
    ]))
}

/// What makes two requests the same, and the body to run it with.
async fn fingerprint(
    parts: &Parts,
    body: Body,
    limit: usize,
) -> Result<([u8; 32], Body), ApiError> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let header = |name: HeaderName| parts.headers.get(name).map_or(&b""[..], |v| v.as_bytes());
    let kind = header(header::CONTENT_TYPE);
    let essence = kind.split(|b| *b == b';').next().unwrap_or_default();
    if essence.is_empty() || essence.to_ascii_lowercase().ends_with(b"json") {
        let body = to_bytes(body, limit)
            .await
            .map_err(|_| crate::extract::too_large())?;
        return Ok((hash(&[query, essence, &body]), Body::from(body)));
    }
    let length = header(header::CONTENT_LENGTH);
    Ok((hash(&[query, essence, b"length", length]), body))
}

/// Each part with its length, so that no two lists of parts run together.
fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The response to send, and what to keep of it.
async fn split(ctx: &Ctx, response: Response) -> Result<(Response, Option<Answer>), ApiError> {
    let fits = response
        .body()
        .size_hint()
        .upper()
        .is_some_and(|size| size <= LARGEST_ANSWER as u64);
    if !fits {
        return Ok((response, None));
    }
    let (parts, body) = response.into_parts();
    let body: Bytes = to_bytes(body, LARGEST_ANSWER)
        .await
        .map_err(|error| ApiError::internal(error.into()))?;
    let headers = KEPT_HEADERS
        .iter()
        .filter_map(|name| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some((name.to_string(), value.to_owned()))
        })
        .collect();
    let answer = Answer {
        status: parts.status.as_u16(),
        headers,
        body: ctx.secrets.seal(Purpose::Answer, &body),
    };
    Ok((Response::from_parts(parts, Body::from(body)), Some(answer)))
}

fn replay(ctx: &Ctx, answer: Answer) -> Result<Response, ApiError> {
    let body = ctx
        .secrets
        .open(Purpose::Answer, &answer.body)
        .map_err(|_| answer_lost())?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(|_| answer_lost())?;
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

fn in_progress() -> ApiError {
    ApiError::new(
        StatusCode::CONFLICT,
        "idempotency_in_progress",
        "a request with this Idempotency-Key is still running; repeat it later",
    )
    .retry_after(Duration::from_secs(1))
}

fn answer_lost() -> ApiError {
    ApiError::new(
        StatusCode::CONFLICT,
        "idempotency_answer_lost",
        "the first request with this Idempotency-Key took effect, but its answer was not kept; \
         look at the result instead of repeating it",
    )
}

/// The right to run a key on this node; given back when dropped.
struct Turn {
    running: Running,
    key: KeyHash,
    guard: Option<OwnedMutexGuard<()>>,
}

trait TakeTurn {
    async fn turn(&self, key: KeyHash, deadline: Instant) -> Result<Turn, ApiError>;
}

impl TakeTurn for Running {
    async fn turn(&self, key: KeyHash, deadline: Instant) -> Result<Turn, ApiError> {
        let lock = self
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(key)
            .or_default()
            .clone();
        let guard = tokio::time::timeout_at(deadline, lock.lock_owned())
            .await
            .map_err(|_| in_progress())?;
        Ok(Turn {
            running: self.clone(),
            key,
            guard: Some(guard),
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        self.guard = None;
        // Only the map itself still knows the lock: nobody waits for it.
        if running
            .get(&self.key)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            running.remove(&self.key);
        }
    }
}
