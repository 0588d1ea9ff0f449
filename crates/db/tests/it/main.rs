//! What the rest relies on: the two engines have one schema and answer alike.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows a test by its attribute, which db_test has moved elsewhere"
)]

mod faults;
mod files;
mod plans;
mod process;
mod schema;
mod statements;
mod transactions;

use ctx::Ctx;
use testkit::TestDb;

/// The first node, with a table to play with.
async fn with_table(db: &TestDb) -> Ctx {
    let ctx = db.ctx();
    let mut tx = ctx.write().await.unwrap();
    tx.execute_script(
        "create table thing (id bigint not null primary key, name text, n bigint, unique (name))"
            .to_owned(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    ctx
}

async fn insert(tx: &mut db::WriteTx, id: i64, name: &str) -> db::Result<u64> {
    tx.query("insert into thing (id, name, n) values ($1, $2, 0)")
        .bind(id)
        .bind(name)
        .execute()
        .await
}

async fn count(tx: &mut db::Tx) -> i64 {
    let row = tx
        .query("select count(*) as n from thing")
        .fetch_one()
        .await
        .unwrap();
    row.get("n").unwrap()
}
