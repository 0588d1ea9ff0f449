//! The mails that everybody can begin with: block documents that the program brings along.
//!
//! They use no pictures, so they point at nobody's server and look the same where pictures are not shown. The tests
//! compile and check them all.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A mail to begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Stable, for programs.
    pub key: String,
    /// In English.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// `newsletter`, `promotion`, `welcome`, `event`, `personal`, `survey`, `reminder`, `transactional`, `celebration`,
    /// `announcement`.
    pub category: String,
    /// A proposal.
    pub subject: String,
    /// A proposal; may be empty.
    pub preheader: String,
    /// A block document.
    pub document: Value,
}

const SOURCES: [&str; 12] = [
    include_str!("templates/newsletter.json"),
    include_str!("templates/announcement.json"),
    include_str!("templates/product_launch.json"),
    include_str!("templates/sale.json"),
    include_str!("templates/event.json"),
    include_str!("templates/welcome.json"),
    include_str!("templates/digest.json"),
    include_str!("templates/letter.json"),
    include_str!("templates/survey.json"),
    include_str!("templates/reminder.json"),
    include_str!("templates/receipt.json"),
    include_str!("templates/birthday.json"),
];

/// All of them, the most general first.
pub fn all() -> &'static [Template] {
    static ALL: LazyLock<Vec<Template>> = LazyLock::new(|| {
        SOURCES
            .iter()
            .map(|source| serde_json::from_str(source).expect("the tests read every template"))
            .collect()
    });
    &ALL
}

/// The one with this key.
pub fn find(key: &str) -> Option<&'static Template> {
    all().iter().find(|template| template.key == key)
}
