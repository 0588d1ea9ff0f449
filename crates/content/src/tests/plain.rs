use super::*;

fn alternative(html: &str) -> String {
    render(&html_document(html), &ada()).text
}

#[test]
fn html_becomes_readable_text() {
    for (html, wanted) in [
        (
            "<h1>Hello</h1><p>First\n  line<br>second</p><p>Next</p>",
            "Hello\n\nFirst line\nsecond\n\nNext\n",
        ),
        (
            "<p>See <a href=\"https://a.example\">our site</a>.</p>",
            "See our site (https://t.example/c/0?a&b).\n",
        ),
        (
            "<a href=\"https://a.example\">https://a.example</a>",
            "https://a.example (https://t.example/c/0?a&b)\n",
        ),
        (
            "<a href=\"https://a.example\"><img src=\"https://i.example/x.png\" alt=\"Shop\"></a>",
            "Shop (https://t.example/c/0?a&b)\n",
        ),
        (
            "<a href=\"https://a.example\"><img src=\"https://i.example/x.png\"></a>",
            "https://t.example/c/0?a&b\n",
        ),
        (
            "<a href=\"mailto:hi@example.com?subject=x\">Write</a> <a href=\"#x\">top</a>",
            "Write (hi@example.com) top\n",
        ),
        (
            "<a href=\"mailto:hi@example.com\">hi@example.com</a>",
            "hi@example.com\n",
        ),
        (
            "<a href=\"{{ unsubscribe_url }}\">Leave</a>",
            "Leave (https://t.example/u/1)\n",
        ),
        (
            "<ul><li>a</li><li>b<ol><li>c</li><li>d</li></ol></li></ul><p>e</p>",
            "- a\n- b\n  1. c\n  2. d\n\ne\n",
        ),
        (
            "<style>p{}</style><script>x()</script><title>t</title><p>a</p><!-- no -->",
            "a\n",
        ),
        (
            "<div style=\"display: none\">pre</div><p>a</p><p hidden>b</p>c",
            "a\n\nc\n",
        ),
        (
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
            "a\nb\nc\n",
        ),
        (
            "<p>a</p><hr><p>caf&eacute; &amp; &lt;b&gt; &euro;5&nbsp;&zwnj;x</p>",
            "a\n\n----------\n\ncafé & <b> €5 x\n",
        ),
        ("<pre>a\n  b</pre>c", "a\n  b\n\nc\n"),
        (
            "<p>{% if first_name %}Hi {{ first_name }}{% else %}Hi{% endif %},</p>",
            "Hi Ada,\n",
        ),
        (
            "{% if last_name %}<p>A</p>{% endif %}{% if last_name %}<p>B</p>{% endif %}<p>C</p>",
            "C\n",
        ),
        (
            "<p>{{ first_name }} &#123;&#123; first_name }} {&#37; if &#x7b;</p>",
            "Ada {{ first_name }} {% if {\n",
        ),
        ("<td {% if vip %}class=\"a\"{% endif %}>x</td>", "x\n"),
        ("", "\n"),
    ] {
        assert_eq!(alternative(html), wanted, "{html}");
    }
}

#[test]
fn values_are_not_escaped_in_text() {
    let rendered = render(
        &html_document("<p>{{ first_name }}</p>"),
        &named("<b>&\"</b>"),
    );
    assert_eq!(rendered.text, "<b>&\"</b>\n");
}

#[test]
fn bare_addresses_in_text_are_tracked() {
    for (template, wanted, links) in [
        (
            "See https://a.example/x.",
            "See https://t.example/c/0?a&b.",
            1,
        ),
        (
            "(https://a.example/x(y)) <https://b.example>",
            "(https://t.example/c/0?a&b) <https://t.example/c/1?a&b>",
            2,
        ),
        (
            "https://a.example https://a.example",
            "https://t.example/c/0?a&b https://t.example/c/0?a&b",
            1,
        ),
        (
            "https://a.example/?e={{ email | urlencode }}&x=1, ok",
            "https://t.example/c/0?a&b, ok",
            1,
        ),
        (
            "https://a.example/{% if vip %}x{% endif %}",
            "https://t.example/c/0?a&b",
            1,
        ),
        (
            "xhttps://a.example http:// https://user@a.example",
            "xhttps://a.example http:// https://user@a.example",
            0,
        ),
        (
            "{{ unsubscribe_url }} {{ photo }}",
            "https://t.example/u/1",
            0,
        ),
    ] {
        let compiled = compile(&text_document(template));
        assert_eq!(compiled.links().len(), links, "{template}");
        assert_eq!(text(template, &ada()).trim_end(), wanted, "{template}");
    }
}

#[test]
fn a_given_alternative_shares_links_with_the_html() {
    let document = Document {
        body: Body::Html {
            html: "<a href=\"https://a.example/?x=1&amp;y\">A</a>".to_owned(),
            text: Some("A: https://a.example/?x=1&y B: https://b.example".to_owned()),
        },
        ..html_document("")
    };
    let compiled = compile(&document);
    assert_eq!(compiled.links().len(), 2);
    assert_eq!(
        compiled.render(&ada(), &Tracked).unwrap().text,
        "A: https://t.example/c/0?a&b B: https://t.example/c/1?a&b"
    );
}

#[test]
fn subjects_are_one_line() {
    let document = Document {
        subject: "Hi {{ first_name }}\r\n there\u{2028}!  ".to_owned(),
        ..text_document("x")
    };
    for (name, wanted) in [
        (
            "Eve\r\nBcc: all@example.com",
            "Hi Eve Bcc: all@example.com there !",
        ),
        ("A\u{0}B\u{7f}C\u{202e}D\u{85}E\tF", "Hi ABC D E F there !"),
        ("{{ 7 }}", "Hi {{ 7 }} there !"),
        ("<b>", "Hi <b> there !"),
    ] {
        assert_eq!(render(&document, &named(name)).subject, wanted);
    }
    let long = render(&document, &named(&"é".repeat(10_000))).subject;
    assert_eq!(long.chars().count(), 300);
}
