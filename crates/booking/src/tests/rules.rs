//! Every rule is asked again when something is booked.

use audience::subscribers;
use serde_json::{Value, json};
use testkit::TestDb;

use super::{World, actor, at, tuesday};
use crate::availability::{Rule, SlotQuery, explain};
use crate::blocks::{self, NewBlock, NewTimeOff};
use crate::bookings::{By, book};
use crate::schedules::{self, OverrideHours};

/// The first rule that refuses a start.
async fn refused_by(world: &World, call: &crate::event_types::EventType, start: &str) -> Rule {
    let refused = world.try_book(call, at(start), "late@example.com").await;
    refused.unwrap_err().reasons[0].rule
}

#[testkit::db_test]
async fn what_is_not_offered_cannot_be_booked(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let ada = world.host("Ada").await;
    let settings = json!({
        "durations": [60], "notice_minutes": 240, "window": {"kind": "days", "days": 7},
        "buffer_after_minutes": 30,
        "limits": [
            {"scope": "event_type", "period": "day", "bookings": 3},
            {"scope": "invitee", "period": "week", "bookings": 1},
        ],
    });
    let call = world.event_type(&[&ada], settings).await;
    let schedule = ada.schedule_id.unwrap();
    let closed = OverrideHours::default();
    let wednesday = "2026-05-06".parse().unwrap();
    schedules::set_override(ctx, world.account, &actor(), schedule, wednesday, closed)
        .await
        .unwrap();
    let lunch: NewBlock = serde_json::from_value(json!({
        "title": "Lunch",
        "when": {
            "kind": "repeated", "hours": {"from": "12:00", "to": "13:00"},
            "repeat": {"kind": "weeks", "every": 1, "weekdays": ["tuesday"]}, "first": "2020-01-01",
        },
    }))
    .unwrap();
    blocks::create_block(ctx, world.account, &actor(), ada.id, lunch)
        .await
        .unwrap();
    let away: NewTimeOff =
        serde_json::from_value(json!({"first": "2026-05-07", "last": "2026-05-07"})).unwrap();
    blocks::create_time_off(ctx, world.account, &actor(), ada.id, away)
        .await
        .unwrap();
    for (start, rule) in [
        ("2026-05-04T13:00:00Z", Rule::Notice),
        ("2026-05-01T10:00:00Z", Rule::Notice),
        ("2026-05-12T10:00:00Z", Rule::Window),
        ("2026-05-05T10:07:00Z", Rule::Grid),
        ("2026-05-05T17:00:00Z", Rule::OutsideHours),
        ("2026-05-05T12:00:00Z", Rule::Blocked),
        ("2026-05-06T10:00:00Z", Rule::Override),
        ("2026-05-07T10:00:00Z", Rule::TimeOff),
        ("2026-05-09T10:00:00Z", Rule::Closed),
    ] {
        assert_eq!(refused_by(&world, &call, start).await, rule, "{start}");
    }
    // The buffer of the block counts: 11:00 would end where lunch begins, with half an hour to wind up.
    let refused = world
        .try_book(&call, tuesday("11:00"), "a@example.com")
        .await
        .unwrap_err();
    assert!(refused.reasons[0].by_buffer);
    assert_eq!(refused.reasons[0].rule, Rule::Blocked);

    world.book(&call, tuesday("09:00"), "a@example.com").await;
    let again = world
        .try_book(&call, tuesday("15:00"), "A@example.com")
        .await
        .unwrap_err();
    assert_eq!(
        (again.code, again.reasons[0].rule),
        ("slot_taken", Rule::Limit)
    );
    assert_eq!(again.reasons[0].limit, Some(1));
    world.book(&call, tuesday("13:00"), "b@example.com").await;
    world.book(&call, tuesday("15:00"), "c@example.com").await;
    assert!(world.starts(&call).await.is_empty());

    let query = SlotQuery::new(ctx.clock.now(), ctx.clock.now());
    let why = explain(
        ctx,
        world.account,
        call.id,
        "2026-05-05".parse().unwrap(),
        &query,
    )
    .await
    .unwrap();
    assert_eq!((why.starts, why.offered), (8, 0));
    assert!(why.reasons.iter().any(|one| one.reason.rule == Rule::Limit));
    let why = explain(ctx, world.account, call.id, wednesday, &query)
        .await
        .unwrap();
    assert_eq!(why.reasons[0].reason.rule, Rule::Override);
    assert_eq!(why.reasons[0].reason.host_name.as_deref(), Some("Ada"));
}

#[testkit::db_test]
async fn what_invitees_write_is_checked(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ada = world.host("Ada").await;
    let settings = json!({
        "durations": [30, 60],
        "locations": [{"kind": "link", "url": "https://meet.example.com/ada"}, {"kind": "call_invitee"}],
        "questions": [
            {"key": "topic", "label": "What about?", "kind": "choice", "options": ["Engines", "Looms"], "required": true},
            {"key": "team", "label": "Who comes?", "kind": "several", "options": ["A", "B"]},
            {"key": "people", "label": "How many?", "kind": "number"},
            {"key": "agreed", "label": "Agreed?", "kind": "yes_no", "required": true},
        ],
    });
    let call = world.event_type(&[&ada], settings).await;
    let faults = async |answers: Value, location: Option<usize>, minutes: u32| {
        let mut wish = World::wish(call.id, tuesday("10:00"), "a@example.com");
        wish.answers = serde_json::from_value(answers).unwrap();
        wish.location = location;
        wish.minutes = Some(minutes);
        match book(&world.ctx, world.account, &By::Invitee, wish).await {
            Err(kernel::Error::Invalid(errors)) => errors
                .into_iter()
                .map(|one| format!("{} {}", one.field, one.code))
                .collect(),
            Ok(Ok(booked)) => vec![json!(booked.booking.answers).to_string()],
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        faults(json!({}), None, 30).await,
        ["answers.topic required", "answers.agreed required"]
    );
    let wrong = json!({"topic": "Boats", "team": ["C"], "people": "many", "agreed": false, "x": 1});
    assert_eq!(
        faults(wrong, Some(1), 30).await,
        [
            "phone required",
            "answers.x unknown",
            "answers.topic unknown",
            "answers.team unknown",
            "answers.people wrong_type",
            "answers.agreed required",
        ]
    );
    assert_eq!(faults(json!({}), Some(2), 45).await, ["minutes unknown"]);
    let right = json!({"topic": " Looms ", "team": ["B", "B"], "people": "3", "agreed": true});
    assert_eq!(
        faults(right, None, 60).await,
        [r#"{"agreed":true,"people":3,"team":["B"],"topic":"Looms"}"#]
    );
}

#[testkit::db_test]
async fn who_is_known_stays_as_they_are(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let ctx = &world.ctx;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let first = world
        .book(&call, tuesday("10:00"), "grace@example.com")
        .await;
    let person = first.subscriber_id.unwrap();
    let found = subscribers::get(ctx, world.account, person).await.unwrap();
    let found = serde_json::to_value(format!("{:?}", found.subscriber))
        .unwrap()
        .to_string();
    for part in ["Ada", "Lovelace", "Europe/Berlin", "Booking", "Active"] {
        assert!(found.contains(part), "{part}: {found}");
    }
    subscribers::unsubscribe(ctx, world.account, &actor(), person, None)
        .await
        .unwrap();
    let again = world
        .book(&call, tuesday("11:00"), "grace@example.com")
        .await;
    assert_eq!(again.subscriber_id, Some(person));
    let found = subscribers::get(ctx, world.account, person).await.unwrap();
    assert_eq!(found.subscriber.status, subscribers::Status::Unsubscribed);
}

#[testkit::db_test]
async fn who_attends_a_meeting_cannot_host_another_one(db: TestDb) {
    let world = World::new(db.ctx()).await;
    let (ada, bob) = (world.host("Ada").await, world.host("Bob").await);
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let settings = json!({"durations": [60], "needs_approval": true, "pending_blocks": false});
    let asked = world.event_type(&[&ada], settings).await;
    let own = world.event_type(&[&bob], json!({"durations": [60]})).await;
    // Hosts are users, and known by the address of those.
    let meeting = world.book(&call, tuesday("10:00"), "BOB@example.com").await;
    world
        .book(&asked, tuesday("12:00"), "bob@example.com")
        .await;
    let starts = world.starts(&own).await;
    assert!(!starts.contains(&"10:00".to_owned()), "{starts:?}");
    assert!(
        starts.contains(&"12:00".to_owned()),
        "what is not confirmed blocks nobody here: {starts:?}"
    );
    let refused = world
        .try_book(&own, tuesday("10:00"), "x@example.com")
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, "slot_taken");
    assert_eq!(refused.reasons[0].booking_id, Some(meeting.id));
    // It goes where he goes, and ends with it.
    world.move_to(meeting.id, tuesday("11:00")).await.unwrap();
    let starts = world.starts(&own).await;
    assert!(starts.contains(&"10:00".to_owned()) && !starts.contains(&"11:00".to_owned()));
    crate::bookings::cancel(&world.ctx, world.account, &world.by, meeting.id, None)
        .await
        .unwrap();
    assert!(world.starts(&own).await.contains(&"11:00".to_owned()));
}
