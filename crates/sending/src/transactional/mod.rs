//! Transactional messages: one mail to one person, because a program asked for it: a receipt, a new password.
//!
//! They go the way of all mail (see [`crate::delivery`]), in a lane of their own: a campaign at full speed does not hold
//! them up, and limits on sending count them without holding them up either. What a program writes is kept once as a
//! content revision, however often it is sent; what differs from message to message is in `transactional_message`. What
//! a template says when it is asked for is kept in the same way: the message stays as it was, whatever becomes of the
//! template, and its event `message.queued` has the template and its revision.
//!
//! Who may get one: everybody but whoever is on the suppression list (complaints, erased people), and subscribers whose
//! address bounces. Who unsubscribed from campaigns still gets the receipt of what they bought. A message that may not be
//! sent is `skipped`, with the reason.
//!
//! States: see [`Status`]. Tables: `transactional_message`, `message_attachment`, `message_event`; `message` and
//! `content_revision` of others. Events: `message.queued`, `message.deferred`, `message.skipped`, and those of all
//! messages; each is also in the stream of [`stream`].
//!
//! Invariants:
//! - the same `Idempotency-Key` is the same message, for as long as it is known;
//! - after a crash on the wire it is sent again with the same Message-ID;
//! - attachments, variables and content are forgotten by [`sweep`].

mod keep;
mod model;
pub(crate) mod routes;
mod said;
mod service;
mod store;

pub use keep::sweep;
pub(crate) use model::{Envelope, File};
pub use model::{Message, NewAttachment, NewMessage, Sent, Status, StreamedEvent};
pub use routes::routes;
pub(crate) use service::{event_of, files, record};
pub use service::{get, list, send, send_in, stream, stream_of};
pub(crate) use store::{envelope, envelopes};
