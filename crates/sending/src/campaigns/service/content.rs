//! What a campaign says: checks, previews, tests, and to how many.

use audience::SubscriberId;
use content::{
    CompileOptions, Compiled, Document, Finding, KnownNames, Person, PreviewSlots, Severity, Values,
};
use ctx::Ctx;
use db::{Topic, Tx};
use identity::Actor;
use kernel::{AccountId, EmailAddress, Error, FieldError, Result};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::model::{Audience, Campaign, CampaignId};
use super::super::store;
use super::for_update;
use crate::delivery::{merge, shown};
use crate::messages::store::{self as messages, NewTest};

/// Most addresses of one test.
const MAX_TESTS: usize = 20;

/// A campaign as one person would get it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = CampaignPreview)]
pub struct Preview {
    /// The subject line.
    pub subject: String,
    /// What inboxes show after the subject.
    pub preheader: String,
    /// The HTML part. Show it in a sandboxed frame.
    #[schema(required)]
    pub html: Option<String>,
    /// The plain-text part.
    pub text: String,
    /// What is wrong with the content, if anything.
    pub findings: Vec<Finding>,
}

/// The names that templates of this account may use, besides variables that programs give.
async fn known_names(tx: &mut Tx, account: AccountId, variables: &[String]) -> Result<KnownNames> {
    let catalog = audience::fields::list(tx, account).await?;
    Ok(KnownNames::new(catalog.iter().map(|field| {
        use audience::fields::FieldKind as Stored;
        let kind = match field.kind {
            Stored::Text | Stored::Dropdown => content::FieldKind::Text,
            Stored::Number => content::FieldKind::Number,
            Stored::Date => content::FieldKind::Date,
            Stored::Boolean => content::FieldKind::Boolean,
        };
        (field.key.clone(), kind)
    }))
    .and_variables(variables))
}

/// Everything that is wrong with a document, errors and warnings: in its texts, and in the rules by which its blocks are
/// shown.
pub(crate) async fn findings(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    document: &Document,
) -> Result<Vec<Finding>> {
    findings_with(ctx, tx, account, document, &[]).await
}

async fn findings_with(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    document: &Document,
    variables: &[String],
) -> Result<Vec<Finding>> {
    let known = known_names(tx, account, variables).await?;
    let mut findings = content::check(document, &known);
    let content::Body::Blocks { document, .. } = &document.body else {
        return Ok(findings);
    };
    let mut looked_at = Vec::new();
    for (path, rule) in content::blocks::visibilities(document, "body.document") {
        if looked_at.contains(&rule) {
            continue;
        }
        match audience::segments::compile_rule_in(tx, ctx, account, &rule).await {
            Ok(_) => {}
            Err(Error::Invalid(faults)) => {
                findings.extend(faults.into_iter().map(|fault| Finding {
                    field: fault.field.replacen("rule", &path, 1),
                    line: 1,
                    column: 1,
                    severity: Severity::Error,
                    code: fault.code,
                    message: fault.message,
                }));
            }
            Err(other) => return Err(other),
        }
        looked_at.push(rule);
    }
    Ok(findings)
}

/// What keeps a document from being saved, as faults of the field `content`. `variables` are names that programs give values
/// to, which only templates have.
pub(crate) async fn content_faults(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    document: &Document,
    variables: &[String],
) -> Result<Vec<FieldError>> {
    let errors = findings_with(ctx, tx, account, document, variables)
        .await?
        .into_iter()
        .filter(Finding::is_error)
        .map(|finding| {
            let error = FieldError::from(finding);
            FieldError {
                field: format!("content.{}", error.field),
                ..error
            }
        });
    Ok(errors.collect())
}

/// What [`findings`] are in a document that is not saved. `variables` are names that programs give values to.
pub async fn check_document(
    ctx: &Ctx,
    account: AccountId,
    document: &Document,
    variables: &[String],
) -> Result<Vec<Finding>> {
    let mut tx = ctx.read().await?;
    findings_with(ctx, &mut tx, account, document, variables).await
}

/// The version of a campaign, and its current content if any was written.
pub async fn document(
    ctx: &Ctx,
    account: AccountId,
    id: CampaignId,
) -> Result<(i64, Option<Document>)> {
    let mut tx = ctx.read().await?;
    let campaign = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))?;
    let document = match campaign.revision {
        Some(revision) => store::find_revision(&mut tx, account, revision).await?,
        None => None,
    };
    Ok((campaign.version, document))
}

/// The version of a campaign, and the text of its own that a variant of its test has.
pub async fn variant_document(
    ctx: &Ctx,
    account: AccountId,
    id: CampaignId,
    number: i64,
) -> Result<(i64, Document)> {
    let mut tx = ctx.read().await?;
    let campaign = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))?;
    let variant = campaign.ab.as_ref().and_then(|ab| ab.variant(number));
    let revision = variant
        .ok_or_else(|| Error::not_found("variant", number))?
        .content_revision_id;
    let document = match revision {
        Some(revision) => store::find_revision(&mut tx, account, revision).await?,
        None => None,
    };
    let document = document.ok_or_else(|| Error::not_found("text of the variant", number))?;
    Ok((campaign.version, document))
}

/// Renders a campaign as a subscriber would get it, or as somebody of whom only the address is known.
pub async fn preview(
    ctx: &Ctx,
    account: AccountId,
    id: CampaignId,
    subscriber: Option<SubscriberId>,
) -> Result<Preview> {
    let mut tx = ctx.read().await?;
    let campaign = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))?;
    let document = match campaign.revision {
        Some(revision) => store::find_revision(&mut tx, account, revision).await?,
        None => None,
    };
    let document = document.ok_or_else(|| {
        Error::conflict(
            "no_content",
            "write a subject and a body first; there is nothing to show",
        )
    })?;
    show(
        ctx,
        &mut tx,
        account,
        &document,
        Of::from(&campaign),
        subscriber,
    )
    .await
}

/// A document as a subscriber would get it, or somebody of whom only the address is known.
pub(crate) async fn show(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    document: &Document,
    of: Of<'_>,
    subscriber: Option<SubscriberId>,
) -> Result<Preview> {
    let shown = Shown {
        subscriber,
        all: false,
    };
    let preview = render_in(ctx, tx, account, document, of, shown).await?;
    if preview.html.is_none() && preview.text.is_empty() {
        content::errors(preview.findings.clone())?;
    }
    Ok(preview)
}

/// A document with all its blocks, whoever sees which, for somebody of whom only the address is known.
pub(crate) async fn show_all(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    document: &Document,
    of: Of<'_>,
) -> Result<Preview> {
    let shown = Shown {
        subscriber: None,
        all: true,
    };
    render_in(ctx, tx, account, document, of, shown).await
}

/// What a document is the content of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Of<'a> {
    pub(crate) name: &'a str,
    /// Which may have been given values of a feed.
    pub(crate) campaign: Option<CampaignId>,
    /// Names that a program gives values to.
    pub(crate) variables: &'a [String],
    /// Values that are not stored with a campaign, or not yet.
    pub(crate) given: Option<&'a Map<String, Value>>,
}

impl<'a> From<&'a Campaign> for Of<'a> {
    fn from(campaign: &'a Campaign) -> Self {
        Self {
            name: &campaign.name,
            campaign: Some(campaign.id),
            variables: &[],
            given: None,
        }
    }
}

/// As whom a preview is rendered, and whether blocks are shown that the person would not see.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown {
    /// Somebody of whom only the address is known when there is none.
    pub subscriber: Option<SubscriberId>,
    /// Every block, whatever its rule says.
    pub all: bool,
}

/// Renders content that is not saved. What has errors gives these, and neither HTML nor text.
pub async fn render(
    ctx: &Ctx,
    account: AccountId,
    document: &Document,
    variables: &[String],
    shown: Shown,
) -> Result<Preview> {
    let mut tx = ctx.read().await?;
    let of = Of {
        variables,
        ..Of::default()
    };
    render_in(ctx, &mut tx, account, document, of, shown).await
}

async fn render_in(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    document: &Document,
    of: Of<'_>,
    as_whom: Shown,
) -> Result<Preview> {
    let owner = identity::accounts::get(tx, account).await?;
    let around = merge::surroundings(&owner, of.name);
    let mut values = match as_whom.subscriber {
        Some(id) => {
            let mut known = audience::subscribers::merge_values(tx, account, &[id]).await?;
            let one = known
                .remove(&id)
                .ok_or_else(|| Error::not_found("subscriber", id))?;
            merge::values(&one, &around)
        }
        None => Values::new(&Person::nobody("somebody@example.com"), &around),
    };
    if let Some(campaign) = of.campaign {
        let variables = crate::feeds::store::variables(tx, account, campaign).await?;
        for (name, value) in variables.iter().flatten() {
            values.set_variable(name, value);
        }
    }
    for (name, value) in of.given.into_iter().flatten() {
        values.set_variable(name, value);
    }
    let findings = findings_with(ctx, tx, account, document, of.variables).await?;
    let Ok(compiled) = Compiled::compile(document, CompileOptions::default()) else {
        return Ok(Preview {
            subject: String::new(),
            preheader: String::new(),
            html: None,
            text: String::new(),
            findings,
        });
    };
    if compiled.books() {
        let page = merge::booking_page(&ctx.site.url, account);
        values.set_booking(&page, None);
    }
    let conditions = compiled.conditions();
    if as_whom.all {
        shown::tell(&mut values, conditions, i64::MAX);
    } else if let Some(id) = as_whom.subscriber {
        let decided = shown::decide(ctx, tx, account, conditions, &[id]).await?;
        let bits = decided.get(&id).copied().unwrap_or(0);
        shown::tell(&mut values, conditions, bits);
    }
    let slots = PreviewSlots {
        compiled: &compiled,
        values: &values,
        page_url: "#",
    };
    let rendered = compiled.render(&values, &slots)?;
    Ok(Preview {
        subject: rendered.subject,
        preheader: rendered.preheader,
        html: rendered.html,
        text: rendered.text,
        findings,
    })
}

/// The MJML that blocks stand for, for those who want to go on in code.
pub fn to_mjml(document: &Document) -> Result<String> {
    let content::Body::Blocks { document, .. } = &document.body else {
        return Err(Error::invalid(
            "body.kind",
            "invalid",
            "only blocks can become MJML",
        ));
    };
    content::blocks::to_mjml(document, "body.document")
        .map_err(|faults| Error::Invalid(faults.into_iter().map(FieldError::from).collect()))
}

/// Sends the current content to a few addresses, as `subscriber` would get it. Tests count in no report.
pub async fn send_test(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
    addresses: &[String],
    subscriber: Option<SubscriberId>,
) -> Result<usize> {
    let mut errors = Vec::new();
    let mut parsed = Vec::with_capacity(addresses.len());
    for (i, address) in addresses.iter().enumerate() {
        match EmailAddress::parse(address) {
            Ok(address) => parsed.push(address),
            Err(why) => errors.push(FieldError::new(
                format!("addresses[{i}]"),
                "invalid_email",
                format!("the address {why}"),
            )),
        }
    }
    let code = match addresses.len() {
        0 => Some("required"),
        1..=MAX_TESTS => None,
        _ => Some("too_many"),
    };
    if let Some(code) = code {
        let message = format!("give 1 to {MAX_TESTS} addresses");
        errors.push(FieldError::new("addresses", code, message));
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }

    let mut tx = ctx.write().await?;
    let campaign = for_update(&mut tx, account, id).await?;
    let revision = campaign.revision.ok_or_else(|| {
        Error::conflict(
            "no_content",
            "write a subject and a body first; there is nothing to test",
        )
    })?;
    EmailAddress::parse(&campaign.sender_email).map_err(|why| {
        Error::invalid(
            "sender_email",
            "required",
            format!("set the address the campaign comes from: it {why}"),
        )
    })?;
    if let Some(subscriber) = subscriber {
        let known = audience::subscribers::merge_values(&mut tx, account, &[subscriber]).await?;
        if !known.contains_key(&subscriber) {
            return Err(Error::not_found("subscriber", subscriber));
        }
    }
    let tests: Vec<NewTest<'_>> = parsed
        .iter()
        .map(|address| NewTest {
            id: ctx.ids.next(),
            campaign: id.get(),
            subscriber: subscriber.map_or(0, SubscriberId::get),
            revision: revision.get(),
            address: address.as_str(),
            variant: None,
        })
        .collect();
    messages::insert_tests(&mut tx, account, ctx.clock.now(), &tests).await?;
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "campaign.tested",
        ("campaign", id.get()),
        None,
        Some(json!({ "addresses": parsed })),
    )
    .await?;
    tx.nudge(Topic::Messages);
    tx.commit().await?;
    Ok(tests.len())
}

/// How many people an audience reaches now.
pub async fn count_recipients(ctx: &Ctx, account: AccountId, audience: &Audience) -> Result<i64> {
    let mut tx = ctx.read().await?;
    let rule = audience::segments::compile_rule_in(&mut tx, ctx, account, &audience.to_rule())
        .await
        .map_err(|error| match error {
            Error::Invalid(faults) => Error::Invalid(
                faults
                    .into_iter()
                    .map(|fault| FieldError {
                        field: Audience::list_of(&fault).unwrap_or_else(|| "body".to_owned()),
                        ..fault
                    })
                    .collect(),
            ),
            other => other,
        })?;
    Ok(store::count_recipients(&mut tx, account, &rule).await?)
}
