//! The crate seen from outside: documents in, messages out.

mod blocks;
mod booking;
mod checking;
mod hostile;
mod html;
mod language;
mod plain;

use crate::{
    Body, CompileOptions, Compiled, Document, FieldKind, FieldValue, Finding, KnownNames, Person,
    Rendered, Slots, Surroundings, Values, check,
};

/// Tracked addresses as the sending layer would give them.
struct Tracked;

impl Slots for Tracked {
    fn link(&self, number: u32) -> String {
        format!("https://t.example/c/{number}?a&b")
    }

    fn open_pixel_url(&self) -> Option<String> {
        Some("https://t.example/o/1".to_owned())
    }

    fn unsubscribe_url(&self) -> String {
        "https://t.example/u/1".to_owned()
    }

    fn web_version_url(&self) -> String {
        "https://t.example/w/1".to_owned()
    }

    fn preferences_url(&self) -> String {
        "https://t.example/p/1".to_owned()
    }
}

fn around() -> Surroundings {
    Surroundings {
        account_name: "Finca Verde & Co".to_owned(),
        account_address: "Calle 1, Bogotá".to_owned(),
        campaign_name: "Spring".to_owned(),
    }
}

/// Ada has a first name and nothing else; her own fields are named in the tests.
fn ada() -> Values {
    let person = Person {
        email: "ada+news@example.com",
        first_name: Some("Ada"),
        last_name: Some("  "),
        ..Person::default()
    };
    Values::new(&person, &around())
}

fn named(first_name: &str) -> Values {
    let person = Person {
        email: "eve@example.com",
        first_name: Some(first_name),
        ..Person::default()
    };
    Values::new(&person, &around())
}

fn known() -> KnownNames {
    KnownNames::new([
        ("city".to_owned(), FieldKind::Text),
        ("points".to_owned(), FieldKind::Number),
        ("birthday".to_owned(), FieldKind::Date),
        ("vip".to_owned(), FieldKind::Boolean),
        ("photo".to_owned(), FieldKind::Text),
    ])
}

fn text_document(text: &str) -> Document {
    Document {
        subject: "Subject".to_owned(),
        preheader: None,
        body: Body::Text {
            text: text.to_owned(),
        },
    }
}

fn html_document(html: &str) -> Document {
    Document {
        subject: "Subject".to_owned(),
        preheader: None,
        body: Body::Html {
            html: html.to_owned(),
            text: None,
        },
    }
}

const BARE: CompileOptions = CompileOptions { footer: false };

fn compile(document: &Document) -> Compiled {
    Compiled::compile(document, BARE)
        .unwrap_or_else(|findings| panic!("{document:?}: {findings:#?}"))
}

fn render(document: &Document, values: &Values) -> Rendered {
    compile(document).render(values, &Tracked).unwrap()
}

/// A text body for one person, without the line end that every body has.
fn text(template: &str, values: &Values) -> String {
    render(&text_document(template), values)
        .text
        .trim_end_matches('\n')
        .to_owned()
}

/// An HTML body for one person, without the open pixel.
fn html(template: &str, values: &Values) -> String {
    let html = render(&html_document(template), values).html.unwrap();
    let pixel = html.find("<img src=\"https://t.example/o/1\"").unwrap();
    let end = pixel + html[pixel..].find('>').unwrap() + 1;
    format!("{}{}", &html[..pixel], &html[end..])
}

/// `field:line:column code`, one a line.
fn codes(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|f| format!("{}:{}:{} {}", f.field, f.line, f.column, f.code))
        .collect()
}
