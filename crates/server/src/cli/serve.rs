//! `sendero serve`

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use ctx::Ctx;
use sending::tracking::Links;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::terminal;
use crate::compose::{self, background, routes};
use crate::config::Config;
use crate::http::{self, Exporter};
use crate::{installation, logging};

/// How long requests may take to end after a signal, and everything together.
const REQUESTS_END: Duration = Duration::from_secs(5);
const ALL_ENDS: Duration = Duration::from_secs(8);
const GOODBYE: Duration = Duration::from_millis(1500);
const UPKEEP: Duration = Duration::from_secs(5);
/// As a shell says it of a process that SIGINT ended.
const INTERRUPTED: u8 = 130;

/// Run the server
///
/// Ends on SIGTERM or SIGINT: running requests, jobs and mails are finished or given back, within ten seconds. A second
/// signal ends it at once; that is safe too, as is kill -9.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sendero serve\n  \
    sendero serve --listen 0.0.0.0:8080 --public-url https://mail.example.com\n  \
    sendero serve --role worker --database-url postgres://sendero@db/sendero")]
pub(super) struct Serve {
    /// What this process does; anything but all needs PostgreSQL
    #[arg(long, value_enum, default_value_t = Role::All)]
    role: Role,
    #[command(flatten)]
    address: Address,
}

/// Where the server is.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct Address {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where people reach this server: links in mails begin with it
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Role {
    /// Answers requests and works in the background
    All,
    /// Answers requests
    Web,
    /// Works in the background: imports, campaigns, delivery
    Worker,
}

impl Serve {
    pub(super) async fn run(self, settings: &super::Settings) -> anyhow::Result<ExitCode> {
        let config = self.address.load(settings)?;
        serve(&config, self.role).await
    }
}

impl Address {
    pub(super) fn load(&self, settings: &super::Settings) -> anyhow::Result<Config> {
        let mut flags = settings.flags();
        for (name, value, flag) in [
            ("server.listen", &self.listen, "--listen"),
            ("server.public_url", &self.public_url, "--public-url"),
        ] {
            if let Some(value) = value {
                flags.values.push((name, value.clone(), flag));
            }
        }
        let config = Config::load(&flags)?;
        logging::start(&config.log);
        Ok(config)
    }
}

/// Serves until a signal.
pub(super) async fn serve(config: &Config, role: Role) -> anyhow::Result<ExitCode> {
    if role != Role::All && config.database.file().is_some() {
        bail!(
            "--role {} needs PostgreSQL: with SQLite there is one process, which does everything",
            if role == Role::Web { "web" } else { "worker" }
        );
    }
    let mut signals = Signals::new()?;
    let exporter = Exporter::install(&config.metrics).context("metrics cannot be collected")?;
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.server.listen))?;
    let address = listener.local_addr()?;
    let ctx = tokio::select! {
        ctx = installation::open_patiently(config) => ctx?,
        () = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    start(config, role, &ctx, listener, exporter)?;
    announce(config, role, &ctx, address).await;

    signals.next().await;
    tracing::info!("stopping");
    tokio::select! {
        () = stop(&ctx) => Ok(ExitCode::SUCCESS),
        () = signals.next() => {
            tracing::warn!("stopped at once by a second signal");
            Ok(ExitCode::from(INTERRUPTED))
        }
    }
}

fn start(
    config: &Config,
    role: Role,
    ctx: &Ctx,
    listener: TcpListener,
    exporter: Option<Exporter>,
) -> anyhow::Result<()> {
    let settings = compose::Settings::of(config);
    background::start_node(ctx);
    background::start_sweeping(ctx, &settings);
    if let Some(exporter) = exporter.clone() {
        let shutdown = ctx.shutdown.clone();
        ctx.tasks
            .spawn(shutdown.run_until_cancelled_owned(async move {
                loop {
                    tokio::time::sleep(UPKEEP).await;
                    exporter.upkeep();
                }
            }));
    }
    let router = match role {
        Role::All | Role::Web => {
            let links = Links::start(ctx, &settings.sending);
            // In a thread that ends: making the document of the API takes 15 MB, which would stay with this one.
            let runtime = tokio::runtime::Handle::current();
            let made = std::thread::scope(|scope| {
                let make = || {
                    let _in_runtime = runtime.enter();
                    routes::router(ctx.clone(), &settings, links, exporter)
                };
                scope.spawn(make).join()
            });
            made.map_err(|_| anyhow::anyhow!("the routes cannot be made"))??
        }
        Role::Worker => routes::worker_router(ctx.clone(), &settings, exporter),
    };
    if role != Role::Web {
        background::start_worker(ctx, &settings, config.worker.concurrency);
    }
    let shutdown = ctx.shutdown.clone();
    ctx.tasks
        .spawn(http::serve(listener, router, shutdown, REQUESTS_END));
    Ok(())
}

async fn announce(config: &Config, role: Role, ctx: &Ctx, address: SocketAddr) {
    let url = if config.server.listen.port() == 0 {
        crate::config::PublicUrl::of(address).to_string()
    } else {
        config.server.public_url.to_string()
    };
    tracing::info!(
        %address,
        role = ?role,
        database = ?ctx.db.engine(),
        version = env!("CARGO_PKG_VERSION"),
        "started"
    );
    if role == Role::Worker {
        terminal::say(format_args!(
            "Sendero works in the background; health is at http://{address}/readyz"
        ));
        return;
    }
    terminal::say(format_args!("Sendero is at {url}"));
    match identity::setup::is_needed(&ctx.clone()).await {
        Ok(true) => terminal::say(format_args!(
            "It has no owner yet: open {url}/setup, or run `sendero user create`"
        )),
        Ok(false) => {}
        Err(error) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            "cannot tell whether there is an owner"
        ),
    }
}

/// Everything ends at its next safe point; what does not is cut off and comes back by its lease.
async fn stop(ctx: &Ctx) {
    ctx.shutdown.cancel();
    ctx.tasks.close();
    if tokio::time::timeout(ALL_ENDS, ctx.tasks.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            tasks = ctx.tasks.len(),
            "some work did not end in time; it is cut off"
        );
    }
    if tokio::time::timeout(GOODBYE, installation::close(ctx))
        .await
        .is_err()
    {
        tracing::warn!("the database did not answer the goodbye");
    }
    tracing::info!("stopped");
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
