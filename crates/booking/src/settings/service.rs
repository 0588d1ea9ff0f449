//! Use cases of the settings.

use ctx::Ctx;
use db::{Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::slug;

/// What belongs to the booking pages of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BookingSettings)]
pub struct Settings {
    /// The account in the addresses of its booking pages; unique on this server.
    #[schema(example = "analytical-engines")]
    pub page: String,
}

/// The page of the account, in a transaction of the caller's.
pub async fn page_in(tx: &mut Tx, account: AccountId) -> Result<String> {
    if let Some(page) = store::page(tx, account).await? {
        return Ok(page);
    }
    let [wished, certain] = proposals(tx, account).await?;
    Ok(match store::account_of(tx, &wished).await? {
        None => wished,
        Some(_) => certain,
    })
}

/// The settings; before there is a host, those that the account would get with the first.
pub async fn get(ctx: &Ctx, account: AccountId) -> Result<Settings> {
    let page = page_in(&mut *ctx.read().await?, account).await?;
    Ok(Settings { page })
}

/// Changes them. Addresses with the old name lead nowhere any more.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    settings: Settings,
) -> Result<Settings> {
    slug::check(&settings.page, "page").map_err(|fault| Error::Invalid(vec![fault]))?;
    let mut tx = ctx.write().await?;
    let before = store::page(&mut tx, account).await?;
    if !store::set(&mut tx, account, &settings.page, ctx.clock.now()).await? {
        return Err(Error::Invalid(vec![slug::taken("page")]));
    }
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "booking_settings.updated",
        ("booking_settings", account),
        Some(json!({ "page": before })),
        Some(json!({ "page": settings.page })),
    )
    .await?;
    tx.commit().await?;
    Ok(settings)
}

/// The account whose booking pages these are.
pub async fn account_of(ctx: &Ctx, page: &str) -> Result<Option<AccountId>> {
    Ok(store::account_of(&mut *ctx.read().await?, page).await?)
}

/// A page made of the name of the account, and one that nobody else has, with its number.
async fn proposals(tx: &mut Tx, account: AccountId) -> Result<[String; 2]> {
    let name = identity::accounts::get(tx, account).await?.name;
    let wished = slug::of(&name, "book");
    let certain = format!("{wished}-{account}");
    Ok([wished, certain])
}

/// The page of the account; makes one of its name if it has none.
pub(crate) async fn ensure_in(ctx: &Ctx, tx: &mut WriteTx, account: AccountId) -> Result<String> {
    if let Some(page) = store::page(tx, account).await? {
        return Ok(page);
    }
    for page in proposals(tx, account).await? {
        if store::set(tx, account, &page, ctx.clock.now()).await? {
            return Ok(page);
        }
    }
    Err(Error::internal(anyhow::anyhow!(
        "no page is free for the account {account}"
    )))
}
