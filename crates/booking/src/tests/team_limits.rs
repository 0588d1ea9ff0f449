//! Case 41: what all event types with several hosts may have together.

use jiff::civil::date;
use kernel::Error;
use serde_json::{Value, json};
use testkit::TestDb;

use super::{World, actor, at, tuesday};
use crate::availability::{Rule, SlotQuery, explain, slots};
use crate::bookings::{By, book, cancel};
use crate::event_types::EventType;
use crate::hosts::Host;
use crate::settings::{self, Settings};

impl World {
    async fn set_limits(&self, change: Value) -> kernel::Result<Settings> {
        let input = serde_json::from_value(change).unwrap();
        settings::update(&self.ctx, self.account, &actor(), input).await
    }

    /// How many starts a date of May has.
    async fn count(&self, event_type: &EventType, day: u32) -> usize {
        let from = at(&format!("2026-05-{day:02}T00:00:00Z"));
        let query = SlotQuery::new(from, from + std::time::Duration::from_hours(24));
        let found = slots(&self.ctx, self.account, event_type.id, &query).await;
        found.unwrap().days.iter().map(|day| day.slots.len()).sum()
    }

    async fn collective(&self, hosts: &[&Host], more: Value) -> EventType {
        let mut settings = json!({"durations": [60], "mode": "collective"});
        settings
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.event_type(hosts, settings).await
    }

    async fn explained(&self, event_type: &EventType) -> Value {
        let query = SlotQuery::new(tuesday("00:00"), tuesday("00:00"));
        let day = date(2026, 5, 5);
        let said = explain(&self.ctx, self.account, event_type.id, day, &query).await;
        json!(said.unwrap())
    }
}

#[testkit::db_test]
async fn one_booking_closes_the_day_for_all_teams_and_for_no_single_host(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let (ada, bob, cyd) = (
        world.host("Ada").await,
        world.host("Bob").await,
        world.host("Cyd").await,
    );
    let review = world.collective(&[&ada, &bob], json!({})).await;
    let workshop = world.collective(&[&ada, &cyd], json!({})).await;
    let alone = world.collective(&[&ada], json!({})).await;
    let personal = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let one_a_day = json!({"team_limits": [{"period": "day", "bookings": 1}]});
    world.set_limits(one_a_day).await.unwrap();
    // What a single host has is not counted.
    world.book(&personal, tuesday("09:00"), "a@x.example").await;
    assert_eq!(world.count(&review, 5).await, 7);
    let booking = world.book(&review, tuesday("10:00"), "b@x.example").await;
    assert_eq!(world.count(&review, 5).await, 0);
    assert_eq!(world.count(&workshop, 5).await, 0);
    // They are single, whatever they are called; all but the two hours that are taken is open.
    assert_eq!(world.count(&personal, 5).await, 6);
    assert_eq!(world.count(&alone, 5).await, 6);
    assert_eq!(world.count(&review, 6).await, 8);
    assert_eq!(world.count(&workshop, 6).await, 8);

    let refused = world
        .try_book(&workshop, tuesday("14:00"), "c@x.example")
        .await
        .unwrap_err();
    assert_eq!(refused.code, "slot_taken");
    assert_eq!(refused.reasons.len(), 1);
    assert_eq!(refused.reasons[0].rule, Rule::TeamLimit);
    assert_eq!(refused.next[0].start, at("2026-05-06T09:00:00Z"));
    let said = world.explained(&workshop).await;
    assert_eq!(said["offered"], 0);
    let reason = &said["reasons"][0];
    assert_eq!(reason["starts"], 8, "{said}");
    assert_eq!(reason["reason"]["rule"], "team_limit");
    assert_eq!(reason["reason"]["limit"], 0);
    assert_eq!(reason["reason"]["count"], 1);

    // The booking itself may move within the day, and another day is closed instead when it moves there.
    world.move_to(booking.id, tuesday("15:00")).await.unwrap();
    let moved = world.move_to(booking.id, at("2026-05-06T10:00:00Z")).await;
    moved.unwrap();
    assert_eq!(world.count(&workshop, 5).await, 7);
    assert_eq!(world.count(&workshop, 6).await, 0);
    let by = &By::Invitee;
    cancel(&world.ctx, world.account, by, booking.id, None)
        .await
        .unwrap();
    assert_eq!(world.count(&workshop, 6).await, 8);
}

#[testkit::db_test]
async fn teams_who_share_nobody_do_not_overbook_what_they_have_together(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let other = db.another_node().await;
    let nodes = [&world.ctx, &other];
    let mut hosts = Vec::new();
    for name in ["Ada", "Bob", "Cyd", "Dan", "Eve", "Fay"] {
        hosts.push(world.host(name).await);
    }
    let mut teams = Vec::new();
    for pair in hosts.chunks(2) {
        teams.push(world.collective(&[&pair[0], &pair[1]], json!({})).await);
    }
    let two_a_day = json!({"team_limits": [{"period": "day", "bookings": 2}]});
    world.set_limits(two_a_day).await.unwrap();
    let clients = (0..24).map(|i| {
        let start = tuesday(&format!("{:02}:00", 9 + i % 8));
        let wish = World::wish(teams[i % 3].id, start, &format!("c{i}@x.example"));
        book(nodes[i % 2], world.account, &By::Invitee, wish)
    });
    let outcomes = futures_util::future::join_all(clients).await;
    let booked = outcomes.iter().filter(|it| matches!(it, Ok(Ok(_))));
    assert_eq!(booked.count(), 2);
    for outcome in &outcomes {
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    assert_eq!(world.check_claims().await, 4, "two hosts each");
}

#[testkit::db_test]
async fn days_of_teams_are_those_of_the_account_and_seats_are_one_meeting(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let (ada, bob) = (world.host("Ada").await, world.host("Bob").await);
    // Its own days begin at 16:00 UTC.
    let far = json!({"time_zone": "Asia/Shanghai", "limits": [{"scope": "event_type", "period": "day", "bookings": 5}]});
    let far = world.collective(&[&ada, &bob], far).await;
    let class = world
        .collective(&[&ada, &bob], json!({"capacity": 5}))
        .await;
    let limits = json!({"team_limits": [
        {"period": "week", "minutes": 180},
        {"period": "day", "minutes": 120},
    ], "week_starts_on": "wednesday"});
    world.set_limits(limits).await.unwrap();
    world.book(&class, tuesday("09:00"), "a@x.example").await;
    world.book(&class, tuesday("09:00"), "b@x.example").await;
    assert_eq!(world.count(&far, 5).await, 7, "an hour is left");
    world.book(&far, tuesday("11:00"), "c@x.example").await;
    // From 16:00 on it is another day in Shanghai, and not for the account.
    assert_eq!(world.count(&far, 5).await, 0);
    let said = world.explained(&far).await;
    assert_eq!(said["reasons"][0]["reason"]["rule"], "team_limit");
    assert_eq!(said["reasons"][0]["reason"]["limit"], 1);
    // A meeting that takes place anyway has seats for more people.
    assert_eq!(world.count(&class, 5).await, 1);
    world.book(&class, tuesday("09:00"), "d@x.example").await;
    // Monday is of the same week, and Wednesday of the next.
    assert_eq!(world.count(&far, 4).await, 5, "with two hours of notice");
    assert_eq!(world.count(&far, 6).await, 8);
    let monday = at("2026-05-04T14:00:00Z");
    world.book(&far, monday, "e@x.example").await;
    assert_eq!(world.count(&far, 4).await, 0);
    assert_eq!(world.count(&far, 6).await, 8);
}

#[testkit::db_test]
async fn limits_of_teams_are_kept_and_faults_have_names(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let rules =
        json!({"team_limits": [{"period": "month", "minutes": 600}], "week_starts_on": "sunday"});
    let set = world.set_limits(rules).await.unwrap();
    assert_eq!(json!(set.team_limits[0])["minutes"], 600);
    assert_eq!(set.page, "analytical-engines");
    // Who changes the name alone changes nothing else.
    let named = world.set_limits(json!({"page": "engines"})).await.unwrap();
    let set = Settings {
        page: "engines".to_owned(),
        ..set
    };
    assert_eq!(named, set);
    let read = settings::get(&world.ctx, world.account).await.unwrap();
    assert_eq!(read, set);
    let faults = async |limits: Value| match world.set_limits(json!({"team_limits": limits})).await
    {
        Err(Error::Invalid(faults)) => {
            let named = faults
                .iter()
                .map(|it| (it.field.clone(), it.code.to_string()));
            named.collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let expected = |all: &[(&str, &str)]| {
        let all = all
            .iter()
            .map(|(field, code)| ((*field).to_owned(), (*code).to_owned()));
        all.collect::<Vec<_>>()
    };
    assert_eq!(
        faults(json!([
            {"period": "day", "bookings": 1},
            {"period": "day", "bookings": 0},
            {"period": "day", "minutes": 0},
            {"period": "day"},
            {"period": "day", "bookings": 1, "minutes": 60},
        ]))
        .await,
        expected(&[
            ("team_limits[1].bookings", "out_of_range"),
            ("team_limits[2].minutes", "out_of_range"),
            ("team_limits[3]", "invalid"),
            ("team_limits[4]", "invalid"),
        ])
    );
    let many: Vec<Value> = vec![json!({"period": "day", "bookings": 1}); 21];
    assert_eq!(
        faults(json!(many)).await,
        expected(&[("team_limits", "too_many")])
    );
    let read = settings::get(&world.ctx, world.account).await.unwrap();
    assert_eq!(read, set);
}
