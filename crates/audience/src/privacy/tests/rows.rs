//! Rows of the scene that other slices keep of somebody.

use serde_json::Value;

use super::{EMAIL, FIRST, PHONE};

/// What is kept of them to be found by, to be put back, or by somebody who looked for them.
pub(super) fn copies(a: i64, id_text: i64) -> [String; 5] {
    [
        format!(
            "insert into import_change (account_id, import_id, subscriber_id, body)
             values ({a}, 77, {id_text}, '{{\"first_name\": \"{FIRST}\"}}')"
        ),
        format!(
            "insert into export (account_id, id, state, selection, options, file_path, cursor_id, processed, size_bytes,
             created_by, created_at)
             values ({a}, 62, 'expired', '{{\"search\": \"{EMAIL}\"}}', '{{}}', '', 0, 0, 0, 'user:7', 0)"
        ),
        format!(
            "insert into saved_view (account_id, id, name, name_folded, shared, filter, columns, sort, created_by,
             created_at, updated_at)
             values ({a}, 63, 'One', 'one', 0, '{{\"search\": \"{EMAIL}\"}}', '[]', 'newest', 'user:7', 0, 0)"
        ),
        format!(
            "insert into search_words (account_id, subscriber_id, words) values ({a}, {id_text}, ' {}')",
            FIRST.to_lowercase()
        ),
        format!(
            "insert into search_term (account_id, term_folded, subscriber_id) values ({a}, '{}', {id_text})",
            FIRST.to_lowercase()
        ),
    ]
}

/// What they booked, and wait for.
pub(super) fn meetings(a: i64, id_text: i64, bytes: &str) -> [String; 3] {
    [
        format!(
            "insert into booking (account_id, id, event_type_id, status, start_at, end_at, minutes, seats, subscriber_id, name,
             email, email_folded, phone, time_zone, answers, location, sequence, token_salt, reason, source, created_at,
             updated_at)
             values ({a}, 81, 80, 'cancelled', 0, 0, 30, 1, {id_text}, '{FIRST}', '{EMAIL}', '{}', '{PHONE}', 'UTC',
             '{{\"topic\": \"{FIRST}\"}}', '{{\"kind\": \"other\", \"text\": \"at {FIRST}''s\"}}', 1, cast('x' as {bytes}),
             '{FIRST} is ill', 'page', 0, 0)",
            EMAIL.to_lowercase()
        ),
        format!(
            "insert into booking_trail (account_id, id, booking_id, at, action, from_status, to_status, actor, detail)
             values ({a}, 82, 81, 0, 'cancel', 'confirmed', 'cancelled', 'invitee', '{{\"reason\": \"{FIRST} is ill\"}}')"
        ),
        format!(
            "insert into booking_waiting (account_id, id, event_type_id, subscriber_id, name, email, time_zone, minutes,
             seats, created_at)
             values ({a}, 83, 80, {id_text}, '{FIRST}', '{EMAIL}', 'UTC', 30, 1, 0)"
        ),
    ]
}

/// What automations know of them.
pub(super) fn ways(a: i64, id_text: i64) -> [String; 5] {
    [
        format!(
            "insert into automation (account_id, id, name, status, draft, version, moving_after, created_at, updated_at,
             created_by) values ({a}, 51, 'Welcome them', 'active', '{{}}', 1, 0, 0, 0, 'x')"
        ),
        format!(
            "insert into automation_enrolment (account_id, automation_id, contact_id, entry_key, runs, last_at)
             values ({a}, 51, {id_text}, '{EMAIL}', 1, 0)"
        ),
        format!(
            "insert into automation_run (account_id, id, automation_id, version_id, contact_id, entry_key, step, state,
             reason, seq, began_at, step_at, began_with, step_after, chain, data, hold)
             values ({a}, 52, 51, 53, {id_text}, '{EMAIL}', 's', 'parked', 'no {PHONE}', 1, 0, 0, 0, 0, '[]',
                     '{{\"event\": {{\"name\": \"{FIRST}\"}}}}', '{{}}')"
        ),
        format!(
            "insert into automation_log (account_id, run_id, id, seq, version_id, step, what, detail, at)
             values ({a}, 52, 1, 1, 53, 's', 'failed', 'no {PHONE}', 0)"
        ),
        format!(
            "insert into automation_effect (account_id, run_id, seq, automation_id, version_id, contact_id, step, kind,
             awaited, state, attempts, not_before, error, created_at)
             values ({a}, 52, 1, 51, 53, {id_text}, 's', 'http_call', 1, 'failed', 1, 0, 'no {PHONE}', 0)"
        ),
    ]
}

/// An export tells all of [`ways`] that is of them.
pub(super) fn check_ways(all: &Value) {
    let [run] = all["automations"].as_array().unwrap().as_slice() else {
        panic!("{all}");
    };
    for (key, value) in [
        ("id", "52"),
        ("automation", "Welcome them"),
        ("key", EMAIL),
        ("state", "parked"),
        ("step", "s"),
        ("reason", &format!("no {PHONE}")),
    ] {
        assert_eq!(run[key], value, "{key}");
    }
    assert_eq!(run["known"]["event"]["name"], FIRST);
    assert_eq!(run["entered_at"], "1970-01-01T00:00:00Z");
    assert!(run["ended_at"].is_null());
    let [line] = all["automation_steps"].as_array().unwrap().as_slice() else {
        panic!("{all}");
    };
    for (key, value) in [
        ("automation", "Welcome them"),
        ("run_id", "52"),
        ("step", "s"),
        ("what", "failed"),
        ("detail", &format!("no {PHONE}")),
    ] {
        assert_eq!(line[key], value, "{key}");
    }
}
