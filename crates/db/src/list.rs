//! Lists of parameters whose length varies.

/// The length a list of `n` is padded to, so that few different statements are prepared.
pub(crate) fn bucket(n: usize) -> usize {
    if n == 0 { 0 } else { n.next_power_of_two() }
}

/// `($3,$4,...)` for `n` values whose first parameter is `$first`, padded to a power of two. Bind them with
/// [`crate::Query::bind_list`], which repeats the last value as often as the padding asks. An empty list matches
/// nothing.
pub fn in_list(first: usize, n: usize) -> String {
    if n == 0 {
        return "(null)".to_owned();
    }
    let mut text = String::with_capacity(bucket(n) * 5 + 2);
    text.push('(');
    for i in 0..bucket(n) {
        if i > 0 {
            text.push(',');
        }
        text.push('$');
        text.push_str(&(first + i).to_string());
    }
    text.push(')');
    text
}
