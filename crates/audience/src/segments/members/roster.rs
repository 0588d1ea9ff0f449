//! The segments of an account, ready to be asked about anybody.

use ctx::Ctx;
use db::WriteTx;
use kernel::{AccountId, Error, Result, Timestamp};
use rules::{Compiled, Needs, References};

use super::model::{State, Stored};
use super::store;
use crate::SegmentId;
use crate::segments::compile::Surroundings;

/// Segments that are kept up, as their rules are at one moment.
pub(super) struct Roster {
    pub(super) now: Timestamp,
    /// The day that it is in the account's zone.
    pub(super) today: i64,
    pub(super) segments: Vec<Followed>,
}

/// One of them.
pub(super) struct Followed {
    pub(super) id: SegmentId,
    pub(super) compiled: Compiled,
    pub(super) needs: Needs,
    /// Whether changes are events: the segment is filled.
    pub(super) is_current: bool,
}

/// How long until a broken segment is tried again.
pub(super) const RETRY_US: i64 = 10 * 60 * 1_000_000;

/// Those of an account that can be evaluated; those that no longer can are marked. With `only`, one segment.
pub(super) async fn load(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    only: Option<SegmentId>,
) -> Result<Roster> {
    let stored = match only {
        None => store::all(tx, account).await?,
        Some(id) => store::find(tx, account, id).await?.into_iter().collect(),
    };
    let mut references = References::default();
    for it in &stored {
        references.extend(it.rule.references());
    }
    let mut surroundings = Surroundings::load(tx, ctx, account, references, None).await?;
    // Another node's clock may have been ahead when it regarded the passing of time; none may go back behind that.
    let latest = stored.iter().map(|it| it.as_of).max();
    surroundings.moment.now = latest.map_or(surroundings.moment.now, |latest| {
        latest.max(surroundings.moment.now)
    });
    let mut segments = Vec::with_capacity(stored.len());
    for it in &stored {
        // A broken one is tried by its upkeep: it has to be filled anew.
        if it.state == State::Broken {
            continue;
        }
        match surroundings.compile(&it.rule, "rule") {
            Ok(compiled) => segments.push(Followed {
                id: it.id,
                needs: compiled.needs(),
                compiled,
                is_current: it.state == State::Current,
            }),
            Err(error) => mark_broken(tx, account, it, error, surroundings.moment.now).await?,
        }
    }
    Ok(Roster {
        now: surroundings.moment.now,
        today: surroundings.moment.today(),
        segments,
    })
}

/// Stores why a segment cannot be evaluated; any other error is passed on.
pub(super) async fn mark_broken(
    tx: &mut WriteTx,
    account: AccountId,
    segment: &Stored,
    error: Error,
    now: Timestamp,
) -> Result<()> {
    let Error::Invalid(faults) = &error else {
        return Err(error);
    };
    let text: Vec<String> = faults
        .iter()
        .map(|fault| format!("{}: {}", fault.field, fault.message))
        .collect();
    let due = Timestamp::from_micros(now.as_micros().saturating_add(RETRY_US));
    store::set_broken(tx, account, segment.id, &text.join("\n"), due).await?;
    Ok(())
}
