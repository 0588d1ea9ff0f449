//! Which names a document relies on.

use std::collections::BTreeSet;

use crate::compile::{CompileOptions, read};
use crate::document::Document;
use crate::names::KnownNames;

/// The names that a document prints with nothing to stand in for an empty value, though they can be empty: where one is,
/// readers see a hole.
pub fn bare_names(document: &Document) -> BTreeSet<String> {
    read(document, CompileOptions::default())
        .uses
        .into_iter()
        .map(|(_, used)| used)
        .filter(|used| used.bare && KnownNames::can_be_empty(&used.path))
        .map(|used| used.path)
        .collect()
}
