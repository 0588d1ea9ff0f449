//! Booking by programs that have no account: the public page as JSON.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestDb, db_test};

use crate::app::{PUBLIC_URL, Reply};
use crate::booking_pages::Desk;

/// The page as a program reads it.
async fn page(desk: &Desk) -> Value {
    let path = "/book/engines/intro.json";
    let reply = desk.app.anonymous().get(path).await.expect(200);
    assert_eq!(reply.header("cache-control"), "no-store");
    reply.json
}

/// What is booked with a page: a start of its list, with changes.
fn wish(page: &Value, slot: usize, changes: Value) -> Value {
    let mut wish = json!({
        "t": page["form"]["t"],
        "start": page["slots"][slot]["start"],
        "name": "Grace Hopper",
        "email": "grace@example.com",
        "tz": "America/New_York",
        "answers": {"company": "Navy"},
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => wish.as_object_mut().unwrap().remove(name),
            value => wish
                .as_object_mut()
                .unwrap()
                .insert(name.clone(), value.clone()),
        };
    }
    wish
}

async fn send(desk: &Desk, wish: Value) -> Reply {
    desk.app.anonymous().post("/book/engines/intro", wish).await
}

fn faults(reply: &Reply) -> Vec<(&str, &str)> {
    let all = reply.json["errors"].as_array().unwrap().iter();
    all.map(|it| (it["field"].as_str().unwrap(), it["code"].as_str().unwrap()))
        .collect()
}

#[db_test]
async fn a_program_books_what_it_has_read(db: TestDb) {
    let desk = Desk::usual(db).await;
    let page = page(&desk).await;
    let url = page["form"]["url"].as_str().unwrap();
    assert_eq!(url, format!("{PUBLIC_URL}/book/engines/intro"));
    let made = send(&desk, wish(&page, 0, json!({"lang": "de"})))
        .await
        .expect(201);
    assert_eq!(made.header("cache-control"), "no-store");
    assert_eq!(made.text("/status"), "confirmed");
    assert_eq!(made.json["start"], page["slots"][0]["start"]);
    assert_eq!(made.json["hosts"], json!(["Ada Lovelace"]));
    let link = made.text("/url").strip_prefix(PUBLIC_URL).unwrap();
    desk.visitor.get(link).await.expect(200);
    let rows = desk.owner.all("/api/bookings").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["answers"], json!({"company": "Navy"}));
    assert_eq!(rows[0]["email"], "grace@example.com");
    assert_eq!(rows[0]["time_zone"], "America/New_York");
    assert_eq!(rows[0]["language"], "de");
    // Who comes too late is told what is free, and nothing about whoever has it.
    let late = send(&desk, wish(&page, 0, json!({"email": "b@example.com"}))).await;
    let late = late.expect(409);
    assert_eq!(late.header("content-type"), "application/problem+json");
    assert_eq!(late.text("/code"), "slot_taken");
    assert_eq!(
        late.json["next_slots"][0]["start"],
        page["slots"][1]["start"]
    );
    assert_eq!(late.json.get("reasons"), None);
    assert_eq!(late.json["next_slots"][0].get("host_ids"), None);
    // The next one can be had, with the address of the page as JSON, too.
    let next = wish(
        &page,
        1,
        json!({"start": late.json["next_slots"][0]["start"], "host": "ada"}),
    );
    let client = desk.app.anonymous();
    client
        .post("/book/engines/intro.json", next)
        .await
        .expect(201);
    assert_eq!(desk.owner.all("/api/bookings").await.len(), 2);
}

#[db_test]
async fn what_is_wrong_is_named_and_books_nothing(db: TestDb) {
    let desk = Desk::usual(db).await;
    let page = page(&desk).await;
    let fault = async |changes: Value| {
        let reply = send(&desk, wish(&page, 0, changes)).await.expect(422);
        let found = faults(&reply);
        assert_eq!(found.len(), 1, "{reply}");
        format!("{} {}", found[0].0, found[0].1)
    };
    for (changes, expected) in [
        (json!({"t": null}), "t required"),
        (json!({"t": "1.AAAA"}), "t invalid"),
        (json!({"email": null}), "email required"),
        (json!({"email": "nobody"}), "email invalid_email"),
        (json!({"name": " "}), "name required"),
        (json!({"answers": {}}), "answers.company required"),
        (
            json!({"answers": {"company": "x", "more": 1}}),
            "answers.more unknown",
        ),
        (json!({"minutes": 31}), "minutes unknown"),
        (json!({"seats": 2}), "seats out_of_range"),
        (json!({"location": 3}), "location unknown"),
        (json!({"host": "bob"}), "host unknown"),
        (json!({"surprise": true}), "surprise unknown"),
    ] {
        assert_eq!(fault(changes.clone()).await, expected, "{changes}");
    }
    let client = desk.app.anonymous();
    let unknown = client
        .post("/book/engines/none", wish(&page, 0, json!({})))
        .await;
    assert_eq!(unknown.expect(404).text("/code"), "not_found");
    // What was read half a day ago may be of another time.
    desk.app.clock.advance(Duration::from_hours(12));
    assert_eq!(fault(json!({})).await, "t invalid");
    assert!(desk.owner.all("/api/bookings").await.is_empty());
}

#[db_test]
async fn programs_are_held_to_the_pace_of_forms(db: TestDb) {
    let desk = Desk::usual(db).await;
    let page = page(&desk).await;
    // From a page of another site, with the browser of somebody who knows nothing of it.
    let elsewhere = desk.app.anonymous().with("sec-fetch-site", "cross-site");
    let refused = elsewhere
        .post("/book/engines/intro", wish(&page, 0, json!({})))
        .await;
    assert_eq!(refused.expect(403).text("/code"), "cross_origin");
    for _ in 0..30 {
        send(&desk, json!({})).await.expect(422);
    }
    let refused = send(&desk, wish(&page, 0, json!({}))).await.expect(429);
    assert_eq!(refused.text("/code"), "rate_limited");
    assert!(desk.owner.all("/api/bookings").await.is_empty());
    desk.app.clock.advance(Duration::from_mins(10));
    send(&desk, wish(&page, 1, json!({}))).await.expect(201);
}
