//! Following the events: which segments does each concern?

use std::collections::BTreeMap;

use ctx::Ctx;
use db::{LockClass, WriteTx};
use events::{Consumer, Event, kind};
use kernel::{AccountId, Result};
use rules::{Attribute, EventKind, Needs};

use super::refresh::{Concerned, refresh};
use super::{roster, store};
use crate::SubscriberId;
use crate::subscribers::LastActivity;

/// Keeps the members of segments up with what happens to people, and before that when they were last active, which
/// rules may ask about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Membership;

impl Consumer for Membership {
    fn name(&self) -> &'static str {
        "audience.segments"
    }

    fn reads_body(&self, kind: &str) -> bool {
        kind == kind::SUBSCRIBER_UPDATED
    }

    async fn handle(&self, ctx: &Ctx, tx: &mut WriteTx, events: &[Event]) -> Result<()> {
        LastActivity.handle(ctx, tx, events).await?;
        let mut by_account: BTreeMap<AccountId, Vec<(SubscriberId, &Event)>> = BTreeMap::new();
        for event in events {
            if let Some(person) = event.subscriber.filter(|_| may_concern(&event.kind)) {
                let of_account = by_account.entry(event.account).or_default();
                of_account.push((person.into(), event));
            }
        }
        for (account, events) in by_account {
            if !store::any(tx, account).await? {
                continue;
            }
            tx.lock(LockClass::Segments, account.get()).await?;
            let roster = roster::load(ctx, tx, account, None).await?;
            let mut concerned = Concerned::new();
            for (person, event) in events {
                for (index, segment) in roster.segments.iter().enumerate() {
                    if concerns(&segment.needs, event) {
                        concerned.entry(person).or_default().insert(index);
                    }
                }
                if event.kind == kind::SUBSCRIBER_DELETED {
                    // Also of segments that are broken.
                    concerned.entry(person).or_default();
                }
            }
            refresh(ctx, tx, account, &roster, &concerned).await?;
        }
        Ok(())
    }
}

/// Whether rules can depend on events of this kind at all; not on those that this consumer records itself.
fn may_concern(event: &str) -> bool {
    let people = ["subscriber.", "group.", "tag.", "consent.", "booking."];
    people.iter().any(|prefix| event.starts_with(prefix)) || EventKind::from_stored(event).is_some()
}

/// Whether an event can change who is selected by a rule that looks at this.
fn concerns(needs: &Needs, event: &Event) -> bool {
    let looks_at = |attributes: &[Attribute]| {
        attributes
            .iter()
            .any(|attribute| needs.attributes.contains(attribute))
    };
    let among = |ids: &std::collections::BTreeSet<i64>| {
        event.subject.is_none_or(|subject| ids.contains(&subject))
    };
    match event.kind.as_str() {
        kind::SUBSCRIBER_UPDATED => {
            looks_at(&[Attribute::UpdatedAt])
                || match event.body.get("changed").and_then(|it| it.as_array()) {
                    Some(changed) => changed.iter().any(|name| changes(needs, name.as_str())),
                    None => true,
                }
        }
        kind::SUBSCRIBER_STATUS_CHANGED => looks_at(&[
            Attribute::Status,
            Attribute::StatusChangedAt,
            Attribute::UpdatedAt,
        ]),
        kind::CONSENT_GIVEN => looks_at(&[
            Attribute::ConsentAt,
            Attribute::ConfirmedAt,
            Attribute::UpdatedAt,
        ]),
        kind::GROUP_JOINED | kind::GROUP_LEFT => among(&needs.groups),
        kind::TAG_ADDED | kind::TAG_REMOVED => among(&needs.tags),
        booking if booking.starts_with("booking.") => needs.bookings,
        message if EventKind::from_stored(message).is_some() => {
            let active = [kind::MESSAGE_OPENED, kind::MESSAGE_CLICKED].contains(&message);
            EventKind::from_stored(message).is_some_and(|kind| needs.events.contains(&kind))
                || (active && looks_at(&[Attribute::LastActivityAt]))
        }
        // Came, went, or something that was invented later.
        _ => true,
    }
}

/// Whether a rule looks at what the event names as changed. A name that is not known may be anything.
fn changes(needs: &Needs, name: Option<&str>) -> bool {
    let Some(name) = name else { return true };
    if name.starts_with("fields.") {
        return !needs.fields.is_empty();
    }
    if name == "bookings" {
        return needs.bookings;
    }
    Attribute::from_name(name).is_none_or(|attribute| needs.attributes.contains(&attribute))
}
