use proptest::prelude::*;

use super::*;
use crate::read;

const AT: Timestamp = Timestamp::from_micros(1_777_887_000_123_456);

fn message<'a>() -> Message<'a> {
    Message {
        from: Mailbox::new("Ada", "ada@example.com"),
        to: Mailbox::new("", "bob@example.org"),
        reply_to: None,
        subject: "Hello",
        message_id: "1.abc@example.com",
        date: AT,
        headers: &[],
        html: None,
        text: "Hi Bob\n",
        attachments: &[],
    }
}

fn written(message: &Message<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    message.to_mime(&mut out);
    sound(&out);
    out
}

/// What holds for every message.
fn sound(out: &[u8]) {
    for line in out.split_inclusive(|b| *b == b'\n') {
        let line = line
            .strip_suffix(b"\r\n")
            .expect("every line ends with CRLF");
        assert!(!line.contains(&b'\r') && !line.contains(&0));
        assert!(line.len() <= 998, "a line of {} octets", line.len());
    }
}

/// Names of the header in order, as any parser would see them.
fn header_names(out: &[u8]) -> Vec<String> {
    let end = memchr::memmem::find(out, b"\r\n\r\n").expect("a header ends");
    String::from_utf8_lossy(&out[..end])
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| {
            line.split_once(':')
                .expect("a header has a colon")
                .0
                .to_owned()
        })
        .collect()
}

#[test]
fn plain_text_is_written_as_it_is() {
    let out = String::from_utf8(written(&message())).unwrap();
    assert_eq!(
        out,
        "From: Ada <ada@example.com>\r\n\
         To: <bob@example.org>\r\n\
         Subject: Hello\r\n\
         Message-ID: <1.abc@example.com>\r\n\
         Date: Mon, 04 May 2026 09:30:00 +0000\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         Hi Bob\r\n"
    );
}

#[test]
fn html_with_text_is_read_back_as_written() {
    let html = format!(
        "<p>Grüße, Bob 🎉 = \u{a0}</p>\n.dot\nFrom here\n{}\n <b>end </b> \n",
        "<td style=\"width: 100%\">word</td>".repeat(60)
    );
    let text = "Grüße 🎉\n-- \nAda\n.\n";
    let message = Message {
        html: Some(&html),
        text,
        subject: "Ein Gruß 🎉 an dich",
        reply_to: Some(Mailbox::new("Büro", "office@example.com")),
        ..message()
    };
    let out = written(&message);
    assert_eq!(
        out,
        written(&message),
        "the same message gives the same bytes"
    );
    assert!(memchr::memmem::find(&out, b"\n.").is_none());
    let back = read(&out);
    assert_eq!(back.html.unwrap().replace("\r\n", "\n"), html);
    assert_eq!(back.text.replace("\r\n", "\n"), text);
    assert_eq!(back.subject, message.subject);
    assert_eq!(back.from, ["Ada <ada@example.com>"]);
    assert_eq!(back.to, ["bob@example.org"]);
    assert_eq!(
        header_names(&out),
        [
            "From",
            "To",
            "Reply-To",
            "Subject",
            "Message-ID",
            "Date",
            "MIME-Version",
            "Content-Type"
        ]
    );
}

#[test]
fn headers_of_bulk_mail() {
    let out = String::from_utf8(written(&Message {
        headers: &[
            Header::ListUnsubscribe {
                url: "https://example.com/u/a b\r\nBcc: eve@example.com",
                mailto: "mailto:leave@example.com?subject=u>x",
            },
            Header::ListUnsubscribeOneClick,
            Header::ListId {
                name: "News, weekly",
                id: "news.example.com",
            },
            Header::Text {
                name: "Feedback-ID",
                value: "1:2:campaign:sendero",
            },
            Header::Text {
                name: "Bcc",
                value: "eve@example.com",
            },
            Header::Text {
                name: "X-A: b\r\nX-Eve",
                value: "x",
            },
            Header::Text {
                name: "content-type",
                value: "text/html",
            },
            Header::ListUnsubscribe {
                url: "",
                mailto: "",
            },
        ],
        ..message()
    }))
    .unwrap();
    assert!(out.contains(
        "\r\nList-Unsubscribe: <https://example.com/u/a%20b%0D%0ABcc:%20eve@example.com>,\r\n \
         <mailto:leave@example.com?subject=u%3Ex>\r\n\
         List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
         List-Id: \"News, weekly\" <news.example.com>\r\n\
         Feedback-ID: 1:2:campaign:sendero\r\n\
         MIME-Version: 1.0\r\n"
    ));
}

#[test]
fn text_of_any_kind_is_one_header() {
    let long = "a".repeat(3000);
    let words = "word ".repeat(500);
    let spaces = format!("a{}b", " ".repeat(2000));
    let emoji = "🎉".repeat(300);
    let corpus = [
        "",
        " ",
        "Hello",
        "Ünïcödé",
        "🎉 Sale 🎉",
        "a\r\nBcc: eve@example.com",
        "a\nBcc: eve@example.com",
        "a\rBcc: eve@example.com",
        "a\r\n\r\n<b>body</b>",
        "a\0b",
        "a\u{85}Bcc: eve@example.com",
        "a\u{2028}Bcc: eve@example.com\u{2029}x",
        "a\u{b}b\u{c}c\u{7f}\u{9b}",
        "\r\n",
        "\t\ttabs\t",
        "=?utf-8?q?a=0D=0ABcc:_eve@example.com?=",
        "quote \" and back\\slash",
        "<ada@example.com>, \"x\" <eve@example.com>",
        "a\n.\r\nMAIL FROM:<eve@example.com>",
        &long,
        &words,
        &spaces,
        &emoji,
    ];
    for value in corpus {
        let out = written(&Message {
            from: Mailbox::new(value, "ada@example.com"),
            to: Mailbox::new(value, "bob@example.org"),
            reply_to: Some(Mailbox::new(value, "re@example.com")),
            subject: value,
            headers: &[
                Header::ListId {
                    name: value,
                    id: value,
                },
                Header::Text {
                    name: "X-Text",
                    value,
                },
            ],
            message_id: value,
            ..message()
        });
        assert_eq!(
            header_names(&out),
            [
                "From",
                "To",
                "Reply-To",
                "Subject",
                "Message-ID",
                "Date",
                "List-Id",
                "X-Text",
                "MIME-Version",
                "Content-Type",
                "Content-Transfer-Encoding"
            ],
            "{value:?}"
        );
        let back = read(&out);
        let wanted: String = value
            .trim()
            .chars()
            .map(|c| {
                let breaks = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
                if breaks { ' ' } else { c }
            })
            .collect();
        // A parser may take runs of spaces for one, unless they were encoded.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&back.subject), words(&wanted));
        assert_eq!(back.to.len(), 1, "{value:?} {:?}", back.to);
        let name = words(&wanted);
        let address = if name.is_empty() {
            "bob@example.org".to_owned()
        } else {
            format!("{name} <bob@example.org>")
        };
        assert_eq!(words(&back.to[0]), address);
        assert_eq!(back.text, "Hi Bob\r\n");
    }
}

#[test]
fn an_address_cannot_leave_its_brackets() {
    let out = written(&Message {
        to: Mailbox::new(
            "",
            "bob@example.org>, <eve@example.com\r\nBcc: <x@example.com",
        ),
        ..message()
    });
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("\r\nTo: <bob@example.orgeve@example.comBccx@example.com>\r\n"));
}

#[test]
fn lines_are_folded_where_they_can_be() {
    let subject = "The quick brown fox jumps over the lazy dog ".repeat(12);
    let out = String::from_utf8(written(&Message {
        subject: &subject,
        from: Mailbox::new(
            "Ünïcödé and a rather long name that goes on",
            "ada@example.com",
        ),
        ..message()
    }))
    .unwrap();
    assert!(out.split("\r\n").all(|line| line.len() <= 78), "{out}");
    assert!(
        out.contains("\r\n jumps over") || out.contains("\r\n fox jumps"),
        "{out}"
    );
}

#[test]
fn dates_of_all_kinds() {
    for (seconds, wanted) in [
        (0, "Thu, 01 Jan 1970 00:00:00"),
        (951_782_399, "Mon, 28 Feb 2000 23:59:59"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00"),
        (-1, "Wed, 31 Dec 1969 23:59:59"),
    ] {
        let mut out = Vec::new();
        header::date(&mut out, Timestamp::from_micros(seconds * 1_000_000));
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, format!("Date: {wanted} +0000\r\n"));
    }
}

#[test]
fn quoted_printable_keeps_its_rules() {
    for (content, wanted) in [
        ("", ""),
        ("a=b", "a=3Db\r\n"),
        ("a \n\tb\t\n c ", "a=20\r\n\tb=09\r\n c=20\r\n"),
        (
            ".a\n..\nFrom x\nfrom",
            "=2Ea\r\n=2E.\r\n=46rom x\r\nfrom\r\n",
        ),
        ("a\r\nb\rc\nd", "a\r\nb\r\nc\r\nd\r\n"),
        ("\n\n", "\r\n\r\n"),
        ("é\0", "=C3=A9=00\r\n"),
    ] {
        let mut out = Vec::new();
        body::quoted_printable(&mut out, content.as_bytes());
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }
}

proptest! {
    #[test]
    fn quoted_printable_is_read_back(
        content in "[ -~\\n]{0,40}([a-z =.\t]{60,90}[ .=é🎉\\n\t]{0,3}){0,6}",
    ) {
        let mut out = Vec::new();
        body::quoted_printable(&mut out, content.as_bytes());
        for line in out.split(|b| *b == b'\n') {
            prop_assert!(line.len() <= 77, "with its CR");
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            prop_assert!(!line.ends_with(b" ") && !line.ends_with(b"\t") && !line.starts_with(b"."));
        }
        // Undone by hand, as a parser may be lenient.
        let text = String::from_utf8(out).unwrap().replace("=\r\n", "");
        let mut bytes = text.bytes();
        let mut back = Vec::new();
        while let Some(byte) = bytes.next() {
            if byte == b'=' {
                let pair = [bytes.next().unwrap(), bytes.next().unwrap()];
                back.push(u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap());
            } else {
                back.push(byte);
            }
        }
        let mut wanted = content.replace('\n', "\r\n");
        if !wanted.is_empty() && !wanted.ends_with("\r\n") {
            wanted.push_str("\r\n");
        }
        prop_assert_eq!(String::from_utf8(back).unwrap(), wanted);
    }

    #[test]
    fn any_text_makes_a_sound_message(value in "\\PC{0,30}[\\r\\n\0\u{85} =?a]{0,5}\\PC{0,80}") {
        let out = written(&Message {
            from: Mailbox::new(&value, &value),
            to: Mailbox::new(&value, "bob@example.org"),
            subject: &value,
            headers: &[Header::Text { name: "X-Text", value: &value }],
            html: Some(&value),
            text: &value,
            message_id: &value,
            ..message()
        });
        prop_assert_eq!(header_names(&out).len(), 8);
    }
}

#[test]
fn attachments_come_back_as_they_were_and_end_nothing() {
    let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
    let nasty = "x\r\nBcc: eve@example.com\r\n\r\n../../etc/\"Grüße\".pdf";
    let out = written(&Message {
        html: Some("<p>Hi <img src=\"cid:logo\"></p>"),
        attachments: &[
            Attachment {
                name: nasty,
                media_type: "application/pdf",
                content_id: None,
                content: &bytes,
            },
            Attachment {
                name: "",
                media_type: "text/html\r\nX-Evil: 1",
                content_id: Some("logo>\r\nX-Evil: 1"),
                content: b"--=_\r\n.\r\n",
            },
        ],
        ..message()
    });
    let parsed = mail_parser::MessageParser::default().parse(&out).unwrap();
    assert_eq!(
        parsed.body_html(0).unwrap(),
        "<p>Hi <img src=\"cid:logo\"></p>\r\n"
    );
    assert_eq!(parsed.attachment_count(), 2);
    use mail_parser::MimeHeaders as _;
    let first = parsed.attachment(0).unwrap();
    assert_eq!(first.contents(), bytes);
    assert_eq!(first.attachment_name(), Some("\"Grüße\".pdf"));
    let second = parsed.attachment(1).unwrap();
    assert_eq!(second.contents(), b"--=_\r\n.\r\n");
    assert_eq!(second.attachment_name(), Some("attachment"));
    assert_eq!(second.content_type().unwrap().ctype(), "application");
    let text = String::from_utf8(out).unwrap();
    assert!(!text.to_lowercase().contains("\nbcc:") && !text.contains("\nX-Evil"));
}

#[test]
fn media_types_that_hold_messages_or_more_than_a_type_are_refused() {
    for good in [
        "application/pdf",
        "image/svg+xml",
        "application/vnd.ms-excel",
    ] {
        assert_eq!(refused_media_type(good), None, "{good}");
    }
    for bad in [
        "",
        "pdf",
        "a/b/c",
        "text/html; charset=x",
        "text/\r\nX: 1",
        "Multipart/mixed",
        "message/rfc822",
    ] {
        assert!(refused_media_type(bad).is_some(), "{bad}");
    }
}

#[test]
fn an_invitation_is_a_part_beside_the_text_and_a_file() {
    use mail_parser::{MessageParser, MimeHeaders as _};
    let calendar =
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Gr\u{fc}\u{df}e\r\nEND:VCALENDAR\r\n";
    let file = |media_type, content: &'static str| Attachment {
        name: "invite.ics",
        media_type,
        content_id: None,
        content: content.as_bytes(),
    };
    let kinds = |attachments: &[Attachment<'_>], html| {
        let out = written(&Message {
            html,
            attachments,
            ..message()
        });
        let mail = MessageParser::default().parse(&out).unwrap();
        let kinds: Vec<String> = mail
            .parts
            .iter()
            .map(|part| {
                let kind = part.content_type().unwrap();
                let method = kind.attribute("method").unwrap_or_default();
                let text = part.text_contents().unwrap_or_default();
                assert!(method.is_empty() || text == calendar, "{text}");
                let sub = kind.c_subtype.as_deref().unwrap_or_default();
                format!("{}/{sub}{method}", kind.c_type)
            })
            .collect();
        kinds.join(" ")
    };
    assert_eq!(
        kinds(&[file("application/ics", calendar)], Some("<p>Hi</p>")),
        "multipart/mixed multipart/alternative text/plain text/html text/calendarREQUEST application/ics"
    );
    assert_eq!(
        kinds(&[file("application/ics", calendar)], None),
        "multipart/mixed multipart/alternative text/plain text/calendarREQUEST application/ics"
    );
    // One without a method, or with something that is none, is a file like any other.
    for text in [
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        "METHOD:a; x=y\r\n",
        "METHOD:\r\n",
    ] {
        assert_eq!(
            kinds(&[file("application/ics", text)], None),
            "multipart/mixed text/plain application/ics"
        );
    }
}
