//! Writing people, many at a time.

use db::{Engine, Insert, Result, Tx, in_list};
use kernel::{AccountId, Timestamp, ToValue as _, fold};

use crate::SubscriberId;
use crate::fields::Place;
use crate::subscribers::draft::Draft;

const COLUMNS: &[&str] = &[
    "account_id",
    "id",
    "email",
    "email_folded",
    "first_name",
    "first_name_folded",
    "last_name",
    "last_name_folded",
    "phone",
    "status",
    "status_reason",
    "status_changed_at",
    "source",
    "score",
    "owner_id",
    "time_zone",
    "language",
    "consent_at",
    "consent_ip",
    "consent_source",
    "consent_text",
    "confirmed_at",
    "confirmed_ip",
    "created_at",
    "updated_at",
    "import_id",
];

/// Inserts people who are known to be new (see [`crate::subscribers::upsert_many_in`] for who sees to that).
pub(in crate::subscribers) async fn insert_new<'a>(
    tx: &mut Tx,
    account: AccountId,
    places: &[Place],
    drafts: impl Iterator<Item = &'a Draft>,
) -> Result<()> {
    // Their ids rise, so that every index but one grows at its end; this order is the best for that one.
    let mut drafts: Vec<&Draft> = drafts.collect();
    drafts.sort_by_cached_key(|draft| fold(&draft.person.email));
    rows(account, places, drafts.into_iter())
        .execute(tx)
        .await?;
    Ok(())
}

/// Writes people back who were read for writing. `created_at`, `source`, `import_id` and `last_activity_at` never
/// change this way.
///
/// An upsert on the primary key, because both engines have it: one statement changes many rows, each to its own values.
pub(in crate::subscribers) async fn overwrite<'a>(
    tx: &mut Tx,
    account: AccountId,
    places: &[Place],
    drafts: impl Iterator<Item = &'a Draft>,
) -> Result<()> {
    const KEPT: [&str; 5] = ["account_id", "id", "source", "created_at", "import_id"];
    let assignments: Vec<String> = COLUMNS
        .iter()
        .filter(|column| !KEPT.contains(column))
        .map(|column| (*column).to_owned())
        .chain(places.iter().flat_map(Place::columns))
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    // Differs because in SQLite a row has the number `id` before it has anything else, and that is what conflicts.
    let key = match tx.engine() {
        Engine::Sqlite => "id",
        Engine::Postgres => "account_id, id",
    };
    rows(account, places, drafts)
        .on_conflict(format!(
            "on conflict ({key}) do update set {}",
            assignments.join(", ")
        ))
        .execute(tx)
        .await?;
    Ok(())
}

fn rows<'a>(
    account: AccountId,
    places: &[Place],
    drafts: impl Iterator<Item = &'a Draft>,
) -> Insert {
    let mut insert =
        Insert::into("subscriber", COLUMNS).and_columns(places.iter().flat_map(Place::columns));
    for draft in drafts {
        let person = &draft.person;
        let consent = person.consent.as_ref();
        insert.row(|row| {
            row.bind(account)
                .bind(person.id)
                .bind(&person.email)
                .bind(fold(&person.email))
                .bind(person.first_name.as_ref())
                .bind(person.first_name.as_deref().map(fold))
                .bind(person.last_name.as_ref())
                .bind(person.last_name.as_deref().map(fold))
                .bind(person.phone.as_ref())
                .bind(person.status.as_str())
                .bind(person.status_reason.as_ref())
                .bind(person.status_changed_at)
                .bind(person.source.as_str())
                .bind(person.score)
                .bind(person.owner)
                .bind(person.time_zone.as_ref())
                .bind(person.language.as_ref())
                .bind(consent.map(|it| it.at))
                .bind(consent.and_then(|it| it.ip.as_ref()))
                .bind(consent.and_then(|it| it.source.as_ref()))
                .bind(consent.and_then(|it| it.text.as_ref()))
                .bind(person.confirmed_at)
                .bind(person.confirmed_ip.as_ref())
                .bind(person.created_at)
                .bind(person.updated_at)
                .bind(person.import);
            for place in places {
                place.bind(row, draft.value(place.field));
            }
        });
    }
    insert
}

/// How many of these people are active.
pub(in crate::subscribers) async fn count_active(
    tx: &mut Tx,
    account: AccountId,
    ids: &[SubscriberId],
) -> Result<i64> {
    tx.query(format!(
        "select count(*) as n from subscriber where account_id = $1 and status = 'active' and id in {}",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_one()
    .await?
    .get("n")
}

/// Removes people; their memberships are removed by their own store.
pub(in crate::subscribers) async fn delete(
    tx: &mut Tx,
    account: AccountId,
    ids: &[SubscriberId],
) -> Result<u64> {
    tx.query(format!(
        "delete from subscriber where account_id = $1 and id in {}",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .execute()
    .await
}

/// Notes when people opened or clicked, unless something later is known of them.
pub(crate) async fn touch_activity(
    tx: &mut Tx,
    account: AccountId,
    people: &[(SubscriberId, Timestamp)],
) -> Result<()> {
    let Some(last) = people.last() else {
        return Ok(());
    };
    // Padded, so that few statements are prepared.
    let rows = people.len().next_power_of_two();
    let list: Vec<String> = (0..rows)
        .map(|i| format!("(${}, ${})", 2 * i + 2, 2 * i + 3))
        .collect();
    tx.query(format!(
        "with seen (id, at) as (values {})
         update subscriber set last_activity_at = seen.at from seen
         where subscriber.account_id = $1 and subscriber.id = seen.id
           and (subscriber.last_activity_at is null or subscriber.last_activity_at < seen.at)",
        list.join(", ")
    ))
    .bind(account)
    .bind_values(
        people
            .iter()
            .chain(std::iter::repeat(last))
            .take(rows)
            .flat_map(|(id, at)| [id.to_value(), at.to_value()]),
    )
    .execute()
    .await?;
    Ok(())
}
