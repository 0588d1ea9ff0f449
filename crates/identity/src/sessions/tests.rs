use std::time::Duration;

use serde_json::json;
use testkit::{TestDb, db_test};

use super::{IDLE, LIFETIME, prune};
use crate::testing::{PASSWORD, Server};

#[db_test]
async fn a_session_from_sign_in_to_sign_out(db: TestDb) {
    let server = Server::new(&db);
    server.set_up().await;
    let reply = server
        .stranger()
        .try_sign_in(" ADA@Example.com", PASSWORD)
        .await;
    reply.expect(201);
    let cookie = reply.set_cookie();
    assert!(cookie.starts_with("sendero_session="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");
    assert_eq!(reply.text("/user/name"), "Ada Lovelace");
    assert_eq!(reply.text("/accounts/0/role"), "owner");
    assert_eq!(reply.text("/accounts/0/id"), reply.text("/account"));

    let ada = server.stranger().with_session(&reply);
    let view = ada.get("/api/session").await;
    assert_eq!(view.json, reply.json);
    let gone = ada.delete("/api/session").await;
    gone.expect(204);
    assert!(
        gone.set_cookie().contains("Max-Age=0"),
        "{}",
        gone.set_cookie()
    );
    ada.get("/api/session").await.expect(401);
    // The secret itself is nowhere in the database.
    let secret = reply.cookie();
    let secret = secret.split_once('=').unwrap().1;
    let mut tx = server.app.ctx.read().await.unwrap();
    let hashes = tx
        .query("select secret_hash from session")
        .fetch_all()
        .await;
    for row in hashes.unwrap() {
        let hash: Vec<u8> = row.get("secret_hash").unwrap();
        assert_ne!(hash, secret.as_bytes());
    }
}

#[db_test]
async fn over_https_the_cookie_is_for_https_only(db: TestDb) {
    let server = Server::at(&db, "https://mail.example.com");
    let owner = server.set_up().await;
    let (_, cookie) = &owner.headers[0];
    assert!(cookie.starts_with("__Host-sendero_session="), "{cookie}");
    let reply = server
        .stranger()
        .try_sign_in("ada@example.com", PASSWORD)
        .await;
    assert!(reply.set_cookie().contains("Secure"));
    // The name without the prefix is what a subdomain could have planted.
    let planted = cookie.replace("__Host-", "");
    let reply = server
        .stranger()
        .with("cookie", &planted)
        .get("/api/session")
        .await;
    reply.expect(401);
}

#[db_test]
async fn a_planted_cookie_does_not_become_the_session(db: TestDb) {
    let server = Server::new(&db);
    server.set_up().await;
    let planted = "sendero_session=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let victim = server.stranger().with("cookie", planted);
    let reply = victim.try_sign_in("ada@example.com", PASSWORD).await;
    reply.expect(201);
    assert_ne!(reply.cookie(), planted);
    victim.get("/api/session").await.expect(401);
}

#[db_test]
async fn sessions_end_when_idle_and_in_the_end(db: TestDb) {
    let server = Server::new(&db);
    let owner = server.set_up().await;
    let almost = IDLE.saturating_sub(Duration::from_secs(1));
    let mut age = Duration::ZERO;
    while age + almost < LIFETIME {
        db.clock().advance(almost);
        age += almost;
        owner.get("/api/session").await.expect(200);
        // The request is noted beside itself.
        while server.number("select max(last_seen_at) from session").await
            < db.clock().now().as_micros()
        {
            tokio::task::yield_now().await;
        }
    }
    db.clock().advance(LIFETIME.saturating_sub(age));
    owner.get("/api/session").await.expect(401);

    let owner = server.sign_in("ada@example.com", PASSWORD).await;
    db.clock().advance(IDLE);
    owner.get("/api/session").await.expect(401);
    db.clock().advance(Duration::from_secs(1));
    assert_eq!(prune(&server.app.ctx, 100).await.unwrap(), 2 + 1);
    assert_eq!(server.number("select count(*) from session").await, 0);
}

#[db_test]
async fn wrong_addresses_and_passwords_get_the_same_answer(db: TestDb) {
    let server = Server::new(&db);
    server.set_up().await;
    let stranger = server.stranger();
    let wrong = stranger
        .try_sign_in("ada@example.com", "wrong wrong wrong")
        .await;
    let unknown = stranger.try_sign_in("eve@example.com", PASSWORD).await;
    let nonsense = stranger.try_sign_in("' or 1=1 --", PASSWORD).await;
    assert_eq!(wrong.problem(), "422 invalid password wrong_credentials");
    assert_eq!(wrong.json, unknown.json);
    assert_eq!(wrong.json, nonsense.json);
    assert_eq!(wrong.set_cookie(), "");
    let long = "x".repeat(100_000);
    let reply = stranger.try_sign_in("ada@example.com", &long).await;
    assert_eq!(reply.json, wrong.json);
}

#[db_test]
async fn an_address_is_locked_after_ten_failures(db: TestDb) {
    let server = Server::new(&db);
    server.set_up().await;
    let mut stranger = server.stranger();
    for n in 0..10 {
        stranger.ip = [192, 0, 2, 10 + n].into();
        let reply = stranger
            .try_sign_in("ada@example.com", "wrong wrong wrong")
            .await;
        reply.expect(422);
    }
    // Now not even the right one, from wherever; after the window it works again.
    stranger.ip = [198, 51, 100, 1].into();
    let reply = stranger.try_sign_in("Ada@example.com", PASSWORD).await;
    assert_eq!(reply.problem(), "429 rate_limited");
    let wait: u64 = reply.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(wait, 900);
    stranger
        .try_sign_in("eve@example.com", PASSWORD)
        .await
        .expect(422);
    db.clock().advance(Duration::from_secs(wait));
    stranger
        .try_sign_in("ada@example.com", PASSWORD)
        .await
        .expect(201);
    // A success forgets the failures before it.
    for _ in 0..9 {
        stranger
            .try_sign_in("ada@example.com", "wrong wrong wrong")
            .await
            .expect(422);
    }
    stranger
        .try_sign_in("ada@example.com", PASSWORD)
        .await
        .expect(201);
    stranger
        .try_sign_in("ada@example.com", "wrong wrong wrong")
        .await
        .expect(422);
}

#[db_test]
async fn a_network_is_locked_after_fifty_failures(db: TestDb) {
    let server = Server::new(&db);
    server.set_up().await;
    let stranger = server.stranger();
    for n in 0..50 {
        let email = format!("user{n}@example.com");
        stranger
            .try_sign_in(&email, "wrong wrong wrong")
            .await
            .expect(422);
    }
    for _ in 0..20 {
        let reply = stranger.try_sign_in("ada@example.com", PASSWORD).await;
        assert_eq!(reply.problem(), "429 rate_limited");
    }
    // It could not lock the address for the others.
    server.sign_in_from([198, 51, 100, 1]).await.expect(201);
}

#[db_test]
async fn guesses_at_once_are_counted_too(db: TestDb) {
    let server = Server::new(&db);
    server.set_up().await;
    let ctx = &server.app.ctx;
    let guesses: Vec<_> = (0..30)
        .map(|_| {
            let stranger = server.stranger();
            ctx.tasks.spawn(async move {
                let reply = stranger
                    .try_sign_in("ada@example.com", "wrong wrong wrong")
                    .await;
                reply.status.as_u16()
            })
        })
        .collect();
    let mut looked_at = 0;
    for guess in guesses {
        looked_at += u32::from(guess.await.unwrap() == 422);
    }
    assert_eq!(looked_at, 10);
}

#[db_test]
async fn a_new_password_ends_all_other_sessions(db: TestDb) {
    let server = Server::new(&db);
    let here = server.set_up().await;
    let elsewhere = server.sign_in("ada@example.com", PASSWORD).await;
    let program = server.program(&here, &["settings:read"]).await;
    let new = "a staple was correct too";
    let change =
        |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    for (body, problem) in [
        (
            change("wrong wrong wrong", new),
            "422 invalid current_password wrong_credentials",
        ),
        (
            change(PASSWORD, "short"),
            "422 invalid new_password too_short",
        ),
        (
            change(PASSWORD, "Ada Lovelace"),
            "422 invalid new_password too_weak",
        ),
    ] {
        let reply = here.put("/api/me/password", body).await;
        assert_eq!(reply.problem(), problem);
    }
    let reply = program.put("/api/me/password", change(PASSWORD, new)).await;
    assert_eq!(reply.problem(), "403 forbidden");
    elsewhere.get("/api/session").await.expect(200);

    let reply = here.put("/api/me/password", change(PASSWORD, new)).await;
    reply.expect(200);
    elsewhere.get("/api/session").await.expect(401);
    here.get("/api/session").await.expect(401);
    let here = here.with_session(&reply);
    here.patch("/api/account", json!({"name": "Other"}))
        .await
        .expect(200);
    program.get("/api/account").await.expect(200);
    server
        .stranger()
        .try_sign_in("ada@example.com", PASSWORD)
        .await
        .expect(422);
    server.sign_in("ada@example.com", new).await;
}

#[db_test]
async fn a_person_switches_between_their_accounts(db: TestDb) {
    let server = Server::new(&db);
    let ada = server.set_up().await;
    let first = ada.account_id().await;
    let second = ada
        .post("/api/accounts", json!({"name": "Difference Engines"}))
        .await;
    let second = second.expect(201).text("/id").to_owned();
    assert_eq!(ada.account_id().await, first);
    let reply = ada
        .put("/api/session/account", json!({"account": second}))
        .await;
    assert_eq!(reply.expect(200).text("/account"), second);
    assert_eq!(
        ada.get("/api/account").await.text("/name"),
        "Difference Engines"
    );
    assert_eq!(reply.json["accounts"].as_array().unwrap().len(), 2);
    // The next session opens where this one was.
    db.clock().advance(Duration::from_mins(10));
    ada.get("/api/session").await.expect(200);
    let again = server.sign_in("ada@example.com", PASSWORD).await;
    assert_eq!(again.account_id().await, second);

    let charles = server.join(&ada, "charles", "editor").await;
    let reply = charles
        .put("/api/session/account", json!({"account": first}))
        .await;
    assert_eq!(reply.problem(), "404 not_found");
    assert_eq!(charles.account_id().await, second);
}
