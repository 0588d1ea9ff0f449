//! What a sender is.

use kernel::{AccountId, EmailAddress, FieldError, Timestamp, text};
use serde::Deserialize;

kernel::define_id!(
    /// A sender of an account.
    SenderId
);

/// Who mail comes from.
#[derive(Clone, Debug)]
pub struct Sender {
    pub account: AccountId,
    pub id: SenderId,
    pub name: String,
    pub email: String,
    pub reply_to: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a new sender is made from.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSender {
    /// What inboxes show.
    #[schema(example = "Ada of Analytical Engines")]
    pub name: String,
    /// The address in `From`.
    #[schema(example = "news@example.com")]
    pub email: String,
    /// Where answers go, if not to that address.
    #[serde(default)]
    pub reply_to: Option<String>,
}

/// A change of a sender: absent is unchanged.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SenderPatch {
    pub name: Option<String>,
    pub email: Option<String>,
    /// An empty text removes it.
    pub reply_to: Option<String>,
}

const MAX_NAME: usize = 200;

impl Sender {
    /// Takes a change over, or says what is wrong with it.
    pub(super) fn apply(&mut self, patch: SenderPatch) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(name) = patch.name {
            match text::name(&name, MAX_NAME) {
                Ok(name) => name.clone_into(&mut self.name),
                Err(error) => errors.push(error),
            }
        }
        if let Some(email) = patch.email
            && let Some(email) = address("email", &email, &mut errors)
        {
            self.email = email;
        }
        if let Some(reply_to) = patch.reply_to {
            self.reply_to = if reply_to.trim().is_empty() {
                None
            } else {
                address("reply_to", &reply_to, &mut errors)
            };
        }
        errors
    }
}

fn address(field: &'static str, text: &str, errors: &mut Vec<FieldError>) -> Option<String> {
    match EmailAddress::parse(text) {
        Ok(address) => Some(address.as_str().to_owned()),
        Err(why) => {
            let message = format!("the address {why}");
            errors.push(FieldError::new(field, "invalid_email", message));
            None
        }
    }
}
