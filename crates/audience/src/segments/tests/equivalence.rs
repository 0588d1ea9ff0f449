//! The proof: SQLite, PostgreSQL and the in-memory program select the same people, and `not` selects exactly the others.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use db::{Insert, Tx};
use kernel::{AccountId, Rng, fold};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rules::testing::{Contact, FieldValue, Options, World, world};
use rules::{Compiled, FieldKind, Moment, Rule};
use testkit::TestDb;

use crate::SubscriberId;
use crate::segments::store;
use crate::subscribers::{Source, Status};

const ACCOUNT: i64 = 5;
/// Has the same people under other ids.
const SHADOW: i64 = 6;
/// Each has eight rules, and each rule is also asked negated.
const WORLDS: usize = 40;

#[test]
fn both_engines_and_memory_select_the_same_people() {
    testkit::run(async {
        let seed: [u8; 32] = Rng::system().bytes();
        let mut databases = vec![TestDb::sqlite().await];
        databases.extend(TestDb::postgres().await);
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let options = Options {
            statuses: Status::ALL
                .iter()
                .map(|it| it.as_str().to_owned())
                .collect(),
            sources: Source::ALL
                .iter()
                .map(|it| it.as_str().to_owned())
                .collect(),
            ..Options::default()
        };
        let mut tally = Tally::default();
        for number in 0..WORLDS {
            let tree = world(&options).new_tree(&mut runner);
            let world = tree.expect("worlds can be drawn").current();
            for db in &databases {
                if let Err(fault) = compare(db, &world, &mut tally).await {
                    panic!("world {number} of seed {seed:?}: {fault}");
                }
            }
        }
        println!(
            "{} rules asked of {} engines, {} with a proper part of the people",
            tally.rules,
            databases.len(),
            tally.proper
        );
        // Rules that select everybody or nobody prove little.
        assert!(tally.proper * 4 > tally.rules, "{tally:?} of seed {seed:?}");
    });
}

#[derive(Debug, Default)]
struct Tally {
    rules: usize,
    proper: usize,
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
    for rule in &world.rules {
        let negated = Rule::Not(Box::new(rule.clone()));
        let (rule_set, program) = ask(&mut tx, world, rule).await?;
        let (others, _) = ask(&mut tx, world, &negated).await?;
        tally.rules += 2;
        tally.proper += 2 * usize::from(!rule_set.is_empty() && rule_set != everybody);
        if !rule_set.is_disjoint(&others) || &rule_set | &others != everybody {
            return Err(told(
                &tx,
                &world.moment,
                rule,
                "not is no complement",
                &rule_set,
                &others,
            ));
        }
        // The way from the database to the in-memory program.
        for contact in world.contacts.iter().take(3) {
            let id = SubscriberId::from(contact.id);
            let account = AccountId::from(ACCOUNT);
            let view = store::view(&mut tx, account, id, &program.needs())
                .await
                .unwrap();
            let holds = program.matches(&view.expect("the contact exists"));
            if holds != rule_set.contains(&contact.id) {
                return Err(format!(
                    "the loaded view of {id} differs for {}",
                    rule.to_json()
                ));
            }
        }
    }
    Ok(())
}

/// Whom the rule selects, by SQL and by the program, which must agree.
async fn ask(tx: &mut Tx, world: &World, rule: &Rule) -> Result<(BTreeSet<i64>, Compiled), String> {
    let compiled = rules::check(rule, &world.schema, &world.moment, &world.segments)
        .map_err(|errors| format!("{}: {errors:?}", rule.to_json()))?;
    let account = AccountId::from(ACCOUNT);
    let ids = store::ids_in(tx, account, &compiled, None, 10_000)
        .await
        .map_err(|error| format!("{}: {error:?}", rule.to_json()))?;
    let by_sql: BTreeSet<i64> = ids.into_iter().map(SubscriberId::get).collect();
    let counted = store::count_in(tx, account, &compiled).await.unwrap();
    let in_memory: BTreeSet<i64> = world
        .contacts
        .iter()
        .filter(|contact| compiled.matches(&contact.view()))
        .map(|contact| contact.id)
        .collect();
    if by_sql != in_memory || counted != by_sql.len() as i64 {
        return Err(told(
            tx,
            &world.moment,
            rule,
            "SQL differs from memory",
            &by_sql,
            &in_memory,
        ));
    }
    Ok((by_sql, compiled))
}

fn told(
    tx: &Tx,
    moment: &Moment,
    rule: &Rule,
    what: &str,
    left: &BTreeSet<i64>,
    right: &BTreeSet<i64>,
) -> String {
    let mut text = format!(
        "{what} on {:?} at {moment:?}\n{}\n",
        tx.engine(),
        rule.to_json()
    );
    let _ = write!(
        text,
        "only left: {:?}\nonly right: {:?}",
        left - right,
        right - left
    );
    text
}

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
        ],
    );
    for contact in contacts {
        let id = contact.id * sign;
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
                        .bind("{}");
                });
            }
        }
    }
    for insert in [people, groups, tags, events] {
        insert.execute(tx).await.unwrap();
    }
}
