//! Who may do what: one row per operation of the OpenAPI document, with a request that would succeed.
//!
//! Written down here a second time, on purpose: whoever changes who may do something changes it in two places.

use serde_json::{Value, json};

use super::world::World;
use crate::app::{Body, PASSWORD};

/// What an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing: anybody may.
    Nothing,
    /// A session or a token of any role.
    Credential,
    /// A session of any role; no token, whatever its scopes.
    Session,
    /// At least this role; a token also needs the scope.
    Role(Role, &'static str),
}

/// The least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Viewer,
    Editor,
    Admin,
    Owner,
}

impl Role {
    pub(super) const ALL: [Self; 4] = [Self::Viewer, Self::Editor, Self::Admin, Self::Owner];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    pub(super) fn address(self) -> &'static str {
        match self {
            Self::Viewer => "viewer@example.com",
            Self::Editor => "editor@example.com",
            Self::Admin => "admin@example.com",
            Self::Owner => "ada@example.com",
        }
    }
}

pub(super) struct Row {
    pub(super) operation: &'static str,
    pub(super) needs: Needs,
    /// A minimal valid body.
    pub(super) body: fn(&World) -> Body,
    /// Further scopes that a token needs for just this body.
    pub(super) besides: &'static [&'static str],
}

fn nothing(_: &World) -> Body {
    Body::Nothing
}

fn row(operation: &'static str, needs: Needs) -> Row {
    Row {
        operation,
        needs,
        body: nothing,
        besides: &[],
    }
}

impl Row {
    /// Who hands out a role needs what is in it.
    fn hands_out(mut self, scopes: &'static [&'static str]) -> Self {
        self.besides = scopes;
        self
    }

    fn body(mut self, body: fn(&World) -> Body) -> Self {
        self.body = body;
        self
    }
}

/// About no message of anybody.
const REPORT: &[u8] = b"From: x@example.net\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
    --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n\
    Final-Recipient: rfc822; a@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n";

fn document() -> Value {
    json!({"subject": "Hello", "body": {"kind": "html", "html": "<p>Hello</p>"}})
}

const READ_PEOPLE: Needs = Needs::Role(Role::Viewer, "audience:read");
const CHANGE_PEOPLE: Needs = Needs::Role(Role::Editor, "audience:write");
const READ_CAMPAIGNS: Needs = Needs::Role(Role::Viewer, "campaigns:read");
const WRITE_CAMPAIGNS: Needs = Needs::Role(Role::Editor, "campaigns:write");
const SEND_CAMPAIGNS: Needs = Needs::Role(Role::Editor, "campaigns:send");
const SEND_MESSAGES: Needs = Needs::Role(Role::Editor, "messages:send");
const READ_BOOKINGS: Needs = Needs::Role(Role::Viewer, "bookings:read");
const WRITE_BOOKINGS: Needs = Needs::Role(Role::Editor, "bookings:write");
const OWN_CALENDARS_READ: Needs = Needs::Role(Role::Admin, "bookings:read");
const OWN_CALENDARS_WRITE: Needs = Needs::Role(Role::Admin, "bookings:write");
const READ_SETTINGS: Needs = Needs::Role(Role::Viewer, "settings:read");
const WRITE_SETTINGS: Needs = Needs::Role(Role::Admin, "settings:write");
const MANAGE_USERS: Needs = Needs::Role(Role::Admin, "users:manage");
const MANAGE_TOKENS: Needs = Needs::Role(Role::Admin, "tokens:manage");
const READ_AUDIT: Needs = Needs::Role(Role::Admin, "audit:read");
const MANAGE_ACCOUNT: Needs = Needs::Role(Role::Owner, "account:manage");

/// The scopes of a viewer.
const VIEWER: [&str; 4] = [
    "audience:read",
    "campaigns:read",
    "bookings:read",
    "settings:read",
];

pub(super) fn table() -> Vec<Row> {
    let mut rows = identity();
    rows.extend(people());
    rows.extend(labels());
    rows.extend(many_people());
    rows.extend(campaigns());
    rows.extend(library());
    rows.extend(automations());
    rows.extend(transports());
    rows.extend(bookings());
    rows
}

fn bookings() -> Vec<Row> {
    let meeting = |world: &World| {
        Body::Json(json!({"title": world.fresh_name(), "hosts": [{"host_id": world.host}]}))
    };
    vec![
        row("get_booking_settings", READ_BOOKINGS),
        row("update_booking_settings", WRITE_BOOKINGS)
            .body(|_| Body::Json(json!({"page": "analytical-engines"}))),
        row("list_hosts", READ_BOOKINGS),
        row("create_host", WRITE_BOOKINGS)
            .body(|world| Body::Json(json!({"user_id": world.owner_id}))),
        row("get_host", READ_BOOKINGS),
        row("update_host", WRITE_BOOKINGS).body(|_| Body::Json(json!({"about": "Engines"}))),
        row("delete_host", WRITE_BOOKINGS),
        row("get_host_calendar", READ_BOOKINGS),
        row("publish_host_calendar", WRITE_BOOKINGS),
        row("withdraw_host_calendar", WRITE_BOOKINGS),
        // Calendars are for the host, who is nobody of these, and for admins.
        row("list_calendar_connections", OWN_CALENDARS_READ),
        row("create_calendar_connection", OWN_CALENDARS_WRITE)
            .body(|world| Body::Json(json!({"kind": "feed", "url": world.calendar_feed()}))),
        // Without a program that is registered there, nobody gets that far.
        row("begin_calendar_sign_in", OWN_CALENDARS_WRITE)
            .body(|_| Body::Json(json!({"kind": "google"}))),
        row("get_calendar_connection", OWN_CALENDARS_READ),
        row("update_calendar_connection", OWN_CALENDARS_WRITE)
            .body(|_| Body::Json(json!({"when_unreachable": "stop_offering"}))),
        row("sync_calendar_connection", OWN_CALENDARS_WRITE),
        row("update_connected_calendar", OWN_CALENDARS_WRITE)
            .body(|_| Body::Json(json!({"blocks": false}))),
        row("delete_calendar_connection", OWN_CALENDARS_WRITE),
        row("list_busy_times", READ_BOOKINGS),
        row("list_blocks", READ_BOOKINGS),
        row("create_block", WRITE_BOOKINGS).body(|_| {
            let when =
                json!({"kind": "once", "from": "2026-06-01T09:00", "to": "2026-06-01T10:00"});
            Body::Json(json!({"when": when}))
        }),
        row("delete_block", WRITE_BOOKINGS),
        row("list_time_off", READ_BOOKINGS),
        row("create_time_off", WRITE_BOOKINGS)
            .body(|_| Body::Json(json!({"first": "2026-06-02", "last": "2026-06-03"}))),
        row("delete_time_off", WRITE_BOOKINGS),
        row("list_schedules", READ_BOOKINGS),
        row("create_schedule", WRITE_BOOKINGS).body(|_| Body::Json(json!({"name": "Evenings"}))),
        row("get_schedule", READ_BOOKINGS),
        row("update_schedule", WRITE_BOOKINGS).body(|_| Body::Json(json!({"name": "Nights"}))),
        row("delete_schedule", WRITE_BOOKINGS),
        row("set_schedule_override", WRITE_BOOKINGS).body(|_| Body::Json(json!({"hours": []}))),
        row("delete_schedule_override", WRITE_BOOKINGS),
        row("list_event_types", READ_BOOKINGS),
        row("create_event_type", WRITE_BOOKINGS).body(meeting),
        row("get_event_type", READ_BOOKINGS),
        row("update_event_type", WRITE_BOOKINGS).body(meeting),
        row("patch_event_type", WRITE_BOOKINGS).body(|_| Body::Json(json!({"private": true}))),
        row("delete_event_type", WRITE_BOOKINGS),
        row("list_slots", READ_BOOKINGS),
        row("explain_slots", READ_BOOKINGS),
        row("create_hold", WRITE_BOOKINGS)
            .body(|_| Body::Json(json!({"start": "2026-05-06T10:00:00Z"}))),
        row("delete_hold", WRITE_BOOKINGS),
        row("list_waiting", READ_BOOKINGS),
        row("create_waiting", WRITE_BOOKINGS)
            .body(|world| Body::Json(json!({"name": "Ada", "email": world.fresh_address()}))),
        row("delete_waiting", WRITE_BOOKINGS),
        row("list_bookings", READ_BOOKINGS),
        row("get_booking", READ_BOOKINGS),
        row("get_booking_summary", READ_BOOKINGS),
        row("create_booking", WRITE_BOOKINGS).body(|world| {
            Body::Json(json!({
                "event_type_id": world.event_type, "start": "2026-05-05T14:00:00Z", "name": "Ada",
                "email": "invitee@example.com",
            }))
        }),
        row("confirm_booking", WRITE_BOOKINGS),
        row("decline_booking", WRITE_BOOKINGS).body(|_| Body::Json(json!({}))),
        row("cancel_booking", WRITE_BOOKINGS).body(|_| Body::Json(json!({}))),
        row("reschedule_booking", WRITE_BOOKINGS)
            .body(|_| Body::Json(json!({"start": "2026-05-06T11:00:00Z"}))),
        row("reassign_booking", WRITE_BOOKINGS)
            .body(|world| Body::Json(json!({"host_id": world.host}))),
        // What has not begun yet did not take place.
        row("mark_booking_no_show", WRITE_BOOKINGS).body(|_| Body::Json(json!({"by": "guest"}))),
        row("complete_booking", WRITE_BOOKINGS),
    ]
}

fn automations() -> Vec<Row> {
    vec![
        row("list_automations", READ_CAMPAIGNS),
        row("create_automation", WRITE_CAMPAIGNS)
            .body(|_| Body::Json(json!({"name": "Welcome", "library": "welcome"}))),
        row("list_automation_library", READ_CAMPAIGNS),
        row("list_automation_kinds", READ_CAMPAIGNS),
        row("get_automation", READ_CAMPAIGNS),
        row("update_automation", WRITE_CAMPAIGNS).body(|_| Body::Json(json!({"name": "Renamed"}))),
        row("delete_automation", SEND_CAMPAIGNS),
        row("duplicate_automation", WRITE_CAMPAIGNS).body(|_| Body::Json(json!({}))),
        row("check_automation", READ_CAMPAIGNS),
        row("publish_automation", SEND_CAMPAIGNS).body(|_| Body::Json(json!({}))),
        row("pause_automation", SEND_CAMPAIGNS),
        row("resume_automation", SEND_CAMPAIGNS).body(|_| Body::Json(json!({}))),
        row("list_automation_versions", READ_CAMPAIGNS),
        row("get_automation_version", READ_CAMPAIGNS),
        row("rollback_automation", SEND_CAMPAIGNS).body(|_| Body::Json(json!({}))),
        row("list_automation_runs", READ_CAMPAIGNS),
        row("get_automation_run", READ_CAMPAIGNS),
        row("change_automation_runs", SEND_CAMPAIGNS)
            .body(|_| Body::Json(json!({"action": "exit", "status": "failed"}))),
        row("resume_automation_run", SEND_CAMPAIGNS).body(|_| Body::Json(json!({}))),
        row("trigger_automation", SEND_CAMPAIGNS)
            .body(|world| Body::Json(json!({"subscriber_id": world.subscriber}))),
        row("get_automation_statistics", READ_CAMPAIGNS),
        row("simulate_automation", WRITE_CAMPAIGNS)
            .body(|_| Body::Json(json!({"contact": {"email": "nobody@example.com"}}))),
        row("test_run_automation", SEND_CAMPAIGNS).body(|_| {
            Body::Json(json!({
                "address": "me@example.com", "simulate": {"contact": {"email": "nobody@example.com"}},
            }))
        }),
        row("process_automation_delays", SEND_CAMPAIGNS),
        row("record_event", CHANGE_PEOPLE).body(|world| {
            Body::Json(json!({"name": "order.placed", "subscriber_id": world.subscriber}))
        }),
        row("list_hooks", READ_CAMPAIGNS),
        row("create_hook", CHANGE_PEOPLE).body(|_| Body::Json(json!({"name": "Shop"}))),
        row("renew_hook", CHANGE_PEOPLE),
        row("delete_hook", CHANGE_PEOPLE),
    ]
}

fn identity() -> Vec<Row> {
    vec![
        row("get_setup", Needs::Nothing),
        row("create_setup", Needs::Nothing).body(|_| {
            Body::Json(json!({
                "email": "eve@example.com", "name": "Eve", "password": PASSWORD, "account_name": "Eve's",
            }))
        }),
        row("create_session", Needs::Nothing).body(|_| {
            Body::Json(json!({"email": "nobody@example.com", "password": "not the right one"}))
        }),
        row("get_session", Needs::Credential),
        row("delete_session", Needs::Session),
        row("set_session_account", Needs::Session)
            .body(|world| Body::Json(json!({"account": world.account}))),
        row("set_password", Needs::Session).body(|_| {
            Body::Json(json!({"current_password": PASSWORD, "new_password": PASSWORD}))
        }),
        row("get_account", READ_SETTINGS),
        row("update_account", WRITE_SETTINGS).body(|_| Body::Json(json!({"language": "de"}))),
        row("list_accounts", Needs::Credential),
        row("create_account", MANAGE_ACCOUNT).body(|_| Body::Json(json!({"name": "Another"}))),
        row("list_users", READ_SETTINGS),
        row("get_user", READ_SETTINGS),
        row("add_user", MANAGE_USERS).hands_out(&VIEWER).body(|world| {
            Body::Json(json!({
                "email": world.fresh_address(), "name": "New", "password": PASSWORD, "role": "viewer",
            }))
        }),
        row("update_user", MANAGE_USERS)
            .hands_out(&VIEWER)
            .body(|_| Body::Json(json!({"role": "viewer"}))),
        row("remove_user", MANAGE_USERS).hands_out(&VIEWER),
        row("list_tokens", MANAGE_TOKENS),
        row("create_token", MANAGE_TOKENS)
            .body(|_| Body::Json(json!({"name": "Till", "scopes": ["tokens:manage"]}))),
        row("revoke_token", MANAGE_TOKENS),
        row("list_audit_entries", READ_AUDIT),
        row("stream_changes", Needs::Credential),
    ]
}

fn people() -> Vec<Row> {
    vec![
        row("list_subscribers", READ_PEOPLE),
        row("export_subscribers", READ_PEOPLE),
        row("create_subscriber", CHANGE_PEOPLE)
            .body(|world| Body::Json(json!({"email": world.fresh_address()}))),
        row("batch_upsert_subscribers", CHANGE_PEOPLE)
            .body(|world| Body::Json(json!({"subscribers": [{"email": world.fresh_address()}]}))),
        row("get_subscriber", READ_PEOPLE),
        row("update_subscriber", CHANGE_PEOPLE)
            .body(|_| Body::Json(json!({"first_name": "Changed"}))),
        row("delete_subscriber", CHANGE_PEOPLE),
        row("unsubscribe_subscriber", CHANGE_PEOPLE).body(|_| Body::Json(json!({}))),
        row("resubscribe_subscriber", CHANGE_PEOPLE).body(|_| Body::Json(json!({}))),
        row("add_subscriber_to_group", CHANGE_PEOPLE),
        row("remove_subscriber_from_group", CHANGE_PEOPLE),
        row("add_tag_to_subscriber", CHANGE_PEOPLE),
        row("remove_tag_from_subscriber", CHANGE_PEOPLE),
        row("merge_subscribers", CHANGE_PEOPLE)
            .body(|world| Body::Json(json!({"other_id": world.spare_subscriber()}))),
        row("confirm_subscriber", CHANGE_PEOPLE).body(|_| Body::Json(json!({}))),
        row("list_status_changes", READ_PEOPLE),
        row("get_subscriber_timeline", READ_PEOPLE),
        row("list_views", READ_PEOPLE),
        row("create_view", CHANGE_PEOPLE)
            .body(|world| Body::Json(json!({"name": world.fresh_name()}))),
        row("get_view", READ_PEOPLE),
        row("update_view", CHANGE_PEOPLE).body(|_| Body::Json(json!({"sort": "email"}))),
        row("delete_view", CHANGE_PEOPLE),
        row("list_suppressions", READ_PEOPLE),
        row("add_suppressions", CHANGE_PEOPLE)
            .body(|world| Body::Json(json!({"emails": [world.fresh_address()]}))),
        row("remove_suppression", CHANGE_PEOPLE),
        row("import_suppressions", CHANGE_PEOPLE)
            .body(|_| Body::Raw("text/csv", b"email\nnever@example.com\n".to_vec())),
        row("export_suppressions", READ_PEOPLE),
        row("list_subscriber_memberships", READ_PEOPLE),
        row("export_subscriber", READ_PEOPLE),
        row("erase_subscriber", CHANGE_PEOPLE),
        row("get_privacy", READ_SETTINGS),
        row("set_privacy", WRITE_SETTINGS)
            .body(|_| Body::Json(json!({"event_days": 730, "ip_days": 30}))),
    ]
}

fn labels() -> Vec<Row> {
    let name = |world: &World| Body::Json(json!({"name": world.fresh_name()}));
    let members = |world: &World| Body::Json(json!({"subscriber_ids": [world.subscriber]}));
    vec![
        row("list_fields", READ_PEOPLE),
        row("create_field", CHANGE_PEOPLE).body(|world| {
            Body::Json(json!({"key": world.fresh_name(), "name": "Field", "kind": "text"}))
        }),
        row("get_field", READ_PEOPLE),
        row("update_field", CHANGE_PEOPLE).body(name),
        row("delete_field", CHANGE_PEOPLE),
        row("list_field_uses", READ_PEOPLE),
        row("list_groups", READ_PEOPLE),
        row("create_group", CHANGE_PEOPLE).body(name),
        row("get_group", READ_PEOPLE),
        row("update_group", CHANGE_PEOPLE).body(name),
        row("delete_group", CHANGE_PEOPLE),
        row("add_group_members", CHANGE_PEOPLE).body(members),
        row("remove_group_members", CHANGE_PEOPLE).body(members),
        row("list_group_members", READ_PEOPLE),
        row("get_group_growth", READ_PEOPLE),
        row("list_group_uses", READ_PEOPLE),
        row("list_tags", READ_PEOPLE),
        row("list_tag_members", READ_PEOPLE),
        row("get_tag_growth", READ_PEOPLE),
        row("list_tag_uses", READ_PEOPLE),
        row("create_tag", CHANGE_PEOPLE).body(name),
        row("get_tag", READ_PEOPLE),
        row("update_tag", CHANGE_PEOPLE).body(name),
        row("delete_tag", CHANGE_PEOPLE),
        row("add_tag_members", CHANGE_PEOPLE).body(members),
        row("remove_tag_members", CHANGE_PEOPLE).body(members),
    ]
}

fn many_people() -> Vec<Row> {
    vec![
        row("list_segments", READ_PEOPLE),
        row("create_segment", CHANGE_PEOPLE)
            .body(|world| Body::Json(json!({"name": world.fresh_name(), "rule": {"all": []}}))),
        row("preview_segment", READ_PEOPLE).body(|_| Body::Json(json!({"rule": {"all": []}}))),
        row("get_segment", READ_PEOPLE),
        row("update_segment", CHANGE_PEOPLE)
            .body(|world| Body::Json(json!({"name": world.fresh_name()}))),
        row("delete_segment", CHANGE_PEOPLE),
        row("count_segment", READ_PEOPLE),
        row("explain_segment", READ_PEOPLE),
        row("list_segment_subscriber_ids", READ_PEOPLE),
        row("list_segment_uses", READ_PEOPLE),
        row("get_segment_growth", READ_PEOPLE),
        row("list_imports", READ_PEOPLE),
        row("create_import", CHANGE_PEOPLE)
            .body(|_| Body::Raw("text/csv", b"email\nimported@example.com\n".to_vec())),
        row("preview_import", CHANGE_PEOPLE)
            .body(|_| Body::Raw("text/csv", b"email\nimported@example.com\n".to_vec())),
        row("get_import", READ_PEOPLE),
        row("list_import_errors", READ_PEOPLE),
        row("download_import_errors", READ_PEOPLE),
        row("stop_import", CHANGE_PEOPLE),
        row("resume_import", CHANGE_PEOPLE),
        row("run_import", CHANGE_PEOPLE),
        row("undo_import", CHANGE_PEOPLE),
        row("list_exports", READ_PEOPLE),
        row("create_export", CHANGE_PEOPLE)
            .body(|_| Body::Json(json!({"selection": {"all": true}}))),
        row("get_export", READ_PEOPLE),
        row("stop_export", CHANGE_PEOPLE),
        row("download_export", READ_PEOPLE),
        row("export_segment", READ_PEOPLE),
        row("get_subscriber_growth", READ_PEOPLE),
        row("count_subscribers", READ_PEOPLE).body(|_| Body::Json(json!({"all": true}))),
        row("bulk_update_subscribers", CHANGE_PEOPLE).body(|world| {
            Body::Json(json!({
                "selection": {"ids": [world.subscriber]},
                "action": {"type": "set_field", "field": "first_name", "value": "Bulk"},
            }))
        }),
        row("list_bulk_actions", READ_PEOPLE),
        row("get_bulk_action", READ_PEOPLE),
        row("stop_bulk_action", CHANGE_PEOPLE),
    ]
}

fn campaigns() -> Vec<Row> {
    vec![
        row("list_campaigns", READ_CAMPAIGNS),
        row("create_campaign", WRITE_CAMPAIGNS).body(|_| Body::Json(json!({"name": "May"}))),
        row("count_recipients", READ_CAMPAIGNS).body(|_| Body::Json(json!({"everyone": true}))),
        row("check_content", READ_CAMPAIGNS).body(|_| Body::Json(document())),
        row("render_content", READ_CAMPAIGNS)
            .body(|_| Body::Json(json!({"content": document()}))),
        row("content_to_mjml", READ_CAMPAIGNS).body(|_| {
            Body::Json(json!({
                "subject": "Hi",
                "body": {"kind": "blocks", "document": {"version": 1, "blocks": []}},
            }))
        }),
        row("get_campaign", READ_CAMPAIGNS),
        row("update_campaign", WRITE_CAMPAIGNS).body(|_| Body::Json(json!({"name": "June"}))),
        row("delete_campaign", WRITE_CAMPAIGNS),
        row("duplicate_campaign", WRITE_CAMPAIGNS),
        row("get_campaign_content", READ_CAMPAIGNS),
        row("get_variant_content", READ_CAMPAIGNS),
        row("preview_campaign", READ_CAMPAIGNS),
        row("send_test", SEND_CAMPAIGNS)
            .body(|_| Body::Json(json!({"addresses": ["me@example.com"]}))),
        row("send_campaign", SEND_CAMPAIGNS),
        row("schedule_campaign", SEND_CAMPAIGNS)
            .body(|_| Body::Json(json!({"scheduled_at": "2026-06-01T07:00:00Z"}))),
        row("unschedule_campaign", SEND_CAMPAIGNS),
        row("pause_campaign", SEND_CAMPAIGNS),
        row("resume_campaign", SEND_CAMPAIGNS),
        row("cancel_campaign", SEND_CAMPAIGNS),
        row("resend_unknown", SEND_CAMPAIGNS),
        row("choose_winner", SEND_CAMPAIGNS).body(|_| Body::Json(json!({"variant": 1}))),
        row("resend_campaign", WRITE_CAMPAIGNS).body(|_| Body::Json(json!({"to": "non_openers"}))),
        row("get_calendar", READ_CAMPAIGNS),
        row("list_series", READ_CAMPAIGNS),
        row("create_series", SEND_CAMPAIGNS).body(|world| {
            Body::Json(json!({"name": "Daily", "campaign_id": world.draft, "rule": {"every": "day", "at": "09:00"}}))
        }),
        row("get_series", READ_CAMPAIGNS),
        row("update_series", SEND_CAMPAIGNS).body(|_| Body::Json(json!({"state": "paused"}))),
        row("delete_series", SEND_CAMPAIGNS),
        row("list_feeds", READ_CAMPAIGNS),
        row("create_feed", SEND_CAMPAIGNS).body(|world| {
            Body::Json(json!({
                "name": "Blog", "url": "https://example.com/feed", "campaign_id": world.draft, "mode": "each",
            }))
        }),
        row("get_feed", READ_CAMPAIGNS),
        row("preview_feed", READ_CAMPAIGNS),
        row("update_feed", SEND_CAMPAIGNS).body(|_| Body::Json(json!({"state": "paused"}))),
        row("delete_feed", SEND_CAMPAIGNS),
        row("get_ab_report", READ_CAMPAIGNS),
        row("get_report", READ_CAMPAIGNS),
        row("list_report_links", READ_CAMPAIGNS),
        row("get_report_series", READ_CAMPAIGNS),
        row("get_campaign_archive", READ_CAMPAIGNS),
        row("set_campaign_archive", SEND_CAMPAIGNS).body(|_| Body::Json(json!({"public": true}))),
        row("get_report_comparison", READ_CAMPAIGNS),
        row("get_report_devices", READ_CAMPAIGNS),
        row("get_report_countries", READ_CAMPAIGNS),
        row("list_report_unsubscribes", READ_CAMPAIGNS),
        row("list_recipients", READ_CAMPAIGNS),
        row("export_recipients", READ_CAMPAIGNS),
        row("take_report", CHANGE_PEOPLE).body(|_| Body::Raw("message/rfc822", REPORT.to_vec())),
        row("send_message", SEND_MESSAGES).body(|world| {
            Body::Json(json!({
                "to": world.fresh_address(), "sender_email": "news@example.com", "content": document(),
            }))
        }),
        row("list_messages", READ_CAMPAIGNS),
        row("get_message", READ_CAMPAIGNS),
        row("list_events_of_message", READ_CAMPAIGNS),
        row("list_message_events", READ_CAMPAIGNS),
        row("list_sandbox_messages", READ_CAMPAIGNS),
        row("get_sandbox_message", READ_CAMPAIGNS),
        row("get_sandbox_message_source", READ_CAMPAIGNS),
    ]
}

fn library() -> Vec<Row> {
    vec![
        row("list_files", READ_CAMPAIGNS),
        row("create_file", WRITE_CAMPAIGNS)
            .body(|_| Body::Raw("image/png", crate::files::png(3, 2))),
        row("get_file", READ_CAMPAIGNS),
        row("update_file", WRITE_CAMPAIGNS).body(|_| Body::Json(json!({"alt": "Tea"}))),
        row("delete_file", WRITE_CAMPAIGNS),
        row("list_file_uses", READ_CAMPAIGNS),
        row("get_campaign_checklist", READ_CAMPAIGNS),
        row("list_campaign_revisions", READ_CAMPAIGNS),
        row("get_campaign_revision", READ_CAMPAIGNS),
        row("preview_campaign_revision", READ_CAMPAIGNS),
        row("restore_campaign_revision", WRITE_CAMPAIGNS),
        row("list_templates", READ_CAMPAIGNS),
        row("list_built_in_templates", READ_CAMPAIGNS),
        row("create_template", WRITE_CAMPAIGNS)
            .body(|_| Body::Json(json!({"name": "Newsletter", "content": document()}))),
        row("get_template", READ_CAMPAIGNS),
        row("update_template", WRITE_CAMPAIGNS).body(|_| Body::Json(json!({"name": "Renamed"}))),
        row("delete_template", WRITE_CAMPAIGNS),
        row("get_template_content", READ_CAMPAIGNS),
        row("preview_template", READ_CAMPAIGNS),
        row("duplicate_template", WRITE_CAMPAIGNS),
        row("list_template_revisions", READ_CAMPAIGNS),
        row("get_template_revision", READ_CAMPAIGNS),
        row("preview_template_revision", READ_CAMPAIGNS),
        row("restore_template_revision", WRITE_CAMPAIGNS),
        row("list_saved_blocks", READ_CAMPAIGNS),
        row("create_saved_block", WRITE_CAMPAIGNS)
            .body(|_| Body::Json(json!({"name": "Space", "block": {"id": "a", "type": "spacer"}}))),
        row("get_saved_block", READ_CAMPAIGNS),
        row("update_saved_block", WRITE_CAMPAIGNS).body(|_| Body::Json(json!({"name": "Renamed"}))),
        row("delete_saved_block", WRITE_CAMPAIGNS),
        row("get_brand", READ_SETTINGS),
        row("set_brand", WRITE_SETTINGS)
            .body(|_| Body::Json(json!({"footer_text": "Hello from us."}))),
    ]
}

fn transports() -> Vec<Row> {
    vec![
        row("list_transports", READ_SETTINGS),
        row("create_transport", WRITE_SETTINGS)
            .body(|_| Body::Json(json!({"name": "Inbox", "kind": "sandbox"}))),
        row("get_transport", READ_SETTINGS),
        row("update_transport", WRITE_SETTINGS).body(|_| Body::Json(json!({"name": "Renamed"}))),
        row("delete_transport", WRITE_SETTINGS),
        row("test_transport", WRITE_SETTINGS),
        row("list_senders", READ_SETTINGS),
        row("create_sender", WRITE_SETTINGS)
            .body(|_| Body::Json(json!({"name": "Ada", "email": "news@example.com"}))),
        row("get_sender", READ_SETTINGS),
        row("update_sender", WRITE_SETTINGS).body(|_| Body::Json(json!({"name": "Renamed"}))),
        row("delete_sender", WRITE_SETTINGS),
        row("list_dkim_keys", READ_SETTINGS),
        row("create_dkim_key", WRITE_SETTINGS).body(|world| {
            let selector = format!("s{}", world.fresh_name().replace('_', "-"));
            Body::Json(
                json!({"domain": "example.com", "selector": selector, "algorithm": "ed25519"}),
            )
        }),
        row("get_dkim_key", READ_SETTINGS),
        row("update_dkim_key", WRITE_SETTINGS).body(|_| Body::Json(json!({"is_active": true}))),
        row("check_dkim_key_dns", WRITE_SETTINGS),
        row("delete_dkim_key", WRITE_SETTINGS),
        row("list_send_limits", READ_SETTINGS),
        row("create_send_limit", WRITE_SETTINGS).body(|world| {
            Body::Json(json!({"scope": "sender", "key": world.fresh_address(), "per_hour": 10}))
        }),
        row("get_send_limit", READ_SETTINGS),
        row("update_send_limit", WRITE_SETTINGS).body(|_| Body::Json(json!({"per_hour": 20}))),
        row("delete_send_limit", WRITE_SETTINGS),
    ]
}
