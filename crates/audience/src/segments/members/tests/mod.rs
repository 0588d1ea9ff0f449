//! Members kept up, on both engines.

use std::time::Duration;

use ctx::Ctx;
use kernel::{Limit, Timestamp};
use serde_json::{Value, json};
use testkit::TestDb;

use super::{Membership, State, store, upkeep};
use crate::fixtures::{self, account, actor};
use crate::segments::{self, Change, Draft, Segment};
use crate::subscribers;
use crate::{GroupId, SegmentId, SubscriberId, labels};

mod random;

/// An account in Berlin, where it is half past eleven.
pub(super) async fn set_up(db: &TestDb) -> Ctx {
    let ctx = db.ctx();
    let mut tx = ctx.write().await.unwrap();
    tx.query(
        "insert into account (id, name, time_zone, language, version, created_at, updated_at)
         values ($1, 'Test', 'Europe/Berlin', 'en', 1, 0, 0)",
    )
    .bind(account())
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    ctx
}

pub(super) async fn create(ctx: &Ctx, name: &str, rule: Value) -> SegmentId {
    let draft = Draft {
        name: name.to_owned(),
        rule,
    };
    segments::create(ctx, account(), &actor(), draft)
        .await
        .unwrap()
        .id
}

/// Until every event is followed and no segment is due.
pub(super) async fn settle(ctx: &Ctx) {
    loop {
        events::catch_up(ctx, &Membership).await.unwrap();
        let now = ctx.clock.now();
        let mut tx = ctx.read().await.unwrap();
        let due = store::due(&mut tx, now, 100).await.unwrap();
        drop(tx);
        if due.is_empty() {
            return;
        }
        for (account, segment) in due {
            while upkeep::keep_up(ctx, account, segment).await.unwrap() {}
        }
    }
}

pub(super) async fn members(ctx: &Ctx, id: SegmentId) -> Vec<SubscriberId> {
    let mut tx = ctx.read().await.unwrap();
    store::members(&mut tx, account(), id).await.unwrap()
}

pub(super) async fn segment(ctx: &Ctx, id: SegmentId) -> Segment {
    segments::get(ctx, account(), id).await.unwrap()
}

/// Whom the rule selects, asked in full.
pub(super) async fn selected(ctx: &Ctx, id: SegmentId) -> Vec<SubscriberId> {
    segments::subscriber_ids(ctx, account(), id, None, Limit::try_new(100).unwrap())
        .await
        .unwrap()
        .data
}

/// Entered and left events of a person, in order, with the segment.
async fn moves(ctx: &Ctx, person: SubscriberId) -> Vec<(String, i64)> {
    let mut tx = ctx.read().await.unwrap();
    let kinds = [events::kind::SEGMENT_ENTERED, events::kind::SEGMENT_LEFT];
    let limit = Limit::try_new(100).unwrap();
    let page = events::timeline(&mut tx, account(), person.get(), &kinds, None, limit)
        .await
        .unwrap();
    let mut moves: Vec<_> = page
        .data
        .into_iter()
        .map(|event| (event.kind, event.subject.unwrap()))
        .collect();
    moves.reverse();
    moves
}

fn entered(id: SegmentId) -> (String, i64) {
    ("segment.entered".to_owned(), id.get())
}

fn left(id: SegmentId) -> (String, i64) {
    ("segment.left".to_owned(), id.get())
}

async fn put(ctx: &Ctx, group: GroupId, person: SubscriberId, add: bool) {
    labels::change_members(ctx, account(), &actor(), group, &[person], add)
        .await
        .unwrap();
}

#[testkit::db_test]
async fn people_come_and_go(db: TestDb) {
    let ctx = set_up(&db).await;
    let group: GroupId = fixtures::group(&ctx, "VIP").await;
    let ada = fixtures::person(&ctx, "ada@example.com").await;
    let vip = create(&ctx, "VIP", json!({"group": {"any": [group]}})).await;
    let others = create(&ctx, "Others", json!({"segment": {"none": [vip]}})).await;
    assert_eq!(segment(&ctx, vip).await.size.state, State::Building);
    settle(&ctx).await;
    // Who was there when the segment was made did not enter it.
    assert_eq!(members(&ctx, others).await, [ada]);
    assert!(moves(&ctx, ada).await.is_empty());
    let size = segment(&ctx, others).await.size;
    assert_eq!((size.state, size.people), (State::Current, 1));

    put(&ctx, group, ada, true).await;
    let bob = fixtures::person(&ctx, "bob@example.com").await;
    settle(&ctx).await;
    settle(&ctx).await;
    assert_eq!(members(&ctx, vip).await, [ada]);
    assert_eq!(members(&ctx, others).await, [bob]);
    assert_eq!(moves(&ctx, ada).await, [entered(vip), left(others)]);
    assert_eq!(moves(&ctx, bob).await, [entered(others)]);

    // There and back before anybody looked is no move.
    put(&ctx, group, ada, false).await;
    put(&ctx, group, ada, true).await;
    settle(&ctx).await;
    assert_eq!(moves(&ctx, ada).await.len(), 2);

    subscribers::delete(&ctx, account(), &actor(), bob)
        .await
        .unwrap();
    settle(&ctx).await;
    assert_eq!(segment(&ctx, others).await.size.people, 0);
    assert_eq!(moves(&ctx, bob).await, [entered(others)]);
    let growth = segments::growth(&ctx, account(), others, 7).await.unwrap();
    let [today] = growth.as_slice() else {
        panic!("{growth:?}")
    };
    assert_eq!(
        (today.date.as_str(), today.entered, today.left, today.size),
        ("2026-05-04", 1, 2, 0)
    );
}

#[testkit::db_test]
async fn a_changed_rule_moves_people_silently_also_where_it_is_referred_to(db: TestDb) {
    let ctx = set_up(&db).await;
    let people = [
        fixtures::person(&ctx, "ada@example.com").await,
        fixtures::person(&ctx, "bob@example.org").await,
    ];
    let ends = |with: &str| json!({"field": "email", "op": "ends_with", "value": with});
    let com = create(&ctx, "Com", ends(".com")).await;
    let not = create(&ctx, "Not", json!({"not": {"segment": {"any": [com]}}})).await;
    let nor = create(&ctx, "Nor", json!({"segment": {"none": [not]}})).await;
    settle(&ctx).await;
    assert_eq!(members(&ctx, nor).await, [people[0]]);
    let change = Change {
        rule: Some(ends(".org")),
        ..Change::default()
    };
    segments::update(&ctx, account(), &actor(), com, change)
        .await
        .unwrap();
    settle(&ctx).await;
    for (id, expected) in [(com, people[1]), (not, people[0]), (nor, people[1])] {
        assert_eq!(members(&ctx, id).await, [expected]);
        let size = segment(&ctx, id).await.size;
        assert_eq!((size.state, size.people), (State::Current, 1));
    }
    for person in people {
        assert!(moves(&ctx, person).await.is_empty());
    }
    let uses = segments::used_by(&ctx, account(), com).await.unwrap();
    assert_eq!(uses.segments.len(), 1);
    assert_eq!(uses.segments[0].name, "Not");
}

#[testkit::db_test]
async fn time_moves_people(db: TestDb) {
    let ctx = set_up(&db).await;
    let fresh = create(
        &ctx,
        "Fresh",
        json!({"field": "created_at", "op": "within_last_days", "value": 2}),
    )
    .await;
    let ada = fixtures::person(&ctx, "ada@example.com").await;
    settle(&ctx).await;
    assert_eq!(members(&ctx, fresh).await, [ada]);
    db.clock().advance(Duration::from_hours(47));
    settle(&ctx).await;
    assert_eq!(members(&ctx, fresh).await, [ada]);
    // Long after: many days are made up for at once.
    db.clock().advance(Duration::from_hours(24 * 12));
    settle(&ctx).await;
    assert!(members(&ctx, fresh).await.is_empty());
    assert_eq!(moves(&ctx, ada).await, [left(fresh)]);
    let size = segment(&ctx, fresh).await.size;
    assert_eq!(size.as_of, ctx.clock.now());
}

#[testkit::db_test]
async fn another_time_zone_is_another_day(db: TestDb) {
    let ctx = set_up(&db).await;
    // Half past eleven in Berlin, and the day before in Honolulu at half past eleven at night.
    let monday = json!({"field": "created_at", "op": "day_of_week", "value": ["monday"]});
    let monday = create(&ctx, "Monday", monday).await;
    settle(&ctx).await;
    let ada = fixtures::person(&ctx, "ada@example.com").await;
    settle(&ctx).await;
    assert_eq!(members(&ctx, monday).await, [ada]);
    let mut tx = ctx.write().await.unwrap();
    tx.query("update account set time_zone = 'Pacific/Honolulu'")
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    settle(&ctx).await;
    assert!(members(&ctx, monday).await.is_empty());
    assert!(selected(&ctx, monday).await.is_empty());
    assert_eq!(moves(&ctx, ada).await, [entered(monday)]);
}

#[testkit::db_test]
async fn a_segment_breaks_and_heals(db: TestDb) {
    let ctx = set_up(&db).await;
    let group: GroupId = fixtures::group(&ctx, "VIP").await;
    let ada = fixtures::person(&ctx, "ada@example.com").await;
    put(&ctx, group, ada, true).await;
    let vip = create(&ctx, "VIP", json!({"group": {"any": [group]}})).await;
    let outer = create(&ctx, "Outer", json!({"segment": {"any": [vip]}})).await;
    settle(&ctx).await;
    // Behind the back of everything that would refuse it.
    let gone = |new: i64, old: i64| {
        let ctx = ctx.clone();
        async move {
            let mut tx = ctx.write().await.unwrap();
            tx.query("update contact_group set id = $1 where id = $2")
                .bind(new)
                .bind(old)
                .execute()
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    };
    gone(12345, group.get()).await;
    let bob = fixtures::person(&ctx, "bob@example.com").await;
    settle(&ctx).await;
    for id in [vip, outer] {
        let it = segment(&ctx, id).await;
        assert_eq!(it.size.state, State::Broken);
        let described = segments::describe(&ctx, account(), it).await.unwrap();
        let told = &described.faults[0].message;
        assert!(told.contains(&group.to_string()), "{told}");
        // Neither nobody nor everybody.
        assert_eq!(members(&ctx, id).await, [ada]);
        assert!(segments::count(&ctx, account(), id).await.is_err());
    }
    gone(group.get(), 12345).await;
    put(&ctx, group, bob, true).await;
    db.clock().advance(Duration::from_mins(11));
    settle(&ctx).await;
    for id in [vip, outer] {
        assert_eq!(segment(&ctx, id).await.size.state, State::Current);
        assert_eq!(members(&ctx, id).await, [ada, bob]);
    }
}

#[testkit::db_test]
async fn a_deleted_segment_is_forgotten_and_a_busy_one_is_not_deleted(db: TestDb) {
    let ctx = set_up(&db).await;
    fixtures::person(&ctx, "ada@example.com").await;
    let all = create(&ctx, "All", json!({"all": []})).await;
    settle(&ctx).await;
    let campaign = |state: &'static str| {
        let ctx = ctx.clone();
        async move {
            let mut tx = ctx.write().await.unwrap();
            tx.query("delete from campaign").execute().await.unwrap();
            tx.query(
                "insert into campaign (account_id, id, name, state, sender_name, sender_email, audience,
                   snapshot_done, snapshot_cursor, version, created_at, updated_at, created_by)
                 values ($1, 9, 'Spring', $2, 'A', 'a@example.com', $3, 0, 0, 1, 0, 0, 'test')",
            )
            .bind(account())
            .bind(state)
            .bind(json!({"segments": [all]}).to_string())
            .execute()
            .await
            .unwrap();
            tx.commit().await.unwrap();
        }
    };
    campaign("scheduled").await;
    let refused = segments::delete(&ctx, account(), &actor(), all).await;
    assert_eq!(fixtures::faults(refused), ["segment_in_use"]);
    let uses = segments::used_by(&ctx, account(), all).await.unwrap();
    assert_eq!(uses.campaigns[0].state.as_deref(), Some("scheduled"));
    campaign("sent").await;
    segments::delete(&ctx, account(), &actor(), all)
        .await
        .unwrap();
    while upkeep::keep_up(&ctx, account(), all).await.unwrap() {}
    assert!(members(&ctx, all).await.is_empty());
    assert!(
        store::due(
            &mut ctx.read().await.unwrap(),
            Timestamp::from_micros(i64::MAX),
            9
        )
        .await
        .unwrap()
        .is_empty()
    );
}
