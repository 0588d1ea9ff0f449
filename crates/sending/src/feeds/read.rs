//! Taking a feed apart.

use std::cmp::Reverse;
use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use super::model::Item;

/// Most items that are looked at, and longest texts, in characters.
const MAX_ITEMS: usize = 200;
const MAX_TITLE: usize = 300;
const MAX_SUMMARY: usize = 1000;
const MAX_ADDRESS: usize = 1000;
/// Longest markup of which a text is made.
const MAX_MARKUP: usize = 64 * 1024;

/// A feed as it was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) title: String,
    pub(super) link: String,
    /// The newest first, each with what tells it from others.
    pub(super) items: Vec<(Vec<u8>, Item)>,
}

/// Reads RSS, Atom or JSON Feed. `url` is where it came from: relative addresses are relative to it.
pub(super) fn read(body: &[u8], url: &str) -> Result<Read, String> {
    let parser = feed_rs::parser::Builder::new().base_uri(Some(url)).build();
    let feed = parser
        .parse(body)
        .map_err(|error| format!("what is there is neither RSS nor Atom nor JSON Feed: {error}"))?;
    let address = |links: &[feed_rs::model::Link]| {
        let best = links
            .iter()
            .find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
        best.or(links.first())
            .map(|link| web_address(&link.href))
            .unwrap_or_default()
    };
    let mut dated = Vec::new();
    // Some feeds give two items one id.
    let mut keys = HashSet::new();
    for entry in feed.entries.into_iter().take(MAX_ITEMS) {
        let text = |text: &Option<feed_rs::model::Text>, most| {
            text.as_ref()
                .map(|text| plain(&text.content, most))
                .unwrap_or_default()
        };
        let content = entry
            .content
            .as_ref()
            .and_then(|content| content.body.as_deref());
        let summary = match text(&entry.summary, MAX_SUMMARY) {
            empty if empty.is_empty() => plain(content.unwrap_or_default(), MAX_SUMMARY),
            summary => summary,
        };
        let image = entry.media.iter().find_map(|media| {
            let thumbnail = media.thumbnails.iter().map(|one| one.image.uri.clone());
            let picture = media
                .content
                .iter()
                .filter(|one| {
                    let kind = one.content_type.as_ref().map(ToString::to_string);
                    kind.is_some_and(|kind| kind.starts_with("image/"))
                })
                .filter_map(|one| Some(one.url.as_ref()?.to_string()));
            thumbnail
                .chain(picture)
                .map(|address| web_address(&address))
                .find(|address| !address.is_empty())
        });
        let at = entry.published.or(entry.updated);
        let item = Item {
            title: text(&entry.title, MAX_TITLE),
            link: address(&entry.links),
            summary,
            published: at
                .map(|at| at.format("%Y-%m-%d").to_string())
                .unwrap_or_default(),
            image: image.unwrap_or_default(),
        };
        if item.title.is_empty() && item.link.is_empty() {
            continue;
        }
        let key = Sha256::digest(entry.id.as_bytes()).to_vec();
        if keys.insert(key.clone()) {
            dated.push((at, (key, item)));
        }
    }
    // Those without a date come last, in the order of the feed.
    dated.sort_by_key(|(at, _)| Reverse(*at));
    Ok(Read {
        title: feed
            .title
            .map(|title| plain(&title.content, MAX_TITLE))
            .unwrap_or_default(),
        link: address(&feed.links),
        items: dated.into_iter().map(|(_, item)| item).collect(),
    })
}

/// An address of the web, or nothing.
fn web_address(text: &str) -> String {
    let text = text.trim();
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    let is_sound =
        text.len() <= MAX_ADDRESS && !text.contains(|c: char| c.is_control() || c == ' ');
    if is_web && is_sound {
        text.to_owned()
    } else {
        String::new()
    }
}

/// Markup as one line of text, shortened. It is escaped where it is shown; this is only to be read.
fn plain(markup: &str, most: usize) -> String {
    let end = (0..=markup.len().min(MAX_MARKUP))
        .rev()
        .find(|end| markup.is_char_boundary(*end))
        .unwrap_or(0);
    let mut text = String::new();
    let mut rest = &markup[..end];
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        // A tag, or a sign by itself.
        let is_tag =
            after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        if !is_tag {
            text.push('<');
            rest = after;
            continue;
        }
        let lower = after.get(..6).unwrap_or_default().to_ascii_lowercase();
        let skip = ["script", "style>", "style "]
            .iter()
            .find(|name| lower.starts_with(**name));
        let close = match skip {
            Some(name) => after
                .find(&format!("</{}", &name[..5]))
                .map_or("", |at| &after[at + 1..]),
            None => after,
        };
        text.push(' ');
        rest = close.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&#8217;", "\u{2019}"),
        ("&#8230;", "\u{2026}"),
        ("&hellip;", "\u{2026}"),
        ("&amp;", "&"),
    ] {
        if text.contains(entity) {
            text = text.replace(entity, character);
        }
    }
    let words = text
        .split(|c: char| c.is_whitespace() || kernel::text::breaks_line(c))
        .filter(|word| !word.is_empty());
    let mut line = String::new();
    let mut length = 0;
    for word in words {
        let more = word.chars().count() + usize::from(!line.is_empty());
        if length + more > most {
            if line.is_empty() {
                line = word.chars().take(most).collect();
            }
            line.push('\u{2026}');
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        length += more;
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RSS: &str = r#"<?xml version="1.0"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>
        <title>The &amp; shop</title><link>https://example.com/</link>
        <item><title>Old</title><link>https://example.com/old</link><guid>1</guid>
          <pubDate>Mon, 04 May 2026 09:30:00 GMT</pubDate></item>
        <item><title>New &lt;b&gt;tea&lt;/b&gt;</title><link>https://example.com/new?a=1&amp;b=2</link><guid>2</guid>
          <description>&lt;p&gt;It is &lt;i&gt;green&lt;/i&gt; &amp;amp; 5 &amp;lt; 6.&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;</description>
          <media:content url="https://example.com/tea.jpg" type="image/jpeg"/>
          <pubDate>Tue, 05 May 2026 09:30:00 GMT</pubDate></item>
        <item><title>Bad</title><link>javascript:alert(1)</link><guid>3</guid></item>
        </channel></rss>"#;

    #[test]
    fn items_are_text_and_web_addresses_the_newest_first() {
        let read = read(RSS.as_bytes(), "https://example.com/feed").unwrap();
        assert_eq!(
            (read.title.as_str(), read.link.as_str()),
            ("The & shop", "https://example.com/")
        );
        let items: Vec<&Item> = read.items.iter().map(|(_, item)| item).collect();
        assert_eq!(
            *items[0],
            Item {
                title: "New tea".to_owned(),
                link: "https://example.com/new?a=1&b=2".to_owned(),
                summary: "It is green & 5 < 6.".to_owned(),
                published: "2026-05-05".to_owned(),
                image: "https://example.com/tea.jpg".to_owned(),
            }
        );
        assert_eq!(items[1].title, "Old");
        assert_eq!(
            (items[2].title.as_str(), items[2].link.as_str()),
            ("Bad", "")
        );
        let keys: std::collections::BTreeSet<_> = read.items.iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), 3);
    }

    #[test]
    fn atom_and_json_are_read_and_other_things_are_not() {
        let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><id>x</id><updated>2026-05-04T09:30:00Z</updated>
            <entry><id>1</id><title>One</title><link href="/one"/><updated>2026-05-04T09:30:00Z</updated>
            <content type="html">&lt;p&gt;Body&lt;/p&gt;</content></entry></feed>"#;
        let found = read(atom.as_bytes(), "https://example.com/feed").unwrap();
        assert_eq!(found.items[0].1.summary, "Body");
        assert_eq!(found.items[0].1.link, "https://example.com/one");
        let json = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "J",
            "items": [{"id": "1", "url": "https://example.com/j", "title": "Jay", "content_text": "x"}]}"#;
        assert_eq!(
            read(json.as_bytes(), "https://example.com")
                .unwrap()
                .items
                .len(),
            1
        );
        for other in ["", "<html><body>hi</body></html>", "{}", "\0\0\0"] {
            assert!(
                read(other.as_bytes(), "https://example.com").is_err(),
                "{other}"
            );
        }
    }

    #[test]
    fn texts_are_short_and_one_line() {
        assert_eq!(plain("a\r\nb\u{2028}c <br> d", 100), "a b c d");
        assert_eq!(plain("one two three", 8), "one two\u{2026}");
        assert_eq!(
            plain(&"x".repeat(50), 10),
            format!("{}\u{2026}", "x".repeat(10))
        );
        assert_eq!(plain("1 < 2 <3", 100), "1 < 2 <3");
        assert_eq!(plain("<style>p{}</style>x<unclosed", 100), "x");
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[<>/a-z&;\u{e9} ]{0,60}", at in 0_usize..900, byte: u8) {
            let _ = plain(&text, 5);
            let mut raw = RSS.as_bytes().to_vec();
            let at = at % raw.len();
            raw[at] = byte;
            let _ = read(&raw, "https://example.com/feed");
        }
    }
}
