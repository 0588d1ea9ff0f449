//! How SQLite looks things up, with nothing in the tables and so nothing to go by but what it was told.

use db::{Each, Engine, look_up};
use testkit::TestDb;

#[testkit::db_test]
async fn what_belongs_to_people_is_looked_up_by_the_person(db: TestDb) {
    let ctx = db.ctx();
    let mut tx = ctx.read().await.unwrap();
    // PostgreSQL plans by what is there.
    if tx.engine() == Engine::Postgres {
        return;
    }
    for (columns, from, more, wanted) in [
        (
            "distinct e.subscriber_id",
            "event e",
            "and e.kind <> 'subscriber.created'",
            "event_timeline (account_id=? AND subscriber_id=?)",
        ),
        (
            "e.id",
            "event e",
            "and e.kind in ('message.opened', 'message.clicked') and e.at >= 5",
            "event_timeline (account_id=? AND subscriber_id=? AND at>?)",
        ),
        (
            "m.group_id",
            "group_member m",
            "",
            "group_member_subscriber (account_id=? AND subscriber_id=?)",
        ),
        (
            "m.tag_id",
            "tagging m",
            "",
            "tagging_subscriber (account_id=? AND subscriber_id=?)",
        ),
        (
            "m.segment_id",
            "segment_member m",
            "",
            "segment_member_subscriber (account_id=? AND subscriber_id=?)",
        ),
    ] {
        let alias = &from[from.len() - 1..];
        let on = format!("{alias}.account_id = $1 and {alias}.subscriber_id = each.value {more}");
        let sql = look_up(tx.engine(), (Each::Int, "$2"), columns, from, &on, false);
        let plan = tx
            .query(format!("explain query plan {sql}"))
            .bind(1_i64)
            .bind("[]")
            .fetch_all()
            .await
            .unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get("detail").unwrap()).collect();
        assert!(plan.iter().any(|step| step.contains(wanted)), "{plan:?}");
    }
}

#[testkit::db_test]
async fn who_is_active_is_not_looked_up_one_by_one(db: TestDb) {
    let ctx = db.ctx();
    let mut tx = ctx.read().await.unwrap();
    if tx.engine() == Engine::Postgres {
        return;
    }
    for (condition, wanted) in [
        ("", "COVERING INDEX subscriber_status"),
        ("and s.folded_1 in ($3, $4)", "SCAN s"),
    ] {
        let mut query = tx
            .query(format!(
                "explain query plan select count(*) from subscriber s
                 where s.account_id = $1 and s.status = $2 {condition}"
            ))
            .bind(1_i64)
            .bind("active");
        if !condition.is_empty() {
            query = query.bind("oslo").bind("rome");
        }
        let plan = query.fetch_all().await.unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get("detail").unwrap()).collect();
        assert!(plan.iter().any(|step| step.contains(wanted)), "{plan:?}");
    }
}

#[testkit::db_test]
async fn the_planner_knows_of_every_index(db: TestDb) {
    let ctx = db.ctx();
    let mut tx = ctx.read().await.unwrap();
    if tx.engine() == Engine::Postgres {
        return;
    }
    let unknown = tx
        .query(
            "select name from sqlite_master where type = 'index' and tbl_name not like '\\_sqlx%' escape '\\'
                 and name not in (select idx from sqlite_stat1)
                 and not exists (select 1 from pragma_table_list t where t.name = tbl_name and t.wr = 1
                     and sqlite_master.sql is null)",
        )
        .fetch_all()
        .await
        .unwrap();
    let unknown: Vec<String> = unknown.iter().map(|row| row.get("name").unwrap()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
