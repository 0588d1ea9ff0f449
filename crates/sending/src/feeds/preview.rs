//! What a feed sends next, without sending it.

use ctx::Ctx;
use db::Tx;
use kernel::{AccountId, Result, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

use super::model::{Feed, FeedId, FeedMode, FeedState, Item};
use super::service::{self, MOST_EACH};
use super::store;
use crate::campaigns;

/// What a feed sends next.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = FeedPreview, example = json!({
    "at": "2026-05-11T07:00:00Z",
    "messages": [{
        "subject": "Twelve new teas",
        "preheader": "",
        "html": "<p>Twelve new teas</p>",
        "text": "Twelve new teas",
        "items": [{
            "title": "Twelve new teas", "link": "https://example.com/teas", "summary": "They came by ship.",
            "published": "2026-05-09", "image": "",
        }],
    }],
    "more": 0,
    "note": null,
}))]
pub struct Coming {
    /// When; absent while the feed is paused.
    #[schema(required)]
    pub at: Option<Timestamp>,
    /// None without news: then nothing is sent.
    pub messages: Vec<ComingMessage>,
    /// New items that are in none of them: they wait for a later time, and of a digest they are left out.
    pub more: i64,
    /// Why it cannot be read or sent, or is paused.
    #[schema(required)]
    pub note: Option<String>,
}

/// A message that a feed sends next, as somebody gets it of whom nothing but the address is known.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = FeedMessage)]
pub struct ComingMessage {
    pub subject: String,
    pub preheader: String,
    /// Show it in a sandboxed frame.
    #[schema(required)]
    pub html: Option<String>,
    pub text: String,
    /// The newest first.
    pub items: Vec<Item>,
}

/// What is sent next, as far as is known; with `look` the feed is asked now. Nothing is remembered of that.
pub async fn preview(ctx: &Ctx, account: AccountId, id: FeedId, look: bool) -> Result<Coming> {
    let mut feed = service::get(ctx, account, id).await?;
    if feed.state == FeedState::Paused {
        return Ok(Coming {
            at: None,
            messages: Vec::new(),
            more: 0,
            note: feed.note,
        });
    }
    let mut note = feed.note.take();
    let mut found = Vec::new();
    if look {
        match service::fetch(ctx, &feed).await {
            Err(why) => note = Some(service::unreadable(&why)),
            Ok(looked) => {
                note = None;
                if let Some(read) = looked.read {
                    (feed.title, feed.link) = (read.title, read.link);
                    found = read.items;
                }
            }
        }
    }
    let mut tx = ctx.read().await?;
    let mut news: Vec<Item> = store::waiting(&mut tx, &feed, 1000)
        .await?
        .into_iter()
        .map(|(_, item)| item)
        .collect();
    // What is there at the first look is no news.
    if feed.seen {
        let keys: Vec<&[u8]> = found.iter().map(|(key, _)| key.as_slice()).collect();
        let known = store::known(&mut tx, &feed, &keys).await?;
        let unknown = found.into_iter().rev();
        news.extend(unknown.filter_map(|(key, item)| (!known.contains(&key)).then_some(item)));
    }
    let total = news.len();
    let (at, groups): (_, Vec<Vec<Item>>) = match feed.mode {
        FeedMode::Each => {
            let most = usize::try_from(MOST_EACH).unwrap_or(1);
            let each = news.into_iter().take(most).map(|item| vec![item]);
            (Some(feed.poll_at), each.collect())
        }
        FeedMode::Digest => {
            let digest = service::newest(&feed, news);
            let some = (!digest.is_empty()).then_some(digest);
            (feed.send_at, some.into_iter().collect())
        }
    };
    let shown: usize = groups.iter().map(Vec::len).sum();
    let messages = match render(ctx, &mut tx, &feed, groups).await? {
        Ok(messages) => messages,
        Err(why) => {
            note = Some(why);
            Vec::new()
        }
    };
    Ok(Coming {
        at,
        messages,
        more: i64::try_from(total - shown).unwrap_or(i64::MAX),
        note,
    })
}

/// The draft with each group of items, or why it cannot be sent.
async fn render(
    ctx: &Ctx,
    tx: &mut Tx,
    feed: &Feed,
    groups: Vec<Vec<Item>>,
) -> Result<std::result::Result<Vec<ComingMessage>, String>> {
    let draft = match campaigns::original(tx, feed.account, feed.campaign).await? {
        Ok(draft) => draft,
        Err(why) => return Ok(Err(why)),
    };
    let document = match draft.revision {
        Some(revision) => campaigns::store::find_revision(tx, feed.account, revision).await?,
        None => None,
    };
    let Some(document) = document else {
        return Ok(Ok(Vec::new()));
    };
    let mut messages = Vec::with_capacity(groups.len());
    for items in groups {
        let given: Map<String, Value> = service::variables(feed, &items);
        let of = campaigns::Of {
            name: &draft.name,
            given: Some(&given),
            ..campaigns::Of::default()
        };
        let shown = campaigns::show_all(ctx, tx, feed.account, &document, of).await?;
        messages.push(ComingMessage {
            subject: shown.subject,
            preheader: shown.preheader,
            html: shown.html,
            text: shown.text,
            items,
        });
    }
    Ok(Ok(messages))
}
