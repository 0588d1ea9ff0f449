use super::*;

#[test]
fn merge_fields_and_filters() {
    let values = ada()
        .with_field("city", FieldValue::Text("são paulo"))
        .with_field("points", FieldValue::Number(1_234_500_000))
        .with_field("whole", FieldValue::Number(7_000_000))
        .with_field("tenth", FieldValue::Number(100_000))
        .with_field("least", FieldValue::Number(1))
        .with_field("most", FieldValue::Number(i64::MAX))
        .with_field("birthday", FieldValue::Date(-1))
        .with_field("never", FieldValue::Date(i64::MAX))
        .with_field("vip", FieldValue::Boolean(true))
        .with_field("no", FieldValue::Boolean(false))
        .with_field("email", FieldValue::Text("not this one"));
    for (template, wanted) in [
        ("Hi {{ first_name }}!", "Hi Ada!"),
        (
            "{{ email }} {{ fields.email }}",
            "ada+news@example.com not this one",
        ),
        (
            "{{ nothing }}|{{ nothing.at.all }}|{{ last_name }}|{{ account }}",
            "|||",
        ),
        ("{{ last_name | default('there') }}", "there"),
        ("{{ nothing | default(\"there\") | upper }}", "THERE"),
        (
            "{{ none | default('x') }}{{ '' | default('y') }}{{ first_name | default }}",
            "xyAda",
        ),
        (
            "{{ city | title }} {{ city | upper }} {{ city | capitalize }}",
            "São Paulo SÃO PAULO São paulo",
        ),
        ("{{ city | truncate(3) }} {{ city | length }}", "são… 9"),
        (
            "{{ points }} {{ whole }} {{ tenth }} {{ least }}",
            "1234.5 7 0.1 0.000001",
        ),
        (
            "{{ points | number }} {{ points | number(2) }} {{ points | number(0) }}",
            "1,234.5 1,234.50 1,234",
        ),
        ("{{ most | number(1) }}", "9,223,372,036,854.8"),
        (
            "{{ birthday }} {{ birthday | date }} {{ birthday | date('%d.%m.%Y') }}",
            "1969-12-31 31 December 1969 31.12.1969",
        ),
        (
            "{{ birthday | date('%Q') }}{{ never }}{{ city | date }}",
            "1969-12-31são paulo",
        ),
        (
            "{{ vip }} {{ no }} {% if vip %}V{% endif %}{% if no %}N{% endif %}{% if unknown %}U{% endif %}",
            "true false V",
        ),
        ("{{ email | urlencode }}", "ada%2Bnews%40example.com"),
        (
            "{% if points > 1000 and not no %}many{% elif points %}few{% else %}none{% endif %}",
            "many",
        ),
        (
            "{% if city in ['oslo', 'são paulo'] %}yes{% endif %}",
            "yes",
        ),
        ("{{ 'yes' if vip else 'no' }} {{ 'yes' if unknown }}", "yes"),
        (
            "{% if last_name is defined %}D{% else %}U{% endif %}{% if city is not none %}C{% endif %}",
            "UC",
        ),
        (
            "{% set name = first_name | default('you') %}{{ name ~ '!' }}",
            "Ada!",
        ),
        (
            "{% for x in ['a', 'b'] %}{{ loop.index }}{{ x }}{% endfor %}",
            "1a2b",
        ),
        (
            "{% raw %}{{ first_name }} {% if %}{% endraw %}",
            "{{ first_name }} {% if %}",
        ),
        ("a {# a {{ comment }} #} b", "a  b"),
        ("a {{- first_name -}} b", "aAdab"),
        (
            "{ {{ first_name }} } {%raw%}{{%endraw%}{# #}{ x }",
            "{ Ada } {{ x }",
        ),
        (
            "{{\u{a0}first_name\u{a0}}} {{ account . name }}",
            "Ada Finca Verde & Co",
        ),
        (
            "{{ campaign.name }} {{ '}}' }} {{ \"%}\" }} {{ 'it\\'s' }}",
            "Spring }} %} it's",
        ),
        ("{{ -5 | number(2) }} {{ 3.5 }}", "-5.00 3.5"),
    ] {
        assert_eq!(text(template, &values), wanted, "{template}");
    }
}

#[test]
fn nobody_ever_sees_a_template_or_an_error_for_a_missing_value() {
    for filter in crate::filters::FILTERS {
        let template = format!("[{{{{ missing | {filter} }}}}]");
        let wanted = if filter == "length" { "[0]" } else { "[]" };
        assert_eq!(text(&template, &ada()), wanted, "{template}");
    }
    for template in [
        "[{{ missing ~ missing }}]",
        "[{% if missing > 5 %}x{% endif %}]",
        "[{% if 'a' in missing %}x{% endif %}]",
        "[{% if missing == 'a' %}x{% endif %}]",
        "[{% for x in missing %}x{% endfor %}]",
        "[{{ fields }}{{ account }}{{ missing.deep.er }}{{ [1, 2] }}]",
    ] {
        assert_eq!(text(template, &ada()), "[]", "{template}");
    }
}

#[test]
fn what_templates_cannot_say_is_refused_with_its_place() {
    for (template, wanted) in [
        ("{{ first_name ", "1:1 syntax"),
        ("\n\nab {{ first_name | uper }}", "3:20 unknown_filter"),
        ("{{ first_name | safe }}", "1:17 unknown_filter"),
        ("é {% iff x %}", "1:3 unknown_statement"),
        ("{% if first_name %}", "1:1 syntax"),
        ("{% endif %}", "1:1 syntax"),
        ("{% else %}", "1:1 syntax"),
        ("{% for x in city %}{% endif %}", "1:1 syntax, 1:20 syntax"),
        ("{{ }}", "1:1 syntax"),
        ("{{ 'open }}", "1:4 syntax"),
        ("{{ first_name default('x') }}", "1:15 unknown_function"),
        ("{{ first_name first_name }}", "1:1 syntax"),
        ("{{ “x” }}", "1:4 syntax"),
        ("{{ first_name | default(&quot;x&quot;) }}", "1:25 syntax"),
        ("{{ points + 1 }}", "1:11 syntax"),
        ("{{ points - 1 }}", "1:11 syntax"),
        ("{{ 7*7 }}", "1:5 syntax"),
        ("{{ range(10) }}", "1:4 unknown_function"),
        ("{{ upper('x') }}", "1:4 unknown_function"),
        ("{{ first_name.upper() }}", "1:15 syntax"),
        ("{{ first_name[0] }}", "1:14 syntax"),
        ("{{ [[1]] }}", "1:5 syntax"),
        ("{% set a = [1] %}", "1:12 syntax"),
        (
            "{% set a %}x{% endset %}",
            "1:1 syntax, 1:13 unknown_statement",
        ),
        ("{% if a = 1 %}{% endif %}", "1:9 syntax"),
        ("{% if x is odd %}{% endif %}", "1:12 unknown_test"),
        ("{# open", "1:1 syntax"),
        ("{% raw %}x", "1:1 syntax"),
        (
            "{% macro f() %}{% endmacro %}",
            "1:1 unknown_statement, 1:16 unknown_statement",
        ),
        ("{% include 'x' %}", "1:1 unknown_statement"),
        ("{% extends 'x' %}", "1:1 unknown_statement"),
        ("{% import 'x' as y %}", "1:1 unknown_statement"),
        (
            "{% autoescape false %}{% endautoescape %}",
            "1:1 unknown_statement, 1:23 unknown_statement",
        ),
        (
            "{% filter upper %}{% endfilter %}",
            "1:1 unknown_statement, 1:19 unknown_statement",
        ),
        (
            "{% with x = 1 %}{% endwith %}",
            "1:1 unknown_statement, 1:17 unknown_statement",
        ),
        (
            "{% for x in y recursive %}{% endfor %}",
            "1:15 unknown_statement",
        ),
        ("{{ a || b }}", "1:9 unknown_filter"),
        ("{{ 1.2.3 }}", "1:7 syntax"),
        ("{{ ünder }}", "1:4 syntax"),
    ] {
        let findings = Compiled::compile(&text_document(template), BARE).unwrap_err();
        let got: Vec<_> = codes(&findings)
            .iter()
            .map(|code| code.replace("body.text:", ""))
            .collect();
        assert_eq!(got.join(", "), wanted, "{template}: {findings:#?}");
    }
}

#[test]
fn kept_values_render_the_same_message() {
    let values = ada()
        .with_field("city", FieldValue::Text("Oslo"))
        .with_field("points", FieldValue::Number(2_500_000))
        .with_field("vip", FieldValue::Boolean(true))
        .with_field("unused", FieldValue::Text("x"));
    let document = text_document(
        "{{ first_name }} {{ fields.city }} {{ points }} {{ vip }} {{ account.name }}",
    );
    let compiled = compile(&document);
    let names: Vec<&str> = compiled.names().iter().map(String::as_str).collect();
    assert_eq!(
        names,
        ["account.name", "fields.city", "first_name", "points", "vip"]
    );
    let kept = serde_json::to_value(values.only(names)).unwrap();
    assert_eq!(
        kept,
        serde_json::json!({
            "account.name": "Finca Verde & Co", "fields.city": "Oslo", "first_name": "Ada",
            "fields.points": 2.5, "fields.vip": true,
        })
    );
    let again: Values = serde_json::from_value(kept).unwrap();
    let first = compiled.render(&values, &Tracked).unwrap();
    assert_eq!(compiled.render(&again, &Tracked).unwrap(), first);
    assert_eq!(first.text, "Ada Oslo 2.5 true Finca Verde & Co\n");
}
