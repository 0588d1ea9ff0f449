//! Two records of one person become one.

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use events::NewEvent;
use identity::Actor;
use kernel::{AccountId, EmailAddress, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::delete::remove_in;
use super::read::{Profile, profile_in};
use super::save::{Origin, save};
use crate::fields::{self, Catalog, FieldInput, FieldValue};
use crate::input::Patch;
use crate::labels;
use crate::subscribers::draft::Draft;
use crate::subscribers::model::{Attributes, Source, Status, Subscriber};
use crate::subscribers::store::{self, For};
use crate::{FieldId, GroupId, SubscriberId, TagId, suppressions};

/// Why the status of the one that is kept changes, and why an address is suppressed that nobody has any more.
const REASON: &str = "merged";

/// How two records are merged.
#[derive(Clone, Copy, Debug)]
pub struct Merge {
    /// Who disappears.
    pub other: SubscriberId,
    pub prefer: Prefer,
    pub email: Whose,
}

/// Whose value is taken where both have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MergePreference)]
pub enum Prefer {
    /// The one that is kept.
    #[default]
    Kept,
    /// The one that disappears.
    Other,
    /// The one that was changed last.
    Newest,
}

/// Whose address is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MergeAddress)]
pub enum Whose {
    /// Of the one that is kept.
    #[default]
    Kept,
    /// Of the one that disappears.
    Other,
}

/// Makes `kept` and another one person, in one transaction.
pub async fn merge(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    kept: SubscriberId,
    merge: Merge,
) -> Result<Profile> {
    if merge.other == kept {
        return Err(Error::invalid(
            "other_id",
            "invalid",
            "name another subscriber than the one that is kept",
        ));
    }
    let mut tx = ctx.write().await?;
    // Nobody takes the address that becomes free, and nobody adds what the other one has.
    tx.lock(LockClass::Audience, account.get()).await?;
    let (person, other) = both(&mut tx, account, kept, merge.other).await?;
    let catalog = fields::list(&mut tx, account).await?;
    let mut values = fields::values_of(&mut tx, account, &[kept, other.id], None).await?;
    let of_other = values.remove(&other.id).unwrap_or_default();
    let before = json!({
        "email": person.email,
        "status": person.status,
        "other_email": other.email,
        "other_status": other.status,
    });
    let mut draft = Draft::of(person, values.remove(&kept).unwrap_or_default());
    unite(
        &mut draft,
        &other,
        &of_other,
        &catalog,
        merge,
        ctx.clock.now(),
    );

    let by = actor.as_str();
    move_labels::<GroupId>(ctx, &mut tx, account, &draft, &other, by).await?;
    move_labels::<TagId>(ctx, &mut tx, account, &draft, &other, by).await?;
    remove_in(ctx, &mut tx, account, &[other.id]).await?;
    events::repoint(&mut tx, account, other.id.get(), kept.get()).await?;
    store::insert_merge(&mut tx, account, kept, other.id, ctx.clock.now()).await?;
    store::set_origin(&mut tx, account, &draft.person).await?;
    block(ctx, &mut tx, account, &draft, &other).await?;
    record(ctx, &mut tx, account, kept, &other, by).await?;
    let mut drafts = [draft];
    let origin = Origin::by(by, Source::Api);
    save(ctx, &mut tx, account, &catalog, &mut drafts, origin).await?;

    let profile = profile_in(&mut tx, account, kept).await?;
    let after = json!({
        "email": profile.subscriber.email,
        "status": profile.subscriber.status,
        "other_id": other.id,
    });
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "subscriber.merged",
        ("subscriber", kept),
        Some(before),
        Some(after),
    )
    .await?;
    tx.commit().await?;
    Ok(profile)
}

/// Who somebody is now: another one, if their record was merged into another.
pub async fn current_in(tx: &mut Tx, account: AccountId, id: SubscriberId) -> Result<SubscriberId> {
    let merged = store::merged_into(tx, account, &[id]).await?;
    Ok(merged.get(&id).copied().unwrap_or(id))
}

/// Both of them, locked.
async fn both(
    tx: &mut WriteTx,
    account: AccountId,
    kept: SubscriberId,
    other: SubscriberId,
) -> Result<(Subscriber, Subscriber)> {
    let mut people = store::find_many(tx, account, &[kept, other], For::Writing).await?;
    let mut take = |id: SubscriberId| {
        let place = people.iter().position(|person| person.id == id)?;
        Some(people.swap_remove(place))
    };
    let person = take(kept).ok_or_else(|| Error::not_found("subscriber", kept))?;
    let other = take(other).ok_or_else(|| {
        Error::invalid(
            "other_id",
            "unknown",
            format!("there is no subscriber with the id {other}"),
        )
    })?;
    Ok((person, other))
}

/// Decides who the one person is.
fn unite(
    draft: &mut Draft,
    other: &Subscriber,
    of_other: &[(FieldId, FieldValue)],
    catalog: &Catalog,
    merge: Merge,
    now: kernel::Timestamp,
) {
    let kept = draft.person.clone();
    let other_wins = match merge.prefer {
        Prefer::Kept => false,
        Prefer::Other => true,
        Prefer::Newest => other.updated_at > kept.updated_at,
    };
    fn pick<T: Clone>(kept: Option<&T>, other: Option<&T>, other_wins: bool) -> Option<T> {
        let (first, second) = if other_wins {
            (other, kept)
        } else {
            (kept, other)
        };
        first.or(second).cloned()
    }
    let text = |of: fn(&Subscriber) -> Option<&String>| {
        Patch::set_if(pick(of(&kept), of(other), other_wins))
    };
    draft.apply(&Attributes {
        first_name: text(|it| it.first_name.as_ref()),
        last_name: text(|it| it.last_name.as_ref()),
        phone: text(|it| it.phone.as_ref()),
        language: text(|it| it.language.as_ref()),
        time_zone: text(|it| it.time_zone.as_ref()),
        owner: Patch::set_if(pick(kept.owner.as_ref(), other.owner.as_ref(), other_wins)),
        score: Some(kept.score.max(other.score)),
    });
    for (field, value) in of_other {
        // Values of a deleted field are removed a while later.
        if catalog.by_id(*field).is_some() && (other_wins || !draft.had(*field)) {
            draft.put(*field, &FieldInput::Set(value.clone()));
        }
    }
    if let Some(consent) = pick(kept.consent.as_ref(), other.consent.as_ref(), other_wins) {
        draft.consent(&consent);
    }
    if let (None, Some(at)) = (kept.confirmed_at, other.confirmed_at) {
        draft.confirm(at, other.confirmed_ip.as_deref());
    }
    // Whoever does not want mail, under either address, gets none.
    let status = kept.status.firmer(other.status);
    draft.set_status(status, Some(REASON), now);
    if merge.email == Whose::Other
        && let Ok(email) = EmailAddress::parse(&other.email)
    {
        draft.set_email(&email);
    }
    if other.created_at < kept.created_at {
        draft.person.source = other.source;
        draft.person.import = other.import;
        draft.person.created_at = other.created_at;
    }
    draft.person.last_activity_at = kept.last_activity_at.max(other.last_activity_at);
}

/// Adds the one who is kept to what the other one is in; when and by whom that one was added stays true.
async fn move_labels<Id: labels::LabelId>(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    draft: &Draft,
    other: &Subscriber,
    by: &str,
) -> Result<()> {
    let kept = draft.person.id;
    labels::copy_in::<Id>(ctx, tx, account, other.id, kept, by).await
}

/// Keeps addresses from coming back as somebody new: the one that is given up, if its owner gets no mail any more, and
/// the one that is kept, if it is blocked.
async fn block(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    draft: &Draft,
    other: &Subscriber,
) -> Result<()> {
    let person = &draft.person;
    let given_up = draft.old_email.as_ref().unwrap_or(&other.email);
    let mut addresses = Vec::new();
    if person.status.is_gone() {
        addresses.push(given_up.as_str());
    }
    if person.status == Status::Suppressed {
        addresses.push(person.email.as_str());
    }
    let entries: Vec<(&str, &str)> = addresses.iter().map(|it| (*it, REASON)).collect();
    suppressions::insert_in(ctx, tx, account, &entries).await?;
    Ok(())
}

async fn record(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    kept: SubscriberId,
    other: &Subscriber,
    by: &str,
) -> Result<()> {
    let merged = NewEvent {
        kind: events::kind::SUBSCRIBER_MERGED,
        subscriber: Some(kept.get()),
        subject: Some(other.id.get()),
        at: None,
        body: json!({ "other_id": other.id, "other_email": other.email, "actor": by }),
    };
    let deleted = NewEvent {
        kind: events::kind::SUBSCRIBER_DELETED,
        subscriber: Some(other.id.get()),
        subject: None,
        at: None,
        body: json!({ "merged_into": kept, "actor": by }),
    };
    events::record(ctx, tx, account, &[merged, deleted]).await?;
    Ok(())
}
