//! Whether links lead somewhere.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use ctx::Ctx;
use futures_util::StreamExt as _;
use futures_util::stream;
use kernel::{AccountId, Timestamp};
use net::{Client, Error, Request};
use tokio::sync::Semaphore;

use super::model::{Item, Level, so_many};
use super::page::PageLink;

/// Most different links of a campaign that are asked.
const MOST: usize = 50;
/// Links of one campaign that are asked at once, and of all of this process.
const AT_ONCE: usize = 8;
static EVERYWHERE: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(32));
/// Of one link, with its redirects.
const EACH: Duration = Duration::from_secs(6);
/// Of all links of a campaign: who waits for a checklist is a person.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
const REDIRECTS: u32 = 5;
/// For how long an answer is believed.
const REMEMBERED: Duration = Duration::from_mins(10);
/// How many are remembered.
const MOST_REMEMBERED: usize = 5_000;

/// What became of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    /// It leads nowhere, for this reason.
    Broken(String),
    /// It may be fine for people: the reason why nobody knows.
    Unclear(String),
}

type Memory = Mutex<HashMap<(AccountId, String), (Timestamp, Verdict)>>;
static MEMORY: LazyLock<Memory> = LazyLock::new(Memory::default);

fn remembered(ctx: &Ctx, account: AccountId, url: &str) -> Option<Verdict> {
    let memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let (at, verdict) = memory.get(&(account, url.to_owned()))?;
    (ctx.clock.now() < *at + REMEMBERED).then(|| verdict.clone())
}

fn remember(ctx: &Ctx, account: AccountId, url: &str, verdict: &Verdict) {
    let now = ctx.clock.now();
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    if memory.len() >= MOST_REMEMBERED {
        memory.retain(|_, (at, _)| now < *at + REMEMBERED);
    }
    if memory.len() < MOST_REMEMBERED {
        memory.insert((account, url.to_owned()), (now, verdict.clone()));
    }
}

/// Asks all links of these mails, each once, and tells what became of those of each mail.
pub(super) async fn check(
    ctx: &Ctx,
    account: AccountId,
    mails: &[Vec<PageLink>],
) -> Vec<Vec<Item>> {
    let of_mails: Vec<Vec<String>> = mails.iter().map(|links| addresses(links)).collect();
    let mut wanted: Vec<String> = Vec::new();
    for url in of_mails.iter().flatten() {
        if wanted.len() < MOST && !wanted.contains(url) {
            wanted.push(url.clone());
        }
    }
    let done = ask_all(ctx, account, &wanted).await;
    of_mails.iter().map(|urls| tell(urls, &done)).collect()
}

/// The web addresses that links lead to, each once.
fn addresses(links: &[PageLink]) -> Vec<String> {
    let mut seen = HashSet::new();
    links
        .iter()
        // What stands behind # is for the browser.
        .map(|link| link.href.split('#').next().unwrap_or_default())
        .filter(|url| super::spam::host(url).is_some() && seen.insert(*url))
        .map(str::to_owned)
        .collect()
}

async fn ask_all(ctx: &Ctx, account: AccountId, wanted: &[String]) -> BTreeMap<String, Verdict> {
    let done = Arc::new(Mutex::new(BTreeMap::new()));
    let asking = stream::iter(wanted.to_vec()).for_each_concurrent(AT_ONCE, |url| {
        let done = Arc::clone(&done);
        async move {
            let verdict = if let Some(verdict) = remembered(ctx, account, &url) {
                verdict
            } else {
                let Ok(_turn) = EVERYWHERE.acquire().await else {
                    return;
                };
                let verdict = ask(&ctx.http, &url).await;
                remember(ctx, account, &url, &verdict);
                verdict
            };
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.insert(url, verdict);
        }
    });
    // What is not done by then is told as not asked.
    let _ = tokio::time::timeout(PATIENCE, asking).await;
    std::mem::take(&mut *done.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Asks for the head, and where a server does not like that, for the beginning.
pub(super) async fn ask(client: &Client, url: &str) -> Verdict {
    let head = Request::head(url).redirects(REDIRECTS).timeout(EACH);
    match client.fetch(head).await {
        Ok(response) if response.status < 400 => return Verdict::Fine,
        Err(error @ (Error::Refused | Error::Invalid(_) | Error::Unresolved)) => {
            return judge(&error);
        }
        _ => {}
    }
    let get = Request::get(url)
        .redirects(REDIRECTS)
        .timeout(EACH)
        .max_bytes(4_096);
    match client.fetch(get).await {
        Ok(response) => match response.status {
            ..400 => Verdict::Fine,
            404 | 410 => Verdict::Broken(format!("answers {}", response.status)),
            status => Verdict::Unclear(format!("answers {status}")),
        },
        Err(error) => judge(&error),
    }
}

fn judge(error: &Error) -> Verdict {
    let said = error.to_string();
    match error {
        Error::Refused | Error::TimedOut => Verdict::Unclear(said),
        _ => Verdict::Broken(said),
    }
}

fn tell(urls: &[String], answers: &BTreeMap<String, Verdict>) -> Vec<Item> {
    let done: BTreeMap<&String, &Verdict> = urls
        .iter()
        .filter_map(|url| answers.get_key_value(url))
        .collect();
    let unasked = urls.len() - done.len();
    let mut items = Vec::new();
    let broken: Vec<String> = done
        .iter()
        .filter_map(|(url, verdict)| match verdict {
            Verdict::Broken(why) => Some(format!("{url}: {why}")),
            _ => None,
        })
        .collect();
    let unclear: Vec<String> = done
        .iter()
        .filter_map(|(url, verdict)| match verdict {
            Verdict::Unclear(why) => Some(format!("{url}: {why}")),
            _ => None,
        })
        .collect();
    if !broken.is_empty() {
        let title = so_many(broken.len(), "link") + " that leads nowhere";
        let detail =
            "Somebody who clicks gets an error. Mend the address, or publish the page first.";
        items.push(
            Item::new("links_broken", Level::Error, title, detail)
                .count(broken.len())
                .places(broken.clone()),
        );
    }
    if !unclear.is_empty() {
        let title = so_many(unclear.len(), "link") + " to look at yourself";
        let detail = "The server refused us or was slow, or the link leads into a network that this server does not \
                      ask. It may work for people all the same.";
        items.push(
            Item::new("links_unclear", Level::Warning, title, detail)
                .count(unclear.len())
                .places(unclear.clone()),
        );
    }
    if unasked > 0 {
        let title = so_many(unasked, "link") + " not checked";
        let detail = format!(
            "At most {MOST} links of a campaign are checked, for {} seconds.",
            PATIENCE.as_secs()
        );
        items.push(Item::new("links_unchecked", Level::Info, title, detail).count(unasked));
    }
    if broken.is_empty() && unclear.is_empty() && !done.is_empty() {
        items.push(Item::ok("links", so_many(done.len(), "link") + " checked").count(done.len()));
    }
    items
}
