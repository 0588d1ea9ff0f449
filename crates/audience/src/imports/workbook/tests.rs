use std::io::Cursor;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

/// A workbook of one sheet, written by hand.
pub(in crate::imports) fn workbook(sheet: &str, strings: &str) -> Vec<u8> {
    parts(&[
        (
            "[Content_Types].xml",
            r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#,
        ),
        (
            "_rels/.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
        (
            "xl/workbook.xml",
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        (
            "xl/styles.xml",
            r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="22"/></cellXfs></styleSheet>"#,
        ),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

fn parts(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A table of texts.
pub(in crate::imports) fn strings(list: &[&str]) -> String {
    let mut text = format!(
        r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="{}">"#,
        list.len()
    );
    for one in list {
        let _ = write!(text, "<si><t xml:space=\"preserve\">{one}</t></si>");
    }
    text + "</sst>"
}

pub(in crate::imports) fn sheet(rows: &str) -> String {
    format!(
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    )
}

fn converted(bytes: &[u8], name: Option<&str>, rows: u32) -> kernel::Result<String> {
    let directory = tempfile::tempdir().unwrap();
    let (source, target) = (directory.path().join("a"), directory.path().join("b"));
    std::fs::write(&source, bytes).unwrap();
    let limits = Limits {
        bytes: 10_000,
        rows,
    };
    convert(&source, &target, name, limits)?;
    Ok(std::fs::read_to_string(target).unwrap())
}

const ROWS: &str = r#"<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="D2" t="inlineStr"><is><t>Since</t></is></c></row>
<row r="4"><c r="A4" t="s"><v>2</v></c><c r="B4"><v>0.30000000000000004</v></c><c r="C4" t="b"><v>1</v></c><c r="D4" s="1"><v>45943</v></c></row>
<row r="5"><c r="A5" t="s"><v>3</v></c><c r="B5"><v>491512345678</v></c><c r="C5" t="e"><v>#N/A</v></c><c r="D5" s="2"><v>45943.541</v></c></row>"#;

fn shared() -> String {
    strings(&["email", "phone", "ada@example.com", "a \"b\", c\nd &amp; e"])
}

#[test]
fn a_sheet_becomes_csv_line_by_line() {
    let file = workbook(&sheet(ROWS), &shared());
    let wanted = "\nemail,phone,,Since\n\nada@example.com,0.3,true,2025-10-13\n\
        \"a \"\"b\"\", c\nd & e\",491512345678,,2025-10-13T12:59:02\n";
    assert_eq!(converted(&file, None, MAX_ROWS).unwrap(), wanted);
    assert_eq!(converted(&file, Some("people "), MAX_ROWS).unwrap(), wanted);
    assert_eq!(converted(&file, None, 2).unwrap(), "\nemail,phone,,Since\n");
    let Err(Error::Invalid(errors)) = converted(&file, Some("Other"), MAX_ROWS) else {
        panic!("there is no such sheet");
    };
    assert!(errors[0].message.contains("\"People\""));
}

#[test]
fn what_no_spreadsheet_program_writes_is_refused() {
    let good = workbook(&sheet(ROWS), &shared());
    let huge = |n: usize| "x".repeat(n);
    let cell = |text: &str| {
        sheet(&format!(
            "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is>{text}</is></c></row>"
        ))
    };
    let runs = "<r><t>".to_owned() + &huge(100_000) + "</t></r>";
    let table: Vec<(&str, Vec<u8>)> = vec![
        ("cut", good[..good.len() - 30].to_vec()),
        ("no archive", b"PK\x03\x04 but nothing else".to_vec()),
        ("other archive", parts(&[("mimetype", "application/zip")])),
        (
            "a text of 1 MB",
            workbook(&cell(&format!("<t>{}</t>", huge(1 << 20))), &shared()),
        ),
        (
            "a cell of many texts",
            workbook(&cell(&runs.repeat(20)), &shared()),
        ),
        (
            "a tag of 1 MB",
            workbook(
                &cell(&format!("<t a=\"{}\"/>", "<>".repeat(1 << 19))),
                &shared(),
            ),
        ),
        (
            "an entity bomb",
            workbook(
                &format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{}", sheet(ROWS)),
                &shared(),
            ),
        ),
        (
            "a count that is not true",
            workbook(
                &sheet(ROWS),
                "<sst uniqueCount=\"99999999999999\"><si><t>a</t></si></sst>",
            ),
        ),
        (
            "rows that go back",
            workbook(
                &sheet(
                    "<row r=\"9\"><c r=\"A9\"><v>1</v></c></row><row r=\"3\"><c r=\"A3\"><v>1</v></c></row>",
                ),
                &shared(),
            ),
        ),
        (
            "more text than there is room for",
            workbook(
                &sheet(&format!(
                    "<row r=\"1\">{}</row>",
                    "<c t=\"inlineStr\"><is><t>abcdefghijklmnopqrstuvwxyz</t></is></c>".repeat(450)
                )),
                &shared(),
            ),
        ),
        (
            "a bomb",
            parts(&[("xl/styles.xml", &"<a/>".repeat(5 << 20))]),
        ),
    ];
    for (what, file) in table {
        let refused = converted(&file, None, MAX_ROWS);
        let Err(Error::Invalid(errors)) = refused else {
            panic!("{what}: {refused:?}");
        };
        assert!(
            matches!(&*errors[0].code, "invalid_workbook" | "too_large"),
            "{what}: {errors:?}"
        );
    }
}
