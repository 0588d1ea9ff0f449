//! The table `account`.

use db::{Result, Row, Tx};
use kernel::{AccountId, EmailAddress, TimeZone, UserId};

use super::model::Account;
use crate::auth::Role;

pub(super) async fn insert(tx: &mut Tx, account: &Account) -> Result<()> {
    tx.query(
        "insert into account
         (id, name, time_zone, language, sender_name, sender_email, reply_to, postal_address,
          pause_bounces_per_1000, pause_complaints_per_1000, pause_min_messages,
          version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(account.id)
    .bind(&account.name)
    .bind(account.time_zone.name())
    .bind(&account.language)
    .bind(account.sender_name.as_ref())
    .bind(account.sender_email.as_ref().map(EmailAddress::as_str))
    .bind(account.reply_to.as_ref().map(EmailAddress::as_str))
    .bind(account.postal_address.as_ref())
    .bind(account.pause_bounces_per_1000)
    .bind(account.pause_complaints_per_1000)
    .bind(account.pause_min_messages)
    .bind(account.version)
    .bind(account.created_at)
    .bind(account.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn find(tx: &mut Tx, account: AccountId) -> Result<Option<Account>> {
    tx.query(
        "select id, name, time_zone, language, sender_name, sender_email, reply_to,
                postal_address, pause_bounces_per_1000, pause_complaints_per_1000, pause_min_messages,
                version, created_at, updated_at
         from account where id = $1",
    )
    .bind(account)
    .fetch_optional()
    .await?
    .as_ref()
    .map(from_row)
    .transpose()
}

/// Of the whole instance.
pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Account>> {
    tx.query(
        "select id, name, time_zone, language, sender_name, sender_email, reply_to,
                postal_address, pause_bounces_per_1000, pause_complaints_per_1000, pause_min_messages,
                version, created_at, updated_at
         from account order by id",
    )
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// Writes the settings if the version is still `from`.
pub(super) async fn update(tx: &mut Tx, account: &Account, from: i64) -> Result<bool> {
    let affected = tx
        .query(
            "update account
             set name = $2, time_zone = $3, language = $4, sender_name = $5, sender_email = $6,
                 reply_to = $7, postal_address = $8, version = $9, updated_at = $10,
                 pause_bounces_per_1000 = $12, pause_complaints_per_1000 = $13, pause_min_messages = $14
             where id = $1 and version = $11",
        )
        .bind(account.id)
        .bind(&account.name)
        .bind(account.time_zone.name())
        .bind(&account.language)
        .bind(account.sender_name.as_ref())
        .bind(account.sender_email.as_ref().map(EmailAddress::as_str))
        .bind(account.reply_to.as_ref().map(EmailAddress::as_str))
        .bind(account.postal_address.as_ref())
        .bind(account.version)
        .bind(account.updated_at)
        .bind(from)
        .bind(account.pause_bounces_per_1000)
        .bind(account.pause_complaints_per_1000)
        .bind(account.pause_min_messages)
        .execute()
        .await?;
    Ok(affected == 1)
}

/// The accounts a person is a member of, across tenants: it is the person who asks.
pub(crate) async fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<(Account, Role)>> {
    tx.query(
        "select a.id, a.name, a.time_zone, a.language, a.sender_name, a.sender_email, a.reply_to,
                a.postal_address, a.pause_bounces_per_1000, a.pause_complaints_per_1000,
                a.pause_min_messages, a.version, a.created_at, a.updated_at, m.role
         from membership m
         join account a on a.id = m.account_id
         where m.user_id = $1
         order by a.id",
    )
    .bind(user)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((from_row(row)?, row.get("role")?)))
    .collect()
}

fn from_row(row: &Row) -> Result<Account> {
    let id: AccountId = row.get("id")?;
    let corrupt = |column, why: &'static str| db::Error::Corrupt {
        table: "account",
        column,
        id: id.get(),
        source: anyhow::anyhow!("it {why}"),
    };
    let address = |column: &'static str| -> Result<Option<EmailAddress>> {
        row.get::<Option<String>>(column)?
            .map(|text| EmailAddress::parse(&text).map_err(|why| corrupt(column, why)))
            .transpose()
    };
    Ok(Account {
        id,
        name: row.get("name")?,
        time_zone: TimeZone::parse(&row.get::<String>("time_zone")?)
            .map_err(|why| corrupt("time_zone", why))?,
        language: row.get("language")?,
        sender_name: row.get("sender_name")?,
        sender_email: address("sender_email")?,
        reply_to: address("reply_to")?,
        postal_address: row.get("postal_address")?,
        pause_bounces_per_1000: row.get("pause_bounces_per_1000")?,
        pause_complaints_per_1000: row.get("pause_complaints_per_1000")?,
        pause_min_messages: row.get("pause_min_messages")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
