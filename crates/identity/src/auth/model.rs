//! Roles, permissions, actors.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use kernel::{AccountId, Error, FromValue, Result, ToValue, UserId, Value, ValueKind};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::tokens::TokenId;

/// What a member of an account is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything, also with other owners. An account always has one.
    Owner,
    /// Runs the account: settings, users below the owners, API tokens.
    Admin,
    /// Works with people and campaigns.
    Editor,
    /// Looks, changes nothing.
    Viewer,
}

/// What may be done. Also the scopes of API tokens, in the words of [`Permission::as_str`].
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
pub enum Permission {
    /// See subscribers, groups, segments.
    #[serde(rename = "audience:read")]
    AudienceRead,
    /// Change them, import, bulk update.
    #[serde(rename = "audience:write")]
    AudienceWrite,
    /// See campaigns and their reports.
    #[serde(rename = "campaigns:read")]
    CampaignsRead,
    /// Write campaigns.
    #[serde(rename = "campaigns:write")]
    CampaignsWrite,
    /// Send, schedule, pause and cancel them.
    #[serde(rename = "campaigns:send")]
    CampaignsSend,
    /// Send transactional messages.
    #[serde(rename = "messages:send")]
    MessagesSend,
    /// See event types, availability and bookings.
    #[serde(rename = "bookings:read")]
    BookingsRead,
    /// Change them, and book.
    #[serde(rename = "bookings:write")]
    BookingsWrite,
    /// See the settings of the account and who its members are.
    #[serde(rename = "settings:read")]
    SettingsRead,
    /// Change settings and transports.
    #[serde(rename = "settings:write")]
    SettingsWrite,
    /// Add and remove members, change roles.
    #[serde(rename = "users:manage")]
    UsersManage,
    /// Make and revoke API tokens.
    #[serde(rename = "tokens:manage")]
    TokensManage,
    /// See who changed what.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// Create further accounts, and whatever concerns the account as a whole.
    #[serde(rename = "account:manage")]
    AccountManage,
}

impl Role {
    /// All of them, the most powerful first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Editor, Self::Viewer];

    /// As it is stored and written in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Viewer => "viewer",
        }
    }

    /// What the role may do.
    ///
    /// | | viewer | editor | admin | owner |
    /// |---|---|---|---|---|
    /// | audience, campaigns, bookings, settings: read | yes | yes | yes | yes |
    /// | audience, campaigns, bookings: write; campaigns, messages: send | | yes | yes | yes |
    /// | settings: write; users, tokens: manage; audit: read | | | yes | yes |
    /// | account: manage; owners | | | | yes |
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{
            AccountManage, AudienceRead, AudienceWrite, AuditRead, BookingsRead, BookingsWrite,
            CampaignsRead, CampaignsSend, CampaignsWrite, MessagesSend, SettingsRead,
            SettingsWrite, TokensManage, UsersManage,
        };
        match self {
            Self::Viewer => &[AudienceRead, CampaignsRead, BookingsRead, SettingsRead],
            Self::Editor => &[
                AudienceRead,
                CampaignsRead,
                BookingsRead,
                SettingsRead,
                AudienceWrite,
                CampaignsWrite,
                CampaignsSend,
                MessagesSend,
                BookingsWrite,
            ],
            Self::Admin => &[
                AudienceRead,
                CampaignsRead,
                BookingsRead,
                SettingsRead,
                AudienceWrite,
                CampaignsWrite,
                CampaignsSend,
                MessagesSend,
                BookingsWrite,
                SettingsWrite,
                UsersManage,
                TokensManage,
                AuditRead,
            ],
            Self::Owner => &[
                AudienceRead,
                CampaignsRead,
                BookingsRead,
                SettingsRead,
                AudienceWrite,
                CampaignsWrite,
                CampaignsSend,
                MessagesSend,
                BookingsWrite,
                SettingsWrite,
                UsersManage,
                TokensManage,
                AuditRead,
                AccountManage,
            ],
        }
    }

    /// Whether the role may do it.
    pub fn allows(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

impl FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| "choose owner, admin, editor or viewer".to_owned())
    }
}

impl ToValue for Role {
    fn to_value(self) -> Value {
        self.as_str().to_value()
    }
    fn null() -> Value {
        Value::Text(None)
    }
}

impl FromValue for Role {
    const KIND: ValueKind = ValueKind::Text;
    fn from_value(value: Value) -> Result<Self, String> {
        String::from_value(value)?.parse()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Permission {
    /// All of them.
    pub const ALL: &'static [Self] = Role::Owner.permissions();

    /// The word in scopes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AudienceRead => "audience:read",
            Self::AudienceWrite => "audience:write",
            Self::CampaignsRead => "campaigns:read",
            Self::CampaignsWrite => "campaigns:write",
            Self::CampaignsSend => "campaigns:send",
            Self::MessagesSend => "messages:send",
            Self::BookingsRead => "bookings:read",
            Self::BookingsWrite => "bookings:write",
            Self::SettingsRead => "settings:read",
            Self::SettingsWrite => "settings:write",
            Self::UsersManage => "users:manage",
            Self::TokensManage => "tokens:manage",
            Self::AuditRead => "audit:read",
            Self::AccountManage => "account:manage",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Permission {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .find(|permission| permission.as_str() == text)
            .copied()
            .ok_or_else(|| format!("there is no scope {text}"))
    }
}

/// A set of permissions: the scopes of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = Vec<Permission>)]
pub struct Scopes(BTreeSet<Permission>);

impl Scopes {
    /// Whether it is in the set.
    pub fn contains(&self, permission: Permission) -> bool {
        self.0.contains(&permission)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = Permission> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Permission> for Scopes {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().collect())
    }
}

/// Who does something, as columns such as `created_by` and the audit log name them: `user:123`, `token:456`, `system`,
/// `cli`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "user:361240977588224000")]
pub struct Actor(Cow<'static, str>);

impl Actor {
    /// A person.
    pub fn user(user: UserId) -> Self {
        Self(Cow::Owned(format!("user:{user}")))
    }

    /// A program with an API token.
    pub fn token(token: TokenId) -> Self {
        Self(Cow::Owned(format!("token:{token}")))
    }

    /// Sendero itself: jobs and schedules.
    pub const fn system() -> Self {
        Self(Cow::Borrowed("system"))
    }

    /// Whoever has the command line of the server.
    pub const fn command_line() -> Self {
        Self(Cow::Borrowed("cli"))
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ToValue for &Actor {
    fn to_value(self) -> Value {
        Value::Text(Some(self.0.to_string()))
    }
    fn null() -> Value {
        Value::Text(None)
    }
}

/// What the database knows a secret by.
pub(crate) type SecretHash = [u8; 32];

/// The hash of a secret that is random enough to need no slow one.
pub fn hash_secret(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// How a request proved who it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// The cookie of a session.
    Session(SecretHash),
    /// An API token with its scopes.
    Token(TokenId, Scopes),
    /// Being on the server's command line.
    CommandLine,
}

/// Who makes the request: an extractor. Answers 401 when nobody is signed in, 403 when the CSRF token is missing.
#[derive(Clone, Debug)]
pub struct Auth {
    pub(crate) user: UserId,
    /// The account it acts in, with the user's role there. A user who was removed from it has none.
    pub(crate) membership: Option<(AccountId, Role)>,
    pub(crate) credential: Credential,
}

impl Auth {
    /// The account, if the role and (for a token) the scopes permit it there.
    pub fn allow(&self, permission: Permission) -> Result<AccountId> {
        let Some((account, role)) = self.membership else {
            return Err(Error::Forbidden(
                "you are not a member of this account any more; switch to another".into(),
            ));
        };
        if !role.allows(permission) {
            return Err(Error::Forbidden(
                format!("the role {role} may not do this; it needs {permission}").into(),
            ));
        }
        match &self.credential {
            Credential::Token(_, scopes) if !scopes.contains(permission) => Err(Error::Forbidden(
                format!("the API token lacks the scope {permission}").into(),
            )),
            _ => Ok(account),
        }
    }

    /// What it may do in its account, all told.
    pub fn permissions(&self) -> Scopes {
        self.membership
            .map_or(&[][..], |(_, role)| role.permissions())
            .iter()
            .filter(|permission| match &self.credential {
                Credential::Session(_) | Credential::CommandLine => true,
                Credential::Token(_, scopes) => scopes.contains(**permission),
            })
            .copied()
            .collect()
    }

    /// Who, for columns such as `created_by`.
    pub fn actor(&self) -> Actor {
        match &self.credential {
            Credential::Session(_) => Actor::user(self.user),
            Credential::Token(token, _) => Actor::token(*token),
            Credential::CommandLine => Actor::command_line(),
        }
    }

    /// The person: for a token, who made it.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The role in the account.
    pub fn role(&self) -> Option<Role> {
        self.membership.map(|(_, role)| role)
    }

    /// The account without a permission, for what tells everybody just what they may know.
    pub fn present_account(&self) -> Result<AccountId> {
        self.account().ok_or_else(|| {
            Error::Forbidden(
                "you are not a member of this account any more; switch to another".into(),
            )
        })
    }

    /// The account without a check, for what every member may see about themselves.
    pub(crate) fn account(&self) -> Option<AccountId> {
        self.membership.map(|(account, _)| account)
    }

    /// What tells this session from every other, for what must end where it began. A token has none.
    pub fn session_mark(&self) -> Option<[u8; 32]> {
        match &self.credential {
            Credential::Session(session) => Some(*session),
            Credential::Token(..) | Credential::CommandLine => None,
        }
    }

    /// The session, for what a token may never do.
    pub(crate) fn session(&self) -> Result<SecretHash> {
        match &self.credential {
            Credential::Session(session) => Ok(*session),
            Credential::Token(..) | Credential::CommandLine => Err(Error::Forbidden(
                "this is for people who are signed in, not for API tokens".into(),
            )),
        }
    }
}
