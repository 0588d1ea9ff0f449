//! From a rule to something executable in one account: looks up what it names.

use std::collections::BTreeSet;

use ctx::Ctx;
use db::Tx;
use kernel::{AccountId, Error, Result, TimeZone};
use rules::{Compiled, Moment, Names, References, Rule, Schema, Segments};

use super::store::{self, Named};
use crate::SegmentId;
use crate::fields;
use crate::subscribers::{Source, Status};

/// Everything in the account that a rule, and the segments it refers to, speak of.
pub(super) struct Surroundings {
    pub(super) schema: Schema,
    pub(super) moment: Moment,
    pub(super) segments: Segments,
    pub(super) names: Names,
}

/// A segment, executable now. What has disappeared since it was saved is an error that says so.
pub async fn compile_in(
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
    id: SegmentId,
) -> Result<Compiled> {
    let segment = store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("segment", id))?;
    let surroundings =
        Surroundings::load(tx, ctx, account, segment.rule.references(), Some(id)).await?;
    surroundings.compile(&segment.rule, "segment")
}

/// A rule that is not a segment, executable now. Faults are named as `rule.…`.
pub async fn compile_rule_in(
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
    rule: &Rule,
) -> Result<Compiled> {
    Surroundings::load(tx, ctx, account, rule.references(), None)
        .await?
        .compile(rule, "rule")
}

/// What the rules of an account may speak of, for whoever asks many of them in memory.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    pub schema: Schema,
    pub segments: Segments,
    /// Days are those of this zone.
    pub zone: TimeZone,
}

/// Looks up what `references` name, as far as it exists, and all fields.
pub async fn vocabulary_in(
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
    references: References,
) -> Result<Vocabulary> {
    let found = Surroundings::load(tx, ctx, account, references, None).await?;
    Ok(Vocabulary {
        schema: found.schema,
        segments: found.segments,
        zone: found.moment.zone,
    })
}

impl Surroundings {
    /// What one rule speaks of, or several do together. `current` is the segment whose rule it is, so that a way back
    /// to it is found.
    pub(super) async fn load(
        tx: &mut Tx,
        ctx: &Ctx,
        account: AccountId,
        mut references: References,
        current: Option<SegmentId>,
    ) -> Result<Self> {
        let zone = identity::accounts::get(tx, account).await?.time_zone;
        let mut segments = Segments {
            current: current.map(SegmentId::get),
            ..Segments::none()
        };
        let mut names = Names::default();
        // One query for each level of nesting; the visited are not asked again, so circles end.
        let mut wanted: Vec<i64> = references.segments.iter().copied().collect();
        while !wanted.is_empty() {
            let mut next = BTreeSet::new();
            for segment in store::find_many(tx, account, &wanted).await? {
                let inner = segment.rule.references();
                next.extend(inner.segments.iter().copied());
                references.extend(inner);
                names.segments.insert(segment.id.get(), segment.name);
                segments.rules.insert(segment.id.get(), segment.rule);
            }
            next.retain(|id| !segments.rules.contains_key(id));
            // Those that were asked for and do not exist will be reported as unknown.
            wanted.retain(|id| !segments.rules.contains_key(id));
            next.retain(|id| !wanted.contains(id));
            wanted = next.into_iter().collect();
        }
        segments.names.clone_from(&names.segments);
        let catalog = fields::list(tx, account).await?;
        names.groups = store::names(tx, account, Named::Group, &references.groups).await?;
        names.tags = store::names(tx, account, Named::Tag, &references.tags).await?;
        names.campaigns = store::names(tx, account, Named::Campaign, &references.campaigns).await?;
        names.event_types =
            store::names(tx, account, Named::EventType, &references.event_types).await?;
        names.fields = catalog
            .iter()
            .map(|field| (field.key.clone(), field.name.clone()))
            .collect();
        let schema = catalog
            .add_to(Schema::new(
                Status::ALL.map(Status::as_str),
                Source::ALL.map(Source::as_str),
            ))
            .with_groups(names.groups.keys().copied())
            .with_tags(names.tags.keys().copied())
            .with_campaigns(names.campaigns.keys().copied())
            .with_event_types(names.event_types.keys().copied());
        Ok(Self {
            schema,
            moment: Moment::new(ctx.clock.now(), zone),
            segments,
            names,
        })
    }

    /// `field` is what the input calls the rule.
    pub(super) fn compile(&self, rule: &Rule, field: &str) -> Result<Compiled> {
        rules::check(rule, &self.schema, &self.moment, &self.segments)
            .map_err(|errors| rules::into_kernel_error(field, errors))
    }
}
