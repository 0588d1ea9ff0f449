//! Files that nobody should have made.

use std::fmt::Write as _;

use futures_util::TryStreamExt as _;

use super::*;

fn rows(list: &[(i64, &str, &str)]) -> Vec<(i64, String, String)> {
    list.iter()
        .map(|(line, column, code)| (*line, (*column).to_owned(), (*code).to_owned()))
        .collect()
}

#[testkit::db_test]
async fn each_bad_row_has_a_line_and_a_reason(db: TestDb) {
    let it = fixture(&db).await;
    let mut file = b"email,first_name,points,birthday,member,color\n".to_vec();
    file.extend_from_slice(b"ada.example.com,,,,,\n"); // 2
    file.extend_from_slice(b",Bob,,,,\n");
    file.extend_from_slice(b"c@example.com,,many,2026-02-30,maybe,blue\n"); // 4
    file.extend_from_slice(b"d@example.com,a\0b,,,,\n");
    file.extend_from_slice(b"e@example.com,a\xffb,,,,\n"); // 6
    file.extend_from_slice(b"f@example.com,a,1,,,,surplus\n");
    file.extend_from_slice(b"g@example.com,\"a\nb\",,,,\n"); // 8, 9
    file.extend_from_slice(b"h@example.com,\"never closed,,,,\n"); // 10
    file.extend_from_slice(b"i@example.com,ok,,,,,,,\n\n,,,,,\n"); // 11: empty cells beyond the header are fine
    file.extend_from_slice("j@example.com,ok é ü,,,,\n".as_bytes()); // 14
    let import = it.import(&file, Options::default()).await;
    assert_eq!(import.counters, counters(2, 0, 0, 0, 8));
    assert_eq!(
        it.codes(import.id).await,
        rows(&[
            (2, "email", "invalid_email"),
            (3, "email", "invalid_email"),
            (4, "points", "wrong_type"),
            (4, "birthday", "wrong_type"),
            (4, "member", "wrong_type"),
            (4, "color", "unknown_option"),
            (5, "first_name", "nul_character"),
            (6, "first_name", "invalid_encoding"),
            (7, "", "too_many_columns"),
            (8, "first_name", "control_character"),
            (10, "", "unclosed_quote"),
        ])
    );
}

#[testkit::db_test]
async fn a_line_of_5_mb_is_one_bad_row(db: TestDb) {
    let it = fixture(&db).await;
    let huge = "x".repeat(5 << 20);
    let file =
        format!("email,city\na@example.com,\"{huge}\"\nb@example.com,{huge}\nc@example.com,Oslo\n");
    let import = it.import(file, Options::default()).await;
    assert_eq!(import.counters, counters(1, 0, 0, 0, 2));
    assert_eq!(
        it.codes(import.id).await,
        rows(&[(2, "", "row_too_long"), (3, "", "row_too_long")])
    );
}

#[testkit::db_test]
async fn every_encoding_is_read(db: TestDb) {
    let it = fixture(&db).await;
    let text = |name: &str| format!("email;city\n{name}@example.com;Köln\n");
    let utf16 = |text: &str| -> Vec<u8> {
        format!("\u{feff}{text}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect()
    };
    let files: [(&str, Vec<u8>, bool); 4] = [
        ("plain", text("plain").into_bytes(), false),
        (
            "bom",
            format!("\u{feff}{}", text("bom")).into_bytes(),
            false,
        ),
        ("wide", utf16(&text("wide")), false),
        (
            "old",
            encoding_rs::WINDOWS_1252
                .encode(&text("old"))
                .0
                .into_owned(),
            true,
        ),
    ];
    for (name, file, assumed) in files {
        let import = it.import(file, Options::default()).await;
        assert_eq!(import.counters, counters(1, 0, 0, 0, 0), "{name}");
        assert_eq!(import.encoding_assumed(), assumed, "{name}");
        assert_eq!(
            it.people().await[&format!("{name}@example.com")],
            "active - - city=Köln"
        );
    }
}

#[testkit::db_test]
async fn a_file_that_cannot_be_understood_is_refused_whole(db: TestDb) {
    let it = fixture(&db).await;
    let many = format!("email{}\n", ",x".repeat(500));
    let long = format!("{}\n", "x".repeat(2 << 20));
    let table: [(&[u8], &str); 10] = [
        (b"", "empty"),
        (b"\n\n", "missing_header"),
        (
            b"ada@example.com,Ada\nbob@example.com,Bob\n",
            "missing_header",
        ),
        (b"name,city\nAda,Berlin\n", "no_email_column"),
        (b"email,City,city\n", "duplicate_header"),
        (b"email,\"city\n", "unclosed_quote"),
        (b"email,a\0b\n", "nul_character"),
        (
            b"email,\xe9t\xe9\nada@example.com,\xc3\xa9\xc3\xa9\xc3\xa9\n",
            "invalid_encoding",
        ),
        (many.as_bytes(), "too_many_columns"),
        (long.as_bytes(), "missing_header"),
    ];
    for (file, wanted) in table {
        let error = it.create(file, Options::default()).await.unwrap_err();
        assert_eq!(
            code(&error),
            ("file", wanted),
            "{:?}",
            String::from_utf8_lossy(&file[..file.len().min(60)])
        );
        assert_eq!(it.files(), 0);
    }
    for (options, field) in [
        (
            Options {
                groups: vec![GroupId::from(999)],
                ..Options::default()
            },
            "groups[0]",
        ),
        (
            Options {
                tags: vec![TagId::from(999)],
                ..Options::default()
            },
            "tags[0]",
        ),
        (
            Options {
                mapping: [("nope".to_owned(), "email".into())].into(),
                ..Options::default()
            },
            "mapping.nope",
        ),
    ] {
        let error = it.create("email\n", options).await.unwrap_err();
        assert_eq!(code(&error).0, field);
    }
    assert_eq!(
        it.import("email\n", Options::default()).await.counters,
        counters(0, 0, 0, 0, 0)
    );
}

#[testkit::db_test]
async fn formulas_are_text_here_and_disarmed_in_the_report(db: TestDb) {
    let it = fixture(&db).await;
    let file = "email,first_name\na@example.com,=1+1\n=cmd|' /C calc'!A0,Eve\n";
    let import = it.import(file, Options::default()).await;
    assert_eq!(it.people().await["a@example.com"], "active =1+1 -");
    let report = service::errors_csv(&it.ctx, it.account, import.id)
        .await
        .unwrap();
    let report: Vec<Bytes> = report.try_collect().await.unwrap();
    let report = String::from_utf8(report.concat()).unwrap();
    assert_eq!(
        report,
        "line,column,value,code,reason,severity\r\n3,email,'=cmd|' /C calc'!A0,invalid_email,the address has no @,error\r\n"
    );
}

#[testkit::db_test]
async fn thirty_percent_garbage_leaves_seventy(db: TestDb) {
    let it = fixture(&db).await;
    let mut file = "email,points\n".to_owned();
    for n in 0..1000 {
        match n % 10 {
            3 => writeln!(file, "bad{n},1").unwrap(),
            6 => writeln!(file, "p{n}@example.com,none").unwrap(),
            9 => writeln!(file, "p{n}@example.com,\"1").unwrap(),
            _ => writeln!(file, "p{n}@example.com,{n}").unwrap(),
        }
    }
    let import = it.create(file, Options::default()).await.unwrap();
    let pace = Pace { rows: 64, ..PACE };
    assert_eq!(it.run(import.id, pace).await, End::Done);
    let import = it.get(import.id).await;
    assert_eq!(import.counters, counters(700, 0, 0, 0, 300));
    assert_eq!(it.people().await.len(), 700);
    assert_eq!(it.errors(import.id).await.len(), 300);
}
