//! The tables `privacy_settings` and `erasure`, and what other tables hold of a person.
//!
//! | tables | what of a person is in them | an erasure |
//! |---|---|---|
//! | `subscriber`, `group_member`, `tagging` | the person | deletes |
//! | `event` | what happened, under the number of nobody | blanks all but numbers and words of ours |
//! | `message` | address, what a relay said | blanks |
//! | `hit` | IP address, program | blanks |
//! | `unsubscribe_reason` | what they wrote | blanks |
//! | `sandbox_message` | mails to them | deletes |
//! | `booking`, `booking_trail`, `booking_waiting` | who booked what, their answers | blanks; deletes who waits |
//! | `suppression` | the address | keeps a keyed hash |
//! | `audit_log`, `import`, `import_error`, `bulk_action`, `job`, `campaign` | texts that may name them | blanks those texts |
//! | `idempotency` | answers that may name them, sealed | deletes those answers |
//! | `segment` | rules that may name them | tells |
//!
//! All others hold nothing of the people who get mail: settings, users and sessions of those who work here, sums.

mod export;
mod texts;

use ctx::Ctx;
use db::{Json, Result, Tx, ensure_affected};
use kernel::{AccountId, Timestamp};
use serde_json::Value;

use super::model::Settings;
use crate::SubscriberId;

pub(super) use export::export;
pub(super) use texts::{Place, blank, naming};

pub(super) async fn settings(tx: &mut Tx, account: AccountId) -> Result<Settings> {
    let row = tx
        .query("select event_days, ip_days from privacy_settings where account_id = $1")
        .bind(account)
        .fetch_optional()
        .await?;
    row.map_or(Ok(Settings::default()), |row| {
        Ok(Settings {
            event_days: row.get("event_days")?,
            ip_days: row.get("ip_days")?,
        })
    })
}

pub(super) async fn set_settings(
    tx: &mut Tx,
    account: AccountId,
    settings: Settings,
    now: Timestamp,
) -> Result<()> {
    tx.query(
        "insert into privacy_settings (account_id, event_days, ip_days, ip_swept_to, updated_at)
         values ($1, $2, $3, 0, $4) on conflict (account_id) do update
         set event_days = excluded.event_days, ip_days = excluded.ip_days, updated_at = excluded.updated_at",
    )
    .bind(account)
    .bind(settings.event_days)
    .bind(settings.ip_days)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Whose things are not kept for ever.
pub(super) async fn with_settings(tx: &mut Tx) -> Result<Vec<AccountId>> {
    tx.query(
        "select account_id from privacy_settings
         where event_days is not null or ip_days is not null order by account_id",
    )
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.at(0))
    .collect()
}

pub(super) async fn delete_events(
    tx: &mut Tx,
    account: AccountId,
    kind: &str,
    before: Timestamp,
    limit: i64,
) -> Result<u64> {
    tx.query(
        "delete from event where account_id = $1 and id in
         (select id from event where account_id = $1 and kind = $2 and at < $3 order by at limit $4)",
    )
    .bind(account)
    .bind(kind)
    .bind(before)
    .bind(limit)
    .execute()
    .await
}

pub(super) async fn delete_hits(
    tx: &mut Tx,
    account: AccountId,
    before: Timestamp,
    limit: i64,
) -> Result<u64> {
    tx.query(
        "delete from hit where account_id = $1 and id in
         (select id from hit where account_id = $1 and at < $2 order by at limit $3)",
    )
    .bind(account)
    .bind(before)
    .bind(limit)
    .execute()
    .await
}

/// Removes the IP addresses of the oldest hits that still may have one, and remembers how far it came; how many.
/// `None` when there is nothing left to look at.
pub(super) async fn forget_addresses(
    tx: &mut Tx,
    account: AccountId,
    before: Timestamp,
    limit: i64,
) -> Result<Option<u64>> {
    let row = tx
        .query(
            "select max(at) as last, count(*) as n from
             (select at from hit where account_id = $1 and at < $2 and at >=
                 (select ip_swept_to from privacy_settings where account_id = $1)
              order by at limit $3) looked",
        )
        .bind(account)
        .bind(before)
        .bind(limit)
        .fetch_one()
        .await?;
    let Some(last) = row.get::<Option<Timestamp>>("last")? else {
        return Ok(None);
    };
    let changed = tx
        .query(
            "update hit set ip = null where account_id = $1 and at <= $2 and ip is not null and at >=
             (select ip_swept_to from privacy_settings where account_id = $1)",
        )
        .bind(account)
        .bind(last)
        .execute()
        .await?;
    // All of one moment are done together, so the next look begins behind it.
    tx.query("update privacy_settings set ip_swept_to = $2 where account_id = $1")
        .bind(account)
        .bind(Timestamp::from_micros(last.as_micros() + 1))
        .execute()
        .await?;
    Ok(Some(changed))
}

pub(super) async fn insert(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    person: SubscriberId,
    by: &str,
) -> Result<()> {
    tx.query(
        "insert into erasure (account_id, id, subscriber_id, erased_by, at) values ($1, $2, $3, $4, $5)",
    )
    .bind(account)
    .bind(ctx.ids.next::<i64>())
    .bind(person)
    .bind(by)
    .bind(ctx.clock.now())
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn erased_since(
    tx: &mut Tx,
    since: Timestamp,
) -> Result<Vec<(AccountId, SubscriberId)>> {
    tx.query("select account_id, subscriber_id from erasure where at >= $1 order by at, id")
        .bind(since)
        .fetch_all()
        .await?
        .iter()
        .map(|row| Ok((row.at(0)?, row.at(1)?)))
        .collect()
}

pub(super) async fn with_erasures(tx: &mut Tx) -> Result<Vec<AccountId>> {
    tx.query("select distinct account_id from erasure order by account_id")
        .fetch_all()
        .await?
        .iter()
        .map(|row| row.at(0))
        .collect()
}

/// What hits of the last days say of people who were erased.
pub(super) async fn forget_late_hits(
    tx: &mut Tx,
    account: AccountId,
    since: Timestamp,
) -> Result<u64> {
    tx.query(
        "update hit set ip = null, user_agent = null
         where account_id = $1 and at >= $2 and (ip is not null or user_agent is not null) and exists
         (select 1 from erasure e where e.account_id = hit.account_id and e.subscriber_id = hit.subscriber_id)",
    )
    .bind(account)
    .bind(since)
    .execute()
    .await
}

/// An event of a person.
pub(super) struct Event {
    pub id: i64,
    pub at: i64,
    pub body: Value,
}

pub(super) async fn events(
    tx: &mut Tx,
    account: AccountId,
    person: SubscriberId,
    after: (i64, i64),
    limit: i64,
) -> Result<Vec<Event>> {
    tx.query(
        "select id, at, body from event
         where account_id = $1 and subscriber_id = $2 and (at, id) > ($3, $4) order by at, id limit $5",
    )
    .bind(account)
    .bind(person)
    .bind(after.0)
    .bind(after.1)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(Event {
            id: row.at(0)?,
            at: row.at(1)?,
            body: row.get::<Json<Value>>("body")?.0,
        })
    })
    .collect()
}

pub(super) async fn set_body(tx: &mut Tx, account: AccountId, id: i64, body: &Value) -> Result<()> {
    let affected = tx
        .query("update event set body = $3 where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .bind(Json(body))
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

/// Takes the person out of their messages, and of what came of those. The rows stay: they are counted.
pub(super) async fn forget_messages(
    tx: &mut Tx,
    account: AccountId,
    person: SubscriberId,
) -> Result<()> {
    const THEIRS: &str =
        "(select m.id from message m where m.account_id = $1 and m.subscriber_id = $2)";
    for sql in [
        format!(
            "update hit set ip = null, user_agent = null
             where account_id = $1 and message_id in {THEIRS} and (ip is not null or user_agent is not null)"
        ),
        format!(
            "update unsubscribe_reason set comment = null where account_id = $1 and message_id in {THEIRS}"
        ),
        format!("delete from sandbox_message where account_id = $1 and message_id in {THEIRS}"),
        format!("delete from message_attachment where account_id = $1 and message_id in {THEIRS}"),
        format!(
            "update transactional_message set recipient_name = null, headers = '[]', variables = null, tag = null
             where account_id = $1 and id in {THEIRS}"
        ),
        "update message set address = '', detail = null
         where account_id = $1 and subscriber_id = $2 and (address <> '' or detail is not null)"
            .to_owned(),
    ] {
        tx.query(sql).bind(account).bind(person).execute().await?;
    }
    Ok(())
}

/// What automations know of them. Their ways are counted, so the rows stay.
pub(super) async fn forget_runs(
    tx: &mut Tx,
    account: AccountId,
    person: SubscriberId,
) -> Result<()> {
    for sql in [
        "update automation_log set detail = null where account_id = $1 and run_id in \
         (select r.id from automation_run r where r.account_id = $1 and r.contact_id = $2)",
        "update automation_effect set error = null where account_id = $1 and run_id in \
         (select r.id from automation_run r where r.account_id = $1 and r.contact_id = $2)",
        // How a run ended is a word of ours; why it stands still may be what another program answered.
        "update automation_run set data = '{}', entry_key = '', reason = case when state = 'done' then reason end \
         where account_id = $1 and contact_id = $2",
        "delete from automation_enrolment where account_id = $1 and contact_id = $2 and automation_id in \
         (select a.id from automation a where a.account_id = $1)",
    ] {
        tx.query(sql).bind(account).bind(person).execute().await?;
    }
    Ok(())
}

/// What they booked, and wait for. Bookings are counted, so the rows stay; the time they take is nobody's business.
pub(super) async fn forget_bookings(
    tx: &mut Tx,
    account: AccountId,
    person: SubscriberId,
) -> Result<()> {
    for sql in [
        "update booking_trail set detail = null where account_id = $1 and booking_id in \
         (select b.id from booking b where b.account_id = $1 and b.subscriber_id = $2)",
        "update booking set name = '', email = '', email_folded = '', phone = null, answers = '{}', location = null, \
         reason = null where account_id = $1 and subscriber_id = $2",
        "delete from booking_waiting where account_id = $1 and subscriber_id = $2",
    ] {
        tx.query(sql).bind(account).bind(person).execute().await?;
    }
    Ok(())
}

/// The same for tests of campaigns and transactional messages, which somebody sent to the address.
pub(super) async fn forget_tests(
    tx: &mut Tx,
    account: AccountId,
    email: &str,
    folded: &str,
) -> Result<()> {
    let email = email.to_lowercase();
    tx.query(
        "delete from sandbox_message where account_id = $1 and (lower(recipient) in ($2, $3) or message_id in
         (select m.id from message m where m.account_id = $1 and m.kind in ('test', 'transactional')
          and lower(m.address) in ($2, $3)))",
    )
    .bind(account)
    .bind(&email)
    .bind(folded)
    .execute()
    .await?;
    const TO_THEM: &str = "(select m.id from message m where m.account_id = $1 and m.kind = 'transactional' \
         and lower(m.address) in ($2, $3))";
    for sql in [
        format!("delete from message_attachment where account_id = $1 and message_id in {TO_THEM}"),
        format!(
            "update transactional_message set recipient_name = null, headers = '[]', variables = null, tag = null
             where account_id = $1 and id in {TO_THEM}"
        ),
        format!(
            "update hit set ip = null, user_agent = null
             where account_id = $1 and message_id in {TO_THEM} and (ip is not null or user_agent is not null)"
        ),
    ] {
        tx.query(sql)
            .bind(account)
            .bind(&email)
            .bind(folded)
            .execute()
            .await?;
    }
    tx.query(
        "update message set address = '', detail = null
         where account_id = $1 and kind in ('test', 'transactional') and lower(address) in ($2, $3)",
    )
    .bind(account)
    .bind(&email)
    .bind(folded)
    .execute()
    .await?;
    Ok(())
}

/// What the audit log says of the person themselves.
pub(super) async fn forget_targets(
    tx: &mut Tx,
    account: AccountId,
    person: SubscriberId,
) -> Result<()> {
    let rows = tx
        .query("select id from subscriber_merge where account_id = $1 and into_id = $2")
        .bind(account)
        .bind(person)
        .fetch_all()
        .await?;
    let mut people = vec![person];
    for row in &rows {
        people.push(row.at(0)?);
    }
    for person in people {
        tx.query(
            "update audit_log set before = null, after = null
             where account_id = $1 and target_kind = 'subscriber' and target_id = $2",
        )
        .bind(account)
        .bind(person.to_string())
        .execute()
        .await?;
    }
    Ok(())
}

/// Removes what they are found by, and what imports could put back.
pub(super) async fn forget_copies(
    tx: &mut Tx,
    account: AccountId,
    person: SubscriberId,
) -> Result<()> {
    for table in ["search_words", "search_term", "import_change"] {
        tx.query(format!(
            "delete from {table} where account_id = $1 and subscriber_id = $2"
        ))
        .bind(account)
        .bind(person)
        .execute()
        .await?;
    }
    Ok(())
}

/// The bodies of the events that say which addresses they had before.
pub(super) async fn address_changes(
    tx: &mut Tx,
    account: AccountId,
    person: SubscriberId,
) -> Result<Vec<serde_json::Value>> {
    tx.query(
        "select body from event where account_id = $1 and subscriber_id = $2
         and kind in ('subscriber.email_changed', 'subscriber.merged')",
    )
    .bind(account)
    .bind(person)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok(row.at::<db::Json<serde_json::Value>>(0)?.0))
    .collect()
}
