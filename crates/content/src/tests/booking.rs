//! Buttons to what can be booked: whoever writes them gives an id and a label, never an address.

use serde_json::json;

use super::blocks::blocks;
use super::*;
use crate::blocks::{BlockDocument, booked};

fn button(event_type: &str, label: &str) -> Document {
    let props = json!({"event_type": event_type, "label": label});
    blocks(json!([{"id": "b", "type": "booking", "props": props}]))
}

fn invited(page: &str, invitee: Option<&str>) -> Values {
    let mut values = ada();
    values.set_booking(page, invitee);
    values
}

#[test]
fn a_booking_button_leads_to_the_page_and_says_who_comes() {
    let compiled = compile(&button(
        "361240977588224004",
        "Meet us, {{ first_name }} & co",
    ));
    assert!(compiled.books());
    let page = "https://mail.example.com/book-to/5";
    let values = invited(page, Some("AbC-_9"));
    assert_eq!(
        compiled.render_link(0, &values).unwrap(),
        format!("{page}/361240977588224004?for=AbC-_9")
    );
    // As one whom nobody knows, in an archive.
    assert_eq!(
        compiled.render_link(0, &invited(page, None)).unwrap(),
        format!("{page}/361240977588224004?for=")
    );
    // It is tracked like any other, but for plain text, where addresses that begin with a value are not.
    let rendered = compiled.render(&values, &Tracked).unwrap();
    let html = rendered.html.unwrap();
    assert!(
        html.contains("href=\"https://t.example/c/0?a&amp;b\""),
        "{html}"
    );
    assert!(html.contains("Meet us, Ada &amp; co"), "{html}");
    assert!(
        (rendered.text).contains(&format!("{page}/361240977588224004?for=AbC-_9")),
        "{}",
        rendered.text
    );
    // What is kept beside a message is enough to know where a click leads.
    let kept = values.only(compiled.names().iter().map(String::as_str));
    assert!(
        compiled
            .render_link(0, &kept)
            .unwrap()
            .ends_with("?for=AbC-_9")
    );
    let without = compile(&blocks(
        json!([{"id": "t", "type": "text", "props": {"html": "x"}}]),
    ));
    assert!(!without.books());
    assert_eq!(
        codes(&check(&button("12", "Book"), &known())),
        ["body.document:1:1 missing_unsubscribe"]
    );
}

#[test]
fn nothing_in_a_booking_button_becomes_markup_or_another_address() {
    for id in [
        "x",
        "-1",
        "1 ",
        "1/../../admin",
        "1?for=x",
        "javascript:alert(1)",
        "{{ email }}",
        "1\"onclick=",
        "99999999999999999999",
        "\u{661}",
    ] {
        let Body::Blocks { document, .. } = button(id, "Book").body else {
            unreachable!()
        };
        let faults = BlockDocument::read(&document, "body.document").unwrap_err();
        assert_eq!(
            faults[0].field, "body.document.blocks[0].props.event_type",
            "{id}"
        );
        assert_eq!(faults[0].code, "invalid_id", "{id}");
        assert!(booked(&document, "body.document").is_empty());
    }
    let compiled = compile(&button("12", "<script>alert(1)</script>\"><b>Book</b>"));
    for page in [
        "javascript:alert(1)//",
        "//evil.example",
        "data:text/html,x",
        "",
    ] {
        let values = invited(page, Some("t"));
        assert!(compiled.render_link(0, &values).is_err(), "{page}");
        let html = compiled.render(&values, &Tracked).unwrap().html.unwrap();
        assert!(
            !html.contains("<script") && !html.contains("<b>Book"),
            "{html}"
        );
        assert!(html.contains("&lt;script&gt;"), "{html}");
        assert!(
            html.contains("href=\"#\"") && !html.contains("javascript"),
            "{html}"
        );
    }
    // A token is a value like any other: it stays inside of the query.
    let values = invited("https://a.example/book-to/5", Some("a&b=c#d\"<"));
    assert_eq!(
        compiled.render_link(0, &values).unwrap(),
        "https://a.example/book-to/5/12?for=a%26b%3Dc%23d%22%3C"
    );
}

#[test]
fn what_is_not_chosen_yet_is_told_and_what_is_chosen_is_found() {
    let document = button("", "Book");
    assert!(compile(&document).links().is_empty());
    let findings = check(&document, &known());
    assert!(
        findings.iter().any(|it| it.code == "booking_missing"
            && it.field == "body.document.blocks[0].props.event_type"
            && !it.is_error()),
        "{findings:?}"
    );
    let block = |id: &str, of: i64| json!({"id": id, "type": "booking", "props": {"event_type": of.to_string(), "label": "x"}});
    let Body::Blocks { document, .. } = blocks(json!([
        block("a", 1),
        {"id": "s", "type": "section", "props": {"blocks": [
            block("b", 2),
            {"id": "c", "type": "columns", "props": {"columns": [{"id": "d", "blocks": [block("e", 3)]}]}},
        ]}},
    ]))
    .body
    else {
        unreachable!()
    };
    assert_eq!(
        booked(&document, "at"),
        [
            ("at.blocks[0].props.event_type".to_owned(), 1),
            (
                "at.blocks[1].props.blocks[0].props.event_type".to_owned(),
                2
            ),
            (
                "at.blocks[1].props.blocks[1].props.columns[0].blocks[0].props.event_type"
                    .to_owned(),
                3
            ),
        ]
    );
}
