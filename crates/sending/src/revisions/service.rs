//! Keeping, finding and forgetting revisions, inside the transaction of whoever owns them.

use content::{Document, Link};
use ctx::Ctx;
use db::{Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, Result};

use super::model::{Revision, RevisionDocument};
use super::{LONGEST, SITTING, store};
use crate::campaigns::{self, RevisionId};

/// Whose content it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner {
    pub(crate) account: AccountId,
    /// Of a campaign or a template; ids are unique among both.
    pub(crate) id: i64,
    /// Its present content.
    pub(crate) current: Option<RevisionId>,
    /// Whether no mail but tests was made from it, and none can be at this moment.
    pub(crate) unsent: bool,
}

/// How it is saved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Saving<'a> {
    pub(crate) actor: &'a Actor,
    /// The revision whose text it is again.
    pub(crate) restores: Option<RevisionId>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Saved {
    pub(crate) id: RevisionId,
    /// It took the place of what the same person saved a moment ago.
    pub(crate) continues: bool,
}

/// Keeps a checked document as the next revision. The caller makes it the present content.
pub(crate) async fn save_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    owner: Owner,
    saving: Saving<'_>,
    document: &Document,
    links: &[Link],
) -> Result<Saved> {
    let Owner { account, .. } = owner;
    let now = ctx.clock.now();
    let by = saving.actor.to_string();
    let adopted = match owner.current {
        Some(current) => adopt(tx, owner, current).await?,
        None => false,
    };
    let mut replaced = None;
    // What it began with was not saved by anybody here, however soon somebody goes on from it.
    if !adopted
        && saving.restores.is_none()
        && owner.unsent
        && let Some(latest) = store::latest(tx, account, owner.id).await?
        && Some(latest.id) == owner.current
        && latest.saved_by == by
        && latest.restored_from.is_none()
        && now < latest.started_at + SITTING
        && !store::was_tested(tx, account, owner.id, latest.id).await?
    {
        replaced = Some(latest);
    }
    let id: RevisionId = ctx.ids.next();
    let size_bytes =
        campaigns::store::insert_revision(tx, account, id, document, links, &by, now).await?;
    let entry = Revision {
        id,
        subject: document.subject.clone(),
        size_bytes,
        started_at: replaced.as_ref().map_or(now, |old| old.started_at),
        saved_at: now,
        saved_by: by,
        restored_from: saving.restores,
        is_current: true,
    };
    let continues = replaced.is_some();
    if let Some(old) = replaced {
        store::remove(tx, account, owner.id, Some(&[old.id])).await?;
        store::insert(tx, account, owner.id, &entry).await?;
        store::delete_unused(tx, account, owner.id, &[old.id]).await?;
    } else {
        store::insert(tx, account, owner.id, &entry).await?;
        shorten(tx, owner).await?;
    }
    Ok(Saved { id, continues })
}

/// Adds the present content where it came without being saved here: by a copy, from a template, or before there were
/// histories. Whether it was so.
async fn adopt(tx: &mut WriteTx, owner: Owner, current: RevisionId) -> Result<bool> {
    let Owner { account, id, .. } = owner;
    if !store::contains(tx, account, id, current).await?
        && let Some((_, entry)) = store::content(tx, account, current).await?
    {
        store::insert(tx, account, id, &entry).await?;
        return Ok(true);
    }
    Ok(false)
}

/// Forgets the oldest. Of what was sent, nothing: midway there are few changes, and mails were made from each.
async fn shorten(tx: &mut WriteTx, owner: Owner) -> Result<()> {
    let Owner { account, id, .. } = owner;
    if !owner.unsent {
        return Ok(());
    }
    let entries = store::list(tx, account, id).await?;
    let old: Vec<RevisionId> = entries
        .into_iter()
        .skip(LONGEST as usize)
        .map(|entry| entry.id)
        .filter(|old| Some(*old) != owner.current)
        .collect();
    if old.is_empty() {
        return Ok(());
    }
    store::remove(tx, account, id, Some(&old)).await?;
    store::delete_unused(tx, account, id, &old).await?;
    Ok(())
}

/// The history, newest first, with the present content.
pub(crate) async fn list_in(tx: &mut Tx, owner: Owner) -> Result<Vec<Revision>> {
    let mut entries = store::list(tx, owner.account, owner.id).await?;
    for entry in &mut entries {
        entry.is_current = Some(entry.id) == owner.current;
    }
    if let Some(current) = owner.current
        && !entries.iter().any(|entry| entry.is_current)
        && let Some((_, mut entry)) = store::content(tx, owner.account, current).await?
    {
        entry.is_current = true;
        entries.insert(0, entry);
    }
    Ok(entries)
}

/// One revision of this history with what it says; another's is not found.
pub(crate) async fn find_in(
    tx: &mut Tx,
    owner: Owner,
    revision: RevisionId,
) -> Result<RevisionDocument> {
    let gone = || Error::not_found("revision", revision);
    let entries = list_in(tx, owner).await?;
    let entry = entries
        .into_iter()
        .find(|entry| entry.id == revision)
        .ok_or_else(gone)?;
    let (content, _) = store::content(tx, owner.account, revision)
        .await?
        .ok_or_else(gone)?;
    Ok(RevisionDocument {
        revision: entry,
        content,
    })
}

/// Forgets a history whose owner is gone, and what nothing else refers to.
pub(crate) async fn delete_in(tx: &mut WriteTx, owner: Owner) -> Result<()> {
    let entries = list_in(tx, owner).await?;
    store::remove(tx, owner.account, owner.id, None).await?;
    let all: Vec<RevisionId> = entries.into_iter().map(|entry| entry.id).collect();
    if owner.unsent && !all.is_empty() {
        store::delete_unused(tx, owner.account, owner.id, &all).await?;
    }
    Ok(())
}
