//! The part of an address that names something.

use kernel::FieldError;

const MAX: usize = 80;

/// Makes one of a name: `Ada Lovelace` is `ada-lovelace`. Never empty.
pub(crate) fn of(name: &str, otherwise: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        let plain = match c {
            'ä' => "ae",
            'ö' => "oe",
            'ü' => "ue",
            'ß' => "ss",
            'á' | 'à' | 'â' | 'ã' | 'å' => "a",
            'é' | 'è' | 'ê' | 'ë' => "e",
            'í' | 'ì' | 'î' | 'ï' => "i",
            'ó' | 'ò' | 'ô' | 'õ' | 'ø' => "o",
            'ú' | 'ù' | 'û' => "u",
            'ç' => "c",
            'ñ' => "n",
            c if c.is_ascii_alphanumeric() => {
                slug.push(c);
                continue;
            }
            _ if slug.is_empty() || slug.ends_with('-') => "",
            _ => "-",
        };
        slug.push_str(plain);
    }
    slug.truncate(MAX - 8);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { otherwise } else { slug }.to_owned()
}

/// One that is like it and not among those that are taken.
pub(crate) fn free(slug: String, taken: impl Fn(&str) -> bool) -> String {
    if !taken(&slug) {
        return slug;
    }
    let mut n = 2_u32;
    loop {
        let next = format!("{slug}-{n}");
        if !taken(&next) {
            return next;
        }
        n += 1;
    }
}

/// Refuses what is none.
pub(crate) fn check(slug: &str, field: &str) -> Result<(), FieldError> {
    let fits = !slug.is_empty()
        && slug.len() <= MAX
        && !slug.starts_with('-')
        && !slug.ends_with('-')
        && (slug.bytes()).all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits {
        return Ok(());
    }
    Err(FieldError::new(
        field,
        "invalid",
        format!("use 1 to {MAX} of a-z, 0-9 and hyphens, such as intro-call"),
    ))
}

/// Another one has it.
pub(crate) fn taken(field: &str) -> FieldError {
    FieldError::new(field, "taken", "is taken: choose another one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs() {
        for (name, slug) in [
            ("Ada Lovelace", "ada-lovelace"),
            ("  Größe & Maß! ", "groesse-mass"),
            ("日本", "host"),
            ("--", "host"),
        ] {
            assert_eq!(of(name, "host"), slug);
            assert!(check(&of(name, "host"), "slug").is_ok());
        }
        assert_eq!(free("a".into(), |it| it == "a" || it == "a-2"), "a-3");
        for slug in ["", "A", "a b", "-a", "a-", "a/b"] {
            assert!(check(slug, "slug").is_err(), "{slug}");
        }
    }
}
