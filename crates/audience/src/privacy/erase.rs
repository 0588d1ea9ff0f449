//! Forgetting a person.

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, Result, fold};

use super::model::{Erased, Traces};
use super::store::{self, Place};
use crate::subscribers::{self, Subscriber, delete_many_in};
use crate::uses::Use;
use crate::{SubscriberId, suppressions};

/// Events of one look.
const PAGE: i64 = 1000;

/// Deletes a person, blanks what names them elsewhere, and keeps their address out.
pub async fn erase(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: SubscriberId,
) -> Result<Erased> {
    let mut tx = ctx.read().await?;
    let now = person(&mut tx, account, id).await?;
    let before = store::address_changes(&mut tx, account, id).await?;
    let traces = Traces::of(&now).and_addresses(&before);
    drop(tx);
    // Texts of other things first, and without a lock, since there may be many: whoever finds the person still there
    // after a crash asks again.
    blank(ctx, account, &traces).await?;

    let mut tx = ctx.write().await?;
    // First, as automations do: one that has read what it knows of them would write it again.
    tx.lock(LockClass::Subscriber, id.get()).await?;
    // Nobody gives the person another address, or creates them anew, meanwhile.
    tx.lock(LockClass::Audience, account.get()).await?;
    let person = person(&mut tx, account, id).await?;
    let traces = Traces::of(&person).and_addresses(&before);
    let folded = fold(&person.email);
    delete_many_in(ctx, &mut tx, account, &[id], actor.as_str()).await?;
    suppressions::erase_in(ctx, &mut tx, account, &folded).await?;
    store::forget_targets(&mut tx, account, id).await?;
    store::forget_copies(&mut tx, account, id).await?;
    store::forget_bookings(&mut tx, account, id).await?;
    store::forget_tests(&mut tx, account, &person.email, &folded).await?;
    anonymize_in(&mut tx, account, id, Some(&traces)).await?;
    store::insert(ctx, &mut tx, account, id, actor.as_str()).await?;
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "subscriber.erased",
        ("subscriber", id),
        None,
        None,
    )
    .await?;
    tx.commit().await?;

    // What was written in between.
    blank(ctx, account, &traces).await?;
    web::idempotency::forget_mentions(ctx, account, &traces.within).await?;
    let mut tx = ctx.read().await?;
    let mentions = mentions(&mut tx, account, &traces).await?;
    Ok(Erased { mentions })
}

async fn person(tx: &mut Tx, account: AccountId, id: SubscriberId) -> Result<Subscriber> {
    let people = subscribers::profiles_of_in(tx, account, &[id]).await?;
    let found = people.into_iter().next();
    found
        .map(|profile| profile.subscriber)
        .ok_or_else(|| Error::not_found("subscriber", id))
}

/// Blanks every text that names the person.
async fn blank(ctx: &Ctx, account: AccountId, traces: &Traces) -> Result<()> {
    for place in &Place::ALL {
        let mut tx = ctx.read().await?;
        let rows = store::naming(&mut tx, account, place, &traces.within).await?;
        drop(tx);
        for some in rows.chunks(200) {
            let mut tx = ctx.write().await?;
            for row in some {
                let texts = row.texts.iter().map(|text| {
                    let text = text.as_deref()?;
                    Some(if traces.names(text) {
                        traces.blank(text)
                    } else {
                        text.to_owned()
                    })
                });
                store::blank(&mut tx, account, place, &row.key, texts.collect()).await?;
            }
            tx.commit().await?;
        }
    }
    Ok(())
}

async fn mentions(tx: &mut Tx, account: AccountId, traces: &Traces) -> Result<Vec<Use>> {
    let found = store::naming(tx, account, &Place::SEGMENTS, &traces.within).await?;
    Ok(found
        .into_iter()
        .map(|row| Use {
            kind: "segment",
            id: row.key.first().copied().unwrap_or_default().to_string(),
            name: row.texts.into_iter().flatten().next().unwrap_or_default(),
        })
        .collect())
}

/// Takes the person out of what happened to them: events, messages, opens, clicks, ways through automations.
pub(super) async fn anonymize_in(
    tx: &mut WriteTx,
    account: AccountId,
    id: SubscriberId,
    traces: Option<&Traces>,
) -> Result<()> {
    let mut after = (i64::MIN, i64::MIN);
    loop {
        let events = store::events(tx, account, id, after, PAGE).await?;
        for event in &events {
            if let Some(body) = super::model::anonymous(&event.body, traces) {
                store::set_body(tx, account, event.id, &body).await?;
            }
        }
        match events.last() {
            Some(last) if events.len() as i64 == PAGE => after = (last.at, last.id),
            _ => break,
        }
    }
    store::forget_runs(tx, account, id).await?;
    Ok(store::forget_messages(tx, account, id).await?)
}
