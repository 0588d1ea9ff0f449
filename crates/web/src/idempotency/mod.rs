//! `Idempotency-Key`: a POST that is repeated with the same key has one effect and gets the same answer.
//!
//! A key belongs to the caller (account and actor), the method and the path. Keys are kept for 24 hours.
//!
//! States of a key: `running` (held by the node whose epoch it names) -> `done` (with the answer), or gone again when
//! the request failed with a fault of ours or a refusal that may pass (401, 403, 429, ...) and changed nothing.
//!
//! Table: `idempotency`.
//!
//! Invariants:
//! - Concurrent repeats: one runs, the others wait for its answer or get 409 `idempotency_in_progress`.
//! - Each commit of a running request sets `took_effect` in the same transaction (see [`db::CommitMark`]). After a
//!   crash the row therefore tells the truth: without an effect the repeat runs, with one it gets 409
//!   `idempotency_answer_lost`. A node that was declared dead and goes on cannot commit: the row is no longer its own.
//! - A client that hangs up does not stop the request: it runs in a task of its own.
//! - Bodies at rest are sealed, since an answer may hold a token that is shown once.
//!
//! Requests without a [`Caller`] are not covered. Bodies that are not JSON (uploads) are streamed, not hashed: their
//! type and length stand for them.

mod layer;
mod store;

use std::time::Duration;

use ctx::Ctx;

pub use layer::{Caller, layer};

/// How long a key is remembered.
pub const KEPT: Duration = Duration::from_hours(24);

/// Forgets keys that are older than [`KEPT`], at most `limit`; how many. For a schedule.
pub async fn prune(ctx: &Ctx, limit: i64) -> kernel::Result<u64> {
    let mut tx = ctx.write().await?;
    let gone = store::delete_before(&mut tx, ctx.clock.now() - KEPT, limit).await?;
    tx.commit().await?;
    Ok(gone)
}

/// Forgets the answers of an account that name somebody, by texts in lower case; for erasures. A request that is repeated
/// with such a key runs again.
pub async fn forget_mentions(
    ctx: &Ctx,
    account: kernel::AccountId,
    texts: &[String],
) -> kernel::Result<u64> {
    let mut after = Vec::new();
    let mut gone = 0;
    loop {
        let mut tx = ctx.read().await?;
        let answers = store::answers(&mut tx, account, &after, 100).await?;
        drop(tx);
        let Some((last, _)) = answers.last() else {
            return Ok(gone);
        };
        after.clone_from(last);
        let naming: Vec<Vec<u8>> = answers
            .into_iter()
            .filter(|(_, sealed)| {
                // What cannot be opened cannot be read by anybody.
                ctx.secrets
                    .open(ctx::Purpose::Answer, sealed)
                    .is_ok_and(|body| {
                        let body = String::from_utf8_lossy(&body).to_lowercase();
                        texts.iter().any(|text| body.contains(text.as_str()))
                    })
            })
            .map(|(key, _)| key)
            .collect();
        if !naming.is_empty() {
            let mut tx = ctx.write().await?;
            gone += store::delete_keys(&mut tx, account, &naming).await?;
            tx.commit().await?;
        }
    }
}

#[cfg(test)]
mod tests;
