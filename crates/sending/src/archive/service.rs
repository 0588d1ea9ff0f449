//! Use cases of the archive.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use content::{CompileOptions, Compiled, Person, PreviewSlots, Rendered, Values};
use ctx::Ctx;
use db::Tx;
use identity::Actor;
use kernel::{AccountId, Error, Result};
use serde_json::json;

use super::model::{Archived, Listed, account_of, name_of};
use super::store;
use crate::Config;
use crate::campaigns::{Campaign, CampaignId, RevisionId, store as campaigns};
use crate::delivery::merge;

/// Whether a campaign is published, and where.
pub async fn get(
    ctx: &Ctx,
    config: &Config,
    account: AccountId,
    id: CampaignId,
) -> Result<Archived> {
    let mut tx = ctx.read().await?;
    find(&mut tx, account, id).await?;
    archived(ctx, config, &mut tx, account, id).await
}

/// Publishes a campaign, or takes it back.
pub async fn set(
    ctx: &Ctx,
    config: &Config,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
    public: bool,
) -> Result<Archived> {
    let mut tx = ctx.write().await?;
    let campaign = find(&mut tx, account, id).await?;
    let changed = if public {
        let started_at = campaign.started_at.ok_or_else(|| {
            Error::conflict(
                "not_started",
                "the campaign has not been sent; publish it afterwards",
            )
        })?;
        let rendered = render(ctx, &mut tx, &campaign, "#").await?;
        let listed = Listed {
            campaign: id,
            title: rendered.subject,
            started_at,
        };
        let is_new = store::published_at(&mut tx, account, id).await?.is_none();
        store::insert(&mut tx, account, &listed, ctx.clock.now()).await?;
        is_new
    } else {
        store::delete(&mut tx, account, id).await? > 0
    };
    if changed {
        identity::audit(
            ctx,
            &mut tx,
            account,
            actor,
            if public {
                "campaign.published"
            } else {
                "campaign.unpublished"
            },
            ("campaign", id.get()),
            None,
            Some(json!({ "public": public })),
        )
        .await?;
    }
    let archived = archived(ctx, config, &mut tx, account, id).await?;
    tx.commit().await?;
    Ok(archived)
}

async fn find(tx: &mut Tx, account: AccountId, id: CampaignId) -> Result<Campaign> {
    campaigns::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))
}

async fn archived(
    ctx: &Ctx,
    config: &Config,
    tx: &mut Tx,
    account: AccountId,
    id: CampaignId,
) -> Result<Archived> {
    let published_at = store::published_at(tx, account, id).await?;
    let archive_url = format!(
        "{}/archive/{}",
        config.public_url,
        name_of(&ctx.secrets, account)
    );
    Ok(Archived {
        public: published_at.is_some(),
        url: published_at.map(|_| format!("{archive_url}/{id}")),
        archive_url,
        published_at,
    })
}

/// What most of its recipients got.
fn content(campaign: &Campaign) -> Option<RevisionId> {
    match &campaign.ab {
        Some(test) => {
            let variant = test.variant(test.winner.unwrap_or(1))?;
            variant.revision_id.or(campaign.revision)
        }
        None => campaign.revision,
    }
}

/// A campaign for nobody in particular. Its links to pages of a recipient lead to `page_url`.
async fn render(ctx: &Ctx, tx: &mut Tx, campaign: &Campaign, page_url: &str) -> Result<Rendered> {
    let account = campaign.account;
    let document = match content(campaign) {
        Some(revision) => campaigns::find_revision(tx, account, revision).await?,
        None => None,
    };
    let document = document.ok_or_else(|| Error::not_found("content", campaign.id))?;
    let owner = identity::accounts::get(tx, account).await?;
    let compiled =
        Compiled::compile(&document, CompileOptions { footer: false }).map_err(|faults| {
            let id = campaign.id;
            Error::internal(anyhow::anyhow!(
                "stored content of campaign {id} does not compile: {faults:?}"
            ))
        })?;
    let around = merge::surroundings(&owner, &campaign.name);
    let mut values = Values::new(&Person::nobody(""), &around);
    let variables = crate::feeds::store::variables(tx, account, campaign.id).await?;
    for (name, value) in variables.iter().flatten() {
        values.set_variable(name, value);
    }
    if compiled.books() {
        let page = merge::booking_page(&ctx.site.url, account);
        values.set_booking(&page, None);
    }
    let slots = PreviewSlots {
        compiled: &compiled,
        values: &values,
        page_url,
    };
    Ok(compiled.render(&values, &slots)?)
}

/// By campaign and revision.
type Pages = HashMap<(CampaignId, i64), Arc<Rendered>>;

/// The public pages. Clones share what they have rendered.
#[derive(Clone)]
pub struct Archive {
    ctx: Ctx,
    config: Config,
    rendered: Arc<Mutex<Pages>>,
}

/// Most pages remembered, and campaigns of one page of a list.
const MOST_RENDERED: usize = 64;
const PAGE: i64 = 50;

/// What a list shows.
pub(super) struct List {
    pub(super) sender: String,
    pub(super) language: String,
    pub(super) campaigns: Vec<Listed>,
    /// Whether there are older ones.
    pub(super) more: bool,
}

impl Archive {
    /// The pages of this process.
    pub fn new(ctx: &Ctx, config: &Config) -> Self {
        Self {
            ctx: ctx.clone(),
            config: config.clone(),
            rendered: Arc::default(),
        }
    }

    /// The published campaigns of the account with this name; an account without any has no archive.
    pub(super) async fn list(&self, name: &str, before: Option<CampaignId>) -> Result<List> {
        let account = self.account(name)?;
        let mut tx = self.ctx.read().await?;
        let mut campaigns = store::list(&mut tx, account, before, PAGE + 1).await?;
        if campaigns.is_empty() {
            return Err(unknown());
        }
        let more = campaigns.len() as i64 > PAGE;
        campaigns.truncate(PAGE as usize);
        let owner = identity::accounts::get(&mut tx, account).await?;
        Ok(List {
            sender: owner.name,
            language: owner.language,
            campaigns,
            more,
        })
    }

    /// One of them.
    pub(super) async fn page(&self, name: &str, id: CampaignId) -> Result<Arc<Rendered>> {
        let account = self.account(name)?;
        let mut tx = self.ctx.read().await?;
        if store::published_at(&mut tx, account, id).await?.is_none() {
            return Err(unknown());
        }
        let campaign = find(&mut tx, account, id).await?;
        let key = (id, campaign.version);
        if let Some(known) = self.known().get(&key) {
            return Ok(known.clone());
        }
        let url = format!("{}/archive/{name}/{id}", self.config.public_url);
        let rendered = Arc::new(render(&self.ctx, &mut tx, &campaign, &url).await?);
        let mut known = self.known();
        if known.len() >= MOST_RENDERED {
            known.clear();
        }
        known.insert(key, rendered.clone());
        Ok(rendered)
    }

    fn account(&self, name: &str) -> Result<AccountId> {
        account_of(&self.ctx.secrets, name).ok_or_else(unknown)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<(CampaignId, i64), Arc<Rendered>>> {
        self.rendered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unknown() -> Error {
    Error::not_found("archive", "in this address")
}
