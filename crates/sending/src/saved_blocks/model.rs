//! What a saved block is.

use content::blocks::{Block, BlockDocument};
use kernel::{AccountId, FieldError, Timestamp, text};
use serde::Deserialize;
use serde_json::{Value, json};

kernel::define_id!(
    /// A saved block of an account.
    SavedBlockId
);

/// A part of a mail to be used again.
#[derive(Clone, Debug)]
pub struct SavedBlock {
    pub account: AccountId,
    pub id: SavedBlockId,
    pub name: String,
    /// A block as mails have it, checked.
    pub block: Value,
    /// Rises with every change: the ETag.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub created_by: String,
}

/// What a new saved block is made from.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSavedBlock {
    #[schema(example = "Our footer")]
    pub name: String,
    #[schema(value_type = Block)]
    pub block: Value,
}

/// A change of a saved block: absent is unchanged.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SavedBlockPatch {
    pub name: Option<String>,
    #[schema(value_type = Option<Block>)]
    pub block: Option<Value>,
}

const MAX_NAME: usize = 200;
/// Of the JSON.
const MAX_BYTES: usize = 200_000;
/// What every block lies deep in, in the document that it is checked in.
const PLACE: &str = "block.blocks[0]";

impl SavedBlock {
    /// Takes a change over, or says what is wrong with it.
    pub(super) fn apply(&mut self, patch: SavedBlockPatch) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(name) = patch.name {
            match text::name(&name, MAX_NAME) {
                Ok(name) => name.clone_into(&mut self.name),
                Err(error) => errors.push(error),
            }
        }
        if let Some(block) = patch.block {
            match checked(block) {
                Ok(block) => self.block = block,
                Err(faults) => errors.extend(faults),
            }
        }
        errors
    }
}

/// A block as a mail that holds nothing else would take it.
fn checked(block: Value) -> Result<Value, Vec<FieldError>> {
    if block.to_string().len() > MAX_BYTES {
        let message = format!("a saved block may have {MAX_BYTES} bytes as JSON");
        return Err(vec![FieldError::new("block", "too_large", message)]);
    }
    let document = json!({"version": 1, "blocks": [block]});
    let read = BlockDocument::read(&document, "block").map_err(|findings| {
        findings
            .into_iter()
            .map(|finding| {
                let error = FieldError::from(finding);
                FieldError {
                    field: error.field.replacen(PLACE, "block", 1),
                    ..error
                }
            })
            .collect::<Vec<_>>()
    })?;
    // Read and written again: defaults and order are ours, and nothing is kept that was not understood.
    let block = read.blocks.first().map(serde_json::to_value);
    block
        .and_then(Result::ok)
        .ok_or_else(|| vec![FieldError::new("block", "invalid", "give one block")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_what_a_mail_would_take() {
        let good = json!({"id": "b1", "type": "button", "props": {"label": "Go", "href": "https://example.com"}});
        let kept = checked(good).unwrap();
        assert_eq!(
            (&kept["type"], &kept["props"]["label"]),
            (&json!("button"), &json!("Go"))
        );
        for (bad, field) in [
            (json!(null), "block"),
            (json!([]), "block"),
            (
                json!({"id": "a", "type": "script", "props": {}}),
                "block.type",
            ),
            (json!({"id": "a b", "type": "spacer"}), "block.id"),
            (
                json!({"id": "a", "type": "button", "props": {"label": "Go", "href": "https://x.test", "onclick": "x"}}),
                "block.props.onclick",
            ),
            (json!("x".repeat(MAX_BYTES)), "block"),
        ] {
            let faults = checked(bad.clone()).unwrap_err();
            assert!(
                faults.iter().any(|fault| fault.field == field),
                "{bad}: {faults:?}"
            );
        }
        // Blocks in blocks in blocks end somewhere.
        let mut deep = json!({"id": "x", "type": "spacer"});
        for i in 0..100 {
            deep = json!({"id": format!("s{i}"), "type": "section", "props": {"blocks": [deep]}});
        }
        assert!(checked(deep).is_err());
    }
}
