//! A connection to PostgreSQL within a transaction, on which the copying of rows may still be under way.
//!
//! Whoever writes thousands of rows would otherwise take turns with the server: one works, the other waits. So a copy
//! is begun and not waited for; whatever comes next on the connection, the commit at the latest, waits for it and is
//! told its error.

use kernel::Value;
use sqlx::postgres::PgConnection;
use sqlx::{Postgres, Transaction};
use tokio::task::JoinHandle;

use crate::copy;
use crate::error::{Error, Result};

pub(crate) struct Connection {
    state: State,
    copies: bool,
}

enum State {
    Free(Transaction<'static, Postgres>),
    Copying(JoinHandle<Copied>),
    /// A copy failed and took the transaction along: it is rolled back.
    Lost,
}

type Copied = Result<Transaction<'static, Postgres>>;

impl Connection {
    /// `copies` says whether many rows are best copied.
    pub(crate) fn new(tx: Transaction<'static, Postgres>, copies: bool) -> Self {
        Self {
            state: State::Free(tx),
            copies,
        }
    }

    pub(crate) fn copies(&self) -> bool {
        self.copies
    }

    /// The connection, once what was begun on it has ended.
    pub(crate) async fn free(&mut self) -> Result<&mut PgConnection> {
        if let State::Copying(copying) = &mut self.state {
            // Dropped while it waits, this leaves everything as it is.
            let copied = copying.await;
            self.state = State::Lost;
            let tx = copied.map_err(|error| Error::Unavailable {
                why: format!("the copying of rows was given up: {error}").into(),
                source: None,
            })??;
            self.state = State::Free(tx);
        }
        match &mut self.state {
            State::Free(tx) => Ok(&mut **tx),
            State::Copying(_) | State::Lost => Err(lost()),
        }
    }

    /// The transaction, to be ended.
    pub(crate) async fn into_free(mut self) -> Result<Transaction<'static, Postgres>> {
        self.free().await?;
        match self.state {
            State::Free(tx) => Ok(tx),
            State::Copying(_) | State::Lost => Err(lost()),
        }
    }

    /// Begins to copy rows of so many values each into a table.
    pub(crate) async fn begin_copy(
        &mut self,
        sql: String,
        values: Vec<Value>,
        width: usize,
    ) -> Result<()> {
        // Before anything is sent: the transaction goes on without them.
        copy::check(&values)?;
        self.free().await?;
        if let State::Free(mut tx) = std::mem::replace(&mut self.state, State::Lost) {
            let work = async move {
                // Made into text here, while whoever began it makes the next rows.
                let rows = copy::text(&values, width)?;
                drop(values);
                copy::send(&mut tx, &sql, rows).await?;
                Ok(tx)
            };
            #[expect(
                clippy::disallowed_methods,
                reason = "the transaction waits for it; one that is dropped is rolled back by its end"
            )]
            let copying = tokio::spawn(work);
            self.state = State::Copying(copying);
        }
        Ok(())
    }
}

fn lost() -> Error {
    Error::Unavailable {
        why: "an earlier statement of this transaction failed".into(),
        source: None,
    }
}
