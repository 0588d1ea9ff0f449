//! Block documents: reading, compiling, what hides, what is taken out.

use serde_json::{Value as Json, json};

use super::*;
use crate::blocks::BlockDocument;

fn made(compiled: &Compiled, values: &Values) -> Rendered {
    compiled.render(values, &Tracked).unwrap()
}

/// A document of these blocks.
pub(super) fn blocks(blocks: Json) -> Document {
    Document {
        subject: "Hi".to_owned(),
        preheader: None,
        body: Body::Blocks {
            document: json!({"version": 1, "blocks": blocks}),
            text: None,
        },
    }
}

fn paths(document: &Json) -> Vec<String> {
    let faults = BlockDocument::read(document, "body.document").unwrap_err();
    faults
        .iter()
        .map(|fault| format!("{} {}", fault.field, fault.code))
        .collect()
}

#[test]
fn faults_are_named_with_their_path() {
    let document = json!({
        "version": 1,
        "settings": {"width_px": 10_000, "font": "arial"},
        "extra": 1,
        "blocks": [
            {"id": "a", "type": "text", "props": {"html": "x", "colour": "#fff"}},
            {"id": "a", "type": "spacer"},
            {"id": "b", "type": "button", "props": {"label": "x"}},
            {"id": "c", "type": "buton", "props": {}},
            {"id": "d", "type": "section", "props": {"blocks": [
                {"id": "e", "type": "section"},
                {"id": "f", "type": "columns", "props": {"ratios": [1], "columns": [
                    {"id": "g", "blocks": [{"id": "h", "type": "columns", "props": {"columns": [{"id": "i"}]}}]},
                    {"id": "j", "background": "red"},
                ]}},
                {"id": "k k", "type": "heading", "props": {"text": "x", "level": 4}},
            ]}},
            {"id": "l", "type": "divider", "visibility": {"field": "city", "op": "is"}},
            {"id": "m", "type": "social", "props": {"links": []}},
            {"id": "n", "type": "table", "props": {"rows": [["a", "b"], ["c"]]}},
        ],
    });
    assert_eq!(
        paths(&document),
        [
            "body.document.extra unknown",
            "body.document.settings.width_px out_of_range",
            "body.document.blocks[0].props.colour unknown",
            "body.document.blocks[1].id duplicate",
            "body.document.blocks[2].props.href required",
            "body.document.blocks[3].type unknown",
            "body.document.blocks[4].props.blocks[0].type too_deep",
            "body.document.blocks[4].props.blocks[1].props.columns[0].blocks[0].type too_deep",
            "body.document.blocks[4].props.blocks[1].props.columns[1].background invalid_color",
            "body.document.blocks[4].props.blocks[1].props.ratios invalid",
            "body.document.blocks[4].props.blocks[2].id invalid",
            "body.document.blocks[4].props.blocks[2].props.level out_of_range",
            "body.document.blocks[5].visibility.op unknown_operator",
            "body.document.blocks[6].props.links out_of_range",
            "body.document.blocks[7].props.rows[1] out_of_range",
        ]
    );
    for odd in [
        json!(null),
        json!([]),
        json!({}),
        json!({"version": 2, "blocks": []}),
    ] {
        assert!(BlockDocument::read(&odd, "x").is_err(), "{odd}");
    }
}

#[test]
fn what_is_written_is_what_is_read() {
    let json = json!({
        "version": 1,
        "blocks": [
            {"id": "s", "type": "section", "props": {"background": "#ABC", "blocks": [
                {"id": "c", "type": "columns", "props": {"columns": [
                    {"id": "c1", "blocks": [{"id": "t", "type": "text", "props": {"html": "x"}}]},
                ]}},
            ]}, "visibility": {"field": "city", "op": "is_set"}},
        ],
    });
    let document = BlockDocument::read(&json, "x").unwrap();
    let again = serde_json::to_value(&document).unwrap();
    assert_eq!(BlockDocument::read(&again, "x").unwrap(), document);
}

#[test]
fn values_links_and_places_work_as_in_html() {
    let document = blocks(json!([
        {"id": "h", "type": "heading", "props": {"text": "Dear {{ first_name | default(\"friend\") }} & co"}},
        {"id": "t", "type": "text", "props": {"html": "<p>See <a href=\"https://a.example/?m={{ email }}\">this</a>{% if city %} in {{ city }}{% endif %}<br>x</p>"}},
        {"id": "b", "type": "button", "props": {"label": "Go", "href": "https://a.example/{{ city }}/x"}},
        {"id": "f", "type": "footer"},
    ]));
    let compiled = compile(&document);
    let links: Vec<&str> = compiled
        .links()
        .iter()
        .map(|link| &*link.url_template)
        .collect();
    assert_eq!(
        links,
        [
            "https://a.example/?m={{ email }}",
            "https://a.example/{{ city }}/x"
        ]
    );
    let rendered = made(
        &compiled,
        &ada().with_field("city", FieldValue::Text("<b>\"/\" O'")),
    );
    let html = rendered.html.unwrap();
    assert!(html.contains("Dear Ada &amp; co"), "{html}");
    assert!(html.contains("in &lt;b&gt;&quot;/&quot; O&#39;"), "{html}");
    assert!(
        html.contains("href=\"https://t.example/c/0?a&amp;b\""),
        "{html}"
    );
    assert!(
        html.contains("href=\"https://t.example/c/1?a&amp;b\""),
        "{html}"
    );
    assert!(html.contains("href=\"https://t.example/u/1\""), "{html}");
    assert!(html.contains("<!--[if mso | IE]>"), "{html}");
    assert!(!html.contains("{{") && !html.contains("{%"), "{html}");
    let text = rendered.text;
    assert!(text.starts_with("Dear Ada & co\n\nSee this (https://t.example/c/0?a&b) in <b>\"/\" O'\nx\n\nGo: https://t.example/c/1?a&b\n\n"), "{text}");
    assert!(text.contains("Unsubscribe: "), "{text}");
}

fn rule() -> Json {
    json!({"field": "city", "op": "equals", "value": "Oslo"})
}

#[test]
fn a_block_is_hidden_unless_it_was_decided_that_it_shows() {
    let other = json!({"field": "city", "op": "is_set"});
    let document = blocks(json!([
        {"id": "a", "type": "text", "props": {"html": "first"}},
        {"id": "b", "type": "button", "props": {"label": "second", "href": "https://b.example"}, "visibility": rule()},
        {"id": "c", "type": "section", "props": {"blocks": [
            {"id": "d", "type": "text", "props": {"html": "third"}},
            {"id": "e", "type": "columns", "props": {"columns": [
                {"id": "e1", "blocks": [{"id": "g", "type": "text", "props": {"html": "fourth"}}], "visibility": other},
                {"id": "e2", "blocks": [{"id": "h", "type": "text", "props": {"html": "fifth"}, "visibility": rule()}]},
            ]}},
            {"id": "i", "type": "columns", "props": {"columns": [{"id": "i1", "blocks": [
                {"id": "j", "type": "text", "props": {"html": "sixth"}}]}]}, "visibility": other},
        ]}},
        {"id": "k", "type": "section", "props": {"blocks": [
            {"id": "l", "type": "button", "props": {"label": "seventh", "href": "https://k.example"}}]}, "visibility": other},
        {"id": "m", "type": "button", "props": {"label": "last", "href": "https://l.example"}},
    ]));
    let compiled = compile(&document);
    assert_eq!(compiled.conditions().len(), 2, "each rule once");
    let words = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "last",
    ];
    let seen = |values: &Values| {
        let rendered = made(&compiled, values);
        let html = rendered.html.unwrap();
        assert!(!html.contains("{%"), "{html}");
        let opens = html.matches("<!--[if").count();
        assert_eq!(opens, html.matches("<![endif]-->").count(), "{html}");
        let (in_html, in_text): (Vec<_>, Vec<_>) = (
            words.map(|word| html.contains(word)).into(),
            words.map(|word| rendered.text.contains(word)).into(),
        );
        assert_eq!(in_html, in_text, "{}", rendered.text);
        // The number of a link does not depend on what is hidden.
        assert!(html.contains("https://t.example/c/2?"), "{html}");
        assert_eq!(in_html[1], html.contains("https://t.example/c/0?"));
        assert!(!rendered.text.contains("\n\n\n"), "{:?}", rendered.text);
        in_html
    };
    let mut values = Values::default();
    assert_eq!(
        seen(&values),
        [true, false, true, false, false, false, false, true]
    );
    values.set_shown(0, true);
    assert_eq!(
        seen(&values),
        [true, true, true, false, true, false, false, true]
    );
    values.set_shown(0, false);
    values.set_shown(1, true);
    assert_eq!(
        seen(&values),
        [true, false, true, true, false, true, true, true]
    );
}

#[test]
fn an_unsubscribe_link_that_some_do_not_see_does_not_count() {
    let footer = json!({"id": "f", "type": "footer", "props": {}});
    let mut hidden = footer.clone();
    hidden["visibility"] = rule();
    let codes = |document: &Document| -> Vec<String> {
        let findings = check(document, &KnownNames::default());
        findings
            .into_iter()
            .map(|finding| finding.code.into_owned())
            .collect()
    };
    assert!(!codes(&blocks(json!([footer]))).contains(&"missing_unsubscribe".to_owned()));
    assert!(codes(&blocks(json!([hidden]))).contains(&"missing_unsubscribe".to_owned()));
}

#[test]
fn texts_are_checked_where_they_stand() {
    let document = blocks(json!([
        {"id": "a", "type": "section", "props": {"blocks": [
            {"id": "b", "type": "text", "props": {"html": "<p>\n Hi {{ frist_name }}\n</p>{% if %}"}},
        ]}},
        {"id": "c", "type": "button", "props": {"label": "{{ city }}", "href": "javascript:alert(1)"}},
        {"id": "d", "type": "button", "props": {"label": "x", "href": "example.com"}},
        {"id": "e", "type": "image", "props": {"src": "data:image/png;base64,AAAA"}},
        {"id": "g", "type": "text", "props": {"html": "<a href=\"javascript:x\">x</a>"}},
        {"id": "h", "type": "table", "props": {"rows": [["{{ nope }}"]]}},
    ]));
    let found: Vec<String> = check(&document, &KnownNames::default())
        .into_iter()
        .map(|it| format!("{}:{}:{} {}", it.field, it.line, it.column, it.code))
        .collect();
    for expected in [
        "body.document.blocks[0].props.blocks[0].props.html:2:8 unknown_name",
        "body.document.blocks[0].props.blocks[0].props.html:3:5 syntax",
        "body.document.blocks[1].props.label:1:4 unknown_name",
        "body.document.blocks[1].props.href:1:1 link_scheme",
        "body.document.blocks[2].props.href:1:1 link_relative",
        "body.document.blocks[3].props.src:1:1 link_scheme",
        "body.document.blocks[4].props.html:1:10 link_scheme",
        "body.document.blocks[5].props.rows[0][0]:1:4 unknown_name",
    ] {
        assert!(
            found.iter().any(|it| it == expected),
            "{expected} in {found:#?}"
        );
    }
}

#[test]
fn what_can_hardly_be_read_is_warned_about() {
    let document = blocks(json!([
        {"id": "a", "type": "button", "props": {"label": "x", "href": "https://a.example", "background": "#eeeeee"}},
        {"id": "b", "type": "section", "props": {"background": "#111111", "blocks": [
            {"id": "c", "type": "text", "props": {"html": "x", "color": "#222222"}},
            {"id": "d", "type": "text", "props": {"html": "x", "color": "#ffffff"}},
        ]}},
        {"id": "e", "type": "image", "props": {"src": "https://a.example/b.png", "href": "https://a.example"}},
        {"id": "f", "type": "footer"},
    ]));
    let found: Vec<String> = check(&document, &KnownNames::default())
        .into_iter()
        .filter(|finding| finding.code != "missing_default")
        .map(|it| format!("{} {}", it.field, it.code))
        .collect();
    assert_eq!(
        found,
        [
            "body.document.blocks[0].props.color low_contrast",
            "body.document.blocks[1].props.blocks[0].props.color low_contrast",
            "body.document.blocks[2].props.alt missing_alt",
        ]
    );
}

#[test]
fn dangerous_markup_is_taken_out() {
    let hostile = "<script>alert(1)</script><img src=x onerror=alert(2)><p onclick=\"alert(3)\" style=\"position:fixed;color:red;background:url(javascript:alert(4))\">ok</p>\
        <iframe src=\"https://evil.example\"></iframe><svg onload=alert(5)><style>*{display:none}</style><form action=\"https://evil.example\"><input name=\"password\"></form>\
        <a href=\"java\tscript:alert(6)\">tab</a><!--[if mso]><b>mso</b><![endif]--><math><mtext></form><mglyph><style><img src onerror=alert(7)>";
    for kind in ["text", "html"] {
        let document = blocks(json!([{"id": "a", "type": kind, "props": {"html": hostile}}]));
        let findings = check(&document, &KnownNames::default());
        let Ok(compiled) = Compiled::compile(&document, CompileOptions::default()) else {
            assert!(findings.iter().any(|finding| finding.code == "link_scheme"));
            let harmless = hostile.replace("java\tscript:alert(6)", "https://ok.example");
            let document = blocks(json!([{"id": "a", "type": kind, "props": {"html": harmless}}]));
            let html = made(&compile(&document), &Values::default()).html.unwrap();
            for word in [
                "alert",
                "onerror",
                "onclick",
                "<iframe",
                "<form",
                "<input",
                "<svg",
                "position",
                "evil",
                "<b>mso",
                "javascript",
            ] {
                assert!(!html.contains(word), "{word} in {html}");
            }
            assert!(
                html.contains("color:red") && html.contains(">ok</p>"),
                "{html}"
            );
            continue;
        };
        drop(compiled);
        panic!("a javascript: link was taken");
    }
}

#[test]
fn what_a_person_typed_stays_text_in_every_block() {
    let evil = "\"><script>alert(1)</script>{{ email }}{% if x %}\u{fdd0}0\u{fdd1}'\r\nBcc: x@y.z";
    let field = "{{ city }}";
    let document = blocks(json!([
        {"id": "a", "type": "heading", "props": {"text": field}},
        {"id": "b", "type": "text", "props": {"html": "<p title=\"{{ city }}\" style=\"color:{{ city }}\">{{ city }} <a href=\"{{ city }}\">x</a></p>"}},
        {"id": "c", "type": "image", "props": {"src": "https://i.example/{{ city }}.png", "alt": field, "href": "https://i.example/?{{ city }}"}},
        {"id": "d", "type": "button", "props": {"label": field, "href": field}},
        {"id": "e", "type": "menu", "props": {"items": [{"label": field, "href": field}]}},
        {"id": "g", "type": "logo", "props": {"name": field, "href": field}},
        {"id": "h", "type": "table", "props": {"rows": [[field]], "header": true}},
        {"id": "i", "type": "product", "props": {"title": field, "text": field, "price": field, "href": field, "button_label": field, "image": field}},
        {"id": "j", "type": "quote", "props": {"text": field, "author": field, "role": field}},
        {"id": "k", "type": "html", "props": {"html": "<table><tr><td>{{ city }}</td></tr></table>"}},
        {"id": "l", "type": "video", "props": {"href": field, "thumbnail": field, "alt": field, "label": field}},
        {"id": "m", "type": "footer", "props": {"text": field, "unsubscribe_label": field}},
        {"id": "n", "type": "section", "props": {"background_image": "https://i.example/{{ city }}", "blocks": []}},
        {"id": "o", "type": "social", "props": {"links": [{"network": "x", "href": field}]}},
    ]));
    let mut document = document;
    document.subject = field.to_owned();
    document.preheader = Some(field.to_owned());
    let compiled = compile(&document);
    for value in [
        evil,
        "javascript:alert(1)",
        "');background:url(https://evil.example",
    ] {
        let rendered = made(
            &compiled,
            &ada().with_field("city", FieldValue::Text(value)),
        );
        let html = rendered.html.unwrap();
        assert!(!html.contains("<script"), "{html}");
        assert!(
            !html.contains("href=\"javascript:") && !html.contains("src=\"javascript:"),
            "{html}"
        );
        assert!(!html.contains("ada@example.com"), "{html}");
        assert!(!html.contains("url('https://i.example/');"), "{html}");
        assert!(!rendered.subject.contains(['\r', '\n']));
    }
}

#[test]
fn large_and_deep_documents_are_refused_quickly() {
    let deep = "<b>".repeat(100_000);
    let long = "x".repeat(600_000);
    let many: Vec<Json> = (0..600)
        .map(|n| json!({"id": format!("b{n}"), "type": "spacer"}))
        .collect();
    let rules: Vec<Json> = (0..21)
        .map(|n| json!({"id": format!("b{n}"), "type": "spacer", "visibility": {"field": "city", "op": "equals", "value": format!("{n}")}}))
        .collect();
    let large: Vec<Json> = (0..20)
        .map(|n| json!({"id": format!("b{n}"), "type": "text", "props": {"html": "y".repeat(50_000)}}))
        .collect();
    for (document, code) in [
        (
            blocks(json!([{"id": "a", "type": "html", "props": {"html": deep}}])),
            "too_deep",
        ),
        (
            blocks(json!([{"id": "a", "type": "text", "props": {"html": long}}])),
            "too_long",
        ),
        (blocks(json!(many)), "too_many"),
        (blocks(json!(rules)), "too_many"),
        (blocks(json!(large)), "too_long"),
    ] {
        let findings = Compiled::compile(&document, CompileOptions::default()).unwrap_err();
        assert_eq!(findings[0].code, code, "{findings:?}");
    }
    let bearable = format!("{}x{}", "<div>".repeat(50), "</div>".repeat(50));
    compile(&blocks(
        json!([{"id": "a", "type": "html", "props": {"html": bearable}}]),
    ));
    let nested = format!("<mjml><mj-body>{}", "<mj-section>".repeat(20_000));
    let findings = Compiled::compile(&mjml(&nested), CompileOptions::default()).unwrap_err();
    assert_eq!(findings[0].code, "mjml");
}

fn mjml(source: &str) -> Document {
    Document {
        subject: "Hi".to_owned(),
        preheader: Some("Before".to_owned()),
        body: Body::Mjml {
            mjml: source.to_owned(),
            text: None,
        },
    }
}

#[test]
fn mjml_is_compiled_with_its_templates() {
    let document = mjml(
        "<mjml><mj-body><mj-section><mj-column>\n<mj-text>Hi {{ first_name | default(\"you\") }}</mj-text>\n\
         <mj-button href=\"https://a.example/{{ city }}\">Go {% if city %}to {{ city }}{% endif %}</mj-button>\
         </mj-column></mj-section></mj-body></mjml>",
    );
    let compiled = compile(&document);
    assert_eq!(
        compiled.links()[0].url_template,
        "https://a.example/{{ city }}"
    );
    let rendered = made(&compiled, &ada());
    let html = rendered.html.unwrap();
    assert!(html.contains("Hi Ada") && html.contains("Before"), "{html}");
    assert!(
        rendered.text.contains("(https://t.example/c/0?a&b)"),
        "{}",
        rendered.text
    );
}

#[test]
fn attributes_come_out_of_the_compiler_as_they_went_in() {
    let alt = "back\\slash \u{ad}soft\u{200d} e\u{301} \u{1f44d}\u{1f3fd} \u{13000}65\u{13001} 'q' \u{a0}x";
    let document = blocks(json!([
        {"id": "a", "type": "image", "props": {"src": "https://i.example/a\\b", "alt": alt}},
        {"id": "b", "type": "text", "props": {"html": "\u{13000}66\u{13001} C:\\dir"}},
    ]));
    let html = made(&compile(&document), &ada()).html.unwrap();
    assert!(
        html.contains(&format!("alt=\"{}\"", alt.replace('\'', "&#39;"))),
        "{html}"
    );
    assert!(html.contains("\u{13000}66\u{13001} C:\\dir"), "{html}");
    let document = mjml(
        "<mjml><mj-body><mj-section><mj-column><mj-image src='https://i.example' alt='say \"hi\"\n now' /></mj-column></mj-section></mj-body></mjml>",
    );
    let html = made(&compile(&document), &ada()).html.unwrap();
    assert!(
        html.contains("alt=\"say &quot;hi&quot;  now\"")
            || html.contains("alt=\"say &quot;hi&quot; now\""),
        "{html}"
    );
}

#[test]
fn faults_in_mjml_have_their_line() {
    for (source, expected) in [
        (
            "<mjml><mj-body>\n<mj-section>\n <mj-include path=\"/etc/passwd\" />\n</mj-section></mj-body></mjml>",
            "3 mjml",
        ),
        ("<p>no</p>", "1 mjml"),
        ("<mjml><mj-body>", "1 mjml"),
        (
            "<mjml><mj-body><mj-section><mj-column>\n<mj-text>{{ nope }}</mj-text>\n<mj-button href=\"javascript:x\">x</mj-button></mj-column></mj-section></mj-body></mjml>",
            "3 link_scheme",
        ),
        (
            "<mjml><mj-body><mj-section><mj-column>\n\n<mj-text>{% if x %}</mj-text></mj-column></mj-section></mj-body></mjml>",
            "3 syntax",
        ),
    ] {
        let findings = check(&mjml(source), &KnownNames::default());
        let found: Vec<String> = findings
            .iter()
            .filter(|finding| finding.is_error() && finding.field == "body.mjml")
            .map(|finding| format!("{} {}", finding.line, finding.code))
            .collect();
        assert!(
            found.iter().any(|it| it == expected),
            "{expected}: {findings:?}"
        );
    }
}

#[test]
fn a_large_mail_is_warned_about() {
    let text = "A sentence that says something. ".repeat(200);
    let many: Vec<Json> = (0..20)
        .map(|n| json!({"id": format!("b{n}"), "type": "text", "props": {"html": text}}))
        .collect();
    let findings = check(&blocks(json!(many)), &KnownNames::default());
    assert!(
        findings.iter().any(|finding| finding.code == "clipped"),
        "{findings:?}"
    );
}

#[test]
fn every_template_is_without_fault_and_without_foreign_pictures() {
    let all = crate::templates::all();
    assert!(all.len() >= 10);
    for template in all {
        let document = of(template);
        let findings: Vec<Finding> = check(&document, &KnownNames::default())
            .into_iter()
            .filter(|finding| {
                // Whose postal address is not set gets told elsewhere.
                finding.code != "missing_default" || !finding.message.contains("account.")
            })
            .collect();
        assert!(findings.is_empty(), "{}: {findings:#?}", template.key);
        let html = made(&compile(&document), &ada()).html.unwrap();
        assert!(
            !html.contains("<img src=\"http") || html.matches("<img").count() == 1,
            "{}",
            template.key
        );
        assert!(
            html.len() < 60_000,
            "{} has {} bytes",
            template.key,
            html.len()
        );
    }
}

fn of(template: &crate::templates::Template) -> Document {
    Document {
        subject: template.subject.clone(),
        preheader: Some(template.preheader.clone()),
        body: Body::Blocks {
            document: template.document.clone(),
            text: None,
        },
    }
}

#[test]
fn blocks_and_their_mjml_become_the_same_mail() {
    for template in crate::templates::all() {
        let source = crate::blocks::to_mjml(&template.document, "x").unwrap();
        let mut written = mjml(&source);
        let document = of(template);
        written.subject.clone_from(&document.subject);
        written.preheader.clone_from(&document.preheader);
        let [a, b] = [&document, &written].map(|it| made(&compile(it), &ada()).html.unwrap());
        assert_eq!(a, b, "{}", template.key);
    }
}

/// What a browser would run.
fn code_in(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let settings = lol_html::Settings::new().append_element_content_handler(lol_html::element!(
        "*",
        |element| {
            for attribute in element.attributes() {
                let (name, value) = (attribute.name(), attribute.value());
                let goes = matches!(&*name, "href" | "src" | "background");
                if name.starts_with("on") || (goes && value.trim_start().starts_with("javascript:"))
                {
                    found.push(format!("{name}={value}"));
                }
            }
            Ok(())
        }
    ));
    let mut parser = lol_html::HtmlRewriter::new(settings, |_: &[u8]| {});
    parser.write(html.as_bytes()).unwrap();
    parser.end().unwrap();
    found
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]

    /// Whatever somebody writes into a block, the compiler comes to an end, and what comes out of it holds no code and
    /// none of the marks that were used on the way.
    #[test]
    fn no_block_panics_or_lets_code_through(
        parts in proptest::collection::vec(
            proptest::prop_oneof![
                proptest::strategy::Just("{{ first_name }}".to_owned()),
                proptest::strategy::Just("{% if city %}".to_owned()),
                proptest::strategy::Just("{% endif %}".to_owned()),
                proptest::strategy::Just("<script>alert(1)</script>".to_owned()),
                proptest::strategy::Just("<a href=\"".to_owned()),
                proptest::strategy::Just("javascript:alert(1)".to_owned()),
                proptest::strategy::Just("<img src='https://a.example/b.png' onerror=".to_owned()),
                proptest::strategy::Just("<td style=\"background:url(".to_owned()),
                proptest::strategy::Just("</mj-text></mj-column><mj-raw>".to_owned()),
                proptest::strategy::Just("\u{fdd0}0\u{fdd1}".to_owned()),
                proptest::strategy::Just("\u{13000}60\u{13001}".to_owned()),
                proptest::strategy::Just("]]>--><![CDATA[".to_owned()),
                proptest::strategy::Just("<p><ul><li><table><tr>".to_owned()),
                proptest::strategy::Just("\">".to_owned()),
                "[ -~]{0,6}",
                ".{0,4}",
            ],
            0..12,
        ),
    ) {
        let source = parts.concat();
        let document = blocks(json!([
            {"id": "a", "type": "text", "props": {"html": source}},
            {"id": "b", "type": "html", "props": {"html": source}},
            {"id": "c", "type": "heading", "props": {"text": source}},
            {"id": "d", "type": "image", "props": {"src": "https://a.example/b.png", "alt": source}},
            {"id": "e", "type": "table", "props": {"rows": [[source]]}},
            {"id": "f", "type": "booking", "props": {"event_type": "7", "label": source}},
        ]));
        if let Ok(compiled) = Compiled::compile(&document, CompileOptions::default()) {
            let html = made(&compiled, &ada()).html.unwrap();
            proptest::prop_assert!(!html.contains("<script"), "{}", html);
            proptest::prop_assert!(!html.contains(['\u{fdd0}', '\u{fdd1}']), "{}", html);
            let found = code_in(&html);
            proptest::prop_assert!(found.is_empty(), "{found:?} in {html}");
        }
    }
}
