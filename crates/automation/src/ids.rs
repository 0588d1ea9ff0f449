//! Ids of what this crate has.

kernel::define_id!(
    /// An automation.
    AutomationId
);
kernel::define_id!(
    /// A published version of an automation.
    VersionId
);
kernel::define_id!(
    /// One way of one contact through an automation.
    RunId
);
