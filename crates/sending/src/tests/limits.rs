//! Limits, rests and stand-ins, as relays see them.

use std::time::Duration;

use testkit::TestDb;
use testkit::smtp_sink::{Action, SinkConfig, Step, When};

use super::{World, sink};
use crate::campaigns::CampaignState;
use crate::limits::{self, NewLimit, Scope};
use crate::senders::{self, NewSender};

fn on(scope: Scope, key: &str, per_minute: Option<i64>, per_hour: Option<i64>) -> NewLimit {
    NewLimit {
        scope,
        key: key.to_owned(),
        per_minute,
        per_hour,
        per_day: None,
        warm_up: None,
    }
}

impl World {
    async fn limit(&self, new: NewLimit) {
        limits::create(&self.ctx, self.account, &self.actor, new)
            .await
            .unwrap();
    }
}

#[testkit::db_test]
async fn two_nodes_and_a_restart_keep_the_limit_of_an_account(db: TestDb) {
    let world = World::new(&db).await;
    world.people(120).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 2).await;
    world.limit(on(Scope::Account, "", Some(50), None)).await;
    let id = world.draft().await;
    world.start(id).await;
    let other = world.beside(&db).await;
    tokio::join!(world.deliver(), other.deliver());
    assert_eq!(sink.count(), 50);
    // Whatever a process remembers, the database does.
    let third = world.beside(&db).await;
    db.clock().advance(Duration::from_secs(30));
    third.deliver().await;
    assert_eq!(sink.count(), 50);
    db.clock().advance(Duration::from_secs(50));
    tokio::join!(world.deliver(), third.deliver());
    assert_eq!(sink.count(), 100);
    let (limits, _) = limits::list(&world.ctx, world.account).await.unwrap();
    assert_eq!(limits[0].1, [50, 0, 0]);
    db.clock().advance(Duration::from_secs(80));
    world.deliver().await;
    assert_eq!((sink.count(), sink.duplicates().len()), (120, 0));
    assert_eq!(world.state(id).await, CampaignState::Sent);
}

#[testkit::db_test]
async fn a_limited_domain_waits_and_the_others_do_not(db: TestDb) {
    let world = World::new(&db).await;
    world.people(40).await;
    world.person("a@elsewhere.example").await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 2).await;
    world
        .limit(on(Scope::Domain, "example.com", None, Some(30)))
        .await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    assert_eq!(sink.count(), 31);
    for _ in 0..8 {
        db.clock().advance(Duration::from_mins(10));
        world.deliver().await;
    }
    assert_eq!((sink.count(), sink.duplicates().len()), (41, 0));
    assert_eq!(world.totals(id).await.n("sent"), 41);
    assert_eq!(world.state(id).await, CampaignState::Sent);
}

#[testkit::db_test]
async fn a_sender_and_a_transport_have_limits_of_their_own(db: TestDb) {
    let world = World::new(&db).await;
    world.people(30).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 1).await;
    let transports = crate::transports::list(&world.ctx, world.account)
        .await
        .unwrap();
    let key = transports[0].id.to_string();
    world
        .limit(on(Scope::Transport, &key, Some(25), None))
        .await;
    world
        .limit(on(Scope::Sender, "News@example.com", Some(10), None))
        .await;
    let (limited, free) = (world.draft().await, world.draft().await);
    let new = NewSender {
        name: "Bea".to_owned(),
        email: "bea@example.com".to_owned(),
        reply_to: None,
    };
    let sender = senders::create(&world.ctx, world.account, &world.actor, new)
        .await
        .unwrap();
    let patch = crate::campaigns::CampaignPatch {
        sender_id: Some(Some(sender.id)),
        ..Default::default()
    };
    let (ctx, account) = (&world.ctx, world.account);
    let changed = crate::campaigns::update(ctx, account, &world.actor, free, None, patch)
        .await
        .unwrap();
    assert_eq!(
        (&*changed.sender_name, &*changed.sender_email),
        ("Bea", "bea@example.com")
    );
    world.start(limited).await;
    world.deliver().await;
    assert_eq!(sink.count(), 10);
    world.start(free).await;
    world.deliver().await;
    assert_eq!(sink.count(), 25);
    assert_eq!(world.totals(limited).await.n("sent"), 10);
}

#[testkit::db_test]
async fn a_domain_that_says_later_to_everybody_is_left_alone(db: TestDb) {
    let world = World::new(&db).await;
    world.people(200).await;
    // More than two claims of a queue of 64: by the third it is known that the domain rests.
    let busy = SinkConfig::default().fault(
        Step::Rcpt,
        When::First(150),
        Action::reply("451 4.7.1 too much from you, come back later"),
    );
    let sink = sink(busy).await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    let (_, resting) = limits::list(&world.ctx, world.account).await.unwrap();
    assert_eq!(resting.len(), 1, "{resting:?}");
    assert_eq!(resting[0].0, "example.com");
    let tried = world.totals(id).await.n("deferred");
    for _ in 0..400 {
        db.clock().advance(Duration::from_mins(5));
        world.deliver().await;
        if world.state(id).await == CampaignState::Sent {
            break;
        }
    }
    let totals = world.totals(id).await;
    assert_eq!((totals.n("sent"), totals.n("deferred")), (200, 150));
    assert!(tried < 150, "{tried}");
    let (_, resting) = limits::list(&world.ctx, world.account).await.unwrap();
    assert_eq!(resting, []);
}

#[testkit::db_test]
async fn another_transport_stands_in_for_one_that_cannot_be_reached(db: TestDb) {
    let world = World::new(&db).await;
    world.people(50).await;
    let away = sink(SinkConfig::default().fault(
        Step::Connect,
        When::First(u64::MAX),
        Action::ReplyThenClose("421 we are closed".to_owned()),
    ))
    .await;
    let (stand_in, bystander) = (
        sink(SinkConfig::default()).await,
        sink(SinkConfig::default()).await,
    );
    world.use_sink_as(&bystander, 1, false, None).await;
    world.use_sink_as(&stand_in, 2, false, Some(2)).await;
    world.use_sink(&away, 2).await;
    let id = world.draft().await;
    world.start(id).await;
    let running = world.ctx.tasks.spawn(crate::delivery::run(
        world.ctx.clone(),
        world.config.clone(),
    ));
    for _ in 0..600 {
        if stand_in.wait_for(50, Duration::from_millis(100)).await {
            break;
        }
        db.clock().advance(Duration::from_secs(1));
    }
    world.ctx.shutdown.cancel();
    running.await.unwrap();
    assert_eq!(
        (away.count(), stand_in.count(), bystander.count()),
        (0, 50, 0)
    );
    assert_eq!(stand_in.duplicates().len(), 0);
    assert_eq!(world.totals(id).await.n("unknown"), 0);
}
