//! The tables `app_user` and `membership`.
//!
//! Users belong to the instance: reading one by id or address has no account. Whatever lists or changes members does.

use db::{Result, Row, Tx};
use kernel::{AccountId, Cursor, EmailAddress, Limit, Timestamp, UserId};

use super::model::{Member, User};
use crate::auth::{Actor, Role};

pub(super) async fn insert(tx: &mut Tx, user: &User, password_hash: &str) -> Result<()> {
    tx.query(
        "insert into app_user
         (id, email, email_folded, name, password_hash, password_changed_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6, $6)",
    )
    .bind(user.id)
    .bind(user.email.as_str())
    .bind(user.email.folded())
    .bind(&user.name)
    .bind(password_hash)
    .bind(user.created_at)
    .execute()
    .await?;
    Ok(())
}

pub(crate) async fn find(tx: &mut Tx, user: UserId) -> Result<Option<User>> {
    tx.query("select id, email, name, created_at from app_user where id = $1")
        .bind(user)
        .fetch_optional()
        .await?
        .as_ref()
        .map(user_of)
        .transpose()
}

pub(super) async fn find_by_email(tx: &mut Tx, email: &EmailAddress) -> Result<Option<User>> {
    tx.query("select id, email, name, created_at from app_user where email_folded = $1")
        .bind(email.folded())
        .fetch_optional()
        .await?
        .as_ref()
        .map(user_of)
        .transpose()
}

/// The user with this address, and the hash of their password.
pub(crate) async fn password_of(
    tx: &mut Tx,
    email_folded: &str,
) -> Result<Option<(UserId, String)>> {
    let row = tx
        .query("select id, password_hash from app_user where email_folded = $1")
        .bind(email_folded)
        .fetch_optional()
        .await?;
    row.map(|row| Ok((row.get("id")?, row.get("password_hash")?)))
        .transpose()
}

/// Sets a password; with `old`, only while that is still the present one.
pub(crate) async fn replace_password(
    tx: &mut Tx,
    user: UserId,
    old: Option<&str>,
    new: &str,
    now: Timestamp,
) -> Result<bool> {
    let affected = tx
        .query(
            "update app_user set password_hash = $3, password_changed_at = $4, updated_at = $4
             where id = $1 and (cast($2 as text) is null or password_hash = $2)",
        )
        .bind(user)
        .bind(old)
        .bind(new)
        .bind(now)
        .execute()
        .await?;
    Ok(affected == 1)
}

/// Adds a member; `false` when they are one already.
pub(super) async fn insert_member(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
    role: Role,
    by: &Actor,
    now: Timestamp,
) -> Result<bool> {
    let affected = tx
        .query(
            "insert into membership (account_id, user_id, role, added_by, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $5)
             on conflict (account_id, user_id) do nothing",
        )
        .bind(account)
        .bind(user)
        .bind(role)
        .bind(by)
        .bind(now)
        .execute()
        .await?;
    Ok(affected == 1)
}

pub(super) async fn find_member(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
) -> Result<Option<Member>> {
    tx.query(
        "select u.id, u.email, u.name, m.role, m.created_at
         from membership m join app_user u on u.id = m.user_id
         where m.account_id = $1 and m.user_id = $2",
    )
    .bind(account)
    .bind(user)
    .fetch_optional()
    .await?
    .as_ref()
    .map(member_of)
    .transpose()
}

/// Oldest users first.
pub(super) async fn list_members(
    tx: &mut Tx,
    account: AccountId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Member>> {
    tx.query(
        "select u.id, u.email, u.name, m.role, m.created_at
         from membership m join app_user u on u.id = m.user_id
         where m.account_id = $1 and m.user_id > $2
         order by m.user_id
         limit $3",
    )
    .bind(account)
    .bind(cursor.map_or(0, |cursor| cursor.id))
    .bind(limit.plus_one())
    .fetch_all()
    .await?
    .iter()
    .map(member_of)
    .collect()
}

pub(super) async fn count_owners(tx: &mut Tx, account: AccountId) -> Result<i64> {
    tx.query("select count(*) as n from membership where account_id = $1 and role = 'owner'")
        .bind(account)
        .fetch_one()
        .await?
        .get("n")
}

pub(super) async fn update_role(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
    role: Role,
    now: Timestamp,
) -> Result<()> {
    let affected = tx
        .query(
            "update membership set role = $3, updated_at = $4
             where account_id = $1 and user_id = $2",
        )
        .bind(account)
        .bind(user)
        .bind(role)
        .bind(now)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

pub(super) async fn delete_member(tx: &mut Tx, account: AccountId, user: UserId) -> Result<()> {
    let affected = tx
        .query("delete from membership where account_id = $1 and user_id = $2")
        .bind(account)
        .bind(user)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

/// Whether `manager` is owner or admin of an account that `user` is in. Across accounts, since both are people.
pub(super) async fn manages(tx: &mut Tx, manager: UserId, user: UserId) -> Result<bool> {
    let row = tx
        .query(
            "select 1 as yes
             from membership mine join membership theirs on theirs.account_id = mine.account_id
             where mine.user_id = $1 and mine.role in ('owner', 'admin') and theirs.user_id = $2
             limit 1",
        )
        .bind(manager)
        .bind(user)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

fn user_of(row: &Row) -> Result<User> {
    let id: UserId = row.get("id")?;
    Ok(User {
        id,
        email: email_of(row, id)?,
        name: row.get("name")?,
        created_at: row.get("created_at")?,
    })
}

fn member_of(row: &Row) -> Result<Member> {
    let id: UserId = row.get("id")?;
    Ok(Member {
        id,
        email: email_of(row, id)?,
        name: row.get("name")?,
        role: row.get("role")?,
        joined_at: row.get("created_at")?,
    })
}

fn email_of(row: &Row, id: UserId) -> Result<EmailAddress> {
    EmailAddress::parse(&row.get::<String>("email")?).map_err(|why| db::Error::Corrupt {
        table: "app_user",
        column: "email",
        id: id.get(),
        source: anyhow::anyhow!("it {why}"),
    })
}
