//! Giving the messages of one subscriber to another, with their hits and reasons.

use audience::SubscriberId;
use db::{Result, Tx};
use kernel::AccountId;

/// A message that waits while the other one gets the same campaign stays where it is: nobody has its subscriber any more,
/// so it is skipped, and nobody is mailed twice. One that has ended beside another gets an entry of its own.
pub(crate) async fn repoint(
    tx: &mut Tx,
    account: AccountId,
    from: SubscriberId,
    to: SubscriberId,
) -> Result<()> {
    const TWICE: &str = "exists (select 1 from message o where o.source_id = message.source_id \
        and o.kind = message.kind and o.subscriber_id = $3 and o.entry = message.entry)";
    for sql in [
        format!(
            "update message set subscriber_id = $3 \
             where account_id = $1 and subscriber_id = $2 and not {TWICE}"
        ),
        "update message set subscriber_id = $3, entry = -id \
         where account_id = $1 and subscriber_id = $2 \
           and state in ('sent', 'failed', 'skipped', 'cancelled', 'unknown')"
            .to_owned(),
        "update hit set subscriber_id = $3 where account_id = $1 and subscriber_id = $2 \
           and message_id in (select id from message where account_id = $1 and subscriber_id = $3)"
            .to_owned(),
        "update unsubscribe_reason set subscriber_id = $3 where account_id = $1 and subscriber_id = $2 \
           and message_id in (select id from message where account_id = $1 and subscriber_id = $3)"
            .to_owned(),
    ] {
        tx.query(sql)
            .bind(account)
            .bind(from)
            .bind(to)
            .execute()
            .await?;
    }
    Ok(())
}
