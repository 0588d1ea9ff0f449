//! API tokens.

use kernel::{Timestamp, UserId};
use serde::Serialize;

use crate::auth::Scopes;

kernel::define_id!(
    /// An API token.
    TokenId
);

/// What every token begins with, so that people and scanners recognize one that leaked.
pub(super) const PREFIX: &str = "sendero_";

/// An API token without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = ApiToken)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What it is for.
    #[schema(example = "Shop")]
    pub name: String,
    /// What it may do, as far as its maker may.
    #[schema(value_type = Vec<crate::auth::Permission>)]
    pub scopes: Scopes,
    /// Who made it.
    pub user_id: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it ends; absent means never.
    pub expires_at: Option<Timestamp>,
    /// When it was used, to within five minutes.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// What a new token needs.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}
