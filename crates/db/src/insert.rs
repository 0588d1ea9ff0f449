//! Many rows in few statements.

use std::borrow::Cow;

use kernel::{ToValue, Value};

use crate::columns::{Column, columns};
use crate::copy;
use crate::error::Result;
use crate::open::Engine;
use crate::row::Row;
use crate::tx::Tx;

/// Most parameters of one statement: below SQLite's 32,766.
const MAX_PARAMETERS: usize = 16_384;

/// A multi-row `INSERT`. SQLite is sent chunks of rows whose sizes are powers of two, so that few statements are
/// prepared; PostgreSQL one array for each column or, where nothing can conflict and rows are many, a copy.
#[must_use = "nothing is inserted until it is executed"]
pub struct Insert {
    table: &'static str,
    columns: Vec<Cow<'static, str>>,
    conflict: String,
    returning: &'static str,
    values: Vec<Value>,
}

/// The values of one row, in the order of the columns.
pub struct RowValues<'a>(&'a mut Vec<Value>);

impl RowValues<'_> {
    /// The next column.
    pub fn bind(&mut self, value: impl ToValue) -> &mut Self {
        self.0.push(value.to_value());
        self
    }
}

impl Insert {
    /// Into these columns of a table.
    pub fn into(table: &'static str, columns: &'static [&'static str]) -> Self {
        Self {
            table,
            columns: columns.iter().copied().map(Cow::Borrowed).collect(),
            conflict: String::new(),
            returning: "",
            values: Vec::new(),
        }
    }

    /// Further columns, behind those it was made with.
    pub fn and_columns(mut self, columns: impl IntoIterator<Item = String>) -> Self {
        self.columns.extend(columns.into_iter().map(Cow::Owned));
        self
    }

    /// What to do with a row whose key is taken: `on conflict (...) do ...`.
    pub fn on_conflict(mut self, clause: impl Into<String>) -> Self {
        self.conflict = clause.into();
        self
    }

    /// The columns to give back.
    pub fn returning(mut self, columns: &'static str) -> Self {
        self.returning = columns;
        self
    }

    /// One more row; `fill` binds each column once.
    pub fn row(&mut self, fill: impl FnOnce(&mut RowValues<'_>)) -> &mut Self {
        let before = self.values.len();
        fill(&mut RowValues(&mut self.values));
        debug_assert_eq!(
            self.values.len() - before,
            self.columns.len(),
            "a value for each column of {}",
            self.table
        );
        self
    }

    /// Whether there is nothing to insert.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Inserts; the number of rows affected. Many rows are sent to PostgreSQL while the caller goes on: an error of
    /// theirs is told by what comes next, the commit at the latest.
    pub async fn execute(self, tx: &mut Tx) -> Result<u64> {
        let mut affected = 0;
        match tx.engine() {
            Engine::Sqlite => {
                for (sql, values) in self.statements() {
                    affected += tx.query(sql).bind_values(values).execute().await?;
                }
            }
            Engine::Postgres if tx.copies() && self.can_be_copied() => {
                let sql = format!(
                    "copy {} ({}) from stdin",
                    self.table,
                    self.columns.join(", ")
                );
                let width = self.columns.len();
                // A copy takes all of them or fails.
                affected += (self.values.len() / width) as u64;
                tx.begin_copy(sql, self.values, width).await?;
            }
            Engine::Postgres => {
                if let Some((sql, columns)) = self.column_statement()? {
                    affected += tx.query(sql).bind_columns(columns).execute().await?;
                }
            }
        }
        Ok(affected)
    }

    /// Inserts; the rows of `returning`, in no promised order.
    pub async fn fetch_all(self, tx: &mut Tx) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        match tx.engine() {
            Engine::Sqlite => {
                for (sql, values) in self.statements() {
                    rows.extend(tx.query(sql).bind_values(values).fetch_all().await?);
                }
            }
            Engine::Postgres => {
                if let Some((sql, columns)) = self.column_statement()? {
                    rows.extend(tx.query(sql).bind_columns(columns).fetch_all().await?);
                }
            }
        }
        Ok(rows)
    }

    fn can_be_copied(&self) -> bool {
        let rows = self.values.len() / self.columns.len();
        rows >= copy::FEWEST && self.conflict.is_empty() && self.returning.is_empty()
    }

    /// One statement with an array for each column, or none. Differs because SQLite has no arrays.
    fn column_statement(self) -> Result<Option<(String, Vec<Column>)>> {
        if self.values.is_empty() {
            return Ok(None);
        }
        let columns = columns(self.values, self.columns.len())?;
        let arrays: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(place, column)| format!("cast(${} as {})", place + 1, column.sql_type()))
            .collect();
        let mut sql = format!(
            "insert into {} ({}) select rows.* from unnest({}) rows",
            self.table,
            self.columns.join(", "),
            arrays.join(", ")
        );
        push_tail(&mut sql, &self.conflict, self.returning);
        Ok(Some((sql, columns)))
    }

    fn statements(self) -> Vec<(String, Vec<Value>)> {
        let width = self.columns.len();
        let mut left = self.values.len() / width;
        let mut values = self.values.into_iter();
        let largest = 1 << (MAX_PARAMETERS / width).max(1).ilog2();
        let mut statements = Vec::new();
        while left > 0 {
            let rows = largest.min(1 << left.ilog2());
            let mut sql = format!(
                "insert into {} ({}) values ",
                self.table,
                self.columns.join(", ")
            );
            sql.reserve(rows * width * 6);
            for row in 0..rows {
                sql.push_str(if row == 0 { "(" } else { ",(" });
                for column in 0..width {
                    if column > 0 {
                        sql.push(',');
                    }
                    sql.push('$');
                    sql.push_str(&(row * width + column + 1).to_string());
                }
                sql.push(')');
            }
            push_tail(&mut sql, &self.conflict, self.returning);
            statements.push((sql, values.by_ref().take(rows * width).collect()));
            left -= rows;
        }
        statements
    }
}

fn push_tail(sql: &mut String, conflict: &str, returning: &str) {
    if !conflict.is_empty() {
        sql.push(' ');
        sql.push_str(conflict);
    }
    if !returning.is_empty() {
        sql.push_str(" returning ");
        sql.push_str(returning);
    }
}
