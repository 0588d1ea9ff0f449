//! What a hook is.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

kernel::define_id!(
    /// An inbound hook.
    HookId
);

/// An address that takes what other programs send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    pub id: HookId,
    pub name: String,
    /// Where the body has the address of the subscriber.
    pub email_at: String,
    pub new_people: NewPeople,
    pub created_at: Timestamp,
    pub created_by: String,
    /// When the last event was recorded.
    pub last_received_at: Option<Timestamp>,
}

/// What becomes of addresses that nobody has yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HookNewPeople)]
pub enum NewPeople {
    /// A subscriber who has not confirmed: nothing but transactional mail is sent to them.
    #[default]
    Unconfirmed,
    /// An active subscriber: the other program knows that they agreed.
    Active,
    /// The request is refused.
    Refused,
}

impl NewPeople {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::Active => "active",
            Self::Refused => "refused",
        }
    }

    pub(super) fn from_stored(text: &str) -> Self {
        match text {
            "active" => Self::Active,
            "refused" => Self::Refused,
            _ => Self::Unconfirmed,
        }
    }
}

/// A hook to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewHook)]
pub struct NewHook {
    /// 1 to 100 characters, for people.
    #[schema(example = "Shop")]
    pub name: String,
    /// Where the body has the address of the subscriber, as a path such as `customer.email`.
    #[serde(default = "email")]
    #[schema(default = "email", example = "customer.email")]
    pub email_at: String,
    #[serde(default)]
    pub new_people: NewPeople,
}

fn email() -> String {
    "email".to_owned()
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = HookReceived, example = json!({"recorded": true}))]
pub struct Received {
    /// Whether it is new; an event of this key was recorded before if not.
    pub recorded: bool,
}
