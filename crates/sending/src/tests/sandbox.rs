//! The sandbox inbox does not grow for ever.

use std::time::Duration;

use testkit::TestDb;

use super::World;
use crate::sandbox::{Retention, sweep};

/// Subjects of the inbox, oldest first.
async fn inbox(world: &World) -> Vec<i64> {
    let mut tx = world.ctx.read().await.unwrap();
    let rows = tx
        .query("select id from sandbox_message where account_id = $1 order by id")
        .bind(world.account)
        .fetch_all()
        .await
        .unwrap();
    rows.iter().map(|row| row.get("id").unwrap()).collect()
}

#[testkit::db_test]
async fn the_newest_mails_are_kept_and_none_that_is_old(db: TestDb) {
    const DAY: Duration = Duration::from_hours(24);
    let world = World::new(&db).await;
    // More than one transaction removes.
    world.people(1_100).await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    let all = inbox(&world).await;
    assert_eq!(all.len(), 1_100);
    // Another account's inbox counts for itself.
    let mut tx = world.ctx.write().await.unwrap();
    tx.query(
        "insert into sandbox_message (account_id, id, message_id, recipient, subject, source, received_at) \
         values ($1, $2, 1, 'a@example.com', 'Hi', $3, 0)",
    )
    .bind(world.account.get() + 1)
    .bind(world.ctx.ids.next::<kernel::AccountId>())
    .bind(b"Subject: Hi\r\n\r\n".to_vec())
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();

    let keep = Retention {
        newest: 40,
        age: 30 * DAY,
    };
    assert_eq!(sweep(&world.ctx, Retention::default()).await.unwrap(), 0);
    assert_eq!(sweep(&world.ctx, keep).await.unwrap(), 1_060);
    assert_eq!(inbox(&world).await, all[1_060..]);
    assert_eq!(sweep(&world.ctx, keep).await.unwrap(), 0);

    db.clock().advance(29 * DAY);
    assert_eq!(sweep(&world.ctx, keep).await.unwrap(), 0);
    db.clock().advance(DAY + Duration::from_mins(1));
    assert_eq!(sweep(&world.ctx, keep).await.unwrap(), 41);
    assert!(inbox(&world).await.is_empty());
}
