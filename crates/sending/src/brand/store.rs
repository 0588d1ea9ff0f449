//! SQL of brands.

use db::{Json, Result, Tx};
use kernel::{AccountId, Timestamp};

use super::model::Brand;

/// With its version; `None` while nothing was set.
pub(crate) async fn find(tx: &mut Tx, account: AccountId) -> Result<Option<(Brand, i64)>> {
    let row = tx
        .query("select brand, version from brand where account_id = $1")
        .bind(account)
        .fetch_optional()
        .await?;
    row.map(|row| Ok((row.get::<Json<Brand>>("brand")?.0, row.get("version")?)))
        .transpose()
}

/// Whether nobody else has changed it since it had the version before this.
pub(super) async fn save(
    tx: &mut Tx,
    account: AccountId,
    brand: &Brand,
    version: i64,
    now: Timestamp,
) -> Result<bool> {
    let affected = tx
        .query(
            "insert into brand (account_id, logo_file_id, brand, version, updated_at) values ($1, $2, $3, $4, $5) \
             on conflict (account_id) do update set logo_file_id = excluded.logo_file_id, brand = excluded.brand, \
             version = excluded.version, updated_at = excluded.updated_at where brand.version = excluded.version - 1",
        )
        .bind(account)
        .bind(brand.logo_file_id)
        .bind(Json(brand))
        .bind(version)
        .bind(now)
        .execute()
        .await?;
    Ok(affected == 1)
}
