//! The signed tokens in the links of a mail: `version, message, link, code`, 27 bytes as 36 characters.
//!
//! A token names a message and, for a click, a link of it; where that link leads is looked up, never taken from the
//! address. Each account and each purpose has a key of its own: a token of one is worthless for another. The account is
//! not part of the token, which is short, but found by its message; so a token is believed only when that has been
//! found and [`Token::is_signed_with`] its account's key. The version tells how the key was made, so that keys can be
//! replaced while old mail still works.

use ctx::{AccountKey, Purpose, Secrets};
use data_encoding::BASE64URL_NOPAD;
use kernel::AccountId;

use crate::messages::MessageId;

const VERSION: u8 = 1;
const SIGNED: usize = 11;
const LENGTH: usize = SIGNED + 16;

/// The keys of everything that one account signs in its mail.
#[derive(Debug)]
pub(crate) struct LinkKeys {
    pub(crate) open: AccountKey,
    pub(crate) click: AccountKey,
    pub(crate) unsubscribe: AccountKey,
    pub(crate) web_version: AccountKey,
    /// Of what is in a header, for bounces and complaints.
    pub(crate) returned: AccountKey,
    /// Of links to what can be booked.
    pub(crate) booking: AccountKey,
}

impl LinkKeys {
    pub(crate) fn of(secrets: &Secrets, account: AccountId) -> Self {
        let key = |purpose| secrets.account_key(purpose, account);
        Self {
            open: key(Purpose::Open),
            click: key(Purpose::Click),
            unsubscribe: key(Purpose::Unsubscribe),
            web_version: key(Purpose::WebVersion),
            returned: key(Purpose::Return),
            booking: key(Purpose::Booking),
        }
    }
}

/// Signs a link of a message. `link` is 0 where the purpose has no links.
pub(crate) fn sign(key: &AccountKey, message: MessageId, link: u16) -> String {
    let mut bytes = [0; LENGTH];
    bytes[0] = VERSION;
    bytes[1..9].copy_from_slice(&message.get().to_be_bytes());
    bytes[9..SIGNED].copy_from_slice(&link.to_be_bytes());
    let code = key.mac(&bytes[..SIGNED]);
    bytes[SIGNED..].copy_from_slice(&code);
    BASE64URL_NOPAD.encode(&bytes)
}

/// What has the form of a token. Anybody can write one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token([u8; LENGTH]);

impl Token {
    /// Nothing for any text that we cannot have signed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != LENGTH.div_ceil(3) * 4 {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let bytes: [u8; LENGTH] = bytes.try_into().ok()?;
        (bytes[0] == VERSION).then_some(Self(bytes))
    }

    /// The message that it says it is of.
    pub(crate) fn message(&self) -> MessageId {
        let mut number = [0; 8];
        number.copy_from_slice(&self.0[1..9]);
        MessageId::from(i64::from_be_bytes(number))
    }

    /// The link that it says it is of.
    pub(crate) fn link(&self) -> u16 {
        u16::from_be_bytes([self.0[9], self.0[10]])
    }

    /// Whether it is true.
    pub(crate) fn is_signed_with(&self, key: &AccountKey) -> bool {
        let (signed, code) = self.0.split_at(SIGNED);
        key.verify(signed, code)
    }
}

#[cfg(test)]
mod tests {
    use ctx::SecretKey;
    use kernel::Rng;

    use super::*;

    #[test]
    fn only_our_own_token_of_the_same_purpose_and_account_is_taken() {
        let secrets = Secrets::new(SecretKey::new([3; 32]), Rng::seeded(1));
        let ours = LinkKeys::of(&secrets, AccountId::from(5));
        let theirs = LinkKeys::of(&secrets, AccountId::from(6));
        let token = sign(&ours.click, MessageId::from(77), 4);
        assert_eq!(token.len(), 36);
        let read = Token::parse(&token).unwrap();
        assert_eq!((read.message(), read.link()), (MessageId::from(77), 4));
        assert!(read.is_signed_with(&ours.click));
        for key in [
            &ours.open,
            &ours.unsubscribe,
            &ours.web_version,
            &theirs.click,
        ] {
            assert!(!read.is_signed_with(key));
        }
        for i in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[i] = if altered[i] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            let taken = Token::parse(&altered).is_some_and(|it| it.is_signed_with(&ours.click));
            assert!(!taken, "{altered}");
        }
        for garbage in [
            "",
            "x",
            &token[1..],
            &format!("{token}A"),
            "ü".repeat(18).as_str(),
        ] {
            assert_eq!(Token::parse(garbage), None);
        }
    }
}
