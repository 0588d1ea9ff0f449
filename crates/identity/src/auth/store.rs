//! Reads sessions and tokens by the hash of their secret.

use db::{Json, Result, Tx};
use kernel::{AccountId, Timestamp, UserId};

use super::model::{Role, Scopes, SecretHash};
use crate::tokens::TokenId;

pub(super) struct FoundSession {
    pub(super) user: UserId,
    pub(super) membership: Option<(AccountId, Role)>,
    pub(super) last_seen_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

pub(super) struct FoundToken {
    pub(super) id: TokenId,
    pub(super) user: UserId,
    pub(super) membership: (AccountId, Role),
    pub(super) scopes: Scopes,
    pub(super) last_used_at: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
}

/// By its secret, not by account: the session is what names the account.
pub(super) async fn find_session(tx: &mut Tx, secret: &SecretHash) -> Result<Option<FoundSession>> {
    let row = tx
        .query(
            "select s.user_id, m.account_id, m.role, s.last_seen_at, s.expires_at
             from session s
             left join membership m on m.account_id = s.account_id and m.user_id = s.user_id
             where s.secret_hash = $1",
        )
        .bind(&secret[..])
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let user: UserId = row.get("user_id")?;
    let account: Option<AccountId> = row.get("account_id")?;
    let membership = account.zip(row.get::<Option<Role>>("role")?);
    Ok(Some(FoundSession {
        user,
        membership,
        last_seen_at: row.get("last_seen_at")?,
        expires_at: row.get("expires_at")?,
    }))
}

/// By its secret. A token whose maker left the account is as good as absent.
pub(super) async fn find_token(tx: &mut Tx, secret: &SecretHash) -> Result<Option<FoundToken>> {
    let row = tx
        .query(
            "select t.account_id, t.id, t.user_id, t.scopes, t.expires_at, t.last_used_at, m.role
             from api_token t
             join membership m on m.account_id = t.account_id and m.user_id = t.user_id
             where t.secret_hash = $1 and t.revoked_at is null",
        )
        .bind(&secret[..])
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let user: UserId = row.get("user_id")?;
    Ok(Some(FoundToken {
        id: row.get("id")?,
        user,
        membership: (row.get("account_id")?, row.get("role")?),
        scopes: row.get::<Json<Scopes>>("scopes")?.0,
        last_used_at: row.get("last_used_at")?,
        expires_at: row.get("expires_at")?,
    }))
}

pub(super) async fn touch_session(tx: &mut Tx, secret: &SecretHash, now: Timestamp) -> Result<()> {
    tx.query("update session set last_seen_at = $2 where secret_hash = $1 and last_seen_at < $2")
        .bind(&secret[..])
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn touch_token(
    tx: &mut Tx,
    account: AccountId,
    id: TokenId,
    now: Timestamp,
) -> Result<()> {
    tx.query("update api_token set last_used_at = $3 where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}
