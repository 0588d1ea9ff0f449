//! Live updates: a stream of server-sent events that says which kinds of things of the account changed, so that an
//! open page can ask for them again instead of asking all the time.
//!
//! The source is [`db::Db::changes`], which every process feeds with what it commits and, on PostgreSQL, with what the
//! others do. So a stream costs no query. It names kinds of things, not things: what is behind them is asked for by
//! the ordinary routes, which check who may see it.
//!
//! Invariants: a stream tells nobody of a kind that they may not read; it ends after a while, so that whoever lost
//! their access does not keep it, and at once when the server stops. Tables, jobs: none.

mod frame;
mod routes;
mod seats;

pub(crate) use routes::routes;
