//! Removes from the spool what nobody will read any more.
//!
//! An upload removes its file when it is broken off, and an import when it is complete. What is left of either is of a
//! process that was killed in between.

use std::path::Path;
use std::time::Duration;

use ctx::Ctx;
use kernel::{Error, Result};

use super::{spool, store};

/// An upload that is under way, maybe to another server with the same directory, is written to all the time, and it is
/// known as an import soon after. A file older than this that no import knows will never be one.
const FORGOTTEN: Duration = Duration::from_hours(1);
/// How many files are asked for at once.
const AT_ONCE: usize = 500;

/// Removes the files that belong to no import, or to one that is complete, and says how many those were.
pub async fn sweep(ctx: &Ctx, directory: &Path) -> Result<usize> {
    let before = ctx.clock.now() - FORGOTTEN;
    let found = {
        let directory = directory.to_owned();
        tokio::task::spawn_blocking(move || spool::untouched_since(&directory, before))
            .await
            .map_err(Error::internal)?
            .map_err(Error::internal)?
    };
    let mut removed = 0;
    for files in found.chunks(AT_ONCE) {
        let mut ids: Vec<_> = files.iter().filter_map(|file| file.import).collect();
        ids.sort_unstable();
        ids.dedup();
        let in_use = if ids.is_empty() {
            Vec::new()
        } else {
            store::unfinished(&mut *ctx.read().await?, &ids).await?
        };
        for file in files {
            if file.import.is_none_or(|id| !in_use.contains(&id)) {
                spool::remove(&file.path);
                removed += 1;
            }
        }
    }
    Ok(removed)
}
