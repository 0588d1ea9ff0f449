//! Campaigns that come round.

use std::time::Duration;

use kernel::TimeZone;
use testkit::TestDb;
use testkit::smtp_sink::SinkConfig;

use super::{World, sink};
use crate::campaigns::{self, CampaignPatch};
use crate::series::{self, Every, NewSeries, Rule, SeriesPatch, SeriesState};

fn daily() -> Rule {
    Rule {
        every: Every::Day,
        at: "09:00".to_owned(),
        weekdays: Vec::new(),
        day: None,
    }
}

impl World {
    async fn series(&self) -> series::Series {
        let new = NewSeries {
            name: "Daily".to_owned(),
            campaign_id: self.draft().await,
            rule: daily(),
            time_zone: Some(TimeZone::parse("Europe/Berlin").unwrap()),
        };
        series::create(&self.ctx, self.account, &self.actor, new)
            .await
            .unwrap()
    }

    async fn come_round(&self) {
        series::run_due(&self.ctx).await.unwrap();
        self.run_jobs().await;
        self.deliver().await;
    }
}

#[testkit::db_test]
async fn a_copy_of_the_draft_is_sent_each_time_and_once(db: TestDb) {
    let world = World::new(&db).await;
    world.people(5).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 1).await;
    let daily = world.series().await;
    let now = world.ctx.clock.now();
    world.come_round().await;
    assert_eq!(sink.count(), 0);
    db.clock().advance(daily.next_at.since(now));
    // Two nodes look at the same moment.
    let other = world.beside(&db).await;
    let (a, b) = tokio::join!(series::run_due(&world.ctx), series::run_due(&other.ctx));
    a.unwrap();
    b.unwrap();
    world.come_round().await;
    assert_eq!(sink.count(), 5);
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    // The draft as it is then.
    let patch = CampaignPatch {
        sender_email: Some("later@example.com".to_owned()),
        ..CampaignPatch::default()
    };
    campaigns::update(ctx, account, actor, daily.campaign, None, patch)
        .await
        .unwrap();
    db.clock().advance(Duration::from_hours(24));
    world.come_round().await;
    assert_eq!(sink.count(), 10);
    assert_eq!(
        sink.accepted()
            .iter()
            .filter(|one| one.sender == "later@example.com")
            .count(),
        5
    );
    let entries = campaigns::calendar(ctx, account, now, now + Duration::from_hours(24 * 5))
        .await
        .unwrap();
    assert_eq!(entries.len(), 2);
    assert!(
        entries
            .iter()
            .all(|campaign| campaign.series == Some(daily.id))
    );
}

#[testkit::db_test]
async fn what_is_long_past_is_left_out_and_what_cannot_be_sent_pauses_the_series(db: TestDb) {
    let world = World::new(&db).await;
    world.people(3).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 1).await;
    let daily = world.series().await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let late = daily.next_at.since(ctx.clock.now()) + Duration::from_hours(3);
    db.clock().advance(late);
    world.come_round().await;
    let after = series::get(ctx, account, daily.id).await.unwrap();
    assert_eq!((sink.count(), after.state), (0, SeriesState::Active));
    assert!(after.note.unwrap().contains("left out"));
    assert!(after.next_at > ctx.clock.now());
    assert!(
        campaigns::delete(ctx, account, actor, daily.campaign)
            .await
            .is_err(),
        "the series needs it"
    );

    let patch = CampaignPatch {
        audience: Some(campaigns::Audience::default()),
        ..CampaignPatch::default()
    };
    campaigns::update(ctx, account, actor, daily.campaign, None, patch)
        .await
        .unwrap();
    db.clock().advance(after.next_at.since(ctx.clock.now()));
    world.come_round().await;
    let after = series::get(ctx, account, daily.id).await.unwrap();
    assert_eq!((sink.count(), after.state), (0, SeriesState::Paused));
    assert!(after.note.unwrap().contains("audience"));

    let patch = CampaignPatch {
        audience: Some(campaigns::Audience {
            everyone: true,
            ..Default::default()
        }),
        ..CampaignPatch::default()
    };
    campaigns::update(ctx, account, actor, daily.campaign, None, patch)
        .await
        .unwrap();
    let patch = SeriesPatch {
        state: Some(SeriesState::Active),
        ..SeriesPatch::default()
    };
    let resumed = series::update(ctx, account, actor, daily.id, patch)
        .await
        .unwrap();
    assert_eq!(resumed.note, None);
    db.clock().advance(resumed.next_at.since(ctx.clock.now()));
    world.come_round().await;
    assert_eq!(sink.count(), 3);
    let again = series::get(ctx, account, daily.id).await.unwrap();
    db.clock().advance(again.next_at.since(ctx.clock.now()));
    assert_eq!(campaigns::hold_restored(ctx).await.unwrap(), 1);
    world.come_round().await;
    let held = series::get(ctx, account, daily.id).await.unwrap();
    assert_eq!((sink.count(), held.state), (3, SeriesState::Paused));
    series::delete(ctx, account, actor, daily.id).await.unwrap();
    campaigns::delete(ctx, account, actor, daily.campaign)
        .await
        .unwrap();
}
