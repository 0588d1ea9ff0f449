//! The table `suppression`.

use std::fmt::Write as _;

use ctx::Ctx;
use data_encoding::HEXLOWER;
use db::{Each, Engine, Insert, Json, Result, Row, Tx, ensure_affected, in_list, look_up};
use kernel::{AccountId, Limit, Timestamp};

use super::model::{AddressHash, Kind, Scope, Suppression, hash};
use crate::{SubscriberId, SuppressionId};

const COLUMNS: &str = "id, account_id, kind, address, reason, via_id, created_at";

/// Which kinds of entries cover anybody of an account at all, most often: few or none.
pub(super) async fn kinds(tx: &mut Tx, account: AccountId) -> Result<Vec<Kind>> {
    let mut sql = String::from("select ");
    for (i, kind) in Kind::ALL.into_iter().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let kind = kind.as_str();
        // Each ends at the first row that it finds.
        let _ = write!(
            sql,
            "{comma}(select kind from suppression where account_id = $1 and kind = '{kind}' limit 1),
             (select kind from suppression where account_id = 0 and kind = '{kind}' limit 1)"
        );
    }
    let row = tx.query(sql).bind(account).fetch_one().await?;
    let mut kinds = Vec::new();
    for (i, kind) in Kind::ALL.into_iter().enumerate() {
        let own: Option<String> = row.at(2 * i)?;
        let shared: Option<String> = row.at(2 * i + 1)?;
        if own.or(shared).is_some() {
            kinds.push(kind);
        }
    }
    Ok(kinds)
}

/// An entry that was looked for.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub hash: Vec<u8>,
    pub id: SuppressionId,
    pub kind: Kind,
    pub scope: Scope,
    pub reason: String,
}

/// Those of the hashes that are on the list of the account or of the instance.
pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    hashes: &[AddressHash],
) -> Result<Vec<Found>> {
    // Differs because each engine has its own name for it: a JSON list has no bytes, so they go as text.
    let bytes = match tx.engine() {
        Engine::Sqlite => "unhex(each.value)",
        Engine::Postgres => "decode(each.value, 'hex')",
    };
    let sql = look_up(
        tx.engine(),
        (Each::Text, "$2"),
        "s.address_hash, s.id, s.kind, s.account_id, s.reason",
        "suppression s",
        &format!("s.account_id in ($1, 0) and s.address_hash = {bytes}"),
        false,
    );
    let hashes: Vec<String> = hashes.iter().map(|hash| HEXLOWER.encode(hash)).collect();
    tx.query(sql)
        .bind(account)
        .bind(Json(hashes))
        .fetch_all()
        .await?
        .iter()
        .map(|row| {
            let id: SuppressionId = row.at(1)?;
            Ok(Found {
                hash: row.at(0)?,
                id,
                kind: kind(id, &row.at::<String>(2)?)?,
                scope: scope(row.at(3)?),
                reason: row.at(4)?,
            })
        })
        .collect()
}

/// What an insert writes of an entry.
pub(super) struct NewRow<'a> {
    pub id: SuppressionId,
    pub hash: AddressHash,
    pub kind: Kind,
    pub value: Option<&'a str>,
    pub reason: &'a str,
    pub via: Option<SuppressionId>,
}

/// Adds what is not there yet; how many.
pub(super) async fn insert(
    tx: &mut Tx,
    account: AccountId,
    entries: impl Iterator<Item = NewRow<'_>>,
    now: Timestamp,
) -> Result<u64> {
    let mut insert = Insert::into(
        "suppression",
        &[
            "account_id",
            "id",
            "address_hash",
            "kind",
            "address",
            "reason",
            "via_id",
            "created_at",
        ],
    )
    .on_conflict("on conflict (account_id, address_hash) do nothing");
    for entry in entries {
        insert.row(|row| {
            row.bind(account)
                .bind(entry.id)
                .bind(entry.hash.as_slice())
                .bind(entry.kind.as_str())
                .bind(entry.value)
                .bind(entry.reason)
                .bind(entry.via)
                .bind(now);
        });
    }
    insert.execute(tx).await
}

/// Addresses that are listed because of another entry: address, reason, that entry.
pub(super) async fn insert_via(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    entries: &[(&str, &str, SuppressionId)],
) -> Result<u64> {
    let rows = entries.iter().map(|(address, reason, via)| NewRow {
        id: ctx.ids.next(),
        hash: hash(ctx, &kernel::fold(address)),
        kind: Kind::Address,
        value: Some(address),
        reason,
        via: Some(*via),
    });
    insert(tx, account, rows, ctx.clock.now()).await
}

/// Entries that were there because of another are there on their own account from now on.
pub(super) async fn make_own(
    tx: &mut Tx,
    account: AccountId,
    hashes: &[AddressHash],
) -> Result<()> {
    tx.query(format!(
        "update suppression set via_id = null where account_id = $1 and via_id is not null and address_hash in {}",
        in_list(2, hashes.len())
    ))
    .bind(account)
    .bind_list(hashes.iter().map(|hash| hash.to_vec()))
    .execute()
    .await?;
    Ok(())
}

/// The newest first, `limit` and one more; only those with an id below `before`.
pub(super) async fn page(
    tx: &mut Tx,
    account: AccountId,
    before: i64,
    limit: i64,
    kind: Option<Kind>,
) -> Result<Vec<Suppression>> {
    let and_kind = if kind.is_some() { "and kind = $4" } else { "" };
    let query = tx
        .query(format!(
            "select {COLUMNS} from suppression where account_id = $1 and id < $2 {and_kind} order by id desc limit $3"
        ))
        .bind(account)
        .bind(before)
        .bind(limit);
    match kind {
        Some(kind) => query.bind(kind.as_str()),
        None => query,
    }
    .fetch_all()
    .await?
    .iter()
    .map(read)
    .collect()
}

/// For an export: with the hash, and without those that follow from others.
pub(super) async fn page_with_hash(
    tx: &mut Tx,
    account: AccountId,
    before: i64,
    limit: Limit,
) -> Result<Vec<(Suppression, Vec<u8>)>> {
    tx.query(format!(
        "select {COLUMNS}, address_hash from suppression
         where account_id = $1 and id < $2 and via_id is null order by id desc limit $3"
    ))
    .bind(account)
    .bind(before)
    .bind(limit.plus_one() - 1)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((read(row)?, row.get("address_hash")?)))
    .collect()
}

pub(super) async fn find_many(
    tx: &mut Tx,
    account: AccountId,
    ids: &[SuppressionId],
) -> Result<Vec<Suppression>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(format!(
        "select {COLUMNS} from suppression where account_id in ($1, 0) and id in {} order by account_id desc, id",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(read)
    .collect()
}

/// Removes an entry; what it was.
pub(super) async fn delete(
    tx: &mut Tx,
    account: AccountId,
    id: SuppressionId,
) -> Result<Option<Suppression>> {
    tx.query(format!(
        "delete from suppression where account_id = $1 and id = $2 returning {COLUMNS}"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

pub(super) async fn delete_many(
    tx: &mut Tx,
    account: AccountId,
    ids: &[SuppressionId],
) -> Result<()> {
    tx.query(format!(
        "delete from suppression where account_id = $1 and id in {}",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .execute()
    .await?;
    Ok(())
}

/// One account in which somebody is listed because of this entry.
pub(super) async fn account_via(tx: &mut Tx, via: SuppressionId) -> Result<Option<AccountId>> {
    tx.query("select account_id from suppression where via_id = $1 order by id limit 1")
        .bind(via)
        .fetch_optional()
        .await?
        .map(|row| row.at(0))
        .transpose()
}

/// Who is listed because of an entry.
pub(super) async fn via(
    tx: &mut Tx,
    account: AccountId,
    via: SuppressionId,
    limit: i64,
) -> Result<Vec<(SuppressionId, String)>> {
    tx.query(
        "select id, coalesce(address, '') from suppression
         where account_id = $1 and via_id = $2 order by id limit $3",
    )
    .bind(account)
    .bind(via)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.at(0)?, row.at(1)?)))
    .collect()
}

pub(super) async fn set_via(
    tx: &mut Tx,
    account: AccountId,
    id: SuppressionId,
    via: SuppressionId,
) -> Result<()> {
    let affected = tx
        .query("update suppression set via_id = $3 where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .bind(via)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

/// Forgets the value and the reason of entries, and keeps their hash.
pub(super) async fn erase(tx: &mut Tx, account: AccountId, hash: AddressHash) -> Result<()> {
    tx.query(
        "update suppression set address = null, reason = 'erased', via_id = null
         where account_id in ($1, 0) and address_hash = $2",
    )
    .bind(account)
    .bind(hash.as_slice())
    .execute()
    .await?;
    Ok(())
}

/// Removes the entries with these hashes.
pub(super) async fn delete_hashes(
    tx: &mut Tx,
    account: AccountId,
    hashes: &[AddressHash],
) -> Result<()> {
    tx.query(format!(
        "delete from suppression where account_id = $1 and address_hash in {}",
        in_list(2, hashes.len())
    ))
    .bind(account)
    .bind_list(hashes.iter().map(|hash| hash.to_vec()))
    .execute()
    .await?;
    Ok(())
}

/// Every account there is.
pub(super) async fn accounts(tx: &mut Tx) -> Result<Vec<AccountId>> {
    tx.query("select id from account order by id")
        .fetch_all()
        .await?
        .iter()
        .map(|row| row.at(0))
        .collect()
}

/// People in the order of their ids: id, folded address, status.
pub(super) async fn people(
    tx: &mut Tx,
    account: AccountId,
    after: SubscriberId,
    limit: i64,
) -> Result<Vec<(SubscriberId, String, String)>> {
    tx.query(
        "select id, email_folded, status from subscriber where account_id = $1 and id > $2 order by id limit $3",
    )
    .bind(account)
    .bind(after)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.at(0)?, row.at(1)?, row.at(2)?)))
    .collect()
}

/// The addresses of people.
pub(super) async fn people_of(
    tx: &mut Tx,
    account: AccountId,
    ids: &[SubscriberId],
) -> Result<Vec<(SubscriberId, String)>> {
    tx.query(format!(
        "select id, email from subscriber where account_id = $1 and id in {} order by id",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.at(0)?, row.at(1)?)))
    .collect()
}

fn scope(account: AccountId) -> Scope {
    if account.get() == 0 {
        Scope::Instance
    } else {
        Scope::Account(account)
    }
}

fn kind(id: SuppressionId, text: &str) -> Result<Kind> {
    Kind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or_else(|| db::Error::Corrupt {
            table: "suppression",
            column: "kind",
            id: id.get(),
            source: anyhow::anyhow!("unknown: {text:?}"),
        })
}

fn read(row: &Row) -> Result<Suppression> {
    let id: SuppressionId = row.get("id")?;
    Ok(Suppression {
        id,
        scope: match scope(row.get("account_id")?) {
            Scope::Account(_) => "account",
            Scope::Instance => "instance",
        },
        kind: kind(id, &row.get::<String>("kind")?)?,
        value: row.get("address")?,
        reason: row.get("reason")?,
        via: row.get("via_id")?,
        created_at: row.get("created_at")?,
    })
}
