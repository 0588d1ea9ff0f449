//! One subscriber's history.

use db::{Tx, WriteTx};
use kernel::{AccountId, Cursor, Limit, Page, Timestamp};

use crate::Event;
use crate::store;

/// Which events of a timeline.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span<'a> {
    /// Only of these kinds, unless there are none.
    pub kinds: &'a [&'a str],
    /// Only from this time on.
    pub from: Option<Timestamp>,
    /// Only before this time.
    pub until: Option<Timestamp>,
}

/// Makes what happened to one subscriber the history of another; how many events it were.
pub async fn repoint(
    tx: &mut WriteTx,
    account: AccountId,
    from: i64,
    to: i64,
) -> kernel::Result<u64> {
    Ok(store::repoint(tx, account, from, to).await?)
}

/// What happened to a subscriber, newest first; only events of `kinds`, unless that is empty.
pub async fn timeline(
    tx: &mut Tx,
    account: AccountId,
    subscriber: i64,
    kinds: &[&str],
    after: Option<Cursor>,
    limit: Limit,
) -> kernel::Result<Page<Event>> {
    let span = Span {
        kinds,
        ..Span::default()
    };
    timeline_of(tx, account, subscriber, span, after, limit).await
}

/// The same within a span.
pub async fn timeline_of(
    tx: &mut Tx,
    account: AccountId,
    subscriber: i64,
    span: Span<'_>,
    after: Option<Cursor>,
    limit: Limit,
) -> kernel::Result<Page<Event>> {
    let rows = store::timeline(tx, account, subscriber, span, after, limit).await?;
    Ok(Page::from_rows(rows, limit, |event| Cursor {
        key: event.at.as_micros(),
        id: event.id.get(),
    }))
}
