//! The proof: SQLite, PostgreSQL and the in-memory program select the same people, and `not` selects exactly the others.

use std::collections::BTreeSet;

use db::{Insert, Tx};
use kernel::{AccountId, Rng, fold};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rules::testing::{Contact, FieldValue, Options, URLS, World, world};
use rules::{Attribute, Compiled, FieldKind, Kind, Moment, Needs, Op, Rule, Value};
use testkit::TestDb;

use crate::SubscriberId;
use crate::segments::store;
use crate::subscribers::{Source, Status};

const ACCOUNT: i64 = 5;
/// Has the same people under other ids.
const SHADOW: i64 = 6;
/// 20,000 cases of a rule in a world, on each engine.
const WORLDS: usize = 100;
const RULES: usize = 200;
/// Rules that are asked in one statement, and every how many of them is also asked negated.
const AT_ONCE: usize = 25;
const NEGATED: usize = 4;

#[test]
fn both_engines_and_memory_select_the_same_people() {
    testkit::run(async {
        let rng = testkit::number_from_environment("SENDERO_TEST_SEED");
        let seed: [u8; 32] = rng.map_or_else(Rng::system, Rng::seeded).bytes();
        let mut databases = vec![TestDb::sqlite().await];
        databases.extend(TestDb::postgres().await);
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let mut tally = Tally::default();
        for number in 0..WORLDS {
            let tree = world(&options(RULES)).new_tree(&mut runner);
            let world = tree.expect("worlds can be drawn").current();
            for db in &databases {
                if let Err(fault) = compare(db, &world, &mut tally).await {
                    panic!("world {number} of seed {seed:?}: {fault}");
                }
            }
        }
        println!(
            "{} cases on {} engines, {} with a proper part of the people",
            tally.cases,
            databases.len(),
            tally.proper
        );
        assert!(tally.cases >= 20_000 * databases.len());
        // Rules that select everybody or nobody prove little.
        assert!(tally.proper * 4 > tally.cases, "{tally:?} of seed {seed:?}");
        let every: BTreeSet<(Kind, Op)> = KINDS
            .into_iter()
            .flat_map(|kind| kind.operators().iter().map(move |op| (kind, *op)))
            .collect();
        let missing: Vec<_> = every.difference(&tally.operators).collect();
        assert!(missing.is_empty(), "{missing:?} of seed {seed:?}");
    });
}

pub(super) fn options(rules: usize) -> Options {
    Options {
        statuses: Status::ALL
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect(),
        sources: Source::ALL
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect(),
        rules,
        ..Options::default()
    }
}

const KINDS: [Kind; 9] = [
    Kind::Text,
    Kind::Code,
    Kind::Choice,
    Kind::Integer,
    Kind::Number,
    Kind::Id,
    Kind::Date,
    Kind::Boolean,
    Kind::Instant,
];

#[derive(Debug, Default)]
struct Tally {
    cases: usize,
    proper: usize,
    operators: BTreeSet<(Kind, Op)>,
}

impl Tally {
    fn count(&mut self, world: &World, rule: &Rule) {
        match rule {
            Rule::All(children) | Rule::Any(children) => {
                for child in children {
                    self.count(world, child);
                }
            }
            Rule::Not(child) => self.count(world, child),
            Rule::Field(test) => {
                let kind = match Attribute::from_name(&test.field) {
                    Some(attribute) => attribute.kind(),
                    None => world.schema.fields[&test.field].kind.kind(),
                };
                self.operators.insert((kind, test.op));
            }
            _ => {}
        }
    }
}

async fn compare(db: &TestDb, world: &World, tally: &mut Tally) -> Result<(), String> {
    let ctx = db.ctx();
    // Never committed, so that the next world begins with an empty database.
    let mut tx = ctx.write().await.unwrap();
    insert_fields(&mut tx, world).await;
    let mut event = 0;
    for (account, sign) in [(ACCOUNT, 1), (SHADOW, -1)] {
        insert(&mut tx, account, sign, &world.contacts, &mut event).await;
    }
    let everybody: BTreeSet<i64> = world.contacts.iter().map(|contact| contact.id).collect();
    let mut programs = Vec::with_capacity(world.rules.len());
    let mut needs = Needs::default();
    for rule in &world.rules {
        let compiled = checked(world, rule)?;
        needs.extend(compiled.needs());
        programs.push(compiled);
    }
    let people: Vec<SubscriberId> = everybody.iter().copied().map(Into::into).collect();
    let views = store::views(&mut tx, AccountId::from(ACCOUNT), &people, &needs)
        .await
        .unwrap();
    assert_eq!(views.len(), people.len());
    for (rules, programs) in world.rules.chunks(AT_ONCE).zip(programs.chunks(AT_ONCE)) {
        let negated: Vec<Compiled> = rules
            .iter()
            .step_by(NEGATED)
            .map(|rule| checked(world, &Rule::Not(Box::new(rule.clone()))))
            .collect::<Result<_, _>>()?;
        let asked: Vec<&Compiled> = programs.iter().chain(&negated).collect();
        let sets = select(&mut tx, &asked).await?;
        for (index, (rule, program)) in rules.iter().zip(programs).enumerate() {
            let by_sql = &sets[index];
            tally.cases += 1;
            tally.proper += usize::from(!by_sql.is_empty() && *by_sql != everybody);
            tally.count(world, rule);
            let in_memory: BTreeSet<i64> = world
                .contacts
                .iter()
                .filter(|contact| program.matches(&contact.view()))
                .map(|contact| contact.id)
                .collect();
            let loaded: BTreeSet<i64> = views
                .iter()
                .filter(|(_, view)| program.matches(view))
                .map(|(id, _)| id.get())
                .collect();
            let mut fail = None;
            if *by_sql != in_memory {
                fail = Some(("SQL differs from memory", in_memory));
            } else if *by_sql != loaded {
                fail = Some(("SQL differs from what is loaded", loaded));
            } else if index.is_multiple_of(NEGATED) {
                let others = &sets[rules.len() + index / NEGATED];
                if !by_sql.is_disjoint(others) || by_sql | others != everybody {
                    fail = Some(("not is no complement", others.clone()));
                }
            }
            if let Some((what, other)) = fail {
                return Err(told(&tx, &world.moment, rule, what, by_sql, &other));
            }
        }
    }
    // As it is asked otherwise.
    let account = AccountId::from(ACCOUNT);
    for program in programs.iter().take(2) {
        let ids = store::ids_in(&mut tx, account, program, None, 10_000)
            .await
            .unwrap();
        let counted = store::count_in(&mut tx, account, program).await.unwrap();
        assert_eq!(counted, ids.len() as i64);
        let matching = views.values().filter(|view| program.matches(view));
        assert_eq!(matching.count(), ids.len());
    }
    Ok(())
}

fn checked(world: &World, rule: &Rule) -> Result<Compiled, String> {
    rules::check(rule, &world.schema, &world.moment, &world.segments)
        .map_err(|errors| format!("{}: {errors:?}", rule.to_json()))
}

/// Whom each of these selects, by one statement.
async fn select(tx: &mut Tx, asked: &[&Compiled]) -> Result<Vec<BTreeSet<i64>>, String> {
    let account = AccountId::from(ACCOUNT);
    let mut values = Vec::new();
    let mut parts = Vec::new();
    for (number, compiled) in asked.iter().enumerate() {
        let (condition, more) = store::condition(tx.engine(), account, compiled, values.len() + 2);
        values.extend(more);
        parts.push(format!(
            "select {number} as n, s.id as id from subscriber s where s.account_id = $1 and {condition}"
        ));
    }
    let sql = parts.join(" union all ");
    let rows = tx
        .query(sql)
        .bind(account)
        .bind_values(values)
        .once()
        .fetch_all()
        .await
        .map_err(|error| format!("{error:?}"))?;
    let mut sets = vec![BTreeSet::new(); asked.len()];
    for row in &rows {
        let number: i64 = row.at(0).unwrap();
        sets[number as usize].insert(row.at::<i64>(1).unwrap());
    }
    Ok(sets)
}

fn told(
    tx: &Tx,
    moment: &Moment,
    rule: &Rule,
    what: &str,
    left: &BTreeSet<i64>,
    right: &BTreeSet<i64>,
) -> String {
    format!(
        "{what} on {:?} at {moment:?}\n{}\nonly left: {:?}\nonly right: {:?}",
        tx.engine(),
        rule.to_json(),
        left - right,
        right - left
    )
}

/// The columns of a generated booking: those that rules look at, and the rest.
const BOOKING: &[&str] = &[
    "account_id",
    "id",
    "event_type_id",
    "status",
    "no_show_by",
    "start_at",
    "end_at",
    "subscriber_id",
    "minutes",
    "seats",
    "name",
    "email",
    "email_folded",
    "time_zone",
    "answers",
    "source",
    "token_salt",
    "sequence",
    "created_at",
    "updated_at",
];

/// The columns of a generated contact.
const SUBSCRIBER: &[&str] = &[
    "account_id",
    "id",
    "email",
    "email_folded",
    "first_name",
    "first_name_folded",
    "last_name",
    "last_name_folded",
    "phone",
    "status",
    "status_changed_at",
    "source",
    "score",
    "owner_id",
    "time_zone",
    "language",
    "consent_at",
    "confirmed_at",
    "created_at",
    "updated_at",
    "last_activity_at",
];

/// So that the values in the slots are somebody's.
async fn insert_fields(tx: &mut Tx, world: &World) {
    let mut fields = Insert::into(
        "field",
        &[
            "account_id",
            "id",
            "key",
            "name",
            "kind",
            "visibility",
            "options",
            "slot",
            "created_at",
            "updated_at",
        ],
    );
    for (key, field) in &world.schema.fields {
        let kind = match field.kind {
            FieldKind::Text => "text",
            FieldKind::Number => "number",
            FieldKind::Date => "date",
            FieldKind::Boolean => "boolean",
        };
        fields.row(|row| {
            row.bind(ACCOUNT)
                .bind(field.id)
                .bind(key)
                .bind(key)
                .bind(kind)
                .bind("visible")
                .bind("[]")
                .bind(i64::from(field.slot))
                .bind(0_i64)
                .bind(0_i64);
        });
    }
    fields.execute(tx).await.unwrap();
}

fn add_bookings(
    bookings: &mut Insert,
    (account, id): (i64, i64),
    contact: &Contact,
    event: &mut i64,
) {
    for booking in &contact.bookings {
        // Also one of somebody who is no contact.
        for subscriber in [Some(id), None] {
            *event += 1;
            bookings.row(|row| {
                row.bind(account)
                    .bind(*event)
                    .bind(booking.event_type)
                    .bind(&booking.status)
                    .bind(booking.no_show_by.as_ref())
                    .bind(booking.start)
                    .bind(booking.start)
                    .bind(subscriber);
                for _ in 0..2 {
                    row.bind(1_i64);
                }
                for _ in 0..6 {
                    row.bind("x");
                }
                row.bind(vec![0_u8]);
                for _ in 0..3 {
                    row.bind(0_i64);
                }
            });
        }
    }
}

async fn insert(tx: &mut Tx, account: i64, sign: i64, contacts: &[Contact], event: &mut i64) {
    let slots = 1..=5_i64;
    let mut people = Insert::into("subscriber", SUBSCRIBER).and_columns(
        slots
            .clone()
            .flat_map(|slot| ["text", "folded", "value"].map(|name| format!("{name}_{slot}"))),
    );
    let mut groups = Insert::into(
        "group_member",
        &[
            "account_id",
            "group_id",
            "subscriber_id",
            "added_at",
            "added_by",
        ],
    );
    let mut tags = Insert::into(
        "tagging",
        &[
            "account_id",
            "tag_id",
            "subscriber_id",
            "added_at",
            "added_by",
        ],
    );
    let mut events = Insert::into(
        "event",
        &[
            "account_id",
            "id",
            "txn",
            "kind",
            "subscriber_id",
            "subject_id",
            "at",
            "body",
            "target_id",
        ],
    );
    let mut targets = Insert::into(
        "link_target",
        &["account_id", "id", "url", "url_folded", "url_hash"],
    );
    let target = |place: usize| sign * (701 + place as i64);
    for (place, url) in URLS.iter().enumerate() {
        targets.row(|row| {
            row.bind(account)
                .bind(target(place))
                .bind(*url)
                .bind(fold(url))
                .bind(0_i64);
        });
    }
    let mut bookings = Insert::into("booking", BOOKING);
    for contact in contacts {
        let id = contact.id * sign;
        add_bookings(&mut bookings, (account, id), contact, event);
        people.row(|row| {
            row.bind(account)
                .bind(id)
                .bind(&contact.email)
                .bind(fold(&contact.email))
                .bind(contact.first_name.as_ref())
                .bind(contact.first_name.as_deref().map(fold))
                .bind(contact.last_name.as_ref())
                .bind(contact.last_name.as_deref().map(fold))
                .bind(contact.phone.as_ref())
                .bind(&contact.status)
                .bind(contact.status_changed_at)
                .bind(&contact.source)
                .bind(contact.score)
                .bind(contact.owner)
                .bind(contact.time_zone.as_ref())
                .bind(contact.language.as_ref())
                .bind(contact.consent_at)
                .bind(contact.confirmed_at)
                .bind(contact.created_at)
                .bind(contact.updated_at)
                .bind(contact.last_activity_at);
            for slot in slots.clone() {
                // The ids of the generated fields are 400 more than their slots.
                let (text, value) = match contact.fields.get(&(400 + slot)) {
                    None => (None, None),
                    Some(FieldValue::Text(text)) => (Some(text.clone()), None),
                    Some(FieldValue::Number(value)) => (None, Some(value.micros())),
                    Some(FieldValue::Date(value)) => (None, Some(*value)),
                    Some(FieldValue::Boolean(value)) => (None, Some(i64::from(*value))),
                };
                let folded = text.as_deref().map(fold);
                row.bind(text).bind(folded).bind(value);
            }
        });
        for group in &contact.groups {
            groups.row(|row| {
                row.bind(account)
                    .bind(*group)
                    .bind(id)
                    .bind(0_i64)
                    .bind("test");
            });
        }
        for tag in &contact.tags {
            tags.row(|row| {
                row.bind(account)
                    .bind(*tag)
                    .bind(id)
                    .bind(0_i64)
                    .bind("test");
            });
        }
        for happened in &contact.events {
            let target = happened.link.as_ref().map(|link| {
                let place = URLS.iter().position(|url| Value::text(url) == *link);
                target(place.expect("one of the addresses"))
            });
            // Also one that happened to nobody.
            for subscriber in [Some(id), None] {
                *event += 1;
                events.row(|row| {
                    row.bind(account)
                        .bind(*event)
                        .bind(1_i64)
                        .bind(happened.kind.stored())
                        .bind(subscriber)
                        .bind(happened.campaign)
                        .bind(happened.at)
                        .bind("{}")
                        .bind(target);
                });
            }
        }
    }
    for insert in [people, groups, tags, targets, events, bookings] {
        insert.execute(tx).await.unwrap();
    }
}
