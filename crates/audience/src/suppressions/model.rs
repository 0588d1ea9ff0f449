//! Entries of the list.

use kernel::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::SuppressionId;

/// An address that never gets mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Suppression {
    /// Its id.
    pub id: SuppressionId,
    /// The address; absent when its owner was erased and only a hash remains.
    #[schema(examples("ada@example.com"))]
    pub email: Option<String>,
    /// Why: `manual`, `complaint`, `import`, or what somebody wrote.
    #[schema(examples("complaint"))]
    pub reason: String,
    /// Since when.
    pub created_at: Timestamp,
}
