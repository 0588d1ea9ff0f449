//! People as the in-memory program sees them, however many, in a fixed number of queries.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Each, Json, Result, Tx, in_list, look_up};
use kernel::{AccountId, Timestamp};
use rules::{Attribute, Needs, Value, View};

use crate::fields::{self, FieldValue};
use crate::{FieldId, SubscriberId};

/// With its column of `subscriber`, and whether that is a text.
const fn column(attribute: Attribute) -> (&'static str, bool) {
    match attribute {
        Attribute::Email => ("s.email", true),
        Attribute::FirstName => ("s.first_name", true),
        Attribute::LastName => ("s.last_name", true),
        Attribute::Phone => ("s.phone", true),
        Attribute::Language => ("s.language", true),
        Attribute::TimeZone => ("s.time_zone", true),
        Attribute::Status => ("s.status", true),
        Attribute::Source => ("s.source", true),
        Attribute::Score => ("s.score", false),
        Attribute::Owner => ("s.owner_id", false),
        Attribute::CreatedAt => ("s.created_at", false),
        Attribute::UpdatedAt => ("s.updated_at", false),
        Attribute::LastActivityAt => ("s.last_activity_at", false),
        Attribute::StatusChangedAt => ("s.status_changed_at", false),
        Attribute::ConsentAt => ("s.consent_at", false),
        Attribute::ConfirmedAt => ("s.confirmed_at", false),
    }
}

/// Those of `people` who exist, with what `needs` names.
pub async fn views(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
    needs: &Needs,
) -> Result<BTreeMap<SubscriberId, View>> {
    let mut views = attributes(tx, account, people, &needs.attributes).await?;
    let wanted: Vec<FieldId> = needs.fields.iter().map(|id| FieldId::from(*id)).collect();
    if !wanted.is_empty() {
        for (person, values) in fields::values_of(tx, account, people, Some(&wanted)).await? {
            let Some(view) = views.get_mut(&person) else {
                continue;
            };
            for (field, value) in values {
                view.set_field(field, Some(compared(value)));
            }
        }
    }
    for (person, group) in memberships(
        tx,
        account,
        people,
        "group_member",
        "group_id",
        &needs.groups,
    )
    .await?
    {
        if let Some(view) = views.get_mut(&person) {
            view.groups.insert(group);
        }
    }
    for (person, tag) in memberships(tx, account, people, "tagging", "tag_id", &needs.tags).await? {
        if let Some(view) = views.get_mut(&person) {
            view.tags.insert(tag);
        }
    }
    for (person, event) in events(tx, account, people, needs).await? {
        if let Some(view) = views.get_mut(&person) {
            view.events.push(event);
        }
    }
    if needs.bookings {
        for (person, booking) in bookings(tx, account, people).await? {
            if let Some(view) = views.get_mut(&person) {
                view.bookings.push(booking);
            }
        }
    }
    Ok(views)
}

fn compared(value: FieldValue) -> Value {
    match value {
        FieldValue::Text(text) => Value::text(&text),
        FieldValue::Number(number) => Value::number(number),
        FieldValue::Date(date) => Value::date(date),
        FieldValue::Boolean(value) => Value::boolean(value),
    }
}

fn list(people: &[SubscriberId]) -> Json<Vec<i64>> {
    let mut ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
    ids.sort_unstable();
    ids.dedup();
    Json(ids)
}

async fn attributes(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
    wanted: &BTreeSet<Attribute>,
) -> Result<BTreeMap<SubscriberId, View>> {
    let mut columns = vec!["s.id"];
    columns.extend(wanted.iter().map(|it| column(*it).0));
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        &columns.join(", "),
        "subscriber s",
        "s.account_id = $1 and s.id = each.value",
        false,
    );
    let rows = tx
        .query(sql)
        .bind(account)
        .bind(list(people))
        .fetch_all()
        .await?;
    let mut views = BTreeMap::new();
    for row in &rows {
        let id: SubscriberId = row.at(0)?;
        let mut view = View::new(id);
        for (place, attribute) in wanted.iter().enumerate() {
            if column(*attribute).1 {
                let text: Option<String> = row.at(place + 1)?;
                view.set_text(*attribute, text.as_deref());
            } else {
                view.set_int(*attribute, row.at(place + 1)?);
            }
        }
        views.insert(id, view);
    }
    Ok(views)
}

async fn memberships(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
    table: &str,
    column: &str,
    wanted: &BTreeSet<i64>,
) -> Result<Vec<(SubscriberId, i64)>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        &format!("m.subscriber_id, m.{column}"),
        &format!("{table} m"),
        &format!(
            "m.account_id = $1 and m.subscriber_id = each.value and m.{column} in {}",
            in_list(3, wanted.len())
        ),
        false,
    );
    tx.query(sql)
        .bind(account)
        .bind(list(people))
        .bind_list(wanted.iter().copied())
        .fetch_all()
        .await?
        .iter()
        .map(|row| Ok((row.at(0)?, row.at(1)?)))
        .collect()
}

async fn events(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
    needs: &Needs,
) -> Result<Vec<(SubscriberId, rules::Event)>> {
    if needs.events.is_empty() {
        return Ok(Vec::new());
    }
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "e.subscriber_id, e.kind, e.at, e.subject_id, e.target_id",
        "event e",
        &format!(
            "e.account_id = $1 and e.subscriber_id = each.value and e.at >= $3 and e.kind in {}",
            in_list(4, needs.events.len())
        ),
        false,
    );
    let rows = tx
        .query(sql)
        .bind(account)
        .bind(list(people))
        .bind(needs.events_since.unwrap_or(i64::MIN))
        .bind_list(needs.events.iter().map(|kind| kind.stored()))
        .fetch_all()
        .await?;
    let mut events = Vec::with_capacity(rows.len());
    let mut targets = BTreeSet::new();
    for row in &rows {
        let kind: String = row.at(1)?;
        let Some(kind) = rules::EventKind::from_stored(&kind) else {
            continue;
        };
        let at: Timestamp = row.at(2)?;
        let target: Option<i64> = row.at(4)?;
        targets.extend(target.filter(|_| needs.links));
        let event = rules::Event {
            kind,
            at,
            campaign: row.at(3)?,
            link: None,
        };
        let person: SubscriberId = row.at(0)?;
        events.push((person, target, event));
    }
    let links = links(tx, account, &targets).await?;
    Ok(events
        .into_iter()
        .map(|(person, target, mut event)| {
            event.link = target.and_then(|id| links.get(&id).cloned());
            (person, event)
        })
        .collect())
}

async fn bookings(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<Vec<(SubscriberId, rules::Booking)>> {
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "b.subscriber_id, b.event_type_id, b.status, b.no_show_by, b.start_at",
        "booking b",
        "b.account_id = $1 and b.subscriber_id = each.value",
        false,
    );
    tx.query(sql)
        .bind(account)
        .bind(list(people))
        .fetch_all()
        .await?
        .iter()
        .map(|row| {
            let booking = rules::Booking {
                event_type: row.at(1)?,
                status: row.at(2)?,
                no_show_by: row.at(3)?,
                start: row.at(4)?,
            };
            Ok((row.at(0)?, booking))
        })
        .collect()
}

async fn links(
    tx: &mut Tx,
    account: AccountId,
    targets: &BTreeSet<i64>,
) -> Result<HashMap<i64, Value>> {
    if targets.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "l.id, l.url",
        "link_target l",
        "l.account_id = $1 and l.id = each.value",
        false,
    );
    tx.query(sql)
        .bind(account)
        .bind(Json(targets))
        .fetch_all()
        .await?
        .iter()
        .map(|row| Ok((row.at(0)?, Value::text(&row.at::<String>(1)?))))
        .collect()
}

/// What one person's attributes and custom fields are, as people write them, by the names that rules use. What is
/// missing is not here; times are in microseconds.
pub(in crate::segments) async fn raw_values(
    tx: &mut Tx,
    account: AccountId,
    id: SubscriberId,
) -> Result<BTreeMap<String, Raw>> {
    let columns: Vec<&str> = Attribute::ALL.iter().map(|it| column(*it).0).collect();
    let row = tx
        .query(format!(
            "select {} from subscriber s where s.account_id = $1 and s.id = $2",
            columns.join(", ")
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    let mut found = BTreeMap::new();
    let Some(row) = row else { return Ok(found) };
    for (place, attribute) in Attribute::ALL.into_iter().enumerate() {
        let value = if column(attribute).1 {
            row.at::<Option<String>>(place)?.map(Raw::Text)
        } else {
            row.at::<Option<i64>>(place)?
                .map(|int| match attribute.kind() {
                    rules::Kind::Instant => Raw::Time(Timestamp::from_micros(int)),
                    _ => Raw::Text(int.to_string()),
                })
        };
        if let Some(value) = value {
            found.insert(attribute.name().to_owned(), value);
        }
    }
    let catalog = fields::list(tx, account).await?;
    let values = fields::values_of(tx, account, &[id], None).await?;
    for (field, value) in values.into_values().flatten() {
        if let Some(field) = catalog.by_id(field) {
            let text = match value {
                FieldValue::Text(text) => text,
                FieldValue::Number(number) => number.to_string(),
                FieldValue::Date(date) => date.to_string(),
                FieldValue::Boolean(value) => value.to_string(),
            };
            found.insert(field.key.clone(), Raw::Text(text));
        }
    }
    Ok(found)
}

/// A value as it is told to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::segments) enum Raw {
    Text(String),
    Time(Timestamp),
}
