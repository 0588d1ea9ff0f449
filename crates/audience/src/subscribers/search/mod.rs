//! Finding people by what somebody types: the beginnings of words of their address, names and telephone number.
//!
//! - An address is found by its beginning at once: `subscriber` has an index for that.
//! - Everything else is words, which a consumer of events writes behind the changes ([`SearchIndex`]): usually within a
//!   second, and not while an import runs, which it would slow down.
//! - **Tables**: `search_words`, a person's words; `search_term`, who has a word.
//! - Who is searched by several words has all of them.
//!
//! Where few people have a word, they are looked up by it; where many have it, the list is read in its own order until a
//! page is full, which is then not far. Either way a page costs little more than its rows, however many people there are.

mod index;
pub(super) mod store;
mod words;

pub use index::SearchIndex;
pub(crate) use words::parse;

/// Whether a text can be searched for.
pub(crate) fn check(text: &str) -> kernel::Result<()> {
    parse(text).map(drop)
}

#[cfg(test)]
mod tests;
