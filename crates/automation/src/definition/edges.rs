//! Where a step leads, in one list for whoever walks the graph.

use super::{Body, Document, Step, StepId};

/// A way from one step to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge<'a> {
    pub to: &'a StepId,
    /// Where it stands, inside of the step: `next`, `with.paths[0].next`.
    pub path: String,
    /// What people call it: `then`, the id of a path, case or arm.
    pub label: &'a str,
}

impl Step {
    /// Every way out of it.
    pub fn edges(&self) -> Vec<Edge<'_>> {
        let mut edges = Vec::new();
        let mut add = |to, path: String, label| edges.push(Edge { to, path, label });
        match &self.body {
            Body::Jump(jump) => add(&jump.to, "with.to".to_owned(), "jump"),
            Body::IfElse(split) => {
                add(&split.then, "with.then".to_owned(), "then");
                add(&split.otherwise, "with.else".to_owned(), "else");
            }
            Body::FirstMatch(split) => {
                for (n, case) in split.cases.iter().enumerate() {
                    add(
                        &case.next,
                        format!("with.cases[{n}].next"),
                        case.id.as_str(),
                    );
                }
            }
            Body::RandomSplit(split) => {
                for (n, arm) in split.arms.iter().enumerate() {
                    add(&arm.next, format!("with.arms[{n}].next"), arm.id.as_str());
                }
            }
            Body::WaitForAny(wait) => {
                for (n, path) in wait.paths.iter().enumerate() {
                    add(
                        &path.next,
                        format!("with.paths[{n}].next"),
                        path.id.as_str(),
                    );
                }
            }
            Body::WaitUntilField(wait) => {
                if let Some(to) = &wait.if_missing {
                    add(to, "with.if_missing".to_owned(), "if_missing");
                }
                if let Some(to) = &wait.if_past {
                    add(to, "with.if_past".to_owned(), "if_past");
                }
            }
            _ => {}
        }
        if let Some(to) = &self.next {
            add(to, "next".to_owned(), "next");
        }
        if let Some(to) = &self.on_failure {
            add(to, "on_failure".to_owned(), "on_failure");
        }
        edges
    }

    /// Whether `next` says where it goes on.
    pub fn has_next(&self) -> bool {
        !matches!(
            self.body,
            Body::Jump(_) | Body::End(_) | Body::IfElse(_) | Body::RandomSplit(_)
        )
    }

    /// The way that those go who are moved on from here: `next`, or the first that there is.
    pub fn default_next(&self) -> Option<&StepId> {
        if let Some(next) = &self.next {
            return Some(next);
        }
        match &self.body {
            Body::IfElse(split) => Some(&split.otherwise),
            _ => self.edges().first().map(|edge| edge.to),
        }
    }

    /// Whether time passes in it. What only may wait (for an answer, or until messages are allowed) does not count.
    pub fn waits(&self) -> bool {
        matches!(
            self.body,
            Body::Wait(_)
                | Body::WaitUntilDate(_)
                | Body::WaitUntilField(_)
                | Body::WaitForWindow(_)
                | Body::WaitForAny(_)
        )
    }
}

impl Document {
    /// Steps that a run may begin or be sent to from outside of the graph, with where that stands.
    pub fn entrances(&self) -> Vec<(String, &StepId)> {
        let mut found: Vec<(String, &StepId)> = self
            .triggers
            .iter()
            .enumerate()
            .map(|(n, trigger)| (format!("triggers[{n}].start"), &trigger.start))
            .collect();
        if let Some(next) = self.goal.as_ref().and_then(|goal| goal.next.as_ref()) {
            found.push(("goal.next".to_owned(), next));
        }
        found
    }
}
