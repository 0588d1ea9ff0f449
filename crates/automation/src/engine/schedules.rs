//! Times that come again, for automations that begin then, or wait for them.
//!
//! Each schedule that a published document names has a row with the time when it is next due; a plan of the server looks
//! every few seconds. What is due is recorded page by page: `schedule.fired` for everybody of the groups and segments that
//! are named with it, once for each person, with those of them that the person is in. A page and how far it came are one
//! transaction, so after a crash, or beside another node, it goes on behind the last.
//!
//! What nobody names any more is forgotten, also while its automation is paused: whatever begins again begins with the next
//! time. Of the times that passed while the server was away, one is made up for.

use std::collections::{BTreeMap, BTreeSet};

use audience::SubscriberId;
use ctx::Ctx;
use kernel::{AccountId, Result, TimeZone, Timestamp};
use rules::Rule;
use serde_json::{Map, Value, json};

use super::catalog::{Catalog, Engine};
use super::session::patterns_of;
use super::store::{self, ScheduleRow};
use crate::definition::{Pattern, Schedule};

const PAGE: i64 = 1000;

/// Who is meant by patterns of one schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Audiences {
    groups: BTreeSet<String>,
    segments: BTreeSet<String>,
    /// A pattern names neither.
    everybody: bool,
}

/// Records what is due; for how many people. What goes wrong in one account is reported there, and the others come to
/// their turn.
pub async fn run_due(ctx: &Ctx, engine: &Engine) -> Result<usize> {
    let mut tx = ctx.read().await?;
    let catalog = engine.catalog(&mut tx).await?;
    let mut rows = store::schedules(&mut tx).await?;
    drop(tx);
    let mut fired = 0;
    for account in catalog.accounts() {
        if ctx.shutdown.is_cancelled() {
            return Ok(fired);
        }
        let wanted = wanted(&catalog, account);
        let known = rows.remove(&account).unwrap_or_default();
        match run_account(ctx, account, &wanted, known).await {
            Ok(some) => fired += some,
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                account = account.get(),
                "schedules of automations cannot be looked at; trying again in a moment"
            ),
        }
    }
    for (account, known) in rows {
        forget(ctx, account, known.iter().map(|row| row.schedule.as_str())).await?;
    }
    Ok(fired)
}

/// The schedules that the active automations of an account name, as they are written.
fn wanted(catalog: &Catalog, account: AccountId) -> BTreeMap<String, Audiences> {
    let mut all: BTreeMap<String, Audiences> = BTreeMap::new();
    let Some(automations) = catalog.account(account) else {
        return all;
    };
    for id in automations.active() {
        let live = automations.all.get(&id);
        let Some(version) = live.and_then(|it| catalog.version(it.1)) else {
            continue;
        };
        let document = &version.program.document;
        let triggers = document.triggers.iter().map(|trigger| &trigger.on);
        for pattern in triggers.chain(patterns_of(document)) {
            add(&mut all, pattern);
        }
    }
    all
}

fn add(all: &mut BTreeMap<String, Audiences>, pattern: &Pattern) {
    let text = |name: &str| pattern.with.get(name).and_then(Value::as_str);
    let Some(schedule) = text("schedule").filter(|_| pattern.event == events::kind::SCHEDULE_FIRED)
    else {
        return;
    };
    let audiences = all.entry(schedule.to_owned()).or_default();
    let (group, segment) = (text("group"), text("segment"));
    audiences.everybody |= group.is_none() && segment.is_none();
    audiences.groups.extend(group.map(str::to_owned));
    audiences.segments.extend(segment.map(str::to_owned));
}

async fn run_account(
    ctx: &Ctx,
    account: AccountId,
    wanted: &BTreeMap<String, Audiences>,
    known: Vec<ScheduleRow>,
) -> Result<usize> {
    let unwanted = known
        .iter()
        .map(|row| row.schedule.as_str())
        .filter(|it| !wanted.contains_key(*it));
    forget(ctx, account, unwanted).await?;
    if wanted.is_empty() {
        return Ok(0);
    }
    let mut tx = ctx.read().await?;
    let zone = identity::accounts::get(&mut tx, account).await?.time_zone;
    drop(tx);
    let mut fired = 0;
    for (text, audiences) in wanted {
        // It was checked when it was published.
        let Some(schedule) = Schedule::parse(text) else {
            continue;
        };
        let now = ctx.clock.now();
        let row = known.iter().find(|row| row.schedule == *text);
        match row {
            Some(row) if row.zone == zone.name() && row.due > now => {}
            Some(row) if row.zone == zone.name() => {
                fired += fire(ctx, account, row, &schedule, &zone, audiences).await?;
            }
            // New, or the account has moved to another zone.
            _ => {
                if let Some(due) = schedule.next_after(now, &zone) {
                    let mut tx = ctx.write().await?;
                    store::put_schedule(&mut tx, account, text, zone.name(), due).await?;
                    tx.commit().await?;
                }
            }
        }
    }
    Ok(fired)
}

async fn forget(
    ctx: &Ctx,
    account: AccountId,
    schedules: impl Iterator<Item = &str>,
) -> Result<()> {
    let schedules: Vec<&str> = schedules.collect();
    if schedules.is_empty() {
        return Ok(());
    }
    let mut tx = ctx.write().await?;
    store::drop_schedules(&mut tx, account, &schedules).await?;
    tx.commit().await?;
    Ok(())
}

/// All pages of one time, and then the next time.
async fn fire(
    ctx: &Ctx,
    account: AccountId,
    row: &ScheduleRow,
    schedule: &Schedule,
    zone: &TimeZone,
    audiences: &Audiences,
) -> Result<usize> {
    let mut fired = 0;
    let mut after = row.after;
    while !ctx.shutdown.is_cancelled() {
        let mut tx = ctx.write().await?;
        let mut page = Page::default();
        page.look(ctx, &mut tx, account, audiences, after).await?;
        let now = ctx.clock.now();
        let place = match page.people.last() {
            Some(last) => (row.due, last.get()),
            None => match schedule.next_after(now, zone) {
                Some(next) => (next, i64::MIN),
                None => return Ok(fired),
            },
        };
        // Another node that looks at the same is ahead, or this one is.
        if !store::move_schedule(&mut tx, account, row, after, place).await? {
            return Ok(fired);
        }
        let list = page.events(&row.schedule, row.due);
        events::record(ctx, &mut tx, account, &list).await?;
        tx.commit().await?;
        fired += list.len();
        after = place.1;
        if list.is_empty() {
            break;
        }
    }
    Ok(fired)
}

/// Some people, and which of the audiences they are in.
#[derive(Default)]
struct Page {
    people: Vec<SubscriberId>,
    groups: BTreeMap<SubscriberId, Vec<String>>,
    segments: BTreeMap<SubscriberId, Vec<String>>,
}

impl Page {
    async fn look(
        &mut self,
        ctx: &Ctx,
        tx: &mut db::WriteTx,
        account: AccountId,
        audiences: &Audiences,
        after: i64,
    ) -> Result<()> {
        let mut parts = Vec::new();
        let mut compiled = Vec::new();
        let named = audiences.groups.iter().map(|id| ("group", id));
        let named = named.chain(audiences.segments.iter().map(|id| ("segment", id)));
        for (what, id) in named {
            let rule = json!({ what: {"any": [id]} });
            if let Some(one) = compile(ctx, tx, account, &rule).await? {
                compiled.push((what, id, one));
                parts.push(rule);
            }
        }
        if audiences.everybody {
            parts.push(json!({"field": "status", "op": "equals", "value": "active"}));
        }
        if parts.is_empty() {
            return Ok(());
        }
        let Some(all) = compile(ctx, tx, account, &json!({ "any": parts })).await? else {
            return Ok(());
        };
        let after = SubscriberId::from(after);
        self.people = audience::segments::ids_in(tx, account, &all, Some(after), PAGE).await?;
        for (what, id, rule) in compiled {
            let inside = audience::segments::among_in(tx, account, &rule, &self.people).await?;
            let target = if what == "group" {
                &mut self.groups
            } else {
                &mut self.segments
            };
            for person in inside {
                target.entry(person).or_default().push(id.clone());
            }
        }
        Ok(())
    }

    fn events(&self, schedule: &str, due: Timestamp) -> Vec<events::NewEvent> {
        let list = |of: &BTreeMap<SubscriberId, Vec<String>>, person: &SubscriberId| {
            of.get(person).map(|ids| json!(ids))
        };
        self.people
            .iter()
            .map(|person| {
                let mut body = Map::new();
                body.insert("schedule".to_owned(), json!(schedule));
                body.insert("due".to_owned(), json!(due));
                let (groups, segments) = (list(&self.groups, person), list(&self.segments, person));
                body.extend(groups.map(|ids| ("groups".to_owned(), ids)));
                body.extend(segments.map(|ids| ("segments".to_owned(), ids)));
                events::NewEvent {
                    kind: events::kind::SCHEDULE_FIRED,
                    subscriber: Some(person.get()),
                    subject: None,
                    at: None,
                    body: Value::Object(body),
                }
            })
            .collect()
    }
}

/// `None` if what the rule names is no more: the automation says so where it is looked at.
async fn compile(
    ctx: &Ctx,
    tx: &mut db::WriteTx,
    account: AccountId,
    rule: &Value,
) -> Result<Option<rules::Compiled>> {
    let Ok(rule) = Rule::parse(rule) else {
        return Ok(None);
    };
    match audience::segments::compile_rule_in(tx, ctx, account, &rule).await {
        Ok(compiled) => Ok(Some(compiled)),
        Err(kernel::Error::Invalid(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
