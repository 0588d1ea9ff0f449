//! Groups: sets of people that somebody put together, and what forms and imports add people to.
//!
//! - **Tables**: `contact_group`, `group_member` (with who added whom, and when).
//! - **Events**: `group.joined`, `group.left`, each with the group as its subject. Whoever is born into a group has it in
//!   `subscriber.created` instead.
//! - **Jobs**: `audience.purge` takes the members out of a deleted group.
//!
//! What groups have in common with tags is in `labels`.

mod routes;

pub use routes::routes;

use crate::GroupId;
use crate::labels::Label;

/// A group.
pub type Group = Label<GroupId>;
