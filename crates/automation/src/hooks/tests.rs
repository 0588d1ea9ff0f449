//! What comes of a request to a hook, on both engines.

use std::time::Duration;

use audience::subscribers::Status;
use kernel::Error;
use serde_json::{Value, json};
use testkit::TestDb;

use super::{Hook, MOST_PER_MINUTE, NewHook, NewPeople, Pace, Received};
use crate::engine::tests::World;
use crate::hooks;

fn new(email_at: &str, new_people: NewPeople) -> NewHook {
    NewHook {
        name: "Shop".to_owned(),
        email_at: email_at.to_owned(),
        new_people,
    }
}

async fn hook(world: &World, email_at: &str, new_people: NewPeople) -> (Hook, String) {
    hooks::create(
        &world.ctx,
        world.account,
        &world.actor,
        new(email_at, new_people),
    )
    .await
    .unwrap()
}

async fn send(
    world: &World,
    secret: &str,
    key: Option<&str>,
    body: Value,
) -> kernel::Result<Received> {
    let received = hooks::receive(
        &world.ctx,
        &Pace::new(Duration::from_mins(1)),
        secret,
        key,
        body,
    )
    .await;
    world.settle().await;
    received
}

fn field(error: Error) -> (String, String) {
    let Error::Invalid(errors) = error else {
        panic!("{error:?}");
    };
    (errors[0].field.clone(), errors[0].code.to_string())
}

const EVENTS: &str = "select count(*) as n from event where kind = 'hook.received'";

#[testkit::db_test]
async fn what_is_sent_lets_people_in_with_all_that_it_says(db: TestDb) {
    let world = World::new(&db).await;
    let (hook, secret) = hook(&world, "customer.email", NewPeople::Active).await;
    let (other, _) = hooks::create(
        &world.ctx,
        world.account,
        &world.actor,
        new("email", NewPeople::Active),
    )
    .await
    .unwrap();
    let on = |id: &str| {
        json!({
            "triggers": [{"id": "hook", "on": {"event": "hook.received", "with": {"hook": id},
                "where": [{"var": "order.total", "op": "greater", "value": 10}]}, "start": "score", "key": "order.id",
                "reentry": {"policy": "always"}}],
            "steps": [
                {"id": "score", "kind": "set_field", "with": {"field": "score", "from": "event.order.total"}, "next": "done"},
                {"id": "done", "kind": "end"}]})
    };
    let id = world.live(on(&hook.id.to_string())).await;
    let unconcerned = world.live(on(&other.id.to_string())).await;
    let body = |total: i64| {
        json!({"customer": {"email": "Ada@Example.com"}, "order": {"id": "A-17", "total": total},
            "actor": "automation:1", "handled": true})
    };
    let received = send(&world, &secret, None, body(40)).await.unwrap();
    assert!(received.recorded);
    let run = world.run(id).await;
    assert_eq!(run.outcome.as_deref(), Some("completed"));
    let who = audience::subscribers::get(&world.ctx, world.account, run.subscriber_id).await;
    let who = who.unwrap().subscriber;
    assert_eq!((who.email.as_str(), who.score), ("Ada@example.com", 40));
    assert_eq!(
        (who.status, who.source.as_str()),
        (Status::Active, "inbound")
    );
    // The same person, and too little.
    send(&world, &secret, None, body(5)).await.unwrap();
    assert_eq!(world.runs(id).await.len(), 1);
    assert!(world.runs(unconcerned).await.is_empty());
    assert_eq!(world.number(EVENTS).await, 2);
    let [listed, _] = hooks::list(&world.ctx, world.account)
        .await
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(listed.last_received_at, Some(world.clock.now()));
    world.check().await;
}

#[testkit::db_test]
async fn new_people_are_taken_as_the_hook_says(db: TestDb) {
    let world = World::new(&db).await;
    let (_, careful) = hook(&world, "email", NewPeople::Unconfirmed).await;
    let (_, strict) = hook(&world, "email", NewPeople::Refused).await;
    let bob = json!({"email": "bob@example.com"});
    let refused = send(&world, &strict, Some("1"), bob.clone()).await;
    assert_eq!(
        field(refused.unwrap_err()),
        ("email".to_owned(), "unknown".to_owned())
    );
    send(&world, &careful, None, bob.clone()).await.unwrap();
    let status = "select count(*) as n from subscriber where status = 'unconfirmed'";
    assert_eq!(world.number(status).await, 1);
    // What was refused did not use up its key.
    assert!(
        send(&world, &strict, Some("1"), bob)
            .await
            .unwrap()
            .recorded
    );
    assert_eq!(world.number(EVENTS).await, 2);
}

#[testkit::db_test]
async fn a_key_counts_once_for_each_hook(db: TestDb) {
    let world = World::new(&db).await;
    let (_, one) = hook(&world, "email", NewPeople::Active).await;
    let (_, other) = hook(&world, "email", NewPeople::Active).await;
    let body = json!({"email": "ada@example.com"});
    for (secret, recorded) in [(&one, true), (&one, false), (&other, true)] {
        let received = send(&world, secret, Some("order-17"), body.clone()).await;
        assert_eq!(received.unwrap(), Received { recorded });
    }
    assert_eq!(world.number(EVENTS).await, 2);
    let empty = send(&world, &one, Some(" "), body).await.unwrap_err();
    assert_eq!(field(empty).0, "Idempotency-Key");
}

#[testkit::db_test]
async fn what_cannot_be_taken_is_refused_and_nothing_is_stored(db: TestDb) {
    let world = World::new(&db).await;
    let (_, secret) = hook(&world, "email", NewPeople::Active).await;
    let large = "x".repeat(16 * 1024);
    for (body, place, code) in [
        (json!([1]), "email", "required"),
        (json!("ada@example.com"), "email", "required"),
        (json!({"mail": "ada@example.com"}), "email", "required"),
        (json!({"email": 5}), "email", "required"),
        (json!({"email": "ada"}), "email", "invalid_email"),
        (
            json!({"email": "ada@example.com", "text": large}),
            "",
            "too_large",
        ),
    ] {
        let refused = send(&world, &secret, None, body).await.unwrap_err();
        assert_eq!(field(refused), (place.to_owned(), code.to_owned()));
    }
    let stored = "select (select count(*) from event) + (select count(*) from subscriber) as n";
    assert_eq!(world.number(stored).await, 0);
    let guessed = send(&world, "guessed", None, json!({"email": "a@example.com"})).await;
    assert!(matches!(guessed, Err(Error::NotFound { .. })));
}

#[testkit::db_test]
async fn an_address_that_was_replaced_or_deleted_is_worth_nothing(db: TestDb) {
    let world = World::new(&db).await;
    let (hook, old) = hook(&world, "email", NewPeople::Active).await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let body = json!({"email": "ada@example.com"});
    let (_, new) = hooks::renew(ctx, account, actor, hook.id).await.unwrap();
    assert_ne!(old, new);
    assert!(send(&world, &old, None, body.clone()).await.is_err());
    assert!(send(&world, &new, None, body.clone()).await.is_ok());
    let other = world.another_account().await;
    assert!(
        hooks::delete(ctx, other.account, actor, hook.id)
            .await
            .is_err()
    );
    assert!(
        hooks::renew(ctx, other.account, actor, hook.id)
            .await
            .is_err()
    );
    assert!(hooks::list(ctx, other.account).await.unwrap().is_empty());
    hooks::delete(ctx, account, actor, hook.id).await.unwrap();
    assert!(send(&world, &new, None, body).await.is_err());
    let secrets = format!(
        "select count(*) as n from audit_log where before like '%{new}%' or after like '%{new}%'"
    );
    assert_eq!(world.number(&secrets).await, 0);
    // An automation that begins with it says what it misses.
    let draft = world
        .draft(json!({
            "triggers": [{"id": "hook", "on": {"event": "hook.received", "with": {"hook": hook.id.to_string()}},
                "start": "done"}],
            "steps": [{"id": "done", "kind": "end"}]}))
        .await;
    let automation = crate::automations::get(ctx, account, draft).await.unwrap();
    let described = crate::automations::describe(ctx, account, automation)
        .await
        .unwrap();
    assert_eq!(described.faults.len(), 1, "{:?}", described.faults);
    assert_eq!(described.faults[0].path, "triggers[0].on.with.hook");
}

#[testkit::db_test]
async fn a_hook_that_is_asked_too_often_says_when_to_come_again(db: TestDb) {
    let world = World::new(&db).await;
    let (_, secret) = hook(&world, "email", NewPeople::Refused).await;
    let pace = Pace::new(Duration::from_mins(1));
    let body = json!({"email": "nobody@example.com"});
    for _ in 0..MOST_PER_MINUTE {
        let refused = hooks::receive(&world.ctx, &pace, &secret, None, body.clone()).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    }
    let refused = hooks::receive(&world.ctx, &pace, &secret, None, body).await;
    assert!(
        matches!(refused, Err(Error::RateLimited { .. })),
        "{refused:?}"
    );
}

#[testkit::db_test]
async fn what_a_hook_is_made_of_is_checked(db: TestDb) {
    let world = World::new(&db).await;
    for (name, email_at, place) in [
        (" ", "email", "name"),
        ("two\nlines", "email", "name"),
        ("Shop", "", "email_at"),
        ("Shop", "customer..email", "email_at"),
        ("Shop", "customer email", "email_at"),
    ] {
        let new = NewHook {
            name: name.to_owned(),
            email_at: email_at.to_owned(),
            new_people: NewPeople::Active,
        };
        let refused = hooks::create(&world.ctx, world.account, &world.actor, new).await;
        assert_eq!(
            field(refused.unwrap_err()).0,
            place,
            "{name:?} {email_at:?}"
        );
    }
}
