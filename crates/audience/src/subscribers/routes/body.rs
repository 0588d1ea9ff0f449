//! A person in JSON.

use kernel::{Timestamp, UserId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::subscribers::model::{Consent, Source, Status};
use crate::subscribers::service::Profile;
use crate::{GroupId, ImportId, SubscriberId, TagId};

/// A person.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Subscriber, example = json!({
    "id": "361240977588224000",
    "email": "ada@example.com",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "phone": null,
    "status": "active",
    "status_reason": null,
    "status_changed_at": "2026-05-04T09:30:00Z",
    "source": "form",
    "score": 12,
    "owner_id": null,
    "time_zone": "Europe/London",
    "language": "en-GB",
    "consent": {"at": "2026-05-04T09:29:41Z", "ip": "203.0.113.7", "source": "Newsletter form"},
    "confirmed_at": "2026-05-04T09:30:00Z",
    "confirmed_ip": "203.0.113.7",
    "created_at": "2026-05-04T09:29:41Z",
    "updated_at": "2026-05-04T09:30:00Z",
    "last_activity_at": null,
    "import_id": null,
    "fields": {"birthday": "1815-12-10", "orders": 3},
    "groups": ["361240977588224100"],
    "tags": [],
}))]
pub(super) struct SubscriberBody {
    pub(super) id: SubscriberId,
    /// The address. Two addresses are the same without regard to case.
    pub(super) email: String,
    #[schema(required)]
    pub(super) first_name: Option<String>,
    #[schema(required)]
    pub(super) last_name: Option<String>,
    #[schema(required)]
    pub(super) phone: Option<String>,
    /// Only the active get mail.
    pub(super) status: Status,
    /// Why they have the status.
    #[schema(required)]
    pub(super) status_reason: Option<String>,
    pub(super) status_changed_at: Timestamp,
    /// Where they came from.
    pub(super) source: Source,
    pub(super) score: i64,
    /// The user who looks after them.
    #[schema(required)]
    pub(super) owner_id: Option<UserId>,
    #[schema(required)]
    pub(super) time_zone: Option<String>,
    #[schema(required)]
    pub(super) language: Option<String>,
    /// That they agreed to get mail.
    #[schema(required)]
    pub(super) consent: Option<Consent>,
    /// When they confirmed the subscription (double opt-in).
    #[schema(required)]
    pub(super) confirmed_at: Option<Timestamp>,
    #[schema(required)]
    pub(super) confirmed_ip: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// When they last opened or clicked.
    #[schema(required)]
    pub(super) last_activity_at: Option<Timestamp>,
    /// The import that created them.
    #[schema(required)]
    pub(super) import_id: Option<ImportId>,
    /// The values of custom fields by key; fields without a value are left out.
    #[schema(value_type = Object)]
    pub(super) fields: Map<String, Value>,
    /// The groups they are in.
    pub(super) groups: Vec<GroupId>,
    /// The tags they have.
    pub(super) tags: Vec<TagId>,
}

impl From<Profile> for SubscriberBody {
    fn from(profile: Profile) -> Self {
        let person = profile.subscriber;
        Self {
            id: person.id,
            email: person.email,
            first_name: person.first_name,
            last_name: person.last_name,
            phone: person.phone,
            status: person.status,
            status_reason: person.status_reason,
            status_changed_at: person.status_changed_at,
            source: person.source,
            score: person.score,
            owner_id: person.owner,
            time_zone: person.time_zone,
            language: person.language,
            consent: person.consent,
            confirmed_at: person.confirmed_at,
            confirmed_ip: person.confirmed_ip,
            created_at: person.created_at,
            updated_at: person.updated_at,
            last_activity_at: person.last_activity_at,
            import_id: person.import,
            fields: profile
                .fields
                .into_iter()
                .map(|(key, value)| (key, value.to_json()))
                .collect(),
            groups: profile.groups,
            tags: profile.tags,
        }
    }
}
