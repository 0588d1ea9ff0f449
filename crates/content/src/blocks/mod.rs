//! Block documents: mails put together from blocks, as JSON.
//!
//! [`BlockDocument`] is the format, [`BlockDocument::read`] reads it and names every fault with its path. Sections hold
//! columns and content, columns hold content; nothing nests deeper. `docs/content.md` is the guide.

mod make;
mod model;
mod props;
mod read;
mod scalar;

pub(crate) use make::{Made, make};
pub use model::{Block, BlockDocument, BlockKind, BlockSettings};

/// The MJML that a block document stands for, for those who want to go on in code: merge fields as they were written,
/// without visibilities. `at` is what the input calls the document.
pub fn to_mjml(document: &serde_json::Value, at: &str) -> Result<String, Vec<crate::Finding>> {
    make::mjml_of(document, at)
}

/// The rules of a document by which blocks are shown, with their paths. None when the document cannot be read.
pub fn visibilities(document: &serde_json::Value, at: &str) -> Vec<(String, rules::Rule)> {
    let Ok(document) = BlockDocument::read(document, at) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    collect(&document.blocks, &format!("{at}.blocks"), &mut found);
    found
}

/// The event types that the booking blocks of a document lead to, with their paths. None when it cannot be read.
pub fn booked(document: &serde_json::Value, at: &str) -> Vec<(String, i64)> {
    let Ok(document) = BlockDocument::read(document, at) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    collect_booked(&document.blocks, &format!("{at}.blocks"), &mut found);
    found
}

fn collect_booked(blocks: &[Block], path: &str, found: &mut Vec<(String, i64)>) {
    for (index, block) in blocks.iter().enumerate() {
        let path = format!("{path}[{index}]");
        match &block.kind {
            BlockKind::Booking(booking) => {
                let id = booking.event_type.get();
                found.extend(id.map(|id| (format!("{path}.props.event_type"), id)));
            }
            BlockKind::Section(section) => {
                collect_booked(&section.blocks, &format!("{path}.props.blocks"), found);
            }
            BlockKind::Columns(columns) => {
                for (index, column) in columns.columns.iter().enumerate() {
                    let path = format!("{path}.props.columns[{index}].blocks");
                    collect_booked(&column.blocks, &path, found);
                }
            }
            _ => {}
        }
    }
}

fn collect(blocks: &[Block], path: &str, found: &mut Vec<(String, rules::Rule)>) {
    for (index, block) in blocks.iter().enumerate() {
        let path = format!("{path}[{index}]");
        if let Some(rule) = &block.visibility {
            found.push((format!("{path}.visibility"), rule.clone()));
        }
        match &block.kind {
            BlockKind::Section(section) => {
                collect(&section.blocks, &format!("{path}.props.blocks"), found);
            }
            BlockKind::Columns(columns) => {
                for (index, column) in columns.columns.iter().enumerate() {
                    let path = format!("{path}.props.columns[{index}]");
                    if let Some(rule) = &column.visibility {
                        found.push((format!("{path}.visibility"), rule.clone()));
                    }
                    collect(&column.blocks, &format!("{path}.blocks"), found);
                }
            }
            _ => {}
        }
    }
}
