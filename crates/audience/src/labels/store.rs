//! The tables `contact_group`, `group_member`, `tag` and `tagging`, and those of their sizes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Each, Insert, Json, Result, Row, Tx, ensure_affected, in_list, look_up};
use kernel::{AccountId, Limit, Timestamp};

use super::counts::Member;
use super::model::{Kind, Label, LabelId};
use crate::SubscriberId;

impl Kind {
    const fn table(self) -> &'static str {
        match self {
            Self::Group => "contact_group",
            Self::Tag => "tag",
        }
    }

    const fn members(self) -> &'static str {
        match self {
            Self::Group => "group_member",
            Self::Tag => "tagging",
        }
    }

    const fn column(self) -> &'static str {
        match self {
            Self::Group => "group_id",
            Self::Tag => "tag_id",
        }
    }

    const fn member_columns(self) -> &'static [&'static str] {
        match self {
            Self::Group => &[
                "account_id",
                "group_id",
                "subscriber_id",
                "added_at",
                "added_by",
            ],
            Self::Tag => &[
                "account_id",
                "tag_id",
                "subscriber_id",
                "added_at",
                "added_by",
            ],
        }
    }

    const fn returning(self) -> &'static str {
        match self {
            Self::Group => "group_id, subscriber_id",
            Self::Tag => "tag_id, subscriber_id",
        }
    }
}

pub(super) async fn count(tx: &mut Tx, account: AccountId, kind: Kind) -> Result<i64> {
    tx.query(format!(
        "select count(*) as n from {} where account_id = $1",
        kind.table()
    ))
    .bind(account)
    .fetch_one()
    .await?
    .get("n")
}

pub(super) async fn insert<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    label: &Label<Id>,
    folded: &str,
) -> Result<()> {
    tx.query(format!(
        "insert into {} (account_id, id, name, name_folded, created_at, updated_at) values ($1, $2, $3, $4, $5, $6)",
        Id::LABEL.table()
    ))
    .bind(account)
    .bind(label.id)
    .bind(&label.name)
    .bind(folded)
    .bind(label.created_at)
    .bind(label.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn rename<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    id: Id,
    name: &str,
    folded: &str,
    now: Timestamp,
) -> Result<()> {
    let affected = tx
        .query(format!(
            "update {} set name = $3, name_folded = $4, updated_at = $5 where account_id = $1 and id = $2",
            Id::LABEL.table()
        ))
        .bind(account)
        .bind(id)
        .bind(name)
        .bind(folded)
        .bind(now)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

pub(super) async fn delete<Id: LabelId>(tx: &mut Tx, account: AccountId, id: Id) -> Result<()> {
    let affected = tx
        .query(format!(
            "delete from {} where account_id = $1 and id = $2",
            Id::LABEL.table()
        ))
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

/// Removes up to `limit` members of one that is deleted; how many it were.
pub(crate) async fn purge_members(
    tx: &mut Tx,
    account: AccountId,
    kind: Kind,
    id: i64,
    limit: i64,
) -> Result<u64> {
    let (members, column) = (kind.members(), kind.column());
    tx.query(format!(
        "delete from {members} where account_id = $1 and {column} = $2 and subscriber_id in
         (select subscriber_id from {members} where account_id = $1 and {column} = $2 limit $3)"
    ))
    .bind(account)
    .bind(id)
    .bind(limit)
    .execute()
    .await
}

pub(super) async fn find<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    id: Id,
) -> Result<Option<Label<Id>>> {
    let row = tx
        .query(format!(
            "select id, name, created_at, updated_at from {} where account_id = $1 and id = $2",
            Id::LABEL.table()
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut labels = vec![read(&row)?];
    fill_counts(tx, account, &mut labels).await?;
    Ok(labels.pop())
}

/// By name, `limit` and one more; only those whose folded name is behind `after`.
pub(super) async fn page<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    after: &str,
    limit: Limit,
) -> Result<Vec<Label<Id>>> {
    let rows = tx
        .query(format!(
            "select id, name, created_at, updated_at from {}
             where account_id = $1 and name_folded > $2 order by name_folded limit $3",
            Id::LABEL.table()
        ))
        .bind(account)
        .bind(after)
        .bind(limit.plus_one())
        .fetch_all()
        .await?;
    let mut labels = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    fill_counts(tx, account, &mut labels).await?;
    Ok(labels)
}

/// The totals, and what is not folded into them yet, in one statement.
async fn fill_counts<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    labels: &mut [Label<Id>],
) -> Result<()> {
    if labels.is_empty() {
        return Ok(());
    }
    let rows = tx
        .query(format!(
            "select l.id, coalesce(t.members, 0) + coalesce((select cast(sum(c.joined - c.removed) as bigint)
                 from label_change c where c.account_id = $1 and c.label_id = l.id), 0) as members
             from {} l left join label_total t on t.account_id = $1 and t.label_id = l.id
             where l.account_id = $1 and l.id in {}",
            Id::LABEL.table(),
            in_list(2, labels.len())
        ))
        .bind(account)
        .bind_list(labels.iter().map(|label| label.id))
        .fetch_all()
        .await?;
    let mut counts = HashMap::with_capacity(rows.len());
    for row in &rows {
        counts.insert(row.get::<Id>("id")?, row.get::<i64>("members")?);
    }
    for label in labels {
        label.members = counts.get(&label.id).copied().unwrap_or(0);
    }
    Ok(())
}

/// Members of one label that joined or left in one transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub id: i64,
    pub label: i64,
    pub day: i64,
    pub joined: i64,
    pub removed: i64,
}

pub(super) async fn insert_changes(
    tx: &mut Tx,
    account: AccountId,
    changes: impl Iterator<Item = Change>,
) -> Result<()> {
    let mut insert = Insert::into(
        "label_change",
        &["account_id", "id", "label_id", "day", "joined", "removed"],
    );
    for change in changes {
        insert.row(|row| {
            row.bind(account)
                .bind(change.id)
                .bind(change.label)
                .bind(change.day)
                .bind(change.joined)
                .bind(change.removed);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// Takes the oldest changes away, of whichever account: a row that another node takes is gone when it is our turn.
pub(super) async fn take_changes(tx: &mut Tx, limit: i64) -> Result<Vec<(AccountId, Change)>> {
    tx.query(
        "delete from label_change where id in (select id from label_change order by id limit $1)
         returning account_id, id, label_id, day, joined, removed",
    )
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        let change = Change {
            id: row.at(1)?,
            label: row.at(2)?,
            day: row.at(3)?,
            joined: row.at(4)?,
            removed: row.at(5)?,
        };
        Ok((row.at(0)?, change))
    })
    .collect()
}

pub(super) async fn add_days(
    tx: &mut Tx,
    days: &BTreeMap<(AccountId, i64, i64), (i64, i64)>,
) -> Result<()> {
    let mut insert = Insert::into(
        "label_day",
        &["account_id", "label_id", "day", "joined", "removed"],
    )
    .on_conflict(
        "on conflict (account_id, label_id, day) do update
         set joined = label_day.joined + excluded.joined, removed = label_day.removed + excluded.removed",
    );
    for ((account, label, day), (joined, removed)) in days {
        insert.row(|row| {
            row.bind(*account)
                .bind(*label)
                .bind(*day)
                .bind(*joined)
                .bind(*removed);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

pub(super) async fn add_totals(
    tx: &mut Tx,
    totals: &BTreeMap<(AccountId, i64), i64>,
) -> Result<()> {
    let mut insert = Insert::into("label_total", &["account_id", "label_id", "members"])
        .on_conflict(
            "on conflict (account_id, label_id) do update set members = label_total.members + excluded.members",
        );
    for ((account, label), members) in totals {
        insert.row(|row| {
            row.bind(*account).bind(*label).bind(*members);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// What is known of the days of a label.
pub(super) struct Days {
    /// How many are in it now.
    pub total: i64,
    /// Who joined and who left on each day.
    pub days: BTreeMap<i64, (i64, i64)>,
}

/// The days of a label from one on, and the total, in one statement.
pub(super) async fn days_from(
    tx: &mut Tx,
    account: AccountId,
    label: i64,
    from: i64,
) -> Result<Days> {
    let rows = tx
        .query(
            "select -1 as day, members as joined, 0 as removed from label_total
             where account_id = $1 and label_id = $2
             union all
             select day, joined, removed from label_day
             where account_id = $1 and label_id = $2 and day >= $3
             union all
             select -2 as day, cast(coalesce(sum(joined - removed), 0) as bigint), 0 from label_change
             where account_id = $1 and label_id = $2
             union all
             select day, joined, removed from label_change
             where account_id = $1 and label_id = $2 and day >= $3",
        )
        .bind(account)
        .bind(label)
        .bind(from)
        .fetch_all()
        .await?;
    let mut known = Days {
        total: 0,
        days: BTreeMap::new(),
    };
    for row in &rows {
        let day: i64 = row.at(0)?;
        let (joined, removed): (i64, i64) = (row.at(1)?, row.at(2)?);
        if day < 0 {
            known.total += joined;
        } else {
            let sum = known.days.entry(day).or_default();
            sum.0 += joined;
            sum.1 += removed;
        }
    }
    Ok(known)
}

/// Forgets the sizes of one that is deleted.
pub(crate) async fn purge_counts(tx: &mut Tx, account: AccountId, id: i64) -> Result<()> {
    for table in ["label_change", "label_day", "label_total"] {
        tx.query(format!(
            "delete from {table} where account_id = $1 and label_id = $2"
        ))
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    }
    Ok(())
}

/// Who is in it, in the order of their ids, `limit` and one more.
pub(super) async fn members<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    id: Id,
    after: i64,
    limit: Limit,
) -> Result<Vec<Member>> {
    tx.query(format!(
        "select m.subscriber_id, s.email, m.added_at, m.added_by from {} m
         join subscriber s on s.id = m.subscriber_id and s.account_id = m.account_id
         where m.account_id = $1 and m.{} = $2 and m.subscriber_id > $3 order by m.subscriber_id limit $4",
        Id::LABEL.members(),
        Id::LABEL.column()
    ))
    .bind(account)
    .bind(id)
    .bind(after)
    .bind(limit.plus_one())
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(Member {
            subscriber_id: row.at(0)?,
            email: row.at(1)?,
            added_at: row.at(2)?,
            added_by: row.at(3)?,
        })
    })
    .collect()
}

/// What somebody is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Membership<Id> {
    pub id: Id,
    pub name: String,
    pub added_at: Timestamp,
    pub added_by: String,
}

/// What one person is in, since when, and who or what added them; by name.
pub(crate) async fn memberships_of<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    person: SubscriberId,
) -> Result<Vec<Membership<Id>>> {
    tx.query(format!(
        "select l.id, l.name, m.added_at, m.added_by from {} m
         join {} l on l.id = m.{} and l.account_id = m.account_id
         where m.account_id = $1 and m.subscriber_id = $2 order by l.name_folded",
        Id::LABEL.members(),
        Id::LABEL.table(),
        Id::LABEL.column()
    ))
    .bind(account)
    .bind(person)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(Membership {
            id: row.at(0)?,
            name: row.at(1)?,
            added_at: row.at(2)?,
            added_by: row.at(3)?,
        })
    })
    .collect()
}

fn read<Id: LabelId>(row: &Row) -> Result<Label<Id>> {
    Ok(Label {
        id: row.get("id")?,
        name: row.get("name")?,
        members: 0,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// Those of `ids` that exist.
pub(crate) async fn existing<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    ids: &[Id],
) -> Result<BTreeSet<Id>> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    tx.query(format!(
        "select id from {} where account_id = $1 and id in {}",
        Id::LABEL.table(),
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.get("id"))
    .collect()
}

/// Adds people; gives back those who were not in it before.
pub(super) async fn add_members<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    pairs: impl Iterator<Item = (Id, SubscriberId)>,
    now: Timestamp,
    by: &str,
) -> Result<Vec<(Id, SubscriberId)>> {
    member_rows(account, pairs, now, by)
        .on_conflict("on conflict do nothing")
        .returning(Id::LABEL.returning())
        .fetch_all(tx)
        .await?
        .iter()
        .map(|row| Ok((row.at(0)?, row.at(1)?)))
        .collect()
}

/// Adds people who cannot be in it yet, because they are new.
pub(super) async fn add_new_members<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    pairs: impl Iterator<Item = (Id, SubscriberId)>,
    now: Timestamp,
    by: &str,
) -> Result<()> {
    member_rows(account, pairs, now, by).execute(tx).await?;
    Ok(())
}

fn member_rows<Id: LabelId>(
    account: AccountId,
    pairs: impl Iterator<Item = (Id, SubscriberId)>,
    now: Timestamp,
    by: &str,
) -> Insert {
    let mut insert = Insert::into(Id::LABEL.members(), Id::LABEL.member_columns());
    for (label, subscriber) in pairs {
        insert.row(|row| {
            row.bind(account)
                .bind(label)
                .bind(subscriber)
                .bind(now)
                .bind(by);
        });
    }
    insert
}

/// Adds a person to everything that another one is in; gives back what they were not in before.
pub(super) async fn copy_members<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    from: SubscriberId,
    to: SubscriberId,
) -> Result<Vec<Id>> {
    let (members, column) = (Id::LABEL.members(), Id::LABEL.column());
    tx.query(format!(
        "insert into {members} (account_id, {column}, subscriber_id, added_at, added_by)
         select account_id, {column}, cast($3 as bigint), added_at, added_by from {members}
         where account_id = $1 and subscriber_id = $2
         on conflict do nothing returning {column}"
    ))
    .bind(account)
    .bind(from)
    .bind(to)
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.at(0))
    .collect()
}

/// Removes people; gives back those who were in it.
pub(super) async fn remove_members<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    id: Id,
    people: &[SubscriberId],
) -> Result<Vec<SubscriberId>> {
    tx.query(format!(
        "delete from {} where account_id = $1 and {} = $2 and subscriber_id in {} returning subscriber_id",
        Id::LABEL.members(),
        Id::LABEL.column(),
        in_list(3, people.len())
    ))
    .bind(account)
    .bind(id)
    .bind_list(people.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.at(0))
    .collect()
}

/// What these people are in, in one query.
pub(crate) async fn labels_of<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<HashMap<SubscriberId, Vec<Id>>> {
    let mut found: HashMap<SubscriberId, Vec<Id>> = HashMap::new();
    if people.is_empty() {
        return Ok(found);
    }
    let (table, members, column) = (Id::LABEL.table(), Id::LABEL.members(), Id::LABEL.column());
    // The members of a deleted one are removed a while later.
    let exists =
        format!("exists (select 1 from {table} l where l.account_id = $1 and l.id = m.{column})");
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        &format!("m.subscriber_id, m.{column}"),
        &format!("{members} m"),
        &format!("m.account_id = $1 and m.subscriber_id = each.value and {exists}"),
        false,
    );
    let ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
    let rows = tx
        .query(sql)
        .bind(account)
        .bind(Json(ids))
        .fetch_all()
        .await?;
    for row in &rows {
        found.entry(row.at(0)?).or_default().push(row.at(1)?);
    }
    for labels in found.values_mut() {
        labels.sort_unstable();
    }
    Ok(found)
}

/// Removes these people from everything of this kind; what each of them was in.
pub(super) async fn forget_people<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<Vec<Id>> {
    tx.query(format!(
        "delete from {} where account_id = $1 and subscriber_id in {} returning {}",
        Id::LABEL.members(),
        in_list(2, people.len()),
        Id::LABEL.column()
    ))
    .bind(account)
    .bind_list(people.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.at(0))
    .collect()
}
