//! Bookings that start soon are announced once, and only to who waited in time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use testkit::TestDb;

use super::{World, tuesday};
use crate::bookings::{announce_upcoming, cancel};

const HOUR: Duration = Duration::from_hours(1);

#[testkit::db_test]
async fn who_waits_is_told_once_for_each_start(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let ada = world.host("Ada").await;
    let settings = json!({"durations": [60], "notice_minutes": 0});
    let call = world.event_type(&[&ada], settings).await;
    let early = world.book(&call, tuesday("09:00"), "a@example.com").await;
    let wanted = |minutes: &[i64]| {
        let minutes: BTreeSet<i64> = minutes.iter().copied().collect();
        BTreeMap::from([(world.account, minutes)])
    };
    let announced = async |minutes: &[i64]| announce_upcoming(ctx, &wanted(minutes)).await.unwrap();
    // Monday, 09:30. It is nearer than a day, and nobody waited when it was a day away.
    assert_eq!(announced(&[1440]).await, 0);
    assert_eq!(announced(&[1440, 120]).await, 0);
    let late = world.book(&call, tuesday("15:00"), "b@example.com").await;
    // 15:00: a day before the later one.
    db.clock().advance(5 * HOUR + HOUR / 2);
    assert_eq!(announced(&[1440, 120]).await, 1);
    assert_eq!(announced(&[1440, 120]).await, 0);
    // One that is made when it is nearer already is not announced.
    world.book(&call, tuesday("11:00"), "c@example.com").await;
    assert_eq!(announced(&[1440, 120]).await, 0);
    // Moved, it is announced for its new time: not for the day, which it is too near for, but for the two hours.
    world.move_to(late.id, tuesday("10:00")).await.unwrap();
    assert_eq!(announced(&[1440, 120]).await, 0);
    // Tuesday, 08:30: two hours before the first passed by at seven, one at eight; the server was away, but not for
    // more than half of the time.
    cancel(ctx, world.account, &world.by, early.id, None)
        .await
        .unwrap();
    db.clock().advance(17 * HOUR + HOUR / 2);
    assert_eq!(announced(&[1440, 120]).await, 1);
    assert_eq!(announced(&[1440, 120]).await, 0);
    // Much too late is not at all.
    db.clock().advance(HOUR + HOUR * 3 / 4);
    assert_eq!(announced(&[1440, 120]).await, 0);
    let events = world.events().await;
    let told = events.iter().filter(|it| *it == "booking.starts_in");
    assert_eq!(told.count(), 2);
    // Nobody waits any more, and then somebody does again.
    assert_eq!(announced(&[]).await, 0);
    assert_eq!(announced(&[120]).await, 0);
    let mut tx = ctx.read().await.unwrap();
    let rows = tx
        .query("select minutes from booking_notice_time where account_id = $1")
        .bind(world.account)
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
}
