//! Which blocks of a mail its recipients see.
//!
//! A document's rules are asked once for all people of a batch, never person by person. A rule that speaks of something
//! that is gone by now selects nobody: its blocks stay hidden, and the log says so.

use std::collections::HashMap;

use audience::SubscriberId;
use content::Values;
use ctx::Ctx;
use db::Tx;
use kernel::{AccountId, Error, Result};
use rules::Rule;

/// For whom which conditions hold: a bit for each, in their order.
pub(crate) async fn decide(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    conditions: &[Rule],
    people: &[SubscriberId],
) -> Result<HashMap<SubscriberId, i64>> {
    let mut shown: HashMap<SubscriberId, i64> = people.iter().map(|id| (*id, 0)).collect();
    for (number, rule) in conditions.iter().enumerate() {
        let compiled = match audience::segments::compile_rule_in(tx, ctx, account, rule).await {
            Ok(compiled) => compiled,
            Err(Error::Invalid(faults)) => {
                tracing::warn!(
                    account = account.get(),
                    ?faults,
                    "a rule of a block does not work any more; the block stays hidden"
                );
                continue;
            }
            Err(other) => return Err(other),
        };
        for id in audience::segments::among_in(tx, account, &compiled, people).await? {
            if let Some(bits) = shown.get_mut(&id) {
                *bits |= 1 << number;
            }
        }
    }
    Ok(shown)
}

/// Tells the values of a person what was decided about them.
pub(crate) fn tell(values: &mut Values, conditions: &[Rule], shown: i64) {
    for number in 0..conditions.len() {
        values.set_shown(number, (shown >> number) & 1 == 1);
    }
}
