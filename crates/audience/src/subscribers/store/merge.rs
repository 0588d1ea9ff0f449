//! Two records that become one. Table: `subscriber_merge`, which says who somebody is now.

use std::collections::HashMap;

use db::{Result, Tx, ensure_affected, in_list};
use kernel::{AccountId, Timestamp};

use crate::SubscriberId;
use crate::subscribers::model::Subscriber;

/// Remembers that `other` is `kept` now, and so is everybody who was `other` before.
pub(in crate::subscribers) async fn insert_merge(
    tx: &mut Tx,
    account: AccountId,
    kept: SubscriberId,
    other: SubscriberId,
    now: Timestamp,
) -> Result<()> {
    tx.query("update subscriber_merge set into_id = $3 where account_id = $1 and into_id = $2")
        .bind(account)
        .bind(other)
        .bind(kept)
        .execute()
        .await?;
    tx.query(
        "insert into subscriber_merge (account_id, id, into_id, merged_at) values ($1, $2, $3, $4)",
    )
    .bind(account)
    .bind(other)
    .bind(kept)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Who those of `people` are now who were merged into somebody.
pub(in crate::subscribers) async fn merged_into(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<HashMap<SubscriberId, SubscriberId>> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    tx.query(format!(
        "select id, into_id from subscriber_merge where account_id = $1 and id in {}",
        in_list(2, people.len())
    ))
    .bind(account)
    .bind_list(people.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.at(0)?, row.at(1)?)))
    .collect()
}

/// Writes what no other change of a person touches: where they came from, and when they were last active.
pub(in crate::subscribers) async fn set_origin(
    tx: &mut Tx,
    account: AccountId,
    person: &Subscriber,
) -> Result<()> {
    let affected = tx
        .query(
            "update subscriber set source = $3, import_id = $4, created_at = $5, last_activity_at = $6
             where account_id = $1 and id = $2",
        )
        .bind(account)
        .bind(person.id)
        .bind(person.source.as_str())
        .bind(person.import)
        .bind(person.created_at)
        .bind(person.last_activity_at)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}
