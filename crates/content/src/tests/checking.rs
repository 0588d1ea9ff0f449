use super::*;

fn found(document: &Document) -> Vec<String> {
    codes(&check(document, &known()))
}

#[test]
fn a_good_document_has_no_findings() {
    let document = Document {
        subject: "{{ first_name | default(\"Hello\") }}, news".to_owned(),
        preheader: Some("From {{ account.name }}".to_owned()),
        body: Body::Html {
            html: "<p>{% if city %}In {{ city }}{% endif %} {{ points | default(0) | number }}</p>\
                   <a href=\"https://a.example/?e={{ email }}\">x</a> <a href=\"{{ unsubscribe_url }}\">Leave</a>"
                .to_owned(),
            text: None,
        },
    };
    assert_eq!(found(&document), [""; 0]);
}

#[test]
fn findings_name_their_field_line_and_column() {
    let document = Document {
        subject: "Hi {{ frist_name | default('x') }}".to_owned(),
        preheader: Some("{{ citty | default('x') }} {{ account.nme }} {{ fields }}".to_owned()),
        body: Body::Html {
            html: "<p>\n  {{ first_name }} {{ email }} {{ email.x }}</p>\n\
                   <a href=\"/shop\">x</a> <a href=\"\">y</a>\n\
                   {% if points < 5 %}few{% endif %}{% if points is defined and points < 5 %}{% endif %}"
                .to_owned(),
            text: None,
        },
    };
    assert_eq!(
        found(&document),
        [
            "subject:1:7 unknown_name",
            "preheader:1:4 unknown_name",
            "preheader:1:31 unknown_name",
            "preheader:1:49 unknown_name",
            "body.html:1:1 missing_unsubscribe",
            "body.html:2:6 missing_default",
            "body.html:2:35 unknown_name",
            "body.html:3:10 link_relative",
            "body.html:3:32 link_empty",
            "body.html:4:7 missing_default",
        ]
    );
    let findings = check(&document, &known());
    assert!(
        findings[0].message.contains("did you mean first_name?"),
        "{}",
        findings[0].message
    );
    assert!(
        findings[1].message.contains("did you mean city?"),
        "{}",
        findings[1].message
    );
    let errors = crate::errors(findings).unwrap_err();
    let kernel::Error::Invalid(errors) = errors else {
        panic!("{errors:?}")
    };
    assert_eq!(errors.len(), 5);
    assert!(
        errors[0]
            .message
            .starts_with("line 1, column 7: there is no field frist_name"),
        "{}",
        errors[0].message
    );
}

#[test]
fn what_would_fail_or_be_cut_off_is_found() {
    for (html, wanted) in [
        (
            "<a href=\"javascript:alert(1)\">x</a>".to_owned(),
            "link_scheme",
        ),
        (
            "<a href=\"java&#115;cript:alert(1)\">x</a>".to_owned(),
            "link_scheme",
        ),
        (
            "<a href=\"java{{ first_name | default('') }}script:alert(1)\">x</a>".to_owned(),
            "link_scheme",
        ),
        ("<a href=\"https://\">x</a>".to_owned(), "link_invalid"),
        (
            "<a href=\"https://user:pw@a.example\">x</a>".to_owned(),
            "link_invalid",
        ),
        (
            "<a href=\"https://a.example/{% if vip %}\">x</a>{% endif %}".to_owned(),
            "syntax",
        ),
        ("<script>x()</script>".to_owned(), "script"),
        ("x".repeat(600 * 1024), "too_long"),
        ("<p>xxxxxxxxx</p>".repeat(8000), "clipped"),
        ("{{ email }}".repeat(6000), "too_many_tags"),
        (
            "{% if vip %}".repeat(30) + &"{% endif %}".repeat(30),
            "too_deep",
        ),
        (format!("{{{{ {} }}}}", "(".repeat(2000)), "too_long"),
        (
            format!("{{{{ {}1{} }}}}", "(".repeat(400), ")".repeat(400)),
            "syntax",
        ),
        (
            "{{ first_name | upper(1, 2) | default('x') }}".to_owned(),
            "render_failed",
        ),
        (
            "{% if 'x' in points %}x{% endif %}".to_owned(),
            "render_failed",
        ),
    ] {
        let codes: Vec<_> = check(&html_document(&html), &known())
            .iter()
            .map(|f| f.code.to_string())
            .collect();
        assert!(
            codes.iter().any(|code| code == wanted),
            "{}: {codes:?}",
            &html[..html.len().min(60)]
        );
    }
    let document = Document {
        subject: " ".to_owned(),
        ..text_document("{{ unsubscribe_url }}")
    };
    assert_eq!(found(&document), ["subject:1:1 subject_empty"]);
}

#[test]
fn a_document_with_an_unknown_field_is_refused_by_its_name() {
    for (json, name) in [
        (
            r#"{"subject": "Hi", "preheder": "x", "body": {"kind": "text", "text": "a"}}"#,
            "preheder",
        ),
        (
            r#"{"subject": "Hi", "body": {"kind": "text", "text": "a", "html": "b"}}"#,
            "html",
        ),
        (
            r#"{"subject": "Hi", "body": {"kind": "html", "html": "a", "txt": "b"}}"#,
            "txt",
        ),
    ] {
        let error = serde_json::from_str::<Document>(json).unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&format!("unknown field `{name}`")),
            "{error}"
        );
    }
    let whole = r#"{"subject":"Hi","body":{"kind":"html","html":"a","text":"b"}}"#;
    let document: Document = serde_json::from_str(whole).unwrap();
    assert_eq!(serde_json::to_string(&document).unwrap(), whole);
}
