//! Transactions and statements.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};

use kernel::{AccountId, ToValue, Value};
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, Postgres, Sqlite};

use crate::columns::{self, Column};
use crate::connection::Connection;
use crate::error::{Error, Result, ensure_affected};
use crate::list::bucket;
use crate::open::{Db, Engine};
use crate::placeholders::in_order;
use crate::row::{Inner as RowInner, Json, Row};
use crate::wakeup::Topic;

/// An open transaction: statements go through [`Tx::query`] and [`crate::Insert`].
///
/// A store function takes `&mut Tx` when it reads or writes rows, and `&mut WriteTx` when it also needs what only a
/// writer has (a commit stamp, wake-ups).
pub struct Tx {
    inner: Inner,
    /// A statement failed in a way that may have rolled everything back. PostgreSQL refuses what follows by itself;
    /// SQLite would run it outside of any transaction.
    broken: bool,
    /// What it changed, for whoever watches.
    touched: BTreeSet<(AccountId, &'static str)>,
}

enum Inner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(Connection),
}

/// A transaction that sees one snapshot (SQLite) or committed rows (PostgreSQL) and changes nothing.
pub struct ReadTx(Tx);

/// A transaction that may write. Dropped without [`WriteTx::commit`], it changes nothing.
pub struct WriteTx {
    tx: Tx,
    db: Db,
    nudges: BTreeSet<Topic>,
    stamp: Option<i64>,
}

tokio::task_local! {
    static COMMIT_MARK: CommitMark;
}

/// A statement that every commit within a scope begins with, and that must affect one row or the commit fails.
///
/// It ties whatever the code in the scope commits to a row of the caller: "this request took effect". The code does
/// not know of it.
#[derive(Clone, Debug)]
pub struct CommitMark {
    sql: &'static str,
    values: Vec<Value>,
}

impl CommitMark {
    /// The statement and its parameters.
    pub fn new(sql: &'static str, values: Vec<Value>) -> Self {
        Self { sql, values }
    }

    /// Runs `work` with the mark on every commit of this task. Tasks that it spawns are outside.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        COMMIT_MARK.scope(self, work).await
    }
}

/// What an advisory lock guards. The number keeps classes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockClass {
    /// The registry of nodes.
    Nodes = 1,
    /// One recurring schedule.
    Schedule = 2,
    /// One cursor of an event consumer.
    Cursor = 3,
    /// One campaign's life cycle.
    Campaign = 4,
    /// The progress of one import or bulk action.
    Import = 5,
    /// First-run set-up.
    Setup = 6,
    /// One subscriber.
    Subscriber = 7,
    /// Who is in an account's contact database: held while people are created or deleted.
    Audience = 8,
    /// Opens and clicks of one campaign.
    CampaignHits = 9,
    /// The members of one account.
    Members = 10,
    /// Who is in the segments of one account.
    Segments = 11,
    /// What was used of an account's limits on sending.
    SendLimits = 12,
    /// The files of one account.
    Files = 20,
    /// One template.
    Template = 21,
    /// The names of hosts and event types of one account, and its schedules.
    BookingAccount = 30,
    /// What is booked of one event type.
    EventType = 31,
    /// The time of one host.
    Host = 32,
    /// What is known of the calendars of one connection.
    Calendars = 33,
    /// What is known of the copies of one booking in calendars.
    CalendarCopies = 34,
    /// What is booked of all event types with several hosts of one account, where that is limited.
    Teams = 35,
}

impl LockClass {
    /// The class is mixed into the high bits; a collision only makes two strangers wait for each other.
    fn key(self, id: i64) -> i64 {
        id ^ ((self as i64) << 56)
    }
}

impl Deref for ReadTx {
    type Target = Tx;
    fn deref(&self) -> &Tx {
        &self.0
    }
}

impl DerefMut for ReadTx {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.0
    }
}

impl Deref for WriteTx {
    type Target = Tx;
    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}

impl ReadTx {
    pub(crate) fn sqlite(tx: sqlx::Transaction<'static, Sqlite>) -> Self {
        Self(Tx {
            inner: Inner::Sqlite(tx),
            broken: false,
            touched: BTreeSet::new(),
        })
    }

    pub(crate) fn postgres(tx: sqlx::Transaction<'static, Postgres>) -> Self {
        Self(Tx {
            inner: Inner::Postgres(Connection::new(tx, false)),
            broken: false,
            touched: BTreeSet::new(),
        })
    }
}

impl WriteTx {
    pub(crate) fn sqlite(tx: sqlx::Transaction<'static, Sqlite>, db: Db) -> Self {
        Self::with(Inner::Sqlite(tx), db)
    }

    pub(crate) fn postgres(tx: sqlx::Transaction<'static, Postgres>, copies: bool, db: Db) -> Self {
        Self::with(Inner::Postgres(Connection::new(tx, copies)), db)
    }

    fn with(inner: Inner, db: Db) -> Self {
        Self {
            tx: Tx {
                inner,
                broken: false,
                touched: BTreeSet::new(),
            },
            db,
            nudges: BTreeSet::new(),
            stamp: None,
        }
    }

    /// Makes everything durable, then wakes the waiters of the nudged topics.
    pub async fn commit(mut self) -> Result<()> {
        self.tx.ensure_whole()?;
        if let Ok(mark) = COMMIT_MARK.try_with(Clone::clone) {
            let query = self.tx.query(mark.sql).bind_values(mark.values);
            ensure_affected(query.execute().await?, 1)?;
        }
        if let Inner::Postgres(_) = self.tx.inner {
            for topic in &self.nudges {
                // Delivered to the other nodes when this commits; a hint only, polling is the net.
                self.tx
                    .query("select cast(pg_notify('sendero', $1) as text) as sent")
                    .bind(topic.name())
                    .fetch_one()
                    .await?;
            }
        }
        match self.tx.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(connection) => connection.into_free().await?.commit().await?,
        }
        for topic in self.nudges {
            self.db.wake(topic);
        }
        self.db.inner.hub.add(self.tx.touched);
        Ok(())
    }

    /// Changes nothing, and says so at once instead of when the connection is next used.
    pub async fn rollback(self) -> Result<()> {
        match self.tx.inner {
            Inner::Sqlite(tx) => tx.rollback().await?,
            Inner::Postgres(connection) => connection.into_free().await?.rollback().await?,
        }
        Ok(())
    }

    /// Wakes the waiters of `topic`, on every node, once this has committed.
    pub fn nudge(&mut self, topic: Topic) {
        self.nudges.insert(topic);
    }

    /// The stamp that orders what this transaction records (see [`Tx::commit_horizon`]): PostgreSQL's transaction id,
    /// or on SQLite a counter.
    pub async fn commit_stamp(&mut self) -> Result<i64> {
        if let Some(stamp) = self.stamp {
            return Ok(stamp);
        }
        let sql = match self.engine() {
            Engine::Sqlite => "update commit_stamp set n = n + 1 where id = 1 returning n",
            // Differs because only PostgreSQL commits out of order, and so needs its own transaction id. What is added
            // is zero until the database has been restored into another server (see `Db::migrate`).
            Engine::Postgres => {
                "select cast(cast(pg_current_xact_id() as text) as bigint) + n as n from commit_stamp where id = 1"
            }
        };
        let stamp = self.tx.query(sql).fetch_one().await?.get("n")?;
        self.stamp = Some(stamp);
        Ok(stamp)
    }

    /// Waits until no other transaction holds the same lock, and holds it until the end. SQLite's single writer holds
    /// every lock already.
    pub async fn lock(&mut self, class: LockClass, id: i64) -> Result<()> {
        if self.engine() == Engine::Postgres {
            self.tx
                .query("select cast(pg_advisory_xact_lock($1) as text) as locked")
                .bind(class.key(id))
                .fetch_one()
                .await?;
        }
        Ok(())
    }

    /// Like [`WriteTx::lock`], but says `false` at once when another transaction holds it.
    pub async fn try_lock(&mut self, class: LockClass, id: i64) -> Result<bool> {
        if self.engine() == Engine::Sqlite {
            return Ok(true);
        }
        self.tx
            .query("select pg_try_advisory_xact_lock($1) as locked")
            .bind(class.key(id))
            .fetch_one()
            .await?
            .get("locked")
    }

    /// [`WriteTx::lock`] of many, in the order in which they are given: sort them, so that whoever takes several takes
    /// them in the same order.
    pub async fn lock_many(&mut self, class: LockClass, ids: &[i64]) -> Result<()> {
        if self.engine() == Engine::Sqlite || ids.is_empty() {
            return Ok(());
        }
        let keys: Vec<i64> = ids.iter().map(|id| class.key(*id)).collect();
        self.tx
            .query(
                "select count(held) as n from (select cast(pg_advisory_xact_lock(cast(value as bigint)) as text) as held \
                 from json_array_elements_text(cast($1 as json)) offset 0) as locked",
            )
            .bind(Json(keys))
            .fetch_one()
            .await?;
        Ok(())
    }

    /// [`WriteTx::try_lock`] of many: those that were free, in the order in which they were given.
    pub async fn try_lock_many(&mut self, class: LockClass, ids: &[i64]) -> Result<Vec<i64>> {
        if self.engine() == Engine::Sqlite || ids.is_empty() {
            return Ok(ids.to_vec());
        }
        let keys: Vec<i64> = ids.iter().map(|id| class.key(*id)).collect();
        let rows = self
            .tx
            .query(
                "select cast(value as bigint) as locked, pg_try_advisory_xact_lock(cast(value as bigint)) as got \
                 from json_array_elements_text(cast($1 as json)) offset 0",
            )
            .bind(Json(keys))
            .fetch_all()
            .await?;
        let mut free = Vec::with_capacity(rows.len());
        for row in &rows {
            if row.get::<bool>("got")? {
                // The same again gives the id back.
                free.push(class.key(row.get("locked")?));
            }
        }
        Ok(free)
    }
}

impl Tx {
    /// Says that some things of an account change with this transaction, such as its `subscribers`: told to whoever
    /// watches ([`Db::changes`]) once it has committed.
    pub fn touch(&mut self, account: AccountId, resource: &'static str) {
        self.touched.insert((account, resource));
    }

    fn ensure_whole(&self) -> Result<()> {
        if self.broken {
            return Err(Error::Unavailable {
                why: "an earlier statement of this transaction failed".into(),
                source: None,
            });
        }
        Ok(())
    }

    /// Remembers an error after which the transaction cannot go on.
    fn note<T>(&mut self, outcome: std::result::Result<T, sqlx::Error>) -> Result<T> {
        outcome.map_err(|error| {
            let error = Error::from(error);
            self.broken |= matches!(error, Error::Unavailable { .. });
            error
        })
    }

    /// Whether many rows are best copied: on PostgreSQL, and where its connections send at once.
    pub(crate) fn copies(&self) -> bool {
        match &self.inner {
            Inner::Postgres(connection) => connection.copies(),
            Inner::Sqlite(_) => false,
        }
    }

    /// Begins to copy rows of so many values each into a table, which only PostgreSQL can; whatever comes next waits for
    /// it and is told its error.
    pub(crate) async fn begin_copy(
        &mut self,
        sql: String,
        values: Vec<Value>,
        width: usize,
    ) -> Result<()> {
        match &mut self.inner {
            Inner::Postgres(connection) => connection.begin_copy(sql, values, width).await,
            Inner::Sqlite(_) => unreachable!("rows are copied into PostgreSQL alone"),
        }
    }

    /// Which engine runs the statements, for the few that truly differ.
    pub fn engine(&self) -> Engine {
        match self.inner {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// A statement. The text is ours, never a person's: whatever comes from outside is bound.
    pub fn query(&mut self, sql: impl Into<Cow<'static, str>>) -> Query<'_> {
        Query {
            tx: self,
            sql: sql.into(),
            values: Vec::new(),
            columns: Vec::new(),
            keep: true,
        }
    }

    /// The position of `needle` in `haystack`, 0 when absent, as an expression of this engine.
    pub fn strpos(&self, haystack: &str, needle: &str) -> String {
        match self.engine() {
            Engine::Sqlite => format!("instr({haystack}, {needle})"),
            Engine::Postgres => format!("strpos({haystack}, {needle})"),
        }
    }

    /// Every transaction whose stamp is below this has ended, so nothing more will appear there.
    ///
    /// PostgreSQL hands out transaction ids at the first write, but transactions commit in any order: a reader that
    /// remembers "the last id I saw" would step over a slow one. Below `pg_snapshot_xmin` no transaction is still
    /// running, so a reader that stops there misses nothing. SQLite has one writer, whose stamps commit in order.
    pub async fn commit_horizon(&mut self) -> Result<i64> {
        match self.engine() {
            Engine::Sqlite => Ok(i64::MAX),
            Engine::Postgres => self
                .query(
                    "select cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) + n as n \
                     from commit_stamp where id = 1",
                )
                .fetch_one()
                .await?
                .get("n"),
        }
    }

    /// Several statements without parameters or results, for back-up and tests.
    pub async fn execute_script(&mut self, sql: String) -> Result<()> {
        self.ensure_whole()?;
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        let outcome = match &mut self.inner {
            Inner::Sqlite(tx) => sql.execute(&mut **tx).await.map(|_| ()),
            Inner::Postgres(tx) => sql.execute(tx.free().await?).await.map(|_| ()),
        };
        self.note(outcome)
    }
}

/// A statement with its parameters.
#[must_use = "a statement does nothing until it is executed"]
pub struct Query<'t> {
    tx: &'t mut Tx,
    sql: Cow<'static, str>,
    values: Vec<Value>,
    /// Instead of values, for an `insert` into PostgreSQL.
    columns: Vec<Column>,
    keep: bool,
}

impl Query<'_> {
    /// The next parameter.
    pub fn bind(mut self, value: impl ToValue) -> Self {
        self.values.push(value.to_value());
        self
    }

    /// A list for [`crate::in_list`], padded as that pads.
    pub fn bind_list<T: ToValue>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        let start = self.values.len();
        self.values
            .extend(values.into_iter().map(ToValue::to_value));
        let n = self.values.len() - start;
        if let Some(last) = self.values[start..].last().cloned() {
            self.values.resize(start + bucket(n), last);
        }
        self
    }

    /// Parameters that are values already.
    pub fn bind_values(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.values.extend(values);
        self
    }

    /// Whole columns as arrays, which only PostgreSQL has.
    pub(crate) fn bind_columns(mut self, columns: Vec<Column>) -> Self {
        self.columns = columns;
        self
    }

    /// Does not keep the prepared statement: for texts that are built for one use.
    pub fn once(mut self) -> Self {
        self.keep = false;
        self
    }

    /// Runs it; the number of rows affected.
    pub async fn execute(self) -> Result<u64> {
        self.tx.ensure_whole()?;
        let outcome = match &mut self.tx.inner {
            Inner::Sqlite(tx) => {
                let (sql, values) = in_order(self.sql, self.values);
                sqlx::query_with(AssertSqlSafe(sql), sqlite_arguments(values)?)
                    .persistent(self.keep)
                    .execute(&mut **tx)
                    .await
                    .map(|done| done.rows_affected())
            }
            Inner::Postgres(connection) => {
                let arguments = if self.columns.is_empty() {
                    postgres_arguments(self.values)?
                } else {
                    columns::arguments(self.columns)?
                };
                sqlx::query_with(AssertSqlSafe(self.sql), arguments)
                    .persistent(self.keep)
                    .execute(connection.free().await?)
                    .await
                    .map(|done| done.rows_affected())
            }
        };
        self.tx.note(outcome)
    }

    /// Runs it; all rows. For results that are bounded by a limit.
    pub async fn fetch_all(self) -> Result<Vec<Row>> {
        self.tx.ensure_whole()?;
        let outcome = match &mut self.tx.inner {
            Inner::Sqlite(tx) => {
                let (sql, values) = in_order(self.sql, self.values);
                sqlx::query_with(AssertSqlSafe(sql), sqlite_arguments(values)?)
                    .persistent(self.keep)
                    .fetch_all(&mut **tx)
                    .await
                    .map(|rows| {
                        rows.into_iter()
                            .map(|row| Row(RowInner::Sqlite(row)))
                            .collect()
                    })
            }
            Inner::Postgres(connection) => {
                let arguments = if self.columns.is_empty() {
                    postgres_arguments(self.values)?
                } else {
                    columns::arguments(self.columns)?
                };
                sqlx::query_with(AssertSqlSafe(self.sql), arguments)
                    .persistent(self.keep)
                    .fetch_all(connection.free().await?)
                    .await
                    .map(|rows| {
                        rows.into_iter()
                            .map(|row| Row(RowInner::Postgres(row)))
                            .collect()
                    })
            }
        };
        self.tx.note(outcome)
    }

    /// Runs it; the first row, if any.
    pub async fn fetch_optional(self) -> Result<Option<Row>> {
        // Not sqlx's `fetch_optional`: stopping early would leave a `RETURNING` statement of SQLite half done.
        Ok(self.fetch_all().await?.into_iter().next())
    }

    /// Runs it; the first row, which must exist.
    pub async fn fetch_one(self) -> Result<Row> {
        self.fetch_optional()
            .await?
            .ok_or(Error::NotAffected { wanted: 1, got: 0 })
    }
}

fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Int(v) => arguments.add(v),
            Value::Flag(v) => arguments.add(v.map(i64::from)),
            Value::Real(v) => arguments.add(v),
            Value::Text(Some(v)) if v.contains('\0') => return Err(Error::Nul),
            Value::Text(v) => arguments.add(v),
            Value::Bytes(v) => arguments.add(v),
        }
        .map_err(|error| Error::Engine(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Int(v) => arguments.add(v),
            Value::Flag(v) => arguments.add(v.map(i16::from)),
            Value::Real(v) => arguments.add(v),
            Value::Text(Some(v)) if v.contains('\0') => return Err(Error::Nul),
            Value::Text(v) => arguments.add(v),
            Value::Bytes(v) => arguments.add(v),
        }
        .map_err(|error| Error::Engine(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}
