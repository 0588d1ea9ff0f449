//! Two hundred writers at once, on the same thousand people.

use std::collections::BTreeSet;

use ctx::Ctx;
use futures_util::future::join_all;
use kernel::{EmailAddress, Limit};
use serde_json::json;
use testkit::TestDb;

use crate::bulk::{self, BulkJob};
use crate::fields::FieldKind;
use crate::fixtures::{account, actor, catalog, field, group, row, upsert};
use crate::input::Patch;
use crate::subscribers::*;
use crate::{GroupId, SubscriberId};

const PEOPLE: usize = 1000;
/// Writers of each of the five kinds.
const WRITERS: usize = 40;
/// The people of each writer: nobody else of its kind writes them, all other kinds do.
const SHARE: usize = PEOPLE / WRITERS;
const ROUNDS: usize = 2;

/// The places of the people of a writer, scattered differently for each kind and in no order, so that batches of two
/// kinds meet in every way.
fn share(kind: usize, writer: usize, round: usize) -> Vec<usize> {
    let step = [7, 11, 13, 17, 19][kind];
    let mut places: Vec<usize> = (0..SHARE)
        .map(|i| (writer * SHARE + i) * step % PEOPLE)
        .collect();
    let by = (writer + round) % SHARE;
    places.rotate_left(by);
    if round % 2 == 1 {
        places.reverse();
    }
    places
}

fn email(place: usize) -> String {
    format!("p{place}@example.com")
}

fn value(kind: &str, writer: usize, round: usize) -> String {
    format!("{kind} {writer} {round}")
}

struct Scene {
    ctx: Ctx,
    ids: Vec<SubscriberId>,
    group: GroupId,
}

impl Scene {
    async fn new(ctx: Ctx) -> Self {
        let rows: Vec<UpsertRow> = (0..PEOPLE).map(|place| row(&email(place))).collect();
        let ids = upsert(&ctx, &rows, &Policy::new(Source::Import, "user:7"))
            .await
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Created(id) => id,
                other => panic!("{other:?}"),
            })
            .collect();
        field(&ctx, "city", FieldKind::Text, &[]).await;
        let group = group(&ctx, "Everybody").await;
        Self { ctx, ids, group }
    }

    /// The API, one by one: first names.
    async fn api(&self, writer: usize, round: usize) -> kernel::Result<()> {
        for place in share(0, writer, round).into_iter().step_by(5) {
            let new = NewSubscriber {
                email: email(place).to_uppercase(),
                attributes: Attributes {
                    first_name: Patch::Set(value("api", writer, round)),
                    ..Attributes::default()
                },
                fields: std::collections::BTreeMap::new(),
                status: Some(Status::Active),
                resubscribe: false,
                consent: None,
                groups: Vec::new(),
                tags: Vec::new(),
                source: Source::Api,
                mode: Mode::CreateAndUpdate,
            };
            create(&self.ctx, account(), &actor(), new).await?;
        }
        Ok(())
    }

    /// The API, in batches: last names and a custom field.
    async fn batch(&self, writer: usize, round: usize) -> kernel::Result<()> {
        let items = share(1, writer, round)
            .into_iter()
            .map(|place| {
                Ok(NewSubscriber {
                    email: email(place),
                    attributes: Attributes {
                        last_name: Patch::Set(value("batch", writer, round)),
                        ..Attributes::default()
                    },
                    fields: [("city".to_owned(), json!(value("city", writer, round)))].into(),
                    status: None,
                    resubscribe: false,
                    consent: None,
                    groups: vec![self.group],
                    tags: Vec::new(),
                    source: Source::Api,
                    mode: Mode::CreateAndUpdate,
                })
            })
            .collect();
        let batch = NewBatch {
            items,
            mode: Mode::CreateAndUpdate,
            source: Source::Api,
            groups: Vec::new(),
            tags: Vec::new(),
        };
        for item in upsert_batch(&self.ctx, account(), &actor(), batch).await? {
            assert!(matches!(item, Item::Taken(Outcome::Updated(_))), "{item:?}");
        }
        Ok(())
    }

    /// A batch of an import: languages, and everybody is said to be active.
    async fn import(&self, writer: usize, round: usize) -> kernel::Result<()> {
        let rows: Vec<UpsertRow> = share(2, writer, round)
            .into_iter()
            .map(|place| {
                let mut row = UpsertRow::new(EmailAddress::parse(&email(place)).unwrap());
                row.attributes.language = Patch::Set(format!("a{}-x{round}", letter(writer)));
                row.status = Some(Status::Active);
                row
            })
            .collect();
        let mut tx = self.ctx.write().await?;
        let catalog = crate::fields::list(&mut tx, account()).await?;
        let policy = Policy::new(Source::Import, "user:7");
        upsert_many_in(&self.ctx, &mut tx, account(), &catalog, &rows, &policy).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A change of many people: telephone numbers.
    async fn bulk(&self, writer: usize, round: usize) -> kernel::Result<()> {
        let ids = share(3, writer, round)
            .into_iter()
            .map(|place| self.ids[place]);
        let selection = bulk::Selection {
            ids: Some(ids.collect()),
            ..bulk::Selection::default()
        };
        let action = json!({
            "type": "set_field", "field": "phone", "value": format!("+{writer} {round}"),
        });
        let action = serde_json::from_value(action).unwrap();
        bulk::create(&self.ctx, account(), &actor(), selection, action).await?;
        ::jobs::run_due(&self.ctx, &::jobs::Registry::new().job::<BulkJob>()).await;
        Ok(())
    }

    /// People who leave by a link, and are changed by hand: scores.
    async fn leave(&self, writer: usize, round: usize) -> kernel::Result<()> {
        for place in share(4, writer, round).into_iter().step_by(5) {
            let id = self.ids[place];
            let change = SubscriberChange {
                attributes: Attributes {
                    score: Some((writer * 100 + round) as i64),
                    ..Attributes::default()
                },
                ..SubscriberChange::default()
            };
            update(&self.ctx, account(), &actor(), id, change).await?;
            let mut tx = self.ctx.write().await?;
            unsubscribe_in(&self.ctx, &mut tx, account(), id, "one_click", "subscriber").await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn write(&self, kind: usize, writer: usize) -> Vec<kernel::Error> {
        let mut errors = Vec::new();
        for round in 0..ROUNDS {
            let outcome = match kind {
                0 => self.api(writer, round).await,
                1 => self.batch(writer, round).await,
                2 => self.import(writer, round).await,
                3 => self.bulk(writer, round).await,
                _ => self.leave(writer, round).await,
            };
            errors.extend(outcome.err());
        }
        errors
    }
}

/// A language has letters only.
fn letter(writer: usize) -> char {
    char::from(b'a' + (writer % 26) as u8)
}

#[testkit::db_test]
async fn two_hundred_writers_lose_nothing_and_revive_nobody(db: TestDb) {
    let scene = Scene::new(db.ctx()).await;
    let writers = (0..5 * WRITERS).map(|i| scene.write(i % 5, i / 5));
    let errors: Vec<kernel::Error> = join_all(writers).await.into_iter().flatten().collect();
    assert!(
        errors.is_empty(),
        "{} errors: {:?}",
        errors.len(),
        errors.first()
    );
    let ctx = &scene.ctx;
    ::jobs::run_due(ctx, &::jobs::Registry::new().job::<BulkJob>()).await;
    let actions = bulk::list(ctx, account(), None, Limit::try_new(1000).unwrap())
        .await
        .unwrap();
    assert_eq!(actions.data.len(), WRITERS * ROUNDS);
    for action in actions.data {
        assert_eq!(action.state, bulk::State::Completed, "{action:?}");
    }

    let mut tx = ctx.read().await.unwrap();
    let people = profiles_of_in(&mut tx, account(), &scene.ids)
        .await
        .unwrap();
    assert_eq!(people.len(), PEOPLE);
    let last = ROUNDS - 1;
    let find = |place: usize| &people[place];
    let mut left = BTreeSet::new();
    for writer in 0..WRITERS {
        let last_of = |kind: usize, step: usize| {
            // Of those whom it reaches, each has the value of the last round that reached them.
            let mut seen = std::collections::BTreeMap::new();
            for round in 0..=last {
                for place in share(kind, writer, round).into_iter().step_by(step) {
                    seen.insert(place, round);
                }
            }
            seen
        };
        for (place, round) in last_of(0, 5) {
            let name = find(place).subscriber.first_name.clone();
            assert_eq!(name, Some(value("api", writer, round)));
        }
        for (place, round) in last_of(1, 1) {
            let it = find(place);
            let name = it.subscriber.last_name.clone();
            assert_eq!(name, Some(value("batch", writer, round)));
            let city = it.fields.iter().find(|(key, _)| key == "city");
            let city = city.map(|(_, value)| value.to_json());
            assert_eq!(city, Some(json!(value("city", writer, round))));
            assert_eq!(it.groups, [scene.group]);
        }
        for (place, round) in last_of(2, 1) {
            let language = find(place).subscriber.language.clone();
            assert_eq!(language, Some(format!("a{}-x{round}", letter(writer))));
        }
        for (place, _) in last_of(3, 1) {
            // Jobs of one writer may run in any order, but one of them came last, whole.
            let phone = find(place).subscriber.phone.clone().unwrap_or_default();
            assert!(phone.starts_with(&format!("+{writer} ")), "{phone}");
        }
        for (place, round) in last_of(4, 5) {
            let it = &find(place).subscriber;
            assert_eq!(it.score, (writer * 100 + round) as i64);
            assert_eq!(it.status, Status::Unsubscribed, "{}", it.email);
            left.insert(place);
        }
    }
    assert!(left.len() >= PEOPLE / 5);
    for (place, it) in people.iter().enumerate() {
        assert_eq!(
            it.subscriber.status == Status::Unsubscribed,
            left.contains(&place)
        );
    }
    drop(tx);
    // Each unsubscribe is told once.
    let catalog = catalog(ctx).await;
    assert!(!catalog.is_empty());
    for place in left.iter().take(20) {
        let history = crate::fixtures::kinds(ctx, scene.ids[*place]).await;
        let changes = history
            .iter()
            .filter(|kind| *kind == events::kind::SUBSCRIBER_STATUS_CHANGED);
        assert_eq!(changes.count(), 1, "{history:?}");
    }
}
