//! The token in the links of who waits.

use ctx::{Ctx, Purpose, Token};
use kernel::AccountId;

use super::model::Waiting;
use crate::WaitingId;

/// For a link with which whoever has it may look at this place in the list, book with it and give it up.
pub fn token_of(ctx: &Ctx, waiting: &Waiting) -> String {
    let (account, id) = (waiting.account, waiting.id);
    let key = ctx.secrets.account_key(Purpose::Booking, account);
    Token::signed(&key, account, id.get(), &message(id)).to_string()
}

/// Whose place it is, if we made the token.
pub(super) fn opened(ctx: &Ctx, token: &str) -> Option<(AccountId, WaitingId)> {
    let token = Token::parse(token)?;
    let (account, id) = (token.account(), WaitingId::from(token.id()));
    let key = ctx.secrets.account_key(Purpose::Booking, account);
    token.is_signed(&key, &message(id)).then_some((account, id))
}

/// Not what links to bookings are made of, so that neither opens the other.
fn message(id: WaitingId) -> Vec<u8> {
    let mut message = b"waiting ".to_vec();
    message.extend_from_slice(&id.get().to_be_bytes());
    message
}
