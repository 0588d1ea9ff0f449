use serde_json::{Value, json};
use testkit::{TestDb, db_test};

use super::{By, Password, change_role, remove, set_password};
use crate::auth::Role;
use crate::testing::{Client, PASSWORD, Server};

fn new(name: &str, role: &str) -> Value {
    let email = format!("{name}@example.com");
    json!({"email": email, "name": name, "password": PASSWORD, "role": role})
}

#[db_test]
async fn members_are_added_listed_changed_and_removed(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let added = ada.post("/api/users", new("charles", "viewer")).await;
    let id = added.expect(201).text("/id").to_owned();
    let path = format!("/api/users/{id}");
    assert_eq!(ada.get(&path).await.json, added.json);
    let first = ada.get("/api/users?limit=1").await;
    assert_eq!(first.text("/data/0/email"), "ada@example.com");
    let next = format!("/api/users?limit=1&cursor={}", first.text("/next_cursor"));
    let second = ada.get(&next).await;
    assert_eq!(second.json["data"], json!([added.json]));
    assert_eq!(second.json["next_cursor"], Value::Null);

    let charles = server.sign_in("charles@example.com", PASSWORD).await;
    charles.get("/api/audit-log").await.expect(403);
    let changed = ada.patch(&path, json!({"role": "admin"})).await;
    assert_eq!(changed.expect(200).text("/role"), "admin");
    // At once, without a new sign-in.
    charles.get("/api/audit-log").await.expect(200);
    ada.delete(&path).await.expect(204);
    assert_eq!(ada.get(&path).await.problem(), "404 not_found");
    assert_eq!(charles.get("/api/users").await.problem(), "403 forbidden");
    let view = charles.get("/api/session").await;
    assert_eq!(
        (&view.json["account"], &view.json["accounts"]),
        (&Value::Null, &json!([]))
    );
}

#[db_test]
async fn what_is_wrong_with_a_new_member_is_named(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let mut nameless = new("x", "viewer");
    nameless.as_object_mut().unwrap().remove("name");
    let mut without_password = new("x", "viewer");
    without_password.as_object_mut().unwrap().remove("password");
    for (body, problem) in [
        (nameless, "422 invalid name required"),
        (without_password, "422 invalid password required"),
        (new("x", "king"), "422 invalid role invalid"),
        (new("a b", "viewer"), "422 invalid email invalid_email"),
        (
            json!({"email": "ada@example.com", "role": "viewer"}),
            "409 already_a_member",
        ),
        (
            json!({"email": "ADA@example.com", "role": "viewer", "password": PASSWORD}),
            "422 invalid password not_allowed",
        ),
    ] {
        assert_eq!(ada.post("/api/users", body).await.problem(), problem);
    }
    assert_eq!(server.number("select count(*) from app_user").await, 1);
}

#[db_test]
async fn nobody_touches_those_who_may_do_more(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let owner = format!("/api/users/{}", ada.user_id().await);
    let admin = server.join(&ada, "admin", "admin").await;
    let editor = server.join(&ada, "editor", "editor").await;
    let editor_path = format!("/api/users/{}", editor.user_id().await);
    for reply in [
        admin.patch(&owner, json!({"role": "viewer"})).await,
        admin.delete(&owner).await,
        admin.post("/api/users", new("x", "owner")).await,
        admin.patch(&editor_path, json!({"role": "owner"})).await,
        editor.post("/api/users", new("x", "viewer")).await,
    ] {
        assert_eq!(reply.problem(), "403 forbidden");
    }
    admin
        .patch(&editor_path, json!({"role": "admin"}))
        .await
        .expect(200);
    // A token makes nobody who may do what its scopes do not say, though its maker is an owner.
    let program = server
        .program(&ada, &["users:manage", "settings:read"])
        .await;
    let reply = program.post("/api/users", new("x", "owner")).await;
    assert_eq!(reply.problem(), "403 forbidden");
    let reply = program.post("/api/users", new("x", "viewer")).await;
    assert_eq!(reply.problem(), "403 forbidden");
}

#[db_test]
async fn an_account_keeps_an_owner(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let path = format!("/api/users/{}", ada.user_id().await);
    for reply in [
        ada.delete(&path).await,
        ada.patch(&path, json!({"role": "admin"})).await,
    ] {
        assert_eq!(reply.problem(), "409 last_owner");
    }
    ada.patch(&path, json!({"role": "owner"})).await.expect(200);
    // Two owners leave at the same time, many times: one of them stays.
    let ctx = &server.app.ctx;
    let account = ada.account_id().await.parse().unwrap();
    let first = ada.user_id().await.parse().unwrap();
    let grace = server.join(&ada, "grace", "owner").await;
    let second = grace.user_id().await.parse().unwrap();
    for _ in 0..5 {
        let demote = |user| {
            let ctx = ctx.clone();
            ctx.tasks.clone().spawn(async move {
                let by = By::command_line();
                change_role(&ctx, account, &by, user, Role::Admin)
                    .await
                    .is_ok()
            })
        };
        let (one, two) = (demote(first), demote(second));
        assert_ne!(one.await.unwrap(), two.await.unwrap());
        for user in [first, second] {
            let by = By::command_line();
            change_role(ctx, account, &by, user, Role::Owner)
                .await
                .unwrap();
        }
    }
    remove(ctx, account, &By::command_line(), first)
        .await
        .unwrap();
    assert!(
        remove(ctx, account, &By::command_line(), second)
            .await
            .is_err()
    );
}

/// An account of `owner` beside the one they set up; they work in it from now on.
async fn second_account(owner: &Client) -> String {
    let account = owner.post("/api/accounts", json!({"name": "Second"})).await;
    let account = account.expect(201).text("/id").to_owned();
    let switch = json!({"account": account});
    owner.put("/api/session/account", switch).await.expect(200);
    account
}

#[db_test]
async fn a_made_up_user_is_not_let_in_elsewhere(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    // Mallory, an owner elsewhere, makes a user under the address of Ada's friend, with a password of their own.
    let mallory = server.join(&ada, "mallory", "owner").await;
    let foreign = second_account(&mallory).await;
    let ada_path = format!("/api/users/{}", mallory.user_id().await);
    ada.delete(&ada_path).await.expect(204);
    mallory
        .post("/api/users", new("friend", "viewer"))
        .await
        .expect(201);

    let add = json!({"email": "friend@example.com", "role": "editor"});
    let reply = ada.post("/api/users", add.clone()).await;
    assert_eq!(reply.problem(), "422 invalid email taken");
    // Somebody who manages both accounts may.
    let friend = server.sign_in("friend@example.com", PASSWORD).await;
    assert_eq!(friend.account_id().await, foreign);
    let own = second_account(&mallory).await;
    mallory.post("/api/users", add).await.expect(201);
    let view = friend.get("/api/session").await;
    assert_eq!(view.json["accounts"].as_array().unwrap().len(), 2);
    assert_eq!(view.text("/accounts/1/id"), own);
}

#[db_test]
async fn the_people_of_another_account_are_not_there(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let grace = server.join(&ada, "grace", "admin").await;
    let path = format!("/api/users/{}", grace.user_id().await);
    second_account(&ada).await;
    for reply in [
        ada.get(&path).await,
        ada.patch(&path, json!({"role": "viewer"})).await,
        ada.delete(&path).await,
    ] {
        assert_eq!(reply.problem(), "404 not_found");
    }
    let list = ada.get("/api/users").await;
    assert_eq!(list.json["data"].as_array().unwrap().len(), 1);
    grace.get("/api/users").await.expect(200);
}

#[db_test]
async fn the_command_line_sets_a_password(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let ctx = &server.app.ctx;
    let email = |text| kernel::EmailAddress::parse(text).unwrap();
    let new = Password("a staple was correct too".to_owned());
    set_password(ctx, &email("Ada@example.com"), &new)
        .await
        .unwrap();
    ada.get("/api/session").await.expect(401);
    server.sign_in("ada@example.com", &new.0).await;
    assert!(
        set_password(ctx, &email("eve@example.com"), &new)
            .await
            .is_err()
    );
    let weak = Password("password123".to_owned());
    assert!(
        set_password(ctx, &email("ada@example.com"), &weak)
            .await
            .is_err()
    );
}
