use proptest::prelude::*;

use super::*;

/// Templates that try to get out, to go on for ever or to grow without end. Each must be refused or render something
/// harmless, and soon: the work is bounded, so this test ends.
#[test]
fn attacks_by_template_end_quickly() {
    let nested = |header: &str, depth: usize| {
        header.repeat(depth) + "{{ x }}" + &"{% endfor %}".repeat(depth)
    };
    let ten = "{% for x in [1,2,3,4,5,6,7,8,9,10] %}";
    let attacks = [
        "{{ range(1000000000) }}".to_owned(),
        "{% for x in range(10**9) %}x{% endfor %}".to_owned(),
        "{{ 'a' * 1000000000 }}".to_owned(),
        "{{ 9**9**9 }}".to_owned(),
        nested(ten, 5),
        nested(ten, 12),
        nested(ten, 19),
        nested(ten, 60),
        format!(
            "{{% set a = 'x' ~ 'x' %}}{}{{{{ a }}}}",
            "{% set a = a ~ a ~ a ~ a %}".repeat(200)
        ),
        format!(
            "{{% set a = first_name %}}{}{{{{ a }}}}",
            "{% set a = a ~ a %}".repeat(40)
        ),
        format!(
            "{{% for x in ['aaaaaaaaaa'] %}}{}{{{{ x }}}}{}",
            "{% for x in [x ~ x ~ x ~ x] %}".repeat(18),
            "{% endfor %}".repeat(19)
        ),
        nested("{% for x in [loop, loop, loop] %}", 15),
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}".to_owned(),
        "{% include 'html' %}".to_owned(),
        "{% extends 'text' %}{% block a %}{% endblock %}".to_owned(),
        "{{ self }}{{ _env }}{{ __class__ }}{{ config }}{{ debug }}".to_owned(),
        "{{ ''.__class__.__mro__ }}{{ first_name.__class__ }}".to_owned(),
        "{{ loop(1) }}{{ namespace(x=1) }}{{ dict(a=1) }}{{ debug() }}".to_owned(),
        "{{ first_name | _css_url }}{{ first_name | tojson | attr('x') }}".to_owned(),
        "{{ account.get_value('x') }}".to_owned(),
        "{%".repeat(3000),
        "{{".repeat(3000),
        "{{{{{{ first_name }}}}}}".to_owned(),
        "{{ first_name }".to_owned(),
        "{% raw %}".repeat(1000),
        format!("{{{{ {} 1 }}}}", "not ".repeat(240)),
        format!("{{{{ x {} }}}}", "| upper ".repeat(120)),
        format!("{{{{ x {} }}}}", ".a".repeat(480)),
        format!("{{{{ {}1 }}}}", "1 if 1 else ".repeat(80)),
        format!("{{{{ 'a' | truncate({}) }}}}", "9".repeat(19)),
        "{{ 'a' | number(99999999) }}{{ 1 | number(99999999) }}{{ 1 | truncate(-5) }}".to_owned(),
        format!("<p{}>", " a".repeat(5000)),
        "<div>".repeat(20_000),
        "<a href='https://a.example'>".repeat(900),
        "<!--[if mso]>".repeat(500) + &"<![endif]-->".repeat(500),
        "\x01 0\x02 \x010\x02 \x03L0\x04 \x03O0\x04 \x01999999999999999999999\x02".to_owned(),
        "{% raw %}".to_owned() + &"{%".repeat(200_000),
        "{{ x".repeat(100_000),
        "{{ nme }}".repeat(5000),
        format!("{{{{ {} 1 }}}}", "ab ~ ".repeat(150)).repeat(400),
        "{# x #}".repeat(70_000),
        "<a>".repeat(60_000) + "text" + &"</a>".repeat(60_000),
        "<div>".repeat(40_000) + &"</p>".repeat(60_000),
        "<p style='".to_owned() + &"{{ x }} ".repeat(4900) + &"y".repeat(400_000) + "'>",
        "<p title={{x}}>".repeat(4900),
        "<img src='".to_owned()
            + &"{{ x }}yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy".repeat(4900)
            + "'>",
        format!("<style>{}</style>", "p { color: {{ x }} } ".repeat(4900)),
        "&amp".repeat(100_000),
        "http://".repeat(70_000),
        "<!--".repeat(100_000),
        "&#1;0&#2; &#3;L0&#4; {{ '\\x03L0\\x04' }} {{ '\\u0003O0\\u0004' }}".to_owned(),
    ];
    for attack in attacks {
        for document in [
            html_document(&attack),
            text_document(&attack),
            Document {
                subject: attack.clone(),
                ..text_document("x")
            },
        ] {
            let _ = check(&document, &known());
            let Ok(compiled) = Compiled::compile(&document, CompileOptions::default()) else {
                continue;
            };
            let rendered = compiled.render(&named("aaaaaaaaaa"), &Tracked);
            let size = rendered.map_or(0, |message| {
                message.text.len() + message.html.map_or(0, |html| html.len())
            });
            assert!(
                size <= 4 * 1024 * 1024,
                "{}",
                &attack[..attack.len().min(80)]
            );
        }
    }
}

#[test]
fn endless_work_is_an_error_of_its_own() {
    let ten = "{% for x in [1,2,3,4,5,6,7,8,9,10] %}";
    let template = ten.repeat(8) + "{{ x }}" + &"{% endfor %}".repeat(8);
    let error = compile(&text_document(&template))
        .render(&ada(), &Tracked)
        .unwrap_err();
    assert_eq!(error, crate::RenderError::TooMuchWork);
    let findings = check(&text_document(&template), &known());
    assert!(
        findings
            .iter()
            .any(|f| f.is_error() && f.code == "too_much_work"),
        "{findings:#?}"
    );
}

/// Every place a value can stand in.
const PLACES: &str = concat!(
    "<html><body><p title='{{ first_name }}' style=\"color:{{ first_name }};background:url('{{ first_name }}')\">",
    "{{ first_name }}</p><style>p{color:{{ first_name }}}</style><!-- {{ first_name }} -->",
    "<a href=\"{{ first_name }}\">{{ first_name }}</a><a href='https://a.example/{{ first_name }}?q={{ first_name }}'>b</a>",
    "<a href=\"mailto:{{ first_name }}\">m</a><img src=\"{{ first_name }}\" alt=\"{{ first_name }}\">",
    "<a href={{ first_name }}>c</a><img src=\"https://{{ first_name }}/x\"><title>{{ first_name }}</title>",
    "<a href=\"{% if vip %}https://x.example{% else %}{{ first_name }}{% endif %}{{ first_name }}\">d</a>",
    "{{ first_name | upper }}{{ first_name | urlencode }}{{ first_name ~ '<' }}{{ first_name | title | truncate(5) }}",
    "</body></html>",
);

/// Markup of a message as a mail program sees it: elements with their attributes, and no text.
fn skeleton(html: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let settings = lol_html::RewriteStrSettings::new().append_element_content_handler(
        lol_html::element!("*", |element| {
            let mut line = element.tag_name();
            for attribute in element.attributes() {
                line.push(' ');
                line.push_str(&attribute.name());
                let value = attribute.value();
                let url = crate::entities::decode(&value).into_owned();
                if ["href", "src"].contains(&&*attribute.name()) {
                    let scheme = crate::url::scheme(&url);
                    assert!(
                        matches!(
                            scheme.as_deref(),
                            None | Some("https" | "http" | "mailto" | "tel" | "sms")
                        ),
                        "{value}"
                    );
                }
            }
            seen.push(line);
            Ok(())
        }),
    );
    lol_html::rewrite_str(html, settings).unwrap();
    seen
}

fn assert_harmless(value: &str) {
    let document = Document {
        subject: "{{ first_name }}: {{ city }}".to_owned(),
        preheader: Some("{{ first_name }}".to_owned()),
        ..html_document(PLACES)
    };
    let compiled = compile(&document);
    let values = named(value).with_field("city", FieldValue::Text(value));
    let plain = compiled.render(&named("Ada"), &Tracked).unwrap();
    let rendered = compiled.render(&values, &Tracked).unwrap();
    for line in [&rendered.subject, &rendered.preheader] {
        assert!(
            !line
                .chars()
                .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')),
            "{line:?}"
        );
    }
    let html = rendered.html.unwrap();
    let blank = |c: char| c.is_whitespace() || c.is_control();
    if value.chars().any(|c| !blank(c) && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')) {
        assert_eq!(skeleton(&html), skeleton(&plain.html.unwrap()), "{value:?}\n{html}");
    } else {
        skeleton(&html);
    }
    assert!(!html.contains(['\x01', '\x02', '\x03', '\x04']));
    for link in compiled.links() {
        if let Ok(target) = compiled.render_link(link.number, &values) {
            assert!(
                target.starts_with("https://") || target.starts_with("http://"),
                "{target}"
            );
            assert!(
                target.is_ascii() && !target.contains([' ', '\r', '\n', '"', '<', '>', '\\']),
                "{target}"
            );
        }
    }
}

#[test]
fn hostile_values_stay_values() {
    for value in [
        "{{7*7}}",
        "{% for x in y %}",
        "{{ first_name }}",
        "{# x",
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "--><script>x</script><!--",
        "</style><script>x</script>",
        "</title><script>x</script>",
        "x\r\nBcc: all@example.com\r\n\r\n<p>body</p>",
        "javascript:alert(1)",
        "JaVa\tScRiPt\n:alert(1)",
        "\u{1}javascript:alert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "vbscript:x",
        "https://evil.example@good.example",
        "//evil.example/",
        "\\\\evil.example",
        "red;}body{display:none",
        "url(https://evil.example)",
        "expression(alert(1))",
        "&lt;script&gt;&#60;script&#62;",
        "\x03L0\x04\x01999\x02\x030\x04",
        "\u{2028}\u{2029}\u{85}\u{202e}",
        "𝕏\u{10ffff}é",
    ] {
        assert_harmless(value);
    }
    let text = text("{{ first_name }}", &named("{{7*7}} {% raw %}"));
    assert_eq!(text, "{{7*7}} {% raw %}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_value_stays_a_value(value in ".{0,40}") {
        assert_harmless(&value);
    }

    #[test]
    fn any_markup_in_a_value_stays_text(value in "[<>\"'&{}%#:/;()=a-z \\r\\n\\t\\x00-\\x08]{0,40}") {
        assert_harmless(&value);
    }

    #[test]
    fn no_document_panics(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("{{ first_name }}".to_owned()), Just("{{ city | default('x') }}".to_owned()), Just("{% if vip %}".to_owned()),
                Just("{% endif %}".to_owned()), Just("{% else %}".to_owned()), Just("{% for x in [1, 2] %}".to_owned()),
                Just("{% endfor %}".to_owned()), Just("{{".to_owned()), Just("%}".to_owned()), Just("{#".to_owned()),
                Just("<a href=\"".to_owned()), Just("https://a.example/".to_owned()), Just("\">".to_owned()), Just("</a>".to_owned()),
                Just("<!--[if mso]>".to_owned()), Just("<![endif]-->".to_owned()), Just("<style>".to_owned()),
                Just("</style>".to_owned()), Just("<body>".to_owned()), Just("</body>".to_owned()), Just("<li>".to_owned()),
                Just("é&eacute;".to_owned()), "[ -~]{0,6}", ".{0,4}",
            ],
            0..14,
        ),
        value in ".{0,10}",
    ) {
        let source = parts.concat();
        for document in [html_document(&source), text_document(&source)] {
            let findings = check(&document, &known());
            match Compiled::compile(&document, CompileOptions::default()) {
                Ok(compiled) => {
                    let rendered = compiled.render(&named(&value), &Tracked).unwrap();
                    let whole = format!("{}{}", rendered.text, rendered.html.unwrap_or_default());
                    prop_assert!(!whole.contains(['\x01', '\x02', '\x03', '\x04']));
                }
                Err(errors) => {
                    prop_assert!(!errors.is_empty());
                    prop_assert!(findings.iter().any(Finding::is_error));
                }
            }
        }
    }
}
