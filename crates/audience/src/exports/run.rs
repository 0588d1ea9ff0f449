//! Reading people batch by batch, and writing them to a file.

use std::collections::BTreeSet;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Duration;

use ctx::Ctx;
use db::Tx;
use jobs::{Attempt, JobError};
use kernel::{AccountId, Error, Result};

use super::columns::{Columns, Names};
use super::model::{Chosen, Export, Selection, State};
use super::store;
use crate::subscribers::{self, Profile};
use crate::{ExportId, GroupId, SubscriberId, TagId, segments};

/// People of one batch.
pub(super) const BATCH: usize = 2000;
/// How long a file can be downloaded.
const KEEP: Duration = Duration::from_hours(7 * 24);
/// Attempts after which a fault is not one that passes.
const PATIENCE: u16 = 10;

/// Who is exported, batch by batch.
pub(super) struct People {
    pub(super) account: AccountId,
    pub(super) chosen: Chosen,
    /// Ids rise with time, whatever they are of: people with a higher one came after the export began.
    pub(super) before: i64,
}

impl People {
    pub(super) fn new(account: AccountId, selection: &Selection, before: i64) -> Result<Self> {
        Ok(Self {
            account,
            chosen: selection.chosen()?,
            before,
        })
    }

    pub(super) async fn count(&self, ctx: &Ctx, tx: &mut Tx) -> Result<i64> {
        match &self.chosen {
            Chosen::Ids(ids) => Ok(ids.len() as i64),
            Chosen::Rule(rule) => {
                let compiled = segments::compile_rule_in(tx, ctx, self.account, rule).await?;
                Ok(segments::count_in(tx, self.account, &compiled).await?)
            }
        }
    }

    /// Those behind `after`, the last of them, and whether there may be more.
    pub(super) async fn next(
        &self,
        ctx: &Ctx,
        tx: &mut Tx,
        after: SubscriberId,
        batch: usize,
    ) -> Result<(Vec<Profile>, Option<SubscriberId>)> {
        let mut ids = match &self.chosen {
            Chosen::Ids(ids) => {
                let behind = ids.iter().filter(|id| **id > after);
                behind.take(batch).copied().collect()
            }
            Chosen::Rule(rule) => {
                let compiled = segments::compile_rule_in(tx, ctx, self.account, rule).await?;
                segments::ids_in(tx, self.account, &compiled, Some(after), batch as i64).await?
            }
        };
        ids.retain(|id| id.get() < self.before);
        let people = subscribers::profiles_of_in(tx, self.account, &ids).await?;
        Ok((people, ids.last().copied()))
    }
}

/// Adds the names of what these people are in.
pub(super) async fn learn(
    tx: &mut Tx,
    account: AccountId,
    people: &[Profile],
    names: &mut Names,
) -> Result<()> {
    let groups: BTreeSet<GroupId> = people
        .iter()
        .flat_map(|person| &person.groups)
        .filter(|id| !names.groups.contains_key(id))
        .copied()
        .collect();
    let groups: Vec<GroupId> = groups.into_iter().collect();
    let found = store::names(tx, account, "contact_group", &groups).await?;
    names.groups.extend(found);
    let tags: BTreeSet<TagId> = people
        .iter()
        .flat_map(|person| &person.tags)
        .filter(|id| !names.tags.contains_key(id))
        .copied()
        .collect();
    let tags: Vec<TagId> = tags.into_iter().collect();
    let found = store::names(tx, account, "tag", &tags).await?;
    names.tags.extend(found);
    Ok(())
}

pub(super) async fn run(
    ctx: &Ctx,
    account: AccountId,
    id: ExportId,
    at: Attempt,
) -> Result<(), JobError> {
    let mut names = Names::default();
    loop {
        if ctx.shutdown.is_cancelled() {
            return Err(JobError::Snooze(Duration::ZERO));
        }
        match step(ctx, account, id, &mut names, BATCH).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => {
                // What was selected has disappeared; trying again would not bring it back.
                let hopeless = matches!(
                    error,
                    Error::Invalid(_) | Error::NotFound { .. } | Error::Conflict { .. }
                );
                if hopeless || at.last || at.number >= PATIENCE {
                    let text = if hopeless {
                        error.to_string()
                    } else {
                        "the server met a fault of its own; try again, or look at the server's log"
                            .to_owned()
                    };
                    fail(ctx, account, id, &text).await?;
                    return if hopeless {
                        Ok(())
                    } else {
                        Err(JobError::Fail(error.into()))
                    };
                }
                return Err(error.into());
            }
        }
    }
}

async fn fail(ctx: &Ctx, account: AccountId, id: ExportId, error: &str) -> Result<()> {
    let mut tx = ctx.write().await?;
    let path = store::find(&mut tx, account, id).await?.map(|it| it.path);
    let now = ctx.clock.now();
    store::end(&mut tx, account, id, State::Failed, Some(error), now).await?;
    tx.commit().await?;
    if let Some(path) = path {
        remove(path.as_ref());
    }
    Ok(())
}

/// One batch; whether there may be another. What is in the file beyond the progress in the database is what a crash left.
pub(super) async fn step(
    ctx: &Ctx,
    account: AccountId,
    id: ExportId,
    names: &mut Names,
    batch: usize,
) -> Result<bool> {
    let mut tx = ctx.read().await?;
    let Some(mut it) = store::find(&mut tx, account, id).await? else {
        return Ok(false);
    };
    if it.state.is_over() {
        return Ok(false);
    }
    let from = it.size_bytes;
    if from > 0 && file_size(it.path.as_ref()).await < from {
        // The file is on another server of the same database, or lost.
        begin_again(&mut it);
    }
    let people = People::new(account, &it.selection, id.get())?;
    let columns = Columns::new(&it.options.columns, it.options.format);
    if it.total.is_none() {
        it.total = Some(people.count(ctx, &mut tx).await?);
    }
    let (found, last) = people.next(ctx, &mut tx, it.cursor, batch).await?;
    if columns.has_labels() {
        learn(&mut tx, account, &found, names).await?;
    }
    drop(tx);
    let mut lines = if it.size_bytes == 0 {
        columns.head()?
    } else {
        Vec::new()
    };
    lines.extend(columns.lines(&found, names)?);
    let at = it.size_bytes;
    it.size_bytes += lines.len() as i64;
    it.processed += found.len() as i64;
    it.state = State::Running;
    if let Some(last) = last {
        it.cursor = last;
    } else {
        it.state = State::Completed;
        it.finished_at = Some(ctx.clock.now());
    }
    let path = it.path.clone();
    tokio::task::spawn_blocking(move || write(path.as_ref(), at as u64, &lines))
        .await
        .map_err(Error::internal)?
        .map_err(|error| unwritable(&it.path, error))?;
    let mut tx = ctx.write().await?;
    let advanced = store::advance(&mut tx, account, from, &it).await?;
    let state = store::find(&mut tx, account, id).await?.map(|it| it.state);
    tx.commit().await?;
    if !advanced {
        if matches!(state, Some(State::Stopped | State::Failed)) {
            remove(it.path.as_ref());
        }
        return Ok(false);
    }
    Ok(it.state == State::Running)
}

fn begin_again(it: &mut Export) {
    it.size_bytes = 0;
    it.processed = 0;
    it.cursor = 0.into();
}

async fn file_size(path: &Path) -> i64 {
    let file = tokio::fs::metadata(path).await;
    file.map_or(-1, |file| file.len() as i64)
}

/// Cuts the file at a place and goes on there. It is on the disk when this returns.
fn write(path: &Path, at: u64, lines: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.set_len(at)?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(lines)?;
    file.sync_all()
}

fn unwritable(path: &str, error: std::io::Error) -> Error {
    let message = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "the disk of the server is full; make room and try again"
        }
        _ => "the server cannot write to its data directory",
    };
    Error::Unavailable {
        message: message.to_owned(),
        source: Some(anyhow::Error::new(error).context(path.to_owned())),
    }
}

pub(super) fn remove(path: &Path) {
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%error, path = %path.display(), "an export cannot be removed"),
    }
}

/// Removes files that have been there for seven days; how many, at most `limit`.
pub async fn sweep(ctx: &Ctx, limit: i64) -> Result<u64> {
    let mut tx = ctx.write().await?;
    let expired = store::expire(&mut tx, ctx.clock.now() - KEEP, limit).await?;
    tx.commit().await?;
    for path in &expired {
        remove(path.as_ref());
    }
    Ok(expired.len() as u64)
}
