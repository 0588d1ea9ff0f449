//! What a DKIM key is.

use kernel::{AccountId, Timestamp};
use mail::dkim::Algorithm;
use serde::{Deserialize, Serialize};

kernel::define_id!(
    /// A DKIM key of an account.
    DkimKeyId
);

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyAlgorithm {
    /// RSA of 2048 bits: every receiver checks it.
    Rsa,
    /// Ed25519: many receivers do not know it yet, so it is used beside RSA.
    Ed25519,
}

impl KeyAlgorithm {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }

    pub(super) fn from_stored(text: &str) -> Self {
        if text == "ed25519" {
            Self::Ed25519
        } else {
            Self::Rsa
        }
    }

    pub(super) fn to_mail(self) -> Algorithm {
        match self {
            Self::Rsa => Algorithm::Rsa,
            Self::Ed25519 => Algorithm::Ed25519,
        }
    }
}

/// A key. Its private half is sealed.
#[derive(Clone, Debug)]
pub struct DkimKey {
    pub account: AccountId,
    pub id: DkimKeyId,
    pub domain: String,
    pub selector: String,
    pub algorithm: KeyAlgorithm,
    pub(crate) secret: Vec<u8>,
    /// The text for DNS.
    pub record: String,
    pub is_active: bool,
    pub created_at: Timestamp,
}

impl DkimKey {
    /// Whether it is for mail from a domain: its own, or one below it.
    pub(crate) fn is_for(&self, domain: &str) -> bool {
        domain
            .strip_suffix(&*self.domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

/// What a new key is made from.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDkimKey {
    /// The domain in the senders' addresses, or one above it.
    #[schema(example = "example.com")]
    pub domain: String,
    /// The name of the record in DNS; made from the date when absent.
    #[serde(default)]
    #[schema(example = "spring")]
    pub selector: Option<String>,
    pub algorithm: KeyAlgorithm,
    /// A key you have: PKCS#8 in PEM (`-----BEGIN PRIVATE KEY-----`). Without it, a new one is made.
    #[serde(default)]
    pub private_key: Option<String>,
}

/// A change of a key.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DkimKeyPatch {
    /// Whether mail is signed with it.
    pub is_active: bool,
}

/// Whether this can be a label in DNS.
pub(super) fn is_selector(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 100 && text.split('.').all(label)
}
