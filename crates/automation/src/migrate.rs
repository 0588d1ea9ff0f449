//! Where people go who are inside when a new version is published.
//!
//! The publisher decides ([`Plan`]), with the changes in words beside it ([`crate::diff`]); the decision is stored with the
//! version. By default everybody moves along: a run follows the new version from its next wake on, at the step of the same
//! id. Then
//!
//! - a changed wait counts from when the run came to the step: shortened, it may be over; lengthened, it lasts longer;
//! - a changed split leaves those who passed it where they are, and in the arm that was drawn for them;
//! - a step that became something else is begun anew;
//! - a step that is no more sends those at it to the next surviving step, elsewhere, or out, as the plan says for it.
//!
//! Who is done stays done.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::definition::{Document, StepId};
use crate::fault::Fault;
use crate::interpret::{Outcome, Program, Reason, Run, Wake};

/// What becomes of those who are inside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = AutomationPlan)]
pub struct Plan {
    pub policy: Policy,
    /// Of those at steps that are no more; not named here: the next that is still there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub deleted: BTreeMap<StepId, Fate>,
}

/// What becomes of everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationPlanPolicy)]
pub enum Policy {
    /// They follow the new version.
    #[default]
    MoveAlong,
    /// They finish on the version that they are on.
    FinishOld,
    /// They leave.
    ExitAll,
}

/// What becomes of those at one deleted step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "fate", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = AutomationPlanFate)]
pub enum Fate {
    /// The next step, along the old version, that is still there; out if none is.
    #[default]
    Next,
    /// This step of the new version.
    JumpTo {
        step: StepId,
    },
    Exit,
}

/// What becomes of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebind {
    /// It keeps its version.
    Keep,
    /// It follows the new version at the step where it is.
    Stay,
    /// It follows the new version at another step.
    Move(StepId),
    /// It is over.
    Exit,
}

impl Plan {
    /// What is wrong with it for these versions.
    pub fn check(&self, old: &Document, new: &Document) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (id, fate) in &self.deleted {
            let at = format!("deleted.{id}");
            if old.step(id).is_none() {
                faults.push(
                    Fault::new(
                        at,
                        "unknown",
                        "is not a step of the version before: leave it out",
                    )
                    .of(Some(id)),
                );
            } else if new.step(id).is_some() {
                faults.push(
                    Fault::new(at, "not_allowed", "is still there: leave it out").of(Some(id)),
                );
            } else if let Fate::JumpTo { step } = fate
                && new.step(step).is_none()
            {
                let message = format!("there is no step {step}: choose one of the new version");
                faults.push(Fault::new(format!("{at}.step"), "unknown", message).of(Some(id)));
            }
        }
        faults
    }

    /// What becomes of a run of the old version.
    pub fn rebind(&self, old: &Document, new: &Document, run: &Run) -> Rebind {
        if !run.is_live() {
            return Rebind::Keep;
        }
        match self.policy {
            Policy::FinishOld => return Rebind::Keep,
            Policy::ExitAll => return Rebind::Exit,
            Policy::MoveAlong => {}
        }
        if let Some(step) = new.step(&run.node) {
            let same_kind = old
                .step(&run.node)
                .is_some_and(|before| before.body.kind() == step.body.kind());
            return if same_kind || matches!(run.hold.reason, Reason::Parked(_)) {
                Rebind::Stay
            } else {
                Rebind::Move(run.node.clone())
            };
        }
        match self.deleted.get(&run.node) {
            Some(Fate::JumpTo { step }) => Rebind::Move(step.clone()),
            Some(Fate::Exit) => Rebind::Exit,
            None | Some(Fate::Next) => {
                next_surviving(old, new, &run.node).map_or(Rebind::Exit, Rebind::Move)
            }
        }
    }
}

/// The first step along the default edges of the old version that the new one has.
pub(crate) fn next_surviving(old: &Document, new: &Document, from: &StepId) -> Option<StepId> {
    let mut seen = BTreeSet::new();
    let mut at = old.step(from)?;
    while seen.insert(&at.id) {
        let next = at.default_next()?;
        if new.step(next).is_some() {
            return Some(next.clone());
        }
        at = old.step(next)?;
    }
    None
}

impl Rebind {
    /// Gives the run its new version. What remains is to wake it, with the new program, if there is a wake: at once, or
    /// together with what wakes it next.
    pub fn apply<'r>(&'r self, run: &mut Run, new: &Program) -> Option<Wake<'r>> {
        if *self == Self::Keep {
            return None;
        }
        run.version = new.version;
        Some(match self {
            Self::Keep | Self::Stay => Wake::Rebound,
            Self::Move(step) => Wake::MoveTo(step),
            Self::Exit => Wake::End(Outcome::StepRemoved),
        })
    }
}

/// What becomes of timers at the end of a pause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationResume)]
pub enum Resume {
    /// What became due meanwhile is due now.
    #[default]
    CatchUp,
    /// Every timer is later by the length of the pause.
    Shift,
}

impl Resume {
    /// A run as it is after a pause. What had a meaning on the clock ("at nine") keeps it unless it is shifted.
    pub fn apply(self, run: &mut Run, paused: std::time::Duration) {
        if self == Self::CatchUp || !run.is_live() {
            return;
        }
        run.step_at = run.step_at + paused;
        if let Some(timer) = &mut run.hold.timer {
            timer.due = timer.due + paused;
            timer.intent = None;
        }
        if let Some(until) = &mut run.hold.until {
            *until = *until + paused;
        }
    }
}

#[cfg(test)]
mod tests;
