//! What becomes of the values when a dropdown field loses or renames options.

use std::collections::BTreeMap;

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use jobs::{Attempt, Job, JobError};
use kernel::{AccountId, Error, FieldError, Result, TimeZone, fold};
use rules::{Compiled, Moment, Rule, Schema, Segments};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{Catalog, Field, FieldInput, FieldValue};
use super::store;
use crate::subscribers::{self, Origin, Source, Status};
use crate::{FieldId, segments, uses};

/// People of one transaction.
const STEP: i64 = 1000;

/// Gives everybody who has an option another one, or none.
#[derive(Debug, Serialize, Deserialize)]
pub struct OptionsJob {
    account: AccountId,
    field: FieldId,
    old: String,
    new: Option<String>,
    by: String,
}

impl Job for OptionsJob {
    const KIND: &'static str = "audience.replace_option";

    async fn run(self, ctx: &Ctx, _: Attempt) -> Result<(), JobError> {
        while self.step(ctx).await? {
            if ctx.shutdown.is_cancelled() {
                return Err(JobError::Snooze(std::time::Duration::ZERO));
            }
        }
        Ok(())
    }
}

impl OptionsJob {
    /// Whether there may be more.
    async fn step(&self, ctx: &Ctx) -> Result<bool> {
        let mut tx = ctx.write().await?;
        let catalog = store::list(&mut tx, self.account).await?;
        // The field may be gone by now, and its values with it.
        let Some(field) = catalog.by_id(self.field) else {
            return Ok(false);
        };
        let who = having(ctx, field, &self.old)?;
        let ids = segments::ids_in(&mut tx, self.account, &who, None, STEP).await?;
        let input = match &self.new {
            Some(new) => FieldInput::Set(FieldValue::Text(new.clone())),
            None => FieldInput::Clear,
        };
        let mut drafts = subscribers::drafts_in(&mut tx, self.account, &ids, &[field.id]).await?;
        // By now somebody may have set it to something else.
        drafts.retain(|draft| draft.has_text(field.id, &self.old));
        for draft in &mut drafts {
            draft.put(field.id, &input);
        }
        let origin = Origin::by(&self.by, Source::Manual);
        subscribers::save(ctx, &mut tx, self.account, &catalog, &mut drafts, origin).await?;
        tx.commit().await?;
        Ok(!drafts.is_empty())
    }
}

/// Who has exactly this text in a field, also when it is no option any more.
fn having(ctx: &Ctx, field: &Field, option: &str) -> Result<Compiled> {
    let mut field = field.clone();
    field.options.push(option.to_owned());
    let rule = json!({ "field": field.key, "op": "equals", "value": option });
    let schema = Catalog::new(vec![field]).add_to(Schema::new(
        Status::ALL.map(Status::as_str),
        Source::ALL.map(Source::as_str),
    ));
    let moment = Moment::new(ctx.clock.now(), TimeZone::utc());
    let refused = |errors| rules::into_kernel_error("options", errors);
    let rule = Rule::parse(&rule).map_err(refused)?;
    rules::check(&rule, &schema, &moment, &Segments::none()).map_err(refused)
}

/// Decides what becomes of each option that `after` lacks: what `replace` says, or nothing if nobody has it; a new
/// spelling replaces the old one by itself. `replace` maps old options to new ones, or to none.
pub(super) async fn change(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    by: &str,
    (before, after): (&Field, &Field),
    replace: &BTreeMap<String, Option<String>>,
) -> Result<()> {
    let mut errors = Vec::new();
    let find = |field: &Field, option: &str| {
        let option = fold(option);
        let mut options = field.options.iter();
        options.find(|it| fold(it) == option).cloned()
    };
    let mut wanted: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (old, new) in replace {
        let at = format!("replace.{old}");
        let Some(old) = find(before, old) else {
            errors.push(FieldError::new(
                at,
                "unknown",
                "is none of the options so far",
            ));
            continue;
        };
        match new {
            None => drop(wanted.insert(old, None)),
            Some(new) => match find(after, new) {
                Some(new) => drop(wanted.insert(old, Some(new))),
                None => errors.push(FieldError::new(
                    at,
                    "unknown",
                    "is to become something that is none of the options; add it to those",
                )),
            },
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    for option in &before.options {
        if !after.options.contains(option)
            && let Some(respelled) = find(after, option)
        {
            wanted
                .entry(option.clone())
                .or_insert_with(|| Some(respelled));
        }
    }
    for option in &before.options {
        let stays = after.options.contains(option);
        match wanted.remove(option) {
            Some(new) if new.as_ref() != Some(option) => {
                carry(ctx, tx, account, by, (before, stays), option, new).await?;
            }
            _ if !stays => refuse_if_used(ctx, tx, account, before, option).await?,
            _ => {}
        }
    }
    Ok(())
}

/// Values follow by a job, rules at once.
async fn carry(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    by: &str,
    (field, stays): (&Field, bool),
    old: &str,
    new: Option<String>,
) -> Result<()> {
    match &new {
        Some(new) => {
            let now = ctx.clock.now();
            uses::rename_option(tx, account, &field.key, old, new, now).await?;
        }
        None if !stays => refuse_if_in_rules(tx, account, field, old).await?,
        None => {}
    }
    let job = OptionsJob {
        account,
        field: field.id,
        old: old.to_owned(),
        new,
        by: by.to_owned(),
    };
    jobs::enqueue(ctx, tx, account, &job).await?;
    Ok(())
}

async fn refuse_if_used(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    field: &Field,
    option: &str,
) -> Result<()> {
    // Nobody gets it meanwhile.
    tx.lock(LockClass::Audience, account.get()).await?;
    refuse_if_in_rules(tx, account, field, option).await?;
    let people = segments::count_in(tx, account, &having(ctx, field, option)?).await?;
    if people == 0 {
        return Ok(());
    }
    Err(Error::conflict(
        "option_in_use",
        format!(
            "{people} people have `{option}`; say in `replace` which option they get, or null for none"
        ),
    ))
}

async fn refuse_if_in_rules(
    tx: &mut Tx,
    account: AccountId,
    field: &Field,
    option: &str,
) -> Result<()> {
    let uses = uses::of_option(tx, account, &field.key, option).await?;
    if uses.is_empty() {
        return Ok(());
    }
    let who = uses::named(&uses);
    Err(Error::conflict(
        "option_in_use",
        format!(
            "`{option}` is used by {who}; change those first, or say in `replace` which option takes its place"
        ),
    ))
}
