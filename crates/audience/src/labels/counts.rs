//! How many people are in a group or tag, how that came about day by day, and who they are.

use std::collections::BTreeMap;

use ctx::Ctx;
use db::{Tx, WriteTx};
use jiff::civil::Date;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::LabelId;
use super::{service, store};
use crate::SubscriberId;

const DAY_US: i64 = 86_400_000_000;
/// Most days of one answer.
const MAX_DAYS: i64 = 1100;
/// Rows that one transaction folds.
const AT_ONCE: i64 = 5000;

/// Who is in it, since when, and who or what added them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ListedSubscriber, example = json!({
    "subscriber_id": "361240977588224000",
    "email": "ada@example.com",
    "added_at": "2026-05-04T09:30:00Z",
    "added_by": "import:361240977588224100",
}))]
pub(crate) struct Member {
    pub subscriber_id: SubscriberId,
    pub email: String,
    pub added_at: Timestamp,
    /// `user:ID`, `token:ID`, `import:ID`, `form:ID`, `automation:ID`, `subscriber`, `system`.
    pub added_by: String,
}

/// One day, in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = GrowthDay, example = json!({"date": "2026-05-04", "joined": 120, "left": 3, "members": 4821}))]
pub(crate) struct Day {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub joined: i64,
    pub left: i64,
    /// How many were in it at the end of the day, or are now.
    pub members: i64,
}

/// Notes that so many joined or left, in the transaction that changes the members: one row for each label.
pub(crate) async fn count_in<Id: LabelId>(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    changes: impl Iterator<Item = Id>,
    joined: bool,
) -> Result<()> {
    let mut by_label: BTreeMap<i64, i64> = BTreeMap::new();
    for label in changes {
        *by_label.entry(label.into()).or_default() += 1;
    }
    if by_label.is_empty() {
        return Ok(());
    }
    let day = day_of(ctx.clock.now());
    let rows = by_label.into_iter().map(|(label, n)| store::Change {
        id: ctx.ids.next(),
        label,
        day,
        joined: if joined { n } else { 0 },
        removed: if joined { 0 } else { n },
    });
    Ok(store::insert_changes(tx, account, rows).await?)
}

/// What everybody is counted under: the active subscribers of the account. No label has this id.
const EVERYBODY: i64 = 0;

/// Notes that so many people became active subscribers, or stopped being such, in the transaction that changes them.
pub(crate) async fn count_active_in(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    joined: i64,
    removed: i64,
) -> Result<()> {
    if joined == 0 && removed == 0 {
        return Ok(());
    }
    let change = store::Change {
        id: ctx.ids.next(),
        label: EVERYBODY,
        day: day_of(ctx.clock.now()),
        joined,
        removed,
    };
    Ok(store::insert_changes(tx, account, std::iter::once(change)).await?)
}

fn day_of(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(DAY_US)
}

/// Folds what was counted into days and totals, in short transactions; a schedule of the server.
pub async fn fold(ctx: &Ctx) -> Result<u64> {
    let mut folded = 0;
    loop {
        let mut tx: WriteTx = ctx.write().await?;
        let changes = store::take_changes(&mut tx, AT_ONCE).await?;
        if changes.is_empty() {
            return Ok(folded);
        }
        let taken = changes.len();
        let mut days: BTreeMap<(AccountId, i64, i64), (i64, i64)> = BTreeMap::new();
        let mut totals: BTreeMap<(AccountId, i64), i64> = BTreeMap::new();
        for (account, change) in changes {
            let day = days.entry((account, change.label, change.day)).or_default();
            day.0 += change.joined;
            day.1 += change.removed;
            for resource in ["groups", "tags"] {
                tx.touch(account, resource);
            }
            *totals.entry((account, change.label)).or_default() += change.joined - change.removed;
        }
        store::add_days(&mut tx, &days).await?;
        store::add_totals(&mut tx, &totals).await?;
        tx.commit().await?;
        folded += taken as u64;
        if taken < AT_ONCE as usize {
            return Ok(folded);
        }
    }
}

/// How it grew from one day to another, both included; days on which nothing happened are in it too. The last 30 days
/// unless told otherwise.
pub(crate) async fn growth<Id: LabelId>(
    ctx: &Ctx,
    account: AccountId,
    id: Id,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Vec<Day>> {
    let (from, to) = span(ctx, from, to)?;
    let mut tx = ctx.read().await?;
    service::get_in(&mut tx, account, id).await?;
    days(&mut tx, account, id.into(), from, to).await
}

/// How the active subscribers of the account became as many as they are, in the same way.
pub(crate) async fn growth_of_account(
    ctx: &Ctx,
    account: AccountId,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Vec<Day>> {
    let (from, to) = span(ctx, from, to)?;
    let mut tx = ctx.read().await?;
    days(&mut tx, account, EVERYBODY, from, to).await
}

/// From one day to another, both included.
fn span(ctx: &Ctx, from: Option<&str>, to: Option<&str>) -> Result<(i64, i64)> {
    let today = day_of(ctx.clock.now());
    let parse = |field: &str, text: Option<&str>, otherwise: i64| match text {
        None => Ok(otherwise),
        Some(text) => rules::parse_date(text)
            .map(rules::days_since_epoch)
            .ok_or_else(|| Error::invalid(field, "invalid_date", "write days as 2026-05-04")),
    };
    let to = parse("to", to, today)?;
    let from = parse("from", from, to - 29)?;
    if from > to {
        return Err(Error::invalid(
            "from",
            "out_of_range",
            "begin before the end",
        ));
    }
    if to - from >= MAX_DAYS {
        return Err(Error::invalid(
            "from",
            "out_of_range",
            format!("ask for at most {MAX_DAYS} days at once"),
        ));
    }
    Ok((from, to))
}

async fn days(tx: &mut Tx, account: AccountId, label: i64, from: i64, to: i64) -> Result<Vec<Day>> {
    // In one statement, so that nothing is folded in between.
    let days = store::days_from(tx, account, label, from).await?;
    let mut members = days.total;
    let mut list = Vec::new();
    let mut by_day = days.days;
    let later: i64 = by_day
        .split_off(&(to + 1))
        .values()
        .map(|it| it.0 - it.1)
        .sum();
    members -= later;
    for day in (from..=to).rev() {
        let (joined, left) = by_day.get(&day).copied().unwrap_or_default();
        list.push(Day {
            date: rules::date_from_days(day)
                .ok_or_else(|| Error::invalid("from", "out_of_range", "choose other days"))?,
            joined,
            left,
            members,
        });
        members -= joined - left;
    }
    list.reverse();
    Ok(list)
}

/// A page of who is in it, in the order of their ids.
pub(crate) async fn members<Id: LabelId>(
    ctx: &Ctx,
    account: AccountId,
    id: Id,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Member>> {
    let mut tx = ctx.read().await?;
    service::get_in(&mut tx, account, id).await?;
    let after = cursor.map_or(0, |cursor| cursor.id);
    let rows = store::members(&mut tx, account, id, after, limit).await?;
    Ok(Page::from_rows(rows, limit, |member| Cursor {
        key: 0,
        id: member.subscriber_id.get(),
    }))
}
