//! The tables `contact_group`, `group_member`, `tag` and `tagging`.

use std::collections::{BTreeSet, HashMap};

use db::{Each, Insert, Json, Result, Row, Tx, ensure_affected, in_list, look_up};
use kernel::{AccountId, Limit, Timestamp};

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

async fn fill_counts<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    labels: &mut [Label<Id>],
) -> Result<()> {
    if labels.is_empty() {
        return Ok(());
    }
    let column = Id::LABEL.column();
    let rows = tx
        .query(format!(
            "select {column} as id, count(*) as members from {}
             where account_id = $1 and {column} in {} group by {column}",
            Id::LABEL.members(),
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
pub(crate) async fn add_members<Id: LabelId>(
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
pub(crate) async fn add_new_members<Id: LabelId>(
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

/// Removes people; gives back those who were in it.
pub(crate) async fn remove_members<Id: LabelId>(
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

/// Removes these people from everything of this kind.
pub(crate) async fn forget_people(
    tx: &mut Tx,
    account: AccountId,
    kind: Kind,
    people: &[SubscriberId],
) -> Result<()> {
    tx.query(format!(
        "delete from {} where account_id = $1 and subscriber_id in {}",
        kind.members(),
        in_list(2, people.len())
    ))
    .bind(account)
    .bind_list(people.iter().copied())
    .execute()
    .await?;
    Ok(())
}
