//! Use cases.

use ctx::Ctx;
use db::LockClass;
use identity::{Actor, audit};
use kernel::{AccountId, Cursor, Error, Limit, Page, Result};
use rules::{Moment, References, Rule};
use serde_json::{Value, json};

use super::compile::Surroundings;
use super::explain::Tracer;
use super::members::{self, Day};
use super::model::{Described, Explanation, Preview, Segment, Size, UsedBy, User};
use super::store;
use crate::input::name;
use crate::{SegmentId, SubscriberId};

/// A segment to be made.
#[derive(Clone, Debug)]
pub struct Draft {
    pub name: String,
    /// In the rule language.
    pub rule: Value,
}

/// What is to change; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<String>,
    pub rule: Option<Value>,
}

/// How many people a preview shows.
const SAMPLE: i64 = 10;

fn parse(rule: &Value) -> Result<Rule> {
    Rule::parse(rule).map_err(|errors| rules::into_kernel_error("rule", errors))
}

fn taken(error: db::Error) -> Error {
    match error {
        db::Error::Unique(_) => Error::invalid(
            "name",
            "taken",
            "another segment has this name; choose another",
        ),
        other => other.into(),
    }
}

fn as_json(segment: &Segment) -> Value {
    json!({ "name": segment.name, "rule": segment.rule })
}

/// Makes a segment.
pub async fn create(ctx: &Ctx, account: AccountId, actor: &Actor, draft: Draft) -> Result<Segment> {
    let (name, folded) = name("name", &draft.name)?;
    let rule = parse(&draft.rule)?;
    let now = ctx.clock.now();
    let segment = Segment {
        id: ctx.ids.next(),
        name,
        rule,
        created_at: now,
        updated_at: now,
        size: Size::unknown(now),
    };
    let mut tx = ctx.write().await?;
    Surroundings::load(
        &mut tx,
        ctx,
        account,
        segment.rule.references(),
        Some(segment.id),
    )
    .await?
    .compile(&segment.rule, "rule")?;
    store::insert(&mut tx, account, &segment, &folded)
        .await
        .map_err(taken)?;
    members::add(&mut tx, account, segment.id, now).await?;
    members::enqueue(ctx, &mut tx, account, segment.id).await?;
    audit(
        ctx,
        &mut tx,
        account,
        actor,
        "segment.created",
        ("segment", segment.id),
        None,
        Some(as_json(&segment)),
    )
    .await?;
    tx.commit().await?;
    Ok(segment)
}

/// Changes name or rule.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: SegmentId,
    change: Change,
) -> Result<Segment> {
    let new_name = change.name.map(|text| name("name", &text)).transpose()?;
    let new_rule = change.rule.as_ref().map(parse).transpose()?;
    let mut tx = ctx.write().await?;
    // Two changes at once could refer to each other in a circle that neither sees.
    tx.lock(LockClass::Audience, account.get()).await?;
    let before = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("segment", id))?;
    let mut segment = before.clone();
    let folded = match new_name {
        Some((name, folded)) => {
            segment.name = name;
            folded
        }
        None => kernel::fold(&segment.name),
    };
    if let Some(rule) = new_rule {
        let mut surroundings =
            Surroundings::load(&mut tx, ctx, account, rule.references(), Some(id)).await?;
        let own_name = segment.name.clone();
        surroundings.segments.names.insert(id.get(), own_name);
        surroundings.compile(&rule, "rule")?;
        segment.rule = rule;
    }
    if segment == before {
        return Ok(segment);
    }
    segment.updated_at = ctx.clock.now();
    store::update(&mut tx, account, &segment, &folded)
        .await
        .map_err(taken)?;
    if segment.rule != before.rule {
        let ids = with_dependents(&mut tx, account, id).await?;
        members::set_building(&mut tx, account, &ids, segment.updated_at).await?;
        for id in ids {
            members::enqueue(ctx, &mut tx, account, id).await?;
        }
        segment.size.state = members::State::Building;
    }
    audit(
        ctx,
        &mut tx,
        account,
        actor,
        "segment.updated",
        ("segment", id),
        Some(as_json(&before)),
        Some(as_json(&segment)),
    )
    .await?;
    tx.commit().await?;
    Ok(segment)
}

/// Removes a segment that no other refers to.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: SegmentId) -> Result<()> {
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Audience, account.get()).await?;
    let segment = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("segment", id))?;
    let users = store::using(&mut tx, account, |rule| rule.segments.contains(&id.get())).await?;
    if let [(_, first), rest @ ..] = users.as_slice() {
        let others = match rest.len() {
            0 => String::new(),
            n => format!(" (and {n} more)"),
        };
        return Err(Error::conflict(
            "segment_in_use",
            format!("the segment \"{first}\"{others} refers to this one; change that first"),
        ));
    }
    let under_way: Vec<String> = store::campaigns_using(&mut tx, account, id)
        .await?
        .into_iter()
        .filter(|(_, _, state)| ["scheduled", "sending", "paused"].contains(&state.as_str()))
        .map(|(_, name, _)| name)
        .collect();
    if let [first, rest @ ..] = under_way.as_slice() {
        let others = match rest.len() {
            0 => String::new(),
            n => format!(" (and {n} more)"),
        };
        return Err(Error::conflict(
            "segment_in_use",
            format!(
                "the campaign \"{first}\"{others} is under way and refers to this one; cancel that first"
            ),
        ));
    }
    store::delete(&mut tx, account, id).await?;
    // There can be a million members: they are forgotten later, bit by bit.
    members::enqueue(ctx, &mut tx, account, id).await?;
    audit(
        ctx,
        &mut tx,
        account,
        actor,
        "segment.deleted",
        ("segment", id),
        Some(as_json(&segment)),
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// One segment.
pub async fn get(ctx: &Ctx, account: AccountId, id: SegmentId) -> Result<Segment> {
    let mut tx = ctx.read().await?;
    store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("segment", id))
}

/// The newest first, each with its rule as a sentence, in a fixed number of queries.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Described>> {
    let mut tx = ctx.read().await?;
    let rows = store::list(&mut tx, account, cursor, limit).await?;
    let page = Page::from_rows(rows, limit, |segment| Cursor {
        key: 0,
        id: segment.id.get(),
    });
    let mut references = References::default();
    for segment in &page.data {
        references.extend(segment.rule.references());
    }
    let surroundings = Surroundings::load(&mut tx, ctx, account, references, None).await?;
    Ok(Page {
        data: page
            .data
            .into_iter()
            .map(|segment| describe_in(&surroundings, segment))
            .collect::<Result<_>>()?,
        next_cursor: page.next_cursor,
    })
}

fn describe_in(surroundings: &Surroundings, segment: Segment) -> Result<Described> {
    let faults = match surroundings.compile(&segment.rule, "rule") {
        Ok(_) => Vec::new(),
        Err(Error::Invalid(faults)) => faults,
        Err(other) => return Err(other),
    };
    Ok(Described {
        description: sentence(&segment.rule, surroundings),
        segment,
        faults,
    })
}

fn sentence(rule: &Rule, surroundings: &Surroundings) -> String {
    format!("People where {}", rule.describe(&surroundings.names))
}

/// Whom a rule would select, without storing it. `current` is the segment that is being edited, if one is.
pub async fn preview(
    ctx: &Ctx,
    account: AccountId,
    rule: &Value,
    current: Option<SegmentId>,
) -> Result<Preview> {
    let rule = parse(rule)?;
    let mut tx = ctx.read().await?;
    let surroundings =
        Surroundings::load(&mut tx, ctx, account, rule.references(), current).await?;
    let compiled = surroundings.compile(&rule, "rule")?;
    Ok(Preview {
        count: store::count_in(&mut tx, account, &compiled).await?,
        sample: store::newest(&mut tx, account, &compiled, SAMPLE).await?,
        description: sentence(&rule, &surroundings),
    })
}

/// A segment with its rule as a sentence.
pub async fn describe(ctx: &Ctx, account: AccountId, segment: Segment) -> Result<Described> {
    let mut tx = ctx.read().await?;
    let references = segment.rule.references();
    let surroundings = Surroundings::load(&mut tx, ctx, account, references, None).await?;
    describe_in(&surroundings, segment)
}

/// How many people are in it now.
pub async fn count(ctx: &Ctx, account: AccountId, id: SegmentId) -> Result<i64> {
    let mut tx = ctx.read().await?;
    let compiled = super::compile_in(&mut tx, ctx, account, id).await?;
    Ok(store::count_in(&mut tx, account, &compiled).await?)
}

/// Who is in it now, in the order of the ids.
pub async fn subscriber_ids(
    ctx: &Ctx,
    account: AccountId,
    id: SegmentId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<SubscriberId>> {
    let mut tx = ctx.read().await?;
    let compiled = super::compile_in(&mut tx, ctx, account, id).await?;
    let after = cursor.map(|cursor| SubscriberId::from(cursor.id));
    let ids = store::ids_in(&mut tx, account, &compiled, after, limit.plus_one()).await?;
    Ok(Page::from_rows(ids, limit, |id| Cursor {
        key: 0,
        id: id.get(),
    }))
}

/// Why a person is in it, or not.
pub async fn explain(
    ctx: &Ctx,
    account: AccountId,
    id: SegmentId,
    subscriber: SubscriberId,
) -> Result<Explanation> {
    let mut tx = ctx.read().await?;
    let segment = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("segment", id))?;
    let surroundings =
        Surroundings::load(&mut tx, ctx, account, segment.rule.references(), Some(id)).await?;
    let compiled = surroundings.compile(&segment.rule, "segment")?;
    let view = store::views(&mut tx, account, &[subscriber], &compiled.needs())
        .await?
        .remove(&subscriber)
        .ok_or_else(|| Error::not_found("subscriber", subscriber))?;
    let raw = store::raw_values(&mut tx, account, subscriber).await?;
    Tracer {
        surroundings: &surroundings,
        view: &view,
        raw: &raw,
    }
    .explain(&segment.rule)
}

/// A segment and those that refer to it, directly or not: their members change with its rule.
async fn with_dependents(
    tx: &mut db::Tx,
    account: AccountId,
    id: SegmentId,
) -> Result<Vec<SegmentId>> {
    let mut found = vec![id];
    let mut looked_at = 0;
    while let Some(next) = found.get(looked_at).copied() {
        looked_at += 1;
        let users = store::using(tx, account, |it| it.segments.contains(&next.get())).await?;
        for (user, _) in users {
            if !found.contains(&user) {
                found.push(user);
            }
        }
    }
    Ok(found)
}

/// What uses a segment.
pub async fn used_by(ctx: &Ctx, account: AccountId, id: SegmentId) -> Result<UsedBy> {
    let mut tx = ctx.read().await?;
    if store::find(&mut tx, account, id).await?.is_none() {
        return Err(Error::not_found("segment", id));
    }
    let segments = store::using(&mut tx, account, |it| it.segments.contains(&id.get())).await?;
    let campaigns = store::campaigns_using(&mut tx, account, id).await?;
    Ok(UsedBy {
        segments: segments
            .into_iter()
            .map(|(id, name)| User {
                id: id.to_string(),
                name,
                state: None,
            })
            .collect(),
        campaigns: campaigns
            .into_iter()
            .map(|(id, name, state)| User {
                id: id.to_string(),
                name,
                state: Some(state),
            })
            .collect(),
    })
}

/// How a segment grew in the last `days` days, today included, the oldest first. Days before it was filled are absent.
pub async fn growth(ctx: &Ctx, account: AccountId, id: SegmentId, days: u32) -> Result<Vec<Day>> {
    let mut tx = ctx.read().await?;
    if store::find(&mut tx, account, id).await?.is_none() {
        return Err(Error::not_found("segment", id));
    }
    let zone = identity::accounts::get(&mut tx, account).await?.time_zone;
    let today = Moment::new(ctx.clock.now(), zone).today();
    let first = today - i64::from(days.max(1)) + 1;
    let stored = members::growth(&mut tx, account, id, first).await?;
    let mut last = stored.range(..first).next_back().map(|(_, day)| day.2);
    let mut grown = Vec::new();
    for day in first..=today {
        let (entered, left, size) = match (stored.get(&day), last) {
            (Some(day), _) => *day,
            // On days without a row nothing happened.
            (None, Some(size)) => (0, 0, size),
            (None, None) => continue,
        };
        last = Some(size);
        grown.push(Day {
            date: rules::date_from_days(day).map_or_else(String::new, |date| date.to_string()),
            entered,
            left,
            size,
        });
    }
    Ok(grown)
}
