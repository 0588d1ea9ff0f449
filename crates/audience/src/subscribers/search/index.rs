//! Writing the words of people behind their changes.

use std::collections::{BTreeMap, BTreeSet};

use ctx::Ctx;
use db::WriteTx;
use events::{Consumer, Event, kind};
use kernel::{AccountId, Result};
use serde_json::Value;

use super::store;
use crate::SubscriberId;

/// What of a person is searched.
const SEARCHED: [&str; 4] = ["email", "first_name", "last_name", "phone"];

/// Follows whatever changes what people are found by. It writes what they are now, so it may come late and twice.
#[derive(Clone, Copy, Debug, Default)]
pub struct SearchIndex;

impl Consumer for SearchIndex {
    fn name(&self) -> &'static str {
        "audience.search"
    }

    /// An import has the writer to itself: people are found by their words when it is done.
    async fn is_good_time(&self, ctx: &Ctx) -> Result<bool> {
        let mut tx = ctx.read().await?;
        Ok(!store::is_import_running(&mut tx).await?)
    }

    fn reads_body(&self, kind: &str) -> bool {
        kind == kind::SUBSCRIBER_UPDATED
    }

    async fn handle(&self, _: &Ctx, tx: &mut WriteTx, events: &[Event]) -> Result<()> {
        let mut people: BTreeMap<AccountId, BTreeSet<SubscriberId>> = BTreeMap::new();
        for event in events.iter().filter(|event| concerns(event)) {
            if let Some(subscriber) = event.subscriber {
                let list = people.entry(event.account).or_default();
                list.insert(subscriber.into());
            }
        }
        for (account, people) in people {
            write(tx, account, &people).await?;
        }
        Ok(())
    }
}

fn concerns(event: &Event) -> bool {
    match event.kind.as_str() {
        kind::SUBSCRIBER_CREATED | kind::SUBSCRIBER_DELETED => true,
        kind::SUBSCRIBER_UPDATED => {
            let changed = event.body["changed"].as_array().map(Vec::as_slice);
            changed
                .unwrap_or_default()
                .iter()
                .filter_map(Value::as_str)
                .any(|name| SEARCHED.contains(&name))
        }
        _ => false,
    }
}

/// Writes the words that these people have now.
async fn write(
    tx: &mut WriteTx,
    account: AccountId,
    people: &BTreeSet<SubscriberId>,
) -> Result<()> {
    let people: Vec<SubscriberId> = people.iter().copied().collect();
    let mut now = store::texts(tx, account, &people).await?;
    let mut before = store::words_of(tx, account, &people).await?;
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    let (mut changed, mut gone) = (Vec::new(), Vec::new());
    for id in people {
        let old = before.remove(&id);
        let new = now.remove(&id);
        match (&old, &new) {
            (None, None) => continue,
            (Some(old), Some(new)) if old == new => continue,
            (Some(_), None) => gone.push(id),
            (_, Some(new)) => changed.push((id, store::joined(new))),
        }
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        added.extend(new.difference(&old).map(|word| (word.clone(), id)));
        removed.extend(old.difference(&new).map(|word| (word.clone(), id)));
    }
    // In the order of the index.
    added.sort_unstable();
    store::remove_terms(tx, account, &removed).await?;
    store::add_terms(tx, account, &added).await?;
    store::put_words(tx, account, &changed).await?;
    store::remove_words(tx, account, &gone).await?;
    Ok(())
}
