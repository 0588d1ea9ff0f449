//! What exists of all that a document names.

use std::collections::{BTreeMap, BTreeSet};

use ctx::Ctx;
use kernel::{AccountId, Error, Result, UserId};

use crate::automations::store;
use crate::definition::{Body, Document};
use crate::fault::Fault;
use crate::kinds::Kinds;
use crate::validate::{Known, needed, validate};

/// Looks up what the document names, as far as it exists in the account.
pub(crate) async fn known(
    ctx: &Ctx,
    account: AccountId,
    document: &Document,
    kinds: &Kinds,
) -> Result<Known> {
    let needed = needed(document, kinds);
    let ids = |what: &str| -> Vec<i64> {
        let found = needed.ids.get(what);
        found.into_iter().flatten().copied().collect()
    };
    let mut references = needed.rules.clone();
    references.groups.extend(ids("group"));
    references.tags.extend(ids("tag"));
    references.campaigns.extend(ids("campaign"));
    references.segments.extend(ids("segment"));
    let mut all: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    let mut users = BTreeSet::new();
    for id in ids("user") {
        match identity::users::get(ctx, account, UserId::from(id)).await {
            Ok(_) => drop(users.insert(id)),
            Err(Error::NotFound { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    all.insert("user".to_owned(), users);
    let mut tx = ctx.read().await?;
    let vocabulary = audience::segments::vocabulary_in(&mut tx, ctx, account, references).await?;
    let (templates, senders) =
        sending::automated::exists_in(&mut tx, account, &ids("template"), &ids("sender")).await?;
    all.insert("template".to_owned(), templates);
    all.insert("sender".to_owned(), senders);
    let automations = store::existing(&mut tx, account, &ids("automation")).await?;
    all.insert("automation".to_owned(), automations);
    let event_types = store::existing_event_types(&mut tx, account, &ids("event_type")).await?;
    all.insert("event_type".to_owned(), event_types);
    let hooks = crate::hooks::store::existing(&mut tx, account, &ids("hook")).await?;
    all.insert("hook".to_owned(), hooks);
    Ok(Known {
        moment: rules::Moment::new(ctx.clock.now(), vocabulary.zone.clone()),
        schema: vocabulary.schema,
        segments: vocabulary.segments,
        ids: all,
    })
}

/// Everything that is wrong with a document in its account.
pub(super) async fn faults(
    ctx: &Ctx,
    account: AccountId,
    document: &Document,
) -> Result<Vec<Fault>> {
    let kinds = Kinds::available();
    let known = known(ctx, account, document, &kinds).await?;
    let mut faults = validate(document, &kinds, &known);
    let mut tx = ctx.read().await?;
    let owner = identity::accounts::get(&mut tx, account).await?;
    if owner.sender_email.is_none() {
        for (n, step) in document.steps.iter().enumerate() {
            if matches!(&step.body, Body::SendEmail(email) if email.sender.is_none()) {
                faults.push(
                    Fault::new(
                        format!("steps[{n}].with.sender"),
                        "required",
                        "is missing: choose a sender, or set that of the account in its settings",
                    )
                    .of(Some(&step.id)),
                );
            }
        }
    }
    Ok(faults)
}
