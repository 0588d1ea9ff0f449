//! Creating and changing one person by hand or by program.

use std::collections::BTreeMap;

use ctx::Ctx;
use db::{LockClass, Tx};
use identity::Actor;
use kernel::{AccountId, EmailAddress, Error, FieldError, Result, Timestamp, UserId};
use serde_json::{Value, json};

use super::read::{Profile, drafts_in, profile_in};
use super::save::{Origin, save};
use super::upsert::{Mode, Outcome, Policy, Skip, UpsertRow, upsert_many_in};
use crate::fields::{self, Catalog, FieldInput};
use crate::input::Patch;
use crate::subscribers::draft::Draft;
use crate::subscribers::model::{
    Attributes, Change, Consent, Refused, Source, Status, ip, parse_email,
};
use crate::subscribers::store;
use crate::{FieldId, GroupId, SubscriberId, TagId, labels, suppressions};

/// A person as a request describes them, unchecked.
#[derive(Clone, Debug)]
pub struct NewSubscriber {
    pub email: String,
    pub attributes: Attributes,
    /// By key.
    pub fields: BTreeMap<String, Value>,
    pub status: Option<Status>,
    pub resubscribe: bool,
    pub consent: Option<Consent>,
    pub groups: Vec<GroupId>,
    pub tags: Vec<TagId>,
    pub source: Source,
    pub mode: Mode,
}

/// Creates a person, or updates the one who has the address; whether they are new.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    new: NewSubscriber,
) -> Result<(bool, Profile)> {
    let mut errors = Vec::new();
    check_owner(ctx, account, &new.attributes.owner, "owner_id", &mut errors).await?;
    let mut tx = ctx.write().await?;
    let catalog = fields::list(&mut tx, account).await?;
    let mut policy = Policy::new(new.source, actor.as_str());
    policy.mode = new.mode;
    policy.groups.clone_from(&new.groups);
    policy.tags.clone_from(&new.tags);
    let row = checked(&mut tx, account, &catalog, new, errors).await?;
    let outcome = upsert_many_in(ctx, &mut tx, account, &catalog, &[row], &policy).await?;
    let (created, id) = match outcome[..] {
        [Outcome::Created(id)] => (true, id),
        [Outcome::Updated(id) | Outcome::Unchanged(id)] => (false, id),
        [Outcome::Skipped(Skip::Suppressed)] => return Err(Refused::Suppressed.into()),
        [Outcome::Skipped(Skip::Exists(id))] => {
            return Err(Error::conflict(
                "subscriber_exists",
                format!("the subscriber {id} has this address already; update that one"),
            ));
        }
        _ => return Err(Error::not_found("subscriber", "of this address")),
    };
    let profile = profile_in(&mut tx, account, id).await?;
    if outcome != [Outcome::Unchanged(id)] {
        let action = if created {
            "subscriber.created"
        } else {
            "subscriber.updated"
        };
        let after = json!({ "email": profile.subscriber.email });
        identity::audit(
            ctx,
            &mut tx,
            account,
            actor,
            action,
            ("subscriber", id),
            None,
            Some(after),
        )
        .await?;
    }
    tx.commit().await?;
    Ok((created, profile))
}

async fn checked(
    tx: &mut Tx,
    account: AccountId,
    catalog: &Catalog,
    new: NewSubscriber,
    mut errors: Vec<FieldError>,
) -> Result<UpsertRow> {
    let (groups, tags) = (new.groups.clone(), new.tags.clone());
    let row = row_of(catalog, new, &mut errors);
    labels::check_exist(tx, account, &groups, "groups", &mut errors).await?;
    labels::check_exist(tx, account, &tags, "tags", &mut errors).await?;
    row.filter(|_| errors.is_empty())
        .ok_or(Error::Invalid(errors))
}

/// What a description means, apart from its groups, tags and owner, for which the database must be asked. `None` without
/// an address.
pub(super) fn row_of(
    catalog: &Catalog,
    new: NewSubscriber,
    errors: &mut Vec<FieldError>,
) -> Option<UpsertRow> {
    let email = email(&new.email, errors);
    let attributes = keep(new.attributes.checked(str::to_owned), errors);
    let fields = check_fields(catalog, &new.fields, errors);
    let consent = new
        .consent
        .and_then(|consent| keep(consent.checked("consent").map(Some), errors));
    Some(UpsertRow {
        attributes,
        fields,
        status: new.status,
        resubscribe: new.resubscribe,
        consent,
        ..UpsertRow::new(email?)
    })
}

fn email(text: &str, errors: &mut Vec<FieldError>) -> Option<EmailAddress> {
    parse_email(text)
        .map_err(|fault| errors.push(fault.at("email")))
        .ok()
}

/// Whoever looks after a person is a user of the account.
pub(crate) async fn check_owner(
    ctx: &Ctx,
    account: AccountId,
    owner: &Patch<UserId>,
    path: &str,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    let Patch::Set(owner) = owner else {
        return Ok(());
    };
    match identity::users::get(ctx, account, *owner).await {
        Ok(_) => {}
        Err(Error::NotFound { .. }) => errors.push(FieldError::new(
            path,
            "unknown",
            format!("there is no user with the id {owner} in this account"),
        )),
        Err(other) => return Err(other),
    }
    Ok(())
}

/// The value, or its default with the errors noted.
fn keep<T: Default>(result: Result<T, Vec<FieldError>>, errors: &mut Vec<FieldError>) -> T {
    result.unwrap_or_else(|mut more| {
        errors.append(&mut more);
        T::default()
    })
}

/// Custom values by key.
fn check_fields(
    catalog: &Catalog,
    values: &BTreeMap<String, Value>,
    errors: &mut Vec<FieldError>,
) -> Vec<(FieldId, FieldInput)> {
    let mut checked = Vec::with_capacity(values.len());
    for (key, value) in values {
        let at = || format!("fields.{key}");
        match catalog.by_key(key) {
            None => errors.push(FieldError::new(
                at(),
                "unknown",
                "there is no such field; create it first",
            )),
            Some(field) => match fields::parse_json(field, value) {
                Ok(input) => checked.push((field.id, input)),
                Err(fault) => errors.push(fault.at(at())),
            },
        }
    }
    checked
}

/// A change to a person, unchecked.
#[derive(Clone, Debug, Default)]
pub struct SubscriberChange {
    pub email: Option<String>,
    pub attributes: Attributes,
    /// By key; `null` clears.
    pub fields: BTreeMap<String, Value>,
}

/// Changes a person.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: SubscriberId,
    change: SubscriberChange,
) -> Result<Profile> {
    let mut errors = Vec::new();
    check_owner(
        ctx,
        account,
        &change.attributes.owner,
        "owner_id",
        &mut errors,
    )
    .await?;
    let mut tx = ctx.write().await?;
    let catalog = fields::list(&mut tx, account).await?;
    let new_email = change
        .email
        .as_deref()
        .and_then(|text| email(text, &mut errors));
    let attributes = keep(change.attributes.checked(str::to_owned), &mut errors);
    let inputs = check_fields(&catalog, &change.fields, &mut errors);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    if new_email.is_some() {
        // Nobody else takes the address meanwhile.
        tx.lock(LockClass::Audience, account.get()).await?;
    }
    let touched: Vec<FieldId> = inputs.iter().map(|(field, _)| *field).collect();
    let mut draft = draft_in(&mut tx, account, id, &touched).await?;
    if let Some(email) = &new_email {
        check_free(ctx, &mut tx, account, id, email).await?;
        draft.set_email(email);
    }
    draft.apply(&attributes);
    for (field, input) in &inputs {
        draft.put(*field, input);
    }
    if draft.is_changed() {
        let changed: Vec<String> = draft.names_of_changes(&catalog);
        let origin = Origin::by(actor.as_str(), Source::Api);
        let left = left_address(&draft);
        save(ctx, &mut tx, account, &catalog, &mut [draft], origin).await?;
        if let Some(address) = left {
            let entry = (address.as_str(), "address_changed");
            suppressions::insert_in(ctx, &mut tx, account, &[entry]).await?;
        }
        let after = json!({ "changed": changed });
        identity::audit(
            ctx,
            &mut tx,
            account,
            actor,
            "subscriber.updated",
            ("subscriber", id),
            None,
            Some(after),
        )
        .await?;
    }
    let profile = profile_in(&mut tx, account, id).await?;
    tx.commit().await?;
    Ok(profile)
}

/// The former address of somebody who gets no mail any more: nobody may import it as somebody new.
fn left_address(draft: &Draft) -> Option<String> {
    let old = draft.old_email.clone()?;
    let same = kernel::fold(&old) == kernel::fold(&draft.person.email);
    (draft.person.status.is_gone() && !same).then_some(old)
}

async fn draft_in(
    tx: &mut Tx,
    account: AccountId,
    id: SubscriberId,
    fields: &[FieldId],
) -> Result<Draft> {
    drafts_in(tx, account, &[id], fields)
        .await?
        .pop()
        .ok_or_else(|| Error::not_found("subscriber", id))
}

/// Whether a person may take this address.
async fn check_free(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    id: SubscriberId,
    email: &EmailAddress,
) -> Result<()> {
    let folded = email.folded();
    let owner = store::find_by_emails(tx, account, &[folded.as_str()]).await?;
    if owner.get(&folded).is_some_and(|other| other.id == id) {
        return Ok(());
    }
    if let Some(other) = owner.get(&folded) {
        return Err(Error::conflict(
            "subscriber_exists",
            format!(
                "the subscriber {other} has this address; if both are the same person, merge them \
                 (POST /api/subscribers/{id}/merge with other_id {other}, and email \"other\" to keep its address)",
                other = other.id
            ),
        ));
    }
    let suppressed = suppressions::suppressed_in(ctx, tx, account, &[&folded]).await?;
    if suppressed.is_empty() {
        Ok(())
    } else {
        Err(Refused::Suppressed.into())
    }
}

/// Unsubscribes a person by hand.
pub async fn unsubscribe(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: SubscriberId,
    reason: Option<&str>,
) -> Result<Profile> {
    by_hand(ctx, account, actor, id, Change::Unsubscribe, reason, None).await
}

/// Makes a person active again who asked for it; `consent` is the evidence.
pub async fn resubscribe(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: SubscriberId,
    reason: Option<&str>,
    consent: Option<Consent>,
) -> Result<Profile> {
    by_hand(
        ctx,
        account,
        actor,
        id,
        Change::Resubscribe,
        reason,
        consent,
    )
    .await
}

/// That somebody confirmed the subscription, by a link in a mail of ours or elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Confirmation {
    /// Now, unless given.
    pub at: Option<Timestamp>,
    pub ip: Option<String>,
}

/// Makes a person active who was waiting for their confirmation, and keeps the evidence.
pub async fn confirm(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: SubscriberId,
    confirmation: Confirmation,
) -> Result<Profile> {
    let now = ctx.clock.now();
    let at = confirmation.at.unwrap_or(now);
    let mut errors = Vec::new();
    if at > now {
        errors.push(FieldError::new(
            "at",
            "out_of_range",
            "is in the future; give the time of the confirmation",
        ));
    }
    let ip = confirmation
        .ip
        .and_then(|text| keep(ip(&text).map_err(|fault| vec![fault.at("ip")]), &mut errors));
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let mut tx = ctx.write().await?;
    let mut draft = draft_in(&mut tx, account, id, &[]).await?;
    let from = draft.person.status;
    draft.change_status(Change::Confirm, Some("confirmed"), now)?;
    if draft.confirm(at, ip.as_deref()) {
        let origin = Origin::by(actor.as_str(), Source::Api);
        let catalog = Catalog::default();
        save(ctx, &mut tx, account, &catalog, &mut [draft], origin).await?;
        identity::audit(
            ctx,
            &mut tx,
            account,
            actor,
            "subscriber.confirmed",
            ("subscriber", id),
            Some(json!({ "status": from })),
            Some(json!({ "status": Status::Active, "confirmed_at": at, "confirmed_ip": ip })),
        )
        .await?;
    }
    let profile = profile_in(&mut tx, account, id).await?;
    tx.commit().await?;
    Ok(profile)
}

async fn by_hand(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: SubscriberId,
    change: Change,
    reason: Option<&str>,
    consent: Option<Consent>,
) -> Result<Profile> {
    let mut errors = Vec::new();
    let reason = crate::input::line(reason.unwrap_or("manual"), crate::input::MAX_NAME)
        .map_err(|fault| errors.push(fault.at("reason")))
        .ok()
        .flatten()
        .unwrap_or_else(|| "manual".to_owned());
    let consent =
        consent.and_then(|consent| keep(consent.checked("consent").map(Some), &mut errors));
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let mut tx = ctx.write().await?;
    let mut draft = draft_in(&mut tx, account, id, &[]).await?;
    let from = draft.person.status;
    let moved = draft.change_status(change, Some(&reason), ctx.clock.now())?;
    if let Some(consent) = consent {
        draft.consent(&consent);
    }
    let origin = Origin::by(actor.as_str(), Source::Api);
    save(
        ctx,
        &mut tx,
        account,
        &Catalog::default(),
        &mut [draft],
        origin,
    )
    .await?;
    let profile = profile_in(&mut tx, account, id).await?;
    if moved {
        let after = json!({ "status": profile.subscriber.status, "reason": reason });
        identity::audit(
            ctx,
            &mut tx,
            account,
            actor,
            "subscriber.status_changed",
            ("subscriber", id),
            Some(json!({ "status": from })),
            Some(after),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(profile)
}
