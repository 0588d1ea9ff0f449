//! Messages of somebody whose record became part of another.

use audience::SubscriberId;
use audience::subscribers::{Merge, Prefer, Status, Whose};
use ctx::Purpose;
use testkit::TestDb;

use super::World;
use crate::messages::{FollowMerges, MessageId};
use crate::tracking::UnsubscribeReason;
use crate::tracking::service::{Client, Links};

/// The subscriber of each message, in the order of the messages.
async fn recipients(world: &World) -> Vec<(MessageId, SubscriberId)> {
    let mut tx = world.ctx.read().await.unwrap();
    tx.query("select id, subscriber_id from message where account_id = $1 order by id")
        .bind(world.account)
        .fetch_all()
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get("id").unwrap(), row.get("subscriber_id").unwrap()))
        .collect()
}

async fn merge(world: &World, kept: SubscriberId, other: SubscriberId) {
    let how = Merge {
        other,
        prefer: Prefer::Kept,
        email: Whose::Kept,
    };
    audience::subscribers::merge(&world.ctx, world.account, &world.actor, kept, how)
        .await
        .unwrap();
}

async fn status_of(world: &World, id: SubscriberId) -> Status {
    audience::subscribers::get(&world.ctx, world.account, id)
        .await
        .unwrap()
        .subscriber
        .status
}

#[testkit::db_test]
async fn messages_follow_the_record_that_is_kept(db: TestDb) {
    let world = World::new(&db).await;
    world.people(3).await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    let before = recipients(&world).await;
    let [(first, a), (second, b), (_, c)] = before[..] else {
        panic!("{before:?}");
    };
    let links = Links::start(&world.ctx, &world.config);
    let sign = |purpose, message| links.token(world.account, purpose, message, 0);
    // Links are remembered by whom they were for.
    let leave = sign(Purpose::Unsubscribe, first);
    assert!(links.leaving(&leave).await.unwrap().active);

    merge(&world, b, a).await;
    merge(&world, c, b).await;
    // Before anything has followed: the link in the old mail is theirs, and so is an open.
    assert!(links.leaving(&leave).await.unwrap().active);
    let client = Client {
        head: false,
        user_agent: Some("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15".to_owned()),
        ip: None,
    };
    links
        .open(&sign(Purpose::Open, second), client)
        .await
        .unwrap();
    events::catch_up(&world.ctx, &FollowMerges).await.unwrap();
    let after = recipients(&world).await;
    assert!(after.iter().all(|(_, person)| *person == c), "{after:?}");
    assert_eq!(world.totals(id).await.n("sent"), 3);

    links
        .unsubscribe(&leave, UnsubscribeReason::OneClick, None)
        .await
        .unwrap();
    assert_eq!(status_of(&world, c).await, Status::Unsubscribed);
    let mut tx = world.ctx.read().await.unwrap();
    let limit = kernel::Limit::try_new(100).unwrap();
    let page = events::timeline(&mut tx, world.account, c.get(), &[], None, limit)
        .await
        .unwrap();
    let count = |kind: &str| page.data.iter().filter(|it| it.kind == kind).count();
    assert_eq!(count("message.sent"), 3);
    assert_eq!(count("message.opened"), 1);
    assert_eq!(count("message.unsubscribed"), 1);
}

#[testkit::db_test]
async fn nobody_gets_a_campaign_twice_by_being_merged(db: TestDb) {
    let world = World::new(&db).await;
    world.people(2).await;
    let id = world.draft().await;
    world.start(id).await;
    let before = recipients(&world).await;
    let [(_, a), (_, b)] = before[..] else {
        panic!("{before:?}");
    };
    merge(&world, b, a).await;
    events::catch_up(&world.ctx, &FollowMerges).await.unwrap();
    world.deliver().await;
    let totals = world.totals(id).await;
    assert_eq!((totals.n("sent"), totals.n("skipped")), (1, 1));
}
