//! `[secret]`: the key that everything sealed or signed depends on.

use super::Hidden;
use super::reader::Reader;

/// The key, if it was configured.
#[derive(Clone, Debug)]
pub struct Secret {
    /// 32 bytes; `None` means the file in the data directory.
    pub key: Option<ctx::SecretKey>,
}

impl Secret {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let key = reader.secret("secret.key").and_then(|text| {
            let key = parse_key(&text);
            if key.is_none() {
                reader.fault(
                    "secret.key",
                    "expected 64 hexadecimal digits; `openssl rand -hex 32` makes some",
                );
            }
            key
        });
        Self { key }
    }
}

/// 64 hexadecimal digits.
pub(crate) fn parse_key(text: &Hidden) -> Option<ctx::SecretKey> {
    let digits = text.0.trim().as_bytes();
    let mut bytes = [0_u8; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |c: u8| char::from(c).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(ctx::SecretKey::new(bytes))
}
