//! How PostgreSQL goes about statements that are run thousands of times in a campaign.

use kernel::Timestamp;
use testkit::TestDb;

use super::mark_wire_sql;

/// Everybody's status was once read for each batch, which no test of what it does could tell.
#[testkit::db_test]
async fn marking_looks_up_only_whom_it_is_about(db: TestDb) {
    let ctx = db.ctx();
    let mut tx = ctx.write().await.unwrap();
    if tx.engine() == db::Engine::Sqlite {
        return;
    }
    // With few rows it would read them all, rightly.
    tx.execute_script("set local enable_seqscan = off".to_owned())
        .await
        .unwrap();
    let plan: Vec<String> = tx
        .query(format!("explain {}", mark_wire_sql(8)))
        .bind(Timestamp::from_micros(0))
        .bind(1_i64)
        .bind_list(1..=8_i64)
        .fetch_all()
        .await
        .unwrap()
        .iter()
        .map(|row| row.at(0).unwrap())
        .collect();
    let plan = plan.join("\n");
    // A set of all there are would be "hashed", and know nothing of the message.
    assert!(!plan.contains("hashed"), "{plan}");
    for key in ["(id = message.source_id)", "(id = message.subscriber_id)"] {
        assert!(plan.contains(key), "{plan}");
    }
}
