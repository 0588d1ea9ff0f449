//! The table `idempotency`.

use db::{CommitMark, Json, Result, Tx, in_list};
use kernel::{AccountId, Timestamp, ToValue as _};

/// The identity of a key: a hash of caller, method, path and key.
pub(super) type KeyHash = [u8; 32];

/// What is kept of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Name and value.
    pub(super) headers: Vec<(String, String)>,
    /// Sealed.
    pub(super) body: Vec<u8>,
}

/// A key as it is stored.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) request_hash: Vec<u8>,
    pub(super) running: bool,
    pub(super) took_effect: bool,
    pub(super) node_epoch: i64,
    /// Whether the node that runs it still lives.
    pub(super) node_alive: bool,
    /// Absent while it runs, and when it could not be kept.
    pub(super) answer: Option<Answer>,
}

/// Takes the key, unless it is known.
pub(super) async fn insert(
    tx: &mut Tx,
    account: Option<AccountId>,
    key: &KeyHash,
    request: &[u8; 32],
    epoch: i64,
    now: Timestamp,
) -> Result<bool> {
    let affected = tx
        .query(
            "insert into idempotency
             (account_id, key_hash, request_hash, state, took_effect, node_epoch, created_at)
             values ($1, $2, $3, 'running', 0, $4, $5)
             on conflict (key_hash) do nothing",
        )
        .bind(account)
        .bind(&key[..])
        .bind(&request[..])
        .bind(epoch)
        .bind(now)
        .execute()
        .await?;
    Ok(affected == 1)
}

pub(super) async fn find(tx: &mut Tx, key: &KeyHash, now: Timestamp) -> Result<Option<Known>> {
    let row = tx
        .query(
            "select i.request_hash, i.state, i.took_effect, i.node_epoch, i.status, i.headers, i.body,
                    case when n.alive_until > $2 and n.stopped_at is null then 1 else 0 end as node_alive
             from idempotency i
             left join node n on n.epoch = i.node_epoch
             where i.key_hash = $1",
        )
        .bind(&key[..])
        .bind(now)
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let answer = match row.get::<Option<i64>>("status")? {
        None => None,
        Some(status) => Some(Answer {
            status: u16::try_from(status).unwrap_or(500),
            headers: row
                .get::<Option<Json<Vec<(String, String)>>>>("headers")?
                .map(|Json(headers)| headers)
                .unwrap_or_default(),
            body: row.get::<Option<Vec<u8>>>("body")?.unwrap_or_default(),
        }),
    };
    Ok(Some(Known {
        request_hash: row.get("request_hash")?,
        running: row.get::<String>("state")? == "running",
        took_effect: row.get("took_effect")?,
        node_epoch: row.get("node_epoch")?,
        node_alive: row.get("node_alive")?,
        answer,
    }))
}

/// Takes over a key whose request died without an effect.
pub(super) async fn take_over(tx: &mut Tx, key: &KeyHash, from: i64, epoch: i64) -> Result<bool> {
    let affected = tx
        .query(
            "update idempotency set node_epoch = $3
             where key_hash = $1 and node_epoch = $2 and state = 'running' and took_effect = 0",
        )
        .bind(&key[..])
        .bind(from)
        .bind(epoch)
        .execute()
        .await?;
    Ok(affected == 1)
}

/// What every commit of the running request begins with.
pub(super) fn mark(key: &KeyHash, epoch: i64) -> CommitMark {
    CommitMark::new(
        "update idempotency set took_effect = 1
         where key_hash = $1 and node_epoch = $2 and state = 'running'",
        vec![key[..].to_value(), epoch.to_value()],
    )
}

/// Keeps the answer; `None` when there is an effect but no answer to keep.
pub(super) async fn finish(
    tx: &mut Tx,
    key: &KeyHash,
    epoch: i64,
    answer: Option<&Answer>,
) -> Result<()> {
    tx.query(
        "update idempotency set state = 'done', status = $3, headers = $4, body = $5
         where key_hash = $1 and node_epoch = $2 and state = 'running'",
    )
    .bind(&key[..])
    .bind(epoch)
    .bind(answer.map(|answer| i64::from(answer.status)))
    .bind(answer.map(|answer| Json(&answer.headers)))
    .bind(answer.map(|answer| &answer.body[..]))
    .execute()
    .await?;
    Ok(())
}

/// Keys of an account behind `after`, with their sealed answers.
pub(super) async fn answers(
    tx: &mut Tx,
    account: AccountId,
    after: &[u8],
    limit: i64,
) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    tx.query(
        "select key_hash, body from idempotency
         where account_id = $1 and key_hash > $2 and body is not null order by key_hash limit $3",
    )
    .bind(account)
    .bind(after)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("key_hash")?, row.get("body")?)))
    .collect()
}

pub(super) async fn delete_keys(tx: &mut Tx, account: AccountId, keys: &[Vec<u8>]) -> Result<u64> {
    tx.query(format!(
        "delete from idempotency where account_id = $1 and key_hash in {}",
        in_list(2, keys.len())
    ))
    .bind(account)
    .bind_list(keys.iter().cloned())
    .execute()
    .await
}

/// Forgets a key whose request changed nothing; `false` when it did change something.
pub(super) async fn forget(tx: &mut Tx, key: &KeyHash, epoch: i64) -> Result<bool> {
    let affected = tx
        .query(
            "delete from idempotency where key_hash = $1 and node_epoch = $2 and took_effect = 0",
        )
        .bind(&key[..])
        .bind(epoch)
        .execute()
        .await?;
    Ok(affected == 1)
}

pub(super) async fn delete_before(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64> {
    tx.query(
        "delete from idempotency where key_hash in
         (select key_hash from idempotency where created_at < $1 order by created_at limit $2)",
    )
    .bind(before)
    .bind(limit)
    .execute()
    .await
}
