//! Parameters, rows, lists and bulk inserts.

use db::{Engine, Error, Insert, Json, in_list};
use kernel::{AccountId, Timestamp};
use testkit::TestDb;

use crate::{count, insert, with_table};

#[testkit::db_test]
async fn values_come_back_as_they_went_in(db: TestDb) {
    let ctx = db.ctx();
    let mut tx = ctx.write().await.unwrap();
    let bytes = match tx.engine() {
        db::Engine::Sqlite => "blob",
        db::Engine::Postgres => "bytea",
    };
    tx.execute_script(format!(
        "create table v (id bigint, i bigint, f smallint, r double precision, t text, b {bytes})"
    ))
    .await
    .unwrap();
    let texts = [
        "",
        "plain",
        "ß İ Σ \u{1f600} ' \" \\ % _ $1",
        "line\nline\t\u{1}",
    ];
    for (id, int) in (0..).zip([i64::MIN, -1, 0, i64::MAX]) {
        let text = texts[usize::try_from(id).unwrap()];
        let affected = tx
            .query("insert into v (id, i, f, r, t, b) values ($1, $2, $3, $4, $5, $6)")
            .bind(AccountId::from(id))
            .bind(int)
            .bind(int < 0)
            .bind(0.1 + int as f64)
            .bind(text)
            .bind(vec![0_u8, 255, id as u8])
            .execute()
            .await
            .unwrap();
        assert_eq!(affected, 1);
        let row = tx
            .query("select id, i, f, r, t, b from v where id = $1")
            .bind(id)
            .fetch_one()
            .await
            .unwrap();
        assert_eq!(row.get::<AccountId>("id").unwrap(), AccountId::from(id));
        assert_eq!(row.get::<i64>("i").unwrap(), int);
        assert_eq!(row.get::<bool>("f").unwrap(), int < 0);
        assert_eq!(
            row.get::<f64>("r").unwrap().to_bits(),
            (0.1 + int as f64).to_bits()
        );
        assert_eq!(row.get::<String>("t").unwrap(), text);
        assert_eq!(row.get::<Vec<u8>>("b").unwrap(), [0, 255, id as u8]);
        assert_eq!(row.at::<i64>(1).unwrap(), int);
    }
}

#[testkit::db_test]
async fn nulls_and_wrapped_values_keep_their_types(db: TestDb) {
    let ctx = db.ctx();
    let mut tx = ctx.write().await.unwrap();
    tx.execute_script(
        "create table v (i bigint, f smallint, r double precision, t text)".to_owned(),
    )
    .await
    .unwrap();
    tx.query("insert into v (i, f, r, t) values ($1, $2, $3, $4)")
        .bind(None::<Timestamp>)
        .bind(None::<bool>)
        .bind(None::<f64>)
        .bind(None::<&str>)
        .execute()
        .await
        .unwrap();
    let row = tx
        .query("select i, f, r, t from v")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.get::<Option<i64>>("i").unwrap(), None);
    assert_eq!(row.get::<Option<bool>>("f").unwrap(), None);
    assert_eq!(row.get::<Option<f64>>("r").unwrap(), None);
    assert_eq!(row.get::<Option<String>>("t").unwrap(), None);
    // A null where there must be a value is an error that names the column.
    let error = row.get::<i64>("i").unwrap_err();
    assert!(format!("{error:?}").contains("\"i\""), "{error:?}");
    assert!(row.get::<i64>("absent").is_err());

    let json = Json(serde_json::json!({ "a": [1, null, "ß"] }));
    tx.query("update v set t = $1, i = $2")
        .bind(json.clone())
        .bind(ctx.clock.now())
        .execute()
        .await
        .unwrap();
    let row = tx.query("select t, i from v").fetch_one().await.unwrap();
    assert_eq!(row.get::<Json<serde_json::Value>>("t").unwrap(), json);
    assert_eq!(row.get::<Timestamp>("i").unwrap(), ctx.clock.now());
    assert!(row.get::<Json<Vec<i64>>>("t").is_err());
}

#[testkit::db_test]
async fn nul_characters_are_refused_alike_and_the_transaction_goes_on(db: TestDb) {
    let ctx = with_table(&db).await;
    let mut tx = ctx.write().await.unwrap();
    let error = insert(&mut tx, 1, "a\0b").await.unwrap_err();
    assert!(matches!(error, Error::Nul), "{error}");
    let kernel::Error::Invalid(fields) = kernel::Error::from(error) else {
        panic!("people can mend it");
    };
    assert_eq!(fields[0].code, "nul_character");
    let mut many = Insert::into("thing", &["id", "name"]);
    many.row(|row| {
        row.bind(1).bind("\0");
    });
    assert!(matches!(many.execute(&mut tx).await, Err(Error::Nul)));
    insert(&mut tx, 1, "fine").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&mut ctx.read().await.unwrap()).await, 1);
}

#[testkit::db_test]
async fn a_taken_unique_key_says_so(db: TestDb) {
    let ctx = with_table(&db).await;
    let mut tx = ctx.write().await.unwrap();
    insert(&mut tx, 1, "a").await.unwrap();
    tx.commit().await.unwrap();
    for (id, name) in [(1, "b"), (2, "a")] {
        let mut tx = ctx.write().await.unwrap();
        let error = insert(&mut tx, id, name).await.unwrap_err();
        assert!(matches!(error, Error::Unique(_)), "{error}");
    }
    // Another fault is not mistaken for one.
    let mut tx = ctx.write().await.unwrap();
    let error = tx
        .query("insert into thing (id) values ($1)")
        .bind(None::<i64>)
        .execute()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Engine(_)), "{error}");
}

#[testkit::db_test]
async fn lists_of_every_length_match_their_members(db: TestDb) {
    let ctx = with_table(&db).await;
    let mut tx = ctx.write().await.unwrap();
    for id in 0..40 {
        insert(&mut tx, id, &id.to_string()).await.unwrap();
    }
    for n in 0..=33_i64 {
        let sql = format!(
            "select id from thing where n = $1 and id in {} and id < $2 order by id",
            in_list(3, n as usize)
        );
        let rows = tx
            .query(sql)
            .bind(0)
            .bind(1000)
            .bind_list(0..n)
            .fetch_all()
            .await
            .unwrap();
        let ids: Vec<i64> = rows.iter().map(|row| row.get("id").unwrap()).collect();
        assert_eq!(ids, (0..n).collect::<Vec<_>>(), "{n}");
    }
    let texts = tx
        .query(format!(
            "select id from thing where name in {} order by id",
            in_list(1, 3)
        ))
        .bind_list(["7", "nobody", "9"])
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(texts.len(), 2);
}

#[test]
fn lists_are_padded_to_powers_of_two() {
    assert_eq!(in_list(1, 0), "(null)");
    assert_eq!(in_list(3, 1), "($3)");
    assert_eq!(in_list(3, 3), "($3,$4,$5,$6)");
    assert_eq!(in_list(1, 5), in_list(1, 8));
}

#[testkit::db_test]
async fn ten_thousand_rows_go_in_at_once(db: TestDb) {
    let ctx = with_table(&db).await;
    let rows = |from: i64| {
        let mut insert = Insert::into("thing", &["id", "name", "n"]);
        for id in from..from + 10_000 {
            insert.row(|row| {
                row.bind(id).bind(format!("name {id}")).bind(id * 2);
            });
        }
        insert
    };
    let mut tx = ctx.write().await.unwrap();
    assert_eq!(rows(0).execute(&mut tx).await.unwrap(), 10_000);
    let row = tx
        .query("select count(*) as rows, cast(sum(n) as bigint) as total, max(name) as name from thing")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.get::<i64>("rows").unwrap(), 10_000);
    assert_eq!(row.get::<i64>("total").unwrap(), 9_999 * 10_000);
    assert_eq!(row.get::<String>("name").unwrap(), "name 9999");

    // Half of them are there already.
    let added = rows(5_000)
        .on_conflict("on conflict do nothing")
        .returning("id")
        .fetch_all(&mut tx)
        .await
        .unwrap();
    let mut ids: Vec<i64> = added.iter().map(|row| row.get("id").unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (10_000..15_000).collect::<Vec<_>>());
    let none = Insert::into("thing", &["id"]);
    assert!(none.is_empty());
    assert_eq!(none.execute(&mut tx).await.unwrap(), 0);
}

/// Few rows and many go different ways on PostgreSQL.
#[testkit::db_test]
async fn whatever_a_row_holds_goes_in_alike_in_few_rows_and_in_many(db: TestDb) {
    const TEXTS: [&str; 9] = [
        "",
        "\\N",
        "\\.",
        "\\\\ \\t",
        "tab\t, line\n, return\r, \u{1}",
        "ß İ Σ \u{1f600} \u{2028}",
        "\"quoted\", 'quoted', $1, %",
        "\\x41",
        "end\\",
    ];
    let ctx = db.ctx();
    let mut tx = ctx.write().await.unwrap();
    let bytes = match tx.engine() {
        db::Engine::Sqlite => "blob",
        db::Engine::Postgres => "bytea",
    };
    tx.execute_script(format!(
        "create table v (id bigint unique, i bigint, f smallint, r double precision, t text, b {bytes})"
    ))
    .await
    .unwrap();
    let wanted = |id: i64| {
        let n = id as usize;
        let present = |at: usize| !(n + at).is_multiple_of(4);
        (
            present(0).then_some(if n.is_multiple_of(2) {
                i64::MIN
            } else {
                i64::MAX
            }),
            present(1).then_some(n.is_multiple_of(3)),
            present(2).then_some([0.1, -1e-300, 1.797e308, -0.0][n % 4]),
            present(3).then(|| TEXTS[n % TEXTS.len()].to_owned()),
            present(0).then(|| vec![0_u8, b'\\', b'\n', 255, n as u8]),
        )
    };
    let rows = |ids: std::ops::Range<i64>| {
        let mut insert = Insert::into("v", &["id", "i", "f", "r", "t", "b"]);
        for id in ids {
            let (i, f, r, t, b) = wanted(id);
            insert.row(|row| {
                row.bind(id).bind(i).bind(f).bind(r).bind(t).bind(b);
            });
        }
        insert
    };
    for ids in [0..3, 3..103] {
        let size = (ids.end - ids.start) as u64;
        assert_eq!(rows(ids).execute(&mut tx).await.unwrap(), size);
    }
    let stored = tx
        .query("select id, i, f, r, t, b from v order by id")
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(stored.len(), 103);
    for row in &stored {
        let id: i64 = row.get("id").unwrap();
        let got = (
            row.get("i").unwrap(),
            row.get("f").unwrap(),
            row.get("r").unwrap(),
            row.get("t").unwrap(),
            row.get("b").unwrap(),
        );
        assert_eq!(got, wanted(id), "{id}");
    }
    tx.commit().await.unwrap();

    // Faults are told alike, and a refused NUL leaves the transaction as it was.
    let mut tx = ctx.write().await.unwrap();
    let mut many = Insert::into("v", &["id", "t"]);
    for id in 200..300 {
        many.row(|row| {
            row.bind(id).bind("a\0b");
        });
    }
    assert!(matches!(many.execute(&mut tx).await, Err(Error::Nul)));
    assert_eq!(rows(200..300).execute(&mut tx).await.unwrap(), 100);
    tx.commit().await.unwrap();
    let mut tx = ctx.write().await.unwrap();
    // PostgreSQL copies them while we go on, and says so at the commit.
    let error = match rows(250..350).execute(&mut tx).await {
        Ok(_) => tx.commit().await.unwrap_err(),
        Err(error) => {
            tx.rollback().await.unwrap();
            error
        }
    };
    assert!(matches!(error, Error::Unique(_)), "{error}");
    // Whatever comes before that is told it, too, and nothing of it stays.
    let mut tx = ctx.write().await.unwrap();
    let begun = rows(290..390).execute(&mut tx).await;
    let next = tx.query("select count(*) as n from v").fetch_one().await;
    let error = begun.err().or(next.err()).expect("290 is taken");
    assert!(matches!(error, Error::Unique(_)), "{error}");
    match tx.engine() {
        Engine::Sqlite => tx.rollback().await.unwrap(),
        Engine::Postgres => assert!(tx.commit().await.is_err()),
    }
    let mut tx = ctx.read().await.unwrap();
    let row = tx
        .query("select count(*) as n from v where id >= 300")
        .fetch_one()
        .await;
    assert_eq!(row.unwrap().get::<i64>("n").unwrap(), 0);
}

#[testkit::db_test]
async fn the_portable_subset_means_the_same(db: TestDb) {
    let ctx = with_table(&db).await;
    let mut tx = ctx.write().await.unwrap();
    for (id, name) in [(1, "anna"), (2, "hanna"), (3, "bert")] {
        insert(&mut tx, id, name).await.unwrap();
    }
    let sql = format!(
        "select id from thing where {} > 0 and (n, id) < ($2, $3) order by id",
        tx.strpos("name", "$1")
    );
    let rows = tx
        .query(sql)
        .bind("ann")
        .bind(0)
        .bind(2)
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    // One parameter may be named twice.
    let row = tx
        .query(
            "update thing set n = n + $1 where id = $2 and n + $1 > 0 returning n, n + $1 as twice",
        )
        .bind(5)
        .bind(3)
        .fetch_optional()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (
            row.get::<i64>("n").unwrap(),
            row.get::<i64>("twice").unwrap()
        ),
        (5, 10)
    );
    assert_eq!(
        tx.query("select id from thing where id = 99")
            .fetch_optional()
            .await
            .unwrap()
            .map(|_| ()),
        None
    );
    assert!(matches!(
        tx.query("select id from thing where id = 99")
            .fetch_one()
            .await,
        Err(Error::NotAffected { .. })
    ));
}
