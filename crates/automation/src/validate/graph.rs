//! The ways between steps: unknown ones, dead ends, steps that nobody comes to, circles without a wait.

use std::collections::{BTreeMap, BTreeSet};

use super::Check;
use crate::definition::{Document, Step, StepId};

impl Check<'_> {
    pub(super) fn graph(&mut self) {
        let document = self.document;
        let unknown = |id: &StepId| {
            format!("leads to {id}, which is no step: choose one that is there, or add it")
        };
        self.enter(String::new(), None);
        for (path, start) in document.entrances() {
            if document.step(start).is_none() {
                self.fail(&path, "unknown_step", unknown(start));
            }
        }
        let reached = reached(document);
        let endless = endless(document);
        for (n, step) in document.steps.iter().enumerate() {
            self.enter(format!("steps[{n}]"), Some(&step.id));
            for edge in step.edges() {
                if document.step(edge.to).is_none() {
                    self.fail(&edge.path, "unknown_step", unknown(edge.to));
                }
            }
            if step.has_next() && step.next.is_none() {
                self.fail(
                    "next",
                    "dead_end",
                    "is missing: say which step follows, or add a step of the kind \"end\"",
                );
            }
            if !step.has_next() && step.next.is_some() {
                let message = format!(
                    "has no meaning for a step of the kind \"{}\": leave it out",
                    step.body.kind()
                );
                self.fail("next", "not_allowed", message);
            }
            if !reached.is_empty() && !reached.contains(&step.id) {
                self.fail(
                    "",
                    "unreachable",
                    "is never reached: lead a step or a trigger to it, or delete it",
                );
            }
            if let Some(circle) = endless.get(&step.id) {
                let names: Vec<&str> = circle.iter().map(|id| id.as_str()).collect();
                self.fail(
                    "",
                    "endless_loop",
                    format!(
                        "is in a circle without a wait ({}): put a wait into it",
                        names.join(" → ")
                    ),
                );
            }
        }
    }
}

fn reached(document: &Document) -> BTreeSet<&StepId> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&StepId> = document
        .entrances()
        .into_iter()
        .map(|(_, start)| start)
        .collect();
    while let Some(id) = open.pop() {
        if let Some(step) = document.step(id)
            && reached.insert(&step.id)
        {
            open.extend(step.edges().into_iter().map(|edge| edge.to));
        }
    }
    reached
}

/// The circles of steps that do not wait, one for each group of steps that lead to each other, by the step of the group
/// that stands first.
fn endless(document: &Document) -> BTreeMap<&StepId, Vec<&StepId>> {
    let hurried = |id: &StepId| document.step(id).filter(|step| !step.waits());
    let ways =
        |step: &Step| -> Vec<StepId> { step.edges().into_iter().map(|it| it.to.clone()).collect() };
    let mut found = BTreeMap::new();
    let mut told: BTreeSet<&StepId> = BTreeSet::new();
    for step in document.steps.iter().filter(|step| !step.waits()) {
        if told.contains(&step.id) {
            continue;
        }
        // From where each step was reached, breadth first, so that the shortest circle is shown.
        let mut from: BTreeMap<&StepId, &StepId> = BTreeMap::new();
        let mut open = std::collections::VecDeque::from([&step.id]);
        'search: while let Some(id) = open.pop_front() {
            let Some(at) = hurried(id) else { continue };
            for next in ways(at) {
                let Some(next) = hurried(&next) else { continue };
                if !from.contains_key(&next.id) {
                    from.insert(&next.id, &at.id);
                    open.push_back(&next.id);
                }
                if next.id == step.id {
                    break 'search;
                }
            }
        }
        if from.contains_key(&step.id) {
            let mut circle = vec![&step.id];
            let mut at = from[&step.id];
            while at != &step.id {
                circle.push(at);
                at = from[at];
            }
            circle.push(&step.id);
            circle.reverse();
            told.extend(circle.iter().copied());
            found.insert(&step.id, circle);
        }
    }
    found
}
