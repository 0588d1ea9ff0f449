//! Use cases of the settings.

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, Result};
use serde_json::json;

use super::model::{Settings, SettingsInput, TeamRules};
use super::store;
use crate::slug;

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

/// What limits the teams of the account.
pub(crate) async fn team_rules_in(tx: &mut Tx, account: AccountId) -> Result<TeamRules> {
    Ok(store::team_rules(tx, account).await?.unwrap_or_default())
}

/// The settings; before there is a host, those that the account would get with the first.
pub async fn get(ctx: &Ctx, account: AccountId) -> Result<Settings> {
    get_in(&mut *ctx.read().await?, account).await
}

async fn get_in(tx: &mut Tx, account: AccountId) -> Result<Settings> {
    let page = page_in(tx, account).await?;
    let team = team_rules_in(tx, account).await?;
    Ok(Settings {
        page,
        team_limits: team.limits,
        week_starts_on: team.week_starts_on,
    })
}

/// Changes them. Addresses with the old name lead nowhere any more; what is booked stays, whatever limits there are.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    input: SettingsInput,
) -> Result<Settings> {
    input.check()?;
    let mut tx = ctx.write().await?;
    // Whoever books meanwhile is held to the old limits or to the new ones.
    tx.lock(LockClass::Teams, account.get()).await?;
    let known = store::page(&mut tx, account).await?.is_some();
    let before = get_in(&mut tx, account).await?;
    if let Some(page) = &input.page {
        if !store::set(&mut tx, account, page, ctx.clock.now()).await? {
            return Err(Error::Invalid(vec![slug::taken("page")]));
        }
    } else {
        ensure_in(ctx, &mut tx, account).await?;
    }
    let team = TeamRules {
        limits: (input.team_limits).unwrap_or_else(|| before.team_limits.clone()),
        week_starts_on: input.week_starts_on.unwrap_or(before.week_starts_on),
    };
    store::set_team_rules(&mut tx, account, &team).await?;
    let after = get_in(&mut tx, account).await?;
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "booking_settings.updated",
        ("booking_settings", account),
        known.then(|| json!(before)),
        Some(json!(after)),
    )
    .await?;
    tx.commit().await?;
    Ok(after)
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
