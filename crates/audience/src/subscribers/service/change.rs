//! Changing many people at once, each in their own way, for whoever decided it of people that they hold.

use std::collections::{BTreeMap, BTreeSet};

use ctx::Ctx;
use db::WriteTx;
use kernel::{AccountId, Result};

use super::read::drafts_in;
use super::save::{Origin, save};
use crate::fields::{Catalog, FieldInput};
use crate::subscribers::model::{Attributes, Change, Source};
use crate::{FieldId, GroupId, SubscriberId, TagId, labels};

/// What changes of one person. The values are checked: [`Attributes::checked`], [`crate::fields::parse_json`]; groups and
/// tags exist.
#[derive(Clone, Debug, Default)]
pub struct PersonChange {
    pub attributes: Attributes,
    pub fields: BTreeMap<FieldId, FieldInput>,
    pub status: Option<Change>,
    /// Whether they are in these then.
    pub groups: BTreeMap<GroupId, bool>,
    pub tags: BTreeMap<TagId, bool>,
}

/// Changes people, in a number of statements that does not depend on how many they are. What the status machine refuses
/// is left out, and so is who does not exist any more.
pub async fn change_people_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    catalog: &Catalog,
    changes: &BTreeMap<SubscriberId, PersonChange>,
    reason: &str,
    by: &str,
) -> Result<()> {
    let people: Vec<SubscriberId> = changes.keys().copied().collect();
    let fields: BTreeSet<FieldId> = changes
        .values()
        .flat_map(|change| change.fields.keys().copied())
        .collect();
    let fields: Vec<FieldId> = fields.into_iter().collect();
    let mut drafts = drafts_in(tx, account, &people, &fields).await?;
    let now = ctx.clock.now();
    for draft in &mut drafts {
        let Some(change) = changes.get(&draft.person.id) else {
            continue;
        };
        draft.apply(&change.attributes);
        for (field, input) in &change.fields {
            draft.put(*field, input);
        }
        if let Some(status) = change.status {
            // Refused is what somebody else decided in the meantime.
            let _ = draft.change_status(status, Some(reason), now);
        }
    }
    let origin = Origin::by(by, Source::Automation);
    save(ctx, tx, account, catalog, &mut drafts, origin).await?;
    let there: BTreeSet<SubscriberId> = drafts.iter().map(|draft| draft.person.id).collect();
    let (mut groups, mut tags) = (Vec::new(), Vec::new());
    for (person, change) in changes.iter().filter(|(id, _)| there.contains(id)) {
        groups.extend(
            change
                .groups
                .iter()
                .map(|(id, is_in)| (*id, *person, *is_in)),
        );
        tags.extend(change.tags.iter().map(|(id, is_in)| (*id, *person, *is_in)));
    }
    members(ctx, tx, account, groups, by).await?;
    members(ctx, tx, account, tags, by).await
}

async fn members<Id: labels::LabelId>(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    all: Vec<(Id, SubscriberId, bool)>,
    by: &str,
) -> Result<()> {
    let (joining, leaving): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, _, is_in)| *is_in);
    if !joining.is_empty() {
        let pairs = joining.into_iter().map(|(id, person, _)| (id, person));
        labels::add_in(ctx, tx, account, pairs, by).await?;
    }
    let mut by_label: BTreeMap<i64, (Id, Vec<SubscriberId>)> = BTreeMap::new();
    for (id, person, _) in leaving {
        let of_label = by_label.entry(id.into()).or_insert((id, Vec::new()));
        of_label.1.push(person);
    }
    for (id, people) in by_label.into_values() {
        labels::remove_in(ctx, tx, account, id, &people, by).await?;
    }
    Ok(())
}
