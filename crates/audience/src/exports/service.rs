//! Asking for an export, watching and stopping it, and getting the file.

use std::path::PathBuf;

use bytes::Bytes;
use ctx::Ctx;
use db::Tx;
use futures_util::Stream;
use identity::Actor;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result};
use serde_json::json;

use super::columns::{self, Columns, Names};
use super::jobs::ExportJob;
use super::model::{Chosen, Export, Options, Selection, State};
use super::run::{self, BATCH, People};
use super::store;
use crate::{ExportId, SubscriberId, fields, segments};

/// Where files are kept until they are old.
#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

/// Checks it and puts it in the queue.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    folder: &Folder,
    selection: Selection,
    mut options: Options,
) -> Result<Export> {
    let mut tx = ctx.write().await?;
    check(ctx, &mut tx, account, &selection, &mut options).await?;
    let id: ExportId = ctx.ids.next();
    let it = Export {
        id,
        state: State::Queued,
        selection,
        options,
        total: None,
        processed: 0,
        size_bytes: 0,
        error: None,
        created_by: actor.to_string(),
        created_at: ctx.clock.now(),
        finished_at: None,
        path: folder
            .0
            .join(format!("{id}.export"))
            .to_string_lossy()
            .into_owned(),
        cursor: 0.into(),
    };
    store::insert(&mut tx, account, &it).await?;
    let job = ExportJob {
        account,
        export: id,
    };
    jobs::enqueue(ctx, &mut tx, account, &job).await?;
    note(ctx, &mut tx, account, actor, "export.created", &it).await?;
    tx.commit().await?;
    Ok(it)
}

/// Whether all that it names exists; chooses the columns if nobody did.
async fn check(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    selection: &Selection,
    options: &mut Options,
) -> Result<()> {
    let catalog = fields::list(tx, account).await?;
    options.columns = columns::checked(&options.columns, &catalog)?;
    if let Chosen::Rule(rule) = selection.chosen()? {
        segments::compile_rule_in(tx, ctx, account, &rule).await?;
    }
    Ok(())
}

async fn note(
    ctx: &Ctx,
    tx: &mut db::WriteTx,
    account: AccountId,
    actor: &Actor,
    what: &str,
    it: &Export,
) -> Result<()> {
    let after = noted(&it.selection, &it.options);
    let target = ("export", it.id);
    identity::audit(ctx, tx, account, actor, what, target, None, Some(after)).await
}

/// Ten thousand ids say little in an audit log.
fn noted(selection: &Selection, options: &Options) -> serde_json::Value {
    let who = selection.ids.as_ref().map_or_else(
        || json!(selection),
        |ids| json!({ "ids": format!("{} people", ids.len()) }),
    );
    json!({ "selection": who, "options": options })
}

/// One of them, with its progress.
pub async fn get(ctx: &Ctx, account: AccountId, id: ExportId) -> Result<Export> {
    get_in(&mut *ctx.read().await?, account, id).await
}

async fn get_in(tx: &mut Tx, account: AccountId, id: ExportId) -> Result<Export> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("export", id))
}

/// The newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Export>> {
    let mut tx = ctx.read().await?;
    let before = cursor.map_or(i64::MAX, |cursor| cursor.id);
    let rows = store::page(&mut tx, account, before, limit).await?;
    Ok(Page::from_rows(rows, limit, |it| Cursor {
        key: 0,
        id: it.id.get(),
    }))
}

/// Stops it after the batch that is being written, and removes the file. One that is over stays as it is.
pub async fn stop(ctx: &Ctx, account: AccountId, actor: &Actor, id: ExportId) -> Result<Export> {
    let mut tx = ctx.write().await?;
    let before = get_in(&mut tx, account, id).await?;
    let now = ctx.clock.now();
    let stopped = store::end(&mut tx, account, id, State::Stopped, None, now).await?;
    if stopped {
        note(ctx, &mut tx, account, actor, "export.stopped", &before).await?;
    }
    let it = get_in(&mut tx, account, id).await?;
    tx.commit().await?;
    if stopped {
        run::remove(it.path.as_ref());
    }
    Ok(it)
}

/// The finished file, opened.
pub async fn file(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: ExportId,
) -> Result<(Export, tokio::fs::File)> {
    let it = get(ctx, account, id).await?;
    let refuse = |code: &'static str, message: &str| Err(Error::conflict(code, message));
    match it.state {
        State::Completed => {}
        State::Queued | State::Running => {
            return refuse(
                "export_not_complete",
                "the file is still being written; wait until the export is completed",
            );
        }
        State::Stopped | State::Failed => {
            return refuse("export_has_no_file", "the export ended without a file");
        }
        State::Expired => {
            return refuse(
                "export_expired",
                "the file was removed after seven days; export again",
            );
        }
    }
    let Ok(file) = tokio::fs::File::open(&it.path).await else {
        return refuse(
            "export_file_elsewhere",
            "the file is not on this server; servers of one database must share the data directory",
        );
    };
    let mut tx = ctx.write().await?;
    note(ctx, &mut tx, account, actor, "export.downloaded", &it).await?;
    tx.commit().await?;
    Ok((it, file))
}

/// The file without a file: everybody who is selected, as they are read.
pub async fn stream(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    selection: Selection,
    mut options: Options,
) -> Result<impl Stream<Item = Result<Bytes>> + Send + 'static> {
    let mut tx = ctx.write().await?;
    check(ctx, &mut tx, account, &selection, &mut options).await?;
    let id: ExportId = ctx.ids.next();
    let after = noted(&selection, &options);
    let target = ("export", id);
    let what = "export.streamed";
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        what,
        target,
        None,
        Some(after),
    )
    .await?;
    tx.commit().await?;

    struct Progress {
        ctx: Ctx,
        people: People,
        columns: Columns,
        names: Names,
        /// Where the next batch begins; `None` behind the last.
        after: Option<SubscriberId>,
    }
    let head = Columns::new(&options.columns, options.format).head()?;
    let begin = Progress {
        ctx: ctx.clone(),
        people: People::new(account, &selection, id.get())?,
        columns: Columns::new(&options.columns, options.format),
        names: Names::default(),
        after: Some(0.into()),
    };
    let rest = futures_util::stream::try_unfold(begin, |mut it| async move {
        let Some(after) = it.after else {
            return Ok(None);
        };
        let mut tx = it.ctx.read().await?;
        let (found, last) = it.people.next(&it.ctx, &mut tx, after, BATCH).await?;
        if it.columns.has_labels() {
            run::learn(&mut tx, it.people.account, &found, &mut it.names).await?;
        }
        drop(tx);
        it.after = last;
        let lines = it.columns.lines(&found, &it.names)?;
        Ok(Some((Bytes::from(lines), it)))
    });
    let head = futures_util::stream::once(async move { Ok(Bytes::from(head)) });
    Ok(futures_util::StreamExt::chain(head, rest))
}
