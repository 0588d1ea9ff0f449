//! Links by which a booking page knows who comes.

use ctx::{AccountKey, Ctx, Purpose};
use data_encoding::BASE64URL_NOPAD;
use kernel::AccountId;

use crate::SubscriberId;

/// Eight bytes of the account, eight of the subscriber, sixteen that only the key of the server makes.
const BYTES: usize = 32;

/// The key of the account that such tokens are made with.
pub fn invitee_key(ctx: &Ctx, account: AccountId) -> AccountKey {
    ctx.secrets.account_key(Purpose::Booking, account)
}

/// For a link in a mail to this person: whoever has it is taken for them when a form is filled in, and nowhere else.
pub fn invitee_token(key: &AccountKey, account: AccountId, id: SubscriberId) -> String {
    let mut bytes = Vec::with_capacity(BYTES);
    bytes.extend_from_slice(&account.get().to_be_bytes());
    bytes.extend_from_slice(&id.get().to_be_bytes());
    bytes.extend_from_slice(&key.mac(&message(id)));
    BASE64URL_NOPAD.encode(&bytes)
}

/// Who is meant, if we made the token.
pub fn invitee_of(ctx: &Ctx, token: &str) -> Option<(AccountId, SubscriberId)> {
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
    let bytes: [u8; BYTES] = bytes.try_into().ok()?;
    let number = |from: usize| {
        let part = &bytes[from..from + 8];
        part.iter().fold(0_i64, |n, b| (n << 8) | i64::from(*b))
    };
    let (account, id) = (AccountId::from(number(0)), SubscriberId::from(number(8)));
    invitee_key(ctx, account)
        .verify(&message(id), &bytes[16..])
        .then_some((account, id))
}

/// Not what the links to bookings are made of.
fn message(id: SubscriberId) -> Vec<u8> {
    let mut message = b"invitee ".to_vec();
    message.extend_from_slice(&id.get().to_be_bytes());
    message
}
