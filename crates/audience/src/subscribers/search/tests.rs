use super::words::{Text, parse};

fn words(text: &Text<'_>) -> String {
    text.words().into_iter().collect::<Vec<_>>().join(" ")
}

#[test]
fn people_have_the_words_of_their_names_address_and_number() {
    let name = |first_name| Text {
        first_name: Some(first_name),
        ..Text::default()
    };
    for (name, wanted) in [
        (name("Ada"), "ada"),
        (name("  María  del Carmen "), "carmen del maría"),
        (name("Jean-Luc"), "jean-luc luc"),
        (name("O'Brien (Jr.)"), "brien jr o'brien"),
        (name("STRASSE Straße"), "strasse"),
        (name("--- !"), ""),
    ] {
        assert_eq!(words(&name), wanted);
    }
    let email = |email| Text {
        email,
        ..Text::default()
    };
    for (email, wanted) in [
        (email("ada@example.com"), "example.com"),
        (
            email("Ada.Lovelace+news@mail.example.com"),
            "example.com lovelace+news mail.example.com news",
        ),
        (
            email("info@xn--mnchen-3ya.example"),
            "münchen.example xn--mnchen-3ya.example",
        ),
    ] {
        assert_eq!(words(&email), wanted);
    }
    let phone = Text {
        phone: Some("+49 (0)30 123-4567"),
        ..Text::default()
    };
    assert_eq!(words(&phone), "1234567 301234567 4567 490301234567");
    let many = format!("{}-{}", "x".repeat(200), "y-".repeat(50));
    assert!(name(&many).words().iter().all(|word| word.len() <= 60));
    assert!(name(&many).words().len() <= 6);
}

#[test]
fn searches_are_words_too() {
    for (text, wanted) in [
        ("", None),
        (" \t ", None),
        ("Ada Lov", Some("ada lov")),
        ("ada adal", Some("adal")),
        ("\"Ada\", <ADA@Example.com>", Some("ada@example.com")),
        ("@Example.com", Some("example.com")),
        ("ada@", Some("ada@")),
        ("ann_", Some("ann_")),
        ("* % '", Some("")),
        ("info@münchen.example", Some("info@xn--mnchen-3ya.example")),
        ("info@mün", Some("info@ mün")),
        ("+49 30 123", Some("4930123")),
        ("030/12 34", Some("301234")),
        ("007", Some("007")),
        ("a\0b", Some("a b")),
    ] {
        let words = parse(text).unwrap().map(|words| words.join(" "));
        assert_eq!(words.as_deref(), wanted, "{text:?}");
    }
    assert!(parse(&"x".repeat(201)).is_err());
    assert_eq!(parse(&"é".repeat(200)).unwrap().unwrap()[0].len(), 120);
}
