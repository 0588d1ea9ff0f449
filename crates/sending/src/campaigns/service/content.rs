//! What a campaign says: checks, previews, tests, and to how many.

use audience::SubscriberId;
use content::{
    CompileOptions, Compiled, Document, Finding, KnownNames, Person, PreviewSlots, Values,
};
use ctx::Ctx;
use db::{Topic, Tx};
use identity::Actor;
use kernel::{AccountId, EmailAddress, Error, FieldError, Result};
use serde::Serialize;
use serde_json::json;

use super::super::model::{Audience, CampaignId};
use super::super::store;
use super::for_update;
use crate::delivery::merge;
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

/// The names that templates of this account may use.
pub(super) async fn known_names(tx: &mut Tx, account: AccountId) -> Result<KnownNames> {
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
    })))
}

/// Everything that is wrong with a document, errors and warnings, without saving it.
pub async fn check_document(
    ctx: &Ctx,
    account: AccountId,
    document: &Document,
) -> Result<Vec<Finding>> {
    let mut tx = ctx.read().await?;
    let known = known_names(&mut tx, account).await?;
    Ok(content::check(document, &known))
}

/// The current content of a campaign, if any was written.
pub async fn document(ctx: &Ctx, account: AccountId, id: CampaignId) -> Result<Option<Document>> {
    let mut tx = ctx.read().await?;
    let campaign = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))?;
    Ok(match campaign.revision {
        Some(revision) => store::find_revision(&mut tx, account, revision).await?,
        None => None,
    })
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
    let owner = identity::accounts::get(&mut tx, account).await?;
    let around = merge::surroundings(&owner, &campaign.name);
    let values = match subscriber {
        Some(id) => {
            let mut known = audience::subscribers::merge_values(&mut tx, account, &[id]).await?;
            let one = known
                .remove(&id)
                .ok_or_else(|| Error::not_found("subscriber", id))?;
            merge::values(&one, &around)
        }
        None => Values::new(&Person::nobody("somebody@example.com"), &around),
    };
    let findings = content::check(&document, &known_names(&mut tx, account).await?);
    drop(tx);
    let compiled = Compiled::compile(&document, CompileOptions::default())
        .map_err(|faults| Error::Invalid(faults.into_iter().map(FieldError::from).collect()))?;
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
                        field: audience
                            .list_of(&fault)
                            .unwrap_or_else(|| "body".to_owned()),
                        ..fault
                    })
                    .collect(),
            ),
            other => other,
        })?;
    Ok(store::count_recipients(&mut tx, account, &rule).await?)
}
