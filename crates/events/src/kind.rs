//! The catalog of events. The texts are for ever: they are stored, and consumers and segments name them.
//!
//! Every body is a JSON object. A field that is marked `?` may be absent; consumers ignore fields they do not know, so
//! adding one is always possible. Ids in bodies are decimal strings, as everywhere in JSON.

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $text;)*
        /// All of them.
        pub const ALL: &[&str] = &[$($text),*];
    };
}

kinds! {
    /// A subscriber came to be. `source` (form, import, api, manual, ...), `status`, `actor`, `import_id?`, and what they
    /// were born with, of which no other event tells: `group_ids?`, `tag_ids?`, `consent_at?`. Subject: none.
    SUBSCRIBER_CREATED = "subscriber.created";
    /// Standard or custom values changed. `changed`: the names of the fields, `source?`, `import_id?`. Subject: none.
    SUBSCRIBER_UPDATED = "subscriber.updated";
    /// The status changed. `from`, `to`, `reason?`, `actor?`. Subject: the campaign that caused it, if one did.
    SUBSCRIBER_STATUS_CHANGED = "subscriber.status_changed";
    /// The address changed. `from`, `to`, `actor`. A `subscriber.updated` comes with it. Subject: none.
    SUBSCRIBER_EMAIL_CHANGED = "subscriber.email_changed";
    /// Became one with another record, which is deleted: what was recorded of that one is recorded of this one now.
    /// `other_id`, `other_email`, `actor`. Subject: the other subscriber.
    SUBSCRIBER_MERGED = "subscriber.merged";
    /// The subscriber was deleted. `email_hash?`: for erasure proofs, never the address; `merged_into?`. Subject: none.
    SUBSCRIBER_DELETED = "subscriber.deleted";
    /// Joined a group. `actor?`, `import_id?`. Subject: the group.
    GROUP_JOINED = "group.joined";
    /// Left a group. `actor?`. Subject: the group.
    GROUP_LEFT = "group.left";
    /// Was given a tag. `actor?`, `import_id?`. Subject: the tag.
    TAG_ADDED = "tag.added";
    /// Lost a tag. `actor?`. Subject: the tag.
    TAG_REMOVED = "tag.removed";
    /// Came to be in a segment, by a change of their own or by the passing of time; not because the segment's rule was
    /// changed. Subject: the segment.
    SEGMENT_ENTERED = "segment.entered";
    /// Is no longer in a segment, in the same way. Subject: the segment.
    SEGMENT_LEFT = "segment.left";
    /// Agreed to be written to. `at`, `source?`, `ip?`, `text?`, `actor`, and what was known before: `previous?`.
    /// Subject: none.
    CONSENT_GIVEN = "consent.given";

    /// A transactional message was taken from a program. `message_id`, `transactional`. Subject: the message, as in all
    /// events of transactional messages, which also have `transactional` in their body.
    MESSAGE_QUEUED = "message.queued";
    /// A relay said "later" to a transactional message. `message_id`, `transactional`, `text`. Subject: the message.
    MESSAGE_DEFERRED = "message.deferred";
    /// A transactional message was not sent, since its recipient may not get mail. `message_id`, `transactional`, `reason`.
    /// Subject: the message.
    MESSAGE_SKIPPED = "message.skipped";
    /// A relay accepted a message. `message_id`, `transport_id?`, `transactional?`. Subject: the campaign.
    MESSAGE_SENT = "message.sent";
    /// A person opened a message. `message_id`, `client?`. Subject: the campaign.
    MESSAGE_OPENED = "message.opened";
    /// A mail program's proxy or a scanner fetched the pixel. `message_id`, `client?`. Subject: the campaign.
    MESSAGE_OPENED_BY_MACHINE = "message.opened_by_machine";
    /// A person followed a link. `message_id`, `link` (its number in the mail), `target_id?` (its address, in the table
    /// `link_target`). Subject: the campaign.
    MESSAGE_CLICKED = "message.clicked";
    /// A scanner followed a link. `message_id`, `link`, `target_id?`. Subject: the campaign.
    MESSAGE_CLICKED_BY_MACHINE = "message.clicked_by_machine";
    /// Unsubscribed through a message. `message_id`, `method` (one_click, page), `reason?`. Subject: the campaign.
    MESSAGE_UNSUBSCRIBED = "message.unsubscribed";
    /// A message could not be handed over, for good. `message_id`, `code?`, `text`. Subject: the campaign.
    MESSAGE_FAILED = "message.failed";
    /// A message came back. `message_id`, `class` (hard, soft), `code?`, `text?`. Subject: the campaign.
    MESSAGE_BOUNCED = "message.bounced";
    /// The recipient reported a message as spam. `message_id`, `text?`. Subject: the campaign.
    MESSAGE_COMPLAINED = "message.complained";

    /// A campaign was given a time. `at`, `actor`. Subject: the campaign, as in all that follow; subscriber: none.
    CAMPAIGN_SCHEDULED = "campaign.scheduled";
    /// A campaign began to be sent. `recipients?`, `actor?`.
    CAMPAIGN_STARTED = "campaign.started";
    /// A campaign was paused. `actor?`, `reason?`.
    CAMPAIGN_PAUSED = "campaign.paused";
    /// A campaign goes on. `actor?`.
    CAMPAIGN_RESUMED = "campaign.resumed";
    /// A campaign was called off. `actor?`. (Spelled as the product names the state.)
    CAMPAIGN_CANCELLED = "campaign.cancelled";
    /// Every message of a campaign has a final state. `sent`, `failed`.
    CAMPAIGN_COMPLETED = "campaign.completed";

    /// A program reported something of its own. `name`, the properties it sent, `actor?`. Subject: none.
    EVENT_CUSTOM = "event.custom";
    /// Somebody, a program or another automation sends the subscriber into an automation. The properties it was given,
    /// `actor`. Subject: the automation, as in the next.
    AUTOMATION_STARTED = "automation.started";
    /// The subscriber's way through an automation is over. `run_id`, `outcome`, `actor`.
    AUTOMATION_FINISHED = "automation.finished";
    /// A booking was made. `booking_id`, `title`, `status`, `start_at`, `end_at`, `minutes`, `time_zone`, `start_local` (the
    /// wall time of the invitee), `name`, `host`, `location?`, `sequence`, `by`. Subject: the event type, as in all that
    /// follow.
    BOOKING_CREATED = "booking.created";
    /// A booking takes place: somebody confirmed it, or nobody had to. The same as when it was made, as in all that follow.
    BOOKING_CONFIRMED = "booking.confirmed";
    /// A booking was moved. `previous_start_at`, `previous_end_at`, `reason?`.
    BOOKING_RESCHEDULED = "booking.rescheduled";
    /// A booking got another host. `from_host_id`, `to_host_id`.
    BOOKING_REASSIGNED = "booking.reassigned";
    /// A booking was called off. `reason?`. (Spelled as the product names the state.)
    BOOKING_CANCELLED = "booking.cancelled";
    /// A booking was not confirmed. `reason?`.
    BOOKING_DECLINED = "booking.declined";
    /// Nobody decided about a booking in time.
    BOOKING_EXPIRED = "booking.expired";
    /// A booking is over.
    BOOKING_COMPLETED = "booking.completed";
    /// Somebody did not come. `no_show_by` (guest, host).
    BOOKING_NO_SHOW = "booking.no_show";
    /// A booking starts soon, and somebody waits for that. `minutes_before`.
    BOOKING_STARTS_IN = "booking.starts_in";
    /// Somebody waits for a place. `title`, `waiting_id`, `minutes`, `seats`, `by`.
    BOOKING_WAITING = "booking.waiting";
    /// A place became free, for who waits. `title`, `waiting_id`, `start_at`, `end_at`, `minutes`, `seats`.
    BOOKING_PLACE_FREE = "booking.place_free";
    /// The calendars of a host cannot be read any more. `connection_id`, `host_id`, `name`, `fault`, `when_unreachable`. Once,
    /// until they can be again. Subject: the connection; subscriber: none.
    CALENDAR_BROKEN = "calendar.broken";
    /// A date of the subscriber has come round: its day and month are today's. `field`, `date`. Subject: none.
    DATE_REACHED = "date.reached";
    /// A time of a schedule has come, for somebody of the groups or segments that are named with it. `schedule`, `due`,
    /// `groups?`, `segments?`: of those that are named, the ones that they are in. Subject: none.
    SCHEDULE_FIRED = "schedule.fired";
    /// A program sent something to an inbound hook. What it sent, `actor`. Subject: the hook.
    HOOK_RECEIVED = "hook.received";
}

/// The things that look different after an event of the kind, as the API calls them.
pub(crate) fn touches(kind: &str) -> &'static [&'static str] {
    match kind.split_once('.').map_or(kind, |(noun, _)| noun) {
        "subscriber" | "consent" | "event" | "date" | "schedule" | "hook" => &["subscribers"],
        "group" => &["groups", "subscribers"],
        "tag" => &["subscribers", "tags"],
        "segment" => &["segments"],
        "message" => &["campaigns", "messages"],
        "campaign" => &["campaigns"],
        "automation" => &["automations"],
        "booking" | "calendar" => &["bookings"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_kind_touches_something() {
        for kind in super::ALL {
            assert!(!super::touches(kind).is_empty(), "{kind}");
        }
    }

    #[test]
    fn kinds_are_distinct_and_of_the_form_noun_dot_verb() {
        let distinct: std::collections::BTreeSet<_> = super::ALL.iter().collect();
        assert_eq!(distinct.len(), super::ALL.len());
        for kind in super::ALL {
            let (noun, verb) = kind.split_once('.').expect("a dot");
            let word =
                |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            assert!(word(noun) && word(verb), "{kind}");
        }
    }
}
