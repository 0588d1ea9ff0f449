//! What is told.

use serde::Serialize;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ChecklistLevel)]
pub enum Level {
    /// Mend it first.
    Error,
    /// Look at it.
    Warning,
    /// Good to know.
    Info,
    /// Looked at, and fine.
    Ok,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ChecklistItem, example = json!({
    "code": "images_without_alt",
    "level": "warning",
    "title": "2 images have no alternative text",
    "detail": "Many people see mails without images, and some never see them: say what each shows.",
    "count": 2,
    "where": ["https://example.com/a.png"],
}))]
pub struct Item {
    /// Stable, for programs.
    pub code: &'static str,
    /// In which variant of an A/B test, from 1. Absent where it is about the campaign as a whole, or fine in all variants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<i64>,
    pub level: Level,
    /// What was found, in one line.
    pub title: String,
    /// Why it matters and what to do.
    pub detail: String,
    /// Of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// Which: addresses, fields or words, up to 20.
    #[serde(rename = "where", skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub places: Vec<String>,
}

/// Most places that are named.
const MAX_PLACES: usize = 20;
/// Most characters of one.
const MAX_PLACE: usize = 200;

impl Item {
    pub(super) fn new(
        code: &'static str,
        level: Level,
        title: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            code,
            variant: None,
            level,
            title: title.into(),
            detail: detail.into(),
            count: None,
            places: Vec::new(),
        }
    }

    pub(super) fn ok(code: &'static str, title: impl Into<String>) -> Self {
        Self::new(code, Level::Ok, title, "")
    }

    pub(super) fn count(mut self, n: usize) -> Self {
        self.count = Some(n as i64);
        self
    }

    pub(super) fn places(mut self, places: impl IntoIterator<Item = String>) -> Self {
        self.places = places
            .into_iter()
            .take(MAX_PLACES)
            .map(|place| place.chars().take(MAX_PLACE).collect())
            .collect();
        self
    }
}

/// `1 link`, `3 links`.
pub(super) fn so_many(n: usize, thing: &str) -> String {
    if n == 1 {
        format!("1 {thing}")
    } else {
        format!("{n} {thing}s")
    }
}

/// What was looked at, the worst first.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Checklist {
    pub items: Vec<Item>,
    pub errors: usize,
    pub warnings: usize,
}

impl Checklist {
    pub(super) fn of(mut items: Vec<Item>) -> Self {
        items.sort_by_key(|item| item.level);
        let count = |level| items.iter().filter(|item| item.level == level).count();
        Self {
            errors: count(Level::Error),
            warnings: count(Level::Warning),
            items,
        }
    }
}
