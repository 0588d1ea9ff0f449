//! What automations can be made of.

use identity::{Auth, Permission};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json};

use crate::definition::{Body, Document};
use crate::kinds::{Form, Kinds, Param};
use crate::library;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_library))
        .routes(routes!(list_kinds))
}

/// An automation to begin with.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = LibraryAutomation, example = json!({
    "key": "double_opt_in", "name": "Confirmation reminder",
    "about": "Reminds people who signed up and did not confirm.",
    "needs": ["The template of the mail."],
    "document": {
        "version": 1,
        "triggers": [{
            "id": "signed_up", "on": {"event": "subscriber.created"}, "reentry": {"policy": "once"}, "start": "done",
        }],
        "steps": [{"id": "done", "kind": "end"}],
    },
}))]
struct LibraryView {
    /// To be given as `library` when an automation is created.
    key: &'static str,
    name: &'static str,
    /// What it does, in a sentence or two.
    about: &'static str,
    /// What has to be chosen before it can be published.
    needs: Vec<&'static str>,
    #[schema(value_type = Document)]
    document: serde_json::Value,
}

/// The automations to begin with.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AutomationLibrary)]
struct LibraryList {
    data: Vec<LibraryView>,
}

/// List ready automations
///
/// Documents to begin with; each needs a few choices of yours, such as templates. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/automations/library",
    operation_id = "list_automation_library",
    tag = "Automations",
    responses((status = 200, body = LibraryList, example = json!({"data": [{
        "key": "welcome", "name": "Welcome",
        "about": "Greets people who join a group.",
        "needs": ["The group.", "The template of the mail."],
        "document": {
            "version": 1,
            "triggers": [{
                "id": "joined", "on": {"event": "group.joined"}, "reentry": {"policy": "once"}, "start": "done",
            }],
            "steps": [{"id": "done", "kind": "end"}],
        },
    }]}))),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list_library(auth: Auth) -> Result<Json<LibraryList>, ApiError> {
    auth.allow(Permission::CampaignsRead)?;
    let data = library::all()
        .into_iter()
        .map(|entry| LibraryView {
            key: entry.key,
            name: entry.name,
            about: entry.about,
            needs: entry.needs.to_vec(),
            document: entry.document,
        })
        .collect();
    Ok(Json(LibraryList { data }))
}

/// What an event or an action takes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AutomationParam)]
struct ParamView {
    /// The key under `with`.
    #[schema(example = "group")]
    name: &'static str,
    /// `id`, `text`, `number`, `field` (the name of an attribute or the key of a field), `step` (the id of a step that
    /// sends a message) or `schedule` (days and a time of day in the zone of the account: `daily 09:00`,
    /// `monday,thursday 09:00`, `1,15 09:00`, `last 09:00`).
    #[schema(example = "id")]
    form: &'static str,
    /// Of what the id is.
    #[schema(required, example = "group")]
    of: Option<&'static str>,
    required: bool,
}

impl From<&Param> for ParamView {
    fn from(param: &Param) -> Self {
        let (form, of) = match param.form {
            Form::Id(of) => ("id", Some(of)),
            Form::Text => ("text", None),
            Form::Number => ("number", None),
            Form::Field => ("field", None),
            Form::Step => ("step", None),
            Form::Schedule => ("schedule", None),
        };
        Self {
            name: param.name,
            form,
            of,
            required: param.required,
        }
    }
}

/// An event that automations can wait for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AutomationEventKind)]
struct EventKindView {
    #[schema(example = "group.joined")]
    name: &'static str,
    /// Completes "when the contact ...".
    #[schema(example = "joins a group")]
    phrase: &'static str,
    params: Vec<ParamView>,
}

/// What automations can be made of.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AutomationKinds, example = json!({
    "steps": ["send_email", "wait", "end"],
    "events": [{
        "name": "group.joined", "phrase": "joins a group",
        "params": [{"name": "group", "form": "id", "of": "group", "required": false}],
    }],
}))]
struct KindsView {
    /// The kinds of steps.
    steps: Vec<&'static str>,
    /// The events that triggers, waits, goals and exits can name.
    events: Vec<EventKindView>,
}

/// List the kinds of steps and events
///
/// What steps take is described by the schema `AutomationStep`. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/automations/kinds",
    operation_id = "list_automation_kinds",
    tag = "Automations",
    responses((status = 200, body = KindsView)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list_kinds(auth: Auth) -> Result<Json<KindsView>, ApiError> {
    auth.allow(Permission::CampaignsRead)?;
    let kinds = Kinds::available();
    let events = kinds
        .event_names()
        .filter_map(|name| kinds.event(name))
        .map(|kind| EventKindView {
            name: kind.name,
            phrase: kind.phrase,
            params: kind.params.iter().map(ParamView::from).collect(),
        })
        .collect();
    Ok(Json(KindsView {
        steps: Body::KINDS.to_vec(),
        events,
    }))
}
