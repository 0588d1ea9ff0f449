//! Mails in a real browser: what blocks become looks, pixel for pixel, like what the official MJML compiler makes of the
//! same source, at the width of a window and of a phone; and an HTML validator finds nothing in it.
//!
//! The other compiler, the browser and the validator are driven by `ui/scripts/mails.mjs`. The pictures stay in the
//! build directory, for looking at.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows a test by its attribute, and helpers have none"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use content::{
    Body, CompileOptions, Compiled, Document, Person, PreviewSlots, Surroundings, Values, blocks,
    templates,
};
use serde_json::{Value, json};

/// Long, with no place to break, and with characters that mean something to parsers.
const HOSTILE: &str = "<b>&amp; &lt;i&gt;</b> \"quotes\" 'and' \\backslashes\\ ]]> <!-- no --> \u{202e}turned\u{202c} \u{ad}soft e\u{301} \u{1f44d}\u{1f3fd} https://example.com/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const LOREM: &str = "<p>A paragraph with <b>bold</b>, <i>italic</i>, <u>underlined</u> and <a href=\"https://example.com\">linked</a> words, long enough to run over more than one line.</p><p>Another<br>one.</p>";
const PICTURE: &str = "https://example.com/picture.png";

fn one(kind: &str, props: Value) -> Value {
    json!({"version": 1, "blocks": [{"id": "a", "type": kind, "props": props}]})
}

/// Three columns of text, each with a title.
fn columns(more: Value) -> Value {
    let column = |n: usize| {
        json!({"id": format!("c{n}"), "blocks": [
            {"id": format!("h{n}"), "type": "heading", "props": {"text": format!("Column {n}"), "level": 3}},
            {"id": format!("t{n}"), "type": "text", "props": {"html": "Some words that need two lines or three."}},
        ]})
    };
    let mut props = json!({"columns": [column(1), column(2), column(3)]});
    for (key, value) in more.as_object().cloned().unwrap_or_default() {
        props[key] = value;
    }
    one("columns", props)
}

fn corpus() -> Vec<(String, Value)> {
    let social = json!([{"network": "facebook", "href": "https://example.com"}, {"network": "youtube", "href": "https://example.com"}, {"network": "website", "href": "https://example.com"}]);
    let rows = json!([
        ["Item", "Price"],
        ["Green tea", "4.00"],
        ["Cup", "12.00"],
        ["Sum", "16.00"]
    ]);
    let text =
        |color: &str| json!({"id": "t", "type": "text", "props": {"html": LOREM, "color": color}});
    let mut all = vec![
        ("text", one("text", json!({"html": LOREM}))),
        ("text-center", one("text", json!({"html": LOREM, "align": "center", "color": "#7c2d12", "font_size_px": 20}))),
        ("text-right-padded", one("text", json!({"html": LOREM, "align": "right", "padding": {"top_px": 40, "left_px": 60}}))),
        ("text-lists", one("text", json!({"html": "<p>Before</p><ul><li>one</li><li>two <ol><li>a</li><li>b</li></ol></li></ul><p>after</p>"}))),
        ("text-hostile", one("text", json!({"html": HOSTILE}))),
        ("heading-1", one("heading", json!({"text": "A title that is long enough to need a second line\nand has a third", "level": 1}))),
        ("heading-2", one("heading", json!({"text": "A title", "level": 2, "align": "center", "color": "#1d4ed8"}))),
        ("heading-3", one("heading", json!({"text": HOSTILE, "level": 3, "font_size_px": 30}))),
        ("image", one("image", json!({"src": PICTURE, "alt": "A picture"}))),
        ("image-small", one("image", json!({"src": PICTURE, "alt": HOSTILE, "width_px": 160, "align": "right", "radius_px": 80, "href": "https://example.com"}))),
        ("button", one("button", json!({"label": "Press", "href": "https://example.com"}))),
        ("button-full", one("button", json!({"label": "A label that is so long that it needs a second line on a phone & more", "href": "https://example.com", "full_width": true, "background": "#dc2626", "color": "#fef2f2", "radius_px": 0, "font_size_px": 20}))),
        ("button-right", one("button", json!({"label": "Right", "href": "mailto:a@example.com", "align": "right", "radius_px": 40}))),
        ("divider", one("divider", json!({}))),
        ("divider-dotted", one("divider", json!({"style": "dotted", "thickness_px": 6, "width_percent": 40, "align": "left", "color": "#16a34a"}))),
        ("spacer", json!({"version": 1, "blocks": [text("#000000"), {"id": "s", "type": "spacer", "props": {"height_px": 80}}, {"id": "u", "type": "text", "props": {"html": "below"}}]})),
        ("social", one("social", json!({"links": social}))),
        ("social-plain", one("social", json!({"links": social, "style": "plain", "align": "left", "color": "#334155"}))),
        ("social-names", one("social", json!({"links": social, "style": "names"}))),
        ("menu", one("menu", json!({"items": [{"label": "Shop", "href": "https://example.com"}, {"label": "About us", "href": "https://example.com"}, {"label": "Contact & more", "href": "https://example.com"}]}))),
        ("logo-name", one("logo", json!({"name": "Tea House", "href": "https://example.com"}))),
        ("logo-picture", one("logo", json!({"src": PICTURE, "name": "Tea House", "align": "center", "width_px": 200}))),
        ("footer", one("footer", json!({"text": "Why you get this.", "preferences": true, "web_version": true}))),
        ("footer-left", one("footer", json!({"address": false, "align": "left", "color": "#7c3aed", "font_size_px": 16, "unsubscribe_label": "Leave"}))),
        ("video", one("video", json!({"href": "https://example.com/v", "thumbnail": PICTURE, "alt": "Brewing"}))),
        ("table", one("table", json!({"rows": rows, "header": true, "footer": true, "aligns": ["left", "right"]}))),
        ("table-striped", one("table", json!({"rows": rows, "striped": true, "border_color": "#94a3b8", "font_size_px": 13}))),
        ("product", one("product", json!({"title": "Green tea", "image": PICTURE, "text": "Mild and <b>fresh</b>.", "price": "12.00", "old_price": "15.00", "href": "https://example.com", "button_label": "Buy"}))),
        ("product-center", one("product", json!({"title": "Green tea", "price": "12.00", "align": "center"}))),
        ("quote", one("quote", json!({"text": "The best tea of my life.", "author": "Ada", "role": "customer"}))),
        ("quote-center", one("quote", json!({"text": LOREM, "align": "center", "color": "#ea580c"}))),
        ("html", one("html", json!({"html": "<h2>Raw</h2><table width=\"100%\" border=\"1\"><tr><td>1</td><td align=\"right\">2</td></tr></table><p>x<br>y</p><img src=\"https://example.com/i.png\" width=\"100\" alt=\"\"><hr>"}))),
        ("html-hostile", one("html", json!({"html": "<div><p>unclosed<table><td>cell<div></table><script>alert(1)</script><style>*{color:red}</style><b><i>crossed</b></i><svg><circle r=9 /></svg>"}))),
        ("columns", columns(json!({}))),
        ("columns-ratios", columns(json!({"ratios": [1, 2, 4], "gap_px": 8, "vertical_align": "middle"}))),
        ("columns-together", columns(json!({"stack_on_mobile": false, "gap_px": 10, "vertical_align": "bottom"}))),
        ("columns-wide-gap", columns(json!({"gap_px": 80}))),
        ("columns-colored", one("columns", json!({"columns": [
            {"id": "x", "background": "#dbeafe", "radius_px": 12, "blocks": [{"id": "b", "type": "text", "props": {"html": LOREM}}]},
            {"id": "y", "background": "#fee2e2", "padding": {"top_px": 30, "left_px": 30}, "blocks": [{"id": "c", "type": "button", "props": {"label": "Go", "href": "https://example.com"}}]},
        ]}))),
        ("columns-one", one("columns", json!({"columns": [{"id": "x", "background": "#fef9c3", "radius_px": 20, "blocks": [{"id": "b", "type": "text", "props": {"html": LOREM}}]}]}))),
        ("section", one("section", json!({"background": "#fde68a", "blocks": [text("#422006")]}))),
        ("section-full", one("section", json!({"background": "#0f172a", "text_color": "#ffffff", "full_width": true, "padding": {"top_px": 60, "bottom_px": 60}, "blocks": [{"id": "h", "type": "heading", "props": {"text": "Wide"}}]}))),
        ("section-round", one("section", json!({"background": "#bbf7d0", "radius_px": 30, "blocks": [text("#052e16")]}))),
        ("section-picture", one("section", json!({"background": "#334155", "text_color": "#ffffff", "background_image": "https://example.com/it's (1).png", "blocks": [text("#ffffff")]}))),
        ("section-mixed", one("section", json!({"background": "#f5d0fe", "radius_px": 16, "padding": {"top_px": 30}, "blocks": [
            text("#000000"),
            {"id": "c", "type": "columns", "props": {"columns": [{"id": "x", "blocks": [{"id": "b", "type": "button", "props": {"label": "One", "href": "https://example.com"}}]}, {"id": "y", "blocks": [{"id": "i", "type": "image", "props": {"src": PICTURE, "alt": ""}}]}]}},
            {"id": "d", "type": "divider"},
        ]}))),
        ("section-mixed-full", one("section", json!({"background": "#ccfbf1", "full_width": true, "blocks": [
            {"id": "c", "type": "columns", "props": {"columns": [{"id": "x", "blocks": [text("#134e4a")]}, {"id": "y"}]}},
            {"id": "u", "type": "text", "props": {"html": "below"}},
        ]}))),
        ("section-empty", one("section", json!({"background": "#fecaca"}))),
        ("empty", json!({"version": 1, "blocks": []})),
        ("settings", json!({"version": 1, "settings": {"width_px": 480, "background": "#1e293b", "content_background": "#f8fafc", "font": "georgia", "heading_font": "courier_new", "font_size_px": 19, "line_height_percent": 190, "padding_px": 60, "radius_px": 20, "link_color": "#be123c", "language": "de", "dark_mode": "off"}, "blocks": [
            {"id": "h", "type": "heading", "props": {"text": "Einstellungen", "level": 1}}, text("#0f172a"), {"id": "b", "type": "button", "props": {"label": "Los", "href": "https://example.com"}}, {"id": "i", "type": "image", "props": {"src": PICTURE, "alt": "x"}}]})),
    ]
    .into_iter()
    .map(|(name, document)| (name.to_owned(), document))
    .collect::<Vec<_>>();
    all.extend(templates::all().iter().map(|template| {
        (
            format!("template-{}", template.key),
            template.document.clone(),
        )
    }));
    all
}

/// The source without template code, which the other compiler would take for text.
fn without_tags(mjml: &str) -> String {
    let mut out = String::new();
    let mut rest = mjml;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        out.push_str(&rest[..at]);
        let output = rest[at..].starts_with("{{");
        let close = if output { "}}" } else { "%}" };
        if output {
            out.push_str("Ada");
        }
        let end = rest[at..]
            .find(close)
            .map_or(rest.len(), |end| at + end + 2);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

fn html_of(mjml: &str) -> String {
    let document = Document {
        subject: "Hello".to_owned(),
        preheader: None,
        body: Body::Mjml {
            mjml: mjml.to_owned(),
            text: None,
        },
    };
    let compiled = Compiled::compile(&document, CompileOptions { footer: false }).unwrap();
    let values = Values::new(&Person::nobody("ada@example.com"), &Surroundings::default());
    let slots = PreviewSlots {
        compiled: &compiled,
        values: &values,
        page_url: "https://example.com/",
    };
    compiled.render(&values, &slots).unwrap().html.unwrap()
}

fn write(directory: &Path) -> usize {
    let _ = fs::remove_dir_all(directory);
    fs::create_dir_all(directory).unwrap();
    let corpus = corpus();
    for (name, document) in &corpus {
        let mjml = blocks::to_mjml(document, "document")
            .unwrap_or_else(|faults| panic!("{name}: {faults:#?}"));
        let mjml = without_tags(&mjml);
        fs::write(directory.join(format!("{name}.mjml")), &mjml).unwrap();
        fs::write(directory.join(format!("{name}.html")), html_of(&mjml)).unwrap();
    }
    corpus.len()
}

/// Whether a program is there, by asking it for its version.
fn is_there(name: &str) -> bool {
    Command::new(name)
        .arg("--version")
        .output()
        .is_ok_and(|said| said.status.success())
}

#[test]
fn mails_look_as_the_official_compiler_makes_them() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mails");
    let count = write(&directory);
    assert!(count >= 30, "{count} documents");
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui");
    let browsers = ["chromium", "chromium-browser", "google-chrome"];
    if !is_there("node") || !browsers.into_iter().any(is_there) {
        println!("skipped: no Node.js or no Chromium");
        return;
    }
    if !ui.join("node_modules/mjml").is_dir() {
        println!("skipped: no npm packages in ui (npm ci)");
        return;
    }
    let ran = Command::new("node")
        .current_dir(&ui)
        .args(["scripts/mails.mjs"])
        .arg(&directory)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{said}\n{}\nthe pictures are in {}",
        String::from_utf8_lossy(&ran.stderr),
        directory.display()
    );
    assert!(said.contains(&format!("{count} mails, 0 faults")), "{said}");
}
