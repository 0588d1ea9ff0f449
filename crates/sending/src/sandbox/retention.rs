//! How much the sandbox inbox keeps.

use std::time::Duration;

use ctx::Ctx;
use kernel::{IdGenerator, Result};

use super::model::SandboxMessageId;
use super::store;

/// What is kept: of each account so many mails, and none that is older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The newest mails of each account.
    pub newest: i64,
    /// The oldest mail.
    pub age: Duration,
}

impl Default for Retention {
    /// 10,000 mails, 30 days.
    fn default() -> Self {
        Self {
            newest: 10_000,
            age: Duration::from_hours(30 * 24),
        }
    }
}

/// Most mails that one transaction removes: with SQLite everybody else waits for it.
const AT_ONCE: i64 = 500;

/// Removes what is too old or too much; how many mails that was.
pub async fn sweep(ctx: &Ctx, keep: Retention) -> Result<u64> {
    let too_old = SandboxMessageId::from(IdGenerator::earliest_at(ctx.clock.now() - keep.age));
    let mut removed = 0;
    let mut before = None;
    while let Some(account) = store::next_account(&mut *ctx.read().await?, before).await? {
        before = Some(account);
        let surplus = store::newest_surplus(&mut *ctx.read().await?, account, keep.newest).await?;
        // The first that stays.
        let bound = surplus.map_or(too_old, |id| {
            too_old.max(SandboxMessageId::from(id.get() + 1))
        });
        loop {
            let mut tx = ctx.write().await?;
            let gone = store::delete_oldest(&mut tx, account, bound, AT_ONCE).await?;
            tx.commit().await?;
            removed += gone;
            if gone < AT_ONCE.unsigned_abs() || ctx.shutdown.is_cancelled() {
                break;
            }
        }
    }
    Ok(removed)
}
