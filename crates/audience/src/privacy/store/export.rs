//! What other tables tell of a person, for an export.

use db::{Json, Result, Row, Tx};
use kernel::{AccountId, Timestamp};
use serde_json::{Value, json};

use crate::SubscriberId;

/// A part of the export: its name, the rows (of `$1` the account and `$2` the person), and how one is told.
struct Part {
    name: &'static str,
    sql: &'static str,
    read: fn(&Row) -> Result<Value>,
}

const PARTS: [Part; 11] = [
    Part {
        name: "messages",
        sql: "select m.id, m.kind, c.name as campaign, m.address, m.state, m.first_queued_at, m.sent_at, m.detail
              from message m left join campaign c on c.id = m.source_id and c.account_id = m.account_id
              where m.account_id = $1 and m.subscriber_id = $2 order by m.id",
        read: |row| {
            Ok(json!({
                "id": id(row, "id")?, "kind": text(row, "kind")?, "campaign": text(row, "campaign")?,
                "address": text(row, "address")?, "state": text(row, "state")?,
                "queued_at": time(row, "first_queued_at")?, "sent_at": time(row, "sent_at")?,
                "detail": text(row, "detail")?,
            }))
        },
    },
    Part {
        name: "hits",
        sql: "select h.at, h.kind, h.class, l.url, h.ip, h.user_agent, h.message_id from message m
              join hit h on h.account_id = m.account_id and h.message_id = m.id
              left join link l on l.account_id = m.account_id and l.revision_id = m.revision_id
                  and l.number = h.link_number
              where m.account_id = $1 and m.subscriber_id = $2 order by h.at, h.id",
        read: |row| {
            Ok(json!({
                "at": time(row, "at")?, "kind": text(row, "kind")?, "by": text(row, "class")?,
                "link": text(row, "url")?, "ip": text(row, "ip")?, "program": text(row, "user_agent")?,
                "message_id": id(row, "message_id")?,
            }))
        },
    },
    Part {
        name: "unsubscribe_reasons",
        sql: "select u.at, u.reason, u.comment, u.message_id from message m
              join unsubscribe_reason u on u.account_id = m.account_id and u.message_id = m.id
              where m.account_id = $1 and m.subscriber_id = $2 order by u.at",
        read: |row| {
            Ok(json!({
                "at": time(row, "at")?, "reason": text(row, "reason")?, "comment": text(row, "comment")?,
                "message_id": id(row, "message_id")?,
            }))
        },
    },
    Part {
        name: "sandbox_messages",
        sql: "select s.id, s.recipient, s.subject, s.received_at from message m
              join sandbox_message s on s.account_id = m.account_id and s.message_id = m.id
              where m.account_id = $1 and m.subscriber_id = $2 order by s.id",
        read: |row| {
            Ok(json!({
                "id": id(row, "id")?, "recipient": text(row, "recipient")?,
                "subject": text(row, "subject")?, "received_at": time(row, "received_at")?,
            }))
        },
    },
    Part {
        name: "events",
        sql: "select id, at, kind, subject_id, body from event
              where account_id = $1 and subscriber_id = $2 order by at, id",
        read: |row| {
            let subject: Option<i64> = row.get("subject_id")?;
            Ok(json!({
                "at": time(row, "at")?, "kind": text(row, "kind")?,
                "subject_id": subject.map(|id| id.to_string()),
                "body": row.get::<Json<Value>>("body")?.0,
            }))
        },
    },
    Part {
        name: "automations",
        sql: "select r.id, a.name as automation, r.entry_key, r.state, r.reason, r.step, r.began_at, r.step_at, r.ended_at,
                r.data from automation_run r left join automation a on a.id = r.automation_id and a.account_id = r.account_id
              where r.account_id = $1 and r.contact_id = $2 order by r.id",
        read: |row| {
            let data = row.get::<Json<Value>>("data")?.0;
            Ok(json!({
                "id": id(row, "id")?, "automation": text(row, "automation")?, "key": text(row, "entry_key")?,
                "state": text(row, "state")?, "reason": text(row, "reason")?, "step": text(row, "step")?,
                "entered_at": time(row, "began_at")?, "step_at": time(row, "step_at")?,
                "ended_at": time(row, "ended_at")?, "known": data,
            }))
        },
    },
    Part {
        name: "automation_steps",
        // A run is read by the key of its log, so this costs as much as there is to tell.
        sql: "select l.at, a.name as automation, l.step, l.what, l.detail, l.run_id from automation_run r
              join automation_log l on l.account_id = r.account_id and l.run_id = r.id
              left join automation a on a.id = r.automation_id and a.account_id = r.account_id
              where r.account_id = $1 and r.contact_id = $2 order by r.id, l.id",
        read: |row| {
            Ok(json!({
                "at": time(row, "at")?, "automation": text(row, "automation")?, "step": text(row, "step")?,
                "what": text(row, "what")?, "detail": text(row, "detail")?, "run_id": id(row, "run_id")?,
            }))
        },
    },
    Part {
        name: "bookings",
        sql: "select b.id, e.title, b.status, b.start_at, b.end_at, b.name, b.email, b.phone, b.time_zone, b.language,
                b.answers, b.location, b.reason, b.source, b.created_at
              from booking b left join event_type e on e.id = b.event_type_id and e.account_id = b.account_id
              where b.account_id = $1 and b.subscriber_id = $2 order by b.id",
        read: |row| {
            let location = row.get::<Option<Json<Value>>>("location")?.map(|it| it.0);
            Ok(json!({
                "id": id(row, "id")?, "event_type": text(row, "title")?, "status": text(row, "status")?,
                "start": time(row, "start_at")?, "end": time(row, "end_at")?, "name": text(row, "name")?,
                "email": text(row, "email")?, "phone": text(row, "phone")?, "time_zone": text(row, "time_zone")?,
                "language": text(row, "language")?, "answers": row.get::<Json<Value>>("answers")?.0,
                "location": location, "reason": text(row, "reason")?, "source": text(row, "source")?,
                "created_at": time(row, "created_at")?,
            }))
        },
    },
    Part {
        name: "waiting",
        sql: "select w.id, e.title, w.name, w.email, w.told_at, w.created_at
              from booking_waiting w left join event_type e on e.id = w.event_type_id and e.account_id = w.account_id
              where w.account_id = $1 and w.subscriber_id = $2 order by w.id",
        read: |row| {
            Ok(json!({
                "id": id(row, "id")?, "event_type": text(row, "title")?, "name": text(row, "name")?,
                "email": text(row, "email")?, "told_at": time(row, "told_at")?, "created_at": time(row, "created_at")?,
            }))
        },
    },
    Part {
        name: "changes",
        sql: "select at, actor, action, before, after from audit_log
              where account_id = $1 and target_kind = 'subscriber' and target_id = cast($2 as text) order by id",
        read: |row| {
            let json = |column| Ok::<_, db::Error>(row.get::<Option<Json<Value>>>(column)?.map(|it| it.0));
            Ok(json!({
                "at": time(row, "at")?, "actor": text(row, "actor")?, "action": text(row, "action")?,
                "before": json("before")?, "after": json("after")?,
            }))
        },
    },
    Part {
        name: "imports",
        sql: "select i.id, i.file_name, i.created_by, i.created_at from subscriber s
              join import i on i.id = s.import_id and i.account_id = s.account_id
              where s.account_id = $1 and s.id = $2",
        read: |row| {
            Ok(json!({
                "id": id(row, "id")?, "file_name": text(row, "file_name")?,
                "by": text(row, "created_by")?, "at": time(row, "created_at")?,
            }))
        },
    },
];

/// The parts with their rows.
pub(in crate::privacy) async fn export(
    tx: &mut Tx,
    account: AccountId,
    person: SubscriberId,
) -> Result<Vec<(&'static str, Vec<Value>)>> {
    let mut parts = Vec::new();
    for part in &PARTS {
        let rows = tx
            .query(part.sql)
            .bind(account)
            .bind(person)
            .fetch_all()
            .await?;
        parts.push((
            part.name,
            rows.iter().map(part.read).collect::<Result<_>>()?,
        ));
    }
    Ok(parts)
}

fn text(row: &Row, column: &str) -> Result<Option<String>> {
    row.get(column)
}

fn time(row: &Row, column: &str) -> Result<Option<Timestamp>> {
    row.get(column)
}

fn id(row: &Row, column: &str) -> Result<String> {
    Ok(row.get::<i64>(column)?.to_string())
}
