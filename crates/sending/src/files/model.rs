//! What a file is.

use kernel::{AccountId, FieldError, Timestamp, text};
use serde::{Deserialize, Serialize};

use super::picture::PictureKind;

kernel::define_id!(
    /// A file of an account.
    FileId
);

/// How large files may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one file.
    pub max_bytes: usize,
    /// Of one picture.
    pub max_pixels: u64,
    /// Of all files of an account.
    pub max_total_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 5_000_000,
            max_pixels: 40_000_000,
            max_total_bytes: 1_000_000_000,
        }
    }
}

/// A picture; its bytes are read apart.
#[derive(Clone, Debug)]
pub struct File {
    pub account: AccountId,
    pub id: FileId,
    pub name: String,
    /// What is read out or shown instead.
    pub alt: Option<String>,
    pub kind: PictureKind,
    pub width: i64,
    pub height: i64,
    pub size_bytes: i64,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
    /// The secret part of its address.
    pub token: String,
    pub created_at: Timestamp,
    pub created_by: String,
    pub updated_at: Timestamp,
}

/// A change of a file: absent is unchanged. Its bytes never change.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FilePatch {
    pub name: Option<String>,
    /// An empty text removes it.
    pub alt: Option<String>,
}

/// Something that shows a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FileUse, example = json!({"kind": "campaign", "id": "361240977588224000", "name": "May newsletter"}))]
pub struct Use {
    /// `campaign`, `template`, `saved_block` or `brand`.
    pub kind: &'static str,
    /// Absent for the brand, of which there is one.
    #[schema(required, value_type = Option<String>)]
    pub id: Option<String>,
    pub name: String,
}

const MAX_NAME: usize = 200;
const MAX_ALT: usize = 500;
const UNNAMED: &str = "picture";

impl File {
    /// Where anybody finds it.
    pub fn path(&self) -> String {
        format!("/m/{}.{}", self.token, self.kind.extension())
    }

    /// Takes a change over, or says what is wrong with it.
    pub(super) fn apply(&mut self, patch: FilePatch) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(name) = patch.name {
            match text::name(&name, MAX_NAME) {
                Ok(name) => name.clone_into(&mut self.name),
                Err(error) => errors.push(error),
            }
        }
        if let Some(alt) = patch.alt {
            match text::one_line(&alt, MAX_ALT) {
                Ok(alt) => self.alt = Some(alt.to_owned()).filter(|alt| !alt.is_empty()),
                Err(fault) => errors.push(fault.at("alt")),
            }
        }
        errors
    }
}

/// What a browser says a file is called, without directories and what no name needs. Never refused: people do not
/// choose it.
pub(super) fn name_of(claimed: &str) -> String {
    let last = claimed.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last
        .chars()
        .filter(|c| !text::breaks_line(*c))
        .take(MAX_NAME)
        .collect();
    match name.trim() {
        "" => UNNAMED.to_owned(),
        name => name.to_owned(),
    }
}

/// The name as a header may have it: ASCII, without what ends a quoted text, with the right ending.
pub(super) fn header_name(file: &File) -> String {
    let stem = file
        .name
        .rsplit_once('.')
        .map_or(&*file.name, |(stem, _)| stem);
    let safe: String = stem
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_ ()".contains(c) {
                c
            } else {
                '_'
            }
        })
        .take(100)
        .collect();
    let safe = safe.trim();
    let stem = if safe.is_empty() { UNNAMED } else { safe };
    format!("{stem}.{}", file.kind.extension())
}
