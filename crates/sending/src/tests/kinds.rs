//! A/B tests, spread and local times, sending again, and editing midway.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use content::{Body, Document};
use kernel::Timestamp;
use testkit::TestDb;
use testkit::smtp_sink::{Keep, Sink, SinkConfig};

use super::{World, sink};
use crate::campaigns::{
    self, CampaignId, CampaignPatch, CampaignState, LocalTime, NewAbTest, NewVariant, NotReacted,
    WinnerBy,
};
use crate::messages::store::Totals;
use crate::messages::total;
use crate::senders::{self, NewSender};

fn variant(subject: &str) -> NewVariant {
    NewVariant {
        subject: Some(subject.to_owned()),
        ..NewVariant::default()
    }
}

fn test_of(share_percent: i64, winner_by: WinnerBy, variants: Vec<NewVariant>) -> NewAbTest {
    NewAbTest {
        share_percent,
        winner_by,
        test_minutes: (winner_by != WinnerBy::Hand).then_some(60),
        variants,
    }
}

impl World {
    async fn patch(&self, id: CampaignId, patch: CampaignPatch) -> kernel::Result<()> {
        let (ctx, account) = (&self.ctx, self.account);
        campaigns::update(ctx, account, &self.actor, id, None, patch).await?;
        Ok(())
    }

    async fn ab(&self, id: CampaignId, ab: NewAbTest) {
        let patch = CampaignPatch {
            ab: Some(Some(ab)),
            ..CampaignPatch::default()
        };
        self.patch(id, patch).await.unwrap();
    }

    async fn react(&self, id: CampaignId, variant: i64, name: &'static str, n: i64) {
        let mut tx = self.ctx.write().await.unwrap();
        let mut totals = Totals::default();
        totals.add_variant(self.account, id.get(), Some(variant), name, n);
        totals.write(&mut tx, self.ctx.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// How many got each subject, after checking that nobody got two mails.
fn subjects(sink: &Sink) -> BTreeMap<String, usize> {
    assert_eq!(sink.duplicates().len(), 0);
    subjects_of(sink)
}

fn subjects_of(sink: &Sink) -> BTreeMap<String, usize> {
    let mut subjects = BTreeMap::new();
    for one in sink.accepted() {
        let mail = mail::read(one.data.as_ref().expect("the sink keeps bodies"));
        let subject = mail.headers.iter().find(|(name, _)| name == "Subject");
        let subject = subject.expect("a subject").1.trim().to_owned();
        *subjects.entry(subject).or_default() += 1;
    }
    subjects
}

async fn keeping() -> Sink {
    sink(SinkConfig {
        keep: Keep::Data,
        ..SinkConfig::default()
    })
    .await
}

fn counts(pairs: &[(&str, usize)]) -> BTreeMap<String, usize> {
    pairs.iter().map(|(s, n)| ((*s).to_owned(), *n)).collect()
}

#[testkit::db_test]
async fn some_get_the_variants_and_the_rest_gets_the_best(db: TestDb) {
    let world = World::new(&db).await;
    world.people(200).await;
    let sink = keeping().await;
    world.use_sink(&sink, 2).await;
    let id = world.draft().await;
    let variants = vec![variant("Red"), variant("Green"), variant("Blue")];
    world.ab(id, test_of(30, WinnerBy::Opens, variants)).await;
    world.start(id).await;
    world.deliver().await;
    let in_test = counts(&[("Blue", 20), ("Green", 20), ("Red", 20)]);
    assert_eq!(subjects(&sink), in_test);
    assert_eq!(world.state(id).await, CampaignState::Sending);

    world.react(id, 1, total::UNIQUE_OPENS, 3).await;
    world.react(id, 2, total::UNIQUE_OPENS, 7).await;
    world.react(id, 3, total::UNIQUE_CLICKS, 20).await;
    db.clock().advance(Duration::from_mins(59));
    world.run_jobs().await;
    world.deliver().await;
    assert_eq!(subjects(&sink), in_test);
    db.clock().advance(Duration::from_mins(1));
    world.run_jobs().await;
    world.deliver().await;
    assert_eq!(
        subjects(&sink),
        counts(&[("Blue", 20), ("Green", 160), ("Red", 20)])
    );
    assert_eq!(world.state(id).await, CampaignState::Sent);
    assert_eq!(world.totals(id).await.n("sent"), 200);

    let ab = crate::reports::ab(&world.ctx, world.account, id)
        .await
        .unwrap();
    let rows: Vec<_> = ab
        .variants
        .iter()
        .map(|v| (v.recipients, v.sent, v.unique_opens))
        .collect();
    assert_eq!(rows, [(20, 20, 3), (160, 160, 7), (20, 20, 0)]);
    assert_eq!(ab.winner, Some(2));
}

#[testkit::db_test]
async fn a_person_decides_when_a_person_is_to_decide(db: TestDb) {
    let world = World::new(&db).await;
    world.people(40).await;
    let sink = keeping().await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    let bea = NewSender {
        name: "Bea".to_owned(),
        email: "bea@example.com".to_owned(),
        reply_to: None,
    };
    let bea = senders::create(&world.ctx, world.account, &world.actor, bea)
        .await
        .unwrap();
    let from_bea = NewVariant {
        sender_id: Some(bea.id),
        ..NewVariant::default()
    };
    let variants = vec![NewVariant::default(), from_bea];
    world.ab(id, test_of(50, WinnerBy::Hand, variants)).await;
    world.start(id).await;
    world.deliver().await;
    db.clock().advance(Duration::from_hours(100));
    world.run_jobs().await;
    world.deliver().await;
    assert_eq!(sink.count(), 20);
    let choose = |n| campaigns::choose_winner(&world.ctx, world.account, &world.actor, id, n);
    assert!(choose(3).await.is_err() && choose(0).await.is_err());
    choose(2).await.unwrap();
    assert!(choose(1).await.is_err(), "it is decided");
    world.run_jobs().await;
    world.deliver().await;
    let from: BTreeMap<bool, usize> = sink.accepted().iter().fold(BTreeMap::new(), |mut n, one| {
        let text = String::from_utf8_lossy(one.data.as_ref().unwrap()).into_owned();
        *n.entry(text.contains("From: Bea <bea@example.com>"))
            .or_default() += 1;
        n
    });
    assert_eq!(from, BTreeMap::from([(false, 10), (true, 30)]));
    assert_eq!(world.state(id).await, CampaignState::Sent);
}

#[testkit::db_test]
async fn a_cancelled_test_reaches_nobody_else_and_a_copy_begins_anew(db: TestDb) {
    let world = World::new(&db).await;
    world.people(20).await;
    let sink = keeping().await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    let variants = vec![variant("Red"), variant("Green")];
    world.ab(id, test_of(20, WinnerBy::Clicks, variants)).await;
    world.start(id).await;
    world.deliver().await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    campaigns::cancel(ctx, account, actor, id).await.unwrap();
    db.clock().advance(Duration::from_hours(2));
    world.run_jobs().await;
    world.deliver().await;
    let totals = world.totals(id).await;
    assert_eq!((sink.count(), totals.n("cancelled")), (4, 16));
    let copy = campaigns::duplicate(ctx, account, actor, id).await.unwrap();
    let ab = copy.ab.unwrap();
    assert_eq!(ab.variants.len(), 2);
    assert!(ab.winner.is_none() && ab.variants.iter().all(|v| v.revision_id.is_none()));
}

#[testkit::db_test]
async fn what_is_wrong_with_a_test_is_said_by_field(db: TestDb) {
    let world = World::new(&db).await;
    let id = world.draft().await;
    let wrong = NewAbTest {
        share_percent: 0,
        winner_by: WinnerBy::Opens,
        test_minutes: None,
        variants: vec![variant("{{ nobody_knows }}"), variant("B"), variant("B")],
    };
    let patch = CampaignPatch {
        ab: Some(Some(wrong)),
        ..CampaignPatch::default()
    };
    let kernel::Error::Invalid(faults) = world.patch(id, patch).await.unwrap_err() else {
        panic!("not invalid");
    };
    let found: BTreeSet<String> = faults
        .iter()
        .map(|f| format!("{}:{}", f.field, f.code))
        .collect();
    let expected = [
        "ab.share_percent:out_of_range",
        "ab.test_minutes:required",
        "ab.variants[2]:duplicate",
    ];
    assert_eq!(found, expected.map(str::to_owned).into());
    let patch = CampaignPatch {
        ab: Some(Some(test_of(
            10,
            WinnerBy::Hand,
            vec![variant("{{ nobody_knows }}"), variant("B")],
        ))),
        ..CampaignPatch::default()
    };
    let kernel::Error::Invalid(faults) = world.patch(id, patch).await.unwrap_err() else {
        panic!("not invalid");
    };
    assert_eq!(faults[0].field, "ab.variants[0].subject");
}

#[testkit::db_test]
async fn everybody_gets_it_when_it_is_that_time_where_they_are(db: TestDb) {
    let world = World::new(&db).await;
    for (name, zone) in [
        ("early", Some("Asia/Tokyo")),
        ("berlin", Some("Europe/Berlin")),
        ("late", Some("America/Los_Angeles")),
        ("nowhere", None),
        ("odd", Some("Mars/Olympus")),
    ] {
        world.person(&format!("{name}@example.com")).await;
        let mut tx = world.ctx.write().await.unwrap();
        tx.query("update subscriber set time_zone = $2 where account_id = $1 and email = $3")
            .bind(world.account)
            .bind(zone)
            .bind(format!("{name}@example.com"))
            .execute()
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    let now = world.ctx.clock.now();
    let day = (now + Duration::from_hours(72)).to_string()[..10].to_owned();
    let nine = LocalTime::parse(&format!("{day}T09:00")).unwrap();
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let planned = campaigns::schedule_local(ctx, account, actor, id, nine)
        .await
        .unwrap();
    let utc: Timestamp = format!("{day}T09:00:00Z").parse().unwrap();
    assert_eq!(planned.scheduled_at, Some(utc - Duration::from_hours(14)));
    let mut arrived: BTreeMap<String, i64> = BTreeMap::new();
    for _ in 0..60 {
        campaigns::start_due(world.ctx.clone()).await.unwrap();
        world.run_jobs().await;
        world.deliver().await;
        for one in sink.accepted() {
            let hours = (ctx.clock.now().as_micros() - utc.as_micros()) / 3_600_000_000;
            arrived.entry(one.recipient).or_insert(hours);
        }
        // Of use only between the first zone and the last.
        let next = utc - Duration::from_hours(15);
        let step = if ctx.clock.now() < next {
            next.since(ctx.clock.now())
        } else {
            Duration::from_hours(1)
        };
        db.clock().advance(step);
    }
    assert_eq!(world.state(id).await, CampaignState::Sent);
    // Depending on daylight saving time of the day on which the test's clock stands.
    assert_eq!(arrived["early@example.com"], -9);
    assert!(
        [-1, -2].contains(&arrived["berlin@example.com"]),
        "{arrived:?}"
    );
    assert!([7, 8].contains(&arrived["late@example.com"]), "{arrived:?}");
    assert_eq!(
        (arrived["nowhere@example.com"], arrived["odd@example.com"]),
        (0, 0)
    );
}

#[testkit::db_test]
async fn a_spread_campaign_goes_out_evenly(db: TestDb) {
    let world = World::new(&db).await;
    world.people(600).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 2).await;
    let id = world.draft().await;
    let patch = CampaignPatch {
        spread_minutes: Some(Some(60)),
        ..CampaignPatch::default()
    };
    world.patch(id, patch).await.unwrap();
    world.start(id).await;
    let mut before = 0;
    for tenth in 1..=10 {
        db.clock().advance(Duration::from_mins(6));
        world.deliver().await;
        let sent = sink.count() - before;
        assert!((30..=95).contains(&sent), "{sent} in part {tenth}");
        before = sink.count();
    }
    assert_eq!((sink.count(), sink.duplicates().len()), (600, 0));
    assert_eq!(world.state(id).await, CampaignState::Sent);
}

#[testkit::db_test]
async fn what_has_not_been_sent_can_be_edited_while_it_is_paused(db: TestDb) {
    let world = World::new(&db).await;
    world.people(100).await;
    let sink = keeping().await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    let patch = CampaignPatch {
        spread_minutes: Some(Some(100)),
        ..CampaignPatch::default()
    };
    world.patch(id, patch).await.unwrap();
    world.start(id).await;
    db.clock().advance(Duration::from_mins(40));
    world.deliver().await;
    let first = sink.count() as usize;
    assert!(first > 10 && first < 90);
    let corrected = || CampaignPatch {
        content: Some(Document {
            subject: "Corrected".to_owned(),
            preheader: None,
            body: Body::Text {
                text: "The right price. {{ unsubscribe_url }}".to_owned(),
            },
        }),
        ..CampaignPatch::default()
    };
    assert!(
        world.patch(id, corrected()).await.is_err(),
        "not while it is being sent"
    );
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    campaigns::pause(ctx, account, actor, id).await.unwrap();
    let other_audience = CampaignPatch {
        audience: Some(campaigns::Audience::default()),
        ..CampaignPatch::default()
    };
    assert!(world.patch(id, other_audience).await.is_err());
    world.patch(id, corrected()).await.unwrap();
    campaigns::resume(ctx, account, actor, id).await.unwrap();
    db.clock().advance(Duration::from_hours(1));
    world.deliver().await;
    let both = counts(&[("Corrected", 100 - first), ("Hello there", first)]);
    assert_eq!(subjects(&sink), both);
    assert_eq!(world.state(id).await, CampaignState::Sent);
}

#[testkit::db_test]
async fn a_campaign_is_sent_again_to_those_who_did_not_react(db: TestDb) {
    let world = World::new(&db).await;
    world.people(10).await;
    let sink = keeping().await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let again = campaigns::resend(ctx, account, actor, id, NotReacted::NonOpeners, None).await;
    assert!(again.is_err(), "it was not sent");
    world.start(id).await;
    world.deliver().await;
    world.person("late@example.com").await;
    // Three opened, one of them by machine only; one of the other two clicked.
    let mut tx = ctx.write().await.unwrap();
    for (n, kind, class) in [
        (0, "open", "human"),
        (1, "open", "machine"),
        (2, "open", "human"),
        (2, "click", "human"),
    ] {
        tx.query(
            "insert into hit (account_id, id, message_id, source_id, subscriber_id, kind, class, at, is_first) \
             select account_id, cast($3 as bigint), id, source_id, subscriber_id, $4, $5, 0, $6 from message \
             where account_id = $1 and address = $2",
        )
        .bind(account)
        .bind(format!("user{n}@example.com"))
        .bind(ctx.ids.next::<i64>())
        .bind(kind)
        .bind(class)
        .bind(class == "human")
        .execute()
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    let mut again = Vec::new();
    for to in [NotReacted::NonOpeners, NotReacted::NonClickers] {
        let subject = Some("In case you missed it".to_owned());
        let draft = campaigns::resend(ctx, account, actor, id, to, subject)
            .await
            .unwrap();
        world.start(draft.id).await;
        world.deliver().await;
        again.push(world.totals(draft.id).await.n("sent"));
    }
    assert_eq!(again, [8, 9]);
    assert_eq!(
        subjects_of(&sink),
        counts(&[("Hello there", 10), ("In case you missed it", 17)])
    );
}

#[testkit::db_test]
async fn the_calendar_says_what_goes_out_when(db: TestDb) {
    let world = World::new(&db).await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let now = ctx.clock.now();
    let hours = |n| Duration::from_hours(n);
    let (sent, soon, later) = (
        world.draft().await,
        world.draft().await,
        world.draft().await,
    );
    world.draft().await;
    campaigns::send(ctx, account, actor, sent).await.unwrap();
    campaigns::schedule(ctx, account, actor, soon, now + hours(5))
        .await
        .unwrap();
    campaigns::schedule(ctx, account, actor, later, now + hours(50))
        .await
        .unwrap();
    let found = campaigns::calendar(ctx, account, now - hours(1), now + hours(24))
        .await
        .unwrap();
    let ids: BTreeSet<CampaignId> = found.iter().map(|campaign| campaign.id).collect();
    assert_eq!(ids, [sent, soon].into());
    assert!(campaigns::calendar(ctx, account, now, now).await.is_err());
    assert!(
        campaigns::calendar(ctx, account, now, now + hours(24 * 500))
            .await
            .is_err()
    );
}
