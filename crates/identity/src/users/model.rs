//! Users and members.

use kernel::{EmailAddress, Error, Result, TimeZone, Timestamp, UserId};
use serde::Serialize;

use crate::auth::{Actor, Auth, Role, Scopes};
use crate::input::Faults;
use crate::passwords::{self, Password};

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// What they sign in with.
    pub email: EmailAddress,
    /// What they are called.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// When they were added.
    pub created_at: Timestamp,
}

/// A user in an account.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Member {
    /// The id of the user.
    pub id: UserId,
    /// What they sign in with.
    pub email: EmailAddress,
    /// What they are called.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// Their role here.
    pub role: Role,
    /// When they joined the account.
    pub joined_at: Timestamp,
}

/// Who is to join an account.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Of a new user, or of one that exists.
    pub email: EmailAddress,
    /// For a new user.
    pub name: Option<String>,
    /// For a new user: the first password.
    pub password: Option<Password>,
    /// Their role.
    pub role: Role,
}

/// A new user with an account of their own.
#[derive(Clone, Debug)]
pub struct NewOwner {
    /// What they sign in with.
    pub email: EmailAddress,
    /// What they are called.
    pub name: String,
    /// The first password.
    pub password: Password,
    /// The name of the account.
    pub account_name: String,
    /// The time zone of the account; UTC unless given.
    pub time_zone: Option<TimeZone>,
}

/// Who changes members: what they may do depends on what they are.
#[derive(Clone, Debug)]
pub struct By {
    /// For the audit log.
    pub actor: Actor,
    /// What they may do here themselves.
    pub permissions: Scopes,
    /// The person; `None` for the command line, which may do anything.
    pub user: Option<UserId>,
}

impl By {
    /// Whoever has the command line of the server.
    pub fn command_line() -> Self {
        Self {
            actor: Actor::command_line(),
            permissions: Role::Owner.permissions().iter().copied().collect(),
            user: None,
        }
    }

    /// Whoever makes the request.
    pub(crate) fn of(auth: &Auth) -> Self {
        Self {
            actor: auth.actor(),
            permissions: auth.permissions(),
            user: Some(auth.user()),
        }
    }

    /// Refuses what concerns a role that may do more than they may themselves: admins do not touch owners, and an API
    /// token does not make somebody who can do what its scopes do not say.
    pub(super) fn may_touch(&self, roles: &[Role]) -> Result<()> {
        for role in roles {
            let beyond = role
                .permissions()
                .iter()
                .find(|permission| !self.permissions.contains(**permission));
            if let Some(permission) = beyond {
                return Err(Error::Forbidden(
                    format!(
                        "the role {role} includes {permission}, which you do not have yourself"
                    )
                    .into(),
                ));
            }
        }
        Ok(())
    }
}

const LONGEST_NAME: usize = 100;

/// Checks a name and a first password together.
pub(super) fn check_person(
    email: &EmailAddress,
    name: &str,
    password: &Password,
    faults: &mut Faults,
) -> String {
    let name = faults.line("name", name, LONGEST_NAME);
    check_password("password", email, &name, password, faults);
    name
}

/// Checks a new password of somebody.
pub(super) fn check_password(
    field: &str,
    email: &EmailAddress,
    name: &str,
    password: &Password,
    faults: &mut Faults,
) {
    let own = [email.as_str(), email.local_part(), name];
    passwords::check(faults, field, password, &own);
}
