//! Character references of HTML, for addresses and for the plain-text alternative.

use std::borrow::Cow;

/// Decodes `&amp;`, `&#8211;`, `&#x2013;` and the names people use. Anything else stays as it is.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name_len = rest[1..]
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '#')
            .unwrap_or(rest.len() - 1);
        let name = &rest[1..=name_len];
        let closed = rest[1 + name_len..].starts_with(';');
        if let Some(c) = reference(name, closed) {
            out.push(c);
            rest = &rest[1 + name_len + usize::from(closed)..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn reference(name: &str, closed: bool) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        // Control characters would be taken for our own marks.
        return char::from_u32(code).filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'));
    }
    // Without a semicolon only few are references: `&copy=1` in an address is a parameter.
    if !closed {
        return None;
    }
    if let Ok(index) = NAMED.binary_search_by_key(&name, |(name, _)| name) {
        return Some(NAMED[index].1);
    }
    let accents = [
        ("grave", '\u{300}'),
        ("acute", '\u{301}'),
        ("circ", '\u{302}'),
        ("tilde", '\u{303}'),
        ("uml", '\u{308}'),
        ("ring", '\u{30a}'),
        ("cedil", '\u{327}'),
        ("caron", '\u{30c}'),
    ];
    accents.iter().find_map(|(suffix, mark)| {
        let mut base = name.strip_suffix(suffix)?.chars();
        let letter = base.next().filter(|_| base.next().is_none())?;
        compose(letter, *mark)
    })
}

/// A letter and an accent as one character, for those of Latin-1 and the carons.
fn compose(letter: char, mark: char) -> Option<char> {
    const TABLE: [(char, &str, &str); 8] = [
        ('\u{300}', "AEIOUaeiou", "ÀÈÌÒÙàèìòù"),
        ('\u{301}', "AEIOUYaeiouy", "ÁÉÍÓÚÝáéíóúý"),
        ('\u{302}', "AEIOUaeiou", "ÂÊÎÔÛâêîôû"),
        ('\u{303}', "ANOano", "ÃÑÕãñõ"),
        ('\u{308}', "AEIOUYaeiouy", "ÄËÏÖÜŸäëïöüÿ"),
        ('\u{30a}', "Aa", "Åå"),
        ('\u{327}', "Cc", "Çç"),
        ('\u{30c}', "CSZcsz", "ČŠŽčšž"),
    ];
    let (_, letters, composed) = TABLE.iter().find(|(known, _, _)| *known == mark)?;
    let index = letters.chars().position(|known| known == letter)?;
    composed.chars().nth(index)
}

/// Sorted by name.
const NAMED: [(&str, char); 74] = [
    ("AElig", 'Æ'),
    ("NewLine", '\n'),
    ("OElig", 'Œ'),
    ("Oslash", 'Ø'),
    ("Tab", '\t'),
    ("aelig", 'æ'),
    ("amp", '&'),
    ("apos", '\''),
    ("bdquo", '„'),
    ("bull", '•'),
    ("cent", '¢'),
    ("check", '✓'),
    ("clubs", '♣'),
    ("colon", ':'),
    ("comma", ','),
    ("commat", '@'),
    ("copy", '©'),
    ("curren", '¤'),
    ("dagger", '†'),
    ("darr", '↓'),
    ("deg", '°'),
    ("divide", '÷'),
    ("emsp", '\u{2003}'),
    ("ensp", '\u{2002}'),
    ("equals", '='),
    ("euro", '€'),
    ("excl", '!'),
    ("frac12", '½'),
    ("frac14", '¼'),
    ("frac34", '¾'),
    ("gt", '>'),
    ("harr", '↔'),
    ("hearts", '♥'),
    ("hellip", '…'),
    ("iexcl", '¡'),
    ("iquest", '¿'),
    ("laquo", '«'),
    ("larr", '←'),
    ("ldquo", '“'),
    ("lsaquo", '‹'),
    ("lsquo", '‘'),
    ("lt", '<'),
    ("mdash", '—'),
    ("micro", 'µ'),
    ("middot", '·'),
    ("minus", '−'),
    ("nbsp", '\u{a0}'),
    ("ndash", '–'),
    ("num", '#'),
    ("oelig", 'œ'),
    ("oslash", 'ø'),
    ("para", '¶'),
    ("percnt", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("plusmn", '±'),
    ("pound", '£'),
    ("quest", '?'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rarr", '→'),
    ("rdquo", '”'),
    ("reg", '®'),
    ("rsaquo", '›'),
    ("rsquo", '’'),
    ("sect", '§'),
    ("shy", '\u{ad}'),
    ("sol", '/'),
    ("szlig", 'ß'),
    ("times", '×'),
    ("trade", '™'),
    ("uarr", '↑'),
    ("yen", '¥'),
    ("zwnj", '\u{200c}'),
];

#[cfg(test)]
mod tests {
    use super::{NAMED, decode};

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(NAMED.is_sorted_by_key(|(name, _)| name));
    }

    #[test]
    fn references_people_write() {
        for (html, wanted) in [
            ("a&amp;b", "a&b"),
            ("&lt;&#62;&#x3E;&quot;&apos;", "<>>\"'"),
            ("caf&eacute; &Uuml;ber &scaron;", "café Über š"),
            ("?a=1&copy=2&amp;b", "?a=1&copy=2&b"),
            (
                "&unknown; & &; &#; &#x; &#0; &#1;",
                "&unknown; & &; &#; &#x; &#0; &#1;",
            ),
            ("&#1114112;&#xD800;", "&#1114112;&#xD800;"),
            ("&é;", "&é;"),
            ("&", "&"),
        ] {
            assert_eq!(decode(html), wanted, "{html}");
        }
    }
}
