//! Use cases of groups and tags.

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use events::NewEvent;
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Limit, Page, Result, fold};
use serde_json::{Value, json};

use super::counts::count_in;
use super::model::{Kind, Label, LabelId, MAX_LABELS};
use super::store::{self, Membership};
use crate::input::{TextCursor, name};
use crate::purge::{self, Remains};
use crate::{GroupId, SubscriberId, TagId, subscribers, uses};

/// Most people of one call.
pub(crate) const MAX_PEOPLE: usize = 1000;

/// Makes one.
pub(crate) async fn create<Id: LabelId>(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    text: &str,
) -> Result<Label<Id>> {
    let (text, folded) = name("name", text)?;
    let mut tx = ctx.write().await?;
    if store::count(&mut tx, account, Id::LABEL).await? >= MAX_LABELS {
        return Err(Error::conflict(
            "limit_reached",
            format!("an account has at most {MAX_LABELS} of these; delete one first"),
        ));
    }
    let now = ctx.clock.now();
    let label = Label {
        id: ctx.ids.next(),
        name: text,
        members: 0,
        created_at: now,
        updated_at: now,
    };
    store::insert(&mut tx, account, &label, &folded)
        .await
        .map_err(|error| taken(error, Id::LABEL))?;
    note(ctx, &mut tx, account, actor, "created", None, Some(&label)).await?;
    tx.commit().await?;
    Ok(label)
}

/// Renames one.
pub(crate) async fn rename<Id: LabelId>(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: Id,
    text: &str,
) -> Result<Label<Id>> {
    let (text, folded) = name("name", text)?;
    let mut tx = ctx.write().await?;
    let before = get_in(&mut tx, account, id).await?;
    let now = ctx.clock.now();
    store::rename(&mut tx, account, id, &text, &folded, now)
        .await
        .map_err(|error| taken(error, Id::LABEL))?;
    let after = Label {
        name: text,
        updated_at: now,
        ..before.clone()
    };
    note(
        ctx,
        &mut tx,
        account,
        actor,
        "updated",
        Some(&before),
        Some(&after),
    )
    .await?;
    tx.commit().await?;
    Ok(after)
}

/// What one person is in.
pub(crate) async fn memberships(
    ctx: &Ctx,
    account: AccountId,
    person: SubscriberId,
) -> Result<(Vec<Membership<GroupId>>, Vec<Membership<TagId>>)> {
    let mut tx = ctx.read().await?;
    if !subscribers::exists_in(&mut tx, account, person).await? {
        return Err(Error::not_found("subscriber", person));
    }
    Ok((
        store::memberships_of(&mut tx, account, person).await?,
        store::memberships_of(&mut tx, account, person).await?,
    ))
}

fn thing<Id: LabelId>(id: Id) -> uses::Thing {
    match Id::LABEL {
        Kind::Group => uses::Thing::Group(id.into()),
        Kind::Tag => uses::Thing::Tag(id.into()),
    }
}

/// What uses one.
pub(crate) async fn uses_of<Id: LabelId>(
    ctx: &Ctx,
    account: AccountId,
    id: Id,
) -> Result<Vec<uses::Use>> {
    let mut tx = ctx.read().await?;
    get_in(&mut tx, account, id).await?;
    uses::find(&mut tx, account, &thing(id)).await
}

/// Deletes one that nothing uses; its members stay who they are and are taken out of it by a job.
pub(crate) async fn delete<Id: LabelId>(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: Id,
) -> Result<()> {
    let mut tx = ctx.write().await?;
    // No batch that adds to it, and no change of a segment, is under way.
    tx.lock(LockClass::Audience, account.get()).await?;
    let before = get_in(&mut tx, account, id).await?;
    uses::refuse_if_used(&mut tx, account, thing(id)).await?;
    store::delete(&mut tx, account, id).await?;
    let remains = match Id::LABEL {
        Kind::Group => Remains::Group(id.into().into()),
        Kind::Tag => Remains::Tag(id.into().into()),
    };
    purge::enqueue(ctx, &mut tx, account, remains).await?;
    note(ctx, &mut tx, account, actor, "deleted", Some(&before), None).await?;
    tx.commit().await?;
    Ok(())
}

/// One of them.
pub(crate) async fn get<Id: LabelId>(ctx: &Ctx, account: AccountId, id: Id) -> Result<Label<Id>> {
    get_in(&mut *ctx.read().await?, account, id).await
}

pub(super) async fn get_in<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    id: Id,
) -> Result<Label<Id>> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found(Id::LABEL.noun(), id))
}

/// By name.
pub(crate) async fn list<Id: LabelId>(
    ctx: &Ctx,
    account: AccountId,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<Label<Id>>> {
    let after = TextCursor::decode(cursor)?.unwrap_or_default();
    let mut tx = ctx.read().await?;
    let rows = store::page(&mut tx, account, &after, limit).await?;
    Ok(TextCursor::page(rows, limit, |label| fold(&label.name)))
}

/// Adds or removes people by hand; how many were not, or were, in it before.
pub(crate) async fn change_members<Id: LabelId>(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: Id,
    people: &[SubscriberId],
    add: bool,
) -> Result<usize> {
    if people.len() > MAX_PEOPLE {
        return Err(Error::invalid(
            "subscriber_ids",
            "too_many",
            format!("send at most {MAX_PEOPLE} at a time"),
        ));
    }
    let mut tx = ctx.write().await?;
    get_in(&mut tx, account, id).await?;
    let known = subscribers::lock_existing_in(&mut tx, account, people).await?;
    let unknown: Vec<FieldError> = people
        .iter()
        .enumerate()
        .filter(|(_, person)| !known.contains(person))
        .map(|(i, person)| {
            FieldError::new(
                format!("subscriber_ids[{i}]"),
                "unknown",
                format!("there is no subscriber with the id {person}"),
            )
        })
        .collect();
    if !unknown.is_empty() {
        return Err(Error::Invalid(unknown));
    }
    let asked = known.len();
    let changed = if add {
        let pairs = known.iter().map(|person| (id, *person));
        add_in(ctx, &mut tx, account, pairs, actor.as_str())
            .await?
            .len()
    } else {
        let known: Vec<SubscriberId> = known.into_iter().collect();
        remove_in(ctx, &mut tx, account, id, &known, actor.as_str()).await?
    };
    if changed > 0 {
        let after = json!({ "subscribers": asked, "changed": changed });
        note_members(ctx, &mut tx, account, actor, id, add, after).await?;
    }
    tx.commit().await?;
    Ok(changed)
}

/// Adds or removes one person by hand.
pub(crate) async fn change_one<Id: LabelId>(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: Id,
    person: SubscriberId,
    add: bool,
) -> Result<()> {
    let mut tx = ctx.write().await?;
    get_in(&mut tx, account, id).await?;
    let known = subscribers::lock_existing_in(&mut tx, account, &[person]).await?;
    if known.is_empty() {
        return Err(Error::not_found("subscriber", person));
    }
    let changed = if add {
        let pair = [(id, person)].into_iter();
        add_in(ctx, &mut tx, account, pair, actor.as_str())
            .await?
            .len()
    } else {
        remove_in(ctx, &mut tx, account, id, &[person], actor.as_str()).await?
    };
    if changed > 0 {
        let after = json!({ "subscriber_id": person });
        note_members(ctx, &mut tx, account, actor, id, add, after).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn note_members<Id: LabelId>(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    id: Id,
    added: bool,
    after: Value,
) -> Result<()> {
    let noun = Id::LABEL.noun();
    let what = if added {
        "members_added"
    } else {
        "members_removed"
    };
    identity::audit(
        ctx,
        tx,
        account,
        actor,
        &format!("{noun}.{what}"),
        (noun, id),
        None,
        Some(after),
    )
    .await
}

/// Adds people, and records who joined; gives back who was not in it before.
pub(crate) async fn add_in<Id: LabelId>(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    pairs: impl Iterator<Item = (Id, SubscriberId)>,
    by: &str,
) -> Result<Vec<(Id, SubscriberId)>> {
    let joined = store::add_members(tx, account, pairs, ctx.clock.now(), by).await?;
    count_in(ctx, tx, account, joined.iter().map(|(id, _)| *id), true).await?;
    let list: Vec<NewEvent> = joined
        .iter()
        .map(|(id, person)| event(Id::LABEL.joined(), *id, *person, by))
        .collect();
    events::record(ctx, tx, account, &list).await?;
    Ok(joined)
}

/// Adds people who cannot be in it yet, because they are new; the event of their creation says so already.
pub(crate) async fn add_new_in<Id: LabelId>(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    pairs: &[(Id, SubscriberId)],
    by: &str,
) -> Result<()> {
    store::add_new_members(tx, account, pairs.iter().copied(), ctx.clock.now(), by).await?;
    count_in(ctx, tx, account, pairs.iter().map(|(id, _)| *id), true).await
}

/// Removes people who are about to be deleted from everything of this kind; the event of that says so.
pub(crate) async fn forget_in<Id: LabelId>(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<()> {
    let left = store::forget_people::<Id>(tx, account, people).await?;
    count_in(ctx, tx, account, left.into_iter(), false).await
}

/// Adds a person to everything that another one is in, as that one was added, and records what they joined.
pub(crate) async fn copy_in<Id: LabelId>(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    from: SubscriberId,
    to: SubscriberId,
    by: &str,
) -> Result<()> {
    let joined = store::copy_members::<Id>(tx, account, from, to).await?;
    count_in(ctx, tx, account, joined.iter().copied(), true).await?;
    let list: Vec<NewEvent> = joined
        .into_iter()
        .map(|id| event(Id::LABEL.joined(), id, to, by))
        .collect();
    events::record(ctx, tx, account, &list).await?;
    Ok(())
}

/// Removes people, and records who left; how many were in it.
pub(crate) async fn remove_in<Id: LabelId>(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    id: Id,
    people: &[SubscriberId],
    by: &str,
) -> Result<usize> {
    if people.is_empty() {
        return Ok(0);
    }
    let left = store::remove_members(tx, account, id, people).await?;
    count_in(ctx, tx, account, left.iter().map(|_| id), false).await?;
    let list: Vec<NewEvent> = left
        .iter()
        .map(|person| event(Id::LABEL.left(), id, *person, by))
        .collect();
    events::record(ctx, tx, account, &list).await?;
    Ok(left.len())
}

fn event<Id: LabelId>(kind: &'static str, id: Id, person: SubscriberId, by: &str) -> NewEvent {
    NewEvent {
        kind,
        subscriber: Some(person.get()),
        subject: Some(id.into()),
        at: None,
        body: json!({ "actor": by }),
    }
}

/// Those that an input names, which must exist; `path` is where it names them.
pub(crate) async fn check_exist<Id: LabelId>(
    tx: &mut Tx,
    account: AccountId,
    ids: &[Id],
    path: &str,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    let existing = store::existing(tx, account, ids).await?;
    for (i, id) in ids.iter().enumerate() {
        if !existing.contains(id) {
            let noun = Id::LABEL.noun();
            errors.push(FieldError::new(
                format!("{path}[{i}]"),
                "unknown",
                format!("there is no {noun} with the id {id}"),
            ));
        }
    }
    Ok(())
}

fn taken(error: db::Error, kind: Kind) -> Error {
    match error {
        db::Error::Unique(_) => Error::invalid(
            "name",
            "taken",
            format!("there is a {} of this name already", kind.noun()),
        ),
        other => other.into(),
    }
}

async fn note<Id: LabelId>(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    what: &str,
    before: Option<&Label<Id>>,
    after: Option<&Label<Id>>,
) -> Result<()> {
    let noun = Id::LABEL.noun();
    let id = before.or(after).map_or(0, |label| label.id.into());
    let brief = |label: &Label<Id>| json!({ "name": label.name });
    identity::audit(
        ctx,
        tx,
        account,
        actor,
        &format!("{noun}.{what}"),
        (noun, id),
        before.map(brief),
        after.map(brief),
    )
    .await
}
