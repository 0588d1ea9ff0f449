//! What reaches the relay.

use std::collections::BTreeSet;
use std::time::Duration;

use testkit::TestDb;
use testkit::smtp_sink::{Action, Keep, SinkConfig, Step, When};

use super::{World, sink};
use crate::campaigns::{self, CampaignState};

fn queue_of(world: &World, id: campaigns::CampaignId) -> crate::messages::store::Queue {
    crate::messages::store::Queue {
        account: world.account,
        kind: crate::messages::Kind::Campaign,
        source: id.get(),
        revision: None,
    }
}

#[testkit::db_test]
async fn everybody_gets_one_mail_and_the_campaign_ends(db: TestDb) {
    let world = World::new(&db).await;
    world.people(300).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 4).await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;

    let recipients: BTreeSet<String> = sink.accepted().into_iter().map(|a| a.recipient).collect();
    assert_eq!((recipients.len() as u64, sink.count()), (300, 300));
    let totals = world.totals(id).await;
    assert_eq!((totals.n("recipients"), totals.n("sent")), (300, 300));
    assert_eq!(world.state(id).await, CampaignState::Sent);
}

#[testkit::db_test]
async fn later_is_tried_again_and_no_is_final_with_the_relays_words(db: TestDb) {
    let world = World::new(&db).await;
    world.people(200).await;
    let refusing = SinkConfig::default()
        .fault(
            Step::Rcpt,
            When::EveryAddress {
                nth: 20,
                attempts: u32::MAX,
            },
            Action::reply("550 5.1.1 no such mailbox here"),
        )
        .fault(
            Step::Rcpt,
            When::EveryAddress {
                nth: 7,
                attempts: 1,
            },
            Action::reply("450 4.2.1 greylisted, come back"),
        );
    let sink = sink(refusing).await;
    world.use_sink(&sink, 3).await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    let first = world.totals(id).await;
    assert!(
        first.n("deferred") > 0 && first.n("failed") == 10,
        "{:?}",
        first.0
    );
    assert_eq!(world.state(id).await, CampaignState::Sending);

    db.clock().advance(Duration::from_secs(61));
    world.deliver().await;
    let totals = world.totals(id).await;
    assert_eq!((totals.n("sent"), totals.n("failed")), (190, 10));
    assert_eq!(sink.duplicates().len(), 0);
    assert_eq!(world.state(id).await, CampaignState::Sent);

    let mut tx = world.ctx.read().await.unwrap();
    let row = tx
        .query("select detail from message where account_id = $1 and state = 'failed' limit 1")
        .bind(world.account)
        .fetch_one()
        .await
        .unwrap();
    let detail: String = row.get("detail").unwrap();
    assert!(
        detail.starts_with("550") && detail.contains("no such mailbox"),
        "{detail}"
    );
}

/// A limit, a decision or a time of its own may have kept it for days.
#[testkit::db_test]
async fn the_72_hours_of_deferrals_begin_with_the_first_try(db: TestDb) {
    let world = World::new(&db).await;
    world.people(5).await;
    let busy = SinkConfig::default().fault(
        Step::Rcpt,
        When::EveryAddress {
            nth: 1,
            attempts: 2,
        },
        Action::reply("450 4.2.1 greylisted, come back"),
    );
    let sink = sink(busy).await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    world.start(id).await;
    db.clock().advance(Duration::from_hours(100));
    for _ in 0..3 {
        world.deliver().await;
        db.clock().advance(Duration::from_mins(20));
    }
    let totals = world.totals(id).await;
    assert_eq!((totals.n("sent"), totals.n("failed")), (5, 0));
}

#[testkit::db_test]
async fn a_connection_that_dies_after_the_dot_leaves_unknown_and_nothing_is_repeated(db: TestDb) {
    let world = World::new(&db).await;
    world.people(40).await;
    let dying = SinkConfig::default().fault(Step::Dot, When::Only(5), Action::AcceptThenClose);
    let sink = sink(dying).await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    let totals = world.totals(id).await;
    assert_eq!(sink.duplicates().len(), 0);
    assert_eq!(totals.n("unknown"), 1, "{:?}", totals.0);
    assert_eq!(totals.n("sent"), 39);
    assert_eq!(world.state(id).await, CampaignState::Sent);

    // A person may decide to send those again.
    let again = campaigns::resend_unknown(&world.ctx, world.account, &world.actor, id)
        .await
        .unwrap();
    assert_eq!(again, 1);
    world.deliver().await;
    let totals = world.totals(id).await;
    assert_eq!((totals.n("unknown"), totals.n("sent")), (0, 40));
}

#[testkit::db_test]
async fn what_a_dead_node_held_is_sent_by_another_and_its_late_word_is_not_believed(db: TestDb) {
    let world = World::new(&db).await;
    world.people(60).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 2).await;
    let id = world.draft().await;
    world.start(id).await;

    // The first node leases some and puts some of those on the wire; then it freezes.
    let frozen = &world.ctx;
    let mut tx = frozen.write().await.unwrap();
    let now = frozen.clock.now();
    let claimed =
        crate::messages::store::claim(&mut tx, queue_of(&world, id), frozen.node.epoch(), now, 20)
            .await
            .unwrap();
    let on_the_wire: Vec<_> = claimed[..5].iter().map(|m| m.held.id).collect();
    crate::messages::store::mark_wire(&mut tx, frozen.node.epoch(), now, &on_the_wire)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    db.clock()
        .advance(ctx::TIME_TO_LIVE + Duration::from_secs(1));
    let other = World {
        ctx: db.another_node().await,
        account: world.account,
        actor: world.actor.clone(),
        config: world.config.clone(),
        jobs: world.jobs.clone(),
    };
    // On SQLite, registering a second "process" in one keeps the first alive for other tests; here it is dead.
    let mut tx = other.ctx.write().await.unwrap();
    tx.query("update node set alive_until = 0 where epoch = $1")
        .bind(frozen.node.epoch())
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    other.deliver().await;
    assert_eq!(sink.count(), 55);
    let totals = other.totals(id).await;
    assert_eq!((totals.n("sent"), totals.n("unknown")), (55, 5));

    // It wakes: what it only leased is not its own any more, what it really sent is corrected.
    let mut tx = frozen.write().await.unwrap();
    let leased: Vec<_> = claimed[5..].iter().map(|m| m.held.id).collect();
    let marked = crate::messages::store::mark_wire(&mut tx, frozen.node.epoch(), now, &leased)
        .await
        .unwrap();
    assert!(marked.is_empty());
    let late: Vec<_> = claimed[..6]
        .iter()
        .map(|m| crate::messages::Finished {
            held: m.held,
            finish: crate::messages::Finish::Sent {
                reply: "250 ok".to_owned(),
            },
        })
        .collect();
    crate::delivery::record_for_test(frozen, &mut tx, now, &late).await;
    tx.commit().await.unwrap();
    let totals = other.totals(id).await;
    assert_eq!((totals.n("sent"), totals.n("unknown")), (60, 0));
}

#[testkit::db_test]
async fn a_node_that_lost_its_database_for_a_while_takes_nothing_from_itself(db: TestDb) {
    let world = World::new(&db).await;
    world.people(10).await;
    let id = world.draft().await;
    world.start(id).await;
    let (ctx, epoch) = (&world.ctx, world.ctx.node.epoch());
    let mut tx = ctx.write().await.unwrap();
    let now = ctx.clock.now();
    let claimed = crate::messages::store::claim(&mut tx, queue_of(&world, id), epoch, now, 10)
        .await
        .unwrap();
    let ids: Vec<_> = claimed.iter().map(|m| m.held.id).collect();
    crate::messages::store::mark_wire(&mut tx, epoch, now, &ids[..5])
        .await
        .unwrap();
    tx.commit().await.unwrap();

    // No heartbeat for longer than a node may be silent; then the first thing it does is to look for the dead.
    db.clock()
        .advance(ctx::TIME_TO_LIVE + Duration::from_secs(1));
    crate::delivery::reclaim(ctx).await.unwrap();
    let finished: Vec<_> = claimed
        .iter()
        .map(|m| crate::messages::Finished {
            held: m.held,
            finish: crate::messages::Finish::Failed {
                text: "550 no".to_owned(),
                bounce: None,
            },
        })
        .collect();
    let mut tx = ctx.write().await.unwrap();
    crate::delivery::record_for_test(ctx, &mut tx, now, &finished).await;
    tx.commit().await.unwrap();
    let totals = world.totals(id).await;
    assert_eq!((totals.n("failed"), totals.n("unknown")), (10, 0));
}

#[testkit::db_test]
async fn two_nodes_share_a_campaign_and_nobody_gets_two(db: TestDb) {
    let world = World::new(&db).await;
    world.people(400).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 3).await;
    let id = world.draft().await;
    world.start(id).await;
    let other = World {
        ctx: db.another_node().await,
        account: world.account,
        actor: world.actor.clone(),
        config: world.config.clone(),
        jobs: world.jobs.clone(),
    };
    tokio::join!(world.deliver(), other.deliver());
    world.deliver().await;
    assert_eq!((sink.count(), sink.duplicates().len()), (400, 0));
    assert_eq!(world.totals(id).await.n("sent"), 400);
    assert_eq!(world.state(id).await, CampaignState::Sent);
}

#[testkit::db_test]
async fn a_relay_that_cannot_be_reached_costs_no_try(db: TestDb) {
    let world = World::new(&db).await;
    world.people(10).await;
    let sink = sink(SinkConfig::default().fault(
        Step::Connect,
        When::First(1),
        Action::ReplyThenClose("421 too busy".to_owned()),
    ))
    .await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    db.clock().advance(Duration::from_mins(2));
    world.deliver().await;
    assert_eq!((sink.count(), sink.duplicates().len()), (10, 0));
    let totals = world.totals(id).await;
    assert_eq!((totals.n("sent"), totals.n("deferred")), (10, 0));
}

#[testkit::db_test]
async fn people_who_left_meanwhile_are_skipped_with_the_reason(db: TestDb) {
    let world = World::new(&db).await;
    world.people(5).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    world.start(id).await;
    let mut tx = world.ctx.write().await.unwrap();
    let row = tx
        .query("select id from subscriber where account_id = $1 and email = 'user3@example.com'")
        .bind(world.account)
        .fetch_one()
        .await
        .unwrap();
    let left = audience::subscribers::unsubscribe_in(
        &world.ctx,
        &mut tx,
        world.account,
        row.get("id").unwrap(),
        "page",
        "subscriber",
    )
    .await
    .unwrap();
    assert!(left);
    tx.commit().await.unwrap();
    world.deliver().await;
    assert_eq!(sink.count(), 4);
    let totals = world.totals(id).await;
    assert_eq!((totals.n("sent"), totals.n("skipped")), (4, 1));
}

#[testkit::db_test]
async fn the_mail_has_what_receivers_ask_of_bulk_mail(db: TestDb) {
    let world = World::new(&db).await;
    world.people(1).await;
    let sink = sink(SinkConfig {
        keep: Keep::Data,
        ..SinkConfig::default()
    })
    .await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    let accepted = sink.accepted();
    let data = accepted[0].data.as_ref().expect("the sink keeps bodies");
    let mail = mail::read(data);
    let header = |name: &str| {
        let all: Vec<&String> = mail
            .headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
            .collect();
        assert_eq!(all.len(), 1, "{name}: {all:?}");
        all[0].clone()
    };
    assert!(header("List-Unsubscribe").contains("<https://mail.example.com/u/"));
    assert_eq!(
        header("List-Unsubscribe-Post").trim(),
        "List-Unsubscribe=One-Click"
    );
    assert_eq!(header("Subject").trim(), "Hello there");
    assert!(header("Message-ID").contains("@example.com>"));
    let html = mail.html.expect("an HTML part");
    assert_eq!(html.matches("https://mail.example.com/t/c/").count(), 2);
    assert_eq!(html.matches("https://mail.example.com/t/o/").count(), 1);
    assert!(
        html.contains("https://mail.example.com/u/"),
        "a footer with an unsubscribe link"
    );
    assert!(!html.contains("example.com/a?x=1"));
    assert!(!mail.text.is_empty());
}
