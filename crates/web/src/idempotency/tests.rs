use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use axum::routing::post;
use kernel::AccountId;
use testkit::{TestDb, db_test};
use tokio::sync::Notify;

use super::{Caller, KEPT, layer, prune};
use crate::testing::{self, Reply, app, send};
use crate::{ApiError, App};

/// What the handler under test does.
#[derive(Clone, Default)]
struct Handler {
    calls: Arc<AtomicUsize>,
    /// Whether a call stops at the gate, before or after its effect as the body says.
    gated: bool,
    gate: Arc<Notify>,
    entered: Arc<Notify>,
}

impl Handler {
    fn gated() -> Self {
        Self {
            gated: true,
            ..Self::default()
        }
    }

    async fn stop_at_gate(&self) {
        if self.gated {
            self.entered.notify_one();
            self.gate.notified().await;
        }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// Commits one row, then answers as the body asks.
async fn make(State(app): State<App>, handler: Handler, body: String) -> axum::response::Response {
    let n = handler.calls.fetch_add(1, Ordering::SeqCst);
    if body == "\"before\"" {
        handler.stop_at_gate().await;
    }
    if body == "\"early\"" {
        return ApiError::internal(anyhow::anyhow!("before the commit")).into_response();
    }
    if body == "\"busy\"" {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    }
    assert_ne!(body, "\"panic\"");
    if let Err(error) = effect(&app, n).await {
        return ApiError::from(error).into_response();
    }
    if body == "\"after\"" {
        handler.stop_at_gate().await;
    }
    match body.as_str() {
        "\"late\"" => ApiError::internal(anyhow::anyhow!("after the commit")).into_response(),
        "\"wrong\"" => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
        _ => (
            StatusCode::CREATED,
            [("location", "/things/1"), ("set-cookie", "a=b")],
            format!("made {n}"),
        )
            .into_response(),
    }
}

async fn effect(app: &App, n: usize) -> db::Result<()> {
    let mut tx = app.ctx.write().await?;
    tx.query("insert into schedule (name, next_at) values ($1, 0)")
        .bind(format!("effect {n} of node {}", app.ctx.node.epoch()))
        .execute()
        .await?;
    tx.commit().await
}

async fn effects(app: &App) -> i64 {
    let mut tx = app.ctx.read().await.unwrap();
    let row = tx.query("select count(*) as n from schedule").fetch_one();
    row.await.unwrap().get("n").unwrap()
}

fn router(app: &App, handler: &Handler) -> Router {
    let handler = handler.clone();
    let things = post(move |state: State<App>, body: String| make(state, handler.clone(), body));
    let router = Router::new()
        .route("/things", things.clone())
        .route("/others", things);
    layer(router, app)
        .layer(from_fn(identify))
        .with_state(app.clone())
}

/// Stands for authentication: the header `actor`.
async fn identify(mut request: Request, next: Next) -> axum::response::Response {
    if let Some(actor) = request.headers().get("actor") {
        let actor = actor.to_str().unwrap().to_owned();
        let account = Some(AccountId::from(1));
        request.extensions_mut().insert(Caller { account, actor });
    }
    next.run(request).await
}

fn keyed(path: &str, actor: &str, key: &str, body: &str) -> Request {
    let mut request = testing::post(path, body);
    let headers = request.headers_mut();
    headers.insert("idempotency-key", key.parse().unwrap());
    headers.insert("actor", actor.parse().unwrap());
    request
}

async fn once(router: &Router, body: &str) -> Reply {
    send(router, keyed("/things", "user:1", "k1", body)).await
}

#[db_test]
async fn a_repeat_gets_the_same_answer_and_has_no_effect(db: TestDb) {
    let app = app(db.ctx());
    let handler = Handler::default();
    let router = router(&app, &handler);
    let first = once(&router, "1").await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(first.header("set-cookie"), "a=b");
    let again = once(&router, "1").await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(again.header("location"), "/things/1");
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.header("set-cookie"), "", "cookies are never kept");
    assert_eq!((handler.calls(), effects(&app).await), (1, 1));

    let reused = once(&router, "2").await;
    assert_eq!(reused.code(), (422, "idempotency_key_reused".to_owned()));
    // Another caller, path or key is another request; so is one without a caller.
    for request in [
        keyed("/things", "user:2", "k1", "1"),
        keyed("/others", "user:1", "k1", "1"),
        keyed("/things", "user:1", "k2", "1"),
    ] {
        assert_eq!(send(&router, request).await.status, StatusCode::CREATED);
    }
    assert_eq!(handler.calls(), 4);
}

#[db_test]
async fn two_hundred_at_once_have_one_effect(db: TestDb) {
    let app = app(db.ctx());
    let handler = Handler::default();
    let router = router(&app, &handler);
    let repeats = (0..200).map(|_| once(&router, "1"));
    let replies = futures_util::future::join_all(repeats).await;
    assert_eq!((handler.calls(), effects(&app).await), (1, 1));
    assert!(replies.iter().all(|reply| reply.text == "made 0"));
}

#[db_test]
async fn a_failure_without_an_effect_may_be_repeated(db: TestDb) {
    let app = app(db.ctx());
    let handler = Handler::default();
    let router = router(&app, &handler);
    for body in ["\"early\"", "\"busy\"", "\"panic\""] {
        let first = once(&router, body).await;
        assert!(!first.status.is_success());
        let again = once(&router, body).await;
        assert_eq!(first.status, again.status);
        assert_eq!(again.header("idempotent-replayed"), "");
    }
    assert_eq!((handler.calls(), effects(&app).await), (6, 0));
    // A refusal of the input is an answer like any other.
    once(&router, "\"wrong\"").await;
    let again = once(&router, "\"wrong\"").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(handler.calls(), 7);
}

#[db_test]
async fn a_failure_after_the_effect_is_not_repeated(db: TestDb) {
    let app = app(db.ctx());
    let handler = Handler::default();
    let router = router(&app, &handler);
    assert_eq!(once(&router, "\"late\"").await.status.as_u16(), 500);
    let again = once(&router, "\"late\"").await;
    assert_eq!(again.code(), (409, "idempotency_answer_lost".to_owned()));
    assert_eq!((handler.calls(), effects(&app).await), (1, 1));
}

/// Two nodes on one database; the first then misses its heartbeats.
async fn dead_and_alive(db: &TestDb) -> (App, App) {
    let (first, second) = (app(db.ctx()), app(db.another_node().await));
    (first, second)
}

async fn let_die(db: &TestDb, survivor: &App) {
    db.clock()
        .advance(ctx::TIME_TO_LIVE + Duration::from_secs(1));
    let node = survivor.ctx.node;
    node.heartbeat(&survivor.ctx.db, &survivor.ctx.clock)
        .await
        .unwrap();
}

#[db_test]
async fn a_crash_before_the_effect_lets_the_repeat_run(db: TestDb) {
    let (first, second) = dead_and_alive(&db).await;
    let frozen = Handler::gated();
    let router_1 = router(&first, &frozen);
    let waiting = first
        .ctx
        .tasks
        .spawn(async move { once(&router_1, "\"before\"").await.status });
    frozen.entered.notified().await;
    let_die(&db, &second).await;

    let router_2 = router(&second, &Handler::default());
    let reply = once(&router_2, "\"before\"").await;
    assert_eq!(reply.status, StatusCode::CREATED);

    // The first node was not dead but frozen. The key is not its own any more, so its commit fails.
    frozen.gate.notify_one();
    assert!(waiting.await.unwrap().is_server_error());
    assert_eq!(effects(&second).await, 1);
    assert_eq!(once(&router_2, "\"before\"").await.text, "made 0");
}

#[db_test]
async fn a_crash_after_the_effect_is_told(db: TestDb) {
    let (first, second) = dead_and_alive(&db).await;
    let frozen = Handler::gated();
    let router_1 = router(&first, &frozen);
    let waiting = first
        .ctx
        .tasks
        .spawn(async move { once(&router_1, "\"after\"").await.status });
    frozen.entered.notified().await;
    let_die(&db, &second).await;

    let router_2 = router(&second, &Handler::default());
    let reply = once(&router_2, "\"after\"").await;
    assert_eq!(reply.code(), (409, "idempotency_answer_lost".to_owned()));
    frozen.gate.notify_one();
    waiting.await.unwrap();
    assert_eq!(effects(&second).await, 1);
}

#[db_test]
async fn a_client_that_hangs_up_does_not_stop_its_request(db: TestDb) {
    let app = app(db.ctx());
    let handler = Handler::gated();
    let router = router(&app, &handler);
    let request = once(&router, "\"before\"");
    tokio::select! {
        _ = request => panic!("the gate is closed"),
        () = handler.entered.notified() => {}
    }
    handler.gate.notify_one();
    let again = once(&router, "\"before\"").await;
    assert_eq!(again.text, "made 0");
    assert_eq!((handler.calls(), effects(&app).await), (1, 1));
}

#[db_test]
async fn keys_are_checked_and_forgotten(db: TestDb) {
    let app = app(db.ctx());
    let handler = Handler::default();
    let router = router(&app, &handler);
    let long = "k".repeat(256);
    for key in ["", "a b", &long] {
        let reply = send(&router, keyed("/things", "user:1", key, "1")).await;
        assert_eq!(reply.code(), (400, "idempotency_key_invalid".to_owned()));
    }
    let large = format!("\"{}\"", "x".repeat(1000));
    assert_eq!(once(&router, &large).await.code().0, 413);
    assert_eq!(handler.calls(), 0);

    once(&router, "1").await;
    db.clock()
        .advance(KEPT.saturating_sub(Duration::from_secs(1)));
    assert_eq!(prune(&app.ctx, 100).await.unwrap(), 0);
    db.clock().advance(Duration::from_secs(2));
    assert_eq!(prune(&app.ctx, 100).await.unwrap(), 1);
    once(&router, "1").await;
    assert_eq!(handler.calls(), 2);
}

#[db_test]
async fn answers_are_sealed_at_rest(db: TestDb) {
    let app = app(db.ctx());
    let router = router(&app, &Handler::default());
    once(&router, "1").await;
    let mut tx = app.ctx.read().await.unwrap();
    let row = tx.query("select body from idempotency").fetch_one();
    let body: Vec<u8> = row.await.unwrap().get("body").unwrap();
    assert!(!body.windows(4).any(|part| part == b"made"));
}

#[db_test]
async fn an_upload_is_streamed_and_a_large_answer_is_not_kept(db: TestDb) {
    let app = app(db.ctx());
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let upload = post(async move |body: Body| {
        counted.fetch_add(1, Ordering::SeqCst);
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        "y".repeat(bytes.len())
    });
    let router = layer(Router::new().route("/upload", upload), &app)
        .layer(from_fn(identify))
        .with_state(app.clone());
    let upload = |bytes: usize| {
        let mut request = keyed("/upload", "user:1", "k", "");
        *request.body_mut() = Body::from("x".repeat(bytes));
        let headers = request.headers_mut();
        headers.insert("content-type", "text/csv".parse().unwrap());
        headers.insert("content-length", bytes.into());
        request
    };
    // Larger than a JSON body may be, and its answer than what is kept.
    let size = 1024 * 1024 + 1;
    assert_eq!(send(&router, upload(size)).await.text.len(), size);
    let again = send(&router, upload(size)).await;
    assert_eq!(again.code(), (409, "idempotency_answer_lost".to_owned()));
    assert_eq!(send(&router, upload(5)).await.code().0, 422);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}
