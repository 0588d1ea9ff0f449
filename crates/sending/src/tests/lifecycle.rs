//! Drafts, schedules, pauses and ends.

use std::time::Duration;

use kernel::Error;
use testkit::TestDb;
use testkit::smtp_sink::SinkConfig;

use super::{World, sink};
use crate::campaigns::{self, Audience, CampaignPatch, CampaignState};

#[testkit::db_test]
async fn pausing_and_resuming_loses_and_repeats_nothing(db: TestDb) {
    let world = World::new(&db).await;
    world.people(120).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 2).await;
    let id = world.draft().await;
    world.start(id).await;
    campaigns::pause(&world.ctx, world.account, &world.actor, id)
        .await
        .unwrap();
    world.deliver().await;
    assert_eq!(sink.count(), 0);
    campaigns::resume(&world.ctx, world.account, &world.actor, id)
        .await
        .unwrap();
    let pausing = async {
        sink.wait_for(20, Duration::from_secs(30)).await;
        campaigns::pause(&world.ctx, world.account, &world.actor, id).await
    };
    let (paused, ()) = tokio::join!(pausing, world.deliver());
    // It may have been done before the pause came; then there was nothing to pause.
    if paused.is_ok() {
        campaigns::resume(&world.ctx, world.account, &world.actor, id)
            .await
            .unwrap();
    }
    world.deliver().await;
    assert_eq!((sink.count(), sink.duplicates().len()), (120, 0));
    let totals = world.totals(id).await;
    assert_eq!((totals.n("sent"), totals.n("unknown")), (120, 0));
    assert_eq!(world.state(id).await, CampaignState::Sent);
}

#[testkit::db_test]
async fn cancelling_ends_every_message_that_was_not_sent(db: TestDb) {
    let world = World::new(&db).await;
    world.people(30).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 2).await;
    let id = world.draft().await;
    world.start(id).await;
    campaigns::cancel(&world.ctx, world.account, &world.actor, id)
        .await
        .unwrap();
    world.deliver().await;
    world.run_jobs().await;
    assert_eq!(sink.count(), 0);
    let totals = world.totals(id).await;
    assert_eq!((totals.n("recipients"), totals.n("cancelled")), (30, 30));
    let again = campaigns::send(&world.ctx, world.account, &world.actor, id).await;
    assert!(matches!(
        again,
        Err(Error::Conflict {
            code: "campaign_state",
            ..
        })
    ));
}

#[testkit::db_test]
async fn a_scheduled_campaign_starts_at_its_time_and_is_held_when_it_is_long_past(db: TestDb) {
    let world = World::new(&db).await;
    world.people(3).await;
    let (on_time, late) = (world.draft().await, world.draft().await);
    for (id, after) in [(on_time, 600), (late, 1200)] {
        let at = world.ctx.clock.now() + Duration::from_secs(after);
        campaigns::schedule(&world.ctx, world.account, &world.actor, id, at)
            .await
            .unwrap();
    }
    campaigns::start_due(world.ctx.clone()).await.unwrap();
    assert_eq!(world.state(on_time).await, CampaignState::Scheduled);
    db.clock().advance(Duration::from_secs(601));
    campaigns::start_due(world.ctx.clone()).await.unwrap();
    assert_eq!(world.state(on_time).await, CampaignState::Sending);
    db.clock().advance(Duration::from_hours(3));
    campaigns::start_due(world.ctx.clone()).await.unwrap();
    let held = campaigns::get(&world.ctx, world.account, late)
        .await
        .unwrap();
    assert_eq!(held.state, CampaignState::Paused);
    assert!(held.pause_reason.unwrap().contains("overdue"));
    campaigns::resume(&world.ctx, world.account, &world.actor, late)
        .await
        .unwrap();
    world.run_jobs().await;
    world.deliver().await;
    assert_eq!(world.totals(late).await.n("sent"), 3);
}

#[testkit::db_test]
async fn a_restored_back_up_sends_nothing_by_itself(db: TestDb) {
    let world = World::new(&db).await;
    world.people(20).await;
    let sending = world.draft().await;
    world.start(sending).await;
    let (due, later) = (world.draft().await, world.draft().await);
    for (id, hours) in [(due, 1), (later, 48)] {
        let at = world.ctx.clock.now() + Duration::from_hours(hours);
        campaigns::schedule(&world.ctx, world.account, &world.actor, id, at)
            .await
            .unwrap();
    }
    db.clock().advance(Duration::from_mins(70));
    assert_eq!(campaigns::hold_restored(&world.ctx).await.unwrap(), 2);
    world.deliver().await;
    for (id, state) in [
        (sending, CampaignState::Paused),
        (due, CampaignState::Paused),
        (later, CampaignState::Scheduled),
    ] {
        let campaign = campaigns::get(&world.ctx, world.account, id).await.unwrap();
        assert_eq!(campaign.state, state);
        let held = campaign
            .pause_reason
            .is_some_and(|reason| reason.contains("restored"));
        assert_eq!(held, state == CampaignState::Paused);
    }
    assert_eq!(world.totals(sending).await.n("sent"), 0);
    campaigns::resume(&world.ctx, world.account, &world.actor, sending)
        .await
        .unwrap();
    world.deliver().await;
    assert_eq!(world.totals(sending).await.n("sent"), 20);
}

#[testkit::db_test]
async fn a_test_reaches_the_address_and_counts_nowhere(db: TestDb) {
    let world = World::new(&db).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    let to = ["me@example.com".to_owned()];
    campaigns::send_test(&world.ctx, world.account, &world.actor, id, &to, None)
        .await
        .unwrap();
    campaigns::send_test(&world.ctx, world.account, &world.actor, id, &to, None)
        .await
        .unwrap();
    world.deliver().await;
    assert_eq!(sink.count(), 2);
    assert!(world.totals(id).await.0.is_empty());
    assert_eq!(world.state(id).await, CampaignState::Draft);
}

#[testkit::db_test]
async fn what_is_missing_or_wrong_is_named(db: TestDb) {
    let world = World::new(&db).await;
    let id = world.draft().await;
    let update =
        |patch| campaigns::update(&world.ctx, world.account, &world.actor, id, None, patch);
    let fields = |error: Error| match error {
        Error::Invalid(errors) => errors.into_iter().map(|e| e.field).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let error = update(CampaignPatch {
        name: Some("x\r\nBcc: eve@example.com".to_owned()),
        sender_name: Some("y\u{2028}z".to_owned()),
        sender_email: Some("nobody".to_owned()),
        audience: Some(Audience {
            groups: vec![42.into()],
            ..Audience::default()
        }),
        ..CampaignPatch::default()
    })
    .await
    .unwrap_err();
    assert_eq!(
        fields(error),
        ["name", "sender_name", "sender_email", "audience.groups[0]"]
    );

    // A text that cannot be taken has the same code wherever it stands.
    for (name, code) in [
        ("  ".to_owned(), "required"),
        ("x".repeat(201), "too_long"),
        ("a\0b".to_owned(), "nul_character"),
        ("a\u{2029}b".to_owned(), "control_character"),
    ] {
        let error = update(CampaignPatch {
            name: Some(name),
            ..CampaignPatch::default()
        })
        .await
        .unwrap_err();
        let Error::Invalid(errors) = error else {
            panic!("{error:?}");
        };
        assert_eq!((errors.len(), &*errors[0].code), (1, code));
    }

    update(CampaignPatch {
        audience: Some(Audience::default()),
        ..CampaignPatch::default()
    })
    .await
    .unwrap();
    let error = campaigns::send(&world.ctx, world.account, &world.actor, id)
        .await
        .unwrap_err();
    assert_eq!(fields(error), ["audience"]);

    let stale = campaigns::update(
        &world.ctx,
        world.account,
        &world.actor,
        id,
        Some(1),
        CampaignPatch::default(),
    )
    .await;
    assert!(matches!(
        stale,
        Err(Error::Conflict {
            code: "version_conflict",
            ..
        })
    ));
    let stranger = kernel::AccountId::from(7);
    let foreign = campaigns::get(&world.ctx, stranger, id).await;
    assert!(matches!(foreign, Err(Error::NotFound { .. })));
}
