//! Links by which a booking page knows who comes.

use ctx::{AccountKey, Ctx, Purpose, Token};
use kernel::AccountId;

use crate::SubscriberId;

/// The key of the account that such tokens are made with.
pub fn invitee_key(ctx: &Ctx, account: AccountId) -> AccountKey {
    ctx.secrets.account_key(Purpose::Booking, account)
}

/// For a link in a mail to this person: whoever has it is taken for them when a form is filled in, and nowhere else.
pub fn invitee_token(key: &AccountKey, account: AccountId, id: SubscriberId) -> String {
    Token::signed(key, account, id.get(), &message(id)).to_string()
}

/// Who is meant, if we made the token.
pub fn invitee_of(ctx: &Ctx, token: &str) -> Option<(AccountId, SubscriberId)> {
    let token = Token::parse(token)?;
    let (account, id) = (token.account(), SubscriberId::from(token.id()));
    token
        .is_signed(&invitee_key(ctx, account), &message(id))
        .then_some((account, id))
}

/// Not what the links to bookings are made of.
fn message(id: SubscriberId) -> Vec<u8> {
    let mut message = b"invitee ".to_vec();
    message.extend_from_slice(&id.get().to_be_bytes());
    message
}
