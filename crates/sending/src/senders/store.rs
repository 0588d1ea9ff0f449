//! SQL of senders.

use db::{Result, Row, Tx};
use kernel::AccountId;

use super::model::{Sender, SenderId};

const COLUMNS: &str = "account_id, id, name, email, reply_to, created_at, updated_at";

fn from_row(row: &Row) -> Result<Sender> {
    Ok(Sender {
        account: row.get("account_id")?,
        id: row.get("id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        reply_to: row.get("reply_to")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(crate) async fn find(tx: &mut Tx, account: AccountId, id: SenderId) -> Result<Option<Sender>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from sender where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// All of an account: few.
pub(super) async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<Sender>> {
    tx.query(format!(
        "select {COLUMNS} from sender where account_id = $1 order by id limit 1000"
    ))
    .bind(account)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

pub(super) async fn insert(tx: &mut Tx, sender: &Sender) -> Result<()> {
    tx.query(format!(
        "insert into sender ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7)"
    ))
    .bind(sender.account)
    .bind(sender.id)
    .bind(&sender.name)
    .bind(&sender.email)
    .bind(sender.reply_to.as_ref())
    .bind(sender.created_at)
    .bind(sender.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, sender: &Sender) -> Result<()> {
    let affected = tx
        .query(
            "update sender set name = $3, email = $4, reply_to = $5, updated_at = $6 \
             where account_id = $1 and id = $2",
        )
        .bind(sender.account)
        .bind(sender.id)
        .bind(&sender.name)
        .bind(&sender.email)
        .bind(sender.reply_to.as_ref())
        .bind(sender.updated_at)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: SenderId) -> Result<()> {
    tx.query("delete from sender where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// A campaign that will need the sender, by name.
pub(super) async fn used_by(
    tx: &mut Tx,
    account: AccountId,
    id: SenderId,
) -> Result<Option<String>> {
    let row = tx
        .query(
            "select name from campaign where account_id = $1 and sender_id = $2 \
             and state = 'scheduled' order by id limit 1",
        )
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.map(|row| row.get("name")).transpose()
}
