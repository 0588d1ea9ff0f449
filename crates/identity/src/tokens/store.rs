//! The table `api_token`.

use db::{Json, Result, Row, Tx};
use kernel::{AccountId, Cursor, Limit, Timestamp, UserId};

use super::model::{Token, TokenId};
use crate::auth::{Actor, SecretHash};

pub(super) async fn insert(
    tx: &mut Tx,
    account: AccountId,
    token: &Token,
    secret: &SecretHash,
    by: &Actor,
) -> Result<()> {
    tx.query(
        "insert into api_token
         (account_id, id, user_id, name, secret_hash, scopes, created_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(account)
    .bind(token.id)
    .bind(token.user_id)
    .bind(&token.name)
    .bind(&secret[..])
    .bind(Json(&token.scopes))
    .bind(by)
    .bind(token.created_at)
    .bind(token.expires_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn find(tx: &mut Tx, account: AccountId, id: TokenId) -> Result<Option<Token>> {
    tx.query(
        "select id, user_id, name, scopes, created_at, expires_at, last_used_at, revoked_at
         from api_token where account_id = $1 and id = $2",
    )
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .as_ref()
    .map(from_row)
    .transpose()
}

/// Newest first.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Token>> {
    tx.query(
        "select id, user_id, name, scopes, created_at, expires_at, last_used_at, revoked_at
         from api_token where account_id = $1 and id < $2
         order by id desc limit $3",
    )
    .bind(account)
    .bind(cursor.map_or(i64::MAX, |cursor| cursor.id))
    .bind(limit.plus_one())
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// `false` when it is revoked already.
pub(super) async fn revoke(
    tx: &mut Tx,
    account: AccountId,
    id: TokenId,
    now: Timestamp,
) -> Result<bool> {
    let affected = tx
        .query(
            "update api_token set revoked_at = $3
             where account_id = $1 and id = $2 and revoked_at is null",
        )
        .bind(account)
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(affected == 1)
}

/// All tokens that a person made in the account.
pub(crate) async fn revoke_all(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
    now: Timestamp,
) -> Result<u64> {
    tx.query(
        "update api_token set revoked_at = $3
         where account_id = $1 and user_id = $2 and revoked_at is null",
    )
    .bind(account)
    .bind(user)
    .bind(now)
    .execute()
    .await
}

fn from_row(row: &Row) -> Result<Token> {
    Ok(Token {
        id: row.get("id")?,
        name: row.get("name")?,
        scopes: row.get::<Json<_>>("scopes")?.0,
        user_id: row.get("user_id")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        last_used_at: row.get("last_used_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}
