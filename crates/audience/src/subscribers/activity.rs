//! When people were last active: the newest open or click.

use std::collections::BTreeMap;

use ctx::Ctx;
use db::WriteTx;
use events::{Consumer, Event, kind};
use kernel::{AccountId, Result, Timestamp};

use super::store;
use crate::SubscriberId;

/// Follows opens and clicks of people, not those of scanners.
#[derive(Clone, Copy, Debug, Default)]
pub struct LastActivity;

impl Consumer for LastActivity {
    fn name(&self) -> &'static str {
        "audience.last_activity"
    }

    fn reads_body(&self, _: &str) -> bool {
        false
    }

    async fn handle(&self, _: &Ctx, tx: &mut WriteTx, events: &[Event]) -> Result<()> {
        let mut latest: BTreeMap<(AccountId, SubscriberId), Timestamp> = BTreeMap::new();
        for event in events {
            let counts = [kind::MESSAGE_OPENED, kind::MESSAGE_CLICKED].contains(&&*event.kind);
            if let Some(subscriber) = event.subscriber.filter(|_| counts) {
                let at = latest
                    .entry((event.account, subscriber.into()))
                    .or_insert(event.at);
                *at = event.at.max(*at);
            }
        }
        let mut by_account: BTreeMap<AccountId, Vec<(SubscriberId, Timestamp)>> = BTreeMap::new();
        for ((account, subscriber), at) in latest {
            by_account
                .entry(account)
                .or_default()
                .push((subscriber, at));
        }
        for (account, people) in by_account {
            store::touch_activity(tx, account, &people).await?;
        }
        Ok(())
    }
}
