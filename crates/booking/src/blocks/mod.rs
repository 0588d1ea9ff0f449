//! When a host cannot: time that they block, once or repeated, and dates on which they are out of office.
//!
//! Both are wall times of where the host is. A block is busy like a meeting, with buffers around it; time off leaves
//! the hours of its dates out.
//!
//! Tables: `booking_block`, `booking_time_off`. Audited: `block.created`, `block.deleted`, `time_off.created`,
//! `time_off.deleted`.

mod model;
mod routes;
mod service;
mod store;

pub use model::{Block, BlockSpec, NewBlock, NewTimeOff, Repeat, TimeOff, Weekday};
pub use routes::routes;
pub use service::{
    create_block, create_time_off, delete_block, delete_time_off, list_blocks, list_time_off,
};

pub(crate) use store::{blocks_of, time_off_of};
