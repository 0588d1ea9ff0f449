//! Use cases.

use std::collections::HashSet;

use ctx::Ctx;
use db::Tx;
use identity::{Actor, audit};
use kernel::{AccountId, Cursor, Error, FieldError, Limit, Page, Result, fold};
use serde_json::json;

use super::model::{COLUMNS, Filter, TAGS, USUAL, View};
use super::store;
use crate::input::name;
use crate::subscribers::{self, Sort};
use crate::{ViewId, fields, labels, segments};

/// Most views of an account, and most columns of a view.
const MAX_VIEWS: i64 = 500;
const MAX_COLUMNS: usize = 100;

/// A view to be made.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub name: String,
    pub shared: bool,
    pub filter: Filter,
    /// The usual ones, unless given.
    pub columns: Option<Vec<String>>,
    pub sort: Sort,
}

/// What is to change; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<String>,
    pub shared: Option<bool>,
    pub filter: Option<Filter>,
    pub columns: Option<Vec<String>>,
    pub sort: Option<Sort>,
}

/// Makes a view.
pub async fn create(ctx: &Ctx, account: AccountId, actor: &Actor, draft: Draft) -> Result<View> {
    let (name, folded) = name("name", &draft.name)?;
    let columns = draft
        .columns
        .unwrap_or_else(|| USUAL.map(str::to_owned).to_vec());
    let mut tx = ctx.write().await?;
    check(&mut tx, account, &draft.filter, &columns).await?;
    if store::count(&mut tx, account).await? >= MAX_VIEWS {
        return Err(Error::conflict(
            "limit_reached",
            format!("an account has at most {MAX_VIEWS} views; delete one first"),
        ));
    }
    let now = ctx.clock.now();
    let view = View {
        id: ctx.ids.next(),
        name,
        shared: draft.shared,
        filter: draft.filter,
        columns,
        sort: draft.sort,
        created_by: actor.as_str().to_owned(),
        created_at: now,
        updated_at: now,
    };
    store::insert(&mut tx, account, &view, &folded)
        .await
        .map_err(taken)?;
    let after = Some(json!(view));
    let target = ("view", view.id);
    audit(
        ctx,
        &mut tx,
        account,
        actor,
        "view.created",
        target,
        None,
        after,
    )
    .await?;
    tx.commit().await?;
    Ok(view)
}

/// Changes a view. Only whoever made it can make it private.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: ViewId,
    change: Change,
) -> Result<View> {
    let new_name = change.name.map(|text| name("name", &text)).transpose()?;
    let mut tx = ctx.write().await?;
    let before = find(&mut tx, account, actor, id).await?;
    let mut view = before.clone();
    let folded = match new_name {
        Some((name, folded)) => {
            view.name = name;
            folded
        }
        None => fold(&view.name),
    };
    view.shared = change.shared.unwrap_or(view.shared);
    view.filter = change.filter.unwrap_or(view.filter);
    view.columns = change.columns.unwrap_or(view.columns);
    view.sort = change.sort.unwrap_or(view.sort);
    if before.shared && !view.shared && view.created_by != actor.as_str() {
        return Err(Error::invalid(
            "shared",
            "not_yours",
            "somebody else made this view; make one of your own instead",
        ));
    }
    if view == before {
        return Ok(view);
    }
    check(&mut tx, account, &view.filter, &view.columns).await?;
    view.updated_at = ctx.clock.now();
    store::update(&mut tx, account, &view, &folded)
        .await
        .map_err(taken)?;
    let (before, after) = (Some(json!(before)), Some(json!(view)));
    let target = ("view", id);
    audit(
        ctx,
        &mut tx,
        account,
        actor,
        "view.updated",
        target,
        before,
        after,
    )
    .await?;
    tx.commit().await?;
    Ok(view)
}

/// Removes a view.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: ViewId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let before = Some(json!(find(&mut tx, account, actor, id).await?));
    store::delete(&mut tx, account, id).await?;
    let target = ("view", id);
    audit(
        ctx,
        &mut tx,
        account,
        actor,
        "view.deleted",
        target,
        before,
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// One view.
pub async fn get(ctx: &Ctx, account: AccountId, actor: &Actor, id: ViewId) -> Result<View> {
    find(&mut *ctx.read().await?, account, actor, id).await
}

/// Those that are shared or one's own, the newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<View>> {
    let mut tx = ctx.read().await?;
    let before = cursor.map_or(i64::MAX, |cursor| cursor.id);
    let rows = store::page(&mut tx, account, actor.as_str(), before, limit).await?;
    Ok(Page::from_rows(rows, limit, |view| Cursor {
        key: 0,
        id: view.id.get(),
    }))
}

async fn find(tx: &mut Tx, account: AccountId, actor: &Actor, id: ViewId) -> Result<View> {
    store::find(tx, account, actor.as_str(), id)
        .await?
        .ok_or_else(|| Error::not_found("view", id))
}

fn taken(error: db::Error) -> Error {
    match error {
        db::Error::Unique(_) => Error::invalid(
            "name",
            "taken",
            "whoever made this view has another one of this name; choose another",
        ),
        other => other.into(),
    }
}

/// Whether all that a view names is there.
async fn check(tx: &mut Tx, account: AccountId, filter: &Filter, columns: &[String]) -> Result<()> {
    let mut errors = Vec::new();
    let unknown = |field: &str, noun: &str| {
        FieldError::new(field, "unknown", format!("there is no such {noun}"))
    };
    if let Some(group) = filter.group
        && labels::existing(tx, account, &[group]).await?.is_empty()
    {
        errors.push(unknown("filter.group", "group"));
    }
    if let Some(tag) = filter.tag
        && labels::existing(tx, account, &[tag]).await?.is_empty()
    {
        errors.push(unknown("filter.tag", "tag"));
    }
    if let Some(segment) = filter.segment
        && !segments::exists_in(tx, account, segment).await?
    {
        errors.push(unknown("filter.segment", "segment"));
    }
    if let Some(search) = &filter.search
        && let Err(Error::Invalid(faults)) = subscribers::check_search(search)
    {
        errors.extend(faults.into_iter().map(|fault| FieldError {
            field: format!("filter.{}", fault.field),
            ..fault
        }));
    }
    check_columns(tx, account, columns, &mut errors).await?;
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(errors))
    }
}

async fn check_columns(
    tx: &mut Tx,
    account: AccountId,
    columns: &[String],
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    if columns.is_empty() || columns.len() > MAX_COLUMNS {
        errors.push(FieldError::new(
            "columns",
            "out_of_range",
            format!("choose 1 to {MAX_COLUMNS} columns"),
        ));
        return Ok(());
    }
    let catalog = fields::list(tx, account).await?;
    let mut seen = HashSet::new();
    for (i, column) in columns.iter().enumerate() {
        let known = match column.strip_prefix("fields.") {
            Some(key) => catalog.by_key(key).is_some(),
            None => COLUMNS.contains(&column.as_str()) || column == TAGS,
        };
        let fault = if !known {
            (
                "unknown",
                "is no attribute of a subscriber and no custom field",
            )
        } else if !seen.insert(column) {
            ("duplicate", "is named twice")
        } else {
            continue;
        };
        errors.push(FieldError::new(format!("columns[{i}]"), fault.0, fault.1));
    }
    Ok(())
}
