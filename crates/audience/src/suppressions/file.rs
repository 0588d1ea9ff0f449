//! Lists as files: taken line by line as they arrive, and written page by page.

use bytes::Bytes;
use ctx::Ctx;
use data_encoding::HEXLOWER;
use futures_util::{Stream, StreamExt as _};
use identity::Actor;
use kernel::{Error, Limit, Result, fold};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::{Entry, Scope};
use super::service::{Added, MAX_ENTRIES, add_in, covers_many, reason, sweep_later};
use super::store;
use crate::cells;
use crate::input::Fault;

/// Longest line that can hold an entry.
const MAX_LINE: usize = 4096;
/// Most faults that are told.
const MAX_FAULTS: usize = 100;
/// Most bytes of a value that is shown back.
const SHOWN: usize = 200;

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SuppressionsImported, example = json!({
    "added": 2, "already": 1, "subscribers": 1, "invalid": 1,
    "errors": [{"line": 3, "value": "ada.example", "code": "invalid_email", "reason": "the address has no @"}],
}))]
pub struct Imported {
    /// New on the list.
    pub added: u64,
    /// On the list before.
    pub already: u64,
    /// Subscribers whose status is `suppressed` now. Those whom a domain or a hash covers follow within moments.
    pub subscribers: u64,
    /// Lines that are no entries.
    pub invalid: u64,
    /// The first hundred of those.
    pub errors: Vec<RowFault>,
}

/// A line that is no entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SuppressionFault)]
pub struct RowFault {
    pub line: u64,
    pub value: String,
    pub code: String,
    pub reason: String,
}

/// Where things are in a line.
struct Columns {
    delimiter: u8,
    value: usize,
    kind: Option<usize>,
    reason: Option<usize>,
}

impl Columns {
    /// From the first line, and whether that was a header.
    fn of(first: &str) -> (Self, bool) {
        let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
        let delimiter = [b',', b';', b'\t'].into_iter().rev().max_by_key(count);
        let mut columns = Self {
            delimiter: delimiter.unwrap_or(b','),
            value: 0,
            kind: None,
            reason: Some(1),
        };
        let cells: Vec<String> = columns.cells(first).iter().map(|cell| fold(cell)).collect();
        let find = |names: &[&str]| cells.iter().position(|cell| names.contains(&cell.as_str()));
        let value = find(&[
            "email",
            "e-mail",
            "email address",
            "address",
            "value",
            "domain",
        ])
        .or_else(|| find(&["hash", "sha256", "md5"]));
        let Some(value) = value else {
            return (columns, false);
        };
        columns.value = value;
        columns.kind = find(&["kind", "type"]);
        columns.reason = find(&["reason"]);
        (columns, true)
    }

    fn cells(&self, line: &str) -> Vec<String> {
        if !line.as_bytes().contains(&self.delimiter) && !line.contains('"') {
            return vec![line.trim().to_owned()];
        }
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .trim(csv::Trim::All)
            .from_reader(line.as_bytes());
        let record = reader.records().next().and_then(std::result::Result::ok);
        record.map_or_else(Vec::new, |cells| cells.iter().map(str::to_owned).collect())
    }

    fn entry(&self, line: &str, otherwise: &str) -> Result<Entry, (String, Fault)> {
        let cells = self.cells(line);
        let cell = |at: usize| cells.get(at).map(String::as_str).unwrap_or_default();
        // What an export put in front of a text that looks like a formula.
        let value = cells::armed(cell(self.value).into());
        let value = value.as_ref();
        let mut faults = Vec::new();
        let given = self.reason.map(cell).filter(|text| !text.is_empty());
        let given = given.map(|text| cells::armed(text.into()));
        let why = reason("reason", given.as_deref(), otherwise, &mut faults);
        let kind = self.kind.map(|at| fold(cell(at)));
        let entry = match kind.as_deref() {
            Some("address" | "email") => Entry::address(value, &why),
            Some("domain") => Entry::domain(value, &why),
            Some("sha256" | "md5" | "hash") => Entry::digest(value, &why),
            Some("keyed") => Entry::keyed(value, &why),
            _ => Entry::guess(value, &why),
        };
        entry.map_err(|fault| (value.chars().take(SHOWN).collect(), fault))
    }
}

/// Takes a file onto a list as it arrives: text with an entry in each line, or CSV with a header. What is written when
/// the upload breaks off stays; sending the file again is harmless.
pub async fn import<S, E>(
    ctx: &Ctx,
    scope: Scope,
    actor: &Actor,
    otherwise: Option<&str>,
    upload: S,
    max_bytes: u64,
) -> Result<Imported>
where
    S: Stream<Item = std::result::Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let mut errors = Vec::new();
    let otherwise = reason("reason", otherwise, "import", &mut errors);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let mut taker = Taker {
        ctx,
        scope,
        by: actor.as_str(),
        otherwise,
        columns: None,
        batch: Vec::new(),
        line: 0,
        many: false,
        done: Imported::default(),
    };
    let mut upload = std::pin::pin!(upload);
    // The begin of a line whose end has not come yet.
    let mut open: Vec<u8> = Vec::new();
    let mut size = 0;
    while let Some(chunk) = upload.next().await {
        let chunk = chunk.map_err(|error| {
            Error::invalid(
                "file",
                "incomplete",
                format!("the upload broke off after {size} bytes ({error}); send it again"),
            )
        })?;
        size += chunk.len() as u64;
        if size > max_bytes {
            return Err(Error::invalid(
                "file",
                "too_large",
                format!("the file has more than {max_bytes} bytes; split it"),
            ));
        }
        let mut rest: &[u8] = &chunk;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            push(&mut open, &rest[..end]);
            taker.take(&open).await?;
            open.clear();
            rest = &rest[end + 1..];
        }
        push(&mut open, rest);
    }
    taker.take(&open).await?;
    taker.finish(actor).await
}

/// Keeps one byte more of a line than it may have.
fn push(open: &mut Vec<u8>, bytes: &[u8]) {
    let room = (MAX_LINE + 1).saturating_sub(open.len());
    open.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

struct Taker<'a> {
    ctx: &'a Ctx,
    scope: Scope,
    by: &'a str,
    otherwise: String,
    columns: Option<Columns>,
    batch: Vec<Entry>,
    line: u64,
    /// Whether people have to be looked for.
    many: bool,
    done: Imported,
}

impl Taker<'_> {
    async fn take(&mut self, line: &[u8]) -> Result<()> {
        self.line += 1;
        let text = String::from_utf8_lossy(line);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Ok(());
        }
        if self.columns.is_none() {
            let (columns, was_header) = Columns::of(text);
            self.columns = Some(columns);
            if was_header {
                return Ok(());
            }
        }
        let Some(columns) = &self.columns else {
            return Ok(());
        };
        let entry = if line.len() > MAX_LINE {
            let start = text.chars().take(SHOWN).collect();
            Err((start, Fault::new("too_long", "the line is too long")))
        } else {
            columns.entry(text, &self.otherwise)
        };
        match entry {
            Ok(entry) => self.batch.push(entry),
            Err((value, fault)) => {
                self.done.invalid += 1;
                if self.done.errors.len() < MAX_FAULTS {
                    self.done.errors.push(RowFault {
                        line: self.line,
                        value,
                        code: fault.code.to_owned(),
                        reason: fault.message.into_owned(),
                    });
                }
            }
        }
        if self.batch.len() >= MAX_ENTRIES {
            self.write().await?;
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let entries = std::mem::take(&mut self.batch);
        let mut tx = self.ctx.write().await?;
        let Added {
            added,
            already,
            subscribers,
        } = add_in(self.ctx, &mut tx, self.scope, &entries, self.by).await?;
        if !self.many && covers_many(self.scope, &entries) {
            // With the first such batch, so that it happens also when the upload breaks off.
            sweep_later(self.ctx, &mut tx, self.scope).await?;
            self.many = true;
        }
        tx.commit().await?;
        self.done.added += added;
        self.done.already += already;
        self.done.subscribers += subscribers;
        Ok(())
    }

    async fn finish(mut self, actor: &Actor) -> Result<Imported> {
        self.write().await?;
        let mut tx = self.ctx.write().await?;
        if self.many {
            // The first one may have passed people whom later lines cover.
            sweep_later(self.ctx, &mut tx, self.scope).await?;
        }
        if let Scope::Account(account) = self.scope {
            let after = json!({
                "added": self.done.added, "already": self.done.already, "invalid": self.done.invalid,
            });
            identity::audit(
                self.ctx,
                &mut tx,
                account,
                actor,
                "suppression.imported",
                ("suppression", self.line),
                None,
                Some(after),
            )
            .await?;
        }
        tx.commit().await?;
        Ok(self.done)
    }
}

/// A list as CSV, page by page: what [`import`] reads. Of an erased person there is the keyed hash, which only this
/// server understands; addresses that are listed because of another entry are left out.
pub fn csv(ctx: Ctx, scope: Scope) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    let start = Some((i64::MAX, true));
    futures_util::stream::try_unfold(start, move |at| {
        let ctx = ctx.clone();
        async move {
            let Some((before, head)) = at else {
                return Ok(None);
            };
            let limit = Limit::try_new(1000)?;
            let mut tx = ctx.read().await?;
            let page = store::page_with_hash(&mut tx, scope.account(), before, limit).await?;
            drop(tx);
            let next = page.last().map(|(entry, _)| (entry.id.get(), false));
            let mut writer = csv::WriterBuilder::new()
                .terminator(csv::Terminator::CRLF)
                .from_writer(Vec::new());
            if head {
                writer
                    .write_record(["kind", "value", "reason", "created_at"])
                    .map_err(Error::internal)?;
            }
            for (entry, hash) in &page {
                let (kind, value) = match &entry.value {
                    Some(value) => (entry.kind.as_str(), value.clone()),
                    None => ("keyed", HEXLOWER.encode(hash)),
                };
                writer
                    .write_record([
                        kind,
                        &*cells::disarmed(&value),
                        &*cells::disarmed(&entry.reason),
                        &entry.created_at.to_string(),
                    ])
                    .map_err(Error::internal)?;
            }
            let text = writer
                .into_inner()
                .map_err(|error| Error::internal(error.into_error()))?;
            Ok(Some((Bytes::from(text), next)))
        }
    })
}
