//! Entries of the list.

use ctx::{Ctx, Purpose};
use data_encoding::HEXLOWER_PERMISSIVE;
use kernel::{AccountId, EmailAddress, Timestamp};
use md5::Md5;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::SuppressionId;
use crate::input::Fault;
use crate::subscribers::parse_email;

/// What the list knows an entry by: a keyed hash of [`Kind::key`].
pub type AddressHash = [u8; 16];

/// Whose list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One account's.
    Account(AccountId),
    /// That of everybody on this server. Only whoever has the command line changes it.
    Instance,
}

impl Scope {
    /// As the table has it: no account has the number 0.
    pub(super) fn account(self) -> AccountId {
        match self {
            Self::Account(account) => account,
            Self::Instance => AccountId::from(0),
        }
    }
}

/// What an entry covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = SuppressionKind)]
pub enum Kind {
    /// One address.
    Address,
    /// Every address of a domain, not of its subdomains.
    Domain,
    /// The address with this SHA-256 hash, from another system.
    Sha256,
    /// The address with this MD5 hash, from another system.
    Md5,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Address, Self::Domain, Self::Sha256, Self::Md5];

    /// As the database and JSON have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Domain => "domain",
            Self::Sha256 => "sha256",
            Self::Md5 => "md5",
        }
    }

    /// What an entry of this kind would be called that covers an address. No two kinds can have the same.
    pub(super) fn key_of(self, folded_email: &str) -> String {
        match self {
            Self::Address => folded_email.to_owned(),
            Self::Domain => format!("@{}", domain(folded_email)),
            Self::Sha256 => format!(
                "sha256:{}",
                HEXLOWER_PERMISSIVE.encode(&Sha256::digest(folded_email.as_bytes()))
            ),
            Self::Md5 => format!(
                "md5:{}",
                HEXLOWER_PERMISSIVE.encode(&Md5::digest(folded_email.as_bytes()))
            ),
        }
    }
}

/// What is behind the last `@`.
pub(super) fn domain(folded_email: &str) -> &str {
    folded_email
        .rsplit_once('@')
        .map_or(folded_email, |(_, domain)| domain)
}

/// The hash of a key.
pub(super) fn hash(ctx: &Ctx, key: &str) -> AddressHash {
    ctx.secrets.mac(Purpose::AddressHash, key.as_bytes())
}

/// Something that never gets mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "361240977588224000",
    "scope": "account",
    "kind": "address",
    "value": "ada@example.com",
    "reason": "complaint",
    "via": null,
    "created_at": "2026-05-04T09:30:00Z",
}))]
pub struct Suppression {
    /// Its id.
    pub id: SuppressionId,
    /// Whose list it is on: `account` or `instance`.
    #[schema(examples("account"))]
    pub scope: &'static str,
    /// What it covers.
    pub kind: Kind,
    /// The address, domain or hash; absent when its owner was erased and only a keyed hash remains.
    #[schema(required, examples("ada@example.com"))]
    pub value: Option<String>,
    /// Why: `manual`, `complaint`, `import`, `erased`, or what somebody wrote.
    #[schema(examples("complaint"))]
    pub reason: String,
    /// The entry (a domain, a hash, or one of the instance) because of which this address is listed; it goes with it.
    #[schema(required)]
    pub via: Option<SuppressionId>,
    /// Since when.
    pub created_at: Timestamp,
}

/// An entry to be made, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub kind: Kind,
    pub key: Key,
    /// What people see.
    pub value: Option<String>,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Text(String),
    /// Exported from this server before.
    Keyed(AddressHash),
}

impl Entry {
    pub(super) fn hash(&self, ctx: &Ctx) -> AddressHash {
        match &self.key {
            Key::Text(text) => hash(ctx, text),
            Key::Keyed(hash) => *hash,
        }
    }

    pub(super) fn address(text: &str, reason: &str) -> Result<Self, Fault> {
        let email = parse_email(text)?;
        Ok(Self {
            kind: Kind::Address,
            key: Key::Text(email.folded()),
            value: Some(email.as_str().to_owned()),
            reason: reason.to_owned(),
        })
    }

    pub(super) fn domain(text: &str, reason: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let text = text.strip_prefix('@').unwrap_or(text);
        let email = EmailAddress::parse(&format!("x@{text}"))
            .ok()
            .filter(|_| !text.contains('@'))
            .ok_or_else(|| Fault::new("invalid_domain", "is no domain such as example.com"))?;
        let folded = email.folded();
        Ok(Self {
            kind: Kind::Domain,
            key: Key::Text(Kind::Domain.key_of(&folded)),
            value: Some(domain(&folded).to_owned()),
            reason: reason.to_owned(),
        })
    }

    pub(super) fn digest(text: &str, reason: &str) -> Result<Self, Fault> {
        let text = text.trim().to_ascii_lowercase();
        let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
        let kind = match bytes.as_deref().map(<[u8]>::len) {
            Some(32) => Kind::Sha256,
            Some(16) => Kind::Md5,
            _ => {
                return Err(Fault::new(
                    "invalid_hash",
                    "is neither the SHA-256 (64 hexadecimal digits) nor the MD5 (32) of an address",
                ));
            }
        };
        Ok(Self {
            kind,
            key: Key::Text(format!("{}:{text}", kind.as_str())),
            value: Some(text),
            reason: reason.to_owned(),
        })
    }

    /// What an export of this server wrote of somebody who was erased.
    pub(super) fn keyed(text: &str, reason: &str) -> Result<Self, Fault> {
        let hash = HEXLOWER_PERMISSIVE
            .decode(text.trim().as_bytes())
            .ok()
            .and_then(|bytes| AddressHash::try_from(bytes).ok())
            .ok_or_else(|| Fault::new("invalid_hash", "is no keyed hash of 32 digits"))?;
        Ok(Self {
            kind: Kind::Address,
            key: Key::Keyed(hash),
            value: None,
            reason: reason.to_owned(),
        })
    }

    /// By what it looks like.
    pub(super) fn guess(text: &str, reason: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex && matches!(text.len(), 32 | 64) {
            Self::digest(text, reason)
        } else if text.starts_with('@') || (!text.contains('@') && text.contains('.')) {
            Self::domain(text, reason)
        } else {
            Self::address(text, reason)
        }
    }
}
