//! Asking and changing the list.

use std::collections::{BTreeMap, HashSet};

use ctx::{Ctx, Purpose};
use db::{LockClass, Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Cursor, EmailAddress, Error, Limit, Page, Result};
use serde_json::json;

use super::model::Suppression;
use super::store::{self, AddressHash};
use crate::SuppressionId;
use crate::input::{MAX_NAME, line};
use crate::subscribers::{self, Change, parse_email};

/// Most addresses of one call.
pub(super) const MAX_ADDRESSES: usize = 1000;

/// What the list knows an address by.
pub fn hash_of(ctx: &Ctx, folded_email: &str) -> AddressHash {
    ctx.secrets
        .mac(Purpose::AddressHash, folded_email.as_bytes())
}

/// The hashes of folded addresses, in their order.
pub fn hashes_of(ctx: &Ctx, folded_emails: &[&str]) -> Vec<AddressHash> {
    folded_emails
        .iter()
        .map(|email| hash_of(ctx, email))
        .collect()
}

/// Which of these folded addresses are on the list, by their place. One query, or two when there is a list at all.
pub async fn suppressed_in(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    folded_emails: &[&str],
) -> Result<HashSet<usize>> {
    if folded_emails.is_empty() || store::is_empty(tx, account).await? {
        return Ok(HashSet::new());
    }
    let hashes = hashes_of(ctx, folded_emails);
    let found = store::find(tx, account, &hashes).await?;
    Ok(hashes
        .iter()
        .enumerate()
        .filter(|(_, hash)| found.contains(hash.as_slice()))
        .map(|(place, _)| place)
        .collect())
}

/// Puts addresses, with a reason each, on the list; how many were not there yet. Does not touch their owners.
pub async fn insert_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    addresses: &[(&str, &str)],
) -> Result<u64> {
    let entries = addresses.iter().map(|(address, reason)| {
        let hash = hash_of(ctx, &kernel::fold(address));
        (ctx.ids.next(), hash, *address, *reason)
    });
    Ok(store::insert(tx, account, entries, ctx.clock.now()).await?)
}

/// Addresses to be blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddSuppressions {
    pub emails: Vec<String>,
    pub reason: Option<String>,
}

/// What became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// New on the list.
    pub added: u64,
    /// On the list before.
    pub already: u64,
    /// People whose status became `suppressed`.
    pub subscribers: u64,
}

/// Blocks addresses, and suppresses the people who have them.
pub async fn add(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    input: AddSuppressions,
) -> Result<Added> {
    let (emails, reason) = checked(input)?;
    let mut tx = ctx.write().await?;
    // Nobody is created with one of the addresses meanwhile.
    tx.lock(LockClass::Audience, account.get()).await?;
    let folded: Vec<&str> = emails.keys().map(String::as_str).collect();
    let already = suppressed_in(ctx, &mut tx, account, &folded).await?.len() as u64;
    let added = emails.len() as u64 - already;
    // People before entries, as complaints do it: two that go in opposite directions would wait for each other.
    let moved = subscribers::change_by_email_in(
        ctx,
        &mut tx,
        account,
        &folded,
        Change::Block,
        &reason,
        actor.as_str(),
    )
    .await?;
    let addresses: Vec<(&str, &str)> = emails
        .values()
        .map(|email| (email.as_str(), reason.as_str()))
        .collect();
    insert_in(ctx, &mut tx, account, &addresses).await?;
    let after = json!({ "count": emails.len(), "added": added, "reason": reason });
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "suppression.added",
        ("suppression", emails.len()),
        None,
        Some(after),
    )
    .await?;
    tx.commit().await?;
    Ok(Added {
        added,
        already,
        subscribers: moved,
    })
}

/// The addresses by their folded form, and the reason.
fn checked(input: AddSuppressions) -> Result<(BTreeMap<String, EmailAddress>, String)> {
    if input.emails.is_empty() {
        return Err(Error::invalid(
            "emails",
            "required",
            "name at least one address",
        ));
    }
    if input.emails.len() > MAX_ADDRESSES {
        return Err(Error::invalid(
            "emails",
            "too_many",
            format!("send at most {MAX_ADDRESSES} at a time"),
        ));
    }
    let mut errors = Vec::new();
    let mut emails = BTreeMap::new();
    for (i, text) in input.emails.iter().enumerate() {
        match parse_email(text) {
            Ok(email) => drop(emails.insert(email.folded(), email)),
            Err(fault) => errors.push(fault.at(format!("emails[{i}]"))),
        }
    }
    let reason = line(input.reason.as_deref().unwrap_or_default(), MAX_NAME)
        .map_err(|fault| errors.push(fault.at("reason")))
        .ok()
        .flatten()
        .unwrap_or_else(|| "manual".to_owned());
    if errors.is_empty() {
        Ok((emails, reason))
    } else {
        Err(Error::Invalid(errors))
    }
}

/// Takes an entry off the list. The person who has the address becomes unsubscribed.
pub async fn remove(ctx: &Ctx, account: AccountId, actor: &Actor, id: SuppressionId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let removed = store::delete(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("suppression", id))?;
    if let Some(email) = &removed.email {
        let folded = kernel::fold(email);
        subscribers::change_by_email_in(
            ctx,
            &mut tx,
            account,
            &[&folded],
            Change::Unblock,
            "unblocked",
            actor.as_str(),
        )
        .await?;
    }
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "suppression.removed",
        ("suppression", id),
        Some(json!(removed)),
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// The newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Suppression>> {
    let mut tx = ctx.read().await?;
    let before = cursor.map_or(i64::MAX, |cursor| cursor.id);
    let rows = store::page(&mut tx, account, before, limit).await?;
    Ok(Page::from_rows(rows, limit, |entry| Cursor {
        key: 0,
        id: entry.id.get(),
    }))
}

/// The entry of one address, if it is on the list.
pub async fn check(ctx: &Ctx, account: AccountId, email: &str) -> Result<Option<Suppression>> {
    let email = parse_email(email).map_err(|fault| Error::Invalid(vec![fault.at("email")]))?;
    let mut tx = ctx.read().await?;
    Ok(store::find_by_hash(&mut tx, account, hash_of(ctx, &email.folded())).await?)
}
