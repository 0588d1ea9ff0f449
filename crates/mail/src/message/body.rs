//! The parts of a body, in 7bit where that is safe and quoted-printable elsewhere.

/// Lines above this are folded by quoted-printable. Below 998 (RFC 5322), for relays that add to lines.
const LONGEST_PLAIN_LINE: usize = 900;

/// The longest line in quoted-printable, without the `=` of a soft line break.
const WIDTH: usize = 75;

/// The headers of a part, an empty line, and its content, which ends with a line end.
pub(super) fn part(out: &mut Vec<u8>, kind: &str, content: &str) {
    out.extend_from_slice(b"Content-Type: text/");
    out.extend_from_slice(kind.as_bytes());
    if is_plain(content.as_bytes()) {
        out.extend_from_slice(b"; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n");
        seven_bit(out, content.as_bytes());
    } else {
        out.extend_from_slice(
            b"; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
        );
        quoted_printable(out, content.as_bytes());
    }
}

/// Whether the content survives transport as it is: ASCII without controls, short lines, nothing like a boundary, no
/// dot that a careless relay could take for the end.
fn is_plain(content: &[u8]) -> bool {
    // Over all bytes, written so that the compiler compares many at once.
    let strange = content.iter().fold(0, |found, &b| {
        found | u8::from(!matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n'))
    });
    strange == 0
        && memchr::memchr_iter(b'\r', content).all(|at| content.get(at + 1) == Some(&b'\n'))
        && lines(content).all(|line| {
            line.len() <= LONGEST_PLAIN_LINE
                && !line.starts_with(b"--")
                && !line.starts_with(b".")
                && !line.starts_with(b"From ")
        })
}

fn seven_bit(out: &mut Vec<u8>, content: &[u8]) {
    for line in lines(content) {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
}

/// The lines without their ends. What follows the last line end is a line only if there is something.
fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = content;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = match memchr::memchr(b'\n', rest) {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        rest = after;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
}

/// RFC 2045, section 6.7. Any line end becomes CRLF; dots and `From ` at the beginning of a line are encoded, so that
/// the content needs no dot-stuffing and no relay changes it.
pub(super) fn quoted_printable(out: &mut Vec<u8>, content: &[u8]) {
    let mut rest = content;
    let mut column = 0;
    while !rest.is_empty() {
        // A run of bytes that stand for themselves, as long as the line has room.
        let room = (WIDTH - column).min(rest.len());
        let mut run = literal_run(&rest[..room]);
        if column == 0 && run > 0 && (rest[0] == b'.' || rest.starts_with(b"From ")) {
            run = 0;
        }
        // A space must not be the last of a line.
        if run > 0
            && matches!(rest[run - 1], b' ' | b'\t')
            && matches!(rest.get(run), None | Some(b'\r' | b'\n'))
        {
            run -= 1;
        }
        if run > 0 {
            out.extend_from_slice(&rest[..run]);
            rest = &rest[run..];
            column += run;
            if rest.is_empty() {
                break;
            }
        }
        match rest {
            [b'\r', b'\n', after @ ..] | [b'\r' | b'\n', after @ ..] => {
                out.extend_from_slice(b"\r\n");
                column = 0;
                rest = after;
            }
            // If there was room, then it is not a byte that stands for itself here.
            [byte, after @ ..] if run < room && column + 3 <= WIDTH => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                out.extend_from_slice(&[
                    b'=',
                    HEX[usize::from(byte >> 4)],
                    HEX[usize::from(byte & 15)],
                ]);
                column += 3;
                rest = after;
            }
            _ => {
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
        }
    }
    if column > 0 {
        out.extend_from_slice(b"\r\n");
    }
}

const fn is_literal(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t') && byte != b'='
}

/// How many bytes from the beginning stand for themselves.
fn literal_run(bytes: &[u8]) -> usize {
    let mut run = 0;
    // Sixteen at a time, written so that the compiler makes one comparison of them.
    while let Some(chunk) = bytes[run..].first_chunk::<16>() {
        let special = chunk.iter().fold(0, |found, &b| {
            found | u8::from(!(b' '..=b'~').contains(&b)) | u8::from(b == b'=')
        });
        if special != 0 {
            break;
        }
        run += 16;
    }
    run + bytes[run..]
        .iter()
        .position(|b| !is_literal(*b))
        .unwrap_or(bytes.len() - run)
}
