//! Randomness: the operating system's, or a seeded one in tests.

use std::sync::{Arc, Mutex};

use rand::rngs::{StdRng, SysRng};
use rand::{Rng as _, SeedableRng, TryRng as _};

/// A source of random bytes that is cheap to clone and share.
#[derive(Clone, Debug)]
pub struct Rng(Option<Arc<Mutex<StdRng>>>);

impl Rng {
    /// The operating system's generator, fit for secrets.
    pub fn system() -> Self {
        Self(None)
    }

    /// The same bytes every time, for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            None => SysRng
                .try_fill_bytes(&mut bytes)
                .expect("the operating system provides randomness"),
            Some(seeded) => seeded
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .fill_bytes(&mut bytes),
        }
        bytes
    }

    /// A number below `bound`, or 0 if `bound` is 0. Its bias is below `bound / 2^64`.
    pub fn below(&self, bound: u64) -> u64 {
        u64::from_le_bytes(self.bytes())
            .checked_rem(bound)
            .unwrap_or(0)
    }

    /// A secret for a person or program to hold: 192 random bits as 32 characters of base64url.
    pub fn token(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.bytes::<24>())
    }
}
