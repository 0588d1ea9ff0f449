//! What becomes of the people in a file.

use super::*;
use crate::imports::{Existing, NewStatus};
use crate::subscribers::unsubscribe_in;
use crate::suppressions;

const FILE: &str = "E-Mail;First name;City;Points;Birthday;Member;Color;Unknown\n\
    ada@example.com;Ada;\"Berlin; Mitte\";12.5;1815-12-10;yes;red;x\n\
    Bob@Example.com;Bob;;;;;;\n\
    eve@example.com;;Straße;-1;4.5.1990;0;GREEN;\n";

#[testkit::db_test]
async fn people_are_created_with_all_they_have(db: TestDb) {
    let it = fixture(&db).await;
    let import = it.import(FILE, labelled()).await;
    assert_eq!(import.counters, counters(3, 0, 0, 0, 0));
    let left_out: Vec<&str> = import
        .columns()
        .iter()
        .filter(|column| column.is_left_out())
        .map(|column| column.header.as_str())
        .collect();
    assert_eq!(left_out, ["Unknown"]);
    let people = it.people().await;
    assert_eq!(
        people["ada@example.com"],
        "active Ada - birthday=1815-12-10 city=Berlin; Mitte color=Red member=true points=12.5 group=77 tag=88"
    );
    assert_eq!(people["Bob@example.com"], "active Bob - group=77 tag=88");
    assert_eq!(
        people["eve@example.com"],
        "active - - birthday=1990-05-04 city=Straße color=Green member=false points=-1 group=77 tag=88"
    );
    assert_eq!(it.events("subscriber.created").await, 3);
}

#[testkit::db_test]
async fn the_same_file_again_changes_nothing(db: TestDb) {
    let it = fixture(&db).await;
    it.import(FILE, labelled()).await;
    let before = (it.people().await, it.events("subscriber.updated").await);
    let again = it.import(FILE, labelled()).await;
    assert_eq!(again.counters, counters(0, 0, 3, 0, 0));
    assert_eq!(
        (it.people().await, it.events("subscriber.updated").await),
        before
    );
    assert_eq!(it.events("subscriber.created").await, 3);
}

#[testkit::db_test]
async fn known_people_are_updated_and_empty_cells_change_nothing(db: TestDb) {
    let it = fixture(&db).await;
    it.import(FILE, Options::default()).await;
    let file = "email,first_name,city\nADA@example.com,,Rome\nbob@example.com,Bob,\nnew@example.com,New,Oslo\n";
    let import = it.import(file, Options::default()).await;
    assert_eq!(import.counters, counters(1, 1, 1, 0, 0));
    assert!(
        it.people().await["ada@example.com"]
            .starts_with("active Ada - birthday=1815-12-10 city=Rome")
    );

    let skip = Options {
        existing: Existing::Skip,
        ..labelled()
    };
    let file = "email,city\nada@example.com,Paris\nfay@example.com,Paris\n";
    let import = it.import(file, skip).await;
    assert_eq!(import.counters, counters(1, 0, 0, 1, 0));
    assert!(it.people().await["ada@example.com"].contains("city=Rome"));
    assert!(!it.people().await["ada@example.com"].contains("group"));
    assert!(it.errors(import.id).await.is_empty());
}

#[testkit::db_test]
async fn nobody_who_left_is_revived(db: TestDb) {
    let it = fixture(&db).await;
    it.import(FILE, Options::default()).await;
    let mut tx = it.ctx.write().await.unwrap();
    let ada: crate::SubscriberId = tx
        .query("select id from subscriber where email = 'ada@example.com'")
        .fetch_one()
        .await
        .unwrap()
        .get("id")
        .unwrap();
    unsubscribe_in(&it.ctx, &mut tx, it.account, ada, "asked", "test")
        .await
        .unwrap();
    tx.query("update subscriber set status = 'bounced' where email = 'eve@example.com'")
        .execute()
        .await
        .unwrap();
    suppressions::insert_in(
        &it.ctx,
        &mut tx,
        it.account,
        &[("gil@example.com", "blocked")],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let before = it.people().await;
    let file = "email,city\nada@example.com,Rome\neve@example.com,Rome\nGIL@example.com,Rome\n";
    let import = it.import(file, labelled()).await;
    assert_eq!(import.counters, counters(0, 0, 0, 3, 0));
    assert_eq!(it.people().await, before);
    let codes: Vec<String> = it
        .codes(import.id)
        .await
        .into_iter()
        .map(|it| it.2)
        .collect();
    assert_eq!(
        codes,
        ["unsubscribed_before", "bounced_before", "suppressed"]
    );
}

#[testkit::db_test]
async fn new_people_may_have_to_confirm_first(db: TestDb) {
    let it = fixture(&db).await;
    it.import("email\nada@example.com\n", Options::default())
        .await;
    let options = Options {
        status: NewStatus::Unconfirmed,
        consent_text: Some("I want news".to_owned()),
        ..Options::default()
    };
    let file = "email\nada@example.com\nbob@example.com\n";
    it.import(file, options.clone()).await;
    let people = it.people().await;
    assert!(people["ada@example.com"].starts_with("active"));
    assert!(people["bob@example.com"].starts_with("unconfirmed"));
    let mut tx = it.ctx.read().await.unwrap();
    let consent: String = tx
        .query("select consent_text from subscriber where email = 'bob@example.com'")
        .fetch_one()
        .await
        .unwrap()
        .get("consent_text")
        .unwrap();
    assert_eq!(consent, "I want news");
    drop(tx);
    let again = it.import(file, options).await;
    assert_eq!(again.counters, counters(0, 0, 2, 0, 0));
}

#[testkit::db_test]
async fn columns_become_fields_when_that_is_asked_for(db: TestDb) {
    let it = fixture(&db).await;
    let options = Options {
        create_fields: true,
        mapping: [("Kürzel".to_owned(), "short_name".into())].into(),
        ..Options::default()
    };
    let file = "email,Shoe size,Kürzel\nada@example.com,38,al\n";
    let import = it.import(file, options).await;
    assert_eq!(import.columns()[1].target.as_deref(), Some("shoe_size"));
    assert_eq!(
        it.people().await["ada@example.com"],
        "active - - shoe_size=38 short_name=al"
    );
}

#[testkit::db_test]
async fn who_is_in_the_file_twice_is_taken_once(db: TestDb) {
    let it = fixture(&db).await;
    let file = "email,city,points\n\
        ada@example.com,Berlin,x\n\
        ada@example.com,Rome,1\n\
        bob@example.com,Oslo,\n\
        ADA@EXAMPLE.COM,Paris,2\n\
        ida@münchen.example,,\n\
        ida@xn--mnchen-3ya.example,,\n";
    let import = it.import(file, Options::default()).await;
    assert_eq!(import.counters, counters(3, 0, 0, 2, 1));
    assert_eq!(
        it.people().await["ada@example.com"],
        "active - - city=Rome points=1"
    );
    let errors = it.errors(import.id).await;
    assert_eq!(errors[0].code, "wrong_type");
    assert_eq!((errors[1].line, &*errors[1].code), (5, "duplicate_in_file"));
    assert!(
        errors[1].reason.starts_with("line 3 "),
        "{}",
        errors[1].reason
    );
    assert_eq!((errors[2].line, &*errors[2].code), (7, "duplicate_in_file"));
}

#[testkit::db_test]
async fn afterwards_postgres_knows_how_much_there_is(test: TestDb) {
    let it = fixture(&test).await;
    it.import(FILE, labelled()).await;
    let mut tx = it.ctx.read().await.unwrap();
    if tx.engine() == db::Engine::Sqlite {
        return;
    }
    let row = tx
        .query(
            "select count(distinct tablename) as n from pg_stats where schemaname = current_schema()
             and tablename in ('subscriber', 'group_member', 'event')",
        )
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.get::<i64>("n").unwrap(), 3);
}
