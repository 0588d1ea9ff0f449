use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{TestDb, db_test};

use super::{Permission, Role};
use crate::testing::{Method, Server};

#[test]
fn each_role_may_do_what_the_next_one_may_and_more() {
    for pair in Role::ALL.windows(2) {
        let [more, less] = pair else { unreachable!() };
        assert!(less.permissions().iter().all(|p| more.allows(*p)));
        assert!(more.permissions().len() > less.permissions().len());
    }
    for permission in Permission::ALL {
        assert_eq!(permission.as_str().parse(), Ok(*permission));
        assert_eq!(json!(permission), json!(permission.as_str()));
    }
    for role in Role::ALL {
        assert_eq!(role.as_str().parse(), Ok(role));
        assert_eq!(json!(role), json!(role.as_str()));
    }
}

/// A body that is right for the operation, where a wrong one would hide a missing check of permissions.
fn body_of(operation: &str) -> Option<Value> {
    Some(match operation {
        "update_account" | "create_account" => json!({"name": "Other"}),
        "add_user" => {
            json!({"email": "x@example.com", "name": "X", "password": "correct horse", "role": "viewer"})
        }
        "update_user" => json!({"role": "editor"}),
        "create_token" => json!({"name": "X", "scopes": ["audience:read"]}),
        "set_session_account" => json!({"account": "5"}),
        "set_password" => {
            json!({"current_password": "wrong wrong wrong", "new_password": "right right two"})
        }
        _ => return None,
    })
}

/// Each operation of this crate, and which roles are not refused by 403.
const TABLE: &[(&str, &str)] = &[
    ("get_setup", "public"),
    ("create_setup", "public"),
    ("create_session", "public"),
    ("get_session", "owner admin editor viewer token"),
    ("delete_session", "owner admin editor viewer"),
    ("set_session_account", "owner admin editor viewer"),
    ("set_password", "owner admin editor viewer"),
    ("get_account", "owner admin editor viewer"),
    ("update_account", "owner admin"),
    ("list_accounts", "owner admin editor viewer token"),
    ("create_account", "owner"),
    ("list_users", "owner admin editor viewer"),
    ("get_user", "owner admin editor viewer"),
    ("add_user", "owner admin"),
    ("update_user", "owner admin"),
    ("remove_user", "owner admin"),
    ("list_tokens", "owner admin"),
    ("create_token", "owner admin"),
    ("revoke_token", "owner admin"),
    ("list_audit_entries", "owner admin"),
];

#[db_test]
async fn every_operation_asks_who_it_is(db: TestDb) {
    let server = Server::new(&db);
    let owner = server.set_up().await;
    let mut callers = vec![("owner", owner.clone())];
    for role in ["admin", "editor", "viewer"] {
        callers.push((role, server.join(&owner, role, role).await));
    }
    // A token that may only do what no operation of this crate needs.
    callers.push(("token", server.program(&owner, &["campaigns:send"]).await));

    let document = serde_json::to_value(&server.document).unwrap();
    let mut seen = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(seen.insert(id.to_owned()), "two operations are called {id}");
            assert!(operation["summary"].is_string(), "{id} needs a summary");
            let (_, allowed) = TABLE
                .iter()
                .find(|(name, _)| *name == id)
                .unwrap_or_else(|| panic!("{id} is missing from the table"));
            let method: Method = method.to_uppercase().parse().unwrap();
            // No such user or token: whoever is let in gets 404.
            let path = path.replace("{id}", "5");
            let public = *allowed == "public";
            assert_eq!(public, operation["security"] == json!([{}]), "{id}");
            let anonymous = server.stranger();
            let reply = anonymous.send(method.clone(), &path, body_of(id)).await;
            assert_eq!(reply.status.as_u16() == 401, !public, "{id} anonymously");
            if public || id == "delete_session" {
                continue;
            }
            for (role, caller) in &callers {
                let reply = caller.send(method.clone(), &path, body_of(id)).await;
                let refused = reply.status.as_u16() == 403;
                assert_eq!(
                    !refused,
                    allowed.split(' ').any(|r| r == *role),
                    "{id} as {role}: {}",
                    reply.json
                );
                assert_ne!(reply.status.as_u16(), 401, "{id} as {role}");
            }
        }
    }
    assert_eq!(seen.len(), TABLE.len(), "the table has more than there is");
}

#[db_test]
async fn unsafe_methods_with_a_cookie_need_the_csrf_token(db: TestDb) {
    let server = Server::new(&db);
    let owner = server.set_up().await;
    let patch = json!({"name": "Other"});
    let without = owner.clone().without("x-csrf-token");
    without.get("/api/account").await.expect(200);
    let reply = without.patch("/api/account", patch.clone()).await;
    assert_eq!(reply.problem(), "403 csrf_token_invalid");
    // The token of another session is worth nothing.
    let other = server
        .sign_in("ada@example.com", crate::testing::PASSWORD)
        .await;
    let (_, token) = other
        .headers
        .iter()
        .find(|(name, _)| *name == "x-csrf-token")
        .unwrap();
    let reply = without
        .clone()
        .with("x-csrf-token", token)
        .patch("/api/account", patch.clone())
        .await;
    assert_eq!(reply.problem(), "403 csrf_token_invalid");
    // Nor does the right one help a page of another site.
    for (header, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let evil = owner.clone().with(header, value);
        let reply = evil.patch("/api/account", patch.clone()).await;
        assert_eq!(reply.problem(), "403 cross_origin");
        let reply = server
            .stranger()
            .with(header, value)
            .try_sign_in("ada@example.com", crate::testing::PASSWORD)
            .await;
        assert_eq!(reply.problem(), "403 cross_origin");
    }
    owner
        .with("origin", "http://127.0.0.1:8080")
        .patch("/api/account", patch.clone())
        .await
        .expect(200);
    // A program needs neither: nobody's browser sends its token by itself.
    let program = server.program(&other, &["settings:write"]).await;
    program.patch("/api/account", patch).await.expect(200);
}

#[db_test]
async fn a_bad_token_is_not_made_up_for_by_a_cookie(db: TestDb) {
    let server = Server::new(&db);
    let owner = server.set_up().await;
    for secret in ["sendero_guess", "", "Basic abc"] {
        let reply = owner.clone().bearing(secret).get("/api/account").await;
        assert_eq!(reply.problem(), "401 unauthenticated", "{secret:?}");
    }
    // Basic authentication is a proxy's, not ours.
    let behind_proxy = owner.with("authorization", "Basic YTpi");
    behind_proxy.get("/api/account").await.expect(200);
    let forged = server.stranger().with("cookie", "sendero_session=guess");
    forged.get("/api/account").await.expect(401);
}
