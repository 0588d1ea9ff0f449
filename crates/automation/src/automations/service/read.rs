//! Looking.

use ctx::Ctx;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result};

use super::find;
use super::known::faults;
use crate::automations::model::{Automation, Described, Evidence, Status, Summary, Version};
use crate::automations::store;
use crate::definition::Document;
use crate::diff::{Difference, diff};
use crate::ids::{AutomationId, VersionId};

/// One automation, as it is stored.
pub async fn get(ctx: &Ctx, account: AccountId, id: AutomationId) -> Result<Automation> {
    find(&mut *ctx.read().await?, account, id).await
}

/// One automation with what belongs to it.
pub async fn describe(ctx: &Ctx, account: AccountId, automation: Automation) -> Result<Described> {
    let mut tx = ctx.read().await?;
    let live = match automation.live {
        Some(live) => store::find_versions(&mut tx, account, &[live])
            .await?
            .remove(&live),
        None => None,
    };
    let counts = store::counts(&mut tx, account, &[automation.id]).await?;
    let held = sending::automated::held(&mut tx, account).await?;
    drop(tx);
    let draft = automation.document();
    let differs = match (&draft, &live) {
        (Ok(draft), Some(live)) => *draft != live.document,
        _ => true,
    };
    let faults = match draft {
        Ok(draft) => faults(ctx, account, &draft).await?,
        Err(faults) => faults,
    };
    Ok(Described {
        counts: counts.get(&automation.id).copied().unwrap_or_default(),
        live: live.as_ref().map(Evidence::from),
        automation,
        faults,
        differs,
        held,
    })
}

/// Newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    status: Option<Status>,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Summary>> {
    let mut tx = ctx.read().await?;
    let rows = store::list(&mut tx, account, status, before, limit).await?;
    let page = Page::from_rows(rows, limit, |automation| Cursor {
        key: 0,
        id: automation.id.get(),
    });
    let ids: Vec<AutomationId> = page.data.iter().map(|it| it.id).collect();
    let live: Vec<VersionId> = page.data.iter().filter_map(|it| it.live).collect();
    let counts = store::counts(&mut tx, account, &ids).await?;
    let versions = store::find_versions(&mut tx, account, &live).await?;
    Ok(page.map(|automation| Summary {
        counts: counts.get(&automation.id).copied().unwrap_or_default(),
        live: automation
            .live
            .and_then(|id| versions.get(&id))
            .map(Evidence::from),
        automation,
    }))
}

/// The versions, newest first.
pub async fn versions(
    ctx: &Ctx,
    account: AccountId,
    id: AutomationId,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Evidence>> {
    let mut tx = ctx.read().await?;
    find(&mut tx, account, id).await?;
    let rows = store::list_versions(&mut tx, account, id, before, limit).await?;
    let page = Page::from_rows(rows, limit, |version| Cursor {
        key: 0,
        id: version.number,
    });
    Ok(page.map(|version| Evidence::from(&version)))
}

/// One version, and what is different in it from another: the one before it, unless another is named.
pub async fn version(
    ctx: &Ctx,
    account: AccountId,
    id: AutomationId,
    which: VersionId,
    other: Option<VersionId>,
) -> Result<(Version, Vec<Difference>)> {
    let mut tx = ctx.read().await?;
    find(&mut tx, account, id).await?;
    let mut found = store::find_versions(&mut tx, account, &[which]).await?;
    let version = found
        .remove(&which)
        .filter(|version| version.automation == id)
        .ok_or_else(|| Error::not_found("version", which))?;
    let before = if let Some(other) = other {
        Some(
            store::find_versions(&mut tx, account, &[other])
                .await?
                .remove(&other)
                .filter(|version| version.automation == id)
                .ok_or_else(|| Error::not_found("version", other))?,
        )
    } else {
        let before = Some(Cursor {
            key: 0,
            id: version.number,
        });
        store::list_versions(&mut tx, account, id, before, Limit::default())
            .await?
            .into_iter()
            .next()
    };
    let nothing = Document::default();
    let old = before
        .as_ref()
        .map_or(&nothing, |version| &version.document);
    let differences = diff(old, &version.document);
    Ok((version, differences))
}

/// What the live version, or the draft of what was never published, does.
pub async fn live_steps(
    ctx: &Ctx,
    account: AccountId,
    id: AutomationId,
) -> Result<(Automation, Option<Version>)> {
    let mut tx = ctx.read().await?;
    let automation = find(&mut tx, account, id).await?;
    let live = match automation.live {
        Some(live) => store::find_versions(&mut tx, account, &[live])
            .await?
            .remove(&live),
        None => None,
    };
    Ok((automation, live))
}
