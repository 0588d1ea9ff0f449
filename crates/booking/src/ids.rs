//! Ids of what this crate has.

kernel::define_id!(
    /// A booking. It keeps its id when it is moved.
    BookingId
);
kernel::define_id!(
    /// What keeps a slot for a visitor who has not finished yet.
    HoldId
);
