//! Exports on both engines.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use testkit::TestDb;

use super::columns::Names;
use super::model::{Export, Format, Options, Selection, State};
use super::service::{self, Folder};
use super::{ExportJob, run, sweep};
use crate::imports::tests::{Fixture, GROUP, fixture, labelled};
use crate::{ExportId, GroupId};

const FILE: &str = "email,first_name,city,points,birthday,member,color\n\
    ada@example.com,Ada,\"Köln, \"\"Dom\"\"\",1.5,1815-12-10,yes,red\n\
    bob@example.com,=1+1,-,-2,,,\ncy@example.com,,,,,no,\n";

fn all() -> Selection {
    Selection {
        all: Some(true),
        ..Selection::default()
    }
}

fn columns(format: Format, names: &str) -> Options {
    Options {
        format,
        columns: names
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

impl Fixture {
    async fn streamed(&self, selection: Selection, options: Options) -> kernel::Result<String> {
        let lines =
            service::stream(&self.ctx, self.account, &self.actor, selection, options).await?;
        let lines: Vec<bytes::Bytes> = lines.try_collect().await?;
        Ok(String::from_utf8(lines.concat()).unwrap())
    }

    async fn export(&self, selection: Selection, options: Options) -> Export {
        let folder = Folder(self.spool.directory.clone());
        service::create(
            &self.ctx,
            self.account,
            &self.actor,
            &folder,
            selection,
            options,
        )
        .await
        .unwrap()
    }

    async fn step(&self, id: ExportId) -> bool {
        let mut names = Names::default();
        run::step(&self.ctx, self.account, id, &mut names, 2)
            .await
            .unwrap()
    }

    async fn state(&self, id: ExportId) -> Export {
        service::get(&self.ctx, self.account, id).await.unwrap()
    }
}

#[testkit::db_test]
async fn people_are_written_as_csv_and_json_lines(db: TestDb) {
    let it = fixture(&db).await;
    it.import(FILE, labelled()).await;
    let names = "email,first_name,city,points,fields.birthday,member,color,groups,score";
    let csv = it
        .streamed(all(), columns(Format::Csv, names))
        .await
        .unwrap();
    assert_eq!(
        csv,
        "email,first_name,city,points,birthday,member,color,groups,score\r\n\
         ada@example.com,Ada,\"Köln, \"\"Dom\"\"\",1.5,1815-12-10,true,Red,Some,0\r\n\
         bob@example.com,'=1+1,'-,-2,,,,Some,0\r\n\
         cy@example.com,,,,,false,,Some,0\r\n"
    );
    let lines = it
        .streamed(all(), columns(Format::Jsonl, names))
        .await
        .unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[1],
        json!({
            "email": "bob@example.com", "first_name": "=1+1",
            "fields": {"city": "-", "points": -2, "birthday": null, "member": null, "color": null},
            "groups": ["Some"], "score": 0,
        })
    );
    // Without columns: what an import reads, and all fields.
    let csv = it.streamed(all(), Options::default()).await.unwrap();
    assert!(csv.starts_with(
        "email,first_name,last_name,phone,language,time_zone,status,source,groups,tags,created_at,city,points,"
    ));
}

#[testkit::db_test]
async fn conditions_hold_together(db: TestDb) {
    let it = fixture(&db).await;
    it.import(FILE, labelled()).await;
    it.import(
        "email,city\ndan@example.com,Oslo\n",
        crate::imports::Options::default(),
    )
    .await;
    let email = || columns(Format::Csv, "email");
    let in_group = Selection {
        group_ids: vec![GroupId::from(GROUP)],
        ..Selection::default()
    };
    let csv = it.streamed(in_group.clone(), email()).await.unwrap();
    assert_eq!(csv.lines().count(), 4);
    let named = Selection {
        rule: Some(json!({"field": "first_name", "op": "equals", "value": "Ada"})),
        ..in_group
    };
    let csv = it.streamed(named, email()).await.unwrap();
    assert_eq!(csv, "email\r\nada@example.com\r\n");
    for (selection, options, field) in [
        (Selection::default(), email(), "selection"),
        (
            Selection {
                ids: Some(vec![5.into()]),
                ..all()
            },
            email(),
            "selection",
        ),
        (
            Selection {
                segment_id: Some(5.into()),
                ..Selection::default()
            },
            email(),
            "rule",
        ),
        (all(), columns(Format::Csv, "email,nope"), "columns[1]"),
        (all(), columns(Format::Csv, "email,email"), "columns[1]"),
    ] {
        let Err(kernel::Error::Invalid(errors)) = it.streamed(selection.clone(), options).await
        else {
            panic!("{selection:?} is taken");
        };
        assert!(errors[0].field.starts_with(field), "{errors:?}");
    }
}

#[testkit::db_test]
async fn a_file_is_gone_on_with_where_a_crash_left_it(db: TestDb) {
    let it = fixture(&db).await;
    let mut file = "email,city\n".to_owned();
    for n in 0..9 {
        file.extend([format!("p{n}@example.com,City {n}\n")]);
    }
    it.import(file, crate::imports::Options::default()).await;
    let clean = it.streamed(all(), Options::default()).await.unwrap();

    let export = it.export(all(), Options::default()).await;
    let refused = service::file(&it.ctx, it.account, &it.actor, export.id).await;
    assert!(matches!(
        refused.unwrap_err(),
        kernel::Error::Conflict { .. }
    ));
    assert!(it.step(export.id).await);
    assert!(it.step(export.id).await);
    let half = it.state(export.id).await;
    assert_eq!((half.processed, half.total), (4, Some(9)));
    // Written, but not committed.
    let mut bytes = std::fs::read(&half.path).unwrap();
    bytes.extend_from_slice(b"p4@exam");
    std::fs::write(&half.path, bytes).unwrap();
    assert!(it.step(export.id).await);
    // Lost.
    std::fs::remove_file(&half.path).unwrap();
    // Who comes now is not in it.
    it.import(
        "email\nlate@example.com\n",
        crate::imports::Options::default(),
    )
    .await;
    let registry = jobs::Registry::new().job::<ExportJob>();
    jobs::run_due(&it.ctx, &registry).await;
    let done = it.state(export.id).await;
    assert_eq!((done.state, done.processed), (State::Completed, 9));
    let written = std::fs::read_to_string(&done.path).unwrap();
    assert_eq!(written, clean);
    assert_eq!(done.size_bytes, written.len() as i64);
    service::file(&it.ctx, it.account, &it.actor, export.id)
        .await
        .unwrap();

    // After a week it is gone.
    db.clock().advance(Duration::from_hours(8 * 24));
    assert_eq!(sweep(&it.ctx, 10).await.unwrap(), 1);
    assert_eq!(it.state(export.id).await.state, State::Expired);
    assert_eq!(it.files(), 0);
}

#[testkit::db_test]
async fn an_export_can_be_stopped_and_fails_with_a_reason(db: TestDb) {
    let it = fixture(&db).await;
    it.import(FILE, labelled()).await;
    let export = it.export(all(), Options::default()).await;
    assert!(it.step(export.id).await);
    let stopped = service::stop(&it.ctx, it.account, &it.actor, export.id)
        .await
        .unwrap();
    assert_eq!((stopped.state, it.files()), (State::Stopped, 0));
    assert!(!it.step(export.id).await);
    assert_eq!(it.files(), 0);

    let group = Selection {
        group_ids: vec![GroupId::from(GROUP)],
        ..Selection::default()
    };
    let export = it.export(group, Options::default()).await;
    let mut tx = it.ctx.write().await.unwrap();
    tx.query("delete from contact_group where account_id = $1")
        .bind(it.account)
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let registry = jobs::Registry::new().job::<ExportJob>();
    jobs::run_due(&it.ctx, &registry).await;
    let failed = it.state(export.id).await;
    assert_eq!(failed.state, State::Failed);
    assert!(failed.error.is_some());
    assert_eq!(it.files(), 0);
}

/// One person as a file says it: name, city, points, day, member.
type Row = (String, String, Option<i64>, Option<i16>, Option<bool>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    // Text that has hurt before: quotes, delimiters, formulas, line breaks, other scripts.
    let text = || "['\"=+@;,\\-a-cé漢\u{1f600} ]{0,8}";
    let city = "['\"=+@;,\\-a-c\n\té ]{0,8}";
    let row = (
        text(),
        city,
        proptest::option::of(-1_000_000_000_000..1_000_000_000_000_i64),
        proptest::option::of(0..20_000_i16),
        proptest::option::of(any::<bool>()),
    );
    proptest::collection::vec(row, 1..12)
}

#[testkit::db_test]
async fn an_import_reads_what_an_export_wrote(db: TestDb) {
    let it = fixture(&db).await;
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..40 {
        let rows = rows().new_tree(&mut runner).unwrap().current();
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header = [
            "email",
            "first_name",
            "city",
            "points",
            "birthday",
            "member",
        ];
        writer.write_record(header).unwrap();
        for (n, (name, city, points, day, member)) in rows.iter().enumerate() {
            let points = points.map(|n| rules::Decimal::from_micros(n).to_string());
            let day = day
                .and_then(|day| rules::date_from_days(i64::from(day)))
                .map(|day| day.to_string());
            writer
                .write_record([
                    format!("'=p{n}@example.com"),
                    crate::cells::disarmed(name).into_owned(),
                    crate::cells::disarmed(city).into_owned(),
                    points.unwrap_or_default(),
                    day.unwrap_or_default(),
                    member.map_or(String::new(), |it| it.to_string()),
                ])
                .unwrap();
        }
        let file = writer.into_inner().unwrap();
        let import = it.import(file, crate::imports::Options::default()).await;
        assert_eq!(import.counters.invalid, 0, "{rows:?}");
        let before = it.people().await;
        let exported = it.streamed(all(), Options::default()).await.unwrap();
        for record in csv::Reader::from_reader(exported.as_bytes()).records() {
            for cell in &record.unwrap() {
                let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(!formula || cell.parse::<f64>().is_ok(), "{cell:?}");
            }
        }
        let mut tx = it.ctx.write().await.unwrap();
        for table in ["subscriber", "event"] {
            tx.query(format!("delete from {table} where account_id = $1"))
                .bind(it.account)
                .execute()
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        it.import(exported, crate::imports::Options::default())
            .await;
        assert_eq!(it.people().await, before);
        let mut tx = it.ctx.write().await.unwrap();
        for table in ["subscriber", "event"] {
            tx.query(format!("delete from {table} where account_id = $1"))
                .bind(it.account)
                .execute()
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
}
