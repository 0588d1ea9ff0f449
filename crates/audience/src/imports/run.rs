//! Reading a file into the database.
//!
//! A first pass ([`prepare`]) puts the rows in the order of their addresses. Then a thread reads and checks rows while
//! the transaction of the batch before is under way; between them waits at most one batch, so memory does not depend on
//! the file. A batch is one transaction: its people, its errors, the counters and the place in the file behind it.
//! Whatever kills the process, the next attempt begins at the row behind the last commit.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ctx::Ctx;
use db::LockClass;
use kernel::{AccountId, Error, Result};
use tokio::sync::mpsc;

use super::model::{Counters, Existing, Import, NewPeople, NewStatus, RowError, State};
use super::prepare;
use super::records::Position;
use super::rows::{Layout, Rows};
use super::{spool, store};
use crate::fields::{self, Catalog};
use crate::subscribers::{
    Consent, MAX_BATCH, Mode, Outcome, Policy, Skip, Source, Status, UpsertRow, preview_many_in,
    upsert_traced_in,
};
use crate::{ImportId, labels};

/// How long an import can be taken back.
pub(super) const KEEP_CHANGES: Duration = Duration::from_hours(30 * 24);
/// How long the file of a dry run waits to be run.
const KEEP_TRIALS: Duration = Duration::from_hours(7 * 24);

/// How much is done at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Rows of one transaction.
    pub(super) rows: usize,
    /// Bytes of the file for one transaction.
    pub(super) bytes: u64,
    /// Ends after so many transactions, as a crash would: for tests.
    pub(super) batches: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            rows: 2000,
            bytes: 4 << 20,
            batches: usize::MAX,
        }
    }
}

/// Behind so many transactions the database looks at what it has. Before it looked, PostgreSQL takes an empty database to
/// stay one, and finds an address by reading everybody: 1.5 seconds for 2,000 of them.
const NEW_STATISTICS: [usize; 3] = [1, 4, 16];

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing is left to do.
    Done,
    /// The process stops: to be gone on with.
    Interrupted,
    /// Another worker goes on with it.
    Elsewhere,
    /// The file is not on this server.
    NoFile,
}

/// Goes on with an import from where it is.
pub(super) async fn run(ctx: &Ctx, account: AccountId, id: ImportId, pace: Pace) -> Result<End> {
    let Some(import) = begin(ctx, account, id).await? else {
        return Ok(End::Done);
    };
    let path = PathBuf::from(&import.file_path);
    if !tokio::fs::try_exists(&path).await.unwrap_or(false) {
        return Ok(End::NoFile);
    }
    let mut tx = ctx.read().await?;
    let catalog = fields::list(&mut tx, account).await?;
    let policy = policy(&mut tx, account, &import).await?;
    drop(tx);
    let layout = Layout::new(&import, catalog.clone())
        .ok_or_else(|| Error::internal(anyhow::anyhow!("a stored import has no address column")))?;
    if !count_rows(ctx, account, &import, &path, &layout).await? {
        return Ok(End::Interrupted);
    }

    let (sender, mut batches) = mpsc::channel(1);
    let reading = Reading {
        path: path.clone(),
        layout,
        from: import.position,
        pace,
    };
    let reader = tokio::task::spawn_blocking(move || reading.run(&sender));
    let writing = Writing {
        ctx,
        account,
        import: id,
        catalog,
        policy,
        dry_run: import.options.dry_run,
    };
    let mut done = 0;
    while let Some(batch) = batches.recv().await {
        if ctx.shutdown.is_cancelled() || done == pace.batches {
            return Ok(End::Interrupted);
        }
        match writing.write(batch).await? {
            Written::Yes => {
                done += 1;
                if NEW_STATISTICS.contains(&done) && !import.options.dry_run {
                    let mut tx = ctx.write().await?;
                    store::begin_statistics(&mut tx).await?;
                    tx.commit().await?;
                }
            }
            Written::Stopped => return Ok(End::Done),
            Written::Elsewhere => return Ok(End::Elsewhere),
        }
    }
    reader
        .await
        .map_err(Error::internal)?
        .map_err(|error| spool::disk_error(&path, error))?;
    if !import.options.dry_run {
        let mut tx = ctx.write().await?;
        store::refresh_statistics(&mut tx).await?;
        tx.commit().await?;
    }
    let mut tx = ctx.write().await?;
    store::finish(
        &mut tx,
        account,
        id,
        State::Completed,
        None,
        ctx.clock.now(),
    )
    .await?;
    tx.commit().await?;
    if !import.options.dry_run {
        remove_files(&path);
    }
    Ok(End::Done)
}

/// Forgets what was there before imports that can no longer be taken back, and the files of dry runs that nobody ran; at
/// most `limit` rows. How many it were.
pub async fn forget_old(ctx: &Ctx, limit: i64) -> Result<u64> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let swept = store::sweep_changes(&mut tx, now - KEEP_CHANGES, limit).await?;
    let trials = store::old_trials(&mut tx, now - KEEP_TRIALS, limit).await?;
    for (account, import, path) in &trials {
        remove_files(path.as_ref());
        store::forget_file(&mut tx, *account, *import).await?;
    }
    tx.commit().await?;
    Ok(swept.max(trials.len() as u64))
}

/// Removes the upload and what was made of it.
pub(super) fn remove_files(path: &Path) {
    spool::remove(path);
    spool::remove(&prepare::sorted_path(path));
}

/// Takes the import, unless there is nothing to do.
async fn begin(ctx: &Ctx, account: AccountId, id: ImportId) -> Result<Option<Import>> {
    let mut tx = ctx.write().await?;
    let Some(mut import) = store::find(&mut tx, account, id).await? else {
        return Ok(None);
    };
    let now = ctx.clock.now();
    match import.state {
        State::Queued | State::Running => {
            store::start(&mut tx, account, id, now).await?;
            import.state = State::Running;
        }
        State::Stopping => {
            store::finish(&mut tx, account, id, State::Stopped, None, now).await?;
        }
        State::Stopped | State::Completed | State::Failed => return Ok(None),
    }
    tx.commit().await?;
    Ok(Some(import).filter(|import| import.state == State::Running))
}

async fn policy(tx: &mut db::Tx, account: AccountId, import: &Import) -> Result<Policy> {
    let options = &import.options;
    let mut policy = Policy::new(Source::Import, &import.created_by);
    policy.mode = match (options.existing, options.new_people) {
        (_, NewPeople::Skip) => Mode::UpdateOnly,
        (Existing::Update, _) => Mode::CreateAndUpdate,
        (Existing::Skip, _) => Mode::CreateOnly,
    };
    policy.skip_gone = true;
    policy.import = Some(import.id);
    policy.consent = options.consent_text.as_ref().map(|text| Consent {
        at: import.created_at,
        ip: None,
        source: Some(import.file_name.clone()),
        text: Some(text.clone()),
    });
    // Those that were deleted since the upload are left out.
    let groups = labels::existing(tx, account, &options.groups).await?;
    let tags = labels::existing(tx, account, &options.tags).await?;
    policy.groups = options
        .groups
        .iter()
        .copied()
        .filter(|id| groups.contains(id))
        .collect();
    policy.tags = options
        .tags
        .iter()
        .copied()
        .filter(|id| tags.contains(id))
        .collect();
    Ok(policy)
}

/// Makes the first pass over the file, unless an earlier attempt did. `false` if the process stops or the import was
/// stopped meanwhile.
async fn count_rows(
    ctx: &Ctx,
    account: AccountId,
    import: &Import,
    path: &Path,
    layout: &Layout,
) -> Result<bool> {
    let sorted = prepare::sorted_path(path);
    if import.total.is_some() && tokio::fs::try_exists(&sorted).await.unwrap_or(false) {
        return Ok(true);
    }
    let go_on = Arc::new(AtomicBool::new(true));
    let counting = {
        let (path, layout, go_on) = (path.to_owned(), layout.clone(), go_on.clone());
        let from = import.first_row();
        tokio::task::spawn_blocking(move || {
            prepare::prepare(&path, &layout, from, || go_on.load(Ordering::Relaxed))
        })
    };
    let mut counting = counting;
    let counted = loop {
        tokio::select! {
            counted = &mut counting => break counted,
            () = ctx.shutdown.cancelled() => go_on.store(false, Ordering::Relaxed),
            () = tokio::time::sleep(Duration::from_secs(1)) => {
                let mut tx = ctx.read().await?;
                let state = store::find(&mut tx, account, import.id).await?.map(|it| it.state);
                if state != Some(State::Running) {
                    go_on.store(false, Ordering::Relaxed);
                }
            }
        }
        if !go_on.load(Ordering::Relaxed) {
            break (&mut counting).await;
        }
    };
    let counted = counted
        .map_err(Error::internal)?
        .map_err(|error| spool::disk_error(path, error))?;
    let mut tx = ctx.write().await?;
    match counted {
        Some(counted) => store::set_total(&mut tx, account, import.id, counted.total).await?,
        None if ctx.shutdown.is_cancelled() => return Ok(false),
        None => {
            let now = ctx.clock.now();
            store::finish(&mut tx, account, import.id, State::Stopped, None, now).await?;
        }
    }
    tx.commit().await?;
    Ok(counted.is_some())
}

/// Rows on their way from the file to the database.
struct Batch {
    from: Position,
    to: Position,
    rows: Vec<UpsertRow>,
    /// What else is known of each row.
    notes: Vec<Note>,
    errors: Vec<RowError>,
    invalid: i64,
    duplicates: i64,
}

/// Of a row.
struct Note {
    /// On which it begins.
    line: u64,
    /// Whether it has values of fields that a dry run does not make.
    wants: bool,
    doubt: Option<RowError>,
}

struct Reading {
    path: PathBuf,
    layout: Layout,
    from: Position,
    pace: Pace,
}

impl Reading {
    fn run(self, batches: &mpsc::Sender<Batch>) -> io::Result<()> {
        let mut rows = Rows::open_sorted(&self.path, &self.layout, self.from)?;
        loop {
            let (batch, more) = self.batch(&mut rows)?;
            let empty = batch.to == batch.from;
            // Nobody listens any more when the import was stopped.
            if (!empty && batches.blocking_send(batch).is_err()) || !more {
                return Ok(());
            }
        }
    }

    fn batch(&self, rows: &mut Rows) -> io::Result<(Batch, bool)> {
        let from = rows.position();
        let capacity = self.pace.rows.min(MAX_BATCH);
        let mut batch = Batch {
            from,
            to: from,
            rows: Vec::with_capacity(capacity),
            notes: Vec::with_capacity(capacity),
            errors: Vec::new(),
            invalid: 0,
            duplicates: 0,
        };
        let mut read = 0;
        let mut more = true;
        while more && read < capacity && rows.position().offset - from.offset < self.pace.bytes {
            read += 1;
            match rows.next_sorted()? {
                None => more = false,
                Some(Err(errors)) => {
                    batch.invalid += 1;
                    batch.errors.extend(errors);
                }
                Some(Ok(row)) => match row.first {
                    None => {
                        batch.notes.push(Note {
                            line: row.line,
                            wants: row.wants,
                            doubt: row.doubt,
                        });
                        batch.rows.push(row.person);
                    }
                    Some(first) => {
                        batch.duplicates += 1;
                        batch.errors.push(RowError::of_row(
                            row.line,
                            "duplicate_in_file",
                            Some(row.person.email.as_str()),
                            format!("line {first} is about the same address and was taken"),
                        ));
                    }
                },
            }
        }
        batch.to = rows.position();
        Ok((batch, more))
    }
}

struct Writing<'a> {
    ctx: &'a Ctx,
    account: AccountId,
    import: ImportId,
    catalog: Catalog,
    policy: Policy,
    dry_run: bool,
}

enum Written {
    Yes,
    /// Somebody stopped the import.
    Stopped,
    /// The import is not where this worker believes it is.
    Elsewhere,
}

impl Writing<'_> {
    async fn write(&self, mut batch: Batch) -> Result<Written> {
        let (ctx, account, id) = (self.ctx, self.account, self.import);
        let mut tx = ctx.write().await?;
        // Whoever began this batch before and was cut off may be committing it just now.
        tx.lock(LockClass::Import, id.get()).await?;
        match store::find_progress(&mut tx, account, id).await? {
            Some((State::Running, done)) if done == batch.from.offset => {}
            Some((State::Stopping, _)) => {
                let now = ctx.clock.now();
                store::finish(&mut tx, account, id, State::Stopped, None, now).await?;
                tx.commit().await?;
                return Ok(Written::Stopped);
            }
            _ => return Ok(Written::Elsewhere),
        }
        let outcomes = if self.dry_run {
            preview_many_in(ctx, &mut tx, account, &batch.rows, &self.policy).await?
        } else {
            let (outcomes, traces) = upsert_traced_in(
                ctx,
                &mut tx,
                account,
                &self.catalog,
                &batch.rows,
                &self.policy,
            )
            .await?;
            store::insert_changes(&mut tx, account, id, traces).await?;
            outcomes
        };
        let mut added = Counters {
            invalid: batch.invalid,
            skipped: batch.duplicates,
            ..Counters::default()
        };
        for (i, (outcome, note)) in outcomes.iter().zip(batch.notes).enumerate() {
            match outcome {
                Outcome::Created(_) => added.created += 1,
                Outcome::Updated(_) => added.updated += 1,
                // The field would be made, and the value be new.
                Outcome::Unchanged(_) if note.wants => added.updated += 1,
                Outcome::Unchanged(_) => added.unchanged += 1,
                Outcome::Skipped(skip) => {
                    added.skipped += 1;
                    let address = batch.rows[i].email.as_str();
                    batch.errors.extend(skipped(note.line, address, *skip));
                    continue;
                }
            }
            added.warnings += i64::from(note.doubt.is_some());
            batch.errors.extend(note.doubt);
        }
        added.processed = added.sum();
        store::insert_errors(&mut tx, account, id, &batch.errors).await?;
        if !store::advance(&mut tx, account, id, batch.from, batch.to, &added).await? {
            return Ok(Written::Elsewhere);
        }
        tx.commit().await?;
        Ok(Written::Yes)
    }
}

/// What the report says of a row that was fine but not taken. People who are known and were to be skipped are not
/// reported: that is what was asked for.
fn skipped(line: u64, address: &str, skip: Skip) -> Option<RowError> {
    let (code, reason) = match skip {
        Skip::Exists(_) | Skip::Unknown => return None,
        Skip::Suppressed | Skip::Gone(Status::Suppressed) => (
            "suppressed",
            "the address is on the suppression list; nothing was changed",
        ),
        Skip::Gone(Status::Bounced) => (
            "bounced_before",
            "mail to this address failed before; nothing was changed",
        ),
        Skip::Gone(_) => (
            "unsubscribed_before",
            "this person unsubscribed; nothing was changed",
        ),
    };
    Some(RowError::of_row(line, code, Some(address), reason))
}

impl Import {
    pub(super) fn first_row(&self) -> Position {
        self.plan.first_row()
    }

    /// The status that rows ask for.
    pub(super) fn status(&self) -> Option<Status> {
        match self.options.status {
            NewStatus::Active => None,
            NewStatus::Unconfirmed => Some(Status::Unconfirmed),
        }
    }
}
