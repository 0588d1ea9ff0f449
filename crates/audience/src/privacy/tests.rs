use std::time::Duration;

mod rows;

use ctx::{Ctx, Purpose};
use db::{Engine, Tx};
use events::NewEvent;
use serde_json::json;
use testkit::TestDb;

use super::*;
use crate::fields::{FieldKind, parse_text};
use crate::fixtures::{self, account, actor, faults, group, row, stranger, tag, upsert};
use crate::subscribers::{self, Outcome, Policy, Skip, Source};
use crate::{SubscriberId, labels};

const EMAIL: &str = "Zarathustra.Q@Erasable.example";
/// As it is stored: the domain has one spelling.
fn stored() -> String {
    EMAIL.replace("@E", "@e")
}

const FIRST: &str = "Zarathustrina";
const LAST: &str = "Quuxworthy";
const PHONE: &str = "+49 170 5550199";
const IP: &str = "203.0.113.77";
const CITY: &str = "Xanadu-on-Sea";

/// Every table, and whether it can hold anything of somebody who gets mail. Whoever adds one decides here, and if it can,
/// sees to it in `store/`.
const TABLES: &[(&str, bool)] = &[
    ("account", false),
    ("api_token", false),
    ("app_user", false),
    ("audit_log", true),
    ("automated_content", false),
    ("automation", false),
    ("automation_change", false),
    ("automation_effect", true),
    ("automation_enrolment", true),
    ("automation_event_key", false),
    ("automation_hook", false),
    ("automation_host", false),
    ("automation_log", true),
    ("automation_run", true),
    ("automation_schedule", false),
    ("automation_stat", false),
    ("automation_timer", false),
    ("automation_version", false),
    ("booking", true),
    ("booking_block", false),
    ("booking_claim", false),
    ("booking_feed", false),
    ("booking_hold", false),
    ("booking_host", false),
    ("booking_member", false),
    ("booking_notice", false),
    ("booking_notice_time", false),
    ("booking_occurrence", false),
    ("booking_override", false),
    ("booking_schedule", false),
    ("booking_settings", false),
    ("booking_time_off", false),
    ("booking_trail", true),
    ("booking_waiting", true),
    ("brand", false),
    ("bulk_action", true),
    ("bulk_chunk", false),
    // What hosts have in calendars elsewhere is theirs; copies there are told by ids.
    ("calendar", false),
    ("calendar_busy", false),
    ("calendar_connection", false),
    ("calendar_copy", false),
    ("calendar_object", false),
    ("campaign", true),
    ("campaign_archive", false),
    ("campaign_facet", false),
    ("campaign_guard", false),
    ("campaign_hour", false),
    ("campaign_series", false),
    ("campaign_total", false),
    ("campaign_variables", false),
    ("commit_stamp", false),
    ("contact_group", false),
    ("content_history", false),
    ("content_revision", true),
    ("dkim_key", false),
    ("domain_pause", false),
    ("erasure", false),
    ("event", true),
    ("event_cursor", false),
    ("event_type", false),
    ("event_type_host", false),
    ("export", true),
    ("feed", false),
    ("feed_item", false),
    ("field", false),
    ("file", false),
    ("file_blob", false),
    ("group_member", true),
    ("hit", true),
    ("idempotency", true),
    ("import", true),
    ("import_change", true),
    ("import_error", true),
    ("import_undo", false),
    ("instance", false),
    ("job", true),
    ("label_change", false),
    ("label_day", false),
    ("label_total", false),
    ("link", false),
    ("link_target", false),
    ("link_total", false),
    ("membership", false),
    ("message", true),
    ("message_attachment", true),
    ("message_event", true),
    ("node", false),
    ("privacy_settings", false),
    ("sandbox_message", true),
    ("saved_block", false),
    ("saved_view", true),
    ("schedule", false),
    ("search_term", true),
    ("search_words", true),
    ("segment", true),
    ("segment_day", false),
    ("segment_member", false),
    ("segment_membership", false),
    ("send_limit", false),
    ("send_usage", false),
    ("sender", false),
    ("session", false),
    ("subscriber", true),
    ("subscriber_merge", false),
    ("suppression", true),
    ("tag", false),
    ("tagging", true),
    ("template", false),
    ("throttle", false),
    ("transactional_message", true),
    ("transport", false),
    ("unsubscribe_reason", true),
    ("variant_total", false),
];

async fn tables(tx: &mut Tx) -> Vec<String> {
    let sql = match tx.engine() {
        Engine::Sqlite => {
            "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'
             and name not like '\\_sqlx%' escape '\\' order by name"
        }
        Engine::Postgres => {
            "select tablename::text as name from pg_tables where schemaname = current_schema()
             and tablename not like '\\_sqlx%' order by tablename"
        }
    };
    let rows = tx.query(sql).fetch_all().await.unwrap();
    rows.iter().map(|row| row.at(0).unwrap()).collect()
}

/// All texts and bytes of all tables, as one text per table, in lower case.
async fn dump(ctx: &Ctx) -> Vec<(String, String)> {
    let mut tx = ctx.read().await.unwrap();
    let mut all = Vec::new();
    for table in tables(&mut tx).await {
        let columns = match tx.engine() {
            Engine::Sqlite => format!("select name, type from pragma_table_info('{table}')"),
            Engine::Postgres => format!(
                "select column_name::text as name, data_type::text as type from information_schema.columns
                 where table_schema = current_schema() and table_name = '{table}'"
            ),
        };
        let columns = tx.query(columns).fetch_all().await.unwrap();
        let mut text = String::new();
        for column in &columns {
            let name: String = column.at(0).unwrap();
            let kind: String = column.at(1).unwrap();
            let bytes = matches!(kind.to_lowercase().as_str(), "blob" | "bytea");
            let sql = if bytes {
                format!("select {name} from {table} where {name} is not null")
            } else {
                format!("select cast({name} as text) from {table} where {name} is not null")
            };
            for row in tx.query(sql).once().fetch_all().await.unwrap() {
                let value = if bytes {
                    let value: Vec<u8> = row.at(0).unwrap();
                    let opened = ctx.secrets.open(Purpose::Answer, &value);
                    String::from_utf8_lossy(&opened.unwrap_or(value)).into_owned()
                } else {
                    row.at::<String>(0).unwrap()
                };
                text.push_str(&value.to_lowercase());
                text.push('\n');
            }
        }
        all.push((table, text));
    }
    all
}

async fn execute(tx: &mut Tx, sql: &str) {
    tx.query(sql.to_owned())
        .once()
        .execute()
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// Somebody who left traces everywhere, and their neighbor with the same first name.
async fn scene(ctx: &Ctx) -> (SubscriberId, SubscriberId) {
    let city = fixtures::field(ctx, "city", FieldKind::Text, &[]).await;
    let (news, vip) = (group(ctx, "News").await, tag(ctx, "VIP").await);
    let mut them = row(EMAIL);
    them.attributes.first_name = crate::Patch::Set(FIRST.into());
    them.attributes.last_name = crate::Patch::Set(LAST.into());
    them.attributes.phone = crate::Patch::Set(PHONE.into());
    them.fields = vec![(city.id, parse_text(&city, CITY).unwrap())];
    them.consent = Some(subscribers::Consent {
        at: ctx.clock.now(),
        ip: Some(IP.into()),
        source: Some(format!("form for {EMAIL}")),
        text: Some(format!("I, {FIRST} {LAST}, agree")),
    });
    let mut neighbor = row("neighbor@erasable.example");
    neighbor.attributes.first_name = crate::Patch::Set("Neighbora".into());
    let mut policy = Policy::new(Source::Import, "user:7");
    policy.groups = vec![news];
    policy.tags = vec![vip];
    policy.import = Some(77.into());
    let outcome = upsert(ctx, &[them, neighbor], &policy).await;
    let [Outcome::Created(id), Outcome::Created(other)] = outcome[..] else {
        panic!("{outcome:?}");
    };
    let mut tx = ctx.write().await.unwrap();
    events::record(
        ctx,
        &mut tx,
        account(),
        &[
            NewEvent {
                kind: events::kind::MESSAGE_FAILED,
                subscriber: Some(id.get()),
                subject: Some(11),
                at: None,
                body: json!({"message_id": "21", "text": format!("550 <{EMAIL}> unknown"), "code": 550}),
            },
            NewEvent {
                kind: events::kind::CONSENT_GIVEN,
                subscriber: Some(id.get()),
                subject: None,
                at: None,
                body: json!({"ip": IP, "source": EMAIL, "method": FIRST, "text": LAST, "at": "2026-05-04T09:30:00Z"}),
            },
        ],
    )
    .await
    .unwrap();
    let (a, id_text) = (account(), id.get());
    let hide = EMAIL.to_lowercase();
    let answer = ctx.secrets.seal(
        Purpose::Answer,
        format!("{{\"email\": \"{EMAIL}\"}}").as_bytes(),
    );
    let harmless = ctx
        .secrets
        .seal(Purpose::Answer, b"{\"email\": \"other@example.com\"}");
    for (key, body) in [(vec![1_u8; 32], answer), (vec![2; 32], harmless)] {
        tx.query(
            "insert into idempotency (account_id, key_hash, request_hash, state, took_effect, node_epoch, status, headers,
             body, created_at) values ($1, $2, $3, 'done', 1, 1, 201, '[]', $4, 0)",
        )
        .bind(a)
        .bind(key)
        .bind(vec![3_u8; 32])
        .bind(body)
        .execute()
        .await
        .unwrap();
    }
    for sql in [
        format!("insert into content_revision (account_id, id, document, created_at, created_by) values ({a}, 31, '{{}}', 0, 'x')"),
        format!(
            "insert into campaign (account_id, id, name, state, revision_id, sender_name, sender_email, audience,
             pause_reason, snapshot_done, snapshot_cursor, version, created_at, updated_at, created_by)
             values ({a}, 11, 'May', 'paused', 31, '', '', '{{}}', 'the relay said: {EMAIL} refused', 1, 0, 1, 0, 0, 'x')"
        ),
        format!(
            "insert into message (account_id, id, kind, source_id, subscriber_id, entry, revision_id, address, state,
             not_before, attempts, first_queued_at, detail)
             values ({a}, 21, 'campaign', 11, {id_text}, 0, 31, '{EMAIL}', 'sent', 0, 1, 0, '250 ok {hide}'),
                    ({a}, 22, 'campaign', 11, {other}, 0, 31, 'neighbor@erasable.example', 'sent', 0, 1, 0, null),
                    ({a}, 23, 'test', 11, 0, 5, 31, '{EMAIL}', 'sent', 0, 1, 0, null)"
        ),
        format!("insert into link (account_id, revision_id, number, url) values ({a}, 31, 1, 'https://shop.example')"),
        format!(
            "insert into hit (account_id, id, message_id, source_id, subscriber_id, kind, link_number, class, user_agent, ip,
             at, is_first) values ({a}, 41, 21, 11, {id_text}, 'click', 1, 'human', 'Browser of {LAST}', '{IP}', 1000, 1),
                                  ({a}, 42, 22, 11, {other}, 'open', null, 'human', 'Browser', '192.0.2.1', 1000, 1)"
        ),
        format!(
            "insert into unsubscribe_reason (account_id, message_id, campaign_id, subscriber_id, reason, comment, at)
             values ({a}, 21, 11, {id_text}, 'other', 'call me at {PHONE}, {FIRST}', 0),
                    ({a}, 22, 11, {other}, 'other', 'write to {EMAIL} instead', 0)"
        ),
        format!(
            "insert into sandbox_message (account_id, id, message_id, recipient, subject, source, received_at)
             values ({a}, 51, 21, '{EMAIL}', 'Hello {FIRST}', cast('Dear {FIRST} {LAST}' as {}), 0),
                    ({a}, 52, 23, '{EMAIL}', 'Hello {FIRST}', cast('Dear {FIRST}' as {0}), 0),
                    ({a}, 53, 22, 'neighbor@erasable.example', 'Hello', cast('Dear you' as {0}), 0)",
            if tx.engine() == Engine::Sqlite { "blob" } else { "bytea" }
        ),
        format!(
            "insert into import (account_id, id, state, file_name, file_path, size_bytes, options, created_by, byte_offset,
             line, processed, created, updated, unchanged, skipped, invalid, error, created_at)
             values ({a}, 77, 'completed', 'list of {hide}.csv', '', 1, '{{\"consent\": \"of {EMAIL}\"}}', 'user:7', 0, 0, 0, 0,
             0, 0, 0, 0, 'near {PHONE}', 0)"
        ),
        format!(
            "insert into import_error (account_id, import_id, line, position, code, column_name, value, reason)
             values ({a}, 77, 5, 0, 'duplicate_in_file', 'email', '{EMAIL}', '{EMAIL} is there twice'),
                    ({a}, 77, 6, 0, 'invalid_email', 'email', 'nonsense', 'no')"
        ),
        format!(
            "insert into bulk_action (account_id, id, state, selection, action, created_by, cursor_id, processed, changed,
             created_at) values ({a}, 61, 'completed', '{{\"ids\": [\"{id_text}\"]}}',
             '{{\"type\": \"set_field\", \"field\": \"phone\", \"value\": \"{PHONE}\"}}', 'user:7', 0, 1, 1, 0)"
        ),
        format!(
            "insert into job (id, account_id, kind, payload, state, due_at, attempts, max_attempts, last_error, created_at)
             values (71, {a}, 'x', '{{\"to\": \"{hide}\"}}', 'dead', 0, 1, 1, 'could not write to {EMAIL}', 0)"
        ),
        format!(
            "insert into audit_log (account_id, id, at, actor, action, target_kind, target_id, before, after)
             values ({a}, 81, 0, 'user:7', 'subscriber.updated', 'subscriber', '{id_text}', null,
                     '{{\"first_name\": \"{FIRST}\"}}'),
                    ({a}, 82, 0, 'user:7', 'campaign.tested', 'campaign', '11', null,
                     '{{\"addresses\": [\"{EMAIL}\", \"me@example.com\"]}}'),
                    ({a}, 83, 0, 'user:7', 'subscriber.updated', 'subscriber', '{other}', null, '{{\"x\": \"kept\"}}')"
        ),
    ] {
        execute(&mut tx, &sql).await;
    }
    let bytes = if tx.engine() == Engine::Sqlite {
        "blob"
    } else {
        "bytea"
    };
    for sql in single_messages(a.get(), id_text, bytes) {
        execute(&mut tx, &sql).await;
    }
    let kept = rows::copies(a.get(), id_text).into_iter();
    let kept = kept.chain(rows::ways(a.get(), id_text));
    for sql in kept.chain(rows::meetings(a.get(), id_text, bytes)) {
        execute(&mut tx, &sql).await;
    }
    tx.commit().await.unwrap();
    (id, other)
}

/// What a program sent them: by their record, and to their address.
fn single_messages(a: i64, id_text: i64, bytes: &str) -> [String; 5] {
    [
        format!(
            "insert into content_revision (account_id, id, document, created_at, created_by, content_hash, kept_until)
             values ({a}, 32, '{{\"subject\": \"For {EMAIL}\"}}', 0, 'x', cast('h' as {bytes}), 1)"
        ),
        format!(
            "insert into message (account_id, id, kind, source_id, subscriber_id, entry, revision_id, address, state,
             not_before, attempts, first_queued_at)
             values ({a}, 24, 'transactional', {a}, {id_text}, 24, 32, '{EMAIL}', 'sent', 0, 1, 0),
                    ({a}, 25, 'transactional', {a}, 0, 25, 32, '{EMAIL}', 'sent', 0, 1, 0)"
        ),
        format!(
            "insert into transactional_message (account_id, id, sender_name, sender_email, recipient_name, headers, variables,
             tag, track_opens, track_clicks, attachments, request_hash, created_at, created_by)
             values ({a}, 24, '', '', '{FIRST}', '[]', '{{\"name\": \"{FIRST}\"}}', null, 1, 1, 0, cast('r' as {bytes}), 0, 'x'),
                    ({a}, 25, '', '', null, '[[\"X-For\", \"{LAST}\"]]', '{{\"name\": \"{FIRST}\"}}', '{FIRST}', 1, 1, 1,
                     cast('r' as {bytes}), 0, 'x')"
        ),
        format!(
            "insert into message_attachment (account_id, message_id, number, name, media_type, content, created_at)
             values ({a}, 25, 0, 'a.txt', 'text/plain', cast('Dear {FIRST}' as {bytes}), 0)"
        ),
        format!(
            "insert into message_event (account_id, id, txn, message_id, kind, at, body)
             values ({a}, 91, 1, 25, 'message.failed', 0, '{{\"text\": \"550 <{EMAIL}>\"}}')"
        ),
    ]
}

fn hits(dump: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for needle in [
        EMAIL,
        "zarathustra",
        FIRST,
        LAST,
        PHONE,
        "5550199",
        IP,
        CITY,
    ] {
        for (table, text) in dump {
            if text.contains(&needle.to_lowercase()) {
                found.push(format!("{needle} in {table}"));
            }
        }
    }
    found
}

#[testkit::db_test]
async fn whoever_is_erased_is_nowhere(db: TestDb) {
    let ctx = db.ctx();
    let mut tx = ctx.read().await.unwrap();
    let known: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        tables(&mut tx).await,
        known,
        "say of each table what it holds"
    );
    drop(tx);
    let (id, other) = scene(&ctx).await;
    let before = dump(&ctx).await;
    for (table, personal) in TABLES {
        let named = hits(&before)
            .iter()
            .any(|hit| hit.ends_with(&format!(" in {table}")));
        // Memberships name the person by number, the list nobody yet, and no segment does.
        let by_number = ["group_member", "tagging", "suppression", "segment"];
        assert!(
            !personal || named || by_number.contains(table),
            "the scene leaves {table} out"
        );
    }

    assert_eq!(
        faults(erase(&ctx, stranger(), &actor(), id).await),
        ["no subscriber"]
    );
    let erased = erase(&ctx, account(), &actor(), id).await.unwrap();
    assert!(erased.mentions.is_empty());
    let after = dump(&ctx).await;
    assert_eq!(hits(&after), Vec::<String>::new());
    // What is not theirs is still there.
    let text = |table: &str| {
        after
            .iter()
            .find(|(name, _)| name == table)
            .unwrap()
            .1
            .clone()
    };
    for (table, kept) in [
        ("subscriber", "neighbora"),
        ("message", "neighbor@erasable.example"),
        ("hit", "192.0.2.1"),
        ("sandbox_message", "dear you"),
        ("import_error", "nonsense"),
        ("audit_log", "me@example.com"),
        ("audit_log", "kept"),
        ("idempotency", "other@example.com"),
        ("event", "\"code\":550"),
        ("campaign", "may"),
    ] {
        assert!(
            text(table).contains(kept),
            "{kept} in {table}: {}",
            text(table)
        );
    }
    let mut tx = ctx.read().await.unwrap();
    for (table, rows) in [
        ("message", 5_i64),
        ("hit", 2),
        ("unsubscribe_reason", 2),
        ("event", 5),
    ] {
        let row = tx
            .query(format!("select count(*) as n from {table}"))
            .fetch_one()
            .await
            .unwrap();
        assert_eq!(
            row.get::<i64>("n").unwrap(),
            rows,
            "{table} is still counted"
        );
    }
    drop(tx);
    assert!(subscribers::get(&ctx, account(), other).await.is_ok());

    // Nothing brings the address back.
    let again = upsert(&ctx, &[row(EMAIL)], &Policy::new(Source::Import, "user:7")).await;
    assert_eq!(again, [Outcome::Skipped(Skip::Suppressed)]);
    assert_eq!(hits(&dump(&ctx).await), Vec::<String>::new());
    assert_eq!(
        faults(erase(&ctx, account(), &actor(), id).await),
        ["no subscriber"]
    );

    // What comes late goes with the schedule.
    let mut tx = ctx.write().await.unwrap();
    let now = ctx.clock.now().as_micros();
    let a = account();
    execute(
        &mut tx,
        &format!("update message set detail = 'late: {EMAIL}' where id = 21"),
    )
    .await;
    execute(
        &mut tx,
        &format!(
            "insert into hit (account_id, id, message_id, source_id, subscriber_id, kind, class, user_agent, ip, at, is_first)
             values ({a}, 43, 21, 11, {id}, 'open', 'human', 'x', '{IP}', {now}, 0)"
        ),
    )
    .await;
    tx.commit().await.unwrap();
    sweep(&ctx).await.unwrap();
    assert_eq!(hits(&dump(&ctx).await), Vec::<String>::new());
    db.clock().advance(Duration::from_hours(24 * 365));
    let mut tx = ctx.write().await.unwrap();
    let now = ctx.clock.now().as_micros();
    execute(
        &mut tx,
        &format!("update hit set ip = '{IP}', at = {now} where id = 43"),
    )
    .await;
    tx.commit().await.unwrap();
    sweep(&ctx).await.unwrap();
    assert_eq!(
        hits(&dump(&ctx).await),
        Vec::<String>::new(),
        "a click years later"
    );
}

#[testkit::db_test]
async fn rules_that_name_the_person_are_told(db: TestDb) {
    let ctx = db.ctx();
    let ada = fixtures::person(&ctx, "ada@example.com").await;
    let mut tx = ctx.write().await.unwrap();
    execute(
        &mut tx,
        "insert into segment (account_id, id, name, name_folded, rule, created_at, updated_at) values
         (1, 5, 'Without her', 'without her',
          '{\"not\": {\"field\": \"email\", \"op\": \"equals\", \"value\": \"ADA@example.com\"}}', 0, 0)",
    )
    .await;
    tx.commit().await.unwrap();
    let erased = erase(&ctx, account(), &actor(), ada).await.unwrap();
    let told: Vec<_> = erased
        .mentions
        .iter()
        .map(|it| (it.kind, it.name.as_str()))
        .collect();
    assert_eq!(told, [("segment", "Without her")]);
}

#[testkit::db_test]
async fn an_export_tells_everything(db: TestDb) {
    let ctx = db.ctx();
    let (id, _) = scene(&ctx).await;
    assert_eq!(
        faults(export(&ctx, stranger(), &actor(), id).await),
        ["no subscriber"]
    );
    let all = export(&ctx, account(), &actor(), id).await.unwrap();
    assert_eq!(all["person"]["email"], stored());
    assert_eq!(all["consent"]["ip"], IP);
    assert_eq!(all["fields"][0]["value"], CITY);
    assert_eq!(all["groups"][0]["name"], "News");
    assert_eq!(all["groups"][0]["added_by"], "import:77");
    assert_eq!(all["tags"][0]["name"], "VIP");
    assert_eq!(all["messages"][0]["campaign"], "May");
    assert_eq!(all["hits"][0]["link"], "https://shop.example");
    assert_eq!(all["hits"][0]["ip"], IP);
    assert_eq!(all["unsubscribe_reasons"].as_array().unwrap().len(), 1);
    assert_eq!(all["sandbox_messages"].as_array().unwrap().len(), 1);
    assert_eq!(all["events"].as_array().unwrap().len(), 3);
    rows::check_ways(&all);
    assert_eq!(all["bookings"][0]["answers"]["topic"], FIRST);
    assert_eq!(all["waiting"][0]["name"], FIRST);
    assert_eq!(all["changes"][0]["after"]["first_name"], FIRST);
    assert_eq!(all["imports"][0]["id"], "77");
    let text = all.to_string();
    assert!(!text.contains("neighbor"), "{text}");
    let page = page::html(&all);
    for wanted in [
        EMAIL,
        FIRST,
        LAST,
        PHONE,
        CITY,
        "https://shop.example",
        "News",
        "Automations you are or were in",
        "Welcome them",
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }
    // It is noted, and the next export tells so.
    let again = export(&ctx, account(), &actor(), id).await.unwrap();
    assert_eq!(again["changes"][1]["action"], "subscriber.exported");
}

#[testkit::db_test]
async fn things_are_kept_as_long_as_wanted(db: TestDb) {
    let ctx = db.ctx();
    let (id, _) = scene(&ctx).await;
    assert_eq!(get(&ctx, account()).await.unwrap(), Settings::default());
    for (event_days, ip_days, fault) in [
        (Some(29), None, "event_days: out_of_range"),
        (None, Some(0), "ip_days: out_of_range"),
        (Some(3651), Some(30), "event_days: out_of_range"),
    ] {
        let settings = Settings {
            event_days,
            ip_days,
        };
        assert_eq!(
            faults(set(&ctx, account(), &actor(), settings).await),
            [fault]
        );
    }
    let wanted = Settings {
        event_days: Some(60),
        ip_days: Some(10),
    };
    let now = ctx.clock.now().as_micros();
    let mut tx = ctx.write().await.unwrap();
    execute(&mut tx, &format!("update hit set at = {now}")).await;
    tx.commit().await.unwrap();
    set(&ctx, account(), &actor(), wanted).await.unwrap();
    assert_eq!(get(&ctx, account()).await.unwrap(), wanted);
    assert_eq!(get(&ctx, stranger()).await.unwrap(), Settings::default());
    let count = async |sql: &'static str| {
        let mut tx = ctx.read().await.unwrap();
        let row = tx.query(sql).fetch_one().await.unwrap();
        row.at::<i64>(0).unwrap()
    };
    let addresses = "select count(*) from hit where ip is not null";
    assert_eq!(sweep(&ctx).await.unwrap(), 0);
    assert_eq!(count(addresses).await, 2);
    db.clock().advance(Duration::from_hours(24 * 11));
    assert_eq!(sweep(&ctx).await.unwrap(), 2);
    assert_eq!(
        (
            count(addresses).await,
            count("select count(*) from hit").await
        ),
        (0, 2)
    );
    assert_eq!(sweep(&ctx).await.unwrap(), 0);
    db.clock().advance(Duration::from_hours(24 * 50));
    sweep(&ctx).await.unwrap();
    assert_eq!(count("select count(*) from hit").await, 0);
    let kinds = fixtures::kinds(&ctx, id).await;
    assert_eq!(kinds, ["consent.given"], "evidence stays");
    let person = subscribers::get(&ctx, account(), id).await.unwrap();
    assert_eq!(person.subscriber.consent.unwrap().ip.as_deref(), Some(IP));
    assert!(
        labels::get(&ctx, account(), person.groups[0])
            .await
            .unwrap()
            .members
            > 0
    );
}

#[test]
fn events_keep_numbers_and_words_of_ours() {
    for (body, wanted) in [
        (json!({"message_id": "1", "link": 2}), None),
        (
            json!({"message_id": "1", "text": "x"}),
            Some(json!({"message_id": "1"})),
        ),
        (
            json!({"from": "active", "to": "unsubscribed", "actor": "user:7", "reason": "manual"}),
            Some(json!({"from": "active", "to": "unsubscribed", "actor": "user:7"})),
        ),
        (json!({"source": "ada@example.com"}), Some(json!({}))),
        (
            json!({"source": "192.0.2.1", "class": "2001:db8::1"}),
            Some(json!({})),
        ),
        (
            json!({"method": "her name", "changed": ["first_name"]}),
            Some(json!({"changed": ["first_name"]})),
        ),
        (json!({"group_ids": [{"x": 1}]}), Some(json!({}))),
        (json!({}), None),
    ] {
        assert_eq!(model::anonymous(&body, None), wanted, "{body}");
    }
}
