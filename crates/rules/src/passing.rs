//! The passing of time: who may be selected now and was not a while ago, or the other way around.

use crate::moment::Moment;
use crate::program::{Check, Compiled, Node, Tempo};

impl Compiled {
    /// Contacts among whom is everybody whom this rule and the same rule at an `earlier` moment tell apart, at any two
    /// instants from then to now, though nothing changed but the time. `None` if there can be nobody.
    ///
    /// At most one day may begin in between: see [`Moment::steps_from`].
    pub fn changed_since(&self, earlier: &Self) -> Option<Self> {
        let mut found = Vec::new();
        let step = Step {
            elapsed: self.now.saturating_sub(earlier.now),
            clock_changed: self.offset != earlier.offset,
        };
        compare(&self.root, &earlier.root, step, &mut found);
        (!found.is_empty()).then_some(Self {
            root: Node::Any(found),
            tempo: Tempo::Still,
            ..*self
        })
    }
}

/// From the earlier moment to the later.
#[derive(Clone, Copy)]
struct Step {
    elapsed: i64,
    clock_changed: bool,
}

/// No zone's clock jumps further.
const JUMP: i64 = 25 * 3_600_000_000;

impl Step {
    /// How far beyond its places at both ends a limit such as "7 days ago" may have been in between. It moves with the
    /// time, except where the clock changes, now or then: there it may jump, and pass some people twice.
    fn slack(self, from: i64, to: i64) -> i64 {
        if self.clock_changed || to.saturating_sub(from) != self.elapsed {
            JUMP
        } else {
            0
        }
    }
}

/// The two are the same rule, so they have the same shape.
fn compare(later: &Node, earlier: &Node, step: Step, found: &mut Vec<Node>) {
    match (later, earlier) {
        (later, earlier) if later == earlier => {}
        (Node::All(now), Node::All(then)) | (Node::Any(now), Node::Any(then))
            if now.len() == then.len() =>
        {
            for (now, then) in now.iter().zip(then) {
                compare(now, then, step, found);
            }
        }
        (Node::Not(now), Node::Not(then)) => compare(now, then, step, found),
        (
            Node::Event {
                since: Some(now), ..
            },
            Node::Event {
                since: Some(then), ..
            },
        ) => {
            // What happened between the two beginnings does not count any more, or again.
            let mut moved = later.clone();
            if let Node::Event {
                since,
                until,
                at_least,
                at_most,
                ..
            } = &mut moved
            {
                let slack = step.slack(*then, *now);
                let last = now.max(then).saturating_sub(1).saturating_add(slack);
                *since = Some(now.min(then).saturating_sub(slack));
                *until = Some(until.map_or(last, |until| until.min(last)));
                *at_least = 1;
                *at_most = None;
            }
            found.push(moved);
        }
        (
            Node::Booking {
                since: from_now,
                until: to_now,
                ..
            },
            Node::Booking {
                since: from_then,
                until: to_then,
                ..
            },
        ) => {
            // Who has a meeting that one of the ends went over.
            for (now, then) in [(from_now, from_then), (to_now, to_then)] {
                let (Some(now), Some(then)) = (now, then) else {
                    continue;
                };
                if now == then {
                    continue;
                }
                let slack = step.slack(*then, *now);
                let mut passed = later.clone();
                if let Node::Booking {
                    since,
                    until,
                    at_least,
                    ..
                } = &mut passed
                {
                    *since = Some(now.min(then).saturating_sub(slack));
                    *until = Some(now.max(then).saturating_add(slack));
                    *at_least = 1;
                }
                found.push(passed);
            }
        }
        _ => {
            if let (Some((from_now, to_now)), Some((from_then, to_then))) =
                (range(later), range(earlier))
            {
                // Both ends move forward with time; who was passed by one of them may have changed sides.
                if let (Some(now), Some(then)) = (from_now, from_then)
                    && now != then
                {
                    let slack = slack(later, step, then, now);
                    let last = now.max(then).saturating_sub(1).saturating_add(slack);
                    passed(later, now.min(then).saturating_sub(slack), last, found);
                }
                if let (Some(now), Some(then)) = (to_now, to_then)
                    && now != then
                {
                    let slack = slack(later, step, then, now);
                    let first = now.min(then).saturating_add(1).saturating_sub(slack);
                    passed(later, first, now.max(then).saturating_add(slack), found);
                }
            } else {
                // Days have one state before midnight and one after it.
                let differ = |one: &Node, other: &Node| {
                    Node::All(vec![one.clone(), other.clone().negated()])
                };
                found.push(differ(later, earlier));
                found.push(differ(earlier, later));
            }
        }
    }
}

/// Custom fields hold days, which do not depend on the clock.
fn slack(node: &Node, step: Step, from: i64, to: i64) -> i64 {
    match node {
        Node::Attribute(..) => step.slack(from, to),
        _ => 0,
    }
}

fn range(node: &Node) -> Option<(Option<i64>, Option<i64>)> {
    match node {
        Node::Attribute(_, Check::Range(from, to))
        | Node::Field {
            check: Check::Range(from, to),
            ..
        } => Some((*from, *to)),
        _ => None,
    }
}

/// The same value as in `node`, between the two.
fn passed(node: &Node, from: i64, to: i64, found: &mut Vec<Node>) {
    if from > to {
        return;
    }
    let mut node = node.clone();
    if let Node::Attribute(_, check) | Node::Field { check, .. } = &mut node {
        *check = Check::Range(Some(from), Some(to));
    }
    found.push(node);
}

impl Moment {
    /// The moments from an earlier one to this one between which at most one day begins, both included.
    pub fn steps_from(&self, earlier: &Self) -> Vec<Self> {
        let mut steps = vec![earlier.clone()];
        let mut at = earlier.clone();
        while let Some(next) = at.next_day().filter(|next| next.now < self.now) {
            steps.push(next.clone());
            at = next;
        }
        if earlier.now < self.now {
            steps.push(self.clone());
        }
        steps
    }

    /// When the next day begins in the zone; `None` at the end of time.
    pub fn next_day(&self) -> Option<Self> {
        let mut date = self.date();
        // A zone may skip a day, whose beginning then is that of the next.
        loop {
            date = date.tomorrow().ok()?;
            let start = kernel::Timestamp::from_micros(self.start_of(date));
            if start > self.now {
                return (start.as_micros() < i64::MAX).then(|| Self::new(start, self.zone.clone()));
            }
        }
    }
}
