//! The token in the links to a booking.

use ctx::{AccountKey, Ctx, Purpose, Token};
use kernel::AccountId;

use super::model::Booking;
use crate::BookingId;

/// For a link with which whoever has it may look at the booking, cancel it and move it.
pub fn token_of(ctx: &Ctx, booking: &Booking) -> String {
    let key = key(ctx, booking.account);
    Token::signed(&key, booking.account, booking.id.get(), &message(booking)).to_string()
}

/// Which booking a token claims to be of; [`fits`] says whether it is right.
pub(super) fn claimed(token: &str) -> Option<(AccountId, BookingId)> {
    let token = Token::parse(token)?;
    Some((token.account(), token.id().into()))
}

/// Whether the token is the booking's.
pub(super) fn fits(ctx: &Ctx, token: &str, booking: &Booking) -> bool {
    Token::parse(token)
        .is_some_and(|token| token.is_signed(&key(ctx, booking.account), &message(booking)))
}

fn key(ctx: &Ctx, account: AccountId) -> AccountKey {
    ctx.secrets.account_key(Purpose::Booking, account)
}

fn message(booking: &Booking) -> Vec<u8> {
    let mut message = booking.id.get().to_be_bytes().to_vec();
    message.extend_from_slice(&booking.salt);
    message
}
