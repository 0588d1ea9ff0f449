//! SQL of the checklist: everything about people in one pass.

use std::collections::{BTreeMap, BTreeSet};

use db::{Engine, Result, Tx, in_list};
use kernel::{AccountId, Value};
use rules::{Compiled, Dialect};

use crate::campaigns::store::rule_values;

/// Those of some event types that exist: what they are called, and whether they can be booked. They belong to another
/// crate, which this one does not know: only so much is read.
pub(super) async fn event_types(
    tx: &mut Tx,
    account: AccountId,
    ids: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, (String, bool)>> {
    tx.query(format!(
        "select id, title, enabled from event_type where account_id = $1 and id in {}",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.at(0)?, (row.at(1)?, row.at(2)?))))
    .collect()
}

/// Whom a campaign reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) recipients: i64,
    /// Active people of each list, whatever is excluded.
    pub(super) lists: Vec<i64>,
    /// Recipients who are in more than one of the lists.
    pub(super) in_several: i64,
    /// Recipients to whom each of the further conditions applies.
    pub(super) lacking: Vec<i64>,
}

/// Counts all of it in one statement, whatever the number of lists and conditions.
pub(super) async fn reach(
    tx: &mut Tx,
    account: AccountId,
    whole: &Compiled,
    lists: &[Compiled],
    lacking: &[Compiled],
) -> Result<Reach> {
    let dialect = match tx.engine() {
        Engine::Sqlite => Dialect::Sqlite,
        Engine::Postgres => Dialect::Postgres,
    };
    let mut values: Vec<Value> = Vec::new();
    let mut columns = Vec::new();
    let mut sums = vec![sum("w", "n")];
    let mut add = |rule: &Compiled, name: String| {
        let condition = rule.sql(dialect, account, 2 + values.len(), "s");
        columns.push(format!(
            "case when {} then 1 else 0 end as {name}",
            condition.text
        ));
        values.extend(rule_values(condition.params));
    };
    add(whole, "w".to_owned());
    for (i, list) in lists.iter().enumerate() {
        add(list, format!("l{i}"));
        sums.push(sum(&format!("l{i}"), &format!("list{i}")));
    }
    for (i, condition) in lacking.iter().enumerate() {
        add(condition, format!("m{i}"));
        sums.push(sum(&format!("w * m{i}"), &format!("lacking{i}")));
    }
    if lists.len() > 1 {
        let all: Vec<String> = (0..lists.len()).map(|i| format!("l{i}")).collect();
        let several = format!(
            "case when w = 1 and {} > 1 then 1 else 0 end",
            all.join(" + ")
        );
        sums.push(sum(&several, "in_several"));
    }
    let row = tx
        .query(format!(
            "select {} from (select {} from subscriber s where s.account_id = $1 and s.status = 'active') as q",
            sums.join(", "),
            columns.join(", ")
        ))
        .bind(account)
        .bind_values(values)
        .once()
        .fetch_one()
        .await?;
    let each = |name: &str, n: usize| -> Result<Vec<i64>> {
        (0..n).map(|i| row.get(&format!("{name}{i}"))).collect()
    };
    Ok(Reach {
        recipients: row.get("n")?,
        lists: each("list", lists.len())?,
        in_several: if lists.len() > 1 {
            row.get("in_several")?
        } else {
            0
        },
        lacking: each("lacking", lacking.len())?,
    })
}

fn sum(of: &str, name: &str) -> String {
    format!("cast(coalesce(sum({of}), 0) as bigint) as {name}")
}
