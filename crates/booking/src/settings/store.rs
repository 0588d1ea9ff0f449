//! SQL of the settings.

use db::{Json, Result, Tx};
use kernel::{AccountId, Timestamp};

use super::model::TeamRules;

pub(super) async fn page(tx: &mut Tx, account: AccountId) -> Result<Option<String>> {
    tx.query("select page from booking_settings where account_id = $1")
        .bind(account)
        .fetch_optional()
        .await?
        .map(|row| row.get("page"))
        .transpose()
}

pub(super) async fn team_rules(tx: &mut Tx, account: AccountId) -> Result<Option<TeamRules>> {
    tx.query("select team_limits from booking_settings where account_id = $1")
        .bind(account)
        .fetch_optional()
        .await?
        .map(|row| Ok(row.get::<Json<TeamRules>>("team_limits")?.0))
        .transpose()
}

/// Of an account that has a page.
pub(super) async fn set_team_rules(
    tx: &mut Tx,
    account: AccountId,
    rules: &TeamRules,
) -> Result<()> {
    tx.query("update booking_settings set team_limits = $2 where account_id = $1")
        .bind(account)
        .bind(Json(rules))
        .execute()
        .await?;
    Ok(())
}

/// Whose page it is: the address of a public page names no account but by this.
pub(super) async fn account_of(tx: &mut Tx, page: &str) -> Result<Option<AccountId>> {
    tx.query("select account_id from booking_settings where page = $1")
        .bind(page)
        .fetch_optional()
        .await?
        .map(|row| row.get("account_id"))
        .transpose()
}

/// `false` when another account has it.
pub(super) async fn set(
    tx: &mut Tx,
    account: AccountId,
    page: &str,
    now: Timestamp,
) -> Result<bool> {
    if account_of(tx, page).await?.is_some_and(|it| it != account) {
        return Ok(false);
    }
    tx.query(
        "insert into booking_settings (account_id, page, created_at, updated_at) values ($1, $2, $3, $3)
         on conflict (account_id) do update set page = excluded.page, updated_at = excluded.updated_at",
    )
    .bind(account)
    .bind(page)
    .bind(now)
    .execute()
    .await?;
    Ok(true)
}
