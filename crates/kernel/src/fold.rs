//! Comparing text without regard to case, the same way in every place.

/// The folded form of `text`: what equality, "contains" and uniqueness compare.
///
/// Each character is mapped to upper case and that to lower case, without regard to its neighbors, so that `ß` equals
/// `SS`, `ς` equals `Σ`, and folding a part gives a part of the folded whole (`str::to_lowercase` does neither). Both
/// databases store and compare this copy bytewise, since their own case rules differ from each other and from Rust's.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fold;

    #[test]
    fn the_hard_letters() {
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("ΟΔΟΣ"), fold("οδος"));
        assert_eq!(fold("ΟΔΟΣ"), fold("οδοσ"));
        assert_eq!(fold("İ"), "i\u{307}");
        assert_eq!(fold("Ab"), "ab");
    }

    proptest! {
        #[test]
        fn folding_keeps_concatenation_and_is_idempotent(a in ".*", b in ".*") {
            prop_assert_eq!(fold(&format!("{a}{b}")), fold(&a) + &fold(&b));
            prop_assert_eq!(fold(&fold(&a)), fold(&a));
        }
    }
}
