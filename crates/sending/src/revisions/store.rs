//! SQL of histories.

use db::{Json, Result, Row, Tx};
use kernel::{AccountId, Timestamp};

use super::model::Revision;
use crate::campaigns::RevisionId;

const COLUMNS: &str =
    "revision_id, subject, size_bytes, started_at, saved_at, saved_by, restored_from";

fn from_row(row: &Row) -> Result<Revision> {
    Ok(Revision {
        id: row.get("revision_id")?,
        subject: row.get("subject")?,
        size_bytes: row.get("size_bytes")?,
        started_at: row.get("started_at")?,
        saved_at: row.get("saved_at")?,
        saved_by: row.get("saved_by")?,
        restored_from: row.get("restored_from")?,
        is_current: false,
    })
}

/// Newest first.
pub(super) async fn list(tx: &mut Tx, account: AccountId, owner: i64) -> Result<Vec<Revision>> {
    tx.query(format!(
        "select {COLUMNS} from content_history where account_id = $1 and owner_id = $2 \
         order by revision_id desc limit 1000"
    ))
    .bind(account)
    .bind(owner)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

pub(super) async fn latest(
    tx: &mut Tx,
    account: AccountId,
    owner: i64,
) -> Result<Option<Revision>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from content_history where account_id = $1 and owner_id = $2 \
             order by revision_id desc limit 1"
        ))
        .bind(account)
        .bind(owner)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

pub(super) async fn contains(
    tx: &mut Tx,
    account: AccountId,
    owner: i64,
    revision: RevisionId,
) -> Result<bool> {
    let row = tx
        .query(
            "select 1 as one from content_history \
             where account_id = $1 and owner_id = $2 and revision_id = $3",
        )
        .bind(account)
        .bind(owner)
        .bind(revision)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// What a revision says, and when and by whom it was written.
pub(super) async fn content(
    tx: &mut Tx,
    account: AccountId,
    revision: RevisionId,
) -> Result<Option<(content::Document, Revision)>> {
    let row = tx
        .query(
            "select document, created_at, created_by from content_revision \
             where account_id = $1 and id = $2",
        )
        .bind(account)
        .bind(revision)
        .fetch_optional()
        .await?;
    row.map(|row| {
        let document = row.get::<Json<content::Document>>("document")?.0;
        let created_at: Timestamp = row.get("created_at")?;
        let entry = Revision {
            id: revision,
            subject: document.subject.clone(),
            size_bytes: row.get::<String>("document")?.len() as i64,
            started_at: created_at,
            saved_at: created_at,
            saved_by: row.get("created_by")?,
            restored_from: None,
            is_current: false,
        };
        Ok((document, entry))
    })
    .transpose()
}

pub(super) async fn insert(
    tx: &mut Tx,
    account: AccountId,
    owner: i64,
    entry: &Revision,
) -> Result<()> {
    tx.query(format!(
        "insert into content_history (account_id, owner_id, {COLUMNS}) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    ))
    .bind(account)
    .bind(owner)
    .bind(entry.id)
    .bind(&entry.subject)
    .bind(entry.size_bytes)
    .bind(entry.started_at)
    .bind(entry.saved_at)
    .bind(&entry.saved_by)
    .bind(entry.restored_from)
    .execute()
    .await?;
    Ok(())
}

/// Takes these out of the history; `None`: all.
pub(super) async fn remove(
    tx: &mut Tx,
    account: AccountId,
    owner: i64,
    revisions: Option<&[RevisionId]>,
) -> Result<()> {
    let which = match revisions {
        Some(revisions) => format!(" and revision_id in {}", db::in_list(3, revisions.len())),
        None => String::new(),
    };
    let mut query = tx
        .query(format!(
            "delete from content_history where account_id = $1 and owner_id = $2{which}"
        ))
        .bind(account)
        .bind(owner);
    if let Some(revisions) = revisions {
        query = query.bind_list(revisions.iter().copied());
    }
    query.execute().await?;
    Ok(())
}

/// Whether a test was made from a revision of a campaign that has sent nothing else.
pub(super) async fn was_tested(
    tx: &mut Tx,
    account: AccountId,
    campaign: i64,
    revision: RevisionId,
) -> Result<bool> {
    let row = tx
        .query(
            "select 1 as one from message where account_id = $1 and source_id = $2 and kind = 'test' \
             and revision_id = $3 limit 1",
        )
        .bind(account)
        .bind(campaign)
        .bind(revision)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// Removes those contents that nothing refers to any more but `owner`, who has sent nothing but tests and lets go of
/// them in this transaction. Only what was written for it: ids rise, and what it took over from another, whose mails may be made
/// from it, is older than itself.
pub(super) async fn delete_unused(
    tx: &mut Tx,
    account: AccountId,
    owner: i64,
    revisions: &[RevisionId],
) -> Result<()> {
    tx.query(format!(
        "delete from content_revision where account_id = $1 and id in {} \
         and id > $2 and not exists (select 1 from campaign c \
             where c.account_id = $1 and c.revision_id = content_revision.id and c.id <> $2) \
         and not exists (select 1 from content_history h \
             where h.account_id = $1 and h.revision_id = content_revision.id) \
         and not exists (select 1 from message m where m.account_id = $1 and m.source_id = $2 \
             and m.kind = 'test' and m.revision_id = content_revision.id)",
        db::in_list(3, revisions.len())
    ))
    .bind(account)
    .bind(owner)
    .bind_list(revisions.iter().copied())
    .execute()
    .await?;
    tx.query(format!(
        "delete from link where account_id = $1 and revision_id in {} \
         and not exists (select 1 from content_revision r \
             where r.account_id = $1 and r.id = link.revision_id)",
        db::in_list(2, revisions.len())
    ))
    .bind(account)
    .bind_list(revisions.iter().copied())
    .execute()
    .await?;
    Ok(())
}
