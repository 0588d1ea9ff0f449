//! Lists of parameters whose length varies.

use crate::open::Engine;

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

/// What a list of [`look_up`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    /// JSON strings.
    Text,
    /// JSON numbers.
    Int,
}

/// A query that looks up by index what belongs to each value of a list: `columns` of `from` (a table with its alias)
/// where `on` holds, which calls the value `each.value`. The list is the parameter `list` (such as `$2`), bound as
/// [`crate::Json`], and should be sorted if rows are locked.
///
/// For batches. The engines would guess from statistics, which are old just when a table grows fast, that reading a
/// whole table is cheaper than 2,000 look-ups; this leaves them no choice, so that a batch costs the same in a table of
/// a thousand rows and of a million. It has one parameter, whatever the length of the list.
pub fn look_up(
    engine: Engine,
    list: (Each, &str),
    columns: &str,
    from: &str,
    on: &str,
    lock: bool,
) -> String {
    let (each, list) = list;
    // Differs because each engine has its own way to unfold a list and to be told the order of a join.
    match engine {
        Engine::Sqlite => {
            format!("select {columns} from json_each({list}) each cross join {from} on {on}")
        }
        Engine::Postgres => {
            let value = match each {
                Each::Text => "value",
                Each::Int => "cast(value as bigint) as value",
            };
            let fence = if lock { "for update" } else { "offset 0" };
            format!(
                "select found.* from (select {value} from json_array_elements_text(cast({list} as json))) each
                 cross join lateral (select {columns} from {from} where {on} {fence}) found"
            )
        }
    }
}
