//! Reading people with what belongs to them, in a fixed number of queries however many they are.

use std::collections::{BTreeSet, HashMap};

use ctx::Ctx;
use db::Tx;
use kernel::{AccountId, EmailAddress, Error, Result};

use crate::fields::{self, Catalog, FieldValue};
use crate::subscribers::draft::Draft;
use crate::subscribers::model::Subscriber;
use crate::subscribers::store::{self, For};
use crate::{FieldId, GroupId, SubscriberId, TagId, labels};

/// A person with everything that an answer of the API shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub subscriber: Subscriber,
    /// By key, in the order of the fields.
    pub fields: Vec<(String, FieldValue)>,
    pub groups: Vec<GroupId>,
    pub tags: Vec<TagId>,
}

/// What a message is merged with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeValues {
    pub subscriber: Subscriber,
    /// By key, in the order of the fields.
    pub fields: Vec<(String, FieldValue)>,
}

/// One person.
pub async fn get(ctx: &Ctx, account: AccountId, id: SubscriberId) -> Result<Profile> {
    let mut tx = ctx.read().await?;
    profile_in(&mut tx, account, id).await
}

pub(crate) async fn profile_in(
    tx: &mut Tx,
    account: AccountId,
    id: SubscriberId,
) -> Result<Profile> {
    let person = store::find(tx, account, id, For::Reading)
        .await?
        .ok_or_else(|| Error::not_found("subscriber", id))?;
    let mut profiles = profiles_in(tx, account, vec![person]).await?;
    Ok(profiles.remove(0))
}

/// People by their ids, in the order of `ids`; unknown ones are left out.
pub async fn profiles_of_in(
    tx: &mut Tx,
    account: AccountId,
    ids: &[SubscriberId],
) -> Result<Vec<Profile>> {
    let mut people = store::find_many(tx, account, ids, For::Reading).await?;
    let place: HashMap<SubscriberId, usize> =
        ids.iter().enumerate().map(|(i, id)| (*id, i)).collect();
    people.sort_by_key(|person| place.get(&person.id).copied());
    profiles_in(tx, account, people).await
}

pub(super) async fn profiles_in(
    tx: &mut Tx,
    account: AccountId,
    people: Vec<Subscriber>,
) -> Result<Vec<Profile>> {
    let ids: Vec<SubscriberId> = people.iter().map(|person| person.id).collect();
    let catalog = fields::list(tx, account).await?;
    let mut values = fields::values_of(tx, account, &ids, None).await?;
    let mut groups = labels::labels_of::<GroupId>(tx, account, &ids).await?;
    let mut tags = labels::labels_of::<TagId>(tx, account, &ids).await?;
    Ok(people
        .into_iter()
        .map(|subscriber| {
            let id = subscriber.id;
            Profile {
                subscriber,
                fields: by_key(&catalog, values.remove(&id).unwrap_or_default()),
                groups: groups.remove(&id).unwrap_or_default(),
                tags: tags.remove(&id).unwrap_or_default(),
            }
        })
        .collect())
}

/// Who has an address, if anybody does.
pub async fn find_by_address(
    tx: &mut Tx,
    account: AccountId,
    address: &EmailAddress,
) -> Result<Option<SubscriberId>> {
    let folded = address.folded();
    let found = store::find_by_emails(tx, account, &[&folded]).await?;
    Ok(found.into_values().next().map(|person| person.id))
}

/// What messages to these people are merged with, in three queries for up to a few thousand people. Unknown people are
/// left out.
pub async fn merge_values(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<HashMap<SubscriberId, MergeValues>> {
    let found = store::find_many(tx, account, people, For::Reading).await?;
    let catalog = fields::list(tx, account).await?;
    let mut values = if catalog.is_empty() {
        HashMap::new()
    } else {
        fields::values_of(tx, account, people, None).await?
    };
    Ok(found
        .into_iter()
        .map(|subscriber| {
            let id = subscriber.id;
            let fields = by_key(&catalog, values.remove(&id).unwrap_or_default());
            (id, MergeValues { subscriber, fields })
        })
        .collect())
}

/// Under their keys. Values of a deleted field, which are removed a while later, have none.
fn by_key(catalog: &Catalog, mut values: Vec<(FieldId, FieldValue)>) -> Vec<(String, FieldValue)> {
    values.sort_by_key(|(id, _)| *id);
    values
        .into_iter()
        .filter_map(|(id, value)| Some((catalog.by_id(id)?.key.clone(), value)))
        .collect()
}

/// Those of `people` that exist, locked until the end of the transaction.
pub(crate) async fn lock_existing_in(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<BTreeSet<SubscriberId>> {
    let found = store::find_many(tx, account, people, For::Writing).await?;
    Ok(found.into_iter().map(|person| person.id).collect())
}

/// Those of `people` that exist, locked until the end of the transaction, to be drafted: with their values of `fields`.
pub(crate) async fn drafts_in(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
    fields: &[FieldId],
) -> Result<Vec<Draft>> {
    let found = store::find_many(tx, account, people, For::Writing).await?;
    let ids: Vec<SubscriberId> = found.iter().map(|person| person.id).collect();
    let mut values = fields::values_of(tx, account, &ids, Some(fields)).await?;
    Ok(found
        .into_iter()
        .map(|person| {
            let values = values.remove(&person.id).unwrap_or_default();
            Draft::of(person, values)
        })
        .collect())
}

pub(crate) async fn exists_in(tx: &mut Tx, account: AccountId, id: SubscriberId) -> Result<bool> {
    Ok(store::find(tx, account, id, For::Reading).await?.is_some())
}
