use std::time::Duration;

use events::{Event, NewEvent, kind};
use kernel::{Cursor, Limit};
use serde_json::{Value, json};
use testkit::TestDb;

use super::{Names, Query, of};
use crate::fields::FieldKind;
use crate::fixtures::{account, actor, faults, field, group, person, stranger, tag};
use crate::input::Patch;
use crate::labels;
use crate::subscribers::{Attributes, SubscriberChange, unsubscribe, update};

fn event(kind: &str, subject: Option<i64>, body: Value) -> Event {
    Event {
        account: account(),
        id: 1.into(),
        kind: kind.to_owned(),
        subscriber: Some(1),
        subject,
        at: kernel::Timestamp::from_micros(0),
        body,
    }
}

#[test]
fn every_kind_has_a_sentence() {
    let names = Names {
        groups: [(5, "News".to_owned())].into(),
        tags: [(5, "VIP".to_owned())].into(),
        segments: [(5, "Regulars".to_owned())].into(),
        campaigns: [(5, "May".to_owned())].into(),
        fields: [("city".to_owned(), "City of birth".to_owned())].into(),
    };
    for kind in kind::ALL {
        for body in [
            json!({}),
            json!({"reason": 5, "changed": "x", "from": null}),
        ] {
            let sentence = names.sentence(&event(kind, Some(6), body));
            assert!(
                sentence.chars().next().unwrap().is_uppercase(),
                "{sentence}"
            );
        }
    }
    for (kind, body, wanted) in [
        (
            kind::SUBSCRIBER_CREATED,
            json!({"source": "form", "status": "unconfirmed"}),
            "Signed up by a form, unconfirmed",
        ),
        (
            kind::SUBSCRIBER_UPDATED,
            json!({"changed": ["first_name", "phone", "fields.city"]}),
            "First name, telephone number and City of birth changed",
        ),
        (
            kind::SUBSCRIBER_UPDATED,
            json!({"changed": ["fields.gone"]}),
            "Gone changed",
        ),
        (
            kind::SUBSCRIBER_STATUS_CHANGED,
            json!({"from": "active", "to": "unsubscribed", "reason": "page"}),
            "Unsubscribed (page)",
        ),
        (
            kind::SUBSCRIBER_STATUS_CHANGED,
            json!({"from": "bounced", "to": "active"}),
            "Subscribed again",
        ),
        (
            kind::SUBSCRIBER_EMAIL_CHANGED,
            json!({"from": "a@x.org", "to": "b@x.org"}),
            "Changed the address from a@x.org to b@x.org",
        ),
        (kind::GROUP_JOINED, json!({}), "Joined the group News"),
        (kind::TAG_REMOVED, json!({}), "Lost the tag VIP"),
        (
            kind::SEGMENT_ENTERED,
            json!({}),
            "Came into the segment Regulars",
        ),
        (
            kind::SEGMENT_LEFT,
            json!({}),
            "Is no longer in the segment Regulars",
        ),
        (
            kind::MESSAGE_CLICKED,
            json!({"url": "https://example.com/a"}),
            "Clicked a link in the campaign May (https://example.com/a)",
        ),
        (
            kind::MESSAGE_SENT,
            json!({"transactional": true}),
            "Was sent a single message",
        ),
        (
            kind::MESSAGE_COMPLAINED,
            json!({"text": "abuse"}),
            "Reported the campaign May as spam",
        ),
        (
            kind::MESSAGE_SKIPPED,
            json!({"transactional": true, "reason": "suppressed"}),
            "Was not sent a single message (suppressed)",
        ),
    ] {
        assert_eq!(names.sentence(&event(kind, Some(5), body)), wanted);
    }
    assert_eq!(
        names.sentence(&event("robot.waved_back", None, json!({}))),
        "Robot waved back"
    );
    assert_eq!(
        names.sentence(&event(kind::GROUP_LEFT, Some(6), json!({}))),
        "Left a group that is deleted now"
    );
}

#[testkit::db_test]
async fn a_timeline_is_filtered_by_kinds_and_dates_and_paged(db: TestDb) {
    let ctx = db.ctx();
    field(&ctx, "city", FieldKind::Text, &[]).await;
    let ada = person(&ctx, "ada@example.com").await;
    let (news, vip) = (group(&ctx, "News").await, tag(&ctx, "VIP").await);
    let start = ctx.clock.now();
    let step = || ctx.clock.advance(Duration::from_hours(1));
    step();
    labels::change_members(&ctx, account(), &actor(), news, &[ada], true)
        .await
        .unwrap();
    step();
    labels::change_members(&ctx, account(), &actor(), vip, &[ada], true)
        .await
        .unwrap();
    step();
    let change = SubscriberChange {
        attributes: Attributes {
            first_name: Patch::Set("Ada".to_owned()),
            ..Attributes::default()
        },
        fields: [("city".to_owned(), json!("Rome"))].into(),
        ..SubscriberChange::default()
    };
    update(&ctx, account(), &actor(), ada, change)
        .await
        .unwrap();
    step();
    unsubscribe(&ctx, account(), &actor(), ada, None)
        .await
        .unwrap();
    let mut tx = ctx.write().await.unwrap();
    let late = NewEvent {
        kind: kind::MESSAGE_OPENED,
        subscriber: Some(ada.get()),
        subject: Some(99),
        // It happened before it was recorded, at the time of another one.
        at: Some(start + Duration::from_hours(2)),
        body: json!({}),
    };
    events::record(&ctx, &mut tx, account(), &[late])
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let read = async |query: Query| {
        let limit = Limit::try_new(2).unwrap();
        let (mut told, mut cursor) = (Vec::new(), None);
        loop {
            let page = of(&ctx, account(), ada, &query, cursor, limit)
                .await
                .unwrap();
            told.extend(page.data.into_iter().map(|entry| entry.sentence));
            let Some(next) = page.next_cursor else {
                return told;
            };
            cursor = Some(Cursor::decode(&next).unwrap());
        }
    };
    let all = [
        "Unsubscribed (manual)",
        "First name and city changed",
        "Opened a campaign that is deleted now",
        "Was given the tag VIP",
        "Joined the group News",
        "Was added by a program",
    ];
    assert_eq!(read(Query::default()).await, all);
    let hours = |hours| Some(start + Duration::from_hours(hours));
    let between = Query {
        from: hours(1),
        until: hours(3),
        ..Query::default()
    };
    assert_eq!(read(between.clone()).await, all[2..5]);
    let of_kinds = |kinds: &[&str]| Query {
        kinds: kinds.iter().map(|it| (*it).to_owned()).collect(),
        ..Query::default()
    };
    assert_eq!(
        read(of_kinds(&[
            "tag.added",
            "group.*",
            "message.*",
            "message.opened"
        ]))
        .await,
        all[2..5]
    );
    let both = Query {
        from: hours(2),
        ..of_kinds(&["tag.added", "group.*", "subscriber.updated"])
    };
    assert_eq!(
        read(both).await,
        ["First name and city changed", "Was given the tag VIP"]
    );

    for kinds in [
        ["tag.added", "nonsense"],
        ["tag.added", "nothing.*"],
        ["tag.added", "*"],
    ] {
        let refused = of(
            &ctx,
            account(),
            ada,
            &of_kinds(&kinds),
            None,
            Limit::default(),
        )
        .await;
        assert_eq!(faults(refused), ["kind[1]: unknown"], "{kinds:?}");
    }
    let foreign = of(
        &ctx,
        stranger(),
        ada,
        &Query::default(),
        None,
        Limit::default(),
    )
    .await;
    assert_eq!(faults(foreign), ["no subscriber"]);
}
