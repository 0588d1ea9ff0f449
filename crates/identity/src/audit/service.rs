//! Writing and reading the log.

use ctx::Ctx;
use db::Tx;
use kernel::{AccountId, Cursor, Limit, Page, Result};
use serde_json::Value;

use super::model::{Entry, Filter};
use super::store;
use crate::auth::Actor;

/// Notes a change, in the transaction that makes it. `target` is the kind of thing and its id. No secrets in `before`
/// and `after`.
#[expect(
    clippy::too_many_arguments,
    reason = "who, what, to what, from what, to what: none can be left out"
)]
pub async fn audit(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    actor: &Actor,
    action: &str,
    target: (&str, impl ToString + Send),
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    let (kind, id) = target;
    let target = (kind, id.to_string());
    tx.touch(account, "audit_log");
    if let Some(resource) = resource_of(kind) {
        tx.touch(account, resource);
    }
    store::insert(
        tx,
        account,
        ctx.ids.next(),
        ctx.clock.now(),
        actor,
        action,
        target,
        before,
        after,
    )
    .await?;
    Ok(())
}

/// What the API calls the things of a kind.
fn resource_of(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "account" => "account",
        "automation" => "automations",
        "bulk_action" => "bulk_actions",
        "campaign" => "campaigns",
        "campaign_series" => "campaign_series",
        "booking_settings" | "event_type" => "event_types",
        "dkim_key" => "dkim_keys",
        "export" => "exports",
        "field" => "fields",
        "group" => "groups",
        "host" => "hosts",
        "import" => "imports",
        "schedule" => "schedules",
        "segment" => "segments",
        "send_limit" => "send_limits",
        "sender" => "senders",
        "subscriber" => "subscribers",
        "suppression" => "suppressions",
        "tag" => "tags",
        "token" => "tokens",
        "transport" => "transports",
        "user" => "users",
        "view" => "views",
        _ => return None,
    })
}

/// What happened in the account, newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    filter: &Filter,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Entry>> {
    let mut tx = ctx.read().await?;
    let rows = store::list(&mut tx, account, filter, cursor, limit).await?;
    Ok(Page::from_rows(rows, limit, |entry| Cursor {
        key: 0,
        id: entry.id.get(),
    }))
}
