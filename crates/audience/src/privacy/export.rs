//! Everything about one person.

use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, Error, Result, fold};
use serde_json::{Map, Value, json};

use super::store;
use crate::labels::{LabelId, Membership, memberships_of};
use crate::{GroupId, SubscriberId, TagId, fields, subscribers, suppressions};

/// As one JSON object, whose parts are in the order in which a page shows them.
pub async fn export(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: SubscriberId,
) -> Result<Value> {
    let mut tx = ctx.db.snapshot().await?;
    let people = subscribers::profiles_of_in(&mut tx, account, &[id]).await?;
    let Some(profile) = people.into_iter().next() else {
        return Err(Error::not_found("subscriber", id));
    };
    let person = &profile.subscriber;
    let catalog = fields::list(&mut tx, account).await?;
    let consent = person.consent.as_ref();
    let mut all = Map::new();
    all.insert("exported_at".to_owned(), json!(ctx.clock.now()));
    all.insert(
        "person".to_owned(),
        json!({
            "id": person.id,
            "email": person.email,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "phone": person.phone,
            "language": person.language,
            "time_zone": person.time_zone,
            "status": person.status,
            "status_reason": person.status_reason,
            "status_changed_at": person.status_changed_at,
            "source": person.source,
            "score": person.score,
            "created_at": person.created_at,
            "updated_at": person.updated_at,
            "last_activity_at": person.last_activity_at,
        }),
    );
    all.insert(
        "consent".to_owned(),
        json!({
            "at": consent.map(|it| it.at),
            "source": consent.and_then(|it| it.source.as_ref()),
            "text": consent.and_then(|it| it.text.as_ref()),
            "ip": consent.and_then(|it| it.ip.as_ref()),
            "confirmed_at": person.confirmed_at,
            "confirmed_ip": person.confirmed_ip,
        }),
    );
    let values: Vec<Value> = profile
        .fields
        .iter()
        .map(|(key, value)| {
            let name = catalog.by_key(key).map(|field| field.name.as_str());
            json!({ "field": key, "name": name, "value": value.to_json() })
        })
        .collect();
    all.insert("fields".to_owned(), values.into());
    let groups = memberships_of::<GroupId>(&mut tx, account, id).await?;
    all.insert("groups".to_owned(), memberships(groups));
    let tags = memberships_of::<TagId>(&mut tx, account, id).await?;
    all.insert("tags".to_owned(), memberships(tags));
    for (name, rows) in store::export(&mut tx, account, id).await? {
        all.insert(name.to_owned(), Value::Array(rows));
    }
    drop(tx);
    let folded = fold(&person.email);
    let listed = suppressions::matching(ctx, account, &folded).await?;
    all.insert("suppressions".to_owned(), json!(listed));

    let mut tx = ctx.write().await?;
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "subscriber.exported",
        ("subscriber", id),
        None,
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(Value::Object(all))
}

fn memberships<Id: LabelId>(list: Vec<Membership<Id>>) -> Value {
    list.into_iter()
        .map(|it| {
            json!({ "id": it.id, "name": it.name, "added_at": it.added_at, "added_by": it.added_by })
        })
        .collect()
}
