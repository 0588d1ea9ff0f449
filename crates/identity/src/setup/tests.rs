use serde_json::json;
use testkit::{TestDb, db_test};

use super::is_needed;
use crate::testing::{PASSWORD, Server};
use crate::users::{NewOwner, Password, create_owner};

fn setup(n: usize) -> serde_json::Value {
    json!({
        "email": format!("ada{n}@example.com"),
        "name": "Ada Lovelace",
        "password": PASSWORD,
        "account_name": "Analytical Engines",
        "time_zone": "europe/london",
    })
}

#[db_test]
async fn whoever_comes_first_is_the_owner(db: TestDb) {
    let server = Server::new(&db);
    let stranger = server.stranger();
    assert_eq!(
        stranger.get("/api/setup").await.json,
        json!({"needed": true})
    );
    let ctx = &server.app.ctx;
    let attempts: Vec<_> = (0..8)
        .map(|n| {
            let stranger = server.stranger();
            ctx.tasks
                .spawn(async move { stranger.post("/api/setup", setup(n)).await })
        })
        .collect();
    let mut made = Vec::new();
    for attempt in attempts {
        let reply = attempt.await.unwrap();
        match reply.status.as_u16() {
            201 => made.push(reply),
            _ => assert_eq!(reply.problem(), "409 already_set_up"),
        }
    }
    assert_eq!(made.len(), 1);
    assert_eq!(server.number("select count(*) from app_user").await, 1);
    assert_eq!(
        stranger.get("/api/setup").await.json,
        json!({"needed": false})
    );
    let owner = server.stranger().with_session(&made[0]);
    let account = owner.get("/api/account").await;
    assert_eq!(account.text("/time_zone"), "Europe/London");
}

#[db_test]
async fn wrong_input_sets_nothing_up(db: TestDb) {
    let server = Server::new(&db);
    let stranger = server.stranger();
    for (change, problem) in [
        (json!({"email": "ada@"}), "422 invalid email invalid_email"),
        (json!({"name": " "}), "422 invalid name required"),
        (
            json!({"name": "A\nB"}),
            "422 invalid name control_character",
        ),
        (
            json!({"password": "short"}),
            "422 invalid password too_short",
        ),
        (
            json!({"account_name": ""}),
            "422 invalid account_name required",
        ),
        (
            json!({"account_name": "x".repeat(101)}),
            "422 invalid account_name too_long",
        ),
        (
            json!({"time_zone": "Mars"}),
            "422 invalid time_zone invalid",
        ),
        (json!({"role": "owner"}), "422 invalid role unknown"),
    ] {
        let mut body = setup(0);
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        let reply = stranger.post("/api/setup", body).await;
        assert_eq!(reply.problem(), problem);
    }
    assert!(is_needed(&server.app.ctx).await.unwrap());
}

#[db_test]
async fn the_command_line_can_do_it_instead(db: TestDb) {
    let server = Server::new(&db);
    let owner = |n: usize| NewOwner {
        email: kernel::EmailAddress::parse(&format!("ada{n}@example.com")).unwrap(),
        name: "Ada Lovelace".to_owned(),
        password: Password(PASSWORD.to_owned()),
        account_name: "Analytical Engines".to_owned(),
        time_zone: None,
    };
    let ctx = &server.app.ctx;
    let (first, _) = create_owner(ctx, owner(1)).await.unwrap();
    let (second, _) = create_owner(ctx, owner(2)).await.unwrap();
    assert_ne!(first.id, second.id);
    let taken = create_owner(ctx, owner(2)).await.unwrap_err();
    assert!(taken.to_string().starts_with("email:"), "{taken}");
    let reply = server.stranger().post("/api/setup", setup(3)).await;
    assert_eq!(reply.problem(), "409 already_set_up");
    server.sign_in("ada2@example.com", PASSWORD).await;
}
