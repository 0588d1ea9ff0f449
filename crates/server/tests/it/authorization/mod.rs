//! Every operation of the OpenAPI document, asked by everybody who may not, and by whoever may.

mod table;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use testkit::TestDb;

use self::table::{Needs, Role, Row, table};
use self::world::{SCOPES, World};
use crate::app::{Body, Client, Method};

/// An operation of the document.
struct Operation {
    method: Method,
    path: String,
    /// The scope that the document says a token needs.
    scope: Option<String>,
    public: bool,
    json_body: bool,
}

fn operations() -> BTreeMap<String, Operation> {
    let document = serde_json::to_value(server::compose::routes::document()).unwrap();
    let mut all = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            let Some(id) = operation["operationId"].as_str() else {
                continue;
            };
            let security = operation["security"].as_array().expect("security");
            let scope = security
                .iter()
                .find_map(|one| one["token"][0].as_str())
                .map(str::to_owned);
            all.insert(
                id.to_owned(),
                Operation {
                    method,
                    path: path.clone(),
                    scope,
                    public: security.contains(&json!({})),
                    json_body: !operation["requestBody"]["content"]["application/json"].is_null(),
                },
            );
        }
    }
    all
}

#[test]
fn every_operation_is_in_the_table_and_the_document_says_what_the_table_says() {
    let operations = operations();
    let rows = table();
    let in_table: BTreeSet<&str> = rows.iter().map(|row| row.operation).collect();
    assert_eq!(
        in_table.len(),
        rows.len(),
        "an operation is twice in the table"
    );
    let in_document: BTreeSet<&str> = operations.keys().map(String::as_str).collect();
    let missing: Vec<_> = in_document.difference(&in_table).collect();
    assert!(
        missing.is_empty(),
        "say in tests/it/authorization/table.rs who may do: {missing:?}"
    );
    let left_over: Vec<_> = in_table.difference(&in_document).collect();
    assert!(left_over.is_empty(), "no such operation: {left_over:?}");
    for row in &rows {
        let operation = &operations[row.operation];
        let scope = match row.needs {
            Needs::Role(_, scope) => Some(scope),
            _ => None,
        };
        assert_eq!(operation.scope.as_deref(), scope, "{}", row.operation);
        assert_eq!(
            operation.public,
            row.needs == Needs::Nothing,
            "{}",
            row.operation
        );
    }
}

/// A request of a row, to things made for it.
struct Request<'a> {
    row: &'a Row,
    operation: &'a Operation,
    ids: Vec<String>,
}

impl Request<'_> {
    async fn send(&self, who: &Client, ids: &[String], body: Body) -> crate::app::Reply {
        let mut path = self.operation.path.clone();
        for (part, id) in parts(&self.operation.path).iter().zip(ids) {
            path = path.replace(part, id);
        }
        // A date is nobody's.
        let path = path.replace("{date}", "2026-12-24");
        who.send(self.operation.method.clone(), &path, body).await
    }

    /// Must be refused with `status`: with a good body, and with others, since who may not is not told about bodies.
    async fn refused(&self, world: &World, name: &str, who: &Client, status: u16) {
        let mut bodies = vec![(self.row.body)(world)];
        if self.operation.json_body {
            bodies.push(Body::Json(json!({"no_such_field": true})));
            bodies.push(Body::Raw("application/json", b"{".to_vec()));
            bodies.push(Body::Raw("text/plain", b"hello".to_vec()));
        }
        for body in bodies {
            let reply = self.send(who, &self.ids, body).await;
            assert_eq!(reply.status.as_u16(), status, "{name}: {reply}");
        }
    }
}

/// The variable parts of a path.
fn parts(path: &str) -> Vec<&str> {
    path.split('/')
        .filter(|part| part.starts_with('{') && *part != "{date}")
        .collect()
}

/// What the variable parts are ids of: what stands before `{id}`, else the name.
fn kinds(path: &str) -> Vec<String> {
    let all: Vec<&str> = path.split('/').collect();
    (1..all.len())
        .filter(|i| all[*i].starts_with('{') && all[*i] != "{date}")
        .map(|i| match all[i] {
            "{id}" if all[i - 2] == "sandbox" => format!("sandbox-{}", all[i - 1]),
            "{id}" => all[i - 1].to_owned(),
            named => format!(
                "{}s",
                named.trim_matches(['{', '}']).trim_end_matches("_id")
            ),
        })
        .collect()
}

#[testkit::db_test]
async fn every_operation_refuses_whom_it_must_and_serves_whom_it_may(db: TestDb) {
    let mut world = World::new(db).await;
    let operations = operations();
    let all_scopes = world.app.program(&world.owner, &SCOPES).await;
    for row in &table() {
        let operation = &operations[row.operation];
        let kinds = kinds(&operation.path);
        let mut ids = Vec::new();
        for kind in &kinds {
            ids.push(world.make(&world.owner, kind).await);
        }
        let request = Request {
            row,
            operation,
            ids,
        };
        let without = match row.needs {
            Needs::Role(_, scope) => {
                let scopes: Vec<&str> = SCOPES.into_iter().filter(|one| *one != scope).collect();
                Some(world.app.program(&world.owner, &scopes).await)
            }
            _ => None,
        };
        let strangers_own = match kinds.len() {
            2 => vec![
                world.make(&world.other, &kinds[0]).await,
                world.make(&world.other, &kinds[1]).await,
            ],
            _ => Vec::new(),
        };

        let changes = operation.method != Method::GET;
        let rows_before = world.app.rows().await;
        let picture_before = if changes {
            world.owner.picture().await
        } else {
            BTreeMap::new()
        };
        if row.needs == Needs::Nothing {
            public(&world, &request).await;
        } else {
            denied(&world, &request, &all_scopes, without.as_ref()).await;
            strangers(&world, &request, &strangers_own).await;
        }
        let (mut rows_before, mut rows_after) = (rows_before, world.app.rows().await);
        if !changes {
            // A download of what is the stranger's own succeeds, and is audited.
            rows_before.remove("audit_log");
            rows_after.remove("audit_log");
        }
        assert_eq!(
            rows_before, rows_after,
            "{}: a refused request left something behind",
            row.operation
        );
        if changes {
            let picture = world.owner.picture().await;
            assert_eq!(
                picture_before, picture,
                "{}: something changed",
                row.operation
            );
        }
        allowed(&world, &request, &all_scopes).await;
        if row.needs == Needs::Session {
            world.sign_in_again().await;
        }
    }
}

/// What anybody may ask says nothing about the account.
async fn public(world: &World, request: &Request<'_>) {
    let body = (request.row.body)(world);
    let reply = request.send(&world.app.anonymous(), &[], body).await;
    assert!(![401, 403, 404].contains(&reply.status.as_u16()), "{reply}");
}

async fn denied(
    world: &World,
    request: &Request<'_>,
    all_scopes: &Client,
    without: Option<&Client>,
) {
    let nobody = world.app.anonymous();
    let forged = nobody
        .clone()
        .with_token("sendero_bm90IGEgdG9rZW4gYXQgYWxs");
    for (name, who) in [
        ("anonymous", &nobody),
        ("a forged token", &forged),
        ("an expired token", &world.expired),
        ("a revoked token", &world.revoked),
    ] {
        request.refused(world, name, who, 401).await;
    }
    if request.operation.method != Method::GET {
        let no_csrf = world.owner.clone().without("x-csrf-token");
        request.refused(world, "no CSRF token", &no_csrf, 403).await;
    }
    match request.row.needs {
        Needs::Nothing | Needs::Credential => {}
        Needs::Session => request.refused(world, "a token", all_scopes, 403).await,
        Needs::Role(least, _) => {
            for role in Role::ALL.into_iter().filter(|role| *role < least) {
                let who = &world.roles[role.name()];
                request.refused(world, role.name(), who, 403).await;
            }
            let former = &world.former_member;
            request.refused(world, "a former member", former, 403).await;
            let without = without.expect("a token without the scope");
            request
                .refused(world, "a token without the scope", without, 403)
                .await;
        }
    }
}

/// The owner of another account: what is ours does not exist for them, whatever it is mixed with.
async fn strangers(world: &World, request: &Request<'_>, own: &[String]) {
    let mut mixes = vec![request.ids.clone()];
    if let [first, second] = own {
        mixes.push(vec![first.clone(), request.ids[1].clone()]);
        mixes.push(vec![request.ids[0].clone(), second.clone()]);
    }
    for who in [&world.other, &world.other_program] {
        if !request.ids.is_empty() {
            for ids in &mixes {
                let reply = request.send(who, ids, (request.row.body)(world)).await;
                assert_eq!(reply.status.as_u16(), 404, "another account: {reply}");
            }
        } else if request.operation.method == Method::GET {
            let reply = request.send(who, &[], Body::Nothing).await.expect(200);
            let text = String::from_utf8_lossy(&reply.body);
            for ours in [&world.account, &world.subscriber] {
                assert!(!text.contains(ours.as_str()), "ours is shown: {reply}");
            }
            // The mails that the program brings along lead there, until somebody says where.
            let ours = request.row.operation != "list_built_in_templates";
            assert!(
                !ours || !text.contains("example.com"),
                "ours is shown: {reply}"
            );
        }
    }
}

/// The least who may, then everybody above them, and tokens with just the scope.
async fn allowed(world: &World, request: &Request<'_>, all_scopes: &Client) {
    let least = match request.row.needs {
        Needs::Nothing => return,
        Needs::Role(least, _) => least,
        Needs::Credential | Needs::Session => Role::Viewer,
    };
    let mut first = true;
    for role in Role::ALL.into_iter().filter(|role| *role >= least) {
        let who = if request.row.needs == Needs::Session {
            // What it does may end the session.
            world.app.sign_in(role.address()).await
        } else {
            world.roles[role.name()].clone()
        };
        let reply = request
            .send(&who, &request.ids, (request.row.body)(world))
            .await;
        let status = reply.status.as_u16();
        assert!(![401, 403].contains(&status), "{}: {reply}", role.name());
        if first {
            // The others may find it done.
            assert!(
                reply.status.is_success() || status == 409,
                "the request of the table should succeed: {reply}"
            );
        }
        first = false;
    }
    let program = match request.row.needs {
        Needs::Role(_, scope) => {
            let scopes = [&[scope], request.row.besides].concat();
            world.app.program(&world.owner, &scopes).await
        }
        Needs::Credential => all_scopes.clone(),
        _ => return,
    };
    let reply = request
        .send(&program, &request.ids, (request.row.body)(world))
        .await;
    assert!(
        ![401, 403].contains(&reply.status.as_u16()),
        "a token with the scope: {reply}"
    );
}

#[test]
fn nothing_of_the_document_is_outside_of_the_api() {
    let document: Value = serde_json::to_value(server::compose::routes::document()).unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(path.starts_with("/api/"), "{path}");
    }
}
