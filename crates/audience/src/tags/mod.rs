//! Tags: words that people are marked with.
//!
//! - **Tables**: `tag`, `tagging` (with who added it, and when).
//! - **Events**: `tag.added`, `tag.removed`, each with the tag as its subject. Whoever is born with a tag has it in
//!   `subscriber.created` instead.
//! - **Jobs**: `audience.purge` takes a deleted tag from people.
//!
//! What tags have in common with groups is in `labels`.

mod routes;

pub use routes::routes;

use crate::TagId;
use crate::labels::Label;

/// A tag.
pub type Tag = Label<TagId>;
