//! The tables `segment_member`, `segment_membership` and `segment_day`.

use std::collections::BTreeMap;

use db::{Each, Engine, Insert, Json, Result, Row, Tx, in_list, look_up};
use kernel::{AccountId, Timestamp, Value};
use rules::Compiled;

use super::model::{State, Stored};
use crate::segments::store::condition;
use crate::{SegmentId, SubscriberId};

const COLUMNS: &str = "s.id, s.rule, m.state, m.generation, m.as_of, m.time_zone";

fn read(row: &Row) -> Result<Stored> {
    Ok(Stored {
        id: row.at(0)?,
        rule: row.at::<Json<rules::Rule>>(1)?.0,
        state: State::from_stored(&row.at::<String>(2)?),
        generation: row.at(3)?,
        as_of: row.at(4)?,
        time_zone: row.at(5)?,
    })
}

/// A new segment, to be filled.
pub(in crate::segments) async fn add(
    tx: &mut Tx,
    account: AccountId,
    id: SegmentId,
    now: Timestamp,
) -> Result<()> {
    tx.query(
        "insert into segment_membership (account_id, segment_id, state, generation, size, as_of, due_at, time_zone)
         values ($1, $2, 'building', 0, 0, $3, $3, '')",
    )
    .bind(account)
    .bind(id)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// The rules of these were changed, or mean something else now.
pub(in crate::segments) async fn set_building(
    tx: &mut Tx,
    account: AccountId,
    ids: &[SegmentId],
    now: Timestamp,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    tx.query(format!(
        "update segment_membership set state = 'building', generation = generation + 1, due_at = $2
         where account_id = $1 and segment_id in {}",
        in_list(3, ids.len())
    ))
    .bind(account)
    .bind(now)
    .bind_list(ids.iter().copied())
    .execute()
    .await?;
    Ok(())
}

/// All segments of an account.
pub(super) async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<Stored>> {
    tx.query(format!(
        "select {COLUMNS} from segment s join segment_membership m on m.segment_id = s.id
         where s.account_id = $1 and m.account_id = $1 order by s.id"
    ))
    .bind(account)
    .fetch_all()
    .await?
    .iter()
    .map(read)
    .collect()
}

pub(super) async fn find(tx: &mut Tx, account: AccountId, id: SegmentId) -> Result<Option<Stored>> {
    tx.query(format!(
        "select {COLUMNS} from segment s join segment_membership m on m.segment_id = s.id
         where s.account_id = $1 and s.id = $2"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

/// Whether the account has segments at all.
pub(super) async fn any(tx: &mut Tx, account: AccountId) -> Result<bool> {
    Ok(tx
        .query("select segment_id from segment_membership where account_id = $1 limit 1")
        .bind(account)
        .fetch_optional()
        .await?
        .is_some())
}

/// Of which segments upkeep is due, the longest first, and those whose account has moved to another zone.
pub(super) async fn due(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(AccountId, SegmentId)>> {
    let mut rows = tx
        .query(
            "select account_id, segment_id from segment_membership
             where due_at is not null and due_at <= $1 order by due_at limit $2",
        )
        .bind(now)
        .bind(limit)
        .fetch_all()
        .await?;
    let moved = tx
        .query(
            "select m.account_id, m.segment_id from account a join segment_membership m on m.account_id = a.id
             where m.state = 'current' and m.time_zone <> a.time_zone limit $1",
        )
        .bind(limit)
        .fetch_all()
        .await?;
    rows.extend(moved);
    rows.iter()
        .map(|row| Ok((row.at(0)?, row.at(1)?)))
        .collect()
}

/// That a segment cannot be evaluated, and why; it is tried again at `due`.
pub(super) async fn set_broken(
    tx: &mut Tx,
    account: AccountId,
    id: SegmentId,
    fault: &str,
    due: Timestamp,
) -> Result<()> {
    tx.query(
        "update segment_membership set state = 'broken', fault = $3, due_at = $4
         where account_id = $1 and segment_id = $2",
    )
    .bind(account)
    .bind(id)
    .bind(fault)
    .bind(due)
    .execute()
    .await?;
    Ok(())
}

/// That a segment is filled, or that time was regarded, if nothing was changed meanwhile.
pub(super) async fn set_current(
    tx: &mut Tx,
    account: AccountId,
    (id, generation): (SegmentId, i64),
    as_of: Timestamp,
    due: Option<Timestamp>,
    time_zone: &str,
) -> Result<()> {
    tx.query(
        "update segment_membership
         set state = 'current', fault = null, as_of = $4, due_at = $5, time_zone = $6
         where account_id = $1 and segment_id = $2 and generation = $3 and state <> 'broken'",
    )
    .bind(account)
    .bind(id)
    .bind(generation)
    .bind(as_of)
    .bind(due)
    .bind(time_zone)
    .execute()
    .await?;
    Ok(())
}

/// In which segments these people are.
pub(super) async fn of_people(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<Vec<(SegmentId, SubscriberId)>> {
    let mut ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
    ids.sort_unstable();
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "m.segment_id, m.subscriber_id",
        "segment_member m",
        "m.account_id = $1 and m.subscriber_id = each.value",
        false,
    );
    tx.query(sql)
        .bind(account)
        .bind(Json(ids))
        .fetch_all()
        .await?
        .iter()
        .map(|row| Ok((row.at(0)?, row.at(1)?)))
        .collect()
}

pub(super) async fn add_members(
    tx: &mut Tx,
    account: AccountId,
    members: &[(SegmentId, SubscriberId)],
    now: Timestamp,
) -> Result<()> {
    let mut insert = Insert::into(
        "segment_member",
        &["account_id", "segment_id", "subscriber_id", "entered_at"],
    );
    for (segment, person) in members {
        insert.row(|row| {
            row.bind(account).bind(*segment).bind(*person).bind(now);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

pub(super) async fn remove_members(
    tx: &mut Tx,
    account: AccountId,
    segment: SegmentId,
    people: &[SubscriberId],
) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    tx.query(format!(
        "delete from segment_member where account_id = $1 and segment_id = $2 and subscriber_id in {}",
        in_list(3, people.len())
    ))
    .bind(account)
    .bind(segment)
    .bind_list(people.iter().copied())
    .execute()
    .await?;
    Ok(())
}

/// Adds to the size of a segment; the size then.
pub(super) async fn grow(
    tx: &mut Tx,
    account: AccountId,
    segment: SegmentId,
    by: i64,
) -> Result<i64> {
    let row = tx
        .query(
            "update segment_membership set size = size + $3
             where account_id = $1 and segment_id = $2 returning size",
        )
        .bind(account)
        .bind(segment)
        .bind(by)
        .fetch_optional()
        .await?;
    row.map_or(Ok(0), |row| row.at(0))
}

/// Adds to what a day saw.
pub(super) async fn count_day(
    tx: &mut Tx,
    account: AccountId,
    segment: SegmentId,
    day: i64,
    (entered, departed, size): (i64, i64, i64),
) -> Result<()> {
    let mut insert = Insert::into(
        "segment_day",
        &[
            "account_id",
            "segment_id",
            "day",
            "entered",
            "departed",
            "size",
        ],
    )
    .on_conflict(
        "on conflict (account_id, segment_id, day) do update set
         entered = segment_day.entered + excluded.entered,
         departed = segment_day.departed + excluded.departed, size = excluded.size",
    );
    insert.row(|row| {
        row.bind(account)
            .bind(segment)
            .bind(day)
            .bind(entered)
            .bind(departed)
            .bind(size);
    });
    insert.execute(tx).await?;
    Ok(())
}

/// What days from `from` on saw, and the last one before, by their number.
pub(in crate::segments) async fn growth(
    tx: &mut Tx,
    account: AccountId,
    segment: SegmentId,
    from: i64,
) -> Result<BTreeMap<i64, (i64, i64, i64)>> {
    tx.query(
        "select day, entered, departed, size from segment_day
         where account_id = $1 and segment_id = $2 and day >=
           (select coalesce(max(day), $3) from segment_day
            where account_id = $1 and segment_id = $2 and day <= $3)
         order by day",
    )
    .bind(account)
    .bind(segment)
    .bind(from)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.at(0)?, (row.at(1)?, row.at(2)?, row.at(3)?))))
    .collect()
}

/// The last id of the next `people` behind `after`; `None` if there are fewer.
pub(super) async fn end_of_chunk(
    tx: &mut Tx,
    account: AccountId,
    after: i64,
    people: i64,
) -> Result<Option<i64>> {
    tx.query(
        "select id from subscriber where account_id = $1 and id > $2 order by id limit 1 offset $3",
    )
    .bind(account)
    .bind(after)
    .bind(people - 1)
    .fetch_optional()
    .await?
    .map(|row| row.at(0))
    .transpose()
}

/// Makes the members with ids behind `after` and up to `last` those whom the rule selects; by how many they became
/// more.
pub(super) async fn fill(
    tx: &mut Tx,
    account: AccountId,
    segment: SegmentId,
    compiled: &Compiled,
    (after, last): (i64, i64),
    now: Timestamp,
) -> Result<i64> {
    let engine: Engine = tx.engine();
    // First, because neither engine asks the rule here when nobody is a member yet, as when a segment is new.
    let (selects, values): (String, Vec<Value>) = condition(engine, account, compiled, 5);
    let removed = tx
        .query(format!(
            "delete from segment_member
             where account_id = $1 and segment_id = $2 and subscriber_id > $3 and subscriber_id <= $4
               and subscriber_id not in
                 (select s.id from subscriber s where s.account_id = $1 and s.id > $3 and s.id <= $4 and {selects})"
        ))
        .bind(account)
        .bind(segment)
        .bind(after)
        .bind(last)
        .bind_values(values)
        .once()
        .execute()
        .await?;
    let (selects, values) = condition(engine, account, compiled, 6);
    let inserted = tx
        .query(format!(
            "insert into segment_member (account_id, segment_id, subscriber_id, entered_at)
             select $1, $2, s.id, $3 from subscriber s
             where s.account_id = $1 and s.id > $4 and s.id <= $5 and {selects}
             on conflict (account_id, segment_id, subscriber_id) do nothing"
        ))
        .bind(account)
        .bind(segment)
        .bind(now)
        .bind(after)
        .bind(last)
        .bind_values(values)
        .once()
        .execute()
        .await?;
    Ok(inserted.cast_signed() - removed.cast_signed())
}

/// Forgets up to `limit` members of a segment that is gone, then its days; whether there may be more.
pub(super) async fn forget(
    tx: &mut Tx,
    account: AccountId,
    segment: SegmentId,
    limit: i64,
) -> Result<bool> {
    let removed = tx
        .query(
            "delete from segment_member where account_id = $1 and segment_id = $2 and subscriber_id in
             (select subscriber_id from segment_member where account_id = $1 and segment_id = $2 limit $3)",
        )
        .bind(account)
        .bind(segment)
        .bind(limit)
        .execute()
        .await?;
    if removed > 0 {
        return Ok(true);
    }
    for table in ["segment_day", "segment_membership"] {
        tx.query(format!(
            "delete from {table} where account_id = $1 and segment_id = $2"
        ))
        .bind(account)
        .bind(segment)
        .execute()
        .await?;
    }
    Ok(false)
}

/// Everybody who is in a segment, for tests.
#[cfg(test)]
pub(super) async fn members(
    tx: &mut Tx,
    account: AccountId,
    segment: SegmentId,
) -> Result<Vec<SubscriberId>> {
    tx.query(
        "select subscriber_id from segment_member where account_id = $1 and segment_id = $2
         order by subscriber_id",
    )
    .bind(account)
    .bind(segment)
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.at(0))
    .collect()
}
