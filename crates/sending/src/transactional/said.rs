//! What a message says: its own content, or that of a template at this moment, kept for as long as it is needed.

use std::collections::BTreeMap;

use content::{CompileOptions, Compiled, Document};
use ctx::Ctx;
use db::{Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Result, text};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::keep::CONTENT_KEPT;
use super::model::NewMessage;
use super::store;
use crate::campaigns::RevisionId;
use crate::templates::{self, TemplateId};

/// Characters of a subject, with its merge fields.
const MAX_SUBJECT: usize = 1_000;

/// Where a text came from.
pub(super) enum Origin {
    /// The request.
    Content,
    /// A template of the account, in this revision.
    Template(TemplateId, RevisionId),
    /// One of the program, by its key.
    BuiltIn(String),
}

/// What a message says.
pub(super) struct Said {
    pub(super) document: Document,
    pub(super) origin: Origin,
    /// Whether the request has a subject in the place of the template's.
    own_subject: bool,
}

impl Origin {
    /// Adds it to what the history of a message says.
    pub(super) fn tell(&self, body: &mut BTreeMap<&'static str, Value>) {
        match self {
            Self::Content => {}
            Self::Template(id, revision) => {
                body.insert("template_id", json!(id));
                body.insert("template_revision_id", json!(revision));
            }
            Self::BuiltIn(key) => {
                body.insert("built_in_template", json!(key));
            }
        }
    }
}

impl Said {
    /// A fault of the text, where whoever sent the request can mend it.
    fn place(&self, fault: FieldError) -> FieldError {
        let field = match &self.origin {
            Origin::Content => format!("content.{}", fault.field),
            _ if self.own_subject && fault.field == "subject" => "subject".to_owned(),
            origin => {
                let field = match origin {
                    Origin::Template(..) => "template_id",
                    _ => "built_in_template",
                };
                let message = format!(
                    "the template has a fault in {}: {}",
                    fault.field, fault.message
                );
                return FieldError::new(field, fault.code, message);
            }
        };
        FieldError { field, ..fault }
    }
}

/// Finds what the request means, or says why that cannot be told.
pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    new: &NewMessage,
    errors: &mut Vec<FieldError>,
) -> Result<Option<Said>> {
    let mut wrong = |field: &'static str, code: &'static str, message: &'static str| {
        errors.push(FieldError::new(field, code, message));
        Ok(None)
    };
    let (mut document, origin) = match (&new.content, new.template_id, &new.built_in_template) {
        (Some(content), None, None) => (content.clone(), Origin::Content),
        (None, Some(id), None) => {
            let Some((revision, document)) = templates::content_in(tx, account, id).await? else {
                let message = "there is no such template in this account";
                return wrong("template_id", "unknown", message);
            };
            (document, Origin::Template(id, revision))
        }
        (None, None, Some(key)) => {
            let Some(document) = templates::built_in_in(tx, account, key).await? else {
                let message = "there is no built-in template with this key; GET /api/built-in-templates lists them";
                return wrong("built_in_template", "unknown", message);
            };
            (document, Origin::BuiltIn(key.clone()))
        }
        (None, None, None) => {
            let message =
                "say what the message says: give content, template_id or built_in_template";
            return wrong("content", "required", message);
        }
        (Some(_), ..) => {
            let field = if new.template_id.is_some() {
                "template_id"
            } else {
                "built_in_template"
            };
            return wrong(field, "not_allowed", "give content or a template; not both");
        }
        (None, Some(_), Some(_)) => {
            let message = "name one template: of the account, or one that the program brings along";
            return wrong("built_in_template", "not_allowed", message);
        }
    };
    if let Some(subject) = &new.subject {
        if matches!(origin, Origin::Content) {
            let message = "write the subject into the content; this is for templates";
            return wrong("subject", "not_allowed", message);
        }
        if let Err(fault) = text::check_line(subject, MAX_SUBJECT) {
            errors.push(fault.at("subject"));
            return Ok(None);
        }
        document.subject.clone_from(subject);
    }
    Ok(Some(Said {
        document,
        origin,
        own_subject: new.subject.is_some(),
    }))
}

/// Text that was sent before is kept already; what is new is checked.
pub(super) async fn keep(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    said: &Said,
    errors: &mut Vec<FieldError>,
) -> Result<Option<RevisionId>> {
    let document = &said.document;
    let json = serde_json::to_vec(document).map_err(Error::internal)?;
    let hash = Sha256::digest(json);
    let now = ctx.clock.now();
    let until = now + CONTENT_KEPT;
    if let Some((id, kept_until)) = store::find_content(tx, account, &hash).await? {
        // A day more or less does not matter, and a popular text would be written with each message.
        if kept_until + std::time::Duration::from_hours(24) < until {
            store::keep_content_until(tx, account, id, until).await?;
        }
        return Ok(Some(id));
    }
    let compiled = match Compiled::compile(document, CompileOptions { footer: false }) {
        Ok(compiled) => compiled,
        Err(faults) => {
            let faults = faults.into_iter().map(FieldError::from);
            errors.extend(faults.map(|fault| said.place(fault)));
            return Ok(None);
        }
    };
    if !errors.is_empty() {
        return Ok(None);
    }
    let id = ctx.ids.next();
    let content = store::NewContent {
        id,
        document,
        hash: &hash,
        by: actor.as_str(),
        now,
        until,
    };
    store::insert_content(tx, account, &content, compiled.links())
        .await
        .map(Some)
        .map_err(Error::from)
}
