//! Use cases of files.

use ctx::Ctx;
use db::{LockClass, WriteTx};
use identity::Actor;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::metadata::{Cleaned, take_off};
use super::model::{File, FileId, FilePatch, Limits, Use, name_of};
use super::picture::{kind_of, measure};
use super::store;

/// Most uses that are told.
const MAX_USES: i64 = 100;

/// A picture that arrived.
#[derive(Debug, Default)]
pub struct Upload {
    pub bytes: Vec<u8>,
    /// What the browser calls it.
    pub file_name: String,
    /// What a person calls it.
    pub name: Option<String>,
    pub alt: Option<String>,
}

/// Keeps a picture, without what was written into it beside its pixels. The second is whether it is new: the same picture is
/// there once.
pub async fn upload(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    limits: &Limits,
    upload: Upload,
) -> Result<(File, bool)> {
    let kind = kind_of(&upload.bytes)?;
    let Cleaned {
        bytes,
        is_on_its_side,
    } = take_off(kind, upload.bytes)?;
    let mut picture = measure(kind, &bytes, limits)?;
    if is_on_its_side {
        (picture.width, picture.height) = (picture.height, picture.width);
    }
    let now = ctx.clock.now();
    let mut file = File {
        account,
        id: ctx.ids.next(),
        name: name_of(&upload.file_name),
        alt: None,
        kind: picture.kind,
        width: i64::from(picture.width),
        height: i64::from(picture.height),
        size_bytes: bytes.len() as i64,
        sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)),
        token: data_encoding::HEXLOWER.encode(&ctx.rng.bytes::<16>()),
        created_at: now,
        created_by: actor.to_string(),
        updated_at: now,
    };
    let errors = file.apply(FilePatch {
        name: upload.name,
        alt: upload.alt,
    });
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let mut tx = ctx.write().await?;
    // So that many uploads at once do not pass the limit together.
    tx.lock(LockClass::Files, account.get()).await?;
    if let Some(known) = store::with_content(&mut tx, account, &file.sha256).await? {
        return Ok((known, false));
    }
    let total = store::total_bytes(&mut tx, account).await? + file.size_bytes;
    if total.unsigned_abs() > limits.max_total_bytes {
        return Err(Error::conflict(
            "files_full",
            format!(
                "the files of this account may have {} MB together; delete some first",
                limits.max_total_bytes / 1_000_000
            ),
        ));
    }
    if !store::insert(&mut tx, &file, &bytes).await? {
        return Err(Error::conflict(
            "uploaded_twice",
            "the same file was uploaded at the same moment; try again",
        ));
    }
    let after = Some(snapshot(&file));
    audit(ctx, &mut tx, actor, &file, "file.created", None, after).await?;
    tx.commit().await?;
    Ok((file, true))
}

/// One file.
pub async fn get(ctx: &Ctx, account: AccountId, id: FileId) -> Result<File> {
    let mut tx = ctx.read().await?;
    store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("file", id))
}

/// Newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    search: Option<&str>,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<File>> {
    let search = search.map(str::trim).filter(|text| !text.is_empty());
    let mut tx = ctx.read().await?;
    let rows = store::list(&mut tx, account, search, cursor, limit).await?;
    Ok(Page::from_rows(rows, limit, |file| Cursor {
        key: 0,
        id: file.id.get(),
    }))
}

/// What shows a file now.
pub async fn uses(ctx: &Ctx, account: AccountId, id: FileId) -> Result<Vec<Use>> {
    let mut tx = ctx.read().await?;
    let file = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("file", id))?;
    Ok(store::uses(&mut tx, &file, MAX_USES).await?)
}

/// Changes what it is called and what is read out instead of it.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: FileId,
    patch: FilePatch,
) -> Result<File> {
    let mut tx = ctx.write().await?;
    let mut file = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("file", id))?;
    let before = Some(snapshot(&file));
    let errors = file.apply(patch);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    file.updated_at = ctx.clock.now();
    store::update(&mut tx, &file).await?;
    let after = Some(snapshot(&file));
    audit(ctx, &mut tx, actor, &file, "file.updated", before, after).await?;
    tx.commit().await?;
    Ok(file)
}

/// Removes a file that nothing shows, or, by force, any. Mails that were sent show a hole from then on.
pub async fn delete(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: FileId,
    force: bool,
) -> Result<()> {
    let mut tx = ctx.write().await?;
    let file = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("file", id))?;
    if !force && let Some(first) = store::uses(&mut tx, &file, 1).await?.first() {
        return Err(Error::conflict(
            "file_in_use",
            format!(
                "{} \"{}\" shows this picture, and mails that were sent would show a hole; the list of uses tells \
                 all, and force=true deletes it all the same",
                first.kind, first.name
            ),
        ));
    }
    store::delete(&mut tx, account, id).await?;
    let before = Some(snapshot(&file));
    audit(ctx, &mut tx, actor, &file, "file.deleted", before, None).await?;
    tx.commit().await?;
    Ok(())
}

/// What a public address names; its bytes unless the caller has `known_tag` already.
pub async fn public(
    ctx: &Ctx,
    token: &str,
    known_tag: impl FnOnce(&File) -> bool,
) -> Result<(File, Option<Vec<u8>>)> {
    let gone = || Error::not_found("file", "of this address");
    let plausible = token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit());
    if !plausible {
        return Err(gone());
    }
    let mut tx = ctx.read().await?;
    let file = store::with_token(&mut tx, token).await?.ok_or_else(gone)?;
    if known_tag(&file) {
        return Ok((file, None));
    }
    let bytes = store::bytes(&mut tx, file.account, file.id)
        .await?
        .ok_or_else(gone)?;
    Ok((file, Some(bytes)))
}

async fn audit(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    file: &File,
    action: &'static str,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    let target = ("file", file.id.get());
    identity::audit(ctx, tx, file.account, actor, action, target, before, after).await?;
    Ok(())
}

fn snapshot(file: &File) -> Value {
    json!({"name": file.name, "alt": file.alt, "sha256": file.sha256, "size_bytes": file.size_bytes})
}
