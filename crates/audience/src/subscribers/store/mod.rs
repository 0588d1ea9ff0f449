//! The table `subscriber`.

mod list;
mod merge;
mod write;

use std::collections::HashMap;

use db::{Each, Engine, Json, Result, Row, Tx, look_up};
use kernel::AccountId;

use super::model::{Consent, Source, Status, Subscriber};
use crate::SubscriberId;

pub(super) use list::{
    After, Among, Filter, id_below, page_among, page_by_activity, page_by_email, page_newest,
};
pub(super) use merge::{insert_merge, merged_into, set_origin};
pub(crate) use write::touch_activity;
pub(super) use write::{count_active, delete, insert_new, overwrite};

const COLUMNS: &str = "s.id, s.email, s.first_name, s.last_name, s.phone, s.status, s.status_reason, \
    s.status_changed_at, s.source, s.score, s.owner_id, s.time_zone, s.language, s.consent_at, s.consent_ip, \
    s.consent_source, s.consent_text, s.confirmed_at, s.confirmed_ip, s.created_at, s.updated_at, \
    s.last_activity_at, s.import_id";

/// How people are read who are about to be changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// As they are.
    Reading,
    /// Locked until the end of the transaction, so that what is decided on them stays true.
    Writing,
}

impl For {
    /// Differs because PostgreSQL has many writers: rows are locked in the order of their ids, so that two batches
    /// cannot wait for each other. SQLite's one writer needs no lock.
    fn clause(self, engine: Engine) -> &'static str {
        match (self, engine) {
            (Self::Writing, Engine::Postgres) => " order by s.id for update",
            _ => "",
        }
    }
}

pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: SubscriberId,
    purpose: For,
) -> Result<Option<Subscriber>> {
    let clause = purpose.clause(tx.engine());
    tx.query(format!(
        "select {COLUMNS} from subscriber s where s.account_id = $1 and s.id = $2{clause}"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

/// Those of `ids` that exist, in no order.
pub(super) async fn find_many(
    tx: &mut Tx,
    account: AccountId,
    ids: &[SubscriberId],
    purpose: For,
) -> Result<Vec<Subscriber>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // Locked in their order.
    let mut ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    ids.sort_unstable();
    ids.dedup();
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        COLUMNS,
        "subscriber s",
        "s.account_id = $1 and s.id = each.value",
        purpose == For::Writing,
    );
    tx.query(sql)
        .bind(account)
        .bind(Json(ids))
        .fetch_all()
        .await?
        .iter()
        .map(read)
        .collect()
}

/// People by the folded form of their address. No address twice.
pub(super) async fn find_by_emails(
    tx: &mut Tx,
    account: AccountId,
    folded: &[&str],
) -> Result<HashMap<String, Subscriber>> {
    if folded.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = look_up(
        tx.engine(),
        (Each::Text, "$2"),
        &format!("{COLUMNS}, s.email_folded"),
        "subscriber s",
        "s.account_id = $1 and s.email_folded = each.value",
        false,
    );
    let rows = tx
        .query(sql)
        .bind(account)
        .bind(Json(folded))
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((row.at(23)?, read(row)?)))
        .collect()
}

/// From a row of [`COLUMNS`], by position: batches read thousands.
fn read(row: &Row) -> Result<Subscriber> {
    let id: SubscriberId = row.at(0)?;
    let corrupt = |column, text: &str| db::Error::Corrupt {
        table: "subscriber",
        column,
        id: id.get(),
        source: anyhow::anyhow!("unknown: {text:?}"),
    };
    let status: String = row.at(5)?;
    let source: String = row.at(8)?;
    let consent = match row.at(13)? {
        None => None,
        Some(at) => Some(Consent {
            at,
            ip: row.at(14)?,
            source: row.at(15)?,
            text: row.at(16)?,
        }),
    };
    Ok(Subscriber {
        id,
        email: row.at(1)?,
        first_name: row.at(2)?,
        last_name: row.at(3)?,
        phone: row.at(4)?,
        status: Status::from_name(&status).ok_or_else(|| corrupt("status", &status))?,
        status_reason: row.at(6)?,
        status_changed_at: row.at(7)?,
        source: Source::ALL
            .into_iter()
            .find(|it| it.as_str() == source)
            .ok_or_else(|| corrupt("source", &source))?,
        score: row.at(9)?,
        owner: row.at(10)?,
        time_zone: row.at(11)?,
        language: row.at(12)?,
        consent,
        confirmed_at: row.at(17)?,
        confirmed_ip: row.at(18)?,
        created_at: row.at(19)?,
        updated_at: row.at(20)?,
        last_activity_at: row.at(21)?,
        import: row.at(22)?,
    })
}
