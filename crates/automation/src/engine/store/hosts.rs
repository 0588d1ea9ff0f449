//! SQL of servers that keep failing.

use std::collections::HashMap;

use db::{Insert, Result, Tx};
use kernel::{AccountId, Timestamp};

/// What is known of a server that failed when it was last asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// How often in a row.
    pub(crate) failures: i64,
    /// How often it was left alone since.
    pub(crate) rests: i64,
    pub(crate) until: Option<Timestamp>,
    /// Of the last time.
    pub(crate) error: String,
    /// When that was.
    pub(crate) failed_at: Timestamp,
}

pub(crate) async fn host(tx: &mut Tx, account: AccountId, host: &str) -> Result<Option<Host>> {
    tx.query(
        "select failures, rests, until, error, failed_at from automation_host where account_id = $1 and host = $2",
    )
    .bind(account)
    .bind(host)
    .fetch_optional()
    .await?
    .map(|row| {
        Ok(Host {
            failures: row.get("failures")?,
            rests: row.get("rests")?,
            until: row.get("until")?,
            error: row.get("error")?,
            failed_at: row.get("failed_at")?,
        })
    })
    .transpose()
}

/// Those that are left alone at a time, by their names.
pub(crate) async fn resting_hosts(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
) -> Result<HashMap<String, Host>> {
    tx.query(
        "select host, failures, rests, until, error, failed_at from automation_host \
         where account_id = $1 and until is not null and until > $2",
    )
    .bind(account)
    .bind(now)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        let host = Host {
            failures: row.get("failures")?,
            rests: row.get("rests")?,
            until: row.get("until")?,
            error: row.get("error")?,
            failed_at: row.get("failed_at")?,
        };
        Ok((row.get("host")?, host))
    })
    .collect()
}

/// One asks it after its rest, and the others wait. Whether this is the one.
pub(crate) async fn try_host(
    tx: &mut Tx,
    account: AccountId,
    host: &str,
    until: Timestamp,
    back: Timestamp,
) -> Result<bool> {
    let taken = tx
        .query(
            "update automation_host set until = $4 where account_id = $1 and host = $2 and until = $3",
        )
        .bind(account)
        .bind(host)
        .bind(until)
        .bind(back)
        .execute()
        .await?;
    Ok(taken == 1)
}

pub(crate) async fn put_host(
    tx: &mut Tx,
    account: AccountId,
    name: &str,
    host: &Host,
) -> Result<()> {
    let mut insert = Insert::into(
        "automation_host",
        &[
            "account_id",
            "host",
            "failures",
            "rests",
            "until",
            "error",
            "failed_at",
        ],
    )
    .on_conflict(
        "on conflict (account_id, host) do update set failures = excluded.failures, rests = excluded.rests, \
            until = excluded.until, error = excluded.error, failed_at = excluded.failed_at",
    );
    insert.row(|row| {
        row.bind(account)
            .bind(name)
            .bind(host.failures)
            .bind(host.rests)
            .bind(host.until)
            .bind(&host.error)
            .bind(host.failed_at);
    });
    insert.execute(tx).await?;
    Ok(())
}

/// It answers again.
pub(crate) async fn forget_host(tx: &mut Tx, account: AccountId, host: &str) -> Result<()> {
    tx.query("delete from automation_host where account_id = $1 and host = $2")
        .bind(account)
        .bind(host)
        .execute()
        .await?;
    Ok(())
}

/// Those that nobody has asked for long; how many.
pub(crate) async fn forget_hosts(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("delete from automation_host where failed_at < $1")
        .bind(before)
        .execute()
        .await
}
