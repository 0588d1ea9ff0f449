//! The mails of an automation, sent at once to whoever tries it out.

use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, Error, Result};
use sending::messages::MessageId;
use sending::transactional::{self, NewMessage, Sent};
use serde_json::{Map, Value, json};

use super::model::{TestMail, TestRun, TestRunDone};
use super::service;
use super::stage::Mail;
use crate::definition::{Body, Document, SendEmail};
use crate::ids::AutomationId;

/// Most mails of a test run; those behind them say why they were not sent.
const MOST_MAILS: usize = 20;
/// Leads somebody through, and sends every mail on the way to one address, written as to them. They count in no report:
/// they are messages of their own, tagged `test-run`, without the footer that mail to subscribers gets.
pub async fn test_run(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: AutomationId,
    wanted: TestRun,
) -> Result<TestRunDone> {
    if let Err(why) = kernel::EmailAddress::parse(&wanted.address) {
        let message = format!("the address {why}");
        return Err(Error::invalid("address", "invalid_email", message));
    }
    let (played, document) = service::prepare(ctx, account, id, wanted.simulate)
        .await
        .map_err(below_simulate)?;
    let fields = audience::fields::list(&mut *ctx.read().await?, account).await?;
    let mut mails = Vec::with_capacity(played.mails.len());
    for (number, mail) in played.mails.iter().enumerate() {
        let sent = match content(&document, mail) {
            None => Err("no content has been chosen for this step yet".to_owned()),
            Some(_) if number >= MOST_MAILS => {
                Err(format!("a test run sends {MOST_MAILS} mails at most"))
            }
            Some(what) => {
                let variables = variables(ctx, account, &fields, mail).await?;
                send(ctx, account, actor, &wanted.address, what, variables).await?
            }
        };
        let (message_id, error) = match sent {
            Ok(id) => (Some(id), None),
            Err(why) => (None, Some(why)),
        };
        mails.push(TestMail {
            step: mail.step.clone(),
            message_id,
            error,
        });
    }
    Ok(TestRunDone {
        simulated: played.told,
        mails,
    })
}

fn content<'d>(document: &'d Document, mail: &Mail) -> Option<&'d SendEmail> {
    match &document.step(&mail.step)?.body {
        Body::SendEmail(what) if what.template.is_some() => Some(what),
        _ => None,
    }
}

async fn send(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    address: &str,
    what: &SendEmail,
    variables: Map<String, Value>,
) -> Result<std::result::Result<MessageId, String>> {
    let mut message = json!({
        "to": address,
        "sender_id": what.sender,
        "variables": variables,
        "tag": "test-run",
        "track_opens": false,
        "track_clicks": false,
    });
    match (what.template, what.revision) {
        (Some(template), Some(revision)) => {
            let (template, revision) = (template.0.into(), revision.0.into());
            let found = sending::templates::revision(ctx, account, template, revision).await;
            let mut document = match found {
                Ok(found) => found.content,
                Err(Error::NotFound { .. }) => {
                    return Ok(Err(format!(
                        "there is no revision {revision} of the template any more"
                    )));
                }
                Err(other) => return Err(other),
            };
            if let Some(subject) = &what.subject {
                document.subject.clone_from(subject);
            }
            message["content"] = serde_json::to_value(&document).map_err(Error::internal)?;
        }
        (template, _) => {
            message["template_id"] = json!(template);
            message["subject"] = json!(what.subject);
        }
    }
    let message: NewMessage = serde_json::from_value(message).map_err(Error::internal)?;
    match transactional::send(ctx, account, actor, None, message).await {
        Ok(Sent::Queued(message) | Sent::Before(message)) => Ok(Ok(message.id)),
        Ok(Sent::OtherMessage) => Err(Error::internal(anyhow::anyhow!(
            "a message without a key has one"
        ))),
        Err(Error::Invalid(faults)) => Ok(Err(faults
            .iter()
            .map(|fault| format!("{}: {}", fault.field, fault.message))
            .collect::<Vec<_>>()
            .join("; "))),
        Err(other) => Err(other),
    }
}

/// What the mail says of the one who is led through. What they lack must not come from whose address it is.
async fn variables(
    ctx: &Ctx,
    account: AccountId,
    fields: &audience::fields::Catalog,
    mail: &Mail,
) -> Result<Map<String, Value>> {
    let mut tx = ctx.read().await?;
    let known = sending::automated::values_in(&mut tx, account, &mail.person).await?;
    drop(tx);
    let Value::Object(known) = serde_json::to_value(&known).map_err(Error::internal)? else {
        return Err(Error::internal(anyhow::anyhow!(
            "merge values are no object"
        )));
    };
    let of_everybody = content::STANDARD_NAMES.iter().map(|(name, _)| *name);
    let of_account = fields.iter().map(|field| field.key.as_str());
    let mut all: Map<String, Value> = of_everybody
        .chain(of_account)
        .map(|name| (name.to_owned(), Value::Null))
        .collect();
    for (path, value) in known {
        let name = path.strip_prefix("fields.").unwrap_or(&path);
        if let Some(place) = all.get_mut(name) {
            *place = value;
        }
    }
    all.extend(mail.variables.clone());
    // Such as the address: that is the one it goes to. And steps may save what no program could give to a message.
    all.retain(|name, _| content::refused_variable_name(name).is_none());
    Ok(all)
}

/// Where the fault stands in the request.
fn below_simulate(error: Error) -> Error {
    match error {
        Error::Invalid(mut faults) => {
            for fault in &mut faults {
                fault.field.insert_str(0, "simulate.");
            }
            Error::Invalid(faults)
        }
        other => other,
    }
}
