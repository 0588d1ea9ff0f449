//! Writing a session: a fixed number of statements, whatever its size.

use db::WriteTx;
use kernel::Result;
use sending::automated::Letter;

use super::session::Session;
use super::store::{self, Stored};
use crate::ids::RunId;
use crate::interpret::{Outcome, Reason};

/// What is said of mails that were taken back.
const TAKEN_BACK: &str = "the automation ended for the person before it was sent";

/// Writes what the session holds and the database does not.
pub(super) async fn write(session: &mut Session<'_>, tx: &mut WriteTx) -> Result<()> {
    let account = session.account;
    let changed: Vec<Stored> = session
        .runs
        .values_mut()
        .filter_map(|slot| std::mem::take(&mut slot.dirty).then(|| slot.stored.clone()))
        .collect();
    store::save_runs(tx, account, &changed).await?;
    let entered: Vec<_> = std::mem::take(&mut session.entered)
        .into_iter()
        .map(|place| {
            let ledger = session.ledger(&place);
            (place, ledger)
        })
        .collect();
    store::save_ledgers(tx, account, &entered).await?;
    // Before those of this moment are written: what a run asked for on the way to its end is meant to be sent.
    let over: Vec<RunId> = changed
        .iter()
        .filter(|stored| takes_mails_back(&stored.run.hold.reason))
        .map(|stored| stored.run.id)
        .collect();
    let unwanted = store::messages_of(tx, account, &over).await?;
    if !unwanted.is_empty() {
        sending::automated::cancel_in(session.ctx, tx, account, &unwanted, TAKEN_BACK).await?;
    }
    let effects = std::mem::take(&mut session.effects);
    if !effects.is_empty() {
        store::insert_effects(tx, account, session.now, &effects).await?;
    }
    let letters = std::mem::take(&mut session.letters);
    let queued: Vec<Letter<'_>> = letters
        .iter()
        .map(|letter| Letter {
            id: letter.id,
            to: letter.contact.into(),
            address: &letter.address,
            prepared: &letter.prepared,
            variables: &letter.variables,
        })
        .collect();
    sending::automated::queue_in(session.ctx, tx, account, &queued).await?;
    let lines = std::mem::take(&mut session.lines);
    if !lines.is_empty() {
        let ids = session.ctx.ids.reserve(lines.len());
        store::insert_log(tx, account, ids, &lines).await?;
    }
    // Last, since other nodes wait for these rows.
    let stats = std::mem::take(&mut session.stats);
    if !stats.is_empty() {
        store::add_stats(tx, account, session.now, &stats).await?;
        tx.touch(account, "automations");
    }
    Ok(())
}

/// Whether a run that ended so does not want its mails any more that are not sent yet. Whoever came to the end of the way
/// gets them; of those who unsubscribed, the sending slice knows best what they still may get.
const fn takes_mails_back(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::Done(
            Outcome::Removed | Outcome::StepRemoved | Outcome::Exit { .. } | Outcome::Goal
        )
    )
}
