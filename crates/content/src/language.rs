//! What templates may say: `{{ name | filter }}`, `if`, `for`, `set`, `raw`. Everything else is refused here, before
//! the engine sees it.

use std::collections::BTreeSet;

use crate::document::Fault;
use crate::filters::{FILTERS, TESTS};
use crate::names::nearest;
use crate::scan::{Scan, Tag, TagKind, Token, TokenKind};

/// Deepest nesting of `if` and `for`.
const MAX_DEPTH: usize = 20;
/// Most `~` in one tag.
const MAX_JOINS: usize = 20;

/// A place where a template asks for a value.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    /// `first_name`, `account.name`.
    pub(crate) path: String,
    pub(crate) at: usize,
    /// Printed as it is, with nothing that would stand in for an empty value.
    pub(crate) bare: bool,
    /// Compared with `<`, for which an empty value is smaller than everything.
    pub(crate) less_than: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Inspection {
    pub(crate) uses: Vec<Use>,
    /// Names that the template itself gives a value.
    pub(crate) locals: BTreeSet<String>,
    pub(crate) faults: Vec<Fault>,
}

struct Block {
    keyword: &'static str,
    at: usize,
    /// Names in the condition: inside, whoever wrote it has thought of their being empty.
    guards: Vec<String>,
}

pub(crate) fn inspect(scan: &Scan) -> Inspection {
    let mut seen = Inspection::default();
    let mut blocks: Vec<Block> = Vec::new();
    for tag in scan.tags() {
        let keyword = tag.keyword();
        let at = tag.span.start;
        match (tag.kind, keyword) {
            (TagKind::Output, _) => {
                expression(tag, &tag.tokens, &blocks, &mut seen);
            }
            (_, "if" | "for") => {
                let (keyword, guards) = if keyword == "if" {
                    ("if", expression(tag, &tag.tokens[1..], &blocks, &mut seen))
                } else {
                    for_loop(tag, &blocks, &mut seen);
                    ("for", Vec::new())
                };
                if blocks.len() == MAX_DEPTH {
                    let message = format!("blocks are nested more than {MAX_DEPTH} deep");
                    seen.faults.push(Fault::error(at, "too_deep", message));
                }
                blocks.push(Block {
                    keyword,
                    at,
                    guards,
                });
            }
            (_, "elif") => {
                let guards = expression(tag, &tag.tokens[1..], &blocks, &mut seen);
                match blocks.last_mut() {
                    Some(block) if block.keyword == "if" => block.guards.extend(guards),
                    _ => seen.faults.push(misplaced(at, "elif")),
                }
            }
            (_, "else") if blocks.is_empty() => seen.faults.push(misplaced(at, "else")),
            (_, "else") => only_keyword(tag, &mut seen),
            (_, "endif") => close(tag, "if", &mut blocks, &mut seen),
            (_, "endfor") => close(tag, "for", &mut blocks, &mut seen),
            (_, "set") => set(tag, &blocks, &mut seen),
            (_, other) => {
                let known = ["if", "elif", "else", "endif", "for", "endfor", "set", "raw"];
                let hint = suggestion(other, known.iter());
                let message = format!("there is no {{% {other} %}}{hint}");
                seen.faults
                    .push(Fault::error(at, "unknown_statement", message));
            }
        }
    }
    for block in blocks {
        let message = format!("this {{% {0} %}} has no {{% end{0} %}}", block.keyword);
        seen.faults.push(Fault::error(block.at, "syntax", message));
    }
    seen
}

fn misplaced(at: usize, keyword: &str) -> Fault {
    Fault::error(
        at,
        "syntax",
        format!("this {{% {keyword} %}} belongs to no {{% if %}}"),
    )
}

fn only_keyword(tag: &Tag, seen: &mut Inspection) {
    if let Some(extra) = tag.tokens.get(1) {
        let message = format!("nothing may follow {} here", tag.keyword());
        seen.faults.push(Fault::error(extra.at, "syntax", message));
    }
}

fn close(tag: &Tag, opened_by: &str, blocks: &mut Vec<Block>, seen: &mut Inspection) {
    only_keyword(tag, seen);
    if blocks
        .last()
        .is_some_and(|block| block.keyword == opened_by)
    {
        blocks.pop();
    } else {
        let message = format!("this {{% end{opened_by} %}} closes no {{% {opened_by} %}}");
        seen.faults
            .push(Fault::error(tag.span.start, "syntax", message));
    }
}

fn for_loop(tag: &Tag, blocks: &[Block], seen: &mut Inspection) {
    match &*tag.tokens {
        [_, name, word, rest @ ..] if name.kind == TokenKind::Name && word.is("in") => {
            if let Some(last) = rest.last()
                && last.is("recursive")
            {
                let message = "recursive loops are not supported";
                seen.faults
                    .push(Fault::error(last.at, "unknown_statement", message));
            }
            seen.locals.extend([name.text.clone(), "loop".to_owned()]);
            expression(tag, rest, blocks, seen);
        }
        _ => seen.faults.push(Fault::error(
            tag.span.start,
            "syntax",
            "write {% for name in list %}",
        )),
    }
}

fn set(tag: &Tag, blocks: &[Block], seen: &mut Inspection) {
    match &*tag.tokens {
        [_, name, equals, rest @ ..] if name.kind == TokenKind::Name && equals.is("=") => {
            // A list of lists of lists is exponentially long to compare.
            if let Some(list) = rest.iter().find(|token| token.is("[")) {
                let message = "a list cannot be given a name";
                seen.faults.push(Fault::error(list.at, "syntax", message));
            }
            expression(tag, rest, blocks, seen);
            seen.locals.insert(name.text.clone());
        }
        _ => seen.faults.push(Fault::error(
            tag.span.start,
            "syntax",
            "write {% set name = value %}",
        )),
    }
}

/// Checks the tokens of an expression and notes the names in it, which it returns.
fn expression(tag: &Tag, tokens: &[Token], blocks: &[Block], seen: &mut Inspection) -> Vec<String> {
    let softened = tokens.iter().enumerate().any(|(index, token)| {
        token.is("if") || (token.is("default") && index > 0 && tokens[index - 1].is("|"))
    });
    let guarded_here = tokens
        .iter()
        .any(|token| token.is("defined") || token.is("default"));
    let mut names = Vec::new();
    let mut brackets = 0_usize;
    let mut joins = 0;
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| tokens.get(index));
        let after = tokens.get(index + 1);
        match token.kind {
            TokenKind::Operator => {
                operator(
                    token,
                    before,
                    after,
                    &mut brackets,
                    &mut joins,
                    &mut seen.faults,
                );
            }
            TokenKind::Name => {
                if let Some(path) = name(tokens, index, seen) {
                    let root = path.split('.').next().unwrap_or_default();
                    if seen.locals.contains(root) {
                        continue;
                    }
                    let is_less = |token: Option<&Token>, signs: [&str; 2]| {
                        token.is_some_and(|token| signs.iter().any(|sign| token.is(sign)))
                    };
                    let past = tokens.get(index + path.split('.').count() * 2 - 1);
                    let guarded = blocks.iter().any(|block| block.guards.contains(&path));
                    seen.uses.push(Use {
                        at: token.at,
                        bare: tag.kind == TagKind::Output && !softened && !guarded,
                        less_than: !guarded_here
                            && !guarded
                            && !names.contains(&path)
                            && (is_less(past, ["<", "<="]) || is_less(before, [">", ">="])),
                        path: path.clone(),
                    });
                    names.push(path);
                }
            }
            TokenKind::Text | TokenKind::Number => {}
        }
    }
    names
}

fn operator(
    token: &Token,
    before: Option<&Token>,
    after: Option<&Token>,
    brackets: &mut usize,
    joins: &mut usize,
    faults: &mut Vec<Fault>,
) {
    let ends_value = |token: &Token| {
        token.is(")")
            || token.is("]")
            || matches!(token.kind, TokenKind::Text | TokenKind::Number)
            || (token.kind == TokenKind::Name && !OPERATOR_WORDS.contains(&&*token.text))
    };
    let fault = match &*token.text {
        "-" if before.is_some_and(ends_value)
            || !after.is_some_and(|next| next.kind == TokenKind::Number) =>
        {
            Some("- is not supported: templates do not calculate")
        }
        "[" if before.is_some_and(ends_value) => Some("[ ] after a value is not supported"),
        "[" => {
            *brackets += 1;
            (*brackets > 1).then_some("lists cannot hold lists")
        }
        "]" => {
            *brackets = brackets.saturating_sub(1);
            None
        }
        "." if after.is_none_or(|next| next.kind != TokenKind::Name) => {
            Some("a name is missing after the dot")
        }
        "=" => Some("a single = compares nothing; write =="),
        "~" => {
            *joins += 1;
            (*joins > MAX_JOINS).then_some("too many ~ in one tag")
        }
        _ => None,
    };
    if let Some(message) = fault {
        faults.push(Fault::error(token.at, "syntax", message));
    }
}

/// Words after which a value may begin.
const OPERATOR_WORDS: [&str; 7] = ["and", "or", "not", "in", "is", "if", "else"];
const CONSTANTS: [&str; 6] = ["true", "false", "none", "True", "False", "None"];

/// The path of the name at `index`, unless it is something else than the name of a value.
fn name(tokens: &[Token], index: usize, seen: &mut Inspection) -> Option<String> {
    let token = &tokens[index];
    let word = &*token.text;
    let before = |back: usize| index.checked_sub(back).and_then(|index| tokens.get(index));
    let called = tokens.get(index + 1).is_some_and(|next| next.is("("));
    if before(1).is_some_and(|token| token.is(".")) {
        if called {
            let message = format!("values have no functions; did you mean | {word}?");
            seen.faults.push(Fault::error(token.at, "syntax", message));
        }
        return None;
    }
    if before(1).is_some_and(|token| token.is("|")) {
        if !FILTERS.contains(&word) {
            let message = match word {
                "safe" => "there is no filter safe: values are always escaped".to_owned(),
                _ => format!(
                    "there is no filter {word}{}",
                    suggestion(word, FILTERS.iter())
                ),
            };
            seen.faults
                .push(Fault::error(token.at, "unknown_filter", message));
        }
        return None;
    }
    let after_is = |token: Option<&Token>| token.is_some_and(|token| token.is("is"));
    if word != "not"
        && (after_is(before(1)) || (before(1).is_some_and(|t| t.is("not")) && after_is(before(2))))
    {
        if !TESTS.contains(&word) {
            let message = format!("there is no test {word}{}", suggestion(word, TESTS.iter()));
            seen.faults
                .push(Fault::error(token.at, "unknown_test", message));
        }
        return None;
    }
    if OPERATOR_WORDS.contains(&word) || CONSTANTS.contains(&word) || word == "recursive" {
        return None;
    }
    if called {
        let hint = if FILTERS.contains(&word) {
            format!("; write value | {word}(...)")
        } else {
            String::new()
        };
        let message = format!("there is no function {word}{hint}");
        seen.faults
            .push(Fault::error(token.at, "unknown_function", message));
        return None;
    }
    let mut path = word.to_owned();
    let mut next = index + 1;
    while let (Some(dot), Some(part)) = (tokens.get(next), tokens.get(next + 1))
        && dot.is(".")
        && part.kind == TokenKind::Name
    {
        path.push('.');
        path.push_str(&part.text);
        next += 2;
    }
    Some(path)
}

fn suggestion<'a>(word: &str, known: impl Iterator<Item = &'a &'a str>) -> String {
    nearest(word, known.map(|name| (*name).to_owned()))
        .map(|name| format!("; did you mean {name}?"))
        .unwrap_or_default()
}
