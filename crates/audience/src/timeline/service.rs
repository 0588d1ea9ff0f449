//! Reading a person's history.

use ctx::Ctx;
use events::Event;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result};

use crate::{SubscriberId, subscribers};

/// What happened to a person; only events of `kinds`, unless that is empty.
pub async fn of(
    ctx: &Ctx,
    account: AccountId,
    subscriber: SubscriberId,
    kinds: &[String],
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Event>> {
    let unknown = kinds
        .iter()
        .position(|kind| !events::kind::ALL.contains(&kind.as_str()));
    if let Some(i) = unknown {
        return Err(Error::invalid(
            format!("kind[{i}]"),
            "unknown",
            format!(
                "there is no such kind; known: {}",
                events::kind::ALL.join(", ")
            ),
        ));
    }
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let mut tx = ctx.read().await?;
    if !subscribers::exists_in(&mut tx, account, subscriber).await? {
        return Err(Error::not_found("subscriber", subscriber));
    }
    events::timeline(&mut tx, account, subscriber.get(), &kinds, cursor, limit).await
}
