//! The ids of this crate.

kernel::define_id!(
    /// A person.
    SubscriberId
);
kernel::define_id!(
    /// A custom field.
    FieldId
);
kernel::define_id!(
    /// A group.
    GroupId
);
kernel::define_id!(
    /// A tag.
    TagId
);
kernel::define_id!(
    /// A segment.
    SegmentId
);
kernel::define_id!(
    /// An import.
    ImportId
);
kernel::define_id!(
    /// A suppressed address.
    SuppressionId
);
kernel::define_id!(
    /// A saved view of the list of people.
    ViewId
);
kernel::define_id!(
    /// A change to many people.
    BulkActionId
);
kernel::define_id!(
    /// People on their way into a file.
    ExportId
);
