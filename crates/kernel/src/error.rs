//! The one error type of services, and what it means at the edge.
//!
//! | variant | HTTP | meaning |
//! |---|---|---|
//! | `Invalid` | 422 | input that names its fields and says what to do |
//! | `NotFound` | 404 | no such thing, or not in this account |
//! | `Conflict` | 409 | the state does not allow it; `code` is stable |
//! | `Unauthenticated` | 401 | nobody is signed in |
//! | `Forbidden` | 403 | signed in, but the role or scope is too small |
//! | `RateLimited` | 429 | try again after a while |
//! | `Unavailable` | 503 | the database or the disk refuses for now; nothing was changed |
//! | `Internal` | 500 | a fault of ours; people see an incident number only |

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

/// What a service returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A fault in one field of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The path of the field, such as `fields.birthday` or `audience.groups[0]`.
    pub field: String,
    /// A stable code; the same fault has the same code everywhere:
    ///
    /// | code | meaning |
    /// |---|---|
    /// | `required` | nothing is there |
    /// | `invalid` | what is there is not of the form that is meant |
    /// | `wrong_type` | a value of another type, or a text that does not read as the type |
    /// | `out_of_range` | a number or a time beyond its bounds |
    /// | `too_long`, `too_short` | characters of a text |
    /// | `too_many`, `too_large` | entries of a list; bytes of a file |
    /// | `control_character`, `nul_character` | a text holds what no text needs |
    /// | `invalid_email` | not an email address |
    /// | `unknown` | a field, or an id of something that does not exist |
    /// | `not_allowed` | it has no place here |
    /// | `duplicate`, `taken` | given twice; another has it |
    ///
    /// Parts with a language of their own (rules, content, files) have further codes, which they list.
    pub code: Cow<'static, str>,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is wrong, field by field.
    #[error("{}", first_message(.0))]
    Invalid(Vec<FieldError>),
    /// There is no such thing in this account.
    #[error("there is no {kind} with the id {id}")]
    NotFound {
        /// The kind of thing, in words: "campaign".
        kind: &'static str,
        /// The id asked for.
        id: String,
    },
    /// The state of the thing does not allow it.
    #[error("{message}")]
    Conflict {
        /// Stable, for programs: `campaign_already_sent`.
        code: &'static str,
        /// For people.
        message: String,
    },
    /// Nobody is signed in, or the token is not valid (any more).
    #[error("sign in, or send a valid API token")]
    Unauthenticated,
    /// The role or the token's scopes do not reach so far.
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// Too many attempts.
    #[error("too many attempts; try again in {} s", retry_after.as_secs().max(1))]
    RateLimited {
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// The database cannot be reached, or the disk is full. Nothing was changed; trying again later helps.
    #[error("{message}")]
    Unavailable {
        /// For people: what is unavailable.
        message: String,
        /// For the log.
        #[source]
        source: Option<anyhow::Error>,
    },
    /// A fault of ours.
    #[error("an internal error")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    /// One wrong field.
    pub fn invalid(
        field: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }

    /// No such thing in this account.
    pub fn not_found(kind: &'static str, id: impl ToString) -> Self {
        Self::NotFound {
            kind,
            id: id.to_string(),
        }
    }

    /// The state does not allow it.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            message: message.into(),
        }
    }

    /// A fault of ours, with its cause.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self::Internal(cause.into())
    }
}

impl FieldError {
    /// See the fields.
    pub fn new(
        field: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            code: code.into(),
            message: message.into(),
        }
    }
}

fn first_message(errors: &[FieldError]) -> String {
    match errors {
        [] => "the input is invalid".to_owned(),
        [one] => format!("{}: {}", one.field, one.message),
        [one, rest @ ..] => format!("{}: {} (and {} more)", one.field, one.message, rest.len()),
    }
}
