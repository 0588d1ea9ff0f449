//! Dates of contacts that have come: birthdays and the like, which triggers wait for.
//!
//! A schedule looks every ten minutes: so soon after midnight in the zone of its account a day has come, and so soon after an
//! automation was published, or a date was changed to today, it is met. For each field that an active automation's trigger
//! names, everybody whose date has this day and month gets the event `date.reached`, once a day.

use std::collections::{BTreeMap, BTreeSet};

use audience::SubscriberId;
use ctx::Ctx;
use db::WriteTx;
use jiff::civil::Date;
use kernel::{AccountId, Result};
use rules::Rule;
use serde_json::json;

use super::catalog::{Catalog, Engine};
use super::store;
use crate::time::wall;

const PAGE: i64 = 1000;

/// Records the events of the day, if that was not done yet; for how many people. What goes wrong in one account is
/// reported there, and the others come to their turn.
pub async fn run_due(ctx: &Ctx, engine: &Engine) -> Result<usize> {
    let catalog = engine.catalog(&mut *ctx.read().await?).await?;
    let mut reached = 0;
    for account in catalog.accounts() {
        if ctx.shutdown.is_cancelled() {
            break;
        }
        for field in fields_of(&catalog, account) {
            match reach(ctx, account, &field).await {
                Ok(some) => reached += some,
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    account = account.get(),
                    field,
                    "dates of people cannot be looked at; trying again in ten minutes"
                ),
            }
        }
    }
    Ok(reached)
}

/// The fields whose days the active automations of an account wait for.
fn fields_of(catalog: &Catalog, account: AccountId) -> BTreeSet<String> {
    let mut fields: BTreeSet<String> = BTreeSet::new();
    let Some(automations) = catalog.account(account) else {
        return fields;
    };
    for id in automations.active() {
        let version = automations
            .all
            .get(&id)
            .and_then(|it| catalog.version(it.1));
        for trigger in version.iter().flat_map(|it| &it.program.document.triggers) {
            if trigger.on.event == events::kind::DATE_REACHED
                && let Some(field) = trigger.on.with.get("field").and_then(|it| it.as_str())
            {
                fields.insert(field.to_owned());
            }
        }
    }
    fields
}

/// Of one field, page by page; each page is remembered with its events. All pages are of the same day, also if it ends
/// meanwhile.
async fn reach(ctx: &Ctx, account: AccountId, field: &str) -> Result<usize> {
    let rule = json!({"field": field, "op": "anniversary_today"});
    let Ok(rule) = Rule::parse(&rule) else {
        return Ok(0);
    };
    let mut tx = ctx.read().await?;
    let zone = identity::accounts::get(&mut tx, account).await?.time_zone;
    let (today, compiled) = loop {
        let before = wall(ctx.clock.now(), &zone).date();
        let compiled = match audience::segments::compile_rule_in(&mut tx, ctx, account, &rule).await
        {
            Ok(compiled) => compiled,
            // The field is no date, or no more: the automation says so where it is looked at.
            Err(kernel::Error::Invalid(_)) => return Ok(0),
            Err(other) => return Err(other),
        };
        // The rule has looked at the clock by itself: around midnight it may mean the next day.
        if wall(ctx.clock.now(), &zone).date() == before {
            break (before, compiled);
        }
    };
    drop(tx);
    let mut reached = 0;
    let mut after = SubscriberId::from(i64::MIN);
    loop {
        let mut tx = ctx.write().await?;
        let people =
            audience::segments::ids_in(&mut tx, account, &compiled, Some(after), PAGE).await?;
        let Some(last) = people.last() else {
            return Ok(reached);
        };
        after = *last;
        reached += record(ctx, &mut tx, account, field, today, &people).await?;
        tx.commit().await?;
    }
}

async fn record(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    field: &str,
    today: Date,
    people: &[SubscriberId],
) -> Result<usize> {
    let now = ctx.clock.now();
    let keys: BTreeMap<String, SubscriberId> = people
        .iter()
        .map(|person| (format!("date:{field}:{today}:{person}"), *person))
        .collect();
    let names: Vec<&str> = keys.keys().map(String::as_str).collect();
    let new = store::take_keys(tx, account, &names, now).await?;
    let list: Vec<events::NewEvent> = new
        .iter()
        .filter_map(|key| keys.get(key))
        .map(|person| events::NewEvent {
            kind: events::kind::DATE_REACHED,
            subscriber: Some(person.get()),
            subject: None,
            at: None,
            body: json!({"field": field, "date": today.to_string()}),
        })
        .collect();
    events::record(ctx, tx, account, &list).await?;
    Ok(list.len())
}
