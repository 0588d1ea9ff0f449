//! One subscriber's history.

use db::{Tx, WriteTx};
use kernel::{AccountId, Cursor, Limit, Page};

use crate::Event;
use crate::store;

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
    let rows = store::timeline(tx, account, subscriber, kinds, after, limit).await?;
    Ok(Page::from_rows(rows, limit, |event| Cursor {
        key: event.at.as_micros(),
        id: event.id.get(),
    }))
}
