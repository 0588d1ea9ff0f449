use serde_json::json;
use testkit::TestDb;

use crate::fields::FieldKind;
use crate::fixtures::{account, actor, faults, field, group, kinds, person, stranger, tag};
use crate::input::Patch;
use crate::subscribers::*;
use crate::suppressions::{self, AddSuppressions};

fn new(email: &str) -> NewSubscriber {
    NewSubscriber {
        email: email.to_owned(),
        attributes: Attributes::default(),
        fields: std::collections::BTreeMap::new(),
        status: None,
        resubscribe: false,
        consent: None,
        groups: Vec::new(),
        tags: Vec::new(),
        source: Source::Api,
        mode: Mode::default(),
    }
}

fn batch(items: Vec<NewSubscriber>) -> NewBatch {
    NewBatch {
        items: items.into_iter().map(Ok).collect(),
        mode: Mode::default(),
        source: Source::Api,
        groups: Vec::new(),
        tags: Vec::new(),
    }
}

/// What became of an item, with the paths of its faults.
fn told(item: &Item) -> String {
    match item {
        Item::Invalid(errors) => errors
            .iter()
            .map(|error| format!("{}: {}", error.field, error.code))
            .collect::<Vec<_>>()
            .join(", "),
        Item::Taken(Outcome::Created(_)) => "created".to_owned(),
        Item::Taken(Outcome::Updated(_)) => "updated".to_owned(),
        Item::Taken(Outcome::Unchanged(_)) => "unchanged".to_owned(),
        Item::Taken(Outcome::Skipped(why)) => format!("{why:?}"),
    }
}

#[testkit::db_test]
async fn bad_items_do_not_spoil_the_others(db: TestDb) {
    let ctx = db.ctx();
    field(&ctx, "orders", FieldKind::Number, &[]).await;
    let (news, vip) = (group(&ctx, "News").await, tag(&ctx, "VIP").await);
    let grace = person(&ctx, "grace@example.com").await;
    let blocked = AddSuppressions {
        emails: vec!["blocked@example.com".to_owned()],
        ..Default::default()
    };
    suppressions::add(&ctx, account(), &actor(), blocked)
        .await
        .unwrap();

    let mut ada = new("Ada@Example.com");
    ada.groups = vec![news];
    ada.fields.insert("orders".to_owned(), json!(3));
    let mut bad = new("nobody");
    bad.attributes.time_zone = Patch::Set("Mars/Olympus".to_owned());
    bad.attributes.owner = Patch::Set(99.into());
    bad.fields.insert("orders".to_owned(), json!("many"));
    bad.fields.insert("unknown".to_owned(), json!(1));
    bad.groups = vec![news, 99.into()];
    bad.tags = vec![98.into()];
    let mut again = new("ada@example.com");
    again.attributes.first_name = Patch::Set("Ada".to_owned());
    let mut input = batch(vec![
        ada,
        bad,
        new("grace@example.com"),
        new("blocked@example.com"),
        again,
    ]);
    input.tags = vec![vip];
    let unreadable = kernel::FieldError::new("emial", "unknown", "is not known here");
    input.items.push(Err(unreadable));

    let items = upsert_batch(&ctx, account(), &actor(), input)
        .await
        .unwrap();
    let told: Vec<String> = items.iter().map(told).collect();
    assert_eq!(
        told,
        [
            "created",
            "owner_id: unknown, email: invalid_email, time_zone: invalid, fields.orders: wrong_type, \
             fields.unknown: unknown, groups[1]: unknown, tags[0]: unknown",
            "updated",
            "Suppressed",
            "updated",
            "emial: unknown",
        ]
    );
    let Item::Taken(Outcome::Created(ada)) = items[0] else {
        panic!("{items:?}");
    };
    assert_eq!(items[4], Item::Taken(Outcome::Updated(ada)));
    let profile = get(&ctx, account(), ada).await.unwrap();
    assert_eq!(profile.subscriber.first_name.as_deref(), Some("Ada"));
    assert_eq!((profile.groups, profile.tags), (vec![news], vec![vip]));
    assert_eq!(kinds(&ctx, grace).await[1], "tag.added");
}

#[testkit::db_test]
async fn a_batch_that_cannot_be_taken_as_a_whole_changes_nobody(db: TestDb) {
    let ctx = db.ctx();
    let news = group(&ctx, "News").await;
    let mut foreign = batch(vec![new("ada@example.com")]);
    foreign.groups = vec![news];
    let refused = upsert_batch(&ctx, stranger(), &actor(), foreign).await;
    assert_eq!(faults(refused), ["groups[0]: unknown"]);
    let many = (0..1001).map(|i| new(&format!("p{i}@example.com")));
    let refused = upsert_batch(&ctx, account(), &actor(), batch(many.collect())).await;
    assert_eq!(faults(refused), ["subscribers: too_many"]);
    let empty = upsert_batch(&ctx, account(), &actor(), batch(Vec::new())).await;
    assert_eq!(empty.unwrap(), []);
    let page = list(
        &ctx,
        account(),
        ListQuery::default(),
        None,
        kernel::Limit::default(),
    )
    .await
    .unwrap();
    assert!(page.data.is_empty());
}

#[testkit::db_test]
async fn modes_and_wishes_to_be_subscribed_again_are_each_items_own(db: TestDb) {
    let ctx = db.ctx();
    let ada = person(&ctx, "ada@example.com").await;
    let grace = person(&ctx, "grace@example.com").await;
    for id in [ada, grace] {
        unsubscribe(&ctx, account(), &actor(), id, None)
            .await
            .unwrap();
    }
    let mut asked = new("ada@example.com");
    asked.resubscribe = true;
    let mut wished = new("grace@example.com");
    wished.status = Some(Status::Active);
    let items = upsert_batch(&ctx, account(), &actor(), batch(vec![asked, wished]))
        .await
        .unwrap();
    assert_eq!(
        items.iter().map(told).collect::<Vec<_>>(),
        ["updated", "unchanged"]
    );
    for (id, status) in [(ada, Status::Active), (grace, Status::Unsubscribed)] {
        let profile = get(&ctx, account(), id).await.unwrap();
        assert_eq!(profile.subscriber.status, status);
    }

    for (mode, wanted) in [
        (
            Mode::CreateOnly,
            [format!("Exists({ada:?})"), "created".to_owned()],
        ),
        (
            Mode::UpdateOnly,
            ["unchanged".to_owned(), "Unknown".to_owned()],
        ),
    ] {
        let other = format!("{}@example.com", wanted[1].to_lowercase());
        let mut input = batch(vec![new("ada@example.com"), new(&other)]);
        input.mode = mode;
        let items = upsert_batch(&ctx, account(), &actor(), input)
            .await
            .unwrap();
        assert_eq!(items.iter().map(told).collect::<Vec<_>>(), wanted);
    }
}
