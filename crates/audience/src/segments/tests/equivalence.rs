//! The proof: SQLite, PostgreSQL and the in-memory program select the same people, and `not` selects exactly the others.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use db::{Insert, Tx};
use kernel::{AccountId, Rng, fold};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rules::testing::{Contact, FieldValue, Options, World, world};
use rules::{Compiled, Moment, Rule};
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

async fn insert(tx: &mut Tx, account: i64, sign: i64, contacts: &[Contact], event: &mut i64) {
    let mut people = Insert::into("subscriber", SUBSCRIBER);
    let mut values = Insert::into(
        "field_value",
        &[
            "account_id",
            "subscriber_id",
            "field_id",
            "text_value",
            "text_folded",
            "number_value",
            "date_value",
            "bool_value",
        ],
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
        });
        for (field, value) in &contact.fields {
            values.row(|row| {
                row.bind(account).bind(id).bind(*field);
                let (mut text, mut number, mut date, mut boolean) = (None, None, None, None);
                match value {
                    FieldValue::Text(value) => text = Some(value.clone()),
                    FieldValue::Number(value) => number = Some(value.micros()),
                    FieldValue::Date(value) => date = Some(*value),
                    FieldValue::Boolean(value) => boolean = Some(*value),
                }
                let folded = text.as_deref().map(fold);
                row.bind(text)
                    .bind(folded)
                    .bind(number)
                    .bind(date)
                    .bind(boolean);
            });
        }
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
    for insert in [people, values, groups, tags, events] {
        insert.execute(tx).await.unwrap();
    }
}
