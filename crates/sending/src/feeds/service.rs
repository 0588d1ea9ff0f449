//! Use cases of feeds.

use std::time::Duration;

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Result, Timestamp, text};
use serde_json::{Map, Value, json};

use super::model::{
    DEFAULT_EVERY, DEFAULT_ITEMS, Feed, FeedId, FeedMode, FeedPatch, FeedState, Item, NewFeed,
    check, pause,
};
use super::read::{self, Read};
use super::store;
use crate::campaigns;

const MAX_NAME: usize = 200;
/// Largest feed.
const MAX_BYTES: usize = 2 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(15);
/// Most messages of one look at a feed: who publishes more at once is not read any sooner.
pub(super) const MOST_EACH: i64 = 5;
/// How long an item is remembered that the feed does not have any more.
const REMEMBERED: Duration = Duration::from_hours(180 * 24);
/// A digest that is later than this is left out.
const TOO_LATE: Duration = Duration::from_hours(1);

/// All feeds of an account.
pub async fn list(ctx: &Ctx, account: AccountId) -> Result<Vec<Feed>> {
    Ok(store::list(&mut *ctx.read().await?, account).await?)
}

/// One feed.
pub async fn get(ctx: &Ctx, account: AccountId, id: FeedId) -> Result<Feed> {
    find(&mut *ctx.read().await?, account, id).await
}

async fn find(tx: &mut Tx, account: AccountId, id: FeedId) -> Result<Feed> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("feed", id))
}

/// Follows a feed from now on.
pub async fn create(ctx: &Ctx, account: AccountId, actor: &Actor, new: NewFeed) -> Result<Feed> {
    let now = ctx.clock.now();
    let mut errors = Vec::new();
    errors.extend(text::name(&new.name, MAX_NAME).err());
    if let Err(why) = ctx.http.check(&new.url) {
        errors.push(FieldError::new("url", "invalid", why.to_string()));
    }
    let mut tx = ctx.write().await?;
    campaigns::check_original(&mut tx, account, new.campaign_id, &mut errors).await?;
    let time_zone = match new.time_zone {
        Some(zone) => zone,
        None => identity::accounts::get(&mut tx, account).await?.time_zone,
    };
    let mut feed = Feed {
        account,
        id: ctx.ids.next(),
        name: new.name.trim().to_owned(),
        url: new.url.trim().to_owned(),
        title: String::new(),
        link: String::new(),
        campaign: new.campaign_id,
        mode: new.mode,
        rule: new.rule,
        time_zone,
        every_minutes: new.every_minutes.unwrap_or(DEFAULT_EVERY),
        most_items: new.most_items.unwrap_or(DEFAULT_ITEMS),
        state: FeedState::Active,
        seen: false,
        poll_at: now,
        send_at: None,
        etag: None,
        last_modified: None,
        failures: 0,
        note: None,
        created_at: now,
        updated_at: now,
    };
    check(&feed, &mut errors);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    feed.send_at = next_digest(&feed, now);
    store::insert(&mut tx, &feed).await?;
    let after = Some(snapshot(&feed));
    audit(ctx, &mut tx, actor, "feed.created", &feed, None, after).await?;
    tx.commit().await?;
    Ok(feed)
}

/// Changes a feed, pauses it or lets it go on.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: FeedId,
    patch: FeedPatch,
) -> Result<Feed> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Campaign, id.get()).await?;
    let mut feed = find(&mut tx, account, id).await?;
    let before = Some(snapshot(&feed));
    let mut errors = Vec::new();
    if let Some(name) = patch.name {
        errors.extend(text::name(&name, MAX_NAME).err());
        name.trim().clone_into(&mut feed.name);
    }
    if let Some(minutes) = patch.every_minutes {
        feed.every_minutes = minutes;
    }
    if let Some(most) = patch.most_items {
        feed.most_items = most;
    }
    if let Some(rule) = patch.rule {
        feed.rule = Some(rule);
    }
    check(&feed, &mut errors);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    if let Some(state) = patch.state {
        if state == FeedState::Active && feed.state == FeedState::Paused {
            // What appeared meanwhile is looked at, and is no news.
            feed.seen = false;
            (feed.etag, feed.last_modified) = (None, None);
            store::set_sent(&mut tx, &feed, i64::MAX).await?;
        }
        feed.state = state;
        feed.note = None;
        feed.failures = 0;
        feed.poll_at = now;
    }
    feed.send_at = next_digest(&feed, now);
    feed.updated_at = now;
    store::update(&mut tx, &feed).await?;
    let after = Some(snapshot(&feed));
    audit(ctx, &mut tx, actor, "feed.updated", &feed, before, after).await?;
    tx.commit().await?;
    Ok(feed)
}

/// Follows a feed no more. What was sent stays.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: FeedId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let feed = find(&mut tx, account, id).await?;
    store::delete(&mut tx, account, id).await?;
    let before = Some(snapshot(&feed));
    audit(ctx, &mut tx, actor, "feed.deleted", &feed, before, None).await?;
    tx.commit().await?;
    Ok(())
}

fn next_digest(feed: &Feed, after: Timestamp) -> Option<Timestamp> {
    let rule = feed.rule.as_ref()?;
    rule.next(&feed.time_zone, after)
}

/// Looks at the feeds whose time has come, and sends what is new; a schedule calls it every minute.
pub async fn run_due(ctx: &Ctx) -> Result<()> {
    let now = ctx.clock.now();
    let due = store::due(&mut *ctx.read().await?, now, 100).await?;
    for feed in due {
        if ctx.shutdown.is_cancelled() {
            break;
        }
        let looked = if feed.poll_at <= now {
            Some(fetch(ctx, &feed).await)
        } else {
            None
        };
        if let Err(error) = take(ctx, &feed, looked).await {
            if matches!(error, Error::Unavailable { .. }) {
                return Err(error);
            }
            tracing::error!(
                error = &error as &dyn std::error::Error,
                feed = feed.id.get(),
                "cannot take what a feed says"
            );
        }
    }
    Ok(())
}

/// What a look at a feed found.
pub(super) struct Looked {
    /// Nothing when it has not changed.
    pub(super) read: Option<Read>,
    etag: Option<String>,
    last_modified: Option<String>,
}

/// Asks for the feed, with no transaction open.
pub(super) async fn fetch(ctx: &Ctx, feed: &Feed) -> std::result::Result<Looked, String> {
    let mut request = net::Request::get(&feed.url)
        .redirects(3)
        .timeout(PATIENCE)
        .max_bytes(MAX_BYTES)
        .header(
            "accept",
            "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
        );
    if let Some(etag) = &feed.etag {
        request = request.header("if-none-match", etag);
    }
    if let Some(at) = &feed.last_modified {
        request = request.header("if-modified-since", at);
    }
    let answer = ctx
        .http
        .fetch(request)
        .await
        .map_err(|error| error.to_string())?;
    if answer.status == 304 {
        return Ok(Looked {
            read: None,
            etag: feed.etag.clone(),
            last_modified: feed.last_modified.clone(),
        });
    }
    if !answer.is_success() {
        return Err(format!(
            "the server answers with the status {}",
            answer.status
        ));
    }
    if answer.truncated {
        return Err(format!("it is larger than {MAX_BYTES} bytes"));
    }
    let kept = |name| {
        answer
            .header(name)
            .filter(|value| value.len() <= 300)
            .map(str::to_owned)
    };
    let (etag, last_modified) = (kept("etag"), kept("last-modified"));
    let (body, url) = (answer.body, answer.url);
    let read = tokio::task::spawn_blocking(move || read::read(&body, &url))
        .await
        .map_err(|error| error.to_string())??;
    Ok(Looked {
        read: Some(read),
        etag,
        last_modified,
    })
}

pub(super) fn unreadable(why: &str) -> String {
    format!("it cannot be read: {why}")
}

/// Remembers what is new and sends what is to be sent, in one transaction.
async fn take(
    ctx: &Ctx,
    found: &Feed,
    looked: Option<std::result::Result<Looked, String>>,
) -> Result<()> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Campaign, found.id.get()).await?;
    // Another node may have been faster, and somebody may have changed it.
    let Some(mut feed) = store::find(&mut tx, found.account, found.id).await? else {
        return Ok(());
    };
    if feed.state != FeedState::Active
        || feed.poll_at != found.poll_at
        || feed.send_at != found.send_at
        || feed.updated_at != found.updated_at
    {
        return Ok(());
    }
    match looked {
        None => {}
        Some(Err(why)) => {
            feed.failures += 1;
            feed.note = Some(unreadable(&why));
            feed.poll_at = now + pause(feed.every_minutes, feed.failures);
        }
        Some(Ok(looked)) => {
            feed.failures = 0;
            feed.note = None;
            feed.poll_at = now + pause(feed.every_minutes, 0);
            (feed.etag, feed.last_modified) = (looked.etag, looked.last_modified);
            if let Some(read) = looked.read {
                // The oldest gets the lowest id, so that items are sent in their order.
                let items: Vec<_> = read
                    .items
                    .iter()
                    .rev()
                    .map(|(key, item)| (ctx.ids.next::<FeedId>().get(), key.as_slice(), item))
                    .collect();
                store::insert_items(&mut tx, &feed, &items, feed.seen, now).await?;
                feed.seen = true;
                store::forget(&mut tx, &feed, now - REMEMBERED).await?;
                (feed.title, feed.link) = (read.title, read.link);
            }
        }
    }
    send(ctx, &mut tx, &mut feed, now).await?;
    feed.updated_at = now;
    store::update(&mut tx, &feed).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends what waits, if it is time and there is something.
async fn send(ctx: &Ctx, tx: &mut WriteTx, feed: &mut Feed, now: Timestamp) -> Result<()> {
    match feed.mode {
        FeedMode::Each => {
            for (id, item) in store::waiting(tx, feed, MOST_EACH).await? {
                if !issue(ctx, tx, feed, &[item], now).await? {
                    return Ok(());
                }
                store::set_sent(tx, feed, id).await?;
            }
        }
        FeedMode::Digest => {
            let Some(due) = feed.send_at.filter(|at| *at <= now) else {
                return Ok(());
            };
            feed.send_at = next_digest(feed, now);
            if now.since(due) > TOO_LATE {
                feed.note = Some(format!(
                    "the digest of {due} was left out: it was overdue by more than an hour"
                ));
                return Ok(());
            }
            let waiting = store::waiting(tx, feed, 1000).await?;
            let Some((last, _)) = waiting.last() else {
                return Ok(());
            };
            let last = *last;
            let items = newest(feed, waiting.into_iter().map(|(_, item)| item).collect());
            if issue(ctx, tx, feed, &items, now).await? {
                store::set_sent(tx, feed, last).await?;
            }
        }
    }
    Ok(())
}

/// What a digest has of what waits, the oldest of which comes first: the newest first, and not too many.
pub(super) fn newest(feed: &Feed, mut waiting: Vec<Item>) -> Vec<Item> {
    waiting.reverse();
    waiting.truncate(usize::try_from(feed.most_items).unwrap_or(1));
    waiting
}

/// Sends a copy of the draft with these items; `false` if that cannot be sent, and the feed is paused.
async fn issue(
    ctx: &Ctx,
    tx: &mut WriteTx,
    feed: &mut Feed,
    items: &[Item],
    now: Timestamp,
) -> Result<bool> {
    let original = match campaigns::original(tx, feed.account, feed.campaign).await? {
        Ok(original) => original,
        Err(why) => {
            feed.state = FeedState::Paused;
            feed.note = Some(why);
            return Ok(false);
        }
    };
    let day = now.to_jiff().to_zoned(feed.time_zone.to_jiff()).date();
    let actor = Actor::system();
    let mut copy = campaigns::copy_of(ctx, &original, &actor, &day.to_string());
    campaigns::store::insert(tx, &copy).await?;
    let variables = variables(feed, items);
    store::insert_variables(tx, feed.account, copy.id, &variables).await?;
    campaigns::start_in(ctx, tx, &mut copy).await?;
    Ok(true)
}

/// After a back-up was restored: pauses every feed, since what was sent after the back-up was made would be news again.
/// How many.
pub(crate) async fn hold_all(ctx: &Ctx) -> Result<usize> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let active = store::due(&mut tx, Timestamp::from_micros(i64::MAX), i64::MAX).await?;
    for found in &active {
        let mut feed = found.clone();
        feed.state = FeedState::Paused;
        feed.updated_at = now;
        feed.note = Some(
            "a back-up was restored: what was sent after it was made is not known here; resume it to go on with what \
             appears from then on"
                .to_owned(),
        );
        store::update(&mut tx, &feed).await?;
    }
    tx.commit().await?;
    Ok(active.len())
}

pub(super) fn variables(feed: &Feed, items: &[Item]) -> Map<String, Value> {
    let mut variables = Map::new();
    variables.insert(
        "feed".to_owned(),
        json!({ "title": feed.title, "link": feed.link }),
    );
    variables.insert("items".to_owned(), json!(items));
    if let Some(first) = items.first() {
        variables.insert("item".to_owned(), json!(first));
    }
    variables
}

async fn audit(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    action: &'static str,
    feed: &Feed,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    let target = ("feed", feed.id.get());
    identity::audit(ctx, tx, feed.account, actor, action, target, before, after).await?;
    Ok(())
}

fn snapshot(feed: &Feed) -> Value {
    json!({
        "name": feed.name,
        "url": feed.url,
        "state": feed.state,
        "campaign_id": feed.campaign,
        "mode": feed.mode,
        "rule": feed.rule,
        "every_minutes": feed.every_minutes,
        "most_items": feed.most_items,
    })
}
