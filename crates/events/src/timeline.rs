//! One subscriber's history.

use db::Tx;
use kernel::{AccountId, Cursor, Limit, Page};

use crate::Event;
use crate::store;

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
