//! SQL of templates.

use std::fmt::Write as _;

use db::{Json, Result, Row, Tx};
use kernel::{AccountId, Cursor, Limit, fold};

use super::model::{Template, TemplateId};

const COLUMNS: &str = "account_id, id, name, category, subject, revision_id, version, created_at, updated_at, \
     created_by, variables";

fn from_row(row: &Row) -> Result<Template> {
    Ok(Template {
        account: row.get("account_id")?,
        id: row.get("id")?,
        name: row.get("name")?,
        category: row.get("category")?,
        subject: row.get("subject")?,
        revision: row.get("revision_id")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        created_by: row.get("created_by")?,
        variables: row.get::<Json<Vec<String>>>("variables")?.0,
    })
}

pub(crate) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: TemplateId,
) -> Result<Option<Template>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from template where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Newest first, those of a category and those whose names contain `search`.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    search: Option<&str>,
    category: Option<&str>,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Template>> {
    let mut filter = String::new();
    let mut next = 4;
    if search.is_some() {
        let holds = tx.strpos("name_folded", &format!("${next}"));
        let _ = write!(filter, " and {holds} > 0");
        next += 1;
    }
    if category.is_some() {
        let _ = write!(filter, " and category = ${next}");
    }
    let mut query = tx
        .query(format!(
            "select {COLUMNS} from template where account_id = $1 and id < $2{filter} order by id desc limit $3"
        ))
        .bind(account)
        .bind(before.map_or(i64::MAX, |cursor| cursor.id))
        .bind(limit.plus_one());
    if let Some(search) = search {
        query = query.bind(fold(search));
    }
    if let Some(category) = category {
        query = query.bind(category);
    }
    query.fetch_all().await?.iter().map(from_row).collect()
}

pub(super) async fn insert(tx: &mut Tx, template: &Template) -> Result<()> {
    tx.query(format!(
        "insert into template ({COLUMNS}, name_folded) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    ))
    .bind(template.account)
    .bind(template.id)
    .bind(&template.name)
    .bind(template.category.as_ref())
    .bind(&template.subject)
    .bind(template.revision)
    .bind(template.version)
    .bind(template.created_at)
    .bind(template.updated_at)
    .bind(&template.created_by)
    .bind(Json(&template.variables))
    .bind(fold(&template.name))
    .execute()
    .await?;
    Ok(())
}

/// Writes what may change, if nobody else has changed the row since it was read.
pub(super) async fn update(tx: &mut Tx, template: &mut Template) -> Result<()> {
    let read_version = template.version;
    template.version += 1;
    let affected = tx
        .query(
            "update template set name = $3, name_folded = $4, category = $5, subject = $6, revision_id = $7, \
             version = $8, updated_at = $9, variables = $11 \
             where account_id = $1 and id = $2 and version = $10",
        )
        .bind(template.account)
        .bind(template.id)
        .bind(&template.name)
        .bind(fold(&template.name))
        .bind(template.category.as_ref())
        .bind(&template.subject)
        .bind(template.revision)
        .bind(template.version)
        .bind(template.updated_at)
        .bind(read_version)
        .bind(Json(&template.variables))
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: TemplateId) -> Result<()> {
    tx.query("delete from template where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}
