//! SQL of limits and of what was used of them.

use std::collections::HashMap;
use std::fmt::Write as _;

use db::{Insert, Json, Result, Row, Tx};
use kernel::{AccountId, Timestamp, ToValue as _};

use super::model::{Limit, LimitId, SPANS, Scope, WarmUp};

const COLUMNS: &str =
    "account_id, id, scope, key, per_minute, per_hour, per_day, warm_up, created_at, updated_at";

fn from_row(row: &Row) -> Result<Limit> {
    Ok(Limit {
        account: row.get("account_id")?,
        id: row.get("id")?,
        scope: Scope::from_stored(&row.get::<String>("scope")?),
        key: row.get("key")?,
        per_minute: row.get("per_minute")?,
        per_hour: row.get("per_hour")?,
        per_day: row.get("per_day")?,
        warm_up: row
            .get::<Option<Json<WarmUp>>>("warm_up")?
            .map(|json| json.0),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// All of an account: few.
pub(super) async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<Limit>> {
    tx.query(format!(
        "select {COLUMNS} from send_limit where account_id = $1 order by id limit 1000"
    ))
    .bind(account)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

pub(super) async fn find(tx: &mut Tx, account: AccountId, id: LimitId) -> Result<Option<Limit>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from send_limit where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Whether there was no limit of this scope and key before.
pub(super) async fn insert(tx: &mut Tx, limit: &Limit) -> Result<bool> {
    let inserted = tx
        .query(format!(
            "insert into send_limit ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             on conflict do nothing"
        ))
        .bind(limit.account)
        .bind(limit.id)
        .bind(limit.scope.as_str())
        .bind(&limit.key)
        .bind(limit.per_minute)
        .bind(limit.per_hour)
        .bind(limit.per_day)
        .bind(limit.warm_up.as_ref().map(Json))
        .bind(limit.created_at)
        .bind(limit.updated_at)
        .execute()
        .await?;
    Ok(inserted == 1)
}

pub(super) async fn update(tx: &mut Tx, limit: &Limit) -> Result<()> {
    let affected = tx
        .query(
            "update send_limit set per_minute = $3, per_hour = $4, per_day = $5, warm_up = $6, \
             updated_at = $7 where account_id = $1 and id = $2",
        )
        .bind(limit.account)
        .bind(limit.id)
        .bind(limit.per_minute)
        .bind(limit.per_hour)
        .bind(limit.per_day)
        .bind(limit.warm_up.as_ref().map(Json))
        .bind(limit.updated_at)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: LimitId) -> Result<()> {
    tx.query("delete from send_limit where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// What is asked of the slots: scope, key, span, and the first slot that counts.
pub(super) type Asked<'a> = (Scope, &'a str, i64, i64);

/// How much was used of each.
pub(super) async fn used(tx: &mut Tx, account: AccountId, asked: &[Asked<'_>]) -> Result<Vec<i64>> {
    let mut used = vec![0; asked.len()];
    for (part, chunk) in asked.chunks(64).enumerate() {
        let mut sql = String::new();
        let mut values = vec![account.to_value()];
        for (i, (scope, key, span, slot)) in chunk.iter().enumerate() {
            if i > 0 {
                sql.push_str(" union all ");
            }
            let n = values.len() + 1;
            let written = write!(
                sql,
                "select cast({} as bigint) as place, cast(coalesce(sum(n), 0) as bigint) as n from send_usage \
                 where account_id = $1 and scope = ${n} and key = ${} and span = ${} and slot >= ${}",
                part * 64 + i,
                n + 1,
                n + 2,
                n + 3
            );
            written.expect("writing to a String cannot fail");
            values.push(scope.as_str().to_value());
            values.push((*key).to_value());
            values.push(span.to_value());
            values.push(slot.to_value());
        }
        let rows = tx.query(sql).bind_values(values).fetch_all().await?;
        for row in &rows {
            let place: i64 = row.get("place")?;
            used[usize::try_from(place).unwrap_or(0)] = row.get("n")?;
        }
    }
    Ok(used)
}

/// Adds to slots: scope, key, span, slot and how many.
pub(super) async fn charge(
    tx: &mut Tx,
    account: AccountId,
    charges: &[(Scope, String, i64, i64, i64)],
) -> Result<()> {
    let mut insert = Insert::into(
        "send_usage",
        &["account_id", "scope", "key", "span", "slot", "n"],
    )
    .on_conflict(
        "on conflict (account_id, scope, key, span, slot) do update set n = send_usage.n + excluded.n",
    );
    for (scope, key, span, slot, n) in charges {
        insert.row(|row| {
            row.bind(account)
                .bind(scope.as_str())
                .bind(key)
                .bind(*span)
                .bind(*slot)
                .bind(*n);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// The time a domain is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pause {
    /// Up to when messages to it have been given their time.
    pub(crate) planned_until: Timestamp,
    /// Nothing goes there before.
    pub(crate) resting_until: Timestamp,
    /// How often in a row it had to rest.
    pub(crate) level: i64,
}

/// The domains of an account that are given time now.
pub(crate) async fn pauses(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
) -> Result<HashMap<String, Pause>> {
    tx.query(
        "select domain, planned_until, resting_until, level from domain_pause \
         where account_id = $1 and (planned_until > $2 or resting_until > $2)",
    )
    .bind(account)
    .bind(now)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("domain")?, pause_from_row(row)?)))
    .collect()
}

pub(super) async fn pause_of(
    tx: &mut Tx,
    account: AccountId,
    domain: &str,
) -> Result<Option<Pause>> {
    let row = tx
        .query(
            "select planned_until, resting_until, level from domain_pause \
             where account_id = $1 and domain = $2",
        )
        .bind(account)
        .bind(domain)
        .fetch_optional()
        .await?;
    row.as_ref().map(pause_from_row).transpose()
}

fn pause_from_row(row: &Row) -> Result<Pause> {
    Ok(Pause {
        planned_until: row.get("planned_until")?,
        resting_until: row.get("resting_until")?,
        level: row.get("level")?,
    })
}

pub(super) async fn set_pauses(
    tx: &mut Tx,
    account: AccountId,
    pauses: &[(&str, Pause)],
) -> Result<()> {
    let mut insert = Insert::into(
        "domain_pause",
        &[
            "account_id",
            "domain",
            "planned_until",
            "resting_until",
            "level",
        ],
    )
    .on_conflict(
        "on conflict (account_id, domain) do update set planned_until = excluded.planned_until, \
         resting_until = excluded.resting_until, level = excluded.level",
    );
    for (domain, pause) in pauses {
        insert.row(|row| {
            row.bind(account)
                .bind(*domain)
                .bind(pause.planned_until)
                .bind(pause.resting_until)
                .bind(pause.level);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// Forgets slots and pauses that are past, of every account.
pub(super) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let mut forgotten = 0;
    for span in SPANS {
        forgotten += tx
            .query("delete from send_usage where span = $1 and slot < $2")
            .bind(span.index)
            .bind(span.first_slot(now) - 1)
            .execute()
            .await?;
    }
    let day_ago = now - std::time::Duration::from_hours(24);
    forgotten += tx
        .query("delete from domain_pause where planned_until < $1 and resting_until < $1")
        .bind(day_ago)
        .execute()
        .await?;
    Ok(forgotten)
}
