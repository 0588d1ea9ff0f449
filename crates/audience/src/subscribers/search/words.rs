//! Words of people, and words that somebody types.

use std::collections::BTreeSet;

use kernel::{EmailAddress, Error, Result, fold};

/// Longest text to search for, and longest word, in characters.
const MAX_SEARCH: usize = 200;
const MAX_WORD: usize = 60;
/// Most words of a search.
const MAX_WORDS: usize = 8;
/// Most parts of one word, such as `jean-luc`, under which it is found.
const MAX_PARTS: usize = 6;
/// Shortest number that is found by its digits alone.
const MIN_DIGITS: usize = 4;

/// What a person is made of.
#[derive(Clone, Debug, Default)]
pub(super) struct Text<'a> {
    pub(super) email: &'a str,
    pub(super) first_name: Option<&'a str>,
    pub(super) last_name: Option<&'a str>,
    pub(super) phone: Option<&'a str>,
}

impl Text<'_> {
    /// Everything that a word of a search may be the beginning of, but the address itself.
    pub(super) fn words(&self) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        for name in [self.first_name, self.last_name].into_iter().flatten() {
            for word in fold(name).split_whitespace() {
                add_parts(word, 0, &mut words);
            }
        }
        if let Some((local, domain)) = self.email.rsplit_once('@') {
            // The whole is found by the index of addresses.
            add_parts(&fold(local), 1, &mut words);
            add_domain(domain, &mut words);
            if domain.contains("xn--")
                && let Ok(email) = EmailAddress::parse(self.email)
            {
                add_domain(&fold(&email.unicode_domain()), &mut words);
            }
        }
        if let Some(phone) = self.phone {
            add_phone(phone, &mut words);
        }
        words
    }
}

/// `jean-luc` is found by `jean-luc` and by `luc`; by `jean` as well, since that is its beginning.
fn add_parts(word: &str, skip: usize, words: &mut BTreeSet<String>) {
    let mut inside = false;
    let mut starts = Vec::new();
    for (at, c) in word.char_indices() {
        if c.is_alphanumeric() && !inside {
            starts.push(at);
        }
        inside = c.is_alphanumeric();
    }
    for start in starts.into_iter().take(MAX_PARTS).skip(skip) {
        words.insert(cut(
            word[start..].trim_end_matches(|c: char| !c.is_alphanumeric())
        ));
    }
}

/// `mail.example.com` is found by that and by `example.com`, not by `com`.
fn add_domain(domain: &str, words: &mut BTreeSet<String>) {
    let mut rest = domain;
    for _ in 0..MAX_PARTS {
        if !rest.contains('.') {
            break;
        }
        words.insert(cut(rest));
        rest = rest.split_once('.').map_or("", |(_, rest)| rest);
    }
}

/// `+49 30 1234567` is found by its digits from the start of each group: `4930`, `3012`, `1234`.
fn add_phone(phone: &str, words: &mut BTreeSet<String>) {
    let groups: Vec<&str> = phone
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .collect();
    for start in 0..groups.len().min(MAX_PARTS) {
        let digits = groups[start..].concat();
        let digits = digits.trim_start_matches('0');
        if digits.len() >= MIN_DIGITS {
            words.insert(cut(digits));
        }
    }
}

fn cut(word: &str) -> String {
    match word.char_indices().nth(MAX_WORD) {
        Some((at, _)) => word[..at].to_owned(),
        None => word.to_owned(),
    }
}

/// The folded words of a search: what words of people, or addresses, have to begin with. `None` when nothing is asked;
/// an empty list when nobody can be found by it.
pub(crate) fn parse(text: &str) -> Result<Option<Vec<String>>> {
    if text.chars().count() > MAX_SEARCH {
        return Err(Error::invalid(
            "search",
            "too_long",
            format!("search for at most {MAX_SEARCH} characters"),
        ));
    }
    let text = text.replace(char::is_control, " ");
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(digits) = phone(text) {
        return Ok(Some(vec![digits]));
    }
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        // Of `"Ada`, `(ada)`, `<ada@example.com>,` and `@example.com`.
        let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        let word = word.trim_end_matches(['"', '\'', ')', ']', '>', ',', ';', ':', '*', '%']);
        if word.is_empty() {
            continue;
        }
        match word.rsplit_once('@') {
            // International domains are stored in ASCII, but found in both.
            Some((local, domain)) if !domain.is_ascii() => match EmailAddress::parse(word) {
                Ok(email) => words.push(email.folded()),
                Err(_) => words.extend([fold(local) + "@", cut(&fold(domain))]),
            },
            Some(_) => words.push(fold(word)),
            None => words.push(cut(&fold(word))),
        }
    }
    words.sort_unstable();
    words.dedup();
    // The beginning of another one says nothing more.
    let all = words.clone();
    words.retain(|word| {
        !all.iter()
            .any(|other| other != word && other.starts_with(word.as_str()))
    });
    words.truncate(MAX_WORDS);
    Ok(Some(words))
}

/// The digits of what can only be meant as a telephone number.
fn phone(text: &str) -> Option<String> {
    let only = text
        .chars()
        .all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    (only && digits.len() >= MIN_DIGITS).then(|| cut(digits))
}
