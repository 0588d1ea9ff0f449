//! The report of rows that were not taken, as a file for spreadsheets.

use bytes::Bytes;
use ctx::Ctx;
use futures_util::Stream;
use kernel::{AccountId, Cursor, Error};

use super::model::RowError;
use super::store;
use crate::ImportId;

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
            .write_record(["line", "column", "value", "code", "reason"])
            .map_err(Error::internal)?;
    }
    for error in page {
        writer
            .write_record([
                error.line.to_string().as_str(),
                &safe_cell(error.column.as_deref().unwrap_or_default()),
                &safe_cell(error.value.as_deref().unwrap_or_default()),
                &error.code,
                &safe_cell(&error.reason),
            ])
            .map_err(Error::internal)?;
    }
    let text = writer
        .into_inner()
        .map_err(|error| Error::internal(error.into_error()))?;
    Ok(Bytes::from(text))
}

/// A text as a cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front.
pub(crate) fn safe_cell(text: &str) -> std::borrow::Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed() {
        for (text, wanted) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(safe_cell(text), wanted);
        }
    }
}
