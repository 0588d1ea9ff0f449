//! The values of custom fields: columns of the table `subscriber`, three for each slot, see docs/adr/0006.

use std::collections::HashMap;

use db::{Each, Engine, Json, Result, Row, RowValues, Tx, in_list, look_up};
use kernel::{AccountId, fold};
use rules::Decimal;

use crate::fields::model::{FieldKind, FieldValue};
use crate::{FieldId, SubscriberId};

/// Where the values of a field are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) field: FieldId,
    slot: u8,
    kind: FieldKind,
}

impl Place {
    fn read(row: &Row) -> Result<Self> {
        let field: FieldId = row.get("id")?;
        let kind: String = row.get("kind")?;
        let kind = FieldKind::ALL
            .into_iter()
            .find(|it| it.as_str() == kind)
            .ok_or_else(|| db::Error::Corrupt {
                table: "field",
                column: "kind",
                id: field.get(),
                source: anyhow::anyhow!("unknown: {kind:?}"),
            })?;
        Ok(Self {
            field,
            slot: row.get::<i64>("slot")? as u8,
            kind,
        })
    }

    /// The column with the value as it is read.
    fn column(&self) -> String {
        let slot = self.slot;
        match self.kind {
            FieldKind::Text | FieldKind::Dropdown => format!("text_{slot}"),
            FieldKind::Number | FieldKind::Date | FieldKind::Boolean => format!("value_{slot}"),
        }
    }

    /// The columns that [`Self::bind`] binds.
    pub(crate) fn columns(&self) -> impl Iterator<Item = String> {
        let folded = match self.kind {
            FieldKind::Text | FieldKind::Dropdown => Some(format!("folded_{}", self.slot)),
            FieldKind::Number | FieldKind::Date | FieldKind::Boolean => None,
        };
        std::iter::once(self.column()).chain(folded)
    }

    /// What is to be in the columns of somebody who has this value.
    pub(crate) fn bind(&self, row: &mut RowValues<'_>, value: Option<&FieldValue>) {
        match self.kind {
            FieldKind::Text | FieldKind::Dropdown => {
                let text = value.and_then(|value| match value {
                    FieldValue::Text(text) => Some(text.as_str()),
                    _ => None,
                });
                row.bind(text).bind(text.map(fold));
            }
            FieldKind::Number | FieldKind::Date | FieldKind::Boolean => {
                row.bind(value.and_then(|value| match value {
                    FieldValue::Text(_) => None,
                    FieldValue::Number(number) => Some(number.micros()),
                    FieldValue::Date(date) => Some(rules::days_since_epoch(*date)),
                    FieldValue::Boolean(value) => Some(i64::from(*value)),
                }));
            }
        }
    }

    /// The value in the column at this place of a result.
    fn value(&self, row: &Row, at: usize, person: SubscriberId) -> Result<Option<FieldValue>> {
        if let FieldKind::Text | FieldKind::Dropdown = self.kind {
            return Ok(row.at::<Option<String>>(at)?.map(FieldValue::Text));
        }
        let Some(value) = row.at::<Option<i64>>(at)? else {
            return Ok(None);
        };
        if let FieldKind::Number = self.kind {
            return Ok(Some(FieldValue::Number(Decimal::from_micros(value))));
        }
        if let FieldKind::Boolean = self.kind {
            return Ok(Some(FieldValue::Boolean(value != 0)));
        }
        match rules::date_from_days(value) {
            Some(date) => Ok(Some(FieldValue::Date(date))),
            None => Err(db::Error::Corrupt {
                table: "subscriber",
                column: "value of a date field",
                id: person.get(),
                source: anyhow::anyhow!("a day that no calendar has: {value}"),
            }),
        }
    }
}

/// Where the values of those of `fields` are that still exist. Until the end of the transaction none of them is deleted,
/// so nothing is written into a slot that is about to be somebody else's.
///
/// Differs because on PostgreSQL others write meanwhile: deleting a field waits for this lock.
pub(crate) async fn places_for_writing(
    tx: &mut Tx,
    account: AccountId,
    fields: &[FieldId],
) -> Result<Vec<Place>> {
    let lock = match tx.engine() {
        Engine::Sqlite => "",
        Engine::Postgres => " for share",
    };
    places(tx, account, Some(fields), lock).await
}

/// In the order of their slots.
async fn places(
    tx: &mut Tx,
    account: AccountId,
    fields: Option<&[FieldId]>,
    lock: &str,
) -> Result<Vec<Place>> {
    if fields.is_some_and(<[_]>::is_empty) {
        return Ok(Vec::new());
    }
    let only = fields.map_or_else(String::new, |fields| {
        format!(" and id in {}", in_list(2, fields.len()))
    });
    tx.query(format!(
        "select id, slot, kind from field where account_id = $1 and deleted_at is null{only} order by slot{lock}"
    ))
    .bind(account)
    .bind_list(fields.unwrap_or_default().iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(Place::read)
    .collect()
}

/// Values of these people, in two queries: all of them, or only those of `fields`.
pub async fn values_of(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
    fields: Option<&[FieldId]>,
) -> Result<HashMap<SubscriberId, Vec<(FieldId, FieldValue)>>> {
    let mut found: HashMap<SubscriberId, Vec<(FieldId, FieldValue)>> = HashMap::new();
    if people.is_empty() {
        return Ok(found);
    }
    let places = places(tx, account, fields, "").await?;
    if places.is_empty() {
        return Ok(found);
    }
    found.reserve(people.len());
    let mut people: Vec<i64> = people.iter().map(|id| id.get()).collect();
    people.sort_unstable();
    people.dedup();
    let mut columns = "s.id".to_owned();
    for place in &places {
        columns.push_str(", s.");
        columns.push_str(&place.column());
    }
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        &columns,
        "subscriber s",
        "s.account_id = $1 and s.id = each.value",
        false,
    );
    let rows = tx
        .query(sql)
        .bind(account)
        .bind(Json(people))
        .fetch_all()
        .await?;
    for row in &rows {
        let person: SubscriberId = row.at(0)?;
        let mut values = Vec::new();
        for (at, place) in places.iter().enumerate() {
            if let Some(value) = place.value(row, at + 1, person)? {
                values.push((place.field, value));
            }
        }
        if !values.is_empty() {
            found.insert(person, values);
        }
    }
    Ok(found)
}

/// Removes the values of a deleted field from the next people behind `after`; the last of them. `None` when nobody has
/// one any more: the slot is free then.
pub(crate) async fn purge_values(
    tx: &mut Tx,
    account: AccountId,
    field: FieldId,
    after: Option<SubscriberId>,
    limit: i64,
) -> Result<Option<SubscriberId>> {
    let row = tx
        .query(
            "select slot from field where account_id = $1 and id = $2 and deleted_at is not null",
        )
        .bind(account)
        .bind(field)
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let slot: i64 = row.at(0)?;
    let here = format!(
        "account_id = $1 and id > $2 and (text_{slot} is not null or value_{slot} is not null)"
    );
    let after = after.map_or(i64::MIN, SubscriberId::get);
    let last: Option<SubscriberId> = tx
        .query(format!(
            "select max(id) as last from (select id from subscriber where {here} order by id limit $3) those"
        ))
        .bind(account)
        .bind(after)
        .bind(limit)
        .fetch_one()
        .await?
        .at(0)?;
    let Some(last) = last else {
        tx.query("delete from field where account_id = $1 and id = $2")
            .bind(account)
            .bind(field)
            .execute()
            .await?;
        return Ok(None);
    };
    tx.query(format!(
        "update subscriber set text_{slot} = null, folded_{slot} = null, value_{slot} = null where {here} and id <= $3"
    ))
    .bind(account)
    .bind(after)
    .bind(last)
    .execute()
    .await?;
    Ok(Some(last))
}
