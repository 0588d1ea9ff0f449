//! Who waits for a place, and who is told of one.

use kernel::Timestamp;
use serde_json::json;
use testkit::TestDb;

use super::{World, at, code, email, tuesday};
use crate::bookings::{By, book, cancel};
use crate::event_types::EventType;
use crate::waiting::{self, NewWaiting, Waiting};

fn wish(who: &str, start: Option<Timestamp>, seats: u32) -> NewWaiting {
    NewWaiting {
        name: "Grace".to_owned(),
        email: email(who),
        time_zone: None,
        language: None,
        from: start,
        until: start.map(|at| at + std::time::Duration::from_secs(1)),
        minutes: None,
        seats: Some(seats),
    }
}

impl World {
    async fn wait(&self, event_type: &EventType, new: NewWaiting) -> kernel::Result<Waiting> {
        waiting::join(&self.ctx, self.account, event_type.id, "invitee", new).await
    }

    /// Who waits, with whether they were told.
    async fn waiting(&self, event_type: &EventType) -> Vec<(String, bool)> {
        let limit = kernel::Limit::default();
        let page = waiting::list(&self.ctx, self.account, event_type.id, None, limit).await;
        let rows = page.unwrap().data.into_iter();
        rows.map(|one| {
            let (name, _) = one.email.split_once('@').unwrap();
            (name.to_owned(), one.told_at.is_some())
        })
        .collect()
    }
}

fn of(list: &[(&str, bool)]) -> Vec<(String, bool)> {
    list.iter()
        .map(|(name, told)| ((*name).to_owned(), *told))
        .collect()
}

#[testkit::db_test]
async fn as_many_are_told_as_have_room(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ada = world.host("Ada").await;
    let settings = json!({"durations": [60], "capacity": 3, "waiting_list": true});
    let class = world.event_type(&[&ada], settings).await;
    let mut pair = World::wish(class.id, tuesday("10:00"), "a@example.com");
    pair.seats = 2;
    let pair = book(&world.ctx, world.account, &By::Invitee, pair).await;
    let pair = pair.unwrap().unwrap().booking;
    let single = world.book(&class, tuesday("10:00"), "b@example.com").await;
    for (who, seats) in [("three", 3), ("one", 1), ("two", 2), ("late", 1)] {
        let wish = wish(&format!("{who}@example.com"), Some(tuesday("10:00")), seats);
        world.wait(&class, wish).await.unwrap();
    }
    let other = wish("other@example.com", Some(tuesday("11:00")), 1);
    world.wait(&class, other).await.unwrap();
    let off = cancel(&world.ctx, world.account, &By::Invitee, pair.id, None).await;
    off.unwrap();
    // Three do not fit; of two seats one is for the first, two more are not there, and the other is for the last.
    assert_eq!(
        world.waiting(&class).await,
        of(&[
            ("three", false),
            ("one", true),
            ("two", false),
            ("late", true),
            ("other", false)
        ])
    );
    // A booking that goes elsewhere leaves a place as well, and now all seats are free.
    world.move_to(single.id, tuesday("14:00")).await.unwrap();
    assert_eq!(
        world.waiting(&class).await,
        of(&[
            ("three", true),
            ("one", true),
            ("two", false),
            ("late", true),
            ("other", false)
        ])
    );
    let refused = world.wait(&class, wish("x@example.com", None, 4)).await;
    assert!(
        matches!(refused, Err(kernel::Error::Invalid(_))),
        "{refused:?}"
    );
}

#[testkit::db_test]
async fn who_could_not_book_is_not_told(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ada = world.host("Ada").await;
    let settings = json!({
        "durations": [60], "waiting_list": true, "notice_minutes": 60,
        "limits": [{"scope": "invitee", "period": "day", "bookings": 1}],
    });
    let call = world.event_type(&[&ada], settings.clone()).await;
    let first = world.book(&call, tuesday("10:00"), "a@example.com").await;
    world
        .book(&call, tuesday("12:00"), "busy@example.com")
        .await;
    world
        .wait(&call, wish("busy@example.com", None, 1))
        .await
        .unwrap();
    world
        .wait(&call, wish("free@example.com", None, 1))
        .await
        .unwrap();
    let off = cancel(&world.ctx, world.account, &By::Invitee, first.id, None).await;
    off.unwrap();
    assert_eq!(
        world.waiting(&call).await,
        of(&[("busy", false), ("free", true)]),
        "whoever has had their one meeting of the day is passed over"
    );
    // Too late for anybody to book, and what cannot be booked at all is nobody's.
    world
        .wait(&call, wish("more@example.com", None, 1))
        .await
        .unwrap();
    let next = world.book(&call, tuesday("10:00"), "c@example.com").await;
    db.clock().advance(std::time::Duration::from_hours(24));
    cancel(&world.ctx, world.account, &world.by, next.id, None)
        .await
        .unwrap();
    assert_eq!(world.waiting(&call).await[2], ("more".to_owned(), false));
}

#[testkit::db_test]
async fn who_books_what_they_waited_for_waits_no_longer(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ada = world.host("Ada").await;
    let settings = json!({"durations": [60], "waiting_list": true});
    let call = world.event_type(&[&ada], settings).await;
    let wednesday = at("2026-05-06T10:00:00Z");
    let first = world
        .wait(&call, wish("g@example.com", Some(tuesday("10:00")), 1))
        .await
        .unwrap();
    let again = world
        .wait(&call, wish("G@example.com", Some(tuesday("10:00")), 1))
        .await
        .unwrap();
    assert_eq!(
        first.id, again.id,
        "the same person waits once for the same"
    );
    world
        .wait(&call, wish("g@example.com", Some(wednesday), 1))
        .await
        .unwrap();
    world
        .wait(&call, wish("h@example.com", None, 1))
        .await
        .unwrap();
    assert_eq!(world.waiting(&call).await.len(), 3);
    world.book(&call, tuesday("10:00"), "g@example.com").await;
    assert_eq!(
        world.waiting(&call).await,
        of(&[("g", false), ("h", false)])
    );
    world.book(&call, tuesday("11:00"), "h@example.com").await;
    assert_eq!(world.waiting(&call).await, of(&[("g", false)]));

    // One address cannot fill the list.
    let mut last = Ok(first.clone());
    for hour in 0..12 {
        let start = tuesday(&format!("{hour:02}:00"));
        last = world
            .wait(&call, wish("many@example.com", Some(start), 1))
            .await;
    }
    assert_eq!(code(last), "too_many");

    // The link is for one place, and for nobody else.
    let token = waiting::token_of(&world.ctx, &first);
    let found = async |token: &str| waiting::find_by_token(&world.ctx, token).await.unwrap();
    assert_eq!(found(&token).await, Some(None), "they wait no longer");
    let left = &waiting::list(
        &world.ctx,
        world.account,
        call.id,
        None,
        kernel::Limit::default(),
    )
    .await
    .unwrap()
    .data[0];
    let token = waiting::token_of(&world.ctx, left);
    assert_eq!(found(&token).await.flatten().map(|it| it.id), Some(left.id));
    let mut forged = token.clone();
    forged.replace_range(
        40..41,
        if token[40..].starts_with('A') {
            "B"
        } else {
            "A"
        },
    );
    for token in [forged.as_str(), "", "x", &token[..20]] {
        assert_eq!(found(token).await, None, "{token}");
    }
}
