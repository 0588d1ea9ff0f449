//! `/api/automations`.

mod catalog;
mod edit;
mod lifecycle;
mod versions;

use kernel::Timestamp;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use web::App;

use super::model::{Counts, Described, Evidence, Status, Summary};
use crate::definition::{Document, StepId};
use crate::fault::Fault;
use crate::ids::AutomationId;

/// The routes of automations.
pub fn routes() -> OpenApiRouter<App> {
    edit::routes()
        .merge(catalog::routes())
        .merge(lifecycle::routes())
        .merge(versions::routes())
}

/// Something that is wrong with a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AutomationFault)]
pub(super) struct FaultView {
    /// The step it belongs to, if it belongs to one.
    #[schema(required, example = "welcome")]
    step: Option<StepId>,
    /// Where, inside the document; empty for the document as a whole.
    #[schema(example = "steps[2].with.template")]
    path: String,
    /// Stable, for programs.
    #[schema(example = "missing_content")]
    code: String,
    /// What is wrong and what to do, as a sentence.
    #[schema(example = "is missing: choose a template")]
    message: String,
}

impl From<Fault> for FaultView {
    fn from(fault: Fault) -> Self {
        Self {
            step: fault.step,
            path: fault.path,
            code: fault.code.into_owned(),
            message: fault.message,
        }
    }
}

/// An automation in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AutomationSummary, example = json!({
    "id": "361240977588224080", "name": "Welcome", "status": "active",
    "live": {
        "id": "361240977588224090", "number": 3, "steps": 7, "restored_from": null,
        "published_at": "2026-05-04T09:30:00Z", "published_by": "user:361240977588224000",
    },
    "counts": {"inside": 120, "failed": 2, "entered": 1400, "finished": 1280},
    "moving": false, "paused_at": null, "version": 5,
    "created_at": "2026-05-01T09:30:00Z", "updated_at": "2026-05-04T09:30:00Z",
}))]
struct SummaryView {
    id: AutomationId,
    name: String,
    status: Status,
    /// The version that is live.
    #[schema(required)]
    live: Option<Evidence>,
    counts: Counts,
    /// Whether people are being moved after the last change.
    moving: bool,
    #[schema(required)]
    paused_at: Option<Timestamp>,
    /// Rises with every change; also the ETag.
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Summary> for SummaryView {
    fn from(summary: Summary) -> Self {
        let automation = summary.automation;
        Self {
            id: automation.id,
            name: automation.name,
            status: automation.status,
            live: summary.live,
            counts: summary.counts,
            moving: automation.moving.is_some(),
            paused_at: automation.paused_at,
            version: automation.version,
            created_at: automation.created_at,
            updated_at: automation.updated_at,
        }
    }
}

/// An automation with its draft.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Automation, example = json!({
    "id": "361240977588224080", "name": "Welcome", "status": "active",
    "draft": {
        "version": 1,
        "triggers": [{
            "id": "joined", "on": {"event": "group.joined", "with": {"group": "361240977588224002"}},
            "reentry": {"policy": "once"}, "start": "welcome",
        }],
        "steps": [
            {"id": "welcome", "kind": "send_email", "with": {"template": "361240977588224050"}, "next": "done"},
            {"id": "done", "kind": "end"},
        ],
    },
    "differs": false, "faults": [],
    "live": {
        "id": "361240977588224090", "number": 3, "steps": 7, "restored_from": null,
        "published_at": "2026-05-04T09:30:00Z", "published_by": "user:361240977588224000",
    },
    "counts": {"inside": 120, "failed": 2, "entered": 1400, "finished": 1280},
    "held_mail": [], "moving": false, "paused_at": null, "version": 5,
    "created_at": "2026-05-01T09:30:00Z", "updated_at": "2026-05-04T09:30:00Z",
    "created_by": "user:361240977588224000",
}))]
pub(super) struct AutomationView {
    id: AutomationId,
    name: String,
    status: Status,
    /// The document that is being written.
    #[schema(value_type = Document)]
    draft: serde_json::Value,
    /// Whether the draft is another document than what is live.
    differs: bool,
    /// What is wrong with the draft; it can be published when there is nothing.
    faults: Vec<FaultView>,
    /// The version that is live.
    #[schema(required)]
    live: Option<Evidence>,
    counts: Counts,
    /// Senders whose mail waits, since too much of it came back or somebody paused it.
    held_mail: Vec<sending::automated::HeldLane>,
    /// Whether people are being moved after the last change.
    moving: bool,
    #[schema(required)]
    paused_at: Option<Timestamp>,
    /// Rises with every change; also the ETag.
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
    created_by: String,
}

impl From<Described> for AutomationView {
    fn from(described: Described) -> Self {
        let automation = described.automation;
        Self {
            id: automation.id,
            name: automation.name,
            status: automation.status,
            draft: automation.draft,
            differs: described.differs,
            faults: described.faults.into_iter().map(FaultView::from).collect(),
            live: described.live,
            counts: described.counts,
            held_mail: described.held,
            moving: automation.moving.is_some(),
            paused_at: automation.paused_at,
            version: automation.version,
            created_at: automation.created_at,
            updated_at: automation.updated_at,
            created_by: automation.created_by,
        }
    }
}

fn versioned(described: Described) -> web::Versioned<AutomationView> {
    web::Versioned(described.automation.version, described.into())
}
