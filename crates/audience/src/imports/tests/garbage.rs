//! Files of which a third is garbage, against an oracle: a second, slow and simple reader, written from the
//! documentation and without a line of the importer's code. What is accepted, and which lines are refused, must be the
//! same, whatever the encoding.
//!
//! `SENDERO_TEST_ROWS` sets the size, 20,000 rows unless given; `SENDERO_TEST_SEED` repeats a run.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt as _;

use super::*;
use crate::exports;
use crate::imports::{Delimiter, Severity};

#[testkit::db_test]
async fn what_the_oracle_accepts_is_imported(db: TestDb) {
    let rows = testkit::number_from_environment("SENDERO_TEST_ROWS").unwrap_or(20_000);
    let seed = testkit::number_from_environment("SENDERO_TEST_SEED").unwrap_or(20_261_122);
    let it = fixture(&db).await;
    let ways = [Way::Utf8, Way::Bom, Way::Utf16Le, Way::Utf16Be];
    for (n, way) in ways.into_iter().enumerate() {
        let file = Generator::new(seed + n as u64, way).file(rows / ways.len() as u64);
        let wanted = oracle::read(&file);
        let options = Options {
            delimiter: Some(Delimiter::Comma),
            ..Options::default()
        };
        let import = it.create(&file, options).await.unwrap();
        let pace = Pace { rows: 1000, ..PACE };
        assert_eq!(it.run(import.id, pace).await, End::Done);
        let import = it.get(import.id).await;
        let counters = import.counters;
        assert_eq!(it.accepted().await, wanted.accepted, "{way:?}, seed {seed}");
        assert_eq!(it.refused(import.id).await, wanted.refused, "{way:?}");
        assert_eq!(counters.created, wanted.accepted.len() as i64, "{way:?}");
        assert_eq!(
            counters.skipped + counters.invalid,
            wanted.refused.len() as i64,
            "{way:?}"
        );
        // There was enough of both to mean something.
        assert!(
            counters.created * 5 > counters.processed * 2,
            "{counters:?}"
        );
        assert!(counters.invalid * 5 > counters.processed, "{counters:?}");
        it.forget_everybody().await;
    }
}

impl Fixture {
    async fn accepted(&self) -> BTreeMap<String, oracle::Person> {
        let everybody = exports::Selection {
            all: Some(true),
            ..exports::Selection::default()
        };
        let options = exports::Options {
            format: exports::Format::Jsonl,
            columns: ["email", "first_name", "city", "points"]
                .map(str::to_owned)
                .to_vec(),
        };
        let lines = exports::stream(&self.ctx, self.account, &self.actor, everybody, options);
        let lines: Vec<Bytes> = lines.await.unwrap().try_collect().await.unwrap();
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        String::from_utf8(lines.concat())
            .unwrap()
            .lines()
            .map(|line| {
                let person: serde_json::Value = serde_json::from_str(line).unwrap();
                let fields = &person["fields"];
                (
                    text(&person["email"]).unwrap(),
                    oracle::Person {
                        first_name: text(&person["first_name"]),
                        city: text(&fields["city"]),
                        points: fields["points"].as_f64().map(|n| n.to_string()),
                    },
                )
            })
            .collect()
    }

    /// The lines of rows that were not taken.
    async fn refused(&self, id: ImportId) -> BTreeSet<u64> {
        let limit = Limit::try_new(1000).unwrap();
        let mut lines = BTreeSet::new();
        let mut after = None;
        loop {
            let page = service::errors(&self.ctx, self.account, id, after, limit)
                .await
                .unwrap();
            for error in &page.data {
                assert!(!error.reason.is_empty());
                if error.severity == Severity::Error {
                    lines.insert(error.line as u64);
                }
            }
            match page.next_cursor {
                Some(next) => after = Some(kernel::Cursor::decode(&next).unwrap()),
                None => return lines,
            }
        }
    }

    async fn forget_everybody(&self) {
        let mut tx = self.ctx.write().await.unwrap();
        for table in ["subscriber", "event", "import_error"] {
            tx.query(format!("delete from {table} where account_id = $1"))
                .bind(self.account)
                .execute()
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
}

/// How characters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Utf8,
    Bom,
    Utf16Le,
    Utf16Be,
}

/// Writes files that nobody should have made.
struct Generator {
    state: u64,
    way: Way,
    file: Vec<u8>,
}

const PAYLOADS: [&str; 14] = [
    "'; drop table subscriber; --",
    "\\' or 1=1 --",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd",
    "+1-1",
    "{{ 7 * 7 }}{% for x in y %}",
    "${jndi:ldap://x}",
    "%s%n%x%00",
    "../../../etc/passwd",
    "\u{202e}drow\u{200b}",
    "''=1",
    "Zoë Müller-Łódź 漢字 \u{1f600}",
    "&lt;!ENTITY x SYSTEM 'file:///'&gt;",
];

impl Generator {
    fn new(seed: u64, way: Way) -> Self {
        Self {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            way,
            file: Vec::new(),
        }
    }

    /// Below `n`.
    fn below(&mut self, n: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % n
    }

    fn one<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }

    fn put(&mut self, text: &str) {
        match self.way {
            Way::Utf8 | Way::Bom => self.file.extend_from_slice(text.as_bytes()),
            Way::Utf16Le => {
                let units = text.encode_utf16();
                self.file.extend(units.flat_map(u16::to_le_bytes));
            }
            Way::Utf16Be => {
                let units = text.encode_utf16();
                self.file.extend(units.flat_map(u16::to_be_bytes));
            }
        }
    }

    /// What no text has: half a sequence, or half a pair.
    fn put_broken(&mut self) {
        match self.way {
            Way::Utf8 | Way::Bom => self.file.extend_from_slice(b"\xe9\xff"),
            Way::Utf16Le => self.file.extend_from_slice(&[0x00, 0xd8]),
            Way::Utf16Be => self.file.extend_from_slice(&[0xd8, 0x00]),
        }
    }

    fn file(mut self, rows: u64) -> Vec<u8> {
        if self.way != Way::Utf8 {
            self.put("\u{feff}");
        }
        self.put("email,first_name,city,points\r\n");
        let huge = [rows / 3, rows / 2];
        for n in 0..rows {
            if huge.contains(&n) {
                let quote = if n == huge[0] { "\"" } else { "" };
                let value = "x".repeat(10 << 20);
                self.put(&format!("huge{n}@example.com,{quote}{value}{quote},,\n"));
            }
            if self.below(10) < 7 {
                self.good(n);
            } else {
                self.bad(n);
            }
            let end = self.one(&["\n", "\n", "\r\n", "\r"]);
            self.put(end);
        }
        self.file
    }

    fn address(&mut self, n: u64) -> String {
        match self.below(12) {
            0 => format!("ünal{n}@example.com"),
            1 => format!("p{n}@münchen.example"),
            2 => format!("p{n}@xn--mnchen-3ya.example"),
            3 => format!("O'Brien+{n}@Example.COM"),
            4 => format!("  p{n}@example.com "),
            5 => format!("'=p{n}@example.com"),
            _ => format!("p{n}@mail.example.com"),
        }
    }

    fn number(&mut self) -> String {
        match self.below(5) {
            0 => String::new(),
            1 => format!("{}.5", self.below(1000)),
            2 => format!("-{}", 1 + self.below(1000)),
            3 => format!("+{}", self.below(1000)),
            _ => self.below(1_000_000).to_string(),
        }
    }

    fn good(&mut self, n: u64) {
        let address = self.address(n);
        let name = self.one(&PAYLOADS);
        let city = self.one(&PAYLOADS);
        let points = self.number();
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let row = match self.below(8) {
            0 => format!("{address},é,\"Köln\nam \"\"Rhein\"\"\r\n,\",{points}"),
            1 => address.clone(),
            2 => format!("{address},,,{points},, ,"),
            3 => format!(
                "{},{},{},{points}",
                quoted(&address),
                quoted(name),
                quoted(city)
            ),
            4 => format!("{address},Anna \"the\" Great,\"Bad\" Homburg,{points}"),
            5 => format!(",,,\n \t\n\n{address},é,{},", quoted(city)),
            _ => format!("{address},{},é{},{points}", quoted(name), quoted(city)),
        };
        self.put(&row);
    }

    fn bad(&mut self, n: u64) {
        let long = |n: usize| "é".repeat(n);
        let row = match self.below(20) {
            0 => format!("p{n}.example.com,é,é,1"),
            1 => format!("p{n}@example,é,é,1"),
            2 => format!("p {n}@example.com,é,,"),
            3 => ",Nobody,Nowhere,1".to_owned(),
            4 => format!("bad{n}@example.com,é,é,many"),
            5 => format!("bad{n}@example.com,é,é,\"1,5\""),
            6 => format!("bad{n}@example.com,a\0b,,"),
            7 => format!("bad{n}@example.com,é,é,1,surplus"),
            8 => format!("bad{n}@example.com,\"never closed,é,1"),
            9 => format!("bad{n}@example.com,\"é\nstray\" quote,é,1"),
            10 => format!("bad{n}@example.com,{},,", long(201)),
            11 => format!("bad{n}@example.com,é,{},", long(2001)),
            12 => format!("bad{n}@example.com,\"two\nlines\",,"),
            13 => format!("bad{n}@example.com,,a\u{1b}[31m,"),
            14 => format!("{}{n}@example.com,é,,", "x".repeat(64)),
            15 => format!("p{n}@-example.com,é,,"),
            16 => format!("<p{n}@example.com>,é,,"),
            17 => format!("p{n}@example.com; drop table subscriber,é,,"),
            // Somebody who was there before, if that row was a good one.
            18 => format!("P{}@MAIL.example.com,Again,é,7", n.saturating_sub(5)),
            _ => {
                self.put(&format!("broken{n}@example.com,"));
                self.put_broken();
                format!(",{},1", self.one(&["é", "Köln"]))
            }
        };
        self.put(&row);
    }
}

/// The second reader.
mod oracle {
    use std::collections::{BTreeMap, BTreeSet};

    #[derive(Debug, PartialEq)]
    pub(super) struct Person {
        pub(super) first_name: Option<String>,
        pub(super) city: Option<String>,
        pub(super) points: Option<String>,
    }

    #[derive(Default)]
    pub(super) struct Verdict {
        pub(super) accepted: BTreeMap<String, Person>,
        /// The lines of rows that are not taken.
        pub(super) refused: BTreeSet<u64>,
    }

    const MAX_RECORD: usize = 1_048_576;

    pub(super) fn read(file: &[u8]) -> Verdict {
        let text = decode(file);
        let mut verdict = Verdict::default();
        let mut known = BTreeSet::new();
        let mut rest = &text[..];
        let mut line = 1;
        let mut header = true;
        while !rest.is_empty() {
            let (record, length) = record(rest);
            let (row, after) = rest.split_at(length);
            let blank = row.iter().all(|b| b", \t\"\r\n".contains(b));
            if header {
                header = false;
            } else if let Some(fields) = record.filter(|_| !blank) {
                let person = (!row.contains(&0))
                    .then(|| check(&fields))
                    .flatten()
                    .filter(|(key, ..)| known.insert(key.clone()));
                match person {
                    Some((_, address, person)) => {
                        verdict.accepted.insert(address, person);
                    }
                    None => {
                        verdict.refused.insert(line);
                    }
                }
            } else if !blank {
                verdict.refused.insert(line);
            }
            line += lines(row);
            rest = after;
        }
        verdict
    }

    fn decode(file: &[u8]) -> Vec<u8> {
        let wide = |unit: fn([u8; 2]) -> u16| {
            let units = file[2..].chunks(2).map(|pair| match pair {
                [a, b] => unit([*a, *b]),
                _ => 0xfffd,
            });
            char::decode_utf16(units)
                .map(|c| c.unwrap_or('\u{fffd}'))
                .collect::<String>()
                .into_bytes()
        };
        match file {
            [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
            [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
            [0xef, 0xbb, 0xbf, rest @ ..] => rest.to_vec(),
            other => other.to_vec(),
        }
    }

    /// How many line ends there are.
    fn lines(text: &[u8]) -> u64 {
        let ends = text.iter().enumerate().filter(|(i, b)| match b {
            b'\n' => *i == 0 || text[i - 1] != b'\r',
            b'\r' => true,
            _ => false,
        });
        ends.count() as u64
    }

    /// The length of the line end at the beginning of `rest`.
    fn line_end(rest: &[u8]) -> Option<usize> {
        match rest {
            [] => Some(0),
            [b'\r', b'\n', ..] => Some(2),
            [b'\r' | b'\n', ..] => Some(1),
            _ => None,
        }
    }

    /// The fields of the first record, and its length with its line end; without fields if only its first line is bad.
    fn record(text: &[u8]) -> (Option<Vec<Vec<u8>>>, usize) {
        let first_line = || {
            let mut at = 0;
            while line_end(&text[at..]).is_none() {
                at += 1;
            }
            (None, at + line_end(&text[at..]).unwrap())
        };
        let mut fields = Vec::new();
        let mut at = 0;
        loop {
            let mut field = Vec::new();
            if text.get(at) == Some(&b'"') {
                let opened = at;
                at += 1;
                loop {
                    match &text[at..] {
                        [] => return first_line(),
                        [b'"', b'"', ..] => {
                            field.push(b'"');
                            at += 2;
                        }
                        [b'"', ..] => break,
                        [other, ..] => {
                            field.push(*other);
                            at += 1;
                        }
                    }
                    if at > MAX_RECORD {
                        return first_line();
                    }
                }
                at += 1;
                let proper = line_end(&text[at..]).is_some() || text[at] == b',';
                if !proper && lines(&text[opened..at]) > 0 {
                    return first_line();
                }
            }
            while line_end(&text[at..]).is_none() && text[at] != b',' {
                field.push(text[at]);
                at += 1;
            }
            if at > MAX_RECORD {
                return first_line();
            }
            fields.push(field);
            match line_end(&text[at..]) {
                Some(end) => return (Some(fields), at + end),
                None => at += 1,
            }
        }
    }

    /// What makes somebody the same, the address, and the rest.
    fn check(fields: &[Vec<u8>]) -> Option<(String, String, Person)> {
        let mut texts = Vec::new();
        for field in fields {
            let text = String::from_utf8(field.clone()).ok()?;
            let bare = text.strip_prefix('\'').filter(|bare| {
                let inner = bare.trim_start_matches('\'');
                inner.starts_with(['=', '+', '-', '@', '\t', '\r'])
            });
            texts.push(bare.unwrap_or(&text).trim().to_owned());
        }
        if texts.iter().skip(4).any(|text| !text.is_empty()) {
            return None;
        }
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap_or_default();
        let address = address(&next())?;
        let first_name = clean(next(), 200, "")?;
        let city = clean(next(), 2000, "\r\n\t")?;
        let points = number(&next())?;
        let person = Person {
            first_name,
            city,
            points,
        };
        Some((address.to_lowercase(), address, person))
    }

    /// `Some(None)` for nothing.
    #[expect(clippy::option_option, reason = "refused, absent, there")]
    fn clean(text: String, max: usize, allowed: &str) -> Option<Option<String>> {
        let bad = |c: char| c.is_control() && !allowed.contains(c);
        if text.chars().count() > max || text.chars().any(bad) {
            return None;
        }
        Some((!text.is_empty()).then_some(text))
    }

    #[expect(clippy::option_option, reason = "refused, absent, there")]
    fn number(text: &str) -> Option<Option<String>> {
        if text.is_empty() {
            return Some(None);
        }
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(part) || part.len() > 6 {
            return None;
        }
        let value: f64 = text.parse().ok()?;
        Some(Some(value.to_string()))
    }

    fn address(text: &str) -> Option<String> {
        let at = text.rfind('@')?;
        let (local, domain) = (&text[..at], &text[at + 1..]);
        let letter = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        let atoms = local
            .split('.')
            .all(|atom| !atom.is_empty() && atom.chars().all(letter));
        if local.len() > 64 || !atoms {
            return None;
        }
        // The one international domain that the generator knows.
        let domain = domain.to_lowercase().replace("münchen", "xn--mnchen-3ya");
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let good = domain.contains('.')
            && domain.split('.').all(label)
            && !domain
                .rsplit('.')
                .next()
                .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        let address = format!("{local}@{domain}");
        (good && address.len() <= 254).then_some(address)
    }
}
