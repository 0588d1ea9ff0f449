//! The use case of trying out.

use std::collections::BTreeMap;

use audience::SubscriberId;
use audience::fields::{FieldInput, parse_json};
use audience::subscribers::{MergeValues, Source, Status, Subscriber};
use ctx::Ctx;
use kernel::{AccountId, Error, FieldError, Result, TimeZone, Timestamp};
use rules::{Needs, View};
use serde_json::{Map, Value, json};

use super::model::{Invented, Rehearsal, Rehearsed};
use super::stage::{Played, Scene, play};
use crate::automations;
use crate::definition::{Document, Trigger};
use crate::engine::conditions_of;
use crate::engine::rehearsing::{Person, Surroundings};
use crate::event::Event;
use crate::fault::into_kernel_error;
use crate::ids::AutomationId;
use crate::interpret::Conditions;
use crate::kinds::{At, Kinds};
use crate::validate::needed;

/// Most events that somebody can invent.
const MOST: usize = 100;

/// Tries an automation out.
pub async fn rehearse(
    ctx: &Ctx,
    account: AccountId,
    id: AutomationId,
    wanted: Rehearsal,
) -> Result<Rehearsed> {
    Ok(prepare(ctx, account, id, wanted).await?.0.told)
}

/// The same, with the mails that it would send and the document that was played.
pub(super) async fn prepare(
    ctx: &Ctx,
    account: AccountId,
    id: AutomationId,
    wanted: Rehearsal,
) -> Result<(Played, Document)> {
    let kinds = Kinds::available();
    let automation = automations::get(ctx, account, id).await?;
    let json = wanted.document.clone().unwrap_or(automation.draft);
    let document =
        Document::parse(&json).map_err(|faults| into_kernel_error("document", faults))?;
    let known = automations::known(ctx, account, &document, &kinds).await?;
    let faults: Vec<_> = crate::validate::validate(&document, &kinds, &known)
        .into_iter()
        // What a mail says is not asked for before it is written.
        .filter(|fault| !fault.path.contains("with.template"))
        .collect();
    if !faults.is_empty() {
        return Err(into_kernel_error("document", faults));
    }
    if wanted.later.len() > MOST {
        return Err(Error::invalid(
            "later",
            "too_many",
            format!("at most {MOST} things can happen"),
        ));
    }
    let trigger = trigger_of(&document, &wanted)?.clone();
    let start = wanted.start_at.unwrap_or_else(|| ctx.clock.now());
    let mut tx = ctx.read().await?;
    let mut references = needed(&document, &kinds).rules;
    let ids = needed(&document, &kinds).ids;
    let of = |what: &str| ids.get(what).into_iter().flatten().copied();
    references.groups.extend(of("group"));
    references.tags.extend(of("tag"));
    references.campaigns.extend(of("campaign"));
    let vocabulary = audience::segments::vocabulary_in(&mut tx, ctx, account, references).await?;
    let fields = audience::fields::list(&mut tx, account).await?;
    let surroundings = Surroundings {
        vocabulary,
        fields,
        automations: of("automation").map(AutomationId::from).collect(),
    };
    let (known, view) = match (wanted.subscriber_id, &wanted.contact) {
        (Some(id), None) => {
            let needs = needs(&document, &surroundings, start);
            existing(&mut tx, account, id, &needs).await?
        }
        (None, Some(invented)) => invent(invented, &surroundings, start)?,
        _ => {
            return Err(Error::invalid(
                "subscriber_id",
                "required",
                "say who: give subscriber_id, or invent a contact",
            ));
        }
    };
    drop(tx);
    let contact = known.subscriber.id.get();
    let person = Person::invented(known, view, &surroundings);
    let begins = beginning(&trigger, &kinds, contact, start, wanted.event.clone(), id);
    let scene = Scene {
        automation: id,
        document: document.clone(),
        kinds: &kinds,
        surroundings: &surroundings,
        start,
        trigger: trigger.id,
        begins,
        later: wanted.later,
        results: wanted.results,
    };
    Ok((play(scene, person), document))
}

fn trigger_of<'d>(document: &'d Document, wanted: &Rehearsal) -> Result<&'d Trigger> {
    let found = match &wanted.trigger {
        Some(id) => document.triggers.iter().find(|it| it.id == *id),
        None => document.triggers.first(),
    };
    found.ok_or_else(|| {
        Error::invalid(
            "trigger",
            "unknown",
            "there is no such trigger in the document",
        )
    })
}

/// The event that the trigger means.
fn beginning(
    trigger: &Trigger,
    kinds: &Kinds,
    contact: i64,
    start: Timestamp,
    properties: Map<String, Value>,
    automation: AutomationId,
) -> Event {
    let mut body = properties;
    let mut subject = None;
    if let Some(kind) = kinds.event(&trigger.on.event) {
        for param in kind.params {
            let Some(value) = trigger.on.with.get(param.name) else {
                continue;
            };
            match param.at {
                At::Subject => subject = value.as_str().and_then(|text| text.parse().ok()),
                At::Body(key) => drop(body.insert(key.to_owned(), value.clone())),
                At::Listed(key) => drop(body.insert(key.to_owned(), json!([value]))),
                At::SentBy => drop(body.insert("step".to_owned(), value.clone())),
            }
        }
    }
    if trigger.on.event == events::kind::AUTOMATION_STARTED {
        subject = Some(automation.get());
    }
    Event {
        id: 1,
        kind: trigger.on.event.clone(),
        contact,
        subject,
        at: start,
        body: Value::Object(body),
        cause: None,
        chain: Vec::new(),
    }
}

/// What has to be known of somebody to ask what the document asks.
fn needs(document: &Document, surroundings: &Surroundings, now: Timestamp) -> Needs {
    let vocabulary = &surroundings.vocabulary;
    let conditions = Conditions::new(
        &vocabulary.schema,
        &vocabulary.segments,
        vocabulary.zone.clone(),
        now,
    );
    let mut needs = Needs {
        groups: vocabulary.schema.groups.clone(),
        tags: vocabulary.schema.tags.clone(),
        ..Needs::default()
    };
    for condition in conditions_of(document) {
        needs.extend(conditions.needs(condition));
    }
    needs
}

async fn existing(
    tx: &mut db::Tx,
    account: AccountId,
    id: SubscriberId,
    needs: &Needs,
) -> Result<(MergeValues, View)> {
    let mut known = audience::subscribers::merge_values(tx, account, &[id]).await?;
    let found = known.remove(&id).ok_or_else(|| {
        Error::invalid(
            "subscriber_id",
            "unknown",
            "there is no such subscriber in this account",
        )
    })?;
    let mut views = audience::segments::views(tx, account, &[id], needs).await?;
    let view = views.remove(&id).unwrap_or_else(|| View::new(id));
    Ok((found, view))
}

fn invent(
    invented: &Invented,
    surroundings: &Surroundings,
    now: Timestamp,
) -> Result<(MergeValues, View)> {
    let mut errors = Vec::new();
    let status = match invented.status.as_deref() {
        None => Status::Active,
        Some(name) => Status::from_name(name).unwrap_or_else(|| {
            errors.push(FieldError::new(
                "contact.status",
                "invalid",
                "is no status: choose active, unconfirmed, unsubscribed, bounced or suppressed",
            ));
            Status::Active
        }),
    };
    if let Some(zone) = &invented.time_zone
        && let Err(why) = TimeZone::parse(zone)
    {
        errors.push(FieldError::new(
            "contact.time_zone",
            "invalid",
            format!("the time zone {why}"),
        ));
    }
    let mut fields = BTreeMap::new();
    for (key, value) in &invented.fields {
        let at = format!("contact.fields.{key}");
        match surroundings.fields.by_key(key) {
            None => errors.push(FieldError::new(at, "unknown", "there is no such field")),
            Some(field) => match parse_json(field, value) {
                Ok(FieldInput::Set(value)) => drop(fields.insert(key.clone(), value)),
                Ok(FieldInput::Clear) => {}
                Err(fault) => errors.push(fault.at(at)),
            },
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let subscriber = Subscriber {
        id: SubscriberId::from(0),
        email: invented
            .email
            .clone()
            .unwrap_or_else(|| "somebody@example.com".to_owned()),
        first_name: invented.first_name.clone(),
        last_name: invented.last_name.clone(),
        phone: None,
        status,
        status_reason: None,
        status_changed_at: now,
        source: Source::Manual,
        score: invented.score,
        owner: None,
        time_zone: invented.time_zone.clone(),
        language: invented.language.clone(),
        consent: None,
        confirmed_at: None,
        confirmed_ip: None,
        created_at: now,
        updated_at: now,
        last_activity_at: None,
        import: None,
    };
    let mut view = View::new(subscriber.id);
    view.groups = invented.groups.iter().map(|id| id.get()).collect();
    view.tags = invented.tags.iter().map(|id| id.get()).collect();
    let known = MergeValues {
        subscriber,
        fields: fields.into_iter().collect(),
    };
    Ok((known, view))
}
