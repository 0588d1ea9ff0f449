//! From a secret to who holds it.

use std::time::Duration;

use ctx::{Ctx, Purpose};
use kernel::{Result, Timestamp};
use subtle::ConstantTimeEq as _;

use super::model::{Auth, Credential, SecretHash, hash_secret};
use super::store;
use crate::sessions::IDLE;

/// "Last used" is this coarse, so that a busy client costs no write per request.
const COARSE: Duration = Duration::from_mins(5);

/// Whose session it is, unless it has expired.
pub(crate) async fn of_session(ctx: &Ctx, secret: &str) -> Result<Option<Auth>> {
    of_session_hash(ctx, &hash_secret(secret)).await
}

/// The same, for a session that is known already.
pub(crate) async fn of_session_hash(ctx: &Ctx, hash: &SecretHash) -> Result<Option<Auth>> {
    let hash = *hash;
    let now = ctx.clock.now();
    let found = store::find_session(&mut *ctx.read().await?, &hash).await?;
    let Some(found) = found.filter(|s| now < s.expires_at && now < s.last_seen_at + IDLE) else {
        return Ok(None);
    };
    if is_stale(Some(found.last_seen_at), now) {
        let ctx_of_task = ctx.clone();
        touch(ctx, async move {
            let mut tx = ctx_of_task.write().await?;
            store::touch_session(&mut tx, &hash, now).await?;
            tx.commit().await
        });
    }
    Ok(Some(Auth {
        user: found.user,
        membership: found.membership,
        credential: Credential::Session(hash),
    }))
}

/// Whose token it is, unless it has expired or was revoked.
pub(super) async fn of_token(ctx: &Ctx, secret: &str) -> Result<Option<Auth>> {
    let hash = hash_secret(secret);
    let now = ctx.clock.now();
    let found = store::find_token(&mut *ctx.read().await?, &hash).await?;
    let Some(found) = found.filter(|token| token.expires_at.is_none_or(|end| now < end)) else {
        return Ok(None);
    };
    if is_stale(found.last_used_at, now) {
        let ctx_of_task = ctx.clone();
        let (account, id) = (found.membership.0, found.id);
        touch(ctx, async move {
            let mut tx = ctx_of_task.write().await?;
            store::touch_token(&mut tx, account, id, now).await?;
            tx.commit().await
        });
    }
    Ok(Some(Auth {
        user: found.user,
        membership: Some(found.membership),
        credential: Credential::Token(found.id, found.scopes),
    }))
}

fn is_stale(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| now.since(last) >= COARSE)
}

/// Beside the request: reading must work while the writer is busy or the disk is full.
fn touch(ctx: &Ctx, work: impl Future<Output = db::Result<()>> + Send + 'static) {
    ctx.tasks.spawn(async move {
        if let Err(error) = work.await {
            tracing::debug!(%error, "the time of last use was not kept");
        }
    });
}

/// What the pages of a session send as `X-CSRF-Token`.
pub(crate) fn csrf_token(ctx: &Ctx, session: &SecretHash) -> String {
    data_encoding::BASE64URL_NOPAD.encode(&ctx.secrets.mac(Purpose::Csrf, session))
}

/// Whether `token` is the session's, in constant time.
pub(super) fn is_csrf_token(ctx: &Ctx, session: &SecretHash, token: &str) -> bool {
    csrf_token(ctx, session)
        .as_bytes()
        .ct_eq(token.as_bytes())
        .into()
}
