//! What published automations name, for slices that raise events only where somebody waits for them.

use std::collections::{BTreeMap, BTreeSet};

use ctx::Ctx;
use kernel::{AccountId, Result};

use super::catalog::Engine;
use crate::definition::{Body, Document, Pattern};

/// The whole numbers that active automations give a part of an event, by account: `minutes` of `booking.starts_in`.
pub async fn numbers_named(
    ctx: &Ctx,
    engine: &Engine,
    event: &str,
    part: &str,
) -> Result<BTreeMap<AccountId, BTreeSet<i64>>> {
    let catalog = engine.catalog(&mut *ctx.read().await?).await?;
    let mut named: BTreeMap<AccountId, BTreeSet<i64>> = BTreeMap::new();
    for account in catalog.accounts() {
        let Some(automations) = catalog.account(account) else {
            continue;
        };
        for id in automations.active() {
            let live = automations.all.get(&id);
            let Some(version) = live.and_then(|it| catalog.version(it.1)) else {
                continue;
            };
            let numbers = patterns(&version.program.document)
                .filter(|pattern| pattern.event == event)
                .filter_map(|pattern| pattern.with.get(part)?.as_i64());
            named.entry(account).or_default().extend(numbers);
        }
    }
    named.retain(|_, numbers| !numbers.is_empty());
    Ok(named)
}

/// What lets people in, what is waited for, and what lets people out.
fn patterns(document: &Document) -> impl Iterator<Item = &Pattern> {
    let waits = document.steps.iter().flat_map(|step| match &step.body {
        Body::WaitForAny(wait) => wait.paths.as_slice(),
        _ => &[],
    });
    let triggers = document.triggers.iter().map(|trigger| &trigger.on);
    triggers
        .chain(waits.filter_map(|path| path.on.as_ref()))
        .chain(document.goal.iter().filter_map(|goal| goal.on.as_ref()))
        .chain(document.exits.iter().filter_map(|exit| exit.on.as_ref()))
}
