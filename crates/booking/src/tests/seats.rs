//! Meetings in which several take part.

use std::time::Duration;

use serde_json::json;
use testkit::TestDb;

use super::{World, tuesday};
use crate::bookings::{By, book, cancel};
use crate::holds::{NewHold, hold};

#[testkit::db_test]
async fn seats_are_shared_given_back_and_held(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let ada = world.host("Ada").await;
    let class = world
        .event_type(&[&ada], json!({"durations": [60], "capacity": 3}))
        .await;
    let alone = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let one = world.book(&class, tuesday("10:00"), "a@example.com").await;
    let two = world.book(&class, tuesday("10:00"), "b@example.com").await;
    assert_eq!(one.occurrence_id, two.occurrence_id);
    // The host is there for these, and for nothing else.
    assert!(world.starts(&class).await.contains(&"10:00".to_owned()));
    assert!(
        world
            .try_book(&alone, tuesday("10:00"), "c@example.com")
            .await
            .is_err()
    );
    let mut pair = World::wish(class.id, tuesday("10:00"), "d@example.com");
    pair.seats = 2;
    let refused = book(ctx, world.account, &By::Invitee, pair.clone())
        .await
        .unwrap();
    assert_eq!(refused.unwrap_err().code, "slot_taken");

    // A hold takes a seat too, until it ends.
    let keep = NewHold {
        start: tuesday("10:00"),
        minutes: None,
        seats: 1,
        host: None,
        visitor: "v".to_owned(),
        source: "s".to_owned(),
    };
    let held = hold(ctx, world.account, class.id, keep.clone())
        .await
        .unwrap()
        .unwrap();
    assert!(!world.starts(&class).await.contains(&"10:00".to_owned()));
    let mut mine = World::wish(class.id, tuesday("10:00"), "e@example.com");
    mine.hold = Some(held.token);
    let third = book(ctx, world.account, &By::Invitee, mine)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(third.booking.occurrence_id, one.occurrence_id);
    assert!(
        world
            .try_book(&class, tuesday("10:00"), "f@example.com")
            .await
            .is_err()
    );

    // Two go, and there is room for two.
    cancel(ctx, world.account, &By::Invitee, one.id, None)
        .await
        .unwrap();
    world.move_to(two.id, tuesday("11:00")).await.unwrap();
    let pair = book(ctx, world.account, &By::Invitee, pair)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(world.check_claims().await, 2);

    // When nobody is left, the time is free.
    for id in [third.booking.id, pair.booking.id] {
        cancel(ctx, world.account, &By::Invitee, id, None)
            .await
            .unwrap();
    }
    world.book(&alone, tuesday("10:00"), "g@example.com").await;

    // A meeting of holds alone ends with them.
    let keep = NewHold {
        start: tuesday("14:00"),
        ..keep
    };
    hold(ctx, world.account, class.id, keep)
        .await
        .unwrap()
        .unwrap();
    assert!(
        world
            .try_book(&alone, tuesday("14:00"), "h@example.com")
            .await
            .is_err()
    );
    db.clock().advance(Duration::from_mins(10));
    world.book(&alone, tuesday("14:00"), "h@example.com").await;
    world.check_claims().await;
}
