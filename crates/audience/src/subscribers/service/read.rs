//! Reading people with what belongs to them, in a fixed number of queries however many they are.

use std::collections::{BTreeSet, HashMap};

use ctx::Ctx;
use db::Tx;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result, fold};

use crate::fields::{self, Catalog, FieldValue};
use crate::input::TextCursor;
use crate::subscribers::draft::Draft;
use crate::subscribers::model::{Status, Subscriber};
use crate::subscribers::store::{self, Filter, For};
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

/// Which people a list shows, and how.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    pub status: Option<Status>,
    pub group: Option<GroupId>,
    pub tag: Option<TagId>,
    /// Exactly this address.
    pub email: Option<String>,
    /// Addresses that begin so. The list is then in the order of the addresses; else the newest are first.
    pub search: Option<String>,
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

/// A page of people.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    query: ListQuery,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<Profile>> {
    let mut tx = ctx.read().await?;
    let filter = Filter {
        status: query.status,
        group: query.group,
        tag: query.tag,
        // Addresses are stored with their domain in ASCII; a text that is no address is nobody's.
        email: query.email.map(|text| {
            kernel::EmailAddress::parse(&text).map_or_else(|_| fold(&text), |email| email.folded())
        }),
        email_prefix: query.search.as_deref().map(str::trim).map(fold),
    };
    let page = if filter.email_prefix.is_some() {
        let after = TextCursor::decode(cursor)?;
        let rows = store::page_by_email(&mut tx, account, &filter, after.as_deref(), limit).await?;
        TextCursor::page(rows, limit, |person| fold(&person.email))
    } else {
        let before = cursor.map(Cursor::decode).transpose()?.map(|it| it.id);
        let rows = store::page_newest(&mut tx, account, &filter, before, limit).await?;
        Page::from_rows(rows, limit, |person| Cursor {
            key: 0,
            id: person.id.get(),
        })
    };
    Ok(Page {
        data: profiles_in(&mut tx, account, page.data).await?,
        next_cursor: page.next_cursor,
    })
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

async fn profiles_in(
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
