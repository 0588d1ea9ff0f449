//! The engine with a store in memory, a virtual clock and faults, against its invariants and against a second
//! interpreter that is written in another way.
//!
//! A seed fixes everything: the documents, what happens to whom, what is published, paused, and where the process dies.
//! Each thing the store does is a transaction that may be lost before its commit, or committed without that being
//! known; then it is done again. After each commit [`invariants`] checks what is stored.
//!
//! Two kinds of worlds: in *plain* ones there is one automation with one live run per contact, and [`reference`] must
//! write the same history, minute by minute; in *wild* ones several automations start each other, with keys, parallel
//! runs and jitter, and only the invariants are checked.
//!
//! A seed that fails prints how to run it alone.

pub(crate) mod contact;
mod dice;
mod driver;
pub(crate) mod graphs;
mod invariants;
mod reference;
mod store;
mod tests;
