//! Texts of other tables that may name a person.

use db::{Result, Tx};
use kernel::AccountId;

/// Columns of a table in which such texts are.
pub(in crate::privacy) struct Place {
    table: &'static str,
    keys: &'static [&'static str],
    columns: &'static [&'static str],
    /// Rows that nobody is working with.
    only: &'static str,
}

impl Place {
    pub(in crate::privacy) const ALL: [Self; 12] = [
        Self::of("audit_log", &["id"], &["before", "after"], ""),
        Self::of("import", &["id"], &["file_name", "options", "error"], ""),
        Self::of("export", &["id"], &["selection", "error"], ""),
        Self::of("saved_view", &["id"], &["filter"], ""),
        Self::of(
            "import_error",
            &["import_id", "line", "position"],
            &["value", "reason"],
            "",
        ),
        Self::of(
            "bulk_action",
            &["id"],
            &["action", "error"],
            "and state in ('completed', 'stopped', 'failed')",
        ),
        Self::of(
            "job",
            &["id"],
            &["payload", "last_error"],
            "and state in ('done', 'dead')",
        ),
        Self::of("campaign", &["id"], &["pause_reason"], ""),
        Self::of("unsubscribe_reason", &["message_id"], &["comment"], ""),
        Self::of(
            "transactional_message",
            &["id"],
            &["recipient_name", "headers", "variables", "tag"],
            "",
        ),
        Self::of("message_event", &["txn", "id"], &["body"], ""),
        // Content that came with one message may be about one person.
        Self::of(
            "content_revision",
            &["id"],
            &["document"],
            "and content_hash is not null",
        ),
    ];
    /// Found, and left as they are.
    pub(in crate::privacy) const SEGMENTS: Self =
        Self::of("segment", &["id"], &["name", "rule"], "");

    const fn of(
        table: &'static str,
        keys: &'static [&'static str],
        columns: &'static [&'static str],
        only: &'static str,
    ) -> Self {
        Self {
            table,
            keys,
            columns,
            only,
        }
    }
}

/// A row that names somebody.
pub(in crate::privacy) struct Naming {
    pub key: Vec<i64>,
    /// In the order of the columns.
    pub texts: Vec<Option<String>>,
}

/// The rows in which one of these texts (in lower case) is somewhere.
pub(in crate::privacy) async fn naming(
    tx: &mut Tx,
    account: AccountId,
    place: &Place,
    texts: &[String],
) -> Result<Vec<Naming>> {
    let mut tests = Vec::new();
    for column in place.columns {
        for i in 0..texts.len() {
            let column = format!("lower(coalesce({column}, ''))");
            let found = tx.strpos(&column, &format!("${}", i + 2));
            tests.push(format!("{found} > 0"));
        }
    }
    let sql = format!(
        "select {}, {} from {} where account_id = $1 {} and ({})",
        place.keys.join(", "),
        place.columns.join(", "),
        place.table,
        place.only,
        tests.join(" or ")
    );
    let rows = tx
        .query(sql)
        .bind(account)
        .bind_values(texts.iter().map(kernel::ToValue::to_value))
        .once()
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| {
            let keys = place.keys.len();
            Ok(Naming {
                key: (0..keys).map(|i| row.at(i)).collect::<Result<_>>()?,
                texts: (0..place.columns.len())
                    .map(|i| row.at(keys + i))
                    .collect::<Result<_>>()?,
            })
        })
        .collect()
}

/// Writes the texts of a row.
pub(in crate::privacy) async fn blank(
    tx: &mut Tx,
    account: AccountId,
    place: &Place,
    key: &[i64],
    texts: Vec<Option<String>>,
) -> Result<()> {
    let first = place.keys.len() + 2;
    let keys: Vec<String> = (2..)
        .zip(place.keys)
        .map(|(i, key)| format!("{key} = ${i}"))
        .collect();
    let set: Vec<String> = (first..)
        .zip(place.columns)
        .map(|(i, column)| format!("{column} = ${i}"))
        .collect();
    let mut query = tx
        .query(format!(
            "update {} set {} where account_id = $1 {} and {}",
            place.table,
            set.join(", "),
            place.only,
            keys.join(" and ")
        ))
        .bind(account);
    for key in key {
        query = query.bind(*key);
    }
    for text in texts {
        query = query.bind(text);
    }
    query.execute().await?;
    Ok(())
}
