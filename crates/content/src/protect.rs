//! The text of a template with its tags taken out, so that parsers of HTML and of addresses see no template code.
//!
//! Each tag becomes `\x01 NUMBER \x02`; control characters of the source itself are dropped, so the marks cannot be
//! forged. `\x03 LETTER NUMBER \x04` marks a slot that is filled for each message: `L` a tracked link, `P` the
//! preheader, `O` the open pixel.

use std::ops::Range;

use crate::scan::{Piece, Scan, Tag, TagKind};

pub(crate) const TAG_OPEN: char = '\x01';
pub(crate) const TAG_CLOSE: char = '\x02';
pub(crate) const SLOT_OPEN: char = '\x03';
pub(crate) const SLOT_CLOSE: char = '\x04';

#[derive(Debug, Default)]
pub(crate) struct Protected {
    pub(crate) text: String,
    pub(crate) tags: Vec<Tag>,
    /// Where each tag's mark stands in `text`.
    pub(crate) marks: Vec<Range<usize>>,
    /// Pairs of offsets in `text` and in the source, at the beginning of each piece.
    offsets: Vec<(usize, usize)>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Text(&'a str),
    Tag(usize),
}

impl Protected {
    pub(crate) fn new(source: &str, scan: &Scan) -> Self {
        let mut it = Self::default();
        for piece in &scan.pieces {
            match piece {
                Piece::Text(range) => {
                    it.offsets.push((it.text.len(), range.start));
                    it.text
                        .extend(source[range.clone()].chars().filter(|c| !is_dropped(*c)));
                }
                Piece::Tag(tag) => {
                    it.offsets.push((it.text.len(), tag.span.start));
                    it.push_tag(tag.clone());
                }
            }
        }
        it
    }

    /// For texts that are made: their places mean nothing to people.
    pub(crate) fn push_text(&mut self, text: &str) {
        self.text.extend(text.chars().filter(|c| !is_dropped(*c)));
    }

    pub(crate) fn push_tag(&mut self, tag: Tag) {
        let from = self.text.len();
        self.text.push(TAG_OPEN);
        self.text.push_str(&self.tags.len().to_string());
        self.text.push(TAG_CLOSE);
        self.marks.push(from..self.text.len());
        self.tags.push(tag);
    }

    /// Where in the source (nearly, when control characters were dropped).
    pub(crate) fn source_offset(&self, at: usize) -> usize {
        let index = self.offsets.partition_point(|(from, _)| *from <= at);
        let (from, source) = index
            .checked_sub(1)
            .map_or((0, 0), |index| self.offsets[index]);
        source + (at - from)
    }

    /// Numbers of the tags whose marks lie in a range of the text.
    pub(crate) fn tags_in(&self, range: &Range<usize>) -> Range<usize> {
        let from = self.marks.partition_point(|mark| mark.start < range.start);
        let to = self.marks.partition_point(|mark| mark.start < range.end);
        from..to
    }

    pub(crate) fn is_output(&self, tag: usize) -> bool {
        self.tags[tag].kind == TagKind::Output
    }
}

fn is_dropped(c: char) -> bool {
    c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// The parts of a text that may hold marks of tags. Slots stay in the text.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(mark) = rest.strip_prefix(TAG_OPEN)
            && let Some((number, after)) = mark.split_once(TAG_CLOSE)
            && let Ok(number) = number.parse()
        {
            rest = after;
            return Some(Part::Tag(number));
        }
        // A mark that is not whole cannot occur; were it to, it would be text.
        let end = rest
            .match_indices(TAG_OPEN)
            .map(|(at, _)| at)
            .find(|at| *at > 0);
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        Some(Part::Text(part))
    })
}
