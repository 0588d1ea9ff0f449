//! Passwords: which ones are accepted, and their hashes (argon2id, RFC 9106).

use std::fmt;
use std::num::NonZero;
use std::sync::LazyLock;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use ctx::Ctx;
use kernel::{Error, Result, fold};
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::input::Faults;

/// A password as it was typed. `Debug` does not print it.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password, min_length = 10, max_length = 256)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

const SHORTEST: usize = 10;
const LONGEST: usize = 256;

/// The beginnings of the passwords that are tried first.
const COMMON: [&str; 24] = [
    "password",
    "passwort",
    "qwerty",
    "qwertz",
    "azerty",
    "letmein",
    "welcome",
    "iloveyou",
    "administrator",
    "changeme",
    "sendero",
    "123456",
    "654321",
    "abc123",
    "111111",
    "000000",
    "1q2w3e",
    "asdfgh",
    "zxcvbn",
    "dragon",
    "monkey",
    "football",
    "baseball",
    "trustno1",
];

/// One hash takes 19 MiB and about 40 ms of a core.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// At most one hash per core at once, so that a flood of sign-ins leaves room for the work.
static AT_ONCE: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, NonZero::get)));
/// At most so many wait; more are told to come back.
static IN_LINE: Semaphore = Semaphore::const_new(64);

/// Compared with when there is no such user, so that the answer takes as long. No password has this hash.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2VuZGVyb3NlbmRlcm9zZQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Whether a new password is good enough. `own` are words that it may not be: the person's address and name.
pub(crate) fn check(faults: &mut Faults, field: &str, password: &Password, own: &[&str]) {
    let text = &password.0;
    let length = text.chars().count();
    if length < SHORTEST {
        faults.add(
            field,
            "too_short",
            format!(
                "needs at least {SHORTEST} characters; a few words in a row are easy to remember"
            ),
        );
        return;
    }
    if length > LONGEST {
        faults.add(
            field,
            "too_long",
            format!("has more than {LONGEST} characters"),
        );
        return;
    }
    let folded = fold(text);
    let common = COMMON.iter().any(|word| {
        folded
            .strip_prefix(word)
            .is_some_and(|rest| rest.chars().count() < 6 || rest.starts_with(word))
    });
    let mut different: Vec<char> = folded.chars().collect();
    different.sort_unstable();
    different.dedup();
    let mine = own.iter().map(|word| fold(word)).any(|word| {
        !word.is_empty()
            && (folded == word
                || folded
                    .trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation())
                    == word)
    });
    if common || different.len() < 5 || mine {
        faults.add(
            field,
            "too_weak",
            "is among the first that would be guessed; choose another",
        );
    }
}

/// The hash to store.
pub(crate) async fn hash(ctx: &Ctx, password: &Password) -> Result<String> {
    let salt: [u8; 16] = ctx.rng.bytes();
    let password = password.clone();
    in_turn(move || {
        let hash: PasswordHash = hasher()?.hash_password_with_salt(password.0.as_bytes(), &salt)?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether the password has this hash; `None` costs as much and is never true.
pub(crate) async fn verify(password: &Password, stored: Option<String>) -> Result<bool> {
    // Longer ones cannot have been set; hashing them would only be work for the attacker's sake.
    if password.0.chars().count() > LONGEST {
        return Ok(false);
    }
    let password = password.clone();
    in_turn(move || {
        let known = stored.is_some();
        let text = stored.unwrap_or_else(|| NOBODY.to_owned());
        let hash = PasswordHash::new(&text)?;
        let equal = hasher()?
            .verify_password(password.0.as_bytes(), &hash)
            .is_ok();
        Ok(equal && known)
    })
    .await
}

fn hasher() -> anyhow::Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| anyhow::anyhow!("argon2 refuses its parameters: {error}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> Result<T> {
    let _place = IN_LINE.try_acquire().map_err(|_| Error::RateLimited {
        retry_after: Duration::from_secs(2),
    })?;
    let permit = AT_ONCE.acquire().await.map_err(Error::internal)?;
    let result = tokio::task::spawn_blocking(move || {
        // Within the thread: a client that hangs up does not stop it.
        let _permit = permit;
        work()
    })
    .await;
    result.map_err(Error::internal)?.map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(password: &str) -> Vec<String> {
        let mut faults = Faults::default();
        let own = ["ada@example.com", "ada", "Ada Lovelace"];
        check(
            &mut faults,
            "password",
            &Password(password.to_owned()),
            &own,
        );
        match faults.finish() {
            Ok(()) => Vec::new(),
            Err(Error::Invalid(errors)) => {
                errors.into_iter().map(|e| e.code.into_owned()).collect()
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn long_enough_and_not_the_first_guess() {
        for good in [
            "correct horse battery",
            "пароль для писем",
            "password manager made this one",
            "ada lovelace wrote notes",
        ] {
            assert_eq!(codes(good), Vec::<String>::new(), "{good}");
        }
        for (bad, code) in [
            ("short", "too_short"),
            ("", "too_short"),
            ("password123", "too_weak"),
            ("Password2026!", "too_weak"),
            ("1234567890", "too_weak"),
            ("aaaaaaaaaaaa", "too_weak"),
            ("Ada@Example.com", "too_weak"),
            ("ada lovelace1", "too_weak"),
        ] {
            assert_eq!(codes(bad), [code], "{bad}");
        }
        assert_eq!(codes(&"ab3$x".repeat(60)), ["too_long"]);
    }

    #[tokio::test]
    async fn nobody_s_hash_matches_nothing() {
        for guess in ["", "sendero", "\0"] {
            assert!(!verify(&Password(guess.to_owned()), None).await.unwrap());
        }
        assert!(PasswordHash::new(NOBODY).is_ok());
    }
}
