//! The mails of an automation, sent at once to whoever tries it out.

use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, Error, Result};
use sending::transactional::{self, NewMessage, Sent};
use serde_json::{Map, Value, json};

use super::model::{TestMail, TestRun, TestRunDone};
use super::service;
use super::stage::Mail;
use crate::definition::{Body, Document, SendEmail};
use crate::ids::AutomationId;

/// Most mails of a test run; those behind them say why they were not sent.
const MOST_MAILS: usize = 20;
/// What a mail knows of its recipient. What the one who is led through lacks must not come from whose address it is.
const OF_THE_PERSON: [&str; 8] = [
    "first_name",
    "last_name",
    "phone",
    "language",
    "time_zone",
    "source",
    "score",
    "created_at",
];

/// Leads somebody through, and sends every mail on the way to one address, written as to them. They count in no report:
/// they are messages of their own, tagged `test-run`.
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
    let mut mails = Vec::with_capacity(played.mails.len());
    for (number, mail) in played.mails.iter().enumerate() {
        let sent = match content(&document, mail) {
            None => Err("no content has been chosen for this step yet".to_owned()),
            Some(_) if number >= MOST_MAILS => {
                Err(format!("a test run sends {MOST_MAILS} mails at most"))
            }
            Some(what) => send(ctx, account, actor, &wanted.address, what, mail).await?,
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
    mail: &Mail,
) -> Result<std::result::Result<sending::messages::MessageId, String>> {
    let message = json!({
        "to": address,
        "template_id": what.template,
        "sender_id": what.sender,
        "subject": what.subject,
        "variables": variables(ctx, account, mail).await?,
        "tag": "test-run",
        "track_opens": false,
        "track_clicks": false,
    });
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

/// What the mail says of the one who is led through.
async fn variables(ctx: &Ctx, account: AccountId, mail: &Mail) -> Result<Map<String, Value>> {
    let mut tx = ctx.read().await?;
    let fields = audience::fields::list(&mut tx, account).await?;
    let known = sending::automated::values_in(&mut tx, account, &mail.person).await?;
    drop(tx);
    let Value::Object(known) = serde_json::to_value(&known).map_err(Error::internal)? else {
        return Err(Error::internal(anyhow::anyhow!(
            "merge values are no object"
        )));
    };
    let mut all: Map<String, Value> = OF_THE_PERSON
        .into_iter()
        .map(str::to_owned)
        .chain(fields.iter().map(|field| field.key.clone()))
        .map(|name| (name, Value::Null))
        .collect();
    for (path, value) in known {
        let name = path.strip_prefix("fields.").unwrap_or(&path);
        if let Some(place) = all.get_mut(name) {
            *place = value;
        }
    }
    all.extend(mail.variables.clone());
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
