use super::*;

#[test]
fn values_are_encoded_for_the_place_they_stand_in() {
    let eve = named("<b>\"O'Neil\" & Co</b>")
        .with_field("city", FieldValue::Text("São/Paulo? a&b=c:d"))
        .with_field(
            "color",
            FieldValue::Text("red;background:url(https://x.example)}"),
        )
        .with_field("size", FieldValue::Text("12px"))
        .with_field(
            "photo",
            FieldValue::Text("https://img.example/a b.png?x=1&y='2'"),
        )
        .with_field("bad", FieldValue::Text("java\tscript:alert(1)"))
        .with_field("domain", FieldValue::Text("evil.example/x@"));
    for (template, wanted) in [
        (
            "<p>{{ first_name }}</p>",
            "<p>&lt;b&gt;&quot;O&#39;Neil&quot; &amp; Co&lt;/b&gt;</p>",
        ),
        (
            "<p title='{{ first_name }}'>x</p>",
            "<p title='&lt;b&gt;&quot;O&#39;Neil&quot; &amp; Co&lt;/b&gt;'>x</p>",
        ),
        ("<p title={{ size }}>x</p>", "<p title=\"12px\">x</p>"),
        (
            "<p style=\"color:{{ color }}\">x</p>",
            "<p style=\"color:redbackgroundurlhttpsx.example\">x</p>",
        ),
        (
            "<style>p { font-size: {{ size }} }</style>",
            "<style>p { font-size: 12px }</style>",
        ),
        (
            "<td background='{{ photo }}'>",
            "<td background='https://img.example/a%20b.png?x=1&amp;y=&#39;2&#39;'>",
        ),
        (
            "<i style=\"background:url('{{ photo }}')\">",
            "<i style=\"background:url('https://img.example/a%20b.png?x=1&amp;y=%272%27')\">",
        ),
        (
            "<i style=\"background:url({{ bad }})\">",
            "<i style=\"background:url()\">",
        ),
        (
            "<img src=\"{{ photo }}\">",
            "<img src=\"https://img.example/a%20b.png?x=1&amp;y=&#39;2&#39;\">",
        ),
        ("<img src=\"{{ bad }}\">", "<img src=\"\">"),
        (
            "<img src=\"https://i.example/{{ city }}.png?c={{ city }}\">",
            "<img src=\"https://i.example/S%C3%A3o/Paulo%3F%20a%26b%3Dc%3Ad.png?c=S%C3%A3o%2FPaulo%3F%20a%26b%3Dc%3Ad\">",
        ),
        (
            "<img src=\"https://{{ domain }}/x.png\">",
            "<img src=\"https://evil.examplex/x.png\">",
        ),
        (
            "<a href=\"mailto:x@example.com?subject={{ city }}\">m</a>",
            "<a href=\"mailto:x@example.com?subject=S%C3%A3o%2FPaulo%3F%20a%26b%3Dc%3Ad\">m</a>",
        ),
        ("<a href=\"{{ bad }}\">x</a>", "<a href=\"#\">x</a>"),
        (
            "<a href=\"{{ 'java' }}{{ 'script:x' }}\">x</a>",
            "<a href=\"#\">x</a>",
        ),
        (
            "<a href='{% if vip %}https://a.example{% else %}{{ bad }}{% endif %}'>x</a>",
            "<a href='#'>x</a>",
        ),
        (
            "<!-- {{ first_name }} --><p>x</p>",
            "<!-- &lt;b&gt;&quot;O&#39;Neil&quot; &amp; Co&lt;/b&gt; --><p>x</p>",
        ),
        (
            "<title>{{ first_name }}</title>",
            "<title>&lt;b&gt;&quot;O&#39;Neil&quot; &amp; Co&lt;/b&gt;</title>",
        ),
        (
            "{% if first_name <b %}<p title='>'>{{ size }}</p>{% endif %}",
            "",
        ),
        (
            "<p>&#123;&#123; first_name }} {% raw %}{{ x }}{% endraw %}</p>",
            "<p>&#123;&#123; first_name }} {{ x }}</p>",
        ),
    ] {
        assert_eq!(html(template, &eve), wanted, "{template}");
    }
}

#[test]
fn merge_fields_are_refused_where_no_escaping_helps() {
    for template in [
        "<script>var x = '{{ first_name }}'</script>",
        "<p onclick=\"f('{{ first_name }}')\">x</p>",
        "<p {{ first_name }}>x</p>",
        "<p {{ first_name }}=\"x\">x</p>",
        "<{{ first_name }}>",
        "</{{ first_name }}>",
        "<{% if x %}{{ first_name }}{% endif %}>",
        "<h{{ first_name }}>x</h1>",
        "<iframe srcdoc=\"{{ first_name }}\"></iframe>",
        "<noscript><a href=\"{{ first_name }}\">x</a></noscript>",
        "<p>x</p><a href=\"{{ first_name }}\"",
        "<p>x</p><a href=\"{{ first_name }}",
        "<p>x</p><a href='x>{{ first_name }}",
    ] {
        let Err(findings) = Compiled::compile(&html_document(template), BARE) else {
            panic!("{template}");
        };
        assert!(
            findings
                .iter()
                .all(|f| f.code == "unsafe_place" || f.code == "html"),
            "{template}: {findings:#?}"
        );
    }
}

#[test]
fn links_are_numbered_tracked_and_looked_up() {
    let template = concat!(
        "<a href=\"https://a.example/?x=1&amp;y=2\">One <b>{{ first_name }}</b></a>",
        "<a href='https://a.example/?x=1&amp;y=2'>Again</a>",
        "<a href=https://b.example/{{first_name}}>Two</a>",
        "<a href=\"https://c.example/?e={{ email | urlencode }}&n={{ first_name | default(\"x\") }}\"><img alt=\"Three\"></a>",
        "<a href=\"{{ photo }}\">Four</a>",
        "<a href=\"mailto:hi@example.com\">Mail</a> <a href=\"tel:+1555\">Call</a> <a href=\"#top\">Top</a>",
        "<a href=\"{{ unsubscribe_url }}\">Leave</a> <a href=\"{{web_version_url}}\">Web</a> <a name=x>Anchor</a>",
        "<map><area href=\"HTTPS://D.example\"></map>",
        "<link href=\"https://fonts.example/x\">",
    );
    let compiled = compile(&html_document(template));
    let links: Vec<_> = compiled
        .links()
        .iter()
        .map(|link| format!("{} {} {}", link.number, link.url_template, link.text_hint))
        .collect();
    assert_eq!(
        links,
        [
            "0 https://a.example/?x=1&y=2 One {{ first_name }}",
            "1 https://a.example/?x=1&y=2 Again",
            "2 https://b.example/{{ first_name }} Two",
            "3 https://c.example/?e={{ email | urlencode }}&n={{ first_name | default ( \"x\" ) }} Three",
            "4 {{ photo }} Four",
            "5 HTTPS://D.example ",
        ]
    );
    let values = ada().with_field("photo", FieldValue::Text("https://p.example/ä b"));
    let targets: Vec<_> = (0..6)
        .map(|n| compiled.render_link(n, &values).unwrap())
        .collect();
    assert_eq!(
        targets,
        [
            "https://a.example/?x=1&y=2",
            "https://a.example/?x=1&y=2",
            "https://b.example/Ada",
            "https://c.example/?e=ada%2Bnews%40example.com&n=Ada",
            "https://p.example/%C3%A4%20b",
            "https://d.example",
        ]
    );
    assert!(compiled.render_link(6, &values).is_err());
    let html = html(template, &values);
    for number in 0..6 {
        assert!(
            html.contains(&format!("\"https://t.example/c/{number}?a&amp;b\""))
                || html.contains(&format!("'https://t.example/c/{number}?a&amp;b'")),
            "{number}: {html}"
        );
    }
    for kept in [
        "mailto:hi@example.com",
        "tel:+1555",
        "#top",
        "https://t.example/u/1",
        "https://t.example/w/1",
        "https://fonts.example/x",
    ] {
        assert!(html.contains(&format!("\"{kept}\"")), "{kept}: {html}");
    }
    assert!(!html.contains("a.example"));
}

#[test]
fn a_click_leads_to_web_addresses_only() {
    let compiled = compile(&html_document("<a href=\"{{ photo }}\">x</a>"));
    for (value, wanted) in [
        ("https://ok.example/x?y#z", Some("https://ok.example/x?y#z")),
        (" http://ok.example:8080 ", Some("http://ok.example:8080")),
        (
            "https://münchen.example/ü",
            Some("https://xn--mnchen-3ya.example/%C3%BC"),
        ),
        ("https://[::1]/x", Some("https://[::1]/x")),
        ("", None),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("//evil.example", None),
        ("/relative", None),
        ("https:/evil.example", None),
        ("https://", None),
        ("https:///x", None),
        ("https://user@evil.example", None),
        ("https://good.example@evil.example/", None),
        ("https://good.example\\@evil.example/", None),
        ("https://a b.example/", None),
        ("https://x.example:http/", None),
        ("mailto:a@example.com", None),
        (
            "https://x.example/\r\nSet-Cookie: a=b",
            Some("https://x.example/%0D%0ASet-Cookie:%20a=b"),
        ),
    ] {
        let values = ada().with_field("photo", FieldValue::Text(value));
        assert_eq!(
            compiled.render_link(0, &values).ok().as_deref(),
            wanted,
            "{value:?}"
        );
    }
}

#[test]
fn preheader_pixel_and_footer_find_their_place() {
    let mut document = html_document(
        "<!doctype html><html><head><title>T</title></head><body class=\"x\"><p>Hi</p></body></html>",
    );
    document.preheader = Some("For {{ first_name }}\n& you".to_owned());
    let compiled = Compiled::compile(&document, CompileOptions::default()).unwrap();
    let rendered = compiled.render(&named("<Eve>"), &Tracked).unwrap();
    let html = rendered.html.unwrap();
    assert_eq!(rendered.preheader, "For <Eve> & you");
    assert!(
        html.contains("<body class=\"x\"><div style=\"display:none"),
        "{html}"
    );
    assert!(html.contains(">For &lt;Eve&gt; &amp; you&#847;"), "{html}");
    let footer = html.find("<a href=\"https://t.example/u/1\"").unwrap();
    assert!(
        html.contains("Finca Verde &amp; Co<br>Calle 1, Bogotá<br>"),
        "{html}"
    );
    let pixel = html.find("<img src=\"https://t.example/o/1\"").unwrap();
    assert!(
        html.find("Hi").unwrap() < footer
            && footer < pixel
            && pixel < html.find("</body>").unwrap()
    );
    assert_eq!(
        rendered.text,
        "Hi\n\n--\nFinca Verde & Co\nCalle 1, Bogotá\nUnsubscribe: https://t.example/u/1\n"
    );

    let fragment = html_document("<p>Hi</p>");
    let html = render(&fragment, &ada()).html.unwrap();
    assert!(html.starts_with("<p>Hi</p><img "), "{html}");
    let mut document = fragment;
    document.preheader = Some("{{ last_name }}".to_owned());
    assert!(
        render(&document, &ada()).html.unwrap().starts_with("<p>Hi"),
        "an empty preheader leaves no trace"
    );
}

#[test]
fn template_syntax_and_odd_markup_survive() {
    for template in [
        "<table>{% if first_name %}<tr><td>a</td></tr>{% endif %}</table>",
        "<p>a & b &amp; c < d</p><P CLASS=x>&nbsp;</P><br/><img src=\"cid:1\">",
        "<!--[if mso]><table><tr><td><![endif]--><p>x</p><!--[if mso]></td></tr></table><![endif]-->",
        "<style>@media (max-width: 600px) { .a { color: red } }</style>",
        "<div\n  data-x='{\"a\": 1}'\n>x</div\n>",
        "plain text, no markup at all",
        "",
        "<p>unclosed <b>everything",
        "< notatag> <3 &",
    ] {
        let wanted = template
            .replace("{% if first_name %}", "")
            .replace("{% endif %}", "");
        assert_eq!(html(template, &ada()), wanted);
    }
}

#[test]
fn links_inside_outlook_comments_are_tracked() {
    let template = "<p>x</p><!--[if mso]><v:roundrect href=\"https://a.example/{{ first_name }}\">{{ first_name }}</v:roundrect><![endif]--><a href=\"https://b.example\">b</a>";
    let compiled = compile(&html_document(template));
    assert_eq!(compiled.links().len(), 2);
    assert_eq!(
        compiled.render_link(1, &ada()).unwrap(),
        "https://a.example/Ada"
    );
    assert!(
        html(template, &ada())
            .contains("<v:roundrect href=\"https://t.example/c/1?a&amp;b\">Ada</v:roundrect>")
    );
}

#[test]
fn addresses_that_use_names_of_the_template_stay_untracked() {
    let template = "{% set p = first_name %}<a href=\"https://a.example/{{ p }}\">x</a>";
    assert!(compile(&html_document(template)).links().is_empty());
    assert_eq!(
        html(template, &ada()),
        "<a href=\"https://a.example/Ada\">x</a>"
    );
}
