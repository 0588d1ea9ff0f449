//! The tables `field` and `field_value`.

use std::collections::HashMap;

use db::{Each, Insert, Json, Result, Row, Tx, ensure_affected, in_list, look_up};
use kernel::{AccountId, fold};
use rules::Decimal;

use super::model::{Catalog, Field, FieldKind, FieldValue, Visibility};
use crate::{FieldId, SubscriberId};

const COLUMNS: &str = "id, key, name, kind, visibility, options, created_at, updated_at";

/// All fields of the account.
pub async fn list(tx: &mut Tx, account: AccountId) -> Result<Catalog> {
    let rows = tx
        .query(format!(
            "select {COLUMNS} from field where account_id = $1 order by id"
        ))
        .bind(account)
        .fetch_all()
        .await?;
    Ok(Catalog::new(rows.iter().map(read).collect::<Result<_>>()?))
}

pub(super) async fn find(tx: &mut Tx, account: AccountId, id: FieldId) -> Result<Option<Field>> {
    tx.query(format!(
        "select {COLUMNS} from field where account_id = $1 and id = $2"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

pub(super) async fn insert(tx: &mut Tx, account: AccountId, field: &Field) -> Result<()> {
    tx.query(
        "insert into field (account_id, id, key, name, kind, visibility, options, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(account)
    .bind(field.id)
    .bind(&field.key)
    .bind(&field.name)
    .bind(field.kind.as_str())
    .bind(field.visibility.as_str())
    .bind(Json(&field.options))
    .bind(field.created_at)
    .bind(field.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, account: AccountId, field: &Field) -> Result<()> {
    let affected = tx
        .query(
            "update field set name = $3, visibility = $4, options = $5, updated_at = $6
             where account_id = $1 and id = $2",
        )
        .bind(account)
        .bind(field.id)
        .bind(&field.name)
        .bind(field.visibility.as_str())
        .bind(Json(&field.options))
        .bind(field.updated_at)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: FieldId) -> Result<()> {
    let affected = tx
        .query("delete from field where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

fn read(row: &Row) -> Result<Field> {
    let id: FieldId = row.get("id")?;
    let corrupt = |column, text: &str| db::Error::Corrupt {
        table: "field",
        column,
        id: id.get(),
        source: anyhow::anyhow!("unknown: {text:?}"),
    };
    let kind: String = row.get("kind")?;
    let visibility: String = row.get("visibility")?;
    Ok(Field {
        id,
        key: row.get("key")?,
        name: row.get("name")?,
        kind: FieldKind::ALL
            .into_iter()
            .find(|it| it.as_str() == kind)
            .ok_or_else(|| corrupt("kind", &kind))?,
        visibility: Visibility::ALL
            .into_iter()
            .find(|it| it.as_str() == visibility)
            .ok_or_else(|| corrupt("visibility", &visibility))?,
        options: row.get::<Json<Vec<String>>>("options")?.0,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// Values of these people, in one query: all of them, or only those of `fields`.
pub async fn values_of(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
    fields: Option<&[FieldId]>,
) -> Result<HashMap<SubscriberId, Vec<(FieldId, FieldValue)>>> {
    let mut found: HashMap<SubscriberId, Vec<(FieldId, FieldValue)>> = HashMap::new();
    if people.is_empty() || fields.is_some_and(<[_]>::is_empty) {
        return Ok(found);
    }
    found.reserve(people.len());
    let mut people: Vec<i64> = people.iter().map(|id| id.get()).collect();
    people.sort_unstable();
    people.dedup();
    let only = fields.map_or_else(String::new, |fields| {
        format!(" and v.field_id in {}", in_list(3, fields.len()))
    });
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "v.subscriber_id, v.field_id, v.text_value, v.number_value, v.date_value, v.bool_value",
        "field_value v",
        &format!("v.account_id = $1 and v.subscriber_id = each.value{only}"),
        false,
    );
    let rows = tx
        .query(sql)
        .bind(account)
        .bind(Json(people))
        .bind_list(fields.unwrap_or_default().iter().copied())
        .fetch_all()
        .await?;
    for row in &rows {
        let subscriber: SubscriberId = row.at(0)?;
        found
            .entry(subscriber)
            .or_default()
            .push((row.at(1)?, read_value(row, subscriber)?));
    }
    Ok(found)
}

fn read_value(row: &Row, subscriber: SubscriberId) -> Result<FieldValue> {
    if let Some(text) = row.at(2)? {
        return Ok(FieldValue::Text(text));
    }
    if let Some(micros) = row.at(3)? {
        return Ok(FieldValue::Number(Decimal::from_micros(micros)));
    }
    let corrupt = |column, what| db::Error::Corrupt {
        table: "field_value",
        column,
        id: subscriber.get(),
        source: anyhow::anyhow!("{what}"),
    };
    if let Some(days) = row.at::<Option<i64>>(4)? {
        return rules::date_from_days(days)
            .map(FieldValue::Date)
            .ok_or_else(|| corrupt("date_value", "a day that no calendar has"));
    }
    row.at::<Option<bool>>(5)?
        .map(FieldValue::Boolean)
        .ok_or_else(|| corrupt("text_value", "a row without a value"))
}

/// Writes values of people who have none yet, when `fresh`, or replaces what they have.
pub(crate) async fn put_values<'a>(
    tx: &mut Tx,
    account: AccountId,
    values: impl Iterator<Item = (SubscriberId, FieldId, &'a FieldValue)>,
    fresh: bool,
) -> Result<()> {
    let mut insert = Insert::into(
        "field_value",
        &[
            "account_id",
            "subscriber_id",
            "field_id",
            "text_value",
            "text_folded",
            "number_value",
            "date_value",
            "bool_value",
        ],
    );
    if !fresh {
        insert = insert.on_conflict(
            "on conflict (account_id, subscriber_id, field_id) do update set text_value = excluded.text_value,
             text_folded = excluded.text_folded, number_value = excluded.number_value,
             date_value = excluded.date_value, bool_value = excluded.bool_value",
        );
    }
    let mut rows: Vec<Values> = values.map(Values::new).collect();
    // In the order of the indexes by value: twice the speed of going back and forth in them.
    rows.sort_unstable();
    for values in rows {
        insert.row(|row| {
            row.bind(account)
                .bind(values.subscriber)
                .bind(values.field)
                .bind(values.text)
                .bind(values.folded)
                .bind(values.number)
                .bind(values.date)
                .bind(values.boolean);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// A row of `field_value`; ordered as the indexes by value are.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Values<'a> {
    field: FieldId,
    folded: Option<String>,
    number: Option<i64>,
    date: Option<i64>,
    boolean: Option<bool>,
    subscriber: SubscriberId,
    text: Option<&'a str>,
}

impl<'a> Values<'a> {
    fn new((subscriber, field, value): (SubscriberId, FieldId, &'a FieldValue)) -> Self {
        let mut row = Self {
            field,
            folded: None,
            number: None,
            date: None,
            boolean: None,
            subscriber,
            text: None,
        };
        match value {
            FieldValue::Text(text) => {
                row.text = Some(text);
                row.folded = Some(fold(text));
            }
            FieldValue::Number(value) => row.number = Some(value.micros()),
            FieldValue::Date(value) => row.date = Some(rules::days_since_epoch(*value)),
            FieldValue::Boolean(value) => row.boolean = Some(*value),
        }
        row
    }
}

/// Removes the values that these people have in one field.
pub(crate) async fn clear_values(
    tx: &mut Tx,
    account: AccountId,
    field: FieldId,
    people: &[SubscriberId],
) -> Result<u64> {
    tx.query(format!(
        "delete from field_value where account_id = $1 and field_id = $2 and subscriber_id in {}",
        in_list(3, people.len())
    ))
    .bind(account)
    .bind(field)
    .bind_list(people.iter().copied())
    .execute()
    .await
}

/// Removes all values of these people.
pub(crate) async fn delete_values_of(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<()> {
    tx.query(format!(
        "delete from field_value where account_id = $1 and subscriber_id in {}",
        in_list(2, people.len())
    ))
    .bind(account)
    .bind_list(people.iter().copied())
    .execute()
    .await?;
    Ok(())
}

/// Removes up to `limit` values of a field that is deleted; how many it were.
pub(crate) async fn purge_values(
    tx: &mut Tx,
    account: AccountId,
    field: FieldId,
    limit: i64,
) -> Result<u64> {
    // Through the indexes by value, of which each row is in one: there is none by field alone.
    let mut removed = 0;
    for column in ["text_folded", "number_value", "date_value", "bool_value"] {
        removed += tx
            .query(format!(
                "delete from field_value where account_id = $1 and field_id = $2 and subscriber_id in
                 (select subscriber_id from field_value
                  where account_id = $1 and field_id = $2 and {column} is not null limit $3)"
            ))
            .bind(account)
            .bind(field)
            .bind(limit)
            .execute()
            .await?;
    }
    Ok(removed)
}
