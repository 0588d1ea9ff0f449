//! Tokens in links that name a thing of an account: whoever has one may do what the link is for.

use data_encoding::BASE64URL_NOPAD;
use kernel::AccountId;

use crate::AccountKey;

const BYTES: usize = 32;

/// What such a token says: eight bytes of the account, eight of the id of the thing, and sixteen that nobody can guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token([u8; BYTES]);

impl Token {
    /// With a secret of its own, of which somebody keeps a hash.
    pub fn new(account: AccountId, id: i64, secret: [u8; 16]) -> Self {
        let mut bytes = [0; BYTES];
        bytes[..8].copy_from_slice(&account.get().to_be_bytes());
        bytes[8..16].copy_from_slice(&id.to_be_bytes());
        bytes[16..].copy_from_slice(&secret);
        Self(bytes)
    }

    /// Signed, so that nothing has to be kept. The message tells what it is for from all else that the key signs.
    pub fn signed(key: &AccountKey, account: AccountId, id: i64, message: &[u8]) -> Self {
        Self::new(account, id, key.mac(message))
    }

    /// What stands in a link, if it is a token at all. Whether it is right is for [`Token::is_signed`] to say.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The account that it claims to be of.
    pub fn account(&self) -> AccountId {
        self.number(0).into()
    }

    /// The thing that it claims to be of.
    pub fn id(&self) -> i64 {
        self.number(8)
    }

    /// Whether the key signed it for this, in constant time.
    pub fn is_signed(&self, key: &AccountKey, message: &[u8]) -> bool {
        key.verify(message, &self.0[16..])
    }

    /// All of it, to be hashed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn number(&self, from: usize) -> i64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[from..from + 8]);
        i64::from_be_bytes(bytes)
    }
}

/// As it stands in links.
impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use kernel::Rng;

    use super::*;
    use crate::{Purpose, SecretKey, Secrets};

    #[test]
    fn it_is_of_one_account_one_thing_and_one_use() {
        let rng = Rng::seeded(7);
        let secrets = Secrets::new(SecretKey::new(rng.bytes()), rng);
        let (one, other) = (AccountId::from(5), AccountId::from(6));
        let key = secrets.account_key(Purpose::Booking, one);
        let token = Token::signed(&key, one, -3, b"wait -3");
        let read = Token::parse(&token.to_string()).unwrap();
        assert_eq!((read, read.account(), read.id()), (token, one, -3));
        assert!(read.is_signed(&key, b"wait -3"));
        assert!(!read.is_signed(&key, b"come -3"));
        let theirs = secrets.account_key(Purpose::Booking, other);
        assert!(!read.is_signed(&theirs, b"wait -3"));
        for text in [
            "",
            "nonsense",
            &token.to_string()[1..],
            &format!("{token}A"),
        ] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }
}
