//! The report of rows that were not taken, as a file for spreadsheets.

use bytes::Bytes;
use ctx::Ctx;
use futures_util::Stream;
use kernel::{AccountId, Cursor, Error};

use super::model::RowError;
use super::store;
use crate::ImportId;
use crate::cells::disarmed;

const PAGE: i64 = 1000;

/// The lines of the file, page by page.
pub(super) fn csv(
    ctx: Ctx,
    account: AccountId,
    import: ImportId,
) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
    /// Where the next page begins; `None` behind the last.
    enum At {
        Head,
        After(Cursor),
        End,
    }
    futures_util::stream::try_unfold(At::Head, move |at| {
        let ctx = ctx.clone();
        async move {
            let (after, head) = match at {
                At::Head => (None, true),
                At::After(cursor) => (Some(cursor), false),
                At::End => return Ok(None),
            };
            let mut tx = ctx.read().await?;
            let page = store::errors(&mut tx, account, import, after, PAGE).await?;
            drop(tx);
            let next = match page.last() {
                Some(last) if page.len() as i64 == PAGE => At::After(last.cursor()),
                _ => At::End,
            };
            Ok(Some((lines(&page, head)?, next)))
        }
    })
}

fn lines(page: &[RowError], head: bool) -> Result<Bytes, Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    if head {
        writer
            .write_record(["line", "column", "value", "code", "reason", "severity"])
            .map_err(Error::internal)?;
    }
    for error in page {
        writer
            .write_record([
                error.line.to_string().as_str(),
                &disarmed(error.column.as_deref().unwrap_or_default()),
                &disarmed(error.value.as_deref().unwrap_or_default()),
                &error.code,
                &disarmed(&error.reason),
                error.severity.as_str(),
            ])
            .map_err(Error::internal)?;
    }
    let text = writer
        .into_inner()
        .map_err(|error| Error::internal(error.into_error()))?;
    Ok(Bytes::from(text))
}
