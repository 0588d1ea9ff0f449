//! Clicks on the links of a mail all at once: a scanner that does not say what it is.
//!
//! The first of them looks like a person's click. When the others have come, it is counted anew as a machine's, together
//! with them. (What followed the event of that first click has followed it.)

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use kernel::Timestamp;

use super::model::{Class, Hit, HitKind, Machine};
use super::store::Recent;
use crate::messages::MessageId;

/// Within which time.
pub(super) const WINDOW: Duration = Duration::from_secs(5);

/// So many different links are more than a person follows in that time, and all links of a mail that has at least the
/// second number.
const MANY: usize = 5;
const ALL: usize = 3;

/// Whether so many different links of so many are a burst.
fn is_burst(followed: usize, links: usize) -> bool {
    followed >= MANY || (followed >= ALL && followed >= links)
}

/// The messages with new clicks of which so many links were followed by now that it may be a burst: few, so only their
/// clicks are read.
pub(super) fn suspects(new: &[&Hit], recent: &[(MessageId, u16)]) -> Vec<MessageId> {
    let mut followed: BTreeMap<MessageId, BTreeSet<u16>> = BTreeMap::new();
    let links = new
        .iter()
        .filter(|hit| hit.kind == HitKind::Click && counts(hit))
        .filter_map(|hit| Some((hit.subject.message, hit.link?)));
    for (message, link) in links.chain(recent.iter().copied()) {
        followed.entry(message).or_default().insert(link);
    }
    // Fewer are never a burst, however few links the mail has.
    followed.retain(|_, links| links.len() >= ALL);
    followed.into_keys().collect()
}

/// The messages among new clicks whose links were followed in a burst, and the earlier clicks that were part of it and
/// are to be counted anew.
pub(super) fn find(new: &[&Hit], recent: &[Recent]) -> (HashSet<MessageId>, Vec<Recent>) {
    let mut bursts = HashSet::new();
    let mut undone = Vec::new();
    for message in clicked(new) {
        let theirs = || {
            new.iter().filter(move |hit| {
                hit.subject.message == message && hit.kind == HitKind::Click && counts(hit)
            })
        };
        let Some(newest) = theirs().map(|hit| hit.at).max() else {
            continue;
        };
        let is_near = |at: Timestamp| at + WINDOW >= newest;
        let earlier = || {
            recent
                .iter()
                .filter(move |one| one.message == message && is_near(one.at))
        };
        let followed: BTreeSet<Option<u16>> = theirs()
            .filter(|hit| is_near(hit.at))
            .map(|hit| hit.link)
            .chain(earlier().map(|one| Some(one.link)))
            .collect();
        let links = theirs().map(|hit| hit.links).max().unwrap_or(0);
        if is_burst(followed.len(), links) {
            bursts.insert(message);
            undone.extend(earlier().filter(|one| one.is_human).cloned());
        }
    }
    (bursts, undone)
}

fn counts(hit: &Hit) -> bool {
    matches!(hit.class, Class::Human | Class::Machine(Machine::Burst))
}

/// The messages with clicks that seem to be a person's, in order.
pub(super) fn clicked(new: &[&Hit]) -> BTreeSet<MessageId> {
    new.iter()
        .filter(|hit| hit.kind == HitKind::Click && hit.class == Class::Human)
        .map(|hit| hit.subject.message)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_follows_few_links_at_once() {
        for (followed, links, wanted) in [
            (1, 1, false),
            (2, 2, false),
            (2, 10, false),
            (4, 10, false),
            (3, 3, true),
            (5, 10, true),
            (9, 1000, true),
        ] {
            assert_eq!(is_burst(followed, links), wanted, "{followed} of {links}");
        }
    }
}
