//! The proof: after random edits and with time passing, the members are those whom the rules select, and the events
//! tell exactly how they came to be.

use std::collections::BTreeSet;
use std::time::Duration;

use ctx::Ctx;
use events::{NewEvent, kind};
use kernel::Rng;
use serde_json::{Value, json};
use testkit::TestDb;

use crate::segments::members::Membership;

use super::{create, members, put, segment, selected, set_up, settle};
use crate::fields::{self, FieldInput, FieldKind, FieldValue};
use crate::fixtures::{self, account, actor};
use crate::subscribers::{self, Policy, Source, Status, SubscriberChange};
use crate::{FieldId, GroupId, Patch, SegmentId, SubscriberId, TagId, segments};

const ROUNDS: usize = 30;
const EDITS: u64 = 6;
const PEOPLE: u64 = 12;

/// Numbers that a seed gives.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

struct Place {
    ctx: Ctx,
    group: GroupId,
    tag: TagId,
    city: FieldId,
    birthday: FieldId,
}

/// Of every kind of condition at least one, still, by the day and by the moment.
fn rules(place: &Place) -> Vec<Value> {
    let (group, tag) = (place.group, place.tag);
    vec![
        json!({"field": "city", "op": "equals", "value": "Berlin"}),
        json!({"field": "city", "op": "is_not_set"}),
        json!({"group": {"any": [group]}}),
        json!({"tag": {"none": [tag]}}),
        json!({"field": "status", "op": "equals", "value": "active"}),
        json!({"field": "score", "op": "between", "value": [1, 2]}),
        json!({"event": "opened", "within_days": 2}),
        json!({"event": "clicked", "exactly": 1}),
        json!({"event": "clicked", "link": {"contains": "/pricing"}, "within_days": 3, "at_most": 1}),
        json!({"not": {"event": "received"}}),
        json!({"field": "last_activity_at", "op": "more_than_days_ago", "value": 1}),
        json!({"field": "created_at", "op": "within_last_days", "value": 1}),
        json!({"field": "updated_at", "op": "day_of_week", "value": ["monday", "wednesday"]}),
        json!({"field": "birthday", "op": "anniversary_within_next_days", "value": 3}),
        json!({"field": "birthday", "op": "within_next_days", "value": 2}),
        json!({"all": [
            {"sample": 60},
            {"any": [{"group": {"any": [group]}}, {"event": "opened", "at_least": 2, "within_days": 4}]},
        ]}),
    ]
}

async fn place(db: &TestDb) -> Place {
    let ctx = set_up(db).await;
    let mut tx = ctx.write().await.unwrap();
    for (id, url) in [
        (1, "https://example.com/pricing"),
        (2, "https://example.com/"),
    ] {
        tx.query("insert into link_target (account_id, id, url, url_folded, url_hash) values ($1, $2, $3, $3, 0)")
            .bind(account())
            .bind(i64::from(id))
            .bind(url)
            .execute()
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    Place {
        group: fixtures::group(&ctx, "Group").await,
        tag: fixtures::tag(&ctx, "Tag").await,
        city: fixtures::field(&ctx, "city", FieldKind::Text, &[]).await.id,
        birthday: fixtures::field(&ctx, "birthday", FieldKind::Date, &[])
            .await
            .id,
        ctx,
    }
}

async fn find(ctx: &Ctx, number: u64) -> Option<SubscriberId> {
    let mut tx = ctx.read().await.unwrap();
    tx.query("select id from subscriber where account_id = $1 and email = $2")
        .bind(account())
        .bind(format!("{number}@example.com"))
        .fetch_optional()
        .await
        .unwrap()
        .map(|row| row.at(0).unwrap())
}

/// Something that happens to somebody.
async fn edit(place: &Place, dice: &mut Dice) {
    let ctx = &place.ctx;
    let number = dice.below(PEOPLE);
    let Some(person) = find(ctx, number).await else {
        let mut row = fixtures::row(&format!("{number}@example.com"));
        if dice.below(2) == 0 {
            row.groups.push(place.group);
        }
        if dice.below(3) == 0 {
            row.tags.push(place.tag);
        }
        change_fields(place, dice, &mut row.fields);
        fixtures::upsert(ctx, &[row], &Policy::new(Source::Api, "test")).await;
        return;
    };
    match dice.below(12) {
        0 => {
            subscribers::delete(ctx, account(), &actor(), person)
                .await
                .unwrap();
        }
        1 | 2 => put(ctx, place.group, person, dice.below(2) == 0).await,
        3 => {
            let add = dice.below(2) == 0;
            crate::labels::change_members(ctx, account(), &actor(), place.tag, &[person], add)
                .await
                .unwrap();
        }
        4 => {
            // Nobody can be unsubscribed twice, which is no fault here.
            let _ = subscribers::unsubscribe(ctx, account(), &actor(), person, None).await;
        }
        5 => {
            let mut change = SubscriberChange::default();
            change.attributes.score = Some(dice.below(4) as i64);
            change.attributes.first_name = Patch::Set(format!("Name {}", dice.below(3)));
            subscribers::update(ctx, account(), &actor(), person, change)
                .await
                .unwrap();
        }
        6 | 7 => {
            let mut row = fixtures::row(&format!("{number}@example.com"));
            row.status = Some(Status::Active).filter(|_| dice.below(2) == 0);
            change_fields(place, dice, &mut row.fields);
            fixtures::upsert(ctx, &[row], &Policy::new(Source::Api, "test")).await;
        }
        _ => {
            let kind = *dice.one(&[
                kind::MESSAGE_SENT,
                kind::MESSAGE_OPENED,
                kind::MESSAGE_CLICKED,
                kind::MESSAGE_OPENED_BY_MACHINE,
            ]);
            let body = match (kind, dice.below(3)) {
                (kind::MESSAGE_CLICKED, target @ 1..) => json!({"target_id": target.to_string()}),
                _ => json!({}),
            };
            let event = NewEvent {
                kind,
                subscriber: Some(person.get()),
                subject: Some(9),
                at: None,
                body,
            };
            let mut tx = ctx.write().await.unwrap();
            events::record(ctx, &mut tx, account(), &[event])
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    }
}

fn change_fields(place: &Place, dice: &mut Dice, fields: &mut Vec<(FieldId, FieldInput)>) {
    match dice.below(4) {
        0 => fields.push((place.city, FieldInput::Clear)),
        1 | 2 => {
            let city = *dice.one(&["Berlin", "berlin", "Rome"]);
            let city = FieldValue::Text(city.to_owned());
            fields.push((place.city, FieldInput::Set(city)));
        }
        _ => {}
    }
    if dice.below(2) == 0 {
        let day = "2026-05-01".parse::<jiff::civil::Date>().unwrap();
        let day = day + jiff::Span::new().days(dice.below(20) as i64);
        fields.push((place.birthday, FieldInput::Set(FieldValue::Date(day))));
    }
}

/// Members as the events tell, from those at the beginning.
async fn told(ctx: &Ctx, id: SegmentId, begin: &BTreeSet<SubscriberId>) -> BTreeSet<SubscriberId> {
    let mut tx = ctx.read().await.unwrap();
    let rows = tx
        .query(
            "select kind, subscriber_id, subject_id from event where account_id = $1
             and kind in ('segment.entered', 'segment.left', 'subscriber.deleted') order by txn, id",
        )
        .bind(account())
        .fetch_all()
        .await
        .unwrap();
    let mut members = begin.clone();
    for row in &rows {
        let (kind, person): (String, SubscriberId) = (row.at(0).unwrap(), row.at(1).unwrap());
        let subject: Option<i64> = row.at(2).unwrap();
        match kind.as_str() {
            "subscriber.deleted" => drop(members.remove(&person)),
            _ if subject != Some(id.get()) => {}
            "segment.entered" => assert!(members.insert(person), "{person} entered {id} twice"),
            _ => assert!(members.remove(&person), "{person} left {id} twice"),
        }
    }
    members
}

#[testkit::db_test]
async fn members_kept_up_are_those_who_are_selected(db: TestDb) {
    let seed = testkit::number_from_environment("SENDERO_TEST_SEED")
        .unwrap_or_else(|| u64::from_be_bytes(Rng::system().bytes()));
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let place = place(&db).await;
    let ctx = &place.ctx;
    let rules = rules(&place);
    let mut ids = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        ids.push(create(ctx, &format!("Segment {number}"), rule.clone()).await);
    }
    let nested =
        json!({"all": [{"segment": {"any": [ids[0], ids[6]]}}, {"segment": {"none": [ids[3]]}}]});
    ids.push(create(ctx, "Nested", nested.clone()).await);
    settle(ctx).await;
    let mut begin = Vec::new();
    for id in &ids {
        begin.push(members(ctx, *id).await.into_iter().collect::<BTreeSet<_>>());
    }
    for round in 0..ROUNDS {
        for _ in 0..=dice.below(EDITS) {
            edit(&place, &mut dice).await;
            // Sometimes events are followed one by one, while time passes and upkeep is late.
            if dice.below(3) == 0 {
                events::catch_up(ctx, &Membership).await.unwrap();
            }
            if dice.below(3) == 0 {
                let minutes = dice.below(90);
                db.clock().advance(Duration::from_mins(minutes));
            }
        }
        let hours = *dice.one(&[0, 1, 13, 24, 49]);
        db.clock()
            .advance(Duration::from_hours(hours) + Duration::from_mins(2));
        settle(ctx).await;
        for (number, id) in ids.iter().enumerate() {
            let rule = rules.get(number).unwrap_or(&nested);
            let now = selected(ctx, *id).await;
            assert_eq!(
                members(ctx, *id).await,
                now,
                "round {round} of seed {seed}: {rule}"
            );
            let size = segment(ctx, *id).await.size.people;
            assert_eq!(
                size,
                now.len() as i64,
                "round {round} of seed {seed}: {rule}"
            );
        }
    }
    for (id, begin) in ids.iter().zip(&begin) {
        let now: BTreeSet<SubscriberId> = selected(ctx, *id).await.into_iter().collect();
        assert_eq!(told(ctx, *id, begin).await, now, "{id} of seed {seed}");
        let growth = segments::growth(ctx, account(), *id, 400).await.unwrap();
        let net: i64 = growth.iter().map(|day| day.entered - day.left).sum();
        assert_eq!(begin.len() as i64 + net, now.len() as i64, "seed {seed}");
    }
    let _ = fields::catalog(ctx, account()).await.unwrap();
}
