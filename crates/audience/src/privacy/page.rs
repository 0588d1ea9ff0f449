//! An export as a page that needs nothing else: no script, no picture, no address of another place. Every text in it is
//! escaped, since people have written most of them.

use std::fmt::Write as _;

use serde_json::Value;
use web::html::escape;

const STYLE: &str = "body{margin:2rem auto;max-width:60rem;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;\
color:#1c2430;background:#fff;overflow-wrap:anywhere}h1{font-size:1.5rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}\
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{border:1px solid #c9d0d9;padding:.3rem .5rem;\
text-align:left;vertical-align:top}th{background:#f6f7f9;overflow-wrap:normal}p{color:#5a6675}\
div{overflow-x:auto}";

/// The parts of an export, and what a person calls them.
const TITLES: [(&str, &str); 18] = [
    ("person", "Who you are"),
    ("consent", "What you agreed to"),
    ("fields", "What is known besides"),
    ("groups", "Groups"),
    ("tags", "Tags"),
    ("messages", "Mails to you"),
    ("hits", "Opens and clicks"),
    ("unsubscribe_reasons", "Why you unsubscribed"),
    ("sandbox_messages", "Mails that were kept instead of sent"),
    ("events", "What happened"),
    ("automations", "Automations you are or were in"),
    ("automation_steps", "What automations did for you"),
    ("bookings", "What you booked"),
    ("waiting", "What you wait for"),
    ("changes", "Changes by the people who work here"),
    ("imports", "Files you were imported from"),
    ("suppressions", "Why you get no mail"),
    ("exported_at", "When this was written"),
];

/// The page.
pub(super) fn html(export: &Value) -> String {
    let email = export["person"]["email"].as_str().unwrap_or_default();
    let mut out = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>All that is stored about {0}</title><style>{STYLE}</style></head><body>\
         <h1>All that is stored about {0}</h1>",
        escape(email)
    );
    for (key, title) in TITLES {
        let Some(part) = export.get(key) else {
            continue;
        };
        let _ = write!(out, "<h2>{title}</h2>");
        match part {
            Value::Array(rows) if rows.is_empty() => out.push_str("<p>Nothing.</p>"),
            Value::Array(rows) => table(&mut out, rows),
            Value::Object(pairs) => {
                out.push_str("<div><table>");
                for (name, value) in pairs.iter().filter(|(_, value)| !value.is_null()) {
                    let _ = write!(
                        out,
                        "<tr><th>{}</th><td>{}</td></tr>",
                        words(name),
                        text(name, value)
                    );
                }
                out.push_str("</table></div>");
            }
            other => {
                let _ = write!(out, "<p>{}</p>", text(key, other));
            }
        }
    }
    out.push_str("</body></html>");
    out
}

fn table(out: &mut String, rows: &[Value]) {
    // The first row has all columns.
    let columns: Vec<&String> = rows
        .first()
        .and_then(Value::as_object)
        .map(|row| row.keys().collect())
        .unwrap_or_default();
    out.push_str("<div><table><tr>");
    for column in &columns {
        let _ = write!(out, "<th>{}</th>", words(column));
    }
    out.push_str("</tr>");
    for row in rows {
        out.push_str("<tr>");
        for column in &columns {
            let _ = write!(out, "<td>{}</td>", text(column, &row[column.as_str()]));
        }
        out.push_str("</tr>");
    }
    out.push_str("</table></div>");
}

fn words(name: &str) -> String {
    escape(&name.replace('_', " "))
}

/// A value as it is read, of the attribute of this name.
fn text(name: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if name == "at" || name.ends_with("_at") => {
            match text.parse::<jiff::Timestamp>() {
                Ok(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
                Err(_) => escape(text),
            }
        }
        Value::String(text) => escape(text),
        other => escape(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_text_is_escaped() {
        let evil = "</td><script>alert(1)</script>\"'&";
        let page = html(&json!({
            "person": {"email": evil, evil: evil},
            "fields": [{evil: evil, "nested": {"a": [evil]}}],
            "groups": [],
            "exported_at": evil,
        }));
        assert!(
            !page.contains("<script") && !page.contains("</td><script"),
            "{page}"
        );
        assert_eq!(page.matches("alert(1)").count(), 9);
        assert!(page.contains("Nothing."));
    }

    #[test]
    fn times_are_for_people() {
        let time = "2026-11-14T21:38:28.96688Z";
        let page = html(&json!({
            "person": {"email": "ada@example.com", "created_at": time, "first_name": time},
            "exported_at": time,
        }));
        assert_eq!(page.matches("2026-11-14 21:38 UTC").count(), 2);
        assert_eq!(page.matches(time).count(), 1, "what somebody typed stays");
    }
}
