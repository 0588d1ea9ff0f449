//! What filters and people take for spam. A short list on purpose: each is here because filters or people react to it,
//! and each says why. None proves anything; a score would pretend to.

use super::model::{Item, Level, so_many};
use super::page::{Page, PageLink};

/// Phrases of mass mail that nobody asked for. Compared in lower case.
const PHRASES: &[&str] = &[
    "100% free",
    "act now",
    "as seen on",
    "buy now",
    "cash bonus",
    "click here",
    "credit card required",
    "dear friend",
    "double your",
    "earn money",
    "extra income",
    "free money",
    "get rich",
    "guaranteed winner",
    "limited time offer",
    "lose weight",
    "lowest price",
    "make money",
    "miracle",
    "money back guarantee",
    "no catch",
    "no credit check",
    "no obligation",
    "once in a lifetime",
    "order now",
    "risk-free",
    "this is not spam",
    "urgent response",
    "viagra",
    "winner!",
    "work from home",
    "you have been selected",
    "you have won",
];

/// Services that hide where a link leads; filters of mail block them as a whole.
const SHORTENERS: &[&str] = &[
    "bit.ly",
    "buff.ly",
    "cutt.ly",
    "goo.gl",
    "is.gd",
    "ow.ly",
    "rb.gy",
    "rebrand.ly",
    "shorturl.at",
    "t.co",
    "t.ly",
    "tiny.cc",
    "tinyurl.com",
];

/// Letters of a subject below which shouting is not judged: `VIP` is a word.
const FEW_LETTERS: usize = 8;
/// Characters below which pictures carry the message.
const LITTLE_TEXT: usize = 150;

pub(super) fn check(subject: &str, page: &Page) -> Vec<Item> {
    let mut items = Vec::new();
    let mut warn = |code, title: String, detail: &str, places: Vec<String>| {
        items.push(Item::new(code, Level::Warning, title, detail).places(places));
    };
    let letters = subject.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = subject.chars().filter(|c| c.is_uppercase()).count();
    if letters >= FEW_LETTERS && capitals * 10 >= letters * 7 {
        warn(
            "spam_shouting",
            "The subject is in capitals".to_owned(),
            "Filters count it, and people take it for shouting.",
            vec![subject.to_owned()],
        );
    }
    let marks = |text: &str| text.matches(['!', '！']).count();
    if marks(subject) > 1 || marks(&page.text) > 10 {
        warn(
            "spam_exclamation_marks",
            "There are many exclamation marks".to_owned(),
            "More than one in the subject, or ten in the text, is a habit of spam.",
            vec![],
        );
    }
    let begins = subject.trim().to_lowercase();
    if ["re:", "fw:", "fwd:", "aw:"]
        .iter()
        .any(|it| begins.starts_with(it))
    {
        warn(
            "spam_false_reply",
            "The subject looks like an answer".to_owned(),
            "It answers nothing that people wrote; laws against misleading subjects name this.",
            vec![subject.to_owned()],
        );
    }
    let all = format!("{subject} {}", page.text).to_lowercase();
    let all: String = all.split_whitespace().collect::<Vec<_>>().join(" ");
    let said: Vec<String> = PHRASES
        .iter()
        .filter(|phrase| all.contains(**phrase))
        .map(|phrase| (*phrase).to_owned())
        .collect();
    if !said.is_empty() {
        warn(
            "spam_phrases",
            so_many(said.len(), "phrase") + " of spam",
            "Filters know these words from mail that nobody asked for. Say the same in yours.",
            said,
        );
    }
    let text = page
        .text
        .split_whitespace()
        .map(|word| word.chars().count() + 1)
        .sum::<usize>();
    if !page.images.is_empty() && text < LITTLE_TEXT {
        warn(
            "spam_mostly_images",
            "The mail is mostly pictures".to_owned(),
            "Filters cannot read pictures, and many people see none: put the message into text.",
            vec![],
        );
    }
    let hosts: Vec<(&PageLink, String)> = page
        .links
        .iter()
        .filter_map(|link| Some((link, host(&link.href)?)))
        .collect();
    let of = |test: &dyn Fn(&PageLink, &str) -> bool| -> Vec<String> {
        let mut found: Vec<String> = hosts
            .iter()
            .filter(|(link, host)| test(link, host))
            .map(|(link, _)| link.href.clone())
            .collect();
        found.dedup();
        found
    };
    let short = of(&|_, host| SHORTENERS.contains(&host));
    if !short.is_empty() {
        warn(
            "spam_shorteners",
            so_many(short.len(), "link") + " through a shortener",
            "Filters block shorteners as a whole, since spam hides behind them. Clicks are counted without one.",
            short,
        );
    }
    let bare = of(&|_, host| host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('['));
    if !bare.is_empty() {
        warn(
            "spam_numeric_links",
            so_many(bare.len(), "link") + " to a number instead of a domain",
            "Filters take it for a machine that was broken into.",
            bare,
        );
    }
    let other =
        of(&|link, target| said_host(&link.text).is_some_and(|said| !same_site(&said, target)));
    if !other.is_empty() {
        warn(
            "spam_link_mismatch",
            so_many(other.len(), "link") + " that shows another address than it leads to",
            "That is how phishing looks. Show the address that it leads to, or words.",
            other,
        );
    }
    if items.is_empty() {
        items.push(Item::ok(
            "spam",
            "Nothing that filters are known to dislike",
        ));
    }
    items
}

/// The host of a web address, in lower case.
pub(super) fn host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.strip_prefix('[') {
        Some(_) => host.split_inclusive(']').next()?,
        None => host.split(':').next()?,
    };
    Some(host.trim_end_matches('.').to_ascii_lowercase()).filter(|host| !host.is_empty())
}

/// The host that the text of a link shows, where it is an address and nothing else.
fn said_host(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains(char::is_whitespace) || text.contains('@') {
        return None;
    }
    let said = host(text).or_else(|| host(&format!("https://{text}")))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let last = said.rsplit('.').next()?;
    let is_domain = said.contains('.')
        && said.chars().all(plain)
        && last.len() >= 2
        && last.chars().all(|c| c.is_ascii_alphabetic());
    is_domain.then_some(said)
}

/// Whether both belong together: one is the other, or below it.
fn same_site(one: &str, other: &str) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    let (one, other) = (bare(one), bare(other));
    let below = |low: &str, high: &str| {
        low.strip_suffix(high)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    one == other || below(&one, &other) || below(&other, &one)
}
