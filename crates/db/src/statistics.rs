//! What SQLite's planner believes of the tables.
//!
//! Without statistics SQLite takes it that ten rows are equal in the first column of whatever index. Ours begin with the
//! account, which all rows of a server may share: a plan that reads an index by the account alone then looks as good as
//! one by the account and the person, and a look-up of one person's events reads everybody's. So it is told what a large
//! database is like, once and for all: the same plans for a new server and for one with a million people, where `ANALYZE`
//! would plan for what is there when it runs. PostgreSQL looks for itself.
//!
//! The numbers are classes, not measurements: what matters is which of two indexes narrows more.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::open::Db;
use crate::tx::WriteTx;

/// Rows of a table that grows with the people.
const LARGE: u64 = 1_000_000;
/// Rows of any other.
const SMALL: u64 = 1_000;

/// Large, but without a column for the person.
const ALSO_LARGE: [&str; 6] = [
    "subscriber",
    "suppression",
    "import_error",
    "search_term",
    "sandbox_message",
    "hit",
];

/// How many rows are equal in one more column of an index, when so many are in those before.
fn narrowed(rows: u64, column: &str) -> u64 {
    match column {
        "account_id" => rows,
        // Nearly everybody is active: who is, is not looked up one by one.
        "status" => rows / 10 * 9,
        "kind" | "state" | "name" | "source" => rows / 5,
        // An expression has no name; ours are the beginnings of texts.
        "" | "campaign_id" | "group_id" | "import_id" | "revision_id" | "segment_id"
        | "source_id" | "subject_id" | "tag_id" | "target_id" | "term_folded" => rows / 50,
        _ => rows.min(10),
    }
}

/// The column `stat` of an index: how many rows the table has, then how many are equal in the first column, in the first
/// two, and so on.
fn statistic(rows: u64, columns: &[String], unique: bool) -> String {
    let mut text = rows.to_string();
    let mut equal = rows;
    for (place, column) in columns.iter().enumerate() {
        equal = narrowed(equal, column).max(1);
        if unique && place + 1 == columns.len() {
            equal = 1;
        }
        text.push(' ');
        text.push_str(&equal.to_string());
    }
    text
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Statistic {
    table: String,
    index: String,
    stat: String,
}

impl Db {
    /// Writes them for the schema as it is now.
    pub(crate) async fn write_statistics(&self) -> Result<()> {
        let mut tx = self.write().await?;
        let wanted = wanted(&mut tx).await?;
        // Makes the table; this one has a single row.
        tx.execute_script("analyze commit_stamp".to_owned()).await?;
        let rows = tx
            .query("select tbl, idx, stat from sqlite_stat1")
            .fetch_all()
            .await?;
        let mut there = Vec::with_capacity(rows.len());
        for row in &rows {
            there.push(Statistic {
                table: row.get("tbl")?,
                index: row.get::<Option<String>>("idx")?.unwrap_or_default(),
                stat: row.get("stat")?,
            });
        }
        there.retain(|one| one.table != "commit_stamp");
        there.sort();
        if there == wanted {
            tx.commit().await?;
            return Ok(());
        }
        tx.query("delete from sqlite_stat1").execute().await?;
        for one in &wanted {
            tx.query("insert into sqlite_stat1 (tbl, idx, stat) values ($1, $2, $3)")
                .bind(&one.table)
                .bind(&one.index)
                .bind(&one.stat)
                .execute()
                .await?;
        }
        // A changed schema makes every other connection read it again, and the statistics with it.
        tx.execute_script(
            "create table statistics_changed (n integer); drop table statistics_changed; analyze sqlite_schema"
                .to_owned(),
        )
        .await?;
        tx.commit().await
    }
}

async fn wanted(tx: &mut WriteTx) -> Result<Vec<Statistic>> {
    let rows = tx
        .query(
            "select t.name as tbl, t.wr as without_rowid, i.name as idx, i.\"unique\" as is_unique, i.origin as origin,
                 c.name as col,
                 exists (select 1 from pragma_table_info(t.name) p where p.name = 'subscriber_id') as of_people
             from pragma_table_list t join pragma_index_list(t.name) i join pragma_index_xinfo(i.name) c
             where t.schema = 'main' and t.type = 'table' and c.key = 1
                 and t.name not like 'sqlite\\_%' escape '\\' and t.name not like '\\_sqlx%' escape '\\'
             order by t.name, i.name, c.seqno",
        )
        .fetch_all()
        .await?;
    let mut indexes: BTreeMap<(String, String), (u64, bool, Vec<String>)> = BTreeMap::new();
    for row in &rows {
        let table: String = row.get("tbl")?;
        // The key of a table without row ids goes by the name of the table.
        let is_key = row.get::<String>("origin")? == "pk" && row.get::<bool>("without_rowid")?;
        let index = if is_key {
            table.clone()
        } else {
            row.get("idx")?
        };
        let large = row.get("of_people")? || ALSO_LARGE.contains(&table.as_str());
        let unique = row.get("is_unique")?;
        indexes
            .entry((table, index))
            .or_insert_with(|| (if large { LARGE } else { SMALL }, unique, Vec::new()))
            .2
            .push(row.get::<Option<String>>("col")?.unwrap_or_default());
    }
    Ok(indexes
        .into_iter()
        .map(|((table, index), (rows, unique, columns))| Statistic {
            table,
            index,
            stat: statistic(rows, &columns, unique),
        })
        .collect())
}
