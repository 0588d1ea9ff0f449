use std::collections::BTreeMap;

use events::NewEvent;
use serde_json::json;
use testkit::TestDb;

use crate::fields::FieldKind;
use crate::fixtures::{
    HOSTILE, account, actor, faults, field, group, history, kinds, person, stranger, tag,
};
use crate::input::Patch;
use crate::subscribers::*;
use crate::{labels, suppressions};

fn new(email: &str) -> NewSubscriber {
    NewSubscriber {
        email: email.to_owned(),
        attributes: Attributes::default(),
        fields: BTreeMap::new(),
        status: None,
        resubscribe: false,
        consent: None,
        groups: Vec::new(),
        tags: Vec::new(),
        source: Source::Manual,
        mode: Mode::CreateAndUpdate,
    }
}

#[testkit::db_test]
async fn creating_tells_new_from_known_and_names_every_fault(db: TestDb) {
    let ctx = db.ctx();
    field(&ctx, "birthday", FieldKind::Date, &[]).await;
    let news = group(&ctx, "News").await;
    let mut ada = new("Ada@Example.com");
    ada.fields.insert("birthday".into(), json!("1815-12-10"));
    ada.groups = vec![news];
    let (created, profile) = create(&ctx, account(), &actor(), ada.clone())
        .await
        .unwrap();
    assert!(created);
    assert_eq!(profile.subscriber.email, "Ada@example.com");
    assert_eq!(profile.groups, [news]);
    let (created, same) = create(&ctx, account(), &actor(), ada.clone())
        .await
        .unwrap();
    assert!(!created);
    assert_eq!(same.subscriber.id, profile.subscriber.id);
    ada.mode = Mode::CreateOnly;
    assert_eq!(
        faults(create(&ctx, account(), &actor(), ada).await),
        ["subscriber_exists"]
    );

    let mut wrong = new("nobody");
    wrong.attributes.first_name = Patch::Set("a\0b".into());
    wrong.fields.insert("birthday".into(), json!("tomorrow"));
    wrong.fields.insert("nonsense".into(), json!(1));
    wrong.attributes.owner = Patch::Set(97.into());
    wrong.groups = vec![99.into()];
    wrong.tags = vec![98.into()];
    assert_eq!(
        faults(create(&ctx, account(), &actor(), wrong).await),
        [
            "owner_id: unknown",
            "email: invalid_email",
            "first_name: nul_character",
            "fields.birthday: wrong_type",
            "fields.nonsense: unknown",
            "groups[0]: unknown",
            "tags[0]: unknown",
        ]
    );
    let mut foreign = new("eve@example.com");
    foreign.groups = vec![news];
    assert_eq!(
        faults(create(&ctx, stranger(), &actor(), foreign).await),
        ["groups[0]: unknown"]
    );
}

#[testkit::db_test]
async fn hostile_text_comes_back_as_it_went_in(db: TestDb) {
    let ctx = db.ctx();
    field(&ctx, "note", FieldKind::Text, &[]).await;
    for (i, text) in HOSTILE.into_iter().enumerate() {
        let mut it = new(&format!("h{i}@example.com"));
        it.attributes.first_name = Patch::Set(text.to_owned());
        it.fields.insert("note".into(), json!(text));
        let (_, profile) = create(&ctx, account(), &actor(), it).await.unwrap();
        assert_eq!(profile.subscriber.first_name.as_deref(), Some(text));
        assert_eq!(profile.fields[0].1.to_json(), json!(text));
        tag(&ctx, text).await;
    }
}

#[testkit::db_test]
async fn a_change_writes_what_differs(db: TestDb) {
    let ctx = db.ctx();
    field(&ctx, "city", FieldKind::Text, &[]).await;
    let ada = person(&ctx, "ada@example.com").await;
    person(&ctx, "taken@example.com").await;
    let change = |email: Option<&str>, city: serde_json::Value| SubscriberChange {
        email: email.map(str::to_owned),
        attributes: Attributes {
            score: Some(5),
            ..Attributes::default()
        },
        fields: BTreeMap::from([("city".to_owned(), city)]),
    };
    let actor = &actor();
    let go = |it| update(&ctx, account(), actor, ada, it);
    let profile = go(change(Some("ada@new.example"), json!("Rome")))
        .await
        .unwrap();
    assert_eq!(profile.subscriber.email, "ada@new.example");
    go(change(Some("ada@new.example"), json!("Rome")))
        .await
        .unwrap();
    let events = history(&ctx, ada).await;
    assert_eq!(events.len(), 3, "the same again is nothing new");
    assert_eq!(
        events[1].1["changed"],
        json!(["email", "score", "fields.city"])
    );
    go(change(None, json!(null))).await.unwrap();
    assert!(get(&ctx, account(), ada).await.unwrap().fields.is_empty());

    assert_eq!(
        faults(go(change(Some("TAKEN@example.com"), json!(null))).await),
        ["subscriber_exists"]
    );
    let foreign = update(&ctx, stranger(), actor, ada, SubscriberChange::default()).await;
    assert_eq!(faults(foreign), ["no subscriber"]);
    let block = suppressions::AddSuppressions {
        emails: vec!["blocked@example.com".into()],
        reason: Some("asked".into()),
        ..Default::default()
    };
    suppressions::add(&ctx, account(), actor, block)
        .await
        .unwrap();
    let refused = go(change(Some("blocked@example.com"), json!(null))).await;
    assert_eq!(faults(refused), ["address_suppressed"]);
}

#[testkit::db_test]
async fn statuses_change_with_reason_actor_and_event(db: TestDb) {
    let ctx = db.ctx();
    let ada = person(&ctx, "ada@example.com").await;
    let mut tx = ctx.write().await.unwrap();
    let go = unsubscribe_in(&ctx, &mut tx, account(), ada, "one_click", "subscriber").await;
    assert!(go.unwrap());
    let again = unsubscribe_in(&ctx, &mut tx, account(), ada, "page", "subscriber").await;
    assert!(!again.unwrap());
    let nobody = unsubscribe_in(&ctx, &mut tx, stranger(), ada, "page", "subscriber").await;
    assert!(!nobody.unwrap());
    tx.commit().await.unwrap();
    let person = get(&ctx, account(), ada).await.unwrap().subscriber;
    assert_eq!(person.status_reason.as_deref(), Some("one_click"));
    let last = history(&ctx, ada).await.pop().unwrap();
    assert_eq!(
        last.1,
        json!({"from": "active", "to": "unsubscribed", "reason": "one_click", "actor": "subscriber"})
    );

    let consent = Consent {
        at: ctx.clock.now(),
        ip: Some("203.0.113.7".into()),
        source: Some("Phone".into()),
        text: None,
    };
    let profile = resubscribe(&ctx, account(), &actor(), ada, None, Some(consent))
        .await
        .unwrap();
    assert_eq!(profile.subscriber.status, Status::Active);
    assert_eq!(
        kinds(&ctx, ada).await[2..],
        ["subscriber.status_changed", "consent.given"]
    );

    let mut tx = ctx.write().await.unwrap();
    mark_complained_in(&ctx, &mut tx, account(), ada, "complaint", "system")
        .await
        .unwrap();
    mark_bounced_in(&ctx, &mut tx, account(), ada, "550", "system")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        get(&ctx, account(), ada).await.unwrap().subscriber.status,
        Status::Suppressed
    );
    let entry = suppressions::check(&ctx, account(), "ada@example.com")
        .await
        .unwrap();
    assert_eq!(entry.unwrap().reason, "complaint");
    let refused = resubscribe(&ctx, account(), &actor(), ada, None, None).await;
    assert_eq!(faults(refused), ["address_suppressed"]);
    assert_eq!(
        faults(create(&ctx, account(), &actor(), new("ada@example.com")).await),
        ["address_suppressed"]
    );
}

#[testkit::db_test]
async fn deleting_takes_everything_but_the_past(db: TestDb) {
    let ctx = db.ctx();
    field(&ctx, "city", FieldKind::Text, &[]).await;
    let (news, vip) = (group(&ctx, "News").await, tag(&ctx, "VIP").await);
    let mut ada = new("ada@example.com");
    ada.fields.insert("city".into(), json!("Rome"));
    ada.groups = vec![news];
    ada.tags = vec![vip];
    let (_, profile) = create(&ctx, account(), &actor(), ada.clone())
        .await
        .unwrap();
    let id = profile.subscriber.id;
    assert_eq!(
        faults(delete(&ctx, stranger(), &actor(), id).await),
        ["no subscriber"]
    );
    delete(&ctx, account(), &actor(), id).await.unwrap();
    assert_eq!(faults(get(&ctx, account(), id).await), ["no subscriber"]);
    assert_eq!(
        faults(delete(&ctx, account(), &actor(), id).await),
        ["no subscriber"]
    );
    assert_eq!(labels::get(&ctx, account(), news).await.unwrap().members, 0);
    assert_eq!(labels::get(&ctx, account(), vip).await.unwrap().members, 0);
    assert_eq!(
        kinds(&ctx, id).await,
        ["subscriber.created", "subscriber.deleted"]
    );
    let (created, again) = create(&ctx, account(), &actor(), new("ada@example.com"))
        .await
        .unwrap();
    assert!(created && again.subscriber.id != id && again.fields.is_empty());
}

#[testkit::db_test]
async fn opens_and_clicks_move_the_last_activity(db: TestDb) {
    let ctx = db.ctx();
    let (ada, grace) = (
        person(&ctx, "a@example.com").await,
        person(&ctx, "g@example.com").await,
    );
    let at = |seconds| ctx.clock.now() + std::time::Duration::from_secs(seconds);
    let event = |kind, person: crate::SubscriberId, seconds| NewEvent {
        kind,
        subscriber: Some(person.get()),
        subject: Some(1),
        at: Some(at(seconds)),
        body: json!({}),
    };
    let mut tx = ctx.write().await.unwrap();
    let list = [
        event(events::kind::MESSAGE_OPENED, ada, 20),
        event(events::kind::MESSAGE_CLICKED, ada, 10),
        event(events::kind::MESSAGE_OPENED_BY_MACHINE, grace, 5),
        event(events::kind::MESSAGE_SENT, grace, 5),
    ];
    events::record(&ctx, &mut tx, account(), &list)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    events::catch_up(&ctx, &LastActivity).await.unwrap();
    let last = |id| {
        let ctx = ctx.clone();
        async move {
            get(&ctx, account(), id)
                .await
                .unwrap()
                .subscriber
                .last_activity_at
        }
    };
    assert_eq!(last(ada).await, Some(at(20)));
    assert_eq!(last(grace).await, None);

    let mut tx = ctx.write().await.unwrap();
    let list = [
        event(events::kind::MESSAGE_CLICKED, ada, 1),
        event(events::kind::MESSAGE_CLICKED, grace, 2),
    ];
    events::record(&ctx, &mut tx, account(), &list)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    events::catch_up(&ctx, &LastActivity).await.unwrap();
    assert_eq!(last(ada).await, Some(at(20)), "later than what came late");
    assert_eq!(last(grace).await, Some(at(2)));
}
