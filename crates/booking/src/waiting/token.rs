//! The token in the links of who waits.

use ctx::{Ctx, Purpose};
use data_encoding::BASE64URL_NOPAD;
use kernel::AccountId;

use super::model::Waiting;
use crate::WaitingId;

/// Eight bytes of the account, eight of the place in the list, sixteen that only the key of the server makes.
const BYTES: usize = 32;

/// For a link with which whoever has it may look at this place in the list, book with it and give it up.
pub fn token_of(ctx: &Ctx, waiting: &Waiting) -> String {
    let (account, id) = (waiting.account, waiting.id);
    let mut bytes = Vec::with_capacity(BYTES);
    bytes.extend_from_slice(&account.get().to_be_bytes());
    bytes.extend_from_slice(&id.get().to_be_bytes());
    let key = ctx.secrets.account_key(Purpose::Booking, account);
    bytes.extend_from_slice(&key.mac(&message(id)));
    BASE64URL_NOPAD.encode(&bytes)
}

/// Whose place it is, if we made the token.
pub(super) fn opened(ctx: &Ctx, token: &str) -> Option<(AccountId, WaitingId)> {
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
    let bytes: [u8; BYTES] = bytes.try_into().ok()?;
    let number = |from: usize| {
        let part = &bytes[from..from + 8];
        part.iter().fold(0_i64, |n, b| (n << 8) | i64::from(*b))
    };
    let (account, id) = (AccountId::from(number(0)), WaitingId::from(number(8)));
    let key = ctx.secrets.account_key(Purpose::Booking, account);
    key.verify(&message(id), &bytes[16..])
        .then_some((account, id))
}

/// Not what links to bookings are made of, so that neither opens the other.
fn message(id: WaitingId) -> Vec<u8> {
    let mut message = b"waiting ".to_vec();
    message.extend_from_slice(&id.get().to_be_bytes());
    message
}
