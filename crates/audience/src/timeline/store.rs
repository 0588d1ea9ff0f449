//! Names of what events speak of.

use std::collections::{BTreeMap, BTreeSet};

use db::{Result, Tx, in_list};
use kernel::AccountId;

/// The tables with something that is the subject of an event. Campaigns belong to another crate, which is above this
/// one: only their names are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named {
    Group,
    Tag,
    Segment,
    Campaign,
}

pub(super) async fn names(
    tx: &mut Tx,
    account: AccountId,
    named: Named,
    ids: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, String>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let table = match named {
        Named::Group => "contact_group",
        Named::Tag => "tag",
        Named::Segment => "segment",
        Named::Campaign => "campaign",
    };
    tx.query(format!(
        "select id, name from {table} where account_id = $1 and id in {}",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.at(0)?, row.at(1)?)))
    .collect()
}
