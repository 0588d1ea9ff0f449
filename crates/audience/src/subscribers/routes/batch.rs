//! Many people in one request.

use axum::extract::State;
use identity::{Auth, Permission};
use kernel::FieldError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use web::{ApiError, App, Json};

use super::write::{CreateRequest, source_of};
use crate::subscribers::service::{self, Item, Mode, NewBatch, Outcome, Skip};
use crate::{GroupId, SubscriberId, TagId};

/// Which people are taken.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SubscriberBatchMode)]
pub(super) enum BatchMode {
    /// All: the new are created, the known updated.
    #[default]
    Upsert,
    /// Only new addresses; the known are skipped.
    CreateOnly,
    /// Only known addresses; the new are skipped.
    UpdateOnly,
}

/// Up to 1,000 people.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubscriberBatch, example = json!({
    "subscribers": [
        {"email": "ada@example.com", "first_name": "Ada", "fields": {"orders": 3}},
        {"email": "not an address"},
    ],
    "groups": ["361240977588224100"],
}))]
pub(super) struct BatchRequest {
    /// Each as in creating one.
    #[schema(value_type = Vec<CreateRequest>, max_items = 1000)]
    subscribers: Vec<Value>,
    /// `upsert` unless given.
    #[serde(default)]
    #[schema(inline)]
    mode: BatchMode,
    /// Groups to add all of them to.
    #[serde(default)]
    groups: Vec<GroupId>,
    /// Tags to give all of them.
    #[serde(default)]
    tags: Vec<TagId>,
}

/// What became of one of the people.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SubscriberBatchOutcome)]
pub(super) enum BatchOutcome {
    /// New.
    Created,
    /// Known, and something changed.
    Updated,
    /// Known, and the same already.
    Unchanged,
    /// Not taken, for the reason in `reason`.
    Skipped,
    /// Cannot be taken, for the reasons in `errors`.
    Invalid,
}

/// What became of one of the people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SubscriberBatchResult)]
pub(super) struct BatchResult {
    /// The place in the request, from 0.
    index: usize,
    /// Who it is; absent when there is nobody.
    #[schema(required)]
    id: Option<SubscriberId>,
    outcome: BatchOutcome,
    /// Why somebody is skipped: `address_suppressed`, `subscriber_exists`, `subscriber_unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What is wrong, field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// What became of the people.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = SubscriberBatchResults, example = json!({
    "created": 1,
    "updated": 0,
    "unchanged": 0,
    "skipped": 0,
    "invalid": 1,
    "results": [
        {"index": 0, "id": "361240977588224000", "outcome": "created"},
        {
            "index": 1,
            "id": null,
            "outcome": "invalid",
            "errors": [{"field": "email", "code": "invalid_email", "message": "the address has no @"}],
        },
    ],
}))]
pub(super) struct BatchResponse {
    created: usize,
    updated: usize,
    unchanged: usize,
    skipped: usize,
    invalid: usize,
    /// One for each, in the order of the request.
    results: Vec<BatchResult>,
}

impl BatchResponse {
    fn push(&mut self, item: Item) {
        let (outcome, id, reason, errors) = match item {
            Item::Invalid(errors) => (BatchOutcome::Invalid, None, None, errors),
            Item::Taken(outcome) => {
                let (outcome, id, reason) = told(outcome);
                (outcome, id, reason, Vec::new())
            }
        };
        *match outcome {
            BatchOutcome::Created => &mut self.created,
            BatchOutcome::Updated => &mut self.updated,
            BatchOutcome::Unchanged => &mut self.unchanged,
            BatchOutcome::Skipped => &mut self.skipped,
            BatchOutcome::Invalid => &mut self.invalid,
        } += 1;
        self.results.push(BatchResult {
            index: self.results.len(),
            id,
            outcome,
            reason,
            errors,
        });
    }
}

fn told(outcome: Outcome) -> (BatchOutcome, Option<SubscriberId>, Option<&'static str>) {
    match outcome {
        Outcome::Created(id) => (BatchOutcome::Created, Some(id), None),
        Outcome::Updated(id) => (BatchOutcome::Updated, Some(id), None),
        Outcome::Unchanged(id) => (BatchOutcome::Unchanged, Some(id), None),
        Outcome::Skipped(skip) => {
            let (id, reason) = match skip {
                Skip::Exists(id) => (Some(id), "subscriber_exists"),
                Skip::Unknown => (None, "subscriber_unknown"),
                Skip::Suppressed => (None, "address_suppressed"),
                Skip::Gone(_) => (None, "unsubscribed"),
            };
            (BatchOutcome::Skipped, id, reason.into())
        }
    }
}

/// Create or update many subscribers
///
/// Up to 1,000 in one transaction, each as in creating one. Somebody who cannot be taken does not keep the others from
/// being taken: the answer is 200 and says of each, in the order of the request, what became of them. Two items of one
/// address are taken one after the other. What is wrong with the request as a whole (unknown `groups` of all, too many
/// people) is a 422 and changes nobody. Repeat it safely with an `Idempotency-Key`. Needs the permission
/// `audience:write`.
#[utoipa::path(
    post,
    path = "/api/subscribers/batch",
    operation_id = "batch_upsert_subscribers",
    tag = "Subscribers",
    request_body = BatchRequest,
    responses((status = 200, body = BatchResponse)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
pub(super) async fn batch(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<BatchRequest>,
) -> Result<Json<BatchResponse>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let actor = auth.actor();
    let source = source_of(&actor);
    let mode = match request.mode {
        BatchMode::Upsert => Mode::CreateAndUpdate,
        BatchMode::CreateOnly => Mode::CreateOnly,
        BatchMode::UpdateOnly => Mode::UpdateOnly,
    };
    let items = request
        .subscribers
        .into_iter()
        .map(|value| web::from_value(value).map(|it: CreateRequest| it.into_new(source, mode)))
        .collect();
    let batch = NewBatch {
        items,
        mode,
        source,
        groups: request.groups,
        tags: request.tags,
    };
    let mut response = BatchResponse::default();
    for item in service::upsert_batch(&app.ctx, account, &actor, batch).await? {
        response.push(item);
    }
    Ok(Json(response))
}
