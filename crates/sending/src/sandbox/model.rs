//! A kept mail.

use kernel::Timestamp;
use serde::Serialize;

use crate::messages::MessageId;

kernel::define_id!(
    /// A mail in the sandbox inbox.
    SandboxMessageId
);

/// A mail in the sandbox inbox, as a list shows it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SandboxMessage {
    /// Its id here.
    pub id: SandboxMessageId,
    /// The message it is.
    pub message_id: MessageId,
    /// To whom it would have gone.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// When it was "sent".
    pub received_at: Timestamp,
}
