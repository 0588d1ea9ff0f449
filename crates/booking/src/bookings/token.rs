//! The token in the links to a booking.

use ctx::{Ctx, Purpose};
use data_encoding::BASE64URL_NOPAD;
use kernel::AccountId;

use super::model::Booking;
use crate::BookingId;

/// Eight bytes of the account, eight of the booking, sixteen that only the key of the server makes.
const BYTES: usize = 32;

/// For a link with which whoever has it may look at the booking, cancel it and move it.
pub fn token_of(ctx: &Ctx, booking: &Booking) -> String {
    let (account, id) = (booking.account, booking.id);
    let mut bytes = Vec::with_capacity(BYTES);
    bytes.extend_from_slice(&account.get().to_be_bytes());
    bytes.extend_from_slice(&id.get().to_be_bytes());
    let code = ctx
        .secrets
        .account_key(Purpose::Booking, account)
        .mac(&message(id, &booking.salt));
    bytes.extend_from_slice(&code);
    BASE64URL_NOPAD.encode(&bytes)
}

/// Which booking a token claims to be of; [`fits`] says whether it is right.
pub(super) fn claimed(token: &str) -> Option<(AccountId, BookingId)> {
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
    let bytes: [u8; BYTES] = bytes.try_into().ok()?;
    let number = |from: usize| {
        let part = &bytes[from..from + 8];
        part.iter().fold(0_i64, |n, b| (n << 8) | i64::from(*b))
    };
    Some((number(0).into(), number(8).into()))
}

/// Whether the token is the booking's, in constant time.
pub(super) fn fits(ctx: &Ctx, token: &str, booking: &Booking) -> bool {
    let Ok(bytes) = BASE64URL_NOPAD.decode(token.as_bytes()) else {
        return false;
    };
    bytes.len() == BYTES
        && ctx
            .secrets
            .account_key(Purpose::Booking, booking.account)
            .verify(&message(booking.id, &booking.salt), &bytes[16..])
}

fn message(id: BookingId, salt: &[u8]) -> Vec<u8> {
    let mut message = id.get().to_be_bytes().to_vec();
    message.extend_from_slice(salt);
    message
}
