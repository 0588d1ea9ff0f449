//! What a stream says.

use axum::response::sse::Event;
use db::{Announcement, Changes};
use identity::Permission;
use identity::auth::Scopes;
use kernel::AccountId;
use serde_json::json;

/// To whom it is said.
pub(super) struct Reader {
    pub(super) account: AccountId,
    pub(super) permissions: Scopes,
    /// The life of this process: numbers of another one mean nothing here.
    pub(super) epoch: i64,
}

/// What kinds of things may be told of, and what it takes to read them.
const KINDS: &[(&str, Permission)] = &[
    ("account", Permission::SettingsRead),
    ("audit_log", Permission::AuditRead),
    ("automations", Permission::CampaignsRead),
    ("bookings", Permission::BookingsRead),
    ("bulk_actions", Permission::AudienceRead),
    ("campaign_series", Permission::CampaignsRead),
    ("campaigns", Permission::CampaignsRead),
    ("dkim_keys", Permission::SettingsRead),
    ("event_types", Permission::BookingsRead),
    ("exports", Permission::AudienceRead),
    ("fields", Permission::AudienceRead),
    ("groups", Permission::AudienceRead),
    ("hosts", Permission::BookingsRead),
    ("imports", Permission::AudienceRead),
    ("messages", Permission::CampaignsRead),
    ("schedules", Permission::BookingsRead),
    ("segments", Permission::AudienceRead),
    ("send_limits", Permission::SettingsRead),
    ("senders", Permission::SettingsRead),
    ("subscribers", Permission::AudienceRead),
    ("suppressions", Permission::AudienceRead),
    ("tags", Permission::AudienceRead),
    ("tokens", Permission::TokensManage),
    ("transports", Permission::SettingsRead),
    ("users", Permission::SettingsRead),
    ("views", Permission::AudienceRead),
];

impl Reader {
    /// The kinds that it may know of; `None` when anything may have changed.
    pub(super) fn sees<'a>(&self, changes: &'a Changes) -> Option<Vec<&'a str>> {
        let Changes::Known(changes) = changes else {
            return None;
        };
        let seen = changes
            .iter()
            .filter(|one| one.account == self.account && self.may_know(&one.resource))
            .map(|one| one.resource.as_str());
        Some(seen.collect())
    }

    fn may_know(&self, resource: &str) -> bool {
        KINDS
            .iter()
            .any(|(name, needs)| *name == resource && self.permissions.contains(*needs))
    }

    /// What to say of some announcements; nothing when none of them is for this reader.
    pub(super) fn frame(&self, announcements: &[Announcement]) -> Option<Event> {
        let last = announcements.last()?.number;
        let mut names = Vec::new();
        for one in announcements {
            match self.sees(&one.changes) {
                None => return Some(self.reset(last)),
                Some(seen) => names.extend(seen),
            }
        }
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return None;
        }
        Some(self.event("changed", last, json!({"resources": names})))
    }

    /// Anything may have changed.
    pub(super) fn reset(&self, number: u64) -> Event {
        self.event("reset", number, json!({}))
    }

    /// From here on.
    pub(super) fn ready(&self, number: u64) -> Event {
        self.event("ready", number, json!({}))
    }

    fn event(&self, name: &str, number: u64, data: serde_json::Value) -> Event {
        Event::default()
            .id(format!("{}-{number}", self.epoch))
            .event(name)
            .data(data.to_string())
    }

    /// The number in an id that a client came back with, if this process gave it.
    pub(super) fn number_of(&self, id: &str) -> Option<u64> {
        let (epoch, number) = id.split_once('-')?;
        (epoch.parse() == Ok(self.epoch)).then(|| number.parse().ok())?
    }
}

#[cfg(test)]
mod tests {
    use db::Change;

    use super::*;

    #[test]
    fn a_reader_is_told_of_what_they_may_read_in_their_account() {
        let reader = Reader {
            account: AccountId::from(7),
            permissions: [Permission::AudienceRead].into_iter().collect(),
            epoch: 3,
        };
        let change = |account: i64, resource: &str| Change {
            account: account.into(),
            resource: resource.to_owned(),
        };
        let changes = Changes::Known(
            [
                change(7, "groups"),
                change(8, "imports"),
                change(7, "campaigns"),
                change(7, "tokens"),
                change(7, "no such kind"),
            ]
            .into(),
        );
        assert_eq!(reader.sees(&changes), Some(vec!["groups"]));
        assert_eq!(reader.sees(&Changes::Unknown), None);
        assert_eq!(reader.number_of("3-12"), Some(12));
        for foreign in ["2-12", "12", "3-", "3-x", ""] {
            assert_eq!(reader.number_of(foreign), None, "{foreign}");
        }
    }
}
