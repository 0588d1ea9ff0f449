//! Pages of people: filtered, searched and sorted.

use std::collections::HashSet;

use ctx::Ctx;
use db::Tx;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result, Timestamp, fold};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::read::{Profile, profiles_in};
use crate::input::TextCursor;
use crate::subscribers::model::{Status, Subscriber};
use crate::subscribers::search;
use crate::subscribers::store::{self, Activity, Filter, For, Key};
use crate::{GroupId, SegmentId, SubscriberId, TagId, segments};

/// Which people a list shows, and how.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    pub status: Option<Status>,
    pub group: Option<GroupId>,
    pub tag: Option<TagId>,
    pub segment: Option<SegmentId>,
    /// Exactly this address.
    pub email: Option<String>,
    /// Beginnings of words of names, addresses and telephone numbers.
    pub search: Option<String>,
    pub sort: Sort,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SubscriberSort)]
pub enum Sort {
    /// Who was created last comes first.
    #[default]
    Newest,
    /// By address.
    Email,
    /// Who opened or clicked last comes first; who never did, last.
    LastActivity,
}

/// Up to so many people who have a word are looked up by it. Where more have it, a list in its own order soon has a
/// page of them.
const FEW: usize = if cfg!(test) { 3 } else { 20_000 };
/// How many people are asked at once whether they are selected by the rest of the query.
const STEP: usize = if cfg!(test) { 2 } else { 1000 };

/// A page of people.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    query: ListQuery,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<Profile>> {
    let after = After::decode(query.sort, cursor)?;
    let words = query.search.as_deref().map(search::parse).transpose()?;
    let mut tx = ctx.read().await?;
    let mut filter = Filter {
        status: query.status,
        group: query.group,
        tag: query.tag,
        segment: None,
        // Addresses are stored with their domain in ASCII; a text that is no address is nobody's.
        email: query.email.map(|text| {
            kernel::EmailAddress::parse(&text).map_or_else(|_| fold(&text), |email| email.folded())
        }),
        words: Vec::new(),
    };
    if let Some(segment) = query.segment {
        filter.segment = Some(segments::compile_in(&mut tx, ctx, account, segment).await?);
    }
    let candidates = match words.flatten() {
        None => None,
        Some(words) => candidates(&mut tx, account, words, &mut filter).await?,
    };
    let people = match candidates {
        Some(ids) => page_of(&mut tx, account, &filter, ids, &after, limit).await?,
        None => page(&mut tx, account, &filter, &after, limit).await?,
    };
    let page = cut(people, query.sort, limit);
    Ok(Page {
        data: profiles_in(&mut tx, account, page.data).await?,
        next_cursor: page.next_cursor,
    })
}

/// Where a page starts.
#[derive(Clone, Debug)]
enum After {
    Newest(Option<i64>),
    Email(Option<String>),
    Activity(Option<Activity>),
}

/// Of those who were never active, which no time is.
const NEVER: i64 = i64::MIN;

impl After {
    fn decode(sort: Sort, cursor: Option<&str>) -> Result<Self> {
        let place = |cursor: Option<&str>| cursor.map(Cursor::decode).transpose();
        Ok(match sort {
            Sort::Newest => Self::Newest(place(cursor)?.map(|it| it.id)),
            Sort::Email => Self::Email(TextCursor::decode(cursor)?),
            Sort::LastActivity => Self::Activity(place(cursor)?.map(|it| {
                let at = (it.key != NEVER).then(|| Timestamp::from_micros(it.key));
                (at, it.id)
            })),
        })
    }

    /// Whether somebody comes behind it.
    fn is_before(&self, key: &Key) -> bool {
        match self {
            Self::Newest(None) | Self::Email(None) | Self::Activity(None) => true,
            Self::Newest(Some(id)) => key.id.get() < *id,
            Self::Email(Some(email)) => key.email_folded > *email,
            // Nothing is less than any time, as it has to be.
            Self::Activity(Some(place)) => (key.last_activity_at, key.id.get()) < *place,
        }
    }

    fn sort(&self, keys: &mut [Key]) {
        match self {
            Self::Newest(_) => keys.sort_unstable_by(|a, b| b.id.cmp(&a.id)),
            Self::Email(_) => keys.sort_unstable_by(|a, b| a.email_folded.cmp(&b.email_folded)),
            Self::Activity(_) => keys.sort_unstable_by(|a, b| {
                (b.last_activity_at, b.id).cmp(&(a.last_activity_at, a.id))
            }),
        }
    }
}

fn cut(people: Vec<Subscriber>, sort: Sort, limit: Limit) -> Page<Subscriber> {
    match sort {
        Sort::Newest => Page::from_rows(people, limit, |person| Cursor {
            key: 0,
            id: person.id.get(),
        }),
        Sort::Email => TextCursor::page(people, limit, |person| fold(&person.email)),
        Sort::LastActivity => Page::from_rows(people, limit, |person| Cursor {
            key: person.last_activity_at.map_or(NEVER, Timestamp::as_micros),
            id: person.id.get(),
        }),
    }
}

/// Who may be searched for, the newest first, if they are few; what of the words is still to be asked of them, or of
/// everybody, goes into the filter.
async fn candidates(
    tx: &mut Tx,
    account: AccountId,
    words: Vec<String>,
    filter: &mut Filter,
) -> Result<Option<Vec<i64>>> {
    if words.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let mut few: Option<Vec<i64>> = None;
    for word in words {
        match search::store::matches(tx, account, &word, FEW).await? {
            None => filter.words.push(word),
            Some(ids) => {
                few = Some(match few {
                    None => ids,
                    Some(mut others) => {
                        let ids: HashSet<i64> = ids.into_iter().collect();
                        others.retain(|id| ids.contains(id));
                        others
                    }
                });
            }
        }
    }
    Ok(few)
}

/// A page, and one more, of those of `ids` whom the filter selects.
async fn page_of(
    tx: &mut Tx,
    account: AccountId,
    filter: &Filter,
    mut ids: Vec<i64>,
    after: &After,
    limit: Limit,
) -> Result<Vec<Subscriber>> {
    let wanted = limit.get() + 1;
    let mut keys: Vec<Key> = Vec::new();
    if let After::Newest(before) = after {
        // They are in this order already, so the first that are selected are the page.
        ids.retain(|id| before.is_none_or(|before| *id < before));
        let step = if filter.is_empty() { wanted } else { STEP };
        for some in ids.chunks(step) {
            keys.extend(store::keys_of(tx, account, filter, some).await?);
            if keys.len() >= wanted {
                break;
            }
        }
    } else {
        keys = store::keys_of(tx, account, filter, &ids).await?;
        keys.retain(|key| after.is_before(key));
    }
    after.sort(&mut keys);
    let page: Vec<SubscriberId> = keys.into_iter().take(wanted).map(|key| key.id).collect();
    let mut people = store::find_many(tx, account, &page, For::Reading).await?;
    let place = |id: SubscriberId| page.iter().position(|it| *it == id);
    people.sort_by_cached_key(|person| place(person.id));
    Ok(people)
}

/// The same of everybody.
async fn page(
    tx: &mut Tx,
    account: AccountId,
    filter: &Filter,
    after: &After,
    limit: Limit,
) -> Result<Vec<Subscriber>, Error> {
    Ok(match after {
        After::Newest(before) => store::page_newest(tx, account, filter, *before, limit).await?,
        After::Email(after) => {
            store::page_by_email(tx, account, filter, after.as_deref(), limit).await?
        }
        After::Activity(after) => {
            store::page_by_activity(tx, account, filter, *after, limit).await?
        }
    })
}
