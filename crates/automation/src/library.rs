//! Ready automations to begin with.
//!
//! Each is a whole document in which a few choices are left open: templates, groups and fields belong to an account. What is
//! open is told as faults of the draft, each at its step.

use serde_json::{Value, json};

/// An automation to begin with.
#[derive(Clone, Debug)]
pub struct Entry {
    /// For ever.
    pub key: &'static str,
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// What has to be chosen.
    pub needs: &'static [&'static str],
    pub document: Value,
}

/// The one with this key.
pub fn find(key: &str) -> Option<Entry> {
    all().into_iter().find(|entry| entry.key == key)
}

/// All of them.
pub fn all() -> Vec<Entry> {
    vec![
        welcome(),
        double_opt_in(),
        onboarding(),
        lead_nurture(),
        birthday(),
        date_reminder(),
        event_countdown(),
        abandoned_booking(),
        booking_reminder(),
        booking_follow_up(),
        review_request(),
        re_engagement(),
        win_back(),
        list_cleaning(),
        interest(),
    ]
}

fn mail(id: &str, name: &str, next: &str) -> Value {
    json!({"id": id, "name": name, "kind": "send_email", "with": {}, "next": next})
}

fn days(id: &str, days: u32, next: &str) -> Value {
    json!({"id": id, "kind": "wait", "with": {"days": days}, "next": next})
}

fn end() -> Value {
    json!({"id": "done", "kind": "end"})
}

/// Did they open or click what this step sent?
fn reacted(id: &str, step: &str, days: u32, yes: &str, no: &str) -> Value {
    json!({"id": id, "kind": "wait_for_any", "next": no, "with": {
        "since": "run", "timeout": {"days": days},
        "paths": [
            {"id": "clicked", "on": {"event": "message.clicked", "with": {"step": step}}, "next": yes},
            {"id": "opened", "on": {"event": "message.opened", "with": {"step": step}}, "next": yes}]}})
}

fn welcome() -> Entry {
    Entry {
        key: "welcome",
        name: "Welcome",
        about: "Greets people who join a group, and writes once more after three days.",
        needs: &["The group, if not any.", "The templates of the two mails."],
        document: json!({
            "triggers": [{"id": "joined", "on": {"event": "group.joined"}, "start": "welcome"}],
            "steps": [
                mail("welcome", "Welcome", "rest"),
                json!({"id": "rest", "kind": "wait", "with": {"days": 3, "at": "09:00"}, "next": "more"}),
                mail("more", "What you can do here", "done"),
                end()]}),
    }
}

fn double_opt_in() -> Entry {
    Entry {
        key: "double_opt_in",
        name: "Confirmation reminder",
        about: "Reminds people who signed up and did not confirm, once after a day, and greets them when they do.",
        needs: &["The templates of the reminder and of the welcome."],
        document: json!({
            "triggers": [{"id": "signed_up", "on": {"event": "subscriber.created"},
                "filter": {"contact": {"field": "status", "op": "equals", "value": "unconfirmed"}}, "start": "wait"}],
            "steps": [
                {"id": "wait", "kind": "wait_for_any", "next": "reminder", "with": {"timeout": {"days": 1}, "paths": [
                    {"id": "confirmed", "on": {"event": "subscriber.status_changed", "with": {"to": "active"}}, "next": "welcome"}]}},
                {"id": "reminder", "name": "Please confirm", "kind": "send_email", "with": {"transactional": true}, "next": "again"},
                {"id": "again", "kind": "wait_for_any", "next": "done", "with": {"timeout": {"days": 7}, "paths": [
                    {"id": "confirmed", "on": {"event": "subscriber.status_changed", "with": {"to": "active"}}, "next": "welcome"}]}},
                mail("welcome", "Welcome", "done"),
                end()]}),
    }
}

fn onboarding() -> Entry {
    Entry {
        key: "onboarding",
        name: "Onboarding by behavior",
        about: "Leads new users through the first steps: who does not do the next thing is told how.",
        needs: &[
            "The names of the events that your program reports.",
            "The templates of the mails.",
        ],
        document: json!({
            "triggers": [{"id": "registered", "on": {"event": "event.custom", "with": {"name": "account.created"}}, "start": "hello"}],
            "goal": {"on": {"event": "event.custom", "with": {"name": "project.published"}}, "next": "bravo"},
            "steps": [
                mail("hello", "Hello", "first"),
                {"id": "first", "kind": "wait_for_any", "next": "help", "with": {"timeout": {"days": 2}, "since": "run", "paths": [
                    {"id": "made", "on": {"event": "event.custom", "with": {"name": "project.created"}}, "next": "tips"}]}},
                mail("help", "How to make a project", "rest"),
                days("rest", 3, "tips"),
                mail("tips", "Three tips", "last"),
                days("last", 7, "done"),
                mail("bravo", "It is published", "done"),
                end()]}),
    }
}

fn lead_nurture() -> Entry {
    Entry {
        key: "lead_nurture",
        name: "Lead nurture",
        about: "A mail a week to leads until they buy; who clicks gets a point more, and colleagues are told of the warm ones.",
        needs: &[
            "The tag of leads.",
            "The templates of the mails.",
            "The name of the event of a purchase.",
            "Whom to tell.",
        ],
        document: json!({
            "triggers": [{"id": "lead", "on": {"event": "tag.added"}, "start": "first"}],
            "goal": {"on": {"event": "event.custom", "with": {"name": "order.placed"}}},
            "settings": {"caps": [{"messages": 2, "per": "week"}]},
            "steps": [
                mail("first", "The problem", "look_1"),
                reacted("look_1", "first", 7, "warm_1", "second"),
                {"id": "warm_1", "kind": "increment_field", "with": {"field": "score", "by": 10}, "next": "second"},
                mail("second", "The solution", "look_2"),
                reacted("look_2", "second", 7, "warm_2", "third"),
                {"id": "warm_2", "kind": "increment_field", "with": {"field": "score", "by": 10}, "next": "third"},
                mail("third", "An offer", "look_3"),
                reacted("look_3", "third", 7, "is_warm", "is_warm"),
                {"id": "is_warm", "kind": "if_else", "with": {
                    "if": {"contact": {"field": "score", "op": "greater_or_equal", "value": 20}}, "then": "tell", "else": "done"}},
                {"id": "tell", "kind": "notify_team", "next": "done", "with": {
                    "users": [], "subject": "A warm lead: {{ email }}", "text": "{{ email }} reads what we write. Call them."}},
                end()]}),
    }
}

fn birthday() -> Entry {
    Entry {
        key: "birthday",
        name: "Birthday",
        about: "Congratulates people on their birthday, every year, at nine where they live.",
        needs: &["The field that has the birthday.", "The template."],
        document: json!({
            "triggers": [{"id": "birthday", "on": {"event": "date.reached", "with": {"field": "birthday"}},
                "reentry": {"policy": "once_per", "hours": 8000}, "start": "morning"}],
            "steps": [
                {"id": "morning", "kind": "wait", "with": {"at": "09:00"}, "next": "wishes"},
                mail("wishes", "Happy birthday", "done"),
                end()]}),
    }
}

fn date_reminder() -> Entry {
    Entry {
        key: "date_reminder",
        name: "Reminder of a date",
        about: "Reminds people a week and a day before a date, such as the end of a contract. A changed date moves the reminders.",
        needs: &["The field that has the date.", "The templates."],
        document: json!({
            "triggers": [{"id": "date_set", "on": {"event": "subscriber.updated", "with": {"field": "renewal_date"}},
                "filter": {"contact": {"field": "renewal_date", "op": "within_next_days", "value": 3650}},
                "reentry": {"policy": "after_end"}, "start": "week_before"}],
            "steps": [
                {"id": "week_before", "kind": "wait_until_field", "next": "early", "with": {
                    "field": "renewal_date", "before": {"days": 7}, "at": "09:00", "if_missing": "done", "if_past": "day_before"}},
                mail("early", "In a week", "day_before"),
                {"id": "day_before", "kind": "wait_until_field", "next": "late", "with": {
                    "field": "renewal_date", "before": {"days": 1}, "at": "09:00", "if_missing": "done", "if_past": "done"}},
                mail("late", "Tomorrow", "done"),
                end()]}),
    }
}

fn event_countdown() -> Entry {
    Entry {
        key: "event_countdown",
        name: "Event countdown",
        about: "For those in a group of participants: a mail a week before the event, one the day before, and thanks afterwards.",
        needs: &[
            "The group, if not any.",
            "The date of the event, at each wait.",
            "The templates.",
        ],
        document: json!({
            "triggers": [{"id": "joined", "on": {"event": "group.joined"}, "start": "confirm"}],
            "exits": [{"id": "left", "on": {"event": "group.left"}}],
            "steps": [
                mail("confirm", "You are in", "week_before"),
                {"id": "week_before", "kind": "wait_until_date", "with": {"at": "2030-05-04T09:00:00"}, "next": "soon"},
                mail("soon", "In a week", "day_before"),
                {"id": "day_before", "kind": "wait_until_date", "with": {"at": "2030-05-10T09:00:00"}, "next": "tomorrow"},
                mail("tomorrow", "Tomorrow", "day_after"),
                {"id": "day_after", "kind": "wait_until_date", "with": {"at": "2030-05-12T09:00:00"}, "next": "thanks"},
                mail("thanks", "Thank you for coming", "done"),
                end()]}),
    }
}

fn abandoned_booking() -> Entry {
    Entry {
        key: "abandoned_booking",
        name: "Abandoned booking",
        about: "Writes to people who began to book and did not finish within an hour; each booking by itself.",
        needs: &[
            "The names of the events that your program reports, with the property booking_id.",
            "The template.",
        ],
        document: json!({
            "triggers": [{"id": "began", "on": {"event": "event.custom", "with": {"name": "booking.started"}},
                "key": "booking_id", "start": "wait"}],
            "settings": {"caps": [{"messages": 1, "per": "day", "then": "skip"}]},
            "steps": [
                {"id": "wait", "kind": "wait_for_any", "next": "reminder", "with": {"since": "run", "timeout": {"hours": 1}, "paths": [
                    {"id": "booked", "on": {"event": "event.custom", "with": {"name": "booking.finished"}}, "next": "done"}]}},
                mail("reminder", "Your booking is still open", "done"),
                end()]}),
    }
}

fn booking_reminder() -> Entry {
    Entry {
        key: "booking_reminder",
        name: "Reminder of a booking",
        about: "Reminds people a day and an hour before what they booked. A booking that is moved is reminded of at its new time, \
                and one that is cancelled not at all.",
        needs: &["The event type, if not any.", "The templates."],
        document: json!({
            "triggers": [
                {"id": "day_before", "on": {"event": "booking.starts_in", "with": {"minutes": 1440}},
                    "key": "booking_id", "reentry": {"policy": "always"}, "start": "tomorrow"},
                {"id": "hour_before", "on": {"event": "booking.starts_in", "with": {"minutes": 60}},
                    "key": "booking_id", "reentry": {"policy": "always"}, "start": "soon"}],
            "steps": [
                {"id": "tomorrow", "name": "Tomorrow", "kind": "send_email", "with": {"transactional": true}, "next": "done"},
                {"id": "soon", "name": "In an hour", "kind": "send_email", "with": {"transactional": true}, "next": "done"},
                end()]}),
    }
}

fn booking_follow_up() -> Entry {
    Entry {
        key: "booking_follow_up",
        name: "After a booking",
        about: "Thanks people the day after what they booked, and writes to those who did not come.",
        needs: &["The event type, if not any.", "The templates."],
        document: json!({
            "triggers": [
                {"id": "was_there", "on": {"event": "booking.completed"}, "key": "booking_id", "start": "rest"},
                {"id": "missed", "on": {"event": "booking.no_show", "with": {"by": "guest"}}, "key": "booking_id",
                    "reentry": {"policy": "always"}, "start": "missed_you"}],
            "steps": [
                {"id": "rest", "kind": "wait_for_any", "next": "thanks", "with": {"timeout": {"days": 1}, "paths": [
                    {"id": "did_not_come", "on": {"event": "booking.no_show"}, "next": "done"}]}},
                mail("thanks", "Thank you", "done"),
                mail("missed_you", "We missed you", "done"),
                end()]}),
    }
}

fn review_request() -> Entry {
    Entry {
        key: "review_request",
        name: "Review request",
        about: "Asks for a review two weeks after a purchase, on a weekday morning, and once more if nobody clicked.",
        needs: &["The name of the event of a purchase.", "The templates."],
        document: json!({
            "triggers": [{"id": "bought", "on": {"event": "event.custom", "with": {"name": "order.placed"}},
                "reentry": {"policy": "once_per", "hours": 2160}, "start": "rest"}],
            "steps": [
                days("rest", 14, "morning"),
                {"id": "morning", "kind": "wait_for_window", "next": "ask", "with": {"within": {
                    "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "09:00", "to": "12:00"}}},
                mail("ask", "How do you like it?", "look"),
                {"id": "look", "kind": "wait_for_any", "next": "again", "with": {"timeout": {"days": 5}, "since": "run", "paths": [
                    {"id": "clicked", "on": {"event": "message.clicked", "with": {"step": "ask"}}, "next": "done"}]}},
                mail("again", "A minute of your time", "done"),
                end()]}),
    }
}

fn re_engagement() -> Entry {
    Entry {
        key: "re_engagement",
        name: "Re-engagement",
        about: "Asks people who have not opened anything for long whether they still want mail, and marks those who do not answer.",
        needs: &[
            "The segment of the silent ones.",
            "The template.",
            "The tag for those who stay silent.",
        ],
        document: json!({
            "triggers": [{"id": "silent", "on": {"event": "segment.entered"},
                "reentry": {"policy": "once_per", "hours": 4320}, "start": "ask"}],
            "goal": {"on": {"event": "message.clicked"}},
            "steps": [
                mail("ask", "Are you still there?", "look"),
                reacted("look", "ask", 14, "done", "mark"),
                {"id": "mark", "kind": "set_field", "with": {"field": "score", "value": 0}, "next": "done"},
                end()]}),
    }
}

fn win_back() -> Entry {
    Entry {
        key: "win_back",
        name: "Win back",
        about: "Makes people an offer when they have not bought for ninety days. Half of them get the other subject.",
        needs: &["The name of the event of a purchase.", "The templates."],
        document: json!({
            "triggers": [{"id": "bought", "on": {"event": "event.custom", "with": {"name": "order.placed"}},
                "reentry": {"policy": "after_end"}, "start": "wait"}],
            "exits": [{"id": "again", "on": {"event": "event.custom", "with": {"name": "order.placed"}}}],
            "steps": [
                days("wait", 90, "split"),
                {"id": "split", "kind": "random_split", "with": {"arms": [
                    {"id": "a", "weight": 50, "next": "offer_a"}, {"id": "b", "weight": 50, "next": "offer_b"}]}},
                mail("offer_a", "We miss you", "rest"),
                mail("offer_b", "Something for you", "rest"),
                days("rest", 30, "done"),
                end()]}),
    }
}

fn list_cleaning() -> Entry {
    Entry {
        key: "list_cleaning",
        name: "List cleaning",
        about: "Unsubscribes people who have not opened anything for half a year, after a last question.",
        needs: &["The segment of the silent ones.", "The template."],
        document: json!({
            "triggers": [{"id": "silent", "on": {"event": "segment.entered"},
                "reentry": {"policy": "once_per", "hours": 8760}, "start": "last"}],
            "steps": [
                mail("last", "Shall we stop writing?", "look"),
                reacted("look", "last", 21, "done", "still"),
                {"id": "still", "kind": "if_else", "with": {
                    "if": {"contact": {"event": "opened", "within_days": 30}}, "then": "done", "else": "leave"}},
                {"id": "leave", "kind": "set_status", "with": {"status": "unsubscribed"}, "next": "done"},
                end()]}),
    }
}

fn interest() -> Entry {
    Entry {
        key: "interest",
        name: "Interest by click",
        about: "Whoever clicks a link of any mail is remembered as interested and written to two days later.",
        needs: &[
            "The address of the link.",
            "The group of the interested.",
            "The template.",
        ],
        document: json!({
            "triggers": [{"id": "clicked", "on": {"event": "message.clicked", "with": {"url": "https://shop.example.org/offer"}},
                "reentry": {"policy": "once_per", "hours": 720}, "start": "rest"}],
            "settings": {"quiet_hours": {"during": {"from": "21:00", "to": "08:00"}}},
            "steps": [
                {"id": "rest", "kind": "wait", "with": {"days": 2, "jitter_minutes": 60}, "next": "more"},
                mail("more", "More about it", "done"),
                end()]}),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::all;
    use crate::definition::Document;

    #[test]
    fn every_entry_is_a_document_that_goes_somewhere() {
        let entries = all();
        let keys: BTreeSet<_> = entries.iter().map(|entry| entry.key).collect();
        assert_eq!(keys.len(), entries.len());
        assert!(entries.len() >= 12);
        for entry in entries {
            let document = Document::parse(&entry.document)
                .unwrap_or_else(|faults| panic!("{}: {faults:?}", entry.key));
            assert!(!entry.needs.is_empty(), "{}", entry.key);
            assert!(document.steps.len() > 1, "{}", entry.key);
        }
    }
}
