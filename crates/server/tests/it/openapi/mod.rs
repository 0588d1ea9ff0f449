//! The OpenAPI document: complete in itself, and true of the program.

mod schema;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::TestDb;

use crate::app::{Body, Method, TestApp};

fn document() -> Value {
    serde_json::to_value(server::compose::routes::document()).unwrap()
}

/// An operation with where it is.
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    object: &'a Value,
}

impl Operation<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().iter();
            operations.map(move |(method, object)| Operation {
                path,
                method,
                object,
            })
        })
        .collect()
}

/// What a reference leads to, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => value,
    }
}

/// The bodies of an operation: what they are, and their media types.
fn bodies<'a>(document: &'a Value, operation: &'a Value) -> Vec<(String, &'a str, &'a Value)> {
    let mut all = Vec::new();
    let mut add = |what: String, holder: &'a Value| {
        for (media_type, content) in holder["content"].as_object().into_iter().flatten() {
            all.push((what.clone(), media_type.as_str(), content));
        }
    };
    add(
        "request".to_owned(),
        resolved(document, &operation["requestBody"]),
    );
    for (status, response) in operation["responses"].as_object().unwrap() {
        add(status.clone(), resolved(document, response));
    }
    all
}

/// The examples of a body: its own, or its schema's.
fn examples<'a>(document: &'a Value, content: &'a Value) -> Vec<&'a Value> {
    let named = content["examples"].as_object().into_iter().flatten();
    let mut all: Vec<&Value> = named
        .map(|(_, example)| &resolved(document, example)["value"])
        .collect();
    for holder in [
        content,
        &content["schema"],
        resolved(document, &content["schema"]),
    ] {
        if !all.is_empty() {
            break;
        }
        all.extend(holder.get("example"));
        all.extend(holder["examples"].as_array().into_iter().flatten());
    }
    all
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(document: &Value, value: &Value, found: &mut usize) {
        if let Some(reference) = value.get("$ref") {
            let reference = reference.as_str().expect("a text");
            let pointer = reference.strip_prefix('#').expect("in this document");
            assert!(document.pointer(pointer).is_some(), "{reference}");
            *found += 1;
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| walk(document, item, found)),
            Value::Object(map) => map.values().for_each(|item| walk(document, item, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = 0;
    walk(&document, &document, &mut found);
    assert!(found > 500, "only {found} references");
}

#[test]
fn the_document_says_what_it_is() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    for name in ["title", "version", "description"] {
        assert!(document["info"][name].is_string(), "{name}");
    }
    let known: BTreeSet<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| {
            assert!(tag["description"].is_string(), "{tag}");
            tag["name"].as_str().unwrap()
        })
        .collect();
    let used: BTreeSet<&str> = operations(&document)
        .iter()
        .flat_map(|one| one.object["tags"].as_array().expect("tags"))
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(known, used);
}

#[test]
fn every_operation_is_described() {
    let document = document();
    let schemes = document["components"]["securitySchemes"]
        .as_object()
        .unwrap();
    let mut ids = BTreeSet::new();
    let mut wrong = Vec::new();
    for operation in operations(&document) {
        let name = operation.name();
        let object = operation.object;
        let mut need = |is_there: bool, what: &str| {
            if !is_there {
                wrong.push(format!("{name}: {what}"));
            }
        };
        let id = object["operationId"].as_str().unwrap_or_default();
        need(
            id.contains('_') && id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
            "an operationId such as list_groups",
        );
        need(ids.insert(id.to_owned()), "an operationId of its own");
        let summary = object["summary"].as_str().unwrap_or_default();
        need(!summary.is_empty() && !summary.ends_with('.'), "a summary");
        need(
            object["tags"].as_array().is_some_and(|all| all.len() == 1),
            "one tag",
        );
        let security = object["security"].as_array();
        need(security.is_some_and(|all| !all.is_empty()), "security");
        for scheme in security.into_iter().flatten() {
            for scheme in scheme.as_object().unwrap().keys() {
                need(schemes.contains_key(scheme), "a known security scheme");
            }
        }
        let success = object["responses"].as_object().unwrap().keys();
        need(
            success.into_iter().any(|status| status.starts_with('2')),
            "a success",
        );
        for (status, response) in object["responses"].as_object().unwrap() {
            let about = resolved(&document, response)["description"].as_str();
            need(
                about.is_some_and(|text| !text.is_empty()),
                &format!("what {status} means"),
            );
        }
        check_parameters(&document, &operation, &mut need);
    }
    assert!(wrong.is_empty(), "missing:\n{}", wrong.join("\n"));
}

fn check_parameters(
    document: &Value,
    operation: &Operation<'_>,
    need: &mut impl FnMut(bool, &str),
) {
    let mut in_path = BTreeSet::new();
    let mut all = BTreeSet::new();
    let parameters = operation.object["parameters"].as_array();
    for parameter in parameters.into_iter().flatten() {
        let parameter = resolved(document, parameter);
        let (name, place) = (&parameter["name"], &parameter["in"]);
        let about = parameter["description"].as_str();
        need(
            about.is_some_and(|text| !text.is_empty()),
            &format!("a description of {name}"),
        );
        need(
            parameter["schema"].is_object(),
            &format!("a schema of {name}"),
        );
        need(
            all.insert((place.to_string(), name.to_string())),
            &format!("{name} once"),
        );
        if place == "path" {
            need(
                parameter["required"] == true,
                &format!("{name} as required"),
            );
            in_path.insert(name.as_str().unwrap_or_default());
        }
    }
    let in_template: BTreeSet<&str> = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .collect();
    need(in_path == in_template, "each parameter of its path");
}

#[test]
fn every_body_has_an_example_that_fits_its_schema() {
    let document = document();
    let mut wrong = Vec::new();
    for operation in operations(&document) {
        for (what, media_type, content) in bodies(&document, operation.object) {
            let name = format!("{} {what} {media_type}", operation.name());
            let examples = examples(&document, content);
            if examples.is_empty() {
                wrong.push(format!("{name}: has no example"));
            }
            for example in examples {
                for fault in schema::check(&document, &content["schema"], example) {
                    wrong.push(format!("{name}: {fault}"));
                }
            }
        }
    }
    for (name, part) in document["components"]["schemas"].as_object().unwrap() {
        let own = part.get("example").into_iter();
        for example in own.chain(part["examples"].as_array().into_iter().flatten()) {
            for fault in schema::check(&document, part, example) {
                wrong.push(format!("schema {name}: {fault}"));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Each example of a request is sent: it may name things that do not exist, but the program understands it.
#[testkit::db_test]
async fn every_example_of_a_request_is_understood(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let document = document();
    let mut wrong = Vec::new();
    let mut sent = 0;
    // A new password ends the session.
    let mut all = operations(&document);
    all.sort_by_key(|one| one.path == "/api/me/password");
    for operation in all {
        let request = resolved(&document, &operation.object["requestBody"]);
        let Some(content) = request["content"].get("application/json") else {
            continue;
        };
        let mut path = operation.path.to_owned();
        while let (Some(start), Some(end)) = (path.find('{'), path.find('}')) {
            path.replace_range(start..=end, "361240977588224000");
        }
        let method: Method = operation.method.to_uppercase().parse().unwrap();
        for example in examples(&document, content) {
            let body = Body::Json(example.clone());
            let reply = owner.send(method.clone(), &path, body).await;
            sent += 1;
            let misread = reply.json["errors"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|fault| {
                    let is = |code: &str| fault["code"] == json!(code);
                    let message = fault["message"].as_str().unwrap_or_default();
                    is("wrong_type") || is("required") || message.starts_with("is not known here")
                });
            if misread || [400, 401, 403, 405, 415].contains(&reply.status.as_u16()) {
                wrong.push(reply.to_string());
            }
        }
    }
    assert!(sent > 30, "only {sent} were sent");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
