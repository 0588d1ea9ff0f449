//! Signing in and out, and what ends a session.

use std::time::Duration;

use serde_json::json;
use testkit::TestDb;

use crate::app::{Body, Client, Method, PASSWORD, Reply, TestApp};

const EMAIL: &str = "ada@example.com";
const DAY: Duration = Duration::from_hours(24);

async fn try_password(who: &Client, email: &str, password: &str) -> Reply {
    let credentials = json!({"email": email, "password": password});
    who.post("/api/session", credentials).await
}

async fn is_signed_in(who: &Client) -> bool {
    let reply = who.get("/api/session").await;
    if reply.status == 401 {
        assert_eq!(reply.problem(), "401 unauthenticated");
        return false;
    }
    reply.expect(200);
    true
}

#[testkit::db_test]
async fn signing_in_sets_a_cookie_that_no_script_reads(db: TestDb) {
    let app = TestApp::new(db);
    app.owner().await;
    for typed in [EMAIL, " ADA@Example.COM "] {
        let reply = try_password(&app.anonymous(), typed, PASSWORD)
            .await
            .expect(201);
        let cookie = reply.header("set-cookie").to_owned();
        assert!(cookie.starts_with("__Host-sendero_session="), "{cookie}");
        for part in [
            "HttpOnly",
            "SameSite=Lax",
            "Secure",
            "Path=/",
            "Max-Age=2592000",
        ] {
            assert!(
                cookie.split("; ").any(|one| one == part),
                "{part}: {cookie}"
            );
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.text("/user/email"), EMAIL);
        assert_eq!(reply.text("/accounts/0/role"), "owner");
        assert_eq!(reply.text("/expires_at"), "2026-06-03T09:30:00Z");
        let secret = reply.cookie();
        let secret = secret.split_once('=').unwrap().1.to_owned();
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(!text.contains(&secret), "the secret is only in the cookie");

        let who = app.anonymous().with_session(&reply);
        let again = who.get("/api/session").await.expect(200);
        assert_eq!(again.json, reply.json);
        assert_eq!(again.header("set-cookie"), "");
    }
}

#[testkit::db_test]
async fn a_wrong_password_and_a_wrong_address_are_answered_alike(db: TestDb) {
    let app = TestApp::new(db);
    app.owner().await;
    let nobody = app.anonymous();
    let rows = app.rows().await;
    let long = "x".repeat(2000);
    let first = try_password(&nobody, EMAIL, "wrong horse battery").await;
    assert_eq!(first.problem(), "422 invalid password:wrong_credentials");
    for (email, password) in [
        ("eve@example.com", PASSWORD),
        ("not an address", PASSWORD),
        ("", ""),
        (EMAIL, ""),
        (EMAIL, "CORRECT HORSE BATTERY"),
        (EMAIL, &long),
        (&long, PASSWORD),
    ] {
        let reply = try_password(&nobody, email, password).await;
        assert_eq!(reply.json, first.json, "{reply}");
        assert_eq!(reply.header("set-cookie"), "");
    }
    assert_eq!(app.rows().await, rows);
}

#[testkit::db_test]
async fn changes_need_the_token_of_the_session(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let other_session = try_password(&app.anonymous(), EMAIL, PASSWORD)
        .await
        .expect(201);
    let strangers = other_session.text("/csrf_token").to_owned();
    let rows = app.rows().await;
    let group = json!({"name": "Group"});
    for forged in [
        owner.clone().without("x-csrf-token"),
        owner.clone().with("x-csrf-token", ""),
        owner.clone().with("x-csrf-token", "nothing"),
        owner.clone().with("x-csrf-token", &strangers),
    ] {
        for (method, path) in [
            (Method::POST, "/api/groups"),
            (Method::PUT, "/api/me/password"),
            (Method::PATCH, "/api/account"),
            (Method::DELETE, "/api/session"),
        ] {
            let reply = forged.send(method, path, Body::Json(group.clone())).await;
            assert_eq!(reply.problem(), "403 csrf_token_invalid", "{reply}");
        }
        assert!(is_signed_in(&forged).await, "reading needs no token");
    }
    assert_eq!(app.rows().await, rows);
    owner.post("/api/groups", group).await.expect(201);
}

#[testkit::db_test]
async fn pages_of_other_sites_cannot_sign_anybody_in(db: TestDb) {
    let app = TestApp::new(db);
    app.owner().await;
    let nobody = app.anonymous();
    for elsewhere in [
        nobody.clone().with("origin", "https://evil.example"),
        nobody.clone().with("origin", "null"),
        nobody.clone().with("sec-fetch-site", "cross-site"),
    ] {
        let reply = try_password(&elsewhere, EMAIL, PASSWORD).await;
        assert_eq!(reply.problem(), "403 cross_origin");
        assert_eq!(reply.header("set-cookie"), "");
    }
    for here in [
        nobody.clone().with("origin", crate::app::PUBLIC_URL),
        nobody.with("sec-fetch-site", "same-origin"),
    ] {
        try_password(&here, EMAIL, PASSWORD).await.expect(201);
    }
}

#[testkit::db_test]
async fn signing_out_ends_this_session_and_no_other(db: TestDb) {
    let app = TestApp::new(db);
    let here = app.owner().await;
    let there = app.sign_in(EMAIL).await;
    let reply = here.delete("/api/session").await.expect(204);
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("__Host-sendero_session=;"), "{cookie}");
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
    assert!(!is_signed_in(&here).await);
    let group = json!({"name": "Group"});
    let late = here.post("/api/groups", group).await;
    assert_eq!(late.problem(), "401 unauthenticated");
    assert!(is_signed_in(&there).await);
}

#[testkit::db_test]
async fn a_session_ends_when_nobody_uses_it_and_at_the_latest_after_a_month(db: TestDb) {
    let app = TestApp::new(db);
    let used = app.owner().await;
    let unused = app.sign_in(EMAIL).await;
    for day in [6, 12, 18, 24, 29] {
        let now = app.ctx.clock.now();
        app.advance(
            (DAY * 6)
                .checked_sub(if day == 29 { DAY } else { Duration::ZERO })
                .unwrap(),
        );
        assert!(is_signed_in(&used).await, "day {day}");
        seen_after(&app, now).await;
    }
    assert!(!is_signed_in(&unused).await, "it was not used for a week");
    app.advance(DAY);
    assert!(!is_signed_in(&used).await, "a month is over");
    let late = used.post("/api/groups", json!({"name": "Late"})).await;
    assert_eq!(late.problem(), "401 unauthenticated");
    assert!(is_signed_in(&app.sign_in(EMAIL).await).await);
}

/// Waits until it was noted, beside the request, that a session was used after `then`.
async fn seen_after(app: &TestApp, then: kernel::Timestamp) {
    let noted = async {
        loop {
            let mut tx = app.ctx.read().await.unwrap();
            let row = tx
                .query("select count(*) as n from session where last_seen_at > $1")
                .bind(then)
                .fetch_one()
                .await
                .unwrap();
            drop(tx);
            if row.get::<i64>("n").unwrap() > 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), noted)
        .await
        .expect("the use of a session is noted");
}

#[testkit::db_test]
async fn a_new_password_ends_all_sessions_but_the_one_it_makes(db: TestDb) {
    const NEW: &str = "a staple was correct too";
    let app = TestApp::new(db);
    let here = app.owner().await;
    let there = app.sign_in(EMAIL).await;
    let program = app.program(&here, &["audience:read"]).await;
    let rows = app.rows().await;
    let change = async |current: &str, new: &str| {
        let change = json!({"current_password": current, "new_password": new});
        here.put("/api/me/password", change).await
    };
    for (current, new, problem) in [
        (
            "wrong horse battery",
            NEW,
            "422 invalid current_password:wrong_credentials",
        ),
        (PASSWORD, "short", "422 invalid new_password:too_short"),
        (PASSWORD, EMAIL, "422 invalid new_password:too_weak"),
        (PASSWORD, "", "422 invalid new_password:too_short"),
    ] {
        assert_eq!(change(current, new).await.problem(), problem);
    }
    assert_eq!(app.rows().await, rows);
    assert!(is_signed_in(&here).await && is_signed_in(&there).await);

    let changed = change(PASSWORD, NEW).await.expect(200);
    let anew = app.anonymous().with_session(&changed);
    assert!(!is_signed_in(&here).await && !is_signed_in(&there).await);
    assert!(is_signed_in(&anew).await);
    anew.post("/api/groups", json!({"name": "Group"}))
        .await
        .expect(201);
    assert!(is_signed_in(&program).await, "a program has its own secret");
    let old = try_password(&app.anonymous(), EMAIL, PASSWORD).await;
    assert_eq!(old.problem(), "422 invalid password:wrong_credentials");
    try_password(&app.anonymous(), EMAIL, NEW).await.expect(201);
}

#[testkit::db_test]
async fn ten_wrong_passwords_lock_an_address_for_a_while(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    app.member(&owner, "viewer").await;
    for n in 0..10_u8 {
        // From wherever they come.
        let who = app.anonymous().from_ip([198, 51, 100, n]);
        let reply = try_password(&who, EMAIL, "wrong horse battery").await;
        assert_eq!(reply.status, 422, "{reply}");
    }
    app.advance(Duration::from_mins(5));
    let who = app.anonymous();
    for email in [EMAIL, "Ada@example.com "] {
        let locked = try_password(&who, email, PASSWORD).await;
        assert_eq!(
            locked.problem(),
            "429 rate_limited",
            "also when it is right"
        );
        assert_eq!(locked.header("retry-after"), "600");
    }
    assert!(is_signed_in(&owner).await, "who is in stays in");
    try_password(&who, "viewer@example.com", PASSWORD)
        .await
        .expect(201);
    app.advance(Duration::from_mins(10));
    try_password(&who, EMAIL, PASSWORD).await.expect(201);
    // Success starts the count anew.
    for _ in 0..10 {
        let reply = try_password(&who, EMAIL, "wrong horse battery").await;
        assert_eq!(reply.status, 422, "{reply}");
    }
}

#[testkit::db_test]
async fn fifty_wrong_passwords_lock_a_network_for_a_while(db: TestDb) {
    let app = TestApp::new(db);
    app.owner().await;
    let guesser = app.anonymous().from_ip([203, 0, 113, 9]);
    for n in 0..50 {
        let email = format!("person{n}@example.com");
        let reply = try_password(&guesser, &email, "wrong horse battery").await;
        assert_eq!(reply.status, 422, "{reply}");
    }
    for email in [EMAIL, "person50@example.com"] {
        let locked = try_password(&guesser, email, PASSWORD).await;
        assert_eq!(locked.problem(), "429 rate_limited");
    }
    // Nobody can name another network for themselves, and others are let in.
    let spoofed = guesser.clone().with("x-forwarded-for", "192.0.2.99");
    let locked = try_password(&spoofed, EMAIL, PASSWORD).await;
    assert_eq!(locked.problem(), "429 rate_limited");
    try_password(&app.anonymous(), EMAIL, PASSWORD)
        .await
        .expect(201);
    app.advance(Duration::from_mins(15));
    try_password(&guesser, EMAIL, PASSWORD).await.expect(201);
}

#[testkit::db_test]
async fn a_session_is_in_one_account_at_a_time(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let stranger = app.other_owner().await;
    let first = owner.get("/api/session").await.text("/account").to_owned();
    owner
        .post("/api/groups", json!({"name": "Ours"}))
        .await
        .expect(201);
    let second = owner
        .post("/api/accounts", json!({"name": "Second"}))
        .await
        .created();
    let elsewhere = stranger
        .get("/api/session")
        .await
        .text("/account")
        .to_owned();
    let switch = async |account: &str| {
        owner
            .put("/api/session/account", json!({"account": account}))
            .await
    };
    assert_eq!(switch(&elsewhere).await.problem(), "404 not_found");
    assert_eq!(switch("5").await.problem(), "404 not_found");
    let there = switch(&second).await.expect(200);
    assert_eq!(there.text("/account"), second);
    let groups = async || owner.all("/api/groups").await.len();
    assert_eq!(groups().await, 0);
    switch(&first).await.expect(200);
    assert_eq!(groups().await, 1);
}
