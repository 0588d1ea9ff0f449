//! The signed tokens in the links of a mail: `version, message, link, code`, 27 bytes as 36 characters.
//!
//! A token names a message and, for a click, a link of it; where that link leads is looked up, never taken from the
//! address. Tokens of one purpose are worthless for another. The version tells which key signed, so that keys can be
//! replaced while old mail still works.

use ctx::{Purpose, Secrets};
use data_encoding::BASE64URL_NOPAD;

use crate::messages::MessageId;

const VERSION: u8 = 1;
const SIGNED: usize = 11;
const LENGTH: usize = SIGNED + 16;

/// Signs a link of a message. `link` is 0 where the purpose has no links.
pub(crate) fn sign(secrets: &Secrets, purpose: Purpose, message: MessageId, link: u16) -> String {
    let mut bytes = [0; LENGTH];
    bytes[0] = VERSION;
    bytes[1..9].copy_from_slice(&message.get().to_be_bytes());
    bytes[9..SIGNED].copy_from_slice(&link.to_be_bytes());
    let code = secrets.mac(purpose, &bytes[..SIGNED]);
    bytes[SIGNED..].copy_from_slice(&code);
    BASE64URL_NOPAD.encode(&bytes)
}

/// Back from a token that we signed for this purpose; nothing for any other text.
pub(crate) fn verify(secrets: &Secrets, purpose: Purpose, token: &str) -> Option<(MessageId, u16)> {
    if token.len() != LENGTH.div_ceil(3) * 4 {
        return None;
    }
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
    let (signed, code) = bytes.split_at_checked(SIGNED)?;
    if signed[0] != VERSION || !secrets.verify(purpose, signed, code) {
        return None;
    }
    let message = i64::from_be_bytes(signed[1..9].try_into().ok()?);
    let link = u16::from_be_bytes(signed[9..SIGNED].try_into().ok()?);
    Some((MessageId::from(message), link))
}

#[cfg(test)]
mod tests {
    use ctx::SecretKey;
    use kernel::Rng;

    use super::*;

    #[test]
    fn only_our_own_token_of_the_same_purpose_is_taken() {
        let secrets = Secrets::new(SecretKey::new([3; 32]), Rng::seeded(1));
        let token = sign(&secrets, Purpose::Click, MessageId::from(77), 4);
        assert_eq!(
            verify(&secrets, Purpose::Click, &token),
            Some((MessageId::from(77), 4))
        );
        assert_eq!(verify(&secrets, Purpose::Open, &token), None);
        for i in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[i] = if altered[i] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(
                verify(&secrets, Purpose::Click, &altered),
                None,
                "{altered}"
            );
        }
        for garbage in [
            "",
            "x",
            &token[1..],
            &format!("{token}A"),
            "ü".repeat(18).as_str(),
        ] {
            assert_eq!(verify(&secrets, Purpose::Click, garbage), None);
        }
    }
}
