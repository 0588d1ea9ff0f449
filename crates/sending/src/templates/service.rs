//! Use cases of templates.

use audience::SubscriberId;
use content::{CompileOptions, Compiled, Document};
use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result};
use serde_json::{Value, json};

use super::model::{MAX_NAME, NewTemplate, Template, TemplateId, TemplatePatch, check_version};
use super::store;
use crate::campaigns::{self, Preview, RevisionId};
use crate::revisions::{self, Owner, Revision, RevisionDocument, Saved, Saving};

/// One template.
pub async fn get(ctx: &Ctx, account: AccountId, id: TemplateId) -> Result<Template> {
    let mut tx = ctx.read().await?;
    find(&mut tx, account, id).await
}

/// Newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    search: Option<&str>,
    category: Option<&str>,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Template>> {
    let given = |text: Option<&'_ str>| {
        text.map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let (search, category) = (given(search), given(category));
    let mut tx = ctx.read().await?;
    let rows = store::list(
        &mut tx,
        account,
        search.as_deref(),
        category.as_deref(),
        cursor,
        limit,
    )
    .await?;
    Ok(Page::from_rows(rows, limit, |template| Cursor {
        key: 0,
        id: template.id.get(),
    }))
}

/// What the program brings along, in the colors and fonts of the brand, if one was set.
pub async fn built_in(
    ctx: &Ctx,
    account: AccountId,
) -> Result<Vec<(&'static content::templates::Template, Document)>> {
    let settings = brand_settings(&mut *ctx.read().await?, account).await?;
    let all = content::templates::all().iter();
    Ok(all
        .map(|template| (template, with_brand(template, settings.as_ref())))
        .collect())
}

async fn brand_settings(tx: &mut Tx, account: AccountId) -> Result<Option<Value>> {
    let brand = crate::brand::store::find(tx, account).await?;
    Ok(brand.map(|(brand, _)| json!(brand.settings)))
}

fn with_brand(template: &content::templates::Template, settings: Option<&Value>) -> Document {
    let mut document = template.document.clone();
    if let (Some(settings), Some(object)) = (settings, document.as_object_mut()) {
        object.insert("settings".to_owned(), settings.clone());
    }
    Document {
        subject: template.subject.clone(),
        preheader: Some(template.preheader.clone()).filter(|text| !text.is_empty()),
        body: content::Body::Blocks {
            document,
            text: None,
        },
    }
}

/// What a template says now, and in which revision; for a use case that is already in a transaction.
pub(crate) async fn content_in(
    tx: &mut Tx,
    account: AccountId,
    id: TemplateId,
) -> Result<Option<(RevisionId, Document)>> {
    let Some(template) = store::find(tx, account, id).await? else {
        return Ok(None);
    };
    let document = campaigns::store::find_revision(tx, account, template.revision)
        .await?
        .ok_or_else(|| Error::not_found("content of the template", id))?;
    Ok(Some((template.revision, document)))
}

/// The same of what the program brings along.
pub(crate) async fn built_in_in(
    tx: &mut Tx,
    account: AccountId,
    key: &str,
) -> Result<Option<Document>> {
    let Some(template) = content::templates::find(key) else {
        return Ok(None);
    };
    let settings = brand_settings(tx, account).await?;
    Ok(Some(with_brand(template, settings.as_ref())))
}

/// Adds a template, from content or from a campaign.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    new: NewTemplate,
) -> Result<Template> {
    let now = ctx.clock.now();
    let mut template = Template {
        account,
        id: ctx.ids.next(),
        name: String::new(),
        category: None,
        subject: String::new(),
        variables: Vec::new(),
        revision: RevisionId::from(0),
        version: 1,
        created_at: now,
        updated_at: now,
        created_by: actor.to_string(),
    };
    let mut errors = template.apply(&TemplatePatch {
        name: Some(new.name),
        category: new.category,
        content: None,
        variables: Some(new.variables),
    });
    let mut tx = ctx.write().await?;
    let document = match (new.content, new.campaign_id) {
        (Some(document), None) => Some(document),
        (None, Some(campaign)) => of_campaign(&mut tx, account, campaign).await?,
        _ => None,
    };
    match &document {
        Some(document) => {
            let variables = &template.variables;
            let faults = campaigns::content_faults(ctx, &mut tx, account, document, variables);
            errors.extend(faults.await?);
        }
        None => errors.push(kernel::FieldError::new(
            "content",
            "required",
            "give content, or a campaign that has some; not both",
        )),
    }
    let Some(document) = document.filter(|_| errors.is_empty()) else {
        return Err(Error::Invalid(errors));
    };
    keep(ctx, &mut tx, &mut template, actor, &document, None, true).await?;
    store::insert(&mut tx, &template).await?;
    let after = Some(snapshot(&template));
    audit(
        ctx,
        &mut tx,
        actor,
        &template,
        "template.created",
        None,
        after,
    )
    .await?;
    tx.commit().await?;
    Ok(template)
}

async fn of_campaign(
    tx: &mut WriteTx,
    account: AccountId,
    id: campaigns::CampaignId,
) -> Result<Option<Document>> {
    let campaign = campaigns::store::find(tx, account, id)
        .await?
        .ok_or_else(|| {
            Error::invalid(
                "campaign_id",
                "unknown",
                "there is no such campaign in this account",
            )
        })?;
    Ok(match campaign.revision {
        Some(revision) => campaigns::store::find_revision(tx, account, revision).await?,
        None => None,
    })
}

/// Changes a template. `expected` is the version the caller has read, if it cares.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: TemplateId,
    expected: Option<i64>,
    patch: TemplatePatch,
) -> Result<Template> {
    let mut tx = ctx.write().await?;
    let mut template = for_update(&mut tx, account, id).await?;
    check_version(&template, expected)?;
    let before = snapshot(&template);
    let only_content =
        patch.name.is_none() && patch.category.is_none() && patch.variables.is_none();
    let mut errors = template.apply(&patch);
    let current = campaigns::store::find_revision(&mut tx, account, template.revision).await?;
    // Without a variable, what is there may use a name that nobody knows.
    let present = current.as_ref().filter(|_| patch.variables.is_some());
    if let Some(document) = patch.content.as_ref().or(present) {
        let variables = &template.variables;
        let faults = campaigns::content_faults(ctx, &mut tx, account, document, variables);
        errors.extend(faults.await?);
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let mut continues = false;
    if let Some(document) = &patch.content {
        if current.as_ref() != Some(document) {
            let saved = keep(ctx, &mut tx, &mut template, actor, document, None, false).await?;
            continues = saved.continues;
        } else if only_content {
            return Ok(template);
        }
    }
    template.updated_at = ctx.clock.now();
    store::update(&mut tx, &mut template).await?;
    // An editor saves every few seconds; one row tells of all that is one revision.
    if !(only_content && continues) {
        let after = Some(snapshot(&template));
        let before = Some(before);
        audit(
            ctx,
            &mut tx,
            actor,
            &template,
            "template.updated",
            before,
            after,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(template)
}

/// Removes a template. Campaigns that began with it keep what they say.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: TemplateId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let template = for_update(&mut tx, account, id).await?;
    store::delete(&mut tx, account, id).await?;
    revisions::delete_in(&mut tx, template.as_owner()).await?;
    let before = Some(snapshot(&template));
    audit(
        ctx,
        &mut tx,
        actor,
        &template,
        "template.deleted",
        before,
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// A new template with the same content.
pub async fn duplicate(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: TemplateId,
) -> Result<Template> {
    const SUFFIX: &str = " (copy)";
    let mut tx = ctx.write().await?;
    let original = find(&mut tx, account, id).await?;
    let document = campaigns::store::find_revision(&mut tx, account, original.revision)
        .await?
        .ok_or_else(|| Error::not_found("content of the template", id))?;
    let now = ctx.clock.now();
    let short: String = original
        .name
        .chars()
        .take(MAX_NAME - SUFFIX.len())
        .collect();
    let mut copy = Template {
        id: ctx.ids.next(),
        name: format!("{short}{SUFFIX}"),
        version: 1,
        created_at: now,
        updated_at: now,
        created_by: actor.to_string(),
        ..original
    };
    keep(ctx, &mut tx, &mut copy, actor, &document, None, true).await?;
    store::insert(&mut tx, &copy).await?;
    let after = Some(snapshot(&copy));
    audit(ctx, &mut tx, actor, &copy, "template.created", None, after).await?;
    tx.commit().await?;
    Ok(copy)
}

/// What a template says, and its version.
pub async fn document(ctx: &Ctx, account: AccountId, id: TemplateId) -> Result<(i64, Document)> {
    let mut tx = ctx.read().await?;
    let template = find(&mut tx, account, id).await?;
    let document = campaigns::store::find_revision(&mut tx, account, template.revision)
        .await?
        .ok_or_else(|| Error::not_found("content of the template", id))?;
    Ok((template.version, document))
}

/// A template, or an earlier revision of it, as a subscriber would get it.
pub async fn preview(
    ctx: &Ctx,
    account: AccountId,
    id: TemplateId,
    revision: Option<RevisionId>,
    subscriber: Option<SubscriberId>,
) -> Result<Preview> {
    let mut tx = ctx.read().await?;
    let template = find(&mut tx, account, id).await?;
    let revision = revision.unwrap_or(template.revision);
    let found = revisions::find_in(&mut tx, template.as_owner(), revision).await?;
    campaigns::show(
        ctx,
        &mut tx,
        account,
        &found.content,
        campaigns::Of {
            name: &template.name,
            campaign: None,
            variables: &template.variables,
            given: None,
        },
        subscriber,
    )
    .await
}

/// The revisions of a template's content, newest first.
pub async fn revisions(ctx: &Ctx, account: AccountId, id: TemplateId) -> Result<Vec<Revision>> {
    let mut tx = ctx.read().await?;
    let template = find(&mut tx, account, id).await?;
    revisions::list_in(&mut tx, template.as_owner()).await
}

/// One of them, with what it says.
pub async fn revision(
    ctx: &Ctx,
    account: AccountId,
    id: TemplateId,
    revision: RevisionId,
) -> Result<RevisionDocument> {
    let mut tx = ctx.read().await?;
    let template = find(&mut tx, account, id).await?;
    revisions::find_in(&mut tx, template.as_owner(), revision).await
}

/// Makes what a template said before its content again, as a new revision.
pub async fn restore(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: TemplateId,
    expected: Option<i64>,
    revision: RevisionId,
) -> Result<Template> {
    let mut tx = ctx.write().await?;
    let mut template = for_update(&mut tx, account, id).await?;
    check_version(&template, expected)?;
    let found = revisions::find_in(&mut tx, template.as_owner(), revision).await?;
    let variables = &template.variables;
    let errors =
        campaigns::content_faults(ctx, &mut tx, account, &found.content, variables).await?;
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let before = Some(snapshot(&template));
    let content = &found.content;
    keep(
        ctx,
        &mut tx,
        &mut template,
        actor,
        content,
        Some(revision),
        false,
    )
    .await?;
    template.updated_at = ctx.clock.now();
    store::update(&mut tx, &mut template).await?;
    let after = Some(snapshot(&template));
    let action = "template.content_restored";
    audit(ctx, &mut tx, actor, &template, action, before, after).await?;
    tx.commit().await?;
    Ok(template)
}

/// Makes a checked document the template's content.
async fn keep(
    ctx: &Ctx,
    tx: &mut WriteTx,
    template: &mut Template,
    actor: &Actor,
    document: &Document,
    restores: Option<RevisionId>,
    is_new: bool,
) -> Result<Saved> {
    let compiled = Compiled::compile(document, CompileOptions::default()).map_err(|faults| {
        Error::internal(anyhow::anyhow!(
            "checked content does not compile: {faults:?}"
        ))
    })?;
    let mut owner: Owner = template.as_owner();
    if is_new {
        owner.current = None;
    }
    let saving = Saving { actor, restores };
    let saved = revisions::save_in(ctx, tx, owner, saving, document, compiled.links()).await?;
    template.revision = saved.id;
    template.subject.clone_from(&document.subject);
    Ok(saved)
}

async fn find(tx: &mut Tx, account: AccountId, id: TemplateId) -> Result<Template> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("template", id))
}

/// Reads a template that is about to be changed; nobody else changes it meanwhile.
async fn for_update(tx: &mut WriteTx, account: AccountId, id: TemplateId) -> Result<Template> {
    tx.lock(LockClass::Template, id.get()).await?;
    find(tx, account, id).await
}

async fn audit(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    template: &Template,
    action: &'static str,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    let target = ("template", template.id.get());
    identity::audit(
        ctx,
        tx,
        template.account,
        actor,
        action,
        target,
        before,
        after,
    )
    .await?;
    Ok(())
}

fn snapshot(template: &Template) -> Value {
    json!({
        "name": template.name,
        "category": template.category,
        "revision_id": template.revision,
        "variables": template.variables,
    })
}
