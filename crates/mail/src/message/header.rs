//! The one encoder of header values.
//!
//! Whatever the text, what is written is one header: controls and line breaks of any kind become spaces, what is not
//! ASCII becomes encoded words (RFC 2047), and lines are folded at spaces before 78 octets where there are spaces.

use kernel::Timestamp;
use kernel::text::breaks_line;

/// Where lines are folded.
const WIDTH: usize = 76;

/// The longest piece without a place to fold that is left as it is; above it would endanger the limit of 998 octets.
const LONGEST_PIECE: usize = 400;

/// The longest encoded word (RFC 2047, section 2).
const ENCODED_WORD: usize = 75;

const PREFIX_Q: &str = "=?utf-8?q?";
const PREFIX_B: &str = "=?utf-8?b?";

/// A header with free text.
pub(super) fn text(out: &mut Vec<u8>, name: &str, value: &str) {
    let start = begin(out, name);
    let value = clean(value);
    if value.is_ascii() && !value.contains("=?") && longest_piece(&value) <= LONGEST_PIECE {
        folded(out, start, &value);
    } else {
        encoded_words(out, start, &value);
    }
    out.extend_from_slice(b"\r\n");
}

/// A header with a name for people and an address, or an id, in angle brackets.
pub(super) fn mailbox(out: &mut Vec<u8>, name: &str, display: &str, address: &str) {
    let start = begin(out, name);
    let display = clean(display);
    if !display.is_empty() {
        let quotes_fit = display.len() < WIDTH - name.len() - 6;
        if !display.is_ascii() || display.contains("=?") || !quotes_fit {
            encoded_words(out, start, &display);
        } else if display.bytes().all(|b| b == b' ' || is_atom(b)) {
            out.extend_from_slice(display.as_bytes());
        } else {
            out.push(b'"');
            for byte in display.bytes() {
                if matches!(byte, b'"' | b'\\') {
                    out.push(b'\\');
                }
                out.push(byte);
            }
            out.push(b'"');
        }
        let column = out.len() - line_start(out, start);
        out.extend_from_slice(if column + 3 + address.len() > WIDTH {
            b"\r\n "
        } else {
            b" "
        });
    }
    bracketed(out, address);
    out.extend_from_slice(b"\r\n");
}

/// A header with an id in angle brackets.
pub(super) fn id(out: &mut Vec<u8>, name: &str, id: &str) {
    begin(out, name);
    bracketed(out, id);
    out.extend_from_slice(b"\r\n");
}

/// A header with URLs in angle brackets; the empty ones are left out, and with none of them the header.
pub(super) fn urls(out: &mut Vec<u8>, name: &str, urls: &[&str]) {
    let before = out.len();
    begin(out, name);
    let mut any = false;
    for url in urls.iter().filter(|url| !url.is_empty()) {
        if any {
            out.extend_from_slice(b",\r\n ");
        }
        any = true;
        out.push(b'<');
        for byte in url.bytes() {
            if matches!(byte, b'!'..=b'~') && !matches!(byte, b'<' | b'>' | b'"' | b'\\') {
                out.push(byte);
            } else {
                out.push(b'%');
                hex(out, byte);
            }
        }
        out.push(b'>');
    }
    if any {
        out.extend_from_slice(b"\r\n");
    } else {
        out.truncate(before);
    }
}

/// The `Date` header, in UTC.
pub(super) fn date(out: &mut Vec<u8>, at: Timestamp) {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    use std::io::Write as _;
    let seconds = at.as_micros().div_euclid(1_000_000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let _ = write!(
        out,
        "Date: {}, {day:02} {} {year:04} {:02}:{:02}:{:02} +0000\r\n",
        DAYS[days.rem_euclid(7) as usize],
        MONTHS[month as usize - 1],
        second / 3600,
        second / 60 % 60,
        second % 60,
    );
}

/// Year, month and day of a count of days since 1970-01-01, in the Gregorian calendar. Years begin in March in between,
/// so that the leap day is the last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Writes the name and returns where the line begins.
fn begin(out: &mut Vec<u8>, name: &str) -> usize {
    let start = out.len();
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    start
}

/// Where the last line begins, if the header begins at `start`.
fn line_start(out: &[u8], start: usize) -> usize {
    memchr::memrchr(b'\n', &out[start..]).map_or(start, |at| start + at + 1)
}

/// Text without controls and line breaks. Mostly it is so already, and then it is not copied.
fn clean(value: &str) -> std::borrow::Cow<'_, str> {
    let value = value.trim();
    // Every C1 control begins with the byte C2, the line and paragraph separators with E2.
    let suspicious = |b: u8| b < 0x20 || matches!(b, 0x7f | 0xc2 | 0xe2);
    if !value.bytes().any(suspicious) {
        return value.into();
    }
    let spaced: String = value
        .chars()
        .map(|c| if breaks_line(c) { ' ' } else { c })
        .collect();
    spaced.trim().to_owned().into()
}

/// The longest piece between places to fold, which are before the last space of a run.
fn longest_piece(value: &str) -> usize {
    let bytes = value.as_bytes();
    let mut longest = 0;
    let mut last = 0;
    for at in memchr::memchr_iter(b' ', bytes) {
        if bytes.get(at + 1) != Some(&b' ') {
            longest = longest.max(at - last);
            last = at;
        }
    }
    longest.max(bytes.len() - last)
}

/// Writes ASCII, folding at spaces. No line has nothing but spaces, as the value has none at its ends.
fn folded(out: &mut Vec<u8>, start: usize, value: &str) {
    let mut column = out.len() - start;
    let mut first = true;
    for word in value.split(' ') {
        if !first {
            // The fold is before a space; further spaces of a run stay behind it.
            if !word.is_empty() && column + 1 + word.len() > WIDTH && column > 1 {
                out.extend_from_slice(b"\r\n");
                column = 0;
            }
            out.push(b' ');
            column += 1;
        }
        first = false;
        out.extend_from_slice(word.as_bytes());
        column += word.len();
    }
}

/// Writes encoded words in whichever of the two encodings is shorter, split between characters.
fn encoded_words(out: &mut Vec<u8>, start: usize, value: &str) {
    let q_length: usize = value.bytes().map(q_width).sum();
    let base64 = q_length > value.len().div_ceil(3) * 4;
    let mut column = out.len() - start;
    let mut rest = value;
    let mut first = true;
    while !rest.is_empty() {
        // 12 is the prefix and the suffix of an encoded word.
        let mut room = ENCODED_WORD
            .min((WIDTH + 1).saturating_sub(column))
            .saturating_sub(12);
        let mut length = fitting(rest, room, base64);
        if length == 0 || (first && room < 8) {
            out.extend_from_slice(b"\r\n ");
            column = 1;
            room = ENCODED_WORD - 12;
            length = fitting(rest, room, base64);
        } else if !first {
            out.extend_from_slice(b" ");
        }
        let (piece, after) = rest.split_at(length);
        let before = out.len();
        if base64 {
            out.extend_from_slice(PREFIX_B.as_bytes());
            out.extend_from_slice(data_encoding::BASE64.encode(piece.as_bytes()).as_bytes());
        } else {
            out.extend_from_slice(PREFIX_Q.as_bytes());
            for byte in piece.bytes() {
                match byte {
                    b' ' => out.push(b'_'),
                    _ if q_width(byte) == 1 => out.push(byte),
                    _ => {
                        out.push(b'=');
                        hex(out, byte);
                    }
                }
            }
        }
        out.extend_from_slice(b"?=");
        column += out.len() - before + 1;
        rest = after;
        first = false;
    }
}

/// How many bytes from the beginning, ending between characters, fit into `room` when encoded.
fn fitting(text: &str, room: usize, base64: bool) -> usize {
    let mut width = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        width += text[at..next].bytes().map(q_width).sum::<usize>();
        let needed = if base64 { next.div_ceil(3) * 4 } else { width };
        if needed > room {
            break;
        }
        end = next;
    }
    end
}

/// The width of a byte in the Q encoding that is allowed in names too (RFC 2047, section 5, rule 3).
fn q_width(byte: u8) -> usize {
    match byte {
        b' ' | b'!' | b'*' | b'+' | b'-' | b'/' => 1,
        _ if byte.is_ascii_alphanumeric() => 1,
        _ => 3,
    }
}

/// What can stand in a name without quotes (RFC 5322, `atext`).
fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// An address or id in angle brackets, without any character that could end it.
fn bracketed(out: &mut Vec<u8>, content: &str) {
    out.push(b'<');
    let most = out.len() + 900;
    let mut buffer = [0; 4];
    for c in content.chars() {
        let harmless = !c.is_control()
            && !c.is_whitespace()
            && !matches!(c, '<' | '>' | ',' | ';' | ':' | '(' | ')' | '"' | '\\');
        if harmless && out.len() < most {
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        }
    }
    out.push(b'>');
}

fn hex(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.push(HEX[usize::from(byte >> 4)]);
    out.push(HEX[usize::from(byte & 15)]);
}
