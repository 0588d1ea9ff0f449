//! What belongs to the whole installation: whether the secret key is the one that its data was sealed with.
//!
//! Table: `instance` (one row; `identity` keeps in it when the first owner was created).

mod store;

use db::Db;
use kernel::Clock;

use crate::secrets::{Purpose, Secrets};

/// What the key is asked to sign, so that it can be recognized.
const QUESTION: &[u8] = b"is this the key?";

/// Whether the data was used with a key already, so that a new one would be a wrong one.
pub async fn has_key(db: &Db) -> db::Result<bool> {
    Ok(store::key_check(&mut *db.read().await?).await?.is_some())
}

/// Whether `secrets` are the ones that the data was sealed with. The first key that asks is the one from then on.
pub async fn recognizes_key(db: &Db, clock: &Clock, secrets: &Secrets) -> db::Result<bool> {
    if let Some(known) = store::key_check(&mut *db.read().await?).await? {
        return Ok(secrets.verify(Purpose::KeyCheck, QUESTION, &known));
    }
    let check = secrets.mac(Purpose::KeyCheck, QUESTION).to_vec();
    let mut tx = db.write().await?;
    store::keep_key_check(&mut tx, check, clock.now()).await?;
    let known = store::key_check(&mut tx).await?;
    tx.commit().await?;
    // Another node may have come first, with another key.
    Ok(known.is_some_and(|known| secrets.verify(Purpose::KeyCheck, QUESTION, &known)))
}
