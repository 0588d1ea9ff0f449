//! The page: operations by tag, then schemas.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use web::html::escape;

use super::{example, name_of, prose, resolve, schema};

/// HTML, and the `Content-Security-Policy` under which it looks right.
pub struct Page {
    /// The document.
    pub html: String,
    /// Allows its own style and nothing else.
    pub policy: String,
}

const STYLE: &str = include_str!("reference.css");
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

struct Operation<'a> {
    method: &'static str,
    path: &'a str,
    about: &'a Value,
}

/// The reference of an OpenAPI document.
pub fn render(document: &Value) -> Page {
    let hash = data_encoding::BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let tags = by_tag(document);
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
    let title = text("/info/title").unwrap_or("API");
    let mut body = String::new();
    let _ = write!(
        body,
        "<header><h1>{}</h1><p class=\"quiet\">Version {} · <a href=\"/api/openapi.json\">OpenAPI document</a></p>{}</header>",
        escape(title),
        escape(text("/info/version").unwrap_or_default()),
        prose::blocks(text("/info/description").unwrap_or_default()),
    );
    for (tag, operations) in &tags {
        let about = tag_description(document, tag);
        let _ = write!(
            body,
            "<section><h2 id=\"{}\">{}</h2>{}",
            anchor(tag),
            escape(tag),
            prose::blocks(about)
        );
        for operation in operations {
            body.push_str(&render_operation(document, operation));
        }
        body.push_str("</section>");
    }
    body.push_str(&security(document));
    body.push_str(&schemas(document));
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><nav aria-label=\"Contents\">{}</nav><main>{body}</main></body></html>\n",
        contents(&tags),
        title = escape(title),
    );
    Page { html, policy }
}

/// In the order of the document's list of tags, then as they appear.
fn by_tag(document: &Value) -> Vec<(String, Vec<Operation<'_>>)> {
    let mut tags: Vec<(String, Vec<Operation<'_>>)> = document
        .get("tags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|tag| tag.get("name")?.as_str())
        .map(|name| (name.to_owned(), Vec::new()))
        .collect();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        for method in METHODS {
            let Some(about) = item.get(method) else {
                continue;
            };
            let tag = about
                .pointer("/tags/0")
                .and_then(Value::as_str)
                .unwrap_or("Other");
            let operation = Operation {
                method,
                path,
                about,
            };
            match tags.iter_mut().find(|(name, _)| name == tag) {
                Some((_, operations)) => operations.push(operation),
                None => tags.push((tag.to_owned(), vec![operation])),
            }
        }
    }
    tags.retain(|(_, operations)| !operations.is_empty());
    tags
}

fn tag_description<'a>(document: &'a Value, tag: &str) -> &'a str {
    document
        .get("tags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|known| known.get("name").and_then(Value::as_str) == Some(tag))
        .and_then(|known| known.get("description")?.as_str())
        .unwrap_or_default()
}

fn contents(tags: &[(String, Vec<Operation<'_>>)]) -> String {
    let mut out = String::from("<a class=\"home\" href=\"/\">Sendero</a>");
    for (tag, operations) in tags {
        let _ = write!(
            out,
            "<details><summary><a href=\"#{}\">{}</a></summary><ul>",
            anchor(tag),
            escape(tag)
        );
        for operation in operations {
            let _ = write!(
                out,
                "<li><a href=\"#{}\">{}</a></li>",
                operation.anchor(),
                escape(operation.title())
            );
        }
        out.push_str("</ul></details>");
    }
    out.push_str("<a href=\"#authentication\">Authentication</a><a href=\"#schemas\">Schemas</a>");
    out
}

fn anchor(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect()
}

impl Operation<'_> {
    fn id(&self) -> &str {
        self.about
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or(self.path)
    }

    fn anchor(&self) -> String {
        format!("op-{}", escape(self.id()))
    }

    fn title(&self) -> &str {
        self.about
            .get("summary")
            .and_then(Value::as_str)
            .unwrap_or_else(|| self.id())
            .trim_end_matches('.')
    }
}

fn render_operation(document: &Value, operation: &Operation<'_>) -> String {
    let about = operation.about;
    let mut out = format!(
        "<article id=\"{id}\"><h3><a href=\"#{id}\">{}</a></h3>\
         <p class=\"address\"><b class=\"{method}\">{}</b> <code>{}</code></p>",
        escape(operation.title()),
        operation.method.to_uppercase(),
        escape(operation.path),
        id = operation.anchor(),
        method = operation.method,
    );
    if let Some(text) = about.get("description").and_then(Value::as_str) {
        out.push_str(&prose::blocks(text));
    }
    out.push_str(&needs(about));
    out.push_str(&parameters(document, about));
    if let Some(body) = about.get("requestBody") {
        out.push_str("<h4>Request</h4>");
        let body = resolve(document, body);
        if let Some(text) = body.get("description").and_then(Value::as_str) {
            out.push_str(&prose::blocks(text));
        }
        out.push_str(&content(document, body));
    }
    out.push_str("<h4>Responses</h4>");
    let responses = about.get("responses").and_then(Value::as_object);
    let mut shared = Vec::new();
    for (status, response) in responses.into_iter().flatten() {
        if let Some(name) = name_of(response) {
            shared.push(format!(
                "<a href=\"#response-{0}\">{1}</a>",
                escape(name),
                escape(status)
            ));
            continue;
        }
        let response = resolve(document, response);
        let text = response.get("description").and_then(Value::as_str);
        let _ = write!(
            out,
            "<div class=\"response\"><p><b>{}</b> {}</p>{}</div>",
            escape(status),
            prose::inline(text.unwrap_or_default()),
            content(document, response)
        );
    }
    if !shared.is_empty() {
        let _ = write!(out, "<p class=\"quiet\">Also: {}</p>", shared.join(", "));
    }
    out.push_str("</article>");
    out
}

/// Who may call it.
fn needs(about: &Value) -> String {
    let Some(all) = about.get("security").and_then(Value::as_array) else {
        return String::new();
    };
    let mut scopes: Vec<&str> = all
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|schemes| schemes.values())
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    scopes.sort_unstable();
    scopes.dedup();
    let open = all
        .iter()
        .any(|schemes| schemes.as_object().is_some_and(serde_json::Map::is_empty));
    let text = if open {
        "Open to everybody.".to_owned()
    } else if scopes.is_empty() {
        "For whoever is <a href=\"#authentication\">signed in</a>.".to_owned()
    } else {
        let scopes: Vec<String> = scopes
            .iter()
            .map(|scope| format!("<code>{}</code>", escape(scope)))
            .collect();
        format!("Needs {}.", scopes.join(", "))
    };
    format!("<p class=\"quiet\">{text}</p>")
}

fn parameters(document: &Value, about: &Value) -> String {
    let mut rows = String::new();
    let all = about.get("parameters").and_then(Value::as_array);
    for parameter in all.into_iter().flatten() {
        let parameter = resolve(document, parameter);
        let text = |key: &str| {
            parameter
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let empty = Value::Null;
        let kind = parameter.get("schema").unwrap_or(&empty);
        let must = parameter.get("required").and_then(Value::as_bool) == Some(true);
        let _ = write!(
            rows,
            "<dt><code>{}</code> <span class=\"type\">{}, in the {}</span>{}</dt><dd>{}",
            escape(text("name")),
            schema::type_of(kind),
            escape(text("in")),
            if must {
                " <span class=\"must\">required</span>"
            } else {
                ""
            },
            prose::blocks(text("description")),
        );
        let limits = schema::limits(kind);
        if !limits.is_empty() {
            let _ = write!(rows, "<p class=\"quiet\">{limits}</p>");
        }
        rows.push_str("</dd>");
    }
    if rows.is_empty() {
        rows
    } else {
        format!("<h4>Parameters</h4><dl>{rows}</dl>")
    }
}

/// Schema and example of each media type.
fn content(document: &Value, owner: &Value) -> String {
    let mut out = String::new();
    let all = owner.get("content").and_then(Value::as_object);
    for (media_type, content) in all.into_iter().flatten() {
        let kind = content.get("schema");
        let _ = write!(
            out,
            "<p class=\"quiet\">{}{}</p>",
            escape(media_type),
            kind.map_or_else(String::new, |kind| format!(": {}", schema::type_of(kind)))
        );
        if let Some(kind) = kind.filter(|kind| kind.get("properties").is_some()) {
            out.push_str(&schema::table(kind));
        }
        if media_type.ends_with("problem+json") {
            continue;
        }
        if let Some(example) = example::of_content(document, content) {
            let text = match &example {
                Value::String(text) => text.clone(),
                other => serde_json::to_string_pretty(other).unwrap_or_default(),
            };
            let _ = write!(
                out,
                "<details><summary>Example</summary><pre>{}</pre></details>",
                escape(&text)
            );
        }
    }
    out
}

fn security(document: &Value) -> String {
    let mut out = String::from("<section><h2 id=\"authentication\">Authentication</h2><dl>");
    let schemes = document
        .pointer("/components/securitySchemes")
        .and_then(Value::as_object);
    for (name, scheme) in schemes.into_iter().flatten() {
        let text = scheme.get("description").and_then(Value::as_str);
        let _ = write!(
            out,
            "<dt><code>{}</code></dt><dd>{}</dd>",
            escape(name),
            prose::blocks(text.unwrap_or_default())
        );
    }
    out.push_str("</dl></section>");
    out
}

fn schemas(document: &Value) -> String {
    let mut out = String::from("<section><h2 id=\"problems\">Problems</h2><dl>");
    let object = |pointer: &str| {
        document
            .pointer(pointer)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    };
    for (name, response) in object("/components/responses") {
        let text = response.get("description").and_then(Value::as_str);
        let _ = write!(
            out,
            "<dt id=\"response-{0}\">{0}</dt><dd>{1}</dd>",
            escape(name),
            prose::blocks(text.unwrap_or_default())
        );
    }
    out.push_str("</dl></section><section><h2 id=\"schemas\">Schemas</h2>");
    for (name, kind) in object("/components/schemas") {
        let text = kind.get("description").and_then(Value::as_str);
        let _ = write!(
            out,
            "<article id=\"schema-{0}\"><h3><a href=\"#schema-{0}\">{0}</a></h3>{1}{2}</article>",
            escape(name),
            prose::blocks(text.unwrap_or_default()),
            schema::table(kind)
        );
    }
    out.push_str("</section>");
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "openapi": "3.1.0",
            "info": {"title": "Sendero <API>", "version": "1", "description": "One `place`."},
            "tags": [{"name": "Things", "description": "All **things**."}],
            "paths": {"/api/things/{id}": {"post": {
                "tags": ["Things"], "operationId": "update_thing", "summary": "Update a thing",
                "security": [{"session": ["things:write"]}, {"token": ["things:write"]}],
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {"200": {"description": "Done"}, "404": {"$ref": "#/components/responses/NotFound"}},
            }}},
            "components": {
                "responses": {"NotFound": {"description": "No such thing"}},
                "schemas": {"Thing": {"type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string", "maxLength": 5, "description": "What it is called"},
                }}},
            },
        })
    }

    #[test]
    fn everything_of_the_document_is_on_the_page_and_can_be_linked_to() {
        let page = render(&document()).html;
        for part in [
            "<h1>Sendero &lt;API&gt;</h1>",
            "All <b>things</b>.",
            "id=\"op-update_thing\"",
            "<code>/api/things/{id}</code>",
            "Needs <code>things:write</code>.",
            "href=\"#schema-Thing\"",
            "id=\"schema-Thing\"",
            "What it is called",
            "characters, at most 5",
            "href=\"#response-NotFound\"",
            "&quot;name&quot;: &quot;text&quot;",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        for link in page.split("href=\"#").skip(1) {
            let target = link.split('"').next().unwrap();
            assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
        }
    }

    #[test]
    fn nothing_is_loaded_from_anywhere() {
        let Page { html, policy } = render(&document());
        for bad in ["<script", "src=", "@import", "url(", " style="] {
            assert!(!html.contains(bad), "{bad}");
        }
        assert!(policy.contains("style-src 'sha256-"));
    }
}
