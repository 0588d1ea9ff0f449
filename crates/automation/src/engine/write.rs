//! Writing a session: a fixed number of statements, whatever its size.

use db::WriteTx;
use kernel::Result;
use sending::automated::Letter;

use super::session::Session;
use super::store::{self, Stored};

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
