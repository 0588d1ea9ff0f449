//! Use cases of the brand.

use ctx::Ctx;
use identity::Actor;
use identity::accounts::{self, Patch};
use kernel::{AccountId, Error, FieldError, Result};
use serde_json::json;

use super::model::{Brand, BrandInput};
use super::store;
use crate::files::{self, File};

/// The brand with what belongs to it.
#[derive(Debug)]
pub struct Found {
    pub brand: Brand,
    /// 0 while nothing was set.
    pub version: i64,
    pub logo: Option<File>,
    pub account_name: String,
    pub postal_address: Option<String>,
}

/// The brand, or what mails look like without one.
pub async fn get(ctx: &Ctx, account: AccountId) -> Result<Found> {
    let mut tx = ctx.read().await?;
    let owner = accounts::get(&mut tx, account).await?;
    let (brand, version) = store::find(&mut tx, account).await?.unwrap_or_default();
    let logo = match brand.logo_file_id {
        // It may have been deleted by force.
        Some(id) => files::store::find(&mut tx, account, id).await?,
        None => None,
    };
    Ok(Found {
        brand,
        version,
        logo,
        account_name: owner.name,
        postal_address: owner.postal_address,
    })
}

/// Sets the whole brand. `expected` is the version the caller has read, if it cares.
pub async fn set(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    expected: Option<i64>,
    input: BrandInput,
) -> Result<Found> {
    let conflict = || {
        Error::conflict(
            "version_conflict",
            "somebody else changed the brand meanwhile; read it again and repeat your change",
        )
    };
    let address = input.address();
    let checked = input.check();
    let mut tx = ctx.write().await?;
    let before = store::find(&mut tx, account).await?;
    let version = before.as_ref().map_or(0, |(_, version)| *version);
    if expected.is_some_and(|expected| expected != version) {
        return Err(conflict());
    }
    let mut errors = Vec::new();
    if let Some(address) = address {
        // A setting of the account, with a history of its own; kept with the rest or not at all.
        let patch = Patch {
            postal_address: Some(address),
            ..Patch::default()
        };
        match accounts::update_in(ctx, &mut tx, account, actor, None, patch).await {
            Err(Error::Invalid(faults)) => errors.extend(faults),
            other => {
                other?;
            }
        }
    }
    let brand = checked.unwrap_or_else(|faults| {
        errors.extend(faults);
        Brand::default()
    });
    if let Some(id) = brand.logo_file_id
        && files::store::find(&mut tx, account, id).await?.is_none()
    {
        let message = "there is no such file in this account";
        errors.push(FieldError::new("logo_file_id", "unknown", message));
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let before = before.map(|(brand, _)| brand);
    if before.as_ref() != Some(&brand) {
        if !store::save(&mut tx, account, &brand, version + 1, ctx.clock.now()).await? {
            return Err(conflict());
        }
        let target = ("brand", account.get());
        let before = before.map(|brand| json!(brand));
        let after = Some(json!(brand));
        identity::audit(
            ctx,
            &mut tx,
            account,
            actor,
            "brand.updated",
            target,
            before,
            after,
        )
        .await?;
    }
    tx.commit().await?;
    get(ctx, account).await
}
