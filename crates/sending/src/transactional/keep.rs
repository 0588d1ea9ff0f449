//! How long what was sent is kept.

use std::time::Duration;

use ctx::Ctx;
use kernel::Result;

use super::store;

const DAY: Duration = Duration::from_hours(24);
/// Files are needed until the message has left, which takes 72 hours at most.
pub(super) const FILES_KEPT: Duration = Duration::from_hours(7 * 24);
/// What names people in a message: as long as its links should work and it may be looked at.
pub(super) const VARIABLES_KEPT: Duration = Duration::from_hours(45 * 24);
/// Content that no message has used for so long; longer than its variables.
pub(super) const CONTENT_KEPT: Duration = Duration::from_hours(90 * 24);
/// The stream of events.
pub(super) const EVENTS_KEPT: Duration = Duration::from_hours(90 * 24);

/// Most rows of one transaction: those with files may be large.
const AT_ONCE: i64 = 500;

/// Forgets what is no longer needed. For a schedule.
pub async fn sweep(ctx: &Ctx) -> Result<()> {
    const { assert!(CONTENT_KEPT.as_secs() > VARIABLES_KEPT.as_secs() + DAY.as_secs()) };
    let now = ctx.clock.now();
    loop {
        let mut tx = ctx.write().await?;
        let most = [
            store::delete_files(&mut tx, now - FILES_KEPT, AT_ONCE).await?,
            store::forget_variables(&mut tx, now - VARIABLES_KEPT, AT_ONCE).await?,
            store::delete_content(&mut tx, now, AT_ONCE).await?,
            store::delete_events(&mut tx, now - EVENTS_KEPT, AT_ONCE).await?,
        ]
        .into_iter()
        .max()
        .unwrap_or(0);
        tx.commit().await?;
        if most < AT_ONCE.unsigned_abs() || ctx.shutdown.is_cancelled() {
            return Ok(());
        }
    }
}
