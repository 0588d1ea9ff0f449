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

const PARTS: [Part; 7] = [
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
