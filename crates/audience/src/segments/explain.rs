//! Why a person is in a segment, or not: every condition of the rule, asked one by one.

use kernel::Result;
use rules::{Rule, View};

use super::compile::Surroundings;
use super::model::Condition;

/// The rule as a tree of phrases that hold or do not.
pub(super) fn trace(surroundings: &Surroundings, rule: &Rule, view: &View) -> Result<Condition> {
    let holds = surroundings.compile(rule, "segment")?.matches(view);
    let children = match rule {
        Rule::All(children) | Rule::Any(children) => children.as_slice(),
        Rule::Not(child) => std::slice::from_ref(&**child),
        _ => &[],
    };
    let conditions = children
        .iter()
        .map(|child| trace(surroundings, child, view))
        .collect::<Result<_>>()?;
    let text = match rule {
        // The parts follow, so they are not repeated.
        Rule::All(children) if children.len() > 1 => "all of these".to_owned(),
        Rule::Any(children) if children.len() > 1 => "at least one of these".to_owned(),
        Rule::Not(_) => "not this".to_owned(),
        _ => rule.describe(&surroundings.names),
    };
    Ok(Condition {
        text,
        holds,
        conditions,
    })
}
