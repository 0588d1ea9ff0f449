//! Before an import: previews, dry runs, workbooks, pasted text, doubts.

use serde_json::json;

use super::*;
use crate::imports::preview::preview;
use crate::imports::workbook::tests::{sheet, strings, workbook};
use crate::imports::{Existing, NewPeople};

fn options(json: serde_json::Value) -> Options {
    serde_json::from_value(json).unwrap()
}

impl Fixture {
    async fn paste(&self, text: &str, options: Options) -> kernel::Result<Import> {
        let upload = Upload::paste(&self.ctx, &self.spool, "", text.to_owned()).await?;
        service::create(&self.ctx, self.account, &self.actor, upload, options).await
    }
}

#[testkit::db_test]
async fn a_dry_run_counts_and_changes_nothing(db: TestDb) {
    let it = fixture(&db).await;
    it.import(
        "email,first_name\nada@example.com,Ada\nbob@example.com,Bob\neve@example.com,Eve\n",
        Options::default(),
    )
    .await;
    let before = it.people().await;
    let file = "email,first_name,Shoe size\nada@example.com,Ada,\nbob@example.com,Robert,\n\
        eve@example.com,Eve,38\nnew@example.com,New,40\nbad,,\nx@example.com,,many\nNEW@example.com,,\n";
    let mut trial = options(json!({
        "mapping": {"Shoe size": {"new_field": {"kind": "number"}}}, "dry_run": true,
    }));
    let import = it.create(file, trial.clone()).await.unwrap();
    assert_eq!(it.run(import.id, PACE).await, End::Done);
    let tried = it.get(import.id).await;
    assert_eq!(tried.state, State::Completed);
    assert_eq!(tried.counters, counters(1, 2, 1, 1, 2));
    assert_eq!(it.people().await, before);
    let catalog = fields::catalog(&it.ctx, it.account).await.unwrap();
    assert!(catalog.by_key("shoe_size").is_none());
    let errors = it.codes(import.id).await;

    // For good, and with the same result.
    let run = service::run_after_trial(&it.ctx, it.account, &it.actor, import.id)
        .await
        .unwrap();
    assert_eq!(
        (run.state, run.counters),
        (State::Queued, Counters::default())
    );
    assert_eq!(it.run(import.id, PACE).await, End::Done);
    let ran = it.get(import.id).await;
    assert_eq!(ran.counters, tried.counters);
    assert_eq!(it.codes(import.id).await, errors);
    assert_eq!(it.files(), 0);
    assert_eq!(
        it.people().await["eve@example.com"],
        "active Eve - shoe_size=38"
    );
    let refused = service::run_after_trial(&it.ctx, it.account, &it.actor, import.id).await;
    assert_eq!(code(&refused.unwrap_err()).1, "not_a_dry_run");

    // With groups, somebody who is the same otherwise would be updated.
    trial.groups = vec![GroupId::from(GROUP)];
    let import = it.create(file, trial).await.unwrap();
    assert_eq!(it.run(import.id, PACE).await, End::Done);
    assert_eq!(it.get(import.id).await.counters, counters(0, 4, 0, 1, 2));

    // Nobody runs it: its file goes after a week.
    assert!(it.files() > 0);
    db.clock().advance(std::time::Duration::from_hours(8 * 24));
    crate::imports::forget_old(&it.ctx, 100).await.unwrap();
    assert_eq!(it.files(), 0);
}

#[testkit::db_test]
async fn known_or_new_people_can_be_left_out(db: TestDb) {
    let it = fixture(&db).await;
    it.import(
        "email,first_name\nada@example.com,Ada\n",
        Options::default(),
    )
    .await;
    let file = "email,first_name\nada@example.com,Augusta\nbob@example.com,Bob\n";
    let skip_both = Options {
        existing: Existing::Skip,
        new_people: NewPeople::Skip,
        ..Options::default()
    };
    let error = it.create(file, skip_both).await.unwrap_err();
    assert_eq!(code(&error).0, "new_people");
    let update_only = Options {
        new_people: NewPeople::Skip,
        ..Options::default()
    };
    let import = it.import(file, update_only).await;
    assert_eq!(import.counters, counters(0, 1, 0, 1, 0));
    assert_eq!(it.people().await.len(), 1);
    let create_only = Options {
        existing: Existing::Skip,
        ..Options::default()
    };
    let import = it.import(file, create_only).await;
    assert_eq!(import.counters, counters(1, 0, 0, 1, 0));
}

#[testkit::db_test]
async fn addresses_that_look_wrong_are_taken_and_told(db: TestDb) {
    let it = fixture(&db).await;
    let file = "first_name,email\nA,info@shop.example\nB,ada@gmial.com\nC,ada@gmail.com\n";
    let import = it.import(file, Options::default()).await;
    let wanted = Counters {
        warnings: 2,
        ..counters(3, 0, 0, 0, 0)
    };
    assert_eq!(import.counters, wanted);
    let wanted = [(2, "role_address"), (3, "likely_typo")]
        .map(|(line, code)| (line, "email".to_owned(), code.to_owned()));
    assert_eq!(it.codes(import.id).await, wanted);
    let errors = it.errors(import.id).await;
    assert!(
        errors
            .iter()
            .all(|error| error.severity == crate::imports::Severity::Warning)
    );
    assert!(errors[1].reason.contains("gmail.com"), "{errors:?}");
}

#[testkit::db_test]
async fn text_is_pasted_with_or_without_a_header(db: TestDb) {
    let it = fixture(&db).await;
    for (text, people) in [
        (
            "E-mail\tVorname\na@example.com\tAnna\n",
            "a@example.com active Anna - ",
        ),
        ("b@example.com\nc@example.com", "c@example.com active - - "),
        (
            "Dora\td@example.com\r\nErna\te@example.com\r\n",
            "e@example.com active - - ",
        ),
    ] {
        let import = it.paste(text, Options::default()).await.unwrap();
        assert_eq!(import.file_name, "pasted text");
        assert_eq!(it.run(import.id, PACE).await, End::Done);
        let (address, rest) = people.split_once(' ').unwrap();
        assert_eq!(it.people().await[address], rest.trim_end());
    }
    assert_eq!(it.people().await.len(), 5);
    // A column without a name can be mapped by its number.
    let mapped = options(json!({"mapping": {"Column 1": "first_name"}}));
    let import = it.paste("Ida,i@example.com\n", mapped).await.unwrap();
    assert_eq!(it.run(import.id, PACE).await, End::Done);
    assert_eq!(it.people().await["i@example.com"], "active Ida -");
    // A file says so.
    let without = options(json!({"header": false}));
    let import = it
        .import("j@example.com,x\nk@example.com,y\n", without)
        .await;
    assert_eq!(import.counters.created, 2);
    let error = it.paste("no address in it", Options::default()).await;
    assert_eq!(code(&error.unwrap_err()).1, "no_email_column");
}

#[testkit::db_test]
async fn a_workbook_is_imported_like_a_file(db: TestDb) {
    let it = fixture(&db).await;
    let strings = strings(&[
        "Email",
        "city",
        "a@example.com",
        "Köln\nam Rhein",
        "'+nobody",
    ]);
    let rows = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>birthday</t></is></c><c r="D1" t="inlineStr"><is><t>points</t></is></c></row>
        <row r="3"><c r="A3" t="s"><v>2</v></c><c r="B3" t="s"><v>3</v></c><c r="C3" s="1"><v>32966</v></c><c r="D3"><v>1.5</v></c></row>
        <row r="7"><c r="A7" t="s"><v>4</v></c></row>"#;
    let file = workbook(&sheet(rows), &strings);
    let import = it.import(&file, Options::default()).await;
    assert_eq!(import.size_bytes, file.len() as i64);
    assert_eq!(import.counters, counters(1, 0, 0, 0, 1));
    assert_eq!(
        it.people().await["a@example.com"],
        "active - - birthday=1990-04-03 city=Köln\nam Rhein points=1.5"
    );
    // Lines are rows of the sheet.
    assert_eq!(it.codes(import.id).await[0].0, 7);
    for (bytes, wanted) in [
        (&b"PK\x03\x04 no workbook"[..], "invalid_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "invalid_workbook"),
    ] {
        let error = it.create(bytes, Options::default()).await.unwrap_err();
        assert_eq!(code(&error), ("file", wanted));
        assert_eq!(it.files(), 0);
    }
}

#[testkit::db_test]
async fn a_preview_shows_what_would_become_of_a_file(db: TestDb) {
    let it = fixture(&db).await;
    let look = async |text: &str, wanted: Options| {
        let upload = Upload::paste(&it.ctx, &it.spool, "", text.to_owned())
            .await
            .unwrap();
        let seen = preview(&it.ctx, it.account, upload, wanted).await.unwrap();
        assert_eq!(it.files(), 0);
        serde_json::to_value(seen).unwrap()
    };
    let seen = look(
        "Adresse;Größe;city;since\na@example.com;38;Oslo;2026-05-04\n;40,5;;\n",
        Options::default(),
    )
    .await;
    assert_eq!(seen["delimiter"], ";");
    assert_eq!(seen["header"], true);
    assert_eq!(seen["faults"], json!([]));
    assert_eq!(seen["columns"][0]["target"], "email");
    assert_eq!(
        seen["columns"][0]["reason"],
        "its cells are email addresses"
    );
    assert_eq!(seen["columns"][1]["target"], json!(null));
    assert_eq!(seen["columns"][1]["suggested_kind"], "text");
    assert_eq!(seen["columns"][2]["target"], "city");
    assert_eq!(seen["columns"][3]["suggested_kind"], "date");
    assert_eq!(seen["columns"][3]["suggested_key"], "since");
    assert_eq!(
        seen["rows"][1],
        json!({"line": 3, "cells": ["", "40,5", "", ""]})
    );

    let seen = look("name,city\nAda,Oslo\n", Options::default()).await;
    assert_eq!(seen["faults"][0]["code"], "no_email_column");
    assert_eq!(seen["columns"][1]["target"], "city");
}
