//! The demo account: a coffee roaster with 5,000 subscribers, ten weeks of newsletters and some bookings.
//!
//! Nothing is faked in the database. The account is lived through on a clock that starts ten weeks ago: people sign up
//! week by week, campaigns are written through the API, sent through the real pipeline into the sandbox inbox, opened,
//! clicked and left through the real links. So whatever is true of a real account is true of this one.

mod api;
mod bookings;
mod campaigns;
mod people;
mod readers;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use ctx::Ctx;
use identity::Actor;
use identity::users::{NewOwner, Password};
use kernel::{AccountId, Clock, EmailAddress, IdGenerator, TimeZone, Timestamp, UserId};
use sending::sandbox::Retention;
use sending::tracking::Links;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::compose::{Settings, jobs, routes};
use crate::config::Config;
use crate::installation;
use api::Api;
use people::People;

/// How to sign in.
pub const EMAIL: &str = "demo@example.com";
/// Known to everybody: the demo is for trying, not for keeping.
pub const PASSWORD: &str = "birchwood-coffee";

const ACCOUNT: &str = "Birchwood Coffee";
/// The account's name until everything is there.
const UNFINISHED: &str = "Birchwood Coffee (loading)";
const WEEKS: u64 = 10;
const DAY: Duration = Duration::from_hours(24);
/// The same people every time.
const SEED: u64 = 20_260_504;

/// Fills an empty database with the demo; a database that holds it already is left as it is. Whether it was filled.
pub async fn load(config: &Config) -> anyhow::Result<bool> {
    let ctx = installation::open(config).await?;
    let state = state(&ctx).await;
    let now = ctx.clock.now();
    match state? {
        State::Complete => {
            installation::close(&ctx).await;
            return Ok(false);
        }
        State::Empty => {}
    }
    // Two nodes of one process for a moment: the second lives in the past.
    let past = Clock::manual(now - DAY * (7 * WEEKS as u32 + 3));
    let node = ctx::Node::register(&ctx.db, &past, "demo")
        .await
        .context("the demo cannot be started")?;
    let ctx_then = Ctx {
        ids: Arc::new(IdGenerator::new(past.clone(), node.number())),
        node,
        clock: past,
        shutdown: CancellationToken::new(),
        tasks: TaskTracker::new(),
        ..ctx.clone()
    };
    let outcome = fill(&ctx_then, config, now).await;
    ctx_then.shutdown.cancel();
    ctx_then.tasks.close();
    ctx_then.tasks.wait().await;
    ctx_then
        .node
        .sign_off(&ctx_then.db, &ctx_then.clock)
        .await
        .context("the demo cannot be finished")?;
    installation::close(&ctx).await;
    outcome?;
    Ok(true)
}

enum State {
    Empty,
    Complete,
}

async fn state(ctx: &Ctx) -> anyhow::Result<State> {
    if identity::setup::is_needed(ctx).await? {
        return Ok(State::Empty);
    }
    let email = EmailAddress::parse(EMAIL).map_err(anyhow::Error::msg)?;
    let Some(user) = identity::users::find_by_email(ctx, &email).await? else {
        bail!(
            "this database belongs to somebody: the demo needs one of its own, such as `sendero demo --data-dir ./demo`"
        );
    };
    let accounts = identity::accounts::of_user(ctx, user.id).await?;
    if accounts
        .iter()
        .any(|(account, _)| account.name == UNFINISHED)
    {
        bail!(
            "an earlier demo was stopped while it was made; delete its data directory and try again"
        );
    }
    Ok(State::Complete)
}

/// What the parts of the story share.
struct Story {
    ctx: Ctx,
    account: AccountId,
    api: Api,
    links: Links,
    sending: sending::Config,
    dice: Dice,
}

impl Story {
    /// Lets time pass.
    fn wait(&self, time: Duration) {
        self.ctx.clock.advance(time);
    }

    /// Lets time pass until `then`.
    fn wait_until(&self, then: Timestamp) {
        self.wait(then.since(self.ctx.clock.now()));
    }

    async fn run_jobs(&self) -> anyhow::Result<()> {
        ::jobs::try_run_due(
            &self.ctx,
            &jobs::registry(Retention::default(), automation::engine::Engine::default()),
        )
        .await?;
        Ok(())
    }
}

async fn fill(ctx: &Ctx, config: &Config, now: Timestamp) -> anyhow::Result<()> {
    let settings = Settings::of(config);
    let owner = NewOwner {
        email: EmailAddress::parse(EMAIL).map_err(anyhow::Error::msg)?,
        name: "Robin Demo".to_owned(),
        password: Password(PASSWORD.to_owned()),
        account_name: UNFINISHED.to_owned(),
        time_zone: TimeZone::parse("Europe/Berlin").ok(),
    };
    let (user, account) = identity::users::create_owner(ctx, owner).await?;
    let mut story = Story {
        api: Api::new(routes::command_line_router(
            ctx.clone(),
            &settings,
            account.id,
            user.id,
        )),
        links: Links::start(ctx, &settings.sending),
        ctx: ctx.clone(),
        account: account.id,
        sending: settings.sending.clone(),
        dice: Dice::new(SEED),
    };
    tell(&mut story, user.id, now).await?;
    let done = identity::accounts::Patch {
        name: Some(ACCOUNT.to_owned()),
        ..Default::default()
    };
    identity::accounts::update(ctx, account.id, &Actor::system(), None, done).await?;
    Ok(())
}

async fn tell(story: &mut Story, owner: UserId, now: Timestamp) -> anyhow::Result<()> {
    let mut people = People::prepare(story).await?;
    people.join(story, 3_200, "import").await?;
    let plan = campaigns::plan(&people);
    let per_week = (5_000 - 3_200) / WEEKS;
    let offers = bookings::open(story, owner).await?;
    for week in 0..WEEKS {
        // Word of it gets round.
        if week >= WEEKS / 2 {
            offers.book(story, 1, 2).await?;
        }
        story.wait(DAY * 2);
        people.join(story, per_week as usize, "form").await?;
        story.wait(DAY);
        if let Some(campaign) = plan.iter().find(|campaign| campaign.week == week) {
            let sent_at = story.ctx.clock.now();
            let id = campaigns::send(story, campaign).await?;
            readers::read(story, &id, campaign).await?;
            story.wait_until(sent_at + DAY * 4);
        } else {
            story.wait(DAY * 4);
        }
    }
    story.wait_until(now);
    offers.book(story, 3, 5).await?;
    campaigns::upcoming(story, &people, now).await
}

/// Reproducible chance (xorshift64*, Vigna 2016): the demo is the same on every machine.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 16) as usize % bound.max(1)
    }

    /// 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}
