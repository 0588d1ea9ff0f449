//! Creating and updating many people by their addresses: the one way that imports, the API and forms write people.
//!
//! A batch costs a fixed number of statements, whatever its size: look up the addresses, the suppression list and the
//! old values; decide in memory; insert and overwrite what differs. Rows are taken as if one after the other, so a later
//! row of the same address builds on an earlier one.
//!
//! On PostgreSQL, whoever creates or deletes people of one account takes turns (an advisory lock), so no address is
//! inserted twice, nothing is written of somebody deleted, and nobody waits in a circle. Changes of existing people are decided twice, first on what is there
//! without a lock, then, for those who differ, on their locked rows: an unsubscribe that commits in between is seen, and
//! people who stay the same, such as a file that is imported again, cost no write at all.

use std::collections::{HashMap, HashSet};

use ctx::Ctx;
use db::{Engine, LockClass, WriteTx};
use kernel::{AccountId, EmailAddress, IdBlock, Result, Timestamp};

use super::save::{Origin, save};
use super::trace::{self, Trace};
use crate::fields::{self, Catalog, FieldInput, FieldValue};
use crate::labels;
use crate::subscribers::draft::Draft;
use crate::subscribers::model::{Attributes, Consent, Source, Status, Subscriber};
use crate::subscribers::store::{self, For};
use crate::{FieldId, GroupId, ImportId, SubscriberId, TagId, suppressions};

/// Most rows of one call.
pub const MAX_BATCH: usize = 5000;

/// One person as an import or a program describes them. The values are checked: [`Attributes::checked`],
/// [`Consent::checked`], [`fields::parse_json`], [`fields::parse_text`]; groups and tags exist.
#[derive(Clone, Debug)]
pub struct UpsertRow {
    pub email: EmailAddress,
    pub attributes: Attributes,
    pub fields: Vec<(FieldId, FieldInput)>,
    /// See [`Status::after_upsert`]; new people are active when it is absent.
    pub status: Option<Status>,
    /// This person asked to be subscribed again; see [`Policy::resubscribe`].
    pub resubscribe: bool,
    pub consent: Option<Consent>,
    /// Beyond those of the whole batch.
    pub groups: Vec<GroupId>,
    pub tags: Vec<TagId>,
}

impl UpsertRow {
    /// Nothing but an address.
    pub fn new(email: EmailAddress) -> Self {
        Self {
            email,
            attributes: Attributes::default(),
            fields: Vec::new(),
            status: None,
            resubscribe: false,
            consent: None,
            groups: Vec::new(),
            tags: Vec::new(),
        }
    }
}

/// Which rows are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// All.
    #[default]
    CreateAndUpdate,
    /// Those of new addresses.
    CreateOnly,
    /// Those of known addresses.
    UpdateOnly,
}

/// How a batch is taken.
#[derive(Clone, Debug)]
pub struct Policy {
    pub mode: Mode,
    pub source: Source,
    /// Everybody in the batch asked to be subscribed again, which is more than being in a file. Does not help the
    /// suppressed.
    pub resubscribe: bool,
    /// Leaves people alone who are known and get no mail any more: unsubscribed, bounced, suppressed.
    pub skip_gone: bool,
    /// Why statuses change.
    pub reason: String,
    pub groups: Vec<GroupId>,
    pub tags: Vec<TagId>,
    /// For those of whom no consent is known and whose row has none.
    pub consent: Option<Consent>,
    pub import: Option<ImportId>,
    /// Who does it: `user:1`, `token:2`.
    pub by: String,
}

impl Policy {
    /// Creates and updates.
    pub fn new(source: Source, by: impl Into<String>) -> Self {
        Self {
            mode: Mode::default(),
            source,
            resubscribe: false,
            skip_gone: false,
            reason: source.as_str().to_owned(),
            groups: Vec::new(),
            tags: Vec::new(),
            consent: None,
            import: None,
            by: by.into(),
        }
    }
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Created(SubscriberId),
    Updated(SubscriberId),
    /// Known, and the same in everything that the row says.
    Unchanged(SubscriberId),
    Skipped(Skip),
}

/// Why a row was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// [`Mode::CreateOnly`], and the address is known.
    Exists(SubscriberId),
    /// [`Mode::UpdateOnly`], and the address is not known.
    Unknown,
    /// The address is on the suppression list.
    Suppressed,
    /// [`Policy::skip_gone`], and the person has this status.
    Gone(Status),
}

/// Creates and updates people, up to [`MAX_BATCH`]; an outcome for each row, in their order.
pub async fn upsert_many_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    catalog: &Catalog,
    rows: &[UpsertRow],
    policy: &Policy,
) -> Result<Vec<Outcome>> {
    let (outcomes, _) = upsert_traced_in(ctx, tx, account, catalog, rows, policy).await?;
    Ok(outcomes)
}

/// The same; also what was changed of whom, when the policy names an import.
pub(crate) async fn upsert_traced_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    catalog: &Catalog,
    rows: &[UpsertRow],
    policy: &Policy,
) -> Result<(Vec<Outcome>, Vec<Trace>)> {
    assert!(rows.len() <= MAX_BATCH, "batches have a limit");
    tx.lock(LockClass::Audience, account.get()).await?;
    let folded: Vec<String> = rows.iter().map(|row| row.email.folded()).collect();
    let mut slots: HashMap<&str, usize> = HashMap::with_capacity(rows.len());
    let mut unique: Vec<&str> = Vec::with_capacity(rows.len());
    let slot_of_row: Vec<usize> = folded
        .iter()
        .map(|folded| {
            *slots.entry(folded).or_insert_with(|| {
                unique.push(folded);
                unique.len() - 1
            })
        })
        .collect();
    drop(slots);
    let known = store::find_by_emails(tx, account, &unique).await?;
    let suppressed = suppressions::suppressed_in(ctx, tx, account, &unique).await?;
    let fields = fields_of(rows);
    let ids: Vec<SubscriberId> = known.values().map(|person| person.id).collect();
    let values = fields::values_of(tx, account, &ids, Some(&fields)).await?;

    let batch = Batch {
        account,
        rows,
        policy,
        slot_of_row: &slot_of_row,
        unique: &unique,
        suppressed: &suppressed,
        new_ids: ctx.ids.reserve(unique.len()),
        now: ctx.clock.now(),
    };
    let mut known = Known {
        people: known,
        values,
    };
    let mut plan = batch.plan(&known);
    if tx.engine() == Engine::Postgres {
        // Differs because only PostgreSQL has other writers: see the top of this file.
        let changed = plan.changed();
        if !changed.is_empty() {
            known.reread(tx, account, &changed, &fields).await?;
            plan = batch.plan(&known);
        }
    }
    let traces = if policy.import.is_some() {
        trace::of_changes(&plan.drafts, &known.people, &known.values)
    } else {
        HashMap::new()
    };
    batch.write(ctx, tx, catalog, plan, traces).await
}

pub(super) fn fields_of(rows: &[UpsertRow]) -> Vec<FieldId> {
    let mut fields: HashSet<FieldId> = HashSet::new();
    for row in rows {
        fields.extend(row.fields.iter().map(|(field, _)| *field));
    }
    let mut fields: Vec<FieldId> = fields.into_iter().collect();
    fields.sort_unstable();
    fields
}

/// What is in the database of the people of a batch.
pub(super) struct Known {
    /// By folded address.
    pub(super) people: HashMap<String, Subscriber>,
    pub(super) values: HashMap<SubscriberId, Vec<(FieldId, FieldValue)>>,
}

impl Known {
    /// Locks some of them and reads them again.
    async fn reread(
        &mut self,
        tx: &mut WriteTx,
        account: AccountId,
        ids: &[SubscriberId],
        fields: &[FieldId],
    ) -> Result<()> {
        let mut locked: HashMap<SubscriberId, Subscriber> =
            store::find_many(tx, account, ids, For::Writing)
                .await?
                .into_iter()
                .map(|person| (person.id, person))
                .collect();
        let mut values = fields::values_of(tx, account, ids, Some(fields)).await?;
        let wanted: HashSet<SubscriberId> = ids.iter().copied().collect();
        self.people.retain(|_, person| {
            if !wanted.contains(&person.id) {
                return true;
            }
            let Some(fresh) = locked.remove(&person.id) else {
                return false;
            };
            *person = fresh;
            self.values
                .insert(person.id, values.remove(&person.id).unwrap_or_default());
            true
        });
        Ok(())
    }
}

pub(super) struct Batch<'a> {
    pub(super) account: AccountId,
    pub(super) rows: &'a [UpsertRow],
    pub(super) policy: &'a Policy,
    /// The place in `unique` of each row's address.
    pub(super) slot_of_row: &'a [usize],
    pub(super) unique: &'a [&'a str],
    pub(super) suppressed: &'a HashSet<usize>,
    pub(super) new_ids: IdBlock,
    pub(super) now: Timestamp,
}

/// What is to be written.
pub(super) struct Plan {
    drafts: Vec<Draft>,
    pub(super) outcomes: Vec<Outcome>,
    groups: Vec<(GroupId, usize)>,
    tags: Vec<(TagId, usize)>,
}

impl Plan {
    fn changed(&self) -> Vec<SubscriberId> {
        self.drafts
            .iter()
            .filter(|draft| !draft.is_new() && draft.is_changed())
            .map(|draft| draft.person.id)
            .collect()
    }
}

impl Batch<'_> {
    /// Decides, without IO.
    pub(super) fn plan(&self, known: &Known) -> Plan {
        let mut plan = Plan {
            drafts: Vec::with_capacity(self.unique.len()),
            outcomes: Vec::with_capacity(self.rows.len()),
            groups: Vec::new(),
            tags: Vec::new(),
        };
        let mut drafts: Vec<Option<usize>> = vec![None; self.unique.len()];
        let mut created = 0;
        for (row, slot) in self.rows.iter().zip(self.slot_of_row.iter().copied()) {
            if self.suppressed.contains(&slot) {
                plan.outcomes.push(Outcome::Skipped(Skip::Suppressed));
                continue;
            }
            if drafts[slot].is_none()
                && let Some(person) = known.people.get(self.unique[slot])
            {
                let values = known.values.get(&person.id).cloned().unwrap_or_default();
                drafts[slot] = Some(plan.drafts.len());
                plan.drafts.push(Draft::of(person.clone(), values));
            }
            let outcome = match (drafts[slot], self.policy.mode) {
                (None, Mode::UpdateOnly) => Outcome::Skipped(Skip::Unknown),
                (None, _) => {
                    let id = SubscriberId::from(self.new_ids.nth(created));
                    created += 1;
                    drafts[slot] = Some(plan.drafts.len());
                    plan.drafts.push(self.create(row, id));
                    Outcome::Created(id)
                }
                (Some(at), Mode::CreateOnly) => {
                    Outcome::Skipped(Skip::Exists(plan.drafts[at].person.id))
                }
                (Some(at), _)
                    if self.policy.skip_gone && plan.drafts[at].person.status.is_gone() =>
                {
                    Outcome::Skipped(Skip::Gone(plan.drafts[at].person.status))
                }
                (Some(at), _) => {
                    let draft = &mut plan.drafts[at];
                    if self.update(row, draft) {
                        Outcome::Updated(draft.person.id)
                    } else {
                        Outcome::Unchanged(draft.person.id)
                    }
                }
            };
            if let (Some(at), false) = (drafts[slot], matches!(outcome, Outcome::Skipped(_))) {
                let groups = self.policy.groups.iter().chain(&row.groups);
                plan.groups.extend(groups.map(|group| (*group, at)));
                let tags = self.policy.tags.iter().chain(&row.tags);
                plan.tags.extend(tags.map(|tag| (*tag, at)));
            }
            plan.outcomes.push(outcome);
        }
        plan
    }

    fn create(&self, row: &UpsertRow, id: SubscriberId) -> Draft {
        let status = row.status.unwrap_or(Status::Active);
        let mut draft = Draft::new(Subscriber {
            id,
            email: row.email.as_str().to_owned(),
            first_name: None,
            last_name: None,
            phone: None,
            status,
            status_reason: (status != Status::Active).then(|| self.policy.reason.clone()),
            status_changed_at: self.now,
            source: self.policy.source,
            score: 0,
            owner: None,
            time_zone: None,
            language: None,
            consent: row
                .consent
                .as_ref()
                .or(self.policy.consent.as_ref())
                .cloned(),
            confirmed_at: None,
            confirmed_ip: None,
            created_at: self.now,
            updated_at: self.now,
            last_activity_at: None,
            import: self.policy.import,
        });
        draft.apply(&row.attributes);
        for (field, input) in &row.fields {
            draft.put(*field, input);
        }
        draft.groups.clone_from(&row.groups);
        draft.tags.clone_from(&row.tags);
        draft
    }

    /// Whether the row says anything new.
    fn update(&self, row: &UpsertRow, draft: &mut Draft) -> bool {
        let mut differs = draft.apply(&row.attributes);
        for (field, input) in &row.fields {
            differs |= draft.put(*field, input);
        }
        match (&row.consent, &self.policy.consent) {
            (Some(consent), _) => differs |= draft.consent(consent),
            (None, Some(consent)) if draft.person.consent.is_none() => {
                differs |= draft.consent(consent);
            }
            _ => {}
        }
        let status = draft
            .person
            .status
            .after_upsert(row.status, self.policy.resubscribe || row.resubscribe);
        differs | draft.set_status(status, Some(&self.policy.reason), self.now)
    }

    async fn write(
        &self,
        ctx: &Ctx,
        tx: &mut WriteTx,
        catalog: &Catalog,
        mut plan: Plan,
        mut traces: HashMap<SubscriberId, Trace>,
    ) -> Result<(Vec<Outcome>, Vec<Trace>)> {
        let policy = self.policy;
        let origin = Origin {
            source: policy.source,
            import: policy.import,
            by: &policy.by,
            campaign: None,
            groups: &policy.groups,
            tags: &policy.tags,
        };
        save(ctx, tx, self.account, catalog, &mut plan.drafts, origin).await?;
        let groups = self.join(ctx, tx, &plan.drafts, plan.groups).await?;
        let tags = self.join(ctx, tx, &plan.drafts, plan.tags).await?;
        let joined: HashSet<SubscriberId> = groups
            .iter()
            .map(|(_, person)| *person)
            .chain(tags.iter().map(|(_, person)| *person))
            .collect();
        for outcome in &mut plan.outcomes {
            if let Outcome::Unchanged(id) = *outcome
                && joined.contains(&id)
            {
                *outcome = Outcome::Updated(id);
            }
        }
        if policy.import.is_some() {
            for (group, person) in groups {
                let trace = traces.entry(person);
                trace
                    .or_insert_with(|| Trace::new(person))
                    .groups
                    .push(group);
            }
            for (tag, person) in tags {
                let trace = traces.entry(person);
                trace.or_insert_with(|| Trace::new(person)).tags.push(tag);
            }
        }
        Ok((plan.outcomes, traces.into_values().collect()))
    }

    /// Puts people into groups or tags; gives back the existing people who were not there before.
    async fn join<Id: labels::LabelId>(
        &self,
        ctx: &Ctx,
        tx: &mut WriteTx,
        drafts: &[Draft],
        mut pairs: Vec<(Id, usize)>,
    ) -> Result<Vec<(Id, SubscriberId)>> {
        // In the order of the index, and without the repetitions that rows of one address bring.
        pairs.sort_unstable_by_key(|(label, at)| (*label, drafts[*at].person.id));
        pairs.dedup();
        let (new, existing): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(_, at)| drafts[*at].is_new());
        let people = |list: Vec<(Id, usize)>| {
            list.into_iter()
                .map(|(label, at)| (label, drafts[at].person.id))
        };
        // Whose import it is, the import tells.
        let by = match self.policy.import {
            Some(import) => &format!("import:{import}"),
            None => &self.policy.by,
        };
        let new: Vec<_> = people(new).collect();
        labels::add_new_in(ctx, tx, self.account, &new, by).await?;
        labels::add_in(ctx, tx, self.account, people(existing), by).await
    }
}
