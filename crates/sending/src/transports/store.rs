//! SQL of transports.

use db::{Json, Result, Row, Tx};
use kernel::AccountId;

use super::model::{SmtpSettings, Transport, TransportId, TransportKind};

const COLUMNS: &str = "account_id, id, name, kind, config, secret, max_per_second, max_connections, \
     is_default, failover_order, created_at, updated_at";

fn from_row(row: &Row) -> Result<Transport> {
    let kind = match row.get::<String>("kind")?.as_str() {
        "smtp" => TransportKind::Smtp,
        _ => TransportKind::Sandbox,
    };
    Ok(Transport {
        account: row.get("account_id")?,
        id: row.get("id")?,
        name: row.get("name")?,
        kind,
        smtp: row.get::<Json<Option<SmtpSettings>>>("config")?.0,
        secret: row.get("secret")?,
        max_per_second: row.get("max_per_second")?,
        max_connections: row.get("max_connections")?,
        is_default: row.get("is_default")?,
        failover_order: row.get("failover_order")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(crate) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: TransportId,
) -> Result<Option<Transport>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from transport where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// The one that campaigns use when they name none.
pub(crate) async fn find_default(tx: &mut Tx, account: AccountId) -> Result<Option<Transport>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from transport where account_id = $1 and is_default = 1 order by id limit 1"
        ))
        .bind(account)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Those that stand in for others, in their order.
pub(crate) async fn standing_in(tx: &mut Tx, account: AccountId) -> Result<Vec<Transport>> {
    tx.query(format!(
        "select {COLUMNS} from transport where account_id = $1 and failover_order is not null \
         order by failover_order, id limit 100"
    ))
    .bind(account)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// All of an account: few.
pub(super) async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<Transport>> {
    tx.query(format!(
        "select {COLUMNS} from transport where account_id = $1 order by id limit 1000"
    ))
    .bind(account)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

pub(super) async fn insert(tx: &mut Tx, transport: &Transport) -> Result<()> {
    tx.query(format!(
        "insert into transport ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    ))
    .bind(transport.account)
    .bind(transport.id)
    .bind(&transport.name)
    .bind(kind_text(transport.kind))
    .bind(Json(&transport.smtp))
    .bind(transport.secret.clone())
    .bind(transport.max_per_second)
    .bind(transport.max_connections)
    .bind(transport.is_default)
    .bind(transport.failover_order)
    .bind(transport.created_at)
    .bind(transport.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, transport: &Transport) -> Result<()> {
    let affected = tx
        .query(
            "update transport set name = $3, config = $4, secret = $5, max_per_second = $6, \
             max_connections = $7, is_default = $8, failover_order = $9, updated_at = $10 where account_id = $1 and id = $2",
        )
        .bind(transport.account)
        .bind(transport.id)
        .bind(&transport.name)
        .bind(Json(&transport.smtp))
        .bind(transport.secret.clone())
        .bind(transport.max_per_second)
        .bind(transport.max_connections)
        .bind(transport.is_default)
        .bind(transport.failover_order)
        .bind(transport.updated_at)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

pub(super) async fn clear_default(tx: &mut Tx, account: AccountId) -> Result<()> {
    tx.query("update transport set is_default = 0 where account_id = $1 and is_default = 1")
        .bind(account)
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: TransportId) -> Result<bool> {
    let affected = tx
        .query("delete from transport where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(affected == 1)
}

/// A campaign that still needs the transport, by name.
pub(super) async fn used_by(
    tx: &mut Tx,
    account: AccountId,
    id: TransportId,
) -> Result<Option<String>> {
    let row = tx
        .query(
            "select name from campaign where account_id = $1 and transport_id = $2 \
             and state in ('scheduled', 'sending', 'paused') order by id limit 1",
        )
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.map(|row| row.get("name")).transpose()
}

fn kind_text(kind: TransportKind) -> &'static str {
    match kind {
        TransportKind::Sandbox => "sandbox",
        TransportKind::Smtp => "smtp",
    }
}
