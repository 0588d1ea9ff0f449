//! Writing campaigns.

use ::content::{CompileOptions, Compiled, Document};
use ctx::Ctx;
use db::WriteTx;
use identity::Actor;
use kernel::{AccountId, Cursor, EmailAddress, Error, FieldError, Limit, Page, Result, text};
use serde::Deserialize;
use serde_json::json;

use super::super::ab::NewAbTest;
use super::super::model::{Audience, Campaign, CampaignId, CampaignState, RevisionId};
use super::super::store;
use super::content::content_faults;
use super::{ab, check_made_by_somebody, check_version, for_change, for_update};
use crate::revisions::{self, Saving};
use crate::senders::{SenderId, store as senders};
use crate::templates::TemplateId;
use crate::transports::{TransportId, store as transports};

/// What a new campaign is made from. Everything but the name can be set later.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCampaign {
    /// For the team; people who get the mail do not see it.
    #[schema(example = "May newsletter")]
    pub name: String,
    /// Who it comes from: sets the name and the addresses, now and again when it starts.
    #[serde(default)]
    pub sender_id: Option<SenderId>,
    /// Name of the sender; the account's default when absent.
    #[serde(default)]
    pub sender_name: Option<String>,
    /// Address of the sender; the account's default when absent.
    #[serde(default)]
    #[schema(example = "news@example.com")]
    pub sender_email: Option<String>,
    /// Where answers go, if not to the sender.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// To whom.
    #[serde(default)]
    pub audience: Audience,
    /// How it leaves; the account's default when absent.
    #[serde(default)]
    pub transport_id: Option<TransportId>,
    /// Spreads the messages over so many minutes, 1 to 10080.
    #[serde(default)]
    pub spread_minutes: Option<i64>,
    /// Variants to be tried.
    #[serde(default)]
    pub ab: Option<NewAbTest>,
    /// Subject and body.
    #[serde(default)]
    pub content: Option<Document>,
    /// Or those of a template, as they are now.
    #[serde(default)]
    pub template_id: Option<TemplateId>,
}

/// A change of a campaign: absent is unchanged.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CampaignPatch {
    pub name: Option<String>,
    /// Sets the name and the addresses; `null` keeps them, but on their own.
    #[serde(deserialize_with = "web::present")]
    #[schema(value_type = Option<SenderId>)]
    pub sender_id: Option<Option<SenderId>>,
    pub sender_name: Option<String>,
    pub sender_email: Option<String>,
    /// An empty text removes it.
    pub reply_to: Option<String>,
    pub audience: Option<Audience>,
    /// `null` goes back to the account's default.
    #[serde(deserialize_with = "web::present")]
    #[schema(value_type = Option<TransportId>)]
    pub transport_id: Option<Option<TransportId>>,
    /// `null`: all at once.
    #[serde(deserialize_with = "web::present")]
    #[schema(value_type = Option<i64>)]
    pub spread_minutes: Option<Option<i64>>,
    /// `null`: no test.
    #[serde(deserialize_with = "web::present")]
    #[schema(value_type = Option<NewAbTest>)]
    pub ab: Option<Option<NewAbTest>>,
    pub content: Option<Document>,
}

/// One campaign.
pub async fn get(ctx: &Ctx, account: AccountId, id: CampaignId) -> Result<Campaign> {
    let mut tx = ctx.read().await?;
    store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))
}

/// Newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    state: Option<CampaignState>,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Campaign>> {
    let mut tx = ctx.read().await?;
    let rows = store::list(&mut tx, account, state, cursor, limit).await?;
    Ok(Page::from_rows(rows, limit, |campaign| Cursor {
        key: 0,
        id: campaign.id.get(),
    }))
}

/// Adds a draft.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    new: NewCampaign,
) -> Result<Campaign> {
    let mut tx = ctx.write().await?;
    let owner = identity::accounts::get(&mut tx, account).await?;
    let now = ctx.clock.now();
    let mut campaign = Campaign {
        account,
        id: ctx.ids.next(),
        name: String::new(),
        state: CampaignState::Draft,
        revision: None,
        sender: None,
        sender_name: owner
            .sender_name
            .clone()
            .unwrap_or_else(|| owner.name.clone()),
        sender_email: owner
            .sender_email
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        reply_to: owner.reply_to.as_ref().map(ToString::to_string),
        audience: Audience::default(),
        transport: None,
        spread_minutes: None,
        local_time: None,
        ab: None,
        resend: None,
        series: None,
        scheduled_at: None,
        started_at: None,
        finished_at: None,
        pause_reason: None,
        snapshot_done: false,
        snapshot_cursor: 0,
        version: 1,
        created_at: now,
        updated_at: now,
        created_by: actor.to_string(),
    };
    let patch = CampaignPatch {
        name: Some(new.name),
        sender_id: new.sender_id.map(Some),
        sender_name: new.sender_name,
        sender_email: new.sender_email,
        reply_to: new.reply_to,
        audience: Some(new.audience),
        transport_id: Some(new.transport_id),
        spread_minutes: Some(new.spread_minutes),
        ab: Some(new.ab),
        content: new.content,
    };
    if let Some(template) = new.template_id {
        campaign.revision = Some(of_template(&mut tx, account, template, &patch).await?);
    }
    apply(ctx, &mut tx, &mut campaign, actor, patch).await?;
    store::insert(&mut tx, &campaign).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "campaign.created",
        None,
        Some(&campaign),
    )
    .await?;
    tx.commit().await?;
    Ok(campaign)
}

/// The present content of a template. Content never changes, so there is nothing to copy.
async fn of_template(
    tx: &mut WriteTx,
    account: AccountId,
    template: TemplateId,
    patch: &CampaignPatch,
) -> Result<RevisionId> {
    if patch.content.is_some() {
        return Err(Error::invalid(
            "template_id",
            "not_allowed",
            "give content or a template; not both",
        ));
    }
    let found = crate::templates::store::find(tx, account, template).await?;
    let found = found.ok_or_else(|| {
        Error::invalid(
            "template_id",
            "unknown",
            "there is no such template in this account",
        )
    })?;
    if !found.variables.is_empty() {
        let message = format!(
            "this template needs values that a campaign does not have ({}); only messages of programs give them",
            found.variables.join(", ")
        );
        return Err(Error::invalid("template_id", "not_allowed", message));
    }
    Ok(found.revision)
}

/// Changes a draft, a scheduled campaign, or the words of a paused one. `expected` is the version the caller has read, if it cares.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
    expected: Option<i64>,
    patch: CampaignPatch,
) -> Result<Campaign> {
    let mut tx = ctx.write().await?;
    let mut campaign = for_change(&mut tx, account, id).await?;
    check_version(&campaign, expected)?;
    campaign.check_editable_midway(
        patch.audience.is_none() && patch.spread_minutes.is_none() && patch.ab.is_none(),
    )?;
    let before = campaign.clone();
    let only_content = patch.is_content_only();
    let continues = apply(ctx, &mut tx, &mut campaign, actor, patch).await?;
    if only_content && campaign.revision == before.revision {
        return Ok(campaign);
    }
    store::update(&mut tx, &mut campaign, ctx.clock.now()).await?;
    // An editor saves every few seconds; one row tells of all that is one revision.
    if !(only_content && continues) {
        audit(
            ctx,
            &mut tx,
            actor,
            "campaign.updated",
            Some(&before),
            Some(&campaign),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(campaign)
}

impl CampaignPatch {
    fn is_content_only(&self) -> bool {
        self.content.is_some()
            && self.name.is_none()
            && self.sender_id.is_none()
            && self.sender_name.is_none()
            && self.sender_email.is_none()
            && self.reply_to.is_none()
            && self.audience.is_none()
            && self.transport_id.is_none()
            && self.spread_minutes.is_none()
            && self.ab.is_none()
    }
}

/// Removes a campaign that has sent nothing.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: CampaignId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let campaign = for_update(&mut tx, account, id).await?;
    campaign.check_editable().map_err(|_| {
        Error::conflict(
            "campaign_state",
            "a campaign that was started is kept, since its messages and reports belong to it",
        )
    })?;
    if let Some(series) = crate::series::store::of_campaign(&mut tx, account, id.get()).await? {
        return Err(Error::conflict(
            "in_a_series",
            format!("the series \"{series}\" sends copies of this draft; delete that first"),
        ));
    }
    store::delete(&mut tx, account, id).await?;
    revisions::delete_in(&mut tx, campaign.as_owner()).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "campaign.deleted",
        Some(&campaign),
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// A new draft with the same content, audience and sender.
pub async fn duplicate(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
) -> Result<Campaign> {
    let mut tx = ctx.write().await?;
    let original = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))?;
    check_made_by_somebody(&mut tx, account, id).await?;
    let copy = copy_of(ctx, &original, actor, "copy");
    store::insert(&mut tx, &copy).await?;
    crate::feeds::store::copy_variables(&mut tx, account, id, copy.id).await?;
    audit(ctx, &mut tx, actor, "campaign.created", None, Some(&copy)).await?;
    tx.commit().await?;
    Ok(copy)
}

/// A draft like it, whose name says so.
pub(crate) fn copy_of(ctx: &Ctx, original: &Campaign, actor: &Actor, how: &str) -> Campaign {
    let now = ctx.clock.now();
    let suffix = format!(" ({how})");
    let mut name: String = original
        .name
        .chars()
        .take(MAX_NAME - suffix.len())
        .collect();
    name.push_str(&suffix);
    Campaign {
        id: ctx.ids.next(),
        name,
        state: CampaignState::Draft,
        local_time: None,
        series: None,
        ab: original.ab.clone().map(super::super::ab::AbTest::anew),
        scheduled_at: None,
        started_at: None,
        finished_at: None,
        pause_reason: None,
        snapshot_done: false,
        snapshot_cursor: 0,
        version: 1,
        created_at: now,
        updated_at: now,
        created_by: actor.to_string(),
        ..original.clone()
    }
}

const MAX_NAME: usize = 200;
/// A week.
const MOST_SPREAD: i64 = 7 * 24 * 60;
/// Most lists of one kind in an audience.
const MAX_LISTS: usize = 200;

/// Whether the content continues the revision that the same person saved a moment ago.
async fn apply(
    ctx: &Ctx,
    tx: &mut WriteTx,
    campaign: &mut Campaign,
    actor: &Actor,
    patch: CampaignPatch,
) -> Result<bool> {
    let mut errors = Vec::new();
    let mut continues = false;
    if let Some(name) = patch.name {
        if name.trim().is_empty() {
            errors.push(FieldError::new("name", "required", "give it a name"));
        }
        check_line("name", &name, &mut errors);
        name.trim().clone_into(&mut campaign.name);
    }
    let own =
        patch.sender_name.is_some() || patch.sender_email.is_some() || patch.reply_to.is_some();
    match patch.sender_id {
        Some(Some(_)) if own => errors.push(FieldError::new(
            "sender_id",
            "not_allowed",
            "name a sender, or give a name and addresses; not both",
        )),
        Some(Some(id)) => match senders::find(tx, campaign.account, id).await? {
            Some(sender) => campaign.take_sender(&sender),
            None => errors.push(FieldError::new(
                "sender_id",
                "unknown",
                "there is no such sender in this account",
            )),
        },
        Some(None) => campaign.sender = None,
        None if own => campaign.sender = None,
        None => {}
    }
    if let Some(name) = patch.sender_name {
        check_line("sender_name", &name, &mut errors);
        name.trim().clone_into(&mut campaign.sender_name);
    }
    if let Some(address) = patch.sender_email
        && let Some(address) = parse_address("sender_email", &address, &mut errors)
    {
        campaign.sender_email = address;
    }
    if let Some(address) = patch.reply_to {
        if address.trim().is_empty() {
            campaign.reply_to = None;
        } else {
            campaign.reply_to = parse_address("reply_to", &address, &mut errors);
        }
    }
    if let Some(audience) = patch.audience {
        check_audience(ctx, tx, campaign.account, &audience, &mut errors).await?;
        campaign.audience = audience;
    }
    if let Some(transport) = patch.transport_id {
        if let Some(id) = transport
            && transports::find(tx, campaign.account, id).await?.is_none()
        {
            errors.push(FieldError::new(
                "transport_id",
                "unknown",
                "there is no such transport in this account",
            ));
        }
        campaign.transport = transport;
    }
    if let Some(minutes) = patch.spread_minutes {
        if minutes.is_some_and(|n| !(1..=MOST_SPREAD).contains(&n)) {
            let message = format!("choose 1 to {MOST_SPREAD}");
            errors.push(FieldError::new("spread_minutes", "out_of_range", message));
        }
        campaign.spread_minutes = minutes;
    }
    let words_changed = patch.content.is_some() || patch.ab.is_some();
    let mut prepared = None;
    if let Some(document) = patch.content {
        errors.extend(content_faults(ctx, tx, campaign.account, &document, &[]).await?);
        if errors.is_empty() && !says(tx, campaign, &document).await? {
            prepared = Some(document);
        }
    }
    match patch.ab {
        Some(Some(_)) if campaign.local_time.is_some() => errors.push(FieldError::new(
            "ab",
            "not_allowed",
            "an A/B test is decided at one moment for everybody, so it cannot go by local time",
        )),
        Some(Some(new)) => ab::set(ctx, tx, campaign, actor, new, &mut errors).await?,
        Some(None) => campaign.ab = None,
        None => {}
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    if let Some(document) = prepared {
        continues = keep(ctx, tx, campaign, actor, &document, None).await?;
    }
    if words_changed {
        ab::check_variants(ctx, tx, campaign, &mut errors).await?;
    }
    if errors.is_empty() {
        Ok(continues)
    } else {
        Err(Error::Invalid(errors))
    }
}

/// Whether a campaign says this already.
async fn says(tx: &mut WriteTx, campaign: &Campaign, document: &Document) -> Result<bool> {
    let Some(current) = campaign.revision else {
        return Ok(false);
    };
    let current = store::find_revision(tx, campaign.account, current).await?;
    Ok(current.is_some_and(|current| current == *document))
}

/// Makes a checked document the campaign's content.
pub(super) async fn keep(
    ctx: &Ctx,
    tx: &mut WriteTx,
    campaign: &mut Campaign,
    actor: &Actor,
    document: &Document,
    restores: Option<RevisionId>,
) -> Result<bool> {
    let compiled = Compiled::compile(document, CompileOptions::default()).map_err(|faults| {
        Error::internal(anyhow::anyhow!(
            "checked content does not compile: {faults:?}"
        ))
    })?;
    let saving = Saving { actor, restores };
    let owner = campaign.as_owner();
    let saved = revisions::save_in(ctx, tx, owner, saving, document, compiled.links()).await?;
    campaign.revision = Some(saved.id);
    Ok(saved.continues)
}

fn check_line(field: &'static str, text: &str, errors: &mut Vec<FieldError>) {
    if let Err(fault) = text::one_line(text, MAX_NAME) {
        errors.push(fault.at(field));
    }
}

fn parse_address(field: &'static str, text: &str, errors: &mut Vec<FieldError>) -> Option<String> {
    match EmailAddress::parse(text) {
        Ok(address) => Some(address.as_str().to_owned()),
        Err(why) => {
            errors.push(FieldError::new(
                field,
                "invalid_email",
                format!("the address {why}"),
            ));
            None
        }
    }
}

async fn check_audience(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    audience: &Audience,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    let lengths = [
        audience.groups.len(),
        audience.segments.len(),
        audience.tags.len(),
        audience.exclude_groups.len(),
        audience.exclude_segments.len(),
        audience.exclude_tags.len(),
    ];
    if lengths.into_iter().any(|n| n > MAX_LISTS) {
        errors.push(FieldError::new(
            "audience",
            "too_many",
            format!("name at most {MAX_LISTS} of each kind"),
        ));
        return Ok(());
    }
    // Compiling finds lists that do not exist, or are another account's.
    match audience::segments::compile_rule_in(tx, ctx, account, &audience.to_rule()).await {
        Ok(_) => Ok(()),
        Err(Error::Invalid(faults)) => {
            errors.extend(faults.into_iter().map(|fault| FieldError {
                field: match Audience::list_of(&fault) {
                    Some(list) => format!("audience.{list}"),
                    None => "audience".to_owned(),
                },
                ..fault
            }));
            Ok(())
        }
        Err(other) => Err(other),
    }
}

/// What the audit log keeps of a campaign: not its text, whose revisions are kept anyway.
fn snapshot(campaign: &Campaign) -> serde_json::Value {
    json!({
        "name": campaign.name,
        "state": campaign.state,
        "revision_id": campaign.revision,
        "sender_id": campaign.sender,
        "sender_name": campaign.sender_name,
        "sender_email": campaign.sender_email,
        "reply_to": campaign.reply_to,
        "audience": campaign.audience,
        "transport_id": campaign.transport,
        "spread_minutes": campaign.spread_minutes,
        "local_time": campaign.local_time,
        "ab": campaign.ab,
        "resend": campaign.resend,
        "scheduled_at": campaign.scheduled_at,
    })
}

pub(super) async fn audit(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    action: &'static str,
    before: Option<&Campaign>,
    after: Option<&Campaign>,
) -> Result<()> {
    let Some(any) = after.or(before) else {
        return Ok(());
    };
    identity::audit(
        ctx,
        tx,
        any.account,
        actor,
        action,
        ("campaign", any.id.get()),
        before.map(snapshot),
        after.map(snapshot),
    )
    .await?;
    Ok(())
}
