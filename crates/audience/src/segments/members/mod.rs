//! Who is in each segment, kept up as people change and time passes.
//!
//! - **Tables**: `segment_member`, `segment_membership` (how far a segment's members are known), `segment_day` (growth).
//! - **Consumer**: [`Membership`] follows the events. It evaluates in memory, for the people of a batch together, the
//!   rules that the events concern, and writes the differences.
//! - **Job**: `audience.segment` ([`Upkeep`]) fills a new or changed segment, regards the passing of time where a rule
//!   is relative to it, finds out that a broken segment is whole again, and forgets the members of a deleted one.
//!   [`upkeep_due`] enqueues it for whoever is due.
//! - **Events**: `segment.entered`, `segment.left`, once for each change of a person: in the transaction that writes the
//!   change. A change of the rule moves people silently; so does what is found while a segment is being filled.
//!
//! States of a segment: `building` (being filled; kept up already) → `current` → `building` (the rule, or one that it
//! refers to, or the account's zone was changed); `broken` (something that the rule names is gone: its members stay as
//! they are, and the reason is stored) → `building`.
//!
//! # Why it is right
//!
//! - An event never says what the membership becomes, only whom to look at. A person is evaluated as they are, so
//!   events may come twice, late or together.
//! - Whoever writes memberships of an account holds its lock (`LockClass::Segments`), and evaluates after taking it.
//! - Everything that a rule depends on and that changes without an event is time. Between two moments of upkeep, those
//!   whose membership can have changed are a set that the rule gives ([`rules::Compiled::changed_since`]).

mod follow;
mod model;
mod refresh;
mod roster;
mod store;
#[cfg(test)]
mod tests;
mod upkeep;

pub use follow::Membership;
pub use model::{Day, State};
pub(super) use store::{add, growth, set_building};
pub(super) use upkeep::enqueue;
pub use upkeep::{Upkeep, upkeep_due};
