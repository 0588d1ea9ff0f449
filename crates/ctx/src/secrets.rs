//! Sealing what must be stored and read again, and signing what people carry around.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hmac::{Hmac, Mac as _};
use kernel::{AccountId, Rng};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// The instance's secret: 32 bytes from `data/secret.key` or the configuration. `Debug` does not print it.
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// Takes over existing bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be written to the key file.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(hidden)")
    }
}

/// What a key derived from the secret is for. A signature or sealed text of one purpose is worthless for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Open pixels.
    Open,
    /// Tracked links.
    Click,
    /// Unsubscribe links.
    Unsubscribe,
    /// Web versions.
    WebVersion,
    /// What tells a message that came back.
    Return,
    /// Names of public archives.
    Archive,
    /// CSRF tokens.
    Csrf,
    /// Passwords of transports.
    TransportPassword,
    /// Private keys that mail is signed with.
    DkimKey,
    /// Hashes of addresses whose owner was erased.
    AddressHash,
    /// Answers kept for repeated requests.
    Answer,
    /// Links to bookings.
    Booking,
    /// How calendars elsewhere are reached.
    Calendar,
    /// Somebody on their way to signing in elsewhere, and back.
    SignIn,
    /// Recognizing the key itself.
    KeyCheck,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Open => b"open",
            Self::Click => b"click",
            Self::Unsubscribe => b"unsubscribe",
            Self::WebVersion => b"web-version",
            Self::Return => b"return",
            Self::Archive => b"archive",
            Self::Csrf => b"csrf",
            Self::TransportPassword => b"transport-password",
            Self::DkimKey => b"dkim-key",
            Self::AddressHash => b"address-hash",
            Self::Answer => b"answer",
            Self::Booking => b"booking",
            Self::Calendar => b"calendar",
            Self::SignIn => b"sign-in",
            Self::KeyCheck => b"key-check",
        }
    }
}

/// Everything derived from the instance's secret.
pub struct Secrets {
    key: SecretKey,
    rng: Rng,
}

/// A sealed text that cannot be opened: another key, another purpose, or altered bytes.
#[derive(Debug, thiserror::Error)]
#[error("a stored secret cannot be opened; is this the secret.key that it was sealed with?")]
pub struct CannotOpen;

const NONCE_BYTES: usize = 12;

impl Secrets {
    /// From the instance's secret; `rng` gives nonces.
    pub fn new(key: SecretKey, rng: Rng) -> Self {
        Self { key, rng }
    }

    /// Encrypts for storage (ChaCha20-Poly1305, RFC 8439; the nonce is in front).
    pub fn seal(&self, purpose: Purpose, clear: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = self.rng.bytes();
        let payload = Payload {
            msg: clear,
            aad: purpose.label(),
        };
        let sealed = self
            .cipher(purpose)
            .encrypt(&Nonce::from(nonce), payload)
            .expect("texts are far below the cipher's limit of 256 GB");
        [&nonce[..], &sealed].concat()
    }

    /// Decrypts what [`Secrets::seal`] made.
    pub fn open(&self, purpose: Purpose, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(CannotOpen)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| CannotOpen)?;
        let payload = Payload {
            msg: sealed,
            aad: purpose.label(),
        };
        self.cipher(purpose)
            .decrypt(&Nonce::from(nonce), payload)
            .map_err(|_| CannotOpen)
    }

    /// A 128-bit authentication code (HMAC-SHA-256, RFC 2104, truncated).
    pub fn mac(&self, purpose: Purpose, message: &[u8]) -> [u8; 16] {
        let full = hmac(&self.derive(purpose), message);
        let mut code = [0; 16];
        code.copy_from_slice(&full[..16]);
        code
    }

    /// Whether `code` is the authentication code of `message`, in constant time.
    pub fn verify(&self, purpose: Purpose, message: &[u8], code: &[u8]) -> bool {
        self.mac(purpose, message).ct_eq(code).into()
    }

    /// The key of one purpose in one account: what it signs is worthless in every other account.
    pub fn account_key(&self, purpose: Purpose, account: AccountId) -> AccountKey {
        let key = hmac(&self.derive(purpose), &account.get().to_be_bytes());
        AccountKey(keyed(&key))
    }

    fn cipher(&self, purpose: Purpose) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&Key::from(self.derive(purpose)))
    }

    fn derive(&self, purpose: Purpose) -> [u8; 32] {
        hmac(&self.key.0, purpose.label())
    }
}

/// Signs for one purpose in one account. Making one costs more than signing with it, so whoever signs much keeps it.
#[derive(Clone)]
pub struct AccountKey(Hmac<Sha256>);

impl AccountKey {
    /// An authentication code of 16 bytes.
    pub fn mac(&self, message: &[u8]) -> [u8; 16] {
        let mut mac = self.0.clone();
        mac.update(message);
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        let mut code = [0; 16];
        code.copy_from_slice(&full[..16]);
        code
    }

    /// Whether `code` is the authentication code of `message`, in constant time.
    pub fn verify(&self, message: &[u8], code: &[u8]) -> bool {
        self.mac(message).ct_eq(code).into()
    }
}

impl std::fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountKey(hidden)")
    }
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    <Hmac<Sha256> as hmac::digest::KeyInit>::new_from_slice(key)
        .expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(byte: u8) -> Secrets {
        Secrets::new(SecretKey::new([byte; 32]), Rng::seeded(1))
    }

    #[test]
    fn sealed_text_opens_for_its_purpose_and_key_only() {
        let sealed = secrets(1).seal(Purpose::TransportPassword, b"hunter2");
        let open = |key, purpose, sealed: &[u8]| secrets(key).open(purpose, sealed).ok();
        assert_eq!(
            open(1, Purpose::TransportPassword, &sealed).unwrap(),
            b"hunter2"
        );
        assert!(open(2, Purpose::TransportPassword, &sealed).is_none());
        assert!(open(1, Purpose::Csrf, &sealed).is_none());
        assert!(open(1, Purpose::TransportPassword, &sealed[..20]).is_none());
        assert!(open(1, Purpose::TransportPassword, b"short").is_none());
    }

    #[test]
    fn a_code_is_bound_to_purpose_and_message() {
        let secrets = secrets(1);
        let code = secrets.mac(Purpose::Open, b"m");
        assert!(secrets.verify(Purpose::Open, b"m", &code));
        assert!(!secrets.verify(Purpose::Click, b"m", &code));
        assert!(!secrets.verify(Purpose::Open, b"n", &code));
        assert!(!secrets.verify(Purpose::Open, b"m", &code[..15]));
    }

    #[test]
    fn an_account_key_is_bound_to_purpose_account_and_secret() {
        let key = |secret, purpose, account| {
            secrets(secret).account_key(purpose, AccountId::from(account))
        };
        let code = key(1, Purpose::Click, 5).mac(b"m");
        assert!(key(1, Purpose::Click, 5).verify(b"m", &code));
        assert!(!key(1, Purpose::Click, 6).verify(b"m", &code));
        assert!(!key(1, Purpose::Open, 5).verify(b"m", &code));
        assert!(!key(2, Purpose::Click, 5).verify(b"m", &code));
        assert!(!key(1, Purpose::Click, 5).verify(b"n", &code));
        assert!(!key(1, Purpose::Click, 5).verify(b"m", &code[..15]));
        assert!(!secrets(1).verify(Purpose::Click, b"m", &code));
    }
}
