//! Sessions.

use std::net::IpAddr;
use std::time::Duration;

use kernel::{AccountId, Timestamp, UserId};

use crate::auth::SecretHash;
use crate::passwords::Password;

const DAY: Duration = Duration::from_hours(24);

/// How long a session lasts without a request.
pub const IDLE: Duration = DAY.saturating_mul(7);
/// How long a session lasts at most.
pub const LIFETIME: Duration = DAY.saturating_mul(30);

/// Where a sign-in comes from.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The address, if it is known.
    pub ip: Option<IpAddr>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
}

/// An attempt to sign in.
#[derive(Clone, Debug)]
pub(super) struct SignIn {
    /// As typed: it need not be an address.
    pub(super) email: String,
    /// As typed.
    pub(super) password: Password,
    /// From where.
    pub(super) client: Client,
}

/// A session that was just opened.
#[derive(Clone, Debug)]
pub(crate) struct NewSession {
    /// What the cookie holds: known only now.
    pub(crate) secret: String,
    pub(crate) hash: SecretHash,
    pub(crate) user: UserId,
    pub(crate) account: Option<AccountId>,
    pub(crate) expires_at: Timestamp,
}
