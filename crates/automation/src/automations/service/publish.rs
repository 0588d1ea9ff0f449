//! Making a draft live.

use std::collections::BTreeMap;

use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, Error, Result};
use serde_json::json;

use super::known::faults;
use super::{audit, find, for_update, refuse_while_moving};
use crate::automations::model::{Affected, Automation, Checked, Moving, Status, Version};
use crate::automations::store;
use crate::definition::{Document, StepId};
use crate::diff::diff;
use crate::fault::into_kernel_error;
use crate::ids::{AutomationId, VersionId};
use crate::migrate::{Plan, Policy};

/// What is wrong with the draft, what it changes, and for whom.
pub async fn check(ctx: &Ctx, account: AccountId, id: AutomationId) -> Result<Checked> {
    let mut tx = ctx.read().await?;
    let automation = find(&mut tx, account, id).await?;
    let draft = match automation.document() {
        Ok(draft) => draft,
        Err(faults) => {
            return Ok(Checked {
                faults,
                ..Checked::default()
            });
        }
    };
    let mut checked = Checked::default();
    if let Some(live) = automation.live {
        let versions = store::find_versions(&mut tx, account, &[live]).await?;
        let people = store::people_at(&mut tx, account, id).await?;
        if let Some(live) = versions.get(&live) {
            checked.differences = diff(&live.document, &draft);
            checked.affected = affected(&live.document, &draft, &people);
        }
    }
    drop(tx);
    checked.faults = faults(ctx, account, &draft).await?;
    Ok(checked)
}

fn affected(
    live: &Document,
    draft: &Document,
    people: &BTreeMap<(VersionId, String), i64>,
) -> Vec<Affected> {
    let at = |step: &StepId| -> i64 {
        let here = people.iter().filter(|((_, at), _)| at == step.as_str());
        here.map(|(_, n)| n).sum()
    };
    let changed = live.steps.iter().filter(|step| {
        draft
            .step(&step.id)
            .is_none_or(|after| after.body != step.body)
    });
    changed
        .map(|step| {
            let deleted = draft.step(&step.id).is_none();
            Affected {
                title: step.title().to_owned(),
                deleted,
                people: at(&step.id),
                next: if deleted {
                    crate::migrate::next_surviving(live, draft, &step.id)
                } else {
                    Some(step.id.clone())
                },
                step: step.id.clone(),
            }
        })
        .collect()
}

/// Publishes the draft; people inside go where the plan says.
pub async fn publish(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: AutomationId,
    expected: Option<i64>,
    plan: Plan,
) -> Result<(Automation, Version)> {
    let automation = find(&mut *ctx.read().await?, account, id).await?;
    let document = automation
        .document()
        .map_err(|faults| into_kernel_error("draft", faults))?;
    let expected = Some(expected.unwrap_or(automation.version));
    make_live(ctx, account, actor, id, expected, document, plan, None).await
}

/// Publishes an earlier version again, as a new one; the draft becomes the same.
pub async fn rollback(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: AutomationId,
    to: VersionId,
    plan: Plan,
) -> Result<(Automation, Version)> {
    let mut tx = ctx.read().await?;
    find(&mut tx, account, id).await?;
    let earlier = store::find_versions(&mut tx, account, &[to])
        .await?
        .remove(&to)
        .filter(|version| version.automation == id)
        .ok_or_else(|| Error::not_found("version", to))?;
    drop(tx);
    make_live(
        ctx,
        account,
        actor,
        id,
        None,
        earlier.document,
        plan,
        Some(to),
    )
    .await
}

#[expect(
    clippy::too_many_arguments,
    reason = "who publishes what, as it was read, with which plan: none can be left out"
)]
async fn make_live(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: AutomationId,
    expected: Option<i64>,
    document: Document,
    plan: Plan,
    restored_from: Option<VersionId>,
) -> Result<(Automation, Version)> {
    // Before the transaction: it reads a lot, and what disappears meanwhile is told where it is missed.
    let faults = faults(ctx, account, &document).await?;
    if !faults.is_empty() {
        return Err(into_kernel_error("draft", faults));
    }
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let mut automation = for_update(&mut tx, account, id, expected).await?;
    refuse_while_moving(&automation)?;
    let before = match automation.live {
        Some(live) => store::find_versions(&mut tx, account, &[live])
            .await?
            .remove(&live),
        None => None,
    };
    let nothing = Document::default();
    let old = before
        .as_ref()
        .map_or(&nothing, |version| &version.document);
    let faults = plan.check(old, &document);
    if !faults.is_empty() {
        return Err(into_kernel_error("plan", faults));
    }
    let differences: Vec<String> = diff(old, &document)
        .into_iter()
        .map(|difference| difference.text)
        .collect();
    let version = Version {
        id: ctx.ids.next(),
        automation: id,
        number: store::last_number(&mut tx, account, id).await? + 1,
        document,
        plan,
        restored_from,
        published_at: now,
        published_by: actor.to_string(),
    };
    store::insert_version(&mut tx, account, &version).await?;
    if before.is_some() && version.plan.policy != Policy::FinishOld {
        automation.moving = Some(Moving {
            rebind: true,
            ..automation.moving.unwrap_or_default()
        });
    }
    if restored_from.is_some() {
        automation.draft = version.document.to_json();
    }
    automation.live = Some(version.id);
    automation.published_at = Some(now);
    if automation.status == Status::Draft {
        automation.status = Status::Active;
    }
    store::update(&mut tx, &mut automation, now).await?;
    store::begin_sweep(&mut tx, &automation).await?;
    store::note_change(&mut tx).await?;
    let action = if restored_from.is_some() {
        "automation.rolled_back"
    } else {
        "automation.published"
    };
    let after = json!({
        "version_id": version.id, "number": version.number, "plan": version.plan.policy, "differences": differences,
    });
    audit(ctx, &mut tx, actor, action, &automation, None, Some(after)).await?;
    tx.commit().await?;
    Ok((automation, version))
}
