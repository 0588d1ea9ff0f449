use std::collections::BTreeMap;
use std::time::Duration;

use kernel::Limit;
use serde_json::json;
use testkit::TestDb;

use crate::fields::FieldKind;
use crate::fixtures::{
    account, actor, faults, field, group, history, kinds, person, row, stranger, tag, upsert,
};
use crate::input::Patch;
use crate::subscribers::*;
use crate::{SubscriberId, suppressions};

fn into(other: SubscriberId) -> Merge {
    Merge {
        other,
        prefer: Prefer::Kept,
        email: Whose::Kept,
    }
}

fn to(email: &str) -> SubscriberChange {
    SubscriberChange {
        email: Some(email.to_owned()),
        ..SubscriberChange::default()
    }
}

async fn status_of(ctx: &ctx::Ctx, id: SubscriberId) -> Status {
    get(ctx, account(), id).await.unwrap().subscriber.status
}

#[testkit::db_test]
async fn an_address_is_changed_or_refused_with_the_reason(db: TestDb) {
    let ctx = db.ctx();
    let ada = person(&ctx, "ada@example.com").await;
    let grace = person(&ctx, "Grace@MÜNCHEN.example").await;
    let actor = &actor();
    let go = |change| update(&ctx, account(), actor, ada, change);
    // The same address in another spelling of the domain, and of the case.
    for taken in ["grace@xn--mnchen-3ya.example", "GRACE@münchen.EXAMPLE"] {
        let Err(kernel::Error::Conflict { code, message }) = go(to(taken)).await else {
            panic!("{taken}");
        };
        assert_eq!(code, "subscriber_exists");
        assert!(message.contains(&grace.to_string()), "{message}");
        assert!(message.contains("/merge"), "{message}");
    }
    let blocked = suppressions::AddSuppressions {
        emails: vec!["blocked@example.com".to_owned()],
        ..Default::default()
    };
    suppressions::add(&ctx, account(), actor, blocked)
        .await
        .unwrap();
    assert_eq!(
        faults(go(to("Blocked@example.com")).await),
        ["address_suppressed"]
    );
    go(to("ADA@example.com")).await.unwrap();
    go(to("a.d.a@example.com")).await.unwrap();
    let changes: Vec<_> = history(&ctx, ada)
        .await
        .into_iter()
        .filter(|it| it.0 == "subscriber.email_changed")
        .map(|it| it.1)
        .collect();
    assert_eq!(
        changes,
        [
            json!({"from": "ada@example.com", "to": "ADA@example.com", "actor": "user:7"}),
            json!({"from": "ADA@example.com", "to": "a.d.a@example.com", "actor": "user:7"}),
        ]
    );
    // No provider's rules: the address without the dots is free.
    let other = person(&ctx, "ada@example.com").await;
    assert_ne!(other, ada);

    unsubscribe(&ctx, account(), actor, ada, None)
        .await
        .unwrap();
    go(to("new@example.com")).await.unwrap();
    let again = [row("a.d.a@example.com")];
    let again = upsert(&ctx, &again, &Policy::new(Source::Import, "user:7")).await;
    assert_eq!(
        again,
        [Outcome::Skipped(Skip::Suppressed)],
        "the address that an unsubscribed person gave up does not come back as somebody new"
    );
}

#[testkit::db_test]
async fn merged_records_have_what_both_had(db: TestDb) {
    let ctx = db.ctx();
    let city = field(&ctx, "city", FieldKind::Text, &[]).await;
    let orders = field(&ctx, "orders", FieldKind::Number, &[]).await;
    let (news, shop, vip) = (
        group(&ctx, "News").await,
        group(&ctx, "Shop").await,
        tag(&ctx, "VIP").await,
    );
    let consent = Consent {
        at: ctx.clock.now(),
        ip: Some("203.0.113.7".to_owned()),
        source: Some("Till".to_owned()),
        text: Some("Yes".to_owned()),
    };
    let mut second = row("ada@old.example");
    second.attributes.first_name = Patch::Set("Augusta".to_owned());
    second.attributes.phone = Patch::Set("+44 1".to_owned());
    second.attributes.score = Some(9);
    second.fields = [(&city, json!("Rome")), (&orders, json!(4))]
        .map(|(field, value)| {
            let input = crate::fields::parse_json(field, &value).unwrap();
            (field.id, input)
        })
        .to_vec();
    second.consent = Some(consent.clone());
    second.groups = vec![news, shop];
    second.tags = vec![vip];
    let policy = Policy::new(Source::Import, "user:7");
    let [Outcome::Created(other)] = upsert(&ctx, &[second], &policy).await[..] else {
        panic!("not created");
    };
    ctx.clock.advance(Duration::from_mins(1));
    let mut first = row("ada@example.com");
    first.attributes.first_name = Patch::Set("Ada".to_owned());
    first.fields = vec![(
        city.id,
        crate::fields::parse_json(&city, &json!("Paris")).unwrap(),
    )];
    first.groups = vec![news];
    let [Outcome::Created(kept)] =
        upsert(&ctx, &[first], &Policy::new(Source::Api, "token:1")).await[..]
    else {
        panic!("not created");
    };
    let born = get(&ctx, account(), other).await.unwrap().subscriber;
    confirm(&ctx, account(), &actor(), other, Confirmation::default())
        .await
        .unwrap();

    assert_eq!(
        faults(merge(&ctx, account(), &actor(), kept, into(kept)).await),
        ["other_id: invalid"]
    );
    assert_eq!(
        faults(merge(&ctx, account(), &actor(), kept, into(99.into())).await),
        ["other_id: unknown"]
    );
    assert_eq!(
        faults(merge(&ctx, stranger(), &actor(), kept, into(other)).await),
        ["no subscriber"]
    );
    let profile = merge(&ctx, account(), &actor(), kept, into(other))
        .await
        .unwrap();
    let it = &profile.subscriber;
    assert_eq!((it.id, it.email.as_str()), (kept, "ada@example.com"));
    assert_eq!(it.first_name.as_deref(), Some("Ada"));
    assert_eq!(it.phone.as_deref(), Some("+44 1"));
    assert_eq!(it.score, 9);
    assert_eq!(it.consent, Some(consent));
    assert!(it.confirmed_at.is_some());
    assert_eq!(
        (it.created_at, it.source),
        (born.created_at, Source::Import)
    );
    assert_eq!(it.status, Status::Active);
    let fields: BTreeMap<_, _> = profile
        .fields
        .iter()
        .map(|(key, value)| (key.as_str(), value.to_json()))
        .collect();
    assert_eq!(
        fields,
        BTreeMap::from([("city", json!("Paris")), ("orders", json!(4))])
    );
    assert_eq!(profile.groups, [news, shop]);
    assert_eq!(profile.tags, [vip]);
    assert_eq!(faults(get(&ctx, account(), other).await), ["no subscriber"]);
    let kinds = kinds(&ctx, kept).await;
    assert_eq!(
        kinds
            .iter()
            .filter(|it| *it == "subscriber.created")
            .count(),
        2,
        "{kinds:?}"
    );
    for kind in ["subscriber.merged", "group.joined", "tag.added"] {
        assert!(kinds.iter().any(|it| it == kind), "{kind}: {kinds:?}");
    }
    // The address that was given up is free.
    assert_ne!(person(&ctx, "ada@old.example").await, kept);
}

#[testkit::db_test]
async fn whose_value_is_taken_can_be_chosen(db: TestDb) {
    let ctx = db.ctx();
    let named = async |email: &str, name: &str| {
        let mut row = row(email);
        row.attributes.first_name = Patch::Set(name.to_owned());
        let policy = Policy::new(Source::Api, "token:1");
        match upsert(&ctx, &[row], &policy).await[..] {
            [Outcome::Created(id)] => id,
            ref other => panic!("{other:?}"),
        }
    };
    for (i, (prefer, wanted)) in [
        (Prefer::Kept, "Old"),
        (Prefer::Other, "New"),
        (Prefer::Newest, "New"),
    ]
    .into_iter()
    .enumerate()
    {
        let kept = named(&format!("kept{i}@example.com"), "Old").await;
        ctx.clock.advance(Duration::from_secs(1));
        let other = named(&format!("other{i}@example.com"), "New").await;
        let merged = Merge {
            other,
            prefer,
            email: Whose::Other,
        };
        let it = merge(&ctx, account(), &actor(), kept, merged)
            .await
            .unwrap()
            .subscriber;
        assert_eq!(it.id, kept);
        assert_eq!(it.first_name.as_deref(), Some(wanted), "{prefer:?}");
        assert_eq!(it.email, format!("other{i}@example.com"));
    }
}

#[testkit::db_test]
async fn nobody_gets_mail_again_by_being_merged(db: TestDb) {
    let ctx = db.ctx();
    let statuses = Status::ALL;
    let mut n = 0;
    for first in statuses {
        for second in statuses {
            for email in [Whose::Kept, Whose::Other] {
                n += 1;
                let mut rows = [
                    row(&format!("a{n}@example.com")),
                    row(&format!("b{n}@example.com")),
                ];
                (rows[0].status, rows[1].status) = (Some(first), Some(second));
                let policy = Policy::new(Source::Import, "user:7");
                let [Outcome::Created(a), Outcome::Created(b)] =
                    upsert(&ctx, &rows, &policy).await[..]
                else {
                    panic!("not created");
                };
                let merged = Merge { email, ..into(b) };
                let it = merge(&ctx, account(), &actor(), a, merged)
                    .await
                    .unwrap()
                    .subscriber;
                let firmer = [
                    Status::Suppressed,
                    Status::Unsubscribed,
                    Status::Bounced,
                    Status::Unconfirmed,
                    Status::Active,
                ]
                .into_iter()
                .find(|it| [first, second].contains(it));
                assert_eq!(Some(it.status), firmer, "{first:?} and {second:?}");
                let again = upsert(&ctx, &rows, &policy).await;
                let active = async |outcome: &Outcome| match outcome {
                    Outcome::Created(id) | Outcome::Updated(id) | Outcome::Unchanged(id) => {
                        status_of(&ctx, *id).await == Status::Active
                    }
                    Outcome::Skipped(_) => false,
                };
                if it.status.is_gone() {
                    assert!(
                        !active(&again[0]).await && !active(&again[1]).await,
                        "{again:?}"
                    );
                }
            }
        }
    }
}

#[testkit::db_test]
async fn an_unsubscribe_by_an_old_id_reaches_who_they_are_now(db: TestDb) {
    let ctx = db.ctx();
    let [a, b, c] = [
        person(&ctx, "a@example.com").await,
        person(&ctx, "b@example.com").await,
        person(&ctx, "c@example.com").await,
    ];
    merge(&ctx, account(), &actor(), b, into(a)).await.unwrap();
    merge(&ctx, account(), &actor(), c, into(b)).await.unwrap();
    let mut tx = ctx.write().await.unwrap();
    assert_eq!(current_in(&mut tx, account(), a).await.unwrap(), c);
    assert!(
        unsubscribe_in(&ctx, &mut tx, account(), a, "one_click", "subscriber")
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(status_of(&ctx, c).await, Status::Unsubscribed);
}

#[testkit::db_test]
async fn the_history_of_a_status_tells_who_and_why(db: TestDb) {
    let ctx = db.ctx();
    let mut waiting = row("ada@example.com");
    waiting.status = Some(Status::Unconfirmed);
    let policy = Policy::new(Source::Form, "system");
    let [Outcome::Created(ada)] = upsert(&ctx, &[waiting], &policy).await[..] else {
        panic!("not created");
    };
    let step = || ctx.clock.advance(Duration::from_secs(1));
    step();
    let future = Confirmation {
        at: Some(ctx.clock.now() + Duration::from_secs(5)),
        ip: Some("nowhere".to_owned()),
    };
    assert_eq!(
        faults(confirm(&ctx, account(), &actor(), ada, future).await),
        ["at: out_of_range", "ip: invalid"]
    );
    let confirmation = Confirmation {
        at: None,
        ip: Some("2001:DB8::1".to_owned()),
    };
    let it = confirm(&ctx, account(), &actor(), ada, confirmation)
        .await
        .unwrap()
        .subscriber;
    assert_eq!(it.confirmed_at, Some(ctx.clock.now()));
    assert_eq!(it.confirmed_ip.as_deref(), Some("2001:db8::1"));
    step();
    unsubscribe(&ctx, account(), &actor(), ada, Some("by phone"))
        .await
        .unwrap();
    assert_eq!(
        faults(confirm(&ctx, account(), &actor(), ada, Confirmation::default()).await),
        ["not_unconfirmed"]
    );
    let mut rows = Vec::new();
    let mut cursor = None;
    loop {
        let limit = Limit::try_new(2).unwrap();
        let page = status_history(&ctx, account(), ada, cursor, limit)
            .await
            .unwrap();
        rows.extend(page.data);
        let Some(next) = page.next_cursor else { break };
        cursor = Some(kernel::Cursor::decode(&next).unwrap());
    }
    let told: Vec<String> = rows
        .iter()
        .map(|it| {
            let from = it.from.map_or("nobody", Status::as_str);
            let (to, why) = (it.to.as_str(), it.reason.as_deref().unwrap_or("-"));
            format!(
                "{from} > {to}: {why}, {}",
                it.actor.as_deref().unwrap_or("-")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "active > unsubscribed: by phone, user:7",
            "unconfirmed > active: confirmed, user:7",
            "nobody > unconfirmed: form, system",
        ]
    );
    let foreign = status_history(&ctx, stranger(), ada, None, Limit::default()).await;
    assert_eq!(faults(foreign), ["no subscriber"]);
}

#[testkit::db_test]
async fn a_new_consent_remembers_the_one_before(db: TestDb) {
    let ctx = db.ctx();
    let consent = |source: &str| Consent {
        at: ctx.clock.now(),
        ip: None,
        source: Some(source.to_owned()),
        text: Some("I agree".to_owned()),
    };
    let mut first = row("ada@example.com");
    first.consent = Some(consent("Till"));
    let policy = Policy::new(Source::Api, "token:1");
    let [Outcome::Created(ada)] = upsert(&ctx, std::slice::from_ref(&first), &policy).await[..]
    else {
        panic!("not created");
    };
    let mut second = first.clone();
    second.consent = Some(consent("Form"));
    upsert(&ctx, &[second], &policy).await;
    let events = history(&ctx, ada).await;
    let given = &events[1];
    assert_eq!(given.0, "consent.given");
    assert_eq!(given.1["source"], "Form");
    assert_eq!(given.1["text"], "I agree");
    assert_eq!(given.1["previous"]["source"], "Till");
}
