//! What the cells of a column look like: for suggestions, never for decisions that nobody sees.

use kernel::{EmailAddress, Timestamp};

use super::model::Wanted;
use crate::fields::{Field, FieldInput, FieldKind, Visibility, parse_text};

/// Whether most of the cells of a column are addresses.
pub(super) fn looks_like_addresses(samples: &[Vec<String>], column: usize) -> bool {
    let cells = cells(samples, column);
    let addresses = cells
        .iter()
        .filter(|cell| EmailAddress::parse(cell).is_ok())
        .count();
    addresses * 2 > cells.len()
}

/// The kind of field that takes all the cells of a column. Text unless there is no doubt: digits with a zero in front,
/// as postal codes have, and very long ones would lose something as numbers.
pub(super) fn kind(samples: &[Vec<String>], column: usize) -> FieldKind {
    let cells = cells(samples, column);
    if cells.is_empty() {
        return FieldKind::Text;
    }
    let all = |kind: FieldKind| {
        let field = field(&Wanted {
            key: String::new(),
            name: String::new(),
            kind,
            options: Vec::new(),
        });
        cells
            .iter()
            .all(|cell| matches!(parse_text(&field, cell), Ok(FieldInput::Set(_))))
    };
    let code = |cell: &&str| {
        let digits = cell.trim_start_matches('-');
        cell.starts_with('+')
            || digits.len() > 15
            || (digits.starts_with('0') && digits.len() > 1 && !digits.starts_with("0."))
    };
    if all(FieldKind::Number) {
        if cells.iter().any(code) {
            FieldKind::Text
        } else {
            FieldKind::Number
        }
    } else if all(FieldKind::Date) {
        FieldKind::Date
    } else if all(FieldKind::Boolean) {
        FieldKind::Boolean
    } else {
        FieldKind::Text
    }
}

/// The cells of a column that say something.
fn cells(samples: &[Vec<String>], column: usize) -> Vec<&str> {
    samples
        .iter()
        .filter_map(|row| row.get(column))
        .map(|cell| cell.trim())
        .filter(|cell| !cell.is_empty())
        .collect()
}

/// A field that is not made yet, to check values with.
pub(super) fn field(wanted: &Wanted) -> Field {
    Field {
        id: 0.into(),
        key: wanted.key.clone(),
        name: wanted.name.clone(),
        kind: wanted.kind,
        slot: 0,
        visibility: Visibility::Visible,
        options: wanted.options.clone(),
        created_at: Timestamp::from_micros(0),
        updated_at: Timestamp::from_micros(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_suggested_when_there_is_no_doubt() {
        for (cells, wanted) in [
            (&["1", "2.5", "-3"][..], FieldKind::Number),
            (&["0", "0.5"], FieldKind::Number),
            (&["01234", "99999"], FieldKind::Text),
            (&["+49", "1"], FieldKind::Text),
            (&["12345678901234567"], FieldKind::Text),
            (&["2026-05-04", "", "4.5.1990"], FieldKind::Date),
            (&["yes", "No"], FieldKind::Boolean),
            (&["0", "1"], FieldKind::Number),
            (&["yes", "maybe"], FieldKind::Text),
            (&["", " "], FieldKind::Text),
            (&[], FieldKind::Text),
        ] {
            let samples: Vec<Vec<String>> =
                cells.iter().map(|cell| vec![(*cell).to_owned()]).collect();
            assert_eq!(kind(&samples, 0), wanted, "{cells:?}");
        }
    }
}
