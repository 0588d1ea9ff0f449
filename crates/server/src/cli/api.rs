//! The HTTP API as the command line uses it: of a server elsewhere, or of this process on the database.
//!
//! One client for both, so a command does and says the same either way.

use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request, Response, StatusCode, header};
use clap::Args;
use ctx::Ctx;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use web::Problem;

use super::{Settings, people};
use crate::compose::{self, routes};
use crate::config::Config;
use crate::installation;

/// Where to work: on a running server, or on the database.
#[derive(Clone, Debug, Args)]
pub(super) struct Target {
    /// The running server to work through: needed when it uses SQLite, whose file has room for one process
    #[arg(long, env = "SENDERO_SERVER", value_name = "URL", requires = "token")]
    server: Option<String>,
    /// An API token of that server (`sendero token create`)
    #[arg(
        long,
        env = "SENDERO_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,
    /// The account, when working on the database: its name or id [default: the only one]
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "server")]
    account: Option<String>,
}

/// An open API.
pub(super) struct Api(Way);

enum Way {
    Server {
        client: reqwest::Client,
        url: String,
        token: String,
    },
    Database(Box<Database>),
}

/// This process on the database.
pub(super) struct Database {
    pub(super) ctx: Ctx,
    pub(super) config: Config,
    pub(super) settings: compose::Settings,
    router: Router,
}

/// A refusal, as the server worded it.
#[derive(Debug, thiserror::Error)]
#[error("{}", told(.0))]
pub(super) struct Refused(pub(super) Problem);

fn told(problem: &Problem) -> String {
    match problem.errors.as_slice() {
        [] => problem.detail.clone(),
        faults => {
            let lines: Vec<String> = faults
                .iter()
                .map(|fault| format!("{}: {}", fault.field, fault.message))
                .collect();
            lines.join("\n       ")
        }
    }
}

const LARGEST_ANSWER: usize = 16 << 20;

impl Target {
    /// Opens it; the database with its schema up to date.
    pub(super) async fn open(&self, settings: &Settings) -> anyhow::Result<Api> {
        if let (Some(url), Some(token)) = (&self.server, &self.token) {
            settings.log_only_faults();
            return Api::server(url, token);
        }
        let config = settings.load()?;
        let ctx = installation::open(&config).await.map_err(|error| {
            if matches!(
                error.downcast_ref::<db::Error>(),
                Some(db::Error::InUse { .. })
            ) {
                anyhow!(
                    "a running Sendero uses this database, and SQLite has room for one process: work through the \
                     server with --server {} --token TOKEN (or SENDERO_SERVER and SENDERO_TOKEN; before it was \
                     started, `sendero token create` could have made the token, as can POST /api/tokens now), or stop \
                     it first",
                    config.server.public_url
                )
            } else {
                error
            }
        })?;
        match self.on_database(&ctx, config).await {
            Ok(api) => Ok(api),
            Err(error) => {
                installation::close(&ctx).await;
                Err(error)
            }
        }
    }

    async fn on_database(&self, ctx: &Ctx, config: Config) -> anyhow::Result<Api> {
        let account = people::account(ctx, self.account.as_deref()).await?;
        let (owner, _) = people::member(ctx, account.id, None).await?;
        let settings = compose::Settings::of(&config);
        let router = routes::command_line_router(ctx.clone(), &settings, account.id, owner);
        Ok(Api(Way::Database(Box::new(Database {
            ctx: ctx.clone(),
            config,
            settings,
            router,
        }))))
    }
}

impl Api {
    fn server(url: &str, token: &str) -> anyhow::Result<Self> {
        let url = url.trim_end_matches('/');
        if !url.starts_with("http://") && !url.starts_with("https://") {
            bail!("--server expects an address such as https://mail.example.com, not {url}");
        }
        let client = reqwest::Client::builder()
            .connect_timeout(std::time::Duration::from_secs(10))
            .read_timeout(std::time::Duration::from_mins(1))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("sendero/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("the HTTP client cannot be made")?;
        Ok(Self(Way::Server {
            client,
            url: url.to_owned(),
            token: token.to_owned(),
        }))
    }

    /// This process on the database, if that is the way.
    pub(super) fn database(&self) -> Option<&Database> {
        match &self.0 {
            Way::Database(database) => Some(database),
            Way::Server { .. } => None,
        }
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.json(Method::GET, path, None).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<T> {
        self.json(Method::POST, path, body).await
    }

    async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<T> {
        let body = body.map(|body| (Body::from(body.to_string()), "application/json"));
        let response = self.call(method, path, body).await?;
        answer(response).await
    }

    /// Sends a file as the body, as it is read.
    pub(super) async fn upload<T, S>(
        &self,
        path: &str,
        kind: &'static str,
        content: S,
    ) -> anyhow::Result<T>
    where
        T: DeserializeOwned,
        S: Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    {
        let body = Body::from_stream(content);
        let response = self.call(Method::POST, path, Some((body, kind))).await?;
        answer(response).await
    }

    /// The body of an answer, as it comes.
    pub(super) async fn download(
        &self,
        path: &str,
    ) -> anyhow::Result<impl Stream<Item = anyhow::Result<Bytes>> + use<>> {
        let response = self.call(Method::GET, path, None).await?;
        if !response.status().is_success() {
            return Err(refused(response).await);
        }
        Ok(response
            .into_body()
            .into_data_stream()
            .map_err(anyhow::Error::from))
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<(Body, &'static str)>,
    ) -> anyhow::Result<Response<Body>> {
        match &self.0 {
            Way::Database(database) => {
                let mut request = Request::builder().method(method).uri(path);
                let body = body.map(|(body, kind)| {
                    request = std::mem::take(&mut request).header(header::CONTENT_TYPE, kind);
                    body
                });
                let request = request.body(body.unwrap_or_default())?;
                Ok(database
                    .router
                    .clone()
                    .oneshot(request)
                    .await
                    .unwrap_or_else(|never| match never {}))
            }
            Way::Server { client, url, token } => {
                let mut request = client
                    .request(method, format!("{url}{path}"))
                    .bearer_auth(token);
                if let Some((body, kind)) = body {
                    let stream = body.into_data_stream();
                    request = request
                        .header(header::CONTENT_TYPE, kind)
                        .body(reqwest::Body::wrap_stream(stream));
                }
                let response = request
                    .send()
                    .await
                    .map_err(|error| unreachable_server(url, error))?;
                let mut answer = Response::builder().status(response.status());
                if let Some(kind) = response.headers().get(header::CONTENT_TYPE) {
                    answer = answer.header(header::CONTENT_TYPE, kind);
                }
                let body = response
                    .bytes_stream()
                    .map(|chunk| chunk.map_err(std::io::Error::other));
                Ok(answer.body(Body::from_stream(body))?)
            }
        }
    }

    /// Stops what was started on the database and leaves it.
    pub(super) async fn close(self) {
        if let Way::Database(database) = self.0 {
            let ctx = &database.ctx;
            ctx.shutdown.cancel();
            let tasks: &TaskTracker = &ctx.tasks;
            tasks.close();
            let _ = tokio::time::timeout(std::time::Duration::from_secs(8), tasks.wait()).await;
            installation::close(ctx).await;
        }
    }
}

/// Whether trying again may help.
#[derive(Debug, thiserror::Error)]
#[error("{url} cannot be reached")]
pub(super) struct Unreachable {
    url: String,
    #[source]
    source: reqwest::Error,
}

fn unreachable_server(url: &str, source: reqwest::Error) -> anyhow::Error {
    Unreachable {
        url: url.to_owned(),
        source: source.without_url(),
    }
    .into()
}

async fn answer<T: DeserializeOwned>(response: Response<Body>) -> anyhow::Result<T> {
    if !response.status().is_success() {
        return Err(refused(response).await);
    }
    let body = to_bytes(response.into_body(), LARGEST_ANSWER)
        .await
        .context("the answer broke off")?;
    serde_json::from_slice(&body)
        .context("the answer cannot be understood; is this a Sendero of another version?")
}

async fn refused(response: Response<Body>) -> anyhow::Error {
    let status = response.status();
    let body = to_bytes(response.into_body(), LARGEST_ANSWER)
        .await
        .unwrap_or_default();
    match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) if status == StatusCode::UNAUTHORIZED => anyhow!(
            "the server does not accept the token ({}); make another with `sendero token create`",
            problem.code
        ),
        Ok(problem) => Refused(problem).into(),
        Err(_) => anyhow!("the server answered {status}; is this the address of a Sendero?"),
    }
}

/// Runs a command with an open API and leaves it in order, whatever happened.
pub(super) async fn with<F>(
    target: &Target,
    settings: &Settings,
    work: impl FnOnce(std::sync::Arc<Api>) -> F,
) -> anyhow::Result<ExitCode>
where
    F: Future<Output = anyhow::Result<ExitCode>>,
{
    let api = std::sync::Arc::new(target.open(settings).await?);
    let outcome = work(api.clone()).await;
    if let Some(api) = std::sync::Arc::into_inner(api) {
        api.close().await;
    }
    outcome
}
