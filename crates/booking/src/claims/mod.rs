//! Time of hosts that is taken: by bookings, by holds, by meetings with seats.
//!
//! A claim is a row of a host, and no two active claims of a host overlap: PostgreSQL has an exclusion constraint,
//! SQLite triggers. That is the floor. Above it, whoever takes time holds locks ([`lock`]) and asks every rule about the
//! one interval ([`find_place`]), so that the constraint is never met and nobody waits for a deadlock to be found.
//!
//! Locks are taken in one order: the event type, the teams of the account where they are limited together, the hosts by id,
//! then the people of the account. A constraint cannot ask what time it is, so claims that have expired are deleted first,
//! under the lock; nothing depends on a sweeper.
//!
//! A meeting with seats is a `booking_occurrence` with one claim for each host. It exists while somebody has a seat;
//! while there are only holds, its claims expire with the last of them.
//!
//! Tables: `booking_claim`, `booking_occurrence`.

mod model;
mod place;
mod routes;
mod store;

pub use model::Refused;

pub(crate) use routes::SlotProblem;

pub(crate) use model::{Place, Taker, Wanted};
pub(crate) use place::{find_place, free_seats, lock, lock_known, refused, take, would_host};
pub(crate) use store::{activate, delete_of, overlapping, swap_host};
