//! Ids of what this crate has.

kernel::define_id!(
    /// Somebody who can be met.
    HostId
);
kernel::define_id!(
    /// Weekly hours with their exceptions.
    ScheduleId
);
kernel::define_id!(
    /// Time that a host blocks.
    BlockId
);
kernel::define_id!(
    /// Dates on which a host is out of office.
    TimeOffId
);
kernel::define_id!(
    /// What can be booked.
    EventTypeId
);
kernel::define_id!(
    /// A booking. It keeps its id when it is moved.
    BookingId
);
kernel::define_id!(
    /// What keeps a slot for a visitor who has not finished yet.
    HoldId
);
kernel::define_id!(
    /// A meeting with seats.
    OccurrenceId
);
kernel::define_id!(
    /// Somebody who waits for a place.
    WaitingId
);
kernel::define_id!(
    /// A way to somebody's calendars elsewhere.
    ConnectionId
);
kernel::define_id!(
    /// A calendar elsewhere.
    CalendarId
);
