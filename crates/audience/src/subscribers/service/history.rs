//! How a person came to the status they have.

use ctx::Ctx;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::read::exists_in;
use crate::SubscriberId;
use crate::subscribers::model::Status;

/// One change of a status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SubscriberStatusChange, example = json!({
    "at": "2026-05-04T09:30:00Z",
    "from": "active",
    "to": "unsubscribed",
    "reason": "one_click",
    "actor": "subscriber",
    "campaign_id": "361240977588224300",
}))]
pub struct StatusChange {
    pub at: Timestamp,
    /// The status before; absent when the person was created.
    #[schema(required)]
    pub from: Option<Status>,
    pub to: Status,
    /// A short code (`one_click`, `page`, `manual`, `import`, `complaint`, `confirmed`, `merged`, ...), or what somebody
    /// wrote. For a new person, where they came from.
    #[schema(required)]
    pub reason: Option<String>,
    /// Who did it: `user:ID`, `token:ID`, `subscriber` or `system`.
    #[schema(required)]
    pub actor: Option<String>,
    /// The campaign that it came through, if it did.
    #[schema(required, pattern = "^[0-9]+$")]
    pub campaign_id: Option<String>,
}

/// The changes of a person's status, the newest first; the last is how they were created.
pub async fn status_history(
    ctx: &Ctx,
    account: AccountId,
    id: SubscriberId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<StatusChange>> {
    let mut tx = ctx.read().await?;
    if !exists_in(&mut tx, account, id).await? {
        return Err(Error::not_found("subscriber", id));
    }
    let kinds = [
        events::kind::SUBSCRIBER_CREATED,
        events::kind::SUBSCRIBER_STATUS_CHANGED,
    ];
    let page = events::timeline(&mut tx, account, id.get(), &kinds, cursor, limit).await?;
    Ok(page.map(|event| {
        let is_new = event.kind == events::kind::SUBSCRIBER_CREATED;
        let text = |name: &str| event.body[name].as_str().map(str::to_owned);
        let status = |name: &str| event.body[name].as_str().and_then(Status::from_name);
        StatusChange {
            at: event.at,
            from: status("from"),
            to: status(if is_new { "status" } else { "to" }).unwrap_or(Status::Active),
            reason: text(if is_new { "source" } else { "reason" }),
            actor: text("actor"),
            campaign_id: event.subject.map(|id| id.to_string()),
        }
    }))
}
