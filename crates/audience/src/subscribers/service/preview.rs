//! What an upsert would do, without doing it.

use std::collections::{BTreeSet, HashMap};

use ctx::Ctx;
use db::Tx;
use kernel::{AccountId, Result};

use super::upsert::{Batch, Known, Outcome, Policy, UpsertRow, fields_of};
use crate::subscribers::store;
use crate::{GroupId, SubscriberId, TagId, fields, labels, suppressions};

/// The outcomes that [`super::upsert_many_in`] would have now. Nothing is written or locked.
pub(crate) async fn preview_many_in(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    rows: &[UpsertRow],
    policy: &Policy,
) -> Result<Vec<Outcome>> {
    let folded: Vec<String> = rows.iter().map(|row| row.email.folded()).collect();
    let mut slots: HashMap<&str, usize> = HashMap::with_capacity(rows.len());
    let mut unique: Vec<&str> = Vec::with_capacity(rows.len());
    let mut slot_of_row = Vec::with_capacity(rows.len());
    for address in &folded {
        slot_of_row.push(*slots.entry(address).or_insert_with(|| {
            unique.push(address);
            unique.len() - 1
        }));
    }
    let people = store::find_by_emails(tx, account, &unique).await?;
    let suppressed = suppressions::suppressed_in(ctx, tx, account, &unique).await?;
    let ids: Vec<SubscriberId> = people.values().map(|person| person.id).collect();
    let values = fields::values_of(tx, account, &ids, Some(&fields_of(rows))).await?;
    let batch = Batch {
        account,
        rows,
        policy,
        slot_of_row: &slot_of_row,
        unique: &unique,
        suppressed: &suppressed,
        new_ids: ctx.ids.reserve(unique.len()),
        now: ctx.clock.now(),
    };
    let mut outcomes = batch.plan(&Known { people, values }).outcomes;
    let same: Vec<SubscriberId> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Unchanged(id) => Some(*id),
            _ => None,
        })
        .collect();
    let groups = labels::labels_of::<GroupId>(tx, account, &same).await?;
    let tags = labels::labels_of::<TagId>(tx, account, &same).await?;
    for (row, outcome) in rows.iter().zip(&mut outcomes) {
        let Outcome::Unchanged(id) = *outcome else {
            continue;
        };
        let joins = lacks(groups.get(&id), policy.groups.iter().chain(&row.groups))
            || lacks(tags.get(&id), policy.tags.iter().chain(&row.tags));
        if joins {
            *outcome = Outcome::Updated(id);
        }
    }
    Ok(outcomes)
}

fn lacks<'a, Id: Ord + 'a>(
    has: Option<&Vec<Id>>,
    mut wanted: impl Iterator<Item = &'a Id>,
) -> bool {
    let has: BTreeSet<&Id> = has.into_iter().flatten().collect();
    wanted.any(|id| !has.contains(id))
}
