//! Which conditions held for the recipients of messages.

use std::collections::BTreeMap;

use db::{Result, Tx, in_list};
use kernel::AccountId;

use crate::messages::MessageId;

/// Keeps what was decided for messages: one statement for all with the same decisions.
pub(crate) async fn keep(
    tx: &mut Tx,
    account: AccountId,
    decided: impl Iterator<Item = (MessageId, i64)>,
) -> Result<()> {
    let mut alike: BTreeMap<i64, Vec<MessageId>> = BTreeMap::new();
    for (message, shown) in decided {
        alike.entry(shown).or_default().push(message);
    }
    for (shown, messages) in alike {
        for chunk in messages.chunks(512) {
            let sql = format!(
                "update message set shown = $2 where account_id = $1 and id in {}",
                in_list(3, chunk.len())
            );
            tx.query(sql)
                .bind(account)
                .bind(shown)
                .bind_list(chunk.iter().copied())
                .execute()
                .await?;
        }
    }
    Ok(())
}

/// What was decided for a message, if anything was.
pub(crate) async fn find(tx: &mut Tx, account: AccountId, id: MessageId) -> Result<Option<i64>> {
    let row = tx
        .query("select shown from message where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    match row {
        Some(row) => row.get("shown"),
        None => Ok(None),
    }
}
