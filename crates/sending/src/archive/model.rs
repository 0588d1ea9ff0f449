//! Published campaigns.

use ctx::{AccountKey, Purpose, Secrets};
use data_encoding::BASE64URL_NOPAD;
use kernel::{AccountId, Timestamp};
use serde::Serialize;

use crate::campaigns::CampaignId;

/// Whether anybody may read a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CampaignArchive, example = json!({
    "public": true,
    "url": "https://mail.example.com/archive/AAUD-3pQwAC1Yz8gV2hKrg/361240977588224000",
    "archive_url": "https://mail.example.com/archive/AAUD-3pQwAC1Yz8gV2hKrg",
    "published_at": "2026-05-04T09:30:00Z",
}))]
pub struct Archived {
    /// Whether it is published.
    pub public: bool,
    /// Where it is, if it is.
    #[schema(required)]
    pub url: Option<String>,
    /// Where the list of all published campaigns of the account is.
    pub archive_url: String,
    /// Since when.
    #[schema(required)]
    pub published_at: Option<Timestamp>,
}

/// A published campaign in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub campaign: CampaignId,
    /// Its subject, for nobody in particular.
    pub title: String,
    pub started_at: Timestamp,
}

const SIGNED: usize = 8;
const LENGTH: usize = SIGNED + 8;

fn key(secrets: &Secrets, account: AccountId) -> AccountKey {
    secrets.account_key(Purpose::Archive, account)
}

/// The name of an account's archive in addresses: nobody can guess another one's.
pub(super) fn name_of(secrets: &Secrets, account: AccountId) -> String {
    let mut bytes = [0; LENGTH];
    bytes[..SIGNED].copy_from_slice(&account.get().to_be_bytes());
    let code = key(secrets, account).mac(&bytes[..SIGNED]);
    bytes[SIGNED..].copy_from_slice(&code[..LENGTH - SIGNED]);
    BASE64URL_NOPAD.encode(&bytes)
}

/// The account that a name belongs to, if it is one of ours.
pub(super) fn account_of(secrets: &Secrets, name: &str) -> Option<AccountId> {
    if name.len() != BASE64URL_NOPAD.encode_len(LENGTH) {
        return None;
    }
    let bytes = BASE64URL_NOPAD.decode(name.as_bytes()).ok()?;
    let mut number = [0; SIGNED];
    number.copy_from_slice(bytes.get(..SIGNED)?);
    let account = AccountId::from(i64::from_be_bytes(number));
    (name_of(secrets, account) == name).then_some(account)
}

#[cfg(test)]
mod tests {
    use ctx::SecretKey;
    use kernel::Rng;

    use super::*;

    #[test]
    fn only_our_own_names_lead_to_an_account() {
        let secrets = Secrets::new(SecretKey::new([3; 32]), Rng::seeded(1));
        let name = name_of(&secrets, AccountId::from(7));
        assert_eq!(account_of(&secrets, &name), Some(AccountId::from(7)));
        assert_ne!(name, name_of(&secrets, AccountId::from(8)));
        for place in 0..name.len() {
            let mut altered = name.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(account_of(&secrets, &altered), None, "{altered}");
        }
        for garbage in ["", "x", "ä", &name[1..], &format!("{name}A")] {
            assert_eq!(account_of(&secrets, garbage), None, "{garbage}");
        }
    }
}
