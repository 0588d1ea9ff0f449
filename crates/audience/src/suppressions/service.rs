//! Asking and changing the list.

use std::collections::{BTreeMap, HashMap, HashSet};

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Cursor, Error, FieldError, Limit, Page, Result};
use serde_json::json;

use super::jobs::{Release, Sweep};
use super::model::{AddressHash, Entry, Kind, Scope, Suppression, domain, hash};
use super::store::{self, Found, NewRow};
use crate::SuppressionId;
use crate::input::{Fault, MAX_NAME, line};
use crate::subscribers::{self, Change, parse_email};

/// Most entries of one call.
pub(super) const MAX_ENTRIES: usize = 1000;

/// What the list knows an address by.
pub fn hash_of(ctx: &Ctx, folded_email: &str) -> AddressHash {
    hash(ctx, folded_email)
}

/// The hashes of folded addresses, in their order.
pub fn hashes_of(ctx: &Ctx, folded_emails: &[&str]) -> Vec<AddressHash> {
    folded_emails
        .iter()
        .map(|email| hash_of(ctx, email))
        .collect()
}

/// Which of these folded addresses are on the list of the account or of the instance, by their place. One query, or two
/// when there is a list at all.
pub async fn suppressed_in(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    folded_emails: &[&str],
) -> Result<HashSet<usize>> {
    let covers = covers_in(ctx, tx, account, folded_emails).await?;
    Ok(covers.into_keys().collect())
}

/// By what entries these folded addresses are covered, by their place.
pub(super) async fn covers_in(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    folded_emails: &[&str],
) -> Result<HashMap<usize, Vec<Found>>> {
    let mut covers: HashMap<usize, Vec<Found>> = HashMap::new();
    if folded_emails.is_empty() {
        return Ok(covers);
    }
    let kinds = store::kinds(tx, account).await?;
    if kinds.is_empty() {
        return Ok(covers);
    }
    let mut places: HashMap<AddressHash, Vec<usize>> = HashMap::with_capacity(folded_emails.len());
    for kind in kinds {
        // Many addresses, few domains.
        let mut domains: HashMap<&str, AddressHash> = HashMap::new();
        for (place, email) in folded_emails.iter().enumerate() {
            let hash = match kind {
                Kind::Address => hash(ctx, email),
                Kind::Domain => *domains
                    .entry(domain(email))
                    .or_insert_with(|| hash(ctx, &kind.key_of(email))),
                Kind::Sha256 | Kind::Md5 => hash(ctx, &kind.key_of(email)),
            };
            places.entry(hash).or_default().push(place);
        }
    }
    let hashes: Vec<AddressHash> = places.keys().copied().collect();
    for found in store::find(tx, account, &hashes).await? {
        for place in places.get(found.hash.as_slice()).into_iter().flatten() {
            covers.entry(*place).or_default().push(found.clone());
        }
    }
    Ok(covers)
}

/// Puts addresses, with a reason each, on the list; how many were not there yet. Does not touch their owners.
pub async fn insert_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    addresses: &[(&str, &str)],
) -> Result<u64> {
    tx.touch(account, "suppressions");
    let entries = addresses.iter().map(|(address, reason)| NewRow {
        id: ctx.ids.next(),
        hash: hash_of(ctx, &kernel::fold(address)),
        kind: Kind::Address,
        value: Some(address),
        reason,
        via: None,
    });
    Ok(store::insert(tx, account, entries, ctx.clock.now()).await?)
}

/// Leaves of an address only the keyed hash, on the list of the account; it is kept out from now on.
pub(crate) async fn erase_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    folded_email: &str,
) -> Result<()> {
    let others: Vec<AddressHash> = [Kind::Sha256, Kind::Md5]
        .map(|kind| hash(ctx, &kind.key_of(folded_email)))
        .into();
    store::delete_hashes(tx, account, &others).await?;
    let key = hash_of(ctx, folded_email);
    let entry = NewRow {
        id: ctx.ids.next(),
        hash: key,
        kind: Kind::Address,
        value: None,
        reason: "erased",
        via: None,
    };
    store::insert(tx, account, std::iter::once(entry), ctx.clock.now()).await?;
    store::erase(tx, account, key).await?;
    Ok(())
}

/// What is to be blocked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddSuppressions {
    pub emails: Vec<String>,
    pub domains: Vec<String>,
    /// SHA-256 or MD5 of folded addresses, in hexadecimal.
    pub hashes: Vec<String>,
    pub reason: Option<String>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// New on the list.
    pub added: u64,
    /// On the list before.
    pub already: u64,
    /// People whose status became `suppressed` at once. A job does the same for those whom a domain, a hash or an entry
    /// of the instance covers.
    pub subscribers: u64,
}

/// Blocks addresses, domains and hashes on an account's list, and suppresses the people who are covered.
pub async fn add(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    input: AddSuppressions,
) -> Result<Added> {
    add_to(ctx, Scope::Account(account), actor, input).await
}

/// The same on either list.
pub async fn add_to(
    ctx: &Ctx,
    scope: Scope,
    actor: &Actor,
    input: AddSuppressions,
) -> Result<Added> {
    let entries = checked(input)?;
    let mut tx = ctx.write().await?;
    let added = add_in(ctx, &mut tx, scope, &entries, actor.as_str()).await?;
    if let Scope::Account(account) = scope {
        let after =
            json!({ "count": entries.len(), "added": added.added, "reason": entries[0].reason });
        identity::audit(
            ctx,
            &mut tx,
            account,
            actor,
            "suppression.added",
            ("suppression", entries.len()),
            None,
            Some(after),
        )
        .await?;
    }
    if covers_many(scope, &entries) {
        sweep_later(ctx, &mut tx, scope).await?;
    }
    tx.commit().await?;
    Ok(added)
}

/// Whether people have to be looked for whom nothing but the list itself names.
pub(super) fn covers_many(scope: Scope, entries: &[Entry]) -> bool {
    scope == Scope::Instance
        || entries
            .iter()
            .any(|entry| entry.kind != Kind::Address || entry.value.is_none())
}

/// Has the people of the account, or of all, looked at by a job.
pub(super) async fn sweep_later(ctx: &Ctx, tx: &mut WriteTx, scope: Scope) -> Result<()> {
    let accounts = match scope {
        Scope::Account(account) => vec![account],
        Scope::Instance => store::accounts(tx).await?,
    };
    for account in accounts {
        jobs::enqueue(ctx, tx, account, &Sweep { account }).await?;
    }
    Ok(())
}

/// Adds a batch in the caller's transaction.
pub(super) async fn add_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    scope: Scope,
    entries: &[Entry],
    by: &str,
) -> Result<Added> {
    if let Scope::Account(account) = scope {
        // Nobody is created with one of the addresses meanwhile.
        tx.lock(LockClass::Audience, account.get()).await?;
    }
    let mut seen = HashSet::with_capacity(entries.len());
    let rows: Vec<NewRow<'_>> = entries
        .iter()
        .map(|entry| NewRow {
            id: ctx.ids.next(),
            hash: entry.hash(ctx),
            kind: entry.kind,
            value: entry.value.as_deref(),
            reason: &entry.reason,
            via: None,
        })
        .filter(|row| seen.insert(row.hash))
        .collect();
    let hashes: Vec<AddressHash> = rows.iter().map(|row| row.hash).collect();
    let known: Vec<AddressHash> = store::find(tx, scope.account(), &hashes)
        .await?
        .into_iter()
        .filter(|found| found.scope == scope)
        .filter_map(|found| found.hash.try_into().ok())
        .collect();
    let subscribers = match scope {
        Scope::Account(account) => block(ctx, tx, account, entries, by).await?,
        Scope::Instance => 0,
    };
    let total = rows.len() as u64;
    store::insert(tx, scope.account(), rows.into_iter(), ctx.clock.now()).await?;
    if !known.is_empty() {
        store::make_own(tx, scope.account(), &known).await?;
    }
    let already = known.len() as u64;
    Ok(Added {
        added: total - already,
        already,
        subscribers,
    })
}

/// Suppresses the people who have one of the addresses. People before entries, as complaints do it: two that go in
/// opposite directions would wait for each other.
async fn block(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    entries: &[Entry],
    by: &str,
) -> Result<u64> {
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for entry in entries {
        if let (Kind::Address, Some(email)) = (entry.kind, &entry.value) {
            let list = by_reason.entry(&entry.reason).or_default();
            list.push(kernel::fold(email));
        }
    }
    let mut moved = 0;
    for (reason, folded) in by_reason {
        let folded: Vec<&str> = folded.iter().map(String::as_str).collect();
        let change = Change::Block;
        moved +=
            subscribers::change_by_email_in(ctx, tx, account, &folded, change, reason, by).await?;
    }
    Ok(moved)
}

/// The entries, each once, with the reason.
fn checked(input: AddSuppressions) -> Result<Vec<Entry>> {
    let count = input.emails.len() + input.domains.len() + input.hashes.len();
    if count == 0 {
        return Err(Error::invalid(
            "emails",
            "required",
            "name at least one address, domain or hash",
        ));
    }
    if count > MAX_ENTRIES {
        return Err(Error::invalid(
            "emails",
            "too_many",
            format!("send at most {MAX_ENTRIES} at a time, or import a file"),
        ));
    }
    let mut errors = Vec::new();
    let reason = reason("reason", input.reason.as_deref(), "manual", &mut errors);
    let mut entries = Vec::with_capacity(count);
    let mut take = |list: &str, texts: &[String], parse: fn(&str, &str) -> Parsed| {
        for (i, text) in texts.iter().enumerate() {
            match parse(text, &reason) {
                Ok(entry) => entries.push(entry),
                Err(fault) => errors.push(fault.at(format!("{list}[{i}]"))),
            }
        }
    };
    take("emails", &input.emails, Entry::address);
    take("domains", &input.domains, Entry::domain);
    take("hashes", &input.hashes, Entry::digest);
    if errors.is_empty() {
        Ok(entries)
    } else {
        Err(Error::Invalid(errors))
    }
}

type Parsed = std::result::Result<Entry, Fault>;

/// A reason that is fit to be kept.
pub(super) fn reason(
    field: &str,
    text: Option<&str>,
    otherwise: &str,
    errors: &mut Vec<FieldError>,
) -> String {
    line(text.unwrap_or_default(), MAX_NAME)
        .map_err(|fault| errors.push(fault.at(field)))
        .ok()
        .flatten()
        .unwrap_or_else(|| otherwise.to_owned())
}

/// Takes an entry off an account's list. The person who has the address becomes unsubscribed.
pub async fn remove(ctx: &Ctx, account: AccountId, actor: &Actor, id: SuppressionId) -> Result<()> {
    remove_from(ctx, Scope::Account(account), actor, id).await
}

/// The same on either list.
pub async fn remove_from(ctx: &Ctx, scope: Scope, actor: &Actor, id: SuppressionId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let removed = store::delete(&mut tx, scope.account(), id)
        .await?
        .ok_or_else(|| Error::not_found("suppression", id))?;
    if let (Scope::Account(account), Kind::Address) = (scope, removed.kind) {
        if let Some(email) = &removed.value {
            unblock(ctx, &mut tx, account, actor, &kernel::fold(email)).await?;
        }
    } else {
        // That of the instance asks for each account in turn.
        let job = Release { via: id };
        let job = jobs::New::of(&job);
        match scope {
            Scope::Account(account) => job.account(account),
            Scope::Instance => job,
        }
        .enqueue(ctx, &mut tx)
        .await?;
    }
    if let Scope::Account(account) = scope {
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
    }
    tx.commit().await?;
    Ok(())
}

async fn unblock(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    folded: &str,
) -> Result<()> {
    let covers = covers_in(ctx, tx, account, &[folded]).await?;
    if let Some(cover) = covers.get(&0).and_then(|list| list.first()) {
        let whose = match cover.scope {
            Scope::Account(_) => format!("the {} entry {}", cover.kind.as_str(), cover.id),
            Scope::Instance => "the list of this server, which its operator keeps,".to_owned(),
        };
        return Err(Error::conflict(
            "still_suppressed",
            format!("{whose} covers this address as well; remove that first"),
        ));
    }
    subscribers::change_by_email_in(
        ctx,
        tx,
        account,
        &[folded],
        Change::Unblock,
        "unblocked",
        actor.as_str(),
    )
    .await?;
    Ok(())
}

/// The newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Suppression>> {
    list_of(ctx, Scope::Account(account), None, cursor, limit).await
}

/// The same of either list, or only one kind.
pub async fn list_of(
    ctx: &Ctx,
    scope: Scope,
    kind: Option<Kind>,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Suppression>> {
    let mut tx = ctx.read().await?;
    let before = cursor.map_or(i64::MAX, |cursor| cursor.id);
    let rows = store::page(&mut tx, scope.account(), before, limit.plus_one(), kind).await?;
    Ok(Page::from_rows(rows, limit, |entry| Cursor {
        key: 0,
        id: entry.id.get(),
    }))
}

/// The entries that cover an address: those of the account first.
pub async fn matching(ctx: &Ctx, account: AccountId, email: &str) -> Result<Vec<Suppression>> {
    let email = parse_email(email).map_err(|fault| Error::Invalid(vec![fault.at("email")]))?;
    let mut tx = ctx.read().await?;
    let covers = covers_in(ctx, &mut tx, account, &[&email.folded()]).await?;
    let ids: Vec<SuppressionId> = covers.into_values().flatten().map(|it| it.id).collect();
    Ok(store::find_many(&mut tx, account, &ids).await?)
}

/// The first entry that covers an address, if there is one.
pub async fn check(ctx: &Ctx, account: AccountId, email: &str) -> Result<Option<Suppression>> {
    Ok(matching(ctx, account, email).await?.into_iter().next())
}
