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
    // Piece by piece over all bytes, written so that the compiler compares many at once.
    let harmless = |piece: &[u8]| {
        let strange = piece.iter().fold(0, |found, &b| {
            let control = u8::from(b < b' ')
                & u8::from(b != b'\t')
                & u8::from(b != b'\r')
                & u8::from(b != b'\n');
            found | control | u8::from(b > b'~')
        });
        strange == 0
    };
    content.chunks(1024).all(harmless)
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
///
/// Lines are put together in a small buffer, eight bytes at a time where none of them is special: this is most of the
/// work of writing a message.
pub(super) fn quoted_printable(out: &mut Vec<u8>, content: &[u8]) {
    let mut line = Line {
        bytes: [0; WIDTH + 8],
        length: 0,
    };
    let mut rest = content;
    loop {
        if line.length == 0 && (rest.starts_with(b".") || rest.starts_with(b"From ")) {
            line.encode(rest[0]);
            rest = &rest[1..];
        }
        while line.length + 8 <= WIDTH
            && let Some(chunk) = rest.first_chunk::<8>()
        {
            // All eight are copied, and those from the first special one on overwritten later.
            let literal = literal_bytes(*chunk);
            line.bytes[line.length..line.length + 8].copy_from_slice(chunk);
            line.length += literal;
            rest = &rest[literal..];
            if literal < 8 {
                break;
            }
        }
        match rest {
            [] => {
                if line.length > 0 {
                    line.end(out);
                }
                break;
            }
            [b'\r', b'\n', after @ ..] | [b'\r' | b'\n', after @ ..] => {
                line.end(out);
                rest = after;
            }
            [byte, after @ ..] => {
                let literal = matches!(byte, b' '..=b'~' | b'\t') && *byte != b'=';
                let width = if literal { 1 } else { 3 };
                if line.length + width > WIDTH {
                    line.soft_break(out);
                } else {
                    if literal {
                        line.bytes[line.length] = *byte;
                        line.length += 1;
                    } else {
                        line.encode(*byte);
                    }
                    rest = after;
                }
            }
        }
    }
}

struct Line {
    bytes: [u8; WIDTH + 8],
    length: usize,
}

impl Line {
    fn encode(&mut self, byte: u8) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        let encoded = [
            b'=',
            HEX[usize::from(byte >> 4)],
            HEX[usize::from(byte & 15)],
        ];
        self.bytes[self.length..self.length + 3].copy_from_slice(&encoded);
        self.length += 3;
    }

    /// Ends a line where the content has an end of line, before which no space may stand.
    fn end(&mut self, out: &mut Vec<u8>) {
        if let Some(space @ (b' ' | b'\t')) = self.bytes[..self.length].last().copied() {
            self.length -= 1;
            if self.length + 3 > WIDTH {
                self.soft_break(out);
            }
            self.encode(space);
        }
        self.flush(out, b"\r\n");
    }

    fn soft_break(&mut self, out: &mut Vec<u8>) {
        self.flush(out, b"=\r\n");
    }

    fn flush(&mut self, out: &mut Vec<u8>, end: &[u8]) {
        out.extend_from_slice(&self.bytes[..self.length]);
        out.extend_from_slice(end);
        self.length = 0;
    }
}

/// How many bytes from the first on stand for themselves, by arithmetic on all eight at once. Tabs count as special here.
fn literal_bytes(chunk: [u8; 8]) -> usize {
    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    /// The high bit of each byte that is zero. Bytes above the first such may be wrong, those below are not.
    const fn zero(x: u64) -> u64 {
        x.wrapping_sub(each(1)) & !x
    }
    let x = u64::from_le_bytes(chunk);
    let control = x.wrapping_sub(each(0x20)) & !x;
    let special = (x | control | zero(x ^ each(b'=')) | zero(x ^ each(0x7f))) & each(0x80);
    (special.trailing_zeros() / 8) as usize
}
