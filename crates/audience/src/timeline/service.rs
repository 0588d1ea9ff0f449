//! Reading a person's history.

use std::collections::BTreeSet;

use ctx::Ctx;
use db::Tx;
use events::{Event, Span, kind};
use kernel::{AccountId, Cursor, Error, Limit, Page, Result, Timestamp};

use super::model::{Entry, Names};
use super::store::{self, Named};
use crate::{SubscriberId, fields, subscribers};

/// Which part of a history.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Only these kinds, unless there are none; `message.*` is all that begin so.
    pub kinds: Vec<String>,
    /// Only from this time on.
    pub from: Option<Timestamp>,
    /// Only before this time.
    pub until: Option<Timestamp>,
}

/// What happened to a person.
pub async fn of(
    ctx: &Ctx,
    account: AccountId,
    subscriber: SubscriberId,
    query: &Query,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Entry>> {
    let kinds = kinds_of(&query.kinds)?;
    let span = Span {
        kinds: &kinds,
        from: query.from,
        until: query.until,
    };
    let mut tx = ctx.read().await?;
    if !subscribers::exists_in(&mut tx, account, subscriber).await? {
        return Err(Error::not_found("subscriber", subscriber));
    }
    let page = events::timeline_of(&mut tx, account, subscriber.get(), span, cursor, limit).await?;
    let names = names_in(&mut tx, account, &page.data).await?;
    Ok(page.map(|event| Entry {
        sentence: names.sentence(&event),
        event,
    }))
}

/// The kinds that are asked for, each once.
fn kinds_of(wanted: &[String]) -> Result<Vec<&'static str>> {
    let mut kinds = BTreeSet::new();
    for (i, wanted) in wanted.iter().enumerate() {
        let prefix = wanted.strip_suffix('*').filter(|it| it.ends_with('.'));
        let matching = kind::ALL.iter().copied().filter(|kind| match prefix {
            Some(prefix) => kind.starts_with(prefix),
            None => kind == wanted,
        });
        let matching: Vec<&str> = matching.collect();
        if matching.is_empty() {
            return Err(Error::invalid(
                format!("kind[{i}]"),
                "unknown",
                format!("there is no such kind; known: {}", kind::ALL.join(", ")),
            ));
        }
        kinds.extend(matching);
    }
    Ok(kinds.into_iter().collect())
}

/// The names of all that these events speak of.
async fn names_in(tx: &mut Tx, account: AccountId, events: &[Event]) -> Result<Names> {
    let subjects = |noun: &str| -> BTreeSet<i64> {
        events
            .iter()
            .filter(|event| event.kind.starts_with(noun))
            .filter_map(|event| event.subject)
            .collect()
    };
    let changes_fields = events
        .iter()
        .any(|event| event.kind == kind::SUBSCRIBER_UPDATED);
    let fields = if changes_fields {
        let catalog = fields::list(tx, account).await?;
        catalog
            .iter()
            .map(|field| (field.key.clone(), field.name.clone()))
            .collect()
    } else {
        std::collections::BTreeMap::new()
    };
    Ok(Names {
        groups: store::names(tx, account, Named::Group, &subjects("group.")).await?,
        tags: store::names(tx, account, Named::Tag, &subjects("tag.")).await?,
        segments: store::names(tx, account, Named::Segment, &subjects("segment.")).await?,
        campaigns: store::names(tx, account, Named::Campaign, &subjects("message.")).await?,
        fields,
    })
}
