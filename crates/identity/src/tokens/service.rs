//! Making, listing and revoking tokens.

use ctx::Ctx;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result, UserId};
use serde_json::{Value, json};

use super::model::{NewToken, PREFIX, Token, TokenId};
use super::store;
use crate::audit::audit;
use crate::auth::hash_secret;
use crate::input::Faults;
use crate::users::By;

/// Makes a token of `user`, which acts in their name; with its secret, which cannot be read again.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    by: &By,
    user: UserId,
    new: NewToken,
) -> Result<(Token, String)> {
    let now = ctx.clock.now();
    let mut faults = Faults::default();
    let name = faults.line("name", &new.name, 100);
    if new.scopes.is_empty() {
        faults.add("scopes", "required", "choose at least one scope");
    }
    for scope in new.scopes.iter() {
        if !by.permissions.contains(scope) {
            faults.add(
                "scopes",
                "not_allowed",
                format!("you may not do {scope} yourself"),
            );
        }
    }
    if new.expires_at.is_some_and(|end| end <= now) {
        faults.add("expires_at", "invalid", "has to be in the future");
    }
    faults.finish()?;
    let secret = format!("{PREFIX}{}", ctx.rng.token());
    let token = Token {
        id: ctx.ids.next(),
        name,
        scopes: new.scopes,
        user_id: user,
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let mut tx = ctx.write().await?;
    store::insert(&mut tx, account, &token, &hash_secret(&secret), &by.actor).await?;
    audit(
        ctx,
        &mut tx,
        account,
        &by.actor,
        "token.created",
        ("token", token.id),
        None,
        Some(snapshot(&token)),
    )
    .await?;
    tx.commit().await?;
    Ok((token, secret))
}

/// The tokens of the account, newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Token>> {
    let mut tx = ctx.read().await?;
    let rows = store::list(&mut tx, account, cursor, limit).await?;
    Ok(Page::from_rows(rows, limit, |token| Cursor {
        key: 0,
        id: token.id.get(),
    }))
}

/// Makes a token worthless. Doing it again changes nothing.
pub async fn revoke(ctx: &Ctx, account: AccountId, by: &By, id: TokenId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let token = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("token", id))?;
    if store::revoke(&mut tx, account, id, ctx.clock.now()).await? {
        audit(
            ctx,
            &mut tx,
            account,
            &by.actor,
            "token.revoked",
            ("token", id),
            Some(snapshot(&token)),
            None,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

fn snapshot(token: &Token) -> Value {
    json!({
        "name": token.name,
        "scopes": token.scopes,
        "user_id": token.user_id,
        "expires_at": token.expires_at,
    })
}
