//! Imports on both engines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, Error, Limit};
use testkit::TestDb;

use super::model::{Counters, Import, Options, RowError, State};
use super::run::{End, Pace, run};
use super::service::{self, Spool, Upload};
use crate::fields::{self, FieldKind, NewField, Visibility};
use crate::{GroupId, ImportId, SubscriberId, TagId};

mod crash;
mod garbage;
mod hostile;
mod people;
mod trial;
mod undo;
mod upload;

pub(crate) const GROUP: i64 = 77;
pub(crate) const TAG: i64 = 88;

pub(crate) struct Fixture {
    pub(crate) ctx: Ctx,
    pub(crate) account: AccountId,
    pub(crate) actor: Actor,
    pub(crate) spool: Spool,
    _directory: tempfile::TempDir,
}

/// An account with a field of each kind, a group and a tag.
pub(crate) async fn fixture(db: &TestDb) -> Fixture {
    let ctx = db.ctx();
    let account = AccountId::from(5);
    let actor = Actor::system();
    let mut tx = ctx.write().await.unwrap();
    tx.query(
        "insert into account (id, name, time_zone, language, version, created_at, updated_at)
         values ($1, 'Test', 'UTC', 'en', 1, 0, 0)",
    )
    .bind(account)
    .execute()
    .await
    .unwrap();
    for (table, id) in [("contact_group", GROUP), ("tag", TAG)] {
        tx.query(format!(
            "insert into {table} (account_id, id, name, name_folded, created_at, updated_at)
             values ($1, $2, 'Some', 'some', 0, 0)"
        ))
        .bind(account)
        .bind(id)
        .execute()
        .await
        .unwrap();
    }
    for (key, kind) in [
        ("city", FieldKind::Text),
        ("points", FieldKind::Number),
        ("birthday", FieldKind::Date),
        ("member", FieldKind::Boolean),
        ("color", FieldKind::Dropdown),
    ] {
        let new = NewField {
            key: key.to_owned(),
            name: key.to_owned(),
            kind,
            visibility: Visibility::Visible,
            options: match kind {
                FieldKind::Dropdown => vec!["Red".to_owned(), "Green".to_owned()],
                _ => Vec::new(),
            },
        };
        fields::create_in(&ctx, &mut tx, account, &actor, new)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    Fixture {
        ctx,
        account,
        actor,
        spool: Spool {
            directory: directory.path().join("uploads"),
            max_bytes: 1 << 30,
        },
        _directory: directory,
    }
}

/// Small batches, so that files of a few rows have several.
const PACE: Pace = Pace {
    rows: 3,
    bytes: 4 << 20,
    batches: usize::MAX,
};

impl Fixture {
    async fn create(&self, file: impl AsRef<[u8]>, options: Options) -> kernel::Result<Import> {
        let chunks: Vec<Result<Bytes, std::io::Error>> = file
            .as_ref()
            .chunks(1000)
            .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
            .collect();
        let content = futures_util::stream::iter(chunks);
        let upload = Upload::receive(&self.ctx, &self.spool, "people.csv", content).await?;
        service::create(&self.ctx, self.account, &self.actor, upload, options).await
    }

    async fn run(&self, id: ImportId, pace: Pace) -> End {
        run(&self.ctx, self.account, id, pace).await.unwrap()
    }

    /// Imports a file to its end.
    pub(crate) async fn import(&self, file: impl AsRef<[u8]>, options: Options) -> Import {
        let import = self.create(file, options).await.unwrap();
        assert_eq!(self.run(import.id, PACE).await, End::Done);
        let import = self.get(import.id).await;
        assert_eq!(import.state, State::Completed);
        assert_eq!(import.total, Some(import.counters.processed));
        assert_eq!(self.files(), 0, "the spool is empty again");
        import
    }

    async fn get(&self, id: ImportId) -> Import {
        service::get(&self.ctx, self.account, id).await.unwrap()
    }

    async fn errors(&self, id: ImportId) -> Vec<RowError> {
        let limit = Limit::try_new(1000).unwrap();
        service::errors(&self.ctx, self.account, id, None, limit)
            .await
            .unwrap()
            .data
    }

    /// Line, column and code of each error.
    async fn codes(&self, id: ImportId) -> Vec<(i64, String, String)> {
        self.errors(id)
            .await
            .into_iter()
            .map(|error| {
                (
                    error.line,
                    error.column.unwrap_or_default(),
                    error.code.into_owned(),
                )
            })
            .collect()
    }

    pub(crate) fn files(&self) -> usize {
        std::fs::read_dir(&self.spool.directory).map_or(0, Iterator::count)
    }

    /// Everybody, by address: status, names, custom values, groups, tags.
    pub(crate) async fn people(&self) -> BTreeMap<String, String> {
        let mut tx = self.ctx.read().await.unwrap();
        let rows = tx
            .query(
                "select s.email, s.status, coalesce(s.first_name, '-') as first_name,
                     coalesce(s.last_name, '-') as last_name, s.id
                 from subscriber s where s.account_id = $1",
            )
            .bind(self.account)
            .fetch_all()
            .await
            .unwrap();
        let ids: Vec<SubscriberId> = rows.iter().map(|row| row.get("id").unwrap()).collect();
        let values = crate::subscribers::merge_values(&mut tx, self.account, &ids)
            .await
            .unwrap();
        let mut people = BTreeMap::new();
        for row in rows {
            let mut text = String::new();
            for column in ["status", "first_name", "last_name"] {
                text.push_str(&row.get::<String>(column).unwrap());
                text.push(' ');
            }
            let id: SubscriberId = row.get("id").unwrap();
            let mut fields: Vec<_> = values[&id].fields.iter().collect();
            fields.sort_by_key(|(key, _)| key);
            for (key, value) in fields {
                write!(text, "{key}={value} ").unwrap();
            }
            for (label, sql) in [
                (
                    "group",
                    "select '' as k, cast(group_id as text) as v from group_member
                     where account_id = $1 and subscriber_id = $2",
                ),
                (
                    "tag",
                    "select '' as k, cast(tag_id as text) as v from tagging
                     where account_id = $1 and subscriber_id = $2",
                ),
            ] {
                let values = tx
                    .query(sql)
                    .bind(self.account)
                    .bind(id)
                    .fetch_all()
                    .await
                    .unwrap();
                for value in values {
                    let key: String = value.get("k").unwrap();
                    let value: String = value.get("v").unwrap();
                    write!(text, "{label}{key}={value} ").unwrap();
                }
            }
            people.insert(row.get("email").unwrap(), text.trim_end().to_owned());
        }
        people
    }

    /// How many events of a kind there are.
    async fn events(&self, kind: &str) -> i64 {
        let mut tx = self.ctx.read().await.unwrap();
        tx.query("select count(*) as n from event where account_id = $1 and kind = $2")
            .bind(self.account)
            .bind(kind)
            .fetch_one()
            .await
            .unwrap()
            .get("n")
            .unwrap()
    }
}

fn counters(created: i64, updated: i64, unchanged: i64, skipped: i64, invalid: i64) -> Counters {
    Counters {
        processed: created + updated + unchanged + skipped + invalid,
        created,
        updated,
        unchanged,
        skipped,
        invalid,
        warnings: 0,
    }
}

fn code(error: &Error) -> (&str, &str) {
    match error {
        Error::Invalid(errors) => (&errors[0].field, &errors[0].code),
        Error::Conflict { code, .. } => ("", code),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn labelled() -> Options {
    Options {
        groups: vec![GroupId::from(GROUP)],
        tags: vec![TagId::from(TAG)],
        ..Options::default()
    }
}
