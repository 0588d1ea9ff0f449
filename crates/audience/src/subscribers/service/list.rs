//! Pages of people: filtered, searched and sorted.

use std::collections::HashSet;

use ctx::Ctx;
use db::Tx;
use kernel::{AccountId, Cursor, Limit, Page, Result, Timestamp, fold};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::read::{Profile, profiles_in};
use crate::input::TextCursor;
use crate::subscribers::model::{Status, Subscriber};
use crate::subscribers::search;
use crate::subscribers::store::{self, After, Among, Filter, For};
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
const FEW: i64 = if cfg!(test) { 3 } else { 5_000 };

/// The same where those who have it can be read by their age: more need not be counted.
const FEW_BY_AGE: i64 = if cfg!(test) { 3 } else { 1_000 };

/// How many of the newest people are looked at for a page before those who have a word are looked up by it.
const WINDOW: i64 = if cfg!(test) { 2 } else { 3_000 };

/// A page of people.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    query: ListQuery,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<Profile>> {
    let after = decode(query.sort, cursor)?;
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
        above: None,
        email_prefix: None,
        words: Vec::new(),
    };
    if let Some(segment) = query.segment {
        filter.segment = Some(segments::compile_in(&mut tx, ctx, account, segment).await?);
    }
    let rarest = match words.flatten() {
        None => Rarest::None,
        Some(words) => rarest(&mut tx, account, words, query.sort, &mut filter).await?,
    };
    let people = match rarest {
        Rarest::Nobody => Vec::new(),
        Rarest::Few(word) => few(&mut tx, account, &word, &filter, &after, limit, false).await?,
        Rarest::ManyAddresses(word) => {
            by_address(&mut tx, account, word, filter, &after, limit).await?
        }
        Rarest::Many(word) => many(&mut tx, account, word, filter, &after, limit).await?,
        Rarest::None => page(&mut tx, account, &filter, &after, limit).await?,
    };
    let page = cut(people, query.sort, limit);
    Ok(Page {
        data: profiles_in(&mut tx, account, page.data).await?,
        next_cursor: page.next_cursor,
    })
}

/// Of those who were never active, which no time is.
const NEVER: i64 = i64::MIN;

fn decode(sort: Sort, cursor: Option<&str>) -> Result<After> {
    let place = |cursor: Option<&str>| cursor.map(Cursor::decode).transpose();
    Ok(match sort {
        Sort::Newest => After::Newest(place(cursor)?.map(|it| it.id)),
        Sort::Email => After::Email(TextCursor::decode(cursor)?),
        Sort::LastActivity => After::Activity(place(cursor)?.map(|it| {
            let at = (it.key != NEVER).then(|| Timestamp::from_micros(it.key));
            (at, it.id)
        })),
    })
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

/// The word of a search that the fewest people have.
enum Rarest {
    /// It is had by so few that they are looked up by it.
    Few(String),
    /// Few people have it apart from those whose addresses begin so, and the list is in the order of the addresses: there
    /// they may be far from its start, but together.
    ManyAddresses(String),
    /// Many people have it.
    Many(String),
    /// There is none.
    None,
    /// Nobody has it.
    Nobody,
}

/// Puts what is still to be asked of people, the other words or all, into the filter.
async fn rarest(
    tx: &mut Tx,
    account: AccountId,
    words: Vec<String>,
    sort: Sort,
    filter: &mut Filter,
) -> Result<Rarest> {
    if words.is_empty() {
        return Ok(Rarest::Nobody);
    }
    let mut counted = Vec::with_capacity(words.len());
    for word in words {
        let most = match sort {
            Sort::Newest if search::store::has_head(&word) => FEW_BY_AGE,
            _ => FEW,
        };
        match search::store::count(tx, account, &word, most).await? {
            (0, 0) => return Ok(Rarest::Nobody),
            (words, addresses) => counted.push(Counted {
                all: words + addresses,
                words,
                few: words + addresses <= most,
                word,
            }),
        }
    }
    counted.sort_unstable_by_key(|one| (!one.few, one.all));
    let first = counted.remove(0);
    filter.words = counted.into_iter().map(|one| one.word).collect();
    Ok(if first.few {
        Rarest::Few(first.word)
    } else if first.words <= FEW && sort == Sort::Email {
        Rarest::ManyAddresses(first.word)
    } else {
        Rarest::Many(first.word)
    })
}

/// How many people have a word, as far as it was counted.
struct Counted {
    /// Words and addresses that begin so.
    all: i64,
    words: i64,
    /// Whether these are all.
    few: bool,
    word: String,
}

/// A page, and one more, of those who have a word that many have: they are read in the order of the list, which soon
/// has a page of them. Unless they are all old: then they are looked up by the word after all.
async fn many(
    tx: &mut Tx,
    account: AccountId,
    word: String,
    filter: Filter,
    after: &After,
    limit: Limit,
) -> Result<Vec<Subscriber>> {
    let by_age = matches!(after, After::Newest(_)) && search::store::has_head(&word);
    if by_age && filter.asks_nothing() {
        return few(tx, account, &word, &filter, after, limit, true).await;
    }
    let mut walk = filter.clone();
    walk.words.push(word.clone());
    if let After::Newest(before) = after {
        walk.above = store::id_below(tx, account, *before, WINDOW).await?;
    }
    let people = page(tx, account, &walk, after, limit).await?;
    if walk.above.is_none() || people.len() > limit.get() {
        return Ok(people);
    }
    few(tx, account, &word, &filter, after, limit, true).await
}

/// A page, and one more, of those who have a word, who are looked up by it. `many` may have it after all.
async fn few(
    tx: &mut Tx,
    account: AccountId,
    word: &str,
    filter: &Filter,
    after: &After,
    limit: Limit,
    many: bool,
) -> Result<Vec<Subscriber>> {
    let ids = match after {
        // A rule is better asked once than of each few again.
        After::Newest(before) if filter.segment.is_none() => {
            newest(tx, account, (word, many), filter, *before, limit).await?
        }
        _ => {
            let among = Among::WordOrAddress(word);
            store::page_among(tx, account, among, filter, after, limit).await?
        }
    };
    in_order(tx, account, &ids).await
}

/// The ids of such a page, the newest first: the indexes tell who has the word, and only of the newest of them the rest
/// is looked at; of more and more, until there are enough.
async fn newest(
    tx: &mut Tx,
    account: AccountId,
    (word, many): (&str, bool),
    filter: &Filter,
    before: Option<i64>,
    limit: Limit,
) -> Result<Vec<SubscriberId>> {
    let wanted = limit.get() + 1;
    let mut found = Vec::with_capacity(wanted);
    let mut before = before.unwrap_or(i64::MAX);
    let mut most = limit.plus_one();
    loop {
        let some = search::store::newest(tx, account, word, before, most, many).await?;
        let among = Among::These(&some.ids);
        found.extend(
            store::page_among(tx, account, among, filter, &After::Newest(None), limit).await?,
        );
        found.truncate(wanted);
        match some.behind {
            Some(behind) if found.len() < wanted => before = behind,
            _ => return Ok(found),
        }
        most = (most * 4).min(10_000);
    }
}

/// A page, and one more, by address: of those whose addresses begin with the word, and of those who have it elsewhere.
async fn by_address(
    tx: &mut Tx,
    account: AccountId,
    word: String,
    mut filter: Filter,
    after: &After,
    limit: Limit,
) -> Result<Vec<Subscriber>> {
    let ids = store::page_among(tx, account, Among::Word(&word), &filter, after, limit).await?;
    let mut people = store::find_many(tx, account, &ids, For::Reading).await?;
    filter.email_prefix = Some(word);
    let ids: HashSet<SubscriberId> = ids.into_iter().collect();
    let others = page(tx, account, &filter, after, limit).await?;
    people.extend(others.into_iter().filter(|it| !ids.contains(&it.id)));
    people.sort_by_cached_key(|person| fold(&person.email));
    people.truncate(limit.get() + 1);
    Ok(people)
}

async fn in_order(
    tx: &mut Tx,
    account: AccountId,
    ids: &[SubscriberId],
) -> Result<Vec<Subscriber>> {
    let mut people = store::find_many(tx, account, ids, For::Reading).await?;
    let place = |id: SubscriberId| ids.iter().position(|it| *it == id);
    people.sort_by_cached_key(|person| place(person.id));
    Ok(people)
}

/// A page, and one more, of everybody whom the filter selects.
async fn page(
    tx: &mut Tx,
    account: AccountId,
    filter: &Filter,
    after: &After,
    limit: Limit,
) -> Result<Vec<Subscriber>> {
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
