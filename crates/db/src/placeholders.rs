//! Parameters of long statements, for SQLite.
//!
//! To SQLite `$1` is a name. It looks names up one after the other, when it reads the statement and again each time
//! values are bound to it, so that a statement of 16,000 parameters costs 130 million steps. A plain `?` has no name.

use std::borrow::Cow;

use kernel::Value;

/// Below this the names cost less than avoiding them.
const FEW: usize = 16;

/// The statement with `?` for every `$n`, and the values in the order in which it has them.
pub(crate) fn in_order(
    sql: Cow<'static, str>,
    values: Vec<Value>,
) -> (Cow<'static, str>, Vec<Value>) {
    if values.len() < FEW {
        return (sql, values);
    }
    let mut text = String::with_capacity(sql.len());
    let mut order = Vec::with_capacity(values.len());
    let mut quoted = false;
    let mut rest = &*sql;
    while let Some(at) = rest.find(['$', '\'']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let behind = &from[1..];
        if from.starts_with('\'') {
            quoted = !quoted;
            text.push('\'');
            rest = behind;
            continue;
        }
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        let number = behind[..digits].parse::<usize>().ok();
        match number.filter(|number| !quoted && (1..=values.len()).contains(number)) {
            Some(number) => {
                order.push(number - 1);
                text.push('?');
                rest = &behind[digits..];
            }
            None if quoted => {
                text.push('$');
                rest = behind;
            }
            // Not as we write statements; the driver will say what it thinks of it.
            None => return (sql, values),
        }
    }
    text.push_str(rest);
    let values = if order.iter().copied().eq(0..values.len()) {
        values
    } else {
        order.iter().map(|index| values[*index].clone()).collect()
    };
    (Cow::Owned(text), values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints(values: impl IntoIterator<Item = i64>) -> Vec<Value> {
        values.into_iter().map(|n| Value::Int(Some(n))).collect()
    }

    #[test]
    fn long_statements_lose_their_names_and_keep_their_meaning() {
        let list: Vec<String> = (3..=20).map(|n| format!("${n}")).collect();
        let sql = format!(
            "select '$1 it''s' where a = $2 and b = $1 and c in ({}) and d = $2",
            list.join(",")
        );
        let (text, values) = in_order(sql.into(), ints(1..=20));
        assert_eq!(
            text,
            format!(
                "select '$1 it''s' where a = ? and b = ? and c in ({}) and d = ?",
                ["?"; 18].join(",")
            )
        );
        assert_eq!(values, ints([2, 1].into_iter().chain(3..=20).chain([2])));

        let (text, values) = in_order("select $2, $1".into(), ints([1, 2]));
        assert_eq!((&*text, values), ("select $2, $1", ints([1, 2])));
    }
}
