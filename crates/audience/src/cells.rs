//! Text in the cells of files that spreadsheets open: never a formula, and the same text when it is read back.

use std::borrow::Cow;

/// Whether a spreadsheet would take it for a formula, or we for one that was disarmed.
fn is_loaded(text: &str) -> bool {
    text.trim_start_matches('\'')
        .starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text as a cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front.
pub fn disarmed(text: &str) -> Cow<'_, str> {
    if is_loaded(text) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

/// The text that [`disarmed`] was given.
pub(crate) fn armed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.strip_prefix('\'') {
        Some(rest) if is_loaded(rest) => Cow::Owned(rest.to_owned()),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_disarmed() {
        for (text, wanted) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("'=1", "''=1"),
            ("'tis", "'tis"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(disarmed(text), wanted);
            assert_eq!(armed(Cow::Borrowed(wanted)), text);
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "['=+@\\-\\ta\" ]{0,6}") {
            let cell = disarmed(&text);
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert_eq!(armed(cell), text.as_str());
        }
    }
}
