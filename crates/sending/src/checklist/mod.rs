//! The checklist: what a person should look at before a campaign is sent.
//!
//! It looks at the campaign as somebody would get it of whom nothing is known: links, pictures, colors, size, words; at the
//! people it would go to; and at who it comes from. Of an A/B test it looks at the mail of each variant, and says in which it
//! found what. What was found is told, what is fine too, so that a list that is all
//! green says what was looked at. Nothing here keeps a campaign from being sent: what cannot be sent at all is refused by
//! sending itself.
//!
//! Links are asked through the guarded client of the context, a few at once, each once in ten minutes, for as long as
//! [`links::PATIENCE`] in all. `docs/campaigns.md` lists every code.
//!
//! Tables: none of its own; reads `campaign`, `subscriber`, `dkim_key`.

mod color;
mod links;
mod mail;
mod model;
mod page;
mod people;
pub(crate) mod routes;
mod service;
mod spam;
mod store;

pub use model::{Checklist, Item, Level};
pub use routes::routes;
pub use service::check;

#[cfg(test)]
mod tests;
