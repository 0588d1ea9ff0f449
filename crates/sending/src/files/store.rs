//! SQL of files.

use db::{Result, Row, Tx};
use kernel::{AccountId, Cursor, Limit, fold};

use super::model::{File, FileId, Use};
use super::picture::PictureKind;

const COLUMNS: &str = "account_id, id, name, alt, kind, width, height, size_bytes, sha256, token, created_at, \
     created_by, updated_at";

fn from_row(row: &Row) -> Result<File> {
    let id: FileId = row.get("id")?;
    let kind: String = row.get("kind")?;
    Ok(File {
        account: row.get("account_id")?,
        id,
        name: row.get("name")?,
        alt: row.get("alt")?,
        kind: PictureKind::from_stored(&kind).ok_or_else(|| db::Error::Corrupt {
            table: "file",
            column: "kind",
            id: id.get(),
            source: anyhow::anyhow!("unknown kind {kind:?}"),
        })?,
        width: row.get("width")?,
        height: row.get("height")?,
        size_bytes: row.get("size_bytes")?,
        sha256: row.get("sha256")?,
        token: row.get("token")?,
        created_at: row.get("created_at")?,
        created_by: row.get("created_by")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(crate) async fn find(tx: &mut Tx, account: AccountId, id: FileId) -> Result<Option<File>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from file where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

pub(super) async fn with_content(
    tx: &mut Tx,
    account: AccountId,
    sha256: &str,
) -> Result<Option<File>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from file where account_id = $1 and sha256 = $2"
        ))
        .bind(account)
        .bind(sha256)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Of any account: whoever has the token may see the picture.
pub(super) async fn with_token(tx: &mut Tx, token: &str) -> Result<Option<File>> {
    let row = tx
        .query(format!("select {COLUMNS} from file where token = $1"))
        .bind(token)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

pub(super) async fn bytes(tx: &mut Tx, account: AccountId, id: FileId) -> Result<Option<Vec<u8>>> {
    let row = tx
        .query("select bytes from file_blob where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.map(|row| row.get("bytes")).transpose()
}

/// Newest first, those whose names contain `search`.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    search: Option<&str>,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<File>> {
    let filter = match search {
        Some(_) => format!(" and {} > 0", tx.strpos("name_folded", "$4")),
        None => String::new(),
    };
    let mut query = tx
        .query(format!(
            "select {COLUMNS} from file where account_id = $1 and id < $2{filter} order by id desc limit $3"
        ))
        .bind(account)
        .bind(before.map_or(i64::MAX, |cursor| cursor.id))
        .bind(limit.plus_one());
    if let Some(search) = search {
        query = query.bind(fold(search));
    }
    query.fetch_all().await?.iter().map(from_row).collect()
}

/// How many bytes the files of an account have.
pub(super) async fn total_bytes(tx: &mut Tx, account: AccountId) -> Result<i64> {
    tx.query(
        "select cast(coalesce(sum(size_bytes), 0) as bigint) as n from file where account_id = $1",
    )
    .bind(account)
    .fetch_one()
    .await?
    .get("n")
}

/// Whether it is new; otherwise somebody uploaded the same bytes a moment ago.
pub(super) async fn insert(tx: &mut Tx, file: &File, bytes: &[u8]) -> Result<bool> {
    let inserted = tx
        .query(format!(
            "insert into file ({COLUMNS}, name_folded) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
             on conflict (account_id, sha256) do nothing"
        ))
        .bind(file.account)
        .bind(file.id)
        .bind(&file.name)
        .bind(file.alt.as_ref())
        .bind(file.kind.as_str())
        .bind(file.width)
        .bind(file.height)
        .bind(file.size_bytes)
        .bind(&file.sha256)
        .bind(&file.token)
        .bind(file.created_at)
        .bind(&file.created_by)
        .bind(file.updated_at)
        .bind(fold(&file.name))
        .execute()
        .await?;
    if inserted == 0 {
        return Ok(false);
    }
    tx.query("insert into file_blob (account_id, id, bytes) values ($1, $2, $3)")
        .bind(file.account)
        .bind(file.id)
        .bind(bytes)
        .execute()
        .await?;
    Ok(true)
}

pub(super) async fn update(tx: &mut Tx, file: &File) -> Result<()> {
    let affected = tx
        .query(
            "update file set name = $3, name_folded = $4, alt = $5, updated_at = $6 \
             where account_id = $1 and id = $2",
        )
        .bind(file.account)
        .bind(file.id)
        .bind(&file.name)
        .bind(fold(&file.name))
        .bind(file.alt.as_ref())
        .bind(file.updated_at)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: FileId) -> Result<()> {
    for table in ["file_blob", "file"] {
        tx.query(format!(
            "delete from {table} where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    }
    Ok(())
}

/// What shows a file now: whatever holds its token. Reads all documents in use, which is right for something as rare as
/// deleting a picture.
pub(super) async fn uses(tx: &mut Tx, file: &File, limit: i64) -> Result<Vec<Use>> {
    let account = file.account;
    let mut found = Vec::new();
    for (kind, from, document) in USES {
        let holds = tx.strpos(document, "$2");
        let rows = tx
            .query(format!(
                "select t.id, t.name from {from} where t.account_id = $1 and {holds} > 0 order by t.id desc limit $3"
            ))
            .bind(account)
            .bind(&file.token)
            .bind(limit)
            .fetch_all()
            .await?;
        for row in rows {
            found.push(Use {
                kind,
                id: row.get::<Option<i64>>("id")?.map(|id| id.to_string()),
                name: row.get("name")?,
            });
        }
    }
    let brand = tx
        .query("select 1 as one from brand where account_id = $1 and logo_file_id = $2")
        .bind(account)
        .bind(file.id)
        .fetch_optional()
        .await?;
    if brand.is_some() {
        found.push(Use {
            kind: "brand",
            id: None,
            name: "logo".to_owned(),
        });
    }
    Ok(found)
}

/// What is called so, where it is, and which column may show files.
const USES: &[(&str, &str, &str)] = &[
    (
        "campaign",
        "campaign t join content_revision r on r.account_id = t.account_id and r.id = t.revision_id",
        "r.document",
    ),
    (
        "template",
        "template t join content_revision r on r.account_id = t.account_id and r.id = t.revision_id",
        "r.document",
    ),
    ("saved_block", "saved_block t", "t.block"),
];
