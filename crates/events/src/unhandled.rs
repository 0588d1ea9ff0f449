//! What a consumer has not come to yet.

use db::Tx;
use kernel::{AccountId, Timestamp};

use crate::{Event, store};

/// What this transaction sees of some people and the consumer has not handled yet, in the order in which it will; recorded
/// since a time.
pub async fn unhandled_in(
    tx: &mut Tx,
    consumer: &str,
    account: AccountId,
    people: &[i64],
    since: Timestamp,
) -> db::Result<Vec<Event>> {
    let Some(place) = store::cursor(tx, consumer).await? else {
        return Ok(Vec::new());
    };
    if people.is_empty() || store::place_after(tx, place).await?.is_none() {
        return Ok(Vec::new());
    }
    store::of_people_after(tx, account, people, place, since).await
}
