//! What uses a field, a group or a tag: asked before it is deleted.

use db::Tx;
use kernel::{AccountId, Error, Result};
use rules::References;

use crate::segments;

/// What may be in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    /// By its key.
    Field(String),
    Group(i64),
    Tag(i64),
}

impl Thing {
    fn is_in(&self, references: &References) -> bool {
        match self {
            Self::Field(key) => references.fields.contains(key),
            Self::Group(id) => references.groups.contains(id),
            Self::Tag(id) => references.tags.contains(id),
        }
    }
}

/// An error that lists the segments, if there are any.
pub(crate) async fn refuse_if_used(tx: &mut Tx, account: AccountId, thing: Thing) -> Result<()> {
    const SHOWN: usize = 5;
    let segments = segments::using(tx, account, |references| thing.is_in(references)).await?;
    if segments.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = segments
        .iter()
        .take(SHOWN)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    let more = match segments.len().saturating_sub(SHOWN) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    Err(Error::conflict(
        "in_use",
        format!(
            "used by the segments {}{more}; change those first",
            names.join(", ")
        ),
    ))
}
